"""What a person should tell the users: one text for each migrating code, and what it must say."""

from __future__ import annotations

import pytest

from appcred.changelog import paragraph
from appcred.release import REDIRECT_URL, Release, Span
from appcred.retrofit.verb import Options, retrofit
from appcred.rules import engine
from appcred.rules.rule import Example
from retrofit.removal_trees import BARE_KEYS, CALL, CREDENTIALS, SIMPLE, tree

FLOW = """\
from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


class ExampleFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    DOMAIN = DOMAIN
"""
SPAN = Span(Release(2026, 10), Release(2026, 11))


def said(code: str) -> str:
    example = next(each for each in engine.rule(code).EXAMPLES if each.after)
    outcome = retrofit(example.integration(), SPAN, Options())
    codes = {finding.code for finding in outcome.applied}
    assert code in codes
    text = paragraph(outcome.before, outcome.after, codes)
    assert text is not None
    return text


SAYS = {
    "APC401": (
        "entered when the integration is added, or under Settings",
        "are imported once",
        "when you will not downgrade any more",
        REDIRECT_URL,
    ),
    "APC402": (
        "no action is needed",
        "keep working, also after a downgrade",
        REDIRECT_URL,
    ),
    "APC403": (
        "entered when the integration is added, or under Settings",
        "The form no longer asks for them",
        "becomes an application credential",
        "to downgrade, restore a backup from before the update, or remove the entry",
        REDIRECT_URL,
    ),
}


@pytest.mark.parametrize("code", SAYS)
def test_each_migration_has_its_own(code: str) -> None:
    text = said(code)
    assert text.startswith("For the changelog: Example now ")
    assert [part for part in SAYS[code] if part not in text] == []
    others = {part for each, parts in SAYS.items() if each != code for part in parts}
    assert [part for part in others - set(SAYS[code]) if part in text] == []
    assert ("configuration.yaml" in text) is (code == "APC401")


@pytest.mark.parametrize("code", ["APC401", "APC402"])
@pytest.mark.parametrize(
    "own",
    [
        '    @property\n    def redirect_uri(self):\n        return "https://example.com/cb"\n',
        '    redirect_uri = "https://example.com/cb"\n',
    ],
)
def test_an_own_redirect_url_is_not_named_in_the_changelog(code: str, own: str) -> None:
    more = (
        "from homeassistant.helpers import config_entry_oauth2_flow as oauth\n\n\n"
        f"class Other(oauth.LocalOAuth2Implementation):\n{own}"
    )
    integration = Example({"__init__.py": "", "other.py": more}).integration()
    text = paragraph(integration, integration, {code})
    assert text is not None
    assert "redirect" not in text
    assert "Application credentials. " in text


def test_a_form_that_asks_for_nothing_any_more_is_not_spoken_of() -> None:
    """The integration has a platform, and registers only what older entries hold."""
    files = engine.rule("APC403").EXAMPLES[1].files
    before = Example(files).integration()
    platform = before.path("application_credentials.py")
    content = retrofit(before, SPAN, Options()).after.files[platform].content.decode()
    half = {**files, "config_flow.py": FLOW, "application_credentials.py": content}
    text = paragraph(Example(half).integration(), before, {"APC403"})
    assert text is not None
    assert "The form" not in text
    assert "The client of each existing entry becomes" in text


def test_several_are_put_together_and_nothing_is_said_twice() -> None:
    integration = Example({"__init__.py": ""}).integration()
    text = paragraph(integration, integration, {"APC401", "APC403", "APC101"})
    assert text is not None
    assert [part for part in SAYS["APC401"] + SAYS["APC403"] if text.count(part) != 1] == []
    assert text.count("For the changelog") == 1


def test_a_notice_alone_is_no_new_place_to_enter_anything() -> None:
    integration = Example({"__init__.py": ""}).integration()
    text = paragraph(integration, integration, {"APC406"})
    assert text is not None
    assert "have been imported" in text
    assert "entered when" not in text
    assert paragraph(integration, integration, {"APC101", "APC604"}) is None


@pytest.mark.parametrize("whole", [True, False])
def test_keys_left_in_yaml_after_the_import_is_removed(whole: bool) -> None:
    if whole:
        before = tree(f"    if DOMAIN in config:\n        {SIMPLE}\n    return True\n", CREDENTIALS)
    else:
        before = tree(
            "    conf = config.get(DOMAIN, {})\n    if CONF_CLIENT_ID in conf:\n"
            f"        {CALL.format('conf')}\n    hass.data[DOMAIN] = conf\n    return True\n",
            BARE_KEYS,
        )
    outcome = retrofit(before, SPAN, Options(select=("APC407",), remove=True))
    assert not outcome.manual
    text = paragraph(outcome.before, outcome.after, {"APC407"})
    assert text is not None
    assert ("Remove it from configuration.yaml" in text) is whole
    assert ("Remove client_id and client_secret from the example section" in text) is not whole
    assert ("The other keys keep their meaning" in text) is not whole
    assert "Nothing is needed to downgrade to a version that imported them" in text
