"""APC4 and APC5 beyond the examples that their pages show: what else they find, and let be."""

from __future__ import annotations

import pytest

from appcred.finding import FixKind, Severity
from appcred.integration import Layout
from appcred.rules import engine
from appcred.rules.rule import Example
from rules.cases import Case

IMPORTS = """\
from homeassistant.components.application_credentials import (
    ClientCredential, async_import_client_credential as take)
DOMAIN = "example"
"""
HELPER = "from homeassistant.helpers import config_entry_oauth2_flow as oauth\n"
FLOW = f"""\
{HELPER}
class Flow(oauth.AbstractOAuth2FlowHandler, domain="example"):
    async def async_step_user(self, user_input):
"""


def setup(*lines: str, before: str = "") -> dict[str, str]:
    """Return a set-up that begins in line 4; its body in line 5."""
    body = "".join(f"    {line}\n" for line in lines)
    return {"__init__.py": f"{IMPORTS}{before}async def async_setup(hass, config):\n{body}"}


def entry(*lines: str) -> dict[str, str]:
    """Return the set-up of an entry; its body begins in line 3."""
    body = "".join(f"    {line}\n" for line in lines)
    return {"__init__.py": f"{HELPER}async def async_setup_entry(hass, entry):\n{body}"}


def refresh(*clauses: str) -> dict[str, str]:
    """Return a refresh of the token in line 4, and clauses from line 5."""
    return entry("try:", "    await session.async_ensure_token_valid()", *clauses)


def by_status(line: str) -> dict[str, str]:
    """Return a refresh whose clause does something for a status, and else raises for later."""
    return refresh(
        "except ClientResponseError as err:",
        "    if err.status == 401:",
        f"        {line}",
        LATER,
    )


def fetch(*clauses: str) -> dict[str, str]:
    """Return a fetch of the implementation in line 4, and clauses from line 5."""
    call = "oauth.async_get_config_entry_implementation(hass, entry)"
    return entry("try:", f"    await {call}", *clauses)


def logged(*arguments: str, function: str = "async_setup_entry(hass, entry)") -> dict[str, str]:
    """Return calls of a logger from line 3 on."""
    lines = "".join(f"    _LOGGER.debug({argument})\n" for argument in arguments)
    return {"__init__.py": f"{HELPER}async def {function}:\n{lines}"}


def diagnostics(*lines: str, redact: str = "REDACT = {'token'}") -> dict[str, str]:
    """Return a flow, and diagnostics whose body begins in line 4."""
    body = "".join(f"    {line}\n" for line in lines)
    head = "from homeassistant.components.diagnostics import async_redact_data\n"
    hook = "async def async_get_config_entry_diagnostics(hass, entry):"
    return {
        "config_flow.py": f"{FLOW}        ...\n",
        "diagnostics.py": f"{head}{redact}\n{hook}\n{body}",
    }


CREDENTIAL = "ClientCredential(config[DOMAIN]['id'], config[DOMAIN]['secret'])"
IMPORT = f"await take(hass, DOMAIN, {CREDENTIAL})"
SECTION = "{DOMAIN: vol.Schema({'id': str, 'secret': str})}"
LATER = "    raise ConfigEntryNotReady from None"
LOSES = "nothing, which Home Assistant treats as a failure"
ISSUE = "ir.async_create_issue(hass, DOMAIN, 'a', {})"

REDACTED = "return async_redact_data(whole(entry), REDACT)"

REGISTERED = """\
from homeassistant.helpers import config_entry_oauth2_flow as flow


async def async_setup(hass, config):
    {}flow.async_register_implementation(
        hass,
        {}flow.LocalOAuth2Implementation(hass, "example", "id", "secret", "https://a", "https://t"),
    )
    return True
"""
OWN_SESSION = (
    "import aiohttp  # oauth2\n\n\ndef session(hass):\n    return aiohttp.ClientSession({})\n"
)

CASES = {
    "a registration that is awaited": Case(
        "APC402",
        {"__init__.py": REGISTERED.format("await ", '"example",\n        ')},
        {"__init__.py:5:11": "a built-in client is registered"},
    ),
    "a registration without its domain": Case(
        "APC402",
        {"__init__.py": REGISTERED.format("", "")},
        {"__init__.py:5:5": "a built-in client is registered"},
    ),
    "an awaited registration without its domain": Case(
        "APC402",
        {"__init__.py": REGISTERED.format("await ", "")},
        {"__init__.py:5:11": "a built-in client is registered"},
    ),
    "a session with cookies of its own": Case(
        "APC505",
        {"api.py": OWN_SESSION.format("cookie_jar=aiohttp.CookieJar()")},
        {"api.py:5:12": "use async_create_clientsession(hass, cookie_jar=…)"},
    ),
    "a session with two settings": Case(
        "APC505",
        {"api.py": OWN_SESSION.format("cookie_jar=jar, timeout=timeout")},
        {"api.py:5:12": "use async_create_clientsession(hass, cookie_jar=…, timeout=…)"},
    ),
    "a session with a base URL by position": Case(
        "APC505",
        {"api.py": OWN_SESSION.format("BASE")},
        {"api.py:5:12": "use async_create_clientsession(hass, …)"},
    ),
    "a result on all ways but one": Case(
        "APC404",
        setup("if DOMAIN not in config:", "    return", IMPORT, "return True"),
        {"__init__.py:6:9": LOSES},
        fix=None,
    ),
    "no result without YAML": Case(
        "APC404",
        setup("if DOMAIN in config:", f"    {IMPORT}", "    return True"),
        {"__init__.py:4:1": LOSES},
    ),
    "an import in a function that async_setup calls": Case(
        "APC404",
        {
            "__init__.py": f"{IMPORTS}async def async_setup(hass, config):\n    await bring(hass)\n"
            f"async def bring(hass, config):\n    {IMPORT}\n"
        },
        {"__init__.py:4:1": LOSES},
    ),
    "all in one line": Case(
        "APC404",
        {"__init__.py": f"{IMPORTS}async def async_setup(hass, config): {IMPORT}\n"},
        {"__init__.py:4:1": LOSES},
        fix=None,
    ),
    "a result on every way out": Case(
        "APC404",
        setup(
            "try:",
            "    with config:",
            f"        {IMPORT}",
            "        return True",
            "except KeyError:",
            "    give_up(hass)",
        ),
        {},
    ),
    "a way out by a clause that only logs": Case(
        "APC404",
        setup(
            "try:", f"    {IMPORT}", "    return True", "except KeyError:", "    LOG.error('no')"
        ),
        {"__init__.py:4:1": LOSES},
    ),
    "an endless loop": Case("APC404", setup("while True:", f"    {IMPORT}"), {}),
    "a loop that ends": Case(
        "APC404", setup("while True:", f"    {IMPORT}", "    break"), {"__init__.py:4:1": LOSES}
    ),
    "a last word that is always said": Case(
        "APC404",
        setup("try:", f"    {IMPORT}", "except KeyError: ...", "finally:", "    return True"),
        {},
    ),
    "ways by if, elif and else": Case(
        "APC404",
        setup(
            f"if await {IMPORT.removeprefix('await ')}:",
            "    return True",
            "elif config:",
            "    raise ValueError",
            "else:",
            "    return False",
        ),
        {},
    ),
    "an error at the end": Case("APC404", setup(IMPORT, "raise ValueError"), {}),
    "an import elsewhere": Case(
        "APC404",
        {
            "other.py": f"{IMPORTS}async def async_setup(hass, config):\n    {IMPORT}\n",
            "__init__.py": f"{IMPORTS}async def other(hass, config):\n    {IMPORT}\n",
        },
        {},
    ),
    "a schema for constants": Case(
        "APC405",
        setup(
            "await take(hass, DOMAIN, ClientCredential('id', 'secret'))",
            before=f"CONFIG_SCHEMA = vol.Schema({SECTION})\n",
        ),
        {},
    ),
    "no schema": Case("APC405", setup(IMPORT), {}),
    "a warning in the log": Case(
        "APC406", setup("LOG.warning('YAML is over')", IMPORT, "return True"), {}
    ),
    "a schema that says so": Case(
        "APC406",
        setup(
            IMPORT,
            before="CONFIG_SCHEMA = vol.Schema(vol.All(cv.removed(DOMAIN), "
            f"{SECTION}), extra=vol.ALLOW_EXTRA)\n",
        ),
        {},
    ),
    "not a word, and no schema": Case(
        "APC406",
        setup(IMPORT, "return True"),
        {"__init__.py:5:11": "users are not told that the section in YAML has no effect"},
    ),
    "constants need no word": Case(
        "APC406", setup("await take(hass, DOMAIN, ClientCredential('id', 'secret'))"), {}
    ),
    "an end that has passed": Case(
        "APC407",
        setup(IMPORT, ISSUE.format("breaks_in_ha_version='2024.6.0'")),
        {"__init__.py:5:11": "this import from YAML was announced to end in 2024.6"},
        severity=Severity.WARNING,
    ),
    "an end that is to come": Case(
        "APC407",
        setup(IMPORT, ISSUE.format("breaks_in_ha_version='2030.1'")),
        {"__init__.py:5:11": "credentials are imported from YAML"},
    ),
    "an end that is no release": Case(
        "APC407",
        setup(IMPORT, ISSUE.format("breaks_in_ha_version='soon'")),
        {"__init__.py:5:11": "credentials are imported from YAML"},
    ),
    "an end that is in a constant": Case(
        "APC407",
        setup(IMPORT, ISSUE.format("breaks_in_ha_version=END"), before="END = '2024.6'\n"),
        {"__init__.py:6:11": "this import from YAML was announced to end in 2024.6"},
        severity=Severity.WARNING,
    ),
    "an end that is nowhere": Case(
        "APC407",
        setup(IMPORT, ISSUE.format("breaks_in_ha_version=END, severity='2024.1'")),
        {"__init__.py:5:11": "credentials are imported from YAML"},
    ),
    "a name written into the data of an entry": Case(
        "APC408",
        {
            **setup(IMPORT),
            "moving.py": "KEY = 'auth_implementation'\n"
            "def move(data):\n    data[KEY] = OLD\n    data[0:1] = data.kept = OLD\nOLD = 'old'\n",
        },
        {"moving.py:3:17": "the entry stores old, but the credential is imported as"},
    ),
    "names that are provided, or cannot be told": Case(
        "APC408",
        setup(
            IMPORT,
            "data = {'auth_implementation': DOMAIN, **config}",
            "data['auth_implementation'] = 'cloud'",
            "data['auth_implementation'] = implementation.domain",
            "data['auth_provider'] = 'old'",
        ),
        {},
    ),
    "a name written where an import may go by it": Case(
        "APC408",
        setup(
            IMPORT,
            "await take(hass, DOMAIN, ClientCredential('a', 'x'), config['a'])",
            "data = {'auth_implementation': 'old'}",
        ),
        {},
    ),
    "a name written where a registration may go by it": Case(
        "APC408",
        setup(
            IMPORT,
            "oauth.async_register_implementation(hass, DOMAIN, make(hass))",
            "data = {'auth_implementation': 'old'}",
            before=HELPER,
        ),
        {},
    ),
    "a name written where implementations have another": Case(
        "APC408",
        {
            **setup(IMPORT, "data = {'auth_implementation': 'old'}"),
            "application_credentials.py": "async def async_get_auth_implementation(a, b, c):\n"
            "    return Implementation(a, 'old', c)\n",
        },
        {},
    ),
    "a name written where a class tells it": Case(
        "APC408",
        {
            **setup(IMPORT, "data = {'auth_implementation': 'old'}"),
            "api.py": f"{HELPER}class Own(oauth.LocalOAuth2Implementation):\n"
            "    @property\n    def domain(self):\n        return 'old'\n",
        },
        {},
    ),
    "a name written where the hook is somewhere else": Case(
        "APC408",
        {
            **setup(IMPORT, "data = {'auth_implementation': 'old'}"),
            "application_credentials.py": "from x import async_get_auth_implementation\n",
        },
        {},
    ),
    "another client registered under another name": Case(
        "APC408",
        setup(
            IMPORT,
            "made = oauth.LocalOAuth2Implementation(hass, 'old', 'other', '', 'a', 'b')",
            "oauth.async_register_implementation(hass, DOMAIN, made)",
            "data = {'auth_implementation': 'old'}",
            before=HELPER,
        ),
        {},
    ),
    "the same client registered under another name": Case(
        "APC408",
        setup(
            "client = config[DOMAIN]['id']",
            "await take(hass, DOMAIN, ClientCredential(client, ''))",
            "made = oauth.LocalOAuth2Implementation(hass, 'old', client, '', 'a', 'b')",
            "oauth.async_register_implementation(hass, DOMAIN, made)",
            before=HELPER,
        ),
        {"__init__.py:7:11": "the client is imported as example, but its entries store"},
        severity=Severity.WARNING,
    ),
    "another function's variable": Case(
        "APC408",
        setup(
            "client = config[DOMAIN]['id']",
            "await take(hass, DOMAIN, ClientCredential(client, ''))",
            before=f"{HELPER}def other(hass, client):\n"
            "    made = oauth.LocalOAuth2Implementation(hass, 'old', client, '', 'a', 'b')\n"
            "    oauth.async_register_implementation(hass, DOMAIN, made)\n",
        ),
        {},
    ),
    "a warning about something else": Case(
        "APC406",
        setup("LOG.warning('no weather today')", IMPORT, "return True"),
        {"__init__.py:6:11": "users are not told that the section in YAML has no effect"},
    ),
    "an issue that another module raises": Case(
        "APC406",
        {
            **setup(IMPORT, "return True"),
            "repairs.py": "def tell(hass):\n    async_create_issue(hass, 'deprecated_yaml')\n",
        },
        {},
    ),
    "one client of two, by the configuration": Case(
        "APC409",
        setup(
            "if config:",
            "    await take(hass, DOMAIN, ClientCredential('a', 'x'))",
            "else:",
            "    await take(hass, DOMAIN, ClientCredential('b', 'x'))",
        ),
        {},
    ),
    "one client of two, by returning": Case(
        "APC409",
        setup(
            "if config:",
            "    await take(hass, DOMAIN, ClientCredential('a', 'x'))",
            "    return True",
            "await take(hass, DOMAIN, ClientCredential('b', 'x'))",
        ),
        {},
    ),
    "one client of two, by what matches": Case(
        "APC409",
        setup(
            "match config:",
            "    case 1:",
            "        await take(hass, DOMAIN, ClientCredential('a', 'x'))",
            "    case _:",
            "        await take(hass, DOMAIN, ClientCredential('b', 'x'))",
        ),
        {},
    ),
    "one client now and then, and another": Case(
        "APC409",
        setup(
            "if config:",
            "    await take(hass, DOMAIN, ClientCredential('a', 'x'))",
            "await take(hass, DOMAIN, ClientCredential('b', 'x'))",
        ),
        {"__init__.py:7:11": "the last one wins"},
    ),
    "two clients, each its auth domain": Case(
        "APC409",
        setup(
            "await take(hass, DOMAIN, ClientCredential('a', 'x'), 'first')",
            "await take(hass, DOMAIN, ClientCredential('b', 'x'), auth_domain='second')",
            "await take(hass, DOMAIN, ClientCredential('c', 'x'), hass.data)",
        ),
        {},
    ),
    "two clients under the domain": Case(
        "APC409",
        setup(
            "await take(hass, DOMAIN, ClientCredential('a', 'x'))",
            "await take(hass, DOMAIN, ClientCredential('a', 'x'))",
            "await take(hass, DOMAIN, ClientCredential('b', 'x'))",
        ),
        {"__init__.py:7:11": "another client has the auth domain example too, so the last"},
    ),
    "a loop over something else": Case(
        "APC409",
        setup("for number in (1, 2):", f"    {IMPORT}", "for one in config:", "    print(one)"),
        {},
    ),
    "the implementation in a dialog": Case(
        "APC501",
        {
            "config_flow.py": f"{FLOW}"
            "        await oauth.async_get_config_entry_implementation(self.hass, self.entry)\n"
        },
        {},
        floor="2025.4",
    ),
    "every error is caught": Case("APC501", fetch("except: ..."), {}, floor="2025.4"),
    "another error is caught": Case(
        "APC501",
        fetch("except (KeyError, TypeError): ..."),
        {"__init__.py:4:15": "the setup fails for good"},
        floor="2025.4",
    ),
    "errors in a constant": Case(
        "APC501",
        {
            "__init__.py": fetch("except ERRORS: ...")["__init__.py"]
            + "ERRORS = (KeyError, ValueError)\n"
        },
        {},
        floor="2025.4",
    ),
    "a deleted credential is retried": Case(
        "APC502",
        fetch("except ValueError:", LATER),
        {"__init__.py:5:5": "since 2026.10 this clause retries forever if the credential"},
        floor="2026.10",
    ),
    "a deleted credential is met before": Case(
        "APC502",
        fetch("except oauth.UnknownImplementationError: raise", "except ValueError:", LATER),
        {},
        floor="2026.10",
    ),
    "something else is done as well": Case(
        "APC502", fetch("except ValueError:", "    raise"), {}, floor="2026.10"
    ),
    "another error is taken for later": Case(
        "APC502", fetch("except KeyError:", LATER), {}, floor="2026.10"
    ),
    "what is one already": Case(
        "APC502",
        fetch("except oauth.ImplementationUnavailableError as err:", LATER),
        {"__init__.py:5:5": "ImplementationUnavailableError is a ConfigEntryNotReady"},
        floor="2026.10",
        severity=Severity.INFO,
    ),
    "any error is another matter": Case(
        "APC503", refresh("except Exception:", LATER), {}, floor="2025.4"
    ),
    "an error that has nothing to do with it first": Case(
        "APC503",
        refresh("except KeyError: ...", "except ClientResponseError:", LATER),
        {"__init__.py:6:5": "this clause retries a refused token forever"},
        floor="2025.4",
    ),
    "the status is told, and told to the log": Case(
        "APC503",
        refresh(
            "except ClientResponseError as err:",
            "    known = err.status == 403",
            "    _LOGGER.warning('%s', err)",
            LATER,
        ),
        {"__init__.py:5:5": "this clause retries a refused token forever"},
        floor="2025.4",
    ),
    "an own error for a status": Case(
        "APC503", by_status("raise TokenError from err"), {}, floor="2025.4"
    ),
    "the error itself for a status": Case("APC503", by_status("raise"), {}, floor="2025.4"),
    "an end for a status": Case("APC503", by_status("return False"), {}, floor="2025.4"),
    "a function for a status": Case("APC503", by_status("log_in(entry)"), {}, floor="2025.4"),
    "a mark for a status": Case("APC503", by_status("entry.refused = True"), {}, floor="2025.4"),
    "what is refused goes on behind the clause": Case(
        "APC503",
        refresh("except ClientResponseError as err:", "    if err.status != 401:", f"    {LATER}"),
        {},
        floor="2025.4",
    ),
    "no error is caught": Case(
        "APC503", entry("await session.async_ensure_token_valid()"), {}, floor="2025.4"
    ),
    "the refusal is met before": Case(
        "APC504",
        refresh(
            "except oauth.OAuth2TokenRequestReauthError:",
            "    raise ConfigEntryAuthFailed from None",
            "except oauth.OAuth2TokenRequestError:",
            LATER,
        ),
        {},
    ),
    "a session of its own": Case(
        "APC505",
        {"api.py": "import aiohttp\nOAUTH2 = 1\nSESSION = aiohttp.ClientSession()\n"},
        {"api.py:3:11": "this session does not use Home Assistant's connections and"},
    ),
    "a session of another library": Case(
        "APC505", {"api.py": "import other\nOAUTH2 = 1\nSESSION = other.ClientSession()\n"}, {}
    ),
    "a function that only raises": Case(
        "APC506",
        {"__init__.py": "async def async_unload_entry(hass, entry):\n    raise ValueError\n"},
        {},
        floor="2025.4",
    ),
    "a stub": Case(
        "APC506",
        {"__init__.py": "async def async_unload_entry(hass, entry): ...\n"},
        {},
        floor="2025.4",
    ),
    "an end in a statement": Case(
        "APC506",
        {"__init__.py": "async def async_unload_entry(hass, entry):\n    if a:\n        b()\n"},
        {"__init__.py:1:11": "must return a bool"},
        floor="2025.4",
    ),
    "a bare return in core": Case(
        "APC506",
        {"__init__.py": "async def async_migrate_entry(hass, entry):\n    return\n"},
        {},
        layout=Layout.CORE,
        floor="2026.11",
    ),
    "secrets in every way of writing": Case(
        "APC507",
        logged(
            "f'{entry.data}'",
            "'%s', entry.data[CONF_ACCESS_TOKEN]",
            "'a' + str(session.token)",
            "'%s %s' % (name, config['client_secret'])",
        ),
        {
            "__init__.py:3:22": "to the log",
            "__init__.py:4:25": "to the log",
            "__init__.py:5:29": "to the log",
            "__init__.py:6:36": "to the log",
        },
    ),
    "what is no secret": Case(
        "APC507",
        logged(
            "f'{entry.title} token'",
            "entry.data['user'], entry.data[0:1], entry.data[key()]",
            "'token', token, len(session.token)",
            "-1, str()",
        ),
        {},
    ),
    "a name for a secret": Case(
        "APC507",
        {
            "__init__.py": f"{HELPER}def setup(entry, session):\n"
            "    token = session.token['access_token']\n"
            "    if (given := entry.data):\n"
            "        _LOGGER.debug('%s %s', token, given)\n"
        },
        {"__init__.py:5:32": "to the log", "__init__.py:5:39": "to the log"},
    ),
    "logged where no function is": Case(
        "APC507",
        {"__init__.py": f"{HELPER}_LOGGER.debug(token, entry.data)\n"},
        {"__init__.py:2:22": "to the log"},
    ),
    "a name for something else, once": Case(
        "APC507",
        {
            "__init__.py": f"{HELPER}def setup(entry, session):\n"
            "    secret: str\n"
            "    token = session.token['access_token']\n"
            "    token = bool(token)\n"
            "    _LOGGER.debug('%s %s', token, secret)\n"
        },
        {},
    ),
    "something that is no logger": Case(
        "APC507", {"__init__.py": f"{HELPER}api.debug(entry.data)\n"}, {}
    ),
    "the data outside of a flow": Case(
        "APC507", logged("data", function="async_oauth_create_entry(self, data)"), {}
    ),
    "the data of a flow": Case(
        "APC507",
        {
            "config_flow.py": FLOW.replace("async_step_user", "async_step_reauth")
            + "        LOGGER.info('%s', user_input)\n"
            "    async def async_oauth_create_entry(self):\n        LOGGER.info(data)\n"
        },
        {"config_flow.py:5:27": "to the log"},
    ),
    "only some of the data": Case(
        "APC508",
        diagnostics(
            "if 'a' in entry.data: ...", "return {'a': entry.data['b'], 'c': entry.data.x}"
        ),
        {},
    ),
    "the whole data, redacted": Case(
        "APC508", diagnostics("return async_redact_data(entry.as_dict(), REDACT)"), {}
    ),
    "redacted later, as far as we can see": Case(
        "APC508",
        diagnostics("data = dict(entry.data)", "return async_redact_data(data, REDACT)"),
        {},
    ),
    "redacted beside": Case(
        "APC508",
        diagnostics("return {'a': async_redact_data(b, REDACT), 'c': entry.data}"),
        {"diagnostics.py:4:53": "redact the key token"},
    ),
    "redacted, but not the tokens": Case(
        "APC508",
        diagnostics(
            "return async_redact_data(entry.as_dict(), REDACT)", redact="REDACT = ['id', CONF_ID]"
        ),
        {"diagnostics.py:4:30": "redact the key token"},
    ),
    "redacted by Home Assistant's constants": Case(
        "APC508",
        diagnostics("return async_redact_data(entry.data, REDACT)", redact="REDACT = {CONF_TOKEN}"),
        {},
    ),
    "both tokens redacted": Case(
        "APC508",
        diagnostics("return async_redact_data(entry.data, ('access_token', 'refresh_token'))"),
        {},
    ),
    "keys that cannot be told": Case(
        "APC508",
        diagnostics(
            "a = async_redact_data(entry.data)",
            "b = async_redact_data(entry.data, ALL | MORE)",
            "return a, b, async_redact_data(entry.data, {key(), 'a'})",
        ),
        {},
    ),
    "a copy without the tokens": Case(
        "APC508",
        diagnostics(
            "data = dict(entry.data)",
            "data.pop('token')",
            "more = {**entry.data}",
            "del more['token']",
            "less = dict(entry.data)",
            "less['token'] = None",
            "return [data, more, less, entry.data | {'token': 1}, list(entry.data)]",
        ),
        {},
    ),
    "data that is redacted under its own name": Case(
        "APC508",
        diagnostics(
            "data = entry.as_dict()", "data = async_redact_data(data, REDACT)", "return data"
        ),
        {},
    ),
    "a copy put into another, and a session's token": Case(
        "APC508",
        diagnostics(
            "found = {}",
            "found['entry'] = dict(entry.data)",
            "found['session'] = entry.runtime_data.session.token['access_token']",
            "found['until'] = entry.data['token']['expires_at']",
            "return found",
        ),
        {"diagnostics.py:5:27": "redact the key token", "diagnostics.py:6:24": "redact"},
    ),
    "a function whose result is redacted": Case(
        "APC508",
        {
            **diagnostics(REDACTED),
            "diagnostics.py": diagnostics(REDACTED)["diagnostics.py"]
            + "def whole(entry):\n    return entry.as_dict()\n",
        },
        {},
    ),
    "a function whose result is not redacted": Case(
        "APC508",
        {
            **diagnostics("return {'a': whole(entry)}"),
            "diagnostics.py": diagnostics("return {'a': whole(entry)}")["diagnostics.py"]
            + "def whole(entry):\n    return entry.as_dict()\n",
        },
        {"diagnostics.py:6:12": "redact the key token"},
    ),
    "keys by keyword": Case(
        "APC508",
        diagnostics("return async_redact_data(data=entry.data, to_redact=['id'])"),
        {"diagnostics.py:4:35": "redact the key token"},
    ),
    "nothing redacted": Case(
        "APC508",
        diagnostics("data = entry.data", "return data"),
        {"diagnostics.py:4:12": "redact the key token"},
    ),
    "a reload that looks first": Case(
        "APC509",
        {
            "config_flow.py": f"{FLOW}        if not self.entry.update_listeners:\n"
            "            return self.async_update_reload_and_abort(self.entry)\n",
            **entry("entry.add_update_listener(reload)"),
        },
        {},
    ),
    "a set-up that cannot be parsed": Case(
        "APC509",
        {
            "config_flow.py": f"{FLOW}        self.async_update_reload_and_abort(self.entry)\n",
            "__init__.py": "x = (\n",
        },
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    CASES[name].hold()


def test_extra_follows_the_commas_of_the_schema() -> None:
    schema = f"CONFIG_SCHEMA = vol.Schema(\n    {SECTION},\n)\n"
    example = Example(setup(IMPORT, "return True", before="import voluptuous as vol\n" + schema))
    fixed = engine.fix(example.integration(), example.span(), {FixKind.SAFE}, only=["APC405"])
    content = fixed.integration.files[fixed.integration.path("__init__.py")].content.decode()
    assert f"vol.Schema(\n    {SECTION},\n    extra=vol.ALLOW_EXTRA,\n)\n" in content
