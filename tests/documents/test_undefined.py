"""Names that nothing in a file binds, and all the ways to bind one."""

from __future__ import annotations

import libcst as cst
import pytest

from appcred.documents.undefined import undefined_names


@pytest.mark.parametrize(
    "text",
    [
        "import a.b\na.b.c()",
        "from x import y as a\na()",
        "try:\n    from x import a\nexcept ImportError:\n    a = None\n",
        "def a(b, /, c, *d, e=1, **f):\n    return b, c, d, e, f",
        "class a(object):\n    b = 1\n\n    def c(self):\n        return a, __class__",
        "a = b = 1\n(c, [d, *e]) = a\nf: int = b\nprint(c, d, e, f)",
        "if a := 1:\n    print(a)",
        "for a, b in ():\n    print(a, b)",
        "print([a for a, b in () if b], {c: d for c, d in ()}, lambda e: e)",
        "with open('x') as a, open('y') as (b, c):\n    print(a, b, c)",
        "try:\n    pass\nexcept ValueError as a:\n    print(a, __name__, __file__)",
        "def f():\n    global a\n    a = 1\nprint(a)",
        "match 1:\n    case [a, *b] | {'x': a, **b} | int(real=b):\n        print(a, b)",
        "type a[T, *U, **V] = dict[T, U, V]\nprint(a)",
        "from x import *\nanything()",
        "print(obj=1, x='a').attribute",
    ],
)
def test_what_is_bound(text: str) -> None:
    assert undefined_names(cst.parse_module(text)) == set()


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("a()", {"a"}),
        ("from x import a as b\na()", {"a"}),
        ("def f(x: A = b) -> C:\n    return d.e", {"A", "b", "C", "d"}),
        ("@a\nclass B(c):\n    d = e", {"a", "c", "e"}),
        ("f'{a}'", {"a"}),
    ],
)
def test_what_is_not(text: str, missing: set[str]) -> None:
    assert undefined_names(cst.parse_module(text)) == missing
