"""A running Home Assistant: its process, and its interfaces.

Nothing is imported from Home Assistant here. What differs between releases is found out by looking
at the installed package, not by the release's number.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

import aiohttp

from appcred.rehearsal.isolation import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from appcred.rehearsal.configuration import Configuration, Transport
    from appcred.rehearsal.environment import Environment

_SECONDS_TO_START: Final = 300
"""It takes three where nothing else runs."""
_SECONDS_TO_STOP: Final = 20
_SECONDS_FOR_AN_ANSWER: Final = 40
_LOG_CHECKS: Final = 20
"""How often the log is read again, a tenth of a second apart, while it grows."""
_ID: Final = re.compile(r"/[0-9A-Za-z]{26,32}\b")


class HomeAssistantError(RuntimeError):
    """Home Assistant did not start, or answered what it should not; the text says which."""


class CommandError(HomeAssistantError):
    """A websocket command was refused."""

    def __init__(self, command: str, code: str, message: str) -> None:
        super().__init__(f"{command}: {code}: {message}")
        self.code = code
        self.message = message


class StatusError(HomeAssistantError):
    """A call of the REST API was answered with a status from 400 on."""

    def __init__(self, called: str, status: int, text: str) -> None:
        super().__init__(f"{called} answered {status}: {text}")
        self.status = status


class SilenceError(HomeAssistantError):
    """A call was not answered in time."""

    def __init__(self, called: str) -> None:
        super().__init__(f"{called} was not answered within {_SECONDS_FOR_AN_ANSWER} seconds")


@dataclass(slots=True)
class HomeAssistant:
    """Home Assistant in a configuration; started and stopped as often as wanted."""

    environment: Environment
    configuration: Configuration
    transport: Transport
    secrets: set[str] = field(default_factory=set)
    """Its own tokens and the user's password."""
    password: str = ""
    """The user's, whose name is `rehearsal`."""
    _process: subprocess.Popen[bytes] | None = None
    _http: aiohttp.ClientSession | None = None
    _socket: aiohttp.ClientWebSocketResponse | None = None
    _number: int = 0
    _token: str = ""
    _refresh: str = ""

    @property
    def log_path(self) -> Path:
        """Everything that was logged, over all starts."""
        return self.configuration.folder / "rehearsal.log"

    async def __aenter__(self) -> Self:
        """Make ready; nothing is started."""
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_SECONDS_FOR_AN_ANSWER)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End Home Assistant, whatever its state."""
        try:
            await self.stop()
        finally:
            if self._http is not None:
                await self._http.close()

    @property
    def is_running(self) -> bool:
        """Whether it was started, and has not ended since."""
        process = self._process
        return self._socket is not None and process is not None and process.poll() is None

    async def start(self) -> None:
        """Start `hass` and wait until it is up. Raises HomeAssistantError."""
        folder = self.configuration.folder
        variables = {
            key: value
            for key, value in os.environ.items()
            if key in ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ")
        }
        variables |= self.transport.variables(self.configuration.port, self.environment.layer)
        variables |= {"HOME": str(folder), "TMPDIR": str(folder), "XDG_CACHE_HOME": str(folder)}
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [self.environment.hass, "--config", folder, "--skip-pip"],
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        await self._wait_until_up()
        if not self._refresh:
            await self._make_user()
        await self._sign_in()
        await self._connect()
        await self._wait_until_running()

    async def stop(self) -> None:
        """Stop `hass` and wait until it is gone; one that does not end is killed."""
        if self._socket is not None:
            await self._socket.close()
            self._socket = None
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + _SECONDS_TO_STOP
            while process.poll() is None and time.monotonic() < deadline:
                await asyncio.sleep(0.05)
        finally:
            _end_group(process)

    async def _wait_until_up(self) -> None:
        deadline = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise HomeAssistantError(
                    f"Home Assistant ended while starting: {self.last_error()}"
                )
            try:
                async with self._session.get(self.configuration.base + "/manifest.json") as answer:
                    if answer.status == 200:
                        return
            except (aiohttp.ClientError, OSError):
                pass
            await asyncio.sleep(0.1)
        raise HomeAssistantError(f"Home Assistant did not start: {self.last_error()}")

    async def _wait_until_running(self) -> None:
        deadline = time.monotonic() + _SECONDS_TO_START
        while time.monotonic() < deadline:
            if (await self.request("GET", "/api/config"))["state"] == "RUNNING":
                return
            await asyncio.sleep(0.1)
        raise HomeAssistantError(f"Home Assistant did not finish starting: {self.last_error()}")

    async def _make_user(self) -> None:
        self.password = password = secrets.token_urlsafe(24)
        made = await self._post_json(
            "/api/onboarding/users",
            {
                "client_id": self.configuration.base + "/",
                "name": "Rehearsal",
                "username": "rehearsal",
                "password": password,
                "language": "en",
            },
        )
        answer = await self._grant("authorization_code", code=made["auth_code"])
        self._refresh = answer["refresh_token"]
        self.secrets |= {password, made["auth_code"], self._refresh}

    async def _sign_in(self) -> None:
        answer = await self._grant("refresh_token", refresh_token=self._refresh)
        self._token = answer["access_token"]
        self.secrets.add(self._token)

    async def _grant(self, grant: str, **fields: str) -> Any:
        data = {"grant_type": grant, "client_id": self.configuration.base + "/", **fields}
        async with self._session.post(self.configuration.base + "/auth/token", data=data) as answer:
            if answer.status != 200:
                raise HomeAssistantError(f"/auth/token answered {answer.status}")
            return await answer.json()

    async def _post_json(self, path: str, data: Mapping[str, Any]) -> Any:
        # The views of onboarding come a moment after the server itself.
        for _ in range(100):
            async with self._session.post(self.configuration.base + path, json=data) as answer:
                if answer.status == 200:
                    return await answer.json()
                status = answer.status
            await asyncio.sleep(0.1)
        raise HomeAssistantError(f"{path} answered {status}")

    async def _connect(self) -> None:
        address = self.configuration.base.replace("http", "ws", 1) + "/api/websocket"
        self._socket = await self._session.ws_connect(address, max_msg_size=0)
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": self._token})
        if (await self._socket.receive_json())["type"] != "auth_ok":
            raise HomeAssistantError("the websocket refused the token")

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise HomeAssistantError("used outside of its context")
        return self._http

    def browser_tokens(self) -> dict[str, Any]:
        """Return what the frontend keeps in the browser of someone who is signed in."""
        seconds = 1800
        return {
            "access_token": self._token,
            "refresh_token": self._refresh,
            "token_type": "Bearer",
            "expires_in": seconds,
            "expires": int((time.time() + seconds) * 1000),
            "hassUrl": self.configuration.base,
            "clientId": self.configuration.base + "/",
            "ha_auth_provider": "homeassistant",
        }

    async def request(self, method: str, path: str, data: Any = None) -> Any:
        """Call the REST API as the frontend does, and return what it answers, read from JSON.

        Raises StatusError for a status from 400 on, SilenceError if no answer comes.
        """
        headers = {
            "Authorization": f"Bearer {self._token}",
            "HA-Frontend-Base": self.configuration.base,
        }
        called = f"{method} {_ID.sub('/…', path)}"  # so that the same fault has the same words
        try:
            async with self._session.request(
                method, self.configuration.base + path, json=data, headers=headers
            ) as answer:
                text = await answer.text()
        except TimeoutError:
            raise SilenceError(called) from None
        if answer.status >= 400:
            raise StatusError(called, answer.status, re.sub(r"\s+", " ", text))
        return json.loads(text) if text else None

    async def callback(self, location: str) -> int:
        """Follow the vendor's redirect as the browser does; return the status of the answer."""
        location = self.configuration.from_my(location)
        async with self._session.get(location, allow_redirects=False) as answer:
            await answer.read()
            return answer.status

    async def command(self, kind: str, **fields: Any) -> Any:
        """Send a websocket command and return its result. Raises CommandError, SilenceError."""
        if self._socket is None:
            raise HomeAssistantError("Home Assistant is not running")
        self._number += 1
        await self._socket.send_json({"id": self._number, "type": kind, **fields})
        try:
            async with asyncio.timeout(_SECONDS_FOR_AN_ANSWER):
                while True:
                    answer = await self._socket.receive_json()
                    if answer.get("id") == self._number and answer["type"] == "result":
                        break
        except TimeoutError:
            raise SilenceError(kind) from None
        if not answer["success"]:
            error = answer["error"]
            raise CommandError(kind, error["code"], error["message"])
        return answer["result"]

    def log(self) -> str:
        """Return everything that was logged."""
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    async def finished_log(self) -> str:
        """Return everything that was logged, once nothing more comes.

        Home Assistant hands its records to a thread, which writes them a moment later.
        """
        found = self.log()
        for _ in range(_LOG_CHECKS):
            await asyncio.sleep(0.1)
            former, found = found, self.log()
            if former == found:
                break
        return found

    def last_error(self) -> str:
        """Return the last line that was logged as an error, or the last line."""
        lines = [line for line in self.log().splitlines() if line.strip()]
        errors = [line for line in lines if " ERROR " in line or "Error:" in line]
        return (errors or lines or ["it logged nothing"])[-1]


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a group and whatever it has started, and reap it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
