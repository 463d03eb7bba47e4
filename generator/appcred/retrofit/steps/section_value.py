"""The section of YAML where there is none: which code reads it, and what it gets instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import filled, rewritten, statements, with_leading
from appcred.documents.walk import below, names, targets, walk
from appcred.oauth.yaml import is_alias, is_notice, reads_section
from appcred.oauth.yaml_schema import schema
from appcred.retrofit.best.key_reads import find_key_reads
from appcred.retrofit.best.registration import domain_expression
from appcred.retrofit.steps.with_yaml import SectionRead, WithYaml
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appcred.documents.rewriting import Statement
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Setup
    from appcred.oauth.yaml_schema import Key
    from appcred.rules.edit import StopError

_NAMES: Final = ("conf", "section", "yaml_config")
_DEFAULTS: Final = "# Without YAML, use the schema's defaults"


class SectionValue:
    """The value that `async_setup` reads in place of the section, if YAML has none."""

    def __init__(
        self, code: OAuthCode, found: Setup, keys: Sequence[str], yaml: WithYaml, kept: set[int]
    ) -> None:
        self.code, self.found, self.keys, self.yaml = code, found, keys, yaml
        self.described = schema(code)
        self.kept = kept
        """The identities of statements that look for the section themselves."""

    def given_to(
        self, edit: Edit, lines: list[Statement], *, had_yaml: bool
    ) -> tuple[list[Statement], list[Statement]]:
        """Give the section a value where YAML has none.

        Returns the statement that names it, if one is needed, and the others.
        """
        reads = [read for line in lines for read in self._unguarded(line, ())]
        for read in reads:
            if read.key in self.keys:
                raise self.needs_client(read.node)
        self._refuse_called(lines)
        self._refuse_handed_on(lines)
        if not (had_yaml or any(read.certain for read in reads)):
            return [], lines
        others = (
            [key for key in self.described.keys if key.name not in self.keys]
            if self.described
            else []
        )
        defaults = [key for key in others if has_default(key)]
        without = [key for key in others if key not in defaults]
        self._refuse_without_default(reads, without, lines)
        domain, needed = domain_expression(self.code, self.found.module)
        if needed is not None:
            edit.need(self.found.module, needed)
        values: dict[str, cst.BaseExpression] = {
            "CONFIG": cst.Name(self.found.config),
            "DOMAIN": domain,
        }
        if not defaults:
            empty = filled(cst.parse_expression("CONFIG.get(DOMAIN, {})"), values)
            return [], _with(lines, [read for read in reads if read.certain], empty)
        aliases = [line for line in lines if is_alias(self.code, self.found, line)]
        bound = [dotted(each) for line in aliases for each in targets(_small(line))]
        used = {name.value for line in lines for name in names(line)}
        free = (each for each in _NAMES if each not in used | self.found.sections)
        name = cst.Name(next(iter(bound), None) or next(free))
        text = "NAME = CONFIG.get(DOMAIN) or CONFIG_SCHEMA({DOMAIN: {}})[DOMAIN]\n"
        (new,) = statements(self.found.module.document.module, text)
        comment = cst.EmptyLine(comment=cst.Comment(_DEFAULTS))
        first = [each for line in aliases[:1] for each in line.leading_lines]
        new = with_leading(filled(new, {**values, "NAME": name}), [*first, comment])
        rest = [line for line in lines if line not in aliases[:1]]
        return [new], _with(rest, reads, name)

    def _unguarded(self, node: cst.CSTNode, tested: tuple[str, ...]) -> Iterator[SectionRead]:
        """Yield the reads of the section that no test for it, or for its key, stands before."""
        looks = isinstance(node, (cst.If, cst.IfExp)) and self.yaml.truth(node.test) is not None
        if looks or id(node) in self.kept:
            yield from self._client_reads(node)
            return
        if isinstance(node, (cst.If, cst.IfExp)):
            yield from self._unguarded(node.test, tested)
            inside = (*tested, *self._named_in(node.test))
            for part in (node.body, node.orelse):
                if part is not None:
                    yield from self._unguarded(part, inside)
            return
        if isinstance(node, cst.BooleanOperation):
            yield from self._unguarded(node.left, tested)
            if self.yaml.truth(node.left) is None or isinstance(node.operator, cst.Or):
                inside = (*tested, *self._named_in(node.left))
                yield from self._unguarded(node.right, inside)
            return
        if isinstance(node, cst.Comparison) and self.yaml.truth(node) is not None:
            return
        if isinstance(node, cst.BaseExpression):
            if isinstance(node, cst.Name):
                yield from self._client_reads(node)
                return
            found = self.yaml.key_read(node)
            if found is not None and (found.key is None or found.key not in tested):
                known = found if found.key is not None else found._replace(key="")
                yield known
            if self.yaml.is_section(node):
                yield SectionRead(node, None, certain=not _is_total(node))
                return
        for each in below(node):
            yield from self._unguarded(each, tested)

    def is_of_another(self, node: cst.CSTNode) -> bool:
        """Whether a node takes the section of another integration, which may be missing."""
        return (
            isinstance(node, cst.Subscript)
            and dotted(node.value) == self.found.config
            and not self.yaml.is_section(node)
        )

    def is_needed_by(self, line: cst.CSTNode) -> bool:
        """Whether a statement reads the section itself, and no test for it stands before."""
        named = any(name.value in self.found.sections for name in names(line))
        return named or any(read.key is None for read in self._unguarded(line, ()))

    def _client_reads(self, node: cst.CSTNode) -> Iterator[SectionRead]:
        for each in walk(node):
            found = self.yaml.key_read(each)
            if isinstance(each, cst.Name) and each.value in self.yaml.carriers:
                yield SectionRead(each, self.keys[0], certain=True)
            elif found is not None and found.key in self.keys:
                yield found

    def _named_in(self, test: cst.CSTNode) -> Iterator[str]:
        for each in walk(test):
            key = self.yaml.key(each)
            if key is not None:
                yield key

    def _refuse_without_default(
        self, reads: Sequence[SectionRead], without: Sequence[Key], lines: Sequence[Statement]
    ) -> None:
        """Raise StopError where a key is needed that the schema gives no value."""
        required = next((key for key in without if key.marker == "Required"), None)
        if required is not None and self.described is not None:
            raise stop(
                self.described.module,
                required.element.key,
                "the schema requires a key that is no credential, so the integration cannot be "
                "set up without YAML",
                "give it a default, or ask for it in the flow; then run this again",
            )
        known = {key.name for key in self.described.keys} if self.described else set()
        missing = {key.name for key in without}
        for read in reads:
            if (
                read.certain
                and read.key is not None
                and (read.key in missing or read.key not in known)
            ):
                if self.described is None:
                    raise self.stop(
                        read.node,
                        "async_setup reads its YAML section, but there is no schema with defaults",
                        "write CONFIG_SCHEMA with its keys and their defaults, or put only the "
                        "registration under `if DOMAIN in config:` and make the rest work "
                        "without the section; then run this again",
                    )
                raise self.stop(
                    read.node,
                    "this reads a key of YAML without a default, but there may be none",
                    "give it a default in CONFIG_SCHEMA, and run this again",
                )
        if any(self._is_handed_on(line) for line in lines):
            for reading in find_key_reads(self.code, {key for key in missing if key is not None}):
                if isinstance(reading.node, cst.Subscript) and (
                    reading.function.node is not self.found.function.node
                ):
                    raise stop(
                        reading.module,
                        reading.node,
                        "this reads a key of YAML without a default, but there may be none",
                        "give it a default in CONFIG_SCHEMA, and run this again",
                    )

    def _is_handed_on(self, line: cst.CSTNode) -> bool:
        """Whether a statement gives the section to something, and does not only read it."""
        return any(
            (isinstance(node, cst.Arg) and self.yaml.is_section(node.value))
            or (
                isinstance(node, cst.Assign)
                and self.yaml.is_section(node.value)
                and not all(isinstance(each, cst.Name) for each in targets(node))
            )
            for node in walk(line)
        )

    def _refuse_handed_on(self, lines: Sequence[Statement]) -> None:
        """Raise StopError where a section that is the client alone is given to other code."""
        if self.described and any(key.name not in self.keys for key in self.described.keys):
            return
        for line in lines:
            if not is_notice(line) and any(
                isinstance(node, cst.Call)
                and dotted(node.func) not in ("bool", "len")
                and any(self.yaml.is_section(each.value) for each in node.args)
                for node in walk(line)
            ):
                raise self.needs_client(line)

    def _refuse_called(self, lines: Sequence[Statement]) -> None:
        """Raise StopError where a function that is given the section takes the client from it."""
        reading = {id(each.function.node) for each in find_key_reads(self.code, self.keys)}
        for line in lines:
            for node in walk(line):
                if isinstance(node, cst.Call) and reads_section(self.found, list(node.args)):
                    called = self.code.called(self.found.module, node)
                    if called is not None and id(called[1].node) in reading:
                        raise self.needs_client(node)

    def stop(self, node: cst.CSTNode, reason: str, todo: str) -> StopError:
        """Make the error for a node, or for the first below it that stands in the source."""
        there = {id(each) for each in walk(self.found.function.node)}
        known = (each for each in walk(node) if id(each) in there)
        return stop(self.found.module, next(known, None), reason, todo)

    def needs_client(self, node: cst.CSTNode) -> StopError:
        """Make the error for code that uses the client in YAML for anything but its import."""
        return self.stop(
            node,
            "async_setup uses the credentials of YAML for more than signing in, but without YAML "
            "there are none",
            "do this in async_setup_entry with the client_id and client_secret of the entry's "
            "implementation, or remove it; then run this again",
        )


def _with(
    lines: Sequence[Statement], reads: Sequence[SectionRead], value: cst.BaseExpression
) -> list[Statement]:
    """Return statements that take a value for the section."""
    changes: dict[cst.CSTNode, cst.CSTNode | Sequence[Statement]] = {
        read.node: value.deep_clone() for read in reads if read.key is None
    }
    return cast("list[Statement]", list(rewritten(cst.Module(lines), changes).body))


def has_default(key: Key) -> bool:
    """Whether a key of the schema has a value where YAML has none."""
    call = key.element.key
    return isinstance(call, cst.Call) and any(
        argument.keyword is not None and argument.keyword.value == "default"
        for argument in call.args
    )


def _is_total(node: cst.CSTNode) -> bool:
    """Whether an expression for the section is a dictionary without YAML too."""
    if isinstance(node, cst.BooleanOperation):  # config.get(DOMAIN) or {}
        return True
    return isinstance(node, cst.Call) and len(node.args) > 1


def _small(line: Statement) -> cst.CSTNode:
    return cst.ensure_type(line, cst.SimpleStatementLine).body[0]
