"""No code uses a text, at any release of the range.

Translators work on it in sixty languages, and nobody ever reads it. Since 2026.9 and 2026.10 Home
Assistant has the texts of the common abort reasons itself; if no older release is supported, the
integration's own are not shown any more.

The abort reasons, errors and steps of the flow and the exceptions are checked. If code builds a key
at run time, nothing of that kind is reported. `missing_configuration` is not reported: the helper
uses it if the platform is not found. There is one finding for all such texts, at the first.

Source: components/homeassistant/strings.json, config.abort, of 2026.9 and 2026.10.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.finding import Finding, Severity
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HELPER
from appcred.oauth.identity import replacing
from appcred.oauth.local import texts
from appcred.oauth.names import Member, Used
from appcred.oauth.texts import errors_known, needs
from appcred.release import abort_reasons
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.release import Span

RULE = Rule("APC605", "unused-text", Severity.INFO)

_SHOWN: Final = 3
"""Texts that one finding names."""

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        return self.async_abort(reason="no_account")
"""
_SETS = "await self.async_set_unique_id(data['id'])\n        return self.async_create_entry()"
_REPLACES = _FLOW.replace('return self.async_abort(reason="no_account")', _SETS)


def _tree(*reasons: str, **sections: dict[str, object]) -> dict[str, str]:
    texts = {"config": {"abort": dict.fromkeys(reasons, "Text")}, **sections}
    return {"config_flow.py": _FLOW, "translations/en.json": json.dumps(texts, indent=2)}


_ERROR = "HomeAssistantError(translation_domain='example', translation_key={})"
_LOST = _tree(exceptions={"lost": {"message": "Lost."}})

EXAMPLES = (
    Example(_tree("no_account", "missing_configuration")),
    Example(_tree("no_account", "oauth_error"), floor="2026.8"),
    Example(_tree("no_account", "oauth_error"), floor="2026.9", at=("translations/en.json:5:7",)),
    Example(_tree("no_account", "no_acount"), at=("translations/en.json:5:7",)),
    Example(_tree("one", "no_account", *"abcde"), at=("translations/en.json:4:7",)),
    Example(_tree("already_configured"), at=("translations/en.json:4:7",)),
    Example({**_tree("already_configured"), "config_flow.py": _REPLACES}),
    Example(
        _tree(config={"step": {"pick_implementation": {}, "confirm": {}}}),
        at=("translations/en.json:5:7",),
    ),
    Example({**_LOST, "api.py": f"raise {_ERROR.format(repr('lost'))}\n"}),
    Example({**_LOST, "api.py": f"raise {_ERROR.format('error.key')}\n"}),
    Example(_LOST, at=("translations/en.json:6:5",)),
    Example({**_LOST, "config_flow.py": _FLOW.replace("(Abs", "(Other, Abs")}),
)

_HELPERS_STEPS: Final = {"auth", "oauth_discovery", "pick_implementation"}
"""The steps of the helper's flow whose texts the frontend shows."""

_DISCOVERIES: Final = ("bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf")
_ON_REQUEST: Final = {
    "already_configured": (
        b"_abort_if_unique_id_configured",
        b"_async_abort_entries_match",
        b"_discovery_without_unique_id",
    ),
    "unique_id_mismatch": (b"_abort_if_unique_id_mismatch",),
}
"""The reasons that Home Assistant's own code gives only to who calls these functions of it."""


def check(integration: Integration, span: Span) -> Iterator[Finding]:
    """Look for each key in all of the code."""
    code = oauth_code(integration)
    if not code.flows or any(_from_elsewhere(code, flow) for flow in code.flows):
        return
    unused = list(_unused(integration, code, span))
    if not unused:
        return
    first, note = unused[0]
    message = f"{integration.strings_name}: no code uses {'.'.join(first)}"
    if len(unused) > 1:
        names = ", ".join(".".join(keys) for keys, _ in unused[:_SHOWN])
        more = f" and {len(unused) - _SHOWN} more" if len(unused) > _SHOWN else ""
        message = f"{integration.strings_name}: no code uses {len(unused)} texts, {names}{more}"
        note = ""
    yield RULE.in_json(
        integration,
        integration.strings_name,
        first,
        f"{message}{note}; remove {'it' if len(unused) == 1 else 'them'}",
    )


def _unused(
    integration: Integration, code: OAuthCode, span: Span
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the keys of each text that no code uses, and what else is to be said of it."""
    asked = {need.keys for need in needs(integration, span)}
    reasons = abort_reasons()
    for keys in _keys(integration, code):
        if keys in asked or _quoted(integration, keys[-1]) or _referred_to(integration, keys):
            continue
        note = ""
        known = reasons.get(keys[-1]) if keys[1] == "abort" else None
        if known is not None and known.name in _ON_REQUEST:
            if _requested(integration, known.name) or _missed(code, known.name):
                continue
        elif known is not None:
            if known.central is None or span.floor < known.central:
                continue  # Home Assistant's own code may still ask for it
            note = f", which Home Assistant has itself since {known.central}"
        yield keys, note


def _from_elsewhere(code: OAuthCode, flow: Member) -> bool:
    """Whether a flow has steps whose code is not here, which may ask for any text."""
    homes = (HELPER, "homeassistant.config_entries")
    return any(isinstance(b, str) and not b.startswith(homes) for b in code.ancestry(flow))


def _keys(integration: Integration, code: OAuthCode) -> Iterator[tuple[str, ...]]:
    """Yield the keys that code must name as they are."""
    config = integration.strings.get("config")
    config = config if isinstance(config, dict) else {}
    known = {
        "abort": not any(
            _unknown(code, name, "reason", 0) for name in ("async_abort", "AbortFlow")
        ),
        "error": errors_known(code),
        "step": not any(_unknown(code, name, "step_id") for name in _SHOWING),
    }
    for section in (name for name, all_known in known.items() if all_known):
        texts = config.get(section)
        for key in texts if isinstance(texts, dict) else ():
            if section != "step" or not _is_step(integration, key):
                yield ("config", section, key)
    exceptions = integration.strings.get("exceptions")
    unnamed = [
        key
        for key in (exceptions if isinstance(exceptions, dict) else ())
        if not _quoted(integration, key)
    ]
    if unnamed and (patterns := _put_together(integration, code)) is not None:
        yield from (
            ("exceptions", key) for key in unnamed if not any(p.fullmatch(key) for p in patterns)
        )


_SHOWING: Final = (
    "async_show_form",
    "async_show_menu",
    "async_show_progress",
    "async_external_step",
)


def _unknown(code: OAuthCode, name: str, argument: str, position: int | None = None) -> bool:
    """Whether some call of the name is given what cannot be seen."""
    return any(
        _computed(code, used, used.call.argument(argument, position))
        for used in code.calls.get(name, ())
    )


def _computed(code: OAuthCode, used: Used, given: cst.BaseExpression | None) -> bool:
    """Whether a key comes from elsewhere than a text, by whatever name."""
    return given is not None and texts(code, used, given) is None and not _handed(code, used, given)


def _handed(code: OAuthCode, used: Used, given: cst.BaseExpression) -> bool:
    """Whether a key is an argument of the function, and each of its calls gives a text."""
    function = used.call.function
    if function is None or not isinstance(given, cst.Name):
        return False
    params = [param.name.value for param in function.node.params.params]
    if given.value not in params:
        return False
    position = params.index(given.value) - (function.owner is not None)
    return all(
        texts(code, caller, caller.call.argument(given.value, position)) is not None
        for caller in code.calls.get(function.name, ())
    )


def _is_step(integration: Integration, key: str) -> bool:
    """Whether it is a step of the helper's flow or of a flow of the integration."""
    name = b"async_step_" + key.encode()
    word = re.compile(re.escape(name) + rb"\b")
    return key in _HELPERS_STEPS or any(
        name in document.content and word.search(document.content)
        for document in integration.modules.values()
    )


_COMPUTED_KEY: Final = re.compile(rb"\btranslation_key\s*=\s*(?![\"'\s=])")


def _put_together(integration: Integration, code: OAuthCode) -> tuple[re.Pattern[str], ...] | None:
    """Return what the keys of exceptions made by f-strings look like, None if one is computed."""
    found = []
    for name, document in integration.modules.items():
        if not _COMPUTED_KEY.search(document.content):
            continue  # most files say their keys as they are, and need not be parsed for that
        module = code.module(name)
        if module is None:
            return None
        for call in module.index.calls:
            given = call.argument("translation_key")
            used = Used(module, call)
            if call.argument("translation_domain") is None or not _computed(code, used, given):
                continue
            if not isinstance(given, cst.FormattedString):
                return None
            parts = (
                re.escape(part.value) if isinstance(part, cst.FormattedStringText) else ".+"
                for part in given.parts
            )
            found.append(re.compile("".join(parts)))
    return tuple(found)


def _requested(integration: Integration, reason: str) -> bool:
    """Whether the integration calls what ends a flow with a reason, or has it called."""
    if reason == "already_configured" and integration.manifest.keys() & set(_DISCOVERIES):
        return True  # the helper does so where a flow is discovered
    return any(
        word in document.content
        for word in _ON_REQUEST[reason]
        for document in integration.modules.values()
    )


def _missed(code: OAuthCode, reason: str) -> bool:
    """Whether a flow should end with a reason and does not, which is what APC302 says."""
    return reason == "already_configured" and any(replacing(code))


def _referred_to(integration: Integration, keys: tuple[str, ...]) -> bool:
    """Whether another text takes this one over."""
    file = integration.file(integration.strings_name)
    reference = "::".join(("component", integration.domain, *keys)).encode()
    return file is not None and reference in file.content


def _quoted(integration: Integration, key: str) -> bool:
    text = key.encode()
    quoted = (b'"%b"' % text, b"'%b'" % text)
    return any(
        each in document.content for document in integration.modules.values() for each in quoted
    )
