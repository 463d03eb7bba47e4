"""OAuth2 for an integration that has none yet, from the template, its own files kept.

The template is rendered in memory. Files that are not there yet are added; `__init__.py`,
`const.py`, the manifest and the texts get what they lack. Where two things would have one name,
nothing is written.
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Final, NamedTuple

import libcst as cst

from appcred.documents.python import PythonDocument
from appcred.documents.rewriting import filled, rewritten, statements
from appcred.errors import UsageError
from appcred.finding import ManualWork
from appcred.generation import from_yaml, testing, wiring
from appcred.generation.merging import (
    bindings,
    merged_manifest,
    merged_module,
    merged_texts,
    module_of,
    needed_imports,
    with_imports,
)
from appcred.generation.platform import with_dependency, with_description, with_platform
from appcred.generation.rendering import API, OWN_API, has_urls, rendered
from appcred.integration import MANIFEST
from appcred.oauth.code import oauth_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.answers import Answers
    from appcred.integration import Integration
    from appcred.release import Span

__all__ = ["Generated", "generate", "has_urls"]

_INIT: Final = "__init__.py"
_MERGED: Final = (_INIT, "const.py")
_TRANSLATION: Final = "translations/en.json"
_NOT_TAKEN: Final = frozenset({MANIFEST, "quality_scale.yaml", "strings.json", _TRANSLATION})
_DIAGNOSTICS: Final = "diagnostics"
_SETUP: Final = "async_setup"
_SCHEMA: Final = "CONFIG_SCHEMA"
_OF_ENTRIES: Final = (wiring.SETUP_ENTRY, "async_unload_entry")
_TESTS_OF_ENTRIES: Final = (
    *("test_init.py", "test_diagnostics.py"),
    *("test_coordinator.py", "test_entity.py"),
    *(f"test_{name}.py" for name in ("binary_sensor", "button", "select", "sensor", "switch")),
)
"""Tests of the template that set up an entry, as the template's own `async_setup_entry` does."""


class Generated(NamedTuple):
    """An integration with what was added, what has to be wired by hand, and what to know."""

    integration: Integration
    manual: tuple[ManualWork, ...] = ()
    notes: tuple[str, ...] = ()


def generate(
    integration: Integration, span: Span, answers: Answers, *, platform_asked: bool = False
) -> Generated:
    """Add platform, flow, API, texts, manifest entries and tests to an integration.

    A flow of another kind is kept; then the platform alone is added, where that was asked for.
    Raises UsageError for a floor that the template does not reach back to, for an answer that
    it refuses, and for files that cannot take what they lack.
    """
    unfit = wiring.unfit(integration)
    if unfit is not None:
        return Generated(integration, (unfit,))
    other = wiring.other_flow(integration)
    if other is not None:
        work = wiring.flow_work(*other, with_platform=platform_asked)
        if not platform_asked:
            return Generated(integration, (work,))
        made = _platform_alone(integration, span, answers)
        return Generated(made, (work, *wiring.entry_work(integration)))
    emitted = rendered(integration, span, answers)
    _refuse_twins(integration, emitted.files)
    merged = _merged_modules(integration, emitted.files)
    if isinstance(merged, ManualWork):
        return Generated(integration, (merged,))
    result = _with_new_files(merged, emitted.files)
    texts = emitted.files.get("strings.json") or emitted.files[_TRANSLATION]
    result = merged_texts(result, json.loads(texts))
    result = merged_manifest(result, json.loads(emitted.files[MANIFEST]))
    result = testing.with_tests(result, dict(_fitting_tests(integration, emitted.tests)))
    manual = (
        *wiring.own_icons(integration, emitted.files.get(wiring.ICONS)),
        *(wiring.own_setup(result, emitted.files[_INIT]) if _sets_up_entries(integration) else ()),
        *from_yaml.unclear(result),
        *wiring.platforms(integration),
    )
    return Generated(result, manual, tuple(_notes(integration, span, emitted.unused)))


def _merged_modules(
    integration: Integration, files: Mapping[str, bytes]
) -> Integration | ManualWork:
    """Give the modules that are there what they lack."""
    result: Integration | ManualWork = integration
    if integration.file("const.py") is not None:
        result = merged_module(integration, "const.py", files["const.py"])
    if integration.file(_INIT) is None or isinstance(result, ManualWork):
        return result
    content, leave = _fitted(integration, files[_INIT])
    result = from_yaml.standing_alone(result)
    if _SETUP in leave:
        result = _with_client(result, files[_INIT])
    if isinstance(result, ManualWork):
        return result
    return merged_module(result, _INIT, content, leave)


def _with_new_files(integration: Integration, files: Mapping[str, bytes]) -> Integration:
    """Add the files that are not there."""
    for name, content in files.items():
        path = integration.path(name)
        there = path in integration.files or module_of(name) in integration.modules
        if name not in _NOT_TAKEN and not there and not _has_icons(integration, name):
            integration = integration.with_file(path, content)
    return integration


def _has_icons(integration: Integration, name: str) -> bool:
    """Whether a file is one of icons that is there; it is read for nothing else."""
    return name == wiring.ICONS and (integration.root / integration.path(name)).exists()


def _platform_alone(integration: Integration, span: Span, answers: Answers) -> Integration:
    """Add the platform, and what goes with it, to an integration that is not to be changed else."""
    known = {"console_url": "", **answers.offered, **answers.given}
    result = with_platform(integration, span, known)
    return with_dependency(with_description(result, span, known))


def _refuse_twins(integration: Integration, files: Mapping[str, bytes]) -> None:
    """Raise UsageError for a module that is to be new and is there already."""
    for name in files:
        module = module_of(name)
        if name in _MERGED or module is None or module not in integration.modules:
            continue
        path = integration.root / integration.module_path(module)
        if module == OWN_API:
            raise UsageError(
                f"{path} exists, and {API} would be written beside it; rename {path} and run "
                "this again"
            )
        if module != _DIAGNOSTICS:
            raise UsageError(f"{path} already exists; leave `platforms` empty")


def _notes(integration: Integration, span: Span, unused: tuple[str, ...]) -> Iterator[str]:
    if unused:
        yield f"not used, given the other answers and the manifest: {', '.join(unused)}"
    yield from testing.notes(integration, span)


def _fitting_tests(
    integration: Integration, tests: Mapping[str, bytes]
) -> Iterator[tuple[str, bytes]]:
    """Yield the tests of what is the template's own."""
    wired = not _sets_up_entries(integration)
    for name, content in tests.items():
        if name == "test_diagnostics.py" and _DIAGNOSTICS in integration.modules:
            continue
        if wired or name not in _TESTS_OF_ENTRIES:
            yield name, content


def _sets_up_entries(integration: Integration) -> bool:
    module = oauth_code(integration).module("")
    return module is not None and module.index.function(wiring.SETUP_ENTRY) is not None


# --- a set-up function that is there -----------------------------------------------------------


def _fitted(integration: Integration, content: bytes) -> tuple[bytes, frozenset[str]]:
    """Return the template's `__init__.py` as it fits beside that of an integration.

    With it come the names in it that stay out. A `setup` that is not a coroutine is called by
    the template's `async_setup`, for Home Assistant calls but one of them.
    """
    own = oauth_code(integration).module("")
    new = PythonDocument(content)
    emitted = new.index.function(_SETUP)
    leave = set[str]()
    if own is None:
        return content, frozenset()
    if _sets_up_entries(integration):
        leave |= set(_OF_ENTRIES)
    function = from_yaml.setup_function(own)
    if function is not None or _SCHEMA in bindings(own.document.module):
        leave.add(_SCHEMA)
    if function is not None and function.name == _SETUP:
        leave.add(_SETUP)
    elif function is not None and emitted is not None:
        text = f"return await hass.async_add_executor_job({function.name}, hass, config)\n"
        (onward,) = statements(new.module, text)
        changes: dict[cst.CSTNode, cst.CSTNode] = {
            statement: onward.with_changes(leading_lines=statement.leading_lines)
            for statement in emitted.node.body.body
            if isinstance(statement, cst.SimpleStatementLine) and wiring.returns(statement)
        }
        content = rewritten(new.module, changes).bytes
    return content, frozenset(leave)


def _with_client(integration: Integration, content: bytes) -> Integration | ManualWork:
    """Let an `async_setup` that was there import the public client, as the template's does."""
    emitted = PythonDocument(content)
    wanted = emitted.index.function(_SETUP)
    code = oauth_code(integration)
    module = code.module("")
    own = module.index.function(_SETUP) if module is not None else None
    if wanted is None or module is None or own is None:
        return integration
    body, parameters = own.node.body, own.node.params.params
    if not isinstance(body, cst.IndentedBlock) or not parameters:
        line = module.document.position(own.node).line
        reason = "the client of this integration must be imported here"
        todo = "write the body of this function on lines of its own and run this again"
        return ManualWork(module.path, line, reason, todo)
    tree = module.document.module
    text = "".join(emitted.module.code_for_node(each) for each in wiring.own_lines(wanted))
    hass = {"hass": cst.Name(parameters[0].name.value)}
    first = [filled(each, hass) for each in statements(tree, textwrap.dedent(text))]
    changed = rewritten(tree, {body: from_yaml.with_first(body, first)})
    return with_imports(
        integration.with_file(module.path, changed.bytes),
        module,
        needed_imports(code, module, emitted.module, first),
    )
