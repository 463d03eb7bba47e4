"""How a stage that did not pass is judged: whether what was seen is against the integration.

It is if nothing else explains it. A response that is missing does, and so does one that lacks what
the code looks up in it; what Home Assistant's own code does without the integration's is not held
against that either. What is shown is Home Assistant's own record, and the place it names.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import aiohttp

from appcred.rehearsal.homeassistant import HomeAssistantError, SilenceError, StatusError
from appcred.rehearsal.log import GRAVE, Record, records
from appcred.rehearsal.provider import STANDARD
from appcred.rehearsal.stage import FailedError, Outcome, Stage, UnreachableError

if TYPE_CHECKING:
    from appcred.rehearsal.play import Play

# The loggers whose errors can be about the integration; others have troubles of their own here.
_TELLING: Final = (
    "homeassistant.config",
    "homeassistant.config_entries",
    "homeassistant.helpers",
    "homeassistant.loader",
    "homeassistant.components.application_credentials",
    "homeassistant.components.diagnostics",
    "homeassistant.components.websocket_api",
    "aiohttp.server",
)
_LOG_PATIENCE: Final = 20
"""Tenths of a second. Home Assistant writes its log in a thread, so an answer can be earlier."""
_UNREADABLE: Final = re.compile(r"Validation|MissingField|InvalidField|Decode|Parse")
"""Exceptions with which a library says that an answer is not as it expects."""
_UNUSABLE: Final = frozenset(
    {"AttributeError", "IndexError", "KeyError", "TypeError", "ValueError"}
)
"""Exceptions that code ends with where an answer holds something else than it takes for granted."""
_MISSING_FIELD: Final = re.compile(r'Field "(\w+)" of type .* is missing')
_OF_A_REFUSAL: Final = re.compile(
    r"error|errno|message|msg|code|status|reason|fault|detail|description|title|type|key|exception",
    re.IGNORECASE,
)
"""What a vendor's answer calls the parts that say why it refuses a request."""
_LIBRARY: Final = re.compile(
    r"/(?:site-packages|homeassistant/[^/]+\+\w+)/(?!homeassistant/|aiohttp/)([^/]+)/"
)
"""A file of a library, in Home Assistant's environment or in the layer on top of it."""
_STANDARD_CODE: Final = re.compile(r"/lib/python3\.\d+/(?!site-packages/)|^<")
"""A file of Python itself, or code that was generated."""
_HOOKS: Final = "components/application_credentials/__init__.py"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a stage ended that did not return."""

    outcome: Outcome
    seen: str
    user: str = ""
    lacking: tuple[str, ...] = ()
    record: Record | None = None
    place: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Where everything stood when a stage began."""

    logged: int
    tokens: int
    unanswered: int
    refused: int
    answered: int
    addresses: frozenset[str]
    """What had been asked for in stages that passed, and so was read well."""

    @classmethod
    def of(cls, play: Play) -> Mark:
        """Return where everything stands."""
        gateway = play.gateway
        return cls(
            len(play.home.log()),
            len(play.provider.requests),
            len(gateway.unanswered),
            len(gateway.traffic.refused),
            gateway.answered,
            frozenset(gateway.addresses),
        )


async def of(
    error: Exception, stage: Stage, play: Play, mark: Mark, lacking: tuple[str, ...]
) -> Verdict:
    """Judge an error with which a stage ended.

    Args:
        error: What was raised.
        stage: The stage.
        play: The run.
        mark: Where everything stood when the stage began.
        lacking: Requests since then, or since what it needs, that nobody could answer.

    """
    if isinstance(error, UnreachableError):
        return Verdict(Outcome.UNREACHABLE, str(error), lacking=lacking)
    if isinstance(error, FailedError) and error.certain:
        # What is certain is in the stage's own words; the log would add what it did not see.
        seen = _with(error.seen, error.record)
        user = error.user or stage.user
        return Verdict(Outcome.FAILED, seen, user, (), error.record, error.place)
    record = error.record if isinstance(error, FailedError) and error.record else None
    record = record or await _logged(play, mark)
    seen = error.seen if isinstance(error, FailedError) else str(error) or type(error).__name__
    seen = _with(seen, record)
    if lacking:
        # The integration was told that its vendor is not there.
        text = f"needs a response for {', '.join(lacking)} ({seen})"
        return Verdict(Outcome.UNREACHABLE, text, lacking=lacking)
    if record is not None and (hint := _unread_refusal(record, play, mark)):
        return Verdict(Outcome.UNREACHABLE, f"{hint} ({seen})", record=record)
    answers_fit = isinstance(error, FailedError) and error.answers_fit
    if record is not None and not answers_fit and (hint := _not_in_answer(record, play, mark)):
        return Verdict(Outcome.UNREACHABLE, f"{hint} ({seen})", record=record)
    if doubt := _doubt(error, record, play):
        return Verdict(Outcome.UNREACHABLE, f"{seen}; {doubt}", record=record)
    user = error.user if isinstance(error, FailedError) else ""
    return Verdict(Outcome.FAILED, seen, user or stage.user, (), record)


def _doubt(error: Exception, record: Record | None, play: Play) -> str:
    """Return what else than the integration can be the cause, and what to do; empty: nothing."""
    own = record is not None and (
        record.place(play.subject.domain) is not None or play.subject.raises(record) is not None
    )
    if isinstance(error, FailedError):
        return "" if own else error.doubt
    if isinstance(error, StatusError) and error.status >= 500:
        # What a hook of the platform returns is used there, without a frame of its own.
        if own or (record is not None and any(_HOOKS in frame.file for frame in record.frames)):
            return ""
        helper = record is not None and any(
            frame.file.endswith("config_entry_oauth2_flow.py") for frame in record.frames
        )
        return (
            ""
            if helper
            else ("the log does not mention the integration; read the whole log (--log FILE)")
        )
    if isinstance(error, SilenceError):
        return ""
    if isinstance(error, TimeoutError):
        return "the stage timed out; run it alone with --stages"
    if isinstance(error, HomeAssistantError | aiohttp.ClientError):
        return (
            ""
            if own
            else ("the log does not mention the integration; read the whole log (--log FILE)")
        )
    return "a defect of appcred: cannot read Home Assistant's answer; report it"


def _not_in_answer(record: Record, play: Play, mark: Mark) -> str:
    """Return what an answer lacks that the code takes for granted in it; empty: it is not that."""
    kind, words = record.exception
    place = record.place(play.subject.domain)
    answered = play.gateway.answered > mark.answered or any(
        request.status == 200 for request in play.provider.requests[mark.tokens :]
    )
    if not (kind and place and answered):
        return ""
    inner = next((f.file for f in reversed(record.frames) if not _STANDARD_CODE.search(f.file)), "")
    where = f"{place.file}:{place.line}"
    reads = kind != "KeyError" or f"custom_components/{play.subject.domain}/" in inner
    if reads and record.missed:
        if set(record.missed) & STANDARD:
            return ""
        of = (
            "provider.token"
            if "token" in record.source(place).lower()
            else "the response it is read from"
        )
        keys = ", ".join(map(repr, record.missed))
        return (
            f"{where} reads {keys}, which the vendor's response does not have; add "
            f"{'it' if len(record.missed) == 1 else 'them'} to {of} in the responses file"
        )
    # An answer that was read well before is not the cause.
    is_new = bool(play.gateway.addresses - mark.addresses)
    library = _LIBRARY.search(inner)
    if is_new and kind in _UNUSABLE and not library:
        return (
            f"{where} cannot use a value in the vendor's response ({kind}: {words}); correct it "
            "in the responses file"
        )
    if library and (is_new or _UNREADABLE.search(kind)):
        return (
            f"{library[1]}, called at {where}, cannot read the vendor's response ({kind}: "
            f"{words}); correct it in the responses file"
        )
    return ""


def _unread_refusal(record: Record, play: Play, mark: Mark) -> str:
    """Return what to do where a library could not read a made-up refusal; empty: it is not that.

    One that misses what a good answer has did not look whether it was one.
    """
    refused = play.gateway.traffic.refused[mark.refused :]
    status = next((each for each in reversed(refused) if each not in play.vendor.errors), 0)
    kind, words = record.exception
    missed = record.missed or tuple(_MISSING_FIELD.findall(words))
    if not status or not all(_OF_A_REFUSAL.search(key) for key in missed):
        return ""
    frames = [frame.file for frame in record.frames if not _STANDARD_CODE.search(frame.file)]
    own = record.place(play.subject.domain)
    library = _LIBRARY.search(frames[-1]) if frames and own else None
    reads = kind in _UNUSABLE or _UNREADABLE.search(kind) or "from_dict" in words
    if not library or not reads:
        return ""
    return (
        f"{library[1]} cannot read the body of an answer with status {status}; write the vendor's "
        f"into the responses file, as errors: {{{status}: …}}"
    )


def _with(seen: str, record: Record | None) -> str:
    return f"{seen}; Home Assistant logged: {record.summary()}" if record else seen


async def _logged(play: Play, mark: Mark) -> Record | None:
    """Return the record that tells most of what went wrong in a stage."""
    for _ in range(_LOG_PATIENCE):
        if said := last_error(play, mark.logged):
            return said
        await asyncio.sleep(0.1)
    return None


def last_error(play: Play, since: int) -> Record | None:
    """Return the last error since a place in the log that can be about the integration.

    One that names a place in the integration's code goes before one that does not.
    """
    domain = play.subject.domain
    found = [
        record
        for record in records(play.home.log()[since:])
        if record.level in GRAVE
        and (record.is_of((play.subject.loggers[0], *_TELLING)) or _setup(record, domain))
    ]
    placed = [record for record in found if record.place(domain)]
    return next(reversed(placed or found), None)


def _setup(record: Record, domain: str) -> bool:
    return record.logger == "homeassistant.setup" and domain in record.message
