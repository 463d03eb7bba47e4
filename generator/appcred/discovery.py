"""What an authorization server says about itself, turned into answers.

Reads the metadata of RFC 8414 and of OpenID Connect Discovery 1.0, with nothing but the standard
library. Whatever comes over the network is checked before it becomes an answer.
"""

from __future__ import annotations

import http.client
import json
import queue
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import SplitResult, urlsplit

from appcred.errors import UsageError
from appcred.resources import program_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http.client import HTTPMessage
    from typing import IO

TIMEOUT: float = 10
"""Seconds that the server may be silent; all requests together may take three times as long."""

LIMIT: Final = 1_000_000
"""Bytes of metadata at most; the largest known are some 10,000."""

_REDIRECTS: Final = 3
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_OPENID: Final = "openid-configuration"
_OAUTH: Final = "oauth-authorization-server"


@dataclass(frozen=True, slots=True)
class Discovery:
    """The result of reading an issuer's metadata.

    `answers` are answers to the template's questions. `notes` are sentences for the user: what
    was offered and not taken, and what the metadata does not say.
    """

    issuer: str
    source: str
    answers: Mapping[str, Any]
    notes: tuple[str, ...]


class _NoMetadata(Exception):  # noqa: N818
    """There is no metadata at one address; another may have it. The text is a clause."""


def discover(issuer: str) -> Discovery:
    """Read an issuer's metadata.

    Four addresses are tried, the likeliest and richest first. Raises UsageError with one sentence
    if the issuer is not an https URL (http on loopback), cannot be reached, has no metadata that
    names this very issuer (RFC 8414, section 3.3), or cannot be used with Home Assistant.
    """
    parts = _checked_issuer(issuer)
    return _within(3 * TIMEOUT, issuer, lambda: _discovered(issuer, parts))


def _within(seconds: float, issuer: str, work: Callable[[], Discovery]) -> Discovery:
    """Return the result of some work, with a limit on its time.

    A socket knows no limit for all it reads: a server that sends a byte of a header now and then
    would hold it forever. So the work is left behind in a thread, which ends with the program.
    """
    outcome: queue.SimpleQueue[Discovery | BaseException] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put(work())
        except BaseException as error:
            outcome.put(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        found = outcome.get(timeout=seconds)
    except queue.Empty as error:
        raise UsageError(f"{issuer} took more than {seconds:g} seconds") from error
    if isinstance(found, BaseException):
        raise found
    return found


def _discovered(issuer: str, parts: SplitResult) -> Discovery:
    reasons = []
    for address in _addresses(parts):
        try:
            return _understand(issuer, address, _metadata(issuer, address))
        except _NoMetadata as error:
            reasons.append(f"{address} {error}")
    # An address that answers with something else than "not found" tells more.
    telling = [reason for reason in reasons if not reason.endswith(_NOT_FOUND)]
    raise UsageError(
        f"{issuer} publishes no OAuth2 metadata: {telling[0]}"
        if telling
        else f"{issuer} publishes no OAuth2 metadata: its four addresses answer 404; give the "
        "URLs with --data authorize_url=… and --data token_url=…"
    )


_NOT_FOUND: Final = "answers 404"


def _metadata(issuer: str, address: str) -> dict[str, Any]:
    """Read the metadata at one address, and check that it is this issuer's."""
    metadata = _read(address)
    named = metadata.get("issuer")
    if not isinstance(named, str) or not named.isprintable():
        raise _NoMetadata("does not name an issuer")
    if named != issuer:
        raise _NoMetadata(f"names another issuer, {named}; to use that one: --discover {named}")
    return metadata


def _checked_issuer(issuer: str) -> SplitResult:
    """Split an issuer's URL, or say what is wrong with it (RFC 8414, section 2)."""
    wrong = _wrong_url(issuer)
    if wrong is not None:
        raise UsageError(f"--discover {issuer!r} {wrong}; write it like https://login.example.com")
    parts = urlsplit(issuer)
    before, found, _ = issuer.partition("/.well-known/")
    if found:
        raise UsageError(f"--discover takes the issuer itself: {before}")
    if parts.query or parts.fragment or issuer.endswith(("?", "#")):
        raise UsageError("--discover takes an issuer without query and fragment")
    return parts


def _wrong_url(url: object) -> str | None:
    """Return why a secret must not be sent to a URL, as a clause; empty if it may be."""
    if not isinstance(url, str):
        return "is not a URL"
    try:
        parts = urlsplit(url)
        _ = parts.port  # is read here because only reading it checks it
    except ValueError:
        return "is not a URL"
    if not url.isascii() or not url.isprintable() or " " in url or not parts.hostname:
        return "is not a URL"
    if parts.username is not None:
        return "contains a user name"
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return "is not an https URL"
    return None


def _addresses(issuer: SplitResult) -> list[str]:
    """Return where an issuer's metadata may lie.

    First OpenID Connect Discovery 1.0, section 4: most servers have that, and it alone tells
    of userinfo. Then RFC 8414, section 3.1, and its section 5 for OpenID Connect, both with the
    issuer's path after the well-known part. Last a form that no standard has and some servers do.
    """
    root, path = f"{issuer.scheme}://{issuer.netloc}", issuer.path.rstrip("/")
    addresses = (
        f"{root}{path}/.well-known/{_OPENID}",
        f"{root}/.well-known/{_OAUTH}{path}",
        f"{root}/.well-known/{_OPENID}{path}",
        f"{root}{path}/.well-known/{_OAUTH}",
    )
    return list(dict.fromkeys(addresses))


# --- read --------------------------------------------------------------------------------------


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow a few redirects, and none that leaves https."""

    max_redirections = _REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        wrong = _wrong_url(newurl)
        if wrong is None and urlsplit(req.full_url).scheme == "https" and newurl[:6] != "https:":
            wrong = "is not an https URL"
        if wrong is not None:
            raise _NoMetadata(f"redirects to an address that {wrong}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _read(address: str) -> dict[str, Any]:
    """Read one document. Raises _NoMetadata if another address may still have it."""
    handlers: list[urllib.request.BaseHandler] = [_Redirects()]
    if urlsplit(address).hostname in _LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    opener = urllib.request.build_opener(*handlers)
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked
        address,
        headers={"Accept": "application/json", "User-Agent": f"appcred/{program_version()}"},
    )
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            body = _body(response)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (301, 302, 303, 307, 308):
            raise _NoMetadata("redirects too often or without a usable address") from error
        raise _NoMetadata(f"answers {error.code}") from error
    except ValueError as error:  # urllib splits it before anybody is asked
        raise _NoMetadata("redirects to something that is not a URL") from error
    except TimeoutError as error:
        raise UsageError(f"{address} did not answer within {TIMEOUT:g} seconds") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, TimeoutError):
            raise UsageError(f"{address} did not answer within {TIMEOUT:g} seconds") from error
        why = getattr(reason, "strerror", None) or type(reason).__name__
        raise UsageError(f"{address} cannot be read: {why}") from error
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _NoMetadata("is not JSON") from error
    if not isinstance(document, dict):
        raise _NoMetadata("is not a JSON object")
    return document


def _body(response: http.client.HTTPResponse) -> bytes:
    body = b""
    while chunk := response.read1(65536):
        body += chunk
        if len(body) > LIMIT:
            raise _NoMetadata(f"is larger than {LIMIT} bytes")
    return body


# --- understood --------------------------------------------------------------------------------


def _understand(issuer: str, address: str, metadata: Mapping[str, Any]) -> Discovery:
    """Turn metadata into answers."""
    facts = _Facts(address, metadata)
    answers: dict[str, Any] = {
        "authorize_url": facts.url("authorization_endpoint"),
        "token_url": facts.url("token_endpoint"),
    }
    notes: list[str] = []
    facts.must_offer("response_types_supported", "code")
    facts.must_offer("grant_types_supported", "authorization_code")

    answers |= _client(facts, notes)
    scopes = _scopes(facts, notes)
    answers["scopes"] = " ".join(scopes)
    answers |= _identity(facts, scopes, notes)
    return Discovery(issuer, address, answers, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Facts:
    """Metadata, read with care: every value may be of any type."""

    address: str
    metadata: Mapping[str, Any]

    def url(self, name: str) -> str:
        """Return a URL. Raises UsageError if it is not there, or not one to send secrets to."""
        value = self.metadata.get(name)
        if value is None:
            raise UsageError(f"{self.address} does not name {name}, which is needed to sign in")
        wrong = _wrong_url(value)
        if wrong is None and "#" in value:
            wrong = "has a fragment"
        if wrong is not None:
            raise UsageError(f"the {name} in {self.address} {wrong}, so it cannot be used")
        return str(value)

    def names(self, name: str) -> list[str] | None:
        """Return a list of strings, or None if the metadata does not have one."""
        value = self.metadata.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return None
        return [item for item in value if item.isprintable()]

    def must_offer(self, name: str, needed: str) -> None:
        """Refuse a server whose list of what it supports leaves out what is needed."""
        offered = self.names(name)
        if offered is not None and needed not in offered:
            raise UsageError(
                f"{self.address} does not list {needed!r} in {name}: this server does not "
                "support the authorization code flow, which Home Assistant uses"
            )


def _client(facts: _Facts, notes: list[str]) -> dict[str, str]:
    """Return how the client proves itself, at the authorization and at the token endpoint."""
    pkce = "S256" in (facts.names("code_challenge_methods_supported") or ())
    # RFC 8414, section 2: where the list is left out, the method is client_secret_basic.
    methods = facts.names("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    answers = {"flow": "pkce_secret" if pkce else "secret"}
    if "client_secret_post" in methods:  # Home Assistant's own way, at every release
        answers |= {"token_auth": "body"}
    elif "client_secret_basic" in methods:
        answers |= {"token_auth": "basic"}
    elif "none" in methods:
        answers = {"flow": "pkce_public"}
    else:
        raise UsageError(
            f"{facts.address} offers only {', '.join(methods)} at its token endpoint; "
            "Home Assistant sends a client secret"
        )
    if "none" in methods and answers["flow"] != "pkce_public":
        notes.append("public clients are also allowed: --data flow=pkce_public")
    if not pkce:
        notes.append("the metadata does not offer PKCE with S256")
    return answers


# What a scope of OpenID Connect is good for here: an id token and userinfo, a name for the
# account, a refresh token.
_STANDARD: Final = ("openid", "profile", "email", "offline_access")


def _scopes(facts: _Facts, notes: list[str]) -> list[str]:
    """Choose the scopes for signing in; only the author knows those for reading data.

    Of those offered: `openid`, then `profile` or else `email` for the account's name, and
    `offline_access` for a refresh token. Nothing if the server is not OpenID Connect's.
    """
    offered = facts.names("scopes_supported")
    if offered is None:
        offered = ["openid"] if "userinfo_endpoint" in facts.metadata else []
        notes.append("the metadata does not list scopes; add them with --data scopes='…'")
    scopes = []
    if "openid" in offered:
        scopes.append("openid")
        scopes += [scope for scope in ("profile", "email") if scope in offered][:1]
    if "offline_access" in offered:
        scopes.append("offline_access")
    others = [scope for scope in offered if scope not in _STANDARD]
    if others:
        notes.append(f"other scopes are available; add what you need: {' '.join(others)}")
    return scopes


def _identity(facts: _Facts, scopes: list[str], notes: list[str]) -> dict[str, str]:
    """Return how the account is recognised, as far as OpenID Connect settles it."""
    if "openid" not in scopes:
        notes.append("the metadata does not say how an account is identified")
        return {}
    title = "name" if "profile" in scopes else "email" if "email" in scopes else "sub"
    if "userinfo_endpoint" in facts.metadata:
        return {
            "identity": "userinfo",
            "userinfo_url": facts.url("userinfo_endpoint"),
            "id_field": "sub",
            "title_field": title,
        }
    return {
        "identity": "token_claim",
        "claim_token": "id_token",
        "id_claim": "sub",
        "title_claim": title,
    }
