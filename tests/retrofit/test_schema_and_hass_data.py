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
    TRUE,
    deeper,
    outcome,
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
    refused(before.with_file(before.path("reader.py"), reader), "for interval in reader.py")


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
    assert 'config[DOMAIN].get(CONF_CLIENT_SECRET, "")' in after
    assert after.startswith("    if DOMAIN in config and CONF_CLIENT_ID in config[DOMAIN]:\n")


@pytest.mark.parametrize(
    ("pair", "body", "test"),
    [
        (PAIR, TAKEN + SOFT, "if DOMAIN in config:"),
        (
            PUBLIC,
            TAKEN + f"    if {GET}:\n" + deeper(SOFT),
            "config[DOMAIN].get(CONF_CLIENT_SECRET)",
        ),
        (
            PUBLIC,
            TAKEN + NAMED.replace("    async_reg", "    if secret:\n        async_reg"),
            "config[DOMAIN].get(CONF_CLIENT_SECRET)",
        ),
        (PUBLIC, TAKEN + CONF, "CONF_CLIENT_SECRET in config[DOMAIN]"),
    ],
)
def test_elsewhere_there_has_to_be_a_secret(pair: str, body: str, test: str) -> None:
    after = setup_of(tree(body, f"vol.Schema({{{pair}}})"))
    assert test in after
    assert "                config[DOMAIN][CONF_CLIENT_SECRET],\n" in after


def test_an_empty_secret_stays_one() -> None:
    body = TAKEN + SOFT.replace(GET, 'conf.get(CONF_CLIENT_SECRET, "")')
    after = setup_of(tree(body, f"vol.Schema({{{PUBLIC}}})"))
    assert 'config[DOMAIN].get(CONF_CLIENT_SECRET, "")' in after


# --- where async_setup leaves by itself --------------------------------------------------------

NAMES = "    key = conf.get(CONF_CLIENT_ID)\n    secret = conf.get(CONF_CLIENT_SECRET)\n"
PAIRED = "    key, secret = conf.get(CONF_CLIENT_ID), conf.get(CONF_CLIENT_SECRET)\n"
LEAVES = "    if not key or not secret:\n        return True\n"
BY_NAME = CONF.replace("conf[CONF_CLIENT_ID]", "key").replace("conf[CONF_CLIENT_SECRET]", "secret")
SECTION = "    conf = config.get(DOMAIN, {})\n"


@pytest.mark.parametrize("named", [NAMES, PAIRED])
@pytest.mark.parametrize("section", [SECTION, "    conf = config.get(DOMAIN) or {}\n"])
@pytest.mark.parametrize("more", ["", "    await more(hass)\n"])
def test_a_setup_that_leaves_without_a_client_does_so_no_more(
    section: str, named: str, more: str
) -> None:
    after = outcome(tree(section + named + LEAVES + BY_NAME + more))
    assert after == (TRUE, [], more)


def test_a_section_that_has_no_value_without_yaml_is_given_to_nobody() -> None:
    use = "    use(conf)\n"
    for section in (SECTION, "    conf = config.get(DOMAIN)\n"):
        refused(tree(section + use + PAIRED + LEAVES + BY_NAME), "more than signing in")


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


def test_a_client_that_is_tried_for_is_tested_for() -> None:
    got = TRIES.replace("config[DOMAIN][CONF_CLIENT_ID]", "config[DOMAIN].get(CONF_CLIENT_ID)")
    for body in (TRIES, got, TRIES.replace("except KeyError", "except TypeError")):
        assert outcome(tree(body)) == ("DOMAIN in config", [], "    await more(hass)\n")
    acts = TRIES.replace("LOG.info('none')", "hass.data['none'] = True")
    refused(tree(acts), "missing YAML as an error")
    last = TRIES.replace("    await more", "    finally:\n        done(hass)\n    await more")
    assert outcome(tree(last)).rest.endswith("        done(hass)\n    await more(hass)\n")


def test_a_section_that_is_kept_by_the_same_key_is_not_read_for_that() -> None:
    """`hass.data[DOMAIN] = config[DOMAIN]` beside `config[DOMAIN]`, which is another thing."""
    stash = "    hass.data[DOMAIN] = config[DOMAIN]\n"
    after = setup_of(tree(ABSENT + stash + PLAIN))
    assert "    hass.data[DOMAIN] = config.get(DOMAIN, {})\n" in after
    reader = {"reader": 'def interval(hass):\n    return hass.data["example"]\n'}
    refused(tree(ABSENT + stash + PLAIN, **reader), "for interval in reader.py")
