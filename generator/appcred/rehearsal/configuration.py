"""The configuration that a rehearsed Home Assistant starts with, and where its connections go.

Nothing is imported from Home Assistant here. What differs between releases is found out by looking
at the installed package, not by the release's number.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appcred.release import REDIRECT_URL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from appcred.rehearsal.environment import Environment

_INSTANCE: Final = "0123456789abcdef" * 2
_PAYLOAD: Final = Path(__file__).resolve().parent / "payload"
CALLBACK_PATH: Final = "/auth/external/callback"
MY_REDIRECT: Final = REDIRECT_URL
"""My Home Assistant, which sends the browser on to the user's own; answered locally here."""
_PLATFORMS_LOGGER: Final = "homeassistant.components.application_credentials"
PROBE: Final = "appcred_probe"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration folder."""

    folder: Path
    port: int

    @property
    def base(self) -> str:
        """Where Home Assistant is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def redirect_uri(self) -> str:
        """Where the vendor sends the browser back to, as for most users: to My Home Assistant."""
        return MY_REDIRECT

    def from_my(self, location: str) -> str:
        """Return where My Home Assistant sends the browser on to; another address as it is."""
        address, mark, query = location.partition("?")
        return f"{self.base}{CALLBACK_PATH}{mark}{query}" if address == MY_REDIRECT else location

    def stored(self, key: str) -> dict[str, Any] | None:
        """Read a file of `.storage`; None if there is none."""
        path = self.folder / ".storage" / key
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def store(self, key: str, content: Mapping[str, Any]) -> None:
        """Write a file of `.storage`. Home Assistant must not be running."""
        path = self.folder / ".storage" / key
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")


def configure(
    folder: Path,
    environment: Environment,
    loggers: Iterable[str],
    token_timeout: float,
    extra: str = "",
) -> Configuration:
    """Write a fresh configuration with the probe in it.

    Args:
        folder: An empty folder.
        environment: What will run in it.
        loggers: Loggers that are to write everything.
        token_timeout: Seconds that Home Assistant waits for a token.
        extra: Further YAML, at top level.

    """
    configuration = Configuration(folder, _free_port())
    components = folder / "custom_components"
    shutil.copytree(_PAYLOAD / PROBE, components / PROBE)
    lines = [
        "homeassistant:",
        "  name: Rehearsal",
        *(["  country: NL"] if _knows(environment.package, "CONF_COUNTRY") else ()),
        "  currency: EUR",
        "  time_zone: UTC",
        "  unit_system: metric",
        *("api:", "application_credentials:", "config:", "diagnostics:", "frontend:"),
        *("cloud:", "my:", "recorder:"),  # what flows and entries need of default_config
        "logger:",
        "  default: info",
        "  logs:",
        *(f"    {json.dumps(name)}: debug" for name in sorted({*loggers, _PLATFORMS_LOGGER})),
        f"{PROBE}:",
        f"  token_timeout: {token_timeout}",
    ]
    # The step that makes the user is left to do; the others ask for nothing that matters here.
    configuration.store(
        "onboarding",
        {
            "version": 4,
            "minor_version": 1,
            "key": "onboarding",
            "data": {"done": ["core_config", "analytics", "integration"]},
        },
    )
    # Some integrations name things at the vendor after it: a recorded response has to fit again.
    configuration.store(
        "core.uuid",
        {"version": 1, "minor_version": 1, "key": "core.uuid", "data": {"uuid": _INSTANCE}},
    )
    if (environment.package / "components/http/config.py").is_file():
        # From 2026 on the server's settings live in the store; YAML would become a trial that
        # blocks the frontend with a dialog and is taken back after five minutes.
        configuration.store(
            "http",
            {
                "version": 2,
                "minor_version": 2,
                "key": "http",
                "data": {
                    "stable": {
                        "server_host": ["127.0.0.1"],
                        "server_port": configuration.port,
                        "cors_allowed_origins": [],
                        "login_attempts_threshold": -1,
                        "ip_ban_enabled": False,
                        "ssl_profile": "modern",
                        "use_x_frame_options": True,
                        "created_at": "2026-01-01T00:00:00+00:00",
                        "error": None,
                        "error_message": None,
                    },
                    "pending": None,
                    "yaml_migration_done": True,
                },
            },
        )
    else:
        lines += [
            "http:",
            "  server_host: 127.0.0.1",
            f"  server_port: {configuration.port}",
        ]
    text = "\n".join(lines) + "\n" + extra
    (folder / "configuration.yaml").write_text(text, encoding="utf-8")
    return configuration


def _knows(package: Path, name: str) -> bool:
    """Whether a constant is in the schema of `homeassistant:`, which moved to another file once."""
    files = (package / "config.py", package / "core_config.py")
    return any(name in file.read_text(encoding="utf-8") for file in files if file.is_file())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Transport:
    """Where the transport carries connections to."""

    tls_port: int
    plain_port: int
    authority: Path
    guarded: bool
    """Whether datagrams have to be held back in the process: there is no namespace."""
    lookups: str = ""
    """A file for what is read of answers that are made up; empty if none are."""

    def variables(self, own_port: int, layer: Path | None = None) -> dict[str, str]:
        """Return the environment variables that put it, and a layer of packages, in place."""
        authority = str(self.authority)
        return {
            "APPCRED_TRANSPORT": json.dumps(
                {
                    "tls": self.tls_port,
                    "plain": self.plain_port,
                    "own": [own_port, self.tls_port, self.plain_port],
                    "guard": self.guarded,
                    "lookups": self.lookups,
                }
            ),
            "PYTHONPATH": os.pathsep.join(map(str, filter(None, (_PAYLOAD / "transport", layer)))),
            "REQUESTS_CA_BUNDLE": authority,
            "CURL_CA_BUNDLE": authority,
            "SSL_CERT_FILE": authority,
            "HTTPLIB2_CA_CERTS": authority,
            "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": authority,
        }
