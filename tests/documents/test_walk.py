"""What has run in a function whenever one of its nodes does."""

from __future__ import annotations

import libcst as cst
import pytest

from appcred.documents.python import dotted
from appcred.documents.walk import nodes_before, walk

CASES = {
    "what stands before": ("a()\nHERE()\nb()\n", "a"),
    "nothing in the statement itself": ("a(HERE(), b())\n", ""),
    "conditions": ("if a:\n    b()\n    HERE()\nelse:\n    c()\n", "a b"),
    "conditions of what was not taken": ("if a: ...\nelif b:\n    HERE()\n", "a b"),
    "the way to an else": ("if a:\n    b()\nelse:\n    HERE()\n", "a"),
    "a branch that goes on": ("if a:\n    b()\nHERE()\n", "a b"),
    "a branch that leaves": ("if a:\n    b()\n    return\nelse:\n    c()\nHERE()\n", "a c"),
    "a branch on one line": ("if a: return b\nHERE()\n", "a"),
    "branches that leave": (
        "if a:\n    raise b\nelif c:\n    d()\nelse:\n    return\nHERE()\n",
        "a c d",
    ),
    "with": ("with a() as b:\n    HERE()\n", "a b"),
    "a loop": ("for a in b:\n    c()\n    HERE()\n", "c"),
    "a condition of a loop": ("while a:\n    HERE()\n", "a"),
    "in a try": ("try:\n    a()\n    HERE()\nexcept b: ...\n", "a"),
    "a handler": ("try:\n    a()\nexcept b:\n    c()\n    HERE()\n", "c"),
    "after a try": ("try:\n    a()\nexcept b: ...\nelse:\n    HERE()\n", "a"),
    "at last": ("try:\n    a()\nfinally:\n    HERE()\n", ""),
    "a case": ("match a:\n    case 1:\n        b()\n        HERE()\n", "b"),
    "a node that is not there": ("a()\nb()\n", "a b"),
}


@pytest.mark.parametrize("name", CASES)
def test_nodes_that_run_before(name: str) -> None:
    source, wanted = CASES[name]
    body = "".join(f"    {line}" for line in source.splitlines(keepends=True))
    function = cst.parse_module(f"def f():\n{body}").body[0]
    assert isinstance(function, cst.FunctionDef)
    here = [n for n in walk(function) if isinstance(n, cst.Name) and n.value == "HERE"]
    found = nodes_before(function.body, here[0] if here else cst.Name("gone"))
    names = [dotted(n) for part in found for n in walk(part) if isinstance(n, cst.Name)]
    assert names == wanted.split()
