"""The rest of `async_setup`, once a client in YAML is imported at its head.

It is evaluated with the section and the client there: a test for them decides what is left of an
`if`, and a return where they are missing goes. What is left then runs with the section absent too,
for which it has the defaults of the schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.rewriting import filled, joined, with_leading
from appcred.documents.walk import always_exits, below, is_log, names, targets, walk
from appcred.oauth.hass_data import config_reads
from appcred.oauth.registration import assignments, is_docstring
from appcred.oauth.yaml import base_of, is_notice, reads_section, setup
from appcred.oauth.yaml_schema import schema
from appcred.retrofit.best.registration import domain_expression
from appcred.retrofit.steps.section_value import SectionValue
from appcred.retrofit.steps.with_yaml import WithYaml, does_something
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Setup
    from appcred.rules.edit import StopError

_QUIET: Final = ("debug", "info")
_ENDS: Final = ("", "None", "True", "False")
"""What `async_setup` returns without YAML; it succeeds now in each case."""


def run_without_yaml(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Let `async_setup`, behind the block at its head, run whether YAML has a section or not.

    Raises StopError where it needs the client, or a key that has no value without YAML.
    """
    edit = Edit(integration)
    found = setup(edit.code)
    if found is None:
        return integration
    _refuse_kept(edit.code, found, keys)
    body = cst.ensure_type(found.function.node.body, cst.IndentedBlock)
    start = 1 if is_docstring(body.body[0]) else 0
    block = cst.ensure_type(body.body[start], cst.If)
    rest = _Rest(edit.code, found, keys)
    lines = rest.present(cast("Sequence[Statement]", body.body[start + 1 :]))
    lines = rest.without_idle_names(lines)
    if rest.moved:
        inner = cst.ensure_type(block.body, cst.IndentedBlock)
        block = block.with_changes(body=inner.with_changes(body=[*inner.body, *rest.moved]))
    named, lines = rest.section.given_to(edit, lines, had_yaml=rest.had_yaml)
    whole = [*body.body[:start], block, *named, *lines]
    footer = [*(line for line in rest.carried if line.comment is not None), *body.footer]
    edit.replace(found.module, body, body.with_changes(body=whole, footer=footer))
    return edit.done()


class _Rest:
    """The statements of `async_setup`, evaluated with the section and the client in YAML."""

    def __init__(self, code: OAuthCode, found: Setup, keys: Sequence[str]) -> None:
        self.code, self.found, self.keys = code, found, keys
        self.yaml = WithYaml(code, found, keys)
        self.moved: list[Statement] = []
        """What is said, or started, only because there is YAML: it goes where the import is."""
        self.carried: list[cst.EmptyLine] = []
        """Comments of what is gone, for the next statement."""
        self.kept: set[int] = set()
        """Statements that look for the section themselves, and so may need it."""
        self.section = SectionValue(code, found, keys, self.yaml, self.kept)
        self.had_yaml = False
        """Whether the section is read where there was one for certain, with its defaults."""

    # --- what is left of the statements -------------------------------------------------------

    def present(
        self, block: Sequence[Statement], after: Sequence[Statement] = (), *, only: bool = False
    ) -> list[Statement]:
        """Return statements as they are where YAML has the client.

        `after` is what follows them, and `only` whether they are reached with YAML alone.
        """
        result: list[Statement] = []
        guarded = False
        for position, statement in enumerate(block):
            following = [*block[position + 1 :], *after]
            stays = isinstance(statement, cst.If) and self._stays(statement, following)
            leaves = isinstance(statement, (cst.If, cst.Try)) and self._leaves_without(statement)
            if stays and leaves and not reads_section(self.found, following):
                # What follows needs no YAML, and runs without it.
                block_of = cst.ensure_type(cast("cst.If", statement).body, cst.IndentedBlock)
                body = block_of.with_changes(body=block_of.body[:-1])
                statement, leaves = statement.with_changes(body=body), False
            new = [self._led(statement)] if stays else self._one(statement, following, only=only)
            if stays or guarded:
                self.kept |= {id(each) for each in new}
            elif only and any(map(self.section.is_needed_by, new)):
                self.had_yaml = True
            if only and not guarded and any(map(self.section.is_of_another, walk(statement))):
                raise self._unclear(statement)
            if leaves:
                only, guarded = True, guarded or stays
            result += new
        return result

    def _one(
        self, statement: Statement, following: Sequence[Statement], *, only: bool
    ) -> list[Statement]:
        if isinstance(statement, cst.If):
            return self._of_if(statement, following, only=only)
        if isinstance(statement, cst.Try) and self._takes_client(statement):
            for handler in statement.handlers:
                self._drop(handler.body)
            inner = list(statement.body.body)
            inner += statement.orelse.body.body if statement.orelse is not None else ()
            return self._spliced(statement, inner, following, only=True)
        if (
            isinstance(statement, cst.For)
            and _is_empty(statement.body)
            and not does_something(statement.iter)
        ):
            return []
        if self._goes_along(statement, only=only):
            self.moved += self._with_names(statement)
            return []
        if isinstance(statement, cst.SimpleStatementLine) and following:
            (small, *more) = statement.body
            asserts = isinstance(small, cst.Assert) and self.yaml.truth(small.test) and not more
            if asserts or _is_pass(statement):
                return []
        return [self._led(statement)]

    def _of_if(
        self, statement: cst.If, following: Sequence[Statement], *, only: bool
    ) -> list[Statement]:
        truth = self.yaml.truth(statement.test)
        orelse = statement.orelse
        if truth is None:
            if self._is_odd(statement, following):
                raise self._unclear(statement)
            body = self._block(statement.body, statement, only=only)
            test = self.yaml.simplified(statement.test)
            if isinstance(orelse, cst.If):
                new = self._of_if(orelse, (statement,), only=only)
                if len(new) == 1 and isinstance(new[0], cst.If):
                    orelse = new[0]
                else:
                    orelse = cst.Else(cst.IndentedBlock(new)) if new else None
            elif orelse is not None:
                orelse = orelse.with_changes(body=self._block(orelse.body, statement, only=only))
            branches = [body, orelse.body] if isinstance(orelse, cst.Else) else [body]
            if all(map(_is_empty, branches)) and not does_something(test):
                return []
            return [self._led(statement.with_changes(test=test, body=body, orelse=orelse))]
        branch: Sequence[cst.CSTNode] = _lines(statement.body) if truth else ()
        dropped = orelse.body if truth and isinstance(orelse, cst.Else) else None
        if not truth:
            dropped = statement.body
            if isinstance(orelse, cst.If):
                branch = [orelse]
            elif orelse is not None:
                branch = _lines(orelse.body)
        elif isinstance(orelse, cst.If):
            dropped = cst.IndentedBlock([orelse])
        if dropped is not None:
            self._drop(dropped)
        bound = [
            cst.SimpleStatementLine(
                [cst.Assign([cst.AssignTarget(cst.ensure_type(each.target, cst.Name))], each.value)]
            )
            for each in walk(statement.test)
            if isinstance(each, cst.NamedExpr)
        ]
        new = self._spliced(statement, [*bound, *branch], following, only=only or truth)
        footer = statement.body.footer if isinstance(statement.body, cst.IndentedBlock) else ()
        if truth:
            self.carried += [line for line in footer if line.comment is not None]
        return new

    def _block(self, block: cst.BaseSuite, around: Statement, *, only: bool) -> cst.BaseSuite:
        if not isinstance(block, cst.IndentedBlock):
            return block
        above, self.carried = self.carried, []
        lines = self.present(cast("Sequence[Statement]", block.body), (around,), only=only)
        footer = [*self.carried, *block.footer]
        self.carried = above
        return block.with_changes(
            body=lines or [cst.SimpleStatementLine([cst.Pass()])], footer=footer
        )

    def _spliced(
        self,
        statement: Statement,
        inner: Sequence[cst.CSTNode],
        following: Sequence[Statement],
        *,
        only: bool,
    ) -> list[Statement]:
        """Return statements that stand in the place of the one they were in."""
        lines = cast("list[Statement]", [each for each in inner if not _is_pass(each)])
        if lines and _is_success(lines[-1]) and following and all(map(_is_success, following)):
            lines = lines[:-1]
        may_leave = any(
            isinstance(each, cst.Return)
            for line in lines
            for each in walk(line, into_functions=False)
        )
        # It would leave without YAML too, and not do what follows.
        if may_leave and not all(map(_is_success, following)):
            raise self._unclear(statement)
        self.carried += list(statement.leading_lines) if lines else _apart(statement)
        return self.present(lines, following, only=only)

    def _is_odd(self, statement: cst.If, following: Sequence[Statement]) -> bool:
        """Whether a test of the section, in a way that is not known, decides about what follows."""
        known = [
            each
            for each in walk(statement.test)
            if self.yaml.key_read(each)
            or (
                isinstance(each, cst.Comparison)
                and isinstance(each.comparisons[0].operator, (cst.In, cst.NotIn))
            )
        ]
        apart = {id(part) for each in known for part in walk(each)}
        return (
            any(
                id(each) not in apart and self.yaml.is_section(each)
                for each in walk(statement.test)
            )
            and any(isinstance(each, cst.Return) for each in walk(statement, into_functions=False))
            and not all(map(_is_success, following))
        )

    def _unclear(self, statement: Statement) -> StopError:
        return self.section.stop(
            statement,
            "cannot tell what happens without a client in YAML",
            "put only the registration under `if DOMAIN in config:`, and run this again",
        )

    def _led(self, statement: Statement) -> Statement:
        """Return a statement below the comments of what stood above it."""
        above, self.carried = self.carried, []
        return with_leading(statement, joined(above, statement.leading_lines))

    # --- what is done without YAML ------------------------------------------------------------

    def _absent(self, statement: cst.If) -> cst.BaseSuite | None:
        """Return the block of an `if` that runs without the section or the client alone."""
        truth = self.yaml.truth(statement.test)
        if truth is False:
            return statement.body
        if truth and isinstance(statement.orelse, cst.Else):
            return statement.orelse.body
        return None

    def _stays(self, statement: cst.If, following: Sequence[Statement]) -> bool:
        """Whether an `if` gives a value where YAML has none, and so knows what to do without."""
        absent = self._absent(statement)
        if absent is None or not isinstance(absent, cst.IndentedBlock):
            return False
        lines = [line for line in absent.body if not self._is_idle(line)]
        given = [each for line in lines for each in self._given(line)]
        if not lines or not all(self._given(line) for line in lines):
            return False
        present = [*below(statement), *following]
        return all(
            _is_empty_value(value) or self._is_from_key(target, present, absent)
            for target, value in given
        )

    def _given(self, line: cst.CSTNode) -> list[tuple[cst.BaseExpression, cst.BaseExpression]]:
        """Return what a line gives to names, or to places in `hass.data`."""
        if not isinstance(line, cst.SimpleStatementLine) or len(line.body) != 1:
            return []
        small = line.body[0]
        if isinstance(small, cst.Assign) and not any(
            isinstance(each, (cst.Await, cst.Lambda)) for each in walk(small.value)
        ):
            bases = [base_of(target) for target in targets(small)]
            if all(isinstance(b, cst.Name) or dotted(b).endswith("hass.data") for b in bases):
                return [(target, small.value) for target in targets(small)]
        if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call):
            call = small.value
            if dotted(call.func).endswith("hass.data.setdefault") and len(call.args) == 2:
                return [(call.args[0].value, call.args[1].value)]
        return []

    def _is_from_key(
        self,
        target: cst.BaseExpression,
        present: Sequence[cst.CSTNode],
        absent: cst.BaseSuite,
    ) -> bool:
        """Whether something has its value from another key where there is YAML."""
        apart = {id(each) for each in walk(absent)}
        return any(
            isinstance(other, cst.Assign)
            and id(other) not in apart
            and any(each.deep_equals(target) for each in targets(other))
            and any(
                read is not None and read.key not in self.keys
                for read in map(self.yaml.key_read, walk(other.value))
            )
            for each in present
            for other in walk(each)
        ) and not any(isinstance(each, cst.Call) for line in absent.body for each in walk(line))

    def _leaves_without(self, statement: cst.If | cst.Try) -> bool:
        if isinstance(statement, cst.Try):
            return self._takes_client(statement) and all(
                always_exits(handler.body) for handler in statement.handlers
            )
        absent = self._absent(statement)
        return absent is not None and always_exits(absent)

    def _takes_client(self, statement: cst.Try) -> bool:
        """Whether a `try` only takes the section or the client, and knows of its lack."""
        caught = {
            dotted(node)
            for handler in statement.handlers
            for node in walk(handler.type or cst.Name("Exception"))
            if isinstance(node, cst.Name)
        }
        return (
            statement.finalbody is None
            and caught <= {"KeyError", "TypeError"}
            and all(map(self._is_binding, statement.body.body))
        )

    def _is_binding(self, line: cst.CSTNode) -> bool:
        """Whether a line only gives names to the section, or to parts of the client."""
        return isinstance(line, cst.SimpleStatementLine) and all(
            isinstance(small, cst.Pass)
            or (
                isinstance(small, (cst.Assign, cst.AnnAssign))
                and small.value is not None
                and bool(_names_given(small))
                and all(
                    self.yaml.is_section(each) or self.yaml.is_client(each)
                    for each in _each(small.value)
                )
            )
            for small in line.body
        )

    def _is_carrier(self, line: cst.SimpleStatementLine) -> bool:
        """Whether a line only gives names to something of the client."""
        given = [name for small in line.body for name in _names_given(small)]
        return (
            len(line.body) == 1
            and bool(given)
            and self.yaml.carriers.issuperset(given)
            and not does_something(line)
        )

    def _is_idle(self, line: cst.CSTNode) -> bool:
        """Whether a line does no more than to say that there is no YAML, and leave."""
        return isinstance(line, cst.SimpleStatementLine) and all(
            isinstance(small, cst.Pass)
            or (isinstance(small, cst.Expr) and is_log(small.value))
            or (isinstance(small, cst.Return) and dotted(small.value) in _ENDS)
            for small in line.body
        )

    def _drop(self, block: cst.BaseSuite) -> None:
        """Raise StopError where what is done without YAML is more than a word in the log."""
        for line in _lines(block):
            if isinstance(line, cst.If) and line.orelse is None:
                self._drop(line.body)
            elif not self._is_idle(line):
                raise self.section.stop(
                    line,
                    "this treats missing YAML as an error, which it is no longer: the "
                    "client comes from the user's application credentials",
                    "remove it, or do it in all cases if it does not need YAML; then run "
                    "this again",
                )

    # --- what goes with the import ------------------------------------------------------------

    def _goes_along(self, statement: Statement, *, only: bool) -> bool:
        """Whether a statement is there because there is YAML: it tells of it, or starts a flow."""
        flow = next(
            (
                node
                for node in walk(statement)
                if isinstance(node, cst.Call) and dotted(node.func).endswith(".flow.async_init")
            ),
            None,
        )
        if flow is not None:
            if reads_section(self.found, list(flow.args)) or self.yaml.reads_client(flow):
                raise self.section.stop(
                    flow,
                    "an import flow is started with the YAML section, but without YAML there "
                    "is none",
                    "remove this import flow, and async_step_import if nothing else needs "
                    "it: the credential is imported, and the user signs in with it; then run "
                    "this again",
                )
            return only and isinstance(statement, cst.SimpleStatementLine)
        if not is_notice(statement):
            return False
        if self.yaml.reads_client(statement):
            return True
        small = cst.ensure_type(
            cst.ensure_type(statement, cst.SimpleStatementLine).body[0], cst.Expr
        )
        level = dotted(cst.ensure_type(small.value, cst.Call).func).rpartition(".")[2].lower()
        text = self.found.module.document.module.code_for_node(statement).lower()
        return only and (
            level not in _QUIET or "yaml" in text or reads_section(self.found, [statement])
        )

    def _with_names(self, statement: Statement) -> list[Statement]:
        """Return a statement for another place, below what gives its names their values."""
        function = self.found.function.node
        lines: list[Statement] = [with_leading(statement, _own(statement))]
        bound: set[str] = set()
        pending = [name.value for name in names(statement)]
        while pending:
            name = pending.pop(0)
            known = name in bound or name in self.found.sections
            if known or all(name != other for other, _ in self.yaml.bound):
                continue
            given = assignments(function, name)
            line = next(
                (
                    each
                    for each in walk(function.body, into_functions=False)
                    if isinstance(each, cst.SimpleStatementLine)
                    and any(
                        part in given
                        for small in each.body
                        if isinstance(small, (cst.Assign, cst.AnnAssign)) and small.value
                        for part in (small.value, *_each(small.value))
                    )
                ),
                None,
            )
            if len(given) != 1 or line is None or any(map(does_something, line.body)):
                raise self.section.needs_client(statement)
            bound |= {name, *(each for small in line.body for each in _names_given(small))}
            if not any(each.deep_equals(line) for each in (*self.moved, *lines)):
                lines.insert(0, with_leading(line.deep_clone(), _own(line)))
            pending += [each.value for each in names(line)]
        domain, _ = domain_expression(self.code, self.found.module)
        literal = isinstance(domain, cst.SimpleString)  # whose quotes may end an f-string
        if literal and any(isinstance(each, cst.FormattedString) for each in walk(statement)):
            raise self.section.needs_client(statement)
        section = filled(
            cst.parse_expression("CONFIG[DOMAIN]"),
            {"CONFIG": cst.Name(self.found.config), "DOMAIN": domain},
        )
        values = {name: section.deep_clone() for name in self.found.sections}
        return [filled(line, values) for line in lines]

    def without_idle_names(self, lines: list[Statement]) -> list[Statement]:
        """Drop the names for the section and the client that nothing reads any more."""
        while True:
            read = [name.value for line in lines for name in names(line)]
            kept = [
                line
                for line in lines
                if not (
                    isinstance(line, cst.SimpleStatementLine)
                    and (self._is_binding(line) or self._is_carrier(line))
                    and not any(
                        read.count(name) > 1 for small in line.body for name in _names_given(small)
                    )
                )
            ]
            if len(kept) == len(lines):
                return lines
            for gone in lines:
                if gone not in kept:
                    after = lines[lines.index(gone) + 1 :]
                    where = next((each for each in after if each in kept), None)
                    apart = _apart(gone)
                    if where is not None and apart:
                        led = with_leading(where, [*apart, *where.leading_lines])
                        kept[kept.index(where)] = led
                        self.kept |= {id(led)} if id(where) in self.kept else set()
            lines = kept


def _refuse_kept(code: OAuthCode, found: Setup, keys: tuple[str, ...]) -> None:
    """Raise StopError where other functions are told by `hass.data` whether there is YAML.

    Only for a section of credentials alone: what else it holds, they may well ask for.
    """
    described = schema(code)
    if described is not None and any(key.name not in keys for key in described.keys):
        return
    for node, readers in config_reads(code, found.module, found.function):
        values: Iterable[cst.BaseExpression] = [node]
        if isinstance(node, cst.Name) and node.value not in (found.config, *found.sections):
            values = assignments(found.function.node, node.value)
        # The whole of the configuration is kept for what other integrations have in it.
        if not any(
            dotted(each) != found.config and reads_section(found, [each]) for each in values
        ):
            continue
        other = [each for each in readers if each.function is not found.function]
        if other:
            raise stop(
                found.module,
                node,
                "this stores the credentials of YAML, or whether there are any, for "
                f"{other[0].function.name} in {other[0].module.path.name}, but without "
                "YAML there are none",
                "store nothing of YAML here (if more is stored there, write "
                "hass.data.setdefault(DOMAIN, {}) above the test for YAML), and change "
                f"{other[0].function.name}: the client is in the entry's implementation, "
                "and the flow checks whether there is one; then run this again",
            )


def _each(value: cst.BaseExpression) -> list[cst.BaseExpression]:
    """Return the elements of a tuple; of anything else itself."""
    return [each.value for each in value.elements] if isinstance(value, cst.Tuple) else [value]


def _names_given(small: cst.CSTNode) -> list[str]:
    """Return the names that an assignment gives a value to; nothing where it does more."""
    given = [each for target in targets(small) for each in _each(target)]
    return [dotted(each) for each in given] if all(isinstance(e, cst.Name) for e in given) else []


def _is_empty_value(value: cst.BaseExpression) -> bool:
    if isinstance(value, (cst.Dict, cst.List, cst.Tuple)):
        return not value.elements
    return (
        isinstance(value, cst.Call)
        and dotted(value.func) in ("dict", "list", "set")
        and not value.args
    )


def _lines(block: cst.BaseSuite) -> Sequence[cst.CSTNode]:
    """Return the statements of a block, of one on the line of its test too."""
    if isinstance(block, cst.SimpleStatementSuite):
        return [cst.SimpleStatementLine(block.body)]
    return block.body


def _is_pass(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(small, cst.Pass) for small in statement.body
    )


def _is_empty(block: cst.BaseSuite) -> bool:
    return all(_is_pass(each) for each in block.body)


def _is_success(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(small, cst.Return) and dotted(small.value) == "True" for small in statement.body
    )


def _apart(statement: Statement) -> list[cst.EmptyLine]:
    """Return the lines above a statement, without the comments that belong to it."""
    lines = list(statement.leading_lines)
    while lines and lines[-1].comment is not None:
        lines.pop()
    return lines if any(line.comment for line in lines) else []


def _own(statement: Statement) -> list[cst.EmptyLine]:
    """Return the comments that belong to a statement."""
    lines = list(statement.leading_lines)
    first = len(lines)
    while first and lines[first - 1].comment is not None:
        first -= 1
    return lines[first:]
