"""Where a client comes from: certain or unknown; and what is left to a person."""

from __future__ import annotations

import textwrap

import pytest

from appcred.oauth.facts import facts
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source, registrations
from appcred.rules.rule import Example

HEAD = """\
from homeassistant.components.application_credentials import (
    AuthImplementation,
    AuthorizationServer,
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.helpers import config_entry_oauth2_flow as oauth
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation as Local,
    async_register_implementation as register,
)
DOMAIN = "example"
AUTHORIZE = "https://example.com/authorize"
TOKEN = "https://example.com/token"
"""


def found(text: str):  # type: ignore[no-untyped-def]
    """Return the registrations of a package."""
    return registrations(Example({"__init__.py": HEAD + textwrap.dedent(text)}).integration())


def source(body: str, client: str) -> Source:
    """Return where a client comes from that is registered in `async_setup`."""
    lines = textwrap.indent(textwrap.dedent(body), "    ")
    made = f"Local(hass, DOMAIN, {client}, 'secret', AUTHORIZE, TOKEN)"
    text = f"async def async_setup(hass, config):\n{lines}\n    register(hass, DOMAIN, {made})\n"
    (one,) = found(text).understood
    return one.source


SOURCES = {
    ("", "config.get(DOMAIN)['id']"): Source.YAML,
    ("", "(config.get(DOMAIN) or {})['id']"): Source.YAML,
    ("", "(conf := config[DOMAIN])['id']"): Source.YAML,
    ("", "config[DOMAIN].client_id"): Source.YAML,
    ("", "config[DOMAIN].lookup('id')"): Source.UNKNOWN,
    ("", "compute(config)"): Source.UNKNOWN,
    ("", "config[DOMAIN]['a'] + 'b'"): Source.UNKNOWN,
    ("", "AUTHORIZE['id']"): Source.UNKNOWN,
    ("a = config[DOMAIN]\na = other()", "a['id']"): Source.UNKNOWN,
    ("a = config[DOMAIN]\na = config[DOMAIN]", "a['id']"): Source.YAML,
    ("a = 'x'\na += 'y'", "a"): Source.UNKNOWN,
    ("for a in other(): ...", "a['id']"): Source.UNKNOWN,
    ("for name, a in config[DOMAIN].get('all'): ...", "a['id']"): Source.LIST,
    ("for a in config: ...\nfor a in other: ...", "a"): Source.UNKNOWN,
    ("a: str", "a"): Source.UNKNOWN,
    ("a: str = config['id']", "a"): Source.YAML,
    ("a = b\nb = a", "a"): Source.UNKNOWN,
    ("", "self.client_id"): Source.UNKNOWN,
    ("", "missing"): Source.UNKNOWN,
}


@pytest.mark.parametrize(("body", "client"), SOURCES)
def test_sources(body: str, client: str) -> None:
    assert source(body, client) is SOURCES[body, client]


def test_a_function_in_a_function_sees_what_is_around_it() -> None:
    (one,) = found("""
        async def async_setup(hass, config):
            conf = config[DOMAIN]
            def inner():
                register(hass, DOMAIN, Local(hass, DOMAIN, conf["id"], "s", AUTHORIZE, TOKEN))
            inner()
    """).understood
    assert one.source is Source.YAML
    assert one.function.name == "inner"


@pytest.mark.parametrize(
    ("calls", "wanted"),
    [
        ("own(hass, config['id'])\n    own(hass, client=config['id'])", Source.YAML),
        ("own(hass, config['id'])\n    own(hass, 'constant')", Source.UNKNOWN),
        ("own(hass, config['id'])\n    own(*both)", Source.UNKNOWN),
        ("own(hass)", Source.UNKNOWN),
        ("pass", Source.UNKNOWN),
    ],
)
def test_a_parameter_is_what_all_callers_give(calls: str, wanted: Source) -> None:
    (one,) = found(
        "def own(hass, client):\n"
        "    register(hass, DOMAIN, Local(hass, DOMAIN, client, 's', AUTHORIZE, TOKEN))\n"
        f"async def async_setup(hass, config):\n    {calls}\n"
    ).understood
    assert one.source is wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("async_setup_entry", Source.ENTRY),
        ("async_migrate_entry", Source.ENTRY),
        ("setup", Source.YAML),
        ("other", Source.UNKNOWN),
    ],
)
def test_parameters_that_home_assistant_passes(name: str, wanted: Source) -> None:
    (one,) = found(
        f"def {name}(hass, given):\n"
        "    register(hass, DOMAIN, Local(hass, DOMAIN, given['a'], 's', AUTHORIZE, TOKEN))\n"
    ).understood
    assert one.source is wanted


@pytest.mark.parametrize(
    ("secret", "wanted"),
    [
        ("config['s']", Source.YAML),
        ("'s'", Source.YAML),
        ("other()", Source.UNKNOWN),
    ],
)
def test_id_and_secret_must_agree(secret: str, wanted: Source) -> None:
    (one,) = found(
        "async def async_setup(hass, config):\n"
        "    register(hass, DOMAIN, Local("
        f"hass, DOMAIN, config['i'], {secret}, AUTHORIZE, TOKEN))\n"
    ).understood
    assert one.source is wanted


ATTRIBUTES = {
    "self._id = user_input['id']": Source.FORM,
    "self._id: str = user_input['id']": Source.FORM,
    "self._id = None\n        self._id = user_input['id']": Source.FORM,
    "self._id = ''\n        self._id = user_input['id']": Source.FORM,
    "self._id = user_input['id']\n        self._id = other()": Source.UNKNOWN,
    "self._id: str": Source.UNKNOWN,
    "self._other = user_input['id']": Source.UNKNOWN,
}


@pytest.mark.parametrize("body", ATTRIBUTES)
def test_an_attribute_is_what_all_methods_assign(body: str) -> None:
    (one,) = found(
        "class Flow(oauth.AbstractOAuth2FlowHandler, domain=DOMAIN):\n"
        "    async def async_step_user(self, user_input):\n"
        f"        {body}\n"
        "    async def async_step_more(self, user_input):\n"
        "        self.async_register_implementation(self.hass, Local(\n"
        "            self.hass, DOMAIN, self._id, user_input['s'], AUTHORIZE, TOKEN))\n"
    ).understood
    wanted = ATTRIBUTES[body]
    assert one.source is wanted


def test_a_method_that_is_no_step_is_ignored() -> None:
    (one,) = found("""
        class Flow(oauth.AbstractOAuth2FlowHandler, domain=DOMAIN):
            def use(self, given):
                self.async_register_implementation(self.hass, Local(
                    self.hass, DOMAIN, given["a"], given["b"], AUTHORIZE, TOKEN))
    """).understood
    assert one.source is Source.UNKNOWN


SERVER = "AuthorizationServer(AUTHORIZE, TOKEN)"
IMPLEMENTED = {
    f"AuthImplementation(hass, DOMAIN, ClientCredential('i', 's'), {SERVER})": "",
    f"AuthImplementation(hass, DOMAIN, authorization_server={SERVER}, "
    "credential=ClientCredential(client_id='i', client_secret='s'))": "",
    f"AuthImplementation(hass, DOMAIN, credential, {SERVER})": "credential = "
    "ClientCredential('i', 's')",
}


@pytest.mark.parametrize("made", IMPLEMENTED)
def test_credentials_and_servers_are_looked_into(made: str) -> None:
    body = IMPLEMENTED[made] or "pass"
    text = f"async def async_setup(hass, config):\n    {body}\n    register(hass, DOMAIN, {made})\n"
    (shown,) = facts(Example({"__init__.py": HEAD + text}).integration())["registrations"]
    assert shown["client"] == "constant"
    assert shown["client_id_key"] is None
    assert shown["authorize_url"] == "https://example.com/authorize"
    assert shown["token_url"] == "https://example.com/token"


MANUAL = {
    "made()": "cannot tell how this implementation is created",
    "hass.data[0]": "cannot tell how this implementation is created",
    "twice(hass)": "cannot tell how this implementation is created",
    "none(hass)": "cannot tell how this implementation is created",
    "circle": "cannot tell how this implementation is created",
    "both(hass)": "cannot tell how this implementation is created",
    "Local(*all_of_it)": "cannot read the arguments",
    "Local(hass, DOMAIN)": "cannot read client_id, authorize_url, token_url",
    f"AuthImplementation(hass, DOMAIN, credential, {SERVER})": "cannot read client_id",
    "AuthImplementation(hass, DOMAIN, ClientCredential('a', 'b'), server())": (
        "cannot read authorize_url, token_url"
    ),
    "Abstract(hass)": "Abstract is not derived from LocalOAuth2Implementation",
    "Odd(hass)": "cannot tell what Odd.__init__ does with its arguments",
}
MAKERS = """
class Abstract(oauth.AbstractOAuth2Implementation): ...
class Odd(oauth.LocalOAuth2Implementation):
    def __init__(self, hass):
        if hass:
            super().__init__(hass, 'a', 'b', 'c', 'd', 'e')
        else:
            super().__init__(hass, 'a', 'b', 'c', 'd', 'f')
def twice(hass):
    if hass:
        return Local(hass, 'a', 'b', 'c', 'd', 'e')
    return Local(hass, 'a', 'b', 'c', 'd', 'f')
def none(hass):
    return
def one(hass):
    return Local(hass, 'a', 'b', 'c', 'd', 'e')
def both(hass):
    return one(hass)
"""


@pytest.mark.parametrize("made", MANUAL)
def test_an_unknown_implementation_is_manual_work(made: str) -> None:
    setup = (
        "async def async_setup(hass, config):\n    circle = circle\n"
        f"    register(hass, DOMAIN, {made})\n"
    )
    result = found(MAKERS + setup)
    assert not result.understood
    (work,) = result.manual
    assert MANUAL[made] in work.reason
    assert work.todo


def test_registrations_that_cannot_be_read_are_named_with_their_line() -> None:
    result = found("register(hass, DOMAIN, made)\nasync def a(hass):\n    register(*b)\n")
    lines = HEAD.count("\n")
    assert [(work.line - lines, work.reason) for work in result.manual] == [
        (1, "an implementation is registered outside a function"),
        (3, "cannot read the arguments of this registration"),
    ]


def test_a_provider_is_manual_work() -> None:
    (work,) = found("oauth.async_add_implementation_provider(hass, DOMAIN, 'a', get)\n").manual
    assert "which Home Assistant asks at each flow" in work.reason


def test_a_call_of_that_name_on_another_object_is_ignored() -> None:
    assert not found("async def a(hass):\n    other.async_register_implementation(hass, 1)\n").found


KEPT = {
    "self._name = name": {"_name"},
    "self._name: str = name": {"_name"},
    "'''Doc.'''": set(),
    "self._a.b = name": None,
    "self._a = self._b = name": None,
    "other = name": None,
    "self._a: str": None,
    "if name:\n            pass": None,
    "self._a = name; self._b = name": None,
}


@pytest.mark.parametrize("statement", KEPT)
def test_attributes_that_an_initialiser_sets(statement: str) -> None:
    (one,) = found(
        "class Own(Local):\n    def __init__(self, hass, name):\n"
        f"        {statement}\n"
        "        super().__init__(hass, DOMAIN, 'i', 's', AUTHORIZE, TOKEN)\n"
        "async def async_setup(hass, config):\n    register(hass, DOMAIN, Own(hass, 'n'))\n"
    ).understood
    (initialiser,) = one.initialisers
    kept = None if initialiser.attributes is None else set(initialiser.attributes)
    assert kept == KEPT[statement]


def test_facts_of_a_schema_and_of_keys_from_callers() -> None:
    text = """
        import voluptuous as vol
        from homeassistant.const import CONF_CLIENT_ID
        CONFIG_SCHEMA = vol.Schema({DOMAIN: {vol.Required(CONF_CLIENT_ID): str, "secret": str}})
        def own(hass, client, secret, *, more=None):
            register(hass, DOMAIN, Local(hass, DOMAIN, client, secret, AUTHORIZE, TOKEN))
        async def async_setup(hass, config):
            if DOMAIN not in config:
                return True
            key = config[DOMAIN].get(CONF_CLIENT_ID)
            own(hass, key, config[DOMAIN].pop("secret"))
            return True
    """
    shown = facts(Example({"__init__.py": HEAD + textwrap.dedent(text)}).integration())
    assert shown["yaml"] == {"keys": ["client_id", "secret"], "allows_extra": False}
    running = shown["async_setup"]
    assert (running["guarded"], running["statements"], running["besides"]) == (True, 3, [])
    (one,) = shown["registrations"]
    assert (one["client_id_key"], one["client_secret_key"]) == ("client_id", "secret")


@pytest.mark.parametrize(
    "calls",
    ["own(hass, config['a'])\n    own(hass, config['b'])", "own(hass)", "own(hass, make(config))"],
)
def test_keys_that_callers_do_not_agree_on(calls: str) -> None:
    shown = facts(
        Example(
            {
                "__init__.py": f"{HEAD}def own(hass, client):\n"
                "    register(hass, DOMAIN, Local(hass, DOMAIN, client, None, AUTHORIZE, TOKEN))\n"
                f"async def async_setup(hass, config):\n    {calls}\n"
            }
        ).integration()
    )
    (one,) = shown["registrations"]
    assert one["client_id_key"] is None


def test_an_import_without_a_client_is_ignored() -> None:
    text = (
        "async def async_setup(hass, config):\n    await async_import_client_credential("
        "hass, DOMAIN, ClientCredential(client_secret='s'))\n"
        "    await async_import_client_credential(hass, DOMAIN, ClientCredential(1, 2, 3, 4))\n"
    )
    assert credential_imports(Example({"__init__.py": HEAD + text}).integration()) == ()
