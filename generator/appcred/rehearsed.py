"""What a rehearsal can find: its stages, each with its code and what it says to a user.

Here and not beside the code that runs them, because `check`, `rules` and `explain` have to know the
codes without what a rehearsal needs installed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from appcred.resources import REPOSITORY

FAMILY: Final = "APC8"
TITLE: Final = "the stages of a rehearsal"
HOLDS: Final = "integrations with an application credentials platform, in `appcred rehearse`"
PAGE: Final = f"https://github.com/{REPOSITORY}/blob/main/docs/rehearse.md"


class StageText(NamedTuple):
    """One stage, in words."""

    code: str
    name: str
    proves: str
    """What a user can rely on if it passes."""
    user: str
    """What a user sees if it fails."""


NEEDS_RESPONSE: Final = StageText(
    "APC800",
    "needs-response",
    "Every request of the integration to its vendor has a response.",
    "What `appcred rehearse` reports, instead of a failed stage, where the integration asked its "
    "vendor for something that the file of `--responses` does not answer.",
)
"""No stage, but reported as one: the responses file lacks something."""

REQUIREMENTS: Final = StageText(
    "APC850",
    "requirements",
    "The integration's requirements can be installed beside Home Assistant.",
    "An integration that cannot be set up, for its requirements are not found.",
)
"""No stage, but reported as one that failed: then no stage can run."""

STAGES: Final = (
    StageText(
        "APC801",
        "platform",
        "The integration is offered in the credentials dialog.",
        "The integration is missing from the credentials dialog.",
    ),
    StageText(
        "APC802",
        "description",
        "The credentials dialog describes where credentials come from, with nothing unresolved.",
        "A raw {placeholder} in the credentials dialog.",
    ),
    StageText(
        "APC803",
        "no-credential",
        "Without a credential the user is asked for one.",
        "A dead end instead of the dialog in which a credential is entered.",
    ),
    StageText(
        "APC804",
        "one-credential",
        "With one credential nothing has to be picked.",
        "The flow does not reach the vendor's page.",
    ),
    StageText(
        "APC805",
        "two-credentials",
        "Two credentials are both offered, and told apart.",
        "A credential that was entered cannot be picked, or not be recognised.",
    ),
    StageText(
        "APC806",
        "authorize-url",
        "The vendor's page is opened with everything that it and the API need.",
        "An error page of the vendor, or an access that is too small.",
    ),
    StageText(
        "APC807",
        "denied",
        "A user who says no at the vendor is told so.",
        "An unknown error, or a dialog that never ends.",
    ),
    StageText(
        "APC808",
        "malformed-token",
        "A token answer that is no JSON ends the flow with a reason.",
        "An unknown error, or an entry that cannot work.",
    ),
    StageText(
        "APC809",
        "token-without-expiry",
        "A token answer without expires_in ends the flow, or is dealt with.",
        "An unknown error, or an entry that fails later.",
    ),
    StageText(
        "APC847",
        "no-refresh-token",
        "A token answer without a refresh token is dealt with.",
        "An unknown error, or an entry that dies when its first token ends.",
    ),
    StageText(
        "APC810",
        "token-timeout",
        "A token answer that never comes ends the flow with a reason.",
        "A dialog that never ends.",
    ),
    StageText(
        "APC811",
        "code-exchange",
        "The code is exchanged for a token with the authentication that the vendor wants.",
        "The integration cannot be added.",
    ),
    StageText(
        "APC812",
        "entry",
        "The new entry loads, has a title, and knows its credential.",
        "An entry that is there and does not work.",
    ),
    StageText(
        "APC813",
        "same-account",
        "The same account cannot be added a second time.",
        "Two entries with the same devices.",
    ),
    StageText(
        "APC814",
        "refresh",
        "An expired token is refreshed, and the new one kept.",
        "An integration that stops working when its first token expires.",
    ),
    StageText(
        "APC815",
        "refresh-once",
        "Many calls at once refresh an expired token once.",
        "A demand to sign in again every now and then, from vendors that rotate tokens.",
    ),
    StageText(
        "APC816",
        "rotated-refresh-token",
        "A refresh token that the vendor replaces is kept.",
        "A demand to sign in again after the second refresh.",
    ),
    StageText(
        "APC817",
        "refresh-400",
        "A refresh that meets 400 invalid_grant asks the user to sign in again.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC818",
        "refresh-401",
        "A refresh that meets 401 invalid_client asks the user to sign in again.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC819",
        "refresh-429",
        "A refresh that meets 429 is tried again later.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC820",
        "refresh-500",
        "A refresh that meets 500 is tried again later.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC821",
        "refresh-dropped",
        "A refresh whose connection is dropped is tried again later.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC836",
        "unrotated-refresh-token",
        "A refresh that brings no new refresh token leaves the old one in place.",
        "A demand to sign in again after the second refresh.",
    ),
    StageText(
        "APC837",
        "running-expired",
        "A token that expires while the integration runs is refreshed.",
        "An integration that stops working an hour after each start.",
    ),
    StageText(
        "APC838",
        "running-revoked",
        "Access that is taken back while the integration runs asks the user to sign in again.",
        "An integration that has stopped working, without a word of what to do.",
    ),
    StageText(
        "APC839",
        "api-401",
        "An API that answers 401 asks the user to sign in again.",
        "An integration that has stopped working, without a word of what to do.",
    ),
    StageText(
        "APC840",
        "api-403",
        "An API that answers 403 is dealt with, and the entry works again afterwards.",
        "An unexpected error in the log, or an entry that does not come back.",
    ),
    StageText(
        "APC841",
        "api-429",
        "An API that answers 429 with Retry-After is tried again later.",
        "An unexpected error in the log, or a demand to sign in again.",
    ),
    StageText(
        "APC842",
        "api-500",
        "An API that answers 500 is tried again later.",
        "An unexpected error in the log, or a demand to sign in again.",
    ),
    StageText(
        "APC843",
        "api-timeout",
        "An API that does not answer is tried again later.",
        "An unexpected error in the log, or a demand to sign in again.",
    ),
    StageText(
        "APC844",
        "second-account",
        "A second account works beside the first one.",
        "Entities of one account that show what belongs to the other.",
    ),
    StageText(
        "APC822",
        "reauth",
        "Who signs in again with the same account has a working entry.",
        "A demand to sign in again that signing in does not satisfy.",
    ),
    StageText(
        "APC823",
        "reauth-other-account",
        "Who signs in again with another account is told, and nothing is changed.",
        "An entry whose devices belong to one account and whose token to another.",
    ),
    StageText(
        "APC824",
        "reconfigure",
        "An entry can be reconfigured with its account.",
        "A reconfiguration that does not succeed.",
    ),
    StageText(
        "APC825",
        "reconfigure-other-account",
        "Another account is refused when reconfiguring.",
        "An entry whose devices belong to one account and whose token to another.",
    ),
    StageText(
        "APC826",
        "restart",
        "After a restart of Home Assistant the entry still loads.",
        "An integration that works until the next restart.",
    ),
    StageText(
        "APC827",
        "provider-down",
        "A vendor that is down while Home Assistant starts is tried again later.",
        "An integration that has to be reloaded, or signed in to again, after each outage.",
    ),
    StageText(
        "APC828",
        "credential-gone",
        "An entry whose credential is gone says so, and can be given another.",
        "An integration that cannot be repaired but by removing it.",
    ),
    StageText(
        "APC829",
        "yaml",
        "Credentials in YAML are imported once, and entries made with them go on working.",
        "Entries that stop working with the update that brings application credentials.",
    ),
    StageText(
        "APC832",
        "diagnostics",
        "Diagnostics hold no token or secret.",
        "A token in a bug report that everyone can read.",
    ),
    StageText(
        "APC845",
        "shown-secrets",
        "Titles, devices, states and attributes hold no token or secret.",
        "A token on a dashboard, in the history, and in every automation's trace.",
    ),
    StageText(
        "APC846",
        "nothing-left",
        "Nothing of an entry runs on after it is unloaded.",
        "Double updates after each reload, and a Home Assistant that slows down.",
    ),
    StageText(
        "APC830",
        "unload",
        "An entry can be disabled and enabled.",
        "A change that asks for a restart of Home Assistant.",
    ),
    StageText(
        "APC831",
        "removal",
        "An entry can be removed, and its credential after it.",
        "Something that stays behind.",
    ),
    StageText(
        "APC848",
        "complaints",
        "Home Assistant logs no complaint about the integration's code.",
        "A warning in the log that asks users to report a bug.",
    ),
    StageText(
        "APC833",
        "logs",
        "The integration's log lines hold no token or secret.",
        "A token in a log that is pasted into a bug report.",
    ),
    StageText(
        "APC834",
        "texts",
        "Everything that was shown has its text.",
        "A raw key or {placeholder} in a dialog.",
    ),
    StageText(
        "APC835",
        "screenshots",
        "Every dialog shows texts, and all of them.",
        "A raw key, a {placeholder}, or a text that is cut off.",
    ),
)
"""In the order in which they run."""

BY_NAME: Final = {text.name: text for text in (NEEDS_RESPONSE, REQUIREMENTS, *STAGES)}
BY_CODE: Final = {text.code: text for text in sorted(BY_NAME.values(), key=lambda text: text.code)}
CODES: Final = tuple(BY_CODE)
