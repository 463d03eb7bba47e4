"""The reasons with which a flow aborts: which of Home Assistant's fit which end.

A reason of the integration's own, one that Home Assistant does not use, is what its author chose
to say there; it fits every end but a success.
"""

from __future__ import annotations

from typing import Final

OPEN_DIALOG: Final = "already_in_progress"
"""Another dialog of the integration is open; says nothing about what was tried."""
_DENIED: Final = frozenset({"user_rejected_authorize", "access_denied", "authorize_rejected"})
_NO_TOKEN: Final = frozenset({"oauth_error", "oauth_failed", "oauth_unauthorized"})
_LATE: Final = frozenset({"oauth_timeout", "oauth2_timeout"})
_KNOWN: Final = frozenset({"already_configured", "single_instance_allowed"})
_DONE: Final = frozenset({"reauth_successful", "reconfigure_successful"})
_ELSEWHERE: Final = frozenset(
    {
        OPEN_DIALOG,
        "authorize_url_timeout",
        "cannot_connect",
        "missing_configuration",
        "missing_credentials",
        "no_devices_found",
        "no_url_available",
        "oauth_implementation_unavailable",
        "unknown",
    }
)
"""What is said of troubles that have nothing to do with the end that is looked for."""
_HOME_ASSISTANT: Final = _DENIED | _NO_TOKEN | _LATE | _KNOWN | _DONE | _ELSEWHERE


def fits_denial(reason: str) -> bool:
    """Whether a reason tells a user who said no that this is why."""
    return reason in _DENIED or is_own(reason)


def fits_bad_token(reason: str) -> bool:
    """Whether a reason tells that the vendor's token answer was no good."""
    return reason in _NO_TOKEN or reason in {"cannot_connect", "unknown"} or is_own(reason)


def fits_silence(reason: str) -> bool:
    """Whether a reason tells that the vendor's token answer did not come."""
    return reason in _LATE or fits_bad_token(reason)


def fits_known_account(reason: str) -> bool:
    """Whether a reason tells that the account is there already, or that its entry was renewed."""
    return reason in _KNOWN or is_success(reason) or is_own(reason)


def is_success(reason: str) -> bool:
    """Whether a reason tells that an entry was renewed."""
    return reason in _DONE


def fits_other_account(reason: str) -> bool:
    """Whether a reason tells that another account is expected."""
    return is_own(reason)


def is_own(reason: str) -> bool:
    """Whether a reason is the integration's own; Home Assistant does not use it."""
    return reason not in _HOME_ASSISTANT
