"""Files of canned responses: what they may hold, and the sentence for what they may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appcred.rehearsal.vendor import Account, ResponsesError, Terms, Vendor, Yaml, filled, load

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
provider:
  scopes: [read, write]
  scope_separator: ","
  token_auth: basic
  pkce: true
  authorize_parameters: {access_type: offline, version: 2}
  claims: {uid: "{id}"}
  token: {user: "{name}"}
accounts:
  first: {id: 1}
  second: {name: Zed}
answers:
  - url: https://api.example.com/v1/*
    method: post
    status: 201
    headers: {X-Version: 3}
    json: {who: "{email}", list: ["{id}", 5]}
    scopes: [read]
  - {url: "https://api.example.com/open?x=1", text: "hello {name}", public: true}
errors: {401: {code: 7}, 500: Oh}
forms:
  folder: {name: Home}
yaml:
  section: {clients: [{key: "{client_id}"}]}
  auth_implementation: of_old
"""


def written(folder: Path, text: str, name: str = "responses.yml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_a_vendor_knows_every_scope_and_answers_nothing() -> None:
    vendor = load(None)
    assert vendor == Vendor()
    assert vendor.terms.scopes is None
    assert vendor.answer("GET", "https://example.com") is None


def test_everything_a_file_can_say(tmp_path: Path) -> None:
    vendor = load(written(tmp_path, WHOLE))
    assert vendor.errors == {401: {"code": 7}, 500: "Oh"}
    assert vendor.terms == Terms(
        ("read", "write"),
        ",",
        "basic",
        True,
        {"access_type": "offline", "version": "2"},
        {"uid": "{id}"},
        {"user": "{name}"},
    )
    assert vendor.first.id == "1"
    assert vendor.first.name == Vendor().first.name
    assert vendor.second.name == "Zed"
    assert vendor.forms == {"folder": {"name": "Home"}}
    assert vendor.yaml == Yaml({"clients": [{"key": "{client_id}"}]}, "of_old")
    found = vendor.answer("POST", "https://api.example.com/v1/me?expand=all")
    assert found is not None
    assert (found.status, found.headers, found.scopes) == (201, {"X-Version": "3"}, ("read",))
    assert vendor.answer("GET", "https://api.example.com/v1/me") is None
    assert vendor.answer("GET", "https://api.example.com/open") is None
    public = vendor.answer("GET", "https://api.example.com/open?x=1")
    assert public is not None
    assert public.public


def test_json_is_read_too(tmp_path: Path) -> None:
    path = written(tmp_path, '{"answers": [{"url": "https://a.example/x"}]}', "r.json")
    assert load(path).answers[0].body == ""
    assert load(written(tmp_path, "")) == Vendor()


def test_data_is_filled_in_at_every_depth() -> None:
    account = Account("7", "Ada", "a@b.example")
    value = {"a": ["{id}-{name}", {"b": "{email}"}], "c": 3, "d": "{other}"}
    assert filled(value, account) == {"a": ["7-Ada", {"b": "a@b.example"}], "c": 3, "d": "{other}"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "the file must be a table"),
        ("{", "neither JSON nor YAML"),
        ("surprise: 1", "unknown key 'surprise'"),
        ("provider: {scope: x}", "unknown key 'scope'"),
        ("provider: {scopes: read}", "provider.scopes must be a list of strings"),
        (
            "provider: {token_auth: digest}",
            "provider.token_auth must be any, body, basic or both",
        ),
        ("provider: {pkce: 1}", "provider.pkce must be true or false"),
        ("provider: {scope_separator: ''}", "provider.scope_separator must be a text"),
        ("provider: {claims: [1]}", "provider.claims must be a table"),
        ("accounts: {third: {}}", "unknown key 'third'"),
        ("answers: {}", "answers must be a list"),
        ("answers: [{url: /me}]", "answers[0].url must be a URL"),
        ("answers: [{}]", "answers[0].url must be a URL"),
        ("answers: [{url: 'https://a', status: ok}]", "answers[0].status must be a number"),
        ("answers: [{url: 'https://a', json: 1, text: x}]", "either json or text, not both"),
        ("answers: [{url: 'https://a', scopes: x}]", "answers[0].scopes must be a list"),
        ("errors: [401]", "errors must be a table of bodies by status, such as 401"),
        ("errors: {200: x}", "errors must be a table of bodies by status, such as 401"),
        ("forms: {folder: 1}", "forms.folder must be a table"),
        ("yaml: {client_id: x}", "yaml has the unknown key 'client_id'; known: section, auth"),
        ("yaml: {section: {id: x}}", "yaml.section must be a table or a list with {client_id}"),
        ("yaml: {section: '{client_id}'}", "yaml.section must be a table or a list"),
        ("yaml: {auth_implementation: 1}", "yaml.auth_implementation must be a text"),
    ],
)
def test_errors_in_a_responses_file_are_named(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ResponsesError) as caught:
        load(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ResponsesError, match="cannot be read: No such file"):
        load(tmp_path / "none.yml")
    path = tmp_path / "binary.yml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ResponsesError, match="neither JSON nor YAML"):
        load(path)


def test_a_response_can_ask_for_a_query_and_a_body(tmp_path: Path) -> None:
    """As for vendors that have one address for everything."""
    text = """
answers:
  - {url: "https://a.example/api", method: POST, body: {action: getdevice}, json: device}
  - {url: "https://a.example/api", method: POST, body: {action: "get*", page: {nr: 2}}, json: page}
  - {url: "https://a.example/api", query: {kind: "m*"}, json: query}
  - {url: "https://a.example/[x]?", json: odd}
"""
    vendor = load(written(tmp_path, text))
    url = "https://a.example/api"

    def said(method: str, url: str, body: str = "") -> object:
        found = vendor.answer(method, url, body)
        return found and found.body

    assert said("POST", url, "action=getdevice&nonce=5") == "device"
    assert said("POST", url, '{"action": "getmeas", "page": {"nr": 2, "of": 3}}') == "page"
    assert said("POST", url, '{"action": "getmeas", "page": {"nr": 3}}') is None
    assert said("POST", url, '["action"]') is None
    assert said("POST", url) is None
    assert said("GET", f"{url}?kind=meas&x=1") == "query"
    assert said("GET", url) is None
    assert said("GET", "https://a.example/[x]?") == "odd", "only * stands for anything"
    assert said("GET", "https://a.example/x?a") is None
