"""What a person types comes out as data, or is refused with a sentence. Nothing else happens."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from sampling import ALL
from template.quick import RefusedError, python
from template.wrong_answers import TAKEN, is_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from template.quick import Template

    Files = Mapping[str, str]

pytestmark = pytest.mark.slow

FOLDER = "custom_components/example"

# Characters that mean something to one of the languages that are emitted, and some that look odd.
ODD = "\"'\\{}[]()<>%$#&=+-*_`~!@^|:;,./? "
ODD += "\t\n\r\x00\x7f\x85\u00a0\u200b\u200d\u202e\u2028é中\U0001f3e1"

anything = (
    st.text(max_size=40)
    | st.text(alphabet=ODD, max_size=40)
    | st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=40)
    | st.text(alphabet="abcxyz_.:/0129@ -", min_size=1, max_size=40)
)
# Always the same texts, and no long search for why one of them fails.
always = settings(
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
addresses = anything | anything.map(lambda text: f"https://example.com/{text}")


def constants(files: Files, module: str) -> dict[str, Any]:
    """Return the constants of a module by their names."""
    found: dict[str, Any] = {}
    for node in python(files[f"{FOLDER}/{module}.py"]).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                try:
                    found[name] = ast.literal_eval(value)
                except ValueError:
                    continue
    return found


def literals(files: Files, path: str) -> list[Any]:
    return [node.value for node in ast.walk(python(files[path])) if isinstance(node, ast.Constant)]


def loaded(files: Files, path: str) -> Any:
    return json.loads(files[f"{FOLDER}/{path}"])


def parse(files: Files) -> None:
    """Read every file in its language."""
    readers: dict[str, Callable[[str], object]] = {
        "py": python,
        "json": json.loads,
        "toml": tomllib.loads,
        "yml": yaml.safe_load,
        "yaml": yaml.safe_load,
    }
    for path, text in files.items():
        suffix = path.rpartition(".")[2]
        if suffix in readers:
            readers[suffix](text)


def in_const(name: str) -> Callable[[Files], Any]:
    return lambda files: constants(files, "const")[name]


def in_manifest(key: str) -> Callable[[Files], Any]:
    return lambda files: loaded(files, "manifest.json")[key]


def params(files: Files) -> Any:
    """Return the parameters of the flow as they were typed."""
    tree = python(files[f"{FOLDER}/config_flow.py"])
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    (function,) = [node for node in functions if node.name == "extra_authorize_data"]
    pairs = next(node for node in ast.walk(function) if isinstance(node, ast.Dict))
    return "&".join(
        f"{ast.literal_eval(key)}={ast.literal_eval(value)}"
        for key, value in zip(pairs.keys, pairs.values, strict=True)
        if key is not None and ast.literal_eval(key) != "scope"
    )


def path_of(name: str) -> Callable[[Files], Any]:
    """Return the path that one call of `_field` follows, as it was typed."""

    def found(files: Files) -> str:
        for node in ast.walk(python(files[f"{FOLDER}/api.py"])):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=ast.Call(args=[_, *path])) if (
                    target == name
                ):
                    return typed(path)
                case ast.keyword(
                    arg=target,
                    value=ast.Call(
                        args=[
                            ast.Call(args=[_, *path])
                            | ast.BoolOp(values=[ast.Call(args=[_, *path]), _])
                        ]
                    ),
                ) if target == name:
                    return typed(path)
        raise AssertionError(f"nothing is assigned to {name}")

    return found


def typed(path: list[ast.expr]) -> str:
    return ".".join(str(ast.literal_eval(part)) for part in path)


def described(platform: str) -> Callable[[Files], Any]:
    """Return the path that the description of an entity follows, as it was typed."""

    def found(files: Files) -> str:
        for node in ast.walk(python(files[f"{FOLDER}/{platform}.py"])):
            match node:
                case ast.Lambda(body=ast.Call(args=path)):
                    return typed(path)
        raise AssertionError(f"no description in {platform}.py")

    return found


def platforms(files: Files) -> set[str]:
    """Return the platforms in each order in which they can have been typed."""
    found = loaded(files, "translations/en.json").get("entity", {})
    return {" ".join(order) for order in permutations(found)}


def unit(files: Files) -> str:
    """Return the unit of a sensor without a device class."""
    for node in ast.walk(python(files[f"{FOLDER}/sensor.py"])):
        if isinstance(node, ast.keyword) and node.arg == "native_unit_of_measurement":
            return ast.literal_eval(node.value)
    return ""


def options(files: Files) -> str:
    """Return the options of a select as they were typed."""
    for node in ast.walk(python(files[f"{FOLDER}/select.py"])):
        if isinstance(node, ast.keyword) and node.arg == "options":
            return " ".join(ast.literal_eval(node.value))
    raise AssertionError("no options in select.py")


def imported(path: str) -> Callable[[Files], Any]:
    """Return the modules of other packages that a file imports, and the names from them."""

    def found(files: Files) -> set[str]:
        return {
            name
            for node in ast.walk(python(files[path]))
            if isinstance(node, ast.ImportFrom) and not node.level
            for name in (str(node.module), *(alias.name for alias in node.names))
        }

    return found


def called(path: str) -> Callable[[Files], Any]:
    """Return the names of the methods that a file calls, or hands on to be called."""
    return lambda files: {
        node.attr for node in ast.walk(python(files[path])) if isinstance(node, ast.Attribute)
    }


def caught(files: Files) -> str:
    """Return the exceptions of the service, in the order in which the coordinator handles them."""
    tree = python(files[f"{FOLDER}/coordinator.py"])
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    return " ".join(node.type.id for node in handlers if isinstance(node.type, ast.Name))


CLAIM = {"identity": "token_claim"}
LIBRARY = {
    "library": "acmelib",
    "requirements": "acmelib==1.0",
    "platforms": "button sensor",
    "integration_type": "hub",
}
FIELDS = ("binary_sensor_field", "switch_field", "select_field")
CLIENTS = ("__init__", "config_flow", "coordinator")
READERS = ("coordinator", "entity", "sensor")
names = anything | st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,40}", fullmatch=True)
NOBODY = {"identity": "none"}
PUBLIC = {"flow": "pkce_public"}
HUB = {"integration_type": "hub"}

# Each text that a person can type, the other answers that put it to use, and where it comes out.
PLACES: dict[str, tuple[dict[str, Any], st.SearchStrategy[str], list[Callable[[Files], Any]]]] = {
    "name": (
        NOBODY,
        anything,
        [
            in_const("NAME"),
            in_manifest("name"),
            lambda files: json.loads(files["hacs.json"])["name"],
            lambda files: tomllib.loads(files["pyproject.toml"])["project"][
                "description"
            ].removesuffix(" for Home Assistant"),
        ],
    ),
    "class_prefix": (
        {},
        anything | st.sampled_from(["Acme", "AcmeCloud"]),
        [lambda files: re.findall(r"class (\w+)ConfigFlow", files[f"{FOLDER}/config_flow.py"])[0]],
    ),
    "copyright": (
        {"license": "mit"},
        anything,
        [lambda files: re.findall(r"Copyright \(c\) (.*)", files["LICENSE"])[0]],
    ),
    "codeowners": ({}, anything, [lambda files: " ".join(in_manifest("codeowners")(files))]),
    "documentation": ({}, addresses, [in_manifest("documentation")]),
    "issue_tracker": ({}, addresses, [in_manifest("issue_tracker")]),
    "authorize_url": ({}, addresses, [in_const("OAUTH2_AUTHORIZE")]),
    "token_url": ({}, addresses, [in_const("OAUTH2_TOKEN")]),
    "userinfo_url": ({}, addresses, [in_const("USERINFO_URL")]),
    "api_url": ({}, addresses, [in_const("API_URL")]),
    "console_url": (
        {},
        addresses,
        [lambda files: constants(files, "const").get("CONSOLE_URL", "")],
    ),
    "scopes": (
        {},
        anything,
        [lambda files: " ".join(constants(files, "const").get("OAUTH2_SCOPES", []))],
    ),
    "extra_authorize_params": (
        {},
        anything | anything.map(lambda text: f"a={text}"),
        [params],
    ),
    "client_id": (PUBLIC, anything, [in_const("OAUTH2_CLIENT_ID")]),
    "credentials_text": (
        {"console_url": ""},
        anything | anything.map(lambda text: f"{text} `{{redirect_url}}`"),
        [
            lambda files: (
                loaded(files, "translations/en.json")
                .get("application_credentials", {"description": ""})
                .get("description")
            )
        ],
    ),
    "library": (
        LIBRARY,
        names,
        [
            lambda files: (
                {""}  # then api.py has the client
                if "class ExampleClient" in files[f"{FOLDER}/api.py"]
                else imported(f"{FOLDER}/coordinator.py")(files)
            )
        ],
    ),
    "library_auth": (LIBRARY, names, [imported(f"{FOLDER}/api.py")]),
    "library_client": (LIBRARY, names, [imported(f"{FOLDER}/{name}.py") for name in CLIENTS]),
    "library_errors": (LIBRARY, anything, [caught]),
    "library_account": (LIBRARY, names, [imported("tests/__init__.py")]),
    "library_get_account": (LIBRARY, names, [called(f"{FOLDER}/config_flow.py")]),
    "library_data": (LIBRARY, names, [imported(f"{FOLDER}/{name}.py") for name in READERS]),
    "library_get_data": (LIBRARY, names, [called(f"{FOLDER}/coordinator.py")]),
    "library_send": (LIBRARY, names, [called(f"{FOLDER}/entity.py")]),
    "id_field": ({"title_field": "other"}, anything, [path_of("account_id")]),
    "title_field": ({"id_field": "other"}, anything, [path_of("title")]),
    "platforms": (
        {},
        anything | st.sampled_from(["sensor", "button", "select", "switch", "binary_sensor"]),
        [platforms],
    ),
    "devices_field": (
        HUB,
        anything,
        [
            lambda files: (
                ""
                if "devices = document" in files[f"{FOLDER}/api.py"]
                else path_of("devices")(files)
            )
        ],
    ),
    "device_id_field": (HUB, anything, [path_of("id")]),
    "device_name_field": (HUB, anything, [path_of("name")]),
    "manufacturer": ({}, anything, [in_const("MANUFACTURER")]),
    "configuration_url": (
        {},
        addresses,
        [lambda files: constants(files, "const").get("CONFIGURATION_URL", "")],
    ),
    "value_field": ({}, anything, [described("sensor")]),
    "sensor_device_class": (
        {},
        anything | st.sampled_from(["power", "energy"]),
        [
            lambda files: (
                re.findall(r"device_class=SensorDeviceClass\.(\w+)", files[f"{FOLDER}/sensor.py"])
                or [""]
            )[0].lower()
        ],
    ),
    "sensor_unit": (
        {},
        anything,
        [unit],
    ),
    "binary_sensor_field": ({"platforms": "binary_sensor"}, anything, [described("binary_sensor")]),
    "switch_field": ({"platforms": "switch"}, anything, [described("switch")]),
    "select_field": ({"platforms": "select"}, anything, [described("select")]),
    "select_options": (
        {"platforms": "select"},
        anything | st.sampled_from(["eco boost"]),
        [options],
    ),
    "button_key": (
        {"platforms": "button"},
        anything,
        [lambda files: loaded(files, "translations/en.json")["entity"]["button"].keys()],
    ),
    "command_url": ({"platforms": "button"}, addresses, [in_const("COMMAND_URL")]),
    "id_claim": (
        CLAIM,
        anything,
        [lambda files: {*literals(files, f"{FOLDER}/config_flow.py")}],
    ),
    "title_claim": (
        CLAIM,
        anything,
        [lambda files: {*literals(files, f"{FOLDER}/config_flow.py")}],
    ),
    "account_mismatch": (
        {},
        anything,
        [lambda files: loaded(files, "translations/en.json")["config"]["abort"].keys()],
    ),
    "requirements": (
        {},
        anything | anything.map(lambda text: f"{text}==1.0"),
        [lambda files: " ".join(loaded(files, "manifest.json").get("requirements", []))],
    ),
    "sensor_key": (
        {},
        anything,
        [lambda files: loaded(files, "translations/en.json")["entity"]["sensor"].keys()],
    ),
    "sensor_name": (
        {"sensor_key": "status"},
        anything,
        [lambda files: loaded(files, "translations/en.json")["entity"]["sensor"]["status"]["name"]],
    ),
}


def attempt(quick: Template, answers: Mapping[str, Any]) -> Files | None:
    """Return the files, or None for answers that are refused, which takes a sentence."""
    try:
        return quick.render(answers)
    except RefusedError as refused:
        said = refused.message
    assert is_sentence(said)
    return None


def test_every_text_is_in_the_table(quick: Template) -> None:
    typed = {
        name
        for name, question in quick.questions.items()
        if question["type"] == "str" and "choices" not in question and question.get("when") != False  # noqa: E712
    }
    assert typed - {"domain", "category"} == PLACES.keys()


@pytest.mark.parametrize("question", PLACES)
def test_a_text_comes_out_as_it_was_typed(quick: Template, question: str) -> None:
    beside, texts, places = PLACES[question]
    taken = 0

    @given(text=texts)
    @settings(always, max_examples=30 if ALL else 8)
    @example(text="{{ 7 * 7 }}{% raw %}{# #}")
    @example(text="\"'\\")
    @example(text=quick.answers(beside)[question])
    def hold(text: str) -> None:
        nonlocal taken
        files = attempt(quick, {**beside, "repository": True, question: text})
        if files is None:
            return
        taken += 1
        parse(files)
        for place in places:
            found = place(files)
            assert text in found if isinstance(found, (set, type({}.keys()))) else text == found

    for name, given_answers in TAKEN:
        if name == question and given_answers[name] != "":
            hold = example(text=given_answers[name])(hold)
    hold()
    assert taken


def test_domains_come_out_as_they_were_typed(quick: Template) -> None:
    @given(domain=st.from_regex(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", fullmatch=True) | anything)
    @settings(always, max_examples=30 if ALL else 8)
    def hold(domain: str) -> None:
        files = attempt(quick, {"domain": domain, "repository": True})
        if files is None:
            return
        parse(files)
        folder = f"custom_components/{domain}"
        assert json.loads(files[f"{folder}/manifest.json"])["domain"] == domain
        assert f'DOMAIN = "{domain}"' in files[f"{folder}/const.py"]

    hold()


def test_python_is_as_ruff_prints_it(quick: Template, tmp_path: Path) -> None:
    """Whatever is typed: names and texts of every length are where lines break."""
    number = 0

    @given(
        domain=st.from_regex(r"[a-z]{1,12}(_[a-z0-9]{1,9}){0,3}", fullmatch=True),
        name=st.text(
            alphabet=st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=36
        ),
        url=st.integers(0, 100).map(lambda length: "https://example.com/" + "a" * length),
        client=st.text(alphabet="a'\"\\ ", min_size=1, max_size=100).map(str.strip),
        field=st.from_regex(r"[a-z]{1,20}(\.[0-9]|\.[a-z_]{1,9}){0,3}", fullmatch=True),
        param=st.text(alphabet="a'\"\\", min_size=1, max_size=66),
        others=st.fixed_dictionaries(
            {
                "flow": st.sampled_from(["secret", "pkce_secret", "pkce_public"]),
                "floor": st.sampled_from([202504, 202603, 202610]),
                "identity": st.sampled_from(["userinfo", "token_claim", "none"]),
                "platforms": st.sampled_from(
                    ["sensor", "", "sensor switch select binary_sensor button", "button"]
                ),
                "integration_type": st.sampled_from(["service", "hub"]),
                "sensor_device_class": st.sampled_from(["", "energy"]),
            }
        ),
        library=st.none()
        | st.fixed_dictionaries(
            {
                "library": st.from_regex(r"[a-z]{1,20}(\.[a-z]{1,19})?", fullmatch=True),
                "library_sync": st.booleans(),
                **{
                    question: st.from_regex(rf"{initial}[a-z]{{1,28}}", fullmatch=True)
                    for question, initial in {
                        "library_auth": "A",
                        "library_client": "C",
                        "library_account": "U",
                        "library_data": "S",
                        "library_get_account": "g",
                        "library_get_data": "h",
                        "library_send": "s",
                    }.items()
                },
                "library_errors": st.from_regex(r"X[a-z]{1,28} Y[a-z]{1,28}", fullmatch=True),
            }
        ),
    )
    @settings(always, max_examples=60 if ALL else 25)
    def collect(**drawn: Any) -> None:
        nonlocal number
        answers = {
            "domain": drawn["domain"],
            "name": drawn["name"],
            "authorize_url": drawn["url"],
            "userinfo_url": drawn["url"],
            "api_url": drawn["url"],
            "client_id": drawn["client"],
            "id_field": drawn["field"],
            "title_field": drawn["field"],
            "value_field": drawn["field"],
            "devices_field": drawn["field"],
            "binary_sensor_field": f"x{drawn['field'][:30]}",
            "switch_field": f"y{drawn['field'][:30]}",
            "select_field": f"z{drawn['field'][:30]}",
            "manufacturer": drawn["name"],
            "command_url": drawn["url"],
            "extra_authorize_params": f"a={drawn['param']}",
            **drawn["others"],
        }
        if library := drawn["library"]:
            plain = re.sub(r"[^a-z]", "_", drawn["field"])
            answers |= dict.fromkeys(("id_field", "title_field", "value_field"), plain)
            answers |= {key: f"{key[:2]}{plain[:30]}" for key in FIELDS}
            answers |= {"requirements": "acmelib==1.0", **library}
        files = attempt(quick, answers)
        if files is None:
            return
        number += 1
        for path, text in files.items():
            if path.endswith(".py"):
                target = tmp_path / str(number) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, "utf-8")

    collect()
    assert number > 20
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--diff", "."]
    done = subprocess.run(ruff, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[:4000]
