"""What a stage has at hand: Home Assistant, the vendor, and what a user does with the two."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from appcred.rehearsal.flows import PICK, Result, answer_of, asks_for_client, ending
from appcred.rehearsal.homeassistant import CommandError
from appcred.rehearsal.placeholders import YamlSection
from appcred.rehearsal.provider import Client, RefusedError, Trouble
from appcred.rehearsal.stage import FailedError, UnreachableError
from appcred.rehearsal.traffic import ApiTrouble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from appcred.rehearsal.environment import Environment
    from appcred.rehearsal.gateway import Gateway
    from appcred.rehearsal.homeassistant import HomeAssistant
    from appcred.rehearsal.provider import Provider
    from appcred.rehearsal.subject import Subject
    from appcred.rehearsal.vendor import Account, Vendor

_FLOWS: Final = "/api/config/config_entries/flow"
_ENTRIES: Final = "/api/config/config_entries/entry"
_SECONDS_FOR_A_STEP: Final = 20
_SECONDS_FOR_A_SETUP: Final = 60
_SECONDS_TO_REST: Final = 5
_SECONDS_FOR_A_FLOW: Final = 3
_TICK: Final = 0.05
_STUCK: Final = "failed_unload"
_LONGEST_FLOW: Final = 400
"""Steps; while something is waited for, each look is one."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential in Home Assistant, and the application at the vendor that it is of."""

    id: str
    """The identifier of its item in Home Assistant."""
    auth_domain: str
    """What a flow offers it as, and an entry names: its own name, or that of its item."""
    client: Client


@dataclass(slots=True)
class Play:
    """One integration's run through the stages."""

    subject: Subject
    environment: Environment
    home: HomeAssistant
    provider: Provider
    gateway: Gateway
    vendor: Vendor
    section: YamlSection = field(default_factory=YamlSection)
    """What imports a client from YAML, as the integration's own schema says."""
    credentials: list[Credential] = field(default_factory=list)
    """Oldest first."""
    entry_id: str = ""
    shown: list[tuple[str, Result]] = field(default_factory=list)
    """Every step that a user was shown, and during which stage."""
    stage: str = ""
    pictures: list[tuple[str, str, str]] = field(default_factory=list)
    """File, caption and texts of each picture that was taken."""
    reasons: list[str] = field(default_factory=list)
    """Translation keys of the errors with which the entry's set-up ended."""
    restarts: int = 0
    """How often Home Assistant was started anew because an entry could not be unloaded."""
    _form_client: Client | None = None

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

    async def add_credential(self, name: str) -> Credential:
        """Register an application and enter it in Home Assistant."""
        client = self.new_client()
        made = await self.home.command(
            "application_credentials/create",
            domain=self.subject.domain,
            client_id=client.client_id,
            client_secret=client.client_secret,
            name=name,
        )
        self.credentials.append(Credential(made["id"], made["id"], client))
        return self.credentials[-1]

    async def adopt_credentials(self) -> int:
        """Register at the vendor what the integration itself brought; return how many there are."""
        items = await self.home.command("application_credentials/list")
        own = [item for item in items if item["domain"] == self.subject.domain]
        known = {credential.id for credential in self.credentials}
        for item in own:
            if item["id"] not in known:
                client = Client(
                    item["client_id"],
                    item.get("client_secret", ""),
                    (self.home.configuration.redirect_uri,),
                )
                self.provider.register(client)
                named = item.get("auth_domain") or item["id"]
                self.credentials.append(Credential(item["id"], named, client))
        return len(own)

    async def adopt(self, result: Result) -> bool:
        """Register at the vendor what a flow brought: credentials, or a client of the code alone.

        Returns whether there is any. Credentials come first: a client that the flow imported is
        one of Home Assistant's credentials, and not of the code alone.
        """
        imported = await self.adopt_credentials()
        in_code = result["type"] == "external" and self._adopt_client(result["url"])
        return in_code or imported > 0

    def _adopt_client(self, url: str) -> bool:
        """Register at the vendor the client of a URL that no credential has, but the code.

        Returns whether there is one.
        """
        client_id = parse_qs(urlsplit(url).query).get("client_id", [""])[0]
        if not client_id or self.provider.knows(client_id):
            return False
        uris = (self.home.configuration.redirect_uri,)
        client = Client(client_id, "", uris, is_unknown=True)
        self.provider.register(client)
        self.credentials.append(Credential("", self.subject.domain, client))
        return True

    @property
    def has_own_client(self) -> bool:
        """Whether the integration's code has a client of its own, which is no credential."""
        return any(credential.client.is_unknown for credential in self.credentials)

    async def delete_credentials(self) -> None:
        """Delete every credential of the integration that Home Assistant has."""
        for item in await self.home.command("application_credentials/list"):
            if item["domain"] == self.subject.domain:
                await self.home.command(
                    "application_credentials/delete", application_credentials_id=item["id"]
                )
        self.credentials = [each for each in self.credentials if each.client.is_unknown]

    # Flows

    async def start_flow(self, **more: Any) -> Result:
        """Start adding the integration, as its button in the frontend does."""
        data = {"handler": self.subject.domain, "show_advanced_options": False, **more}
        return self._see(await self.home.request("POST", _FLOWS, data))

    async def see_flow(self, flow_id: str) -> Result:
        """Look at a flow that is in progress, which also lets it go on."""
        return self._see(await self.home.request("GET", f"{_FLOWS}/{flow_id}"))

    async def answer_flow(self, flow_id: str, data: dict[str, Any]) -> Result:
        """Answer a form or a menu of a flow."""
        return self._see(await self.home.request("POST", f"{_FLOWS}/{flow_id}", data))

    async def flows(self, source: str = "") -> list[Result]:
        """Return the flows of this integration that are in progress, for users to see."""
        found = await self.home.command("config_entries/flow/progress")
        return [
            flow
            for flow in found
            if flow["handler"] == self.subject.domain
            and (not source or flow["context"].get("source") == source)
        ]

    async def is_asked_to_sign_in(self, *, expected: bool) -> bool:
        """Whether a flow asks the user to sign in. Waits for it, briefly if none is expected."""
        for _ in range(int(_SECONDS_FOR_A_FLOW / 0.1) if expected else 3):
            if await self.flows("reauth"):
                return True
            await asyncio.sleep(0.1)
        # On a busy machine it may still be on its way.
        await self.home.command("appcred_probe/rest", seconds=_SECONDS_TO_REST)
        return bool(await self.flows("reauth"))

    async def drop_flows(self) -> None:
        """Close every dialog of this integration, those that a user opened too, by their IDs."""
        await self.home.command("appcred_probe/close", domain=self.subject.domain)

    async def to_authorization(
        self, result: Result, credential: str = "", *, pick: bool = True
    ) -> Result:
        """Answer what comes before the vendor's page: forms, menus, which credential.

        Args:
            result: Where the flow stands.
            credential: The auth domain of the credential to pick; empty: the oldest one's.
            pick: Whether to pick a credential; otherwise the flow is left at that step.

        """
        return await self._go_on(result, credential, pick=pick)

    async def authorize(self, result: Result, account: Account, *, allow: bool = True) -> Result:
        """Open the vendor's page, allow or deny, come back, and let the flow go on."""
        # A client of the integration's own can be there no earlier than after its first set-up.
        await self.adopt(result)
        try:
            location = self.provider.authorize(result["url"], account, allow=allow)
        except RefusedError as error:
            raise FailedError(
                f"the vendor's page refuses the authorize URL: {error}",
                "An error page of the vendor, without a way back.",
                certain=True,
            ) from None
        status = await self.home.callback(location)
        if status >= 400:
            raise FailedError(
                f"Home Assistant answered {status} when the vendor redirected the browser back",
                "An error page in place of the end of the dialog.",
            )
        return await self._go_on(await self.see_flow(result["flow_id"]))

    async def _go_on(self, result: Result, credential: str = "", *, pick: bool = True) -> Result:
        """Answer steps until the flow ends, is at the vendor's page, or wants what is not known."""
        credential = credential or next((each.auth_domain for each in self.credentials), "")
        deadline = time.monotonic() + _SECONDS_FOR_A_STEP
        for _ in range(_LONGEST_FLOW):
            flow_id = result.get("flow_id", "")
            match result["type"]:
                case "external_done" | "progress_done":
                    result = await self.see_flow(flow_id)
                case "progress" if time.monotonic() < deadline:
                    await asyncio.sleep(_TICK)
                    result = await self.home.request("GET", f"{_FLOWS}/{flow_id}")
                    if result["type"] != "progress":
                        self._see(result)
                case "form" | "menu" if not result.get("errors"):
                    if result["step_id"] == PICK and not pick:
                        break
                    client = self._entered() if asks_for_client(result) else None
                    answer = answer_of(result, self.vendor.forms, credential, client)
                    if answer is None:
                        break
                    result = await self.answer_flow(flow_id, answer)
                case _:
                    break
        return result

    def _entered(self) -> dict[str, str]:
        """Return the client that is entered in forms of the integration's own, each time."""
        self._form_client = self._form_client or self.new_client()
        client = self._form_client
        return {"client_id": client.client_id, "client_secret": client.client_secret}

    async def add(self, account: Account, credential: str = "") -> Result:
        """Add the integration for an account, and return how that ended."""
        result = await self.to_authorization(await self.start_flow(), credential)
        if result["type"] != "external":
            return result
        return await self.authorize(result, account)

    # Entries

    async def entries(self) -> list[Result]:
        """Return the config entries of this integration."""
        found: list[Result] = await self.home.request(
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
        """Wait until the entry's set-up has ended, well or not; return its state.

        An entry that could not be unloaded stays so; then Home Assistant starts anew.
        Raises UnreachableError for a set-up that does not end.
        """
        ends = ("loaded", "setup_error", "setup_retry", "migration_error")
        state = await self.state(*ends, _STUCK, seconds=_SECONDS_FOR_A_SETUP)
        if state == _STUCK:
            await self.restart()
            state = await self.state(*ends, seconds=_SECONDS_FOR_A_SETUP)
        if state == "setup_in_progress":
            raise UnreachableError(
                f"the setup of the entry did not end within {_SECONDS_FOR_A_SETUP} seconds; it may "
                "wait for something that a rehearsal does not provide"
            )
        return state

    async def expire(self) -> None:
        """Let the access token's time pass."""
        self.provider.expire()
        try:
            await self.home.command("appcred_probe/expire", entry_id=self.entry_id)
        except CommandError as error:
            raise UnreachableError(f"cannot let the token expire: {error.message}") from None

    async def reload(self) -> str:
        """Reload the entry, and return its state."""
        if (await self.entry())["state"] == _STUCK:
            await self.restart()
        else:
            await self.home.request("POST", f"{_ENTRIES}/{self.entry_id}/reload")
        return await self.settled()

    async def restart(self) -> None:
        """Start Home Assistant anew, because the entry cannot be unloaded; it keeps its data."""
        self.restarts += 1
        entry = await self.entry()
        await self.home.stop()
        self.write_entry(entry["data"], entry["options"])
        await self.home.start()

    def entry_data(self) -> dict[str, Any]:
        """Return the data of the entry from the storage."""
        stored = self.home.configuration.stored("core.config_entries")
        entries = stored["data"]["entries"] if stored else []
        found: dict[str, Any] = next(e["data"] for e in entries if e["entry_id"] == self.entry_id)
        return found

    def write_entry(self, data: dict[str, Any], options: dict[str, Any] | None = None) -> None:
        """Put data, and options if given, into the entry in the storage.

        Home Assistant must not be running.
        """
        stored = self.home.configuration.stored("core.config_entries")
        if stored is not None:
            for entry in stored["data"]["entries"]:
                if entry["entry_id"] == self.entry_id:
                    entry["data"] = data
                    entry["options"] = entry.get("options", {}) if options is None else options
            self.home.configuration.store("core.config_entries", stored)

    async def remove(self, entry_id: str) -> None:
        """Delete an entry."""
        await self.home.request("DELETE", f"{_ENTRIES}/{entry_id}")

    async def begin(self) -> None:
        """Bring about what every stage begins with: Home Assistant runs, no trouble, no dialog."""
        self.calm()
        if not self.home.is_running:
            await self.home.stop()
            await self.home.start()
        await self.drop_flows()

    async def ready(self) -> None:
        """Bring about a loaded entry with a good token, with no trouble and no dialog.

        Raises UnreachableError if there is no such entry.
        """
        await self.begin()
        if not self.entry_id:
            raise UnreachableError("there is no entry, because adding the integration failed")
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
            raise UnreachableError(f"the entry could not be added again: the flow {ending(result)}")
        self.entry_id = result["result"]["entry_id"]
        if (state := await self.settled()) != "loaded":
            raise UnreachableError(f"the entry was added again and is in the state {state}")

    async def token(self) -> dict[str, Any]:
        """Return the token that the entry holds. Raises FailedError if there is none."""
        found = (await self.entry())["data"].get("token")
        if not isinstance(found, dict) or "access_token" not in found:
            raise FailedError("the entry holds no token", certain=True)
        return found

    @contextlib.asynccontextmanager
    async def own_option(self) -> AsyncIterator[None]:
        """Give the entry an option for a while, if the integration has options, to see if it stays.

        Nobody hears of it: it is put there in place, as `expire` does.
        """
        entries = await self.entries()
        has = any(e["entry_id"] == self.entry_id and e.get("supports_options") for e in entries)
        if not has:
            yield
            return
        await self.home.command("appcred_probe/option", entry_id=self.entry_id, present=True)
        try:
            yield
        finally:
            with contextlib.suppress(CommandError):
                await self.home.command(
                    "appcred_probe/option", entry_id=self.entry_id, present=False
                )

    def calm(self) -> None:
        """Switch every trouble off."""
        self.provider.trouble = Trouble.NONE
        self.gateway.traffic.trouble = ApiTrouble.NONE
        self.gateway.break_silence()

    def _token_is_good(self, entry: Result) -> bool:
        token = entry["data"].get("token")
        if token is None:
            return True  # the user signs in only to add it
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
