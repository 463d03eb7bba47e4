"""The import from YAML taken out: what else goes with it, what stays, and what a person must do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from appcred.finding import Severity
from appcred.oauth.importing import credential_imports
from appcred.release import Release, Span
from appcred.retrofit.best.removal import remove
from appcred.retrofit.migrations import MIGRATIONS
from appcred.rules import engine
from appcred.rules.edit import StopError
from retrofit.removal_trees import (
    BARE_KEYS,
    CALL,
    CREDENTIALS,
    MORE_KEYS,
    SIMPLE,
    SPAN,
    tree,
)

if TYPE_CHECKING:
    from appcred.integration import Integration

pytestmark = pytest.mark.slow


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


def init(integration: Integration) -> str:
    file = integration.file("__init__.py")
    assert file is not None
    return file.content.decode()


def body(integration: Integration) -> str:
    """Return what is left of `async_setup`, empty where it went."""
    _, _, rest = init(integration).partition("async def async_setup(hass, config):\n")
    return rest


WARNING = '    _LOGGER.warning("YAML is deprecated")\n'


def test_an_async_setup_with_nothing_else_is_removed() -> None:
    guard = "    if DOMAIN not in config:\n        return True\n"
    before = tree(f"{guard}    {SIMPLE}\n{WARNING}    return True\n")
    after = init(remove(before, SPAN))
    for gone in ("async_setup", "CONFIG_SCHEMA", "_LOGGER", "voluptuous", "ClientCredential"):
        assert gone not in after
    assert not credential_imports(remove(before, SPAN))


def test_a_logger_that_said_nothing_before_stays() -> None:
    before = tree(f"    {SIMPLE}\n    return True\n")
    assert "_LOGGER = logging.getLogger(__name__)" in init(remove(before, SPAN))


def test_other_statements_stay_and_the_schema_allows_no_yaml() -> None:
    before = tree(
        f"    hass.data[DOMAIN] = {{}}\n    if DOMAIN in config:\n        {SIMPLE}\n"
        '        _LOGGER.warning("gone soon")\n    return True\n'
    )
    after = remove(before, SPAN)
    assert body(after) == "    hass.data[DOMAIN] = {}\n    return True\n"
    assert "CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)\n" in init(after)
    assert "_LOGGER" not in init(after)
    assert "import logging" not in init(after)


@pytest.mark.parametrize("alias", ["conf = config[DOMAIN]", "conf: dict = config.get(DOMAIN)"])
def test_a_name_for_the_section_is_removed_with_the_test_it_stands_in(alias: str) -> None:
    simple = SIMPLE.replace("config[DOMAIN]", "conf")
    inside = f"    if DOMAIN in config:\n        {alias}\n        {simple}\n"
    rest = "    hass.data[DOMAIN] = {}\n    return True\n"
    assert body(remove(tree(inside + rest), SPAN)) == rest
    with pytest.raises(StopError, match="part of a longer statement"):
        remove(tree(f"{inside}        other(conf)\n{rest}"), SPAN)
    with pytest.raises(StopError, match="part of a longer statement"):
        remove(tree(f"{inside}    other(conf)\n{rest}"), SPAN)


def test_a_schema_of_the_section_with_a_name_of_its_own_is_removed_too() -> None:
    before = tree(
        "    hass.data[DOMAIN] = {}\n"
        f"    if DOMAIN in config:\n        {SIMPLE}\n"
        "    return True\n"
    )
    start = CREDENTIALS.index("vol.Schema(\n            {")
    end = CREDENTIALS.index("\n    },\n    extra")
    section = CREDENTIALS[start:end]
    named = f"SECTION = {section}\n\n{CREDENTIALS.replace(section, 'SECTION')}"
    text = init(before).replace(CREDENTIALS, named)
    assert "SECTION" in text
    named_tree = before.with_file(before.path("__init__.py"), text.encode())
    assert init(remove(named_tree, SPAN)) == init(remove(before, SPAN))


def test_an_old_floor_has_no_such_schema_so_it_is_removed() -> None:
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


def test_a_name_for_the_section_is_removed_with_it() -> None:
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


def test_an_empty_inner_test_is_removed() -> None:
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
        "    for each in (1,):\n        {0}\n    else:\n        hass.data[DOMAIN] = 1\n",
        "    while True:\n        {0}\n",
        "    try:\n        {0}\n    except KeyError:\n        pass\n",
        "    if hass:\n        if config:\n            {0}\n        else:\n            pass\n",
    ],
)
def test_an_import_that_shares_its_statement_is_manual_work(statement: str) -> None:
    before = tree(statement.format(SIMPLE) + "    return True\n")
    with pytest.raises(StopError, match="part of a longer statement") as stopped:
        remove(before, SPAN)
    line = init(before).splitlines()[stopped.value.manual.line - 1]
    assert "async_import_client_credential" in line


def test_a_section_that_is_read_for_more_is_manual_work() -> None:
    before = tree(f"    {SIMPLE}\n    hass.data['kept'] = len(config[DOMAIN])\n    return True\n")
    with pytest.raises(StopError, match="for more than credentials") as stopped:
        remove(before, SPAN)
    line = init(before).splitlines()[stopped.value.manual.line - 1]
    assert "hass.data['kept']" in line


def test_two_imports_are_manual_work() -> None:
    before = tree(f"    {SIMPLE}\n    {SIMPLE}\n    return True\n")
    with pytest.raises(StopError, match="is not a separate statement of async_setup"):
        remove(before, SPAN)


def test_an_async_setup_of_another_form_is_manual_work() -> None:
    before = tree(f"    {SIMPLE}\n    return True\n")
    text = init(before).replace("(hass, config):", "(hass, config, more):")
    before = before.with_file(before.path("__init__.py"), text.encode())
    with pytest.raises(StopError, match="cannot tell the parameters of async_setup"):
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
    assert """\
        DOMAIN: vol.All(
            cv.removed(CONF_CLIENT_ID, raise_if_present=False),
            cv.removed(CONF_CLIENT_SECRET, raise_if_present=False),
            cv.deprecated("old"),
            vol.Schema(
                {
                    vol.Optional("old"): cv.string,
                    vol.Optional("interval", default=5): int,
                }
            ),
        )
""" in init(after)


def test_the_last_keys_of_a_plain_schema_go() -> None:
    before = tree(
        "    conf = config.get(DOMAIN, {})\n"
        "    if CONF_CLIENT_ID in conf:\n"
        f"        {CALL.format('conf')}\n"
        "    hass.data[DOMAIN] = conf\n"
        "    return True\n",
        BARE_KEYS,
    )
    assert """\
        DOMAIN: vol.All(
            cv.removed(CONF_CLIENT_ID, raise_if_present=False),
            cv.removed(CONF_CLIENT_SECRET, raise_if_present=False),
            vol.Schema({
                vol.Optional("interval", default=5): int,
            }),
        )
""" in init(remove(before, SPAN))


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
    before = tree(f"    while True:\n        {SIMPLE}\n    return True\n")
    kind = engine.rule("APC407").RULE.fix
    assert kind is not None
    fixed = engine.fix(before, SPAN, {kind}, only=["APC407"], migrations=MIGRATIONS)
    (work,) = fixed.manual
    assert "longer statement" in work.reason
    assert init(fixed.integration) == init(before)


# --- what goes with it ---------------------------------------------------------------------------


def test_a_test_that_holds_more_further_in_stays() -> None:
    """Each test around it is looked into, not only the nearest."""
    before = tree(
        "    if hass:\n        if hass.data:\n            hass.data[DOMAIN] = 1\n"
        f"            if DOMAIN in config:\n                {SIMPLE}\n    return True\n"
    )
    assert body(remove(before, SPAN)) == (
        "    if hass:\n        if hass.data:\n            hass.data[DOMAIN] = 1\n    return True\n"
    )


def test_variables_of_the_import_are_removed() -> None:
    before = tree(
        "    section = config.get(DOMAIN, {})\n"
        "    client_id = section.get(CONF_CLIENT_ID, '').strip()\n"
        "    credential: ClientCredential = ClientCredential(client_id, section['s'])\n"
        "    hass.data[DOMAIN] = {}\n"
        "    if client_id:\n        name = DOMAIN\n"
        "        await async_import_client_credential(hass, DOMAIN, credential, name)\n"
        "    return True\n"
    )
    assert body(remove(before, SPAN)) == "    hass.data[DOMAIN] = {}\n    return True\n"


@pytest.mark.parametrize(
    "feeding",
    [
        "client = await fetch(hass)",  # which does something
        "client = fetch(hass)",
        "client, other = 1, 2",
        "client = other = 1",
        "client = 1; other = 2",
        "hass.data[DOMAIN] = client",
        "client: str",
    ],
)
def test_variables_with_another_use_stay(feeding: str) -> None:
    call = SIMPLE.replace("[CONF_CLIENT_SECRET])", "[CONF_CLIENT_SECRET], client)")
    before = tree(f"    {feeding}\n    {call}\n    return True\n")
    assert body(remove(before, SPAN)) == f"    {feeding}\n    return True\n"


def test_a_name_that_is_bound_on_the_way_and_used_later_stays_bound() -> None:
    before = tree(
        f"    if conf := config.get(DOMAIN):\n        {CALL.format('conf')}\n"
        "    hass.data[DOMAIN] = conf or CONFIG_SCHEMA({DOMAIN: {}})[DOMAIN]\n    return True\n",
        BARE_KEYS,
    )
    with pytest.raises(StopError, match="part of a longer statement"):
        remove(before, SPAN)


def test_a_section_that_nothing_reads_is_removed() -> None:
    before = tree(
        "    if DOMAIN in config:\n        hass.data['example_yaml'] = config[DOMAIN]\n"
        f"        {SIMPLE}\n    hass.bus.fire('ready')\n    return True\n"
    )
    assert body(remove(before, SPAN)) == "    hass.bus.fire('ready')\n    return True\n"


WITHOUT_YAML = (
    "    # Nothing to do\n    if DOMAIN not in config:\n        {0}\n        return True\n"
)


@pytest.mark.parametrize("last", ["    return True\n", ""])
def test_statements_without_yaml_always_run(last: str) -> None:
    before = tree(f"{WITHOUT_YAML.format('hass.data[DOMAIN] = 5')}    {SIMPLE}\n{last}")
    assert body(remove(before, SPAN)) == (
        "    # Nothing to do\n    hass.data[DOMAIN] = 5\n    return True\n"
    )


@pytest.mark.parametrize(
    "rest",
    [
        WITHOUT_YAML.format("hass.data[DOMAIN] = 5") + "    {0}\n    hass.data[DOMAIN] = 6\n",
        WITHOUT_YAML.format("hass.data[DOMAIN] = config") + "    {0}\n",
        WITHOUT_YAML.format("with hass:\n            go()") + "    {0}\n",
    ],
)
def test_statements_only_with_yaml_are_manual_work(rest: str) -> None:
    with pytest.raises(StopError, match="for more than credentials"):
        remove(tree(rest.replace("{0}", SIMPLE) + "    return True\n"), SPAN)


# --- a list of clients ---------------------------------------------------------------------------

LIST = """\
OPERATOR = vol.Schema({vol.Required("name"): cv.string, vol.Required(CONF_CLIENT_ID): cv.string})
SECOND = 5
CONFIG_SCHEMA = vol.Schema(
    {DOMAIN: {vol.Required("operators"): vol.All(cv.ensure_list, [OPERATOR])}},
    extra=vol.ALLOW_EXTRA,
)

"""
LIST_AND_MORE = LIST.replace(
    '{DOMAIN: {vol.Required("operators")',
    '{DOMAIN: {vol.Optional("interval", default=5): int, vol.Optional("operators")',
)
EACH = (
    "{0}await async_import_client_credential(hass, DOMAIN, "
    'ClientCredential(each[CONF_CLIENT_ID], "", each["name"]), each["name"])\n'
)
LOOP = '    for each in config[DOMAIN]["operators"]:\n' + EACH.format("        ")


def test_a_list_of_clients_is_removed_with_what_only_it_needed() -> None:
    before = tree(
        f"    hass.data[DOMAIN] = {{}}\n    if DOMAIN not in config:\n        return True\n{LOOP}"
        f"{WARNING}    return True\n",
        LIST,
    )
    after = init(remove(before, SPAN))
    assert after.endswith(
        "from .const import DOMAIN\n\n"
        "SECOND = 5\n"
        "CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)\n\n\n"
        "async def async_setup(hass, config):\n    hass.data[DOMAIN] = {}\n    return True\n"
    )
    for gone in ("logging", "voluptuous", "CONF_CLIENT_ID"):
        assert gone not in after
    assert after.startswith("from homeassistant")


def test_a_list_beside_other_keys() -> None:
    before = tree(
        "    conf = config.get(DOMAIN) or CONFIG_SCHEMA({DOMAIN: {}})[DOMAIN]\n"
        '    if "operators" in conf:\n        for each in conf["operators"]:\n'
        + EACH.format("            ")
        + '    hass.data[DOMAIN] = conf["interval"]\n    return True\n',
        LIST_AND_MORE,
    )
    after = init(remove(before, SPAN))
    assert "OPERATOR" not in after
    assert (
        '{DOMAIN: vol.All(cv.removed("operators", raise_if_present=False), '
        'vol.Schema({vol.Optional("interval", default=5): int}))}'
    ) in after
    assert "\n    conf = config.get(DOMAIN) or" in after


def test_a_loop_that_does_more_is_manual_work() -> None:
    before = tree(LOOP + "        hass.data[DOMAIN] = each\n    return True\n", LIST)
    with pytest.raises(StopError, match="part of a longer statement"):
        remove(before, SPAN)


CONSTANTS = {
    'CONF_OPERATORS = "operators"\n': "",
    "A = 1\nCONF_OPERATORS = 'operators'\nB = 2\n": "A = 1\nB = 2\n",
    # with a comment, which only a person can judge
    '# since 2.0\nCONF_OPERATORS = "operators"\n': None,
    'CONF_OPERATORS = "operators"  # since 2.0\n': None,
    'CONF_OPERATORS = "operators"; A = 1\n': None,
    # used, or said, somewhere else
    'CONF_OPERATORS = "operators"\nBOTH = [CONF_OPERATORS]\n': None,
    'CONF_OPERATORS = "operators"\n__all__ = ["CONF_OPERATORS"]\n': None,
}


@pytest.mark.parametrize("const", CONSTANTS)
def test_constants_that_only_it_needed(const: str) -> None:
    before = tree(
        LOOP.replace('"operators"', "CONF_OPERATORS") + "    return True\n",
        LIST.replace('"operators"', "CONF_OPERATORS"),
    )
    before = before.with_file(before.path("const.py"), f'DOMAIN = "example"\n{const}'.encode())
    text = init(before).replace("import DOMAIN", "import CONF_OPERATORS, DOMAIN")
    file = remove(before.with_file(before.path("__init__.py"), text.encode()), SPAN).file(
        "const.py"
    )
    assert file is not None
    left = const if CONSTANTS[const] is None else CONSTANTS[const]
    assert file.content.decode() == f'DOMAIN = "example"\n{left}'


def test_a_constant_whose_value_does_something_stays() -> None:
    before = tree(
        f"    if DOMAIN in config:\n        {SIMPLE.replace('DOMAIN, C', 'DOMAIN_ALSO, C')}\n"
        "    return True\n",
        'DOMAIN_ALSO = made("example")\n' + CREDENTIALS,
    )
    assert 'DOMAIN_ALSO = made("example")\n' in init(remove(before, SPAN))


# --- a helper ------------------------------------------------------------------------------------

HELPER = """\
from homeassistant.components.application_credentials import (
    ClientCredential, async_import_client_credential)
from .const import DOMAIN
{more}

async def import_client(hass, client_id, client_secret):
    '''Import it.'''
{body}
"""
IMPORTING = (
    "    await async_import_client_credential("
    "hass, DOMAIN, ClientCredential(client_id, client_secret))\n"
)
HELPED = (
    "    conf = config.get(DOMAIN, {})\n    if CONF_CLIENT_ID in conf:\n"
    "        await import_client(hass, conf[CONF_CLIENT_ID], conf[CONF_CLIENT_SECRET])\n"
    "    hass.data[DOMAIN] = {}\n    return True\n"
)


def with_helper(before: Integration) -> Integration:
    domain = "from .const import DOMAIN\n"
    text = init(before).replace(domain, f"from .auth import import_client\n{domain}")
    return before.with_file(before.path("__init__.py"), text.encode())


def helped(body: str = IMPORTING, more: str = "", setup_body: str = HELPED) -> Integration:
    if "create_issue" in body:
        more += "from homeassistant.helpers.issue_registry import IssueSeverity, async_create_issue"
    return with_helper(tree(setup_body, auth=HELPER.format(body=body, more=more)))


IN_HELPERS = [
    IMPORTING,
    "    if not client_id:\n        _LOGGER.info('none')\n        return\n" + IMPORTING,
    IMPORTING + ISSUE.format("deprecated_yaml_credentials") + "    return None\n",
    "    name = client_id.strip()\n    pass\n" + IMPORTING.replace("(client_id,", "(name,"),
    f"    if client_id:\n    {IMPORTING}        _LOGGER.warning('YAML')\n",
]


@pytest.mark.parametrize("in_helper", IN_HELPERS)
def test_a_helper_is_removed_with_its_module(in_helper: str) -> None:
    after = remove(with_texts(helped(in_helper), TEXTS), SPAN)
    assert after.file("auth.py") is None
    assert body(after) == "    hass.data[DOMAIN] = {}\n    return True\n"
    assert "CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)\n" in init(after)
    assert "auth" not in init(after)
    texts = after.file("translations/en.json")
    assert texts is not None
    assert ("deprecated_yaml_credentials" in texts.json["issues"]) is ("issue" not in in_helper)


def test_other_code_of_the_helpers_module_stays() -> None:
    logger = "import logging\n_LOGGER = logging.getLogger(__name__)\nURL = 'https://a'"
    after = remove(helped(f"{IMPORTING}{WARNING}", logger), SPAN)
    file = after.file("auth.py")
    assert file is not None
    assert file.content.decode().strip() == "URL = 'https://a'"


@pytest.mark.parametrize(
    "text",
    [
        "from . import auth\n",
        "from .auth import *\n",
        "import custom_components.example.auth\n",
    ],
)
def test_a_module_that_something_else_imports_stays(text: str) -> None:
    before = helped()
    before = before.with_file(before.path("more.py"), text.encode())
    assert remove(before, SPAN).file("auth.py") is not None


def test_a_list_in_a_helper() -> None:
    helper = HELPER.format(more="", body="    for each in operators:\n" + EACH.format("        "))
    helper = helper.replace("client_id, client_secret", "operators")
    before = tree(
        "    if DOMAIN in config:\n"
        '        await import_client(hass, config[DOMAIN]["operators"])\n    return True\n',
        LIST,
        auth="from homeassistant.const import CONF_CLIENT_ID\n" + helper,
    )
    after = remove(with_helper(before), SPAN)
    assert after.file("auth.py") is None
    assert init(after).strip().endswith("SECOND = 5")
    assert "def " not in init(after)


INNER = (
    "\n\nasync def other(hass, conf):\n"
    "    await import_client(hass, conf[CONF_CLIENT_ID], conf[CONF_CLIENT_SECRET])\n"
)
LEFT = {
    "import_client does more": helped(IMPORTING + "    hass.data[DOMAIN] = client_id\n"),
    "import_client does more than import": helped(f"    with hass.lock:\n    {IMPORTING}"),
    "is in import_client, which not": helped(
        setup_body="    await import_client(hass, config[DOMAIN]['a'], config[DOMAIN]['b'])\n"
        + HELPED
    ),
    "which not only async_setup calls": helped(
        setup_body=f"    await other(hass, config[DOMAIN])\n    return True\n{INNER}"
    ),
    "used for more than the import": helped(more="LATER = [import_client]"),
    "part of a longer statement": helped(
        setup_body=HELPED.replace("await import_client", "hass.data['x'] = await import_client")
    ),
}


@pytest.mark.parametrize("reason", LEFT)
def test_helpers_that_are_manual_work(reason: str) -> None:
    with pytest.raises(StopError, match=reason) as stopped:
        remove(LEFT[reason], SPAN)
    assert stopped.value.manual.todo


def test_a_function_inside_is_manual_work() -> None:
    inner = f"    async def inner():\n        {SIMPLE}\n\n    await inner()\n    return True\n"
    with pytest.raises(StopError, match="is in inner"):
        remove(tree(inner), SPAN)


def test_the_end_that_async_setup_announces_for_a_helper() -> None:
    """The issue may be raised where the helper is called."""
    issue = ISSUE.format("deprecated_yaml").replace(
        "is_fixable", 'breaks_in_ha_version="2024.4.0", is_fixable'
    )
    before = helped(setup_body=HELPED.replace("    return True\n", issue + "    return True\n"))
    (finding,) = engine.check(before, SPAN, ["APC407"])
    assert finding.severity is Severity.WARNING


# --- the schema of what stays --------------------------------------------------------------------

GONE = "cv.removed(CONF_CLIENT_ID, raise_if_present=False)"
OF_ALL = "vol.All(cv.deprecated(CONF_CLIENT_ID), {CONF_CLIENT_ID: str, 'x': int}, check)"
WRAPPED = {
    # as a retrofit wraps it, and what takes that place
    "vol.All(cv.deprecated(CONF_CLIENT_ID), vol.Schema({CONF_CLIENT_ID: str, 'x': int}))": (
        f"vol.All({GONE}, vol.Schema({{'x': int}}))"
    ),
    "vol.All(\n            cv.deprecated(CONF_CLIENT_ID),\n            {\n"
    "                'x': int,\n                CONF_CLIENT_ID: str,\n            },\n        )": (
        f"vol.All(\n            {GONE},\n            {{\n                'x': int,\n"
        "            },\n        )"
    ),
    # without a mark so far
    "{CONF_CLIENT_ID: str, 'x': int}": f"vol.All({GONE}, vol.Schema({{'x': int}}))",
    "vol.Schema({CONF_CLIENT_ID: str, 'x': int})": f"vol.All({GONE}, vol.Schema({{'x': int}}))",
    # an `All` of the author's own
    "vol.All({CONF_CLIENT_ID: str, 'x': int})": f"vol.All({GONE}, {{'x': int}})",
    OF_ALL: f"vol.All({GONE}, {{'x': int}}, check)",
    # behind the dictionary it comes too late to keep a key from being refused
    "vol.All({CONF_CLIENT_ID: str, 'x': int}, cv.deprecated(CONF_CLIENT_ID), check)": (
        f"vol.All({GONE}, {{'x': int}}, check)"
    ),
}


@pytest.mark.parametrize("section", WRAPPED)
def test_a_key_that_users_may_have_left_in_yaml_is_dropped_and_not_refused(section: str) -> None:
    text = f"CONFIG_SCHEMA = vol.Schema(\n    {{\n        DOMAIN: {section}\n    }}\n)\n\n"
    call = CALL.format("conf").replace("conf[CONF_CLIENT_SECRET]", '""')
    before = tree(
        f"    conf = config.get(DOMAIN, {{}})\n    if CONF_CLIENT_ID in conf:\n        {call}\n"
        "    hass.data[DOMAIN] = conf\n    return True\n",
        text,
    )
    assert f"        DOMAIN: {WRAPPED[section]}\n" in init(remove(before, SPAN))


@pytest.mark.parametrize(
    ("patched", "stays"), [("example.c.CONF", True), ("example.config_flow.Flow", False)]
)
def test_an_import_that_tests_patch_stays_and_one_that_only_begins_alike_is_removed(
    patched: str, stays: bool
) -> None:
    call = SIMPLE.replace("CONF_CLIENT_ID", "c.CONF_CLIENT_ID")
    before = tree(
        f"    if DOMAIN in config:\n        {call}\n    return True\n",
        CREDENTIALS.replace("CONF_CLIENT_ID", "c.CONF_CLIENT_ID"),
    )
    text = init(before).replace(
        "import logging\n", "import logging\nimport homeassistant.const as c\n"
    )
    with_test = replace(before, tests=PurePosixPath("tests")).with_file(
        PurePosixPath("tests/test_it.py"), f'P = "custom_components.{patched}"\n'.encode()
    )
    after = init(remove(with_test.with_file(before.path("__init__.py"), text.encode()), SPAN))
    assert ("import homeassistant.const as c\n" in after) is stays


# --- a set-up that leaves by itself ------------------------------------------------------------

LEAVING = """\
    conf = config.get(DOMAIN, {})
    key, secret = conf.get(CONF_CLIENT_ID), conf.get(CONF_CLIENT_SECRET)
    if not key or not secret:
        _LOGGER.debug("None")
        return True
    await async_import_client_credential(hass, DOMAIN, ClientCredential(key, secret))
"""


def test_a_setup_that_left_without_a_client_is_removed_as_a_whole() -> None:
    assert "async_setup" not in init(remove(tree(LEAVING + "    return True\n"), SPAN))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        return True\n", "        return False\n"),
        ("        return True\n", "        raise ValueError\n"),
        ("not secret:", "await asked(conf):"),
        ('debug("None")', 'debug("None")\n        await more(hass)'),
        ("    await", "    hass.data[DOMAIN] = secret\n    await"),
    ],
)
def test_a_setup_that_uses_the_section_for_more_is_manual_work(old: str, new: str) -> None:
    with pytest.raises(StopError, match="for more than credentials"):
        remove(tree(LEAVING.replace(old, new, 1) + "    return True\n"), SPAN)


def test_a_test_around_the_test_for_the_client_goes_beside_other_keys() -> None:
    tests = "    if DOMAIN in config:\n        if CONF_CLIENT_ID in config[DOMAIN]:\n"
    before = f"{tests}            {SIMPLE}\n    await more(hass)\n    return True\n"
    after = body(remove(tree(before, MORE_KEYS), SPAN))
    assert after == "    await more(hass)\n    return True\n"
