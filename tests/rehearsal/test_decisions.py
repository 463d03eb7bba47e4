"""What a stage makes of each way in which Home Assistant can answer.

That real integrations bring Home Assistant to answer so is shown by the broken ones; here its
answers are written down, so that every decision is met, also those that need a rare fault.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from appcred.rehearsal import play as plays
from appcred.rehearsal import runner, verdict
from appcred.rehearsal.configuration import Configuration
from appcred.rehearsal.environment import Environment
from appcred.rehearsal.flows import answer_of, ending
from appcred.rehearsal.homeassistant import CommandError, SilenceError, StatusError
from appcred.rehearsal.log import records
from appcred.rehearsal.placeholders import YamlSection
from appcred.rehearsal.play import Credential, Play
from appcred.rehearsal.provider import Client, Provider, TokenRequest
from appcred.rehearsal.stage import FailedError, Outcome, Result, Stage, UnreachableError
from appcred.rehearsal.stages import STAGES, running
from appcred.rehearsal.subject import Subject
from appcred.rehearsal.traffic import ApiRequest, Traffic
from appcred.rehearsal.vendor import Terms, Vendor, Yaml

if TYPE_CHECKING:
    from pathlib import Path

BASE = "http://127.0.0.1:1"
URL = (
    "https://vendor.example/auth?response_type=code&client_id=c&state=s"
    "&redirect_uri=https://my.home-assistant.io/redirect/oauth"
)
EXTERNAL = {"type": "external", "flow_id": "f", "url": URL}
FORM = {"type": "form", "flow_id": "f", "step_id": "extra", "data_schema": []}
MENU = {"type": "menu", "flow_id": "f", "step_id": "way", "menu_options": []}
ASKS = {**FORM, "data_schema": [{"name": "serial", "required": True}]}
MADE = {"type": "create_entry", "flow_id": "f", "result": {"entry_id": "e"}}
TOKEN = {"access_token": "a", "refresh_token": "r"}
ENTRY = {
    "title": "Ada",
    "unique_id": "account-1",
    "state": "loaded",
    "reason": None,
    "data": {"auth_implementation": "one", "token": TOKEN},
    "options": {},
    "setups": 1,
}
LISTED = {"entry_id": "e", "supports_reconfigure": True}
REAUTH = {"flow_id": "f", "handler": "x", "context": {"source": "reauth"}}
ASKED = ApiRequest("GET https://api.example/me", "account-1", is_valid=True)
STALE = ApiRequest("GET https://api.example/me", "account-1", is_valid=False)
UNSIGNED = ApiRequest("GET http://device.example/state", "", is_valid=False, is_signed=False)
OF_ANOTHER = ApiRequest("GET https://api.example/me", "account-2", is_valid=True)
EXCHANGED = TokenRequest("authorization_code", "body", frozenset(), 200, "")
REFRESHED = TokenRequest("refresh_token", "body", frozenset(), 200, "")


def abort(reason: str) -> dict[str, Any]:
    return {"type": "abort", "flow_id": "f", "reason": reason}


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait for what does not come."""
    monkeypatch.setattr(verdict, "_LOG_PATIENCE", 1)
    monkeypatch.setattr(plays, "_SECONDS_FOR_A_FLOW", 0.3)
    monkeypatch.setattr(plays, "_SECONDS_FOR_A_SETUP", 0.3)
    monkeypatch.setattr(running, "_SECONDS_TO_END", 0.6)
    monkeypatch.setattr(running, "_QUIET", 0.01)


class Home:
    """Home Assistant's interfaces, with the answers that a test has written down."""

    def __init__(self, folder: Path, answers: dict[str, Any]) -> None:
        self.configuration = Configuration(folder, 1)
        self.answers: dict[str, Any] = {
            "start": EXTERNAL,
            "see": [MADE],
            "answer": EXTERNAL,
            "entry": ENTRY,
            "entries": [[LISTED]],
            "flows": [],
            "callback": 200,
            "credentials": [{"id": "one", "domain": "x", "client_id": "c", "client_secret": "k"}],
            "config": {"domains": ["x"], "integrations": {"x": {}}},
            "issues": {"issues": []},
            "texts": {"resources": {}},
            "use": {"sessions": 1, "errors": []},
            "poke": [[ASKED]],
            "left": [{"running": [], "entities": []}],
            "states": [[{"entity_id": "sensor.x", "state": "1"}]],
            "devices": [[]],
            **answers,
        }
        self.requests: list[TokenRequest] = []
        self.said = answers.get("log", "")
        self.traffic: Traffic
        self.is_running = True
        self.secrets: set[str] = set()

    def take(self, key: str) -> Any:
        found = self.answers[key]
        if isinstance(found, Exception):
            raise found
        if isinstance(found, list) and found and not isinstance(found[0], str):
            return found.pop(0) if len(found) > 1 else found[0]
        return found

    async def request(self, method: str, path: str, _data: Any = None) -> Any:
        if path.endswith("/reload"):
            self.requests.extend(self.answers.get("reload", [REFRESHED]))
            return None
        if path == "/api/states":
            return self.take("states")
        if "/entry" in path:
            return self.take("entries") if method == "GET" else None
        if method == "POST" and path.endswith("/flow"):
            self.answers["credentials"] += self.answers.pop("brought", [])
            return self.take("start")
        if method == "POST":
            return self.take("answer")
        return self.take("see") if method == "GET" else None

    async def command(self, kind: str, **_: Any) -> Any:
        match kind:
            case "appcred_probe/entry":
                return self.take("entry")
            case "appcred_probe/use":
                self.requests.extend(self.answers.get("used", [REFRESHED]))
                return self.take("use")
            case "appcred_probe/poke":
                self.traffic.requests.extend(self.take("poke"))
                self.requests.extend(self.answers.get("poked", []))
                self.said += self.answers.get("logs", "")
            case "appcred_probe/left":
                return self.take("left")
            case "config/device_registry/list":
                return self.take("devices")
            case "config_entries/flow/progress":
                return self.take("flows") if self.answers["flows"] else []
            case "application_credentials/list":
                return self.answers["credentials"]
            case "application_credentials/create":
                return self.take("create") if "create" in self.answers else {"id": "two"}
            case "application_credentials/config":
                return self.take("config")
            case "repairs/list_issues":
                return self.take("issues")
            case "frontend/get_translations":
                return self.take("texts")
        return None

    async def callback(self, _: str) -> int:
        self.requests.extend(self.answers.get("exchanged", [EXCHANGED]))
        return int(self.answers["callback"])

    async def start(self) -> None:
        if waiting := self.answers.get("at_starts"):
            self.answers["credentials"] = waiting.pop(0)
        self.requests.extend(self.answers.get("started", [REFRESHED]))

    async def stop(self) -> None:
        """Nothing runs."""

    async def finished_log(self) -> str:
        return self.log()

    def log(self) -> str:
        return self.said

    def last_error(self) -> str:
        return "an error"


def play_of(folder: Path, answers: dict[str, Any]) -> Play:
    """Return what a stage has at hand, over written answers."""
    folder.mkdir(exist_ok=True)
    home = Home(folder, answers)
    provider = Provider(answers.get("terms", Terms()))
    provider.requests = home.requests
    good = answers.get("good", True)
    provider.accepts = lambda _: good  # type: ignore[method-assign]
    client = Client("c", "k", (home.configuration.redirect_uri,))
    provider.register(client)
    subject = Subject(folder / "source", "x", "X", (), (), ("custom_components.x",))
    env = Environment(folder, answers.get("release", "2026.10.4"))
    home.traffic = Traffic(provider)
    gateway = SimpleNamespace(
        break_silence=lambda: None,
        unanswered=[],
        answered=0,
        addresses=set(),
        profile=None,
        traffic=home.traffic,
        recorder=None,
    )
    play = Play(subject, env, home, provider, gateway, answers.get("vendor", Vendor()))  # type: ignore[arg-type]
    (folder / "source").mkdir()
    (folder / "source" / "api.py").write_text(answers.get("source", ""), encoding="utf-8")
    play.section = answers.get("section", YamlSection())
    play.credentials = [] if answers.get("none") else [Credential("one", "one", client)]
    play.entry_id = answers.get("entry_id", "e")
    storage = {
        "core.config_entries": {"data": {"entries": [{"entry_id": "e", "data": ENTRY["data"]}]}},
        "application_credentials": {"data": {"items": home.answers["credentials"]}},
    }
    for key, content in storage.items():
        home.configuration.store(key, content)
    (folder / "configuration.yaml").write_text("", encoding="utf-8")
    return play


def played(folder: Path, name: str, **answers: Any) -> str:
    """Run one stage over written answers."""
    stage = next(found for found in STAGES if found.name == name)
    return asyncio.run(stage.run(play_of(folder, answers)))


def entry(**changes: Any) -> dict[str, Any]:
    return {**ENTRY, **changes}


def listed(value: Any) -> list[Any]:
    """Return an answer that is given every time."""
    return [value]


READS = YamlSection({"client_id": "{client_id}"}, "")
LISTS = YamlSection({"clients": [{"id": "{client_id}"}]}, "")
ISSUE = {"domain": "x", "issue_id": "old", "translation_key": "old", "is_fixable": False}
TOLD = {
    "issues": {"issues": [ISSUE]},
    "texts": {
        "resources": {
            "component.x.issues.old.title": "Old",
            "component.x.issues.old.description": "It is old",
        }
    },
}
IMPORTED = {"id": "one", "domain": "x", "client_id": "c", "auth_domain": "other"}
OFF = entry(state="not_loaded")
OTHER_TOKEN = entry(data={"auth_implementation": "one", "token": {"access_token": "b"}})
BY_DOMAIN = entry(data={"auth_implementation": "x", "token": TOKEN})
RENEWED = entry(data={"auth_implementation": "one", "token": {**TOKEN, "refresh_token": "n"}})
SECRET = {
    "auth_implementation": "one",
    "token": {"access_token": "a-token", "refresh_token": "r-token"},
}
_LINE = "2026-11-30 10:00:00.000 {} (MainThread) [{}] {}\n"
COMPLAINT = (
    _LINE.format("INFO", "homeassistant.setup", "x has already been setup!")
    + _LINE.format(
        "ERROR",
        "homeassistant",
        "Config entry A (01M8NQ1WMZHMSBM88803ZBKVZB) for x.sensor has already been setup!",
    )
    + _LINE.format(
        "WARNING",
        "homeassistant.util.loop",
        "Detected blocking call to open inside the "
        "event loop by custom integration 'x' at custom_components/x/a.py, line 9: open(), please "
        "create a bug report",
    )
    + _LINE.format("WARNING", "other", "Detected blocking call of custom integration 'y'")
)
UNCLOSED = (
    _LINE.format("ERROR", "homeassistant", "Error doing job: Unclosed client session (task: None)")
    + _LINE.format(
        "WARNING",
        "homeassistant.util.loop",
        "Detected blocking call to open by integration 'cloud' at /env/x/y.py, line 9 (x offends)",
    )
    + _LINE.format(
        "WARNING",
        "homeassistant.util.loop",
        "Detected blocking call to open by custom integration 'x' at custom_components/x/a.py, "
        "line 9 (offender: /appcred/rehearsal/payload/transport/appcred_lookups.py, line 338)",
    )
)
LOST = _LINE.format(
    "WARNING",
    "custom_components.appcred_probe.running",
    "A client session was never closed; it was made at /c/custom_components/x/lib.py, line 4",
)
NOTHING: dict[str, Any] = {"running": [], "entities": []}


def unloads() -> dict[str, Any]:
    """Return the entry as it is unloaded and set up, two times."""
    off = entry(state="not_loaded")
    return {"entry": [ENTRY, off, *[ENTRY] * 2, off, *[ENTRY] * 2]}


UNEXPECTED = """\
2026-11-30 10:00:00.000 ERROR (MainThread) [custom_components.x] Unexpected error fetching x data
Traceback (most recent call last):
  File "/c/custom_components/x/api.py", line 7, in get
    raise RuntimeError
RuntimeError
"""
UNREAD = UNEXPECTED.replace(
    "RuntimeError\n",
    """await vendor.get()
  File "/env/lib/python3.14/site-packages/vendor/client.py", line 3, in get
    raise Refused.from_dict(answer["error"])
  File "<string>", line 4, in __mashumaro_from_dict__
ValueError: Argument for vendor.Refused.__mashumaro_from_dict__ method should be a dict instance
""",
).replace("    raise await", "    await")
MISSED = UNREAD.replace("ValueError: Argument", "vendor.MissingField: Argument").replace(
    "Argument for vendor.Refused.__mashumaro_from_dict__ method should be a dict instance",
    'Field "items" of type list[Thing] is missing in Things instance',
)
FAILS: list[tuple[str, dict[str, Any], str]] = [
    ("platform", {"config": CommandError("c", "unknown_error", "m")}, "list of integrations"),
    ("no-credential", {"credentials": [], "start": FORM, "none": True}, "sent the user to the"),
    ("one-credential", {"start": abort("x")}, "with one credential the flow aborted with x"),
    ("two-credentials", {"start": abort("x")}, "with two credentials the flow aborted"),
    ("authorize-url", {"start": abort("x")}, "instead of opening the vendor's page"),
    (
        "authorize-url",
        {"start": {**EXTERNAL, "url": "http://v.example/?client_id=z"}},
        "response_type is None, not 'code'; client_id is not the credential's; redirect_uri is",
    ),
    ("denied", {"start": abort("x")}, "instead of opening"),
    ("denied", {}, "after the user denied, the flow created an entry"),
    ("denied", {"callback": 500}, "Home Assistant answered 500 when the vendor redirected"),
    ("denied", {"start": {**EXTERNAL, "url": "https://v.example/?client_id=z"}}, "vendor's page"),
    ("malformed-token", {}, "an entry was created from a response that is not JSON"),
    (
        "malformed-token",
        {"see": listed(abort("already_configured"))},
        "with a response that is not JSON, the flow aborted with already_configured",
    ),
    ("denied", {"see": listed(abort("unknown"))}, "denied, the flow aborted with unknown"),
    ("same-account", {"start": abort("unknown"), "see": []}, "the flow aborted with unknown"),
    ("token-without-expiry", {"entry": entry(state="setup_error")}, "an entry was created from"),
    ("code-exchange", {"exchanged": [], "see": listed(abort("x"))}, "no token was requested"),
    ("code-exchange", {"see": listed(abort("x"))}, "and then the flow aborted with x"),
    ("entry", {"entry": entry(state="setup_error", reason="why")}, "state setup_error: why"),
    ("entry", {"entry": entry(title=" ")}, "the entry has no title"),
    ("same-account", {"see": listed({"type": "other", "flow_id": "f"})}, "showed other"),
    (
        "same-account",
        {"start": abort("already"), "entries": [[LISTED, LISTED]]},
        "more than one entry",
    ),
    (
        "refresh",
        {"reload": [EXCHANGED]},
        "the vendor received a request with the grant authorization_code",
    ),
    (
        "refresh",
        {"reload": [TokenRequest("refresh_token", "body", frozenset(), 400, "no")]},
        "refused the refresh with 400: no",
    ),
    ("refresh", {}, "the new token was not stored"),
    (
        "refresh-once",
        {"used": [REFRESHED], "use": {"sessions": 1, "errors": ["Boom"]}},
        "1 of 20 calls failed: Boom",
    ),
    (
        "rotated-refresh-token",
        {"reload": [TokenRequest("refresh_token", "body", frozenset(), 400, "no")]},
        "the first refresh was refused with 400: no",
    ),
    ("refresh-500", {"flows": [[REAUTH], [], [REAUTH], []]}, "the user is asked to sign in again"),
    ("refresh-400", {}, "the user is not asked to sign in"),
    ("reauth", {"flows": [[], [REAUTH]], "see": [FORM, MADE]}, "created a second entry"),
    ("reauth", {"flows": [[], [REAUTH]], "see": [abort("x")]}, "the flow aborted with x"),
    (
        "reauth",
        {"flows": [[], [REAUTH]], "see": [EXTERNAL, abort("other")]},
        "with the same account, the flow aborted with other",
    ),
    (
        "reauth-other-account",
        {"flows": [[], [REAUTH]], "see": [EXTERNAL, abort("reauth_successful")]},
        "with another account, the flow aborted with reauth_successful",
    ),
    ("reconfigure", {"see": listed(abort("done"))}, "the flow aborted with done"),
    ("reconfigure", {"see": listed(MADE)}, "reconfiguring with the same account, the flow created"),
    (
        "reconfigure",
        {"see": listed(abort("reconfigure_successful")), "entries": [[LISTED], [LISTED] * 2]},
        "second entry",
    ),
    ("reconfigure-other-account", {}, "reconfiguring with another account created a second entry"),
    ("restart", {"flows": [[REAUTH]]}, "the user is asked to sign in again"),
    ("provider-down", {"flows": [[REAUTH]]}, "the vendor was down, but the user is asked"),
    (
        "provider-down",
        {"entry": [ENTRY, entry(state="setup_error")]},
        "the entry is in the state setup_error",
    ),
    ("credential-gone", {"credentials": []}, "but the entry still loads"),
    (
        "credential-gone",
        {
            "credentials": [],
            "entry": [ENTRY, entry(state="setup_error")],
            "flows": [[REAUTH]],
            "see": [abort("other")],
        },
        "signing in again, the flow aborted with other",
    ),
    (
        "yaml",
        {"section": READS, "credentials": []},
        '0 credentials were imported instead of one, with the section {"client_id": "{client_id}"}',
    ),
    (
        "yaml",
        {"vendor": Vendor(yaml=Yaml({"password": "p", "id": "{client_id}"})), "credentials": []},
        "0 credentials were imported instead of one, with the section of the responses file",
    ),
    (
        "yaml",
        {"section": READS, "at_starts": [[IMPORTED], [IMPORTED, IMPORTED]]},
        "a second start imported the credential again",
    ),
    (
        "yaml",
        {"section": READS, "reload": [TokenRequest("refresh_token", "body", frozenset(), 400, "")]},
        "an entry created with the YAML credential cannot refresh its token",
    ),
    ("yaml", {"section": READS}, "no repair issue was created"),
    ("yaml", {"section": LISTS, "credentials": [IMPORTED]}, "no repair issue was created"),
    (
        "yaml",
        {"section": READS, "issues": {"issues": [ISSUE]}},
        "the repair issue 'old' has no text (issues.old.title); the repair issue 'old' has no text",
    ),
    (
        "yaml",
        {
            **TOLD,
            "section": READS,
            "credentials": [IMPORTED],
            "entry": [ENTRY, entry(state="setup_error")],
        },
        "stores 'x' does not load: the import stores the credential as 'other'; if entries from",
    ),
    ("unload", {"entry": [ENTRY, entry(state="failed_unload")]}, "failed_unload"),
    ("unrotated-refresh-token", {"entry": [ENTRY, ENTRY, ENTRY, OTHER_TOKEN]}, "lost the old one"),
    (
        "unrotated-refresh-token",
        {"reload": [TokenRequest("refresh_token", "body", frozenset(), 400, "no")]},
        "refused the refresh with 400: no",
    ),
    ("running-expired", {"poke": [[ASKED], [STALE]]}, "it keeps the access token from its setup"),
    (
        "running-expired",
        {"poke": [[ASKED], [STALE]], "poked": [REFRESHED]},
        "the token was refreshed, but GET https://api.example/me was sent with the old one",
    ),
    (
        "running-expired",
        {"poked": [REFRESHED], "entry": [ENTRY, ENTRY, entry(setups=2)]},
        "its update listener also reacts",
    ),
    ("running-revoked", {}, "the user is not asked to sign in again"),
    ("api-401", {}, "the API answered 401 while it was running: the entry is in the state loaded"),
    ("api-500", {"flows": [[REAUTH]]}, "the user is asked to sign in again"),
    ("api-403", {"logs": UNEXPECTED}, "an exception was not handled"),
    ("api-timeout", {"entry": [ENTRY, entry(state="setup_error")]}, "the API did not answer"),
    (
        "api-429",
        {"entry": [ENTRY, ENTRY, ENTRY, entry(state="setup_error")]},
        "when the vendor worked again",
    ),
    ("second-account", {"see": [abort("unknown")]}, "the flow aborted with unknown"),
    (
        "second-account",
        {"entry": [ENTRY, ENTRY, entry(state="setup_error")]},
        "the entry of another account is in the state setup_error",
    ),
    ("second-account", {"poke": [[OF_ANOTHER]]}, "an entry uses the other one's token"),
    (
        "second-account",
        {
            "poke": [[ASKED], [OF_ANOTHER], []],
            "entry": [*[ENTRY] * 7, *[OFF] * 2, entry(state="setup_error")],
        },
        "after the other entry was disabled",
    ),
    (
        "second-account",
        {
            "poke": [[]],
            "entry": [
                *[ENTRY] * 2,
                OFF,
                *[ENTRY] * 4,
                *[OFF] * 2,
                ENTRY,
                entry(state="failed_unload"),
                ENTRY,
            ],
        },
        "the first one can no longer be unloaded",
    ),
    (
        "nothing-left",
        {**unloads(), "left": [{"running": [], "entities": ["sensor.x"]}]},
        "sensor.x still exist",
    ),
    (
        "nothing-left",
        {**unloads(), "left": [NOTHING, {"running": [["task", "a.py", 3]], "entities": []}]},
        "a task from a.py:3 remains, one more after each reload",
    ),
    ("no-refresh-token", {"see": listed({**MADE, "type": "other"})}, "the flow showed other"),
    ("no-refresh-token", {"entry": entry(state="setup_error")}, "its state is setup_"),
    ("shown-secrets", {"entry": entry(title="with r-token", data=SECRET)}, "the entry's title"),
    (
        "shown-secrets",
        {"states": [[{"entity_id": "sensor.x", "state": "r-token"}]], "entry": entry(data=SECRET)},
        "sensor.x.state",
    ),
    (
        "shown-secrets",
        {"devices": [[{"config_entries": ["e"], "name": "r-token"}]], "entry": entry(data=SECRET)},
        "device .name",
    ),
    ("removal", {"entries": listed([LISTED])}, "the entry still exists"),
    ("removal", {"entries": listed([]), "flows": [[REAUTH]]}, "a flow of the entry still exists"),
]
UNREACHED: list[tuple[str, dict[str, Any], str]] = [
    ("description", {"config": {"domains": [], "integrations": {}}}, "no description"),
    (
        "description",
        {"config": {"integrations": {"x": {"description_placeholders": {"a": "b"}}}}},
        "the placeholders a are not used",
    ),
    ("no-credential", {}, "a built-in client"),
    ("code-exchange", {"see": listed(ASKS)}, "the step extra asks for serial; enter it"),
    ("refresh", {"reload": [], "used": []}, "requests no token when it is set up"),
    ("refresh", {"entry_id": ""}, "there is no entry"),
    ("entry", {"entry": entry(state="setup_in_progress")}, "did not end within 0.3 seconds"),
    ("refresh-once", {"use": {"sessions": 0, "errors": []}, "used": []}, "has no OAuth2Session"),
    ("reconfigure", {"entries": listed([{"entry_id": "e"}])}, "has no reconfigure step"),
    ("reconfigure", {"start": ASKS}, "asks for serial; enter it in the responses file"),
    ("reconfigure", {"start": abort("reconfigure_successful")}, "does not open the vendor's page"),
    ("malformed-token", {"see": listed(ASKS)}, "the step extra asks for serial"),
    ("denied", {"start": MENU, "answer": MENU}, "the step way asks for next_step_id"),
    ("denied", {"see": listed({**FORM, "errors": {"base": "no"}})}, "refuses the input"),
    (
        "denied",
        {"see": listed(abort("already_in_progress"))},
        "another flow of the integration is still open",
    ),
    (
        "reconfigure-other-account",
        {"see": listed(abort("already_configured"))},
        "both accounts have the same unique ID",
    ),
    (
        "reauth-other-account",
        {"entry": entry(unique_id="same"), "flows": [[], [REAUTH]], "see": [EXTERNAL]},
        "does not depend on the account",
    ),
    (
        "reauth-other-account",
        {"entry": entry(unique_id="x"), "flows": [[], [REAUTH]], "see": [EXTERNAL]},
        "does not identify the account",
    ),
    ("running-expired", {"poke": listed([])}, "cannot make the running integration call its API"),
    ("running-expired", {"poke": [[ASKED], []]}, "made no request"),
    (
        "running-expired",
        {"poke": [[ASKED], [STALE]], "source": "lib.Client(token, expires_at)"},
        "may check its time",
    ),
    ("running-revoked", {"poke": listed([])}, "cannot make the running integration call its API"),
    (
        "running-revoked",
        {"poke": listed([UNSIGNED])},
        "cannot make the running integration call its API",
    ),
    (
        "running-revoked",
        {"poke": [[ASKED], []]},
        "after access was revoked, the running integration",
    ),
    (
        "running-expired",
        {"poke": listed([UNSIGNED])},
        "cannot make the running integration call its API",
    ),
    ("api-401", {"poke": listed([UNSIGNED])}, "cannot make the running integration call its API"),
    ("api-401", {"terms": Terms(token_wrapped="body")}, "in the body of its response"),
    ("api-429", {"terms": Terms(token_wrapped="body")}, "in the body of its response"),
    ("credential-gone", {"entry": entry(data={"host": "h"})}, "names no credential, and needs"),
    ("api-500", {"poke": listed([])}, "cannot make the running integration call its API"),
    ("second-account", {"see": [abort("single_instance_allowed")]}, "one account only"),
    ("second-account", {"see": [abort("already_configured")]}, "have the same unique ID"),
    (
        "nothing-left",
        {"entry": [ENTRY, entry(state="failed_unload")]},
        "the entry cannot be unloaded: failed_unload",
    ),
    (
        "nothing-left",
        {"entry": [ENTRY, entry(state="not_loaded"), entry(state="setup_error")]},
        "after it was set up again the entry is in the state setup_error",
    ),
    ("no-refresh-token", {}, "end the flow with a reason in async_oauth_create_entry"),
    ("provider-down", {"started": []}, "requests no token when Home Assistant starts"),
    ("credential-gone", {}, "imports its own credential again"),
    ("credential-gone", {"credentials": [], "started": [], "reload": []}, "never refreshes"),
    ("yaml", {}, "imports no credentials from YAML"),
    ("yaml", {"section": YamlSection(unknown="it is too much")}, "it is too much"),
    (
        "yaml",
        {**TOLD, "section": LISTS, "credentials": [IMPORTED]},
        "all but one step passed: cannot tell which name entries store for a client of the list",
    ),
    (
        "restart",
        {"good": False, "start": abort("x")},
        "the entry could not be added again: the flow aborted with x",
    ),
    (
        "restart",
        {"good": False, "entry": entry(state="setup_error")},
        "the entry was added again and is in the state setup_error",
    ),
]
PASSES: list[tuple[str, dict[str, Any], str]] = [
    (
        "one-credential",
        {
            "credentials": [],
            "none": True,
            # It comes as the first flow sets the integration up; another would be one too many.
            "brought": [{"id": "one", "domain": "x", "client_id": "c"}],
            "create": CommandError("c", "no", "m"),
        },
        "opens the vendor's page",
    ),
    ("denied", {"see": listed(abort("user_rejected_authorize"))}, "user_rejected_authorize"),
    (
        "code-exchange",
        {
            "start": {
                **FORM,
                "data_schema": [
                    {"name": "client_id", "required": True},
                    {"name": "client_secret", "required": True},
                ],
            }
        },
        "an entry was created",
    ),
    ("token-without-expiry", {}, "works without expires_in"),
    (
        "code-exchange",
        {"see": [{"type": "external_done"}, {"type": "progress"}, MADE]},
        "was created",
    ),
    (
        "code-exchange",
        {
            "see": [ASKS],
            "answer": MADE,
            "vendor": Vendor(forms={"extra": {"serial": "7"}}),
        },
        "an entry was created",
    ),
    (
        "code-exchange",
        {"see": [{**FORM, "data_schema": [{"name": "size", "default": 1}]}], "answer": MADE},
        "an entry was created",
    ),
    ("entry", {"entry": entry(unique_id=None)}, "with no unique ID"),
    ("entry", {"entry": entry(data={"host": "h"})}, "the user signs in only to add it"),
    ("restart", {"good": False, "entry": entry(data={"host": "h"})}, "the entry loads"),
    (
        "one-credential",
        {"credentials": [], "none": True, "start": {**FORM, "step_id": "pick_implementation"}},
        "several clients of its own",
    ),
    ("same-account", {"see": listed(abort("reauth_successful"))}, "with reauth_successful"),
    (
        "reauth",
        {
            "flows": [[], [REAUTH]],
            "see": [EXTERNAL, abort("renewed")],
            "entry": [*[ENTRY] * 7, RENEWED],
        },
        "then aborted with renewed",
    ),
    (
        "api-500",
        {"logs": UNEXPECTED, "log": UNEXPECTED},
        "the API answered 500 while it was running",
    ),
    (
        "nothing-left",
        {
            **unloads(),
            "left": [NOTHING, {"running": [["task", "a.py", 3]], "entities": []}, NOTHING],
        },
        "session or entity of the entry remains",
    ),
    (
        "credential-gone",
        {
            "credentials": [],
            "release": "2025.4.4",
            "entry": [ENTRY, entry(state="setup_retry")],
        },
        "this release of Home Assistant cannot tell why",
    ),
    (
        "credential-gone",
        {
            "credentials": [],
            "entry": [
                *[BY_DOMAIN] * 2,
                *[entry(state="setup_error")] * 3,
                BY_DOMAIN,
            ],
            "flows": [[REAUTH]],
            "see": [abort("missing_credentials")],
        },
        "one of the same name, the entry loads",
    ),
    ("refresh-once", {}, "refreshed the token once"),
    ("unrotated-refresh-token", {}, "kept the old one"),
    ("running-expired", {"poked": [REFRESHED]}, "refreshed it with 1 request and used"),
    ("running-revoked", {"flows": [[REAUTH]]}, "the user is asked to sign in"),
    ("api-401", {"flows": [[REAUTH]]}, "the user is asked to sign in again"),
    ("api-403", {}, "the user is not asked to sign in"),
    ("api-401", {"poked": [REFRESHED]}, "the token was refreshed instead"),
    (
        "second-account",
        {"poke": [[ASKED], [OF_ANOTHER], [ASKED]], "entry": [*[ENTRY] * 7, *[OFF] * 2, ENTRY]},
        "3 requests were made with the token of their own account",
    ),
    ("nothing-left", unloads(), "session or entity of the entry remains"),
    ("no-refresh-token", {"see": listed(abort("no_refresh"))}, "aborted with no_refresh"),
    ("no-refresh-token", {"flows": [[REAUTH]]}, "the user is asked to sign in when the first"),
    (
        "shown-secrets",
        {"entry": entry(data=SECRET)},
        "in the entry's title, its devices and 1 states",
    ),
    ("yaml", {**TOLD, "section": READS}, "the repair issue old was created"),
    (
        "yaml",
        {
            **TOLD,
            "section": LISTS,
            "credentials": [IMPORTED],
            "vendor": Vendor(yaml=Yaml(auth_implementation="{client_id}-of-old")),
        },
        "an older entry works",
    ),
    ("unload", {"entry": [ENTRY, entry(state="not_loaded"), entry(state="not_loaded"), ENTRY]}, ""),
]


@pytest.mark.parametrize(("name", "answers", "said"), FAILS)
def test_a_stage_fails(tmp_path: Path, name: str, answers: dict[str, Any], said: str) -> None:
    with pytest.raises(FailedError) as caught:
        played(tmp_path, name, **answers)
    assert said in caught.value.seen


@pytest.mark.parametrize(("name", "answers", "said"), UNREACHED)
def test_a_stage_is_not_reached(
    tmp_path: Path, name: str, answers: dict[str, Any], said: str
) -> None:
    with pytest.raises(UnreachableError, match=said):
        played(tmp_path, name, **answers)


@pytest.mark.parametrize(("name", "answers", "said"), PASSES)
def test_a_stage_passes(tmp_path: Path, name: str, answers: dict[str, Any], said: str) -> None:
    assert said in played(tmp_path, name, **answers)


@pytest.mark.parametrize(
    ("section", "stated", "written", "named"),
    [
        (READS, Yaml(), {"client_id": "c"}, "x"),
        (
            READS,
            Yaml([{"key": "{client_id}", "secret": "{client_secret}"}], "of {client_id}"),
            [{"key": "c", "secret": "k"}],
            "of c",
        ),
    ],
)
def test_entries_from_before_the_import(
    tmp_path: Path, section: YamlSection, stated: Yaml, written: object, named: str
) -> None:
    """A section of the right shape, and an entry that names what was registered by hand."""
    vendor = Vendor(yaml=stated)
    answers = {**TOLD, "section": section, "vendor": vendor, "credentials": [IMPORTED]}
    assert "an older entry works" in played(tmp_path, "yaml", **answers)
    text = (tmp_path / "configuration.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) == {"x": written}
    stored = Configuration(tmp_path, 1).stored("core.config_entries")
    assert stored is not None
    assert stored["data"]["entries"][0]["data"]["auth_implementation"] == named


def test_no_secret_is_reported(tmp_path: Path) -> None:
    """Neither in what was seen, nor half of one where that is cut, nor in a missing response."""
    token = "t0ken-" + "x" * 40
    line = f"[custom_components.x] refused {'.' * (runner._LONGEST - 40)}{token}"

    async def fails(play: Play) -> str:
        play.gateway.unanswered.append(f"GET https://api.example/{token}/me")
        play.home.said = f"2026-11-30 2 ERROR (MainThread) {line}\n"  # type: ignore[attr-defined]
        raise FailedError(f"{token} was refused")

    play = play_of(tmp_path, {})
    play.provider.secrets.add(token)
    found = asyncio.run(runner._result(Stage("entry", fails), play, {}, {}))
    assert found.outcome == "unreachable"
    assert found.lacking == ("GET https://api.example/(secret)/me",)
    assert "t0ken" not in found.seen
    assert "(secret) was refused" in found.seen
    assert len(found.seen) == runner._LONGEST


LOADER = """\
2026-11-30 10:00:00.000 ERROR (MainThread) [homeassistant.loader] Unexpected exception importing x
Traceback (most recent call last):
  File "/usr/lib/python3/importlib/__init__.py", line 88, in import_module
    return _bootstrap._gcd_import(name[level:], package, level)
  File "{folder}/custom_components/x/flow.py", line 7
    def f(:
SyntaxError: invalid syntax
2026-11-30 10:00:00.001 ERROR (MainThread) [homeassistant.config_entries] Error loading x
2026-11-30 10:00:00.002 INFO (MainThread) [other] nothing
"""


def test_a_finding_points_at_the_line_that_the_log_names(tmp_path: Path) -> None:
    play = play_of(tmp_path, {})
    folder = play.home.configuration.folder
    play.home.said = ""  # type: ignore[attr-defined]

    async def fails(_: Play) -> str:
        play.home.said = LOADER.format(folder=folder)  # type: ignore[attr-defined]
        raise FailedError(f"{folder}/custom_components/x is wrong")

    found = asyncio.run(runner._result(Stage("entry", fails), play, {}, {}))
    assert found.seen == (
        "custom_components/x is wrong; Home Assistant logged: Unexpected exception importing x: "
        "SyntaxError: invalid syntax"
    )
    assert (found.path, found.line) == ("flow.py", 7)
    assert found.record.startswith("ERROR [homeassistant.loader] Unexpected exception")


@pytest.mark.parametrize(
    ("log", "said", "place"),
    [
        (COMPLAINT, "Config entry A for x.sensor has already been setup!; Detected", ("a.py", 9)),
        (LOST + UNCLOSED, "A client session was never closed", ("lib.py", 4)),
    ],
)
def test_complaints_are_shown_with_their_place(
    tmp_path: Path, log: str, said: str, place: tuple[str, int]
) -> None:
    with pytest.raises(FailedError) as caught:
        played(tmp_path, "complaints", log=log)
    assert said in caught.value.seen
    assert "please" not in caught.value.seen
    assert caught.value.place == place


def test_a_warning_about_other_code_is_no_complaint(tmp_path: Path) -> None:
    assert "no complaint" in played(tmp_path, "complaints", log=UNCLOSED)


def test_a_client_that_only_the_code_has(tmp_path: Path) -> None:
    """It is the vendor's too, no second one is asked for, and it cannot be taken away."""
    own = {**EXTERNAL, "url": URL.replace("client_id=c", "client_id=own")}
    for name in ("no-credential", "one-credential"):
        play = play_of(tmp_path / name, {"credentials": [], "none": True, "start": own})
        stage = next(found for found in STAGES if found.name == name)
        with contextlib.suppress(UnreachableError):
            asyncio.run(stage.run(play))
        assert play.has_own_client
        assert play.provider.knows("own")
    for name, said in (
        ("two-credentials", "a built-in client"),
        ("credential-gone", "cannot be deleted"),
    ):
        stage = next(found for found in STAGES if found.name == name)
        with pytest.raises(UnreachableError, match=said):
            asyncio.run(stage.run(play))
    asyncio.run(play.delete_credentials())
    assert play.has_own_client


def test_a_finding_points_at_the_line_that_writes_the_record(tmp_path: Path) -> None:
    """Where no traceback names one, the text of the record is looked for."""
    source = "import x\n\nlog.info('Signed in: %s, %s', token, name)\n"
    play = play_of(tmp_path, {"source": source})
    log = (
        "2026-11-30 10:00:00.000 INFO (MainThread) [custom_components.x.{}] Signed in: r, Ada\n"
        "2026-11-30 10:00:00.000 INFO (MainThread) [library] Signed in: r, Ada\n"
    )
    leak, other = records(log.format("api"))
    assert play.subject.writes(leak) == ("api.py", 3)
    assert play.subject.writes(records(log.format("gone"))[0]) == ("api.py", 3)
    assert play.subject.writes(other) is None
    short = replace(leak, message="Signed")
    assert play.subject.writes(replace(leak, message="Nothing like this")) is None
    assert play.subject.writes(short) == ("api.py", 3)


def test_home_assistant_that_has_ended_is_started_for_the_next_stage(tmp_path: Path) -> None:
    play = play_of(tmp_path, {"at_starts": [["started"]]})
    play.home.is_running = False  # type: ignore[misc]
    asyncio.run(play.begin())
    assert play.home.answers["credentials"] == ["started"]  # type: ignore[attr-defined]


KEY = """\
2026-11-30 10:00:00.000 ERROR (MainThread) [custom_components.x.flow] Unexpected
Traceback (most recent call last):
  File "/c/custom_components/x/flow.py", line 7, in async_oauth_create_entry
    user = data["token"][{key!r}]
           ~~~~~~~~~~~~~^^^^^^
KeyError: {key!r}
"""
LIBRARY = """\
2026-11-30 10:00:00.000 ERROR (MainThread) [custom_components.x.flow] Unexpected
Traceback (most recent call last):
  File "/c/custom_components/x/flow.py", line 9, in async_oauth_create_entry
    user = await client.me()
  File "/env/lib/python3.14/site-packages/mashumaro/core.py", line 3, in from_dict
    raise MissingField(name)
mashumaro.exceptions.MissingField: Field "id" of type int is missing
"""
MODEL = """\
2026-11-30 10:00:00.000 ERROR (MainThread) [aiohttp.server] Error handling request
Traceback (most recent call last):
  File "/c/custom_components/x/flow.py", line 9, in async_oauth_create_entry
    Token(**data["token"])
  File "/env/lib/python3.14/site-packages/pydantic/main.py", line 3, in __init__
    validate(data)
pydantic_core._pydantic_core.ValidationError: 1 validation error for Token
{key}
  Field required [type=missing, input_value={{}}, input_type=dict]
"""
ABSTRACT = """\
2026-11-30 10:00:00.000 ERROR (MainThread) [aiohttp.server] Error handling request
Traceback (most recent call last):
  File "/env/lib/python3.14/site-packages/homeassistant/config_entries.py", line 3, in f
    handler()
TypeError: {words}
"""
INDEX = KEY.replace("KeyError: {key!r}", "IndexError: list index out of range")
LAYER = """\
2026-11-30 10:00:00.000 ERROR (MainThread) [custom_components.x.flow] Unexpected
Traceback (most recent call last):
  File "/c/custom_components/x/flow.py", line 9, in async_oauth_create_entry
    user = await client.me()
  File "/cache/homeassistant/2026.10.4+2fff38d5651a/pyvendor/client.py", line 3, in me
    return Way(data["way"])
  File "/python/lib/python3.14/enum.py", line 700, in __call__
    return cls.__new__(cls, value)
ValueError: 'x' is not a valid Way
"""
HELPER = """\
2026-11-30 10:00:00.000 ERROR (MainThread) [aiohttp.server] Error handling request
Traceback (most recent call last):
  File "/env/lib/python3.14/site-packages/homeassistant/components/my/x.py", line 3, in f
    hass.data["my"]
KeyError: 'my'
"""


@pytest.mark.parametrize(
    ("log", "error", "outcome", "said"),
    [
        # What the vendor answers is not known: a key that is looked up in it is a hint.
        (KEY.format(key="user_id"), FailedError("aborted"), "unreachable", "provider.token"),
        (KEY.format(key="access_token"), FailedError("aborted"), "failed", "KeyError"),
        (LIBRARY, FailedError("aborted"), "unreachable", "mashumaro, called at flow.py:9"),
        (
            MODEL.format(key="user_id"),
            StatusError("GET /flow", 500, "no"),
            "unreachable",
            "reads 'user_id', which the vendor's response does not have; add it to provider.token",
        ),
        (MODEL.format(key="scope"), FailedError("aborted"), "failed", "1 validation error for"),
        # Without a word in the log an end has other causes, where the stage knows one.
        ("", FailedError("aborted", doubt="see the responses"), "unreachable", "see the responses"),
        ("", FailedError("aborted"), "failed", "aborted"),
        (
            KEY.format(key="x").replace("KeyError", "TypeError"),
            FailedError("aborted", doubt="see the responses"),
            "failed",
            "TypeError: 'x'",
        ),
        # Home Assistant's own trouble is not the integration's.
        (
            HELPER,
            StatusError("POST /flow", 500, "no"),
            "unreachable",
            "does not mention the integration",
        ),
        (
            "",
            StatusError("POST /flow", 500, "no"),
            "unreachable",
            "does not mention the integration",
        ),
        # Code that Home Assistant could not even enter has no frame, only a name.
        (
            ABSTRACT.format(words="Can't instantiate abstract class Flow without an x"),
            StatusError("POST /flow", 500, "no"),
            "failed",
            "abstract class Flow",
        ),
        (
            ABSTRACT.format(words="async_setup_entry() takes 1 positional argument but 2 were"),
            StatusError("POST /flow", 500, "no"),
            "failed",
            "takes 1 positional",
        ),
        (
            ABSTRACT.format(words="Can't instantiate abstract class Other without an x"),
            StatusError("POST /flow", 500, "no"),
            "unreachable",
            "does not mention the integration",
        ),
        (
            HELPER.replace("my/x.py", "application_credentials/__init__.py"),
            StatusError("POST /flow", 500, "no"),
            "failed",
            "POST /flow answered 500",
        ),
        (
            "",
            StatusError("POST /flow", 404, "no"),
            "unreachable",
            "does not mention the integration",
        ),
        ("", SilenceError("POST /flow"), "failed", "POST /flow was not answered within"),
        ("", TimeoutError(), "unreachable", "run it alone"),
        ("", KeyError("type"), "unreachable", "a defect of appcred"),
    ],
)
def test_log_records_that_are_evidence(
    tmp_path: Path, log: str, error: Exception, outcome: str, said: str
) -> None:
    held(tmp_path, log, error, outcome, said, set())


@pytest.mark.parametrize(
    ("log", "error", "outcome", "said"),
    [
        (INDEX, FailedError("aborted"), "unreachable", "flow.py:7 cannot use a value in"),
        (INDEX, FailedError("aborted", answers_fit=True), "failed", "IndexError"),
        (LAYER, FailedError("aborted"), "unreachable", "pyvendor, called at flow.py:9, cannot"),
        (HELPER, StatusError("POST /flow", 500, "no"), "unreachable", "mention the integration"),
    ],
)
def test_an_answer_that_is_read_for_the_first_time_can_be_the_cause(
    tmp_path: Path, log: str, error: Exception, outcome: str, said: str
) -> None:
    held(tmp_path / "new", log, error, outcome, said, {"GET https://api.example/me"})
    if outcome == "unreachable" and log is not HELPER:
        held(tmp_path / "known", log, error, "failed", "aborted", set())


def test_an_entry_that_failed_before_its_stage_began_is_explained(tmp_path: Path) -> None:
    """The flow's end sets it up, so the log has the reason before anybody looks."""
    play = play_of(tmp_path, {"entry": [entry(state="setup_error", reason=None)] * 9})
    stage = next(found for found in STAGES if found.name == "entry")

    async def adds(play: Play) -> str:
        play.home.said = UNEXPECTED  # type: ignore[attr-defined]
        return "added"

    async def task() -> Result:
        done: dict[str, Result] = {}
        marks: dict[str, verdict.Mark] = {}
        first = Stage("code-exchange", adds)
        done["code-exchange"] = await runner._result(first, play, done, marks)
        return await runner._result(stage, play, done, marks)

    found = asyncio.run(task())
    assert found.outcome is Outcome.FAILED
    assert (found.path, found.line) == ("api.py", 7)


@pytest.mark.parametrize(
    ("reason", "is_doubted"), [("oauth_identity_unavailable", True), ("oauth_error", False)]
)
def test_a_reason_of_its_own_after_the_exchange_can_be_for_the_answers(
    tmp_path: Path, reason: str, *, is_doubted: bool
) -> None:
    with pytest.raises(FailedError) as caught:
        played(tmp_path, "code-exchange", see=listed(abort(reason)))
    assert bool(caught.value.doubt) is is_doubted


@pytest.mark.parametrize(
    ("source", "kind"), [("lock = Lock()", FailedError), ("", UnreachableError)]
)
def test_a_release_without_a_lock_refreshes_for_each_call(
    tmp_path: Path, source: str, kind: type[Exception]
) -> None:
    helpers = tmp_path / "lib/python3.14/site-packages/homeassistant/helpers"
    helpers.mkdir(parents=True)
    (helpers / "config_entry_oauth2_flow.py").write_text(source, encoding="utf-8")
    with pytest.raises(kind, match=r"each call of an OAuth2Session|refreshed 20 times"):
        played(tmp_path, "refresh-once", used=[REFRESHED] * 20)


def test_a_made_up_value_of_another_type_is_no_complaint(tmp_path: Path) -> None:
    log = COMPLAINT.replace("has already been setup!", "passes a value of type Number as model")
    play = play_of(tmp_path, {"log": log + COMPLAINT})
    play.gateway.recorder = object()  # type: ignore[assignment]
    stage = next(found for found in STAGES if found.name == "complaints")
    with pytest.raises(FailedError) as caught:
        asyncio.run(stage.run(play))
    assert "already been setup" in caught.value.seen
    assert "Number" not in caught.value.seen


def test_requests_of_another_entry_are_not_held_against_the_first(tmp_path: Path) -> None:
    play = play_of(tmp_path, {"poke": listed([OF_ANOTHER])})

    async def run() -> int:
        async def asks() -> None:
            while True:
                play.gateway.traffic.requests.append(OF_ANOTHER)
                await asyncio.sleep(0)

        background = asyncio.create_task(asks())
        try:
            return await running._asks_as(play, "account-1")
        finally:
            background.cancel()

    assert asyncio.run(run()) == 0


CANNOT = "vendor cannot read the body of an answer with status 403; write the vendor's into"


@pytest.mark.parametrize(
    ("log", "refused", "known", "outcome", "said"),
    [
        (UNREAD, [403], {}, "unreachable", CANNOT),
        (MISSED.replace('"items"', '"error_code"'), [404, 403], {}, "unreachable", CANNOT),
        (UNREAD, [403], {403: {"error": {"key": "refused"}}}, "failed", "should be a dict"),
        (UNREAD, [], {}, "failed", "should be a dict"),
        # A library that reads a good answer out of a refusal did not look at the status.
        (MISSED, [403], {}, "failed", 'Field "items" of type'),
    ],
)
def test_a_refusal_that_a_library_cannot_read_is_the_rehearsals_own(
    tmp_path: Path, log: str, refused: list[int], known: dict[int, Any], outcome: str, said: str
) -> None:
    play = play_of(tmp_path, {"vendor": Vendor(errors=known)})
    play.provider.secrets.clear()  # its one letter is in many words

    async def ends(_: Play) -> str:
        play.home.said = log  # type: ignore[attr-defined]
        play.gateway.traffic.refused += refused
        raise FailedError("it did not work again", answers_fit=True)

    found = asyncio.run(runner._result(Stage("api-403", ends), play, {}, {}))
    assert (found.outcome, said in found.seen) == (outcome, True), found.seen


def test_an_answer_that_was_not_read_well_can_be_the_cause_again(tmp_path: Path) -> None:
    """In the next stage too; not where a stage could not be reached for another reason."""
    play = play_of(tmp_path, {})

    def run(error: Exception) -> Outcome:
        async def ends(_: Play) -> str:
            play.home.said += INDEX  # type: ignore[attr-defined]
            play.gateway.answered += 1
            play.gateway.addresses.add("GET https://api.example/me")
            raise error

        return asyncio.run(runner._result(Stage("entry", ends), play, {}, {})).outcome

    assert run(FailedError("aborted")) is Outcome.UNREACHABLE
    assert run(FailedError("aborted")) is Outcome.UNREACHABLE
    assert run(UnreachableError("no such step")) is Outcome.UNREACHABLE
    assert run(FailedError("aborted")) is Outcome.FAILED


def held(
    folder: Path, log: str, error: Exception, outcome: str, said: str, fresh: set[str]
) -> None:
    """Assert what is made of an error, with answers of an API that were not given before."""
    folder.mkdir(exist_ok=True)
    play = play_of(folder, {"source": "class Flow:\n\n    async def async_setup_entry(hass):\n"})

    play.provider.secrets.clear()  # its one letter is in many words

    async def ends(_: Play) -> str:
        play.home.said = log  # type: ignore[attr-defined]
        play.gateway.answered += 1
        play.gateway.addresses |= fresh
        raise error

    found = asyncio.run(runner._result(Stage("entry", ends), play, {}, {}))
    assert (found.outcome, said in found.seen) == (outcome, True), found.seen


def test_a_certain_failure_is_reported_if_a_response_is_missing(tmp_path: Path) -> None:
    play = play_of(tmp_path, {})

    async def fails(_: Play) -> str:
        play.gateway.unanswered.append("GET https://api.example/me")
        raise FailedError("a token in the log", certain=True)

    found = asyncio.run(runner._result(Stage("logs", fails), play, {}, {}))
    assert (found.outcome, found.lacking) == ("failed", ())


def test_an_account_that_could_not_be_asked_for_is_not_held_against_it(tmp_path: Path) -> None:
    """A flow that goes on without the account's identifier cannot know it again."""
    play = play_of(tmp_path, {})
    again = next(found for found in STAGES if found.name == "same-account")

    async def asks(play: Play) -> str:
        play.gateway.unanswered.append("GET https://api.example/me")
        return await again.run(play)

    found = asyncio.run(runner._result(Stage("same-account", asks), play, {}, {}))
    assert (found.outcome, len(found.lacking)) == ("unreachable", 1), found.seen
    assert found.seen.startswith("needs ")


SCHEMA = [
    {"name": "implementation", "required": True, "options": [["one", "One"], ["two", "Two"]]},
    {"name": "size", "required": True, "default": 3},
    {"name": "place", "description": {"suggested_value": "Home"}},
    {"name": "note"},
    {"name": "sure", "required": True, "selector": {"boolean": {}}},
    {"name": "kind", "required": True, "selector": {"select": {"options": [{"value": "a"}]}}},
    {"name": "all", "required": True, "type": "multi_select", "options": {"x": "X"}},
    {"name": "more", "type": "expandable", "schema": [{"name": "deep", "default": 1}]},
]


def test_default_input_of_forms() -> None:
    form = {"type": "form", "step_id": "pick_implementation", "data_schema": SCHEMA}
    assert answer_of(form, {"pick_implementation": {"note": "n"}}, "two") == {
        "implementation": "two",
        "size": 3,
        "place": "Home",
        "note": "n",
        "sure": False,
        "kind": "a",
        "all": ["x"],
        "more": {"deep": 1},
    }
    assert answer_of({**form, "data_schema": [{"name": "serial", "required": True}]}, {}) is None
    fields = [{"name": "client_id", "required": True}, {"name": "client_secret"}]
    client = {"client_id": "c", "client_secret": "k"}
    assert answer_of({**form, "data_schema": fields}, {}, client=client) == client
    menu = {"type": "menu", "step_id": "user", "menu_options": {"local": "L", "cloud_login": "C"}}
    assert answer_of(menu, {}) == {"next_step_id": "cloud_login"}
    assert answer_of(menu, {"user": {"next_step_id": "local"}}) == {"next_step_id": "local"}


def test_descriptions_of_a_flows_result() -> None:
    assert ending({**FORM, "errors": {"base": "bad"}}).endswith("with the errors {'base': 'bad'}")
    assert ending(EXTERNAL) == "sent the user to the vendor"
