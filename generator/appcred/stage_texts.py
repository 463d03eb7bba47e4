"""The stages of a rehearsal, each with its code and its texts.

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
    "Reported in place of a failed stage if the integration sends its vendor a request that has no "
    "response in the file of `--responses`.",
)
"""No stage, but reported as one: the responses file lacks something."""

REQUIREMENTS: Final = StageText(
    "APC850",
    "requirements",
    "The integration's requirements can be installed beside Home Assistant.",
    "An integration that cannot be set up, because its requirements cannot be installed.",
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
        (
            "The credentials dialog explains where to get credentials, and all its placeholders "
            "are filled in."
        ),
        "A raw {placeholder} in the credentials dialog.",
    ),
    StageText(
        "APC803",
        "no-credential",
        "Without a credential, the user is asked to enter one.",
        "An error in place of the dialog for a credential.",
    ),
    StageText(
        "APC804",
        "one-credential",
        "With one credential, the flow opens the vendor's page without a choice.",
        "A flow that does not open the vendor's page.",
    ),
    StageText(
        "APC805",
        "two-credentials",
        "Two credentials are both offered and can be told apart.",
        "A credential that cannot be chosen or recognised.",
    ),
    StageText(
        "APC806",
        "authorize-url",
        "The vendor's page is opened with all parameters that the vendor and the API need.",
        "An error page of the vendor, or missing permissions.",
    ),
    StageText(
        "APC807",
        "denied",
        "If the user refuses access at the vendor, the flow ends with a reason.",
        "An unknown error, or a dialog that never ends.",
    ),
    StageText(
        "APC808",
        "malformed-token",
        "If the token response is not JSON, the flow ends with a reason.",
        "An unknown error, or an entry that cannot work.",
    ),
    StageText(
        "APC809",
        "token-without-expiry",
        "A token response without expires_in works, or ends the flow with a reason.",
        "An unknown error, or an entry that fails later.",
    ),
    StageText(
        "APC847",
        "no-refresh-token",
        "A token response without a refresh token works, or ends the flow with a reason.",
        "An unknown error, or an entry that fails when its first token expires.",
    ),
    StageText(
        "APC810",
        "token-timeout",
        "If the token endpoint does not respond, the flow ends with a reason.",
        "A dialog that never ends.",
    ),
    StageText(
        "APC811",
        "code-exchange",
        (
            "The code is exchanged for a token with the client authentication that the vendor "
            "requires."
        ),
        "The integration cannot be added.",
    ),
    StageText(
        "APC812",
        "entry",
        "The new entry loads, has a title, and names its credential.",
        "An entry that does not work.",
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
        "An expired token is refreshed, and the new one is stored.",
        "An integration that stops working when its first token expires.",
    ),
    StageText(
        "APC815",
        "refresh-once",
        "Many calls at the same time refresh an expired token once.",
        "A request to sign in again from time to time, with vendors that rotate refresh tokens.",
    ),
    StageText(
        "APC816",
        "rotated-refresh-token",
        "A refresh token that the vendor replaces is stored.",
        "A request to sign in again after the second refresh.",
    ),
    StageText(
        "APC817",
        "refresh-400",
        "If a refresh is answered with 400 invalid_grant, the user is asked to sign in again.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC818",
        "refresh-401",
        "If a refresh is answered with 401 invalid_client, the user is asked to sign in again.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC819",
        "refresh-429",
        "If a refresh is answered with 429, it is retried later.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC820",
        "refresh-500",
        "If a refresh is answered with 500, it is retried later.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC821",
        "refresh-dropped",
        "If the connection is dropped during a refresh, it is retried later.",
        "An integration that has stopped working.",
    ),
    StageText(
        "APC836",
        "unrotated-refresh-token",
        "If a refresh returns no new refresh token, the old one is kept.",
        "A request to sign in again after the second refresh.",
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
        "If access is revoked while the integration runs, the user is asked to sign in again.",
        "An integration that has stopped working without a message.",
    ),
    StageText(
        "APC839",
        "api-401",
        "If the API answers 401, the user is asked to sign in again.",
        "An integration that has stopped working without a message.",
    ),
    StageText(
        "APC840",
        "api-403",
        "If the API answers 403, the entry works again afterwards.",
        "An unexpected error in the log, or an entry that does not recover.",
    ),
    StageText(
        "APC841",
        "api-429",
        "If the API answers 429 with Retry-After, the request is retried later.",
        "An unexpected error in the log, or a request to sign in again.",
    ),
    StageText(
        "APC842",
        "api-500",
        "If the API answers 500, the request is retried later.",
        "An unexpected error in the log, or a request to sign in again.",
    ),
    StageText(
        "APC843",
        "api-timeout",
        "If the API does not answer, the request is retried later.",
        "An unexpected error in the log, or a request to sign in again.",
    ),
    StageText(
        "APC844",
        "second-account",
        "A second account works beside the first one.",
        "Entities of one account that show the other account's data.",
    ),
    StageText(
        "APC822",
        "reauth",
        "After signing in again with the same account, the entry works.",
        "A request to sign in again that does not go away.",
    ),
    StageText(
        "APC823",
        "reauth-other-account",
        "Signing in again with another account is refused, and the entry is unchanged.",
        "An entry whose devices belong to one account and whose token to another.",
    ),
    StageText(
        "APC824",
        "reconfigure",
        "An entry can be reconfigured with its account.",
        "A reconfiguration that fails.",
    ),
    StageText(
        "APC825",
        "reconfigure-other-account",
        "Reconfiguring with another account is refused.",
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
        "If the vendor is down while Home Assistant starts, setup is retried later.",
        "An integration that has to be reloaded, or signed in to again, after each outage.",
    ),
    StageText(
        "APC828",
        "credential-gone",
        (
            "If the credential of an entry is deleted, the user is asked to sign in again and "
            "can use another."
        ),
        "An integration that must be removed and added again.",
    ),
    StageText(
        "APC829",
        "yaml",
        "Credentials in YAML are imported once, and entries created with them keep working.",
        "Entries that stop working after the update to application credentials.",
    ),
    StageText(
        "APC832",
        "diagnostics",
        "Diagnostics contain no token or secret.",
        "A token in a public bug report.",
    ),
    StageText(
        "APC845",
        "shown-secrets",
        "Titles, devices, states and attributes contain no token or secret.",
        "A token on a dashboard, in the history, and in every automation's trace.",
    ),
    StageText(
        "APC846",
        "nothing-left",
        "Nothing of an entry keeps running after it is unloaded.",
        "Double updates after each reload, and a slower Home Assistant.",
    ),
    StageText(
        "APC830",
        "unload",
        "An entry can be disabled and enabled.",
        "A change that needs a restart of Home Assistant.",
    ),
    StageText(
        "APC831",
        "removal",
        "An entry can be removed, and then its credential.",
        "Remains of the entry.",
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
        "The integration's log lines contain no token or secret.",
        "A token in a log that is pasted into a bug report.",
    ),
    StageText(
        "APC834",
        "texts",
        "Every step, error and abort reason that was shown has a text.",
        "A raw key or {placeholder} in a dialog.",
    ),
    StageText(
        "APC835",
        "screenshots",
        "Every dialog shows its texts in full.",
        "A raw key, a {placeholder}, or a text that is cut off.",
    ),
)
"""In the order in which they run."""

BY_NAME: Final = {text.name: text for text in (NEEDS_RESPONSE, REQUIREMENTS, *STAGES)}
BY_CODE: Final = {text.code: text for text in sorted(BY_NAME.values(), key=lambda text: text.code)}
CODES: Final = tuple(BY_CODE)
