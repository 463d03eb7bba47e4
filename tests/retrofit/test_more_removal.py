"""The import from YAML taken out: what else goes with it, what stays, and what a person must do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appcred.oauth.importing import credential_imports
from appcred.release import Release, Span
from appcred.rules import engine
from appcred.rules.form import Example
from appcred.rules.migration.edit import StopError
from appcred.rules.migration.removal import remove

if TYPE_CHECKING:
    from appcred.integration import Integration

NEWEST = Release(2026, 10)
SPAN = Span(NEWEST, NEWEST)

HEAD = """\
import logging

import voluptuous as vol

from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.issue_registry import IssueSeverity, async_create_issue

from .const import DOMAIN

_LOGGER = logging.getLogger(__name__)

"""

CREDENTIALS = """\
CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.Schema(
            {
                vol.Required(CONF_CLIENT_ID): cv.string,
                vol.Required(CONF_CLIENT_SECRET): cv.string,
            }
        )
    },
    extra=vol.ALLOW_EXTRA,
)

"""

MORE_KEYS = """\
CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: vol.All(
            cv.deprecated(CONF_CLIENT_ID),
            cv.deprecated(CONF_CLIENT_SECRET),
            cv.deprecated("old"),
            vol.Schema(
                {
                    vol.Optional(CONF_CLIENT_ID): cv.string,
                    vol.Optional(CONF_CLIENT_SECRET): cv.string,
                    vol.Optional("old"): cv.string,
                    vol.Optional("interval", default=5): int,
                }
            ),
        )
    },
    extra=vol.ALLOW_EXTRA,
)

"""

BARE_KEYS = """\
CONFIG_SCHEMA = vol.Schema(
    {
        DOMAIN: {
            vol.Optional("interval", default=5): int,
            vol.Optional(CONF_CLIENT_ID): cv.string,
            vol.Optional(CONF_CLIENT_SECRET): cv.string,
        }
    },
    extra=vol.ALLOW_EXTRA,
)

"""

CALL = (
    "await async_import_client_credential(hass, DOMAIN, "
    "ClientCredential({0}[CONF_CLIENT_ID], {0}[CONF_CLIENT_SECRET]))"
)
SIMPLE = CALL.format("config[DOMAIN]")

TEXTS = """\
{
  "issues": {
    "deprecated_yaml_credentials": {
      "title": "Old"
    },
    "other": {
      "title": "Stays"
    }
  }
}
"""


def tree(body: str, schema: str = CREDENTIALS, **files: str) -> Integration:
    init = HEAD + schema + "\nasync def async_setup(hass, config):\n" + body
    named = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    return Example({"__init__.py": init, "const.py": 'DOMAIN = "example"\n', **named}).integration()


def init(integration: Integration) -> str:
    file = integration.file("__init__.py")
    assert file is not None
    return file.content.decode()


def body(integration: Integration) -> str:
    """Return what is left of `async_setup`, empty where it went."""
    _, _, rest = init(integration).partition("async def async_setup(hass, config):\n")
    return rest


WARNING = '    _LOGGER.warning("YAML is deprecated")\n'


def test_all_of_it_goes_where_async_setup_does_nothing_else() -> None:
    guard = "    if DOMAIN not in config:\n        return True\n"
    before = tree(f"{guard}    {SIMPLE}\n{WARNING}    return True\n")
    after = init(remove(before, SPAN))
    for gone in ("async_setup", "CONFIG_SCHEMA", "_LOGGER", "voluptuous", "ClientCredential"):
        assert gone not in after
    assert not credential_imports(remove(before, SPAN))


def test_a_logger_that_said_nothing_before_stays() -> None:
    before = tree(f"    {SIMPLE}\n    return True\n")
    assert "_LOGGER = logging.getLogger(__name__)" in init(remove(before, SPAN))


def test_what_else_it_does_stays_with_a_schema_that_says_nothing_is_in_yaml() -> None:
    before = tree(
        f"    hass.data[DOMAIN] = {{}}\n    if DOMAIN in config:\n        {SIMPLE}\n"
        '        _LOGGER.warning("gone soon")\n    return True\n'
    )
    after = remove(before, SPAN)
    assert body(after) == "    hass.data[DOMAIN] = {}\n    return True\n"
    assert "CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)\n" in init(after)
    assert "_LOGGER" not in init(after)
    assert "import logging" not in init(after)


def test_an_old_floor_has_no_such_schema_so_it_goes() -> None:
    before = tree(
        "    hass.data[DOMAIN] = {}\n"
        f"    if DOMAIN in config:\n        {SIMPLE}\n"
        "    return True\n"
    )
    old = Release(2022, 10)
    after = init(remove(before, Span(old, old)))
    assert "CONFIG_SCHEMA" not in after
    assert "hass.data[DOMAIN] = {}" in after


def test_the_schemas_new_call_brings_its_own_imports() -> None:
    before = tree(
        "    hass.data[DOMAIN] = {}\n"
        f"    if DOMAIN in config:\n        {SIMPLE}\n"
        "    return True\n"
    )
    text = (
        init(before)
        .replace("from homeassistant.helpers import config_validation as cv\n", "")
        .replace("cv.string", "str")
    )
    after = init(remove(before.with_file(before.path("__init__.py"), text.encode()), SPAN))
    assert "from homeassistant.helpers import config_validation as cv\n" in after
    assert "CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)\n" in after


def test_a_logger_that_is_used_stays() -> None:
    before = tree(f"    {SIMPLE}\n    _LOGGER.debug('set up')\n    return True\n")
    assert "_LOGGER = logging.getLogger(__name__)" in init(remove(before, SPAN))


def test_a_logger_that_another_module_takes_stays() -> None:
    before = tree(f"    {SIMPLE}\n{WARNING}    return True\n", api="from . import _LOGGER\n")
    assert "_LOGGER = logging.getLogger(__name__)" in init(remove(before, SPAN))


def test_a_name_for_the_section_goes_with_it() -> None:
    before = tree(
        "    if not (conf := config.get(DOMAIN)):\n        return True\n"
        f"    {CALL.format('conf')}\n    return True\n"
    )
    assert "conf" not in body(remove(before, SPAN))
    kept = tree(
        f"    if (conf := config.get(DOMAIN)) and CONF_CLIENT_ID in conf:\n"
        f"        {CALL.format('conf')}\n    hass.data[DOMAIN] = {{}}\n    return True\n"
    )
    assert body(remove(kept, SPAN)) == "    hass.data[DOMAIN] = {}\n    return True\n"


def test_a_walrus_that_nothing_uses_any_more_becomes_a_plain_test() -> None:
    before = tree(
        "    if (conf := config.get(DOMAIN)) is None:\n        return True\n"
        f"    if CONF_CLIENT_ID in conf:\n        {CALL.format('conf')}\n"
        "    hass.data[DOMAIN] = {}\n    return True\n",
        BARE_KEYS,
    )
    assert body(remove(before, SPAN)) == (
        "    if (config.get(DOMAIN)) is None:\n        return True\n"
        "    hass.data[DOMAIN] = {}\n    return True\n"
    )


def test_an_inner_test_goes_when_it_holds_nothing_else() -> None:
    before = tree(
        "    hass.data[DOMAIN] = {}\n"
        "    if DOMAIN in config:\n"
        "        if CONF_CLIENT_ID in config[DOMAIN]:\n"
        f"            {SIMPLE}\n"
        '            _LOGGER.warning("YAML is deprecated")\n'
        "    return True\n"
    )
    assert body(remove(before, SPAN)) == "    hass.data[DOMAIN] = {}\n    return True\n"


@pytest.mark.parametrize(
    "statement",
    [
        "    if DOMAIN in config:\n        {0}\n    else:\n        hass.data[DOMAIN] = 1\n",
        "    if DOMAIN in config:\n        {0}\n        hass.data[DOMAIN] = 1\n",
        "    if DOMAIN in config:\n        {0}\n        for x in (1, 2):\n            print(x)\n",
        "    for each in (1,):\n        {0}\n",
        "    if hass:\n        if config:\n            {0}\n        else:\n            pass\n",
    ],
)
def test_an_import_that_shares_its_statement_is_left_to_a_person(statement: str) -> None:
    before = tree(statement.format(SIMPLE) + "    return True\n")
    with pytest.raises(StopError, match="a part of a longer statement") as stopped:
        remove(before, SPAN)
    line = init(before).splitlines()[stopped.value.manual.line - 1]
    assert "async_import_client_credential" in line


def test_a_section_that_is_read_for_more_is_left_to_a_person() -> None:
    before = tree(f"    {SIMPLE}\n    hass.data['kept'] = len(config[DOMAIN])\n    return True\n")
    with pytest.raises(StopError, match="for more than credentials") as stopped:
        remove(before, SPAN)
    line = init(before).splitlines()[stopped.value.manual.line - 1]
    assert "hass.data['kept']" in line


def test_an_import_in_a_helper_is_left_to_a_person() -> None:
    before = tree("    return True\n")
    helper = f"\n\nasync def helper(hass, config):\n    {SIMPLE}\n"
    text = init(before).replace(
        "    return True\n", "    await helper(hass, config)\n    return True\n"
    )
    before = before.with_file(before.path("__init__.py"), (text + helper).encode())
    with pytest.raises(StopError, match="does not stand alone in async_setup"):
        remove(before, SPAN)


def test_two_imports_are_left_to_a_person() -> None:
    before = tree(f"    {SIMPLE}\n    {SIMPLE}\n    return True\n")
    with pytest.raises(StopError, match="does not stand alone in async_setup"):
        remove(before, SPAN)


def test_an_async_setup_of_another_form_is_left_to_a_person() -> None:
    before = tree(f"    {SIMPLE}\n    return True\n")
    text = init(before).replace("(hass, config):", "(hass, config, more=None):")
    before = before.with_file(before.path("__init__.py"), text.encode())
    with pytest.raises(StopError, match="async_setup is not understood"):
        remove(before, SPAN)


def test_other_keys_of_yaml_keep_their_schema_and_their_notices() -> None:
    before = tree(
        "    conf = config.get(DOMAIN, {})\n"
        "    if CONF_CLIENT_ID in conf:\n"
        f"        {CALL.format('conf')}\n"
        "    hass.data[DOMAIN] = conf\n"
        "    return True\n",
        MORE_KEYS,
    )
    after = remove(before, SPAN)
    assert body(after) == (
        "    conf = config.get(DOMAIN, {})\n    hass.data[DOMAIN] = conf\n    return True\n"
    )
    text = init(after)
    assert "CONF_CLIENT" not in text
    assert 'cv.deprecated("old"),' in text
    assert 'vol.Optional("old"): cv.string,' in text
    assert 'vol.Optional("interval", default=5): int,' in text


def test_the_last_keys_of_a_plain_schema_go() -> None:
    before = tree(
        "    conf = config.get(DOMAIN, {})\n"
        "    if CONF_CLIENT_ID in conf:\n"
        f"        {CALL.format('conf')}\n"
        "    hass.data[DOMAIN] = conf\n"
        "    return True\n",
        BARE_KEYS,
    )
    text = init(remove(before, SPAN))
    assert "CONF_CLIENT" not in text
    assert (
        '        DOMAIN: {\n            vol.Optional("interval", default=5): int,\n        }\n'
        in text
    )


ISSUE = (
    '    async_create_issue(hass, DOMAIN, "deprecated_yaml", is_fixable=False, '
    'severity=IssueSeverity.WARNING, translation_key="{0}")\n'
)


def with_texts(before: Integration, texts: str) -> Integration:
    return before.with_file(before.path("translations/en.json"), texts.encode())


def test_the_text_of_the_issue_goes_and_others_stay() -> None:
    before = tree(
        f"    {SIMPLE}\n" + ISSUE.format("deprecated_yaml_credentials") + "    return True\n"
    )
    after = remove(with_texts(before, TEXTS), SPAN)
    issues = after.file("translations/en.json")
    assert issues is not None
    assert issues.json == {"issues": {"other": {"title": "Stays"}}}


def test_a_text_that_other_code_names_stays() -> None:
    before = tree(
        f"    {SIMPLE}\n" + ISSUE.format("deprecated_yaml_credentials") + "    return True\n",
        repairs='KEY = "deprecated_yaml_credentials"\n',
    )
    after = remove(with_texts(before, TEXTS), SPAN)
    file = after.file("translations/en.json")
    assert file is not None
    assert file.content.decode() == TEXTS


def test_an_issue_about_something_else_stays() -> None:
    other = ISSUE.replace('"deprecated_yaml"', '"moved"').format("other")
    before = tree(f"    {SIMPLE}\n" + other + "    return True\n")
    after = remove(with_texts(before, TEXTS), SPAN)
    assert 'translation_key="other"' in init(after)
    file = after.file("translations/en.json")
    assert file is not None
    assert file.content.decode() == TEXTS


def test_the_rule_says_it_as_manual_work() -> None:
    before = tree(f"    for each in (1,):\n        {SIMPLE}\n    return True\n")
    kind = engine.rule("APC407").RULE.fix
    assert kind is not None
    fixed = engine.fix(before, SPAN, {kind}, only=["APC407"])
    (work,) = fixed.manual
    assert "longer statement" in work.reason
    assert init(fixed.integration) == init(before)
