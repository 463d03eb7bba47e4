"""What is known of a vendor: what it asks of its clients, who has accounts, what its API answers.

It is read from the file that `--responses` names (JSON or YAML); without one a vendor knows every
scope, takes every client authentication and answers nothing but token requests.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

import yaml

from appcred.documents.yaml import parse
from appcred.errors import UsageError
from appcred.rehearsal.placeholders import CLIENT_ID, names_client, replaced

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_ACCOUNT_KEYS: Final = ("id", "name", "email")
SCOPES: Final = "{scopes}"
_TOP: Final = ("provider", "accounts", "answers", "errors", "forms", "yaml")
_TOKEN_FORMATS: Final = ("json", "form", "accept")
_SCOPE_FORMATS: Final = ("text", "list", "comma", "none")


class ResponsesError(UsageError):
    """A file of canned responses cannot be used; the text names the file and how to correct it."""


@dataclass(frozen=True, slots=True)
class Account:
    """Someone who has an account at the vendor."""

    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What the vendor asks of its clients, and what is in its token answers."""

    scopes: tuple[str, ...] | None = None
    """The scopes that exist; None: every scope does."""
    scope_separator: str = " "
    token_auth: str = "any"  # noqa: S105 - not a secret
    """`body`, `basic`, `any` of the two, or `both` at once, which the standard forbids."""
    pkce: bool | None = None
    """Whether every client has to use PKCE, or none; None: a public one has to."""
    authorize_parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameters that the authorize URL has to carry."""
    claims: Mapping[str, Any] = field(default_factory=dict)
    """Claims of the tokens beside the account's own."""
    token: Mapping[str, Any] = field(default_factory=dict)
    """Members of the token answer beside the standard's."""
    token_format: str = "json"  # noqa: S105 - not a secret
    """How the token answer is written: `json`, `form`, or by the request's `accept` header."""
    scope_format: str = "text"
    """How the token answer names the scopes: a `text`, a `list`, with a `comma`, or not: `none`."""

    token_wrapped: str = ""
    """The member of the token answer that holds all others, beside a `status`; empty: none."""

    def or_else(self, usual: Mapping[str, Any]) -> Terms:
        """Return these terms, with a vendor's usual ones where these say nothing."""
        silent = Terms()
        found: dict[str, Any] = {
            key: {**value, **self.token} if key == "token" else value
            for key, value in usual.items()
            if key == "token" or getattr(self, key) == getattr(silent, key)
        }
        return replace(self, **found)

    def wants_pkce(self, *, public: bool) -> bool:
        """Whether a client has to use PKCE."""
        return public if self.pkce is None else self.pkce


@dataclass(frozen=True, slots=True)
class Answer:
    """A canned response of the vendor's API."""

    url: str
    """With `*` for any text; without a query it matches every query."""
    method: str
    status: int
    headers: Mapping[str, str]
    body: Any
    """Text, or data that is sent as JSON; `{id}`, `{name}`, `{email}` are the account's."""
    public: bool
    """Whether it is given without a valid access token."""
    scopes: tuple[str, ...]
    """The scopes that a token needs for it."""

    query: Mapping[str, Any] = field(default_factory=dict)
    """Parameters that the URL has to carry."""
    sent: Mapping[str, Any] = field(default_factory=dict)
    """Members that the request's body, a form or JSON, has to carry."""

    def matches(self, method: str, url: str, body: str = "") -> bool:
        """Whether this is the answer to a request."""
        address, _, query = url.partition("?")
        return (
            self.method in ("*", method)
            and _matches(self.url, url if "?" in self.url else address)
            and (not self.query or _carries(dict(parse_qsl(query)), self.query))
            and (not self.sent or _carries(members(body), self.sent))
        )


def members(body: str) -> Any:
    """Return what is in a request's body: JSON as it is, a form as a table."""
    try:
        return json.loads(body)
    except ValueError:
        return dict(parse_qsl(body, keep_blank_values=True))


def _carries(given: Any, wanted: Any) -> bool:
    """Whether some data has at least what is wanted; `*` in a text stands for any text."""
    if isinstance(wanted, dict):
        return isinstance(given, dict) and all(
            key in given and _carries(given[key], inner) for key, inner in wanted.items()
        )
    if isinstance(wanted, str) or isinstance(given, str):
        return not isinstance(given, dict | list) and _matches(str(wanted), str(given))
    return bool(given == wanted)


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


@dataclass(frozen=True, slots=True)
class Yaml:
    """What users of the integration have had in configuration.yaml, and in their entries."""

    section: Any = None
    """A section that imports one client, with `{client_id}` and `{client_secret}` in their places;
    None: what the integration's own schema says."""
    auth_implementation: str = ""
    """What an entry that was made with it names; empty: what Home Assistant's usual way names."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """All that is known of a vendor."""

    terms: Terms = field(default_factory=Terms)
    first: Account = Account("account-1", "Ada Example", "ada@example.com")
    second: Account = Account("account-2", "Bob Example", "bob@example.com")
    answers: tuple[Answer, ...] = ()
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What a user enters in the forms that follow the vendor's page, by step and field."""
    yaml: Yaml = field(default_factory=Yaml)
    errors: Mapping[int, Any] = field(default_factory=dict)
    """The body of the API's answers that refuse a request, by status."""

    def answer(self, method: str, url: str, body: str = "") -> Answer | None:
        """Return the first canned response that matches a request."""
        return next((found for found in self.answers if found.matches(method, url, body)), None)


def filled(value: Any, account: Account, client_id: str = "", scopes: tuple[str, ...] = ()) -> Any:
    """Put an account's data into the texts of canned data: `{id}`, `{name}`, `{email}`.

    `{client_id}` is the client that the account's token was issued to, and `{scopes}` as a whole
    text the list of its scopes, if they are given.
    """
    texts = {key: getattr(account, key) for key in _ACCOUNT_KEYS}
    found = replaced(value, texts | ({"client_id": client_id} if client_id else {}))
    return _with_scopes(found, list(scopes)) if scopes else found


def _with_scopes(value: Any, scopes: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _with_scopes(inner, scopes) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_scopes(inner, scopes) for inner in value]
    return scopes if value == SCOPES else value


def load(path: Path | None) -> Vendor:
    """Read a file of canned responses. Raises ResponsesError."""
    if path is None:
        return Vendor()
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text) if path.suffix == ".json" else parse(text)
    except OSError as error:
        raise ResponsesError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:  # of the text, JSON, a date
        said = " ".join(str(error).split())
        raise ResponsesError(f"{path} is neither JSON nor YAML: {said}") from None
    reader = _Reader(path)
    top = reader.table(content, "the file", _TOP)
    accounts = reader.table(top.get("accounts", {}), "accounts", ("first", "second"))
    usual = Vendor()
    answers = top.get("answers", [])
    if not isinstance(answers, list):
        raise reader.error("answers", "a list")
    return Vendor(
        reader.terms(top.get("provider", {})),
        reader.account(accounts.get("first"), "accounts.first", usual.first),
        reader.account(accounts.get("second"), "accounts.second", usual.second),
        tuple(reader.answer(found, f"answers[{place}]") for place, found in enumerate(answers)),
        {
            step: reader.free(fields, f"forms.{step}")
            for step, fields in reader.free(top.get("forms", {}), "forms").items()
        },
        reader.yaml(top.get("yaml", {})),
        reader.errors(top.get("errors", {})),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns the file's data into facts, and says where it cannot."""

    path: Path

    def error(self, place: str, wanted: str) -> ResponsesError:
        return ResponsesError(f"{self.path}: {place} must be {wanted}")

    def table(self, value: Any, place: str, known: tuple[str, ...]) -> dict[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.error(place, f"a table with the keys {', '.join(known)}")
        for key in value:
            if key not in known:
                raise ResponsesError(
                    f"{self.path}: {place} has the unknown key {key!r}; known: {', '.join(known)}"
                )
        return value

    def texts(self, value: Any, place: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(found, str) for found in value):
            raise self.error(place, "a list of strings")
        return tuple(value)

    def free(self, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise self.error(place, "a table")
        return value

    def terms(self, value: Any) -> Terms:
        names = tuple(Terms.__dataclass_fields__)
        found = self.table(value, "provider", names)
        if found.get("token_auth", "any") not in ("any", "body", "basic", "both"):
            raise self.error("provider.token_auth", "any, body, basic or both")
        if not isinstance(found.get("pkce", False), bool | None):
            raise self.error("provider.pkce", "true or false")
        for key, known in (("token_format", _TOKEN_FORMATS), ("scope_format", _SCOPE_FORMATS)):
            if found.get(key, known[0]) not in known:
                raise self.error(f"provider.{key}", " or ".join([", ".join(known[:-1]), known[-1]]))
        separator = found.get("scope_separator", " ")
        if not isinstance(separator, str) or not separator:
            raise self.error("provider.scope_separator", "a text")
        scopes = found.get("scopes")
        return Terms(
            None if scopes is None else self.texts(scopes, "provider.scopes"),
            separator,
            found.get("token_auth", "any"),
            found.get("pkce"),
            {
                key: str(inner)
                for key, inner in self.free(
                    found.get("authorize_parameters", {}), "provider.authorize_parameters"
                ).items()
            },
            self.free(found.get("claims", {}), "provider.claims"),
            self.free(found.get("token", {}), "provider.token"),
            found.get("token_format", "json"),
            found.get("scope_format", "text"),
            str(found.get("token_wrapped", "")),
        )

    def errors(self, value: Any) -> dict[int, Any]:
        found = value if isinstance(value, dict) else {"": value}
        if not all(re.fullmatch(r"[45]\d\d", str(status)) for status in found):
            raise self.error("errors", "a table of bodies by status, such as 401")
        return {int(status): body for status, body in found.items()}

    def account(self, value: Any, place: str, usual: Account) -> Account:
        found = self.table(value, place, _ACCOUNT_KEYS)
        return Account(*(str(found.get(key, getattr(usual, key))) for key in _ACCOUNT_KEYS))

    def answer(self, value: Any, place: str) -> Answer:
        asked = ("url", "method", "query", "body", "scopes")
        found = self.table(value, place, (*asked, "status", "headers", "json", "text", "public"))
        if not isinstance(found.get("url"), str) or "://" not in found["url"]:
            raise self.error(f"{place}.url", "a URL, such as https://api.example.com/me")
        if not isinstance(found.get("status", 200), int):
            raise self.error(f"{place}.status", "a number")
        if "json" in found and "text" in found:
            raise self.error(place, "either json or text, not both")
        return Answer(
            found["url"],
            str(found.get("method", "GET")).upper(),
            found.get("status", 200),
            {key: str(v) for key, v in self.free(found.get("headers", {}), place).items()},
            found["json"] if "json" in found else str(found.get("text", "")),
            bool(found.get("public", False)),
            self.texts(found.get("scopes", []), f"{place}.scopes"),
            self.free(found.get("query", {}), f"{place}.query"),
            self.free(found.get("body", {}), f"{place}.body"),
        )

    def yaml(self, value: Any) -> Yaml:
        found = self.table(value, "yaml", ("section", "auth_implementation"))
        section, named = found.get("section"), found.get("auth_implementation", "")
        if section is not None and not (isinstance(section, dict | list) and names_client(section)):
            raise self.error("yaml.section", f"a table or a list with {CLIENT_ID} in it")
        if not isinstance(named, str):
            raise self.error("yaml.auth_implementation", "a text")
        return Yaml(section, named)
