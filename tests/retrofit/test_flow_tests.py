"""The tests that come along with application credentials: where, which, and what is said of them.

Whether they pass is for tests/retrofit_lab, where Home Assistant runs them.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from appcred import loading
from appcred.cli import run
from appcred.integration import Layout
from appcred.release import Release, Span, newest
from appcred.retrofit.best.flow_tests import write
from appcred.retrofit.verb import Options, retrofit
from appcred.rules import engine
from appcred.rules.rule import Example
from retrofit.examples import CONSTANT, FORM, YAML, changed

if TYPE_CHECKING:
    from appcred.integration import Integration
    from appcred.retrofit.verb import Outcome

pytestmark = pytest.mark.slow

CORPUS = Path(__file__).parents[1] / "corpus" / "custom"
TESTS = PurePosixPath("tests")
FILES = {"__init__.py", "conftest.py", "test_config_flow.py"}
FOLDER = "custom_components/example"
BESIDE = "test_application_credentials.py"


def example(files: dict[str, str], *, layout: Layout = Layout.CUSTOM) -> Integration:
    """Return an integration without tests, and with a place for them."""
    found = Example(files, layout=layout).integration()
    core = layout is Layout.CORE
    return replace(found, new_tests=TESTS / "components" / "example" if core else TESTS)


def done(
    integration: Integration, floor: str = "2026.10", options: Options | None = None
) -> Outcome:
    first = Release.parse(floor)
    last = first if integration.layout is Layout.CORE else newest()
    outcome = retrofit(integration, Span(first, last), options or Options())
    assert not outcome.manual
    return outcome


def came(outcome: Outcome) -> dict[str, str]:
    """Return the tests that came along."""
    folder = outcome.after.tests
    if folder is None:
        return {}
    return {
        path.relative_to(folder).as_posix(): file.content.decode()
        for path, file in outcome.after.files.items()
        if path.is_relative_to(folder) and outcome.before.files.get(path) is not file
    }


# --- which -------------------------------------------------------------------------------------


@pytest.mark.parametrize("files", [YAML, FORM])
def test_an_integration_without_tests_gets_all_files(files: dict[str, str]) -> None:
    outcome = done(example(files))
    tests = came(outcome)
    assert tests.keys() == FILES
    conftest = tests["conftest.py"]
    assert "import custom_components.example  #" in conftest
    assert conftest.index("enable_custom_integrations") < conftest.index("def setup_credentials(")
    module = tests["test_config_flow.py"]
    assert 'AUTHORIZE_URL = "https://example.com/authorize"' in module
    for name in ("test_stored_credential", "test_missing_credentials"):
        assert f"async def {name}(" in module
    assert ("async def test_import_from_yaml(" in module) is (files is YAML)
    assert outcome.notes == ()
    assert not done(outcome.after).plan()


def test_tests_have_the_line_endings_of_the_integration() -> None:
    files = {path: text.replace("\n", "\r\n") for path, text in YAML.items()}
    tests = came(done(example(files)))
    assert tests.keys() == FILES
    for text in tests.values():
        assert text.count("\n") == text.count("\r\n")


def test_a_client_of_its_own_needs_no_credential() -> None:
    tests = came(done(example(CONSTANT)))
    assert tests.keys() == FILES
    everything = "".join(tests.values())
    assert "setup_credentials" not in everything
    assert "missing_credentials" not in everything
    assert 'CLIENT_ID = "public"' in tests["__init__.py"]
    assert "async def test_own_client(" in tests["test_config_flow.py"]


def test_core_has_the_helpers_of_its_own_checkout() -> None:
    tests = came(done(example(YAML, layout=Layout.CORE)))
    assert tests.keys() == FILES
    for text in tests.values():
        assert "custom" not in text
    assert "from homeassistant.components.example.const import DOMAIN" in tests["conftest.py"]
    constant = came(done(example(CONSTANT, layout=Layout.CORE)))
    assert constant.keys() == FILES - {"conftest.py"}


OLDER = {
    "2022.6": ("-> FlowResult:", '["type"] == "abort"', "import FlowResult\n"),
    "2024.3": ("-> FlowResult:", "FlowResultType.ABORT", "import FlowResult, FlowResultType\n"),
    "2024.4": ("-> ConfigFlowResult:", "FlowResultType.ABORT", "import FlowResultType\n"),
}


@pytest.mark.parametrize("floor", OLDER)
def test_nothing_that_the_target_does_not_have(floor: str) -> None:
    module = came(done(example(YAML), floor))["test_config_flow.py"]
    ast.parse(module, feature_version=(3, 9))
    for part in OLDER[floor]:
        assert part in module
    assert ("FlowResultType" in module) is (floor != "2022.6")


def test_an_integration_with_tests_gets_one_new_file() -> None:
    own = {"/tests/conftest.py": "# Mine\n", "/tests/test_init.py": "def test_a(): ...\n"}
    outcome = done(Example({**YAML, **own}).integration())
    tests = came(outcome)
    assert tests.keys() == {BESIDE}
    assert "def setup_credentials(\n    hass: HomeAssistant, enable_custom_" in tests[BESIDE]
    left = engine.check(outcome.after, outcome.span, ["APC701", "APC702"])
    assert left == ()


@pytest.mark.parametrize(
    "own",
    [
        "await async_import_client_credential(hass, DOMAIN, credential)\n",
        "assert result['reason'] == 'missing_credentials'\n",
    ],
)
def test_nothing_comes_where_credentials_are_tested(own: str) -> None:
    outcome = done(Example({**YAML, "/tests/conftest.py": own}).integration())
    assert outcome.plan()
    assert came(outcome) == {}
    assert outcome.notes == ()


def test_a_flow_that_needs_no_credential_is_tested_by_its_start() -> None:
    own = "await hass.config_entries.flow.async_init(DOMAIN)\n"
    assert came(done(Example({**CONSTANT, "/tests/test_a.py": own}).integration())) == {}
    tests = came(done(Example({**YAML, "/tests/test_a.py": own}).integration()))
    assert tests.keys() == {BESIDE}


def test_an_existing_file_is_not_written_over() -> None:
    outcome = done(Example({**YAML, f"/tests/{BESIDE}": "# Mine\n"}).integration())
    assert outcome.plan()
    assert came(outcome) == {}
    assert outcome.notes == (f"no tests generated: tests/{BESIDE} already exists",)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (Options(ignore=("APC701",)), False),
        (Options(select=("APC4", "APC2", "APC6")), False),
        (Options(select=("APC4", "APC2", "APC6", "APC7")), True),
        (Options(modernize=True), True),
    ],
)
def test_tests_can_be_left_out(options: Options, wanted: bool) -> None:
    outcome = done(example(YAML), options=options)
    assert outcome.plan()
    assert bool(came(outcome)) is wanted


def test_without_a_migration_no_tests_are_written() -> None:
    """Not even where nothing tests the flow; that is for who asks for it."""
    migrated = done(example(YAML), options=Options(ignore=("APC7",))).after
    migrated = replace(migrated, tests=None, new_tests=TESTS)
    assert not done(migrated).plan()
    own = migrated.with_file(TESTS / "test_init.py", b"def test_a(): ...\n")
    assert not done(own).plan()
    asked = done(own, options=Options(select=("APC701",)))
    assert came(asked).keys() == {BESIDE}
    assert [finding.code for finding in asked.applied] == ["APC701"]


def test_all_or_nothing() -> None:
    files = {**YAML, "__init__.py": YAML["__init__.py"].replace("OAUTH2_TOKEN,", "made(),")}
    outcome = retrofit(example(files), Span(newest(), newest()), Options())
    assert outcome.manual
    assert not outcome.plan()
    assert outcome.after is outcome.before


# --- what they leave out -----------------------------------------------------------------------


LOGGER = "    @property\n    def logger("
STEP = "    async def async_step_user(self, user_input=None):\n"
OWN_STEP = {
    "a form first": (
        STEP + "        if user_input is None:\n            return self.async_show_form()\n"
        "        return await self.async_step_pick_implementation()\n\n",
        "the generated tests start at the sign-in; they leave out the steps before it",
        ('"source": "pick_implementation"', "import ConfigFlowResult\n", "goes_to_the_vendor"),
        ("SOURCE_USER",),
    ),
    "another way out": (
        "    async def async_step_auth(self, user_input=None):\n        ...\n\n",
        "the generated tests do not check which page of the vendor the flow opens",
        ("async def test_missing_credentials", "async def test_import_from_yaml"),
        ("yarl", "AUTHORIZE_URL", "REDIRECT_URL", "vendor", "test_stored_credential"),
    ),
}


@pytest.mark.parametrize("case", OWN_STEP)
@pytest.mark.parametrize("beside", [False, True])
def test_a_flow_of_its_own(case: str, beside: bool) -> None:
    method, said, there, absent = OWN_STEP[case]
    files = changed(YAML, "config_flow.py", (LOGGER, method + LOGGER))
    own = {"/tests/test_a.py": "def test_a(): ...\n"} if beside else {}
    outcome = done(Example({**files, **own}).integration() if beside else example(files))
    assert said in outcome.notes
    module = came(outcome)[BESIDE if beside else "test_config_flow.py"]
    ast.parse(module)
    assert [part for part in there if part not in module] == []
    assert [part for part in absent if part in module] == []


def test_a_url_that_is_not_written_down_is_asked_for() -> None:
    files = changed(YAML, "const.py", ('"https://example.com/authorize"', "library.URL"))
    module = came(done(example(files)))["test_config_flow.py"]
    assert "URL(implementation.authorize_url)" in module
    assert "AUTHORIZE_URL" not in module


def test_a_url_that_the_flow_changes_is_not_looked_at() -> None:
    method = "    async def async_generate_authorize_url(self):\n        return f'{self.url}/a'\n\n"
    files = changed(YAML, "config_flow.py", (LOGGER, method + LOGGER))
    module = came(done(example(files)))["test_config_flow.py"]
    assert "FlowResultType.EXTERNAL_STEP" in module
    assert "URL" not in module


def test_a_url_with_a_query() -> None:
    files = changed(YAML, "const.py", ("/authorize", "/authorize?a=b"))
    module = came(done(example(files), "2026.11"))["test_config_flow.py"]
    assert "URL(AUTHORIZE_URL).with_query(None)" in module


def test_a_set_up_that_reaches_out() -> None:
    files = changed(
        YAML, "__init__.py", ("\n\n    return True\n", "\n\n    await go(hass)\n    return True\n")
    )
    files["__init__.py"] = files["__init__.py"].replace(
        "from . import config_flow\n", "from library import go\n\nfrom . import config_flow\n"
    )
    outcome = done(example(files))
    assert any("leave out the import from YAML" in said for said in outcome.notes)
    assert "test_import_from_yaml" not in came(outcome)["test_config_flow.py"]


def test_no_domain_among_the_constants() -> None:
    files = {**YAML, "const.py": YAML["const.py"].replace("DOMAIN =", "NAME =")}
    files = {
        name: text.replace("import DOMAIN", "import NAME as DOMAIN") for name, text in files.items()
    }
    tests = came(done(example(files)))
    assert 'DOMAIN = "example"\n' in tests["__init__.py"]
    assert "from . import CLIENT_ID, CLIENT_SECRET, DOMAIN\n" in tests["conftest.py"]
    assert "custom_components.example.const" not in "".join(tests.values())


@pytest.mark.parametrize("flow", ["two", "none"])
def test_flows_that_are_not_understood(flow: str) -> None:
    more = "\n\nclass Second(config_entry_oauth2_flow.AbstractOAuth2FlowHandler):\n    pass\n"
    files = {**YAML, "config_flow.py": YAML["config_flow.py"] + more}
    if flow == "none":
        method = (
            "    async def async_step_pick_implementation(self, user_input=None):\n        ...\n\n"
        )
        files = changed(YAML, "config_flow.py", (LOGGER, method + LOGGER))
    outcome = done(example(files))
    assert came(outcome) == {}
    assert outcome.notes == ("no tests generated: the flow overrides its first step",)


def test_nothing_is_written_of_registrations_by_hand() -> None:
    before = example(YAML)
    written = write(before, Span(newest(), newest()))
    assert written.integration is before
    assert written.notes == ("no tests generated: application credentials are incomplete",)


# --- once the import goes ----------------------------------------------------------------------

REMOVE = Options(remove=True)


@pytest.mark.parametrize("beside", [False, True])
def test_the_test_of_a_removed_import_is_removed(beside: bool) -> None:
    own = {"/tests/test_a.py": "def test_a(): ...\n"}
    before = Example({**YAML, **own}).integration() if beside else example(YAML)
    migrated = done(before).after
    gone = done(migrated, options=REMOVE)
    (module,) = came(gone).values()
    assert "test_import_from_yaml" not in module
    assert "YAML" not in module
    assert "async def test_missing_credentials" in module
    assert not done(gone.after, options=REMOVE).plan()


def test_changed_tests_stay() -> None:
    migrated = done(example(YAML)).after
    path = TESTS / "test_config_flow.py"
    mine = migrated.with_file(path, migrated.files[path].content + b"# Mine\n")
    gone = done(mine, options=REMOVE)
    assert gone.plan()
    assert came(gone) == {}
    assert gone.notes == (
        "test_import_from_yaml in test_config_flow.py tests the removed import; delete it",
    )


# --- tests of the integration's own --------------------------------------------------------------

EXPECTS = """\
async def test_missing(hass):
    result = await hass.config_entries.flow.async_init("example")
    assert result["reason"] == "missing_configuration"
"""
SETS_UP = """\
from homeassistant.setup import async_setup_component

CONFIG = {{"example": {{"client_id": "1", CONF_CLIENT_SECRET: "2"}}}}


async def setup(hass):
    assert await async_setup_component(hass, "application_credentials", {{}})
    assert await async_setup_component(hass, {0})
"""


def test_a_test_that_expects_the_old_reason_is_named() -> None:
    before = Example({**YAML, "/tests/test_a.py": EXPECTS}).integration()
    outcome = done(before)
    said = (
        "tests/test_a.py:3: this test expects missing_configuration; a flow without a client now "
        "ends with missing_credentials"
    )
    assert said in outcome.notes
    assert outcome.after.files[TESTS / "test_a.py"] is before.files[TESTS / "test_a.py"]
    assert said not in done(outcome.after, options=REMOVE).notes


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("from custom_components.example.oauth import ExampleImplementation", True),
        ("from custom_components.example.oauth import ExampleImplementation as Other", False),
        ("from custom_components.other.oauth import ExampleImplementation", False),
        ("from broken import (", False),
    ],
)
def test_a_test_that_creates_a_class_with_old_arguments_is_named(line: str, told: bool) -> None:
    conftest = f"{line}\n\n\ndef made(hass):\n    return ExampleImplementation(hass)\n"
    outcome = done(Example({**CONSTANT, "/tests/conftest.py": conftest}).integration())
    said = (
        "tests/conftest.py:5: this creates ExampleImplementation with its old arguments; store a "
        "credential with async_import_client_credential there"
    )
    assert (said in outcome.notes) is told
    assert said not in done(outcome.after).notes


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("DOMAIN, CONFIG", True),
        ('"example", {"example": {"client_id": "1", "client_secret": "2"}}', True),
        ('"other", CONFIG', False),
        ("DOMAIN, {}", False),
        ("DOMAIN, {DOMAIN: ", False),  # not even valid Python
    ],
)
def test_a_test_that_sets_up_from_removed_yaml_is_named(arguments: str, told: bool) -> None:
    conftest = SETS_UP.format(arguments)
    migrated = done(Example({**YAML, "/tests/conftest.py": conftest}).integration())
    gone = done(migrated.after, options=REMOVE)
    assert gone.plan()
    said = (
        "tests/conftest.py:8: this sets up example with client_id and client_secret in YAML, which "
        "is no longer read; import the client with async_import_client_credential there"
    )
    assert [note for note in gone.notes if "conftest" in note] == ([said] if told else [])
    assert not any("conftest.py:" in note for note in migrated.notes)


# --- where -------------------------------------------------------------------------------------


def laid(root: Path, files: dict[str, str] = YAML, **more: str) -> Path:
    for path, file in Example(files).integration().files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
    for name, text in more.items():
        (root / name.replace("__", ".")).write_text(text)
    return root


def run_retrofit(root: Path, *options: str) -> int:
    return run(["retrofit", str(root), "--allow-no-vcs", *options])


def names_in(root: Path) -> set[str]:
    return {path.name for path in root.glob("tests/**/*.py")}


SETTINGS = {
    "nothing": ({}, "asyncio_mode = auto in [pytest] of pytest.ini"),
    "an empty section": (
        {"tox__ini": "[pytest]\naddopts = -q\n"},
        "asyncio_mode = auto in [pytest] of tox.ini",
    ),
    "a section of TOML": (
        {"pyproject__toml": "[tool.pytest.ini_options]\n"},
        'asyncio_mode = "auto" in [tool.pytest.ini_options] of pyproject.toml',
    ),
    "another mode": (
        {"setup__cfg": "[tool:pytest]\nasyncio_mode = strict\n"},
        "asyncio_mode = auto in [tool:pytest] of setup.cfg",
    ),
    "the mode": ({"pytest__ini": "[pytest]\nasyncio_mode=auto\n"}, None),
    "the mode in TOML": (
        {"pyproject__toml": '[tool.pytest.ini_options]\nasyncio_mode = "auto"\n'},
        None,
    ),
    "the mode as an option": (
        {"pytest__ini": "[pytest]\naddopts = --asyncio-mode=auto\n"},
        None,
    ),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_that_the_tests_need_are_named(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, said = SETTINGS[case]
    laid(tmp_path, **files)
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert run_retrofit(tmp_path) == 0
    assert names_in(tmp_path) == FILES
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    err = capsys.readouterr().err
    assert err == ("" if said is None else f"appcred: {tmp_path}/{FOLDER}: the tests need {said}\n")


@pytest.mark.parametrize("target", ["2023.3", "2023.4"])
@pytest.mark.parametrize("there", [False, True])
def test_a_package_that_older_releases_hide(
    target: str, there: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    laid(tmp_path)
    package = tmp_path / "custom_components" / "__init__.py"
    if there:
        package.touch()
    assert run_retrofit(tmp_path, "--target", target) == 0
    assert package.exists() is there
    said = "the tests need an empty custom_components/__init__.py" in capsys.readouterr().err
    assert said is (target == "2023.3" and not there)


def test_no_tests_in_the_folder_of_a_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    laid(tmp_path, configuration__yaml="default_config:\n")
    assert run_retrofit(tmp_path) == 0
    assert not (tmp_path / "tests").exists()
    assert "no tests generated: this is not the repository of this" in capsys.readouterr().err


def test_no_tests_that_several_integrations_would_share(tmp_path: Path) -> None:
    laid(tmp_path)
    other = tmp_path / "custom_components" / "other"
    other.mkdir()
    (other / "manifest.json").write_text(json.dumps({"domain": "other"}))
    assert run_retrofit(tmp_path / "custom_components" / "example") == 0
    assert not (tmp_path / "tests").exists()


@pytest.mark.parametrize("checkout", [False, True])
def test_tests_in_core_only_in_a_checkout(
    checkout: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path, file in Example(YAML, layout=Layout.CORE).integration().files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(file.content)
    if checkout:
        (tmp_path / "tests" / "components").mkdir(parents=True)
    assert run_retrofit(tmp_path, "--target", "2025.4") == 0
    assert names_in(tmp_path) == (FILES if checkout else set())
    assert ("the folder tests/components does not exist" in capsys.readouterr().err) is not checkout


def rooted(root: Path) -> Path:
    folder = PurePosixPath("custom_components", "example")
    for path, file in Example(YAML).integration().files.items():
        target = root / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.content)
    return root


@pytest.mark.parametrize("own", ["", "import custom_components.example\n", "x = 1\n"])
def test_tests_of_an_integration_in_the_root_of_a_repository(
    own: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There they would be installed with it, and find it only in a way of their own."""
    root = rooted(tmp_path)
    if own:
        (root / "tests").mkdir()
        (root / "tests" / "test_a.py").write_text(own)
    assert run_retrofit(root) == 0
    found = {"test_a.py", BESIDE} if "import" in own else {"test_a.py"} if own else set()
    assert names_in(root) == found
    said = "they would need the integration in custom_components" in capsys.readouterr().err
    assert said is ("import" not in own)


def test_a_platform_from_answers_brings_them_too(tmp_path: Path) -> None:
    flow = {name: YAML[name] for name in ("config_flow.py", "const.py")}
    laid(tmp_path, flow)
    assert run_retrofit(tmp_path, "--data", "flow=secret", "--target", "2026.10") == 0
    assert (tmp_path / "custom_components/example/application_credentials.py").exists()
    assert names_in(tmp_path) == FILES
    assert "yaml" not in (tmp_path / "tests/test_config_flow.py").read_text()


# --- in the style of core ----------------------------------------------------------------------

RUFF = """
line-length = 88
[lint]
select = ["E4", "E7", "E9", "F", "I", "W"]
[lint.isort]
force-sort-within-sections = true
known-first-party = ["homeassistant", "custom_components", "tests"]
combine-as-imports = true
split-on-trailing-comma = false
"""


def variants() -> dict[str, Integration]:
    """Return integrations whose tests differ in what they import and hold."""
    own = {"/tests/test_a.py": "def test_a(): ...\n"}
    found = {
        f"{name}{'-beside' if beside else ''}": (
            Example({**files, **own}).integration() if beside else example(files)
        )
        for name, files in (("yaml", YAML), ("constant", CONSTANT), ("form", FORM))
        for beside in (False, True)
    }
    for layout, name in ((Layout.CORE, "core"), (Layout.CUSTOM, "custom")):
        for case, (method, *_) in OWN_STEP.items():
            files = changed(YAML, "config_flow.py", (LOGGER, method + LOGGER))
            found[f"{name} {case}"] = example(files, layout=layout)
        found[f"{name} unknown URL"] = example(
            changed(YAML, "const.py", ('"https://example.com/authorize"', "library.URL")),
            layout=layout,
        )
    for name in ("deprecated_half", "yaml_list", "with_tests", "hard_coded_setup"):
        (place,) = loading.find(CORPUS / name, lambda _: None)
        integration = loading.load(place)
        assert integration is not None
        found[name] = integration
    return found


@pytest.mark.parametrize("floor", ["2022.6", "2026.10"])
def test_tests_are_formatted_and_sorted(floor: str, tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text(RUFF)
    count = 0
    for name, integration in variants().items():
        for file, text in came(done(integration, floor)).items():
            target = tmp_path / name / "tests" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            count += 1
    assert count >= 40
    for command in (["format", "--diff"], ["check"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
