"""What says the same in other words comes out the same.

Each tree of the corpora is retrofitted as it is, in other formats, and with other names for the
parameters and local variables of its set-up.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import libcst as cst
import pytest

from appcred.retrofit.verb import Options, Outcome, retrofit
from retrofit.test_comments import code
from retrofit.test_corpus import TREES, done
from retrofit.test_replay import cases
from retrofit.trees import retrofitted
from sampling import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from appcred.integration import Integration

CASES = [*((name,) for name in TREES), *cases()]


def outcome(case: tuple[str, ...] | tuple[str, str, str, bool]) -> tuple[Outcome | None, Options]:
    if len(case) == 1:
        return done(case[0]), Options()
    domain, before, target, remove = case
    return retrofitted(domain, before, target, remove=remove), Options(target, remove=remove)


def rewritten(integration: Integration, change: Callable[[bytes], bytes]) -> Integration:
    for path, file in list(integration.files.items()):
        if path.suffix == ".py":
            integration = integration.with_file(path, change(file.content))
    return integration


# --- formats -----------------------------------------------------------------------------------


def narrow(content: bytes) -> bytes:
    return formatted(content, "--line-length=40")


def wide(content: bytes) -> bytes:
    return formatted(content, "--line-length=200", "format.skip-magic-trailing-comma=true")


def single_quoted(content: bytes) -> bytes:
    return formatted(content, "--line-length=100", "format.quote-style='single'")


def formatted(content: bytes, *options: str) -> bytes:
    settings = [o if o.startswith("--") else f"--config={o}" for o in options]
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", *settings, "-"]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


@pytest.mark.parametrize("change", [narrow, wide, single_quoted], ids=lambda each: each.__name__)
@pytest.mark.parametrize("case", sample(CASES, 4), ids=lambda case: "-".join(map(str, case)))
def test_another_format_gives_the_same_result(
    case: tuple[str, ...], change: Callable[[bytes], bytes]
) -> None:
    plain, options = outcome(case)
    if plain is not None:
        other = retrofit(rewritten(plain.before, change), plain.span, options)
        assert [work.reason for work in other.manual] == [work.reason for work in plain.manual]
        assert code(other.after) == code(plain.after)


# --- names -------------------------------------------------------------------------------------


class Renaming(cst.CSTTransformer):
    """Gives other names to the parameters and local variables of the set-up functions."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[set[str]] = []

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:  # noqa: N802
        local = self.names[-1] if self.names else set()
        if not self.names and node.name.value in ("async_setup", "async_setup_entry"):
            local = {param.name.value for param in node.params.params} | {
                each.id
                for each in ast.walk(ast.parse(cst.Module([node]).code))
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
        self.names.append(local)

    def leave_FunctionDef(  # noqa: N802
        self,
        original_node: cst.FunctionDef,  # noqa: ARG002
        updated_node: cst.FunctionDef,
    ) -> cst.FunctionDef:
        self.names.pop()
        return updated_node

    def leave_Name(  # noqa: N802
        self,
        original_node: cst.Name,  # noqa: ARG002
        updated_node: cst.Name,
    ) -> cst.Name:
        if self.names and updated_node.value in self.names[-1]:
            return updated_node.with_changes(value=f"other_{updated_node.value}")
        return updated_node

    def leave_Attribute(  # noqa: N802
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.Attribute:
        return updated_node.with_changes(attr=original_node.attr)

    def leave_Arg(self, original_node: cst.Arg, updated_node: cst.Arg) -> cst.Arg:  # noqa: N802
        return updated_node.with_changes(keyword=original_node.keyword)


def renamed(content: bytes) -> bytes:
    return cst.parse_module(content).visit(Renaming()).bytes


def with_one_name(found: Iterable[str]) -> set[str]:
    return {re.sub(r"\b(other_)+", "", each) for each in found}


def set_up(integration: Integration) -> dict[str, str]:
    """Return the set-up functions of an integration, each by its file and its first words."""
    pattern = re.compile(r"(.*/__init__\.py: (?:async )?def async_setup(?:_entry)?)\(")
    found = ((pattern.match(each), each) for each in code(integration))
    return {match[1]: each for match, each in found if match is not None}


@pytest.mark.parametrize("case", sample(CASES, 4), ids=lambda case: "-".join(map(str, case)))
def test_with_other_names(case: tuple[str, ...]) -> None:
    plain, options = outcome(case)
    if plain is None:
        return
    other = retrofit(rewritten(plain.before, renamed), plain.span, options)
    assert with_one_name(work.reason for work in other.manual) == {
        work.reason for work in plain.manual
    }
    assert with_one_name(code(other.after)) == with_one_name(code(plain.after))
    # What was written into a function that was there uses its names.
    wanted = set_up(rewritten(plain.after, renamed))
    there = set_up(plain.before).keys() & wanted.keys()
    after = set_up(other.after)
    assert {name: after[name] for name in there} == {name: wanted[name] for name in there}
