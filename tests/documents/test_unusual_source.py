"""Edits at the edges: files in another order or on one line, and what cannot be edited."""

from __future__ import annotations

import json

import libcst as cst
import pytest

from appcred.documents.imports import Import, NameTakenError, add_imports
from appcred.documents.json import drop_item, in_order, manifest_order, new, place, put, put_item
from appcred.documents.python import PythonDocument


def added(text: str, *wanted: Import) -> str:
    return add_imports(cst.parse_module(text), wanted).code


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n", "from a import b\n\nx = 1\n"),
        ('"""Doc."""\n', '"""Doc."""\n\nfrom a import b\n'),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nfrom a import b\n\nx = 1\n'),
        ("from a import *\n", "from a import *\nfrom a import b\n"),
        ("from a import d, c\n", "from a import d, c, b\n"),
        (
            "from a import (\n    c,  # why\n    d,\n)\n",
            "from a import (\n    b,\n    c,  # why\n    d,\n)\n",
        ),
    ],
)
def test_a_first_import_and_one_among_others(before: str, after: str) -> None:
    assert added(before, Import("a", "b")) == after


@pytest.mark.parametrize(
    "text",
    ["b = 1\n", "b: int = 1\n", "def b(): ...\n", "class b: ...\n", "from c import b\n"],
)
def test_a_name_that_is_taken(text: str) -> None:
    with pytest.raises(NameTakenError, match="the name b already means something else"):
        added(text, Import("a", "b"))


@pytest.mark.parametrize("text", ["x.b = 1\n", "x[b] = 1\n", "for b in x: ...\n", "del x; y = 1\n"])
def test_a_name_that_is_free(text: str) -> None:
    assert "from a import b\n" in added(text, Import("a", "b"))


def test_an_existing_name_is_not_added_again() -> None:
    assert added("from a import b\n", Import("a", "b")) == "from a import b\n"


@pytest.mark.parametrize(
    ("content", "path", "item", "at"),
    [
        (b'{\n "a": [1,\n 2]}', ["a"], 1, (3, 2)),
        (b'{\n "a": [1]}', ["a"], 7, (2, 2)),
        (b'{\n "a": 1}', ["a"], 0, (2, 2)),
        (b'{\n "a": {"b": 1}}', ["a", "c"], None, (2, 2)),
        (b'{"a": 1', ["a"], None, (1, 1)),
        (b'{"a": 1, "a": 2}', ["a"], None, (1, 10)),
    ],
)
def test_places(content: bytes, path: list[str], item: int | None, at: tuple[int, int]) -> None:
    assert place(content, path, item) == at


def test_dropping_a_missing_item_changes_nothing() -> None:
    for content in (b'{"a": ["b"]}', b'{"a": {}}', b"{}"):
        assert drop_item(content, ["a"], "c") == content


@pytest.mark.parametrize("content", [b'{"a": {}}', b'{"a": "b"}'])
def test_an_item_goes_only_into_an_array(content: bytes) -> None:
    with pytest.raises(ValueError, match="a"):
        put_item(content, ["a"], "c")


def test_the_colon_of_a_neighbour_is_followed_but_for_its_line() -> None:
    assert put(b'{"a" : 0, "b" : 1}', ["c"], 2) == b'{"a" : 0, "b" : 1, "c" : 2}'
    assert put(b'{"a": 0, "b":\n1}', ["c"], 2) == b'{"a": 0, "b":\n1, "c": 2}'


def test_order_leaves_values_as_they_are() -> None:
    before = b'{"name": "N",\n "domain": {"z":  1, "a": 2}}'
    assert in_order(before, manifest_order) == b'{"domain": {"z":  1, "a": 2},\n "name": "N"}'
    assert in_order(b"[2, 1]", manifest_order) == b"[2, 1]"


def test_new_files_spread_what_is_too_long() -> None:
    value = {"a": ["x" * 40, "y" * 40], "b": [{"c": 1}], "d": [], "e": {}}
    printed = new(value).decode()
    assert json.loads(printed) == value
    assert '"a": [\n    "xxx' in printed
    assert '"b": [\n    {\n      "c": 1\n    }\n  ],\n' in printed
    assert '"d": [],\n' in printed


@pytest.mark.parametrize(
    "content",
    [
        b"(" * 2_000,
        b"x = " + b"1 + " * 60_000 + b"1",
    ],
)
def test_source_that_would_crash_the_parser_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="nested too deeply or has too many parts"):
        _ = PythonDocument(content).module


def test_brackets_in_strings_nest_nothing() -> None:
    document = PythonDocument(b'x = "' + b"(" * 2_000 + b'"\n')
    assert "x" in document.index.constants


def test_a_name_bound_twice_is_no_constant() -> None:
    index = PythonDocument(b"a = 1\na = 2\nb: int\nc: int = 1\nd.e = 1\n(f, g) = h\n").index
    assert set(index.constants) == {"c"}


def test_everything_imported_inside_is_not_the_modules() -> None:
    index = PythonDocument(b"from .a import *\nclass B:\n    from .c import *\n").index
    assert index.stars == (".a",)
