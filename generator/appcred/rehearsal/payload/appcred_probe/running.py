"""What runs for a config entry: it is asked to work now, and looked for after it was unloaded.

Nothing of appcred is imported here: this runs in Home Assistant's environment, on its Python.
"""

import asyncio
import collections
import functools
import gc
import logging
import sys
import threading
import types
import weakref

import aiohttp
from homeassistant.core import callback
from homeassistant.helpers import entity_platform
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

_DEPTH = 6
_SECONDS = 25
_HELPER = "homeassistant/helpers/aiohttp_client.py"
_LOGGER = logging.getLogger(__name__)
_SESSIONS = weakref.WeakKeyDictionary()
_PATIENCE = None
SETUPS = collections.Counter()
"""How often each entry was set up, by its identifier."""


def watch(hass):
    """Count set-ups, note where client sessions are made, let requests give up where told to."""
    loaded = set()

    @callback
    def changed(_change, entry):
        if entry.state.value != "loaded":
            loaded.discard(entry.entry_id)
        elif entry.entry_id not in loaded:
            loaded.add(entry.entry_id)
            SETUPS[entry.entry_id] += 1

    async_dispatcher_connect(hass, "config_entry_changed", changed)
    original = aiohttp.ClientSession.__init__

    @functools.wraps(original)
    def init(self, *args, **kwargs):
        original(self, *args, **kwargs)
        if place := _caller():
            _SESSIONS[self] = place
            # Not among _SESSIONS: what a cycle holds is no longer there when it is collected.
            object.__setattr__(self, "_appcred_place", place)

    last = aiohttp.ClientSession.__del__

    @functools.wraps(last)
    def end(self, *args):
        place = getattr(self, "_appcred_place", None)
        if place and not self.closed and hass.is_running:
            _LOGGER.warning("A client session was never closed; it was made at %s, line %s", *place)
        last(self, *args)

    aiohttp.ClientSession.__init__ = init
    aiohttp.ClientSession.__del__ = end
    real = getattr(aiohttp.client, "TimeoutHandle", None)
    if real is None:
        return

    class Handle(real):
        def __init__(self, loop, timeout, *args, **kwargs):
            if _PATIENCE is not None and (timeout is None or timeout > _PATIENCE):
                timeout = _PATIENCE
            super().__init__(loop, timeout, *args, **kwargs)

    aiohttp.client.TimeoutHandle = Handle


def be_patient(seconds):
    """Set after how many seconds every request gives up at the latest; None: as it says itself."""
    global _PATIENCE
    _PATIENCE = seconds


def _caller():
    """Return the place in a custom integration that is making something by itself."""
    frame = sys._getframe(2)  # noqa: SLF001 - inspect.stack reads every file
    place = None
    for _ in range(40):
        if frame is None:
            break
        file = frame.f_code.co_filename
        if file.endswith(_HELPER):
            return None  # Home Assistant closes what its helper makes
        if place is None and "/custom_components/" in file and "/appcred_probe/" not in file:
            place = (file, frame.f_lineno)
        frame = frame.f_back
    return place


async def poke(hass, entry):
    """Let everything of an entry that asks its API from time to time do so now."""
    coordinators = {id(found): found for found in _coordinators(hass, entry)}
    polled = [found for found in _entities(hass, entry) if found.should_poll]
    work = [found.async_refresh() for found in coordinators.values()]
    work += [found.async_update_ha_state(force_refresh=True) for found in polled]
    done = await asyncio.gather(
        *(asyncio.wait_for(each, _SECONDS) for each in work), return_exceptions=True
    )
    return {
        "coordinators": len(coordinators),
        "entities": len(polled),
        "errors": [type(found).__name__ for found in done if isinstance(found, BaseException)],
    }


def left(hass, entry, domain):
    """Return what of an integration still runs, by kind: what and where."""
    own = f"/custom_components/{domain}/"
    found = [("task", _at(task, own)) for task in asyncio.all_tasks()]
    found += [
        ("timer", _of(handle._callback, own))  # noqa: SLF001 - nothing else tells whose it is
        for handle in getattr(hass.loop, "_scheduled", ())
        if not handle.cancelled()
    ]
    threads = threading.enumerate()
    found += [("thread", _of(getattr(thread, "_target", None), own)) for thread in threads]
    sessions = [(made, place) for made, place in _SESSIONS.items() if own in place[0]]
    found += [("client session", place) for made, place in sessions if not made.closed]
    found = [(kind, *place) for kind, place in found if place]
    return {
        "running": [[kind, file.partition(own)[2], line] for kind, file, line in found],
        "entities": sorted(entity.entity_id for entity in _entities(hass, entry)),
    }


def _entities(hass, entry):
    return [
        entity
        for platform in entity_platform.async_get_platforms(hass, entry.domain)
        if platform.config_entry is not None and platform.config_entry.entry_id == entry.entry_id
        for entity in list(platform.entities.values())
    ]


def _coordinators(hass, entry):
    for entity in _entities(hass, entry):
        found = getattr(entity, "coordinator", None)
        if isinstance(found, DataUpdateCoordinator):
            yield found
    data = hass.data.get(entry.domain)
    if isinstance(data, dict):
        data = data.get(entry.entry_id)
    yield from _below([getattr(entry, "runtime_data", None), data], entry.domain)


def _below(start, domain):
    """Yield the coordinators that are held by some objects of an integration."""
    seen, waiting = set(), [(found, 0) for found in start if found is not None]
    while waiting:
        found, depth = waiting.pop()
        if id(found) in seen or depth > _DEPTH:
            continue
        seen.add(id(found))
        if isinstance(found, DataUpdateCoordinator):
            yield found
        elif isinstance(found, (dict, list, tuple, set)) or type(found).__module__.startswith(
            f"custom_components.{domain}"
        ):
            waiting += [(inner, depth + 1) for inner in gc.get_referents(found)]


def _at(task, own):
    """Return the innermost place in an integration at which a task waits."""
    waits, place = task.get_coro(), None
    while waits is not None:
        frame = getattr(waits, "cr_frame", None) or getattr(waits, "gi_frame", None)
        if frame is not None and own in frame.f_code.co_filename:
            place = (frame.f_code.co_filename, frame.f_lineno)
        waits = getattr(waits, "cr_await", None) or getattr(waits, "gi_yieldfrom", None)
    return place


def _of(function, own):
    """Return where the function of an integration is that something to call leads to."""
    seen, waiting = set(), [(function, 0)]
    while waiting:
        found, depth = waiting.pop()
        if found is None or id(found) in seen or depth > _DEPTH:
            continue
        seen.add(id(found))
        if isinstance(found, types.FunctionType):
            code = found.__code__
            if own in code.co_filename:
                return code.co_filename, code.co_firstlineno
            waiting += [(cell, depth + 1) for cell in found.__closure__ or ()]
        elif isinstance(found, types.MethodType):
            waiting.append((found.__func__, depth + 1))
            waiting += _parts(found.__self__, depth)
        elif isinstance(found, functools.partial):
            waiting += [(inner, depth + 1) for inner in (found.func, *found.args)]
        elif isinstance(found, types.CellType):
            try:
                waiting.append((found.cell_contents, depth + 1))
            except ValueError:
                continue
        else:
            waiting += _parts(found, depth)
    return None


def _parts(found, depth):
    """Return the functions that Home Assistant's own small helpers hold."""
    if not type(found).__module__.startswith(("homeassistant.core", "homeassistant.helpers.event")):
        return []
    if type(found).__name__ == "HomeAssistant":
        return []
    names = getattr(type(found), "__slots__", ()) or vars(found)
    return [(getattr(found, name, None), depth + 1) for name in names]
