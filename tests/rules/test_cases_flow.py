"""APC2 and APC3 beyond the examples that their pages show: what else they find, and let be."""

from __future__ import annotations

import json

import pytest

from appcred.finding import FixKind, ManualWork, Severity
from appcred.integration import MANIFEST
from appcred.rules import engine
from appcred.rules.rule import EXAMPLE_MANIFEST, Example
from rules.cases import Case, findings

HEAD = "from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler\n"
CLASS = "class Flow(AbstractOAuth2FlowHandler, domain='example'):\n    DOMAIN = 'example'\n"
PLATFORM = "application_credentials.py"
HOOK = "async def async_get_authorization_server(hass): ...\n"


def manifest(**changes: object) -> dict[str, str]:
    """Return a manifest, each key on its line."""
    return {MANIFEST: json.dumps({**EXAMPLE_MANIFEST, **changes}, indent=1)}


def flow(*lines: str, before: str = "") -> dict[str, str]:
    """Return a config flow with a body; its class begins in line 2, its body in line 4."""
    return {"config_flow.py": HEAD + CLASS + "".join(f"    {line}\n" for line in lines) + before}


def creating(*lines: str) -> dict[str, str]:
    """Return a flow that can renew, whose `async_oauth_create_entry` is in line 5."""
    return flow(
        "async def async_step_reauth(self, data): return await self.async_step_user()",
        "async def async_oauth_create_entry(self, data):",
        *(f"    {line}" for line in lines),
    )


def setting(*lines: str) -> dict[str, str]:
    """Return a flow that sets a unique id in line 6 and creates an entry behind some lines."""
    return flow(
        "async def async_step_user(self, data): ...",
        "async def async_oauth_create_entry(self, data):",
        "    await self.async_set_unique_id(data['id'])",
        *(f"    {line}" for line in lines),
        "    return self.async_create_entry(title='x', data=data)",
    )


def added(data: str, *lines: str) -> str:
    """Return a function that updates an entry's data."""
    body = "".join(f"    {line}\n" for line in lines)
    update = f"    hass.config_entries.async_update_entry(entry, data={data})\n"
    return f"def update(hass, entry):\n{body}{update}"


def confirming(*lines: str) -> dict[str, str]:
    """Return a flow whose step is in line 4."""
    return flow("async def async_step_confirm(self, names):", *(f"    {line}" for line in lines))


UPDATES = "return self.async_update_reload_and_abort(self.entry, data=data)"
SESSION = {
    "__init__.py": "from homeassistant.helpers.config_entry_oauth2_flow import OAuth2Session\n"
    "class Own(OAuth2Session): ...\nx = Own(1)\n"
}
STORED = 'return await self.async_step_pick_implementation({"implementation": self.kept})'

CASES = {
    "dependencies that are no list": Case(
        "APC201",
        {**manifest(dependencies={}), PLATFORM: HOOK},
        {"manifest.json:8:2": "does not offer this integration"},
        fix=None,
    ),
    "http that a webhook needs": Case(
        "APC202", manifest(dependencies=["application_credentials", "http", "webhook"]), {}
    ),
    "http, and what is no name": Case(
        "APC202",
        manifest(dependencies=["application_credentials", 1, "usb", "http"]),
        {"manifest.json:12:3": "the integration does not need the dependency http"},
    ),
    "http that a view needs": Case(
        "APC202",
        {
            **manifest(dependencies=["application_credentials", "http"]),
            "api.py": "class A(HomeAssistantView): ...\n",
        },
        {},
    ),
    "config_flow is false": Case(
        "APC203",
        {**flow(), **manifest(config_flow=False)},
        {"manifest.json:7:2": "nobody can add"},
    ),
    "config_flow is false without a flow": Case("APC203", manifest(config_flow=False), {}),
    "a version of blanks": Case(
        "APC204",
        manifest(version="  "),
        {"manifest.json:14:2": "Home Assistant does not load a custom integration without"},
    ),
    "registered by a decorator": Case(
        "APC301",
        {
            "config_flow.py": f"{HEAD}@config_entries.HANDLERS.register(DOMAIN)\n"
            "class Flow(AbstractOAuth2FlowHandler):\n    DOMAIN = 'example'\n"
        },
        {},
    ),
    "registered by the class it is made from": Case(
        "APC301",
        {"config_flow.py": f"{HEAD}{CLASS}class Own(Flow):\n    VERSION = 2\n"},
        {},
    ),
    "the domain by keywords that are not written out": Case(
        "APC301",
        {
            "config_flow.py": f"{HEAD}class Flow(AbstractOAuth2FlowHandler, **ALL):\n"
            "    @property\n    def DOMAIN(self):\n        return 'example'\n"
        },
        {},
    ),
    "the domain set by a method": Case(
        "APC301",
        {
            "config_flow.py": f"{HEAD}class Flow(AbstractOAuth2FlowHandler, domain='example'):\n"
            "    def __init__(self):\n        self.DOMAIN = 'example'\n"
        },
        {},
    ),
    "another attribute set by a method": Case(
        "APC301",
        {
            "config_flow.py": f"{HEAD}class Flow(AbstractOAuth2FlowHandler, domain='example'):\n"
            "    def __init__(self):\n        self.other = 'example'\n"
        },
        {"config_flow.py:2:7": "has no DOMAIN"},
    ),
    "accounts compared by the entries": Case(
        "APC302",
        flow("async def async_step_user(self, data):", "    self._async_abort_entries_match(data)"),
        {},
    ),
    "a flow of another integration": Case(
        "APC302",
        {
            "config_flow.py": f"{HEAD}from homeassistant.components.other import Base\n"
            "class Flow(Base, AbstractOAuth2FlowHandler, domain='example'): ...\n"
        },
        {},
    ),
    "a unique id and no question but for the source": Case(
        "APC302",
        setting("if self.source == 'import': return self.done()", "title = str(data['id'])"),
        {"config_flow.py:9:16": "adding an account again replaces its first entry"},
    ),
    "an account known by a way of one's own": Case(
        "APC302", setting("if data['id'] in self.hass.data['example']: return self.show()"), {}
    ),
    "an account known to a new login": Case(
        "APC302", setting("if self.source == 'user' and known(data): return self.show()"), {}
    ),
    "an account refused by a function": Case("APC302", setting("refuse(self.hass, data)"), {}),
    "an account refused by a method": Case("APC302", setting("await self.refuse(data)"), {}),
    "an account refused at once": Case("APC302", setting("raise NotYet"), {}),
    "an account refused in a block": Case("APC302", setting("with lock: ..."), {}),
    "the unique id taken back": Case("APC302", setting("await self.async_set_unique_id(None)"), {}),
    "a unique id asked for elsewhere": Case(
        "APC302",
        {
            **setting("..."),
            "account.py": "def ask(hass): return hass.config_entries.async_entries('example')\n",
        },
        {},
    ),
    "a unique id set on one way": Case(
        "APC302",
        flow(
            "async def async_oauth_create_entry(self, data):",
            "    if data: await self.async_set_unique_id(data['id'])",
            "    return self.async_create_entry(title='x', data=data)",
        ),
        {},
    ),
    "a number as unique id": Case(
        "APC303",
        creating("await self.async_set_unique_id(unique_id=12)"),
        {"config_flow.py:6:50": "this unique ID is not a string, but Home Assistant requires"},
    ),
    "no unique id": Case(
        "APC303",
        creating("await self.async_set_unique_id(None)", "await self.async_set_unique_id()"),
        {},
    ),
    "no reauth with a session of its own class": Case(
        "APC304",
        {**flow(), **SESSION},
        {"config_flow.py:2:7": "Flow has no reauthentication"},
    ),
    "a session class that nothing makes": Case(
        "APC304",
        {**flow(), "__init__.py": SESSION["__init__.py"].replace("x = Own(1)\n", "")},
        {},
    ),
    "reauth in the flow of another integration": Case(
        "APC304",
        {
            **SESSION,
            "config_flow.py": f"{HEAD}from homeassistant.components.other import Base\n"
            "class Flow(Base, AbstractOAuth2FlowHandler, domain='example'): ...\n",
        },
        {},
    ),
    "the account compared by hand": Case(
        "APC305",
        creating(
            "await self.async_set_unique_id(data['id'])",
            "if self.entry.unique_id != data['id']:",
            "    return self.async_abort(reason='wrong')",
            UPDATES,
        ),
        {},
    ),
    "compared by a method of its own": Case(
        "APC305",
        {
            "config_flow.py": creating(
                "await self.async_set_unique_id(data['id'])", "self.check(data)", UPDATES
            )["config_flow.py"]
            + "    def check(self, data):\n        return self.entry.unique_id == data['id']\n"
        },
        {},
    ),
    "a method of its own that compares nothing": Case(
        "APC305",
        {
            "config_flow.py": creating(
                "await self.async_set_unique_id(data['id'])", "self.check(data)", UPDATES
            )["config_flow.py"]
            + "    def check(self, data):\n        return self.check(data['mismatch'])\n"
        },
        {"config_flow.py:8:16": "the entry accepts any account that signs in"},
    ),
    "compared with what the entry holds": Case(
        "APC305",
        creating(
            "await self.async_set_unique_id(data['id'])",
            "if self.entry.data['id'] != data['id']:",
            "    return self.async_abort(reason='wrong')",
            UPDATES,
        ),
        {},
    ),
    "a key that the entry holds": Case(
        "APC305",
        creating(
            "await self.async_set_unique_id(data['id'])",
            "if 'id' in self.entry.data: ...",
            UPDATES,
        ),
        {"config_flow.py:8:16": "the entry accepts any account that signs in"},
    ),
    "compared after it, or on another way": Case(
        "APC305",
        creating(
            "await self.async_set_unique_id(data['id'])",
            "if self.source == 'reconfigure':",
            "    self._abort_if_unique_id_mismatch()",
            f"    {UPDATES}",
            UPDATES,
            "self._abort_if_unique_id_mismatch()",
        ),
        {"config_flow.py:10:16": "the entry accepts any account that signs in"},
    ),
    "updated the old way": Case(
        "APC305",
        creating(
            "found = await self.async_set_unique_id(data['id'])",
            "self.hass.config_entries.async_update_entry(found, data=data)",
            "self.hass.config_entries.async_update_entry(self.entry, title='b')",
            "self.hass.config_entries.async_update_entry(other, data=data)",
            "self.hass.config_entries.async_update_entry(self.entry, data=data)",
            "return self.async_update_reload_and_abort(found, data=data)",
        ),
        {
            "config_flow.py:9:9": "the entry accepts any account that signs in",
            "config_flow.py:10:9": "the entry accepts any account that signs in",
        },
    ),
    "another comparison": Case(
        "APC305",
        creating("await self.async_set_unique_id(data['id'])", "if data['id'] == 1: ...", UPDATES),
        {"config_flow.py:8:16": "the entry accepts any account that signs in"},
    ),
    "one unique id for all": Case(
        "APC305", creating("await self.async_set_unique_id(DOMAIN)", UPDATES), {}
    ),
    "the unique id is set elsewhere": Case(
        "APC305",
        flow(
            "async def async_step_reconfigure(self, data):",
            "    await self.async_set_unique_id(data['id'])",
            "async def async_oauth_create_entry(self, data):",
            f"    {UPDATES}",
        ),
        {},
    ),
    "neither renewed nor changed": Case(
        "APC305",
        flow(
            "async def async_oauth_create_entry(self, data):",
            "    await self.async_set_unique_id(data['id'])",
            f"    {UPDATES}",
        ),
        {},
    ),
    "the entry by the context's get": Case(
        "APC306",
        confirming(
            "a = self.hass.config_entries.async_get_known_entry(self.context.get('entry_id'))",
            "b = self.hass.config_entries.async_get_entry(self.context['other'])",
            "c = self.hass.config_entries.async_get_entry(entry_id)",
        ),
        {"config_flow.py:5:13": "_get_reauth_entry()"},
    ),
    "the entry of another function": Case(
        "APC306",
        flow(before="def other(self, hass):\n    hass.async_get_entry(self.context['entry_id'])\n"),
        {},
    ),
    "the data in a variable of another name": Case(
        "APC307",
        creating(
            "if self.entry:",
            f"    {UPDATES}",
            "return self.async_create_entry(title='a', data={**other, 'region': 1})",
        ),
        {},
    ),
    "keys beside that nothing reads": Case(
        "APC307",
        creating(
            "if self.entry:",
            f"    {UPDATES}",
            "return self.async_create_entry(title='a', data={**data, 'region': 1})",
        ),
        {"config_flow.py:7:72": "data=data drops other keys of the entry, 'region'"},
        severity=Severity.INFO,
    ),
    "a key that is added later, and nothing reads": Case(
        "APC307",
        {**creating(UPDATES), "hook.py": added("{**entry.data, CONF_HOOK: 1, 'token': 2}")},
        {"config_flow.py:6:68": "CONF_HOOK"},
        severity=Severity.INFO,
    ),
    "a key that is added later, dropped the old way": Case(
        "APC307",
        {
            **creating("self.hass.config_entries.async_update_entry(self.entry, data=data)"),
            "hook.py": added("{**entry.data, 'hook': 1}", "entry.data.get('hook')"),
        },
        {"config_flow.py:6:70": "'hook'"},
    ),
    "no key is added": Case(
        "APC307",
        {
            **creating(UPDATES),
            "hook.py": added("{**entry.data, CONF_TOKEN: 1}")
            + added("{'hook': 1}")
            + added("data", "data = {**entry.data, 'hook': 1}", "data = 1")
            + added("some(entry.data)")
            + "def other(hass, entry):\n    hass.update(entry, data={**entry.data, 'hook': 1})\n",
        },
        {},
    ),
    "data that is more than the login's": Case(
        "APC307",
        {
            **creating(
                "if self.a:",
                "    data['hook'] = 1",
                f"    {UPDATES}",
                "self.async_update_and_abort(self.entry, data=self.kept)",
                "self.async_update_and_abort(self.entry, data=kept)",
            ),
            "hook.py": added("{**entry.data, 'hook': 1}", "entry.data['hook']"),
        },
        {},
    ),
    "data that is updated": Case(
        "APC307",
        {
            **creating("data.update(self.entry.data)", UPDATES),
            "hook.py": added("{**entry.data, 'hook': 1}", "entry.data['hook']"),
        },
        {},
    ),
    "the whole data written out both times": Case(
        "APC307",
        creating(
            "if self.entry:",
            "    return self.async_update_reload_and_abort(self.entry, data={**data, 'a': 1})",
            "return self.async_create_entry(title='a', data={**data, 'a': 1})",
        ),
        {},
    ),
    "created in another step": Case(
        "APC307",
        flow(
            "async def async_step_other(self, data):",
            "    return self.async_create_entry(title='a', data={**data, 'a': 1})",
            "async def async_oauth_create_entry(self, data):",
            f"    {UPDATES}",
        ),
        {},
    ),
    "updated in another step": Case(
        "APC307",
        flow(
            "async def async_step_other(self, data):",
            f"    {UPDATES}",
            "async def async_oauth_create_entry(self, data):",
            "    return self.async_create_entry(title='a', data={**data, 'a': 1})",
        ),
        {},
    ),
    "a renewal told by what its step keeps": Case(
        "APC310",
        flow(
            "async def async_step_reauth_confirm(self, data):",
            "    self.entry: object = data",
            "async def async_step_reauth(self, data): return await self.async_step_user()",
        ),
        {},
    ),
    "a renewal that is refused": Case(
        "APC310",
        flow(
            "async def async_step_reauth(self, data):", "    return self.async_abort(reason='no')"
        ),
        {},
    ),
    "a renewal told by the context": Case(
        "APC310",
        creating("if 'entry_id' in self.context: ...", "return self.async_create_entry(data=data)"),
        {},
    ),
    "a renewal told by a constant": Case(
        "APC310",
        creating("if SOURCE_REAUTH: ...", "return self.async_create_entry(data=data)"),
        {},
    ),
    "a renewal that some other class may tell": Case(
        "APC310",
        {
            "config_flow.py": creating("return self.async_create_entry(data=data)")[
                "config_flow.py"
            ].replace("(Abstract", "(Other, Abstract")
        },
        {},
    ),
    "no renewal at all": Case(
        "APC310",
        flow("async def async_step_user(self, data):", "    self.async_create_entry()"),
        {},
    ),
    "an entry looked for, or no entry made": Case(
        "APC310",
        creating("for entry in self._async_current_entries(): ...", "self.async_create_entry()"),
        {},
    ),
    "what is made elsewhere": Case("APC310", creating("return await self.async_step_more()"), {}),
    "an update without a unique id": Case(
        "APC310",
        creating("self.async_update_entry(self.kept, data=data)", "self.async_create_entry()"),
        {},
    ),
    "nothing to recognise an account by": Case(
        "APC310",
        creating("return await super().async_oauth_create_entry(data)"),
        {"config_flow.py:5:15": "creates an entry, which is an error"},
    ),
    "a renewal that ends as known": Case(
        "APC310",
        creating(
            "await self.async_set_unique_id(data['id'])",
            "self._abort_if_unique_id_configured()",
            "return self.async_create_entry(data=data)",
        ),
        {"config_flow.py:5:15": "a reauthentication ends with already_configured and loses"},
    ),
    "one of the two renewals is told": Case(
        "APC310",
        flow(
            "async def async_step_reconfigure(self, data): return await self.async_step_user()",
            "async def async_oauth_create_entry(self, data):",
            "    if self.source == 'reauth':",
            "        return self.async_update_and_abort(self._get_reauth_entry(), data=data)",
            "    return self.async_create_entry(title='x', data=data)",
        ),
        {"config_flow.py:5:15": "creates an entry, which is an error"},
    ),
    "one is told, the other is what is left": Case(
        "APC310",
        creating(
            "if self.source == 'reconfigure': return self.change(data)",
            "if self.source != 'user': return self.renew(data)",
            "return self.async_create_entry(title='x', data=data)",
        ),
        {},
    ),
    "a renewal that updates what is known": Case(
        "APC310",
        creating(
            "await self.async_set_unique_id(data['id'])",
            "self._abort_if_unique_id_configured(updates=data)",
            "return self.async_create_entry(data=data)",
        ),
        {"config_flow.py:5:15": "with another account"},
        severity=Severity.WARNING,
    ),
    "a renewal of what the unique id led to": Case(
        "APC310",
        creating(
            "if found := await self.async_set_unique_id(data['id']):",
            "    return self.async_update_reload_and_abort(found, data=data)",
            "return self.async_create_entry(data=data)",
        ),
        {"config_flow.py:5:15": "with another account"},
        severity=Severity.WARNING,
    ),
    "one entry for all accounts": Case(
        "APC310",
        creating(
            "entry = await self.async_set_unique_id(DOMAIN)",
            "if entry: self.hass.config_entries.async_update_entry(entry, data=data)",
            "return self.async_create_entry(data=data)",
        ),
        {"config_flow.py:5:15": "adding a second account replaces the first"},
        severity=Severity.WARNING,
    ),
    "scopes that are a key, or used in another module": Case(
        "APC308",
        {
            **flow(before="CONF_SCOPE = 'scope'\nSCOPES = ['a']\nMICROSCOPE = 1\n"),
            "api.py": "from .config_flow import SCOPES\n\nALL = {*SCOPES}\n",
        },
        {},
    ),
    "caught": Case(
        "APC309",
        confirming("try:", f"    {STORED}", "except KeyError: ..."),
        {},
        floor="2025.4",
    ),
    "asked for before": Case(
        "APC309",
        confirming("await async_get_implementations(self.hass, 'example')", STORED),
        {},
        floor="2025.4",
    ),
    "looked up before": Case(
        "APC309",
        confirming("if self.kept not in names: return", STORED),
        {},
        floor="2025.4",
    ),
    "another key looked up before": Case(
        "APC309",
        confirming("if 'kept' in names: return", STORED),
        {"config_flow.py:6:22": "KeyError"},
        floor="2025.4",
    ),
    "compared otherwise before": Case(
        "APC309",
        confirming("if self.kept == 1: return", STORED),
        {"config_flow.py:6:22": "KeyError"},
        floor="2025.4",
    ),
    "picked outside of a function": Case(
        "APC309",
        flow(before="Flow().async_step_pick_implementation({'implementation': 'a'})\n"),
        {"config_flow.py:4:1": "KeyError"},
        floor="2025.4",
    ),
    "what the user picked": Case(
        "APC309",
        confirming("return await self.async_step_pick_implementation(names)"),
        {},
        floor="2025.4",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    CASES[name].hold()


def test_dependencies_that_are_no_list_are_manual_work() -> None:
    example = Example({**manifest(dependencies={}), PLATFORM: HOOK})
    (finding,) = findings("APC201", example)
    left = engine.rule("APC201").fix(example.integration(), finding, example.span())
    assert isinstance(left, ManualWork)
    assert left.todo == "add application_credentials to its dependencies and run this again"
    assert left.line == 8


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        (
            "APC201",
            {"dependencies": ["http"]},
            {"dependencies": ["application_credentials", "http"]},
        ),
        ("APC203", {"config_flow": False}, {"config_flow": True}),
    ],
)
def test_manifests_are_mended(
    code: str, before: dict[str, object], after: dict[str, object]
) -> None:
    example = Example({**flow(), **manifest(**before), PLATFORM: HOOK})
    fixed = engine.fix(example.integration(), example.span(), {FixKind.SAFE}, only=[code])
    assert [each.code for each in fixed.applied] == [code]
    assert dict(fixed.integration.manifest) == {**EXAMPLE_MANIFEST, **after}
