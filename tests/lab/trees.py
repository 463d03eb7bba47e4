"""The trees that the template emits: a pairwise cover of its answers, rendered for the lab."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from appcred.release import Release
from appcred.resources import data_root
from lab.cover import pairwise
from lab.environments import SPECIFICATIONS
from lab.sources import NEWEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from lab.runs import Layout

CURRENT = "2026.10.4"

# A factor's value is the answers it stands for; {} where the question does not arise.
_CORE = {"layout": "core", "floor": 202611}
_FLOORS = [
    *({"layout": "custom", "floor": floor} for floor in (202504, 202512, 202603, 202610)),
    _CORE,
]
_NAMES: list[dict[str, Any]] = [
    {"domain": "example", "name": "Example"},
    # Quotes of both kinds, a backslash, markup, an emoji, right-to-left letters, 36 in all.
    {"domain": "ab", "name": 'L\'Été "7" \\ & שלום 🏡 <b>{{ x }}</b>'},
    {"domain": "the_very_long_name_of_a_vendor_42", "name": "Vendor of Very Long Names, Ltd."},
    {"domain": "x2go", "name": "X2 {Go}"},
]
_SECRET, _PKCE = {"flow": "secret"}, {"flow": "pkce_secret"}
_PUBLIC = {"flow": "pkce_public", "client_id": "app-0815"}
_BODY, _BASIC = {"token_auth": "body"}, {"token_auth": "basic"}
_ACCEPT = {"token_accept_json": True}
_TEXT: list[dict[str, Any]] = [
    {},
    {"console_url": "https://console.example.com/apps?tab=oauth"},
    {"console_url": "", "credentials_text": 'Ask "support" to allow `{redirect_url}`, it\'s free.'},
    {"console_url": "", "credentials_text": "Ask support for a client."},
]
_CLAIM = {"identity": "token_claim"}
# Each asks its own questions; the answers to the others' are left out again.
_PLAIN = {"id_field": "sub", "title_field": "name", "claim_token": "access_token"}
_NESTED = {
    "userinfo_url": "https://api.example.com/v2/users/me?fields=all&expand=profile.settings",
    "id_field": "data.0.user-id",
    "title_field": "data.0.profile.display_name",
    "claim_token": "id_token",
    "id_claim": "https://example.com/uid",
    "title_claim": "preferred_username",
}
_ASKED = {
    "userinfo": ("userinfo_url", "id_field", "title_field"),
    "token_claim": ("claim_token", "id_claim", "title_claim"),
}
_NOBODY = {"identity": "none"}
_NO_ENTITIES = {"platforms": ""}
_HUB = {"integration_type": "hub"}
_REPOSITORY = {"repository": True}
_COMMAS = {"scope_separator": ",", "scopes": "read:status user.profile offline"}

FACTORS: dict[str, list[Any]] = {
    "floor": _FLOORS,
    "names": _NAMES,
    "flow": [_SECRET, _PKCE, _PUBLIC],
    "token_auth": [_BODY, _BASIC, _BODY | _ACCEPT, _BASIC | _ACCEPT],
    "text": _TEXT,
    "identity": [{"identity": "userinfo"}, _CLAIM, _NOBODY],
    "fields": [_PLAIN, _NESTED],
    "mismatch": [{}, {"account_mismatch": "account_is_another_one"}],
    "scopes": [{}, {"scopes": ""}, {"scopes": "openid"}, _COMMAS],
    "params": [{}, {"extra_authorize_params": 'access_type=offline&prompt=consent&q=a"%b'}],
    "reconfigure": [{"reconfigure": True}, {"reconfigure": False}],
    "cloud": [{"cloud": "none"}, {"cloud": "after_dependencies"}],
    "kind": [
        {},
        {"integration_type": "device", "iot_class": "local_polling"},
        _HUB | {"iot_class": "cloud_polling", "requirements": "pysomething==1.2"},
        _HUB
        | {
            "devices_field": "",
            "device_id_field": "meta.serial",
            "device_name_field": "meta.serial",
            "configuration_url": "https://example.com/devices?tab=all",
        },
    ],
    "platforms": [
        {},
        _NO_ENTITIES | {"iot_class": "cloud_push", "class_prefix": "ACME"},
        {
            "platforms": "sensor binary_sensor",
            "manufacturer": 'Vendor "of" Things',
            "api_url": "https://api.example.com/devices/0/measurements/latest?unit=metric&lang=en",
            "value_field": "data.values.0",
            "sensor_key": "outdoor_temperature_of_the_house",
            "sensor_device_class": "temperature",
            "binary_sensor_field": "data.isOffline",
            "polling_minutes": 60,
        },
        {
            "platforms": "switch select sensor button binary_sensor",
            "sensor_unit": "points",
            "select_options": "eco boost_mode off",
        },
        {"platforms": "button", "configuration_url": "https://example.com/account"},
    ],
    "forbidden": [{}, {"forbidden_reauth": True}],
    "granted": [{}, {"check_scopes": False}],
    "repository": [{}, _REPOSITORY],
}


def _allowed(row: Mapping[str, Any]) -> bool:
    """Say whether the questions of a row, as far as it goes, can be answered so together."""
    public = row.get("flow") == _PUBLIC
    return not (
        (public and row.get("token_auth", _BODY).items() >= _BASIC.items())
        or (public and row.get("text", {}) != {})
        or (row.get("floor") == _CORE and row.get("repository") == _REPOSITORY)
        or (row.get("identity") == _NOBODY and row.get("mismatch", {}) != {})
        # An ID token comes only with the scope openid.
        or (
            row.get("identity") == _CLAIM
            and row.get("fields") == _NESTED
            and row.get("scopes") in ({"scopes": ""}, _COMMAS)
        )
    )


@dataclass(frozen=True)
class Answers:
    """One row of the cover: what is answered, and what follows for the lab."""

    number: int
    data: dict[str, Any]

    def __str__(self) -> str:
        """Return a name for test reports."""
        floor = Release.from_number(self.data["floor"])
        return f"{self.number:02}-{self.layout}-{floor}-{self.data['flow']}-{self.data['identity']}"

    @property
    def layout(self) -> Layout:
        """Where the integration goes."""
        return self.data["layout"]

    @property
    def domain(self) -> str:
        """Its folder's name."""
        return self.data["domain"]

    @property
    def releases(self) -> tuple[str, ...]:
        """The Home Assistant releases that its tests are run on: its floor's, and today's.

        Core code is judged by its own release alone.
        """
        if self.layout == "core":
            return (NEWEST,)
        lowest, *_ = self.span
        return (lowest, CURRENT) if lowest != CURRENT else (CURRENT, NEWEST)

    @property
    def span(self) -> tuple[str, ...]:
        """The lab's releases from its floor to the newest, in their order."""
        floor = Release.from_number(self.data["floor"])
        known = sorted(SPECIFICATIONS, key=Release.parse)
        return tuple(release for release in known if Release.parse(release) >= floor)


@cache
def cover() -> tuple[Answers, ...]:
    """Return the rows of the cover."""
    found = []
    for number, row in enumerate(pairwise_rows()):
        data = {key: value for part in row for key, value in part.items()}
        others = {
            key for identity, keys in _ASKED.items() for key in keys if identity != data["identity"]
        }
        found.append(Answers(number, {key: data[key] for key in data if key not in others}))
    return tuple(found)


@cache
def importing() -> tuple[Answers, ...]:
    """Return rows of integrations that replace one with YAML: on the oldest floor and the newest.

    They are no part of the cover, for `check` says of each that the import can go one day.
    """
    rows = [row for row in cover() if row.layout == "custom" and row.data["flow"] != "pkce_public"]
    return tuple(
        Answers(100 + row.number, {**row.data, "yaml_import": True})
        for row in (
            min(rows, key=lambda row: row.data["floor"]),
            max(rows, key=lambda row: row.data["floor"]),
        )
    )


@cache
def libraries() -> tuple[Answers, ...]:
    """Return rows of integrations whose requests a library makes: one that awaits, one that blocks.

    In both layouts, and on a floor that leaves the errors of a refresh to them.
    """
    awaits = {"library": "acmelib", "requirements": "acmelib==1.0.0"}
    blocks = {**awaits, "library": "acmelib.blocking", "library_sync": True}
    usual = {"domain": "example", "flow": "secret", "identity": "userinfo"}
    every = {"platforms": "binary_sensor button select sensor switch"}
    rows: list[dict[str, Any]] = [
        _CORE | every | awaits,
        _CORE | {"platforms": "sensor switch", **_HUB, **_CLAIM, **blocks},
        {"layout": "custom", "floor": 202504, **every, **blocks, "scopes": "read"},
        {"layout": "custom", "floor": 202610, **_NO_ENTITIES, **awaits, **_REPOSITORY},
    ]
    return tuple(Answers(200 + number, usual | row) for number, row in enumerate(rows))


def pairwise_rows() -> list[list[dict[str, Any]]]:
    """Return each row's parts, in the order of the factors."""
    places = {name: range(len(values)) for name, values in FACTORS.items()}

    def allowed(row: Mapping[str, Any]) -> bool:
        return _allowed({name: FACTORS[name][place] for name, place in row.items()})

    return [[FACTORS[name][row[name]] for name in FACTORS] for row in pairwise(places, allowed)]


def template(folder: Path) -> Path:
    """Copy what Copier needs into a folder that is no git repository, and return it.

    From a repository Copier would take the last commit, not what lies there.
    """
    for name in ("copier.yml", "releases.yml"):
        shutil.copy(data_root() / name, folder)
    shutil.copytree(data_root() / "template", folder / "template")
    return folder


def render(source: Path, answers: Mapping[str, Any], target: Path) -> Path:
    """Emit a tree without trusting the template; return `target`."""
    import copier

    copier.run_copy(
        str(source), target, data=dict(answers), defaults=True, quiet=True, unsafe=False
    )
    return target
