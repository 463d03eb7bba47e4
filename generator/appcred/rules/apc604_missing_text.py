"""A step, an abort reason or an error of the code has no text.

The user reads the bare key, `wrong_account`, or sees an empty dialog. Home Assistant's own texts
differ by release: the helper's own abort reasons since 2026.9, `reauth_successful` and others since
2026.10, but only where the helper raises them. A text is missing if any release of the range needs
it and the flow can show it: a step that is overridden without `super()` cannot end as the helper's
own step does.

Fix: writes Home Assistant's common text for that reason, error or step, in core a reference to it.
Write other texts yourself, such as that of `wrong_account` or of an exception.

Source: _SHARED_ABORT_REASONS in homeassistant/helpers/config_entry_oauth2_flow.py;
developers.home-assistant.io, blog 2026-09-28 on shared config flow abort reasons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.finding import Finding, FixKind, Severity
from appcred.integration import Layout
from appcred.oauth.texts import Need, has, needs
from appcred.release import abort_reasons
from appcred.rules.rule import Example, Rule, stale_finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.finding import ManualWork
    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC604", "missing-text", Severity.WARNING, FixKind.SAFE)

_FLOW = """\
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler


class ExampleFlow(AbstractOAuth2FlowHandler, domain="example"):
    async def async_oauth_create_entry(self, data):
        return self.async_abort(reason="{}")
"""


_TEXTS = """\
{{
  "config": {{
    "abort": {{{}}},
    "step": {{
      "pick_implementation": {{
        "title": "Pick"
      }}
    }}
  }}
}}
"""


def _tree(reason: str, **texts: str) -> dict[str, str]:
    lines = ",".join(f'\n      "{key}": "{text}"' for key, text in texts.items())
    shown = _TEXTS.format(f"{lines}\n    " if lines else "")
    return {"config_flow.py": _FLOW.format(reason), "translations/en.json": shown}


_REAUTH = "Re-authentication was successful"
_HELPERS = {reason.name: "Text" for reason in abort_reasons().values() if reason.shared}
_STEP = """\
{
  "config": {
    "step": {
      "pick_implementation": {
        "data": {
          "implementation": "[%key:common::config_flow::data::implementation%]"
        },
        "data_description": {
          "implementation": "[%key:common::config_flow::description::implementation%]"
        },
        "title": "[%key:common::config_flow::title::oauth2_pick_implementation%]"
      }
    }
  },
  "title": "Example"
}
"""

_AUTH = """\

    async def async_step_auth(self, user_input=None):
        return await self._finish()

    async def _finish(self):
        return await self.async_oauth_create_entry({})
"""
_AND_ON = "await super().async_step_auth(user_input)\n        return await self._f"
_PICKS = _tree("x", missing_credentials="Text", oauth_implementation_unavailable="Text", x="x")[
    "translations/en.json"
]

EXAMPLES = (
    Example(_tree("no_account", no_account="No account"), floor="2026.10"),
    Example(_tree("oauth_error"), floor="2026.9"),
    Example(_tree("no_account"), floor="2026.10", at=("config_flow.py:6:16",)),
    Example(
        _tree("reauth_successful", no_account="No account"),
        floor="2026.10",
        at=("config_flow.py:6:16",),
        after=_tree("reauth_successful", no_account="No account", reauth_successful=_REAUTH),
    ),
    Example(
        _tree("x", **{**_HELPERS, "oauth_error": "", "x": "x"}),
        floor="2026.8",
        at=("config_flow.py:4:7",),
        after=_tree("x", **{**_HELPERS, "oauth_error": "Received invalid token data.", "x": "x"}),
    ),
    # Steps that the flow cannot reach say nothing.
    Example(
        {"config_flow.py": _FLOW.format("x") + _AUTH, "translations/en.json": _PICKS},
        floor="2026.8",
    ),
    Example(
        {
            "config_flow.py": _FLOW.format("x") + _AUTH.replace("return await self._f", _AND_ON),
            "translations/en.json": _PICKS,
        },
        floor="2026.8",
        at=("config_flow.py:4:7",),
    ),
    Example(
        {
            "config_flow.py": _FLOW.format("oauth_error"),
            "strings.json": '{\n  "title": "Example"\n}\n',
        },
        layout=Layout.CORE,
        floor="2026.11",
        at=("config_flow.py:4:7",),
        after={"strings.json": _STEP},
    ),
)

_KINDS = {"abort": "abort reason", "error": "error", "step": "step"}


def check(integration: Integration, span: Span) -> Iterator[Finding]:
    """Compare what the code asks for with the strings."""
    for message, missing in _missing(integration, span):
        # Most integrations lack nothing, and what migrates takes time to import.
        from appcred.rules.texts import is_common

        need = missing[0]
        yield RULE.at(
            need.module,
            need.node,
            message,
            fixable=all(is_common(integration, span, each.keys) for each in missing)
            and integration.file(integration.strings_name) is not None,
        )


def _missing(integration: Integration, span: Span) -> Iterator[tuple[str, list[Need]]]:
    """Yield what to say, and the texts that it is said of."""
    missing = [need for need in needs(integration, span) if not has(integration.strings, need.keys)]
    if missing and integration.file(integration.strings_name) is None:
        name = integration.strings_name
        yield f"{name} does not exist, so the flow shows no texts; write the file", missing[:1]
        return
    name = integration.strings_name
    reasons = abort_reasons()
    helper: list[Need] = []
    for need in missing:
        if need.keys[1] == "abort" and need.keys[2] in reasons and reasons[need.keys[2]].shared:
            helper.append(need)
        elif need.keys[0] == "exceptions":
            yield f"the exception {need.keys[1]} has no text; write {need.key} in {name}", [need]
        else:
            kind = f"the {_KINDS[need.keys[1]]} {need.keys[2]}"
            yield f"{kind} has no text; write {need.key} in {name}", [need]
    if helper:
        first = min(str(reasons[need.keys[2]].central) for need in helper)
        names = ", ".join(need.keys[2] for need in helper)
        yield (
            (
                f"Home Assistant before {first} has no texts for these abort reasons; write "
                f"{names} in config.abort of {name}"
            ),
            helper,
        )


def fix(integration: Integration, finding: Finding, span: Span) -> Integration | ManualWork:
    """Write the texts that Home Assistant has in common."""
    from appcred.rules.edit import StopError
    from appcred.rules.texts import add_common_text

    for message, missing in _missing(integration, span):
        if message != finding.message:
            continue
        try:
            for need in missing:
                integration = add_common_text(integration, span, need.keys)
        except StopError as error:
            return error.manual
        return integration
    return stale_finding(finding)
