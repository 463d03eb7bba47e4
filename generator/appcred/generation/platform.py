"""The application credentials platform alone, for a flow that is there, from answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from appcred.documents.imports import Import, add_imports
from appcred.documents.json import manifest_order, put_item
from appcred.documents.rewriting import statements, with_leading
from appcred.emission import PLATFORM, Platform, render
from appcred.errors import UsageError
from appcred.finding import ManualWork
from appcred.generation.merging import bindings, merged_texts
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import PLACEHOLDER_HOOK
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import registrations
from appcred.oauth.texts import description
from appcred.questions import default, refusal
from appcred.release import Release, capability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appcred.answers import Answers
    from appcred.integration import Integration
    from appcred.release import Span

FIRST: Final = Release(2025, 4)
"""The first release that the template is written for; the plainest platform goes further back."""

_MODULE: Final = "application_credentials"
_CONSOLE: Final = "CONSOLE_URL"
_QUESTIONS: Final = {
    "OAUTH2_AUTHORIZE": "authorize_url",
    "OAUTH2_TOKEN": "token_url",
    _CONSOLE: "console_url",
}
"""The constants of the template that its platform uses, and the questions they answer."""


def missing_facts(integration: Integration) -> tuple[ManualWork, ...]:
    """Return what a flow without a platform and a registration needs to get one."""
    code = oauth_code(integration)
    if not code.flows or code.has_platform or registrations(integration).found:
        return ()
    flow = code.flows[0]
    lacking = _lacking(integration, _placeholders(description(integration)))
    asked = [f"--data {_QUESTIONS[name]}=…" for name in lacking]
    where = "its URLs are in const.py" if not asked else "not all of its URLs are in const.py"
    return (
        ManualWork(
            flow.module.path,
            flow.module.document.position(flow.node.node).line,
            f"this flow has no application credentials platform; {where}",
            f"run this again with {' '.join(asked) or '--data flow=secret (or pkce_secret)'}",
        ),
    )


def complete(integration: Integration, span: Span, answers: Answers) -> Integration:
    """Give an OAuth2 flow its platform, and the credentials dialog its text, from answers.

    Raises UsageError for an answer that the template refuses.
    """
    known = {**answers.offered, **answers.given}
    code = oauth_code(integration)
    if code.applicable and not code.has_platform and not registrations(integration).found:
        integration = with_platform(integration, span, known)
    if "console_url" in known or "credentials_text" in known:
        integration = with_description(integration, span, known)
    return integration


def with_platform(integration: Integration, span: Span, known: Mapping[str, Any]) -> Integration:
    """Write the platform, and the constants that it uses; nothing if one of those is missing.

    It fills in what the text of the credentials dialog asks for, be that there or to be written.
    """
    _validate(integration, known)
    placeholders = _placeholders(description(integration) or _dialog_text(known))
    if not span.all("description_placeholders"):
        placeholders = ()
    missing = {name: known.get(_QUESTIONS[name]) for name in _lacking(integration, placeholders)}
    if not all(missing.values()):
        return integration
    if known.get("flow") == "pkce_public" and not credential_imports(integration):
        raise UsageError(
            "flow: pkce_public needs a flow that imports the client, and this flow is yours; "
            "answer secret or pkce_secret"
        )
    flow = str(known.get("flow", "secret"))
    basic = known.get("token_auth") == "basic"
    accept_json = bool(known.get("token_accept_json"))
    if (flow != "secret" or basic or accept_json) and span.floor < FIRST:
        raise UsageError(
            "a platform with PKCE, HTTP Basic authentication or its own token request needs "
            f"Home Assistant {FIRST}; use --target {FIRST}, or write it by hand"
        )
    if missing:
        integration = _with_constants(integration, {k: str(v) for k, v in missing.items()})
    helper = capability("token_auth_method").at(span.floor)
    platform = Platform(
        flow=flow,
        basic=basic,
        own_request=accept_json or (basic and not helper),
        accept_json=accept_json,
        request_helper=helper,
        refused_error=capability("token_request_errors").at(span.floor),
        prefix=known.get("class_prefix") or default("class_prefix", {"domain": integration.domain}),
        placeholders=placeholders,
    )
    name = _docstring_name(integration)
    text = f'"""Application credentials platform of the {name} integration."""\n\n'
    text += render(PLATFORM, "body", platform)
    return integration.with_file(integration.path(f"{_MODULE}.py"), text.encode())


def with_dependency(integration: Integration) -> Integration:
    """Let the manifest depend on application credentials."""
    path = integration.path(MANIFEST)
    content = integration.files[path].content
    try:
        content = put_item(content, ["dependencies"], _MODULE, order=manifest_order)
    except ValueError as error:
        raise UsageError(f"{integration.root / path}: {error}") from error
    return integration.with_file(path, content)


def with_description(integration: Integration, span: Span, known: Mapping[str, Any]) -> Integration:
    """Write the text of the credentials dialog, and the hook that fills in its placeholders.

    Nothing if the text asks for the address of a page that is not said.
    """
    code = oauth_code(integration)
    module = code.platform
    text = _dialog_text(known)
    if module is None or not text or description(integration) is not None:
        return integration
    _validate(integration, known)
    placeholders = _placeholders(text)
    if not placeholders or code.provides(PLACEHOLDER_HOOK):
        return merged_texts(integration, {"application_credentials": {"description": text}})
    if not span.all("description_placeholders"):
        return integration
    if _CONSOLE in _lacking(integration, placeholders):
        if not known.get("console_url"):
            return integration
        integration = _with_constants(integration, {_CONSOLE: str(known["console_url"])})
    hook = render(PLATFORM, "placeholders_hook", Platform(placeholders=placeholders))
    tree = module.document.module
    (function,) = statements(tree, hook)
    function = with_leading(function, [cst.EmptyLine(indent=False)] * 2)
    helper = "homeassistant.helpers.config_entry_oauth2_flow"
    needed = {Import("homeassistant.core", "HomeAssistant")}
    if "redirect_url" in placeholders:
        needed |= {Import(helper, "AUTH_CALLBACK_PATH"), Import(helper, "MY_AUTH_CALLBACK_PATH")}
    if "console_url" in placeholders:
        needed.add(Import(".const", _CONSOLE))
    tree = add_imports(tree.with_changes(body=[*tree.body, function]), needed)
    integration = integration.with_file(module.path, tree.bytes)
    return merged_texts(integration, {"application_credentials": {"description": text}})


def _dialog_text(known: Mapping[str, Any]) -> str | None:
    """Return the text of the credentials dialog, from an answer or the template."""
    if "credentials_text" not in known and "console_url" not in known:
        return None
    console = str(known.get("console_url", ""))
    return str(
        known.get("credentials_text") or default("credentials_text", {"console_url": console})
    )


def _placeholders(text: str | None) -> tuple[str, ...]:
    return tuple(name for name in ("console_url", "redirect_url") if f"{{{name}}}" in (text or ""))


def _lacking(integration: Integration, placeholders: tuple[str, ...]) -> tuple[str, ...]:
    """Return the constants that a platform needs and const.py does not have as a text."""
    code = oauth_code(integration)
    const = code.module("const")
    wanted = [name for name in _QUESTIONS if name != _CONSOLE or "console_url" in placeholders]
    return tuple(
        name for name in wanted if const is None or code.text(const, cst.Name(name)) is None
    )


def _validate(integration: Integration, known: Mapping[str, Any]) -> None:
    """Raise UsageError for an answer about the platform that the template refuses."""
    usual = {"console_url": "", "token_auth": "body", "flow": "secret"}
    answers = {**usual, **known, "layout": str(integration.layout)}
    for question in (*_QUESTIONS.values(), "class_prefix", "token_auth", "credentials_text"):
        message = refusal(question, answers) if question in known else ""
        if message:
            raise UsageError(f"{question}: {message}")


def _docstring_name(integration: Integration) -> str:
    """Return what docstrings call the integration."""
    name = str(integration.manifest.get("name", integration.domain))
    return default("plain_name", {"name": name, "domain": integration.domain})


def _with_constants(integration: Integration, wanted: Mapping[str, str]) -> Integration:
    code = oauth_code(integration)
    const = code.module("const")
    constants = {
        name: text
        for name, text in wanted.items()
        if const is None or code.text(const, cst.Name(name)) != text
    }
    if not constants:
        return integration
    lines = "".join(render("python", "assign", name, text) for name, text in constants.items())
    path = integration.path("const.py")
    file = integration.file("const.py")
    if file is None:
        text = f'"""Constants for the {_docstring_name(integration)} integration."""\n\n'
        text += f'DOMAIN = "{integration.domain}"\n\n{lines}'
        return integration.with_file(path, text.encode())
    module = file.python.module
    taken = sorted(constants.keys() & bindings(module).keys())
    if taken:
        raise UsageError(
            f"{integration.root / path} already defines {taken[0]} with another value; rename it"
        )
    first, *others = statements(module, lines)
    blank = with_leading(first, [*module.footer, cst.EmptyLine(indent=False)])
    body = [*module.body, blank, *others]
    module = module.with_changes(body=body, footer=(), has_trailing_newline=True)
    return integration.with_file(path, module.bytes)
