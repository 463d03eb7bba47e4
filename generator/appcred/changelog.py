"""The paragraph for an integration's changelog: what a retrofit means for its users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Source, registrations
from appcred.oauth.yaml_schema import schema
from appcred.release import REDIRECT_URL

if TYPE_CHECKING:
    from collections.abc import Collection

    from appcred.integration import Integration

_WHERE: Final = "Settings > Devices & services > ⋮ > Application credentials"

_TO_REGISTER: Final = f"; the redirect URL to register with the vendor is {REDIRECT_URL}"
_REGISTERED: Final = f" and register the redirect URL {REDIRECT_URL} with the vendor"
"""Left out if the integration has its own redirect URL."""

_ASKED: Final = "The form no longer asks for them. "
"""Left out if no form asked any more, and only older entries had a client."""

_ENTERED: Final = (
    "{name} now uses application credentials. They are entered when the integration is added, or "
    f"under {_WHERE}{_TO_REGISTER}."
)

_TEXTS: Final = {
    "APC401": (
        _ENTERED,
        "Existing entries keep working.",
        (
            "Credentials in configuration.yaml are imported once. Remove them from "
            "configuration.yaml when you will not downgrade any more: an older version needs "
            "them there."
        ),
    ),
    "APC402": (
        (
            "{name} now stores its built-in client as an application credential. It is "
            "imported automatically; no action is needed. To use your own client, add it "
            f"under {_WHERE}{_REGISTERED}."
        ),
        (
            "Existing entries keep working, also after a downgrade. Only an entry that uses "
            "your own client does not work in an older version."
        ),
    ),
    "APC403": (
        _ENTERED,
        (
            f"{_ASKED}The client of each existing entry becomes an application credential, "
            "and the entry keeps working with it. An older version cannot load such an "
            "entry: to downgrade, restore a backup from before the update, or remove the "
            "entry and add it again."
        ),
    ),
    "APC406": (
        (
            "The credentials of {name} in configuration.yaml have been imported and are managed "
            f"under {_WHERE}. They are deprecated in configuration.yaml. Remove them there when "
            "you will not downgrade to a version without application credentials any more."
        ),
    ),
}
"""For each migrating code what a user has to know, a sentence or some in each part.

Parts that several codes share appear once.
"""


def paragraph(before: Integration, after: Integration, codes: Collection[str]) -> str | None:
    """Return what to tell the users of an integration, by the codes of the fixes that it got.

    None where none of them is a migration.
    """
    name = before.manifest.get("name", before.domain)
    parts = [part for code, parts in _TEXTS.items() if code in codes for part in parts]
    said = [part.replace("{name}", str(name)) for part in dict.fromkeys(parts)]
    if _has_redirect_of_its_own(after):
        for clause in (_TO_REGISTER, _REGISTERED):
            said = [part.replace(clause, "") for part in said]
    asked = any(each.source is Source.FORM for each in registrations(before).understood)
    if oauth_code(before).has_platform and not asked:
        said = [part.replace(_ASKED, "") for part in said]
    if "APC407" in codes:
        said.append(_removed(before, after, str(name)))
    return "For the changelog: " + " ".join(said) if said else None


def _has_redirect_of_its_own(integration: Integration) -> bool:
    """Whether a class of the integration gives the redirect URL, which is then not known."""
    code = oauth_code(integration)
    return any(
        code.methods(member, "redirect_uri") or code.attribute(member, "redirect_uri")
        for member in code.implementations
    )


def _removed(before: Integration, after: Integration, name: str) -> str:
    """Return the consequences of removing the import from YAML."""
    was, now = (schema(oauth_code(each)) for each in (before, after))
    text = (
        f"The credentials of {name} are no longer read from configuration.yaml. They were "
        f"imported by an earlier version and are managed under {_WHERE}. If you update from "
        "a version before that, enter them there. Nothing is needed to downgrade to a "
        "version that imported them."
    )
    if was is None or now is None or not now.keys:
        return (
            f"{text} The {before.domain} section has no effect any more. Remove it from "
            "configuration.yaml."
        )
    kept = {key.name for key in now.keys}
    gone = " and ".join(str(key.name) for key in was.keys if key.name not in kept)
    return (
        f"{text} Remove {gone} from the {before.domain} section of configuration.yaml: they "
        "only cause a line in the log. The other keys keep their meaning."
    )
