"""Shapes of hand-made OAuth2 that integrations in use have, each as small as it can be."""

from __future__ import annotations

import pytest

from appcred.release import Release, Span
from appcred.retrofit.verb import Options, Outcome, retrofit
from appcred.rules.rule import Example

pytestmark = pytest.mark.slow

SPAN = Span(Release(2025, 4), Release(2026, 11))

CONST = """\
DOMAIN = "example"
PUBLIC = "public-client"
AUTHORIZE = "https://example.com/authorize"
TOKEN = "https://example.com/token"
"""

IMPORTS = """\
from homeassistant.helpers import config_entry_oauth2_flow
from homeassistant.helpers.config_entry_oauth2_flow import (
    LocalOAuth2Implementation,
    async_register_implementation,
)

from .const import AUTHORIZE, DOMAIN, PUBLIC, TOKEN

"""

FLOW = """

class Flow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    DOMAIN = DOMAIN

    async def async_step_user(self, user_input=None):
        {}
        return await super().async_step_user(user_input)
"""

SETUP = """

async def async_setup(hass, config):
    {}
    return True


async def async_setup_entry(hass, entry):
    await config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)
    return True
"""

TEXTS = '{\n  "title": "Example"\n}\n'


def registered(kind: str, hass: str = "hass", client: str = 'PUBLIC, ""') -> str:
    made = f"{kind}({hass}, DOMAIN, {client}, AUTHORIZE, TOKEN)"
    return f"async_register_implementation({hass}, DOMAIN, {made})"


def outcome_of(files: dict[str, str], span: Span = SPAN, **more: str) -> Outcome:
    texts = {"translations/en.json": TEXTS}
    tree = Example({"const.py": CONST, **texts, **files, **more}).integration()
    return retrofit(tree, span, Options())


def hard_coded(
    setup: str, step: str, classes: str = "", imports: str = IMPORTS, span: Span = SPAN
) -> Outcome:
    """Bring an integration that registers a client of its own at set-up and in its flow."""
    own = "from .oauth import Implementation\n"
    files = {
        "__init__.py": imports + own + SETUP.format(setup),
        "config_flow.py": imports + own + FLOW.format(step),
        "oauth.py": IMPORTS + "\n" + (classes or CLASS),
    }
    return outcome_of(files, span)


CLASS = """
class Implementation(LocalOAuth2Implementation):
    @property
    def redirect_uri(self):
        return "https://example.com/callback"
"""


def text(outcome: Outcome, name: str) -> str:
    assert not outcome.manual, outcome.manual
    file = outcome.after.file(name)
    assert file is not None
    return file.content.decode()


def reasons(outcome: Outcome) -> list[str]:
    assert outcome.after is outcome.before
    assert all(each.todo for each in outcome.manual)
    return [each.reason for each in outcome.manual]


def test_one_class_registered_in_both_places() -> None:
    outcome = hard_coded(
        registered("Implementation"), registered("Implementation", hass="self.hass")
    )
    assert "return Implementation(" in text(outcome, "application_credentials.py")
    assert "class Implementation(AuthImplementation):" in text(outcome, "oauth.py")


def test_another_class_in_the_flow_is_not_lost() -> None:
    outcome = hard_coded(
        registered("LocalOAuth2Implementation"), registered("Implementation", hass="self.hass")
    )
    assert "= Implementation(" in text(outcome, "application_credentials.py")


FORM_FLOW = """

class Flow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    DOMAIN = DOMAIN

    async def async_step_user(self, user_input=None):
        if user_input is not None:
            self.client = user_input
            {}
            return await self.async_step_pick_implementation()
        schema = vol.Schema({{vol.Required("client_id"): str, vol.Required("client_secret"): str}})
        return self.async_show_form(step_id="user", data_schema=schema)

    async def async_oauth_create_entry(self, data):
        return self.async_create_entry(title="Example", data={{**data, **self.client}})
"""

ENTRY = """

async def async_setup_entry(hass, entry):
    {}
    return True
"""

OF_FORM = 'user_input["client_id"], user_input["client_secret"]'
OF_ENTRY = 'entry.data["client_id"], entry.data["client_secret"]'
FOUND = "await config_entry_oauth2_flow.async_get_config_entry_implementation(hass, entry)"


def typed_in(
    entry: str, step: str, span: Span = SPAN, flow: str = FORM_FLOW, strings: str = ""
) -> Outcome:
    """Bring an integration whose client is typed into its form and kept in its entry."""
    files = {
        "__init__.py": IMPORTS + "from .oauth import Implementation\n" + ENTRY.format(entry),
        "config_flow.py": "import voluptuous as vol\n"
        + IMPORTS
        + "from .const import OTHER\nfrom .oauth import Implementation\n"
        + flow.format(step),
        "oauth.py": IMPORTS + "\n" + CLASS,
        "const.py": CONST + 'OTHER = "https://other.example.com/token"\n',
        ("strings.json" if strings else "translations/en.json"): strings or TEXTS,
    }
    return retrofit(Example(files).integration(), span, Options())


@pytest.mark.usefixtures("best_only")
def test_a_form_whose_entry_makes_another_class_is_left() -> None:
    outcome = typed_in(
        f"{registered('LocalOAuth2Implementation', client=OF_ENTRY)}\n    {FOUND}",
        registered("Implementation", "self.hass", OF_FORM),
    )
    assert any(each.startswith("another class is registered") for each in reasons(outcome))


@pytest.mark.usefixtures("best_only")
def test_a_form_whose_entry_is_created_elsewhere_is_unchanged() -> None:
    step = registered("LocalOAuth2Implementation", "self.hass", OF_FORM)
    entry = f"{registered('LocalOAuth2Implementation', client=OF_ENTRY)}\n    {FOUND}"
    assert "migrate_entry" in text(typed_in(entry, step), "__init__.py")
    outcome = typed_in(entry, step.replace("TOKEN", "OTHER"))
    assert any("may differ from those in" in each for each in reasons(outcome))


DOMAIN_OF_ITS_OWN = """
class Implementation(LocalOAuth2Implementation):
    @property
    def domain(self):
        return {}
"""


def test_a_class_that_gives_a_domain_of_its_own_takes_it_from_the_credential() -> None:
    step = registered("Implementation", hass="self.hass")
    same = hard_coded(registered("Implementation"), step, DOMAIN_OF_ITS_OWN.format("DOMAIN"))
    assert "def domain" not in text(same, "oauth.py")
    other = hard_coded(registered("Implementation"), step, DOMAIN_OF_ITS_OWN.format('"other"'))
    assert "def domain" not in text(other, "oauth.py")
    assert '        ),\n        "other",\n    )\n' in text(other, "application_credentials.py")
    attribute = CLASS + '\n    domain = "other"\n'
    other = hard_coded(registered("Implementation"), step, attribute)
    assert any("returns its own domain" in each for each in reasons(other))


# --- texts -------------------------------------------------------------------------------------

ONE_OF_ITS_OWN = "if self._async_current_entries():\n            return self.async_abort({})\n"


def without_texts(reason: str = 'reason="only_one"', **more: str) -> Outcome:
    """Bring an integration whose flow aborts, and that has no file of texts that is read."""
    step = (
        ONE_OF_ITS_OWN.format(reason)
        + "        "
        + registered("LocalOAuth2Implementation", hass="self.hass")
    )
    files = {
        "__init__.py": IMPORTS + SETUP.format(registered("LocalOAuth2Implementation")),
        "config_flow.py": IMPORTS + FLOW.format(step),
        "const.py": CONST,
        **more,
    }
    return retrofit(Example(files).integration(), SPAN, Options())


def test_texts_that_were_missing_all_along_stop_nothing() -> None:
    outcome = without_texts()
    assert "missing_credentials" in text(outcome, "translations/en.json")
    assert any("the abort reason only_one has no text" in note for note in outcome.notes)


STRINGS = """\
{
    "config": {
        "abort": {
            "only_one": "One will do",
            "missing_credentials": "Ask the vendor",
            "already_configured": "[%key:common::config_flow::abort::already_configured_account%]"
        }
    }
}
"""


def test_the_file_that_is_read_begins_with_the_texts_there_are() -> None:
    outcome = without_texts(**{"strings.json": STRINGS})
    english = text(outcome, "translations/en.json")
    assert '            "only_one": "One will do",\n' in english
    assert '"missing_credentials": "Ask the vendor"' in english
    assert '"already_configured": "Account is already configured"' in english
    assert "[%key:common::config_flow::abort::already" in text(outcome, "strings.json")
    assert "pick_implementation" in text(outcome, "strings.json")
    assert not outcome.notes or not any("only_one" in note for note in outcome.notes)


def test_a_reference_to_a_text_that_is_not_known_is_left() -> None:
    strings = STRINGS.replace("[%key:common::config_flow::abort::already", "[%key:component::x::y")
    outcome = without_texts(**{"strings.json": strings})
    assert any("the reference [%key:component::x::y" in each for each in reasons(outcome))
    assert any(each.line == 6 for each in outcome.manual)


@pytest.mark.usefixtures("best_only")
def test_a_secret_handed_to_a_class_of_its_own_stops_nothing() -> None:
    own = (
        "\nclass Implementation(LocalOAuth2Implementation):\n"
        "    def __init__(self, hass, domain, client_id, client_secret):\n"
        "        super().__init__(hass, domain, client_id, client_secret, AUTHORIZE, TOKEN)\n"
        "\n    @property\n    def redirect_uri(self):\n        return 'https://example.com/back'\n"
    )
    client = 'DOMAIN, PUBLIC, "not-so-secret"'
    outcome = hard_coded(
        f"async_register_implementation(hass, DOMAIN, Implementation(hass, {client}))",
        f"async_register_implementation(self.hass, DOMAIN, Implementation(self.hass, {client}))",
        own,
    )
    assert '"not-so-secret"' in text(outcome, "application_credentials.py")
    assert any("everyone can read this client secret" in note for note in outcome.notes)


# --- an implementation that is used where it is registered ---------------------------------------

USED = """

async def async_setup_entry(hass, entry):
    implementation = LocalOAuth2Implementation(hass, DOMAIN, {}, AUTHORIZE, TOKEN)
    async_register_implementation(hass, DOMAIN, implementation)
    entry.runtime_data = config_entry_oauth2_flow.OAuth2Session(hass, entry, {})
    return True
"""


@pytest.mark.usefixtures("best_only")
def test_an_implementation_that_is_used_as_well_is_that_of_the_entry() -> None:
    step = FLOW.format(registered("LocalOAuth2Implementation", hass="self.hass"))
    for used, kept in (("implementation", True), ("None", False)):
        outcome = outcome_of(
            {
                "__init__.py": IMPORTS + USED.format('PUBLIC, ""', used),
                "config_flow.py": IMPORTS + step,
            }
        )
        taken = "    implementation = await config_entry_oauth2_flow.async_get_config_entry_"
        assert (taken in text(outcome, "__init__.py")) is kept
        assert f"OAuth2Session(hass, entry, {used})" in text(outcome, "__init__.py")


@pytest.mark.usefixtures("best_only")
def test_a_forms_implementation_with_another_use_is_that_of_the_entry() -> None:
    entry = USED.format(OF_ENTRY, "implementation").partition("entry):\n    ")[2]
    outcome = typed_in(entry, registered("LocalOAuth2Implementation", "self.hass", OF_FORM))
    init = text(outcome, "__init__.py")
    assert "    implementation = await config_entry_oauth2_flow.async_get_config_entry_" in init
    assert "OAuth2Session(hass, entry, implementation)" in init


# --- an implementation that is made where there is none ------------------------------------------

IN_EXCEPT = f"""
    try:
        implementation = {FOUND}
    except ValueError:
        implementation = LocalOAuth2Implementation(hass, DOMAIN, {OF_ENTRY}, AUTHORIZE, TOKEN)
        async_register_implementation(hass, DOMAIN, implementation)
    entry.runtime_data = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)
"""


def test_a_name_that_is_given_another_value_where_there_is_no_implementation() -> None:
    step = registered("LocalOAuth2Implementation", "self.hass", OF_FORM)
    init = text(typed_in(IN_EXCEPT, step), "__init__.py")
    assert "    except ValueError as err:\n" in init
    assert "        raise ConfigEntryNotReady from err\n    entry.runtime_data" in init
    assert "LocalOAuth2Implementation" not in init
    newest = Span(Release(2026, 10), Release(2026, 11))
    init = text(typed_in(IN_EXCEPT, step, span=newest), "__init__.py")
    assert "except" not in init
    assert f"    implementation = {FOUND}\n    entry.runtime_data" in init
    more = IN_EXCEPT.replace(
        "        async_reg", "        hass.data[DOMAIN] = implementation\n        async_reg"
    )
    outcome = typed_in(more, step)
    assert any("if no implementation exists, this does more" in each for each in reasons(outcome))


def test_a_name_that_may_have_been_given_another_value_is_left() -> None:
    step = registered("LocalOAuth2Implementation", "self.hass", OF_FORM)
    for between in (
        "if hass.data:\n            implementation = None",
        "with hass.data as implementation:\n            pass",
    ):
        code = IN_EXCEPT.replace("        async_reg", f"        {between}\n        async_reg")
        outcome = typed_in(code, step)
        assert any(
            "cannot tell how this implementation is created" in each for each in reasons(outcome)
        )


# --- forms ---------------------------------------------------------------------------------------


def test_a_form_under_a_name_is_not_left_empty() -> None:
    step = registered("LocalOAuth2Implementation", "self.hass", OF_FORM)
    entry = f"{registered('LocalOAuth2Implementation', client=OF_ENTRY)}\n    {FOUND}"
    before = FORM_FLOW
    named = before.replace("schema = vol.Schema(", "fields = ").replace("str}})", "str}}")
    for used in ("data_schema=vol.Schema(fields)", "data_schema=fields"):
        flow = named.replace("data_schema=schema", used)
        outcome = typed_in(entry, step, flow=flow)
        assert "async_step_user" not in text(outcome, "config_flow.py")
    more = named.replace("data_schema=schema", "data_schema=vol.Schema(fields)").replace(
        "        if user_input", "        assert self.hass\n        if user_input"
    )
    after = text(typed_in(entry, step, flow=more), "config_flow.py")
    assert "        assert self.hass\n        return await self.async_step_pick" in after
    assert "show_form" not in after


PICKS = "self.async_step_pick_implementation()"
ONE = 'if self._async_current_entries():\n            return self.async_abort(reason="one")'


@pytest.mark.parametrize(
    ("bar", "onward"),
    [
        (ONE, "super().async_step_user(user_input)"),
        (f"# One is enough\n        {ONE}", "super().async_step_user(user_input)"),
        (
            "await self.async_set_unique_id(DOMAIN)\n        self._abort_if_unique_id_configured()",
            "super().async_step_user(user_input)",
        ),
        ("self._async_abort_entries_match()", "super().async_step_user(user_input)"),
        (ONE.replace("self._async_current_entries()", "user_input"), ""),
        (ONE.replace("self.async_abort(", "await self.ask("), PICKS),
        (f"{ONE}\n        else:\n            self.seen = True", PICKS),
        ("self.count = 1", PICKS),
    ],
)
def test_a_check_before_a_removed_form_stays(bar: str, onward: str) -> None:
    step = registered("LocalOAuth2Implementation", "self.hass", OF_FORM)
    entry = f"{registered('LocalOAuth2Implementation', client=OF_ENTRY)}\n    {FOUND}"
    flow = FORM_FLOW.replace("        if user_input", f"        {bar}\n        if user_input", 1)
    outcome = typed_in(entry, step, flow=flow)
    if onward:
        after = text(outcome, "config_flow.py")
        assert f"{bar}\n        return await {onward}\n" in after
        assert "show_form" not in after
    else:
        assert any("asks only for the client, but also does" in each for each in reasons(outcome))


def test_a_form_that_is_added_to_keeps_what_is_added() -> None:
    step = registered("LocalOAuth2Implementation", "self.hass", OF_FORM)
    entry = f"{registered('LocalOAuth2Implementation', client=OF_ENTRY)}\n    {FOUND}"
    flow = FORM_FLOW.replace("schema = vol.Schema(", "fields = ").replace(
        "str}})\n", 'str}}\n        fields[vol.Optional("region")] = str\n'
    )
    flow = flow.replace("data_schema=schema", "data_schema=vol.Schema(fields)")
    after = text(typed_in(entry, step, flow=flow), "config_flow.py")
    assert 'fields[vol.Optional("region")] = str' in after


def test_the_texts_of_the_fields_go_where_strings_json_alone_has_them() -> None:
    step = registered("LocalOAuth2Implementation", "self.hass", OF_FORM)
    entry = f"{registered('LocalOAuth2Implementation', client=OF_ENTRY)}\n    {FOUND}"
    strings = '{\n  "config": {\n    "step": {\n      "user": {\n        "data": {\n          '
    strings += '"client_id": "Id",\n          "client_secret": "Secret"\n        }\n      }\n    }'
    outcome = typed_in(entry, step, strings=strings + "\n  }\n}\n")
    assert "client_id" not in text(outcome, "translations/en.json")
    assert "client_id" not in text(outcome, "strings.json")


# --- clients without a secret, and odd registrations ---------------------------------------------


@pytest.mark.usefixtures("best_only")
def test_no_secret_is_an_empty_one_where_that_is_not_sent() -> None:
    none = "PUBLIC, None"
    kind = "LocalOAuth2Implementation"
    pieces = registered(kind, client=none), registered(kind, "self.hass", none)
    after = text(hard_coded(*pieces), "application_credentials.py")
    assert 'PUBLIC,\n            "",\n' in after
    older = Span(Release(2025, 3), Release(2026, 11))
    outcome = hard_coded(*pieces, span=older)
    assert any("sends the empty secret" in each for each in reasons(outcome))
    assert any("--target 2025.4" in each.todo for each in outcome.manual)


@pytest.mark.usefixtures("best_only")
def test_no_secret_typed_into_a_form_is_an_empty_one_too() -> None:
    kind = "LocalOAuth2Implementation"
    entry = f"{registered(kind, client=OF_ENTRY.partition(',')[0] + ', None')}\n    {FOUND}"
    step = registered(kind, "self.hass", OF_FORM.partition(",")[0] + ", None")
    after = text(typed_in(entry, step), "__init__.py")
    assert '        client_secret = ""\n' in after
    assert "CONF_CLIENT_SECRET" not in after
    older = Span(Release(2025, 3), Release(2026, 11))
    assert any("sends the empty secret" in each for each in reasons(typed_in(entry, step, older)))


def test_an_awaited_registration_becomes_an_awaited_import() -> None:
    call = registered("LocalOAuth2Implementation", hass="self.hass")
    outcome = hard_coded(registered("LocalOAuth2Implementation"), f"await {call}")
    assert "        await async_import_client(self.hass)\n" in text(outcome, "config_flow.py")


def test_a_client_is_imported_in_the_step_that_registered_it_and_in_no_other() -> None:
    helper = "async def offer(hass):\n    " + registered("LocalOAuth2Implementation") + "\n\n\n"
    flow = FLOW.format("").replace(
        "        return await super().async_step_user(user_input)",
        '        return self.async_show_menu(step_id="user", menu_options=["cloud", "lan"])\n\n'
        "    async def async_step_cloud(self, user_input=None):\n"
        "        await offer(self.hass)\n"
        "        return await self.async_step_pick_implementation()",
    )
    files = {
        "__init__.py": "from .oauth import offer\n" + IMPORTS + SETUP.format("await offer(hass)"),
        "config_flow.py": IMPORTS + "from .oauth import offer\n" + flow,
        "oauth.py": IMPORTS + "\n" + helper,
    }
    after = text(outcome_of(files), "config_flow.py")
    assert after.count("await async_import_client(self.hass)") == 1
    step = after.partition("def async_step_cloud(self, user_input=None):\n")[2]
    assert step.startswith("        await async_import_client(self.hass)\n")


# --- implementations that are never registered ---------------------------------------------------


def test_a_flow_without_any_client_is_not_touched() -> None:
    own = "\n\ndef async_register_implementation(hass, domain, made):\n    pass\n"
    files = {"config_flow.py": IMPORTS.replace("async_register_implementation", "OAuth2Session")}
    files["config_flow.py"] += FLOW.format("async_register_implementation(self.hass, DOMAIN, 1)")
    files["config_flow.py"] += own
    outcome = outcome_of(files)
    assert not outcome.plan()
    assert not outcome.applied


@pytest.mark.usefixtures("best_only")
def test_an_implementation_that_is_not_registered_is_manual_work() -> None:
    init = (
        "\nasync def async_setup_entry(hass, entry):\n"
        f"    made = LocalOAuth2Implementation(hass, DOMAIN, {OF_ENTRY}, AUTHORIZE, TOKEN)\n"
        "    entry.runtime_data = config_entry_oauth2_flow.OAuth2Session(hass, entry, made)\n"
        "    return True\n"
    )
    made = f"Implementation(self.hass, DOMAIN, {OF_FORM}, AUTHORIZE, TOKEN)"
    flow = FORM_FLOW.format(f"self.flow_impl = {made}")
    files = {
        "__init__.py": IMPORTS + init,
        "config_flow.py": "import voluptuous as vol\n"
        + IMPORTS
        + "from .oauth import Implementation\n"
        + flow,
        "oauth.py": IMPORTS + "\n" + CLASS,
    }
    outcome = outcome_of(files)
    assert set(reasons(outcome)) == {"an implementation is created here and not registered"}
    assert [each.path.name for each in outcome.manual] == ["__init__.py", "config_flow.py"]
    platform = {"application_credentials.py": "from .oauth import Implementation\n"}
    assert not any("not registered" in each.reason for each in outcome_of(files | platform).manual)


def test_a_client_that_may_not_be_offered_is_imported_nowhere_else() -> None:
    call = registered("LocalOAuth2Implementation")
    for test, decides in (
        ("PUBLIC", True),
        ("not PUBLIC or hass", True),
        ('PUBLIC != ""', True),
        ("DOMAIN not in hass.data", False),
        ("hass.data.get(DOMAIN)", False),
    ):
        files = {
            "__init__.py": IMPORTS + SETUP.format(f"if {test}:\n        {call}"),
            "config_flow.py": IMPORTS
            + "\nclass Flow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):\n"
            + "    DOMAIN = DOMAIN\n",
        }
        outcome = outcome_of(files)
        found = [each for each in outcome.manual if "decides whether" in each.reason]
        assert bool(found) is decides, (test, outcome.manual)
        assert bool(outcome.manual) is decides


def test_an_unknown_registration_beside_a_platform_asks_for_no_second_one() -> None:
    platform = (
        "from homeassistant.components.application_credentials import AuthorizationServer\n\n"
        "from .const import AUTHORIZE, TOKEN\n\n\n"
        "async def async_get_authorization_server(hass):\n"
        "    return AuthorizationServer(AUTHORIZE, TOKEN)\n"
    )
    files = {
        "__init__.py": IMPORTS
        + SETUP.format("async_register_implementation(hass, DOMAIN, hass.data[DOMAIN])"),
        "config_flow.py": IMPORTS + FLOW.format("pass"),
    }
    alone, beside = (
        outcome_of(files),
        outcome_of(files | {"application_credentials.py": platform}),
    )
    assert alone.manual[0].todo.startswith("create it in the call that registers it")
    assert "let application_credentials.py provide" in beside.manual[0].todo


@pytest.mark.usefixtures("best_only")
def test_a_class_that_is_created_elsewhere_too_keeps_its_arguments() -> None:
    setup = (
        "own = Implementation(hass, DOMAIN, PUBLIC, '', AUTHORIZE, TOKEN)\n"
        "    async_register_implementation(hass, DOMAIN, own)\n    hass.data[DOMAIN] = own"
    )
    outcome = hard_coded(setup, registered("Implementation", hass="self.hass"))
    assert any("is created here too" in each for each in reasons(outcome))
