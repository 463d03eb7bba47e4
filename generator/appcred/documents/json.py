"""JSON edited in place: only the bytes an edit is about change, nothing is ever re-serialised.

Each edit is a pure function `bytes -> bytes`. It takes the places of keys and values from the
text, and what it writes follows its neighbours: their indent, the file's newlines, its byte order
mark, a missing last newline. `json.loads` of the result equals the intended object.

The places come from a scanner of our own, `json_places`, thirty lines over text that `json.loads`
has accepted. The libraries that offer places cost more than they give here: tree-sitter-json needs
two compiled packages and accepts broken files, json-five takes seconds for a large strings file.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from appcred.documents.json_places import TOKEN, Node, scan, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH: Final = 80
"""The columns of Prettier, which formats the JSON of Home Assistant."""

_LONGEST: Final = 100
"""The columns that one line of several members may have where its author cares less."""

_MARK: Final = "\ufeff"


def alphabetical(key: str) -> tuple[int, str]:
    """Order the keys of strings and translations."""
    return 0, key


def manifest_order(key: str) -> tuple[int, str]:
    """Order the keys of a manifest as hassfest wants them: domain, name, then alphabetical."""
    return {"domain": 0, "name": 1}.get(key, 2), key


def put(
    content: bytes,
    path: Sequence[str],
    value: Any,
    order: Callable[[str], tuple[int, str]] = alphabetical,
) -> bytes:
    """Set one key, given as the keys that lead to it; what is missing on the way is made.

    A new key stands at its slot in the order; among keys in another order, behind the one it
    follows most closely. Raises ValueError if the content is no JSON or a step is no object.
    """
    text = _Text.read(content)
    node, missing = text.root, list(path)
    while missing:
        member = node.member(missing[0])
        if node.members is None:
            raise ValueError(
                f"{'.'.join(path)}: cannot be added, because its parent is not an object"
            )
        if member is None:
            break
        node = member.value
        missing.pop(0)
    if not missing:
        if json.loads(text.of(node)) == value:
            return content
        return text.replaced(node.start, node.end, text.printed(value, node.start)).write()
    for key in reversed(missing[1:]):
        value = {key: value}
    return text.with_member(node, missing[0], value, order).write()


def drop(content: bytes, path: Sequence[str]) -> bytes:
    """Remove one key and nothing else; content without it comes back as it is.

    Raises ValueError if the content is no JSON.
    """
    text = _Text.read(content)
    node: Node | None = text.root
    for key in path[:-1]:
        member = node.member(key) if node is not None else None
        node = member.value if member is not None else None
    found = node.member(path[-1]) if node is not None else None
    if node is None or found is None or node.members is None:
        return content
    spans = [(member.start, member.value.end) for member in node.members]
    return text.without(node, spans, node.members.index(found)).write()


def put_item(
    content: bytes,
    path: Sequence[str],
    item: Any,
    *,
    instead_of: Any = None,
    order: Callable[[str], tuple[int, str]] = alphabetical,
) -> bytes:
    """Add an item to the array at a path, or put it in the place of another.

    A missing array is made. An array of strings in order stays in order. With the item there
    already, only the other is removed. Raises ValueError if there is something else at the path.
    """
    text = _Text.read(content)
    node = text.find(path)
    if node is None:
        return put(content, path, [item], order)
    if node.items is None:
        raise ValueError(f"{'.'.join(path)} is not a list")
    values = [json.loads(text.of(each)) for each in node.items]
    if item in values:
        return content if instead_of is None else drop_item(content, path, instead_of)
    if instead_of is not None and instead_of in values:
        old = node.items[values.index(instead_of)]
        return text.with_items_spread(
            path, text.replaced(old.start, old.end, json.dumps(item, ensure_ascii=False))
        ).write()
    slot = len(values)
    if all(isinstance(each, str) for each in [*values, item]) and values == sorted(values):
        slot = sum(each < item for each in values)
    rendered = json.dumps(item, ensure_ascii=False)
    if not values:
        return text.replaced(node.start, node.end, f"[{rendered}]").write()
    spans = [(each.start, each.end) for each in node.items]
    return text.with_items_spread(path, text.inserted(node, spans, slot, rendered)).write()


def drop_item(content: bytes, path: Sequence[str], item: Any) -> bytes:
    """Remove an item from the array at a path; content without it comes back as it is."""
    text = _Text.read(content)
    node = text.find(path)
    if node is None or node.items is None:
        return content
    values = [json.loads(text.of(each)) for each in node.items]
    if item not in values:
        return content
    spans = [(each.start, each.end) for each in node.items]
    return text.without(node, spans, values.index(item)).write()


def in_order(content: bytes, order: Callable[[str], tuple[int, str]]) -> bytes:
    """Put the keys of the outermost object in order; each value stays as it is written.

    Raises ValueError if the content is no JSON.
    """
    text = _Text.read(content)
    members = text.root.members or ()
    pieces = [text.text[member.start : member.value.end] for member in members]
    ordered = [
        piece
        for _, piece in sorted(
            zip(members, pieces, strict=True), key=lambda pair: order(pair[0].key)
        )
    ]
    for member, piece in reversed(list(zip(members, ordered, strict=True))):
        text = text.replaced(member.start, member.value.end, piece)
    return text.write()


def place(content: bytes, path: Sequence[str], item: int | None = None) -> tuple[int, int]:
    """Return the line and column, from 1, of a key, or of an item of the array it holds.

    Of a path that is not there, those of the longest part of it that is.
    """
    try:
        text = _Text.read(content)
    except ValueError:
        return 1, 1
    node, start = text.root, text.root.start
    for key in path:
        member = node.member(key)
        if member is None:
            break
        node, start = member.value, member.start
    else:
        if item is not None and node.items is not None and item < len(node.items):
            start = node.items[item].start
    return text.text.count("\n", 0, start) + 1, start - text.text.rfind("\n", 0, start)


def new(value: Any) -> bytes:
    """Print a new file as Prettier does: two spaces, 80 columns, lists on one line that fit."""
    return (_printed(value, "", "  ", 0) + "\n").encode()


def _printed(value: Any, indent: str, unit: str, column: int) -> str:
    """Print a value whose first character stands at a column; `indent` is that of its line."""
    if isinstance(value, dict) and value:
        inner = indent + unit
        body = ",\n".join(
            f"{inner}{(name := _string(key))}: "
            + _printed(each, inner, unit, len(inner) + len(name) + 2)
            for key, each in value.items()
        )
        return f"{{\n{body}\n{indent}}}"
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, list) or not value:
        return flat
    nested = any(isinstance(each, dict) and each for each in value)
    if not nested and column + len(flat) < WIDTH:  # "<": a comma may follow
        return flat
    inner = indent + unit
    return (
        "[\n"
        + ",\n".join(inner + _printed(each, inner, unit, len(inner)) for each in value)
        + f"\n{indent}]"
    )


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


class _Text(NamedTuple):
    """A JSON file's text with its places, and what is needed to write it back."""

    text: str
    root: Node
    newline: str
    mark: str

    @classmethod
    def read(cls, content: bytes) -> _Text:
        raw = content.decode("utf-8")
        mark = _MARK if raw.startswith(_MARK) else ""
        raw = raw.removeprefix(_MARK)
        newline = "\r\n" if "\r\n" in raw else "\n"
        json.loads(raw)
        return cls(raw, scan(raw), newline, mark)

    def write(self) -> bytes:
        return (self.mark + self.text).encode()

    def of(self, node: Node) -> str:
        return self.text[node.start : node.end]

    def find(self, path: Sequence[str]) -> Node | None:
        node = self.root
        for key in path:
            member = node.member(key)
            if member is None:
                return None
            node = member.value
        return node

    def replaced(self, start: int, end: int, new_text: str) -> _Text:
        text = self.text[:start] + new_text + self.text[end:]
        return _Text(text, scan(text), self.newline, self.mark)

    # --- what the neighbours look like

    @property
    def unit(self) -> str:
        """One step of indentation: that of the file's first key."""
        if self.root.members:
            found = self._indent(self.root.members[0].start)
            if found and self._begins_line(self.root.members[0].start):
                return found
        return "  "

    @property
    def flat(self) -> bool:
        """Whether all of it stands on one line, which what is added then does too."""
        return bool(self.root.members) and "\n" not in self.of(self.root)

    def _line(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def _indent(self, place: int) -> str:
        line = self.text[self._line(place) : place]
        return line[: len(line) - len(line.lstrip())]

    def _begins_line(self, place: int) -> bool:
        """Whether a place begins a line that is not the first, but for blanks."""
        start = self._line(place)
        return start > 0 and not self.text[start:place].strip()

    def _column(self, place: int) -> int:
        return len(self.text[self._line(place) : place].expandtabs(2))

    def fits(self, place: int, width: int = WIDTH) -> bool:
        end = self.text.find("\n", place)
        line = self.text[self._line(place) : end if end >= 0 else len(self.text)]
        return len(line.rstrip("\r").expandtabs(2)) <= width

    def printed(self, value: Any, place: int, indent: str | None = None) -> str:
        indent = self._indent(place) if indent is None else indent
        return self._print(value, indent, self._column(place))

    def _print(self, value: Any, indent: str, column: int) -> str:
        if self.flat:
            spaced = '": ' in self.of(self.root)
            separators = (", ", ": ") if spaced else (",", ":")
            return json.dumps(value, ensure_ascii=False, separators=separators)
        return _printed(value, indent, self.unit, column).replace("\n", self.newline)

    # --- edits

    def inserted(self, node: Node, spans: list[tuple[int, int]], slot: int, new_text: str) -> _Text:
        """Insert a member or an item before the one at a slot, spaced like its neighbours."""
        multi = self._begins_line(spans[0][0])
        if multi:
            gap = self.newline + self._indent(spans[min(slot, len(spans) - 1)][0])
        elif len(spans) > 1:
            gap = self.text[spans[0][1] : spans[1][0]].replace(",", "", 1)
        else:
            gap = "" if node.members and '": ' not in self.of(node) else " "
        if slot < len(spans):
            place = spans[slot][0]
            return self.replaced(place, place, f"{new_text},{gap}")
        place = spans[-1][1]
        return self.replaced(place, place, f",{gap}{new_text}")

    def without(self, node: Node, spans: list[tuple[int, int]], index: int) -> _Text:
        """Remove a member or an item, its comma, and its line where it has one of its own."""
        if len(spans) == 1:
            return self.replaced(node.start + 1, node.end - 1, "")
        if index + 1 < len(spans):
            return self.replaced(spans[index][0], spans[index + 1][0], "")
        return self.replaced(spans[index - 1][1], spans[index][1], "")

    def with_member(
        self, node: Node, key: str, value: Any, order: Callable[[str], tuple[int, str]]
    ) -> _Text:
        """Insert a key into an object that does not have it."""
        members = node.members or ()
        name = _string(key)
        if not members:
            # A new body, below the line the object begins in.
            printed = self.printed({key: value}, node.start)
            return self.replaced(node.start, node.end, printed)
        before = [i for i, m in enumerate(members) if order(m.key) < order(key)]
        slot = max(before, key=lambda i: order(members[i].key)) + 1 if before else 0
        spans = [(member.start, member.value.end) for member in members]
        neighbour = members[min(slot, len(members) - 1)]
        after = neighbour.start + len(TOKEN.match(self.text, neighbour.start)[0])  # type: ignore[index]
        colon = self.text[after : neighbour.value.start]
        if "\n" in colon:
            colon = ": "
        indent = self._indent(neighbour.start)
        column = self._column(neighbour.start) + len(name) + len(colon)
        printed = self._print(value, indent, column)
        fitted = self.fits(node.start)
        result = self.inserted(node, spans, slot, f"{name}{colon}{printed}")
        alone = self.flat or self._begins_line(spans[0][0])
        # A line that its author let outgrow the usual width may grow a little more.
        if not alone and not result.fits(node.start, WIDTH if fitted else _LONGEST):
            return result.spread(node.start)
        return result

    def with_items_spread(self, path: Sequence[str], result: _Text) -> _Text:
        """Give each item a line of its own if the array has just outgrown its line."""
        before, after = self.find(path), result.find(path)
        if before is None or after is None or not after.items:
            return result
        if self.flat or self._begins_line(after.items[0].start) or not self.fits(before.start):
            return result
        return result if result.fits(after.start) else result.spread(after.start)

    def spread(self, start: int) -> _Text:
        """Put the parts of the object or array that begins at a place on lines of their own."""
        node = next(n for n in walk(self.root) if n.start == start)
        parts = [(m.start, m.value.end) for m in node.members or ()]
        parts = parts or [(i.start, i.end) for i in node.items or ()]
        indent = self._indent(start)
        body = f",{self.newline}".join(
            f"{indent}{self.unit}{self.text[first:last]}" for first, last in parts
        )
        opening, closing = self.text[start], self.text[node.end - 1]
        spread = f"{opening}{self.newline}{body}{self.newline}{indent}{closing}"
        return self.replaced(start, node.end, spread)
