"""What stands behind every host while an integration is rehearsed: one HTTP and one HTTPS server.

They listen on loopback only, on free ports; the transport carries Home Assistant's connections
here. A token request goes to the provider, whatever its URL; the vendor's API answers from the
file of canned responses; everything else is refused, and remembered.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
from html import escape
from typing import TYPE_CHECKING, Any, Final

import trustme
from aiohttp import web

from appcred.presets import profile_of
from appcred.rehearsal.provider import RefusedError
from appcred.rehearsal.recording import Recorder
from appcred.rehearsal.recording import Request as Recorded
from appcred.rehearsal.traffic import Traffic
from appcred.rehearsal.vendor import Answer, filled, members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from appcred.presets import Profile
    from appcred.rehearsal.configuration import Configuration
    from appcred.rehearsal.provider import Provider
    from appcred.rehearsal.vendor import Account, Vendor

_PAGE: Final = """<!doctype html><meta charset="utf-8"><title>The vendor</title>
<body style="font: 20px sans-serif; margin: 4em"><h1>The vendor</h1>
<p>{name}, may Home Assistant use your account?</p>
<p><a id="allow" href="{allow}">Allow</a> &nbsp; <a id="deny" href="{deny}">Deny</a></p>
"""
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_.]{0,29}")
_OWN_HOSTS: Final = (".home-assistant.io", ".nabucasa.com", ".hacs.xyz")
"""Of Home Assistant, of its cloud, and of the marketplace that it has since 2026.11."""
_CLOUD_SERVICES: Final = "https://account-link.nabucasa.com/services"
"""Whose credentials Home Assistant's cloud has. Asked by anybody's, for each implementation; while
there is no answer, none that is missing is taken for gone."""
_SHORTEST_ID: Final = 4
"""Characters of an account's ID that are unlikely to stand in an address by chance."""
_NOTED: Final = 4000
"""Characters of a body that are kept for the report."""
_GRANTS: Final = ("authorization_code", "refresh_token")


class Gateway:
    """Answers in the place of every host. Use it as an asynchronous context manager."""

    def __init__(self, provider: Provider, vendor: Vendor) -> None:
        self.provider = provider
        self.vendor = vendor
        self.plain_port = 0
        self.tls_port = 0
        self.unanswered: list[str] = []
        """Requests that nobody could answer, `GET https://api.example.com/me`, in their order."""
        self.answered = 0
        """How many requests to the vendor's API got the response that was given for them."""
        self.addresses: set[str] = set()
        """What of that API was asked, each method and address once."""
        self.token_urls: list[str] = []
        """Where token requests went."""
        self.refused: list[str] = []
        """Requests to the vendor's API whose token was not good for it, and why."""
        self.traffic = Traffic(provider, errors=vendor.errors)
        self.visitor: Account | None = None
        """Who sits at the browser, and may allow or deny; nobody: there is no page."""
        self.recorder: Recorder | None = None
        """Makes up what nobody described; None: such a request is refused."""
        self.configuration: Configuration | None = None
        """Of the Home Assistant to which My Home Assistant sends the browser on."""
        self.profile: Profile | None = None
        """The vendor whose habits are known."""
        self.recognizes = True
        """Whether it is told by the host of the token endpoint."""
        self.stage = ""
        """During which stage requests are made."""
        self.noted: list[dict[str, Any]] = []
        """Every request but Home Assistant's own, and what it was answered with."""
        self._not_its: set[str] = set()
        """Requests that are made without the integration too."""
        self._authority = trustme.CA()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._runner: web.AppRunner | None = None
        self._silence = asyncio.Event()

    def write_authority(self, path: Path) -> None:
        """Write the certificate that Home Assistant has to trust."""
        self._authority.cert_pem.write_to_path(str(path))

    async def __aenter__(self) -> Gateway:
        """Listen."""
        server = web.Application(client_max_size=16 * 1024 * 1024)
        server.router.add_route("*", "/{anything:.*}", self._answer_and_note)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        plain, tls = _listening(), _listening()
        self.plain_port, self.tls_port = plain.getsockname()[1], tls.getsockname()[1]
        await web.SockSite(self._runner, plain).start()
        await web.SockSite(self._runner, tls, ssl_context=self._tls_context()).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        self._silence.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def leave_out(self) -> None:
        """Take every request that nobody could answer so far for Home Assistant's own."""
        self._not_its |= set(self.unanswered)
        self.unanswered.clear()

    def break_silence(self) -> None:
        """End the requests that are kept waiting."""
        self._silence.set()
        self._silence = asyncio.Event()

    def _tls_context(self) -> ssl.SSLContext:
        """Make a context that has a certificate for whatever host is asked for."""

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
            host = name or "localhost"
            if host not in self._contexts:
                self._contexts[host] = self._context_for(host)
            connection.context = self._contexts[host]

        context = self._context_for("localhost")
        context.sni_callback = choose
        return context

    def _context_for(self, host: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        self._authority.issue_cert(host).configure_cert(context)
        return context

    async def _answer_and_note(self, request: web.Request) -> web.StreamResponse:
        """Answer a request, and note what was asked and answered."""
        noted = {
            "stage": self.stage,
            "method": request.method,
            "url": str(request.url),
            "status": 0,
            "body": (await request.text())[:_NOTED],
            "answer": "",
        }
        if not _is_of_home_assistant(request):
            self.noted.append(noted)  # before it is answered: it may never be
        answer = await self._answer(request)
        if request.transport is not None and not request.transport.is_closing():
            body = answer.body if isinstance(answer, web.Response) else None
            noted["status"] = answer.status
            noted["answer"] = (body if isinstance(body, bytes) else b"").decode(errors="replace")[
                :_NOTED
            ]
        return answer

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        url = str(request.url)
        body = await request.text()
        if request.method == "POST" and await self._asks_for_token(request, body):
            self.token_urls.append(url)
            self._recognize(request.url.host or "")
            return await self._token(request, body)
        address = url.partition("?")[0]
        if self.configuration is not None and (onward := self.configuration.from_my(url)) != url:
            raise web.HTTPFound(onward)
        if address == _CLOUD_SERVICES:
            return web.json_response([])
        if self.visitor is not None and {"response_type", "client_id"} <= request.query.keys():
            return self._page(url, self.visitor)
        found = self.vendor.answer(request.method, url, body)
        told = _words(request, body)
        said = ", ".join(f"{part} {key}={value}" for part, key, value in told)
        asked = f"{request.method} {address}{f' ({said})' if said else ''}"
        its = asked not in self._not_its and not _is_of_home_assistant(request)
        if found is None and its:
            found = self._made_up(request, address, told, public=not self._token_of(request, body))
        if found is None:
            if its:
                self.unanswered.append(asked)
            text = f"appcred rehearse: needs a response for {asked}\n"
            return web.Response(status=501, text=text)
        account = self.vendor.first
        granted: tuple[str, ...] = ()
        token = self._token_of(request, body)
        asked = f"{request.method} {address}"
        if trouble := await self.traffic.meet(request, asked, token, public=found.public):
            return trouble
        if not found.public:
            owner = self.provider.account_of(token)
            if owner is None:
                self.refused.append(f"{request.method} {address}: no valid access token")
                challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
                return self.traffic.refusal(401, challenge, "invalid_token")
            account, granted = owner
            if self._is_of_another(request, account):
                return self.traffic.refusal(404, {}, "not_found")
            if missing := sorted(set(found.scopes) - set(granted)):
                self.refused.append(
                    f"{request.method} {address}: the token lacks the scope {', '.join(missing)}"
                )
                return self.traffic.refusal(403, {}, "insufficient_scope")
        content = filled(found.body, account, self.provider.client_of(token), granted)
        self.answered += 1
        self.addresses.add(asked)
        headers = dict(found.headers)
        if not isinstance(content, str):
            headers.setdefault("Content-Type", "application/json")
            content = json.dumps(content)
        return web.Response(status=found.status, headers=headers, body=content.encode())

    def _is_of_another(self, request: web.Request, account: Account) -> bool:
        """Whether a request names what belongs to the other account; short ids say nothing."""
        others = {each.id for each in (self.vendor.first, self.vendor.second) if each != account}
        named = {*request.url.path.split("/"), *request.query.values()}
        return any(len(each) >= _SHORTEST_ID for each in others & named)

    def _made_up(
        self,
        request: web.Request,
        address: str,
        told: Iterable[tuple[str, str, str]],
        *,
        public: bool,
    ) -> Answer | None:
        """Return a response to what nobody described, if that is wanted and can be."""
        if self.recorder is None or "Upgrade" in request.headers:
            return None
        for each in (self.vendor.first, self.vendor.second):
            address = address.replace(f"/{each.id}", "/*")
        parts: dict[str, dict[str, str]] = {"query": {}, "body": {}}
        for part, key, value in told:
            parts[part][key] = value
        body = self.recorder.answer(Recorded(request.method, address, **parts, public=public))
        kind = {"Content-Type": "application/json"}
        return Answer(address, request.method, 200, kind, body, public, ())

    def _token_of(self, request: web.Request, body: str) -> str:
        """Return the access token that a request carries, wherever; empty if it carries none."""
        content = members(body) if body else {}
        inside = content.values() if isinstance(content, dict) else ()
        values = (*request.headers.values(), *request.query.values(), *inside)
        words = [value.rpartition(" ")[2] for value in values if isinstance(value, str)]
        kind, _, unknown = request.headers.get("Authorization", "").partition(" ")
        return next(
            (word for word in words if word in self.provider.issued),
            unknown if kind.lower() == "bearer" else "",
        )

    def _recognize(self, host: str) -> None:
        """Answer token requests in the form of the vendor that a host belongs to."""
        if self.profile is None and self.recognizes:
            self.profile = profile_of(host)
            self.adopt()

    def adopt(self) -> None:
        """Take over the vendor's form of answers, where the responses file says nothing else."""
        if self.profile is not None:
            self.provider.terms = self.provider.terms.or_else(self.profile.terms)

    def _page(self, url: str, visitor: Account) -> web.Response:
        """Show the page at which a user allows or denies."""
        try:
            allow = self.provider.authorize(url, visitor)
            deny = self.provider.authorize(url, visitor, allow=False)
        except RefusedError as error:
            return web.Response(status=400, text=f"The vendor refuses this: {error}")
        text = _PAGE.format(name=escape(visitor.name), allow=escape(allow), deny=escape(deny))
        return web.Response(text=text, content_type="text/html")

    async def _asks_for_token(self, request: web.Request, body: str) -> bool:
        """Whether this is a token request: by its content, for its URL may be any."""
        if request.query.get("grant_type") in _GRANTS:
            return True
        try:
            data: Any = json.loads(body) if body.startswith("{") else await request.post()
        except ValueError:
            return False
        return isinstance(data.get("grant_type"), str) and data["grant_type"] in _GRANTS

    async def _token(self, request: web.Request, body: str) -> web.StreamResponse:
        answer = self.provider.token(request.headers, body)
        if answer.status:
            return web.Response(
                status=answer.status, headers=answer.headers, body=answer.body.encode()
            )
        if self.provider.keeps_silent:
            await self._silence.wait()
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


def _words(request: web.Request, body: str) -> list[tuple[str, str, str]]:
    """Return what, beside its address, tells a request from others: part, name and word."""
    content = members(body) if body else {}
    parts: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("query", request.query),
        ("body", content if isinstance(content, dict) else {}),
    )
    return [
        (part, key, value)
        for part, values in parts
        for key, value in values.items()
        if _is_word(key, value)
    ]


def _is_word(key: str, value: object) -> bool:
    """Whether a parameter says what is asked for: a word, not a number, an account, or a secret."""
    secret = any(part in key.lower() for part in ("token", "secret", "key", "password", "code"))
    return isinstance(value, str) and _WORD.fullmatch(value) is not None and not secret


def _is_of_home_assistant(request: web.Request) -> bool:
    """Whether a request is Home Assistant's own, or its frontend's: for icons, for alerts."""
    host = request.url.host or ""
    return "Sec-Fetch-Dest" in request.headers or host.endswith(_OWN_HOSTS)


def _listening() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.bind(("127.0.0.1", 0))
    made.listen()
    return made
