"""One integration's life in a running Home Assistant, driven as a user and a vendor would."""

from __future__ import annotations

import importlib
import json
import logging
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMockResponse
from yarl import URL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant
    from scenario import Flow, Scenario

PLAN = json.loads(Path(os.environ["APPCRED_LAB_PLAN"]).read_text())
"""The names of `scenarios` and `journeys`, the folder `kept` that journeys leave things in for
later ones, and `outcomes`, the file to write."""
KEPT = Path(PLAN["kept"])

CLIENT = ("a-client-of-the-user", "a-secret-of-the-user")


def scenario(name: str) -> Scenario:
    """Return what is known about a tree."""
    found: Scenario = importlib.import_module(f"scenarios.{name}").SCENARIO
    return found


class Life:
    """What a journey does with one integration, and what it sees of it."""

    def __init__(self, request: pytest.FixtureRequest, name: str) -> None:
        get = request.getfixturevalue
        self.name = name
        self.scenario = scenario(name)
        self.domain = self.scenario.domain
        self.hass: HomeAssistant = get("hass")
        self.mock = get("aioclient_mock")
        self.storage = get("hass_storage")
        self.caplog: pytest.LogCaptureFixture = get("caplog")
        self.stack = ExitStack()
        self._web = get("hass_client_no_auth")
        self._ws = get("hass_ws_client")
        self.signed_in_with: tuple[str, str | None] | None = None
        self._client: Any = None
        self._socket: Any = None
        self._numbers = iter(range(1, 1000))
        self.choices: dict[str, str] = {}
        """The implementations that a flow offered last, by their keys."""

    # --- Home Assistant -------------------------------------------------------------------------

    async def start(
        self, yaml: Mapping[str, Any] | None = None, *, credentials: bool = False
    ) -> None:
        """Set it up as Home Assistant does at its start, with this configuration.

        `credentials` loads application credentials first, as a default configuration does.
        """
        await self.start_home_assistant(credentials=credentials)
        if not await self.set_up(yaml):
            raise AssertionError(f"{self.domain} could not be set up")

    async def start_home_assistant(self, *, credentials: bool = False) -> None:
        """Start all but the integration.

        Every Home Assistant with a frontend has `auth`, which answers at the redirect URL.
        """
        domains = ["auth", "websocket_api", *(["application_credentials"] if credentials else [])]
        for domain in domains:
            if not await async_setup_component(self.hass, domain, {}):
                raise AssertionError(f"{domain} could not be set up")
        await self.hass.async_block_till_done()

    async def set_up(self, yaml: Mapping[str, Any] | None = None) -> bool:
        """Set the integration up, and return whether that went well."""
        done = await async_setup_component(self.hass, self.domain, dict(yaml or {}))
        await self.hass.async_block_till_done()
        return done

    async def restart_writes(self) -> None:
        """Let everything that waits to be stored be stored."""
        self.hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
        await self.hass.async_block_till_done()

    async def command(self, kind: str, **more: Any) -> Any:
        """Send what the frontend sends, and return the answer's result."""
        if self._socket is None:
            self._socket = await self._ws(self.hass)
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "type": kind, **more})
        answer = await self._socket.receive_json()
        assert answer.get("success"), f"{kind}: {answer}"
        return answer["result"]

    async def offered(self) -> list[str]:
        """Return the domains that the frontend offers credentials for."""
        return (await self.command("application_credentials/config"))["domains"]

    async def credentials(self) -> list[dict[str, Any]]:
        """Return the stored credentials of this integration."""
        stored = await self.command("application_credentials/list")
        return [item for item in stored if item["domain"] == self.domain]

    async def add_credential(self, client: tuple[str, str | None] = CLIENT) -> str:
        """Store a credential in the frontend's dialog; return its id."""
        created = await self.command(
            "application_credentials/create",
            domain=self.domain,
            client_id=client[0],
            client_secret=client[1],
            name="Mine",
        )
        return created["id"]

    def issues(self) -> list[Any]:
        """Return the repair issues that are open about this integration."""
        try:
            from homeassistant.helpers import issue_registry
        except ImportError:
            # Before there were any, a deprecation was logged.
            return [
                record.getMessage()
                for record in self.caplog.get_records("call")
                if record.levelno == logging.WARNING
                and self.domain in record.name
                and "deprecated" in record.getMessage()
            ]
        return [
            issue
            for issue in issue_registry.async_get(self.hass).issues.values()
            if issue.active and self.domain in (issue.domain, issue.issue_domain)
        ]

    # --- the vendor -----------------------------------------------------------------------------

    def vendor(self, account: str) -> None:
        """Prepare the vendor's answers, and forget what was asked before."""

        async def token(method: str, url: URL, data: dict[str, Any]) -> AiohttpClientMockResponse:
            whose = data.get("refresh_token", f"refresh of {account}").removeprefix("refresh of ")
            answer = {
                "access_token": f"access of {whose}",
                "refresh_token": f"refresh of {whose}",
                "token_type": "Bearer",
                "expires_in": 3600,
                **self.scenario.token,
            }
            return AiohttpClientMockResponse(method, url, json=answer)

        self.mock.clear_requests()
        self.mock.post(self.scenario.token_url, side_effect=token)
        self.scenario.vendor(self, account)

    def token_requests(self, grant: str) -> list[dict[str, Any]]:
        """Return the token requests that the vendor saw since `vendor`."""
        return [
            dict(data)
            for method, url, data, _ in self.mock.mock_calls
            if method.lower() == "post"
            and str(url).partition("?")[0] == self.scenario.token_url.partition("?")[0]
            and data
            and data.get("grant_type") == grant
        ]

    # --- flows ----------------------------------------------------------------------------------

    async def sign_in(
        self, flow: Flow, *, implementation: str | None = None, source: str = "user"
    ) -> tuple[dict[str, Any], URL | None]:
        """Go through a new flow; return how it ended, and the URL the user signed in at.

        `signed_in_with` has the client afterwards, as the vendor saw it.

        Args:
            flow: The answers.
            implementation: The one to pick, by its key.
            source: What starts the flow.

        """
        self.vendor(flow.account)
        self.signed_in_with = None
        result = await self.hass.config_entries.flow.async_init(
            self.domain, context={"source": source}
        )
        return await self.go_on(result, flow, implementation)

    async def go_on(
        self, result: Any, flow: Flow, implementation: str | None = None
    ) -> tuple[dict[str, Any], URL | None]:
        """Answer a flow until it ends."""
        configure = self.hass.config_entries.flow.async_configure
        url: URL | None = None
        for _ in range(12):
            kind = _text(result["type"])
            if kind == "form":
                answers = self._answers(result, flow, implementation)
                result = await configure(result["flow_id"], answers)
            elif kind == "external":
                url = URL(result["url"])
                await self._come_back(url)
                result = await configure(result["flow_id"])
            elif kind in ("external_done", "progress_done"):
                result = await configure(result["flow_id"])
            elif kind == "progress" and self.scenario.progress is not None:
                result = await self.scenario.progress(self, result)
            else:
                await self.hass.async_block_till_done()
                self._note_client(url)
                return result, url
        pytest.fail(f"The flow does not end: {result}")

    def _note_client(self, url: URL | None) -> None:
        """Note the client that asked for the token, which is the one that the user agreed to."""
        for exchange in self.token_requests("authorization_code"):
            self.signed_in_with = exchange["client_id"], exchange.get("client_secret")
            if url is None or url.query["client_id"] != exchange["client_id"]:
                raise AssertionError(f"The user agreed to another client: {url}")

    async def browser(self) -> Any:
        """Return a client of Home Assistant's web server that is not signed in."""
        if self._client is None:
            self._client = await self._web()
        return self._client

    async def _come_back(self, url: URL) -> None:
        """Return from the vendor to Home Assistant, as the user's browser does."""
        client = await self.browser()
        state = url.query["state"]
        answer = await client.get(f"/auth/external/callback?code=a-code&state={state}")
        assert answer.status == 200, await answer.text()

    def _answers(self, result: Any, flow: Flow, implementation: str | None) -> dict[str, Any]:
        step = result["step_id"]
        assert not result["errors"], f"The form {step} says {result['errors']}"
        schema = result["data_schema"].schema if result["data_schema"] is not None else {}
        asked = {str(key): value for key, value in schema.items()}
        if "implementation" in asked and step == "pick_implementation":
            self.choices = dict(asked["implementation"].container)
            return {"implementation": self._pick(self.choices, flow, implementation)}
        answers = {key: value for key, value in flow.forms.get(step, {}).items() if key in asked}
        optional = {str(key) for key in schema if type(key).__name__ == "Optional"}
        unknown = asked.keys() - answers - optional
        assert not unknown, f"The form {step} asks for {sorted(unknown)}"
        return answers

    @staticmethod
    def _pick(choices: Mapping[str, str], flow: Flow, implementation: str | None) -> str:
        if implementation is not None:
            assert implementation in choices, f"{implementation} is not among {choices}"
            return implementation
        if flow.implementation is not None:
            (found,) = [key for key, label in choices.items() if label == flow.implementation]
            return found
        assert len(choices) == 1, f"Nobody said which of {choices}"
        return next(iter(choices))

    # --- entries --------------------------------------------------------------------------------

    def entries(self) -> list[ConfigEntry]:
        """Return its entries in the order they were made."""
        return self.hass.config_entries.async_entries(self.domain)

    def add_entries(self, kept: list[dict[str, Any]], *, expired: bool) -> list[MockConfigEntry]:
        """Put back entries that were kept; `expired` ages their tokens."""
        found = []
        for each in kept:
            token = each["data"]["token"]
            data = {
                **each["data"],
                "token": {**token, "expires_at": 0 if expired else time.time() + 3600},
            }
            entry = MockConfigEntry(**{**each, "data": data})
            entry.add_to_hass(self.hass)
            found.append(entry)
        return found

    async def renew(self, entries: Iterable[ConfigEntry], account: str) -> dict[str, Any]:
        """Let tokens expire and set their entries up; return who renewed with which client."""
        self.vendor(account)
        for entry in entries:
            token = {**entry.data["token"], "expires_at": 0}
            self.hass.config_entries.async_update_entry(entry, data={**entry.data, "token": token})
            await self.hass.config_entries.async_reload(entry.entry_id)
        await self.hass.async_block_till_done()
        return self.renewed()

    def renewed(self) -> dict[str, tuple[str, str | None]]:
        """Return which client each account's token was renewed with since `vendor`."""
        return {
            request["refresh_token"].removeprefix("refresh of "): (
                request["client_id"],
                request.get("client_secret"),
            )
            for request in self.token_requests("refresh_token")
        }

    def keep(self, name: str, data: Any) -> None:
        """Leave something for a later journey, of this process or the next."""
        (KEPT / f"{self.name}-{name}.json").write_text(json.dumps(data))

    def kept(self, name: str) -> Any:
        """Return what an earlier journey left."""
        return json.loads((KEPT / f"{self.name}-{name}.json").read_text())

    def keep_entries(self, name: str) -> None:
        """Leave the entries as they are stored now."""
        kept = []
        for entry in self.entries():
            stored = {
                "domain": self.domain,
                "title": entry.title,
                "unique_id": entry.unique_id,
                "data": dict(entry.data),
                "options": dict(entry.options),
                "version": entry.version,
                "entry_id": entry.entry_id,
            }
            if hasattr(entry, "minor_version"):
                stored["minor_version"] = entry.minor_version
            kept.append(stored)
        self.keep(name, kept)

    def faults(self) -> list[str]:
        """Return what Home Assistant logged as an error."""
        return [
            f"{record.name}: {record.getMessage()}"
            for record in self.caplog.get_records("call")
            if record.levelno >= logging.ERROR
        ]

    @staticmethod
    def is_loaded(entry: ConfigEntry) -> bool:
        """Say whether an entry is set up."""
        return entry.state is ConfigEntryState.LOADED


def _text(value: Any) -> str:
    return str(getattr(value, "value", value))
