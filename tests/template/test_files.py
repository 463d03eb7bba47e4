"""What holds of every emitted file, over the lab's cover of the answers, without Home Assistant."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sysconfig
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from appcred.rehearsal.vendor import load
from appcred.release import Release, Span, newest, package_for_tests, python_for
from appcred.resources import REPOSITORY, data_root
from lab.environments import PLUGIN, SPECIFICATIONS
from lab.trees import CURRENT, Answers, cover, importing, libraries
from sampling import sample
from template.quick import python

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from template.quick import Template

    Files = Mapping[str, str]

EVERY = pytest.mark.parametrize("answers", [*cover(), *libraries()], ids=str)

# The reasons with which the methods of a flow abort by themselves.
OF_METHODS = {
    "_abort_if_unique_id_configured": "already_configured",
    "async_set_unique_id": "already_in_progress",
}
SHARED = {
    "authorize_url_timeout",
    "missing_credentials",
    "no_url_available",
    "oauth_error",
    "oauth_failed",
    "oauth_implementation_unavailable",
    "oauth_timeout",
    "oauth_unauthorized",
    "user_rejected_authorize",
}
COMMON = {"already_in_progress", "reauth_successful", "reconfigure_successful"}


@EVERY
def test_files_are_tidy(answers: Answers, quick: Template) -> None:
    files = quick.render(answers.data)
    for path, text in files.items():
        assert text.endswith("\n"), path
        assert not text.endswith("\n\n"), path
        assert not text.startswith("\n"), path
        for number, line in enumerate(text.splitlines(), 1):
            assert line == line.rstrip(), f"{path}:{number}"
            assert "\t" not in line, f"{path}:{number}"
            assert "TODO" not in line, f"{path}:{number}"
        assert "{#" not in text.replace("${{", ""), path
        assert '"' not in path
    assert len(set(map(str.lower, files))) == len(files)


@pytest.mark.parametrize("answers", [*cover(), *importing(), *libraries()], ids=str)
def test_texts_and_code_agree(answers: Answers, quick: Template) -> None:
    files = quick.render(answers.data)
    floor = Release.from_number(answers.data["floor"])
    folder = (
        "homeassistant/components/" if answers.layout == "core" else "custom_components/"
    ) + answers.domain
    strings = "strings.json" if answers.layout == "core" else "translations/en.json"
    texts = json.loads(files[f"{folder}/{strings}"])
    modules = {
        path: python(text)
        for path, text in files.items()
        if path.startswith(folder) and path.endswith(".py")
    }
    flow = modules[f"{folder}/config_flow.py"]

    reasons = {*SHARED, *keyword(flow, "reason")}
    if answers.layout == "core":  # until hassfest has put it into its list
        reasons.add("missing_configuration")
    reasons |= {OF_METHODS[name] for name in called(flow) if name in OF_METHODS}
    reasons |= {f"{source.partition('_')[2].lower()}_successful" for source in sources(flow)}
    span = Span(floor, newest())
    if span.all("shared_abort_reasons"):
        reasons -= SHARED
    if span.all("common_abort_reasons"):
        reasons -= COMMON
    assert texts["config"].get("abort", {}).keys() == reasons

    steps = {"pick_implementation", *keyword(flow, "step_id")}
    assert texts["config"]["step"].keys() == steps

    entities = {
        path.removeprefix(f"{folder}/").removesuffix(".py"): keys
        for path, module in modules.items()
        if (keys := described(module, "translation_key"))
    }
    told = texts.get("entity", {})
    assert {platform: {*keys} for platform, keys in told.items()} == entities
    assert {*entities} == set(answers.data.get("platforms", "sensor").split())

    raised = {key for module in modules.values() for key in keyword(module, "translation_key")}
    issues = {"deprecated_yaml_credentials"} & raised
    assert texts.get("issues", {}).keys() == issues
    assert bool(issues) == bool(answers.data.get("yaml_import"))
    raised -= issues
    assert texts["exceptions"].keys() == raised - {
        key for keys in entities.values() for key in keys
    }

    placeholders = texts.get("application_credentials", {}).get("description", "")
    platform = files[f"{folder}/application_credentials.py"]
    for name in ("console_url", "redirect_url"):
        assert (f"{{{name}}}" in placeholders) == (f'"{name}": ' in platform)
    assert "http" not in json.dumps(texts)
    assert ("[%key:" in json.dumps(texts)) == (answers.layout == "core")


@EVERY
def test_the_manifest_is_in_order(answers: Answers, quick: Template) -> None:
    files = quick.render(answers.data)
    (path,) = [path for path in files if path.endswith("/manifest.json")]
    manifest = json.loads(files[path])
    assert list(manifest)[:2] == ["domain", "name"]
    assert list(manifest)[2:] == sorted(manifest.keys() - {"domain", "name"})
    assert ("version" in manifest) == (answers.layout == "custom")
    assert ("categories" in manifest) == (answers.layout == "core")
    assert ("single_config_entry" in manifest) == (answers.data["identity"] == "none")


@EVERY
def test_constants_are_used(answers: Answers, quick: Template) -> None:
    """A constant that nothing reads is a leftover."""
    files = quick.render(answers.data)
    (path,) = [path for path in files if path.endswith("/const.py") and "tests" not in path]
    code = "".join(text for other, text in files.items() if other.endswith(".py") and other != path)
    names = [
        target.id
        for node in python(files[path]).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    assert names
    assert not [name for name in names if name not in code]


# A library that awaits, and one that blocks.
ASYNC: dict[str, Any] = {"library": "acmelib", "requirements": "acmelib==1.0.0"}
BLOCKING: dict[str, Any] = {**ASYNC, "library": "acmelib.blocking", "library_sync": True}

# A value for each question that is not its default; with it, what the question needs to be asked.
OTHER: dict[str, dict[str, Any]] = {
    "layout": {"layout": "core"},
    "domain": {"domain": "acme"},
    "name": {"name": "Acme"},
    "codeowners": {"codeowners": "@acme"},
    "class_prefix": {"class_prefix": "ACME"},
    "documentation": {"documentation": "https://acme.example"},
    "issue_tracker": {"issue_tracker": "https://acme.example"},
    "integration_type": {"integration_type": "hub"},
    "iot_class": {"iot_class": "local_polling"},
    "category": {"layout": "core", "category": "finance"},
    "floor": {"floor": 202504},
    "authorize_url": {"authorize_url": "https://acme.example"},
    "token_url": {"token_url": "https://acme.example"},
    "scope_separator": {"scope_separator": ","},
    "scopes": {"scopes": "read"},
    "extra_authorize_params": {"extra_authorize_params": "a=b"},
    "token_auth": {"token_auth": "basic"},
    "token_accept_json": {"token_accept_json": True},
    "flow": {"flow": "pkce_secret"},
    "client_id": {"flow": "pkce_public", "client_id": "acme"},
    "console_url": {"console_url": "https://acme.example"},
    "credentials_text": {"credentials_text": "Ask for it at {console_url}."},
    "identity": {"identity": "none"},
    "userinfo_url": {"userinfo_url": "https://acme.example"},
    "id_field": {"id_field": "id"},
    "title_field": {"title_field": "title"},
    "claim_token": {"identity": "token_claim", "claim_token": "id_token"},
    "id_claim": {"identity": "token_claim", "id_claim": "uid"},
    "title_claim": {"identity": "token_claim", "title_claim": "title"},
    "account_mismatch": {"account_mismatch": "another_account"},
    "reconfigure": {"reconfigure": False},
    "cloud": {"cloud": "after_dependencies"},
    "requirements": {"requirements": "acme==1.0"},
    "library": {**ASYNC},
    "library_sync": {**ASYNC, "library_sync": True},
    "library_auth": {**ASYNC, "library_auth": "Auth"},
    "library_client": {**ASYNC, "library_client": "AcmeApi"},
    "library_errors": {**ASYNC, "library_errors": "AcmeAuthError AcmeError"},
    "library_account": {**ASYNC, "library_account": "User"},
    "library_get_account": {**ASYNC, "library_get_account": "get_user"},
    "library_data": {**ASYNC, "library_data": "Report"},
    "library_get_data": {**ASYNC, "library_get_data": "get_report"},
    "library_send": {**ASYNC, "platforms": "button", "library_send": "post"},
    "platforms": {"platforms": ""},
    "api_url": {"api_url": "https://acme.example"},
    "devices_field": {"integration_type": "hub", "devices_field": ""},
    "device_id_field": {"integration_type": "hub", "device_id_field": "serial"},
    "device_name_field": {"integration_type": "hub", "device_name_field": "title"},
    "manufacturer": {"manufacturer": "Acme"},
    "configuration_url": {"configuration_url": "https://acme.example"},
    "value_field": {"value_field": "value"},
    "sensor_key": {"sensor_key": "level"},
    "sensor_name": {"sensor_name": "Level"},
    "sensor_device_class": {"sensor_device_class": "temperature"},
    "sensor_unit": {"sensor_unit": "points"},
    "sensor_state_class": {"sensor_state_class": "total"},
    "binary_sensor_field": {"platforms": "binary_sensor", "binary_sensor_field": "offline"},
    "switch_field": {"platforms": "switch", "switch_field": "on"},
    "select_field": {"platforms": "select", "select_field": "program"},
    "select_options": {"platforms": "select", "select_options": "eco boost"},
    "button_key": {"platforms": "button", "button_key": "update"},
    "command_url": {"platforms": "button", "command_url": "https://acme.example"},
    "polling_minutes": {"polling_minutes": 5},
    "check_scopes": {"scopes": "read", "check_scopes": False},
    "forbidden_reauth": {"forbidden_reauth": True},
    "yaml_import": {"yaml_import": True},
    "repository": {"repository": True},
    "license": {"repository": True, "license": "apache"},
    "copyright": {"repository": True, "copyright": "2025 Ada Example"},
    "extras": {"repository": True, "extras": True},
    "documentation_page": {"layout": "core", "documentation_page": True},
}


@pytest.mark.slow
def test_no_answer_is_ignored(quick: Template) -> None:
    """Each answer changes what is emitted, beside the file that only keeps the answers."""
    asked = {name for name, one in quick.questions.items() if one.get("when") is not False}
    assert OTHER.keys() == asked - {"more"}  # which only says what else is asked
    for name, given in OTHER.items():
        others = {key: value for key, value in given.items() if key != name}
        trees = [quick.render(others), quick.render(given)]
        for tree in trees:
            tree.pop(".copier-answers.appcred.yml", None)
        assert trees[0] != trees[1], name


def test_token_requests_ask_for_json_where_that_is_needed(quick: Template) -> None:
    """Whether the server hears it, the emitted test asserts; the lab runs that."""
    for answers in cover():
        files = quick.render(answers.data)
        (platform,) = [path for path in files if path.endswith("/application_credentials.py")]
        (test,) = [path for path in files if path.endswith("test_config_flow.py")]
        wanted = bool(answers.data.get("token_accept_json"))
        assert ("ACCEPT: CONTENT_TYPE_JSON" in files[platform]) == wanted
        assert ('headers["Accept"] == "application/json"' in files[test]) == wanted


def test_every_done_of_the_quality_scale_is_a_rule(quick: Template) -> None:
    """The scale depends on the answers; a rule that is met says so, one that is not says why."""
    seen: dict[str, set[str]] = {}
    for answers in cover():
        if answers.layout != "core":
            continue
        files = quick.render(answers.data)
        folder = f"homeassistant/components/{answers.domain}"
        scale = yaml.safe_load(files[f"{folder}/quality_scale.yaml"])["rules"]
        for rule, state in scale.items():
            status = state["status"] if isinstance(state, dict) else state
            assert status in {"done", "todo", "exempt"}
            assert isinstance(state, str) or state["comment"].endswith(".")
            seen.setdefault(rule, set()).add(status)
        code = files[f"{folder}/config_flow.py"]
        assert (scale["reconfiguration-flow"] == "done") == ("async_step_reconfigure" in code)
        assert "async_step_reauth" in code
        assert (scale["entity-unique-id"] == "done") == (f"{folder}/entity.py" in files)
        assert (scale["icon-translations"] == "done") == (f"{folder}/icons.json" in files)
        gone = "async_remove_device" in files.get(f"{folder}/coordinator.py", "")
        assert (scale["stale-devices"] == "done") == gone
        new = "async_add_listener" in files.get(f"{folder}/entity.py", "")
        assert (scale["dynamic-devices"] == "done") == new
        assert (scale["action-exceptions"] == "done") == (
            "raise HomeAssistantError(" in files.get(f"{folder}/entity.py", "")
        )
        assert (scale["dependency-transparency"] == "todo") == (
            "requirements" in json.loads(files[f"{folder}/manifest.json"])
        )
        client = "async_get_clientsession" in files[f"{folder}/__init__.py"]
        assert (scale["inject-websession"] == "done") == client
    assert len(seen) == 54
    # What no scaffold can do for its author.
    documented = {rule for rule, states in seen.items() if states == {"todo"}}
    assert {"brands", "strict-typing", "docs-use-cases"} <= documented


TRANSLATED = {
    *("ConfigEntryAuthFailed", "ConfigEntryError", "ConfigEntryNotReady"),
    *("HomeAssistantError", "UpdateFailed"),
}
ELSEWHERE = {
    "config-flow-test-coverage": "tests/lab measures it",
    "test-coverage": "tests/lab measures it",
    "test-before-configure": "no entry is made before the server has exchanged the code",
}
"""What is done, and not to be seen by a look at the code."""


def scales() -> Iterator[dict[str, Any]]:
    """Return the answers that the scale depends on, each way that they can be given together."""
    for identity in ("userinfo", "token_claim", "none"):
        for platforms in ("sensor", "", "button sensor"):
            for kind in ("service", "hub"):
                for library in ({}, ASYNC, BLOCKING):
                    if library and not platforms and identity != "userinfo":
                        continue  # refused: nothing would ask the library for anything
                    device_class = {"sensor_device_class": "power"} if platforms == "sensor" else {}
                    yield {
                        "layout": "core",
                        "identity": identity,
                        "platforms": platforms,
                        "integration_type": kind,
                        **device_class,
                        **library,
                    }


SCALES = pytest.mark.parametrize(
    "given", sample(scales(), 4), ids=lambda given: "-".join(map(str, [*given.values()][1:]))
)
SCALE = "homeassistant/components/example/quality_scale.yaml"


@SCALES
def test_quality_scale_rules_marked_done_are_done(quick: Template, given: dict[str, Any]) -> None:
    """Every rule that is done, by names in the code; some hassfest checks in the same way."""
    platforms, kind = given["platforms"], given["integration_type"]
    device_class = "sensor_device_class" in given
    files = quick.render(given)
    folder = "homeassistant/components/example"
    scale = yaml.safe_load(files[SCALE])["rules"]
    modules = {
        path.removeprefix(f"{folder}/"): python(text)
        for path, text in files.items()
        if path.startswith(folder) and path.endswith(".py")
    }
    functions = {
        (name, node.name): node
        for name, module in modules.items()
        for node in ast.walk(module)
        if isinstance(node, ast.AsyncFunctionDef)
    }
    setup = functions["__init__.py", "async_setup_entry"]
    flow = called(modules["config_flow.py"])
    manifest = json.loads(files[f"{folder}/manifest.json"])
    met = {
        "runtime-data": "entry.runtime_data = " in ast.unparse(setup),
        "test-before-setup": bool(
            {"async_config_entry_first_refresh", "async_ensure_token_valid"} & called(setup)
            or {"ConfigEntryNotReady", "ConfigEntryAuthFailed"} & raised(modules.values())
        ),
        "unique-config-entry": bool(
            manifest.get("single_config_entry")
            or {"async_set_unique_id", "_abort_if_unique_id_configured"} <= flow
        ),
        "config-entry-unloading": ("__init__.py", "async_unload_entry") in functions,
        "reauthentication-flow": ("config_flow.py", "async_step_reauth") in functions,
        "reconfiguration-flow": ("config_flow.py", "async_step_reconfigure") in functions,
        "diagnostics": ("diagnostics.py", "async_get_config_entry_diagnostics") in functions,
    }
    met |= {
        "common-modules": all(
            path == f"{folder}/coordinator.py" or "(DataUpdateCoordinator[" not in text
            for path, text in files.items()
        ),
        "config-flow": manifest["config_flow"] is True,
        "integration-owner": bool(manifest["codeowners"]),
        "exception-translations": all(
            any(keyword.arg == "translation_key" for keyword in error.keywords)
            for module in modules.values()
            for error in ast.walk(module)
            if isinstance(error, ast.Call) and ast.unparse(error.func) in TRANSLATED
        ),
    }
    if "library" in given and not given.get("library_sync"):
        met["async-dependency"] = not re.search("executor|threadsafe", "".join(files.values()))
    if "async_get_clientsession" in files[f"{folder}/__init__.py"]:
        met["inject-websession"] = "ClientSession()" not in "".join(files.values())
    if platforms:
        entity, coordinator = files[f"{folder}/entity.py"], files[f"{folder}/coordinator.py"]
        told = "CoordinatorEntity[" in entity and "raise UpdateFailed(" in coordinator
        each = [files[f"{folder}/{platform}.py"] for platform in platforms.split()]
        met |= {
            "parallel-updates": all("\nPARALLEL_UPDATES = " in text for text in each),
            "appropriate-polling": "update_interval=UPDATE_INTERVAL" in coordinator,
            "devices": "_attr_device_info = DeviceInfo(" in entity,
            # They are what people set it up for.
            "entity-category": not any("EntityCategory" in text for text in each),
            "entity-translations": all("translation_key=" in text for text in each),
            "entity-unavailable": told,
            "entity-unique-id": "_attr_unique_id = " in entity,
            "has-entity-name": "_attr_has_entity_name = True" in entity,
            "log-when-unavailable": told,
        }
        if device_class:
            met["entity-device-class"] = "device_class=SensorDeviceClass." in each[0]
        else:
            met["icon-translations"] = f"{folder}/icons.json" in files
        if "button" in platforms:
            met["action-exceptions"] = "raise HomeAssistantError(" in entity
        if kind == "hub":
            met["dynamic-devices"] = "coordinator.async_add_listener(" in entity
            met["stale-devices"] = "async_remove_device(" in coordinator
    assert {rule for rule, holds in met.items() if holds and scale[rule] == "done"} == met.keys()
    done = {rule for rule, state in scale.items() if state == "done"}
    assert done == met.keys() | ELSEWHERE.keys()


@SCALES
def test_quality_scale_rules_marked_exempt_are_exempt(
    quick: Template, given: dict[str, Any]
) -> None:
    """Every rule that is exempt: what it is about is nowhere in the code."""
    files = quick.render(given)
    folder = "homeassistant/components/example/"
    code = "".join(text for path, text in files.items() if path.startswith(folder))
    scale = yaml.safe_load(files[SCALE])["rules"]
    manifest = json.loads(files[f"{folder}manifest.json"])

    def lacks(*words: str) -> bool:
        return not any(word in code for word in words)

    def has_file(name: str) -> bool:
        return f"{folder}{name}" in files

    no_actions = lacks("services.async_register", "register_entity_service") and not has_file(
        "services.yaml"
    )
    no_entities = lacks("PLATFORMS", "Entity)") and not has_file("entity.py")
    no_requirements = "requirements" not in manifest
    no_discovery = manifest["iot_class"].startswith("cloud") and not (
        {"bluetooth", "dhcp", "homekit", "mqtt", "ssdp", "usb", "zeroconf"} & manifest.keys()
    )
    one_device = manifest["integration_type"] != "hub"
    bears_out = {
        "action-setup": no_actions,
        "action-exceptions": no_actions and lacks("await self.async_send("),
        "docs-actions": no_actions,
        "docs-conditions": not has_file("condition.py"),
        "docs-triggers": not has_file("trigger.py"),
        "docs-configuration-parameters": lacks("OptionsFlow", "async_get_options_flow"),
        "appropriate-polling": lacks("update_interval", "should_poll"),
        "async-dependency": no_requirements,
        "dependency-transparency": no_requirements,
        "discovery": no_discovery,
        "discovery-update-info": no_discovery,
        "dynamic-devices": no_entities or one_device,
        "stale-devices": no_entities or one_device,
        "entity-disabled-by-default": lacks("entity_registry_enabled_default"),
        "entity-event-setup": lacks("async_added_to_hass", ".subscribe("),
        "icon-translations": no_entities
        or code.count("EntityDescription(\n        key=") == code.count("device_class="),
        # The library makes its requests without one, or nothing makes any.
        "inject-websession": lacks("ClientSession", "async_get_clientsession"),
        "repair-issues": lacks("async_create_issue"),
        **dict.fromkeys(
            (
                *("devices", "entity-category", "entity-device-class", "entity-translations"),
                *("entity-unavailable", "entity-unique-id", "has-entity-name"),
                *("log-when-unavailable", "parallel-updates"),
            ),
            no_entities,
        ),
    }
    exempt = {
        rule
        for rule, state in scale.items()
        if not isinstance(state, str) and state["status"] == "exempt"
    }
    assert exempt
    assert not [rule for rule in exempt if not bears_out[rule]]


def test_the_repository_names_this_version() -> None:
    """The emitted workflow and hook take the tag that this template is released with."""
    project = tomllib.loads((data_root() / "pyproject.toml").read_text("utf-8"))["project"]
    tree = data_root() / "template/tree"
    (workflow,) = tree.rglob("validate.yml.jinja")
    (hooks,) = tree.rglob("*.pre-commit-config.yaml*")
    assert f"{REPOSITORY}@v{project['version']}\n" in workflow.read_text("utf-8")
    assert f"{REPOSITORY}\n    rev: v{project['version']}\n" in hooks.read_text("utf-8")


def test_the_test_packages_are_those_the_lab_runs(quick: Template) -> None:
    """Which Home Assistant a version of it belongs to, the lab finds out by running it."""
    for floor in quick.questions["floor"]["choices"].values():
        release = Release.from_number(floor["value"])
        if release == newest():  # is core's alone
            continue
        version, homeassistant = package_for_tests(release)
        assert (f"{PLUGIN}=={version}",) == SPECIFICATIONS[homeassistant].requirements
        assert Release.parse(homeassistant) == release
    project = quick.render({"repository": True})["pyproject.toml"]
    (pins,) = SPECIFICATIONS[CURRENT].requirements
    assert f'"{pins}"' in project
    assert f"for Home Assistant {CURRENT}\n" in project


def test_the_licence_is_what_was_asked_for(quick: Template) -> None:
    given = {"repository": True, "copyright": "2025 Ada Example"}
    texts = {
        name: quick.render({**given, "license": name}).get("LICENSE", "")
        for name in ("mit", "apache", "none")
    }
    assert texts["mit"].startswith("MIT License\n\nCopyright (c) 2025 Ada Example\n")
    assert "Apache License" in texts["apache"]
    assert "Copyright 2025 Ada Example" in texts["apache"]
    assert texts["none"] == ""
    # the year is asked for, and filled in with this one
    assert re.match(r"20\d\d example\Z", quick.answers({"repository": True})["copyright"])


@pytest.mark.parametrize("platforms", ["binary_sensor sensor", ""])
@pytest.mark.parametrize("flow", ["secret", "pkce_public"])
def test_the_page_has_a_place_for_each_rule_that_waits_for_it(
    quick: Template, platforms: str, flow: str
) -> None:
    given = {"layout": "core", "documentation_page": True, "platforms": platforms, "flow": flow}
    files = quick.render(given)
    scale = yaml.safe_load(files["homeassistant/components/example/quality_scale.yaml"])["rules"]
    waiting = {rule for rule, state in scale.items() if "docs-" in rule and state == "todo"}
    page = files["example.markdown"]
    assert set(re.findall(r"<!-- (docs-[a-z-]+)", page)) == waiting
    _, front, _ = page.split("---\n", 2)
    assert yaml.safe_load(front)["ha_domain"] == "example"
    assert page.count("{%") == page.count("%}")


def test_the_extras_of_a_repository(quick: Template, tmp_path: Path) -> None:
    files = quick.render({"repository": True, "extras": True, "domain": "lamp"})
    read = {
        path: (json.loads if path.endswith("json") else yaml.safe_load)(files[path])
        for path in files
        if path.startswith((".github/", ".devcontainer/devcontainer", "hacs.json"))
    }
    hacs = read["hacs.json"]
    steps = read[".github/workflows/release.yml"]["jobs"]["archive"]["steps"]
    assert hacs["zip_release"] is True
    assert steps[-1]["run"].endswith(f" {hacs['filename']}")
    assert steps[-2]["working-directory"] == "custom_components/lamp"
    for path in (".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/feature.yml"):
        ids = [each["id"] for each in read[path]["body"] if each["type"] != "markdown"]
        assert len(ids) == len(set(ids)) > 0
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    # the script of the container, with a Home Assistant that says how it was started
    program = tmp_path / "bin/hass"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["sh", ".devcontainer/home-assistant.sh", "--debug"],
        cwd=tmp_path,
        env={"PATH": f"{program.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "--config config --debug\n"
    assert (tmp_path / "config/custom_components/lamp/manifest.json").is_file()
    assert "custom_components.lamp: debug" in (tmp_path / "config/configuration.yaml").read_text()
    program = Path(sysconfig.get_path("scripts"), "zizmor")
    ours = [program, "--offline", "--quiet", ".github"]
    zizmor = subprocess.run(ours, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert zizmor.returncode == 0, zizmor.stdout + zizmor.stderr


def test_a_repository_asks_for_the_python_that_its_test_package_does(quick: Template) -> None:
    for floor in (202504, 202610):
        project = tomllib.loads(
            quick.render({"repository": True, "floor": floor})["pyproject.toml"]
        )
        assert project["project"]["requires-python"] == ">=3.14.2"  # of Home Assistant 2026.10


def test_the_readme_names_the_console(quick: Template) -> None:
    data = {"repository": True, "console_url": "https://console.example.com/apps"}
    assert "<https://console.example.com/apps>" in quick.render(data)["README.md"]
    assert (
        "Register an application with Example."
        in quick.render({"repository": True, "console_url": ""})["README.md"]
    )


def test_the_workflow_runs_the_tests_on_the_floor(quick: Template) -> None:
    for floor in (202504, 202512, 202603, 202610):
        data = {"repository": True, "floor": floor, "requirements": "pyacme[x]==1!2.0 other==3"}
        jobs = yaml.safe_load(quick.render(data)[".github/workflows/validate.yml"])["jobs"]
        release = Release.from_number(floor)
        if CURRENT.startswith(f"{release}."):  # then the other job is on the floor already
            assert "floor" not in jobs
            continue
        _, setup, _, install, test = jobs["floor"]["steps"]
        assert setup["with"]["python-version"] == "{}.{}".format(*python_for(release))
        assert install["run"] == (
            f"python -m pip install {PLUGIN}=={package_for_tests(release)[0]} "
            "'pyacme[x]==1!2.0' 'other==3'"
        )
        assert test["run"] == "python -m pytest"


@pytest.mark.parametrize("floor", [202504, 202610])
def test_the_workflow_asks_for_little(quick: Template, floor: int) -> None:
    files = quick.render({"repository": True, "floor": floor})
    workflow = yaml.safe_load(files[".github/workflows/validate.yml"])
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        for step in job["steps"]:
            assert "@" in step.get("uses", "@")
            if "checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


def keyword(module: ast.AST, name: str) -> set[str]:
    """Return the strings given to a keyword anywhere in a module."""
    return {
        node.value.value
        for node in ast.walk(module)
        if isinstance(node, ast.keyword)
        and node.arg == name
        and isinstance(node.value, ast.Constant)
    }


def called(module: ast.AST) -> set[str]:
    """Return the names of the methods that are called in a module."""
    return {
        node.func.attr
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }


def raised(modules: Iterable[ast.AST]) -> set[str]:
    """Return the names of the exceptions that modules raise."""
    return {
        node.exc.func.id
        for module in modules
        for node in ast.walk(module)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
    }


def sources(flow: ast.AST) -> set[str]:
    """Return the sources that a flow tells apart, SOURCE_REAUTH and the like."""
    return {
        node.id
        for node in ast.walk(flow)
        if isinstance(node, ast.Name) and node.id.startswith("SOURCE_")
    }


def described(module: ast.AST, name: str) -> set[str]:
    """Return the strings given to a keyword of the descriptions of entities in a module."""
    return {
        key
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id.endswith("EntityDescription")
        for key in keyword(node, name)
    }


@EVERY
def test_the_service_is_described_for_a_rehearsal(
    answers: Answers, quick: Template, tmp_path: Path
) -> None:
    """The file can be read, and its responses have what the emitted client reads."""
    given = quick.answers(answers.data)
    path = tmp_path / "rehearsal.yml"
    path.write_text(given["rehearsal"], encoding="utf-8")
    assert quick.render(answers.data).get("rehearsal.yml") == (
        given["rehearsal"] if answers.layout == "custom" else None
    )
    vendor = load(path)
    if given["library"]:  # which alone knows its addresses
        assert not vendor.answers
        return
    read: dict[str, list[str]] = {}
    if given["identity"] == "userinfo":
        read.setdefault(given["userinfo_url"], []).extend([given["id_field"], given["title_field"]])
    folder = f"{given['devices_field']}.0.".lstrip(".") if given["hub"] else ""
    fields = [row["field"] for platform, row in given["rows"].items() if platform != "button"]
    if given["hub"]:
        fields += [given["device_id_field"], given["device_name_field"]]
    if given["platforms"]:
        read.setdefault(given["api_url"], []).extend(folder + field for field in fields)
    for url, fields in read.items():
        found = vendor.answer("GET", url)
        assert found is not None, url
        for field in fields:
            value = found.body
            for key in field.split("."):
                value = value[int(key) if key.isdecimal() else key]
            assert value, field
    sent = dict(pair.split("=", 1) for pair in given["extra_authorize_params"].split("&") if pair)
    assert vendor.terms.authorize_parameters == sent


def test_paths_through_lists_are_one_document(quick: Template, tmp_path: Path) -> None:
    data = {"id_field": "data.1.id", "title_field": "data.0.name", "value_field": "data.1.on.0"}
    shared = {"userinfo_url": "https://a.example/me?x=1", "api_url": "https://a.example/me"}
    path = tmp_path / "rehearsal.yml"
    path.write_text(quick.answers({**data, **shared})["rehearsal"], encoding="utf-8")
    (found,) = load(path).answers
    assert found.body == {"data": [{"name": "{name}"}, {"id": "{id}", "on": [21]}]}
