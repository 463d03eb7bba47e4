"""What an integration asked its vendor's API without a canned response, and what it read there.

The gateway answers such a request with a marker; payload/transport/appcred_lookups.py makes data of
it in Home Assistant's process and writes what the code looks up to a file, which is read here. The
next answer, of this run or another, has what was learnt.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.log import records
from appcred.rehearsal.provider import STANDARD
from appcred.rehearsal.vendor import Vendor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

MARKER: Final = "__appcred_made_up__"
"""As in appcred_lookups.py, which cannot import it."""
NODE: Final = "table"
_ROOT: Final = {"kind": NODE}
_INVALID: Final = re.compile(r'Field "\w+" of type (.+?) in \S+ has invalid value \'([^\']+)\'')
"""How mashumaro, which most libraries of Home Assistant read JSON with, names what it refuses."""
_OF_TYPE: Final = {
    "datetime": "2026-01-01T00:00:00+00:00",
    "date": "2026-01-01",
    "time": "12:00:00",
    "bool": True,
    "int": 21,
    "float": 21.5,
    "IPv4Address": "192.0.2.1",
    "IPv6Address": "2001:db8::1",
    "UUID": "00000000-0000-4000-8000-000000000001",
}


@dataclass(slots=True)
class Request:
    """A request that nobody described, and the answer as far as it is known."""

    method: str
    url: str
    query: dict[str, str]
    body: dict[str, str]
    public: bool = True
    """Whether it came without an access token, each time."""
    node: dict[str, Any] = field(default_factory=lambda: dict(_ROOT))
    """A `table` with `members`, a `list` with an `item`, a `value`, or a `guess` at one."""

    @property
    def response(self) -> dict[str, Any]:
        """The canned response, as a responses file has it."""
        found: dict[str, Any] = {"url": self.url}
        if self.method != "GET":
            found["method"] = self.method
        found |= {key: part for key in ("query", "body") if (part := getattr(self, key))}
        found["json"] = content(self.node)
        if self.public:
            found["public"] = True
        return found


class Recorder:
    """Answers requests that nobody described, and learns from what is read of the answers."""

    def __init__(self, lookups: Path, learnt: Iterable[Mapping[str, Any]] = ()) -> None:
        """Take the file of lookups, and what former runs learnt."""
        self.requests: list[Request] = [Request(**each) for each in learnt]
        self._lookups = lookups
        self._copied: list[dict[str, Any]] = []
        self._read = 0

    def answer(self, request: Request) -> dict[str, Any]:
        """Return the data of an answer to a request, in which the account's is to be put."""
        self.learn()
        known = next((each for each in self.requests if _is_same_request(each, request)), None)
        if known is None:
            self.requests.append(known := request)
        known.public = known.public and request.public
        ticket = self.requests.index(known)
        account = {key: f"{{{key}}}" for key in ("id", "name", "email", "client_id", "scopes")}
        made = {"ticket": ticket, "account": account, "known": known.node}
        return {MARKER: made}

    def learn(self) -> None:
        """Read what was looked up since the last time."""
        if not self._lookups.is_file():
            return
        with self._lookups.open("rb") as file:
            file.seek(self._read)
            lines = file.readlines()
        for line in lines:
            if not line.endswith(b"\n"):
                break  # the rest of it comes
            self._read += len(line)
            found = json.loads(line)
            node = self.requests[found["ticket"]].node
            for key in found["path"]:
                node = _inner(node, key)
            if found["kind"] == "copied":
                self._copied.append(node)
            else:
                _refine(node, found["kind"], found["value"])

    def learnt(self, log: str = "") -> list[dict[str, Any]]:
        """Return all that was learnt, for another run's recorder.

        `log` is Home Assistant's: a library that reads typed data names there what it refused. What
        is looked up in a copy is not seen; a key that is not found there is one of the last copies.
        """
        self.learn()
        for text, value in _refused(log):
            for request in self.requests:
                _correct(request.node, text, value)
        for key in _not_found(log):
            lacks = (node for node in reversed(self._copied) if key not in node.get("members", {}))
            if node := next(lacks, None):
                _inner(node, key)
        return [asdict(each) for each in self.requests]


def _refused(log: str) -> Iterator[tuple[str, Any]]:
    """Yield each text that was made up and refused, with a value of the type that was wanted."""
    for kind, text in _INVALID.findall(log):
        for name, value in _OF_TYPE.items():
            if re.search(rf"\b{name}\b", kind):
                yield text, value
                break


def _not_found(log: str) -> Iterator[str]:
    """Yield the keys that code did not find, each once."""
    seen = {
        record.missed[0]
        for record in records(log)
        if record.exception[0] == "KeyError"
        and any("custom_components/" in frame.file for frame in record.frames)
    }
    yield from sorted(key for key in seen if key and key not in STANDARD)


def _correct(node: dict[str, Any], text: str, value: Any) -> None:
    """Put a value in the place of a text that was made up, wherever it stands in a node."""
    if node["kind"] == "guess" and node.get("value") == text:
        node["kind"], node["value"] = "value", value
    for inner in (*node.get("members", {}).values(), *filter(None, [node.get("item")])):
        _correct(inner, text, value)


def _is_same_request(one: Request, other: Request) -> bool:
    return (one.method, one.url, one.query, one.body) == (
        other.method,
        other.url,
        other.query,
        other.body,
    )


def _inner(node: dict[str, Any], key: str | int) -> dict[str, Any]:
    """Return the node below another, which is made a table or a list if it was neither."""
    if isinstance(key, int):
        _refine(node, "list", None)
        inner: dict[str, Any] = node.setdefault("item", {"kind": "guess", "value": None})
        return inner
    _refine(node, NODE, None)
    members: dict[str, Any] = node.setdefault("members", {})
    found: dict[str, Any] = members.setdefault(key, {"kind": "guess", "value": key})
    return found


def _refine(node: dict[str, Any], kind: str, value: Any) -> None:
    """Learn of a node. How it is used says more than its name; what has parts stays as it is."""
    item = node.get("item") or {"kind": NODE}
    if node.get("members") or content(item) != {}:
        return
    if kind == "guess" and node["kind"] != "guess":
        return
    node["kind"] = kind
    node.pop("value", None)
    if kind != "list":
        node.pop("item", None)
    if kind in ("value", "guess"):
        node["value"] = value


def content(node: Mapping[str, Any]) -> Any:
    """Return the data that a node stands for."""
    if node["kind"] == NODE:
        return {key: content(inner) for key, inner in node.get("members", {}).items()}
    if node["kind"] == "list":
        return [content(node["item"])] if "item" in node else []
    return node["value"]


def for_recording(vendor: Vendor, token: Mapping[str, Any]) -> Vendor:
    """Return a vendor whose accounts have numbers, which code reads as texts and as numbers alike.

    Args:
        vendor: As the responses file has it; accounts that it names stay.
        token: Further members of the token answer, which the code was seen to look up.

    """
    usual = Vendor()
    if (vendor.first, vendor.second) == (usual.first, usual.second):
        vendor = replace(
            vendor, first=replace(usual.first, id="1001"), second=replace(usual.second, id="1002")
        )
    return replace(vendor, terms=replace(vendor.terms, token={**token, **vendor.terms.token}))


def missing_in_token(log: str, domain: str) -> dict[str, str]:
    """Return the keys that an integration did not find, as members of the token answer.

    What the vendor's API answers has every key while a run is recorded, so it is not that.
    """
    found = {}
    for record in records(log):
        place = record.place(domain)
        is_own = place and record.frames[-1:] and record.frames[-1].file.endswith(place.file)
        if place and (is_own or "token" in record.source(place).lower()):
            for key in record.missed:
                if key.isidentifier() and key not in STANDARD:
                    found[key] = "{id}" if "id" in key.lower() else "{name}"
    return found


def recorded(
    given: Mapping[str, Any],
    learnt: Iterable[Mapping[str, Any]],
    token: Mapping[str, Any],
    accounts: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the data of a responses file: what one had already, and what was learnt.

    Args:
        given: What the file has that the run was given.
        learnt: As a recorder returns it.
        token: Members of the token answer that were missing.
        accounts: The accounts of the run.

    """
    found = dict(given)
    if token:
        provider = dict(found.get("provider") or {})
        provider["token"] = {**(provider.get("token") or {}), **token}
        found["provider"] = provider
    found.setdefault("accounts", dict(accounts))
    answers = [Request(**each).response for each in learnt]
    found["answers"] = [*(found.get("answers") or ()), *answers]
    return found
