"""What must not be taken for something simpler than it is."""

from __future__ import annotations

import pytest

from appcred.oauth.registration import Source, registrations
from appcred.retrofit.best.yaml import migrate
from appcred.rules.edit import StopError
from retrofit.setup_trees import (
    ABSENT,
    CONF,
    HEAD,
    HOST,
    INTERVAL,
    PAIR,
    PLAIN,
    SPAN,
    deeper,
    refused,
    setup_of,
    text,
    tree,
)

STASH = '    hass.data["example_yaml"] = config[DOMAIN]\n'


def test_manual_work_names_the_line_of_the_users_own_file() -> None:
    """The steps before have moved the lines by then."""
    use = "    hass.data[DOMAIN] = conf['host']\n"
    before = tree("    conf = config[DOMAIN]\n" + CONF + use, HOST)
    with pytest.raises(StopError) as stopped:
        migrate(before, SPAN)
    work = stopped.value.manual_in(before)
    assert work.line != stopped.value.manual.line
    assert 'vol.Required("host")' in text(before).splitlines()[work.line - 1]


def test_a_schema_by_its_bare_name_is_manual_work() -> None:
    """Nothing says by what name `All` and `ALLOW_EXTRA` are known there."""
    before = tree(ABSENT + PLAIN, head=HEAD.replace("import voluptuous as vol\n", ""))
    now = text(before).replace("vol.", "")
    bare = before.with_file(
        before.path("__init__.py"),
        ("from voluptuous import ALLOW_EXTRA, Required, Schema\n" + now).encode(),
    )
    refused(bare, "cannot read this schema")


def test_a_section_kept_for_another_module_is_not_forgotten() -> None:
    """Without YAML its reader would raise KeyError; what it needs then only a person knows."""
    before = tree(ABSENT + STASH + PLAIN)
    reader = b'def interval(hass):\n    return hass.data["example_yaml"]\n'
    refused(before.with_file(before.path("reader.py"), reader), "for more than signing in")


def test_a_comment_above_older_deprecations_is_reported_once() -> None:
    """New ones are spaced as the first is, without what is said above that one."""
    section = (
        "vol.All(  # the section\n"
        "    # once it had the vendor's names\n"
        "    cv.deprecated('key', replacement_key=CONF_CLIENT_ID),\n"
        f"    {INTERVAL},\n"
        ")"
    )
    after = text(migrate(tree(ABSENT + PLAIN, section), SPAN))
    assert (
        "vol.All(  # the section\n"
        "    # once it had the vendor's names\n"
        "    cv.deprecated('key', replacement_key=CONF_CLIENT_ID),\n"
        "    cv.deprecated(CONF_CLIENT_ID),\n"
        "    cv.deprecated(CONF_CLIENT_SECRET),\n"
        "    vol.Schema("
    ) in after


# --- a public client, without a secret ---------------------------------------------------------

PUBLIC = PAIR.replace("Required(CONF_CLIENT_SECRET)", "Optional(CONF_CLIENT_SECRET)")
GET = "conf.get(CONF_CLIENT_SECRET)"
SOFT = CONF.replace("conf[CONF_CLIENT_SECRET]", GET)
NAMED = "    secret = conf.get(CONF_CLIENT_SECRET, None)\n" + SOFT.replace(GET, "secret")
TAKEN = ABSENT + "    conf = config[DOMAIN]\n"


@pytest.mark.parametrize("register", [SOFT, NAMED])
@pytest.mark.parametrize("more", ["", ', vol.Optional("units"): str'])
def test_a_client_without_a_secret_is_imported_with_an_empty_one(register: str, more: str) -> None:
    """An application credential takes no None, and async_setup would fail."""
    after = setup_of(tree(TAKEN + register, f"vol.Schema({{{PUBLIC}{more}}})"))
    assert 'conf.get(CONF_CLIENT_SECRET, "")' in after
    assert "CONF_CLIENT_SECRET in" not in after
    assert ("if CONF_CLIENT_ID in conf:\n" in after) is bool(more)


@pytest.mark.parametrize(
    ("pair", "body"),
    [
        (PAIR, TAKEN + SOFT),
        (PUBLIC, TAKEN + SOFT.replace(GET, 'conf.get(CONF_CLIENT_SECRET, "")')),
        (PUBLIC, TAKEN + f"    if {GET}:\n" + deeper(SOFT)),
        (PUBLIC, TAKEN + NAMED.replace("    async_reg", "    if secret:\n        async_reg")),
        (PUBLIC, TAKEN + CONF),
    ],
)
def test_the_lookup_of_the_secret_stays_as_written(pair: str, body: str) -> None:
    after = setup_of(tree(body, f"vol.Schema({{{pair}}})"))
    for line in body.splitlines():
        assert "SECRET" not in line or line.strip() in after


# --- where async_setup leaves by itself --------------------------------------------------------

NAMES = "    key = conf.get(CONF_CLIENT_ID)\n    secret = conf.get(CONF_CLIENT_SECRET)\n"
PAIRED = "    key, secret = conf.get(CONF_CLIENT_ID), conf.get(CONF_CLIENT_SECRET)\n"
LEAVES = "    if not key or not secret:\n        return True\n"
BY_NAME = CONF.replace("conf[CONF_CLIENT_ID]", "key").replace("conf[CONF_CLIENT_SECRET]", "secret")
SECTION = "    conf = config.get(DOMAIN, {})\n"


@pytest.mark.parametrize("named", [NAMES, PAIRED])
@pytest.mark.parametrize("section", [SECTION, "    conf = config.get(DOMAIN) or {}\n"])
def test_a_setup_that_leaves_without_a_client_is_left_so(section: str, named: str) -> None:
    after = setup_of(tree(section + named + LEAVES + BY_NAME))
    assert after.startswith(section + named + LEAVES + "    await async_import_client_credential(")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("    conf = config.get(DOMAIN)\n" + PAIRED + LEAVES + BY_NAME, "more than signing in"),
        (
            SECTION + PAIRED + LEAVES + BY_NAME + "    await more(hass)\n",
            "cannot tell what happens",
        ),
        (SECTION + "    use(conf)\n" + PAIRED + LEAVES + BY_NAME, "more than signing in"),
    ],
)
def test_a_setup_that_needs_the_section_for_more_is_refused(body: str, reason: str) -> None:
    refused(tree(body), reason)


def test_names_that_are_not_given_one_by_one_are_not_understood() -> None:
    before = tree(SECTION + "    key, secret = client_of(conf)\n" + LEAVES + BY_NAME)
    (found,) = registrations(before).understood
    assert found.source is Source.UNKNOWN


def test_urls_that_are_given_together_are_manual_work() -> None:
    """The statement goes along with none of them, for it would with each."""
    urls = "    start, finish = AUTHORIZE, TOKEN\n"
    register = PLAIN.replace(" AUTHORIZE", " start").replace(" TOKEN", " finish")
    refused(tree(ABSENT + urls + register), "depends on start")


# --- where async_setup tries for the client ----------------------------------------------------

TRIES = (
    "    try:\n"
    "        key = config[DOMAIN][CONF_CLIENT_ID]\n"
    "        secret = config[DOMAIN][CONF_CLIENT_SECRET]\n"
    "    except KeyError:\n"
    "        LOG.info('none')\n"
    "    else:\n" + deeper(BY_NAME) + "    await more(hass)\n"
)


def test_a_client_that_is_tried_for_needs_no_test() -> None:
    after = setup_of(tree(TRIES))
    head, _, _ = TRIES.partition("        async_register")
    assert after.startswith(head + "        await async_import_client_credential(")
    assert after.endswith("\n    await more(hass)\n    return True\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("config[DOMAIN][CONF_CLIENT_ID]", "config[DOMAIN].get(CONF_CLIENT_ID)"),
        ("        LOG.info('none')\n", "        hass.data['none'] = True\n"),
        ("except KeyError", "except TypeError"),
        ("    await more", "    finally:\n        done(hass)\n    await more"),
    ],
)
def test_another_kind_of_try_is_manual_work(old: str, new: str) -> None:
    before = tree(TRIES.replace(old, new, 1))
    with pytest.raises(StopError) as stopped:
        migrate(before, SPAN)
    assert stopped.value.manual.todo


def test_a_section_that_is_kept_by_the_same_key_is_not_read_for_that() -> None:
    """`hass.data[DOMAIN] = config[DOMAIN]` beside `config[DOMAIN]`, which is another thing."""
    stash = "    hass.data[DOMAIN] = config[DOMAIN]\n"
    after = setup_of(tree(ABSENT + stash + PLAIN))
    assert after.startswith(ABSENT + stash + "    await async_import_client_credential(")
    reader = {"reader": 'def interval(hass):\n    return hass.data["example"]\n'}
    refused(tree(ABSENT + stash + PLAIN, **reader), "for more than signing in")


def test_a_set_up_that_returns_what_the_import_does_is_manual_work() -> None:
    helper = f"async def register(hass, config):\n{ABSENT}{PLAIN}    return True\n\n\n"
    before = tree("    ready(hass)\n", head=HEAD + helper)
    above, _, _ = text(before).rpartition("    return True\n")
    init = f"{above}    return await register(hass, config)\n"
    before = before.with_file(before.path("__init__.py"), init.encode())
    refused(before, "async_setup returns the result of the function that imports the client")
