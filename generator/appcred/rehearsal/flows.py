"""What a user answers to the steps of a flow, and how a flow that went no further is described."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from appcred.rehearsal.reasons import OPEN_DIALOG, is_own
from appcred.rehearsal.stage import FailedError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Result = dict[str, Any]
"""A step of a flow, as Home Assistant describes it to the frontend."""

PICK: Final = "pick_implementation"
_IMPLEMENTATION: Final = "implementation"
_NEXT: Final = "next_step_id"
_TOWARDS_VENDOR: Final = (PICK, "oauth", "auth", "cloud", "login", "sign_in", "account", "user")
"""What is in the name of a menu's option that leads to the vendor's page, likeliest first."""


def answer_of(
    step: Result,
    forms: Mapping[str, Mapping[str, Any]],
    credential: str = "",
    client: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:
    """Return what a user enters in a step; None if that cannot be told.

    Args:
        step: A form or a menu.
        forms: What the responses file says, by step and field.
        credential: The auth domain of the credential to pick; empty: the first one.
        client: ID and secret of a client, where a form of the integration's own asks for one.

    """
    given = dict(forms.get(step["step_id"], {}))
    if step["type"] == "menu":
        options = list(step.get("menu_options") or ())
        chosen = given.get(_NEXT) or _option(options)
        return {_NEXT: chosen} if chosen else None
    answer: dict[str, Any] = given
    for name, field in _fields(step.get("data_schema") or ()):
        if name in answer:
            continue
        if name == _IMPLEMENTATION and step["step_id"] == PICK:
            options = [option[0] for option in field.get("options", ())]
            answer[name] = credential if credential in options else options[0]
            continue
        value = (client or {}).get(name) or _usual(field)
        if value is not None:
            answer[name] = value
        elif field.get("required"):
            return None
    return answer


def asks_for_client(step: Result) -> bool:
    """Whether a step is a form of the integration's own that asks for a client."""
    names = {name for name, _ in _fields(step.get("data_schema") or ())}
    return step["type"] == "form" and {"client_id", "client_secret"} <= names


def _option(options: list[str]) -> str:
    """Return the option of a menu that leads to the vendor's page."""
    for words in _TOWARDS_VENDOR:
        for option in options:
            if re.search(rf"(^|_){words}", option):
                return option
    return options[0] if options else ""


def _fields(schema: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for field in schema:
        yield field["name"], field


def _usual(field: Mapping[str, Any]) -> Any:
    """Return what stands in a field before a user changes it; None: nothing does.

    A field that is required and lets a user choose gets its first choice.
    """
    if field.get("type") == "expandable":
        inner = {name: _usual(each) for name, each in _fields(field.get("schema") or ())}
        return {name: value for name, value in inner.items() if value is not None}
    if "default" in field:
        return field["default"]
    suggested = (field.get("description") or {}).get("suggested_value")
    if suggested is not None:
        return suggested
    if not field.get("required"):
        return None
    kind, selector = field.get("type"), field.get("selector") or {}
    if kind == "boolean" or "boolean" in selector:
        return False
    options = field.get("options") or (selector.get("select") or {}).get("options") or ()
    if options:
        first = next(iter(options))
        first = first["value"] if isinstance(first, dict) else first
        first = first[0] if isinstance(first, list | tuple) else first
        several = kind == "multi_select" or (selector.get("select") or {}).get("multiple")
        return [first] if several else first
    return None


def unanswered_fields(step: Result) -> str:
    """Return the names of the fields that a form wants and that nothing is known of."""
    names = [
        name
        for name, field in _fields(step.get("data_schema") or ())
        if field.get("required") and _usual(field) is None and name != _IMPLEMENTATION
    ]
    return ", ".join(names)


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


def must_go_on(result: Result) -> None:
    """Raise UnreachableError if a flow stands where only a person can tell how it goes on.

    That is no fault of the integration: a form whose fields nothing is known of, what was entered
    and is refused, a device that is waited for, a dialog that is open elsewhere.
    """
    step = result.get("step_id", "")
    match result["type"]:
        case "form" if result.get("errors"):
            raise UnreachableError(
                f"the step {step} refuses the input ({result['errors']}); write valid input "
                f"into the responses file, as forms.{step}"
            )
        case "form" | "menu":
            names = unanswered_fields(result) if result["type"] == "form" else _NEXT
            names = names or "more than its defaults"
            raise UnreachableError(
                f"the step {step} asks for {names}; enter it in the responses file, as forms.{step}"
            )
        case "progress":
            raise UnreachableError(
                f"the step {step} waits for a device or the vendor, which a rehearsal cannot "
                "provide"
            )
        case "abort" if result["reason"] == OPEN_DIALOG:
            raise UnreachableError(
                "the flow aborted with already_in_progress: another flow of the integration "
                "is still open"
            )


def to_vendor(result: Result, where: str = "") -> str:
    """Return the URL of the vendor's page that a flow has come to.

    Raises UnreachableError or FailedError if it stands elsewhere; `where` says how it came there.
    """
    if result["type"] == "external":
        return str(result["url"])
    must_go_on(result)
    raise FailedError(
        f"{where}the flow {ending(result)} instead of opening the vendor's page",
        doubt=refusal(result),
    )


def refusal(result: Result) -> str:
    """Return what else can be the cause where a flow ends before the vendor's page; empty: nothing.

    A reason of the integration's own says what it lacks here: a subscription, a public address.
    """
    if result["type"] == "abort" and is_own(result["reason"]):
        return f"look up in the code when the flow aborts with {result['reason']}"
    return ""
