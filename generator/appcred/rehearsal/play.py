"""What a stage has at hand: Home Assistant, the vendor, and what a user does with the two."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.pattern import Section
from appcred.rehearsal.provider import Client, RefusedError, Trouble
from appcred.rehearsal.stage import FailedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from appcred.rehearsal.environment import Environment
    from appcred.rehearsal.gateway import Gateway
    from appcred.rehearsal.homeassistant import HomeAssistant
    from appcred.rehearsal.provider import Provider
    from appcred.rehearsal.subject import Subject
    from appcred.rehearsal.vendor import Account, Vendor

_FLOWS: Final = "/api/config/config_entries/flow"
_ENTRIES: Final = "/api/config/config_entries/entry"
_SECONDS_FOR_A_STEP: Final = 20
_TICK: Final = 0.05


Result = dict[str, Any]
"""A step of a flow, as Home Assistant describes it to the frontend."""


@dataclass(slots=True)
class Play:
    """One integration's run through the stages."""

    subject: Subject
    environment: Environment
    home: HomeAssistant
    provider: Provider
    gateway: Gateway
    vendor: Vendor
    section: Section = field(default_factory=Section)
    """What imports a client from YAML, as the integration's own schema says."""
    credentials: list[tuple[str, Client]] = field(default_factory=list)
    """Identifier in Home Assistant and registration at the vendor, oldest first."""
    entry_id: str = ""
    shown: list[tuple[str, Result]] = field(default_factory=list)
    """Every step that a user was shown, and during which stage."""
    stage: str = ""
    reasons: list[str] = field(default_factory=list)
    """Translation keys of the errors with which the entry's set-up ended."""

    # Credentials

    def new_client(self) -> Client:
        """Register an application at the vendor."""
        client = Client(
            f"client-{secrets.token_hex(6)}",
            f"secret-{secrets.token_urlsafe(24)}",
            (self.home.configuration.redirect_uri,),
        )
        self.provider.register(client)
        return client

    async def add_credential(self, name: str) -> str:
        """Register an application and enter it in Home Assistant; return its identifier there."""
        client = self.new_client()
        made = await self.home.command(
            "application_credentials/create",
            domain=self.subject.domain,
            client_id=client.client_id,
            client_secret=client.client_secret,
            name=name,
        )
        self.credentials.append((made["id"], client))
        return str(made["id"])

    async def adopt_credentials(self) -> int:
        """Register at the vendor what the integration itself brought; return how many there are."""
        items = await self.home.command("application_credentials/list")
        own = [item for item in items if item["domain"] == self.subject.domain]
        known = {identifier for identifier, _ in self.credentials}
        for item in own:
            if item["id"] not in known:
                client = Client(
                    item["client_id"],
                    item.get("client_secret", ""),
                    (self.home.configuration.redirect_uri,),
                )
                self.provider.register(client)
                self.credentials.append((item["id"], client))
        return len(own)

    # Flows

    async def start_flow(self, **more: Any) -> Result:
        """Start adding the integration, as its button in the frontend does."""
        data = {"handler": self.subject.domain, "show_advanced_options": False, **more}
        return self._see(await self.home.rest("POST", _FLOWS, data))

    async def see_flow(self, flow_id: str) -> Result:
        """Look at a flow that is in progress, which also lets it go on."""
        return self._see(await self.home.rest("GET", f"{_FLOWS}/{flow_id}"))

    async def answer_flow(self, flow_id: str, data: dict[str, Any]) -> Result:
        """Answer a form of a flow."""
        return self._see(await self.home.rest("POST", f"{_FLOWS}/{flow_id}", data))

    async def drop_flow(self, flow_id: str) -> None:
        """Close a flow's dialog."""
        await self.home.rest("DELETE", f"{_FLOWS}/{flow_id}")

    async def flows(self, source: str = "") -> list[Result]:
        """Return the flows of this integration that are in progress."""
        found = await self.home.command("config_entries/flow/progress")
        return [
            flow
            for flow in found
            if flow["handler"] == self.subject.domain
            and (not source or flow["context"].get("source") == source)
        ]

    async def drop_flows(self) -> None:
        """Close every dialog of this integration."""
        for flow in await self.flows():
            await self.drop_flow(flow["flow_id"])

    async def to_authorization(self, result: Result, credential: str = "") -> Result:
        """Answer what comes before the vendor's page: pick a credential, confirm."""
        for _ in range(5):
            if result["type"] != "form":
                return result
            data: dict[str, Any] = {}
            for entry in result.get("data_schema") or ():
                if entry["name"] == "implementation":
                    options = [option[0] for option in entry.get("options", ())]
                    data["implementation"] = credential if credential in options else options[0]
            result = await self.answer_flow(result["flow_id"], data)
        return result

    async def authorize(self, result: Result, account: Account, *, allow: bool = True) -> Result:
        """Open the vendor's page, allow or deny, come back, and let the flow go on."""
        try:
            location = self.provider.authorize(result["url"], account, allow=allow)
        except RefusedError as error:
            raise FailedError(
                f"the vendor's page refuses the authorize URL: {error}",
                "An error page of the vendor, from which there is no way back.",
            ) from None
        status = await self.home.callback(location)
        if status >= 400:
            raise FailedError(
                f"Home Assistant answered {status} when the browser came back from the vendor",
                "An error page instead of the end of the dialog.",
            )
        return await self._go_on(result["flow_id"])

    async def _go_on(self, flow_id: str) -> Result:
        result = await self.see_flow(flow_id)
        for _ in range(10):
            if result["type"] == "external_done":
                result = await self.see_flow(flow_id)
            elif result["type"] == "progress":
                await asyncio.sleep(_TICK)
                result = await self.see_flow(flow_id)
            elif result["type"] == "form" and not result.get("errors"):
                answer = self._form_answer(result)
                if answer is None:
                    break
                result = await self.answer_flow(flow_id, answer)
            else:
                break
        return result

    def _form_answer(self, result: Result) -> dict[str, Any] | None:
        """Answer a form that follows the vendor's page: as the responses file says, or by defaults.

        Returns None if a field that is required has neither.
        """
        given = self.vendor.forms.get(result["step_id"], {})
        answer: dict[str, Any] = dict(given)
        for entry in result.get("data_schema") or ():
            if entry["name"] in answer:
                continue
            if "default" in entry:
                answer[entry["name"]] = entry["default"]
            elif entry.get("required"):
                return None
        return answer

    async def add(self, account: Account, credential: str = "") -> Result:
        """Add the integration for an account, and return how that ended."""
        result = await self.to_authorization(await self.start_flow(), credential)
        if result["type"] != "external":
            return result
        return await self.authorize(result, account)

    # Entries

    async def entries(self) -> list[Result]:
        """Return the config entries of this integration."""
        found: list[Result] = await self.home.rest(
            "GET", f"{_ENTRIES}?domain={self.subject.domain}"
        )
        return found

    async def entry(self, entry_id: str = "") -> Result:
        """Return what an entry holds: title, unique_id, state, reason, data."""
        found: Result = await self.home.command(
            "appcred_probe/entry", entry_id=entry_id or self.entry_id
        )
        token = found["data"].get("token")
        if isinstance(token, dict):
            self.provider.secrets |= {
                value
                for key, value in token.items()
                if key in ("access_token", "refresh_token", "id_token") and isinstance(value, str)
            }
        return found

    async def state(self, *wanted: str, seconds: float = _SECONDS_FOR_A_STEP) -> str:
        """Wait until the entry is in one of some states, or time is up; return its state."""
        await self.until(lambda entry: entry["state"] in wanted, seconds)
        for listed in await self.entries():
            if key := listed.get("error_reason_translation_key"):
                self.reasons.append(key)
        return str((await self.entry())["state"])

    async def until(self, true: Callable[[Result], bool], seconds: float) -> bool:
        """Wait until something is true of the entry; say whether it came to be."""
        deadline = time.monotonic() + seconds
        while not true(await self.entry()):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(_TICK)
        return True

    async def settled(self) -> str:
        """Wait until the entry's set-up has ended, well or not; return its state."""
        return await self.state("loaded", "setup_error", "setup_retry", "migration_error")

    async def expire(self) -> None:
        """Let the access token's time pass."""
        self.provider.expire()
        await self.home.command("appcred_probe/expire", entry_id=self.entry_id)

    async def reload(self) -> str:
        """Reload the entry, and return its state."""
        await self.home.rest("POST", f"{_ENTRIES}/{self.entry_id}/reload")
        return await self.settled()

    async def remove(self, entry_id: str) -> None:
        """Delete an entry."""
        await self.home.rest("DELETE", f"{_ENTRIES}/{entry_id}")

    async def ready(self) -> None:
        """Bring everything back to where a stage begins: no trouble, no dialog, a loaded entry.

        Raises UnreachableError if the entry cannot be had.
        """
        self.calm()
        await self.drop_flows()
        if not self.entry_id:
            raise UnreachableError("there is no entry: adding the integration did not succeed")
        entry = await self.entry()
        if entry["state"] == "loaded" and self._token_is_good(entry):
            return
        if self._token_is_good(entry) and await self.reload() == "loaded":
            await self.drop_flows()
            return
        await self.remove(self.entry_id)
        self.entry_id = ""
        await self.drop_flows()
        if not self.credentials and not await self.adopt_credentials():
            await self.add_credential("Another credential")
        result = await self.add(self.vendor.first)
        if result["type"] != "create_entry":
            raise UnreachableError(f"the entry could not be made anew: the flow {ending(result)}")
        self.entry_id = result["result"]["entry_id"]
        if await self.settled() != "loaded":
            raise UnreachableError("the entry was made anew and did not load")

    def calm(self) -> None:
        """Switch every trouble off."""
        self.provider.trouble = Trouble.NONE
        self.gateway.break_silence()

    def _token_is_good(self, entry: Result) -> bool:
        token = entry["data"].get("token")
        refresh = token.get("refresh_token") if isinstance(token, dict) else None
        return isinstance(refresh, str) and self.provider.accepts(refresh)

    async def requests(self, more_than: int, seconds: float = 3) -> int:
        """Wait until token requests have come, or time is up; return how many came in all."""
        deadline = time.monotonic() + seconds
        while len(self.provider.requests) <= more_than and time.monotonic() < deadline:
            await asyncio.sleep(_TICK)
        return len(self.provider.requests)

    # Texts

    async def texts(self, category: str, domain: str = "") -> dict[str, str]:
        """Return the texts of an integration that the frontend gets, by their whole key."""
        answer = await self.home.command(
            "frontend/get_translations",
            language="en",
            category=category,
            integration=[domain or self.subject.domain],
        )
        found: dict[str, str] = answer["resources"]
        return found

    def _see(self, result: Result) -> Result:
        self.shown.append((self.stage, result))
        return result


def ending(result: Result) -> str:
    """Describe the end of a flow, or where it stands, in a few words."""
    match result["type"]:
        case "abort":
            return f"aborted with {result['reason']}"
        case "create_entry":
            return "created an entry"
        case "external":
            return "sent the user to the vendor"
        case "form" if result.get("errors"):
            return f"showed the step {result['step_id']} with the errors {result['errors']}"
        case kind:
            return f"showed {kind} {result.get('step_id', '')}".strip()
