"""JSON edits: the intended object, and no byte that the edit is not about."""

from __future__ import annotations

import difflib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appcred.documents.json import (
    WIDTH,
    alphabetical,
    drop,
    drop_item,
    manifest_order,
    new,
    put,
    put_item,
)

MANIFEST = """{
  "domain": "demo",
  "name": "Demo",
  "codeowners": ["@demo"],
  "dependencies": ["auth", "webhook"],
  "iot_class": "cloud_push"
}
"""


def changed(before: bytes, after: bytes) -> list[str]:
    lines = difflib.ndiff(before.decode().splitlines(), after.decode().splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_a_new_key_stands_at_its_slot() -> None:
    result = put(MANIFEST.encode(), ["config_flow"], True, manifest_order)
    assert result.decode() == MANIFEST.replace(
        '["@demo"],\n', '["@demo"],\n  "config_flow": true,\n'
    )


@pytest.mark.parametrize("key", ["zeroconf", "after_dependencies", "name2", "documentation"])
def test_slots(key: str) -> None:
    result = put(MANIFEST.encode(), [key], "x", manifest_order).decode()
    keys = list(json.loads(result))
    assert keys == sorted(keys, key=manifest_order)


def test_first_and_last() -> None:
    assert put(b'{\n  "b": 1\n}\n', ["a"], 2) == b'{\n  "a": 2,\n  "b": 1\n}\n'
    assert put(b'{\n  "b": 1\n}\n', ["c"], 2) == b'{\n  "b": 1,\n  "c": 2\n}\n'


def test_among_keys_in_another_order_it_follows_its_nearest() -> None:
    text = b'{\n  "step": 1,\n  "abort": 2,\n  "create": 3\n}'
    assert list(json.loads(put(text, ["error"], 4))) == ["step", "abort", "create", "error"]
    assert list(json.loads(put(text, ["bad"], 4))) == ["step", "abort", "bad", "create"]


def test_nested_parents_are_made() -> None:
    result = put(MANIFEST.encode(), ["a", "b", "c"], "x", manifest_order)
    assert json.loads(result)["a"] == {"b": {"c": "x"}}
    assert b'  "a": {\n    "b": {\n      "c": "x"\n    }\n  },\n' in result


def test_into_an_empty_object_and_an_inline_one() -> None:
    assert put(b"{}\n", ["a"], 1) == b'{\n  "a": 1\n}\n'
    assert put(b'{\n  "a": {}\n}\n', ["a", "b"], 1) == b'{\n  "a": {\n    "b": 1\n  }\n}\n'
    assert put(b'{ "a": 1 }', ["b"], 2) == b'{ "a": 1, "b": 2 }'
    assert put(b'{ "b": 1 }', ["a"], 2) == b'{ "a": 2, "b": 1 }'
    assert put(b'{"b": 1, "c": 2}', ["a"], 2) == b'{"a": 2, "b": 1, "c": 2}'
    assert put(b'{"b":1}', ["a"], 2) == b'{"a":2,"b":1}'


def test_an_inline_object_spreads_when_it_outgrows_the_line() -> None:
    text = b'{\n  "create_entry": { "default": "Successfully authenticated." }\n}\n'
    result = put(text, ["create_entry", "other"], "Another text of some length")
    assert result.decode().splitlines()[1:5] == [
        '  "create_entry": {',
        '    "default": "Successfully authenticated.",',
        '    "other": "Another text of some length"',
        "  }",
    ]


@pytest.mark.parametrize(("length", "lines"), [(2, 3), (60, 6)])
def test_an_overlong_inline_object_spreads_when_it_gets_far_too_long(
    length: int, lines: int
) -> None:
    text = '{\n    "abort": {"first": "' + "a" * 58 + '"}\n}\n'
    assert len(text.splitlines()[1]) == 84
    result = put(text.encode(), ["abort", "other"], "b" * length).decode()
    assert len(result.splitlines()) == lines
    if lines > 3:
        assert result.splitlines()[1:3] == ['    "abort": {', f'        "first": "{"a" * 58}",']


def test_a_value_is_replaced_in_its_place() -> None:
    assert b'"name": "New",' in put(MANIFEST.encode(), ["name"], "New")
    same = MANIFEST.encode()
    assert put(same, ["name"], "Demo") is same


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{\r\n\t"b": 1\r\n}', b'{\r\n\t"b": 1,\r\n\t"c": {\r\n\t\t"d": 2\r\n\t}\r\n}'),
        (
            b'\xef\xbb\xbf{\n    "b": 1\n}',
            b'\xef\xbb\xbf{\n    "b": 1,\n    "c": {\n        "d": 2\n    }\n}',
        ),
    ],
)
def test_style_of_the_file(content: bytes, expected: bytes) -> None:
    assert put(content, ["c"], {"d": 2}) == expected


def test_blank_lines_and_odd_spacing_elsewhere_survive() -> None:
    text = b'{\n  "a" : 1,\n\n\n  "c":   [1,2 ,\n 3]\n}\n'
    assert put(text, ["b"], 0) == text.replace(b'\n\n\n  "c"', b'\n\n\n  "b":   0,\n  "c"')


def test_items() -> None:
    text = MANIFEST.encode()
    replaced = put_item(text, ["dependencies"], "application_credentials", instead_of="auth")
    assert b'["application_credentials", "webhook"]' in replaced
    assert len(changed(text, replaced)) == 2
    assert put_item(replaced, ["dependencies"], "application_credentials") is replaced
    both = put_item(text, ["dependencies"], "application_credentials")
    assert b'["application_credentials", "auth", "webhook"]' in both
    assert (
        put_item(both, ["dependencies"], "application_credentials", instead_of="auth") == replaced
    )
    assert b'["auth"]' in drop_item(text, ["dependencies"], "webhook")
    assert b'["webhook"]' in drop_item(text, ["dependencies"], "auth")
    assert drop_item(text, ["dependencies"], "mqtt") is text
    assert drop_item(text, ["requirements"], "mqtt") is text


def test_a_missing_and_an_empty_list() -> None:
    text = b'{\n  "domain": "demo",\n  "name": "Demo",\n  "version": "1"\n}\n'
    result = put_item(text, ["dependencies"], "x", order=manifest_order)
    assert result == text.replace(b'"Demo",\n', b'"Demo",\n  "dependencies": ["x"],\n')
    assert put_item(b'{"dependencies": []}', ["dependencies"], "x") == b'{"dependencies": ["x"]}'


def test_lists_over_several_lines_stay_so() -> None:
    text = b'{\n  "dependencies": [\n    "auth",\n    "webhook"\n  ]\n}\n'
    assert put_item(text, ["dependencies"], "http") == text.replace(
        b'"auth",', b'"auth",\n    "http",'
    )
    assert put_item(text, ["dependencies"], "zone") == text.replace(
        b'"webhook"', b'"webhook",\n    "zone"'
    )
    assert drop_item(text, ["dependencies"], "webhook") == text.replace(b',\n    "webhook"', b"")


def test_a_list_spreads_when_it_outgrows_the_line() -> None:
    items = ["bluetooth_adapters", "http", "media_source", "webhook"]
    text = new({"domain": "demo", "dependencies": items})
    assert b'"dependencies": ["bluetooth' in text
    result = put_item(text, ["dependencies"], "application_credentials")
    assert result == new({"domain": "demo", "dependencies": ["application_credentials", *items]})
    assert max(map(len, result.decode().splitlines())) <= WIDTH


def test_removed_keys() -> None:
    text = MANIFEST.encode()
    assert drop(text, ["iot_class"]) == text.replace(b',\n  "iot_class": "cloud_push"', b"")
    assert drop(text, ["domain"]) == text.replace(b'  "domain": "demo",\n', b"")
    assert drop(text, ["nothing"]) is text
    assert drop(text, ["name", "nothing"]) is text
    assert drop(b'{"a": {"b": 1}}', ["a", "b"]) == b'{"a": {}}'


@pytest.mark.parametrize("content", [b"{", b'{"a": 1,}', b"// no\n{}"])
def test_no_json_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        put(content, ["a"], 1)


def test_a_step_that_is_no_object_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"a\.b"):
        put(b'{"a": 1}', ["a", "b"], 1)
    with pytest.raises(ValueError, match="is not a list"):
        put_item(b'{"a": 1}', ["a"], 1)


def test_new_files_as_prettier_prints_them() -> None:
    long = [f"item number {i}" for i in range(8)]
    assert new({"a": [], "b": {}, "c": ["x", 1], "d": long, "e": [{"f": "ü"}]}).decode() == (
        '{\n  "a": [],\n  "b": {},\n  "c": ["x", 1],\n  "d": [\n    '
        + ",\n    ".join(f'"{each}"' for each in long)
        + '\n  ],\n  "e": [\n    {\n      "f": "ü"\n    }\n  ]\n}\n'
    )


# --- over any object ---------------------------------------------------------------------------

KEYS = st.text(min_size=1, max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def written(draw: st.DrawFn) -> tuple[dict[str, Any], bytes]:
    value = draw(st.dictionaries(KEYS, VALUES, max_size=6))
    indent = draw(st.sampled_from([None, 2, 4, "\t"]))
    text = draw(st.sampled_from([json.dumps(value, indent=indent), new(value).decode()]))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))
    mark = draw(st.sampled_from(["", "\ufeff"]))
    return value, (mark + text + draw(st.sampled_from(["", "\n"]))).encode()


def loaded(content: bytes) -> Any:
    return json.loads(content.decode("utf-8-sig"))


@given(written(), KEYS, VALUES)
def test_put_sets_one_key(document: tuple[dict[str, Any], bytes], key: str, value: Any) -> None:
    before, content = document
    result = put(content, [key], value)
    assert loaded(result) == {**before, key: value}
    assert put(result, [key], value) == result
    assert (b"\r" in result) <= (b"\r" in content or b"\n" not in content)
    if key not in before:
        assert loaded(drop(result, [key])) == before
        lines = [line for line in changed(content, result) if line[0] == "-"]
        # The line it follows gains a comma; an inline object that outgrows its line is spread.
        assert len(lines) <= 1 or b"\n" not in content.strip() or not before


@given(written(), KEYS)
def test_drop_removes_one_key(document: tuple[dict[str, Any], bytes], key: str) -> None:
    before, content = document
    for name in [*before, key]:
        result = drop(content, [name])
        assert loaded(result) == {k: v for k, v in before.items() if k != name}
        assert drop(result, [name]) == result


@given(st.lists(st.text(max_size=12), max_size=8), st.text(max_size=12), st.text(max_size=12))
def test_items_are_added_and_removed(values: list[str], item: str, other: str) -> None:
    content = new({"a": 1, "list": values, "z": 2})
    result = put_item(content, ["list"], item)
    expected = loaded(result)["list"]
    assert sorted(expected) == sorted(values if item in values else [*values, item])
    assert put_item(result, ["list"], item) == result
    gone = drop_item(result, ["list"], other)
    if other in expected:
        expected.remove(other)
    assert loaded(gone) == {"a": 1, "list": expected, "z": 2}


@given(st.lists(KEYS, min_size=1, max_size=4, unique=True), VALUES, written())
def test_nested_paths(path: list[str], value: Any, document: tuple[dict[str, Any], bytes]) -> None:
    before, content = document
    intended: Any = before
    for key in path[:-1]:
        if key not in intended:
            break
        intended = intended[key]
        if not isinstance(intended, dict):
            with pytest.raises(ValueError, match="not an object"):
                put(content, path, value)
            return
    result = put(content, path, value)
    found = loaded(result)
    for key in path:
        found = found[key]
    assert found == value
    assert alphabetical("a") < alphabetical("b")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": {"b": 1}}\n', '{"a": {"b": 1, "c": {"d": "long"}}}\n'),
        ('{"a":{"b":1}}', '{"a":{"b":1,"c":{"d":"long"}}}'),
        ('{"a": {}}', '{"a": {"c": {"d": "long"}}}'),
    ],
)
def test_a_file_of_one_line_stays_so_however_long(before: str, after: str) -> None:
    value = "long" * 30
    result = put(before.encode(), ("a", "c", "d"), value)
    assert result.decode() == after.replace("long", value)
    listed = put_item(b'{"a": 1}', ["b"], value)
    assert listed.decode() == f'{{"a": 1, "b": ["{value}"]}}'
