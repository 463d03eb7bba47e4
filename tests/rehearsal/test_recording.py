"""What code looks up in an answer that was made up becomes a response that has it."""

from __future__ import annotations

import copy
import importlib.util
import json
from datetime import date, datetime
from enum import Enum, IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import appcred
from appcred.rehearsal import recording
from appcred.rehearsal.recording import Recorder, Request
from appcred.rehearsal.vendor import Account, Answer, Vendor, filled

if TYPE_CHECKING:
    from collections.abc import Callable

ADA = Account("1001", "Ada", "ada@example.com")
BOB = Account("1002", "Bob", "bob@example.com")
LOOKUPS = Path(appcred.__file__).parent / "rehearsal/payload/transport/appcred_lookups.py"


class Code:
    """Code in Home Assistant's process, which reads what the recorder answers."""

    def __init__(self, folder: Path) -> None:
        spec = importlib.util.spec_from_file_location("appcred_lookups", LOOKUPS)
        assert spec is not None
        assert spec.loader is not None
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        self.file = folder / "lookups"
        self.recorder = Recorder(self.file)
        self.loads = self.module._readable(self._report, json.loads)

    def _report(self, line: dict[str, Any]) -> None:
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def get(self, account: Account = ADA, url: str = "https://a.example/me") -> Any:
        request = Request("GET", url, {}, {})
        return self.loads(filled(self.recorder.answer(request), account))

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
def test_what_is_looked_up(read: Callable[[Any], None], learnt: Any, tmp_path: Path) -> None:
    code = Code(tmp_path)
    read(code.get())
    assert code.learnt == learnt


def test_what_a_library_refuses_gets_the_type_that_it_wants(tmp_path: Path) -> None:
    code = Code(tmp_path)
    made = code.get()
    assert (str(made["moment"]), made["rooms"][0]["reading"]) == ("moment", "reading")
    assert made["kind"] == "camera"
    said = "x.InvalidFieldValue: Field \"{}\" of type {} in Room has invalid value '{}'\n"
    log = (
        said.format("at", "datetime", "moment")
        + said.format("r", "Optional[float]", "reading")
        + said.format("kind", "int", "camera")
        + said.format("other", "Shape", "other")
    )
    (learnt,) = code.recorder.learnt(log)
    assert recording.content(learnt["node"]) == {
        "moment": "2026-01-01T00:00:00+00:00",
        "rooms": [{"reading": 21.5}],
        "kind": "camera",
    }


def test_the_next_answer_has_what_was_learnt(tmp_path: Path) -> None:
    code = Code(tmp_path)
    first = code.get()
    assert first["status"] == "ready"
    assert int(first["rooms"][0]["level_of"]) == 21
    second = code.get(BOB)
    assert dict(second)["status"] == "ready"
    assert type(second["rooms"][0]["level_of"]) is int
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


def test_a_response_is_what_was_asked_and_read() -> None:
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


def test_a_key_that_the_integration_missed_is_one_of_the_token() -> None:
    assert recording.missing_in_token(LOG, "lamp") == {"user_id": "{id}"}
    assert recording.missing_in_token(LOG, "lantern") == {}
    assert recording.missing_in_token(LOG.replace("user_id", "refresh_token"), "lamp") == {}
