"""The hook for placeholders can raise an error, which breaks the dialog for all integrations.

Home Assistant asks every integration for its placeholders when the credentials dialog opens, and
catches nothing: one hook that raises leaves *all* integrations without the dialog. `get_url` is the
usual case. It raises `NoURLAvailableError` if no URL is configured, and `async_get_redirect_uri`
raises an error outside a browser's request. The integration may not be set up at that moment, so
`hass.data` and entries may be missing.

Read `hass.config.external_url` with a default instead, or catch the error and show a placeholder
that a user can replace.

Source: _async_integration_config in homeassistant/components/application_credentials/__init__.py;
homeassistant/helpers/network.py; async_get_description_placeholders in
homeassistant/components/google_drive/application_credentials.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.finding import Finding, Severity
from appcred.oauth.call_graph import Callee, callees
from appcred.oauth.code import oauth_code
from appcred.oauth.errors import enclosing
from appcred.oauth.helper import HELPER, PLACEHOLDER_HOOK
from appcred.oauth.hooks import hook_site
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.release import Span

RULE = Rule("APC118", "hook-can-raise", Severity.ERROR, since="description_placeholders")

_PLATFORM = """\
from homeassistant.helpers.config_entry_oauth2_flow import async_get_redirect_uri
from homeassistant.helpers.network import NoURLAvailableError, get_url


async def async_get_description_placeholders(hass):
    return {{"redirect_url": {}}}
"""
_CAUGHT = """\
from homeassistant.helpers.network import NoURLAvailableError, get_url


async def async_get_description_placeholders(hass):
    try:
        url = get_url(hass)
    except {}:
        url = "https://YOUR_DOMAIN:PORT"
    return {{"redirect_url": url}}
"""
_HELPER = """\
from homeassistant.helpers import network


def {}(hass):
    return f"{{network.get_url(hass)}}/auth/external/callback"


async def async_get_description_placeholders(hass):
    return {{"redirect_url": redirect(hass)}}
"""

EXAMPLES = (
    Example(
        {"application_credentials.py": _PLATFORM.format("hass.config.external_url or 'https://…'")}
    ),
    Example({"application_credentials.py": _CAUGHT.format("NoURLAvailableError")}),
    Example({"application_credentials.py": _CAUGHT.format("Exception")}),
    Example({"application_credentials.py": _HELPER.format("other")}),
    Example(
        {"application_credentials.py": _PLATFORM.format("get_url(hass)")},
        at=("application_credentials.py:6:29",),
    ),
    Example(
        {"application_credentials.py": _PLATFORM.format("async_get_redirect_uri(hass)")},
        at=("application_credentials.py:6:29",),
    ),
    Example(
        {"application_credentials.py": _CAUGHT.format("ValueError")},
        at=("application_credentials.py:6:15",),
    ),
    Example(
        {"application_credentials.py": _HELPER.format("redirect")},
        at=("application_credentials.py:5:15",),
    ),
    Example(
        {"application_credentials.py": _PLATFORM.format("hass.data['example'].url")},
        at=("application_credentials.py:6:29",),
    ),
)

_RAISING: Final = {
    "homeassistant.helpers.network.get_url": ("NoURLAvailableError", "HomeAssistantError"),
    f"{HELPER}.async_get_redirect_uri": ("RuntimeError",),
}
"""What raises in a Home Assistant that is fully in order, and the names of what it raises."""
_ALL: Final = frozenset({"Exception", "BaseException"})
_LOOKED_UP: Final = frozenset({"KeyError", "LookupError"})


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at what the hook and the functions that it calls do outside a `try`."""
    code = oauth_code(integration)
    site = hook_site(code, PLACEHOLDER_HOOK)
    if site is None:
        return
    seen: set[int] = set()
    for here in callees(code, Callee(*site), objects=False):
        for node, said in _raising(code, here):
            if id(node) not in seen:
                seen.add(id(node))
                yield RULE.at(
                    here.module,
                    node,
                    f"{said}, which breaks the credentials dialog for every integration; use "
                    "a default, or catch the error",
                )


def _raising(code: OAuthCode, here: Callee) -> Iterator[tuple[cst.CSTNode, str]]:
    for call in here.calls():
        errors = _RAISING.get(call.name)
        if errors is not None and not _is_caught(code, here, call.guards, {*errors}):
            yield call.node, f"{call.name.rpartition('.')[2]} can raise {errors[0]}"
    for node in walk(here.function.node.body, into_functions=False):
        if (
            isinstance(node, cst.Subscript)
            and dotted(node.value) in ("hass.data", "self.hass.data")
            and not _is_stored_to(here, node)
            and not _is_caught(code, here, enclosing(here.function.node, node), {*_LOOKED_UP})
        ):
            yield node, "hass.data has no such key until an entry is set up"


def _is_stored_to(here: Callee, node: cst.Subscript) -> bool:
    return any(
        isinstance(each, cst.AssignTarget) and each.target is node
        for each in walk(here.function.node.body)
    )


def _is_caught(
    code: OAuthCode, here: Callee, guards: tuple[cst.Try, ...], errors: set[str]
) -> bool:
    return any(
        handler.short & (errors | _ALL) and not handler.is_passed_on()
        for handler in here.handlers(code, guards)
    )
