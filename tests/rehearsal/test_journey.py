"""A scaffolded integration in a running Home Assistant: from the credentials dialog to reauth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.support import CURRENT, rehearsed, said, scaffold, troubles

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab

JOURNEY = (
    "platform",
    "description",
    "no-credential",
    "one-credential",
    "authorize-url",
    "denied",
    "code-exchange",
    "entry",
    "refresh",
    "reauth",
    "reauth-other-account",
    "restart",
    "removal",
)


def test_from_the_credentials_to_reauth(source: Path, tmp_path: Path, lab: Lab) -> None:
    found = rehearsed(lab, scaffold(source, tmp_path, domain="voyage"), stages=JOURNEY)
    assert found.homeassistant == CURRENT
    assert not troubles(found)
    assert tuple(result.name for result in found.results) == JOURNEY
    # What Home Assistant and the provider said, so that a stage that does nothing is seen.
    assert "missing_credentials" in said(found, "no-credential").seen
    assert "https://example.com/oauth2/authorize" in said(found, "authorize-url").seen
    assert "user_rejected_authorize" in said(found, "denied").seen
    assert "in the body" in said(found, "code-exchange").seen
    assert "refreshed with 1 request" in said(found, "refresh").seen
    assert "reauth_successful" in said(found, "reauth").seen
    assert "wrong_account" in said(found, "reauth-other-account").seen
