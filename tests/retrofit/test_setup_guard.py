"""What `async_setup` and its schema become around the import, and what is left to a person."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from appcred.retrofit.best.yaml import migrate
from appcred.rules.edit import StopError
from retrofit.setup_trees import (
    ABSENT,
    CONF,
    HEAD,
    HOST,
    INTERVAL,
    ONLY,
    PAIR,
    PLAIN,
    REGISTER,
    SPAN,
    deeper,
    refused,
    setup_of,
    text,
    tree,
)

if TYPE_CHECKING:
    from appcred.integration import Integration

pytestmark = pytest.mark.slow


# --- the guard ---------------------------------------------------------------------------------


def test_a_guard_with_nothing_behind_it_stays() -> None:
    assert setup_of(tree(ABSENT + PLAIN)).startswith(ABSENT + "    await async_import")


def test_without_a_guard_the_test_that_is_there_stays() -> None:
    after = setup_of(tree("    if DOMAIN in config:\n" + deeper(PLAIN)))
    assert after.startswith("    if DOMAIN in config:\n        await async_import")
    assert after.endswith("\n    return True\n")


@pytest.mark.parametrize(
    ("guard", "test"),
    [
        ("if DOMAIN not in config:", "if DOMAIN in config:"),
        ("if not config.get(DOMAIN):", "if config.get(DOMAIN):"),
        ("if config.get(DOMAIN) is None:", "if config.get(DOMAIN) is not None:"),
        ("if not DOMAIN in config:", "if DOMAIN in config:"),
    ],
)
def test_a_guard_is_turned_round_where_more_follows(guard: str, test: str) -> None:
    before = tree(f"    {guard}\n        return True\n{PLAIN}    hass.bus.fire('ready')\n")
    after = setup_of(before)
    assert after.startswith(f"    {test}\n        await async_import")
    assert "\n    hass.bus.fire('ready')\n    return True\n" in after
    assert "return True\n" not in after.removesuffix("    return True\n")


def test_a_guard_on_one_line_stays_so() -> None:
    guard = "    if DOMAIN not in config: return True\n"
    assert setup_of(tree(guard + PLAIN)).startswith(guard + "    await async_import")


def test_a_guard_for_the_client_too_is_turned_round() -> None:
    guard = "    if DOMAIN not in config or CONF_CLIENT_ID not in config[DOMAIN]:\n"
    before = tree(
        guard + "        return True\n" + PLAIN + "    hass.bus.fire('ready')\n", INTERVAL
    )
    after = setup_of(before)
    assert after.startswith(
        "    if DOMAIN in config and CONF_CLIENT_ID in config[DOMAIN]:\n        await async_import"
    )
    assert "CONF_CLIENT_SECRET in" not in after, "the guard has looked for the client"


LEAVING = (
    "    if DOMAIN not in config:\n        LOG.error('not configured')\n        return False\n"
)
TRIED = "    try:\n        conf = config[DOMAIN]\n    except KeyError:\n        return {}\n"
READY = "    hass.bus.fire('ready')\n"


def test_without_yaml_the_setup_fails_no_more() -> None:
    after = setup_of(tree(LEAVING + PLAIN))
    assert after.startswith(ABSENT + "    await async_import")
    assert setup_of(tree(LEAVING + PLAIN + READY)).startswith("    if DOMAIN in config:\n")


def test_a_try_with_nothing_behind_it_stays() -> None:
    before = TRIED.format("True")
    assert setup_of(tree(before + CONF)).startswith(before + "    await async_import")


@pytest.mark.parametrize("value", ["True", "False"])
def test_a_try_becomes_a_test_where_more_follows(value: str) -> None:
    after = setup_of(tree(TRIED.format(value) + CONF + READY))
    assert after.startswith(
        "    if DOMAIN in config:\n        conf = config[DOMAIN]\n        await async_import"
    )
    assert after.endswith(READY + "    return True\n")


def test_a_try_that_fails_without_yaml_becomes_a_guard() -> None:
    after = setup_of(tree(TRIED.format("False") + CONF))
    assert after.startswith(ABSENT + "    conf = config[DOMAIN]\n    await async_import")


def test_a_try_beside_other_keys_takes_their_defaults() -> None:
    after = setup_of(tree(TRIED.format("True") + CONF + USE, INTERVAL))
    assert after.startswith(DEFAULTED)
    assert after.endswith(USE + "    return True\n")


@pytest.mark.parametrize(
    ("test", "shown"),
    [
        ("DOMAIN in config", "DOMAIN in config"),
        ("config.get(DOMAIN)", "config.get(DOMAIN)"),
        ("config.get(DOMAIN) is not None", "config.get(DOMAIN) is not None"),
        ("(conf := config.get(DOMAIN))", "conf := config.get(DOMAIN)"),
    ],
)
def test_other_statements_of_a_guard_run_without_yaml(test: str, shown: str) -> None:
    section = "conf" if "conf :=" in test else "config[DOMAIN]"
    body = deeper(REGISTER.format(section) + "    # Tell others\n" + READY + "    # That was it\n")
    after = setup_of(tree(f"    if {test}:\n{body}    # Done\n"))
    assert after.startswith(f"    if {shown}:\n        await async_import")
    assert "\n    # Tell others\n    hass.bus.fire('ready')\n" in after
    assert after.endswith("    # That was it\n    # Done\n    return True\n")


def test_a_word_to_the_user_without_yaml_is_removed_with_its_branch() -> None:
    body = deeper(PLAIN + READY) + "    else:\n        LOG.info('no YAML')\n"
    after = setup_of(tree("    if DOMAIN in config:\n" + body))
    assert "no YAML" not in after
    assert after.endswith("\n    hass.bus.fire('ready')\n    return True\n")


def test_a_branch_for_the_case_without_yaml_stays() -> None:
    branch = "    else:\n        hass.data[DOMAIN] = {}\n"
    after = setup_of(tree("    if DOMAIN in config:\n" + deeper(PLAIN + READY) + branch))
    assert after.endswith("        hass.bus.fire('ready')\n" + branch + "    return True\n")


def test_a_flow_that_is_started_for_the_yaml_is_not_started_without() -> None:
    start = "    hass.async_create_task(hass.config_entries.flow.async_init(DOMAIN))\n"
    for body in (
        ABSENT + PLAIN + start,
        ABSENT + PLAIN + start + READY,
        "    if DOMAIN in config:\n" + deeper(PLAIN + start),
        "    if DOMAIN in config:\n" + deeper(PLAIN + start + READY),
    ):
        after = setup_of(tree(body))
        guarded = after.startswith(ABSENT) or deeper(start) in after
        assert guarded, after
        assert ("    hass.bus.fire" in after) == ("fire" in body)


def test_statements_only_with_yaml_are_manual_work() -> None:
    body = "    if DOMAIN in config:\n" + deeper(PLAIN + READY) + "    hass.bus.fire('after')\n"
    refused(tree(body), "only if there is a section in YAML")


@pytest.mark.parametrize(
    "test",
    ["if DOMAIN in config:", "if True:\n        pass\n    elif DOMAIN in config:"],
)
def test_a_test_for_the_section_alone_does_not_find_the_client(test: str) -> None:
    """The keys are optional beside others now, and a user may have removed them."""
    after = setup_of(tree(f"    {test}\n" + deeper(PLAIN), INTERVAL))
    assert (
        "        if CONF_CLIENT_ID in config[DOMAIN] and CONF_CLIENT_SECRET in config[DOMAIN]:\n"
        "            await async_import" in after
    )


def test_an_else_that_imports_looks_for_the_client() -> None:
    test = "    if 'interval' in config[DOMAIN]:\n        pass\n    else:\n"
    after = setup_of(tree(ABSENT + test + deeper(PLAIN), INTERVAL))
    assert "    else:\n        if CONF_CLIENT_ID in config[DOMAIN] and CONF_CLIENT_S" in after


def test_a_test_for_the_client_is_enough() -> None:
    test = "    if CONF_CLIENT_ID in config.get(DOMAIN, {}):\n"
    after = setup_of(tree(test + deeper(PLAIN), INTERVAL))
    assert after.startswith(test + "        await async_import")


def test_an_unknown_way_to_leave_is_said_to_be_one() -> None:
    odd = "    if len(config.get(DOMAIN, {})) == 0:\n        return True\n"
    refused(tree(odd + PLAIN), "cannot tell")


def test_names_and_stashes_of_the_section_go_into_the_test_with_the_import() -> None:
    before = tree(
        ABSENT
        + "    hass.data['example_yaml'] = config[DOMAIN]\n"
        + "    conf: dict = config[DOMAIN]\n"
        + CONF
        + "    hass.bus.fire('ready')\n"
    )
    after = setup_of(before)
    assert after.startswith(
        "    if DOMAIN in config:\n"
        "        hass.data['example_yaml'] = config[DOMAIN]\n"
        "        conf: dict = config[DOMAIN]\n"
        "        await async_import"
    )


@pytest.mark.parametrize("reading", ["hass.data['example_yaml']", "hass.data.get('example_yaml')"])
def test_a_stash_that_is_read_is_more_than_signing_in(reading: str) -> None:
    before = tree(
        ABSENT + "    hass.data['example_yaml'] = config[DOMAIN]\n" + PLAIN,
        oauth2_sensor=f"def oauth2(hass):\n    return {reading}\n",
    )
    refused(before, "credentials of YAML for more than signing in")


def test_a_branch_that_handles_the_missing_section_stays() -> None:
    branch = "    if DOMAIN not in config:\n        hass.data[DOMAIN] = {}\n        return True\n"
    after = setup_of(tree(branch + PLAIN))
    assert after.startswith(branch + "    await async_import")


def test_the_import_looks_for_keys_that_become_optional() -> None:
    branch = "    if DOMAIN not in config:\n        hass.data[DOMAIN] = 5\n        return True\n"
    use = "    hass.data[DOMAIN] = config[DOMAIN]['interval']\n"
    after = setup_of(tree(branch + PLAIN + use, INTERVAL))
    assert after.startswith(
        branch + "    if CONF_CLIENT_ID in config[DOMAIN] and CONF_CLIENT_SECRET in "
        "config[DOMAIN]:\n        await async_import"
    )
    assert after.endswith(use + "    return True\n")


def test_a_comment_stays_above_the_test() -> None:
    after = setup_of(
        tree(ABSENT + "    conf = config[DOMAIN]\n    # The client\n" + CONF, INTERVAL)
    )
    assert (
        "    # The client\n    if CONF_CLIENT_ID in conf and CONF_CLIENT_SECRET in conf:\n" in after
    )


# --- the defaults of the schema ----------------------------------------------------------------

DEFAULTED = (
    "    # Without YAML, use the schema's defaults\n"
    "    conf = config.get(DOMAIN) or CONFIG_SCHEMA({DOMAIN: {}})[DOMAIN]\n"
)
USE = "    hass.data[DOMAIN] = conf['interval']\n"


@pytest.mark.parametrize(
    "head",
    [
        ABSENT + "    conf = config[DOMAIN]\n",
        "    conf = config[DOMAIN]\n",
        "    if not (conf := config.get(DOMAIN)):\n        return True\n",
    ],
)
def test_the_rest_works_with_the_defaults_of_the_schema(head: str) -> None:
    after = setup_of(tree(head + CONF + USE, INTERVAL))
    assert after.startswith(DEFAULTED)
    assert "    if CONF_CLIENT_ID in conf and CONF_CLIENT_SECRET in conf:\n        await" in after
    assert after.endswith(USE + "    return True\n")
    assert "DOMAIN not in config" not in after


def test_notices_behind_the_import_go_with_it() -> None:
    notice = "    LOGGER.warning('YAML')\n"
    after = setup_of(
        tree(
            "    conf = config[DOMAIN]\n" + CONF + notice + USE,
            INTERVAL,
            head=HEAD + "import logging\nLOGGER = logging.getLogger(__name__)\n",
        )
    )
    assert "        LOGGER.warning('YAML')\n    hass.data" in after


def test_a_checked_key_needs_no_default() -> None:
    use = "    if DOMAIN in config:\n        hass.data[DOMAIN] = config[DOMAIN]['interval']\n"
    also = "    hass.data['on'] = DOMAIN in config and config[DOMAIN]['interval']\n"
    before = tree("    if DOMAIN in config:\n" + deeper(PLAIN) + use + also, INTERVAL)
    after = setup_of(before)
    assert use + also in after
    assert "with the defaults" not in after


def test_an_unchecked_key_needs_a_name_for_the_section() -> None:
    use = "    hass.data[DOMAIN] = config[DOMAIN]['interval']\n"
    before = tree("    if DOMAIN in config:\n" + deeper(PLAIN) + use, INTERVAL)
    refused(before, "also reads other keys of its YAML section")


def test_two_names_for_the_section_are_manual_work() -> None:
    before = tree("    conf = config[DOMAIN]\n    other = config[DOMAIN]\n" + CONF + USE, INTERVAL)
    refused(before, "also reads other keys of its YAML section")


def test_a_name_bound_deep_inside_is_manual_work() -> None:
    bound = "    if True:\n        conf = config[DOMAIN]\n"
    refused(tree(bound + CONF + USE, INTERVAL), "also reads other keys of its YAML section")


def test_a_required_key_is_manual_work() -> None:
    use = "    hass.data[DOMAIN] = conf['host']\n"
    refused(
        tree("    conf = config[DOMAIN]\n" + CONF + use, HOST),
        "requires a key that is no credential",
    )


def test_a_required_key_with_a_default_is_none() -> None:
    section = f'vol.Schema({{{PAIR}, vol.Required("interval", default=5): int}})'
    assert setup_of(tree("    conf = config[DOMAIN]\n" + CONF + USE, section)).startswith(DEFAULTED)


def test_without_a_schema_there_are_no_defaults() -> None:
    refused(tree(ABSENT + "    conf = config[DOMAIN]\n" + CONF + USE, None), "there is no schema")


# --- names for the client ----------------------------------------------------------------------

NAMED = REGISTER.replace("{0}[CONF_CLIENT_ID]", "client_id").replace(
    "{0}[CONF_CLIENT_SECRET]", "client_secret"
)
LOCALS = "    client_id = conf[CONF_CLIENT_ID]\n    client_secret = conf[CONF_CLIENT_SECRET]\n"
DIRECT = LOCALS.replace("conf[", "config[DOMAIN][")
NAME = "    conf = config[DOMAIN]\n"
TOLD = "    LOG.debug('for %s', client_id)\n"
BOTH = "    if CONF_CLIENT_ID in conf and CONF_CLIENT_SECRET in conf:\n"
USING = "credentials of YAML for more than signing in"


@pytest.mark.parametrize("told", ["", TOLD])
@pytest.mark.parametrize("named", [LOCALS, LOCALS.replace(" =", ": str =")])
def test_names_for_the_client_move_with_the_import(named: str, told: str) -> None:
    """Without YAML, and with the option alone, there is nothing for them to name."""
    after = setup_of(tree(ABSENT + NAME + USE + named + told + NAMED + READY, INTERVAL))
    assert after.startswith(DEFAULTED + USE + BOTH + deeper(named + told) + "        await async_")
    assert after.endswith("        )\n" + READY + "    return True\n")


def test_names_far_above_the_import_go_there_with_their_comments() -> None:
    body = (
        ABSENT + NAME + "    # Both are in the portal\n" + LOCALS + "\n    # How often\n" + USE
        + "\n    # Apart\n\n    # Once only\n" + NAMED
    )  # fmt: skip
    after = setup_of(tree(body, INTERVAL))
    named = "        # Both are in the portal\n" + deeper(LOCALS)
    assert DEFAULTED + "\n    # How often\n" + USE + BOTH + named in after
    assert named + "\n        # Apart\n\n        # Once only\n        await async_import" in after


def test_names_behind_a_test_for_the_section_look_for_the_client_too() -> None:
    inside = "    if DOMAIN in config:\n" + deeper(NAME + LOCALS + TOLD + NAMED)
    after = setup_of(tree(inside, INTERVAL))
    wrapped = deeper(BOTH + deeper(LOCALS + TOLD)) + "            await async_import"
    assert after.startswith("    if DOMAIN in config:\n" + deeper(NAME) + wrapped)
    with_use = setup_of(tree(inside + deeper(USE), INTERVAL))
    assert with_use.startswith(DEFAULTED + BOTH + deeper(LOCALS + TOLD))
    assert with_use.endswith("        )\n" + USE + "    return True\n")


def test_names_taken_from_the_whole_need_no_other() -> None:
    assert setup_of(tree(ABSENT + DIRECT + NAMED)).startswith(ABSENT + DIRECT + "    await async_")
    after = setup_of(tree(ABSENT + DIRECT + NAMED + READY))
    assert after.startswith("    if DOMAIN in config:\n" + deeper(DIRECT) + "        await async_")
    assert after.endswith("        )\n" + READY + "    return True\n")
    assert setup_of(tree(DIRECT + NAMED + READY)) == after, "a missing guard is put there"


def test_a_name_for_a_name_goes_along() -> None:
    more = "    shown = f'{client_id[:4]}…'\n    LOG.info(f'for {shown}')\n"
    after = setup_of(tree(ABSENT + NAME + LOCALS + more + NAMED + USE, INTERVAL))
    assert BOTH + deeper(LOCALS + more) + "        await async_import" in after


def test_a_guard_turned_round_looks_for_the_client_beside_other_keys() -> None:
    after = setup_of(tree(ABSENT + NAME + CONF + READY, INTERVAL))
    assert after.startswith(
        "    if DOMAIN in config:\n" + deeper(NAME + BOTH) + "            await async_import"
    )
    assert after.endswith("        )\n" + READY + "    return True\n")


@pytest.mark.parametrize(
    "made",
    [
        "    title = hass.config.location_name\n",
        "    def title(): return 1\n",
        "    for title in hass.titles: pass\n",
        "    with open('x') as title: pass\n",
        "    import title\n",
        "    from a import b as title\n",
    ],
)
def test_a_test_stays_behind_what_its_block_needs(made: str) -> None:
    """It stands where the import stood, not where the guard did."""
    told = "    LOG.debug('%s of %s', client_id, title)\n"
    above = "    hass.bus.fire('first')\n"
    after = setup_of(tree(above + ABSENT + made + DIRECT + told + NAMED + READY))
    wrapped = "    if DOMAIN in config:\n" + deeper(DIRECT + told) + "        await async_import"
    assert after.startswith(above + made + wrapped)


def test_a_word_about_the_section_is_said_where_there_is_one() -> None:
    told = "    LOG.debug('%s', conf)\n"
    for body in (ABSENT + NAME + told + CONF + READY, NAME + told + CONF + READY):
        after = setup_of(tree(body))
        assert after.startswith(
            "    if DOMAIN in config:\n" + deeper(NAME + told) + "        await"
        )


def test_a_guard_for_the_client_that_is_removed_is_noticed() -> None:
    guard = "    if DOMAIN not in config or CONF_CLIENT_ID not in config[DOMAIN]:\n"
    after = setup_of(tree(guard + "        return True\n" + NAME + CONF + USE, INTERVAL))
    assert after.startswith(DEFAULTED + BOTH + "        await async_import")


def test_names_that_may_be_none_need_no_other_test_than_their_own() -> None:
    got = LOCALS.replace("conf[CONF_CLIENT_ID]", "conf.get(CONF_CLIENT_ID)").replace(
        "conf[CONF_CLIENT_SECRET]", "conf.get(CONF_CLIENT_SECRET)"
    )
    section = "    conf = config.get(DOMAIN, {})\n"
    test = "    if client_id and client_secret:\n"
    after = setup_of(tree(section + got + test + deeper(NAMED) + READY))
    assert after.startswith(section + got + test + "        await async_import")
    # Names for what is certain to be there are not, any more.
    both = setup_of(tree(ABSENT + NAME + LOCALS + test + deeper(NAMED) + USE, INTERVAL))
    assert both.startswith(
        DEFAULTED + BOTH + deeper(LOCALS + test) + "            await async_import"
    )


def test_a_test_for_the_client_that_decides_more_is_manual_work() -> None:
    test = "    if client_id and client_secret:\n" + deeper(NAMED + READY)
    refused(tree(ABSENT + NAME + LOCALS + test + USE, INTERVAL), "depends on the client in YAML")
    test = "    if not client_id:\n        LOG.error('no id')\n        return False\n"
    refused(tree(ABSENT + NAME + LOCALS + test + NAMED + USE, INTERVAL), "without a client in YAML")
    tried = "    try:\n" + deeper(LOCALS) + "    except KeyError:\n        return False\n"
    refused(tree(ABSENT + NAME + tried + NAMED + USE, INTERVAL), "without a client in YAML")
    walrus = "    if not (client_id := conf.get(CONF_CLIENT_ID)):\n        return True\n"
    late = "    client_secret = conf[CONF_CLIENT_SECRET]\n"
    section = "    conf = config.get(DOMAIN, {})\n"
    refused(tree(section + walrus + late + NAMED + READY, INTERVAL), "without a client in YAML")


@pytest.mark.parametrize(
    "use",
    [
        "hass.data['api'] = {'id': client_id}",
        "hass.data['api'] = Api(conf[CONF_CLIENT_ID])",
        "hass.data['api'] = Api(conf.get(CONF_CLIENT_ID))",
        "api = Api(client_id)",
        "async def park(call): await Api(client_id).park()",
        "async def park(call): await Api(conf[CONF_CLIENT_ID]).park()",
        "assert client_id",
        "await helper(hass, conf)",
    ],
)
@pytest.mark.parametrize("section", [ONLY, INTERVAL])
def test_more_than_a_name_for_the_client_is_manual_work(section: str, use: str) -> None:
    head = HEAD + "async def helper(hass, conf):\n    hass.data['k'] = conf[CONF_CLIENT_ID]\n\n\n"
    more = USE if section is INTERVAL else READY
    before = tree(ABSENT + NAME + LOCALS + NAMED + f"    {use}\n" + more, section, head=head)
    with pytest.raises(StopError, match=USING) as stopped:
        migrate(before, SPAN)
    work = stopped.value.manual_in(before)
    assert "async_setup_entry" in work.todo
    lines = text(before).splitlines()
    shown = [lines.index(f"    {use}"), *(i for i, line in enumerate(lines) if " = conf[" in line)]
    assert work.line - 1 in shown
    if "Api" not in use or "client_id)" not in use:
        assert work.line - 1 == shown[0]


@pytest.mark.parametrize(("section", "more"), [(ONLY, READY), (INTERVAL, USE)])
def test_a_client_taken_out_of_the_section_is_manual_work(section: str, more: str) -> None:
    popped = LOCALS.replace("[CONF_CLIENT_ID]", ".pop(CONF_CLIENT_ID)").replace(
        "[CONF_CLIENT_SECRET]", ".pop(CONF_CLIENT_SECRET)"
    )
    refused(
        tree(ABSENT + NAME + popped + NAMED + more, section), "removes the client from the section"
    )


@pytest.mark.parametrize("last", ["return False", "raise ValueError"])
def test_a_branch_that_fails_without_yaml_is_manual_work(last: str) -> None:
    branch = f"    if DOMAIN not in config:\n        hass.bus.fire('no')\n        {last}\n"
    for section, more in ((ONLY, READY), (INTERVAL, USE)):
        refused(tree(branch + NAME + CONF + more, section), "without YAML the set-up fails")


def test_a_section_named_in_another_way_is_manual_work() -> None:
    odd = "    conf = dict(config[DOMAIN])\n"
    refused(tree(ABSENT + odd + LOCALS + NAMED + READY), "cannot tell how the YAML section is read")


def test_statements_that_depend_on_the_client_are_manual_work() -> None:
    test = "        if CONF_CLIENT_ID in conf:\n" + deeper(deeper(CONF + READY))
    for section in (ONLY, INTERVAL):
        before = tree("    if DOMAIN in config:\n" + deeper(NAME) + test + READY, section)
        refused(before, "depends on the client in YAML")


def test_a_word_that_is_not_always_said_goes_along() -> None:
    told = "    if LOG.isEnabledFor(10):\n" + deeper(TOLD)
    two = LOCALS.replace("\n    client_secret", "; client_secret")
    after = setup_of(tree(ABSENT + NAME + two + told + NAMED + USE, INTERVAL))
    assert BOTH + deeper(two + told) + "        await async_import" in after


def test_an_option_without_a_default_is_manual_work() -> None:
    section = INTERVAL.replace(", default=5", "")
    refused(tree(ABSENT + NAME + CONF + USE, section), "a key of YAML without a default")
    got = USE.replace("conf['interval']", "conf.get('interval')")
    assert setup_of(tree(ABSENT + NAME + CONF + got, section)).startswith(DEFAULTED)


def test_the_section_taken_twice_is_manual_work() -> None:
    again = "    hass.data['again'] = config[DOMAIN]['interval']\n"
    refused(tree(ABSENT + NAME + CONF + USE + again, INTERVAL), "but there may be none")


@pytest.mark.parametrize("section", [ONLY, INTERVAL])
@pytest.mark.parametrize("guard", [ABSENT, ""])
@pytest.mark.parametrize(
    "use",
    [
        "    hass.bus.async_listen_once('started', register)\n",
        "    hass.async_create_task(register())\n",
    ],
)
def test_a_function_that_imports_is_not_parted_from_its_use(
    use: str, guard: str, section: str
) -> None:
    """It would have no value where there is no YAML, and the set-up would fail."""
    register = "    async def register(_event=None):\n" + deeper(PLAIN)
    with pytest.raises(StopError) as stopped:
        migrate(tree(guard + register + use + READY, section), SPAN)
    assert "register" in stopped.value.manual.reason or not guard
    assert stopped.value.manual.todo


def test_names_of_the_import_must_not_be_used_elsewhere() -> None:
    loop = "    for conf in [config[DOMAIN]]:\n" + deeper(CONF)
    after = setup_of(tree(ABSENT + loop + READY))
    assert after.startswith("    if DOMAIN in config:\n        for conf in [config[DOMAIN]]:\n")
    refused(
        tree(ABSENT + loop + "    hass.bus.fire(repr(conf))\n"), "conf gets its value here only"
    )


# --- what treats missing YAML as an error -----------------------------------------------------

ACTS = [
    (
        "for entry in hass.config_entries.async_entries(DOMAIN):\n"
        "            hass.config_entries.async_remove(entry.entry_id)"
    ),
    "async_create_issue(hass, DOMAIN, 'yaml_missing')",
    "persistent_notification.async_create(hass, 'Add it to configuration.yaml')",
    "hass.data['state'] = 'unconfigured'",
    "hass.data.setdefault('state', True)",
    "state = Missing()",
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("section", [ONLY, INTERVAL])
def test_statements_for_missing_yaml_are_manual_work(section: str, act: str) -> None:
    """A user who removes the section, as the integration says, would meet it."""
    acting = f"        {act}\n"
    for body in (
        "    if DOMAIN not in config:\n" + acting + "        return True\n" + PLAIN,
        "    if DOMAIN not in config:\n" + acting + "    else:\n" + deeper(PLAIN),
        "    if DOMAIN in config:\n" + deeper(PLAIN) + "    else:\n" + acting,
        "    if DOMAIN in config and CONF_CLIENT_ID in config[DOMAIN]:\n"
        + deeper(PLAIN) + "    else:\n" + acting,
    ):  # fmt: skip
        before = tree(body, section)
        with pytest.raises(StopError, match="missing YAML as an error") as stopped:
            migrate(before, SPAN)
        line = stopped.value.manual_in(before).line
        assert text(before).splitlines()[line - 1] == acting.splitlines()[0]


def test_the_default_of_another_key_stays() -> None:
    default = "        hass.data['interval'] = TIMES['5']\n"
    branch = "    if DOMAIN not in config:\n" + default + "        return True\n"
    use = "    hass.data['interval'] = TIMES[config[DOMAIN]['interval']]\n"
    assert setup_of(tree(branch + PLAIN + use, INTERVAL)).startswith(branch)
    reason = "missing YAML as an error"
    refused(tree(branch + PLAIN, INTERVAL), reason)
    refused(
        tree(branch.replace("TIMES[", "times[(lambda: 0)() or ") + PLAIN + use, INTERVAL), reason
    )


def test_a_notification_about_missing_yaml_is_manual_work() -> None:
    told = "        persistent_notification.create(hass, 'Add it')\n        return True\n"
    refused(tree(TRIED.replace("        return {}\n", told) + CONF), "missing YAML as an error")


def test_a_complaint_that_there_is_no_yaml_is_removed() -> None:
    warn = "        LOG.warning('not configured')\n"
    guard = "    if DOMAIN not in config:\n" + warn + "        return True\n"
    assert setup_of(tree(guard + PLAIN)).startswith(ABSENT + "    await async_import")
    tried = TRIED.replace("        return {}\n", warn + "        return True\n")
    assert setup_of(tree(tried + CONF)).startswith(TRIED.format("True") + "    await async_import")
    inside = "    if DOMAIN in config:\n" + deeper(PLAIN)
    for body in (inside + "    else:\n" + warn, "    if DOMAIN not in config:\n" + warn + inside):
        after = setup_of(tree(body + READY))
        assert after.startswith("    if DOMAIN in config:\n        await async_import")
        assert "not configured" not in after
        assert after.endswith("        )\n" + READY + "    return True\n")


def test_a_line_in_the_log_that_does_not_complain_stays() -> None:
    told = "        LOG.debug('no YAML')\n"
    guard = "    if DOMAIN not in config:\n" + told + "        return True\n"
    assert setup_of(tree(guard + PLAIN)).startswith(guard + "    await async_import")
    warn = told.replace("debug", "warning")
    body = "    if DOMAIN in config:\n" + deeper(PLAIN) + "    else:\n" + warn
    assert warn in setup_of(tree(body, INTERVAL)), "of the other keys there are none either"
    nested = "    if True:\n        if DOMAIN not in config:\n    " + warn
    assert warn in setup_of(tree("    if DOMAIN in config:\n" + deeper(PLAIN) + nested))


# --- whether there is YAML, kept for others ----------------------------------------------------

KEPT = [
    "hass.data['mark'] = config.get(DOMAIN)",
    "hass.data['mark'] = {'yaml': config.get(DOMAIN)}",
    "hass.data['mark'] = {'yaml': DOMAIN in config}",
    "hass.data.setdefault('mark', {})['yaml'] = bool(config.get(DOMAIN))",
    "there = DOMAIN in config; hass.data['mark'] = {'yaml': there}",
]
ASKED = "def entry(hass):\n    return hass.data['mark']['yaml']\n"


@pytest.mark.parametrize("keeping", KEPT)
def test_whether_there_is_yaml_is_not_kept_for_others(keeping: str) -> None:
    """An entry or a flow that asks for it would never work without."""
    asked = ASKED.replace("['yaml']", "") if "{" not in keeping else ASKED
    for guarded in (ABSENT + PLAIN, "    if DOMAIN in config:\n" + deeper(PLAIN)):
        before = tree(f"    {keeping}\n" + guarded, oauth2=asked)
        refused(before, "for entry in oauth2.py")
        assert "await async_import" in setup_of(tree(f"    {keeping}\n" + guarded))


def test_the_configuration_as_a_whole_is_kept_for_others() -> None:
    body = "    hass.data['mark'] = config\n" + ABSENT + PLAIN
    asked = ASKED.replace("['yaml']", "")
    assert setup_of(tree(body, oauth2=asked)).startswith("    hass.data['mark'] = config\n")


def test_a_stored_section_is_kept_for_other_keys() -> None:
    body = "    hass.data['mark'] = config.get(DOMAIN, {})\n" + ABSENT + PLAIN
    assert "await async_import" in setup_of(
        tree(body, INTERVAL, oauth2=ASKED.replace("yaml", "interval"))
    )


def test_statements_that_need_yaml_need_their_own_test() -> None:
    notify = "        for room in config[DOMAIN]['interval']:\n            load(hass, room)\n"
    head, more = "    if DOMAIN in config:\n", "    await more(hass)\n"
    by_key = head.replace("config:", "config and CONF_CLIENT_ID in config[DOMAIN]:")
    for test in (head, by_key):
        with pytest.raises(StopError) as stopped:
            migrate(tree(test + deeper(PLAIN) + notify + more, INTERVAL), SPAN)
        assert "with its own test for any YAML that it needs" in stopped.value.manual.todo
    for test in (head, by_key):
        apart = test + deeper(PLAIN) + head + notify + more
        assert setup_of(tree(apart, INTERVAL)).endswith(head + notify + more + "    return True\n")


# --- a helper that imports ---------------------------------------------------------------------

HELPER = HEAD + "async def configure(hass, conf):\n"
CALL = "    if DOMAIN in config:\n        await configure(hass, config[DOMAIN])\n"


@pytest.mark.parametrize(
    "more",
    [
        "    hass.services.async_register(DOMAIN, 'log', lambda call: conf['interval'])\n",
        "    if hass.is_running:\n        hass.data['interval'] = 5\n",
        "    value = await prepare(hass)\n",
        "    data = hass.data.setdefault(DOMAIN, {})\n",
        "    return hass.bus.fire('ready')\n",
    ],
)
@pytest.mark.parametrize("section", [ONLY, INTERVAL])
def test_a_helper_that_does_more_than_import_is_manual_work(section: str, more: str) -> None:
    before = tree(CALL, section, head=HELPER + CONF + more + "\n\n")
    with pytest.raises(
        StopError, match="configure imports the client, but also does this"
    ) as stopped:
        migrate(before, SPAN)
    line = stopped.value.manual_in(before).line
    assert text(before).splitlines()[line - 1].strip() in more


def test_a_helper_that_only_imports_goes_behind_the_test() -> None:
    around = (
        '    """Import."""\n    from .const import DOMAIN\n'
        "    name: str = 'example'\n    if not conf:\n        LOG.error('none')\n        return\n"
    )
    before = tree(CALL, INTERVAL, head=HELPER + around + CONF + "    LOG.info(name)\n\n\n")
    assert (
        '        if "client_id" in config[DOMAIN] and "client_secret" in config[DOMAIN]:\n'
        "            await configure(hass, config[DOMAIN])\n" in setup_of(before)
    )


# --- import flows ------------------------------------------------------------------------------

FLOW = "    hass.async_create_task(hass.config_entries.flow.async_init(DOMAIN, context={}))\n"


@pytest.mark.parametrize("data", ["conf", "config[DOMAIN]", "{'id': client_id}"])
@pytest.mark.parametrize("section", [ONLY, INTERVAL])
def test_an_import_flow_with_the_section_is_manual_work(section: str, data: str) -> None:
    flow = FLOW.replace("={}", f"={{}}, data={data}")
    before = tree(ABSENT + NAME + LOCALS + NAMED + flow, section)
    with pytest.raises(StopError, match="an import flow is started") as stopped:
        migrate(before, SPAN)
    work = stopped.value.manual_in(before)
    assert text(before).splitlines()[work.line - 1] == flow.rstrip()
    assert "async_step_import" in work.todo


def test_a_flow_for_the_yaml_is_removed_with_the_import_beside_other_keys() -> None:
    after = setup_of(tree(ABSENT + NAME + CONF + FLOW + USE, INTERVAL))
    assert after.endswith(deeper(FLOW) + USE + "    return True\n")


# --- the schema --------------------------------------------------------------------------------


def schema_of(before: Integration) -> str:
    after = text(migrate(before, SPAN))
    ast.parse(after)
    start = after.index("CONFIG_SCHEMA =")
    return after[start : after.index("\n\n\nasync def", start)]


BODY = "    conf = config[DOMAIN]\n" + CONF + USE


def test_only_credentials_deprecate_the_section() -> None:
    assert schema_of(tree(ABSENT + PLAIN)) == (
        "CONFIG_SCHEMA = vol.Schema(vol.All(cv.deprecated(DOMAIN), "
        f"{{DOMAIN: {ONLY}}}), extra=vol.ALLOW_EXTRA)"
    )


def test_an_all_around_the_section_takes_the_mark() -> None:
    before = tree(ABSENT + PLAIN)
    now = text(before).replace(f"{{DOMAIN: {ONLY}}}", f"vol.All(own, {{DOMAIN: {ONLY}}})")
    after = schema_of(before.with_file(before.path("__init__.py"), now.encode()))
    assert after.startswith(
        "CONFIG_SCHEMA = vol.Schema(vol.All(cv.deprecated(DOMAIN), own, {DOMAIN"
    )


MARKED = "cv.deprecated(CONF_CLIENT_ID), cv.deprecated(CONF_CLIENT_SECRET), "
OPTIONAL = INTERVAL.replace("Required", "Optional")


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (INTERVAL, f"vol.All({MARKED}{OPTIONAL})"),
        (f"vol.All({INTERVAL}, own)", f"vol.All({MARKED}{OPTIONAL}, own)"),
        (
            f"vol.All(cv.removed('old'), {INTERVAL})",
            f"vol.All(cv.removed('old'), {MARKED}{OPTIONAL})",
        ),
        (
            INTERVAL.removeprefix("vol.Schema(").removesuffix(")"),
            f"vol.All({MARKED}{OPTIONAL})",
        ),
        (
            "vol.Schema({CONF_CLIENT_ID: str, CONF_CLIENT_SECRET: str, 'interval': int})",
            (
                f"vol.All({MARKED}vol.Schema({{CONF_CLIENT_ID: str, CONF_CLIENT_SECRET: str, "
                "'interval': int}))"
            ),
        ),
    ],
)
def test_the_two_keys_beside_others_become_deprecated_and_optional(
    section: str, expected: str
) -> None:
    body = BODY.replace("conf['interval']", "conf.get('interval')")
    assert schema_of(tree(body, section)) == (
        f"CONFIG_SCHEMA = vol.Schema({{DOMAIN: {expected}}}, extra=vol.ALLOW_EXTRA)"
    )


def test_a_schema_over_several_lines_keeps_them() -> None:
    section = (
        "vol.Schema(\n    {\n        vol.Required(CONF_CLIENT_ID): str,\n"
        "        vol.Required(CONF_CLIENT_SECRET): str,\n        # How often\n"
        '        vol.Optional("interval", default=5): int,\n    }\n)'
    )
    after = schema_of(tree(BODY, section))
    assert "# How often\n" in after
    assert "cv.deprecated(CONF_CLIENT_ID),\n" in after
    assert "vol.Optional(CONF_CLIENT_SECRET): str,\n" in after


def test_the_name_of_the_library_follows_what_is_imported() -> None:
    head = HEAD.replace("import voluptuous as vol\n", "import probatio\n").replace(
        "from homeassistant.helpers import config_validation as cv\n", ""
    )
    before = tree(ABSENT + PLAIN, head=head)
    now = text(before).replace("vol.", "probatio.")
    after = text(migrate(before.with_file(before.path("__init__.py"), now.encode()), SPAN))
    assert "from homeassistant.helpers import config_validation as cv\n" in after
    assert "probatio.Schema(probatio.All(cv.deprecated(DOMAIN), {DOMAIN: probatio.Schema(" in after


def test_a_schema_without_the_two_keys_is_manual_work() -> None:
    refused(tree(ABSENT + PLAIN, 'vol.Schema({"interval": int})'), "does not contain client_id")


def test_a_schema_by_its_bare_name_is_manual_work() -> None:
    head = HEAD.replace("import voluptuous as vol", "from voluptuous import ALLOW_EXTRA, Schema")
    section = "Schema({CONF_CLIENT_ID: str, CONF_CLIENT_SECRET: str})"
    before = tree(ABSENT + PLAIN, section, head=head)
    now = text(before).replace("vol.", "")
    before = before.with_file(before.path("__init__.py"), now.encode())
    refused(before, "cannot read this schema")


# --- where else a schema stands ----------------------------------------------------------------


def by_name(section: str, body: str = BODY, more: str = "") -> Integration:
    before = tree(body, section)
    schema = f"CONFIG_SCHEMA = vol.Schema({{DOMAIN: {section}}}, extra=vol.ALLOW_EXTRA)\n"
    now = text(before)
    assert schema in now
    own = f"SECTION = {section}\n{more}\n{schema.replace(section, 'SECTION')}"
    return before.with_file(before.path("__init__.py"), now.replace(schema, own).encode())


def test_the_schema_of_the_section_may_have_a_name() -> None:
    after = text(migrate(by_name(INTERVAL), SPAN))
    assert f"SECTION = vol.All({MARKED}{OPTIONAL})\n" in after
    assert "vol.Schema({DOMAIN: SECTION}, extra=vol.ALLOW_EXTRA)\n" in after
    whole = text(migrate(by_name(ONLY, ABSENT + PLAIN), SPAN))
    assert "vol.Schema(vol.All(cv.deprecated(DOMAIN), {DOMAIN: SECTION}), extra=" in whole
    assert f"SECTION = {ONLY}\n" in whole


def test_a_named_schema_with_another_use_is_manual_work() -> None:
    more = "OTHER = SECTION.extend({})\n"
    refused(by_name(INTERVAL, more=more), "cannot read this schema")


def test_a_schema_from_another_module_is_manual_work() -> None:
    """Nothing is known of its other keys, which the text for the user would be wrong about."""
    head = HEAD + "from .schema import CONFIG_SCHEMA\n\n\n"
    before = tree(ABSENT + PLAIN, None, head=head)
    with pytest.raises(StopError, match="cannot read this schema") as stopped:
        migrate(before, SPAN)
    work = stopped.value.manual_in(before)
    assert text(before).splitlines()[work.line - 1] == "from .schema import CONFIG_SCHEMA"


def test_credentials_in_a_section_of_their_own_are_manual_work() -> None:
    section = f'vol.Schema({{vol.Optional("oauth"): {ONLY}, vol.Optional("rooms"): list}})'
    conf = "    conf = config[DOMAIN]['oauth']\n"
    refused(tree(ABSENT + conf + CONF, section), "are in the subsection oauth of")


@pytest.mark.parametrize(
    "value",
    ['conf.get(CONF_CLIENT_ID, "own")', 'conf.get(CONF_CLIENT_ID) or "own"', "client"],
)
def test_a_client_for_want_of_another_is_manual_work(value: str) -> None:
    conf = "    conf = config.get(DOMAIN, {})\n    client = conf.get(CONF_CLIENT_ID, TOKEN)\n"
    before = tree(conf + CONF.replace("conf[CONF_CLIENT_ID]", value))
    refused(before, "built-in client signs in")


@pytest.mark.parametrize(
    "value", ['conf.get(CONF_CLIENT_ID, "")', "conf.get(CONF_CLIENT_ID, None)"]
)
def test_nothing_is_no_other_client(value: str) -> None:
    body = "    conf = config[DOMAIN]\n" + CONF.replace("conf[CONF_CLIENT_ID]", value)
    assert "await async_import" in setup_of(tree(ABSENT + body))


@pytest.mark.parametrize(("value", "other"), [("TOKEN", True), ("'x'", True), ("''", False)])
def test_a_client_of_the_schema_is_one_too(value: str, other: bool) -> None:
    keys = PAIR.replace("Required(CONF_CLIENT_ID)", f"Optional(CONF_CLIENT_ID, default={value})")
    before = tree(ABSENT + PLAIN, f"vol.Schema({{{keys}}})")
    if other:
        refused(before, "built-in client signs in")
    else:
        assert "await async_import" in setup_of(before)


# --- no guard at all ---------------------------------------------------------------------------


def test_an_unguarded_import_gets_a_test_for_the_section() -> None:
    """It failed without YAML before, and has to do without now."""
    after = setup_of(tree("    # Of the user\n" + PLAIN))
    assert after.startswith("    if DOMAIN in config:\n        # Of the user\n        await async_")
    named = "    conf = config[DOMAIN]\n" + CONF + "    LOG.warning('YAML')\n" + READY
    after = setup_of(tree(named))
    assert after.startswith(
        "    if DOMAIN in config:\n        conf = config[DOMAIN]\n        await"
    )
    assert after.endswith("        LOG.warning('YAML')\n" + READY + "    return True\n")


def test_a_suppressed_key_error_is_no_test_for_the_section() -> None:
    body = "    with suppress(KeyError):\n" + deeper(PLAIN)
    refused(tree(body), "cannot tell whether this checks for a section")
