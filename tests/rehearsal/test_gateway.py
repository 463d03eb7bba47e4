"""The gateway answers in the place of every host, and remembers what nobody could answer."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver

from appcred.rehearsal.configuration import Configuration, Transport
from appcred.rehearsal.gateway import Gateway
from appcred.rehearsal.provider import Client, Provider, Trouble
from appcred.rehearsal.recording import MARKER, Recorder, Request
from appcred.rehearsal.vendor import Account, Answer, Terms, Vendor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

BACK = "http://127.0.0.1/back"
ME = "https://api.example.com/me"
CLIENT = "https://api.example.com/client"


def answer(url: str, body: Any, **more: Any) -> Answer:
    usual: dict[str, Any] = {"method": "GET", "status": 200, "headers": {}, "public": False}
    return Answer(url, body=body, **{**usual, "scopes": (), **more})


VENDOR = Vendor(
    answers=(
        answer(ME, {"id": "{id}"}, scopes=("read",)),
        answer(CLIENT, {"client": "{client_id}"}, method="POST"),
        answer("https://api.example.com/of/*", {"scopes": "{scopes}", "all": [{"id": "{id}"}]}),
        answer("http://plain.example.com/open", "hello {name}", public=True, status=203),
    )
)


class Here(AbstractResolver):
    """Resolves every name to loopback, as the transport does in Home Assistant."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def resolve(self, host: str, *_: Any, **__: Any) -> Any:
        found = {"hostname": host, "host": "127.0.0.1", "port": self.port}
        return [{**found, "family": 2, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        """Nothing is open."""


def within(folder: Path, run: Callable[[Gateway, aiohttp.ClientSession], Awaitable[None]]) -> None:
    """Run something with a gateway, and a client that trusts it and finds it behind every name."""

    async def task() -> None:
        provider = Provider(Terms())
        provider.register(Client("me", "key", (BACK,)))
        async with Gateway(provider, VENDOR) as gateway:
            gateway.write_authority(folder / "authority.pem")
            context = ssl.create_default_context(cafile=str(folder / "authority.pem"))
            connector = aiohttp.TCPConnector(resolver=Here(gateway.tls_port), ssl=context)
            async with aiohttp.ClientSession(connector=connector) as session:
                await run(gateway, session)

    asyncio.run(task())


def token(gateway: Gateway, scope: str, account: Account = VENDOR.first) -> str:
    """Return the form of a token request for what a user allowed."""
    query = {"response_type": "code", "client_id": "me", "redirect_uri": BACK, "scope": scope}
    back = gateway.provider.authorize(f"https://x.example/?{urlencode(query)}", account)
    return back.partition("code=")[2].partition("&")[0]


async def granted(gateway: Gateway, session: aiohttp.ClientSession, scope: str) -> dict[str, str]:
    data = {
        "grant_type": "authorization_code",
        "code": token(gateway, scope),
        "redirect_uri": BACK,
        "client_id": "me",
        "client_secret": "key",
    }
    async with session.post("https://login.example.org/any/path?v=2", data=data) as response:
        found: dict[str, str] = await response.json()
        return {"Authorization": f"Bearer {found['access_token']}"}


def test_token_requests_go_to_the_provider_whatever_their_url(tmp_path: Path) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        headers = await granted(gateway, session, "read")
        async with session.get(ME + "?x=1", headers=headers) as response:
            assert await response.json() == {"id": VENDOR.first.id}
        assert gateway.token_urls == ["https://login.example.org/any/path?v=2"]
        assert not gateway.unanswered
        assert not gateway.refused

    within(tmp_path, run)


ASKS = """
import asyncio, aiohttp
from aiohttp.abc import AbstractResolver

class Backport(AbstractResolver):
    async def resolve(self, host, port=0, family=0):
        raise OSError("no name server")
    async def close(self):
        pass

async def ask():
    connector = aiohttp.TCPConnector(resolver=Backport())
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.get("http://plain.example.com/open") as response:
            print(response.status, await response.text())

asyncio.run(ask())
"""


def test_names_are_resolved_here_with_any_resolver_of_a_release(tmp_path: Path) -> None:
    async def run(gateway: Gateway, _: aiohttp.ClientSession) -> None:
        authority = tmp_path / "authority.pem"
        transport = Transport(gateway.tls_port, gateway.plain_port, authority, guarded=False)
        asked = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ASKS),
            env={**os.environ, **transport.variables(0)},
            stdout=asyncio.subprocess.PIPE,
        )
        said, _stderr = await asked.communicate()
        assert said.decode() == f"203 hello {VENDOR.first.name}\n"

    within(tmp_path, run)


def test_values_of_another_account_are_not_found(tmp_path: Path) -> None:
    """By path and by query; what a token is good for can be told."""

    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        headers = await granted(gateway, session, "read write")
        of = "https://api.example.com/of/"
        async with session.get(of + VENDOR.first.id, headers=headers) as response:
            found = {"scopes": ["read", "write"], "all": [{"id": VENDOR.first.id}]}
            assert await response.json() == found
        for url in (of + VENDOR.second.id, f"{of}x?user={VENDOR.second.id}"):
            async with session.get(url, headers=headers) as response:
                assert response.status == 404

    within(tmp_path, run)


def test_a_token_is_found_anywhere(tmp_path: Path) -> None:
    """In a header of any name and scheme, in the query, in a form or in JSON."""

    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        await granted(gateway, session, "read")
        (token,) = gateway.provider.issued
        for sent in (
            {"headers": {"Authorization": f"OAuth {token}"}},
            {"headers": {"X-Access-Token": token}},
            {"params": {"key": token}},
            {"data": {"token": token}},
            {"json": {"token": token}},
        ):
            async with session.post(CLIENT, **sent) as response:  # type: ignore[arg-type]
                assert await response.json() == {"client": "me"}, sent
        gateway.provider.expire()
        async with session.post(CLIENT, headers={"X-Access-Token": token}) as response:
            assert response.status == 401
        async with session.post(CLIENT, json=["key"], headers={"X-Secret": "key"}) as response:
            assert response.status == 401

    within(tmp_path, run)


def test_the_api_wants_a_token_that_is_good_for_it(tmp_path: Path) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        headers = await granted(gateway, session, "other")
        async with session.get(ME, headers=headers) as response:
            assert response.status == 403
        gateway.provider.expire()
        async with session.get(ME, headers=headers) as response:
            assert response.status == 401
        assert gateway.refused == [
            f"GET {ME}: the token lacks the scope read",
            f"GET {ME}: no valid access token",
        ]

    within(tmp_path, run)


def test_a_request_without_a_response_is_refused_and_remembered(tmp_path: Path) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        async with session.get("https://else.example.com/a/b?c=d") as response:
            assert response.status == 501
            assert "needs a response for GET https://else.example.com/a/b" in await response.text()
        async with session.post("https://else.example.com/", data="{not json") as response:
            assert response.status == 501
        await session.get("https://brands.home-assistant.io/icon.png")
        await session.get("https://else.example.com/x", headers={"Sec-Fetch-Dest": "image"})
        assert gateway.unanswered == [
            "GET https://else.example.com/a/b (query c=d)",
            "POST https://else.example.com/",
        ]

    within(tmp_path, run)


def test_without_tls(tmp_path: Path) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        headers = {"Host": "plain.example.com"}
        url = f"http://127.0.0.1:{gateway.plain_port}/open"
        async with session.get(url, headers=headers) as response:
            assert (response.status, await response.text()) == (203, "hello Ada Example")

    within(tmp_path, run)


@pytest.mark.parametrize("trouble", [Trouble.DROP, Trouble.SILENT])
def test_a_connection_that_breaks(tmp_path: Path, trouble: Trouble) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        gateway.provider.trouble = trouble
        asked = asyncio.ensure_future(
            session.post("https://x.example/t", data={"grant_type": "refresh_token"})
        )
        done, _ = await asyncio.wait([asked], timeout=0.3)
        assert bool(done) is (trouble is Trouble.DROP)
        gateway.break_silence()
        with pytest.raises(aiohttp.ClientError):
            await asked

    within(tmp_path, run)


def test_token_requests_in_the_query_or_as_json(tmp_path: Path) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        await session.post("https://x.example/t?grant_type=refresh_token")
        await session.post("https://x.example/t", json={"grant_type": "refresh_token"})
        await session.post("https://x.example/t", json={"grant_type": "something else"})
        assert len(gateway.token_urls) == 2
        assert len(gateway.unanswered) == 1

    within(tmp_path, run)


def test_home_assistants_own_requests_are_left_out(tmp_path: Path) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        for url in ("https://prices.example/map.json", "https://api.example.com/other"):
            async with session.get(url) as response:
                assert response.status == 501
            if "prices" in url:
                assert gateway.unanswered == [f"GET {url}"]
                gateway.leave_out()
        async with session.get("https://prices.example/map.json") as response:
            assert response.status == 501
        assert gateway.unanswered == ["GET https://api.example.com/other"]

    within(tmp_path, run)


def test_the_host_of_the_token_endpoint_says_which_vendor_it_is(tmp_path: Path) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        form = {"grant_type": "refresh_token"}
        await session.post("https://login.example.org/token", data=form)
        assert gateway.profile is None
        await session.post("https://wbsapi.withings.net/v2/oauth2", data=form)
        assert gateway.profile is not None
        assert gateway.profile.name == "withings"
        assert gateway.provider.terms.token_wrapped == "body"
        await session.post("https://api.fitbit.com/oauth2/token", data=form)
        assert gateway.profile.name == "withings"

    async def told(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        gateway.recognizes = False
        await session.post("https://api.fitbit.com/token", data={"grant_type": "refresh_token"})
        assert gateway.profile is None

    within(tmp_path, run)
    within(tmp_path, told)


def test_my_home_assistant_sends_the_browser_on(tmp_path: Path) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        gateway.configuration = Configuration(tmp_path, 8124)
        url = "https://my.home-assistant.io/redirect/oauth?code=1&state=a%2Bb"
        async with session.get(url, allow_redirects=False) as response:
            assert response.status == 302
            assert response.headers["Location"] == (
                "http://127.0.0.1:8124/auth/external/callback?code=1&state=a%2Bb"
            )

    within(tmp_path, run)


def test_an_undescribed_response_is_made_up_and_noted(tmp_path: Path) -> None:
    async def run(gateway: Gateway, session: aiohttp.ClientSession) -> None:
        headers = await granted(gateway, session, "read")
        gateway.recorder = Recorder(tmp_path / "lookups")
        gateway.stage = "entry"
        url = f"https://else.example.com/of/{VENDOR.first.id}/rooms?lang=en&n=5"
        async with session.post(url, headers=headers, json={"action": "get", "n": 1}) as response:
            made = await response.json()
            assert made[MARKER]["account"]["name"] == "Ada Example"
            assert made[MARKER]["account"]["scopes"] == ["read"]
        async with session.get("https://else.example.com/open") as response:
            assert response.status == 200
        async with session.get(url, headers={"Authorization": "Bearer old"}) as response:
            assert response.status == 401
        await session.get("https://ws.example.com/", headers={"Upgrade": "websocket"})
        assert gateway.unanswered == ["GET https://ws.example.com/"]
        first, second, *_ = (Request(**each).response for each in gateway.recorder.learnt())
        assert first == {
            "url": "https://else.example.com/of/*/rooms",
            "method": "POST",
            "query": {"lang": "en"},
            "body": {"action": "get"},
            "json": {},
        }
        assert second == {"url": "https://else.example.com/open", "json": {}, "public": True}
        noted = [(each["stage"], each["method"], each["status"]) for each in gateway.noted]
        assert noted[1:3] == [("entry", "POST", 200), ("entry", "GET", 200)]
        # What is never answered is noted in its stage, and so.
        gateway.stage = "token-timeout"
        gateway.provider.trouble = Trouble.DROP
        with pytest.raises(aiohttp.ClientError):
            await session.post("https://x.example/t", data={"grant_type": "refresh_token"})
        last = gateway.noted[-1]
        assert (last["stage"], last["status"], last["answer"]) == ("token-timeout", 0, "")

    within(tmp_path, run)
