"""What is understood of a registration, in all the ways it is written, and what is not."""

from __future__ import annotations

import textwrap

import pytest

from appcred.oauth.code import oauth_code
from appcred.oauth.facts import facts
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Kind, Source, registrations
from appcred.oauth.yaml import setup
from appcred.oauth.yaml_schema import schema
from appcred.rules.rule import Example

CONST = """\
DOMAIN = "example"
BASE = "https://example.com"
AUTHORIZE = f"{BASE}/authorize"
TOKEN = BASE + "/token"
URLS = {"authorize": AUTHORIZE}
HIDDEN = b64decode("aWQ=").decode()
NONE_YET = None
SET_LATER = ""
base = b64decode("aWQ=").decode()


def late(client):
    global SET_LATER
    SET_LATER = client
"""

FLOW = """\
from homeassistant.helpers import config_entry_oauth2_flow
from .const import DOMAIN


class Flow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    DOMAIN = DOMAIN
"""

HEAD = """\
from homeassistant.helpers import config_entry_oauth2_flow
from homeassistant.helpers import config_entry_oauth2_flow as oauth
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    LocalOAuth2ImplementationWithPkce as Pkce,
    async_register_implementation,
    async_register_implementation as register,
)
from homeassistant.const import CONF_CLIENT_ID
from . import config_flow, const
from .config_flow import Flow
from .const import AUTHORIZE, DOMAIN, HIDDEN, TOKEN, base

"""

PLAIN = 'LocalOAuth2Implementation(hass, DOMAIN, "id", "secret", AUTHORIZE, TOKEN)'


def integration(init: str, **files: str):  # type: ignore[no-untyped-def]
    texts = {f"{name}.py": textwrap.dedent(text) for name, text in files.items()}
    return Example(
        {
            "__init__.py": HEAD + textwrap.dedent(init),
            "config_flow.py": FLOW,
            "const.py": CONST,
            **texts,
        }
    ).integration()


def setup_with(statement: str) -> str:
    body = textwrap.indent(textwrap.dedent(statement).strip(), "    ")
    return f"async def async_setup(hass, config):\n{body}\n    return True\n"


SPELLINGS = {
    "class method": f"Flow.async_register_implementation(hass, {PLAIN})",
    "class method by module": f"config_flow.Flow.async_register_implementation(hass, {PLAIN})",
    "class method by keyword": f"Flow.async_register_implementation(hass, local_impl={PLAIN})",
    "function": f"async_register_implementation(hass, DOMAIN, {PLAIN})",
    "by module": f"config_entry_oauth2_flow.async_register_implementation(hass, DOMAIN, {PLAIN})",
    "by alias of the module": f"oauth.async_register_implementation(hass, DOMAIN, {PLAIN})",
    "function by alias": f"register(hass, DOMAIN, {PLAIN})",
    "function by keyword": f"register(hass, domain=DOMAIN, implementation={PLAIN})",
    "in a variable": f"made = {PLAIN}\nregister(hass, DOMAIN, made)",
    "annotated": f"made: LocalOAuth2Implementation = {PLAIN}\nregister(hass, DOMAIN, made)",
    "arguments by keyword": """
        register(hass, DOMAIN, oauth.LocalOAuth2Implementation(
            hass=hass, domain=const.DOMAIN, client_id="id", client_secret="secret",
            token_url=const.TOKEN, authorize_url=const.URLS["authorize"],
        ))
    """,
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_spellings(name: str) -> None:
    found = registrations(integration(setup_with(SPELLINGS[name])))
    assert not found.manual
    (one,) = found.understood
    assert (one.kind, one.source, one.function.name) == (
        Kind.PLAIN,
        Source.CONSTANT,
        "async_setup",
    )
    (shown,) = facts(integration(setup_with(SPELLINGS[name])))["registrations"]
    assert shown["auth_domain"] == "example"
    assert shown["token_url"] == "https://example.com/token"
    if name != "arguments by keyword":
        assert shown["authorize_url"] == "https://example.com/authorize"


SOURCES = {
    "config[DOMAIN]['id']": Source.YAML,
    "config.get(DOMAIN, {}).get('id')": Source.YAML,
    "conf['id']": Source.YAML,
    "client_id": Source.YAML,
    "hass.data[DOMAIN]['id']": Source.UNKNOWN,
    "await other()": Source.UNKNOWN,
    "const.DOMAIN": Source.CONSTANT,
    "'literal'": Source.CONSTANT,
    "'lit' 'eral'": Source.CONSTANT,
    "const.HIDDEN": Source.CONSTANT,
    "HIDDEN": Source.CONSTANT,
    "const.SET_LATER": Source.UNKNOWN,
    "const.NONE_YET": Source.UNKNOWN,
    "base": Source.UNKNOWN,
}


@pytest.mark.parametrize("expression", SOURCES)
def test_sources_of_a_client(expression: str) -> None:
    found = registrations(
        integration(
            setup_with(
                f"""
                conf = config[DOMAIN]
                client_id = conf.get("id", "").strip()
                base = await other()
                register(hass, DOMAIN, LocalOAuth2Implementation(
                    hass, DOMAIN, {expression}, {expression}, AUTHORIZE, TOKEN))
                """
            )
        )
    )
    (one,) = found.understood
    assert one.source is SOURCES[expression]


def test_a_list_of_clients() -> None:
    code = """
        for client in config[DOMAIN]["clients"]:
            register(hass, DOMAIN, LocalOAuth2Implementation(
                hass, client["name"], client["id"], client["secret"], AUTHORIZE, TOKEN))
    """
    (one,) = registrations(integration(setup_with(code))).understood
    assert one.source is Source.LIST


def test_an_entry_and_a_form() -> None:
    init = """
        async def async_setup_entry(hass, entry):
            register(hass, DOMAIN, LocalOAuth2Implementation(
                hass, DOMAIN, entry.data["id"], entry.data["secret"], AUTHORIZE, TOKEN))
    """
    flow = """
        from homeassistant.helpers.config_entry_oauth2_flow import *
        from homeassistant.helpers import config_entry_oauth2_flow as oauth
        from .const import DOMAIN


        class Flow(oauth.AbstractOAuth2FlowHandler, domain=DOMAIN):
            DOMAIN = DOMAIN

            def __init__(self):
                self._id = None

            async def async_step_user(self, user_input=None):
                self._id = user_input["id"]
                self.async_register_implementation(self.hass, oauth.LocalOAuth2Implementation(
                    self.hass, DOMAIN, self._id, user_input["secret"], "a", "b"))
    """
    found = registrations(integration(init, config_flow=flow))
    assert {one.source for one in found.understood} == {Source.ENTRY, Source.FORM}
    assert not found.manual


def test_a_helper_is_followed_to_its_callers() -> None:
    helper = """
        from homeassistant.helpers import config_entry_oauth2_flow as oauth
        from .const import AUTHORIZE, DOMAIN, TOKEN


        def async_register_implementation(hass, client_id, client_secret):
            oauth.async_register_implementation(hass, DOMAIN, oauth.LocalOAuth2Implementation(
                hass, DOMAIN, client_id, client_secret, AUTHORIZE, TOKEN))
    """
    init = """
        from .helper import async_register_implementation as own

        async def async_setup(hass, config):
            own(hass, config[DOMAIN]["id"], config[DOMAIN]["secret"])
            return True
    """
    (one,) = registrations(integration(init, helper=helper)).understood
    assert one.source is Source.YAML
    assert one.module.name == "helper"
    (shown,) = facts(integration(init, helper=helper))["registrations"]
    assert (shown["client_id_key"], shown["client_secret_key"]) == ("id", "secret")


CLASSES = '''
from homeassistant.helpers import config_entry_oauth2_flow as oauth
from .const import AUTHORIZE, DOMAIN, TOKEN


class Plain(oauth.LocalOAuth2Implementation):
    """Without an __init__."""


class Handing(Plain):
    def __init__(self, hass, client_id, client_secret, name):
        """Hand on."""
        super().__init__(hass, "other", client_id, client_secret, AUTHORIZE, TOKEN)
        self._name = name

    @property
    def name(self):
        return self._name


class Doing(Plain):
    def __init__(self, hass, conf):
        super().__init__(hass, DOMAIN, conf["id"], conf["secret"], AUTHORIZE, TOKEN)
        hass.bus.fire("made")


class Strange(Plain):
    def __init__(self, *args):
        oauth.LocalOAuth2Implementation.__init__(self, *args)


class Public(oauth.LocalOAuth2ImplementationWithPkce):
    pass


def make(hass, client):
    return Handing(hass, client, "secret", "Made")
'''


@pytest.mark.parametrize(
    ("made", "kind", "domain", "class_name"),
    [
        ('Plain(hass, DOMAIN, "id", "secret", AUTHORIZE, TOKEN)', "subclass", "example", "Plain"),
        ('Handing(hass, "id", "secret", "N")', "subclass", "other", "Handing"),
        ('make(hass, "id")', "subclass", "other", "Handing"),
        ("Doing(hass, config[DOMAIN])", "subclass", "example", "Doing"),
        ('Public(hass, DOMAIN, "id", AUTHORIZE, TOKEN)', "pkce subclass", "example", "Public"),
        ('Pkce(hass, DOMAIN, "id", AUTHORIZE, TOKEN, "secret")', "pkce", "example", None),
    ],
)
def test_classes_and_factories(made: str, kind: str, domain: str, class_name: str | None) -> None:
    init = "from .own import Doing, Handing, Plain, Public, make\n"
    init += setup_with(f"register(hass, DOMAIN, {made})")
    found = registrations(integration(init, own=CLASSES))
    assert not found.manual
    (shown,) = facts(integration(init, own=CLASSES))["registrations"]
    assert (shown["implementation"], shown["auth_domain"], shown["class"]) == (
        kind,
        domain,
        class_name,
    )
    (one,) = found.understood
    assert one.source is (Source.YAML if class_name == "Doing" else Source.CONSTANT)
    kept = [each.attributes for each in one.initialisers]
    assert (kept == [None]) is (class_name == "Doing")
    if class_name == "Handing":
        assert [list(each or ()) for each in kept] == [["_name"]]


NOT_UNDERSTOOD = {
    "register(hass, DOMAIN, *rest)": "cannot read the arguments",
    "register(hass, DOMAIN, LocalOAuth2Implementation(*args))": "cannot read the arguments",
    "register(hass, DOMAIN, somewhere.else_(hass))": "cannot tell how",
    "register(hass, DOMAIN, LocalOAuth2Implementation(hass, DOMAIN))": "cannot read client_id",
    "register(hass, DOMAIN, Strange(hass))": "cannot tell what",
    "oauth.async_add_implementation_provider(hass, DOMAIN, provide)": "a provider",
}


@pytest.mark.parametrize("statement", NOT_UNDERSTOOD)
def test_an_unknown_registration_is_manual_work(statement: str) -> None:
    init = "from .own import Strange\n" + setup_with(statement)
    tree = integration(init, own=CLASSES)
    found = registrations(tree)
    assert not found.understood
    (work,) = found.manual
    assert NOT_UNDERSTOOD[statement] in work.reason
    assert work.todo
    lines = tree.files[work.path].content.decode().splitlines()
    assert 0 < work.line <= len(lines)


@pytest.mark.parametrize(
    "statement",
    [
        f"put = partial(async_register_implementation, hass, DOMAIN)\nput({PLAIN})",
        f"put = Flow.async_register_implementation\nput(hass, {PLAIN})",
        f"put = config_flow.Flow.async_register_implementation\nput(hass, {PLAIN})",
        f"put = register\nput(hass, DOMAIN, {PLAIN})",
        "provide = oauth.async_add_implementation_provider\nprovide(hass, DOMAIN, make)",
    ],
)
def test_a_register_function_passed_as_a_value_is_manual_work(statement: str) -> None:
    tree = integration(setup_with(statement))
    assert oauth_code(tree).registers_by_hand
    (work,) = registrations(tree).manual
    assert "is passed on as a value" in work.reason
    lines = tree.files[work.path].content.decode().splitlines()
    assert lines[work.line - 1].strip() == statement.partition("\n")[0]


def test_a_helper_of_the_same_name_may_be_handed_on() -> None:
    helper = """\
    def async_register_implementation(hass, client):
        "Keep a client."
    """
    tree = integration(
        "from . import own\n\n"
        + setup_with("call(own.async_register_implementation)\nself.hass.register(hass)"),
        own=helper,
    )
    assert not oauth_code(tree).registers_by_hand
    assert not registrations(tree).found


def test_outside_of_a_function() -> None:
    found = registrations(integration(f"register(HASS, DOMAIN, {PLAIN})\n"))
    assert "outside a function" in found.manual[0].reason


def test_a_function_of_that_name_that_does_not_register_is_ignored() -> None:
    init = """
        def async_register(hass):
            return None
    """
    assert not registrations(integration(init)).found


SCHEMAS = {
    "vol.Schema({DOMAIN: vol.Schema({KEYS})}, extra=vol.ALLOW_EXTRA)": True,
    "vol.Schema({vol.Optional(DOMAIN): {KEYS}}, extra=vol.ALLOW_EXTRA)": True,
    "vol.Schema(vol.All(cv.deprecated(DOMAIN), {DOMAIN: vol.Schema({KEYS})}), extra=1)": True,
    "vol.Schema({DOMAIN: vol.All(cv.x, vol.Schema({KEYS}))}, extra=vol.ALLOW_EXTRA)": True,
    "vol.Schema({DOMAIN: vol.Any({KEYS}, str)})": False,
    "vol.Schema({'other': {KEYS}})": False,
    "cv.empty_config_schema(DOMAIN)": False,
}


@pytest.mark.parametrize("text", SCHEMAS)
def test_schemas(text: str) -> None:
    keys = "vol.Required('id'): str, vol.Inclusive('secret', 'x'): str, 'bare': int"
    init = f"import voluptuous as vol\nCONFIG_SCHEMA = {text.replace('KEYS', keys)}\n"
    init += setup_with(f"register(hass, DOMAIN, {PLAIN})")
    found = schema(oauth_code(integration(init)))
    assert (found is not None) is SCHEMAS[text]
    if found is not None:
        assert [(key.name, key.marker) for key in found.keys] == [
            ("id", "Required"),
            ("secret", "Inclusive"),
            ("bare", None),
        ]
        assert found.allows_extra


GUARDS = {
    "if DOMAIN not in config:\n    return True": "guard",
    "if not config.get(DOMAIN):\n    return True": "guard",
    "if not (conf := config.get(DOMAIN)):\n    return True": "guard",
    "if config.get(DOMAIN) is None:\n    LOG.debug('nothing')\n    return True": "guard",
    "if not DOMAIN in config:\n    return True": "guard",
    "if DOMAIN not in config:\n    hass.data[DOMAIN] = {}\n    return True": "handled",
    "if DOMAIN not in config:\n    return False": "guard",
    "if DOMAIN not in config:\n    LOG.error('none')\n    return False": "guard",
    "if DOMAIN not in config:\n    hass.data[DOMAIN] = {}\n    return False": "",
    "if DOMAIN not in config: return True": "guard",
    "if DOMAIN not in config or CONF_CLIENT_ID not in config[DOMAIN]:\n    return True": "guard",
    "if DOMAIN not in config or not config[DOMAIN]:\n    return True": "guard",
    "if DOMAIN not in config or 'host' not in config[DOMAIN]:\n    return True": "",
    "if DOMAIN not in config and not config[DOMAIN]:\n    return True": "",
    "try:\n    conf = config[DOMAIN]\nexcept KeyError:\n    return True": "tried",
    "try:\n    conf = config[DOMAIN]\nexcept KeyError:\n    return False": "tried",
    "try:\n    conf = config[DOMAIN]\nexcept ValueError:\n    return True": "",
    "try:\n    conf = config[DOMAIN]\nexcept KeyError:\n    conf = {}": "",
    "try:\n    conf = config[DOMAIN]\n    go()\nexcept KeyError:\n    return True": "",
    "try:\n    conf = config.get(DOMAIN)\nexcept KeyError:\n    return True": "",
    "try:\n    conf = config[DOMAIN]\nexcept KeyError:\n    return True\nelse:\n    go()": "",
    "if other:\n    return True": "",
    "if DOMAIN in config:\n    return True": "",
    "if DOMAIN not in config:\n    return True\nelse:\n    pass": "",
}


@pytest.mark.parametrize("text", GUARDS)
def test_guards(text: str) -> None:
    init = setup_with(f"{text}\nregister(hass, DOMAIN, {PLAIN})")
    found = setup(oauth_code(integration(init)))
    assert found is not None
    assert (found.guard is not None) is (GUARDS[text] == "guard")
    assert (found.handled is not None) is (GUARDS[text] == "handled")
    assert (found.tried is not None) is (GUARDS[text] == "tried")


@pytest.mark.parametrize(
    "text",
    [
        "def async_setup(hass, config):\n    return True\n",
        "async def async_setup(hass):\n    return True\n",
        "async def other(hass, config):\n    return True\n",
    ],
)
def test_setups_of_another_form(text: str) -> None:
    assert setup(oauth_code(integration(text))) is None


def test_credential_imports() -> None:
    init = """
        from homeassistant.components.application_credentials import (
            ClientCredential,
            async_import_client_credential as keep,
        )

        async def async_setup(hass, config):
            made = ClientCredential(client_id=config[DOMAIN]["id"], client_secret="s")
            await keep(hass, DOMAIN, made, auth_domain="other")
            await keep(hass, DOMAIN, ClientCredential("id", "secret", name="N"))
            await keep(hass, DOMAIN, unknown)
            await keep(hass, DOMAIN, ClientCredential(*both))
            await keep(hass, DOMAIN)
            return True
    """
    first, second = credential_imports(integration(init))
    assert (first.source, second.source) == (Source.YAML, Source.CONSTANT)
    assert first.auth_domain is not None
    assert second.auth_domain is None
