"""The application credentials platform alone, for a flow that is there, from answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from appcred.answers import Answers
from appcred.documents.imports import Import, add_imports
from appcred.documents.json import manifest_order, put_item
from appcred.documents.rewriting import statements, with_leading
from appcred.emission import PLATFORM, Platform, render
from appcred.errors import UsageError
from appcred.finding import ManualWork
from appcred.generation.merging import bindings, merged_texts
from appcred.integration import MANIFEST, Layout
from appcred.oauth.code import PLACEHOLDER_HOOK, oauth_code
from appcred.oauth.registration import registrations
from appcred.release import Release, capability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appcred.integration import Integration
    from appcred.release import Span

FIRST: Final = Release(2025, 4)
"""The first release that the template is written for; the plainest platform goes further back."""

_MODULE: Final = "application_credentials"
_URLS: Final = {"OAUTH2_AUTHORIZE": "authorize_url", "OAUTH2_TOKEN": "token_url"}
"""The constants of the template, and the questions they answer."""


def missing_facts(integration: Integration) -> tuple[ManualWork, ...]:
    """Say what a flow without a platform, and without a registration, needs to get one."""
    code = oauth_code(integration)
    if not code.flows or code.has_platform or registrations(integration).found:
        return ()
    flow = code.flows[0]
    lacking = _lacking(integration)
    asked = [f"--data {_URLS[name]}=…" for name in lacking]
    where = "its URLs stand in const.py" if not asked else "not all of its URLs are in const.py"
    return (
        ManualWork(
            flow.module.path,
            flow.module.document.position(flow.node.node).line,
            f"this flow has no platform to get its implementation from; {where}",
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
    """Write the platform, and the constants of its URLs; nothing if a URL is missing."""
    missing = {name: known.get(_URLS[name]) for name in _lacking(integration)}
    if not all(missing.values()):
        return integration
    if known.get("flow") == "pkce_public":
        raise UsageError(
            "flow: the client of pkce_public is imported by the flow, which is not written here; "
            "answer secret or pkce_secret"
        )
    flow = str(known.get("flow", "secret"))
    basic = known.get("token_auth") == "basic"
    accept_json = bool(known.get("token_accept_json"))
    if (flow != "secret" or basic or accept_json) and span.floor < FIRST:
        raise UsageError(
            f"a platform with PKCE, HTTP Basic authentication or a request of its own runs on "
            f"{FIRST} and newer; say --target {FIRST}, or write it by hand"
        )
    _validate(integration, known)
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
        prefix=_prefix(integration.domain),
    )
    text = f'"""Application credentials platform of the {_plain(integration)} integration."""\n\n'
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
    """Write the text of the credentials dialog, and the hook that fills in its placeholders."""
    code = oauth_code(integration)
    module = code.platform
    section = integration.strings.get("application_credentials")
    if module is None or (isinstance(section, dict) and "description" in section):
        return integration
    console = str(known.get("console_url", ""))
    text = str(known.get("credentials_text") or _default_text(console))
    placeholders = tuple(name for name in ("console_url", "redirect_url") if f"{{{name}}}" in text)
    if not placeholders or code.provides(PLACEHOLDER_HOOK):
        return merged_texts(integration, {"application_credentials": {"description": text}})
    if not span.all("description_placeholders"):
        return integration
    if console and "console_url" in placeholders:
        integration = _with_constants(integration, {"CONSOLE_URL": console})
    hook = render(PLATFORM, "placeholders_hook", Platform(placeholders=placeholders))
    tree = module.document.module
    (function,) = statements(tree, hook)
    function = with_leading(function, [cst.EmptyLine(indent=False)] * 2)
    helper = "homeassistant.helpers.config_entry_oauth2_flow"
    needed = {Import("homeassistant.core", "HomeAssistant")}
    if "redirect_url" in placeholders:
        needed |= {Import(helper, "AUTH_CALLBACK_PATH"), Import(helper, "MY_AUTH_CALLBACK_PATH")}
    if "console_url" in placeholders:
        needed.add(Import(".const", "CONSOLE_URL"))
    tree = add_imports(tree.with_changes(body=[*tree.body, function]), needed)
    integration = integration.with_file(module.path, tree.bytes)
    return merged_texts(integration, {"application_credentials": {"description": text}})


def _lacking(integration: Integration) -> tuple[str, ...]:
    """Return the constants of URLs that const.py does not have, or not as a text."""
    code = oauth_code(integration)
    const = code.module("const")
    return tuple(
        name for name in _URLS if const is None or code.text(const, cst.Name(name)) is None
    )


def _validate(integration: Integration, known: Mapping[str, Any]) -> None:
    """Raise UsageError for an answer that the template refuses."""
    from appcred.scaffold import render as scaffold

    own = {"layout": str(integration.layout), "domain": "example", "repository": False}
    if integration.layout is Layout.CORE:
        del own["repository"]
    data = {key: value for key, value in known.items() if key not in (*own, "floor")}
    scaffold(Answers({}, {**data, **own}, ()), ask=False)


def _prefix(domain: str) -> str:
    """Return what classes are named after: the words of the domain, letters only."""
    return "".join(part.title() for part in re.sub(r"\d", "", domain).split("_"))


def _plain(integration: Integration) -> str:
    name = str(integration.manifest.get("name", integration.domain))
    return name if name.isprintable() and not set(name) & set('"\\') else integration.domain


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
        text = f'"""Constants for the {_plain(integration)} integration."""\n\n'
        text += f'DOMAIN = "{integration.domain}"\n\n{lines}'
        return integration.with_file(path, text.encode())
    module = file.python.module
    taken = sorted(constants.keys() & bindings(module).keys())
    if taken:
        raise UsageError(f"{integration.root / path} has another {taken[0]} already; rename it")
    first, *others = statements(module, lines)
    blank = with_leading(first, [*module.footer, cst.EmptyLine(indent=False)])
    module = module.with_changes(body=[*module.body, blank, *others], footer=())
    return integration.with_file(path, module.bytes)


def _default_text(console: str) -> str:
    """Return what the template says by default, `credentials_text` of copier.yml."""
    import jinja2
    import yaml

    from appcred.resources import data_root

    class Loader(yaml.SafeLoader):
        """Reads past `!include`."""

    Loader.add_constructor("!include", lambda *_: {})
    with (data_root() / "copier.yml").open("rb") as file:
        documents = [document for document in yaml.load_all(file, Loader) if document]
    question = next(d["credentials_text"] for d in documents if "credentials_text" in d)
    text = jinja2.Template(question["default"]).render(console_url=console)
    return " ".join(text.split())
