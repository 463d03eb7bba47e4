"""The place of each value in a JSON text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class Node(NamedTuple):
    """A value's place, and its parts."""

    start: int
    end: int
    members: tuple[Member, ...] | None = None
    items: tuple[Node, ...] | None = None

    def member(self, key: str) -> Member | None:
        """Return the member of that name; of two, the last, as `json.loads` does."""
        return next((m for m in reversed(self.members or ()) if m.key == key), None)


class Member(NamedTuple):
    """A member of an object: its key, where that begins, and its value."""

    key: str
    start: int
    value: Node


def scan(text: str) -> Node:
    """Find the place of every value in text that `json.loads` has accepted."""
    return _value(TOKEN.finditer(text), None)


def _value(tokens: Iterator[re.Match[str]], first: re.Match[str] | None) -> Node:
    token = first or next(tokens)
    if token[0] == "{":
        members: list[Member] = []
        for name in tokens:
            if name[0] == "}":
                return Node(token.start(), name.end(), members=tuple(members))
            if name[0] != ",":
                next(tokens)  # the colon
                members.append(Member(json.loads(name[0]), name.start(), _value(tokens, None)))
    if token[0] == "[":
        items: list[Node] = []
        for each in tokens:
            if each[0] == "]":
                return Node(token.start(), each.end(), items=tuple(items))
            if each[0] != ",":
                items.append(_value(tokens, each))
    return Node(token.start(), token.end())


def walk(node: Node) -> Iterator[Node]:
    """Yield a value and all that it holds."""
    yield node
    for member in node.members or ():
        yield from walk(member.value)
    for item in node.items or ():
        yield from walk(item)
