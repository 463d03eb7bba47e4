"""The journeys: what a user lives through with an integration, before and after a retrofit.

Each is run for each tree that the plan sends on it. The order of the plan matters: `works` keeps
the entries that `entries` starts from, `entries` what `restart` starts from.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
from homeassistant.config_entries import ConfigEntryDisabler
from life import CLIENT
from scenario import Flow

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from life import Life


def _clients(life: Life) -> set[tuple[str, str | None]]:
    return {flow.client for flow in life.scenario.flows}


async def _refreshed(life: Life) -> None:
    """Each entry renews its token, with the client that it was made with."""
    entries = life.entries()
    assert [life.is_loaded(entry) for entry in entries] == [True] * len(life.scenario.flows), [
        (entry.title, entry.state, entry.reason) for entry in entries
    ]
    assert life.renewed() == {flow.account: flow.client for flow in life.scenario.flows}


async def test_works(life: Life) -> None:
    """Set up as its author says, its flow makes an entry for each client, and they load."""
    await life.start(life.scenario.yaml)
    for flow in life.scenario.flows:
        result, _ = await life.sign_in(flow)
        assert result["type"] == "create_entry", result
        assert life.signed_in_with == flow.client
        assert life.is_loaded(life.entries()[-1]), life.entries()[-1].reason
    assert len(life.entries()) == len(life.scenario.flows)
    assert not life.faults()
    life.keep_entries("before")


async def test_old_entries(life: Life) -> None:
    """The entries that `works` made are loaded at the next start, each with its own client."""
    life.add_entries(life.kept("before"), expired=True)
    life.vendor(life.scenario.flows[0].account)
    await life.start(life.scenario.yaml)
    await _refreshed(life)
    assert not life.faults()


async def test_offered(life: Life) -> None:
    """Its domain is among those that a user can add credentials for."""
    await life.start(credentials=True)
    assert life.domain in await life.offered()


async def test_without(life: Life) -> None:
    """Without a credential the flow says that one is missing; or there is one, that it brings."""
    await life.start()
    if life.scenario.built_in:
        flow = life.scenario.flows[0]
        result, _ = await life.sign_in(flow)
        assert result["type"] == "create_entry", result
        assert life.signed_in_with == flow.client
        stored = await _stored_clients(life)
        assert stored == [flow.client], stored
    else:
        result, _ = await life.sign_in(Flow(CLIENT, life.scenario.fresh))
        assert (result["type"], result.get("reason")) == ("abort", "missing_credentials"), result
    assert not life.faults()


async def test_stored(life: Life) -> None:
    """With a credential of the user's, the flow runs to an entry that uses it."""
    await life.start(credentials=True)
    identifier = await life.add_credential()
    flow = Flow(CLIENT, life.scenario.fresh)
    result, _ = await life.sign_in(flow, implementation=identifier)
    assert result["type"] == "create_entry", result
    assert life.signed_in_with == CLIENT
    assert life.is_loaded(life.entries()[0]), life.entries()[0].reason
    assert not life.faults()


async def test_entries(life: Life) -> None:
    """Entries from before the retrofit load with their own clients, which are imported once."""
    before = life.kept("before")
    life.add_entries(before, expired=True)
    life.vendor(life.scenario.flows[0].account)
    await life.start(life.scenario.yaml)
    await _refreshed(life)
    assert not life.faults()
    stored = await _stored_clients(life)
    assert set(stored) == _clients(life)
    assert len(stored) == len(set(stored)), "imported more than once"
    assert [entry.unique_id for entry in life.entries()] == [e["unique_id"] for e in before]
    issues = life.issues()
    assert bool(issues) == bool(life.scenario.yaml), issues
    await life.restart_writes()
    life.keep_entries("after")
    life.keep("storage", life.storage["application_credentials"])


async def test_restart(life: Life) -> None:
    """At the start after that, with the same YAML, nothing is imported again."""
    life.storage["application_credentials"] = life.kept("storage")
    life.add_entries(life.kept("after"), expired=True)
    life.vendor(life.scenario.flows[0].account)
    await life.start(life.scenario.yaml)
    await _refreshed(life)
    assert not life.faults()
    stored = await _stored_clients(life)
    assert sorted(stored, key=str) == sorted(_clients(life), key=str)


async def test_yaml_gone(life: Life) -> None:
    """Once imported, the credentials do without the YAML."""
    life.storage["application_credentials"] = life.kept("storage")
    life.add_entries(life.kept("after"), expired=True)
    life.vendor(life.scenario.flows[0].account)
    await life.start()
    await _refreshed(life)
    assert not life.faults()
    assert not life.issues()


async def test_downgrade(life: Life) -> None:
    """The code from before refuses entries that were changed for the retrofit's, and says so."""
    before, after = life.kept("before"), life.kept("after")
    life.add_entries(after, expired=False)
    life.vendor(life.scenario.flows[0].account)
    await life.start(life.scenario.yaml)
    for old, new, entry in zip(before, after, life.entries(), strict=True):
        if old["version"] == new["version"]:
            assert life.is_loaded(entry), entry.reason
        else:
            assert entry.state.value == "migration_error", entry.state


async def test_reauth(life: Life) -> None:
    """An entry whose token was revoked is signed in again."""
    flow, *_ = life.scenario.flows
    entry, *_ = life.add_entries(life.kept("before")[:1], expired=False)
    life.vendor(flow.account)
    await life.start(life.scenario.yaml)
    assert life.is_loaded(entry), entry.reason
    await _sign_in_again(life, entry, flow)
    assert len(life.entries()) == 1


async def _sign_in_again(life: Life, entry: ConfigEntry, flow: Flow) -> None:
    entry.async_start_reauth(life.hass)
    await life.hass.async_block_till_done()
    (progress,) = life.hass.config_entries.flow.async_progress_by_handler(life.domain)
    life.vendor(flow.account)
    # What a frontend does first: it asks for the form that stands there.
    result = await life.hass.config_entries.flow.async_configure(progress["flow_id"])
    implementation = entry.data["auth_implementation"]
    result, _ = await life.go_on(result, flow, implementation)
    assert result["type"] == "abort", result
    assert result["reason"] == "reauth_successful", result
    assert life.signed_in_with == flow.client
    assert entry.data["auth_implementation"] == implementation
    assert life.is_loaded(entry), entry.reason


async def test_beside(life: Life) -> None:
    """A client of the user's own beside the imported ones leaves each entry with its own.

    It signs in, and is told from the others by its name; all entries renew their tokens with the
    clients they were made with, and are signed in again with them.
    """
    flows = life.scenario.flows
    life.add_entries(life.kept("before"), expired=False)
    life.vendor(flows[0].account)
    await life.start(life.scenario.yaml)
    identifier = await life.add_credential()
    own = Flow(CLIENT, life.scenario.fresh, account="clara")
    result, _ = await life.sign_in(own, implementation=identifier)
    assert result["type"] == "create_entry", result
    assert life.signed_in_with == CLIENT
    assert len(set(life.choices.values())) == len(flows) + 1, life.choices
    entries = life.entries()
    expected = {flow.account: flow.client for flow in (*flows, own)}
    assert await life.renew(entries, own.account) == expected
    assert all(map(life.is_loaded, entries)), [(e.state, e.reason) for e in entries]
    if life.scenario.reauth:
        for entry, flow in zip(entries, (*flows, own), strict=True):
            await _sign_in_again(life, entry, flow)
    assert len(life.entries()) == len(flows) + 1
    assert not life.faults()


async def test_fresh(life: Life) -> None:
    """A flow that is opened before the integration was ever set up has its client, or lacks one."""
    await life.start_home_assistant(credentials=True)
    flow = life.scenario.flows[0]
    if life.scenario.built_in:
        result, _ = await life.sign_in(flow)
        assert result["type"] == "create_entry", result
        assert life.signed_in_with == flow.client
        assert life.is_loaded(life.entries()[0]), life.entries()[0].reason
        assert await life.renew(life.entries(), flow.account) == {flow.account: flow.client}
    else:
        result, _ = await life.sign_in(Flow(CLIENT, life.scenario.fresh))
        assert (result["type"], result.get("reason")) == ("abort", "missing_credentials"), result
    assert not life.faults()


async def test_disabled(life: Life) -> None:
    """An entry that is disabled at first keeps its client until it is enabled."""
    life.vendor(life.scenario.flows[0].account)
    first, second = life.add_entries(life.kept("before"), expired=True)
    await life.hass.config_entries.async_set_disabled_by(second.entry_id, ConfigEntryDisabler.USER)
    await life.start(life.scenario.yaml)
    assert life.is_loaded(first), first.reason
    assert not life.is_loaded(second)
    await life.hass.config_entries.async_set_disabled_by(second.entry_id, None)
    await life.hass.async_block_till_done()
    await _refreshed(life)
    assert not life.faults()


async def test_empty_section(life: Life) -> None:
    """A section without keys is refused as such or does no harm."""
    await _wrong_section(life, {})


async def test_half_section(life: Life) -> None:
    """A section with an ID and without a secret is refused as such or does no harm."""
    section = (life.scenario.yaml or {})[life.domain]
    await _wrong_section(life, dict(list(section.items())[:1]))


async def _wrong_section(life: Life, section: dict[str, Any]) -> None:
    life.add_entries(life.kept("before"), expired=False)
    life.vendor(life.scenario.flows[0].account)
    await life.start_home_assistant(credentials=True)
    await life.set_up({life.domain: section})
    records = life.caplog.get_records("call")
    crashed = [each for each in records if each.exc_info and each.levelno > logging.INFO]
    assert not crashed, [(each.getMessage(), each.exc_info) for each in crashed]
    assert await life.credentials() == []


async def test_not_installed(life: Life) -> None:
    """Credentials are offered before the integration's requirements are installed."""
    own = f"custom_components.{life.domain}"
    for name in [each for each in sys.modules if each.startswith(own)]:
        sys.modules.pop(name)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules, "kelvinlib", None)
        patched.setitem(sys.modules, "kelvinlib.const", None)
        await life.start_home_assistant(credentials=True)
        assert life.domain in await life.offered()


async def test_yaml_left(life: Life) -> None:
    """Once YAML is no longer read, a section that is still there does not stop the integration."""
    life.storage["application_credentials"] = life.kept("storage")
    life.add_entries(life.kept("after"), expired=True)
    life.vendor(life.scenario.flows[0].account)
    await life.start(life.scenario.yaml)
    await _refreshed(life)
    stored = await _stored_clients(life)
    assert sorted(stored, key=str) == sorted(_clients(life), key=str)


async def test_with_yaml(life: Life) -> None:
    """What it does besides, it does with its YAML."""
    await life.start(life.scenario.yaml)
    await life.scenario.with_yaml(life)


async def test_without_yaml(life: Life) -> None:
    """What it does besides, it does without YAML."""
    await life.start()
    await life.scenario.without_yaml(life)


async def test_after(life: Life) -> None:
    """What this tree in particular must do after the retrofit."""
    await life.scenario.after(life)


async def _stored_clients(life: Life) -> list[tuple[str, str | None]]:
    """Return the clients of all stored credentials, an empty secret as None."""
    return [(item["client_id"], item["client_secret"] or None) for item in await life.credentials()]
