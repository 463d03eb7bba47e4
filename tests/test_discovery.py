"""Discovery, against a real HTTP server on loopback."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from appcred import discovery
from appcred.discovery import LIMIT, discover
from appcred.errors import UsageError
from new.authority import OAUTH, OPENID, Server, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(autouse=True)
def proxy_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is asked directly, whatever the environment says."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")


# --- what it finds -----------------------------------------------------------------------------


def test_a_full_server_answers_every_question_it_can(server: Server) -> None:
    server.json(OPENID, server.metadata())
    found = discover(server.url)
    assert found.answers == {
        "authorize_url": f"{server.url}/authorize",
        "token_url": f"{server.url}/token",
        "flow": "pkce_secret",
        "token_auth": "body",
        "scopes": "openid profile offline_access",
        "identity": "userinfo",
        "userinfo_url": f"{server.url}/userinfo",
        "id_field": "sub",
        "title_field": "name",
    }
    assert found.source == f"{server.url}{OPENID}"
    assert found.notes == ("other scopes are available; add what you need: lamps.read",)
    assert server.asked == [OPENID]
    assert all(agent and agent.startswith("appcred/") for agent in server.agents)


def test_plain_oauth2_without_any_list(server: Server) -> None:
    """RFC 8414's defaults: Basic authentication; nothing else is promised."""
    document = {
        "issuer": server.url,
        "authorization_endpoint": f"{server.url}/authorize",
        "token_endpoint": f"{server.url}/token",
    }
    server.json(OAUTH, document)
    found = discover(server.url)
    assert found.answers == {
        "authorize_url": f"{server.url}/authorize",
        "token_url": f"{server.url}/token",
        "flow": "secret",
        "token_auth": "basic",
        "scopes": "",
    }
    assert found.notes == (
        "the metadata does not offer PKCE with S256",
        "the metadata does not list scopes; add them with --data scopes='…'",
        "the metadata does not say how an account is identified",
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"code_challenge_methods_supported": ["plain"]}, {"flow": "secret"}),
        ({"code_challenge_methods_supported": None}, {"flow": "secret"}),
        ({"code_challenge_methods_supported": "S256"}, {"flow": "secret"}),
        ({"token_endpoint_auth_methods_supported": None}, {"token_auth": "basic"}),
        (
            {"token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"]},
            {"token_auth": "body"},
        ),
        (
            {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
            {"token_auth": "basic"},
        ),
        (
            {"token_endpoint_auth_methods_supported": ["none"]},
            {"flow": "pkce_public", "token_auth": None},
        ),
        (
            {"token_endpoint_auth_methods_supported": ["none", "client_secret_post"]},
            {"flow": "pkce_secret", "token_auth": "body"},
        ),
        (
            {"scopes_supported": ["openid", "email"]},
            {"scopes": "openid email", "title_field": "email"},
        ),
        ({"scopes_supported": ["openid"]}, {"scopes": "openid", "title_field": "sub"}),
        (
            {"scopes_supported": ["a", "offline_access"]},
            {"scopes": "offline_access", "identity": None},
        ),
        ({"scopes_supported": None}, {"scopes": "openid", "title_field": "sub"}),
        ({"scopes_supported": [1]}, {"scopes": "openid"}),
        (
            {"userinfo_endpoint": None},
            {
                "identity": "token_claim",
                "claim_token": "id_token",
                "id_claim": "sub",
                "title_claim": "name",
                "userinfo_url": None,
            },
        ),
    ],
)
def test_answers_from_metadata(
    server: Server, changes: dict[str, Any], expected: dict[str, str | None]
) -> None:
    server.json(OPENID, server.metadata(**changes))
    answers = discover(server.url).answers
    assert {key: answers.get(key) for key in expected} == expected


def test_a_public_client_is_reported(server: Server) -> None:
    methods = ["none", "client_secret_post"]
    server.json(OPENID, server.metadata(token_endpoint_auth_methods_supported=methods))
    assert "public clients are also allowed: --data flow=pkce_public" in discover(server.url).notes


# --- where it looks ----------------------------------------------------------------------------

ADDRESSES = [
    f"/realms/home{OPENID}",
    f"{OAUTH}/realms/home",
    f"{OPENID}/realms/home",
    f"/realms/home{OAUTH}",
]


@pytest.mark.parametrize("number", range(4))
def test_each_of_the_four_addresses_is_found(server: Server, number: int) -> None:
    server.json(ADDRESSES[number], server.metadata("/realms/home"))
    found = discover(f"{server.url}/realms/home")
    assert found.source == f"{server.url}{ADDRESSES[number]}"
    assert server.asked == ADDRESSES[: number + 1]


def test_an_issuer_that_ends_in_a_slash(server: Server) -> None:
    server.json(OPENID, server.metadata("/"))
    assert discover(f"{server.url}/").source == f"{server.url}{OPENID}"
    with pytest.raises(UsageError, match=f"--discover {server.url}/$"):
        discover(server.url)


def test_a_page_for_everything_does_not_hide_the_metadata(server: Server) -> None:
    server.routes[OPENID] = (200, {"Content-Type": "text/html"}, b"<!doctype html>")
    server.json(OAUTH, server.metadata())
    assert discover(server.url).source == f"{server.url}{OAUTH}"


def test_a_few_redirects_are_followed(server: Server) -> None:
    server.routes[OPENID] = (302, {"Location": "/1"}, b"")
    server.routes["/1"] = (307, {"Location": f"{server.url}/2"}, b"")
    server.json("/2", server.metadata())
    assert discover(server.url).answers["token_url"] == f"{server.url}/token"


# --- what it refuses ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issuer", "sentence"),
    [
        ("login.example.com", "is not a URL; write it like https://login.example.com"),
        ("", "is not a URL"),
        ("https://", "is not a URL"),
        ("https://exa mple.com", "is not a URL"),
        ("https://example.com:port", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://example.com/\x1b[2J", "is not a URL"),
        ("https://münchen.example", "is not a URL"),
        ("http://example.com", "is not an https URL"),
        ("ftp://localhost", "is not an https URL"),
        ("file:///etc/passwd", "is not a URL"),
        ("https://me:secret@example.com", "contains a user name"),
        ("https://example.com/?x=1", "without query and fragment"),
        ("https://example.com/?", "without query and fragment"),
        ("https://example.com/#x", "without query and fragment"),
        (f"https://example.com/a{OPENID}", "takes the issuer itself: https://example.com/a"),
    ],
)
def test_invalid_issuers(issuer: str, sentence: str) -> None:
    with pytest.raises(UsageError) as error:
        discover(issuer)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1)
    handler.close_connection = True


def drip(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(20):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    """Send the head byte by byte: no wait is long, and there is no end."""
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Drip: ")
    for _ in range(30):
        handler.wfile.write(b"x")
        handler.wfile.flush()
        time.sleep(0.1)


def cut(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


def garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    handler.close_connection = True


OK = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("route", "sentence"),
    [
        ((404, {}, b""), "its four addresses answer 404; give the URLs with --data"),
        ((500, {}, b""), "answers 500"),
        ((401, {}, b""), "answers 401"),
        ((200, OK, b"<html>"), "is not JSON"),
        ((200, OK, b""), "is not JSON"),
        ((200, OK, b"\xff\xfe\xfd"), "is not JSON"),
        ((200, OK, b"[" * 100_000), "is not JSON"),
        ((200, OK, b"[]"), "is not a JSON object"),
        ((200, OK, b"{}"), "does not name an issuer"),
        ((200, OK, b'{"issuer": 7}'), "does not name an issuer"),
        ((200, OK, b'{"issuer": "https://x\\u001b[2J"}'), "does not name an issuer"),
        (
            (200, OK, b'{"issuer": "https://evil.example"}'),
            "names another issuer, https://evil.example; to use that one: --discover https://evil.example",
        ),
        ((200, OK, b'{"a": "' + b"x" * LIMIT + b'"}'), f"is larger than {LIMIT} bytes"),
        ((302, {"Location": OPENID}, b""), "redirects too often"),
        (
            (302, {"Location": "http://example.com/"}, b""),
            "redirects to an address that is not an https URL",
        ),
        ((302, {"Location": "file:///etc/passwd"}, b""), "or without a usable address"),
        (hang, "did not answer within 0.4 seconds"),
        (drip, "took more than 1.2 seconds"),
        (drip_headers, "took more than 1.2 seconds"),
        ((302, {"Location": "http://[::1"}, b""), "redirects to something that is not a URL"),
        (cut, "is not JSON"),
        (garbage, "cannot be read: BadStatusLine"),
    ],
)
def test_a_server_that_misbehaves(
    server: Server, monkeypatch: pytest.MonkeyPatch, route: Any, sentence: str
) -> None:
    monkeypatch.setattr(discovery, "TIMEOUT", 0.4)
    server.routes[OPENID] = route
    with pytest.raises(UsageError) as error:
        discover(server.url)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"authorization_endpoint": None}, "does not name authorization_endpoint"),
        ({"token_endpoint": None}, "does not name token_endpoint"),
        ({"token_endpoint": 7}, "the token_endpoint in"),
        ({"token_endpoint": "http://example.com/token"}, "is not an https URL"),
        ({"token_endpoint": "javascript:alert(1)"}, "is not a URL"),
        ({"authorization_endpoint": "https://example.com/a#b"}, "has a fragment"),
        ({"userinfo_endpoint": "http://example.com/me"}, "the userinfo_endpoint in"),
        (
            {"response_types_supported": ["token"]},
            "does not list 'code' in response_types_supported",
        ),
        ({"grant_types_supported": ["implicit"]}, "does not list 'authorization_code' in"),
        (
            {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
            "offers only private_key_jwt at its token endpoint",
        ),
    ],
)
def test_metadata_that_cannot_be_used(
    server: Server, changes: dict[str, Any], sentence: str
) -> None:
    server.json(OPENID, server.metadata(**changes))
    with pytest.raises(UsageError) as error:
        discover(server.url)
    assert sentence in str(error.value)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(UsageError, match="cannot be read: Connection refused"):
            discover(url)


def test_a_name_that_does_not_resolve() -> None:
    with pytest.raises(UsageError, match="cannot be read: "):
        discover("https://appcred.invalid")


def test_an_address_that_answers_is_named_before_those_with_404(server: Server) -> None:
    """Of four addresses, the one that had something else than a 404 is named."""
    server.json(f"{OAUTH}/a", {"issuer": f"{server.url}/b"})
    with pytest.raises(UsageError, match=f"{OAUTH}/a names another issuer"):
        discover(f"{server.url}/a")
