"""APC6 and APC7 beyond the examples that their pages show: what else they find, and let be."""

from __future__ import annotations

import json

import pytest

from appcred.finding import Severity
from appcred.integration import Layout
from appcred.release import abort_reasons
from appcred.rules.rule import EXAMPLE_MANIFEST
from rules.cases import Case

FLOW = """\
from homeassistant.helpers import config_entry_oauth2_flow as oauth

class Flow(oauth.AbstractOAuth2FlowHandler, domain="example"):
"""
SERVER = "from homeassistant.components.application_credentials import AuthorizationServer\n"
EN = "translations/en.json"
PLATFORM = "application_credentials.py"


def flow(*lines: str) -> dict[str, str]:
    """Return a flow whose step is in line 4, its body from line 5 on."""
    body = "".join(f"        {line}\n" for line in lines)
    return {"config_flow.py": f"{FLOW}    async def async_step_user(self, user_input):\n{body}"}


def texts(**strings: object) -> dict[str, str]:
    """Return texts, each key on its line."""
    return {EN: json.dumps(strings, indent=1)}


HELPERS = {reason.name: "Text" for reason in abort_reasons().values() if reason.shared}
PICK = {"pick_implementation": {"title": "Pick"}}


def config(**sections: object) -> dict[str, str]:
    """Return the texts of a flow, that of picking an implementation among them."""
    return texts(config={"step": PICK, **sections})


def lost(*keys: str) -> dict[str, str]:
    """Return the texts of exceptions."""
    return texts(exceptions={key: {"message": "Lost."} for key in keys})


def described(text: str, *hook: str) -> dict[str, str]:
    """Return a description, and the body of the placeholder hook from line 3 on."""
    lines = "".join(f"    {line}\n" for line in hook)
    code = f"async def async_get_description_placeholders(hass):\n{lines}" if hook else ""
    return {
        **texts(application_credentials={"description": text}),
        PLATFORM: f"{SERVER}{code}",
    }


TEST = "async def test_flow(hass):\n    await hass.config_entries.flow.async_init('example')\n"
TAKE = "from homeassistant.components.application_credentials import async_import_client_credential"
ENABLE = "enable_custom_integrations"

COUNTED = "{n, plural, one {one key} other {# keys}} in {console}, and '{'this'}'"

CASES = {
    "a placeholder that is counted": Case(
        "APC602", described(COUNTED, "return dict(n='1', console='x')"), {}
    ),
    "placeholders in another module": Case(
        "APC603",
        {
            **described("See {console}.", "return PLACEHOLDERS"),
            PLATFORM: "from .const import PLACEHOLDERS\n"
            + described("", "return PLACEHOLDERS")[PLATFORM],
            "const.py": "PLACEHOLDERS = {\n    'console': 'x',\n    'more': 'y',\n}\n",
        },
        {"const.py:3:5": "does not use {more}"},
    ),
    "placeholders that are added later": Case(
        "APC603",
        described(
            "See {console}.", "given = {'x': 'y'}", "given.update(console='z')", "return given"
        ),
        {},
    ),
    "placeholders from a call": Case(
        "APC603", described("See {console}.", "return {'x': 'y'} if hass else more(hass)"), {}
    ),
    "no text where credentials are imported": Case(
        "APC601",
        {
            PLATFORM: SERVER,
            "__init__.py": f"{TAKE}\nasync_import_client_credential(1)\n",
        },
        {},
    ),
    "a description that is no text": Case(
        "APC601",
        {PLATFORM: SERVER, **texts(application_credentials={"description": 1})},
        {},  # APC003 says so
    ),
    "texts that are no object": Case(
        "APC601",
        {PLATFORM: SERVER, **texts(application_credentials="a")},
        {f"{PLATFORM}:1:1": "the credentials dialog has no text"},
    ),
    "nothing gives the placeholder": Case(
        "APC602", described("{a} {a} {b}"), {f"{EN}:3:3": "which has no value"}, count=2
    ),
    "placeholders in a variable": Case(
        "APC602",
        described("{a} {b}", "given = {'a': '1'}", "return given"),
        {f"{EN}:3:3": "application_credentials.description uses {b}"},
    ),
    "placeholders in a variable with its type": Case(
        "APC602",
        described("{a} {b}", "given: dict = {'a': '1'}", "return given"),
        {f"{EN}:3:3": "application_credentials.description uses {b}"},
    ),
    "placeholders in a variable with a whole type": Case(
        "APC602",
        described("{a} {b}", "given: dict[str, str] = {'a': '1'}", "return given"),
        {f"{EN}:3:3": "application_credentials.description uses {b}"},
    ),
    "placeholders filled in later": Case(
        "APC602",
        described("{a} {b}", "given = {'a': '1'}", "given['b'] = '2'", "return given"),
        {},
    ),
    "placeholders of another function": Case(
        "APC602", described("{a}", "return placeholders(hass)"), {}
    ),
    "placeholders put together": Case("APC602", described("{a}", "return {**ALL, 'b': '1'}"), {}),
    "placeholders of another module": Case(
        "APC602",
        {
            **described("{a}"),
            PLATFORM: f"{SERVER}from .texts import async_get_description_placeholders\n",
        },
        {},
    ),
    "a placeholder of an unknown name": Case("APC603", described("a", "return {KEY: 1}"), {}),
    "a placeholder that nothing uses": Case(
        "APC603",
        described("{a}", "return {'a': '1', 'b': '2'}"),
        {f"{PLATFORM}:3:23": "does not use {b}"},
    ),
    "no texts at all": Case(
        "APC604",
        flow("return await super().async_step_user()"),
        {"config_flow.py:3:7": "translations/en.json does not exist"},
        fix=None,
    ),
    "no strings in core": Case(
        "APC604",
        flow("return await super().async_step_user()"),
        {"config_flow.py:3:7": "does not exist, so the flow"},
        layout=Layout.CORE,
        fix=None,
    ),
    "a step of its own in the place of picking": Case(
        "APC604",
        {
            "config_flow.py": f"{FLOW}    async def async_step_pick_implementation(self, given):\n"
            "        return self.async_create_entry(title='a', data={})\n",
            **texts(config={"step": {}}),
        },
        {},
        floor="2026.8",
    ),
    "steps, errors and aborts": Case(
        "APC604",
        {
            **flow(
                "errors = {'base': 'strange', **more}",
                "errors['base'] = 'invalid'",
                "self.errors = other",
                "if user_input: raise AbortFlow('gone')",
                "if not user_input: return self.async_abort(reason='not_found')",
                "self._abort_if_unique_id_configured(error='known')",
                "self._abort_if_unique_id_mismatch()",
                "self._async_abort_entries_match(user_input)",
                "self.async_update_reload_and_abort(self.entry, reason='renewed')",
                "self.async_update_reload_and_abort(self.entry, reason=reason)",
                "self.async_show_menu(step_id='menu')",
                "return self.async_show_form(step_id='form', errors={'base': 'odd'})",
            ),
            **config(abort={"already_configured": "a"}),
        },
        {
            "config_flow.py:5:27": "the error strange has no text",
            "config_flow.py:6:26": "the error invalid has no text",
            "config_flow.py:8:30": "the abort reason gone has no text",
            "config_flow.py:9:35": "the abort reason not_found has no text",
            "config_flow.py:10:9": "the abort reason known has no text",
            "config_flow.py:11:9": "the abort reason unique_id_mismatch has no text",
            "config_flow.py:13:9": "the abort reason renewed has no text",
            "config_flow.py:15:9": "the step menu has no text",
            "config_flow.py:16:16": "the step form has no text",
            "config_flow.py:16:69": "the error odd has no text",
        },
        fix=None,
    ),
    "another flow with the same unique id": Case(
        "APC604",
        {**flow("await self.async_set_unique_id('a')"), **config(abort=HELPERS)},
        {"config_flow.py:5:15": "the abort reason already_in_progress has no text"},
        floor="2026.9",
    ),
    "another flow with the same unique id, which goes on": Case(
        "APC604",
        {
            **flow("await self.async_set_unique_id('a', raise_on_progress=False)"),
            **config(abort=HELPERS),
        },
        {},
        floor="2026.9",
    ),
    "another flow with the same unique id, told centrally": Case(
        "APC604", {**flow("await self.async_set_unique_id('a')"), **config()}, {}
    ),
    "steps that a base class in another module replaces": Case(
        "APC604",
        {
            "base.py": "from homeassistant.helpers.config_entry_oauth2_flow import "
            "AbstractOAuth2FlowHandler\n\n\nclass BaseFlow(AbstractOAuth2FlowHandler):\n"
            "    async def async_step_auth(self, user_input=None):\n"
            "        return await self.async_oauth_create_entry({})\n",
            "config_flow.py": "from .base import BaseFlow\n\n\n"
            "class Flow(BaseFlow, domain='example'):\n    ...\n",
            **config(
                abort={"missing_credentials": "Text", "oauth_implementation_unavailable": "Text"},
            ),
        },
        {},
        floor="2026.8",
    ),
    "a text of another integration": Case(
        "APC604",
        {
            **flow(
                "return self.async_abort(reason='gone', translation_domain='homeassistant')",
            ),
            **config(),
        },
        {},
    ),
    "an own way to pick": Case(
        "APC604",
        {
            "config_flow.py": f"{FLOW}    async def async_step_pick_implementation(self, a): ...\n",
            **texts(config={}),
        },
        {},
    ),
    "a text that is empty": Case(
        "APC604",
        {**flow("return self.async_abort(reason='gone')"), **config(abort={"gone": ""})},
        {"config_flow.py:5:16": "the abort reason gone has no text"},
        fix=None,
    ),
    "the renewal has no text on old releases": Case(
        "APC604",
        {
            **flow("return self.async_update_reload_and_abort(self.entry)"),
            **config(),
        },
        {},
    ),
    "errors with a translation": Case(
        "APC604",
        {
            **flow("..."),
            **config(),
            "api.py": "OAUTH2 = 1\nDOMAIN = 'example'\n"
            "a = UpdateFailed(translation_domain=DOMAIN, translation_key='late')\n"
            "b = UpdateFailed(translation_domain='other', translation_key='theirs')\n"
            "c = describe(translation_domain=DOMAIN, translation_key='entity')\n"
            "d = UpdateFailed(translation_key='alone')\n"
            "e = UpdateFailed(translation_domain=DOMAIN, translation_key=key())\n",
        },
        {"api.py:3:5": "the exception late has no text"},
        fix=None,
    ),
    "errors with a translation in a module without OAuth2": Case(
        "APC604",
        {
            **flow("..."),
            **config(),
            "const.py": "DOMAIN = 'example'\n",
            "own.py": "from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN\n"
            "from .const import DOMAIN\n"
            "a = UpdateFailed(translation_domain=DOMAIN, translation_key='late')\n",
            "of_another.py": "from homeassistant.components.backup import (\n"
            "    DOMAIN as BACKUP_DOMAIN,\n    BackupNotFound,\n)\n"
            "a = BackupNotFound(translation_domain=BACKUP_DOMAIN, translation_key='gone')\n",
            "by_the_package.py": "from homeassistant.components.example.const import DOMAIN\n"
            "a = UpdateFailed(translation_domain=DOMAIN, translation_key='early')\n",
        },
        {"own.py:3:5": "the exception late has no text"},
        fix=None,
    ),
    "a reason that is a member of a class": Case(
        "APC604",
        {
            "config_flow.py": "from .reasons import Reason\n"
            + flow("return self.async_abort(reason=Reason.GONE.value)")["config_flow.py"],
            "reasons.py": "class Reason(StrEnum):\n    GONE = 'gone'\n    BACK: str\n",
            **config(),
        },
        {"config_flow.py:6:16": "the abort reason gone has no text"},
        fix=None,
    ),
    "a reason that is either": Case(
        "APC604",
        {
            **flow(
                "reason = 'gone' if user_input else 'lost'",
                "if (other := 'back'): raise AbortFlow(other)",
                "return self.async_abort(reason=reason)",
            ),
            **config(abort={"lost": "a"}),
        },
        {"config_flow.py:6:37": "reason back has", "config_flow.py:7:16": "reason gone has"},
        fix=None,
    ),
    "a reason of which a constant has the name only": Case(
        "APC604",
        {
            "config_flow.py": "reason = 'module'\nflag = 'module'\n"
            + flow(
                "for reason in user_input: raise AbortFlow(reason)",
                "with user_input as flag: raise AbortFlow(f'no_{flag}')",
                "match user_input:",
                "    case [reason]: return self.async_abort(reason=reason)",
            )["config_flow.py"],
            **config(),
        },
        {},
    ),
    "errors of classes that are no errors": Case(
        "APC604",
        {
            **flow("..."),
            **config(),
            "sensor.py": "X = Description(translation_domain='example', translation_key='x')\n",
            "api.py": "raise Lost(translation_domain='example', translation_key=KEY)\nKEY = 'y'\n",
        },
        {"api.py:1:7": "the exception y has no text"},
        fix=None,
    ),
    "texts without a flow": Case("APC605", config(abort={"gone": "a"}), {}),
    "texts for reasons that cannot be told": Case(
        "APC605",
        {
            **flow("return self.async_abort(reason=self.reason)"),
            **config(abort={"gone": "a"}, error={"odd": "a"}),
        },
        {f"{EN}:12:4": "translations/en.json: no code uses config.error.odd"},
    ),
    "texts for reasons that are imported": Case(
        "APC605",
        {
            "config_flow.py": "from other import REASON\n"
            + flow("return self.async_abort(reason=REASON)")["config_flow.py"],
            **config(abort={"gone": "a"}),
        },
        {},
    ),
    "texts for errors that cannot be told": Case(
        "APC605",
        {
            **flow(
                "errors = {'base': describe()}",
                "reason = 'other' if errors else 'more'",
                "return self.async_abort(reason=reason)",
            ),
            **config(abort={"gone": "a"}, error={"odd": "a"}),
        },
        {f"{EN}:9:4": "translations/en.json: no code uses config.abort.gone"},
    ),
    "texts for errors that come from a function": Case(
        "APC605",
        {**flow("errors.update(await check(user_input))"), **config(error={"odd": "a"})},
        {},
    ),
    "texts for errors that are passed on": Case(
        "APC605",
        {
            **flow(
                "errors: dict = {**self.errors, 'base': 'odd'} if user_input else errors or {}",
                "return self.async_show_form(step_id='user', errors=errors or None)",
            ),
            **config(error={"odd": "a", "even": "b"}),
        },
        {f"{EN}:10:4": "config.error.even"},
    ),
    "a text for a reason that is handed on": Case(
        "APC605",
        {
            "config_flow.py": flow("return self.stop('other')", "return self.stop('one')")[
                "config_flow.py"
            ]
            + "    def stop(self, why):\n        return self.async_abort(reason=why)\n",
            **config(abort={"gone": "a", "one": "b"}),
        },
        {f"{EN}:9:4": "config.abort.gone"},
    ),
    "a text for a reason that comes from elsewhere": Case(
        "APC605",
        {
            "config_flow.py": flow("return self.stop(error.reason)")["config_flow.py"]
            + "    def stop(self, why):\n        return self.async_abort(reason=why)\n",
            **config(abort={"gone": "a"}),
        },
        {},
    ),
    "a text for a class that is not to be seen": Case(
        "APC605",
        {
            "config_flow.py": "from vendor import Shared\n"
            + flow("...")["config_flow.py"].replace("(oauth", "(Shared, oauth"),
            **config(abort={"gone": "a"}),
        },
        {},
    ),
    "texts of steps and exceptions": Case(
        "APC605",
        {
            **flow("return self.async_show_form(step_id='here')"),
            "api.py": "raise Lost(translation_domain='example', translation_key='lost')\n",
            **texts(
                config={"step": {**PICK, "here": {"title": "a"}, "gone": {"title": "b"}}},
                exceptions={"lost": {"message": "a"}, "found": {"message": "b"}},
            ),
        },
        {f"{EN}:10:4": "config.step.gone, exceptions.found"},
    ),
    "exceptions that come from elsewhere": Case(
        "APC605",
        {
            **flow("raise Lost(translation_domain='example', translation_key=error.key)"),
            **texts(exceptions={"lost": {"message": "a"}}),
        },
        {},
    ),
    "a text named in another module": Case(
        "APC605",
        {**flow("..."), **config(error={"odd": "a"}), "api.py": 'ERROR = "odd"\n'},
        {},
    ),
    "keys of exceptions that are put together": Case(
        "APC605",
        {
            **flow("..."),
            **lost("missing_scope_a", "other_scope_a"),
            "api.py": "def fail(scope, at):\n"
            "    raise At(at, translation_key=at.key)\n"
            "    raise Lost(translation_domain=DOMAIN, translation_key=at)\n"
            "    raise Lost(translation_domain=DOMAIN, translation_key=f'missing_{scope}_a')\n",
        },
        {f"{EN}:6:3": "translations/en.json: no code uses exceptions.other_scope_a"},
    ),
    "keys of exceptions in a file that is no Python": Case(
        "APC605",
        {**flow("..."), **lost("gone"), "api.py": "raise Lost(translation_key=at.key\n"},
        {},
    ),
    "exceptions that are none": Case("APC605", {**flow("..."), **texts(exceptions=["gone"])}, {}),
    "a step of a name that is not written": Case(
        "APC605",
        {
            **flow("return self.async_show_form(step_id=self.at.step)"),
            **texts(config={"step": {**PICK, "gone": {"title": "a"}}}),
        },
        {},
    ),
    "a step that the flow has": Case(
        "APC605",
        {
            **flow("...", "async def async_step_more(self): ..."),
            **texts(config={"step": {**PICK, "more": {"title": "a"}}}),
        },
        {},
    ),
    "a text that another one takes over": Case(
        "APC605",
        {
            **flow("..."),
            "strings.json": json.dumps(
                {
                    "config": {"error": {"gone": "a"}},
                    "issues": {"a": {"title": "[%key:component::example::config::error::gone%]"}},
                }
            ),
        },
        {},
        layout=Layout.CORE,
    ),
    "what Home Assistant is asked to end with": Case(
        "APC605",
        {
            **flow("self._abort_if_unique_id_mismatch(reason='other')"),
            **config(abort={"unique_id_mismatch": "a", "other": "b"}),
        },
        {},
    ),
    "what ends a discovered flow": Case(
        "APC605",
        {
            **flow("..."),
            **config(abort={"already_configured": "a"}),
            "manifest.json": json.dumps({**EXAMPLE_MANIFEST, "dhcp": [{"hostname": "a"}]}),
        },
        {},
    ),
    "texts that are no texts": Case(
        "APC605", {**flow("..."), **config(abort="all of them", error=[1])}, {}
    ),
    "a reason that Home Assistant may ask for": Case(
        "APC605",
        {**flow("..."), **config(abort={"oauth_error": "a", "reauth_successful": "b"})},
        {},
        floor="2022.6",
    ),
    "a URL in a nested text": Case(
        "APC606",
        config(abort={"b": {"c": "See HTTP://example.com"}}),
        {f"{EN}:10:5": "translations/en.json: config.abort.b.c contains a URL"},
    ),
    "a URL elsewhere": Case("APC606", texts(entity={"a": "https://example.com"}), {}),
    "references in every language": Case(
        "APC607",
        {
            "translations/de.json": '{"a": ["[%key:b%]"], "c": {"d": "[%key:e%]"}}',
            "translations/fr.json": '{"a": "[%key:b%]"',
            "translations/it.json": '{"a": "no [%key:b%]"}',
            "strings.json": '{"a": "[%key:b%]"}',
        },
        {"translations/de.json:1:28": "translations/de.json: "},
    ),
    "no English text beside the strings": Case(
        "APC608",
        {"strings.json": "{}"},
        {"strings.json:1:1": "Home Assistant does not read strings.json of a custom"},
    ),
    "strings that cannot be parsed": Case("APC608", {"strings.json": "{", EN: "{}"}, {}),
    "a text that only one of them has": Case(
        "APC608",
        {"strings.json": '{"a": {"b": "c"}}', EN: '{"a": {"b": "c", "d": "e"}}'},
        {"strings.json:1:2": "a.d is in translations/en.json alone"},
        severity=Severity.INFO,
    ),
    "two that are not alike at all": Case(
        "APC608",
        {"strings.json": "[]", EN: "{}"},
        {"strings.json:1:1": "strings.json differs from translations/en.json"},
    ),
    "a form that asks for it": Case(
        "APC609",
        {
            **flow("return self.async_show_form(step_id='user')"),
            **config(step={"user": {"data": {"password": "a"}}}),
        },
        {},
    ),
    "a form of a step that cannot be told": Case(
        "APC609",
        {
            **flow("return self.async_show_form(step_id=step())"),
            **config(step={"user": {"data": {"password": "a"}}}),
        },
        {},
    ),
    "a form of another step": Case(
        "APC609",
        {
            **flow("return self.async_show_form(step_id='other')"),
            **config(step={"user": {"data": {"name": "b", "password": "a"}}}),
        },
        {f"{EN}:5:5": "translations/en.json: no form asks for"},
    ),
    "other fields": Case(
        "APC609",
        {**flow("..."), **config(step={"user": {"data": {"name": "b"}}})},
        {},
    ),
    "fields of no flow": Case("APC609", config(step={"user": {"data": {"password": "a"}}}), {}),
    "tests of something else": Case(
        "APC701",
        {**flow("..."), "/tests/test_a.py": "def test_a(): ...\n"},
        {"config_flow.py:3:7": "no test runs Flow"},
        fix=None,  # without a platform there is nothing that a test could be written of
    ),
    "no tests yet": Case("APC701", {**flow("..."), "/tests/conftest.py": "x = 1\n"}, {}),
    "a test that starts it": Case("APC701", {**flow("..."), "/tests/test_a.py": TEST}, {}),
    "no tests in reach": Case("APC701", flow("..."), {}),
    "custom integrations enabled by a mark": Case(
        "APC702",
        {
            "/tests/test_a.py": f"{TAKE}\npytestmark = pytest.mark.usefixtures('{ENABLE}')\n"
            "async def test_a(hass):\n    await async_import_client_credential(hass)\n"
        },
        {},
    ),
    "custom integrations enabled by another fixture": Case(
        "APC702",
        {
            "/tests/conftest.py": "@pytest.fixture(autouse=True)\ndef enable(request):\n"
            f"    request.getfixturevalue('{ENABLE}')\n",
            "/tests/test_a.py": f"{TAKE}\nasync_import_client_credential(1)\n",
        },
        {},
    ),
    "custom integrations enabled on the way": Case(
        "APC702",
        {
            "/tests/conftest.py": f"@pytest.fixture\ndef enable(*, {ENABLE}): ...\n"
            f"{TAKE}\nasync def take(hass):\n    await async_import_client_credential(hass)\n"
            "@pytest.fixture\nasync def credentials(hass, enable):\n    await take(hass)\n",
            "/tests/test_a.py": f"{TAKE}\n@pytest.mark.usefixtures('{ENABLE}')\n"
            "async def test_a(hass):\n    await async_import_client_credential(hass)\n"
            f"@pytest.mark.usefixtures('{ENABLE}')\nclass TestB:\n"
            "    async def test_b(self, hass):\n"
            "        await async_import_client_credential(hass)\n",
        },
        {},
    ),
    "a mark on a fixture, which does nothing": Case(
        "APC702",
        {
            "/tests/conftest.py": f"{TAKE}\n@pytest.mark.usefixtures('{ENABLE}')\n@pytest.fixture\n"
            "async def credentials(hass):\n    await async_import_client_credential(hass)\n"
            "async def again(hass):\n    await again(hass)\n"
            "    await async_import_client_credential(hass)\n"
        },
        {
            "/tests/conftest.py:5:11": "custom integrations are not enabled yet",
            "/tests/conftest.py:8:11": "custom integrations are not enabled yet",
        },
    ),
    "a fixture for all that enables nothing": Case(
        "APC702",
        {
            "/tests/test_a.py": f"{TAKE}\n@pytest.fixture(autouse=True)\ndef other(hass): ...\n"
            f"# {ENABLE}\nasync_import_client_credential(1)\n"
        },
        {"/tests/test_a.py:5:1": f"request the fixture {ENABLE}"},
    ),
    "a test that cannot be parsed": Case(
        "APC702", {"/tests/test_a.py": f"{TAKE}\nasync_import_client_credential(1\n"}, {}
    ),
    "one reason in two places": Case(
        "APC703",
        {
            **flow(
                "if user_input: return self.async_abort(reason='gone')",
                "if self.x: return self.async_abort(reason='gone')",
                "if self.y: raise AbortFlow('known')",
                "return self.async_abort(reason=self.reason)",
            ),
            "/tests/test_a.py": "assert result['reason'] == 'known'\n",
        },
        {"config_flow.py:5:31": "no test expects the abort reason gone"},
    ),
    "reasons without tests in reach": Case(
        "APC703", flow("return self.async_abort(reason='gone')"), {}
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    CASES[name].hold()
