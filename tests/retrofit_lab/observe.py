"""Runs `async_setup` functions in Home Assistant's Python, and tells what they did.

    python observe.py FOLDER PLAN OUTCOMES

FOLDER holds packages; PLAN says, as JSON, with which configurations each is set up. What
Home Assistant would be asked to keep is noted: registered implementations, imported credentials,
issues, events and services. The schema is applied before, as Home Assistant does.
"""

from __future__ import annotations

import asyncio
import copy
import importlib
import json
import sys
from pathlib import Path

from homeassistant.components import application_credentials
from homeassistant.helpers import config_entry_oauth2_flow, issue_registry

# Current releases put another library in its place, if that is asked for after them.
vol = importlib.import_module("voluptuous")


class Hass:
    """As much of Home Assistant as these functions use."""

    def __init__(self, package):
        self.data = {}
        self.bus = self.services = self
        self.did = []
        self.implementations = []
        self.package = package

    def async_fire(self, name, data=None):
        self.did.append(["event", name, copy.deepcopy(data)])

    def async_register(self, domain, service, handler):
        self.did.append(["service", domain, service])


def register(hass, domain, implementation):
    client = [implementation.client_id, implementation.client_secret]
    hass.did.append(["client", domain, implementation.domain, *client])
    hass.implementations.append(seen(implementation))


async def import_credential(hass, domain, credential, auth_domain=None):
    client = [credential.client_id, credential.client_secret]
    hass.did.append(["client", domain, auth_domain or domain, *client])
    platform = importlib.import_module(f"{hass.package}.application_credentials")
    if hasattr(platform, "async_get_auth_implementation"):
        made = await platform.async_get_auth_implementation(hass, domain, credential)
    else:
        server = await platform.async_get_authorization_server(hass)
        made = application_credentials.AuthImplementation(hass, domain, credential, server)
    hass.implementations.append(seen(made))


def seen(implementation):
    """Return what an implementation is to its user and to the vendor."""
    named = implementation.name if implementation.name == "The vendor's" else None
    urls = [implementation.authorize_url, implementation.token_url]
    resolves = type(implementation).async_resolve_external_data.__module__
    own = not resolves.startswith("homeassistant.")
    return [implementation.domain, *urls, implementation.extra_authorize_data, named, own]


def create_issue(hass, domain, issue, **_):
    hass.did.append(["issue", domain, issue])


def set_up(module, config):
    """Set up a package, and return what came of it and what it did."""
    hass = Hass(module.__name__)
    try:
        if hasattr(module, "CONFIG_SCHEMA"):
            config = module.CONFIG_SCHEMA(config)
        does = getattr(module, "async_setup", None)  # which need not be there
        result = repr(asyncio.run(does(hass, config)) if does is not None else True)
    except vol.Invalid as error:
        result = f"refused: {error}"
    except Exception as error:
        result = repr(error)
    return {
        "result": result,
        "did": hass.did,
        "data": hass.data,
        "implementations": hass.implementations,
    }


def main(folder, plan, outcomes):
    config_entry_oauth2_flow.async_register_implementation = register
    application_credentials.async_import_client_credential = import_credential
    issue_registry.async_create_issue = create_issue
    sys.path.insert(0, folder)
    found = {}
    for name, configs in json.loads(Path(plan).read_text()).items():
        module = importlib.import_module(name)
        found[name] = {case: set_up(module, config) for case, config in configs.items()}
        # The next one has a flow of the same domain.
        config_entry_oauth2_flow.config_entries.HANDLERS.clear()
    Path(outcomes).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
