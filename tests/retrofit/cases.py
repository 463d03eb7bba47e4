"""The cases of `tests/corpus/cases`: small integrations in shapes that a retrofit has met.

Each file there is a case: a tree over that of `base.md`, and variations of it, which change in turn
the module that something stands in, how it is spelled, and where the client comes from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

FOLDER = Path(__file__).parent.parent / "corpus" / "cases"
AUTHORIZE = "https://kelvin.example/authorize"
TOKEN = "https://kelvin.example/token"
KEYS = ("client_id", "client_secret")


class End(StrEnum):
    """What a retrofit with default settings makes of a tree."""

    WHOLE = "whole"
    REFUSED = "refused"
    NOT_APPLICABLE = "not applicable"


class Source(StrEnum):
    """Where the client comes from."""

    CONSTANT = "constant"
    YAML = "YAML"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Case:
    """What is known about a tree, and what must come of it."""

    end: End = End.WHOLE
    source: Source = Source.CONSTANT
    client: tuple[str, str | None] = ("kelvin-ha", "known to all")
    keys: tuple[str, ...] = KEYS
    """Under which YAML, a form and an entry have the client."""
    works: bool = True
    """Whether its flow makes entries before the retrofit, and they load at the next start."""
    has: tuple[tuple[str, str], ...] = ()
    """Files, and what each must match afterwards, as a regular expression."""
    lacks: tuple[tuple[str, str], ...] = ()
    """Files, and what each must not match afterwards."""
    says: tuple[str, ...] = ()
    """What the report must match."""
    gone: tuple[str, ...] = ()
    """Comments that go with their statements."""
    unlived: Mapping[str, str] = field(default_factory=dict)
    """Journeys of the lab that the tree itself cannot make, each with why."""
    variations: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By the name of a variation, what is different there."""


_CONSTANT: dict[str, Any] = {"source": Source.CONSTANT}
_YAML: dict[str, Any] = {"source": Source.YAML}
_FORM: dict[str, Any] = {"source": Source.FORM}

_NO_SET_UP = dict.fromkeys(
    ("without", "fresh", "entries", "restart", "yaml_gone", "reauth", "beside", "disabled"),
    "it sets up no entries",
)

_DOES_MORE = r"(?s)def __init__\(.*_LOGGER\.debug\(.*self\.region = region.*super\(\)\.__init__"

CASES = {
    "own-method-of-that-name": Case(client=("kelvin-ha", ""), works=False),
    "name-as-f-string": Case(source=Source.YAML, variations={"source": _CONSTANT}),
    "registration-without-its-domain": Case(
        client=("kelvin-ha", ""),
        works=False,
        unlived=_NO_SET_UP,
        variations={"source": {**_YAML, "client": ("kelvin-ha", "known to all")}},
    ),
    "class-that-is-not-there": Case(
        end=End.REFUSED,
        says=(r"oauth\.py has no `?KelvinImplementation",),
        variations={"module": {"says": (r"clients/__init__\.py has no `?KelvinImplementation",)}},
    ),
    "client-credentials-grant": Case(end=End.NOT_APPLICABLE),
    "guard-that-returns-nothing": Case(
        source=Source.YAML,
        has=(("__init__.py", r"return True"),),
        lacks=(("__init__.py", r"return( None)?\n"),),
        variations={"source": {"keys": ("app_key", "app_password")}},
    ),
    "registration-in-a-property": Case(
        works=False,
        unlived={"beside": "its flow takes one entry alone"},
        has=(("config_flow.py", r"def oauth2_implementation\(self\):\n.*KelvinImplementation\("),),
        variations={
            "module": {
                "has": (
                    ("registering.py", r"def oauth2_implementation\(self\):\n.*KelvinImplement"),
                )
            },
            "spelling": {"gone": ("# noqa: B018",)},
        },
    ),
    "implementation-used-elsewhere": Case(
        has=(("__init__.py", r"await .*async_get_config_entry_implementation\(\s*hass, entry"),),
        lacks=(("__init__.py", r"KelvinImplementation\("),),
        variations={
            "module": {
                "has": (
                    ("client.py", r"await async_get_config_entry_implementation\(\s*hass, entry"),
                ),
                "lacks": (("client.py", r"KelvinImplementation\("),),
            },
            "spelling": {"lacks": (("__init__.py", r"impl = _implementation"),)},
            "source": _FORM,
        },
    ),
    "client-of-a-library": Case(
        client=("kelvin-library", None),
        lacks=(("application_credentials.py", r"(?m)^(from|import) kelvinlib"),),
    ),
    "client-read-from-the-entry": Case(
        source=Source.FORM,
        has=(("sensor.py", r"entry\.data\[CONF_CLIENT_ID\]"),),
        variations={
            "module": {"has": (("coordinator.py", r"entry\.data\[CONF_CLIENT_ID\]"),)},
            "spelling": {"has": (("sensor.py", r'settings\["client_id"\]'),)},
            "source": {"has": (("sensor.py", r"self\._headers = "),)},
        },
    ),
    "public-client-on-an-old-floor": Case(
        client=("kelvin-ha", None),
        has=(("application_credentials.py", r"credential\.client_secret or None"),),
    ),
    "platform-that-differs": Case(
        says=(r"https://kelvin\.example/v2/token",),
        lacks=(("application_credentials.py", r"v2/token"),),
        variations={
            # The old URL is in another module, and the constant that held it may stay.
            "module": {"says": ()},
            "spelling": {"lacks": (("application_credentials.py", r"token_url=OLD_TOKEN"),)},
            "source": _YAML,
        },
    ),
    "init-that-does-more": Case(
        has=(("oauth.py", _DOES_MORE),),
        variations={
            "module": {
                "has": (
                    (
                        "config_flow.py",
                        _DOES_MORE,
                    ),
                )
            },
            "source": _YAML,
        },
    ),
    "statement-moved-above-what-it-uses": Case(
        source=Source.YAML,
        has=(
            ("__init__.py", r"(?s)\"config\": .*found = await .*if found and hass\.data\[DOMAIN\]"),
        ),
        variations={"source": _CONSTANT},
    ),
    "dependency-without-a-hook": Case(client=("kelvin-ha", ""), works=False),
    "name-imported-inside-functions": Case(
        works=False,
        unlived=dict.fromkeys(
            ("fresh", "entries", "restart", "beside"), "its sessions renew no token"
        ),
    ),
    "comment-behind-a-name-that-stays": Case(
        works=False,
        variations={
            "spelling": {"gone": ("# Where the user is sent to.",)},  # above a name that goes
            "source": {**_YAML, "works": True},
        },
    ),
    "reauth-that-registers": Case(source=Source.FORM),
    "form-of-one-field": Case(
        source=Source.FORM, client=("kelvin-ha", None), keys=("consumer_key",)
    ),
    "what-the-form-step-computed": Case(
        source=Source.FORM,
        has=(("config_flow.py", r'(?s)self\._shared = len.*"shared" if self\._shared'),),
    ),
    "registration-under-try": Case(client=("kelvin-ha", None)),
    "client-kept-in-hass-data": Case(source=Source.YAML),
    "implementation-named-by-the-flow": Case(
        lacks=(("config_flow.py", r"pick_implementation\(.+\)"),),
        has=(("config_flow.py", r'"auth_implementation": self\.flow_impl\.domain'),),
        variations={"source": _FORM},
    ),
    "class-for-signing-in-alone": Case(
        source=Source.FORM,
        has=(("application_credentials.py", r"KelvinImplementation\("),),
        variations={"source": _CONSTANT},
    ),
    "credential-created-by-hand": Case(),
    "client-typed-in-or-built-in": Case(
        end=End.REFUSED,
        variations={"nothing": {"end": End.WHOLE, **_FORM}},
    ),
    "flow-of-its-own": Case(end=End.REFUSED),
    "client-in-hass-data": Case(
        source=Source.YAML,
        has=(("__init__.py", r"CONF_CLIENT_ID: impl\.client_id"),),
        variations={
            "spelling": {"has": (("__init__.py", r"\[CONF_CLIENT_ID\] = impl\.client_id"),)}
        },
    ),
    "class-of-its-own": Case(
        source=Source.FORM,
        works=False,  # of two clients that are typed in, it takes the first one for both
        has=(("oauth.py", r"(?s)def domain\(self\):\s+return self\._domain"),),
        lacks=(("config_flow.py", r"current|client_id ="),),
        gone=("# Known to Home Assistant already?",),
    ),
    "section-taken-before-its-test": Case(
        source=Source.YAML,
        has=(("__init__.py", r"config\.get\(DOMAIN, \{\}\)"),),
        variations={
            "defaults": {
                "has": (("__init__.py", r"conf = config\.get\(DOMAIN\) or CONFIG_SCHEMA\("),)
            }
        },
    ),
    "form-step-that-does-more": Case(
        source=Source.FORM,
        has=(
            ("config_flow.py", r"(?s)assert self\.hass.*no_units.*async_step_pick_implementation"),
        ),
        lacks=(("config_flow.py", r"async_show_form|_fields"),),
        gone=("# The client goes by the domain",),
    ),
    "form-with-an-optional-field": Case(
        source=Source.FORM,
        has=(("config_flow.py", r"if user_input is not None:"),),
    ),
    "section-without-a-schema": Case(
        source=Source.YAML,
        unlived={"half_section": "an ID alone is a public client there"},
        has=(("__init__.py", r'if (DOMAIN in config and )?"client_id" in'),),
    ),
    "init-without-its-base": Case(
        has=(("application_credentials.py", r"credential\.client_secret"),),
        variations={
            "spelling": {"has": (("oauth.py", r"self\._domain = auth_domain"),)},
            "source": _YAML,
            "less": {"end": End.REFUSED, "has": (), "works": False},
        },
    ),
    "page-opened-by-the-flow": Case(
        lacks=(("config_flow.py", r"async_external_step|LocalOAuth2Implementation|created"),),
        variations={
            "more": {"end": End.REFUSED, "lacks": ()},
            "mixin": {"end": End.REFUSED, "lacks": ()},
        },
    ),
    "platform-that-ignores-its-credential": Case(
        has=(("application_credentials.py", r"client_id=credential\.client_id"),),
        variations={
            "another": {"end": End.REFUSED, "has": ()},
            "right": {"has": (("application_credentials.py", r"AuthorizationServer\("),)},
        },
    ),
    "two-flows-of-one-domain": Case(end=End.REFUSED, says=("KelvinFlow is not one",)),
    "client-kept-between-steps": Case(
        source=Source.FORM,
        lacks=(("config_flow.py", r"_registered|_make|self\._client_id|async_show_form"),),
    ),
    "pick-named-in-the-answer": Case(
        source=Source.FORM,
        has=(("config_flow.py", r"return await self\.async_step_pick_implementation\(\)"),),
        lacks=(("config_flow.py", r"kelvin_flow|self\.client|async_show_form"),),
        variations={
            "schema": {"lacks": (("config_flow.py", r"async_show_form"), ("schemas.py", r"FORM"))},
            "function": {"has": (), "lacks": (), "says": ("cannot take client_id out",)},
            "comprehension": {"has": (), "lacks": (), "says": ("cannot tell which form",)},
        },
    ),
}


REFUSED = frozenset(
    {
        "registration-without-its-domain.spelling",
        "guard-that-returns-nothing.module",
        "public-client-on-an-old-floor.source",
        "client-kept-in-hass-data",
        "class-for-signing-in-alone.renewing",
        "pick-named-in-the-answer.comprehension",
        "pick-named-in-the-answer.function",
    }
)
"""Trees that a retrofit does not follow: it leaves them as they are and gives its reason.

Each could be brought over. One that is goes out of this list, for its test then expects more.
"""


def known(name: str) -> Case:
    """Return what is known about a tree, `case` or `case.variation`."""
    case, _, variation = name.partition(".")
    found = replace(CASES[case], **CASES[case].variations.get(variation, {}))
    if name in REFUSED:
        return replace(found, end=End.REFUSED, has=(), lacks=(), says=())
    return found


@cache
def trees() -> dict[str, dict[str, str]]:
    """Return every tree by its name, `case` or `case.variation`: the files by their paths.

    A path that starts with a slash is one of the repository, any other of the integration.
    """
    base, _ = _read("base")
    found = {}
    for case in CASES:
        own, variations = _read(case)
        tree = {**base, **own}
        found[case] = tree
        for name, changes in variations.items():
            found[f"{case}.{name}"] = {
                **tree,
                **{
                    path.removeprefix("edit "): _edited(tree[path.removeprefix("edit ")], text)
                    if path.startswith("edit ")
                    else text
                    for path, text in changes.items()
                },
            }
    return found


def _read(case: str) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    text = (FOLDER / f"{case}.md").read_text("utf-8")
    own, *parts = re.split(r"^## (\w+)$", text, flags=re.MULTILINE)
    return _fences(own), dict(zip(parts[::2], map(_fences, parts[1::2]), strict=True))


def _fences(text: str) -> dict[str, str]:
    fences = re.findall(r"^```(\w+) (\S+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return {f"edit {path}" if kind == "edit" else path: body for kind, path, body in fences}


def _edited(text: str, edits: str) -> str:
    """Return a text with runs of `-` lines replaced by the runs of `+` lines that follow them."""
    for old, new in re.findall(r"((?:^-.*\n)+)((?:^\+.*\n)*)", edits, flags=re.MULTILINE):
        gone, came = (
            re.sub(r"^.", "", each, flags=re.MULTILINE).removesuffix("\n") for each in (old, new)
        )
        assert text.count(gone) == 1, f"{text.count(gone)} times in the text:\n{gone}\n---\n{text}"
        text = text.replace(gone, came)
    return text


def write(tree: Mapping[str, str], root: Path, domain: str = "kelvin") -> Path:
    """Write a tree below the root of its repository, and return the integration's folder."""
    folder = root / "custom_components" / domain
    for path, text in tree.items():
        target = root / path[1:] if path.startswith("/") else folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace('"kelvin"', f'"{domain}"'), "utf-8")
    return folder
