"""Set-up from YAML is made to let an entry stand alone, and only where it has to be."""

from __future__ import annotations

import libcst as cst
import pytest

from appcred.generation.from_yaml import standing_alone, unclear
from appcred.rules.rule import Example

HEAD = '"""Example."""\n\nfrom . import helpers\nfrom .const import DOMAIN\n\n\n'
GUARD = "    if DOMAIN not in config:\n        return True\n"


def changed(init: str, **files: str) -> str:
    named = {f"{name}.py": content for name, content in files.items()}
    named.setdefault("const.py", 'DOMAIN = "example"\n')
    before = Example({"__init__.py": init, **named}).integration()
    after = standing_alone(before)
    assert standing_alone(after) is after
    file = after.file("__init__.py")
    assert file is not None
    cst.parse_module(file.content)
    return file.content.decode()


def setup(body: str, head: str = "async def async_setup(hass, config):") -> str:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{HEAD}{head}\n{lines}    return True\n"


@pytest.mark.parametrize(
    "body",
    [
        "conf = config[DOMAIN]",
        'for device in config["example"]:\n    print(device)',
        "async def later():\n    print(config[DOMAIN])\nhass.create(later())",
        "if DOMAIN in config:\n    print(1)\nelse:\n    print(config[DOMAIN])",
        "if hass.ready:\n    print(config[DOMAIN])",
        "if config[DOMAIN]:\n    return True",
        "try:\n    conf = config[DOMAIN]\nexcept OSError:\n    return False",
        "print(config[DOMAIN] if hass.ready else 1)",
        "_start(hass, config)",
        "_start(config=config, hass=hass)",
        "helpers.start(config)",
        "await hass.async_add_executor_job(_start, hass, config)",
        "hass.create(partial(helpers.start, everything=config))",
    ],
)
@pytest.mark.parametrize("head", ["async def async_setup(hass, config):", "def setup(h, config):"])
def test_functions_that_read_the_section_return_early_without_it(body: str, head: str) -> None:
    own = "\n\ndef _start(hass, config):\n    hass.data[DOMAIN] = config[DOMAIN]\n"
    before = setup(body, head) + own
    helpers = "def start(everything):\n    return everything['example']\n"
    after = changed(before, helpers=helpers)
    assert after == before.replace(f"{head}\n", f"{head}\n{GUARD}\n", 1)


@pytest.mark.parametrize(
    "body",
    [
        "hass.services.register()",
        "conf = config.get(DOMAIN, {})",
        "if DOMAIN not in config:\n    return True\nconf = config[DOMAIN]",
        "hass.x = {}\n\nif DOMAIN not in config:\n    return True\nprint(config[DOMAIN])",
        "if not (conf := config.get(DOMAIN)):\n    return True\nprint(config[DOMAIN])",
        "if DOMAIN in config:\n    print(config[DOMAIN])",
        "if DOMAIN in config: print(config[DOMAIN])",
        "if hass.ready:\n    pass\nelif DOMAIN in config:\n    print(config[DOMAIN])",
        "if DOMAIN in config:\n    print(config[DOMAIN])\nelif hass.ready:\n    pass",
        "print(config[DOMAIN] if DOMAIN in config else 1)",
        "print(DOMAIN in config and config[DOMAIN])",
        "try:\n    conf = config[DOMAIN]\nexcept KeyError:\n    conf = {}",
        "try:\n    conf = config[DOMAIN]\nexcept:\n    conf = {}",
        "await async_load_platform(hass, 'sensor', DOMAIN, {}, config)",
        "_LOGGER.debug('%s', config)",
        "_start(hass, config)",
        "config = Config(hass)\nhass.data[DOMAIN] = config",
    ],
)
def test_functions_that_work_without_a_section_stay(body: str) -> None:
    own = "\n\ndef _start(hass, config):\n    print(config.get(DOMAIN))\n    _start(hass, config)\n"
    before = setup(body) + own
    assert changed(before) == before


@pytest.mark.parametrize(
    "init",
    [
        '"""Example."""\n',
        "def setup(hass, config, more=None):\n    return config['example']\n",
        "def setup(hass, config): return config['example']\n",
    ],
)
def test_a_set_up_of_another_form_stays(init: str) -> None:
    assert changed(init) == init


def test_the_docstring_and_comments_stay_above_and_below() -> None:
    before = setup('"""Set up."""\n# What it is for\nconf = config[DOMAIN]')
    after = changed(before)
    assert after == before.replace("    # What", f"{GUARD}\n    # What")


def test_a_domain_without_a_constant() -> None:
    after = changed(setup("conf = config['example']").replace("from .const import DOMAIN\n", ""))
    assert '    if "example" not in config:\n        return True\n' in after


def test_tabs_and_other_line_ends_are_kept() -> None:
    before = "def setup(hass, config):\r\n\treturn config['example']\r\n"
    assert changed(before) == (
        'def setup(hass, config):\r\n\tif "example" not in config:\r\n\t\treturn True\r\n\r\n'
        "\treturn config['example']\r\n"
    )


@pytest.mark.parametrize("key", ["DOMAIN", '"example"'])
def test_a_schema_may_not_insist_on_the_section(key: str) -> None:
    schema = "import voluptuous as vol\n\nCONFIG_SCHEMA = vol.Schema({vol.Required(%s): 1, 2: 3})\n"
    before = HEAD + schema % key
    assert changed(before) == before.replace("vol.Required", "vol.Optional")
    other = before.replace(f"Required({key})", 'Required("other")')
    assert changed(other) == other


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("await Manager(hass, config).start()", "Manager"),
        ("partial(_start, hass, config)", "partial"),
        ("partial(*args, config)", "partial"),
        ("_further(hass, config)", "Deeper"),
        ("_start(hass, 1, config)", "_start"),
        ("_start(hass, other=config)", "_start"),
    ],
)
def test_unknown_uses_of_the_configuration_are_named(body: str, what: str) -> None:
    own = "\n\ndef _start(hass, **more):\n    pass\n"
    own += "\n\ndef _further(hass, config):\n    Deeper(config)\n"
    init = setup(body) + own
    assert changed(init) == init
    (work,) = unclear(Example({"__init__.py": init}).integration())
    assert work.reason.startswith(f"{what} gets the whole configuration, which may now")
    assert "begin async_setup of __init__.py with `if DOMAIN not in config" in work.todo
    assert ("Deeper(config)" if "further" in body else body) in init.splitlines()[work.line - 1]


def test_known_uses_of_the_configuration_are_not_named() -> None:
    for init in (
        '"""Example."""\n',
        setup("conf = config[DOMAIN]\nManager(config)"),
        setup("pass"),
    ):
        integration = Example(
            {"__init__.py": init, "const.py": 'DOMAIN = "example"\n'}
        ).integration()
        assert not [*unclear(standing_alone(integration))]


def test_a_schema_that_is_not_understood_is_named() -> None:
    init = (
        "from voluptuous import Required, Schema\n\n"
        'CONFIG_SCHEMA = Schema({Required("example"): dict})\n'
    )
    assert changed(init) == init
    (work,) = unclear(Example({"__init__.py": init}).integration())
    assert (work.line, "Optional" in work.todo) == (3, True)
