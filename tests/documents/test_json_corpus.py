"""The edits a retrofit makes, over every manifest and strings file of a Home Assistant wheel."""

from __future__ import annotations

import difflib
import json

import pytest

from appcred.documents.json import manifest_order, new, put, put_item
from lab.sources import NEWEST, wheel

pytestmark = pytest.mark.lab

COMPONENTS = "homeassistant/components"


def removed_and_added(before: bytes, after: bytes) -> tuple[int, int]:
    lines = list(
        difflib.unified_diff(before.decode().splitlines(), after.decode().splitlines(), n=0)
    )[2:]
    return sum(line[0] == "-" for line in lines), sum(line[0] == "+" for line in lines)


def test_every_manifest_takes_the_dependency() -> None:
    paths = sorted((wheel(NEWEST) / COMPONENTS).glob("*/manifest.json"))
    assert len(paths) > 1400
    like_prettier = 0
    for path in paths:
        content = path.read_bytes()
        before = json.loads(content)
        like_prettier += new(before) == content
        result = put_item(
            content, ["dependencies"], "application_credentials", order=manifest_order
        )
        after = json.loads(result)
        wanted = before.get("dependencies", [])
        if "application_credentials" not in wanted:
            assert "application_credentials" in after["dependencies"], path
        assert [d for d in after["dependencies"] if d in wanted] == wanted, path
        assert {**after, "dependencies": None} == {**before, "dependencies": None}, path
        keys = list(before)
        if keys == sorted(keys, key=manifest_order):
            assert list(after) == sorted(after, key=manifest_order), path
        removed, added = removed_and_added(content, result)
        assert removed <= 1, path
        assert added <= 2 or removed, path
        assert put_item(result, ["dependencies"], "application_credentials") == result
        # In its own style, and no wider: printing it anew would give the same bytes.
        if new(before) == content:
            assert new(after) == result, path
    assert like_prettier / len(paths) > 0.95


@pytest.mark.parametrize("key", ["missing_credentials", "aaa", "zzz"])
def test_every_strings_file_takes_an_abort_reason(key: str) -> None:
    paths = sorted((wheel(NEWEST) / COMPONENTS).glob("*/strings.json"))
    assert len(paths) > 1000
    paths = [path for path in paths if key not in path.read_text(encoding="utf-8")]
    for path in paths:
        content = path.read_bytes()
        before = json.loads(content)
        result = put(content, ["config", "abort", key], "Text.")
        after = json.loads(result)
        assert after["config"]["abort"].pop(key) == "Text."
        if not before.get("config", {}).get("abort"):
            after["config"].pop("abort")
            before.get("config", {}).pop("abort", None)
        if not after["config"]:
            after.pop("config")
            before.pop("config", None)
        assert after == before, path
        assert list(after) == list(before), path
        removed, added = removed_and_added(content, result)
        assert removed <= 1, path
        assert added <= 6, path
