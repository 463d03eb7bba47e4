"""Names that a file reads: bound in a scope that can see them, and in time."""

# ruff: noqa: E501 - each case is one text
from __future__ import annotations

import libcst as cst
import pytest

from appcred.documents.bindings import Bindings


def bindings(text: str) -> Bindings:
    return Bindings(cst.parse_module(text))


@pytest.mark.parametrize(
    "text",
    [
        "import a.b\na.b.c()",
        "from x import y as a\na()",
        "try:\n    from x import a\nexcept ImportError:\n    a = None\nprint(a)\n",
        "def a(b, /, c, *d, e=1, **f):\n    return b, c, d, e, f",
        "class a(object):\n    b = 1\n    c = b\n\n    def d(self):\n        return a, __class__",
        "a = b = 1\n(c, [d, *e]) = a, [1, 2]\nf: int = b\nprint(c, d, e, f)\na += 1\na[b].c = 2",
        "if a := 1:\n    print(a)",
        "for a, b in ():\n    print(a, b)\nelse:\n    a = 1\nprint(a)",
        "print([a for a, b in () if b], {c: d for c, d in ()}, lambda e, *f, g=1, **h: (e, f, g, h))",
        "print([a for b in [[1]] for a in b if (c := a)], c)",
        "with open('x') as a, open('y') as (b, c):\n    print(a, b, c)",
        "try:\n    pass\nexcept ValueError as a:\n    print(a, __name__, __file__)",
        "def f():\n    global a\n    a = 1\nprint(a)",
        "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a = 2\n    return a",
        "match 1:\n    case [a, *b] | {'x': a, **b} | int(real=b) if a:\n        print(a, b)",
        "import enum\nmatch 1:\n    case enum.A:\n        print(1)",
        "type a[T: int, *U, **V] = dict[T, U, V]\nprint(a)",
        "def f[T](a: T) -> T:\n    return a\nclass C[T](list[T]):\n    b: T",
        "from x import *\nanything()",
        "print(obj=1, x='a').attribute",
        "def f():\n    return later\nlater = 1",
        "while True:\n    if x := 1:\n        break\nprint(x)",
        "def f(a):\n    c = 0\n    for b in a:\n        if c:\n            c = b",
        "def f(a):\n    try:\n        b = a\n    except E:\n        return\n    finally:\n        a()\n    return b\nE = 1",
        "def f(a):\n    if a:\n        b = 1\n    else:\n        raise ValueError\n    return b",
        "def f(a):\n    if a and (b := a):\n        return b\n    return a if a else 1",
        "def f():\n    del_me = 1\n    del del_me",
        "x: int\nx = 1\nprint(x)",
    ],
)
def test_bound_and_in_time(text: str) -> None:
    found = bindings(text)
    assert (found.unbound(), found.early(), found.uncertain()) == (set(), set(), set())


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("a()", {("", "a")}),
        ("from x import a as b\na()", {("", "a")}),
        (
            "def f(x: A = b) -> C:\n    return d.e",
            {("", "A"), ("", "b"), ("", "C"), ("f", "d")},
        ),
        ("@a\nclass B(c):\n    d = e", {("", "a"), ("", "c"), ("B", "e")}),
        ("f'{a}'", {("", "a")}),
        ("def f():\n    from x import a\n    return a\nB = a", {("", "a")}),
        ("class C:\n    a = 1\n    def f(self):\n        return a", {("C.f", "a")}),
        ("[a for a in ()]\nprint(a)", {("", "a")}),
        ("match 1:\n    case Some(x=1):\n        pass", {("", "Some")}),
    ],
)
def test_unbound_names(text: str, missing: set[tuple[str, str]]) -> None:
    assert bindings(text).unbound() == missing


@pytest.mark.parametrize(
    ("text", "early", "uncertain"),
    [
        ("def f():\n    print(a)\n    a = 1", {("f", "a")}, set()),
        ("print(a)\na = 1", {("", "a")}, set()),
        ("def f():\n    a = 1\n    del a\n    return a", {("f", "a")}, set()),
        ("def f(b):\n    if b:\n        a = 1\n    return a", set(), {("f", "a")}),
        (
            "def f(b):\n    try:\n        a = b\n    except E:\n        pass\n    return a\nE = 1",
            set(),
            {("f", "a")},
        ),
        ("def f(b):\n    for a in b:\n        pass\n    return a", set(), {("f", "a")}),
        (
            "def f(b):\n    match b:\n        case 1:\n            a = 1\n    return a",
            set(),
            {("f", "a")},
        ),
        (
            "def f():\n    try:\n        pass\n    except ValueError as a:\n        pass\n    print(a)",
            {("f", "a")},
            set(),
        ),
    ],
)
def test_names_used_before_they_are_bound(
    text: str, early: set[tuple[str, str]], uncertain: set[tuple[str, str]]
) -> None:
    found = bindings(text)
    assert (found.early(), found.uncertain()) == (early, uncertain)


def test_names_at_run_time() -> None:
    found = bindings(
        "from typing import TYPE_CHECKING\nimport typing\n"
        "if TYPE_CHECKING:\n    from x import A\nif typing.TYPE_CHECKING:\n    from x import B\n"
        "else:\n    B = 1\n"
    )
    assert found.names_at_run_time() == {"TYPE_CHECKING", "typing", "B"}
