"""A strict OAuth2 authorization server, without a network: requests in, answers out.

The protocol is oauthlib's. What is here is the server around it, and the troubles that a stage can
switch on; `validator.py` has what the server remembers and decides.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import jwt
from oauthlib.oauth2 import (
    AuthorizationEndpoint,
    BearerToken,
    FatalClientError,
    OAuth2Error,
    RefreshTokenGrant,
    RequestValidator,
    TokenEndpoint,
)

from appcred.rehearsal.validator import StrictCodeGrant, Validator
from appcred.rehearsal.vendor import Account, Terms, filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOKEN_SECONDS: Final = 3600
STANDARD: Final = frozenset(
    {
        *("access_token", "refresh_token", "token_type", "expires_in", "expires_at", "scope"),
        *("token", "auth_implementation"),
    }
)
"""Keys of a token, and of an entry's data, that are there whatever the vendor adds."""


class Trouble(Enum):
    """What the token endpoint does instead of its work."""

    NONE = "none"
    BAD_REQUEST = "400 invalid_grant"
    UNAUTHORIZED = "401 invalid_client"
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    DROP = "connection dropped"
    SILENT = "no answer"
    MALFORMED = "a response that is not JSON"
    NO_EXPIRY = "a response without expires_in"
    NO_REFRESH_TOKEN = "a response without refresh_token"  # noqa: S105 - not a secret
    """A refresh is answered so by a vendor that does not rotate: the old one stays good."""


@dataclass(frozen=True, slots=True)
class Client:
    """An application that was registered at the vendor; without a secret it is a public one."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]
    is_unknown: bool = False
    """Whether only the integration knows its secret, if it has one: then any is taken."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request at the token endpoint, as it came, and what became of it."""

    grant: str
    authentication: str
    """How the client said who it is: `body`, `basic`, `both` or `none`."""
    names: frozenset[str]
    """The names of the parameters."""
    status: int
    """The status it was answered with; 0: not at all."""
    error: str
    """Why it was refused, in words; empty if it was not."""


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What goes back from the token endpoint. A status of 0 means: close the connection."""

    status: int
    headers: Mapping[str, str]
    body: str = field(repr=False)


class _Server(AuthorizationEndpoint, TokenEndpoint):  # type: ignore[misc]
    """oauthlib's endpoints, with the two grants that Home Assistant uses."""

    def __init__(self, validator: RequestValidator, generate: Callable[[Any], str]) -> None:
        code = StrictCodeGrant(validator)
        bearer = BearerToken(validator, generate, _TOKEN_SECONDS)
        AuthorizationEndpoint.__init__(
            self,
            default_response_type="code",
            response_types={"code": code},
            default_token_type=bearer,
        )
        TokenEndpoint.__init__(
            self,
            default_grant_type="authorization_code",
            grant_types={"authorization_code": code, "refresh_token": RefreshTokenGrant(validator)},
            default_token_type=bearer,
        )


class Provider:
    """An authorization server for one integration."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.trouble = Trouble.NONE
        self.token_seconds: int = _TOKEN_SECONDS
        self.requests: list[TokenRequest] = []
        self.secrets: set[str] = set()
        """Every code, token and client secret there was; none may be shown."""
        self.issued: set[str] = set()
        """Every access token there was, good or not."""
        self.clients: dict[str, Client] = {}
        self._memory = Validator(self)
        self._server = _Server(self._memory, self.new_token)

    @property
    def rotates(self) -> bool:
        """Whether a refresh replaces the refresh token."""
        return self.trouble is not Trouble.NO_REFRESH_TOKEN

    @property
    def keeps_silent(self) -> bool:
        """Whether the connection stays open while no answer comes."""
        return self.trouble is Trouble.SILENT

    def knows(self, client_id: str) -> bool:
        """Whether an application with this identifier is registered."""
        return client_id in self.clients

    def register(self, client: Client) -> None:
        """Register an application, or register it anew."""
        self.clients[client.client_id] = client
        if client.client_secret:
            self.secrets.add(client.client_secret)

    def authorize(self, url: str, account: Account, *, allow: bool = True) -> str:
        """Be the page at which a user allows or denies, and return where it sends the browser.

        Raises RefusedError if the vendor would show an error page instead.
        """
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if self.terms.scope_separator != " " and "scope" in query:
            pairs = [
                (key, value.replace(self.terms.scope_separator, " ") if key == "scope" else value)
                for key, value in parse_qsl(parts.query, keep_blank_values=True)
            ]
            url = urlunsplit(parts._replace(query=urlencode(pairs)))
        try:
            scopes, _ = self._server.validate_authorization_request(url)
        except FatalClientError as error:
            raise RefusedError(_words(error)) from None
        except OAuth2Error as error:
            return error.in_uri(error.redirect_uri or query.get("redirect_uri", ""))  # type: ignore[no-any-return]
        if not allow:
            answer = {"error": "access_denied", "state": query.get("state", "")}
            return f"{query['redirect_uri']}?{urlencode(answer)}"
        headers, _, _ = self._server.create_authorization_response(
            url, scopes=scopes, credentials={"account": account}
        )
        location: str = headers["Location"]
        return location

    def token(self, headers: Mapping[str, str], body: str) -> TokenAnswer:
        """Answer a request at the token endpoint."""
        names = _parameters(body)
        how = self._authentication(headers, names)
        answer, error = self._answer(headers, body, how)
        self.requests.append(
            TokenRequest(names.get("grant_type", ""), how, frozenset(names), answer.status, error)
        )
        return answer

    def account_of(self, access_token: str) -> tuple[Account, tuple[str, ...]] | None:
        """Return whose token this is and what it may do; None if it is not, or no longer, valid."""
        for grant in self._memory.grants.values():
            if grant.access.get(access_token, 0) > time.time():
                return grant.account, tuple(grant.scopes)
        return None

    def owner_of(self, access_token: str) -> Account | None:
        """Return whose token this is or was, as long as the grant it came of stands."""
        grants = self._memory.grants.values()
        return next((grant.account for grant in grants if access_token in grant.access), None)

    def client_of(self, access_token: str) -> str:
        """Return the ID of the client that a token was issued to; empty: it is nobody's."""
        grants = self._memory.grants.values()
        return next((grant.client_id for grant in grants if access_token in grant.access), "")

    def accepts(self, refresh_token: str) -> bool:
        """Whether a refresh token would be taken."""
        grants = self._memory.grants.values()
        return bool(refresh_token) and any(g.live_refresh == refresh_token for g in grants)

    def revoke(self) -> None:
        """Take back every grant, as a user does on the vendor's page."""
        self._memory.grants.clear()

    def expire(self) -> None:
        """End every access token; refresh tokens live on."""
        for grant in self._memory.grants.values():
            grant.access = dict.fromkeys(grant.access, 0.0)

    def _answer(self, headers: Mapping[str, str], body: str, how: str) -> tuple[TokenAnswer, str]:
        kind = {"Content-Type": "application/json"}
        match self.trouble:
            case Trouble.BAD_REQUEST:
                return TokenAnswer(400, kind, '{"error": "invalid_grant"}'), "switched on"
            case Trouble.UNAUTHORIZED:
                return TokenAnswer(401, kind, '{"error": "invalid_client"}'), "switched on"
            case Trouble.TOO_MANY:
                return TokenAnswer(429, {"Retry-After": "60"}, "slow down"), "switched on"
            case Trouble.SERVER_ERROR:
                return TokenAnswer(500, {}, "out of order"), "switched on"
            case Trouble.DROP | Trouble.SILENT:
                return TokenAnswer(0, {}, ""), "switched on"
            case Trouble.MALFORMED:
                return TokenAnswer(200, {"Content-Type": "text/html"}, "<html>"), "switched on"
        if not headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded"):
            text = '{"error": "invalid_request", "error_description": "not a form"}'
            return TokenAnswer(400, kind, text), (
                "the parameters are not form-encoded (RFC 6749, 3.2)"
            )
        if refused := self._refuses(how):
            return TokenAnswer(401, kind, '{"error": "invalid_client"}'), refused
        answered, text, status = self._server.create_token_response(
            "https://provider.invalid/token", "POST", body, dict(headers)
        )
        if status != 200:
            content = json.loads(text)
            why = self._memory.refusal or content.get("error_description") or content.get("error")
            return TokenAnswer(status, answered, text), str(why)
        token = json.loads(text)
        token = {
            **token,
            "expires_in": self.token_seconds,
            **self._memory.extra,
        }
        if self.trouble is Trouble.NO_EXPIRY:
            del token["expires_in"]
        if self.trouble is Trouble.NO_REFRESH_TOKEN:
            del token["refresh_token"]
        return self._token_answer(token, headers.get("Accept", "")), ""

    def _token_answer(self, token: dict[str, Any], accepted: str) -> TokenAnswer:
        """Write a token as the vendor does."""
        scopes = str(token.get("scope", "")).split()
        match self.terms.scope_format:
            case "list":
                token["scope"] = scopes
            case "comma":
                token["scope"] = ",".join(scopes)
            case "none":
                token.pop("scope", None)
        if self.terms.token_wrapped:
            token = {"status": 0, self.terms.token_wrapped: token}
        how = self.terms.token_format
        if how == "form" or (how == "accept" and "json" not in accepted):
            kind = "application/x-www-form-urlencoded; charset=utf-8"
            return TokenAnswer(200, {"Content-Type": kind}, urlencode(token, doseq=True))
        return TokenAnswer(200, {"Content-Type": "application/json"}, json.dumps(token))

    def _refuses(self, how: str) -> str:
        """Say why a client's way to authenticate is refused; empty if it is not."""
        wanted = self.terms.token_auth
        if how == "both" and wanted != "both":
            return "the secret was sent in the body and in the header, against RFC 6749, 2.3"
        # A client without a secret has only its identifier, which belongs in the body.
        given = "body" if how == "none" else how
        if wanted not in ("any", given):
            return f"the client authenticated by {given}, but the vendor requires {wanted}"
        return ""

    def _authentication(self, headers: Mapping[str, str], names: Mapping[str, str]) -> str:
        basic = headers.get("Authorization", "").lower().startswith("basic ")
        if basic and "client_secret" in names:
            return "both"
        if basic:
            return "basic"
        return "body" if "client_secret" in names else "none"

    def new_token(self, request: Any) -> str:
        """Make a token: a JWT, because some integrations read the account from it."""
        account: Account = request.account
        now = int(time.time())
        claims = {
            "iss": "https://provider.invalid",
            "sub": account.id,
            "name": account.name,
            "email": account.email,
            "iat": now,
            "exp": now + self.token_seconds,
            "jti": secrets.token_urlsafe(12),
            **filled(self.terms.claims, account),
        }
        made = jwt.encode(claims, secrets.token_hex(32), algorithm="HS256")
        self.secrets.add(made)
        return made


class RefusedError(Exception):
    """The provider shows an error page; the text says why."""


def _parameters(body: str) -> dict[str, str]:
    """Read a request's parameters, even from JSON, so that what is refused can be described."""
    try:
        content = json.loads(body)
    except ValueError:
        return dict(parse_qsl(body, keep_blank_values=True))
    return {str(key): str(value) for key, value in dict(content).items()}


def _words(error: OAuth2Error) -> str:
    return f"{error.error}: {error.description}" if error.description else str(error.error)
