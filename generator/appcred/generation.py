"""OAuth2 for an integration that has none yet, from the template, its own files kept.

The template is rendered in memory with what the manifest says and what a person answered. Files
that are not there yet are added; `__init__.py`, `const.py`, the manifest and the texts get what
they lack. Where two things would have one name, nothing is written.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import libcst as cst

from appcred.answers import Answers
from appcred.documents.imports import Import, NameTakenError, add_imports, imports_of
from appcred.documents.json import alphabetical, manifest_order, put, put_item
from appcred.documents.python import PythonDocument, dotted
from appcred.documents.rewriting import statements, with_leading
from appcred.documents.walk import names, walk
from appcred.emission import PLATFORM, Platform, render
from appcred.errors import UsageError
from appcred.finding import ManualWork
from appcred.integration import MANIFEST, File, Layout
from appcred.oauth.code import PLACEHOLDER_HOOK, oauth_code
from appcred.oauth.registration import is_docstring, registrations
from appcred.release import capability

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.integration import Integration
    from appcred.oauth.code import Module
    from appcred.release import Span

_FLOORS: Final = {Layout.CUSTOM: (202504, 202512, 202603, 202610), Layout.CORE: (202611,)}
"""The floors that the template has, as `floor` of copier.yml lists them."""

_LONGEST_NAME: Final = 36
"""Characters, as `name` of copier.yml has it; a longer name gives way to the domain."""
_NEEDED_KEYS: Final = (
    "config_flow",
    "integration_type",
    "iot_class",
    "single_config_entry",
    "version",
)
_NOT_TAKEN: Final = frozenset(
    {MANIFEST, "quality_scale.yaml", "strings.json", "translations/en.json", "icons.json"}
)
_MODULE: Final = "application_credentials"
_URLS: Final = {"OAUTH2_AUTHORIZE": "authorize_url", "OAUTH2_TOKEN": "token_url"}
"""The constants of the template, and the questions they answer."""


class Generated(NamedTuple):
    """An integration with what was added, and what has to be wired by hand."""

    integration: Integration
    manual: tuple[ManualWork, ...]


def wanted(answers: Answers) -> bool:
    """Say whether a person gave the URLs that OAuth2 needs."""
    known = {**answers.offered, **answers.given}
    return "authorize_url" in known and "token_url" in known


def missing_facts(integration: Integration) -> tuple[ManualWork, ...]:
    """Say what a flow without a platform, and without a registration, needs to get one."""
    code = oauth_code(integration)
    if not code.flows or code.has_platform or registrations(integration).found:
        return ()
    flow = code.flows[0]
    const = code.module("const")
    asked = [
        f"--data {question}=…"
        for name, question in _URLS.items()
        if const is None or code.text(const, cst.Name(name)) is None
    ]
    where = "its URLs stand in const.py" if not asked else "not all of its URLs are in const.py"
    return (
        ManualWork(
            flow.module.path,
            flow.module.document.position(flow.node.node).line,
            f"this flow has no platform to get its implementation from; {where}",
            f"run this again with {' '.join(asked) or '--data flow=secret (or pkce_secret)'}",
        ),
    )


# --- a platform for a flow that is there -------------------------------------------------------


def complete(integration: Integration, span: Span, answers: Answers) -> Integration:
    """Give an OAuth2 flow its platform, and the credentials dialog its text, from answers."""
    known = {**answers.offered, **answers.given}
    code = oauth_code(integration)
    if code.applicable and not code.has_platform and not registrations(integration).found:
        integration = _with_platform(integration, span, known)
    if "console_url" in known or "credentials_text" in known:
        integration = _with_description(integration, span, known)
    return integration


def _with_platform(integration: Integration, span: Span, known: Mapping[str, Any]) -> Integration:
    code = oauth_code(integration)
    const = code.module("const")
    missing = {
        name: known.get(question)
        for name, question in _URLS.items()
        if const is None or code.text(const, cst.Name(name)) is None
    }
    if not all(missing.values()):
        return integration
    if missing:
        integration = _with_constants(integration, {k: str(v) for k, v in missing.items()})
    flow = str(known.get("flow", "secret"))
    prefix = "".join(part.title() for part in integration.domain.split("_"))
    basic = known.get("token_auth") == "basic"
    helper = capability("token_auth_method").at(span.floor)
    accept_json = bool(known.get("token_accept_json"))
    platform = Platform(
        flow=flow,
        basic=basic,
        own_request=accept_json or (basic and not helper),
        accept_json=accept_json,
        request_helper=helper,
        refused_error=capability("token_request_errors").at(span.floor),
        prefix=prefix,
    )
    title = _plain(integration)
    text = f'"""Application credentials platform of the {title} integration."""\n\n'
    text += render(PLATFORM, "body", platform)
    path = integration.path(f"{_MODULE}.py")
    return integration.with_file(path, text.encode())


def _plain(integration: Integration) -> str:
    name = str(integration.manifest.get("name", integration.domain))
    return name if name.isprintable() and not set(name) & set('"\\') else integration.domain


def _with_constants(integration: Integration, constants: Mapping[str, str]) -> Integration:
    lines = "".join(render("python", "assign", name, text) for name, text in constants.items())
    path = integration.path("const.py")
    file = integration.file("const.py")
    if file is None:
        text = f'"""Constants for the {_plain(integration)} integration."""\n\n'
        text += f'DOMAIN = "{integration.domain}"\n\n{lines}'
        return integration.with_file(path, text.encode())
    module = file.python.module
    first, *others = statements(module, lines)
    blank = with_leading(first, [cst.EmptyLine(indent=False)])
    module = module.with_changes(body=[*module.body, blank, *others])
    return integration.with_file(path, module.bytes)


def _with_description(
    integration: Integration, span: Span, known: Mapping[str, Any]
) -> Integration:
    """Write the text of the credentials dialog, and the hook that fills in its placeholders."""
    code = oauth_code(integration)
    module = code.platform
    section = integration.strings.get("application_credentials")
    if module is None or section is not None:
        return integration
    console = str(known.get("console_url", ""))
    text = str(known.get("credentials_text") or _default_text(console))
    if code.provides(PLACEHOLDER_HOOK):
        return _merged_texts(integration, {"application_credentials": {"description": text}})
    placeholders = tuple(name for name in ("console_url", "redirect_url") if f"{{{name}}}" in text)
    if not placeholders or not span.all("description_placeholders"):
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
    return _merged_texts(integration, {"application_credentials": {"description": text}})


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


# --- all of it, for an integration without OAuth2 ----------------------------------------------


def generate(integration: Integration, span: Span, answers: Answers) -> Generated:
    """Add platform, flow, API, texts, manifest entries and tests to an integration.

    Raises UsageError for a floor that the template does not reach back to, and for an answer
    that it refuses.
    """
    if integration.file("config_flow.py") is not None:
        path = integration.path("config_flow.py")
        work = ManualWork(
            path,
            1,
            "this integration has a flow of another kind, which is kept",
            "make its flow from AbstractOAuth2FlowHandler, with the platform that --select APC1 "
            "writes",
        )
        return Generated(integration, (work,))
    rendered = _rendered(integration, span, answers)
    manual: list[ManualWork] = []
    result = integration
    for file, content in rendered.items():
        if file in _NOT_TAKEN or file.startswith("/"):
            continue
        if result.file(file) is None:
            result = result.with_file(result.path(file), content)
        elif file in ("__init__.py", "const.py"):
            merged = _merged_module(result, file, content)
            if isinstance(merged, ManualWork):
                return Generated(integration, (merged,))
            result = merged
    strings = rendered.get("strings.json") or rendered.get("translations/en.json", b"{}")
    result = _merged_texts(result, json.loads(strings))
    result = _merged_manifest(result, json.loads(rendered[MANIFEST]))
    guarded = _guarded_setup(result)
    result = guarded if guarded is not None else result
    result = _with_tests(result, rendered)
    manual += _to_wire(integration)
    return Generated(result, tuple(manual))


def _rendered(integration: Integration, span: Span, answers: Answers) -> dict[str, bytes]:
    """Render the template; names are relative to the integration's folder, tests begin with `/`."""
    from appcred.scaffold import render as scaffold

    floors = _FLOORS[integration.layout]
    fitting = [floor for floor in floors if floor <= span.floor.number]
    if not fitting:
        first = f"{floors[0] // 100}.{floors[0] % 100}"
        raise UsageError(
            f"what is written for a new OAuth2 flow runs on {first} and newer; "
            f"say --target {first}, or write the flow by hand"
        )
    name = str(integration.manifest.get("name", ""))
    given: dict[str, Any] = {
        "layout": str(integration.layout),
        "domain": integration.domain,
        "name": name if 0 < len(name) <= _LONGEST_NAME else integration.domain,
        "floor": fitting[-1],
        "platform": "none",
        "console_url": "",
        "scopes": "",
        **answers.offered,
        **answers.given,
    }
    if integration.layout is Layout.CUSTOM:
        given["repository"] = False
    given.setdefault("identity", "userinfo" if "userinfo_url" in given else "none")
    made = scaffold(Answers({}, given, ()), ask=False)
    rename = integration.file("api.py") is not None
    found = {}
    for path, content in made.files.items():
        place = _place(integration, path)
        if place is None:
            continue
        if rename and place.endswith(".py"):
            # Its own api.py stays; the new one gets another name.
            place = "oauth_api.py" if place == "api.py" else place
            content = re.sub(rb"\.api\b(?=[ .\"'])", b".oauth_api", content)
        found[place] = content
    return found


def _place(integration: Integration, path: PurePosixPath) -> str | None:
    core = integration.layout is Layout.CORE
    parent = "homeassistant/components" if core else "custom_components"
    folder = PurePosixPath(parent, integration.domain)
    if path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    if path.parts[0] == "tests":
        return f"/{path.as_posix()}"
    return None


# --- what is there already ---------------------------------------------------------------------


def _merged_module(integration: Integration, name: str, content: bytes) -> Integration | ManualWork:
    """Put what a module lacks of a rendered one at its end."""
    path = integration.path(name)
    own = integration.files[path].python
    new = PythonDocument(content)
    tree = own.module
    bound = {*own.index.constants, *_definitions(tree)}
    imports: list[Import] = []
    added: list[cst.SimpleStatementLine | cst.BaseCompoundStatement] = []
    for statement in new.module.body:
        if is_docstring(statement):
            continue
        if isinstance(statement, cst.SimpleStatementLine) and imports_of(statement):
            imports += imports_of(statement)
            continue
        defined = _defined(statement)
        taken = defined & bound
        if not taken:
            added.append(statement.deep_clone())
            continue
        same = all(
            one is not None and two is not None and one.deep_equals(two)
            for each in taken
            for one, two in [(own.index.constants.get(each), new.index.constants.get(each))]
        )
        if not same:
            line = _line_of(own, min(taken))
            return ManualWork(
                path,
                line,
                f"{name} has a {min(taken)} already, and OAuth2 needs one of that name",
                _wiring(min(taken)),
            )
    used = {each.value for statement in added for each in names(statement)}
    used |= {dotted(node) for statement in added for node in _annotations(statement)}
    try:
        tree = tree.with_changes(body=[*tree.body, *_spaced(tree, added)])
        own_domain = oauth_code(integration).module(path_name(name))
        imports = [
            one
            for one in imports
            if one.local in used and not _is_domain(integration, own_domain, one)
        ]
        tree = add_imports(tree, imports)
    except NameTakenError as error:
        return ManualWork(path, 1, str(error), "rename it, and run this again")
    return integration.with_file(path, tree.bytes)


def path_name(name: str) -> str:
    """Return the module that a file of the integration's folder is."""
    return name.removesuffix(".py").removesuffix("__init__")


def _is_domain(integration: Integration, module: Module | None, wanted: Import) -> bool:
    """Say whether an import is of a domain that the module defines itself."""
    if module is None or wanted.local not in module.index.constants:
        return False
    text = oauth_code(integration).text(module, cst.Name(wanted.local))
    return wanted.name == "DOMAIN" and text == integration.domain


def _spaced(
    tree: cst.Module, added: list[cst.SimpleStatementLine | cst.BaseCompoundStatement]
) -> Iterator[cst.SimpleStatementLine | cst.BaseCompoundStatement]:
    """Give the first of what is added the blank lines that Python's style asks for."""
    for number, statement in enumerate(added):
        if number == 0 and tree.body:
            block = isinstance(statement, (cst.FunctionDef, cst.ClassDef))
            after = isinstance(tree.body[-1], (cst.FunctionDef, cst.ClassDef))
            count = 2 if block or after else 1
            yield with_leading(statement, [cst.EmptyLine(indent=False)] * count)
        else:
            yield statement


def _annotations(statement: cst.CSTNode) -> list[cst.Name]:
    return [node for node in walk(statement) if isinstance(node, cst.Name)]


def _definitions(tree: cst.Module) -> set[str]:
    return {name for statement in tree.body for name in _defined(statement)}


def _defined(statement: cst.CSTNode) -> set[str]:
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        return {statement.name.value}
    found = set()
    for small in getattr(statement, "body", ()) if _is_line(statement) else ():
        if isinstance(small, cst.Assign):
            found |= {dotted(target.target) for target in small.targets}
        elif isinstance(small, cst.AnnAssign):
            found.add(dotted(small.target))
        elif isinstance(small, cst.TypeAlias):
            found.add(small.name.value)
    return found


def _is_line(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine)


def _line_of(document: PythonDocument, name: str) -> int:
    function = document.index.function(name) or document.index.class_(name)
    node = function.node if function is not None else document.index.constants.get(name)
    return document.position(node).line if node is not None else 1


def _wiring(name: str) -> str:
    if name == "async_setup_entry":
        return (
            "get the implementation with async_get_config_entry_implementation, make an "
            "OAuth2Session of it and the entry, and await async_ensure_token_valid() before "
            "anything else; then run this again without this function, or go on by hand"
        )
    return "rename one of them, and run this again"


def _merged_texts(integration: Integration, texts: Mapping[str, Any]) -> Integration:
    """Add the texts that are missing, each in its place."""
    name = integration.strings_name
    for path, text in _leaves(texts):
        found: Any = integration.strings
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        if found is not None:
            continue
        file = integration.file(name)
        content = file.content if file is not None else b"{}\n"
        integration = integration.with_file(
            integration.path(name), put(content, path, text, alphabetical)
        )
    return integration


def _leaves(
    texts: Mapping[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, key))
        else:
            yield (*above, key), value


def _merged_manifest(integration: Integration, rendered: Mapping[str, Any]) -> Integration:
    path = integration.path(MANIFEST)
    content = integration.files[path].content
    for key in _NEEDED_KEYS:
        if key in rendered and (key == "config_flow" or key not in integration.manifest):
            content = put(content, [key], rendered[key], manifest_order)
    for key in ("dependencies", "after_dependencies"):
        for item in rendered.get(key, ()):
            content = put_item(content, [key], item, order=manifest_order)
    return integration.with_file(path, content)


def _guarded_setup(integration: Integration) -> Integration | None:
    """Let set-up from YAML leave early where there is nothing in YAML, as an entry may be alone.

    Returns None where it does so already, or reads nothing.
    """
    document = integration.files[integration.path("__init__.py")].python
    code = oauth_code(integration)
    module = code.module("")
    if module is None:
        return None
    for name in ("async_setup", "setup"):
        function = document.index.function(name)
        if function is None or not isinstance(function.node.body, cst.IndentedBlock):
            continue
        parameters = function.node.params.params
        if len(parameters) != 2:
            continue
        config = parameters[1].name.value
        reads = any(
            isinstance(node, cst.Subscript) and dotted(node.value) == config
            for node in walk(function.node.body)
        )
        body = list(function.node.body.body)
        start = 1 if body and is_docstring(body[0]) else 0
        guarded = start < len(body) and isinstance(body[start], cst.If)
        if not reads or (guarded and config in {n.value for n in names(body[start])}):
            continue
        domain = (
            "DOMAIN"
            if code.text(module, cst.Name("DOMAIN")) == integration.domain
            else (f'"{integration.domain}"')
        )
        text = f"if {domain} not in {config}:\n    return True\n"
        guard = statements(document.module, text)
        first = body[start] if start < len(body) else None
        rest = body[start:]
        if first is not None and isinstance(
            first, (cst.SimpleStatementLine, cst.BaseCompoundStatement)
        ):
            blank = [cst.EmptyLine(indent=False), *first.leading_lines]
            rest = [with_leading(first, blank), *body[start + 1 :]]
        block = function.node.body.with_changes(body=[*body[:start], *guard, *rest])
        tree = document.module.deep_replace(function.node, function.node.with_changes(body=block))
        if isinstance(tree, cst.Module):
            return integration.with_file(integration.path("__init__.py"), tree.bytes)
    return None


def _with_tests(integration: Integration, rendered: Mapping[str, bytes]) -> Integration:
    """Add the template's tests where there are none of these names."""
    if integration.folder == PurePosixPath():
        return integration
    folder = integration.tests
    tests = {PurePosixPath(name[1:]): text for name, text in rendered.items() if name[0] == "/"}
    base = PurePosixPath("tests")
    if integration.layout is Layout.CORE:
        base = PurePosixPath("tests", "components", integration.domain)
    for path, content in tests.items():
        if not path.is_relative_to(base):
            continue
        target = (folder or base) / path.relative_to(base)
        there = target in integration.files or (integration.root / target).exists()
        if not there:
            files = {**integration.files, target: File(content)}
            integration = integration.with_file(target, files[target].content)
    return integration


def _to_wire(integration: Integration) -> Iterator[ManualWork]:
    """Say what still sets up from YAML alone."""
    for name in integration.modules:
        document = integration.modules[name]
        if not name or "." in name or not document.mentions("setup_platform"):
            continue
        function = document.index.function("async_setup_platform") or document.index.function(
            "setup_platform"
        )
        if function is None or document.index.function("async_setup_entry") is not None:
            continue
        yield ManualWork(
            integration.module_path(name),
            document.position(function.node).line,
            f"{name}.py is set up from YAML alone, which goes on working",
            "to have these entities from an entry too, add async_setup_entry(hass, entry, "
            f"async_add_entities) here, which takes the API from entry.runtime_data, and forward "
            f"the entry to Platform.{name.upper()} in async_setup_entry of __init__.py",
        )
