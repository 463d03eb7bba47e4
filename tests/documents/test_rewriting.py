"""Edits of a syntax tree leave everything else, comments included, as it was."""

from __future__ import annotations

import itertools

import libcst as cst
import pytest

from appcred.documents.rewriting import (
    REMOVED,
    deeper,
    filled,
    rewritten,
    statement_of,
    statements,
    without_elements,
)
from appcred.documents.unused import drop_imports
from appcred.documents.walk import contains, walk

MODULE = '''\
"""Doc."""

# Above everything.
X = 1  # one


def f(config):
    """Do."""
    # Kept: apart from what goes.

    # Goes with it.
    register(config)  # and this
    # About the rest.
    rest()

    return True
    # At the end.
'''


def call(module: cst.Module, name: str) -> cst.CSTNode:
    return next(
        node
        for node in walk(module)
        if isinstance(node, cst.Call)
        and isinstance(node.func, cst.Name)
        and node.func.value == name
    )


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("indent", ["    ", "\t", "  "])
def test_statements_take_the_style_of_the_module(newline: str, indent: str) -> None:
    text = MODULE.replace("    ", indent).replace("\n", newline)
    module = cst.parse_module(text)
    new = statements(module, "if a:\n    b(\n        c,\n    )\n")
    statement = statement_of(module, call(module, "register"))
    assert statement is not None
    result = rewritten(module, {statement: new}).code
    expected = "    if a:\n        b(\n            c,\n        )\n"
    expected = expected.replace("    ", indent).replace("\n", newline)
    assert expected in result
    assert result.replace(newline, "").isprintable() or indent == "\t"
    assert "# Goes" not in result
    assert "# Kept" not in result  # a replacement brings its own lines above


def test_a_statement_is_removed_with_the_comment_on_it_alone() -> None:
    module = cst.parse_module(MODULE)
    statement = statement_of(module, call(module, "register"))
    assert statement is not None
    result = rewritten(module, {statement: REMOVED}).code
    gone = "    # Goes with it.\n    register(config)  # and this\n"
    assert result == MODULE.replace(gone, "")


def test_the_last_statement_of_a_block_leaves_pass() -> None:
    module = cst.parse_module("if a:\n    # Why.\n\n    b()\n")
    statement = statement_of(module, call(module, "b"))
    assert statement is not None
    result = rewritten(module, {statement: REMOVED}).code
    compile(result, "result", "exec")
    assert "# Why." in result


def test_the_new_first_statement_of_a_block_has_no_blank_line_above() -> None:
    text = "class A:\n    def one(self): ...\n\n    two = 2\n\n\n    # Stays.\n    three = 3\n"
    module = cst.parse_module(text)
    one, two, _ = cst.ensure_type(module.body[0], cst.ClassDef).body.body
    after = rewritten(module, {one: REMOVED}).code
    assert after.startswith("class A:\n    two = 2\n")
    after = rewritten(module, {one: REMOVED, two: REMOVED}).code
    assert after.startswith("class A:\n    # Stays.\n    three")
    assert rewritten(module, {two: REMOVED}).code.startswith("class A:\n    def one(self): ...\n\n")


def test_an_expression_is_replaced_by_identity() -> None:
    module = cst.parse_module("f(a, a)\n")
    first = call(module, "f").args[0].value  # type: ignore[attr-defined]
    assert rewritten(module, {first: cst.Name("b")}).code == "f(b, a)\n"
    assert rewritten(module, {}) is module
    assert contains(module, first)
    assert not contains(module, cst.Name("a"))


def test_filling_leaves_keywords_and_attributes() -> None:
    (line,) = statements(cst.parse_module(""), "f(URL=URL, x=a.URL)\n")
    result = filled(line, {"URL": cst.parse_expression('f"{X}/y"')})
    assert cst.Module([result]).code == 'f(URL=f"{X}/y", x=a.URL)\n'


def test_deeper_moves_every_further_line() -> None:
    node = cst.parse_expression("{\n    # why\n    a: b,\n\n    c: [\n        d\n    ],\n}")
    result = cst.Module([]).code_for_node(deeper(node, "    "))
    assert result == (
        "{\n        # why\n        a: b,\n\n        c: [\n            d\n        ],\n    }"
    )


SPREAD = (
    "{  # open\n    # A\n    a: 1,  # a\n    # B\n    b: 2,  # b\n    # C\n    c: 3%s\n    # end\n}"
)
SOME = ["".join(gone) for size in (1, 2) for gone in itertools.combinations("abc", size)]


@pytest.mark.parametrize("last", [",  # c", "  # c"])
@pytest.mark.parametrize("gone", SOME)
def test_removing_items_of_a_dictionary_keeps_the_comments_of_others(gone: str, last: str) -> None:
    text = SPREAD % last
    going = {line for name in gone for line in (name, f"# {name.upper()}")}
    left = [line for line in text.split("\n") if line.strip().partition(":")[0] not in going]
    assert without(text, gone).replace(",", "") == "\n".join(left).replace(",", "")


@pytest.mark.parametrize("gone", SOME)
def test_names_taken_out_of_an_import_leave_the_comments_of_the_others(gone: str) -> None:
    inside = "".join(f"    # {n.upper()}\n    {n},  # {n}\n" for n in "abc")
    left = "".join(f"    # {n.upper()}\n    {n},  # {n}\n" for n in "abc" if n not in gone)
    module = cst.parse_module(f"from x import (  # open\n{inside}    # end\n)\n")
    assert drop_imports(module, set(gone)).code == f"from x import (  # open\n{left}    # end\n)\n"


@pytest.mark.parametrize(
    ("text", "gone", "left"),
    [
        ("{a: 1, b: 2}", "a", "{b: 2}"),
        ("{a: 1, b: 2}", "b", "{a: 1}"),
        ("{a: 1, b: 2,}", "b", "{a: 1,}"),
        ("{ a: 1,\n  b: 2 }", "b", "{ a: 1 }"),
        ("{ a: 1,\n  b: 2 }", "a", "{\n  b: 2 }"),
        ("{a: 1,  # a\n b: 2}", "b", "{a: 1  # a\n }"),
        ("{\n    a: 1, b: 2,\n}", "a", "{\n    b: 2,\n}"),
        ("{a: 1}", "a", "{}"),
        ("{a: 1}", "", "{a: 1}"),
    ],
)
def test_spaces_where_something_is_taken_out_of_a_dictionary(
    text: str, gone: str, left: str
) -> None:
    assert without(text, gone) == left


def without(text: str, gone: str) -> str:
    node = cst.ensure_type(cst.parse_expression(text), cst.Dict)
    code = cst.Module([]).code_for_node
    going = [each for each in node.elements if code(each)[0] in gone]
    return code(without_elements(node, going))
