"""Positions: those of libcst, without going through the whole file."""

from __future__ import annotations

import ast

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from appcred.documents.python import PythonDocument, older
from appcred.documents.walk import walk
from lab.sources import NEWEST, wheel
from sampling import sample

ODD = '''\
#!/usr/bin/env python
# Header

"""Doc."""

# Above.
import os; import sys


@decorated(
    with_="lines",
)
# Between.
async def f(a, *, b=1):
\t"""Doc."""
\treturn [x for x in a
\t    if x]
# End.
'''


def compare(content: bytes) -> int:
    document = PythonDocument(content)
    whole = MetadataWrapper(document.module, unsafe_skip_copy=True).resolve(PositionProvider)
    count = 0
    for statement in document.module.body:
        for node in walk(statement):
            start = whole[node].start
            assert document.position(node) == (start.line, start.column + 1), node
            count += 1
    return count


@pytest.mark.parametrize(
    "text",
    [ODD, ODD.replace("; import sys", ""), ODD.replace("\n", "\r\n"), "x = 1", "type X = int\n"],
)
def test_positions_of_odd_files(text: str) -> None:
    assert compare(text.encode()) > 0


@pytest.mark.lab
@pytest.mark.parametrize("domain", sample(["netatmo", "google", "nest"], 3))
def test_positions_in_core(domain: str) -> None:
    for path in sorted((wheel(NEWEST) / "homeassistant/components" / domain).glob("*.py"))[:6]:
        compare(path.read_bytes())


def test_a_node_from_elsewhere_has_no_position() -> None:
    with pytest.raises(KeyError):
        PythonDocument(b"x = 1\n").position(cst.Name("x"))


NEWER = b"""\
type Key[T: dict[str, int]] = list[T]


class Flow[
    T,
](Base):
    def first[S](self) -> S:
        try:
            return 1
        except KeyError, ValueError:
            return target
"""


def test_newer_syntax_stays_line_by_line_what_it_is() -> None:
    assert older(NEWER).count(b"\n") == NEWER.count(b"\n")
    ast.parse(older(NEWER))
    assert older(b"class A[\n    T,\n]:\n    x = a[1]\n") == b"class A[\n    T,\n]:\n    x = a[1]\n"


def test_a_position_below_newer_syntax(monkeypatch: pytest.MonkeyPatch) -> None:
    document = PythonDocument(NEWER)
    (node,) = [n for n in walk(document.module) if isinstance(n, cst.Name) and n.value == "target"]

    def refused(_: object) -> None:
        raise AssertionError("the whole file was gone through")

    monkeypatch.setattr(PythonDocument, "_positions", property(refused))
    assert document.position(node) == (11, 20)
