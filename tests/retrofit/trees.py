"""Integrations of Home Assistant's own, from the wheels, brought through a retrofit in memory."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from appcred import loading
from appcred.release import Release, Span
from appcred.retrofit.verb import Options, Outcome, retrofit
from lab.sources import wheel

if TYPE_CHECKING:
    from appcred.integration import Integration


@cache
def packaged(domain: str, release: str) -> Integration:
    """Return an integration as it is in the wheel of a release."""
    folder = wheel(release) / "homeassistant" / "components" / domain
    (place,) = loading.find(folder, lambda _: None)
    integration = loading.load(place)
    assert integration is not None
    return integration


@cache
def retrofitted(domain: str, release: str, target: str, *, remove: bool = False) -> Outcome:
    """Return what a retrofit with default settings makes of it."""
    floor = Release.parse(target)
    options = Options(target, remove=remove)
    return retrofit(packaged(domain, release), Span(floor, floor), options)


def text(integration: Integration, name: str) -> str:
    """Return a file of an integration, empty where there is none."""
    file = integration.file(name)
    return file.content.decode() if file is not None else ""
