"""What code looks up in an answer that was made up becomes a response that has it."""

from __future__ import annotations

import copy
import importlib.util
import json
import sys
from datetime import date, datetime
from enum import Enum, IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pydantic
import pytest

import appcred
from appcred.rehearsal import recording
from appcred.rehearsal.recording import Recorder, Request
from appcred.rehearsal.vendor import Account, Answer, Vendor, filled

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

ADA = Account("1001", "Ada", "ada@example.com")
BOB = Account("1002", "Bob", "bob@example.com")
TRANSPORT = Path(appcred.__file__).parent / "rehearsal/payload/transport"


def _payload(name: str) -> ModuleType:
    """Return a module of Home Assistant's process, new each time."""
    spec = importlib.util.spec_from_file_location(name, TRANSPORT / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Code:
    """Code in Home Assistant's process, which reads what the recorder answers."""

    def __init__(self, folder: Path) -> None:
        self.module = _payload("appcred_lookups")
        self.file = folder / "lookups"
        self.recorder = Recorder(self.file)
        self.loads = self.module._readable(self._report, json.loads)

    def _report(self, line: dict[str, Any]) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def get(self, account: Account = ADA, url: str = "https://a.example/me") -> Any:
        request = Request("GET", url, {}, {})
        return self.loads(json.dumps(filled(self.recorder.answer(request), account)))

    @property
    def learnt(self) -> Any:
        self.recorder.learn()
        return recording.content(self.recorder.requests[0].node)


def _identity(d: Any) -> None:
    assert (d["id"], d["name"], d["contact_email"]) == ("1001", "Ada", "ada@example.com")


def _numbers(d: Any) -> None:
    assert float(d["reading"]) == 21
    assert d["ratio"] / 2 == 10.5
    assert d["fill"] > 5
    assert round(d["mean"]) == 21
    assert int(d["made_at"]) == 1767225600
    assert d["temperature"] == 21


def _calculated(d: Any) -> None:
    assert 2 ** d["scale"] == 2**21
    assert d["fill"] // 2 == 10
    assert -d["left"] == -21
    assert abs(d["right"]) == 21
    assert 42 / d["part"] == 2
    assert d["kept"] * d["used"] == 441
    assert d["first"] - d["second"] == 0


def _one_page(d: Any) -> None:
    assert d["next"] is None
    assert d["page"]["hasNextPage"] is False
    assert d["HasMorePages"] is False
    assert d.get("nextPageToken") is None
    assert "next_link" not in d
    assert d.get("_links", {}).get("next", {}).get("href") is None


def _items_of_numbers(d: Any) -> None:
    """A name that says number can be that of a list, or of an object."""
    assert [each["id"] for each in d["value"]] == ["1001"]
    assert d["score"][0]["name"] == "Ada"
    assert d["level"]["serial"] == "1001"
    assert d["total"] + 1 == 22


def _compared(d: Any) -> None:
    assert d["status"] == 0
    assert d["kind"] == "camera"
    assert d["mode"] in ("heat", "cool")
    assert d["left"] != "error"
    assert d["state"] != ""


class Way(Enum):
    IDLE = "idle"
    BUSY = "busy"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


def _members(d: Any) -> None:
    assert Way(d["way"]) is Way.IDLE
    assert Level(d["urgency"]) is Level.LOW
    assert {d["left"]: 1}


def _days(d: Any) -> None:
    assert date.fromisoformat(d["date"]) == date(2026, 1, 1)
    assert datetime.fromisoformat(d["created_at"]).tzinfo


def _told(d: Any) -> None:
    assert d.get("status_code", -1) == 0
    assert d.get("part", -1) == 21
    assert d["status"] != -1
    assert d["status"] not in (100, 401)
    assert d["status"] == 0
    assert d["result_code"] == 200
    assert d["offset_of"] != -1
    assert d["page"] == 3


def _nested(d: Any) -> None:
    for device in d["devices"]:
        assert device["serial"] == "1001"
        assert device["place"]["city"]
    assert d["body"]["home"]["rooms"][0]["label"] == "Ada"
    assert d["list"]["inner"]
    assert d["name"]["value"]
    assert d["client_id"] == "{client_id}"
    assert d.get("scopes", ["none"]) == []


def _asked_for(d: Any) -> None:
    assert d.get("picture_url").startswith("https://")
    assert d.get("error") is None
    assert "errors" not in d
    assert d.get("fans", []) != []
    assert d.get("limits", {})["day"]
    assert d.get("tries", 3) == 3
    assert "title" in d
    assert d.pop("label") == "Ada"
    assert d.setdefault("login", "x") == "Ada"


def _list(d: Any) -> None:
    (item,) = list(d)
    assert item["uuid"] == "1001"
    assert len(d) == 1


@pytest.mark.parametrize(
    ("read", "learnt"),
    [
        (_identity, {"id": "{id}", "name": "{name}", "contact_email": "{email}"}),
        (
            _numbers,
            {"reading": 21, "ratio": 21, "fill": 21, "mean": 21}
            | {"made_at": 1767225600, "temperature": 21},
        ),
        (
            _calculated,
            dict.fromkeys(
                ["scale", "fill", "left", "right", "part", "kept", "used", "first", "second"], 21
            ),
        ),
        (
            _one_page,
            {
                "next": None,
                "page": {"hasNextPage": False},
                "HasMorePages": False,
                "_links": {},
            },
        ),
        (
            _items_of_numbers,
            {
                "value": [{"id": "{id}"}],
                "score": [{"name": "{name}"}],
                "level": {"serial": "{id}"},
                "total": 21,
            },
        ),
        (
            _compared,
            {"status": 0, "kind": "camera", "mode": "heat", "left": "left", "state": "state"},
        ),
        (_members, {"way": "idle", "urgency": 1, "left": "left"}),
        (_days, {"date": "2026-01-01", "created_at": "2026-01-01T00:00:00+00:00"}),
        (
            _told,
            {
                "status_code": 0,
                "part": 21,
                "status": 0,
                "result_code": 200,
                "offset_of": 21,
                "page": 3,
            },
        ),
        (
            _nested,
            {
                "devices": [{"serial": "{id}", "place": {"city": "city"}}],
                "body": {"home": {"rooms": [{"label": "{name}"}]}},
                "list": {"inner": "inner"},
                "name": {"value": 21},
                "client_id": "{client_id}",
                "scopes": "{scopes}",
            },
        ),
        (
            _asked_for,
            {
                "picture_url": "https://example.com/picture_url",
                "fans": [{}],
                "limits": {"day": "day"},
                "tries": 3,
                "title": "{name}",
                "label": "{name}",
                "login": "{name}",
            },
        ),
        (_list, [{"uuid": "{id}"}]),
    ],
)
def test_lookups_are_recorded(read: Callable[[Any], None], learnt: Any, tmp_path: Path) -> None:
    code = Code(tmp_path)
    read(code.get())
    assert code.learnt == learnt


class Mode(Enum):
    ECO = "eco"


Wide = pydantic.create_model("Wide", **{f"part_{n}": (int, ...) for n in range(60)})  # type: ignore[call-overload]


class Room(pydantic.BaseModel):
    label: str
    temperature: float
    measured: datetime
    mode: Mode


class Owner(pydantic.BaseModel):
    uid: pydantic.UUID4 = pydantic.Field(alias="userId")
    kind: Literal["user", "device"]
    address: str
    rooms: list[Room]
    shares: list[int]
    limits: dict[str, int]
    spare: Room | None = None
    more: Room | str
    wide: Wide  # type: ignore[valid-type]


OWNER = {
    "userId": "00000000-0000-4000-8000-00000000{id}",
    "kind": "user",
    "address": "address",
    "rooms": [
        {"label": "{name}", "temperature": 21, "measured": "2026-01-01T00:00:00+00:00"}
        | {"mode": "eco"}
    ],
    "shares": [21],
    "limits": {},
    "more": "more",
    "wide": {f"part_{n}": 21 for n in range(60)},
}


@pytest.mark.parametrize(
    "read",
    [
        lambda text, _: Owner.model_validate_json(text),
        lambda text, _: Owner.model_validate_json(text.encode()),
        lambda text, loads: Owner.model_validate(loads(text)),
        lambda text, loads: Owner(**loads(text)),
        lambda text, loads: pydantic.TypeAdapter(Owner).validate_python(loads(text)),
        lambda text, _: pydantic.TypeAdapter(Owner).validate_json(text),
        # As code does that a generator wrote: it looks up each key by itself.
        lambda text, loads: Owner.model_validate(
            {key: loads(text)[key] for key in ("userId", "kind", "address", "rooms", "shares")}
            | {key: loads(text)[key] for key in ("limits", "more", "wide")}
        ),
    ],
)
def test_lookups_of_pydantic_are_recorded(
    read: Callable[[str, Any], Owner], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = Code(tmp_path)
    monkeypatch.setattr(json, "loads", code.loads)
    monkeypatch.setitem(sys.modules, "appcred_lookups", code.module)
    for of, names in (
        (pydantic.BaseModel, ("__init__", "model_validate", "model_validate_json")),
        (pydantic.TypeAdapter, ("validate_python", "validate_json")),
    ):
        for name in names:
            monkeypatch.setattr(of, name, vars(of)[name])
    _payload("appcred_models").install()
    for account in (ADA, BOB):
        request = Request("GET", "https://a.example/me", {}, {})
        text = json.dumps(filled(code.recorder.answer(request), account))
        found = read(text, code.loads)
        assert str(found.uid).endswith(account.id)
        assert (found.kind, found.rooms[0].mode, found.shares) == ("user", Mode.ECO, [21])
    # What may be left out is asked for by some versions, and not by others.
    assert {**code.learnt, "spare": None} == {**OWNER, "spare": None}
    # What nobody made up is as it was.
    with pytest.raises(pydantic.ValidationError, match="validation errors for Owner"):
        read("{}", lambda _: dict.fromkeys(OWNER))


def test_a_refused_value_gets_the_type_that_the_library_names(tmp_path: Path) -> None:
    code = Code(tmp_path)
    made = code.get()
    assert (str(made["moment"]), made["rooms"][0]["reading"]) == ("moment", "reading")
    assert made["kind"] == "camera"
    assert str(made["address"]) == "address"
    said = "x.InvalidFieldValue: Field \"{}\" of type {} in Room has invalid value '{}'\n"
    log = (
        said.format("at", "datetime", "moment")
        + said.format("r", "Optional[float]", "reading")
        + said.format("kind", "int", "camera")
        + said.format("address", "IPv4Address", "address")
        + said.format("other", "Shape", "other")
    )
    (learnt,) = code.recorder.learnt(log)
    assert recording.content(learnt["node"]) == {
        "moment": "2026-01-01T00:00:00+00:00",
        "rooms": [{"reading": 21.5}],
        "kind": "camera",
        "address": "192.0.2.1",
    }


def test_a_key_that_mashumaro_misses_is_there_the_next_time(tmp_path: Path) -> None:
    code = Code(tmp_path)

    class MissingError(LookupError):
        def __init__(self, field_name: str, field_type: type, holder: type) -> None:
            super().__init__(field_name, field_type, holder)

    made = code.module._missed(MissingError.__init__)
    made(MissingError("nobody", int, Room), "nobody", int, Room)
    copied = {**code.get(), "more": 1}
    assert copied == {"more": 1}
    made(MissingError("rooms", list, Room), "rooms", list, Room)
    assert {**code.get()} == {"rooms": [{}]}


def test_a_key_that_is_missed_in_a_copy_is_there_the_next_time(tmp_path: Path) -> None:
    code = Code(tmp_path)
    made = code.get()
    assert made["rooms"][0]["id"] == "1001"
    assert {key: value for key, value in made["rooms"][0].items()} == {"id": "1001"}  # noqa: C416
    assert dict(made["other"]["inner"].items() if made["other"]["x"] else {}) == {}
    log = LOG.replace("'user_id'", "'label'")
    (learnt,) = code.recorder.learnt(log)
    assert recording.content(learnt["node"])["other"] == {"inner": {"label": "label"}, "x": "x"}
    (learnt,) = code.recorder.learnt(log)
    assert recording.content(learnt["node"])["rooms"] == [{"id": "{id}", "label": "label"}]
    assert code.get()["rooms"][0]["label"] == "Ada"


def test_the_next_answer_has_the_learnt_keys(tmp_path: Path) -> None:
    code = Code(tmp_path)
    first = code.get()
    assert first["status"] == "ready"
    assert int(first["rooms"][0]["level_of"]) == 21
    second = code.get(BOB)
    assert dict(second)["status"] == "ready"
    assert isinstance(second["rooms"][0]["level_of"], int)
    assert second["rooms"][0]["id"] == "1002", "and it goes on learning"
    again = Recorder(tmp_path / "none", code.recorder.learnt())
    assert recording.content(again.requests[0].node) == code.learnt
    assert code.learnt == {"status": "ready", "rooms": [{"level_of": 21, "id": "{id}"}]}


def test_other_readers_and_writers_of_json(tmp_path: Path) -> None:
    """As orjson is told to: subclasses go to `default`."""
    code = Code(tmp_path)
    made = code.get()
    made["names"][0]["x"]
    made["word"]

    def orjson(value: Any, default: Any, _: Any) -> str:
        assert isinstance(default(value), dict)
        with pytest.raises(TypeError, match="set"):
            default({1})
        return json.dumps(default(value))

    written = code.module._writable(orjson)(made)
    assert json.loads(written) == {"names": [{"x": "x"}], "word": "word"}
    assert written == json.dumps(made)
    for copied in (copy.deepcopy(made), copy.copy(made)):
        assert copied == {"names": [{"x": "x"}], "word": "word"}
        assert {type(copied), type(copied["names"]), type(copied["word"])} == {dict, list, str}
    assert code.loads('{"a": 1}') == {"a": 1}
    assert code.loads.__qualname__ == "loads"


def test_a_response_contains_the_request_and_the_keys_that_were_read() -> None:
    node = {"kind": "table", "members": {"id": {"kind": "value", "value": "{id}"}}}
    request = Request(
        "POST", "https://a.example/*/x", {"lang": "en"}, {"action": "get"}, public=False, node=node
    )
    token, accounts = {"user_id": "{id}"}, {"first": {"id": "1001"}}
    given = {"provider": {"token": {"scope": "a"}}, "answers": [{"url": "https://b.example"}]}
    found = recording.recorded(given, Recorder(Path("none"), []).learnt(), token, accounts)
    assert found == {
        "provider": {"token": {"scope": "a", "user_id": "{id}"}},
        "accounts": accounts,
        "answers": [{"url": "https://b.example"}],
    }
    assert request.response == {
        "url": "https://a.example/*/x",
        "method": "POST",
        "query": {"lang": "en"},
        "body": {"action": "get"},
        "json": {"id": "{id}"},
    }


def test_accounts_have_numbers_unless_the_file_names_them() -> None:
    found = recording.for_recording(Vendor(), {"user_id": "{id}"})
    assert (found.first.id, found.second.id) == ("1001", "1002")
    assert found.terms.token == {"user_id": "{id}"}
    named = Vendor(first=ADA, answers=(Answer("https://x", "GET", 200, {}, {}, True, ()),))
    assert recording.for_recording(named, {}) == named


LOG = """\
2026-01-01 10:00:00.000 ERROR (MainThread) [aiohttp.server] Error handling request
Traceback (most recent call last):
  File "/c/custom_components/lamp/config_flow.py", line 7, in async_oauth_create_entry
    data["token"]["user_id"]
KeyError: 'user_id'
2026-01-01 10:00:01.000 ERROR (MainThread) [other] Something
Traceback (most recent call last):
  File "/c/homeassistant/x.py", line 7, in f
    d["nobody"]
KeyError: 'nobody'
"""


MODEL = """\
2026-01-01 10:00:00.000 ERROR (MainThread) [aiohttp.server] Error handling request
Traceback (most recent call last):
  File "/c/custom_components/lamp/config_flow.py", line 7, in async_oauth_create_entry
    Token(**data["token"])
  File "/env/lib/python3.14/site-packages/pydantic/main.py", line 9, in __init__
    validate(data)
pydantic_core._pydantic_core.ValidationError: 2 validation errors for Token
user_id
  Field required [type=missing, input_value={'scope': 'a'}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.13/v/missing
region
  Field required [type=missing, input_value={'scope': 'a'}, input_type=dict]
"""


def test_a_key_that_the_integration_missed_is_one_of_the_token() -> None:
    frames = MODEL.partition("pydantic_core")[0]
    library = frames.replace('data["token"]', "user()") + "KeyError: 'xid'\n"
    library = library.replace("Token(", "get(")
    assert recording.missing_in_token(library, "lamp") == {}
    assert recording.missing_in_token(MODEL, "lamp") == {"user_id": "{id}", "region": "{name}"}
    assert recording.missing_in_token(LOG, "lamp") == {"user_id": "{id}"}
    assert recording.missing_in_token(LOG, "lantern") == {}
    assert recording.missing_in_token(LOG.replace("user_id", "refresh_token"), "lamp") == {}
