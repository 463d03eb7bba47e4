"""Who reads a client where a migration takes it away: found in any module, in any spelling."""

from __future__ import annotations

import pytest

from appcred.retrofit.best.form import migrate as migrate_form
from appcred.retrofit.best.yaml import migrate as migrate_yaml
from appcred.rules.edit import StopError
from retrofit.form_trees import BEFORE, INIT, text
from retrofit.form_trees import tree as form_tree
from retrofit.setup_trees import ABSENT, HEAD, ONLY, PLAIN, SPAN
from retrofit.setup_trees import tree as yaml_tree

pytestmark = pytest.mark.slow

SENSOR = """\
from homeassistant.const import CONF_CLIENT_ID


async def async_setup_entry(hass, entry, async_add_entities):
    async_add_entities([{}])
"""
END = "    return True\n"
GET = "        await oauth.async_get_config_entry_implementation(hass, entry)\n    return True\n"
KNOWN = (
    "    implementation = await oauth.async_get_config_entry_implementation(hass, entry)\n"
    "    {}\n" + END
)
STASH = "    hass.data[DOMAIN][CONF_CLIENT_ID] = config[DOMAIN][CONF_CLIENT_ID]\n"
ENTRY = """\


async def async_setup_entry(hass, entry):
    {}
    implementation = await async_get_config_entry_implementation(hass, entry)
    {}
    return True
"""


def entry_setup(after: str, before: str = "pass") -> str:
    """Return the rule's example that gets the implementation by name, with more around that."""
    head, _, rest = BEFORE[INIT].partition("    try:\n")
    register = rest.partition("    except ValueError:\n")[2].removesuffix(GET)
    lines = "\n".join(line.removeprefix("    ") for line in register.splitlines())
    return f"{head}    {before}\n{lines}\n" + KNOWN.format(after)


@pytest.mark.parametrize(
    "read",
    [
        "entry.data[CONF_CLIENT_ID]",
        "entry.data.get(CONF_CLIENT_ID)",
        'entry.data.get("client_id", "none")',
        "dict(entry.data)[CONF_CLIENT_ID]",
    ],
)
def test_an_entry_s_client_comes_from_its_implementation(read: str) -> None:
    before = form_tree((INIT, BEFORE[INIT], entry_setup(f"key = {read}; work = lambda: {read}")))
    after = text(migrate_form(before, SPAN), INIT)
    found = "key = implementation.client_id; work = lambda: implementation.client_id"
    assert f"    {found}\n" in after


def test_a_function_inside_knows_the_implementation_of_the_one_around_it() -> None:
    inner = "def key():\n        return entry.data[CONF_CLIENT_ID]"
    before = form_tree((INIT, BEFORE[INIT], entry_setup(inner)))
    after = text(migrate_form(before, SPAN), INIT)
    assert "    def key():\n        return implementation.client_id\n" in after


def refused_form(reason: str, **files: str) -> None:
    before = form_tree()
    for name, content in files.items():
        before = before.with_file(before.path(f"{name}.py"), content.encode())
    with pytest.raises(StopError, match=reason) as stopped:
        migrate_form(before, SPAN)
    work = stopped.value.manual_in(before)
    assert "implementation.client_id" in work.todo or "async_migrate_entry" in work.todo
    line = before.files[work.path].content.decode().splitlines()[work.line - 1]
    assert "client" in line.lower()


@pytest.mark.parametrize("key", ["CONF_CLIENT_ID", '"client_id"'])
def test_a_module_without_a_word_of_oauth_is_read_too(key: str) -> None:
    refused_form("where no implementation is available", sensor=SENSOR.format(f"entry.data[{key}]"))


def test_a_key_by_a_name_of_the_integrations_own_is_found() -> None:
    refused_form(
        "where no implementation is available",
        const=BEFORE["const.py"] + 'API_KEY = "client_id"\n',
        sensor="from .const import API_KEY\n\n\ndef key(entry):\n"
        "    return entry.data[API_KEY]  # the client\n",
    )


def test_a_client_from_an_unknown_source_is_manual_work() -> None:
    refused_form("may be read from an entry", sensor=SENSOR.format("hass.data[CONF_CLIENT_ID]"))


def test_the_client_is_not_read_before_the_implementation_is_known() -> None:
    init = entry_setup("use(key)", "key = entry.data.get(CONF_CLIENT_ID)")
    refused_form("before its implementation is known", __init__=init)


def test_options_that_change_the_client_are_not_lost() -> None:
    secret = "entry.data[CONF_CLIENT_SECRET]"
    options = f"entry.options.get(CONF_CLIENT_SECRET, {secret})"
    refused_form(
        "client_secret is read from the entry's options",
        __init__=BEFORE[INIT].replace(secret, options),
    )


def yaml(before: str, after: str, **more: str) -> str:
    imports = HEAD.replace(
        "    async_register", "    async_get_config_entry_implementation,\n    async_register"
    )
    body = "    hass.data[DOMAIN] = {}\n" + ABSENT + STASH + PLAIN
    tree = yaml_tree(body, ONLY, head=imports, **more)
    entries = ENTRY.format(before, after)
    tree = tree.with_file(tree.path(INIT), (text(tree, INIT) + entries).encode())
    return text(migrate_yaml(tree, SPAN), INIT)


@pytest.mark.parametrize(
    "read",
    [
        "hass.data[DOMAIN].get(CONF_CLIENT_ID)",
        "hass.data.get(DOMAIN, {}).get('client_id')",
        "hass.data.setdefault(DOMAIN, {})[CONF_CLIENT_ID]",
    ],
)
def test_a_stashed_client_is_found_in_every_spelling(read: str) -> None:
    after = yaml("pass", f"key = {read}")
    assert "    key = implementation.client_id\n" in after
    assert STASH not in after


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [
        ("key = hass.data[DOMAIN].get(CONF_CLIENT_ID)", "use(key)", {}),
        ("pass", "pass", {"sensor": SENSOR.format("hass.data['example'].get('client_id')")}),
        ("pass", "pass", {"api": "def key(stored):\n    return stored['client_id']\n"}),
    ],
)
def test_a_stash_stays_where_a_reader_has_no_implementation(
    before: str, after: str, more: dict[str, str]
) -> None:
    with pytest.raises(StopError, match="where no implementation is available"):
        yaml(before, after, **more)
