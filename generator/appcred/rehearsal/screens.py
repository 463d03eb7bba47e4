"""Pictures of what users see, from Home Assistant's own frontend in a headless browser.

The dialogs are reached as a user reaches them. Their texts are read with them: a raw key, a
placeholder, or something that runs out of the window is a fault.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.provider import Trouble
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError
from appcred.rehearsal.stages.tokens import use

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.rehearsal.play import Play
    from appcred.rehearsal.vendor import Account

_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
_MILLISECONDS: Final = 40_000
_PATIENCE: Final = 5_000
_SHOWN: Final = 5
_SETTLE: Final = 900
"""Milliseconds that a dialog's animation takes."""
_AGAIN: Final = 300
"""Milliseconds after which a dialog is read again, to see whether it still changes."""
_READINGS: Final = 20
_TRIES: Final = 3
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_RAW: Final = re.compile(r"\bcomponent\.[a-z0-9_]+\.|\bui\.[a-z]+\.|\{[a-z_]+\}")
_QUESTION: Final = "dialog-box"
_FLOW: Final = "dialog-data-entry-flow"
_CREDENTIAL: Final = "dialog-add-application-credential"
_CARD: Final = "ha-config-flow-card"
# What it is in the frontends of 2026, and in those before them.
_PRIMARY: Final = (
    "ha-button[slot=primaryAction]",
    "[slot=actions] > ha-button:last-child",
    ".buttons ha-button:last-child",
    ".buttons mwc-button:last-child",
)
_ROW: Final = "ha-config-entry-row, ha-md-list-item.config_entry"
_ITEMS: Final = "ha-dropdown-item, ha-md-menu-item"

_BRANDS: Final = re.compile(r"^https://brands\.home-assistant\.io/|/api/brands/")
_LOGO: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    '<circle cx="12" cy="12" r="11" fill="#9e9e9e"/></svg>'
)

_TROUBLES: Final = {
    Trouble.MALFORMED: "A token response that is not JSON",
    Trouble.NO_EXPIRY: "A token response without expires_in",
    Trouble.UNAUTHORIZED: "A token that is refused",
    Trouble.SILENT: "A token endpoint that does not respond",
}
"""Each ends the flow with a text of its own."""

# Collects an element's visible texts through shadow roots and slots, and what of it does not fit.
_READ: Final = """root => {
  const texts = [], wide = [];
  let rendering = false;
  const walk = node => {
    if (node.nodeType === 3) {
      const text = node.textContent.trim(), parent = node.parentElement;
      if (!text || !parent || !parent.checkVisibility()) return;
      texts.push(text);
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.right > window.innerWidth + 1 || box.left < -1) wide.push(text);
    } else if (node.nodeType === 1 && !/^(style|script|ha-svg-icon|svg)$/.test(node.localName)) {
      if (node.localName === 'ha-markdown-element' && node.content && !node.textContent.trim())
        rendering = true;  // a worker does that, in its own time
      if (node.localName === 'slot') {
        const given = node.assignedNodes();
        (given.length ? given : node.childNodes).forEach(walk);
      } else (node.shadowRoot || node).childNodes.forEach(walk);
    }
  };
  walk(root);
  return {text: texts.join('\\n'), wide, rendering};
}"""


def _primary(dialog: str) -> str:
    """Return a selector of the button that goes on, in a dialog."""
    return ", ".join(f"{dialog} {button}" for button in _PRIMARY)


async def _settled(page: Any, about: Any) -> dict[str, Any]:
    """Read an element until it is rendered and does not change any more; return what it shows."""
    seen: dict[str, Any] = {}
    for _ in range(_READINGS):
        before, seen = seen, await about.evaluate(_READ)
        if seen == before and not seen["rendering"]:
            break
        await page.wait_for_timeout(_AGAIN)
    return seen


@dataclass(slots=True)
class _Album:
    """Pictures in their order."""

    folder: Path
    pages: list[tuple[str, str, str]] = field(default_factory=list)
    """File, caption, texts."""
    faults: list[str] = field(default_factory=list)

    async def take(self, page: Any, caption: str, element: str) -> None:
        """Take a picture of the window, and read the element that it is about."""
        about = page.locator(element).last
        await about.wait_for(state="attached", timeout=_MILLISECONDS)
        await page.wait_for_timeout(_SETTLE)
        seen = await _settled(page, about)
        name = f"{len(self.pages) + 1:02}-{re.sub(r'[^a-z]+', '-', caption.lower())}.png"
        await page.screenshot(path=self.folder / name)
        self.pages.append((name, caption, seen["text"]))
        for raw in dict.fromkeys(_RAW.findall(seen["text"])):
            self.faults.append(f"{caption}: {raw} is shown unresolved")
        for text in seen["wide"]:
            self.faults.append(f"{caption}: {text[:40]!r} is wider than the window")

    def write(self, title: str) -> None:
        """Write a page that shows the pictures with their texts."""
        body = "\n".join(
            f"<h2>{escape(caption)}</h2>\n"
            f'<img src="{escape(name)}" alt="{escape(caption)}" width="700">\n<p>{escape(text)}</p>'
            for name, caption, text in self.pages
        )
        page = (
            f'<!doctype html>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
            f'<body style="font: 16px sans-serif; max-width: 720px; margin: 2em auto">\n'
            f"<h1>{escape(title)}</h1>\n{body}\n"
        )
        (self.folder / "index.html").write_text(page, encoding="utf-8")


async def _nowhere(_: Play) -> str:
    raise UnreachableError("no folder for pictures was named")


STAGE: Final = Stage("screenshots", _nowhere, ("platform",), "config_flow.py")


def browser() -> str | None:
    """Return the program of the system's Chromium, None where there is none."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def stage(folder: Path, home: Path, program: str) -> Stage:
    """Return the stage that takes the pictures.

    Args:
        folder: Where they go.
        home: A folder of the run, for what the browser writes.
        program: The browser.

    """

    async def run(play: Play) -> str:
        from playwright.async_api import Error, async_playwright

        album = _Album(folder, play.pictures)
        os.environ["TMPDIR"] = str(home)  # for what Playwright starts, which may be killed
        await _clear(play)
        rules = f"MAP * 127.0.0.1:{play.gateway.tls_port}, EXCLUDE 127.0.0.1"
        try:
            async with async_playwright() as playwright:
                window = await playwright.chromium.launch(
                    executable_path=program,
                    args=[*_ARGUMENTS, f"--host-resolver-rules={rules}"],
                    env={"HOME": str(home), "TMPDIR": str(home)},
                )
                context = await window.new_context(
                    ignore_https_errors=True, viewport={"width": 1000, "height": 900}
                )
                # Logos come from the internet; without them browsers show a broken picture.
                await context.route(_BRANDS, _logo)
                context.set_default_timeout(_MILLISECONDS)
                tokens = json.dumps(json.dumps(play.home.browser_tokens()))
                await context.add_init_script(
                    f"if (location.origin === {json.dumps(play.home.configuration.base)}) "
                    f"localStorage.setItem('hassTokens', {tokens})"
                )
                page = await context.new_page()
                try:
                    await _journey(play, page, album)
                except Error:
                    with contextlib.suppress(Error):
                        await album.take(page, "The last dialog", "body")
                    raise
                await window.close()
        except Error as error:
            if album.faults:
                raise FailedError("; ".join(album.faults[:_SHOWN])) from None
            last = album.pages[-2][1] if len(album.pages) > 1 else "the start"
            said = str(error).splitlines()[0]
            raise UnreachableError(
                f"the frontend of this release stopped after {last!r}: {said}"
            ) from None
        finally:
            play.gateway.visitor = None
            album.write(f"{play.subject.name} in Home Assistant {play.environment.homeassistant}")
        if album.faults:
            raise FailedError("; ".join(album.faults[:_SHOWN]))
        return f"{len(album.pages)} pictures, with index.html, in {folder}"

    return replace(STAGE, run=run)


async def _clear(play: Play) -> None:
    """Begin as a user does who has nothing yet."""
    play.calm()
    await play.drop_flows()
    for entry in await play.entries():
        await play.remove(entry["entry_id"])
    if any(credential.client.client_secret for credential in play.credentials):
        await play.delete_credentials()
    play.credentials = [each for each in play.credentials if each.client.is_unknown]
    play.entry_id = ""


async def _logo(route: Any) -> None:
    await route.fulfill(content_type="image/svg+xml", body=_LOGO)


async def _journey(play: Play, page: Any, album: _Album) -> None:
    own_client = play.has_own_client or bool(await play.adopt_credentials())
    await _add(play, page, album)
    if not own_client:
        await album.take(page, "The credentials dialog", _CREDENTIAL)
        client = play.new_client()
        for name, value in (
            ("name", "My credential"),
            ("clientId", client.client_id),
            ("clientSecret", client.client_secret),
        ):
            await page.locator(f"{_CREDENTIAL} input[name={name}]").fill(value)
        await _vendor(play, page, album, play.vendor.first, _primary(_CREDENTIAL), allow=False)
    else:
        await _vendor(play, page, album, play.vendor.first, "", allow=False)
    await album.take(page, "After denying", _FLOW)
    for trouble, caption in _TROUBLES.items():
        play.provider.trouble = trouble
        try:
            await _add_again(play, page, album)
            await album.take(page, caption, _FLOW)
        finally:
            play.calm()
        for entry in await play.entries():  # one that does without expires_in
            await play.remove(entry["entry_id"])
    await _add_again(play, page, album)
    await album.take(page, "Added", _FLOW)
    play.entry_id = (await play.entries())[0]["entry_id"]
    await play.settled()
    await _add_again(play, page, album)
    await album.take(page, "The same account again", _FLOW)
    await _reauth(play, page, album)
    listed = await play.entries()
    if any(entry.get("supports_reconfigure") for entry in listed):
        await _reconfigure(play, page, album)


async def _reconfigure(play: Play, page: Any, album: _Album) -> None:
    await play.settled()
    domain = play.subject.domain
    for account, caption in (
        (play.vendor.second, "Reconfigured with another account"),
        (play.vendor.first, "Reconfigured"),
    ):
        await page.goto(f"{play.home.configuration.base}/config/integrations/integration/{domain}")
        row = page.locator(_ROW).first
        await row.locator("ha-icon-button[slot=trigger]").first.click()
        reconfigure = row.locator(_ITEMS).filter(has_text="Reconfigure")
        await reconfigure.wait_for()
        if account is play.vendor.second:
            await album.take(page, "The menu of the entry", _ROW)
        await _vendor(play, page, album, account, reconfigure, first=False)
        await album.take(page, caption, _FLOW)


async def _reauth(play: Play, page: Any, album: _Album) -> None:
    play.provider.revoke()
    await play.expire()
    await use(play)
    for account, caption in (
        (play.vendor.second, "Signed in with another account"),
        (play.vendor.first, "Signed in again"),
    ):
        await page.goto(f"{play.home.configuration.base}/config/integrations/dashboard")
        if account is play.vendor.second:
            await album.take(page, "The card that asks to sign in again", _CARD)
        await page.locator(_CARD).get_by_text("Reconfigure").click()
        await page.locator(f"{_FLOW} step-flow-form, {_FLOW} step-flow-external").first.wait_for(
            state="attached"
        )
        if account is play.vendor.second:
            await album.take(page, "Signing in again", _FLOW)
        await _vendor(play, page, album, account, _primary(_FLOW), first=False)
        await album.take(page, caption, _FLOW)
        if account is play.vendor.second:
            await play.reload()


async def _add(play: Play, page: Any, album: _Album) -> None:
    """Begin to add the integration."""
    await _question(play, page)
    await album.take(page, "Confirming the integration", _QUESTION)
    await page.locator(_primary(_QUESTION)).click()


async def _add_again(play: Play, page: Any, album: _Album) -> None:
    """Add the integration with the credential that there is by now, up to how that ends."""
    await _question(play, page)
    await _vendor(play, page, album, play.vendor.first, _primary(_QUESTION), first=False)


async def _question(play: Play, page: Any) -> None:
    """Open the page that asks whether to add the integration.

    A page that is not done loading can take its question away again; then it is asked anew.
    """
    base = play.home.configuration.base
    button = page.locator(_primary(_QUESTION))
    for _ in range(_TRIES):
        await page.goto(f"{base}/config/integrations/dashboard/add?domain={play.subject.domain}")
        await button.wait_for()
        await page.wait_for_timeout(_SETTLE)
        if await button.is_visible():
            break


async def _vendor(
    play: Play,
    page: Any,
    album: _Album,
    visitor: Account,
    button: Any,
    *,
    allow: bool = True,
    first: bool = True,
) -> None:
    """Press what opens the vendor's page, and allow or deny there.

    `button` is a locator, or a selector of one; empty: it opens by itself.
    """
    play.gateway.visitor = visitor
    async with page.context.expect_page() as opening:
        if isinstance(button, str):
            button = page.locator(button).last if button else None
        if button is not None:
            await button.click()
    vendor = await opening.value
    await vendor.locator("#allow").wait_for()
    if first:
        await album.take(vendor, "The page of the vendor", "body")
    await vendor.locator("#allow" if allow else "#deny").click(no_wait_after=True)
    await page.locator(f"{_FLOW} step-flow-abort, {_FLOW} step-flow-create-entry").first.wait_for(
        state="attached"
    )
    # What was pressed can still be on its way out, before the dialog or behind it. That it stays
    # is no fault of the integration.
    from playwright.async_api import TimeoutError as TakesLongError

    for gone in (_primary(_QUESTION), _ITEMS):
        with contextlib.suppress(TakesLongError):
            await page.locator(gone).first.wait_for(state="hidden", timeout=_PATIENCE)
