"""Real integrations, mutated at random: whatever comes out, the check says so and goes on."""

from __future__ import annotations

import json
import random
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from appcred import loading
from appcred.check import CheckOptions, judge
from appcred.loading import Place
from lab.sources import NEWEST, wheel
from sampling import sample

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.lab, pytest.mark.slow]

DOMAINS = ("google_drive", "home_connect", "smappee", "teslemetry", "toon", "willow", "withings")
ROUNDS = 25
NAMES = (
    "__init__.py",
    "application_credentials.py",
    "config_flow.py",
    "const.py",
    "diagnostics.py",
    "manifest.json",
    "strings.json",
)
PIECES = (
    *(
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b":",
        b",",
        b"'",
        b'"',
        b'"""',
        b"\\",
        b"\n",
        b"\t",
        b"=",
    ),
    *(b"\xff", b"\x00", b"\xef\xbb\xbf", b"\r\n", b"# appcred: ignore[APC1", b"# coding: utf-16\n"),
    *(b" await ", b" async ", b" lambda ", b" *", b"**", b"...", b" def ", b" class ", b"return "),
    *(b"self", b"self.", b"DOMAIN", b"super()", b"()", b"1e999", b"None", b"[%key:", b"{x}"),
)


def mutated(content: bytes, luck: random.Random) -> bytes:
    """Return content with a few random edits."""
    for _ in range(luck.choice((1, 1, 2, 5, 20))):
        place = luck.randrange(len(content) + 1)
        length = luck.choice((0, 1, 1, 5, 40, 400))
        kind = luck.randrange(5)
        if kind == 0:
            new = b""
        elif kind == 1:
            new = luck.choice(PIECES)
        elif kind == 2:  # a piece of the file itself
            start = luck.randrange(len(content) + 1)
            new = content[start : start + luck.choice((5, 50, 500))]
        elif kind == 3:
            new = bytes(luck.randrange(256) for _ in range(luck.choice((1, 4))))
        else:  # whole lines change places
            lines = content.splitlines(keepends=True)
            luck.shuffle(lines)
            return b"".join(lines)
        content = content[:place] + new + content[place + length :]
    return content


@pytest.mark.parametrize("domain", sample(DOMAINS, 2))
def test_nothing_crashes(domain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPCRED_TRACEBACK", "1")  # a defect is raised, not reported
    luck = random.Random(domain)
    source = wheel(NEWEST) / "homeassistant" / "components" / domain
    folder = tmp_path / "custom_components" / domain
    folder.mkdir(parents=True)
    original = {
        path.name: path.read_bytes() for path in source.iterdir() if path.suffix in (".py", ".json")
    }
    place = Place(tmp_path, PurePosixPath("custom_components", domain), loading.Layout.CUSTOM)
    outcomes = set()
    for number in range(ROUNDS):
        for name, content in original.items():
            (folder / name).write_bytes(content)
        for name in luck.sample(NAMES, luck.choice((1, 2))):
            if name in original:
                (folder / name).write_bytes(mutated(original[name], luck))
        options = CheckOptions(luck.choice(("auto", "2022.6", "2025.4")), fix=number % 2 == 0)
        judged = judge(place, options)
        assert not judged.crashed
        outcomes.add("error" if judged.error else "unparsable" if _broken(judged) else "judged")
    assert outcomes >= {"unparsable", "judged"}


def _broken(judged: Any) -> bool:
    return any(finding.code == "APC003" for finding in judged.findings)


@pytest.mark.parametrize(
    "value", [3, 3.5, None, True, [], {}, [[]], {"a": []}, "", "x", ["x"], [3], {"": {"": 3}}]
)
@pytest.mark.parametrize(
    "keys",
    [
        ("manifest.json", "dependencies"),
        ("manifest.json", "config_flow"),
        ("manifest.json", "version"),
        ("manifest.json", "name"),
        ("translations/en.json", "application_credentials"),
        ("translations/en.json", "config"),
        ("translations/en.json", "config", "abort"),
        ("translations/en.json", "config", "abort", "unknown"),
        ("translations/en.json", "config", "step", "user"),
        ("translations/en.json", "exceptions"),
    ],
    ids="/".join,
)
def test_values_of_other_kinds(
    keys: tuple[str, ...], value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from check.trees import custom

    monkeypatch.setenv("APPCRED_TRACEBACK", "1")
    path = custom(tmp_path) / "custom_components" / "example" / keys[0]
    loaded = json.loads(path.read_text("utf-8"))
    inner = loaded
    for key in keys[1:-1]:
        inner = inner.setdefault(key, {})
    inner[keys[-1]] = value
    path.write_text(json.dumps(loaded), "utf-8")
    (place,) = loading.find(tmp_path, print)
    for fix in (False, True):
        assert not judge(place, CheckOptions(fix=fix)).crashed
