"""Goes through config flows and set-ups in Home Assistant's Python, and tells what they did.

    python observe_forms.py FOLDER PLAN OUTCOMES

FOLDER holds packages; PLAN says, as JSON, what is typed into the form of each, what entries have
in it, and of which versions these are. Home Assistant's own part of a flow is played: a
credential is picked, and the vendor gives a token.
"""

from __future__ import annotations

import asyncio
import copy
import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

from homeassistant.components import application_credentials
from homeassistant.helpers import config_entry_oauth2_flow

PICKED = {"auth_implementation": "picked", "token": {"access_token": "token"}}


class Hass:
    """As much of Home Assistant as these integrations use."""

    def __init__(self):
        self.data = {}
        self.did = []
        self.implementations = {}
        self.entries = []
        self.bus = self.config_entries = self

    def async_fire(self, name, data=None):
        self.did.append(["event", name, data])

    def async_update_entry(self, entry, **changes):
        for name, value in changes.items():
            setattr(entry, name, value)

    def client(self, domain, client_id, client_secret):
        self.implementations[domain] = client_id
        self.did.append(["client", domain, client_id, client_secret])


class Entry:
    """As much of an entry as these integrations use."""

    title = "Example"

    def __init__(self, data, version):
        self.data = data
        self.version = version
        self.runtime_data = None


class Played:
    """Home Assistant's own part of a flow."""

    async def async_step_pick_implementation(self, user_input=None):
        return "picked"

    async def async_set_unique_id(self, unique_id):
        self.hass.did.append(["unique_id", unique_id])

    def _abort_if_unique_id_configured(self):
        pass

    def _async_current_entries(self):
        return self.hass.entries

    def _async_abort_entries_match(self, data):
        self.hass.did.append(["match", data])

    def async_abort(self, *, reason):
        return reason

    def async_show_form(self, *, step_id, data_schema=None, errors=None):
        return sorted(map(str, data_schema.schema))

    def async_create_entry(self, *, title, data):
        return {"title": title, "data": data}


def register(hass, domain, implementation):
    client = (implementation.client_id, implementation.client_secret)
    hass.client(implementation.domain, *client)


async def import_credential(hass, domain, credential, auth_domain=None):
    hass.client(auth_domain or domain, credential.client_id, credential.client_secret)


async def get_implementation(hass, entry):
    if entry.data["auth_implementation"] not in hass.implementations:
        raise ValueError("Implementation not available")
    return hass.implementations[entry.data["auth_implementation"]]


def flow_of(module, typed):
    """Go through a flow, and return what it showed and made."""
    flow = module.FlowHandler()
    flow.hass, flow.context = Hass(), {}
    steps = [asyncio.run(flow.async_step_user(None))]
    if steps[0] != "picked":
        steps.append(asyncio.run(flow.async_step_user(typed)))
    flow.flow_impl = SimpleNamespace(client_id="picked", client_secret="as well")
    entry = asyncio.run(flow.async_oauth_create_entry(copy.deepcopy(PICKED)))
    other = module.FlowHandler()
    other.hass, other.context = Hass(), {}
    other.hass.entries.append("one")
    barred = asyncio.run(other.async_step_user(None)) == "one"
    return {"steps": steps, "entry": entry, "did": flow.hass.did, "barred": barred}


def entry_of(module, version, newest, data):
    """Set up an entry of a version, and return what came of it."""
    hass, entry = Hass(), Entry(data, version)
    migrated = True
    if version != newest:
        migrated = asyncio.run(module.async_migrate_entry(hass, entry))
    found = {"migrated": migrated, "data": entry.data, "version": entry.version}
    if migrated:
        asyncio.run(module.async_setup_entry(hass, entry))
        found["client"] = entry.runtime_data
    return found | {"did": hass.did}


def main(folder, plan, outcomes):
    config_entry_oauth2_flow.async_register_implementation = register
    config_entry_oauth2_flow.async_get_config_entry_implementation = get_implementation
    config_entry_oauth2_flow.OAuth2Session = lambda *given: given[-1]
    application_credentials.async_import_client_credential = import_credential
    for name, method in vars(Played).items():
        if callable(method):
            setattr(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, name, method)
    sys.path.insert(0, folder)
    found = {}
    for name, case in json.loads(Path(plan).read_text()).items():
        init = importlib.import_module(name)
        flow = importlib.import_module(f"{name}.config_flow")
        newest = flow.FlowHandler.VERSION
        found[name] = {"flow": flow_of(flow, case["typed"]), "newest": newest}
        found[name]["entries"] = [
            entry_of(init, version, newest, data) for version, data in case["entries"]
        ]
        # The next one has a flow of the same domain.
        config_entry_oauth2_flow.config_entries.HANDLERS.clear()
    Path(outcomes).write_text(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
