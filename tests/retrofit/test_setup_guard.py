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
    KEYS,
    ONLY,
    PAIR,
    PLAIN,
    REGISTER,
    SECTION,
    SPAN,
    TRUE,
    deeper,
    outcome,
    refused,
    setup_of,
    text,
    tree,
)

if TYPE_CHECKING:
    from appcred.integration import Integration

pytestmark = pytest.mark.slow


# --- the import, and the rest -------------------------------------------------------------------

READY = "    hass.bus.fire('ready')\n"
USE = "    hass.data[DOMAIN] = conf['interval']\n"
NAME = "    conf = config[DOMAIN]\n"
DEFAULTED = (
    "    # Without YAML, use the schema's defaults\n"
    "    conf = config.get(DOMAIN) or CONFIG_SCHEMA({DOMAIN: {}})[DOMAIN]\n"
)
WARN = "        LOG.warning('not configured')\n"
TRIED = "    try:\n        conf = config[DOMAIN]\n    except KeyError:\n{}"


@pytest.mark.parametrize(
    "guard",
    [
        ABSENT,
        "    if DOMAIN not in config: return True\n",
        "    if not DOMAIN in config:\n        return True\n",
        "    if not config.get(DOMAIN):\n        return True\n",
        "    if config.get(DOMAIN) is None:\n        return True\n",
        ABSENT.replace("config:", "config or CONF_CLIENT_ID not in config[DOMAIN]:"),
        "    if DOMAIN not in config:\n" + WARN + "        return False\n",
        "    if DOMAIN not in config:\n        LOG.debug('no YAML')\n        return True\n",
        "    if not (conf := config.get(DOMAIN)):\n        return True\n",
        TRIED.format("        return True\n"),
        TRIED.format(WARN + "        return False\n"),
        NAME + "    if not conf.get(CONF_CLIENT_ID):\n        return False\n",
        "    conf = dict(config[DOMAIN])\n",
        NAME + "    assert conf\n",
        "",
    ],
)
def test_a_return_for_want_of_yaml_goes(guard: str) -> None:
    """What follows needs no YAML, and the set-up succeeds without."""
    registered = CONF if "conf" in guard.replace("config", "") else PLAIN
    for more in (READY, ""):
        after = outcome(tree(guard + registered + more))
        asked = "conf.get(CONF_CLIENT_ID)" in guard
        assert after.test == (SECTION if not asked else f"{SECTION} and {TRUE.split(' and ')[1]}")
        assert after.told == []
        assert after.rest == more


@pytest.mark.parametrize(
    "test",
    [
        "DOMAIN in config",
        "config.get(DOMAIN)",
        "config.get(DOMAIN) is not None",
        "(conf := config.get(DOMAIN))",
        "DOMAIN in config and CONF_CLIENT_ID in config[DOMAIN]",
    ],
)
def test_what_stands_beside_the_registration_happens_without_yaml_too(test: str) -> None:
    registered = CONF if ":=" in test else PLAIN
    body = deeper(registered + "    # Tell others\n" + READY + "    # That was it\n")
    after = outcome(tree(f"    if {test}:\n{body}    # Done\n    hass.bus.fire('after')\n"))
    assert after.test == SECTION
    assert after.rest == (
        "    # Tell others\n"
        + READY
        + "    # That was it\n    # Done\n    hass.bus.fire('after')\n"
    )


def test_a_comment_above_a_return_that_goes_stays_where_it_stands_apart() -> None:
    body = "    # Apart\n\n    # Only with YAML\n" + ABSENT + "\n    # Tell\n" + READY + PLAIN
    assert outcome(tree(body)).rest == "    # Apart\n\n    # Tell\n" + READY


def test_a_word_that_there_is_no_yaml_goes() -> None:
    inside = "    if DOMAIN in config:\n" + deeper(PLAIN)
    for body in (inside + "    else:\n" + WARN, "    if DOMAIN not in config:\n" + WARN + inside):
        assert outcome(tree(body + READY)) == (SECTION, [], READY)


NO_ID = "CONF_CLIENT_ID not in conf"
EMPTY = "        hass.data[DOMAIN] = {}\n"


def test_a_branch_that_gives_a_value_without_yaml_stays() -> None:
    inside = "    if DOMAIN in config:\n" + deeper(PLAIN + READY) + "    else:\n" + EMPTY
    stays = "    if DOMAIN in config:\n" + deeper(READY) + "    else:\n" + EMPTY
    assert outcome(tree(inside)).rest == stays
    absent = "    if DOMAIN not in config:\n" + EMPTY
    for more in (READY, ""):
        # It returns no more, for what follows happens without YAML.
        assert outcome(tree(absent + "        return True\n" + PLAIN + more)).rest == absent + more
    handled = absent + "        return True\n"
    use = "    hass.data[DOMAIN] = config[DOMAIN]['interval']\n"
    assert outcome(tree(handled + PLAIN + use, INTERVAL)) == (KEYS, [], handled + use)


@pytest.mark.parametrize("more", ["", READY])
def test_an_unknown_test_of_the_section_is_left_to_a_person(more: str) -> None:
    odd = "    if len(config.get(DOMAIN, {})) == 0:\n        return True\n"
    refused(tree(odd + PLAIN + more), "decides whether the client is registered")
    refused(tree(PLAIN + odd + READY), "cannot tell what happens without a client")


@pytest.mark.parametrize(
    ("test", "shown"),
    [
        ("if AUTHORIZE:", "AUTHORIZE"),
        ("if config[DOMAIN]['interval'] > 3:", "(config[DOMAIN]['interval'] > 3)"),
        ("if 'interval' in config[DOMAIN] or TOKEN:", "('interval' in config[DOMAIN] or TOKEN)"),
        (
            "if 'interval' in config[DOMAIN]:\n        pass\n    else:",
            "('interval' not in config[DOMAIN])",
        ),
        ("if not config[DOMAIN].get('off'):", "(not config[DOMAIN].get('off'))"),
    ],
)
def test_what_else_decides_about_the_registration_decides_about_the_import(
    test: str, shown: str
) -> None:
    section = INTERVAL.replace("})", ', vol.Optional("off"): bool})')
    for head in (ABSENT + f"    {test}\n", f"    if DOMAIN in config:\n        {test}\n"):
        inner = deeper(PLAIN) if head.startswith(ABSENT) else deeper(deeper(PLAIN))
        if "else:" in test and not head.startswith(ABSENT):
            continue
        after = outcome(tree(head + inner, section))
        assert after.test == f"{KEYS} and {shown}"


@pytest.mark.parametrize(
    "body",
    [
        "    if DOMAIN in config:\n"
        + deeper(PLAIN + "    if hass.is_running:\n        return True\n")
        + READY,
        "    if DOMAIN in config:\n" + deeper(PLAIN) + "        return True\n" + READY,
        ABSENT + PLAIN + "    hass.data['host'] = config['other']['host']\n",
    ],
)
def test_what_would_end_or_fail_without_yaml_is_manual_work(body: str) -> None:
    refused(tree(body), "cannot tell what happens without a client")


def test_a_return_that_another_key_decides_about_stays() -> None:
    guard = "    if not conf.get('interval'):\n        return True\n"
    after = outcome(tree(ABSENT + NAME + guard + CONF + READY, INTERVAL))
    assert after.test == f"{KEYS} and config[DOMAIN].get('interval')"
    assert after.rest == DEFAULTED + guard + READY


@pytest.mark.parametrize(
    "test",
    [
        "if hass.is_running:",
        "if await ready(hass):",
        "for conf in [config[DOMAIN]]:",
        "while True:",
    ],
)
def test_what_is_not_known_at_the_head_may_not_decide_about_the_registration(test: str) -> None:
    refused(tree(ABSENT + f"    {test}\n" + deeper(PLAIN)), "decides whether the client is regis")


def test_what_is_there_because_of_the_yaml_goes_where_the_import_is() -> None:
    flow = "hass.async_create_task(hass.config_entries.flow.async_init(DOMAIN))"
    warning = "LOG.warning('YAML')"
    for start in (flow, warning):
        for body in (
            ABSENT + PLAIN + f"    {start}\n" + READY,
            "    if DOMAIN in config:\n" + deeper(PLAIN + f"    {start}\n" + READY),
        ):
            assert outcome(tree(body)) == (SECTION, [start], READY)
    assert outcome(tree(PLAIN + f"    {warning}\n" + READY)) == (SECTION, [warning], READY)
    quiet = "    LOG.debug('Going on')\n"
    assert outcome(tree(ABSENT + PLAIN + READY + quiet)).rest == READY + quiet


# --- the section without YAML ------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        ABSENT + NAME,
        NAME,
        "    if not (conf := config.get(DOMAIN)):\n        return True\n",
        "    conf = config.get(DOMAIN, {})\n" + ABSENT.replace("DOMAIN not in config", NO_ID),
        TRIED.format("        return True\n"),
    ],
)
def test_the_rest_works_with_the_defaults_of_the_schema(head: str) -> None:
    assert outcome(tree(head + CONF + USE, INTERVAL)) == (KEYS, [], DEFAULTED + USE)


def test_a_section_that_was_there_for_certain_keeps_its_defaults() -> None:
    """Other code may take them from where it is kept."""
    guard = "    if not (conf := config.get(DOMAIN, {})):\n        return True\n"
    keep = "    hass.data[DOMAIN] = {'config': conf}\n"
    assert outcome(tree(guard + keep + CONF, INTERVAL)).rest == DEFAULTED + keep
    always = "    conf = config.get(DOMAIN, {})\n"
    inside = "    if CONF_CLIENT_ID in conf:\n" + deeper(CONF)
    assert outcome(tree(always + inside + keep, INTERVAL)).rest == always + keep


def test_the_section_has_a_name_for_the_defaults() -> None:
    again = "    hass.data['again'] = config[DOMAIN]['interval']\n"
    named = again.replace("config[DOMAIN]", "conf")
    assert outcome(tree(ABSENT + PLAIN + again, INTERVAL)).rest == DEFAULTED + named
    assert outcome(tree(NAME + CONF + USE + again, INTERVAL)).rest == DEFAULTED + USE + named
    other = "    other = config[DOMAIN]\n"
    used = USE + "    hass.bus.fire(other['interval'])\n"
    after = outcome(tree(NAME + other + CONF + used, INTERVAL))
    assert after.rest == DEFAULTED + "    other = conf\n" + used
    deep = "    if True:\n" + deeper(NAME)
    after = outcome(tree(deep + CONF + USE, INTERVAL))
    assert (
        after.rest
        == DEFAULTED.replace("conf =", "section =")
        + deep.replace("config[DOMAIN]", "section")
        + USE
    )


@pytest.mark.parametrize(
    "use",
    [
        "    hass.data['on'] = DOMAIN in config and config[DOMAIN]['interval']\n",
        "    hass.data['on'] = config[DOMAIN]['interval'] if DOMAIN in config else 3\n",
        "    def later():\n        if DOMAIN in config:\n            use(config[DOMAIN])\n",
    ],
)
def test_what_looks_before_it_takes_needs_no_default(use: str) -> None:
    assert outcome(tree(ABSENT + PLAIN + use, INTERVAL)).rest == use


def test_a_required_key_is_left_to_a_person() -> None:
    use = "    hass.data[DOMAIN] = conf['host']\n"
    refused(tree(NAME + CONF + use, HOST), "requires a key that is no credential")
    section = f'vol.Schema({{{PAIR}, vol.Required("interval", default=5): int}})'
    assert outcome(tree(NAME + CONF + USE, section)).rest == DEFAULTED + USE


def test_an_option_without_a_default_is_left_to_a_person() -> None:
    section = INTERVAL.replace(", default=5", "")
    refused(tree(ABSENT + NAME + CONF + USE, section), "a key of YAML without a default")
    empty = "    conf = config.get(DOMAIN, {})\n"
    got = USE.replace("conf['interval']", "conf.get('interval')")
    tested = "    if 'interval' in conf:\n" + deeper(USE)
    for use in (got, tested):
        assert outcome(tree(ABSENT + NAME + CONF + use, section)).rest == empty + use


def test_without_a_schema_there_are_no_defaults() -> None:
    refused(tree(ABSENT + NAME + CONF + USE, None), "there is no schema")
    after = outcome(tree(ABSENT + PLAIN + READY, None))
    assert after.test == (
        "CONF_CLIENT_ID in (config.get(DOMAIN) or {}) and "
        "CONF_CLIENT_SECRET in (config.get(DOMAIN) or {})"
    )
    assert after.rest == READY


# --- names for the client ----------------------------------------------------------------------

NAMED = REGISTER.replace("{0}[CONF_CLIENT_ID]", "client_id").replace(
    "{0}[CONF_CLIENT_SECRET]", "client_secret"
)
LOCALS = "    client_id = conf[CONF_CLIENT_ID]\n    client_secret = conf[CONF_CLIENT_SECRET]\n"
PAIRED = "    client_id, client_secret = conf[CONF_CLIENT_ID], conf[CONF_CLIENT_SECRET]\n"
TOLD = "    LOG.debug('for %s', client_id)\n"
USING = "credentials of YAML for more than signing in"


@pytest.mark.parametrize("named", [LOCALS, LOCALS.replace(" =", ": str ="), PAIRED])
def test_names_for_the_client_go_with_the_registration(named: str) -> None:
    after = outcome(tree(ABSENT + NAME + USE + named + NAMED + READY, INTERVAL))
    assert after == (KEYS, [], DEFAULTED + USE + READY)


def test_comments_of_others_stay_where_names_go() -> None:
    body = (
        ABSENT + NAME + "    # Both are in the portal\n" + LOCALS + "\n    # How often\n" + USE
        + "\n    # Apart\n\n    # Once only\n" + NAMED
    )  # fmt: skip
    after = tree(body, INTERVAL)
    assert outcome(after).rest == DEFAULTED + "\n    # How often\n" + USE + "\n    # Apart\n\n"
    assert "        # Once only\n        await async_import" in setup_of(after)


def test_a_word_about_the_client_is_said_where_there_is_one() -> None:
    more = "    shown = f'{client_id[:4]}…'\n    LOG.info(f'for {shown}')\n"
    after = outcome(tree(ABSENT + NAME + LOCALS + more + NAMED + USE, INTERVAL))
    assert after.told == [
        "client_id = config[DOMAIN][CONF_CLIENT_ID]",
        "shown = f'{client_id[:4]}…'",
        "LOG.info(f'for {shown}')",
    ]
    assert after.rest == DEFAULTED + USE
    section = "    LOG.debug('%s', conf)\n"
    told = ["LOG.debug('%s', config[DOMAIN])"]
    assert outcome(tree(ABSENT + NAME + section + CONF)).told == told


@pytest.mark.parametrize(
    ("made", "known"),
    [
        ("    title = hass.config.location_name\n", True),
        ("    def title(): return 1\n", False),
        ("    for title in hass.titles: pass\n", False),
        ("    import title\n", False),
    ],
)
def test_a_word_about_the_client_needs_what_it_tells(made: str, known: bool) -> None:
    told = "    LOG.debug('%s of %s', client_id, title)\n"
    before = tree(ABSENT + made + NAME + LOCALS + told + NAMED + READY)
    if not known:
        refused(before, USING)
        return
    after = outcome(before)
    assert made.strip() in after.told
    assert after.rest == made + READY


def test_the_truth_of_the_client_is_asked_where_it_was() -> None:
    got = "    conf = config.get(DOMAIN, {})\n" + LOCALS.replace("[CONF", ".get(CONF").replace(
        "]\n", ")\n"
    )
    test = "    if client_id and client_secret:\n"
    assert outcome(tree(got + test + deeper(NAMED) + READY)) == (TRUE, [], READY)
    after = outcome(tree(ABSENT + NAME + LOCALS + test + deeper(NAMED + READY) + USE, INTERVAL))
    assert after == (TRUE, [], DEFAULTED + READY + USE)


@pytest.mark.parametrize(
    "use",
    [
        "hass.data['api'] = Api(conf[CONF_CLIENT_ID])",
        "hass.data['api'] = Api(conf.get(CONF_CLIENT_ID))",
        "api = Api(client_id)",
        "async def park(call): await Api(client_id).park()",
        "async def park(call): await Api(conf[CONF_CLIENT_ID]).park()",
        "await helper(hass, conf)",
        "other = dict(conf); use(other[CONF_CLIENT_ID])",
    ],
)
@pytest.mark.parametrize("section", [ONLY, INTERVAL])
def test_more_than_a_name_for_the_client_is_left_to_a_person(section: str, use: str) -> None:
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


def test_a_section_of_the_client_alone_is_given_to_nobody() -> None:
    refused(tree(ABSENT + NAME + CONF + "    use(conf)\n"), USING)
    after = outcome(tree(ABSENT + NAME + CONF + "    use(conf)\n", INTERVAL))
    assert after.rest == DEFAULTED + "    use(conf)\n"


def test_a_client_taken_out_of_the_section_is_left_to_a_person() -> None:
    popped = LOCALS.replace("[CONF_CLIENT_ID]", ".pop(CONF_CLIENT_ID)")
    refused(tree(ABSENT + NAME + popped + NAMED + READY), "removes the client from the section")


def test_a_function_that_registers_later_does_so_no_more() -> None:
    register = "    async def register(_event=None):\n" + deeper(PLAIN)
    listen = "    hass.bus.async_listen_once('started', register)\n"
    after = outcome(tree(ABSENT + register + listen + READY))
    assert after.rest.endswith("        pass\n" + listen + READY)


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
def test_what_is_done_for_want_of_yaml_is_left_to_a_person(section: str, act: str) -> None:
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
    assert outcome(tree(branch + PLAIN + use, INTERVAL)).rest == branch + use
    reason = "missing YAML as an error"
    refused(tree(branch + PLAIN, INTERVAL), reason)
    refused(
        tree(branch.replace("TIMES[", "times[(lambda: 0)() or ") + PLAIN + use, INTERVAL), reason
    )


@pytest.mark.parametrize("last", ["return False", "raise ValueError"])
def test_a_branch_that_fails_without_yaml_is_left_to_a_person(last: str) -> None:
    branch = f"    if DOMAIN not in config:\n        hass.bus.fire('no')\n        {last}\n"
    for section, more in ((ONLY, READY), (INTERVAL, USE)):
        refused(tree(branch + NAME + CONF + more, section), "missing YAML as an error")


def test_so_is_a_notification_where_the_section_is_tried() -> None:
    told = "        persistent_notification.create(hass, 'Add it')\n        return True\n"
    refused(tree(TRIED.format(told) + CONF), "missing YAML as an error")


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
    keep = "    hass.data['mark'] = config\n"
    asked = ASKED.replace("['yaml']", "")
    assert outcome(tree(keep + ABSENT + PLAIN, oauth2=asked)).rest == keep


def test_what_else_the_section_holds_is_kept_for_others() -> None:
    keep = "    hass.data['mark'] = config.get(DOMAIN, {})\n"
    before = tree(keep + ABSENT + PLAIN, INTERVAL, oauth2=ASKED.replace("yaml", "interval"))
    assert outcome(before).rest == keep


# --- a helper that registers -------------------------------------------------------------------

HELPER = HEAD + "async def configure(hass, conf):\n"
CALL = "    if DOMAIN in config:\n        await configure(hass, config[DOMAIN])\n"


def test_a_helper_that_only_registers_goes() -> None:
    around = (
        '    """Import."""\n    from .const import DOMAIN\n'
        "    name = 'example'\n    if not conf:\n        LOG.error('none')\n        return\n"
    )
    before = tree(CALL, INTERVAL, head=HELPER + around + CONF + "    LOG.info(name)\n\n\n")
    assert outcome(before).rest == ""
    assert "def configure" not in text(migrate(before, SPAN))


def test_a_helper_that_does_more_does_it_without_yaml() -> None:
    more = "    hass.services.async_register(DOMAIN, 'log', lambda call: conf['interval'])\n"
    before = tree(CALL, INTERVAL, head=HELPER + CONF + more + "\n\n")
    assert outcome(before).rest == DEFAULTED + "    await configure(hass, conf)\n"
    assert "def configure(hass, conf):\n" + more in text(migrate(before, SPAN))
    section = INTERVAL.replace(", default=5", "")
    refused(tree(CALL, section, head=HELPER + CONF + more + "\n\n"), "without a default")


def test_what_decides_in_a_helper_is_left_to_a_person() -> None:
    guard = "    if not conf['interval']:\n        return\n"
    before = tree(CALL, INTERVAL, head=HELPER + guard + CONF + "\n\n")
    refused(before, "decides whether the client is registered")


def test_a_set_up_that_returns_what_a_helper_does_goes_on_to() -> None:
    helper = f"async def register(hass, config):\n{ABSENT}{PLAIN}    return True\n\n\n"
    before = tree("    ready(hass)\n", head=HEAD + helper)
    above, _, _ = text(before).rpartition("    return True\n")
    init = f"{above}    return await register(hass, config)\n"
    after = outcome(before.with_file(before.path("__init__.py"), init.encode()))
    assert after == (SECTION, [], "    ready(hass)\n    return await register(hass, config)\n")


# --- import flows ------------------------------------------------------------------------------

FLOW = "    hass.async_create_task(hass.config_entries.flow.async_init(DOMAIN, context={}))\n"


@pytest.mark.parametrize("data", ["conf", "config[DOMAIN]", "{'id': client_id}"])
@pytest.mark.parametrize("section", [ONLY, INTERVAL])
def test_an_import_flow_with_the_section_is_left_to_a_person(section: str, data: str) -> None:
    flow = FLOW.replace("={}", f"={{}}, data={data}")
    before = tree(ABSENT + NAME + LOCALS + NAMED + flow, section)
    with pytest.raises(StopError, match="an import flow is started") as stopped:
        migrate(before, SPAN)
    work = stopped.value.manual_in(before)
    assert text(before).splitlines()[work.line - 1] == flow.rstrip()
    assert "async_step_import" in work.todo


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
def test_beside_other_keys_the_two_are_deprecated_and_optional(section: str, expected: str) -> None:
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


def test_a_schema_without_the_two_keys_is_left_to_a_person() -> None:
    refused(tree(ABSENT + PLAIN, 'vol.Schema({"interval": int})'), "does not contain client_id")


def test_a_schema_by_its_bare_name_is_left_to_a_person() -> None:
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


def test_but_not_if_that_is_used_for_more() -> None:
    more = "OTHER = SECTION.extend({})\n"
    refused(by_name(INTERVAL, more=more), "cannot read this schema")


def test_a_schema_from_another_module_is_left_to_a_person() -> None:
    """Nothing is known of its other keys, which the text for the user would be wrong about."""
    head = HEAD + "from .schema import CONFIG_SCHEMA\n\n\n"
    before = tree(ABSENT + PLAIN, None, head=head)
    with pytest.raises(StopError, match="cannot read this schema") as stopped:
        migrate(before, SPAN)
    work = stopped.value.manual_in(before)
    assert text(before).splitlines()[work.line - 1] == "from .schema import CONFIG_SCHEMA"


def test_credentials_in_a_section_of_their_own_are_left_to_a_person() -> None:
    section = f'vol.Schema({{vol.Optional("oauth"): {ONLY}, vol.Optional("rooms"): list}})'
    conf = "    conf = config[DOMAIN]['oauth']\n"
    refused(tree(ABSENT + conf + CONF, section), "are in the subsection oauth of")


@pytest.mark.parametrize(
    "value",
    ['conf.get(CONF_CLIENT_ID, "own")', 'conf.get(CONF_CLIENT_ID) or "own"', "client"],
)
def test_a_client_for_want_of_another_is_left_to_a_person(value: str) -> None:
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
