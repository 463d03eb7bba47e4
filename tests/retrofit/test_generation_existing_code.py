"""What generation finds in a tree and keeps: modules, texts, tests, flows; and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import libcst as cst
import pytest

from appcred.answers import Answers
from appcred.errors import UsageError
from appcred.generation.whole import generate
from appcred.release import Release, Span
from appcred.rules import engine
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.generation.whole import Generated
    from appcred.integration import Integration

SPAN = Span(Release(2026, 10), Release(2026, 11))
URLS = {
    "authorize_url": "https://login.example.com/authorize",
    "token_url": "https://login.example.com/token",
}
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("rendered_once")]

PUBLIC = {"flow": "pkce_public", "client_id": "public"}
INIT = '"""The example integration."""\n'


def tree(files: dict[str, str], **manifest: Any) -> Integration:
    named = {"__init__.py": INIT, "const.py": 'DOMAIN = "example"\n', **files}
    before = Example(named).integration()
    path = before.path("manifest.json")
    whole = {**before.manifest, **manifest}
    return before.with_file(path, json.dumps(whole, indent=2).encode())


def made(before: Integration, *, platform_asked: bool = False, **more: Any) -> Generated:
    result = generate(
        before, SPAN, Answers({}, {**URLS, **more}, ()), platform_asked=platform_asked
    )
    for path, file in result.integration.files.items():
        if path.suffix == ".py":
            cst.parse_module(file.content)
        else:
            json.loads(file.content)
    return result


def text(integration: Integration, name: str) -> str:
    file = integration.file(name)
    assert file is not None
    return file.content.decode()


def names(integration: Integration) -> set[str]:
    return {
        path.relative_to("custom_components/example").as_posix()
        for path in integration.files
        if path.is_relative_to("custom_components/example")
    }


def of_tests(integration: Integration) -> set[str]:
    return {str(path) for path in integration.files if path.parts[0] == "tests"}


# --- what is no integration that people sign in to ---------------------------------------------


@pytest.mark.parametrize("kind", ["entity", "hardware", "helper", "system", "virtual"])
def test_integration_types_without_sign_in_are_unchanged(kind: str) -> None:
    before = tree({}, integration_type=kind)
    result = made(before)
    assert result.integration is before
    (work,) = result.manual
    assert f'"{kind}"' in text(before, "manifest.json").splitlines()[work.line - 1]
    assert "an integration of type" in work.reason
    assert "write device, hub or service" in work.todo


def test_a_virtual_integration_points_to_the_other() -> None:
    (work,) = made(tree({}, integration_type="virtual", supported_by="motion_blinds")).manual
    assert "add OAuth2 to motion_blinds" in work.todo


@pytest.mark.parametrize("kind", ["device", "hub", "service"])
def test_integration_types_with_sign_in_are_kept(kind: str) -> None:
    result = made(tree({}, integration_type=kind))
    assert result.integration.manifest["integration_type"] == kind
    assert not result.manual


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"domain": "other"}, "domain: this integration already has example; leave it out"),
        ({"layout": "core"}, "layout: this integration already has custom; leave it out"),
        ({"floor": 202504}, "floor: --target already sets it to 2026.10; leave it out"),
    ],
)
def test_answers_that_contradict_the_integration(answer: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as error:
        made(tree({}), **answer)
    assert str(error.value) == said
    same = {"domain": "example", "layout": "custom", "floor": 202610, "repository": True}
    assert made(tree({}), **same).integration.file("config_flow.py")


def test_answers_that_make_no_difference_are_named() -> None:
    before = tree({}, codeowners=["@me"], iot_class="cloud_push")
    result = made(before, codeowners="@you", iot_class="cloud_push", id_field="x")
    assert "not used, given the other answers and the manifest: codeowners, id_field" in (
        result.notes
    )
    assert result.integration.manifest["codeowners"] == ["@me"]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Example", "Example"),
        ("The example of all the examples that there are", "Example"),
        (" Example ", "Example"),
        ("Exam\u200bple", "Example"),
    ],
)
def test_entries_have_a_name_that_fits(name: str, title: str) -> None:
    result = made(tree({}, name=name)).integration
    assert f'NAME = "{title}"\n' in text(result, "const.py")
    assert result.manifest["name"] == name


def test_requirements_are_added_once() -> None:
    before = tree({}, requirements=["PyThing[all]==1.0"])
    wanted = "pything==2.0 other-thing==1.0"
    result = made(before, requirements=wanted).integration
    assert result.manifest["requirements"] == ["PyThing[all]==1.0", "other-thing==1.0"]


# --- modules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "const",
    [
        "DOMAIN = 'example'\n",
        'DOMAIN: Final = "example"\n',
        'BASE = "exam"\nDOMAIN = f"{BASE}ple"\n',
        "from .names import DOMAIN\n",
    ],
)
def test_a_domain_that_is_the_same_is_kept(const: str) -> None:
    result = made(tree({"const.py": const, "names.py": 'DOMAIN = "example"\n'}))
    assert not result.manual
    assert text(result.integration, "const.py").count("DOMAIN = ") == const.count("DOMAIN = ")


def test_an_imported_constant_of_another_meaning_stops_it() -> None:
    before = tree({"const.py": "from homeassistant.components.sensor import DOMAIN\n"})
    result = made(before)
    assert result.integration is before
    assert result.manual[0].line == 1


def test_the_integrations_own_name_is_the_title() -> None:
    result = made(tree({"const.py": 'DOMAIN = "example"\nNAME = "My example"\n'}))
    assert not result.manual
    assert text(result.integration, "const.py").count("NAME = ") == 1


def test_a_name_that_is_no_text_stops_it() -> None:
    before = tree({"const.py": 'DOMAIN = "example"\nNAME = object()\n'})
    assert made(before).integration is before


def test_a_domain_of_its_own_in_init_is_used() -> None:
    init = INIT + '\nDOMAIN = "example"\n'
    result = made(tree({"__init__.py": init}), **PUBLIC).integration
    after = text(result, "__init__.py")
    assert "from .const import NAME, OAUTH2_CLIENT_ID\n" in after
    assert after.count("DOMAIN =") == 1


def test_comments_at_the_end_stay_where_they_are() -> None:
    const = 'DOMAIN = "example"\n# The end of the old ones\n'
    assert text(made(tree({"const.py": const})).integration, "const.py").startswith(const)


@pytest.mark.parametrize("own", ["", "# Mine", '"""Mine."""', "A = 1", "A = 1\n"])
def test_added_code_ends_in_a_newline(own: str) -> None:
    result = made(tree({"__init__.py": own, "const.py": own})).integration
    for name in ("__init__.py", "const.py"):
        after = text(result, name)
        assert own in after
        assert after.endswith("\n")
        assert not after.endswith("\n\n")


def test_tabs_and_line_ends_are_kept() -> None:
    init = INIT.replace("\n", "\r\n") + "\r\ndef helper():\r\n\treturn 1\r\n"
    after = text(made(tree({"__init__.py": init})).integration, "__init__.py")
    assert after.count("\n") == after.count("\r\n")
    assert "\r\n\timplementation = await" in after
    assert "\n    " not in after.split("def helper")[1]


@pytest.mark.parametrize("name", ["api.py", "api/__init__.py"])
def test_another_api_is_imported_in_order(name: str) -> None:
    result = made(tree({name: "A = 1\n"}), userinfo_url="https://api.example.com/me").integration
    assert text(result, name) == "A = 1\n"
    assert ("api.py" in names(result)) is (name == "api.py")
    for module in ("__init__.py", "config_flow.py"):
        lines = text(result, module).splitlines()
        own = [line for line in lines if line.startswith("from .")]
        assert own == sorted(own)
        assert any(line.startswith("from .oauth_api import") for line in own)
        assert lines[lines.index(own[0]) - 1] == ""
    assert "from .api" not in text(result, "__init__.py") + text(result, "config_flow.py")


@pytest.mark.parametrize(
    ("files", "answer", "said"),
    [
        (("api.py", "oauth_api.py"), {}, "oauth_api.py exists, and api would be written beside it"),
        (
            ("sensor.py",),
            {"platforms": "sensor"},
            "sensor.py already exists; leave `platforms` empty",
        ),
        (("coordinator/__init__.py",), {"platforms": "sensor"}, "leave `platforms` empty"),
    ],
)
def test_modules_that_are_in_the_way(
    files: tuple[str, ...], answer: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        made(tree(dict.fromkeys(files, "A = 1\n")), **answer)


def test_a_sensor_comes_with_its_icons(tmp_path: Path) -> None:
    before = replace(tree({}), root=tmp_path)
    result = made(before, platforms="sensor")
    assert {"sensor.py", "coordinator.py", "icons.json"} <= names(result.integration)
    folder = tmp_path / "custom_components" / "example"
    folder.mkdir(parents=True)
    (folder / "icons.json").write_text("{}")
    result = made(before, platforms="sensor")
    assert "icons.json" not in names(result.integration)
    (work,) = result.manual
    assert (work.path.name, "mdi:" in work.todo) == ("icons.json", True)


def test_existing_diagnostics_stay_and_get_no_tests() -> None:
    result = made(tree({"diagnostics.py": "A = 1\n"})).integration
    assert text(result, "diagnostics.py") == "A = 1\n"
    assert "tests/test_init.py" in of_tests(result)
    assert "tests/test_diagnostics.py" not in of_tests(result)


def test_a_module_that_cannot_be_parsed() -> None:
    with pytest.raises(UsageError, match=r"const\.py:2: is not valid Python: .*; correct it"):
        made(tree({"const.py": "A = 1\nB = (\n"}))


# --- entries that are set up already -----------------------------------------------------------

ENTRY = '''

async def async_setup_entry(hass, entry):
    """Set up."""
    return True
'''


@pytest.mark.parametrize("more", [{}, {"userinfo_url": "https://api.example.com/me"}])
def test_a_set_up_of_entries_is_kept_and_wired_by_hand(more: dict[str, str]) -> None:
    init = INIT + ENTRY
    result = made(tree({"__init__.py": init}), **more)
    after = text(result.integration, "__init__.py")
    assert ENTRY in after
    assert "async_unload_entry" not in after
    assert after.rstrip().splitlines()[-1].startswith("type ExampleConfigEntry = ")
    assert {"api.py", "config_flow.py", "application_credentials.py"} <= names(result.integration)
    tests = of_tests(result.integration)
    assert "tests/test_config_flow.py" in tests
    assert not tests & {"tests/test_init.py", "tests/test_diagnostics.py"}
    (work,) = result.manual
    assert after.splitlines()[work.line - 1].startswith("async def async_setup_entry(")
    said, code = work.todo.split(":\n", 1)
    assert "begin it with this" in said
    cst.parse_module("async def wired(hass, entry):\n" + code)
    assert "from .api import" in code
    assert "await async_get_config_entry_implementation(hass, entry)" in code
    assert "ConfigEntryAuthFailed" in code
    assert ("ConfigEntryNotReady" in code) is bool(more)
    assert "return True" not in code
    assert not [f for f in engine.check(result.integration, SPAN) if f.severity == "error"]


# --- a public client ---------------------------------------------------------------------------


def test_an_existing_async_setup_imports_the_client() -> None:
    init = (
        f"{INIT}\nfrom .const import DOMAIN\n\nCONFIG_SCHEMA = object()\n\n\n"
        "async def async_setup(h, config):\n"
        '    """Set up."""\n    h.data[DOMAIN] = config[DOMAIN]\n    return True\n'
    )
    result = made(tree({"__init__.py": init}), **PUBLIC)
    assert not result.manual
    after = text(result.integration, "__init__.py")
    assert after.count("CONFIG_SCHEMA") == after.count("def async_setup(") == 1
    setup = after.split("def async_setup(")[1].split("\n\n\n")[0]
    assert setup == (
        'h, config):\n    """Set up."""\n'
        "    await async_import_client_credential(\n        h,\n        DOMAIN,\n"
        '        ClientCredential(OAUTH2_CLIENT_ID, "", name=NAME),\n    )\n\n'
        "    if DOMAIN not in config:\n        return True\n\n"
        "    h.data[DOMAIN] = config[DOMAIN]\n    return True"
    )
    assert "import ClientCredential," not in after.split("def async_setup(")[1]
    assert "from .const import DOMAIN, NAME, OAUTH2_CLIENT_ID\n" in after
    assert not [f for f in engine.check(result.integration, SPAN) if f.severity == "error"]


def test_a_setup_in_a_thread_is_still_called() -> None:
    init = f"{INIT}\n\ndef setup(hass, config):\n    return bool(config['example'])\n"
    result = made(tree({"__init__.py": init}), **PUBLIC)
    assert not result.manual
    after = text(result.integration, "__init__.py")
    assert "CONFIG_SCHEMA" not in after
    assert "\n    return await hass.async_add_executor_job(setup, hass, config)\n" in after
    assert after.count("await async_import_client_credential(") == 1
    start = 'def setup(hass, config):\n    if "example" not in config:\n        return True\n'
    assert start in after
    assert after.count("not in config") == 1


def test_an_existing_schema_stays() -> None:
    init = INIT + "\nCONFIG_SCHEMA = object()\n"
    after = text(made(tree({"__init__.py": init}), **PUBLIC).integration, "__init__.py")
    assert after.count("CONFIG_SCHEMA") == 1
    assert "async def async_setup(" in after


@pytest.mark.parametrize(
    "setup",
    ["async def async_setup(hass, config): return True\n", "async def async_setup(): ...\n"],
)
def test_an_async_setup_of_another_form_stops_it(setup: str) -> None:
    before = tree({"__init__.py": INIT + "\n\n" + setup})
    result = made(before, **PUBLIC)
    assert result.integration is before
    assert result.manual[0].line == 4


# --- texts and manifest ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "texts", ['{"config": "nothing"}', "[]", "{", '{"config": {"abort": {"oauth_error": [}}}']
)
def test_texts_that_cannot_take_more(texts: str) -> None:
    with pytest.raises(UsageError, match="cannot be edited"):
        made(tree({"translations/en.json": texts}))


@pytest.mark.parametrize("key", ["dependencies", "requirements"])
def test_a_manifest_that_cannot_take_more(key: str) -> None:
    with pytest.raises(UsageError, match=f"manifest.json: {key} is not a list"):
        made(tree({}, **{key: "http"}), requirements="a==1")


def test_services_keep_their_texts() -> None:
    services = {"services": {"go": {"name": "Go", "description": "Goes."}}}
    before = tree({"translations/en.json": json.dumps(services)})
    strings: Any = made(before).integration.strings
    assert strings["services"] == services["services"]
    assert "config" in strings


# --- tests -------------------------------------------------------------------------------------


def with_tests(files: dict[str, str], **changes: Any) -> Integration:
    before = tree({})
    for name, content in files.items():
        before = before.with_file(PurePosixPath(name), content.encode())
    return replace(before, tests=PurePosixPath("tests"), **changes)


def test_tests_that_are_there_stay_and_the_others_have_a_folder() -> None:
    own = {"tests/conftest.py": "A = 1\n", "tests/test_init.py": "def test(): ...\n"}
    before = with_tests(own)
    result = made(before).integration
    for name, content in own.items():
        assert result.files[PurePosixPath(name)].content.decode() == content
    assert {"tests/oauth2/conftest.py", "tests/oauth2/__init__.py"} <= of_tests(result)
    assert not {"tests/__init__.py", "tests/test_config_flow.py"} & of_tests(result)


def test_an_empty_folder_of_tests_is_filled() -> None:
    assert "tests/test_init.py" in of_tests(made(with_tests({})).integration)


def test_tests_beside_another_integration_have_their_own_folder(tmp_path: Path) -> None:
    for name in ("example", "other"):
        (tmp_path / "custom_components" / name).mkdir(parents=True)
        (tmp_path / "custom_components" / name / "manifest.json").write_text("{}")
    before = replace(tree({}), root=tmp_path)
    result = made(before).integration
    assert {"tests/__init__.py", "tests/example/__init__.py", "tests/example/test_init.py"} <= (
        of_tests(result)
    )
    assert "tests/test_init.py" not in of_tests(result)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").touch()
    assert "tests/__init__.py" not in of_tests(made(before).integration)


def test_an_integration_in_the_root_is_told_why_it_gets_no_tests() -> None:
    before = tree({})
    files = {
        path.relative_to("custom_components/example"): file for path, file in before.files.items()
    }
    result = made(replace(before, folder=PurePosixPath(), files=files))
    assert not of_tests(result.integration)
    assert any("no tests generated" in note for note in result.notes)


def test_missing_settings_of_the_tests_are_named(tmp_path: Path) -> None:
    before = replace(tree({}), root=tmp_path)
    (said,) = made(before).notes
    assert said == "the tests need asyncio_mode = auto in [pytest] of pytest.ini"
    (tmp_path / "setup.cfg").write_text("[tool:pytest]\nasyncio_mode = auto\n")
    assert made(before).notes == ()


# --- platforms of YAML -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "function"),
    [
        ("sensor", "async def async_setup_platform(hass, config, add, info=None): ..."),
        ("notify", "def get_service(hass, config, info=None): ..."),
        ("device_tracker", "async def async_get_scanner(hass, config): ..."),
        ("device_tracker", "def setup_scanner(hass, config, see, info=None): ..."),
        ("tts", "async def async_get_engine(hass, config, info=None): ..."),
    ],
)
def test_platforms_of_yaml_say_what_goes_where(module: str, function: str) -> None:
    result = made(tree({f"{module}.py": f"A = 1\n\n\n{function}\n"}))
    (work,) = result.manual
    assert (work.path.name, work.line) == (f"{module}.py", 4)
    assert f"Platform.{module.upper()} at the end of async_setup_entry" in work.todo


def test_a_platform_that_cannot_be_parsed_is_no_reason_to_fail() -> None:
    before = tree({"sensor.py": "def setup_platform(\n"})
    result = generate(before, SPAN, Answers({}, URLS, ()))
    assert not result.manual
    assert "config_flow.py" in names(result.integration)


# --- a flow of another kind --------------------------------------------------------------------

FLOW = '''"""Asks for a key."""

from homeassistant.config_entries import ConfigFlow


class ExampleFlow(ConfigFlow, domain="example"):
    """Asks."""
'''


def test_a_flow_of_another_kind_is_kept_and_says_what_can_be_asked_for() -> None:
    before = tree({"config_flow.py": FLOW})
    result = made(before)
    assert result.integration is before
    (work,) = result.manual
    assert work.line == 6
    assert "--select APC1 to write its platform" in work.todo


@pytest.mark.parametrize("flow", ["config_flow.py", "config_flow/__init__.py"])
def test_a_flow_of_another_kind_gets_a_platform_on_request(flow: str) -> None:
    init = INIT + ENTRY
    before = tree({flow: FLOW, "__init__.py": init}, dependencies=["http"])
    result = made(before, platform_asked=True, console_url="https://console.example.com")
    after = result.integration
    changed = {
        path.relative_to("custom_components/example").as_posix()
        for path, file in after.files.items()
        if path not in before.files or before.files[path].content != file.content
    }
    assert changed == {
        *("application_credentials.py", "const.py", "manifest.json", "translations/en.json"),
    }
    assert after.manifest["dependencies"] == ["application_credentials", "http"]
    assert after.strings.keys() == {"application_credentials"}
    assert "async_get_description_placeholders" in text(after, "application_credentials.py")
    flow_work, entry_work = result.manual
    assert (flow_work.line, "--select" in flow_work.todo) == (6, False)
    assert "AbstractOAuth2FlowHandler" in flow_work.todo
    assert init.splitlines()[entry_work.line - 1].startswith("async def async_setup_entry(")
    assert not [f for f in engine.check(after, SPAN) if f.severity == "error"]


def test_the_dialog_gets_a_text_without_the_address_of_a_page() -> None:
    after = made(tree({"config_flow.py": FLOW}), platform_asked=True).integration
    strings: Any = after.strings
    assert "{redirect_url}" in strings["application_credentials"]["description"]
    assert '"redirect_url": redirect_url' in text(after, "application_credentials.py")


def test_a_flow_without_a_class() -> None:
    (work,) = made(tree({"config_flow.py": "register_discovery_flow('example')\n"})).manual
    assert work.line == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (PUBLIC, "flow: pkce_public needs a flow that imports the client"),
        ({"authorize_url": "nowhere"}, "authorize_url: Type an address"),
        ({"console_url": "http://a.example"}, "console_url: Type https://"),
    ],
)
def test_answers_are_looked_at_for_a_platform_too(answer: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        made(tree({"config_flow.py": FLOW}), platform_asked=True, **answer)


@pytest.mark.parametrize("answer", [{"flow": "pkce_secret"}, {"token_auth": "basic"}])
def test_a_platform_with_a_class_does_not_reach_back_to_2022(answer: dict[str, str]) -> None:
    span = Span(Release(2022, 6), Release(2026, 11))
    given = Answers({}, {**URLS, **answer}, ())
    with pytest.raises(UsageError, match=r"needs Home Assistant 2025\.4"):
        generate(tree({"config_flow.py": FLOW}), span, given, platform_asked=True)


def test_an_own_constant_of_another_meaning_stops_the_platform() -> None:
    files = {"config_flow.py": FLOW, "const.py": "OAUTH2_TOKEN = object()\n"}
    with pytest.raises(UsageError, match="already defines OAUTH2_TOKEN with another value"):
        made(tree(files), platform_asked=True)
    own = 'OAUTH2_TOKEN = "https://t.example"\n# The end\n'
    result = made(tree({**files, "const.py": own}), platform_asked=True).integration
    assert text(result, "const.py").startswith(own)
    assert text(result, "const.py").count("OAUTH2_TOKEN") == 1
