"""Over all of core: a retrofit with default settings changes nothing that is right."""

from __future__ import annotations

import pytest

from appcred import loading
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import mentions_helper
from appcred.retrofit.verb import Options, retrofit
from appcred.target import releases
from corpus_check.verdicts import TABLE
from lab.sources import NEWEST, wheel

pytestmark = [pytest.mark.lab, pytest.mark.slow]

LEFT_TO_A_PERSON = {"gentex_homelink", "smappee", "toon"}
"""They register by hand to this day: three tenants, a URL by platform, a library's own client."""
WITHOUT_A_TEXT = {"teslemetry", "tibber", "twitch", "youtube"}
"""They lack a text that Home Assistant has in common, as the table of verdicts says."""


def test_all_of_core() -> None:
    places = loading.find(wheel(NEWEST) / "homeassistant" / "components", lambda _: None)
    assert len(places) > 1400
    changed, manual, seen = set(), set(), 0
    for place in places:
        integration = loading.load(place, mentions_helper)
        if integration is None or not oauth_code(integration).applicable:
            continue
        seen += 1
        outcome = retrofit(integration, releases(integration, "2026.11").span, Options())
        if outcome.plan():
            changed.add(integration.domain)
        if outcome.manual:
            manual.add(integration.domain)
    assert seen > 50
    assert changed == WITHOUT_A_TEXT
    assert {row["domain"] for row in TABLE if row["code"] == "APC604"} >= WITHOUT_A_TEXT
    assert manual == LEFT_TO_A_PERSON
