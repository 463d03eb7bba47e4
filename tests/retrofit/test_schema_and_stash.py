"""What must not be taken for something simpler than it is."""

from __future__ import annotations

import pytest

from appcred.rules.migration.edit import StopError
from appcred.rules.migration.yaml import migrate
from retrofit.test_more_guard import (
    ABSENT,
    CONF,
    HEAD,
    HOST,
    INTERVAL,
    PLAIN,
    SPAN,
    refused,
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


def test_a_schema_by_its_bare_name_is_left_to_a_person() -> None:
    """Nothing says by what name `All` and `ALLOW_EXTRA` are known there."""
    before = tree(ABSENT + PLAIN, head=HEAD.replace("import voluptuous as vol\n", ""))
    now = text(before).replace("vol.", "")
    bare = before.with_file(
        before.path("__init__.py"),
        ("from voluptuous import ALLOW_EXTRA, Required, Schema\n" + now).encode(),
    )
    refused(bare, "not written in a way that is understood")


def test_a_section_kept_for_another_module_is_not_forgotten() -> None:
    """Without YAML its reader would raise KeyError; what it needs then only a person knows."""
    before = tree(ABSENT + STASH + PLAIN)
    reader = b'def interval(hass):\n    return hass.data["example_yaml"]\n'
    refused(before.with_file(before.path("reader.py"), reader), "for more than signing in")


def test_a_comment_above_older_deprecations_is_said_once() -> None:
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
