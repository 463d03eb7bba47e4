"""A client typed into the flow: what stops its migration, and what it leaves as it was."""

from __future__ import annotations

import ast
import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from appcred.release import Release, Span
from appcred.retrofit.best.form import migrate
from appcred.retrofit.verb import Options, retrofit
from appcred.rules import apc403_form_client as rule
from appcred.rules.edit import StopError
from retrofit.form_trees import BEFORE, FLOW, INIT, SPAN, text, tree

if TYPE_CHECKING:
    from appcred.integration import Integration

pytestmark = pytest.mark.slow


REFUSED = {
    "the client is spelled out": (
        "cannot tell where this client comes from",
        [
            (INIT, "entry.data[CONF_CLIENT_ID]", '"shipped"'),
            (INIT, "entry.data[CONF_CLIENT_SECRET]", '"public"'),
        ],
    ),
    "only the flow registers": (
        "cannot tell where entries store it",
        [(INIT, BEFORE[INIT], "async def async_setup_entry(hass, entry):\n    return True\n")],
    ),
    "more is done in the except": (
        "if no implementation exists, this does more",
        [
            (
                INIT,
                "    except ValueError:\n",
                "    except ValueError:\n        hass.data['seen'] = True\n",
            )
        ],
    ),
    "another error is caught": (
        "if no implementation exists, this does more",
        [(INIT, "except ValueError:", "except KeyError:")],
    ),
    "the version is computed": (
        "not a literal number",
        [(FLOW, "    DOMAIN = DOMAIN\n", "    DOMAIN = DOMAIN\n    VERSION = int('1')\n")],
    ),
    "the flow uses the client otherwise": (
        "more than signing in",
        [
            (
                FLOW,
                "    async def async_oauth_create_entry",
                (
                    "    async def async_step_check(self, user_input):\n"
                    '        """Look."""\n        await check(user_input["client_id"])\n\n'
                    "    async def async_oauth_create_entry"
                ),
            )
        ],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_form_clients_that_are_manual_work(name: str) -> None:
    reason, edits = REFUSED[name]
    before = tree(*edits)
    with pytest.raises(StopError, match=reason) as stopped:
        migrate(before, SPAN)
    work = stopped.value.manual_in(before)
    assert work.todo
    assert 1 <= work.line <= len(before.files[work.path].content.splitlines())


def test_a_written_version_is_raised_by_one() -> None:
    before = tree((FLOW, "    DOMAIN = DOMAIN\n", "    DOMAIN = DOMAIN\n    VERSION = 3\n"))
    after = migrate(before, SPAN)
    assert "    VERSION = 4\n" in text(after, FLOW)
    assert "if entry.version > 4:" in text(after, INIT)


def test_a_version_from_a_constant_is_raised_where_it_is_written() -> None:
    before = tree(
        (FLOW, "    DOMAIN = DOMAIN\n", "    DOMAIN = DOMAIN\n    VERSION = ENTRY_VERSION\n"),
        (FLOW, "import DOMAIN,", "import DOMAIN, ENTRY_VERSION,"),
        ("const.py", 'DOMAIN = "example"\n', 'DOMAIN = "example"\nENTRY_VERSION = 1\n'),
    )
    after = migrate(before, SPAN)
    assert "VERSION = ENTRY_VERSION\n" in text(after, FLOW)
    assert "ENTRY_VERSION = 2\n" in text(after, "const.py")


def test_other_fields_of_the_form_stay() -> None:
    before = tree(
        (
            FLOW,
            'vol.Required("client_secret"): str}',
            'vol.Required("client_secret"): str, vol.Optional("region"): str}',
        ),
    )
    after = text(migrate(before, SPAN), FLOW)
    assert 'vol.Optional("region"): str' in after
    assert "client_id" not in after
    assert "async def async_step_user" in after


@pytest.mark.parametrize("copy", ["user_input", "dict(user_input)", "user_input.copy()"])
def test_a_client_is_followed_through_a_copy_of_the_form(copy: str) -> None:
    """And through an attribute that is empty at first."""
    before = tree(
        (FLOW, 'vol.Required("client_secret"): str}', 'vol.Required("client_secret"): str, 5: 6}'),
        (FLOW, "        self.client = user_input\n", f"        self.client = {copy}\n"),
        (FLOW, 'user_input["client_id"]', 'self.client["client_id"]'),
        (FLOW, 'user_input["client_secret"]', 'self.client["client_secret"]'),
        (
            FLOW,
            "    async def async_step_user",
            "    def __init__(self):\n        self.client = {}\n\n    async def async_step_user",
        ),
    )
    after = text(migrate(before, SPAN), FLOW)
    assert f"        self.client = {copy}\n        return await self.async_step_pick" in after
    assert "client_id" not in after


IN_A_DICT = """\
        self.client = {
            "client_id": user_input["client_id"],
            "client_secret": user_input["client_secret"],
        }
"""
RENEWED = """\
    def __init__(self):
        self.client_id = None

    def register(self):
        self.async_register_implementation(
            self.hass,
            oauth.LocalOAuth2Implementation(
                self.hass, DOMAIN, self.client_id, "", OAUTH2_AUTHORIZE, OAUTH2_TOKEN
            ),
        )

    async def async_step_user(self, user_input=None):
        if user_input is None:
            return self.async_show_form(step_id="user", data_schema=CLIENT)
        self.client_id = user_input["client_id"]
        self.register()
        return await self.async_step_pick_implementation()

    async def async_step_reauth(self, entry_data):
        self.client_id = {0}["client_id"]
        self.register()
        return await self.async_step_pick_implementation()

    async def async_oauth_create_entry(self, data):
        return self.async_create_entry(title="x", data={{**data, "client_id": self.client_id}})
"""


@pytest.mark.parametrize(
    "known",
    [
        "entry_data",
        "self._get_reauth_entry().data",
        "self._get_reconfigure_entry().data",
        "self.hass.config_entries.async_get_entry(self.context['entry_id']).data",
    ],
)
def test_a_client_that_a_renewed_login_takes_from_its_entry(known: str) -> None:
    methods = BEFORE[FLOW].index("    async def async_step_user")
    before = tree(
        (FLOW, BEFORE[FLOW][methods:], RENEWED.format(known)),
        (INIT, "entry.data[CONF_CLIENT_SECRET]", '""'),
        (FLOW, ', vol.Required("client_secret"): str', ""),
    )
    _, _, after = text(migrate(before, SPAN), FLOW).partition("    DOMAIN = DOMAIN\n")
    assert after.strip() == (
        "async def async_step_reauth(self, entry_data):\n"
        "        return await self.async_step_pick_implementation()\n\n"
        "    async def async_oauth_create_entry(self, data):\n"
        '        return self.async_create_entry(title="x", data={**data})'
    )


def test_a_client_of_a_renewed_login_from_elsewhere_is_manual_work() -> None:
    methods = BEFORE[FLOW].index("    async def async_step_user")
    before = tree((FLOW, BEFORE[FLOW][methods:], RENEWED.format("self.found()")))
    with pytest.raises(StopError, match="cannot tell where this client comes from"):
        migrate(before, SPAN)


DICT = (FLOW, "        self.client = user_input\n", IN_A_DICT)
NONE = (FLOW, "    DOMAIN = DOMAIN\n", "    DOMAIN = DOMAIN\n    client = None\n")


@pytest.mark.parametrize("joined", ["data | {}", "{} | data"])
def test_nothing_is_added_to_the_data_of_an_entry(joined: str) -> None:
    client = '{"client_id": self.client["client_id"]}'
    before = tree((FLOW, "{**data, **self.client}", joined.format(client)))
    assert 'title="Example", data=data)' in text(migrate(before, SPAN), FLOW)


def test_a_dictionary_of_the_client_is_removed() -> None:
    """None would be left of it, and no entry could be made."""
    after = text(migrate(tree(DICT, NONE), SPAN), FLOW)
    assert 'self.async_create_entry(title="Example", data=data)' in after


@pytest.mark.parametrize("added", ["data | self.client", "dict(data, **self.client)"])
def test_a_form_added_in_another_way_is_manual_work(added: str) -> None:
    before = tree(DICT, NONE, (FLOW, "{**data, **self.client}", added))
    with pytest.raises(StopError, match=r"cannot tell how the form in self.client is added"):
        migrate(before, SPAN)


def test_values_that_become_none_are_not_used() -> None:
    used = (
        FLOW,
        "        return self.async_create_entry(",
        ("        await ready(self.client)\n        return self.async_create_entry("),
    )
    with pytest.raises(StopError, match="more than signing in"):
        migrate(tree(NONE, used), SPAN)


@pytest.mark.parametrize(
    "edit",
    [
        (INIT, "entry.data[CONF_CLIENT_ID]", 'entry.data.get(CONF_CLIENT_ID, "shipped")'),
        (INIT, "entry.data[CONF_CLIENT_SECRET]", 'entry.data.get(CONF_CLIENT_SECRET) or "no"'),
        (FLOW, 'user_input["client_id"]', 'user_input["client_id"] or "shipped"'),
    ],
)
def test_a_client_for_want_of_one_is_manual_work(edit: tuple[str, str, str]) -> None:
    with pytest.raises(StopError, match="a built-in client signs in") as stopped:
        migrate(tree(edit), SPAN)
    assert "async_migrate_entry" in stopped.value.manual.todo


def test_code_after_async_setup_entry_stays_behind_the_migration() -> None:
    before = tree((INIT, "    return True\n", "    return True\n\n\ndef helper():\n    return 1\n"))
    after = text(migrate(before, SPAN), INIT)
    assert after.index("async_setup_entry") < after.index("async_migrate_entry")
    assert after.index("async def async_migrate_entry") < after.index("def helper():")


# --- entries that are migrated already ----------------------------------------------------------

MIGRATES = """\
async def async_migrate_entry(hass, config_entry):
    _LOGGER.debug("from %s", config_entry.version)
    if config_entry.version > 2:
        return False  # from the future
    if config_entry.version == 1:
        # The building was a title
        hass.config_entries.async_update_entry(config_entry, title="house", version=2)
    _LOGGER.info("done")
    return True


"""
SECOND = (FLOW, "    DOMAIN = DOMAIN\n", "    DOMAIN = DOMAIN\n    VERSION = 2\n")


def migrating(text: str) -> Integration:
    return tree((INIT, "async def async_setup_entry", f"{text}async def async_setup_entry"), SECOND)


def test_an_existing_migration_gets_one_more_step() -> None:
    after = text(migrate(migrating(MIGRATES), SPAN), INIT)
    head, step, rest = after.partition("    if config_entry.version < 3:\n")
    assert head.endswith('title="house", version=2)\n\n')
    assert "    if config_entry.version > 3:\n        return False  # from the future\n" in head
    assert "        data = dict(config_entry.data)\n" in rest
    assert "async_update_entry(config_entry, data=data, version=3)\n\n    _LOGGER.info" in rest
    assert step
    assert after.count("async def async_migrate_entry") == 1


def test_an_empty_migration_gets_its_first_step() -> None:
    empty = "async def async_migrate_entry(hass, entry):\n    return True\n\n\n"
    after = text(migrate(migrating(empty), SPAN), INIT)
    assert "(hass, entry):\n    if entry.version < 3:\n" in after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version > 2:", "version > 1 + 1:"),
        ("version > 2:", "version >= 2:"),
        ('    _LOGGER.info("done")\n    return True', "    return await more(hass)"),
        (
            '    _LOGGER.info("done")',
            "    match config_entry.version:\n        case 2:\n            return False",
        ),
    ],
)
def test_a_migration_that_may_refuse_an_entry_is_manual_work(old: str, new: str) -> None:
    assert old in MIGRATES
    before = migrating(MIGRATES.replace(old, new))
    with pytest.raises(StopError):
        migrate(before, SPAN)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version > 2:", "version > 5:"),
        ("version > 2:", "version != 2:"),
        ("        return False", "        return True"),
        ("    return True\n", "    if hass:\n        return True\n"),
        (
            '    _LOGGER.info("done")',
            "    match config_entry.version:\n        case 2:\n            pass",
        ),
    ],
)
def test_a_migration_with_several_ends_imports_at_its_head(old: str, new: str) -> None:
    assert old in MIGRATES
    after = text(migrate(migrating(MIGRATES.replace(old, new)), SPAN), INIT)
    head, _, rest = after.partition("async_import_client_credential(\n")
    assert head.count("if config_entry.version") == 1
    last = rest.rindex("return True")
    raised = rest.index("async_update_entry(config_entry, version=3)")
    assert rest.index("async_update_entry(config_entry, data=data)") < raised < last


@pytest.mark.parametrize(
    ("floor", "newest", "argument", "attribute"),
    [
        (Release(2024, 4), Release(2026, 11), True, False),
        (Release(2022, 6), Release(2022, 6), False, True),
        (Release(2022, 6), Release(2026, 11), True, True),
    ],
)
def test_the_version_is_set_as_each_release_of_the_range_wants_it(
    floor: Release, newest: Release, argument: bool, attribute: bool
) -> None:
    after = text(migrate(tree(), Span(floor, newest)), INIT)
    assert ("data=data, version=2)" in after) is argument
    assert ("    entry.version = 2\n" in after) is attribute
    assert ("except TypeError:" in after) is (argument and attribute)


# --- more than one step -------------------------------------------------------------------------

NAMED = (
    FLOW,
    "    async def async_step_user(self, user_input=None):\n",
    (
        "    async def async_step_user(self, user_input=None):\n"
        "        if user_input is None:\n"
        '            return self.async_show_form(step_id="user", data_schema=NAME)\n'
        '        self.title = user_input["name"]\n'
        "        return await self.async_step_client()\n\n"
        "    async def async_step_client(self, user_input=None):\n"
    ),
)
SCHEMA = (FLOW, "\n\nclass ", '\nNAME = vol.Schema({vol.Required("name"): str})\n\n\nclass ')


def test_a_later_step_that_asks_for_the_client_alone_is_passed_by() -> None:
    after = text(migrate(tree(NAMED, SCHEMA), SPAN), FLOW)
    assert "async_step_client" not in after
    assert "        return await self.async_step_pick_implementation()\n" in after
    assert 'self.async_show_form(step_id="user", data_schema=NAME)' in after
    assert "CLIENT =" not in after


def test_a_client_step_that_leads_to_the_helpers_step_is_skipped() -> None:
    onward = "return await {}async_step_{}()"
    before = onward.format("self.", "pick_implementation"), onward.format("super().", "user")
    after = text(migrate(tree(NAMED, SCHEMA, (FLOW, *before)), SPAN), FLOW)
    assert "async_step_client" not in after
    assert (
        '        self.title = user_input["name"]\n        return await super().async_step_user()\n'
    ) in after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("        return await self.async_step_client()\n", "        return await self.other()\n"),
        (
            "return await self.async_step_pick_implementation()",
            "return await self.async_step_auth(1)",
        ),
    ],
)
def test_a_client_step_with_an_unknown_way_to_it_is_manual_work(old: str, new: str) -> None:
    before = tree(NAMED, SCHEMA, (FLOW, old, new))
    with pytest.raises(StopError, match="cannot tell which steps lead to it"):
        migrate(before, SPAN)


def test_a_step_that_never_asked_for_anything_stays() -> None:
    confirm = (
        "    async def async_step_reauth_confirm(self, user_input=None):\n"
        '        return self.async_show_form(step_id="reauth_confirm")\n\n'
    )
    after = migrate(
        tree((FLOW, "    async def async_oauth", confirm + "    async def async_oauth")), SPAN
    )
    assert confirm in text(after, FLOW)


# --- what the removal empties -------------------------------------------------------------------

METHOD = (
    "    {}def _register(self):\n"
    '        """Let the helper know."""\n'
    "        self.async_register_implementation(\n            self.hass,\n"
    "            oauth.LocalOAuth2Implementation(\n                self.hass, DOMAIN, "
    'self.client["client_id"], self.client["client_secret"], OAUTH2_AUTHORIZE, OAUTH2_TOKEN\n'
    "            ),\n        )\n{}\n"
)


def registering(call: str = "self._register()", more: str = "", head: str = "") -> Integration:
    """Return the example with the flow's registration in a method."""
    start = BEFORE[FLOW].index("        self.async_register_implementation(")
    end = BEFORE[FLOW].index("        return await self.async_step_pick_implementation()")
    method = METHOD.format(head, more)
    return tree(
        (FLOW, BEFORE[FLOW][start:end], f"        {call}\n"),
        (
            FLOW,
            "    async def async_oauth_create_entry",
            f"{method}    async def async_oauth_create_entry",
        ),
    )


@pytest.mark.parametrize(
    ("call", "head"), [("self._register()", ""), ("await self._register()", "async ")]
)
def test_a_method_that_did_nothing_but_register_is_removed(call: str, head: str) -> None:
    after = text(migrate(registering(call, head=head), SPAN), FLOW)
    assert after == rule.EXAMPLES[1].after[FLOW]


@pytest.mark.parametrize(
    "before",
    [
        registering(more="        self.ready = True\n"),
        registering("self.made = self._register()"),
        registering("self._register(await self.ask())"),
        registering("later = self._register; later()"),
    ],
)
def test_a_value_with_another_use_stays_with_that_use(before: Integration) -> None:
    after = text(migrate(before, SPAN), FLOW)
    assert "async_register_implementation" not in after
    assert "def _register(self):" in after
    assert "async_show_form" not in after
    assert after.index("self._register") < after.index("self.async_step_pick_implementation()")


@pytest.mark.parametrize(
    "line", ["data |= {}", "data.update({})", "self.kept |= {}", "data.update({})  # kept"]
)
def test_a_statement_that_only_added_the_client_is_removed(line: str) -> None:
    client = (
        '{"client_id": self.client["client_id"], "client_secret": self.client["client_secret"]}'
    )
    old = "        return self.async_create_entry("
    before = tree((FLOW, old, f"        {line.replace('{}', client)}\n{old}"))
    after = text(migrate(before, SPAN), FLOW)
    assert after == rule.EXAMPLES[1].after[FLOW]
    # and stays where it adds more
    more = client.replace("}", ', "region": 1}')
    before = tree((FLOW, old, f"        {line.replace('{}', more)}\n{old}"))
    assert line.replace("{}", '{"region": 1}') in text(migrate(before, SPAN), FLOW)


@pytest.mark.usefixtures("best_only")
def test_all_reasons_are_named_at_once() -> None:
    """Each line of it, and none of them only after the one before has been mended."""
    old = "\n\nasync def async_setup_entry("
    helper = (
        "\n\nasync def renew(hass, entry):\n    await post(\n        entry.data[CONF_CLIENT_ID],\n"
        f"        entry.data[CONF_CLIENT_SECRET],\n    )\n{old}"
    )
    before = tree((INIT, old, helper))
    with pytest.raises(StopError) as stopped:
        migrate(before, SPAN)
    works = stopped.value.manual_in(before).each
    lines = text(before, INIT).splitlines()
    assert {(lines[work.line - 1].strip(), work.reason.split()[1]) for work in works} == {
        ("entry.data[CONF_CLIENT_ID],", "client_id"),
        ("entry.data[CONF_CLIENT_SECRET],", "client_secret"),
    }
    assert not any(work.beside for work in works)
    outcome = retrofit(before, SPAN, Options())
    assert set(works) <= set(outcome.manual)


KEEPS = "return self.async_create_entry(title='Example', data={})"
ENTRY = '        return self.async_create_entry(title="Example", data={**data, **self.client})'


@pytest.mark.parametrize(
    "lines",
    [
        f"        {KEEPS.format('data | self.client')}",
        f"        {KEEPS.format('dict(data, **self.client)')}",
        f"        data |= self.client\n        {KEEPS.format('data')}",
    ],
)
def test_a_form_added_in_another_way_has_the_one_that_is_understood_to_be_written(
    lines: str,
) -> None:
    before = tree((FLOW, ENTRY, lines))
    with pytest.raises(
        StopError, match=r"cannot tell how the form in self\.client is added"
    ) as stopped:
        migrate(before, SPAN)
    work = stopped.value.manual_in(before)
    assert work.todo == "write this as one dict, {**data, **self.client}, and run this again"
    assert "self.client" in text(before, FLOW).splitlines()[work.line - 1]
    after = migrate(tree((FLOW, ENTRY, f"        {KEEPS.format('{**data, **self.client}')}")), SPAN)
    assert "data=data)" in text(after, FLOW)


@pytest.mark.parametrize(
    ("line", "stopped"),
    [
        ("await post(URL, json={})", True),
        ("body = {}\n        await post(URL, json=body)", True),
        ("self.body: dict = {}\n        await post(URL, **self.body)", True),
        ("data.update({}, a=1)", False),
        ("self.data = {}\n        _LOGGER.debug('%s', self.data)", False),
        ("self.data = [{}]", False),
        ("await self.async_step_next({})", False),
    ],
)
def test_a_request_with_the_client_is_manual_work(line: str, stopped: bool) -> None:
    client = '{"client_id": self.client["client_id"], "n": 1}'
    before = tree((FLOW, ENTRY, f"        {line.replace('{}', client)}\n{ENTRY}"))
    if not stopped:
        assert line.replace("{}", '{"n": 1}') in text(migrate(before, SPAN), FLOW)
        return
    with pytest.raises(StopError, match="more than signing in") as raised:
        migrate(before, SPAN)
    work = raised.value.manual_in(before)
    assert client in text(before, FLOW).splitlines()[work.line - 1]


def test_a_check_of_the_client_is_manual_work() -> None:
    old = "        self.client = user_input\n"
    check = '        if len(user_input["client_id"]) < 5:\n            raise ValueError\n'
    region = '"client_secret"): str'
    more = f'{region}, vol.Optional("region"): str'
    with pytest.raises(StopError, match="more than signing in") as stopped:
        migrate(tree((FLOW, old, check + old), (FLOW, region, more)), SPAN)
    assert stopped.value.manual.todo.startswith("remove this if it only checks the input")


# --- other classes of the flow's module ---------------------------------------------------------

OPTIONS = """

class Options(config_entries.OptionsFlow):
    async def async_step_init(self, user_input=None):
        {0}
        return self.async_show_form(step_id="init", data_schema={1})
"""
OWN_SCHEMA = 'vol.Schema({vol.Required("client_secret"): str, vol.Optional("units"): str})'


@pytest.mark.parametrize(
    ("head", "schema", "key"),
    [
        ("pass", OWN_SCHEMA, "client_secret"),
        ("pass", "CLIENT", "client_id"),
        ("pass", 'CLIENT.extend({"units": str})', "client_id"),
        ("pass", 'UNITS.extend({"client_id": str})', "client_id"),
        ("pass", "made()", "client_secret"),
        (f"schema = {OWN_SCHEMA}", "schema", "client_secret"),
    ],
)
def test_another_form_with_the_client_is_manual_work(head: str, schema: str, key: str) -> None:
    """Its fields would go, or the ones it shares, and what it does with them would not."""
    more = f"\n\ndef made():\n    return {OWN_SCHEMA}\n" + OPTIONS.format(head, schema)
    before = tree((FLOW, BEFORE[FLOW], BEFORE[FLOW] + more))
    reason = f"the step init of Options also has a form with {key}"
    with pytest.raises(StopError, match=reason) as stopped:
        migrate(before, SPAN)
    work = stopped.value.manual_in(before)
    assert "Application credentials" in work.todo
    assert work.line > len(BEFORE[FLOW].splitlines())


def test_a_flow_that_chooses_the_implementation_itself_picks_one() -> None:
    start = BEFORE[FLOW].index("        self.async_register_implementation(")
    register = BEFORE[FLOW][start:].partition("        return")[0]
    made = """\
        own = oauth.LocalOAuth2Implementation(
            self.hass,
            DOMAIN,
            user_input["client_id"],
            user_input["client_secret"],
            OAUTH2_AUTHORIZE,
            OAUTH2_TOKEN,
        )
        self.async_register_implementation(self.hass, own)
"""
    for chosen in ("", "        self.flow_impl = own\n"):
        after = text(migrate(tree((FLOW, register, made + chosen)), SPAN), FLOW)
        assert "own" not in after
        assert "flow_impl" not in after


def test_attributes_of_other_classes_stay() -> None:
    other = OPTIONS.format("pass", 'vol.Schema({vol.Optional("units"): str})')
    other += """

class Probe:
    def ask(self, known):
        return {"client_id": known, "units": 1}
"""
    before = tree((FLOW, BEFORE[FLOW], BEFORE[FLOW] + other))
    after = text(migrate(before, SPAN), FLOW)
    assert after.endswith(other)
    assert after.count("client_id") == 1


# --- entries without a client ------------------------------------------------------------------

OLD = {"auth_implementation": "example", "token": {}}


def migrated_entry(integration: Integration, **held: str) -> tuple[dict[str, object], list[object]]:
    """Run the `async_migrate_entry` of a retrofit; return the entry's data, and the imports."""
    source = text(migrate(integration, SPAN), INIT)
    names = {n.name: n for n in ast.parse(source).body if isinstance(n, ast.AsyncFunctionDef)}
    body = ast.unparse(names["async_migrate_entry"])
    imported: list[object] = []

    async def keep(_hass: object, _domain: str, client: tuple[str, ...], domain: str) -> None:
        imported.append((client[:2], domain))

    def update(entry: SimpleNamespace, **more: object) -> None:
        vars(entry).update(more)

    known = {
        "async_import_client_credential": keep,
        "ClientCredential": lambda *each: each,
        "slugify": str,
        "DOMAIN": "example",
        "CONF_CLIENT_ID": "client_id",
        "CONF_CLIENT_SECRET": "client_secret",
    }
    exec("from __future__ import annotations\n" + body, known)
    entry = SimpleNamespace(version=1, title="Mine", data={**OLD, **held})
    hass = SimpleNamespace(config_entries=SimpleNamespace(async_update_entry=update))
    run: Any = known["async_migrate_entry"]
    assert asyncio.run(run(hass, entry)) is True
    assert entry.version == 2
    return entry.data, imported


PUBLIC = (INIT, "entry.data[CONF_CLIENT_SECRET]", "entry.data.get(CONF_CLIENT_SECRET)")
REGISTERS = BEFORE[INIT][BEFORE[INIT].index("        oauth.async_reg") :].partition(
    "        await"
)[0]
ALWAYS = BEFORE[INIT][BEFORE[INIT].index("    try:") :]
ASKING = (INIT, ALWAYS, f"    if CONF_CLIENT_ID in entry.data:\n{REGISTERS}    return True\n")
EARLY = (
    INIT,
    "    try:\n",
    "    if CONF_CLIENT_ID not in entry.data:\n        return await plain(hass)\n    try:\n",
)


@pytest.mark.parametrize("edits", [[], [PUBLIC], [ASKING], [EARLY]])
def test_an_entry_with_a_client_gets_a_name_of_its_own(edits: list[tuple[str, str, str]]) -> None:
    data, imported = migrated_entry(tree(*edits), client_id="id", client_secret="secret")
    assert data == {**OLD, "auth_implementation": "example.id"}
    assert imported == [(("id", "secret"), "example.id")]


def test_an_entry_of_a_public_client_is_imported_without_a_secret() -> None:
    data, imported = migrated_entry(tree(PUBLIC), client_id="id")
    assert data == {**OLD, "auth_implementation": "example.id"}
    assert imported == [(("id", ""), "example.id")]


@pytest.mark.parametrize("edit", [ASKING, EARLY])
def test_an_entry_without_a_client_keeps_its_implementation(edit: tuple[str, str, str]) -> None:
    """It was made with an application credential, or before the form asked for one."""
    assert migrated_entry(tree(edit)) == (OLD, [])


def test_beside_a_platform_entries_need_not_have_a_client() -> None:
    """That platform lets users sign in with an application credential already."""
    before = tree()
    platform = before.path("application_credentials.py")
    content = migrate(before, SPAN).files[platform].content
    assert migrated_entry(before.with_file(platform, content)) == (OLD, [])
