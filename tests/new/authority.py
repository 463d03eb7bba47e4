"""An authorization server that says what a test lets it say, on loopback."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


class Server:
    """Answers what its routes say, else 404, and remembers what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.routes: dict[str, Any] = {}
        self.asked: list[str] = []
        self.agents: set[str | None] = set()

    def json(self, path: str, document: object) -> None:
        self.routes[path] = (
            200,
            {"Content-Type": "application/json"},
            json.dumps(document).encode(),
        )

    def metadata(self, path: str = "", **changes: Any) -> dict[str, Any]:
        """Return what a full OpenID Connect server says; a change to None leaves it out."""
        document = {
            "issuer": f"{self.url}{path}",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "scopes_supported": ["openid", "profile", "email", "offline_access", "lamps.read"],
            "response_types_supported": ["code", "id_token"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        } | changes
        return {key: value for key, value in document.items() if value is not None}


@contextmanager
def serving() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            running.asked.append(self.path)
            running.agents.add(self.headers["User-Agent"])
            route = running.routes.get(self.path, (404, {}, b"not found"))
            if callable(route):
                route(self)
                return
            status, headers, body = route
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.daemon_threads = True
        running = Server(f"http://127.0.0.1:{httpd.server_port}")
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        yield running
        httpd.shutdown()
        thread.join()
