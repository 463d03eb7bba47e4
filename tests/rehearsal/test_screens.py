"""What users see: taken in Home Assistant's own frontend, and read.

It needs the system's Chromium. Where there is none its tests are skipped with that reason, and fail
with `APPCRED_LAB=require`, which `.ci/run` sets after it has installed one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appcred.rehearsal import screens
from appcred.rehearsal.verb import rehearse
from rehearsal.support import CURRENT, prepared, said, scaffold

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab

CAPTIONS = [
    "Confirming the integration",
    "The credentials dialog",
    "The page of the vendor",
    "After denying",
    "A token response that is not JSON",
    "A token response without expires_in",
    "A token that is refused",
    "A token endpoint that does not respond",
    "Added",
    "The same account again",
    "The card that asks to sign in again",
    "Signing in again",
    "Signed in with another account",
    "Signed in again",
    "The menu of the entry",
    "Reconfigured with another account",
    "Reconfigured",
]


@pytest.fixture(autouse=True)
def _chromium(lab: Lab) -> None:
    if screens.browser() is None:
        lab.missing(CURRENT, "no Chromium for the pictures: apt-get install chromium")


def test_every_dialog_has_its_picture(source: Path, tmp_path: Path, lab: Lab) -> None:
    """And what is raw on one of them is the one fault that is found."""
    prepared(lab)
    subject = scaffold(source, tmp_path, domain="seen")
    path = subject.folder / "translations" / "en.json"
    texts = json.loads(path.read_text(encoding="utf-8"))
    texts["config"]["abort"]["already_configured"] = "See component.seen.title, please"
    path.write_text(json.dumps(texts), encoding="utf-8")
    pictures = tmp_path / "pictures"
    # After the last stage, which has deleted the credentials.
    found = rehearse(subject.folder, CURRENT, ["removal"], subject.responses, screenshots=pictures)
    result = said(found, "screenshots")
    assert result.outcome == "failed", result.seen
    fault, *_ = result.seen.partition("; Home Assistant logged")  # the last trouble, if any
    assert fault == "The same account again: component.seen. is shown unresolved"
    page = (pictures / "index.html").read_text(encoding="utf-8")
    places = [page.index(f"<h2>{caption}</h2>") for caption in CAPTIONS]
    assert places == sorted(places)
    images = sorted(pictures.glob("*.png"))
    assert len(images) == len(CAPTIONS)
    assert all(image.read_bytes().startswith(b"\x89PNG") for image in images)
    for text in (
        "Register an application in the",
        "Ada Example, may Home Assistant use your account?",
        "Timeout while resolving the OAuth token.",
        "See component.seen.title, please",
        "The service no longer accepts the tokens of your account.",
        "You signed in with another account than the one that is configured here.",
        "Re-authentication was successful",
    ):
        assert text in page
