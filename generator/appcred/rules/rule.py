"""What a rule is made of.

A rule is one file, `rules/apc<number>_<name>.py`, found by its presence. From top to bottom:

- its docstring, which is its documentation: the first line is its title; then what is wrong, why
  that matters to a user of the integration, and, under `Fix:`, what the fix changes. `Source:`
  lines say where Home Assistant's side of it can be read.
- `RULE = Rule(...)`
- `EXAMPLES = (...)`, each run by the tests and printed in the documentation
- `check(integration, span)`, which yields findings
- `fix(integration, finding, span)`, if `check --fix` can resolve it, which returns the next
  Integration. A rule whose kind of fix is a migration only reports, and `appcred retrofit` edits.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, cast

from appcred.documents.json import place
from appcred.finding import Finding, FixKind, ManualWork, Severity
from appcred.integration import MANIFEST, File, Integration, Layout
from appcred.release import Release, Span, newest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import libcst as cst

    from appcred.documents.python import PythonDocument
    from appcred.oauth.names import Module


class Rule(NamedTuple):
    """The facts of one rule.

    `since` and `until` name capabilities of `releases.yml`. The rule holds where some release of
    the range has `since` (with `at_floor`: where already the floor has it, which is what *no
    longer needed* means), and unless the floor has `until`. Other than by releases it can be
    restricted to one layout. `consequences` are codes of findings that are not shown beside it,
    `moves` those of findings that its fix moves to other places, where they are not new, and
    `reveals` those that nothing is said of before the fix.
    """

    code: str
    name: str
    severity: Severity
    fix: FixKind | None = None
    since: str | None = None
    until: str | None = None
    at_floor: bool = False
    layout: Layout | None = None
    consequences: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    reveals: tuple[str, ...] = ()

    def applies(self, integration: Integration, span: Span) -> bool:
        """Whether the rule has anything to say about an integration over a range."""
        if self.layout is not None and integration.layout is not self.layout:
            return False
        if self.since is not None:
            # A span of one release is that release.
            judged = Span(span.floor, span.floor) if self.at_floor else span
            if not judged.some(self.since):
                return False
        return self.until is None or not span.all(self.until)

    def at(
        self,
        source: Module | tuple[PurePosixPath, PythonDocument],
        node: cst.CSTNode,
        message: str,
        *,
        fixable: bool = True,
        severity: Severity | None = None,
    ) -> Finding:
        """Make a finding at a node of a Python file; `fixable` says whether its fix can be made."""
        path, document = source if isinstance(source, tuple) else (source.path, source.document)
        line, column = document.position(node)
        return self.on(path, line, column, message, fixable=fixable, severity=severity)

    def in_json(
        self,
        integration: Integration,
        name: str,
        keys: Sequence[str],
        message: str,
        *,
        item: int | None = None,
        fixable: bool = True,
        severity: Severity | None = None,
    ) -> Finding:
        """Make a finding at a key, or an item of its array, of a JSON file of the integration."""
        file = integration.file(name)
        line, column = (1, 1) if file is None else place(file.content, keys, item)
        return self.on(
            integration.path(name), line, column, message, fixable=fixable, severity=severity
        )

    def on(
        self,
        path: PurePosixPath,
        line: int,
        column: int,
        message: str,
        *,
        fixable: bool = True,
        severity: Severity | None = None,
    ) -> Finding:
        """Make a finding at a line and column, both from 1."""
        return Finding(
            path,
            line,
            column,
            self.code,
            self.name,
            message,
            severity or self.severity,
            self.fix if fixable else None,
        )


class RuleModule(Protocol):
    """A rule's file. `fix` is there if `RULE.fix` is safe or unsafe."""

    __doc__: str
    RULE: Rule
    EXAMPLES: tuple[Example, ...]

    def check(self, integration: Integration, span: Span) -> Iterable[Finding]:
        """Yield what is wrong."""
        ...

    def fix(
        self, integration: Integration, finding: Finding, span: Span
    ) -> Integration | ManualWork:
        """Return the Integration without the finding, or why it is manual work."""
        ...


EXAMPLE_MANIFEST: Final = {
    "domain": "example",
    "name": "Example",
    "codeowners": ["@example"],
    "config_flow": True,
    "dependencies": ["application_credentials"],
    "documentation": "https://example.com/docs",
    "integration_type": "service",
    "iot_class": "cloud_polling",
    "version": "1.0.0",
}
"""The manifest of an example that has none of its own; in core without `version`."""


class Example(NamedTuple):
    """An integration by its files, what the rule says about it, and what its fix makes of it.

    `at` are the places of the findings, `file:line:column`; none means that there is nothing to
    report. `after` are the files that the fix changes, with their new text; None deletes one.
    File names are relative to the integration's folder; one that begins with `/` is relative to
    the root of the repository.
    """

    files: Mapping[str, str]
    at: tuple[str, ...] = ()
    after: Mapping[str, str | None] = MappingProxyType({})
    layout: Layout = Layout.CUSTOM
    floor: str | None = None
    """Absent: the newest known release."""
    newest: str | None = None
    """Absent: the newest known release, or in core the floor."""

    def integration(self) -> Integration:
        """Return it as it would be read from disk."""
        core = self.layout is Layout.CORE
        parent = "homeassistant/components" if core else "custom_components"
        folder = PurePosixPath(parent, "example")
        manifest: dict[str, object] = dict(EXAMPLE_MANIFEST)
        if core:
            del manifest["version"]
        files = {MANIFEST: json.dumps(manifest, indent=2) + "\n", **self.files}
        tests = PurePosixPath("tests")
        return Integration(
            root=Path("/example"),
            folder=folder,
            layout=self.layout,
            domain="example",
            files={
                example_path(folder, name): File(text.encode("utf-8", "surrogateescape"))
                for name, text in files.items()
            },
            tests=tests if any(name.startswith("/tests/") for name in files) else None,
        )

    def reported(self) -> Iterator[tuple[str, str, tuple[int, ...]]]:
        """Yield the files that show what is wrong: name, text, and the lines of the findings."""
        places = [place.rsplit(":", 2) for place in self.at]
        shown = {name for name, _, _ in places} | set(self.after) | {MANIFEST}
        for name, text in self.files.items():
            if name in shown:
                yield name, text, tuple(int(line) for file, line, _ in places if file == name)

    def span(self) -> Span:
        """Return the releases it is judged over."""
        floor = newest() if self.floor is None else Release.parse(self.floor)
        if self.newest is not None:
            return Span(floor, Release.parse(self.newest))
        return Span(floor, floor if self.layout is Layout.CORE else max(floor, newest()))


def example_path(folder: PurePosixPath, name: str) -> PurePosixPath:
    """Return where an example's file lies, relative to the repository's root."""
    return PurePosixPath(name[1:]) if name.startswith("/") else folder / name


def replaced(
    integration: Integration, module: Module, old: cst.CSTNode, new: cst.CSTNode
) -> Integration:
    """Return the Integration in which one node of a module is another one."""
    tree = cast("cst.Module", module.document.module.deep_replace(old, new))
    return integration.with_file(module.path, tree.bytes)


def stale_finding(finding: Finding) -> ManualWork:
    """Say that a finding is not where it was, which only a defect of a rule can bring about."""
    return ManualWork(
        finding.path,
        finding.line,
        f"{finding.code} is no longer reported",
        "run appcred again, and report this",
    )


def as_rule(module: object) -> RuleModule:
    """Return an imported module as the rule it is."""
    return cast("RuleModule", module)
