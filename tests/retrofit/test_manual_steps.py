"""What a person is told to do leads on: it is enough, in the right order, and no circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appcred.cli import run
from retrofit.examples import CONSTANT, FORM, YAML, changed, done, init

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.retrofit.verb import Outcome

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


MANIFEST = '{"domain": "example", "name": "Example", "config_flow": true, "version": "1.0.0"}\n'


def told(outcome: Outcome) -> list[tuple[str, int, str]]:
    """Return the places of the manual work, and what to do there."""
    assert not outcome.plan()
    return [(work.path.name, work.line, work.todo) for work in outcome.manual]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.usefixtures("best_only")
def test_a_registration_that_the_next_run_migrates_is_not_to_be_removed() -> None:
    line = "        hass.bus.fire('made')\n"
    files = changed(
        CONSTANT, "oauth.py", ("        super().__init__(", f"{line}        super().__init__(")
    )
    ((name, _, todo),) = told(done(files))
    assert name == "oauth.py"
    assert "run this again" in todo


def test_the_step_for_a_refused_registration_names_its_client() -> None:
    """Two in YAML are several implementations, and the platform is written by hand."""
    register = YAML["__init__.py"].partition("    # The client of the user\n")[2]
    register = register.partition("    return True\n")[0]
    other = register.replace("DOMAIN,\n            config", '"other",\n            config')
    files = changed(YAML, "__init__.py", (register, register + other))
    (_, first, one), (_, second, two) = told(done(files))
    assert first < second
    assert "ClientCredential(client_id, client_secret), DOMAIN) in place of" in one
    assert 'ClientCredential(client_id, client_secret), "other") in place of' in two


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
    assert "if the platform is right, import its client" in todo
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
    assert "log a warning" in todo
    warning = "await async_import_client_credential", "_LOGGER.warning('YAML is imported')\n    {}"
    text = text.replace(warning[0], warning[1].format(warning[0]))
    after = init(done({**FORM, "__init__.py": text}))
    assert "async def async_migrate_entry" in after
    assert IMPORTED in after


@pytest.mark.usefixtures("best_only")
def test_a_flow_that_names_its_implementation_is_manual_work() -> None:
    """A credential that a user enters has another name, and is not found by this one."""
    goes = changed(FORM, "config_flow.py", PICKS)
    assert not done(goes).manual, "the step goes, and what it picks with it"
    files = changed(goes, "config_flow.py", REGION)
    ((name, line, todo),) = told(done(files))
    assert (name, line) == ("config_flow.py", line_of(files[name], '{"implementation": DOMAIN}'))
    assert "async_step_pick_implementation() without it" in todo
    assert not done(changed(files, name, PICKS[::-1])).manual


@pytest.mark.usefixtures("best_only")
def test_one_that_lets_entries_store_it_does_so_no_more() -> None:
    for files, old in ((FORM, "{**data, **self.client}"), (YAML, "")):
        keeps = '{**data, "auth_implementation": DOMAIN, **self.client}'
        if not old:
            step = "\n    async def async_oauth_create_entry(self, data):\n        return data\n"
            files = {**files, "config_flow.py": files["config_flow.py"] + step}
            old, keeps = "return data\n", 'return {**data, "auth_implementation": DOMAIN}\n'
        files = changed(files, "config_flow.py", (old, keeps))
        after = done(files).after.file("config_flow.py")
        assert after is not None
        assert b"auth_implementation" not in after.content


def test_without_a_schema_each_proposed_step_works() -> None:
    schema, _, rest = YAML["__init__.py"].partition("CONFIG_SCHEMA")[2].partition("async def")
    schema = f"CONFIG_SCHEMA{schema}"
    bare = changed(YAML, "__init__.py", (schema, ""))
    start, _, _ = bare["__init__.py"].rpartition("    return True\n")
    needs = '    hass.data[DOMAIN] = config[DOMAIN]["interval"]\n    return True\n'
    bare["__init__.py"] = start + needs
    told_at_once = told(done(bare))
    assert [line for _, line, _ in told_at_once] == [line_of(bare["__init__.py"], '["interval"]')]
    assert "`if DOMAIN in config:`" in told_at_once[0][2]
    guard = "    if DOMAIN not in config:\n        return True\n"
    inside = rest.partition(guard)[2].rpartition("    return True\n")[0].strip("\n")
    behind = "    if DOMAIN in config:\n" + "".join(f"    {line}\n" for line in inside.splitlines())
    text = bare["__init__.py"].partition(guard)[0] + behind
    text += needs.replace('config[DOMAIN]["interval"]', "30")
    assert "    hass.data[DOMAIN] = 30\n" in init(done({**bare, "__init__.py": text}))
    more = '                vol.Optional("interval", default=30): int,\n            }\n'
    schema = schema.replace("            }\n", more, 1)
    named = bare["__init__.py"].replace(guard, f"{guard}    conf = config[DOMAIN]\n")
    named = named.replace('config[DOMAIN]["interval"]', 'conf["interval"]')
    named = named.replace("async def async_setup", f"{schema}async def async_setup")
    assert 'hass.data[DOMAIN] = conf["interval"]' in init(done({**bare, "__init__.py": named}))


@pytest.mark.usefixtures("best_only")
def test_a_name_that_depends_on_the_client_is_worked_out_by_the_class() -> None:
    """It is the credential's name that is not understood, and not where the client comes from."""
    made = "config_entry_oauth2_flow.LocalOAuth2Implementation("
    own = """\
class Own(config_entry_oauth2_flow.LocalOAuth2Implementation):
    def __init__(self, hass, domain, client_id, client_secret, authorize_url, token_url):
        super().__init__(hass, domain, client_id, client_secret, authorize_url, token_url)
        self._title = f"Example {client_id[:4]}"

    @property
    def name(self):
        return self._title


async def async_setup"""
    files = changed(YAML, "__init__.py", (made, "Own("), ("async def async_setup", own))
    ((_, line, todo),) = told(done(files))
    assert line == line_of(files["__init__.py"], "self._title = ")
    assert "self.client_id" in todo
    kept = '        self._title = f"Example {client_id[:4]}"\n'
    titled = "self._title", 'f"Example {self.client_id[:4]}"'
    after = init(done(changed(files, "__init__.py", (kept, ""), titled)))
    assert f"        return {titled[1]}\n" in after


MADE = """\
    DOMAIN = DOMAIN

    @property
    def made(self):
        config_entry_oauth2_flow.async_register_implementation(
            self.hass, DOMAIN, ExampleImplementation(self.hass)
        )
"""


@pytest.mark.usefixtures("best_only")
def test_a_property_that_registers_does_so_no_more() -> None:
    known = "from .const", "from .oauth import ExampleImplementation\nfrom .const"
    files = changed(CONSTANT, "config_flow.py", ("    DOMAIN = DOMAIN\n", MADE), known)
    after = done(files).after.file("config_flow.py")
    assert after is not None
    assert b"async_register_implementation" not in after.content
    assert b"await async_import_client(self.hass)" in after.content


def test_a_name_that_is_taken_is_shown_where_it_is() -> None:
    text = YAML["__init__.py"] + "\n\ndef ClientCredential():\n    return 1\n"
    ((name, line, todo),) = told(done({**YAML, "__init__.py": text}))
    assert (name, line) == ("__init__.py", line_of(text, "def ClientCredential"))
    assert todo == "rename it, and run this again"
    renamed = text.replace("ClientCredential", "credential")
    assert "def credential" in init(done({**YAML, "__init__.py": renamed}))


def test_a_step_for_several_places_is_printed_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = "        self.async_register_implementation(\n            self.hass,\n"
    files = changed(FORM, "config_flow.py", (call, "        self.flow_impl = (\n"))
    call = "        oauth.async_register_implementation(\n            hass,\n            DOMAIN,\n"
    files = changed(files, "__init__.py", (call, "        implementation = (\n"))
    folder = tmp_path / "custom_components" / "example"
    for name, content in {**files, "manifest.json": MANIFEST}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    assert run(["retrofit", str(tmp_path)]) == 1
    first, second, todo, left = capsys.readouterr().out.splitlines()
    assert "__init__.py:" in first
    assert "config_flow.py:" in second
    assert todo.startswith("    to do in each place: register it here")
    assert left == "1 integration unchanged: manual steps required."
