"""What DEST and its git repository suggest as answers; each is filled in and still asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from appcred.questions import refusal
from appcred.vcs import remote_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PREFIXES: Final = re.compile(
    r"\A(?:(?:ha|hass|hacs|home_?assistant)_)+|_(?:ha|hass|home_?assistant)\Z"
)

# https://host/owner/name.git, ssh://git@host/owner/name, git@host:owner/name.git
_REMOTE: Final = re.compile(
    r"(?:[a-z+]+://)?(?:[^@/\s]+@)?(?P<host>[a-z0-9.-]+)(?::\d+)?[:/]+(?P<path>[^\s?#]+?)(?:\.git)?/?",
    re.IGNORECASE,
)


def suggest(dest: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what DEST's name and git's remote `origin` suggest.

    Only answers that the template takes; `given` are those that are there already.
    """
    answers: dict[str, Any] = {"existing": False, **given}
    return {
        question: answer
        for question, answer in _suggestions(dest)
        if question not in given and not refusal(question, {**answers, question: answer})
    }


def _suggestions(dest: Path) -> Iterator[tuple[str, str]]:
    domain = re.sub(r"[^a-z0-9]+", "_", dest.name.lower()).strip("_")
    domain = _PREFIXES.sub("", domain)
    if not (dest / "homeassistant").is_dir():  # whose name is that of the checkout
        yield "domain", domain
    found = _REMOTE.fullmatch(remote_url(dest, "origin"))
    if found is None:
        return
    host, path = found["host"].lower(), found["path"].strip("/")
    if host == "github.com" and path.count("/") == 1:
        yield "codeowners", f"@{path.partition('/')[0]}"
    if "/" in path and "." in host:
        page = f"https://{host}/{path}"
        yield "documentation", page
        yield "issue_tracker", f"{page}/{'-/issues' if 'gitlab' in host else 'issues'}"
