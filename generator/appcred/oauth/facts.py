"""What was understood of an integration's registrations, as plain data for `--format json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Source, registrations
from appcred.oauth.yaml import key_of, schema, setup

if TYPE_CHECKING:
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.registration import Registration, Value


def facts(integration: Integration) -> dict[str, Any]:
    """Return the facts. No value of a client's secret is among them."""
    code = oauth_code(integration)
    found: dict[str, Any] = {
        "platform": code.has_platform,
        "registrations": [
            _registration(code, each) for each in registrations(integration).understood
        ],
    }
    described = schema(code)
    if described is not None:
        found["yaml"] = {
            "keys": [key.name for key in described.keys],
            "allows_extra": described.allows_extra,
        }
    running = setup(code)
    if running is not None:
        found["async_setup"] = {
            "guarded": running.guard is not None,
            "statements": len(running.body),
        }
    return found


def _registration(code: OAuthCode, found: Registration) -> dict[str, Any]:
    line, _ = found.module.document.position(found.used.call.node)
    return {
        "path": str(found.module.path),
        "line": line,
        "function": found.function.name,
        "implementation": str(found.kind),
        "class": found.own_class.name if found.own_class is not None else None,
        "auth_domain": _text(code, found.domain),
        "client": str(found.source),
        "client_id_key": _key(code, found, found.client_id),
        "client_secret_key": _key(code, found, found.client_secret),
        "authorize_url": _text(code, found.authorize_url),
        "token_url": _text(code, found.token_url),
    }


def _text(code: OAuthCode, value: Value) -> str:
    """Return the string that a value is, or else its source."""
    text = code.text(value.module, value.node)
    return text if text is not None else value.module.document.module.code_for_node(value.node)


def _key(code: OAuthCode, found: Registration, value: Value | None) -> str | None:
    if value is None or found.source is Source.CONSTANT:
        return None
    return key_of(code, value)
