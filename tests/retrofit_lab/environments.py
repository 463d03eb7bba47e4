"""Environments of the lab that hold what some core integrations require, as well.

One for all of a release: it is built once, into the lab's cache, under a name of its own.
"""

from __future__ import annotations

import shutil
from dataclasses import replace

from lab import environments
from lab.environments import SPECIFICATIONS, Environment, locked

# What the manifests of the release that the trees are from ask for; netatmo imports `cloud`.
REQUIREMENTS = {
    "2022.6.7": (
        "aiolyric==1.0.8",
        "aiosenz==1.0.0",
        "gcal-sync==0.7.1",
        "hass-nabucasa==0.54.0",
        "homeconnect==0.7.0",
        "oauth2client==4.1.3",
        "pyatmo==6.2.4",
        "pybotvac==0.0.23",
        "spotipy==2.19.0",
        "withings-api==2.4.0",
        "xbox-webapi==2.0.11",
    ),
    "2025.4.4": ("ondilo==0.5.0",),
}


def equipped(release: str) -> Environment:
    """Return the environment of a release with those requirements, built first if need be.

    Raises as `lab.environments.environment` does.
    """
    base = SPECIFICATIONS[release]
    specification = replace(base, requirements=(*base.requirements, *REQUIREMENTS[release]))
    built = Environment(release, environments._folder(specification))
    if not built.usable:
        python = environments._python(specification)
        with locked(built.root):
            if not built.usable:
                shutil.rmtree(built.root, ignore_errors=True)
                environments._build(specification, python, built.root)
    return built
