"""What a person is told to do leads on: it is enough, in the right order, and no circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrofit.test_migration import CONSTANT, FORM, YAML, changed, done, init

if TYPE_CHECKING:
    from appcred.retrofit import Outcome

IMPORTED = """\
await async_import_client_credential(
        hass,
        DOMAIN,
        ClientCredential(config[DOMAIN][CONF_CLIENT_ID], config[DOMAIN][CONF_CLIENT_SECRET]),
        DOMAIN,
    )
"""
HEAD = """\
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
"""
TENANT = 'OAUTH2_AUTHORIZE.format(config[DOMAIN]["tenant"])'
PLATFORM = """\
from homeassistant.components.application_credentials import (
    AuthImplementation,
    AuthorizationServer,
)

from .const import OAUTH2_AUTHORIZE, OAUTH2_TOKEN


async def async_get_auth_implementation(hass, auth_domain, credential):
    url = OAUTH2_AUTHORIZE.format(hass.data["example"].get("tenant", "common"))
    server = AuthorizationServer(url, OAUTH2_TOKEN)
    return AuthImplementation(hass, auth_domain, credential, server)
"""
PICKS = (
    "        return await self.async_step_pick_implementation()",
    '        return await self.async_step_pick_implementation({"implementation": DOMAIN})',
)
REGION = (
    "Schema({vol.Required(",
    'Schema({vol.Required("region"): str, vol.Required(',
)


def told(outcome: Outcome) -> list[tuple[str, int, str]]:
    """Return the places of the manual work, and what to do there."""
    assert not outcome.plan()
    return [(work.path.name, work.line, work.todo) for work in outcome.manual]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_registration_that_the_next_run_migrates_is_not_to_be_removed() -> None:
    line = "        hass.bus.fire('made')\n"
    files = changed(
        CONSTANT, "oauth.py", ("        super().__init__(", f"{line}        super().__init__(")
    )
    ((name, _, todo),) = told(done(files))
    assert name == "oauth.py"
    assert "run this again" in todo


def test_what_is_left_of_a_registration_is_its_client() -> None:
    """Two in YAML are several implementations, and the platform is written by hand."""
    register = YAML["__init__.py"].partition("    # The client of the user\n")[2]
    register = register.partition("    return True\n")[0]
    other = register.replace("DOMAIN,\n            config", '"other",\n            config')
    files = changed(YAML, "__init__.py", (register, register + other))
    (_, first, one), (_, second, two) = told(done(files))
    assert first < second
    assert "ClientCredential(client_id, client_secret), DOMAIN) in the place of" in one
    assert 'ClientCredential(client_id, client_secret), "other") in the place of' in two


def test_a_url_from_yaml_leads_to_a_platform_and_that_to_the_import() -> None:
    files = changed(
        YAML, "__init__.py", ("            OAUTH2_AUTHORIZE,", f"            {TENANT},")
    )
    ((name, line, todo),) = told(done(files))
    assert (name, line) == ("__init__.py", line_of(files[name], TENANT))
    assert "async_get_auth_implementation" in todo
    assert "async_import_client_credential" in todo
    files["application_credentials.py"] = PLATFORM
    ((name, line, todo),) = told(done(files))
    assert (name, line) == ("application_credentials.py", line_of(PLATFORM, "async def"))
    assert "where the platform is right, import its client" in todo
    start, _, rest = files["__init__.py"].partition("    config_flow.ExampleFlow.async_register")
    imported = f"{start}    {IMPORTED}\n    return True\n"
    assert rest
    files["__init__.py"] = imported.replace(
        "from homeassistant.config", f"{HEAD}from homeassistant.config", 1
    ).replace("from . import config_flow\n", "")
    assert "async_import_client_credential(" in init(done(files))


def test_a_client_in_yaml_beside_the_form_is_imported_first() -> None:
    register = YAML["__init__.py"].partition("    # The client of the user\n")[2]
    register = register.partition("    return True\n")[0].replace(
        "config_entry_oauth2_flow", "oauth"
    )
    setup = "\n\nasync def async_setup(hass, config):\n    {}    return True\n"
    head = ("from .const", "from . import config_flow\nfrom .const")
    more = {**FORM, "__init__.py": FORM["__init__.py"] + setup.format(register.lstrip())}
    files = changed(more, "__init__.py", head)
    ((_, line, todo),) = told(done(files))
    assert line == line_of(files["__init__.py"], "ExampleFlow.async_register_implementation")
    assert "async_import_client_credential" in todo
    text = (FORM["__init__.py"] + setup.format(IMPORTED)).replace(
        "from homeassistant.config", f"{HEAD}from homeassistant.config", 1
    )
    ((_, line, todo),) = told(done({**FORM, "__init__.py": text}))
    assert line == line_of(text, "await async_import_client_credential")
    assert "a warning of the log" in todo
    warning = "await async_import_client_credential", "_LOGGER.warning('YAML is imported')\n    {}"
    text = text.replace(warning[0], warning[1].format(warning[0]))
    after = init(done({**FORM, "__init__.py": text}))
    assert "async def async_migrate_entry" in after
    assert IMPORTED in after


def test_a_flow_that_names_its_implementation_is_left_to_a_person() -> None:
    """A credential that a user enters has another name, and is not found by this one."""
    goes = changed(FORM, "config_flow.py", PICKS)
    assert not done(goes).manual, "the step goes, and what it picks with it"
    files = changed(goes, "config_flow.py", REGION)
    ((name, line, todo),) = told(done(files))
    assert (name, line) == ("config_flow.py", line_of(files[name], '{"implementation": DOMAIN}'))
    assert "async_step_pick_implementation() without it" in todo
    assert not done(changed(files, name, PICKS[::-1])).manual


def test_so_is_one_that_lets_entries_store_it() -> None:
    for files, old in ((FORM, "{**data, **self.client}"), (YAML, "")):
        keeps = '{**data, "auth_implementation": DOMAIN, **self.client}'
        if not old:
            step = "\n    async def async_oauth_create_entry(self, data):\n        return data\n"
            files = {**files, "config_flow.py": files["config_flow.py"] + step}
            old, keeps = "return data\n", 'return {**data, "auth_implementation": DOMAIN}\n'
        files = changed(files, "config_flow.py", (old, keeps))
        ((name, line, todo),) = told(done(files))
        assert (name, line) == ("config_flow.py", line_of(files[name], '"auth_implementation"'))
        assert 'data["auth_implementation"]' in todo
        known = keeps.replace(": DOMAIN", ': data["auth_implementation"]')
        assert not done(changed(files, "config_flow.py", (keeps, known))).manual
