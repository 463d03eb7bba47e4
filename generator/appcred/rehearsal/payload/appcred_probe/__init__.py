"""Lets the rehearsal look into Home Assistant, and let a token's time pass.

A custom component that is set up beside the one that is rehearsed; it changes nothing of it.
Nothing of appcred is imported here: this runs in Home Assistant's environment, on its Python.
"""

import asyncio
import contextlib
import gc
import weakref
from types import MappingProxyType

import voluptuous as vol
from custom_components.appcred_probe import running
from homeassistant.components import websocket_api
from homeassistant.data_entry_flow import UnknownFlow
from homeassistant.helpers import config_entry_oauth2_flow as oauth2

DOMAIN = "appcred_probe"

COMMANDS = []

FORGOTTEN = weakref.WeakSet()

CONFIG_SCHEMA = vol.Schema(
    {DOMAIN: vol.Schema({vol.Required("token_timeout"): vol.Coerce(float)})}, extra=vol.ALLOW_EXTRA
)


async def async_setup(hass, config):
    """Register the commands, and shorten the time Home Assistant waits for a token."""
    oauth2.OAUTH_TOKEN_TIMEOUT_SEC = config[DOMAIN]["token_timeout"]
    for each in COMMANDS:
        websocket_api.async_register_command(hass, each)
    running.watch(hass)
    return True


def command(name, **fields):
    """Register a function as the websocket command `appcred_probe/<name>` with these fields."""
    schema = {vol.Required(field): kind for field, kind in fields.items()}
    schema[vol.Required("type")] = f"{DOMAIN}/{name}"

    def decorate(function):
        answering = websocket_api.require_admin(websocket_api.async_response(function))
        COMMANDS.append(websocket_api.websocket_command(schema)(answering))
        return function

    return decorate


@command("entry", entry_id=str)
async def entry_command(hass, connection, msg):
    """Answer what a config entry holds."""
    entry = hass.config_entries.async_get_entry(msg["entry_id"])
    if entry is None:
        connection.send_error(msg["id"], "not_found", "no such entry")
        return
    connection.send_result(
        msg["id"],
        {
            "title": entry.title,
            "unique_id": entry.unique_id,
            "state": entry.state.value,
            "reason": entry.reason,
            "data": dict(entry.data),
            "options": dict(entry.options),
            "setups": running.SETUPS[entry.entry_id],
        },
    )


@command("expire", entry_id=str)
async def expire_command(hass, connection, msg):
    """Move a token's end into the past, in place: no listener hears of it, as when time passes."""
    entry = hass.config_entries.async_get_entry(msg["entry_id"])
    token = None if entry is None else entry.data.get("token")
    if not isinstance(token, dict) or "expires_at" not in token:
        connection.send_error(msg["id"], "no_token", "the entry holds no token with expires_at")
        return
    token["expires_at"] = 1.0
    connection.send_result(msg["id"], {})


@command("use", entry_id=str, calls=int)
async def use_command(_hass, connection, msg):
    """Ask every live OAuth2 session of an entry for a valid token, many times at once."""
    sessions = [found for found in _sessions(msg["entry_id"]) if found not in FORGOTTEN]
    answers = await asyncio.gather(
        *(found.async_ensure_token_valid() for found in sessions for _ in range(msg["calls"])),
        return_exceptions=True,
    )
    connection.send_result(
        msg["id"],
        {
            "sessions": len(sessions),
            "errors": [type(found).__name__ for found in answers if found is not None],
        },
    )


@command("forget", entry_id=str)
async def forget_command(_hass, connection, msg):
    """Leave an entry's sessions out from now on: those of a set-up that is over may live on."""
    FORGOTTEN.update(_sessions(msg["entry_id"]))
    connection.send_result(msg["id"], {})


@command("close", domain=str)
async def close_command(hass, connection, msg):
    """Close every flow of an integration, also those that the frontend does not list.

    Its list leaves out what a user has opened, for that dialog is on the user's own screen.
    """
    manager = hass.config_entries.flow
    flows = manager.async_progress_by_handler(msg["domain"], include_uninitialized=True)
    for flow in flows:
        with contextlib.suppress(UnknownFlow):  # closing one can close another
            manager.async_abort(flow["flow_id"])
    connection.send_result(msg["id"], {"closed": len(flows)})


@command("option", entry_id=str, present=bool)
async def option_command(hass, connection, msg):
    """Put an option into an entry, or take it out, in place: no listener hears of it."""
    entry = hass.config_entries.async_get_entry(msg["entry_id"])
    if entry is None:
        connection.send_error(msg["id"], "not_found", "no such entry")
        return
    options = {key: value for key, value in entry.options.items() if key != DOMAIN}
    if msg["present"]:
        options[DOMAIN] = "kept"
    # The class refuses it since 2024: what changes an entry has to say so, which is not wanted.
    object.__setattr__(entry, "options", MappingProxyType(options))
    connection.send_result(msg["id"], {})


@command("poke", entry_id=str)
async def poke_command(hass, connection, msg):
    """Let a running entry ask its API now, as it does from time to time."""
    entry = hass.config_entries.async_get_entry(msg["entry_id"])
    connection.send_result(msg["id"], await running.poke(hass, entry))


@command("left", entry_id=str)
async def left_command(hass, connection, msg):
    """Answer what of an integration still runs."""
    entry = hass.config_entries.async_get_entry(msg["entry_id"])
    gc.collect()
    connection.send_result(msg["id"], running.left(hass, entry, entry.domain))


@command("unload", entry_id=str)
async def unload_command(hass, connection, msg):
    """Unload an entry, as reloading it does first."""
    await hass.config_entries.async_unload(msg["entry_id"])
    connection.send_result(msg["id"], {})


@command("setup", entry_id=str)
async def setup_command(hass, connection, msg):
    """Set an entry up, as reloading it does then."""
    await hass.config_entries.async_setup(msg["entry_id"])
    connection.send_result(msg["id"], {})


@command("patience", seconds=vol.Any(None, vol.Coerce(float)))
async def patience_command(_hass, connection, msg):
    """Let every request of aiohttp give up sooner, or as it says itself again."""
    running.be_patient(msg["seconds"])
    connection.send_result(msg["id"], {})


@command("rest", seconds=vol.Coerce(float))
async def rest_command(hass, connection, msg):
    """Answer when all that was begun has been done, or time is up."""
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(hass.async_block_till_done(), msg["seconds"])
    connection.send_result(msg["id"], {})


def _sessions(entry_id):
    return [
        found
        for found in gc.get_objects()
        if isinstance(found, oauth2.OAuth2Session) and found.config_entry.entry_id == entry_id
    ]
