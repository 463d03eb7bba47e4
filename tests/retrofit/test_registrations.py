"""Registrations in helpers, factories, loops and classes: what becomes of them, what stops it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from appcred.retrofit.best.yaml import migrate
from appcred.rules.edit import StopError
from appcred.rules.rule import Example
from retrofit.setup_trees import CONST, SPAN

if TYPE_CHECKING:
    from appcred.integration import Integration

pytestmark = pytest.mark.slow

IMPORTS = """\
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.core import callback
from homeassistant.helpers import config_entry_oauth2_flow
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    async_register_implementation,
)

from .const import AUTHORIZE, DOMAIN, TOKEN

"""

FLOW = """\
from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


class Flow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    DOMAIN = DOMAIN

"""


GUARD = "    if DOMAIN not in config:\n        return True\n"


def made(
    client: str = "config[DOMAIN][CONF_CLIENT_ID], config[DOMAIN][CONF_CLIENT_SECRET]",
    urls: str = "AUTHORIZE, TOKEN",
    kind: str = "LocalOAuth2Implementation",
    domain: str = "DOMAIN",
) -> str:
    return f"{kind}(hass, {domain}, {client}, {urls})"


def registered(implementation: str) -> str:
    return f"async_register_implementation(hass, DOMAIN, {implementation})"


def tree(init: str, flow: str = "", const: str = CONST, **more: str) -> Integration:
    files = {f"{name}.py": text for name, text in more.items()}
    return Example(
        {
            "__init__.py": IMPORTS + "\n" + init,
            "config_flow.py": FLOW + flow,
            "const.py": const,
            **files,
        }
    ).integration()


def setup(*lines: str) -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"async def async_setup(hass, config):\n{GUARD}{body}    return True\n"


def text(integration: Integration, name: str = "__init__.py") -> str:
    file = integration.file(name)
    assert file is not None
    content = file.content.decode()
    ast.parse(content)
    return content


def done(before: Integration, name: str = "__init__.py") -> str:
    return text(migrate(before, SPAN), name)


def refused(before: Integration, reason: str) -> None:
    with pytest.raises(StopError, match=reason) as stopped:
        migrate(before, SPAN)
    assert stopped.value.manual.todo


# --- helpers -----------------------------------------------------------------------------------

HELPER = f"@callback\ndef register(hass, config):\n    {registered(made())}\n\n\n"


def test_a_helper_that_only_registers_goes() -> None:
    after = done(tree(HELPER + setup("register(hass, config)")))
    assert "register" not in after
    assert "        await async_import_client_credential(" in after
    assert "callback" not in after


@pytest.mark.parametrize(
    "caller",
    [
        setup("if register(hass, config):", "    pass"),
        "def other(hass, config):\n    register(hass, config)\n\n\n" + setup("other(hass, config)"),
    ],
)
def test_the_caller_of_a_helper_need_not_wait(caller: str) -> None:
    after = done(tree(HELPER + caller))
    assert "        await async_import_client_credential(" in after
    assert "async_register_implementation" not in after


# --- what fed the registration -----------------------------------------------------------------


def test_code_only_for_the_registration_is_removed() -> None:
    after = done(
        tree(
            setup(
                f"implementation = {made()}",
                registered("implementation"),
                "hass.bus.fire(DOMAIN)",
            ).replace("    impl", "    # As ever\n    impl", 1)
        )
    )
    assert "implementation =" not in after
    assert "LocalOAuth2Implementation" not in after
    assert "    hass.bus.fire(DOMAIN)\n" in after


def test_a_name_that_only_fed_an_implementation_goes() -> None:
    client = "conf[CONF_CLIENT_ID], conf[CONF_CLIENT_SECRET]"
    after = done(
        tree(
            setup(
                "conf: dict = config[DOMAIN]",
                f"implementation: object = {made(client)}",
                registered("implementation"),
            )
        )
    )
    assert "conf:" not in after
    assert "implementation:" not in after
    assert "config[DOMAIN][CONF_CLIENT_ID]" in after


def test_a_comment_behind_the_registration_stays() -> None:
    after = done(tree(setup(registered(made()) + "  # as ever")))
    assert "# as ever\n" in after


@pytest.mark.parametrize("last", [",  # token", "  # token"])
def test_each_comment_behind_an_argument_moves_with_it(last: str) -> None:
    client = (
        "\n            config[DOMAIN][CONF_CLIENT_ID],  # the id\n"
        "            config[DOMAIN][CONF_CLIENT_SECRET],  # the secret\n            "
    )
    urls = f"AUTHORIZE,  # authorize\n            TOKEN{last}\n        "
    made_there = f"LocalOAuth2Implementation(\n            hass, DOMAIN,{client}{urls})"
    before = tree(setup(registered(made_there)))
    after = done(before)
    assert "            config[DOMAIN][CONF_CLIENT_ID],  # the id\n" in after
    assert "            config[DOMAIN][CONF_CLIENT_SECRET],  # the secret\n" in after
    platform = platform_of(before)
    assert "authorize_url=AUTHORIZE,  # authorize\n" in platform
    assert "token_url=TOKEN,  # token\n" in platform


def test_comments_above_arguments_move_with_them_and_others_stay_at_the_call() -> None:
    made_there = """LocalOAuth2Implementation(
            # a loop of its own?
            hass,
            DOMAIN,  # noqa: E501
            # from the portal
            # of the vendor
            config[DOMAIN][CONF_CLIENT_ID],
            config[DOMAIN][CONF_CLIENT_SECRET],
            # the old server
            AUTHORIZE,
            # the new one
            TOKEN,
        )"""
    before = tree(setup(registered(made_there)))
    after = done(before)
    call = """        # a loop of its own?
        await async_import_client_credential(
            hass,
            DOMAIN,
            ClientCredential(
                # from the portal
                # of the vendor
                config[DOMAIN][CONF_CLIENT_ID],
                config[DOMAIN][CONF_CLIENT_SECRET],
            ),
        )
"""
    assert call in after
    assert "noqa" not in after
    urls = """        # the old server
        authorize_url=AUTHORIZE,
        # the new one
        token_url=TOKEN,
"""
    assert urls in platform_of(before)


def test_comments_above_a_computed_url_move_with_it() -> None:
    before = tree(
        setup(
            "# where they moved to",
            'host = AUTHORIZE.rpartition("/")[0]',
            registered(made().replace("AUTHORIZE", 'f"{host}/new"')),
        )
    )
    assert "    # where they moved to\n    host = AUTHORIZE" in platform_of(before)


def test_an_auth_domain_of_its_own_is_passed_on() -> None:
    after = done(tree(setup(registered(made(domain='"device_auth"')))))
    assert '"device_auth"' in after
    assert '"device_auth"' not in done(tree(setup(registered(made()))))


# --- factories ---------------------------------------------------------------------------------

FACTORY = (
    "def make(hass, client_id, client_secret):\n    return "
    "LocalOAuth2Implementation(hass, DOMAIN, client_id, client_secret, AUTHORIZE, TOKEN)\n\n\n"
)
MAKE = "make(hass, config[DOMAIN][CONF_CLIENT_ID], config[DOMAIN][CONF_CLIENT_SECRET])"


def test_a_factory_is_removed_with_the_registration() -> None:
    after = done(tree(FACTORY + setup(registered(MAKE))))
    assert "def make" not in after
    assert "config[DOMAIN][CONF_CLIENT_SECRET]" in after


def test_a_factory_that_is_used_besides_is_manual_work() -> None:
    before = tree(
        FACTORY + setup(registered(MAKE)) + "\n\ndef other(hass):\n    return make(hass, '', '')\n"
    )
    refused(before, "make is used for more than the registration")


@pytest.mark.parametrize(
    "use",
    [
        "from .own import make\n\n\ndef other(hass):\n    return make(hass, '', '')\n",
        "from .own import make as do\n\n\ndef other(hass):\n    return do(hass, '', '')\n",
        "from . import own\n\n\ndef other(hass):\n    return own.make(hass, '', '')\n",
        "from .own import make\n\nMAKERS = [make]\n",
    ],
)
def test_a_factory_used_in_a_module_without_oauth2_is_manual_work(use: str) -> None:
    init = "from . import own\n\n" + setup(registered(f"own.{MAKE}"))
    refused(tree(init, own=IMPORTS + FACTORY, other=use), "used for more than the registration")
    after = migrate(tree(init, own=IMPORTS + FACTORY), SPAN)
    assert "def make" not in text(after, "own.py")


@pytest.mark.parametrize("use", ["hass.data[DOMAIN] = own", "await ready(own)"])
def test_an_implementation_that_is_used_besides_is_manual_work(use: str) -> None:
    """It would sign in with its own client, whatever an entry says."""
    named = f"own = {made()}", registered("own")
    refused(tree(setup(*named, use)), "credentials of YAML for more than signing in")
    assert "LocalOAuth2Implementation" not in done(tree(setup(*named)))


def test_a_factory_that_reads_the_configuration_itself_goes() -> None:
    factory = f"def make(hass, config):\n    return {made()}\n\n\n"
    after = done(tree(factory + setup(registered("make(hass, config)"))))
    assert "def make" not in after
    assert (
        "            ClientCredential(\n                config[DOMAIN][CONF_CLIENT_ID],\n" in after
    )


# --- lists of clients --------------------------------------------------------------------------

LOOP = """\
async def async_setup(hass, config):
    if DOMAIN not in config:
        return True
    for client in config[DOMAIN]["clients"]:
        {0}
    return True
"""
EACH = "client['id'], client['secret']"


def test_each_client_of_a_list_is_imported_under_its_own_name() -> None:
    call = registered(made(EACH, domain="client['name']"))
    after = done(tree(LOOP.format(call)))
    assert '        for client in config[DOMAIN]["clients"]:\n            await async_imp' in after
    assert "client['name']" in after
    assert after.count("async_create_issue(") == 1
    assert "\n        async_create_issue(" in after  # one notice, behind the loop
    assert after.count("for client in") == 1


def test_clients_of_a_list_under_one_name_are_manual_work() -> None:
    refused(tree(LOOP.format(registered(made(EACH)))), "registered under one name")


def test_a_registration_deep_inside_a_loop_is_manual_work() -> None:
    call = registered(made(EACH, domain="client['name']"))
    before = tree(LOOP.format(f"if client:\n            {call}"))
    refused(before, "decides whether the client is registered")


def test_several_registrations_are_manual_work() -> None:
    other = made("config[DOMAIN]['id2'], config[DOMAIN]['secret2']", domain="'second'")
    refused(tree(setup(registered(made()), registered(other))), "one of several implementations")


# --- hass.data ---------------------------------------------------------------------------------

ENTRY = """

async def async_setup_entry(hass, entry):
    {0}
    client = hass.data[DOMAIN][CONF_CLIENT_ID]
    return client
"""


def test_a_stashed_id_comes_from_the_implementation() -> None:
    implementation = (
        "implementation = await "
        "config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)"
    )
    stash = "hass.data[DOMAIN][CONF_CLIENT_ID] = config[DOMAIN][CONF_CLIENT_ID]"
    init = setup("hass.data[DOMAIN] = {}", stash, registered(made()))
    after = done(tree(init + ENTRY.format(implementation)))
    assert "    client = implementation.client_id\n" in after
    assert stash not in after
    assert "    hass.data[DOMAIN] = {}\n" in after


def test_a_flow_takes_it_from_its_implementation() -> None:
    stash = "hass.data[DOMAIN][CONF_CLIENT_ID] = config[DOMAIN][CONF_CLIENT_ID]"
    flow = (
        "    async def async_oauth_create_entry(self, data):\n"
        "        stored = self.hass.data[DOMAIN]\n"
        "        return stored['client_id'], helper(self.hass)\n\n\n"
        "def helper(hass):\n    return hass.data[DOMAIN]['client_id']\n"
    )
    after = done(tree(setup(stash, registered(made())), flow), "config_flow.py")
    assert "return self.flow_impl.client_id, helper(self.hass, self.flow_impl.client_id)" in after
    assert "def helper(hass, client_id: str):\n    return client_id\n" in after


def test_a_long_call_is_spread_over_lines() -> None:
    stash = "hass.data[DOMAIN][CONF_CLIENT_ID] = config[DOMAIN][CONF_CLIENT_ID]"
    first, second = "a" * 30, "b" * 30
    flow = (
        "    async def async_oauth_create_entry(self, data):\n"
        f"        return helper(self.hass, '{first}', '{second}')\n\n\n"
        "def helper(hass, first_of_the_long_parameters, second_of_the_long_parameters):\n"
        "    return hass.data[DOMAIN]['client_id']\n"
    )
    after = done(tree(setup(stash, registered(made())), flow), "config_flow.py")
    assert "            self.flow_impl.client_id,\n        )\n" in after
    assert "    hass, first_of_the_long_parameters, second_of_the_long_parameters, " in after
    assert all(len(line) <= 88 for line in after.splitlines())


# --- what moves to the platform ----------------------------------------------------------------


def platform_of(before: Integration) -> str:
    return done(before, "application_credentials.py")


def test_local_names_of_the_urls_move_along() -> None:
    after = platform_of(
        tree(
            setup(
                'base = "https://example.com"',
                'authorize = f"{base}/authorize"',
                registered(made(urls='authorize, f"{base}/token"')),
            )
        )
    )
    assert '    base = "https://example.com"\n    authorize = f"{base}/authorize"\n' in after
    assert "authorize_url=authorize,\n" in after


def test_names_of_comprehensions_and_lambdas_are_their_own() -> None:
    urls = '"".join(part for part in [AUTHORIZE]), (lambda end: TOKEN + end)("")'
    after = platform_of(tree(setup(registered(made(urls=urls)))))
    assert "part for part in [AUTHORIZE]" in after
    assert "from .const import AUTHORIZE, TOKEN\n" in after


def test_names_of_modules_below_and_stars_are_imported_from_where_they_are() -> None:
    before = tree(setup(registered(made())))
    now = text(before).replace(
        "from .const import AUTHORIZE, DOMAIN, TOKEN", "from .const import *"
    )
    after = platform_of(before.with_file(before.path("__init__.py"), now.encode()))
    assert "from .const import AUTHORIZE, TOKEN\n" in after


def test_names_of_the_module_itself_are_imported_from_it() -> None:
    own = 'OWN = "https://example.com/own"\n\n\ndef token():\n    return OWN\n\n\n'
    after = platform_of(tree(own + setup(registered(made(urls="OWN, token()")))))
    assert "from . import OWN, token\n" in after


@pytest.mark.parametrize("name", ["config", "unknown"])
def test_a_local_value_of_the_registration_is_manual_work(name: str) -> None:
    urls = f"AUTHORIZE, f'https://{{{name}}}/token'"
    refused(tree(setup(registered(made(urls=urls)))), f"the token URL depends on {name}")


@pytest.mark.parametrize("line", ["from .api import URL", "from .api import OTHER as URL"])
def test_a_local_import_moves_to_the_platform(line: str) -> None:
    before = tree(setup(line, registered(made(urls="AUTHORIZE, URL"))))
    assert f"\n{line}\n" in platform_of(before)


SAME = """\
from homeassistant.components.application_credentials import AuthorizationServer

from .const import AUTHORIZE, TOKEN


async def async_get_authorization_server(hass):
    return AuthorizationServer(AUTHORIZE, TOKEN)
"""


def test_a_platform_that_agrees_stays_as_it_is() -> None:
    before = tree(setup(registered(made())), application_credentials=SAME)
    assert platform_of(before) == SAME


@pytest.mark.parametrize(
    "platform",
    [
        SAME.replace("(AUTHORIZE, TOKEN)", "(TOKEN, AUTHORIZE)"),
        SAME.replace("    return Auth", "    own = AuthorizationServer('', '')\n    return Auth"),
        SAME.replace("async_get_authorization_server", "async_get_description_placeholders"),
        SAME + "\n\nasync def async_get_auth_implementation(hass, auth_domain, credential):\n"
        "    return None\n",
    ],
)
def test_a_platform_that_does_something_else_is_manual_work(platform: str) -> None:
    before = tree(setup(registered(made())), application_credentials=platform)
    refused(before, "differs from the registration")


def test_tabs_and_line_ends_are_those_of_the_integration() -> None:
    init = (IMPORTS + "\n" + setup(registered(made()))).replace("\n    ", "\n\t")
    before = tree("").with_file(tree("").path("__init__.py"), init.replace("\n", "\r\n").encode())
    file = migrate(before, SPAN).file("application_credentials.py")
    assert file is not None
    assert file.content.count(b"\r\n") == file.content.count(b"\n")
    assert b"\r\n\treturn AuthorizationServer(" in file.content


def test_a_name_that_would_end_the_docstring_is_replaced_by_the_domain() -> None:
    before = tree(setup(registered(made())))
    named = text_of_manifest(before).replace('"name": "Example"', '"name": "Ex\\"ample"')
    before = before.with_file(before.path("manifest.json"), named.encode())
    assert platform_of(before).startswith(
        '"""Application credentials platform of the example integration."""\n'
    )


def text_of_manifest(integration: Integration) -> str:
    file = integration.file("manifest.json")
    assert file is not None
    return file.content.decode()


# --- classes -----------------------------------------------------------------------------------

CLASS = """\
class Implementation(config_entry_oauth2_flow.LocalOAuth2Implementation):
    \"\"\"Signs in.\"\"\"
{0}

"""
NAME = '    @property\n    def name(self):\n        return "Example cloud"\n'
OWN = "    async def async_resolve_external_data(self, data):\n        return data\n"
USED = setup(registered(made(kind="Implementation")))


def test_a_class_that_only_sets_a_name_is_removed() -> None:
    after = done(tree(CLASS.format(NAME) + USED))
    assert "class Implementation" not in after
    assert '"Example cloud"' in after
    assert "AuthorizationServer(" in platform_of(tree(CLASS.format(NAME) + USED))


def test_a_class_that_another_module_takes_is_converted() -> None:
    before = tree(CLASS.format(NAME) + USED, api="from . import Implementation\n")
    assert "class Implementation(AuthImplementation):" in done(before)


def test_a_module_that_held_only_such_a_class_is_removed() -> None:
    api = "from homeassistant.helpers import config_entry_oauth2_flow\n\n\n" + CLASS.format(NAME)
    before = tree(USED, api=api)
    now = text(before).replace("from .const", "from .api import Implementation\nfrom .const")
    after = migrate(before.with_file(before.path("__init__.py"), now.encode()), SPAN)
    assert "class Implementation" not in text(after)


def test_a_class_that_does_more_gets_what_a_credential_brings() -> None:
    before = tree(CLASS.format(OWN) + USED)
    after = done(before)
    assert "class Implementation(AuthImplementation):\n" in after
    assert OWN in after
    platform = platform_of(before)
    assert "from . import Implementation\n" in platform
    assert "return Implementation(" in platform


def test_a_class_over_several_lines_gets_one_line_where_it_fits() -> None:
    spread = CLASS.format(OWN).replace(
        "(config_entry_oauth2_flow.LocalOAuth2Implementation)",
        "(\n    config_entry_oauth2_flow.LocalOAuth2Implementation\n)",
    )
    assert "class Implementation(AuthImplementation):\n" in done(tree(spread + USED))
    commented = spread.replace(
        "LocalOAuth2Implementation\n)", "LocalOAuth2Implementation  # own\n)"
    )
    assert "  # own\n)" in done(tree(commented + USED))


BESIDE = """\
class Device(Implementation):
    \"\"\"Signs a device in.\"\"\"
{0}

"""


@pytest.mark.parametrize(
    "use",
    [
        "def other(hass):\n    return Implementation(hass, 'x', '1', '2', 'a', 't')\n",
        "MAKE = partial(Implementation, 'x')\n",
        "Other = Implementation\n",
    ],
)
def test_a_class_that_something_else_makes_is_manual_work(use: str) -> None:
    """Also where there is no word of OAuth; it would take other arguments from then on."""
    before = tree(CLASS.format(OWN) + USED, button="from . import Implementation\n\n" + use)
    with pytest.raises(StopError, match="Implementation is also used here") as stopped:
        migrate(before, SPAN)
    assert stopped.value.manual.path.name == "button.py"
    fine = "from . import Implementation\n\n\ndef is_one(it: Implementation):\n"
    fine += "    return isinstance(it, Implementation)\n"
    assert "(AuthImplementation)" in done(tree(CLASS.format(OWN) + USED, button=fine))


def test_a_class_that_creates_itself_is_manual_work() -> None:
    own = OWN + "\n    @classmethod\n    def new(cls, hass):\n        return cls(hass, 'x', '1')\n"
    refused(tree(CLASS.format(own) + USED), "Implementation is also used here")


@pytest.mark.parametrize("made", ["type(self)", "self.__class__"])
def test_a_class_that_creates_another_of_its_kind_is_manual_work(made: str) -> None:
    own = f"\n    def again(self):\n        return {made}(self.hass, 'x', '1', '2', 'a', 't')\n"
    refused(tree(CLASS.format(OWN + own) + USED), "Implementation is also used here")
    named = own.replace(made, "type(other)")
    assert "(AuthImplementation)" in done(tree(CLASS.format(OWN + named) + USED))


def test_a_base_class_of_a_class_with_an_initialiser_is_manual_work() -> None:
    own = "    def __init__(self, hass):\n        super().__init__(hass, 'x', '1', '', 'a', 't')\n"
    refused(
        tree(CLASS.format(OWN) + BESIDE.format(own) + USED),
        "Device.__init__ passes arguments that Implementation will no longer accept",
    )
    another = "from . import Device\n\n\nclass Small(Device):\n    pass\n\n\nSMALL = Small(1)\n"
    refused(
        tree(CLASS.format(OWN) + BESIDE.format("") + USED, small=another), "Small is also used here"
    )
    after = done(tree(CLASS.format(OWN) + BESIDE.format(OWN) + USED))
    assert "class Device(Implementation):" in after


def test_a_platform_with_that_class_agrees() -> None:
    platform = (
        "from . import Implementation\n\n\n"
        "async def async_get_auth_implementation(hass, auth_domain, credential):\n"
        "    return Implementation(hass, auth_domain, credential, None)\n"
    )
    before = tree(CLASS.format(OWN) + USED, application_credentials=platform)
    assert platform_of(before) == platform
    other = platform.replace("return Implementation(", "return Other(")
    refused(
        tree(CLASS.format(OWN) + USED, application_credentials=other),
        "differs from the registration",
    )


INIT = """\
    def __init__(self, hass{0}, client_id, client_secret, scope="all"):
        "Begin."
        base = "https://example.com"
        super().__init__(hass, DOMAIN, client_id, client_secret, f"{{base}}/authorize", TOKEN)
        {1}
"""
WITH_INIT = setup(
    "async_register_implementation(hass, DOMAIN, Implementation(hass, "
    "config[DOMAIN][CONF_CLIENT_ID], config[DOMAIN][CONF_CLIENT_SECRET]))"
)


def with_init(line: str, annotation: str = "") -> Integration:
    return tree(CLASS.format(INIT.format(annotation, line) + "\n" + OWN) + WITH_INIT)


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("self.verifier = token_urlsafe(64)", "self.verifier = token_urlsafe(64)"),
        ("self.key: str = client_id.upper()", "self.key: str = credential.client_id.upper()"),
        ("self.pair = client_id, client_secret", None),
        ("self.own = client_id; self.session = get_session(hass)", None),
    ],
)
def test_an_initialiser_that_stores_more_takes_the_credentials_values(
    line: str, becomes: str | None
) -> None:
    after = done(with_init(line))
    expected = becomes or line.replace("client_", "credential.client_")
    assert (
        "    def __init__(self, hass, auth_domain, credential, authorization_server):\n"
        '        "Begin."\n'
        "        super().__init__(hass, auth_domain, credential, authorization_server)\n"
        f"        {expected}\n"
    ) in after
    assert "client_id" not in platform_of(with_init(line))


def test_an_annotated_initialiser_stays_annotated() -> None:
    after = done(with_init("self.verifier = token_urlsafe(64)", ": HomeAssistant"))
    assert "        authorization_server: AuthorizationServer,\n    ) -> None:\n" in after
    assert "    AuthorizationServer,\n    ClientCredential,\n" in after


@pytest.mark.parametrize(
    "line",
    [
        "self.scope = scope",
        "hass.bus.fire('made')",
        "if client_id: self.key = client_id",
        "self.key = client_id = client_id.strip()",
    ],
)
def test_an_initialiser_that_cannot_is_manual_work(line: str) -> None:
    refused(with_init(line), "does more than pass its arguments on")


def test_an_auth_domain_that_is_handed_through_is_followed() -> None:
    init = INIT.format("", "self.v = 1").replace("hass, client_id", "hass, auth_domain, client_id")
    init = init.replace("hass, DOMAIN,", "hass, auth_domain,")
    body = CLASS.format(init + "\n" + OWN) + WITH_INIT.replace(
        "hass, config", "hass, DOMAIN, config"
    )
    after = done(tree(body.replace("(hass, DOMAIN, config):", "(hass, config):")))
    closed = "config[DOMAIN][CONF_CLIENT_SECRET],\n            ),\n        )\n"
    assert closed in after, "no auth domain"


def test_omitted_arguments_have_their_defaults() -> None:
    name = "    @property\n    def name(self):\n        return self._label\n"
    init = INIT.format("", "self._label = scope").replace(
        '        base = "https://example.com"\n', ""
    )
    init = init.replace('f"{base}/authorize"', "AUTHORIZE")
    after = done(tree(CLASS.format(init + "\n" + name) + WITH_INIT))
    assert 'CONF_CLIENT_SECRET],\n                "all",\n' in after
    assert "class Implementation" not in after


CREDENTIAL = """\
class Implementation(AuthImplementation):
    def __init__(self, hass, auth_domain, credential, authorization_server):
        "Begin."
        super().__init__({0})
        {1}

"""
WITH_CREDENTIAL = setup(
    "async_register_implementation(hass, DOMAIN, Implementation(hass, DOMAIN, ClientCredential("
    "config[DOMAIN][CONF_CLIENT_ID], config[DOMAIN][CONF_CLIENT_SECRET]), AuthorizationServer("
    "AUTHORIZE, TOKEN)))"
)
ALL = "hass, auth_domain, credential, authorization_server"


def with_credential(handed: str, line: str = "self.audience = 'example'") -> Integration:
    names = "AuthImplementation, AuthorizationServer, ClientCredential"
    head = f"from homeassistant.components.application_credentials import {names}\n\n\n"
    body = CREDENTIAL.format(handed, line) + OWN + "\n\n"
    return tree(head + body + WITH_CREDENTIAL)


KEYWORDS = "hass, auth_domain, credential=credential, authorization_server=authorization_server"


@pytest.mark.parametrize("handed", [ALL, KEYWORDS])
def test_a_class_that_takes_a_credential_already_stays_as_it_is(handed: str) -> None:
    """That is what a person is told to make of an initialiser that does more."""
    before = with_credential(handed)
    after = done(before)
    assert CREDENTIAL.format(handed, "self.audience = 'example'") + OWN in after
    assert "await async_import_client_credential(" in after
    assert "return Implementation(\n" in platform_of(before)


@pytest.mark.parametrize(
    ("handed", "line"),
    [
        (ALL, "hass.bus.fire('made')"),
        ("hass, DOMAIN, credential, authorization_server", "self.audience = 'example'"),
    ],
)
def test_a_class_that_does_more_with_its_credential_is_manual_work(handed: str, line: str) -> None:
    before = with_credential(handed, line)
    with pytest.raises(StopError, match="does more than pass its arguments on") as stopped:
        migrate(before, SPAN)
    assert "run this again" in stopped.value.manual.todo


ANOTHER = "it = await async_get_config_entry_implementation(hass, entry)"


def test_a_name_that_means_another_implementation_afterwards_stays_with_that() -> None:
    body = setup(f"it = {made()}", registered("it"), ANOTHER, "hass.data['it'] = it")
    after = done(tree(body))
    assert f"    {ANOTHER}\n    hass.data['it'] = it\n" in after
    assert "LocalOAuth2Implementation" not in after


@pytest.mark.parametrize(
    "lines",
    [
        ("hass.data['it'] = it", ANOTHER),
        ("it = wrapped(it)",),
        (f"if hass: {ANOTHER}", "hass.data['it'] = it"),
    ],
)
def test_a_name_with_an_earlier_use_is_manual_work(lines: tuple[str, ...]) -> None:
    body = setup(f"it = {made()}", registered("it"), *lines)
    refused(tree(body), "credentials of YAML for more than signing in")
