"""A strict OAuth2 authorization server, without a network: requests in, answers out.

The protocol is oauthlib's; what is here is the memory it asks (clients, codes, tokens), the rules
that it leaves to the server, and the troubles that a stage can switch on.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit, urlunsplit

import jwt
from oauthlib.oauth2 import (
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    BearerToken,
    FatalClientError,
    OAuth2Error,
    RefreshTokenGrant,
    RequestValidator,
    TokenEndpoint,
)

from appcred.rehearsal.vendor import Account, Terms, filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_CODE_SECONDS: Final = 60
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


@dataclass(slots=True)
class _Code:
    client_id: str
    redirect_uri: str
    scopes: list[str]
    account: Account
    challenge: str | None
    method: str | None
    until: float
    used: bool = False
    grant: str = ""


@dataclass(slots=True)
class _Grant:
    """What a user allowed once; its tokens come and go."""

    client_id: str
    scopes: list[str]
    account: Account
    live_refresh: str = ""
    dead_refresh: set[str] = field(default_factory=set)
    access: dict[str, float] = field(default_factory=dict)


def _challenge_s256(verifier: str, challenge: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    computed = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(computed, challenge)


class _StrictCodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Without `plain`: RFC 7636 lets a server refuse it, and RFC 9700 tells it to."""

    _code_challenge_methods: Final = {"S256": _challenge_s256}


class _Server(AuthorizationEndpoint, TokenEndpoint):  # type: ignore[misc]
    """oauthlib's endpoints, with the two grants that Home Assistant uses."""

    def __init__(self, validator: RequestValidator, generate: Callable[[Any], str]) -> None:
        code = _StrictCodeGrant(validator)
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
        self._clients: dict[str, Client] = {}
        self._memory = _Memory(self)
        self._server = _Server(self._memory, self._generate)

    @property
    def keeps_silent(self) -> bool:
        """Whether the connection stays open while no answer comes."""
        return self.trouble is Trouble.SILENT

    def knows(self, client_id: str) -> bool:
        """Whether an application with this identifier is registered."""
        return client_id in self._clients

    def register(self, client: Client) -> None:
        """Register an application, or register it anew."""
        self._clients[client.client_id] = client
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

    def _generate(self, request: Any) -> str:
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


class _Memory(RequestValidator):  # type: ignore[misc]
    """What the server knows, and the decisions that oauthlib leaves to it."""

    def __init__(self, provider: Provider) -> None:
        super().__init__()
        self._provider = provider
        self.codes: dict[str, _Code] = {}
        self.grants: dict[str, _Grant] = {}
        self.extra: dict[str, Any] = {}
        self.refusal = ""

    # Clients

    def _client(self, client_id: str | None) -> Client | None:
        return self._provider._clients.get(client_id or "")  # noqa: SLF001 - one thing in two classes

    def validate_client_id(self, client_id: str, request: Any, *_: Any, **__: Any) -> bool:
        request.client = self._client(client_id)
        return request.client is not None

    def client_authentication_required(self, request: Any, *_: Any, **__: Any) -> bool:
        client = self._client(request.client_id)
        if client is not None and client.is_unknown:
            basic = (request.headers or {}).get("Authorization", "").lower().startswith("basic ")
            return basic or bool(request.client_secret)
        return client is None or bool(client.client_secret)

    def authenticate_client(self, request: Any, *_: Any, **__: Any) -> bool:
        self.refusal = ""
        client_id, secret = request.client_id, request.client_secret
        header = (request.headers or {}).get("Authorization", "")
        if header.lower().startswith("basic "):
            try:
                decoded = base64.b64decode(header[6:], validate=True).decode()
            except (binascii.Error, UnicodeDecodeError):
                self.refusal = "the Authorization header is not Basic authentication"
                return False
            # RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
            name, _colon, password = decoded.partition(":")
            client_id, secret = unquote_plus(name), unquote_plus(password)
        client = self._client(client_id)
        if client is not None and client.is_unknown:
            if secret:
                self._provider.secrets.add(secret)
            request.client, request.client_id = client, client.client_id
            return True
        if client is None or not client.client_secret:
            self.refusal = "no such client"
            return False
        if not hmac.compare_digest((secret or "").encode(), client.client_secret.encode()):
            self.refusal = "wrong client secret" if secret else "no client secret"
            return False
        request.client, request.client_id = client, client.client_id
        return True

    def authenticate_client_id(self, client_id: str, request: Any, *_: Any, **__: Any) -> bool:
        self.refusal = ""
        client = self._client(client_id)
        request.client = client
        return client is not None and not client.client_secret

    # Authorization

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, *_: Any, **__: Any) -> bool:
        client = self._client(client_id)
        return client is not None and redirect_uri in client.redirect_uris

    def get_default_redirect_uri(self, *_: Any, **__: Any) -> None:
        return None

    def validate_response_type(self, _id: str, response_type: str, *_: Any, **__: Any) -> bool:
        return response_type == "code"

    def get_default_scopes(self, *_: Any, **__: Any) -> list[str]:
        return []

    def validate_scopes(self, _id: str, scopes: Sequence[str], *_: Any, **__: Any) -> bool:
        known = self._provider.terms.scopes
        return known is None or set(scopes) <= set(known)

    def is_pkce_required(self, client_id: str, _request: Any) -> bool:
        client = self._client(client_id)
        public = client is None or not (client.client_secret or client.is_unknown)
        return self._provider.terms.wants_pkce(public=public)

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: Any, *_: Any, **__: Any
    ) -> None:
        self._provider.secrets.add(code["code"])
        self.codes[code["code"]] = _Code(
            client_id,
            request.redirect_uri,
            list(request.scopes or ()),
            request.account,
            request.code_challenge,
            request.code_challenge_method,
            time.time() + _CODE_SECONDS,
        )

    # Tokens

    def validate_grant_type(self, _id: str, grant_type: str, *_: Any, **__: Any) -> bool:
        return grant_type in ("authorization_code", "refresh_token")

    def validate_code(
        self, client_id: str, code: str, _client: Any, request: Any, *_: Any, **__: Any
    ) -> bool:
        found = self.codes.get(code)
        if found is None or found.client_id != client_id:
            self.refusal = "no such code"
            return False
        if found.used:
            # RFC 6749, 4.1.2: what came of the code is taken back.
            self.grants.pop(found.grant, None)
            self.refusal = "the code was used before"
            return False
        if found.until < time.time():
            self.refusal = "the code has expired"
            return False
        if found.challenge is None and request.code_verifier is not None:
            # RFC 9700, 2.1.1: against a downgrade.
            self.refusal = (
                "a code_verifier was sent for a code that was requested without a code_challenge"
            )
            return False
        request.scopes, request.account = found.scopes, found.account
        return True

    def get_code_challenge(self, code: str, _request: Any) -> str | None:
        return self.codes[code].challenge

    def get_code_challenge_method(self, code: str, _request: Any) -> str | None:
        return self.codes[code].method

    def confirm_redirect_uri(
        self, _id: str, code: str, redirect_uri: str, *_: Any, **__: Any
    ) -> bool:
        return self.codes[code].redirect_uri == redirect_uri

    def invalidate_authorization_code(
        self, _id: str, code: str, _request: Any, *_: Any, **__: Any
    ) -> None:
        self.codes[code].used = True

    def save_bearer_token(self, token: dict[str, Any], request: Any, *_: Any, **__: Any) -> None:
        self._provider.secrets.update((token["access_token"], token["refresh_token"]))
        self._provider.issued.add(token["access_token"])
        if request.grant_type == "authorization_code":
            key = secrets.token_urlsafe(8)
            self.grants[key] = _Grant(request.client_id, list(request.scopes), request.account)
            self.codes[request.code].grant = key
        else:
            key = request.grant_key
        grant = self.grants[key]
        rotates = self._provider.trouble is not Trouble.NO_REFRESH_TOKEN
        if grant.live_refresh and rotates:
            grant.dead_refresh.add(grant.live_refresh)
        if rotates:
            grant.live_refresh = token["refresh_token"]
        grant.access[token["access_token"]] = time.time() + self._provider.token_seconds
        self.extra = dict(filled(self._provider.terms.token, request.account))
        if "openid" in grant.scopes or self._provider.terms.claims:
            self.extra["id_token"] = self._provider._generate(request)  # noqa: SLF001

    def validate_refresh_token(
        self, refresh_token: str, client: Client, request: Any, *_: Any, **__: Any
    ) -> bool:
        for key, grant in list(self.grants.items()):
            if refresh_token in grant.dead_refresh:
                # RFC 9700, 4.14.2: someone has a copy; nobody can tell who.
                del self.grants[key]
                self.refusal = "an old refresh token was used again after rotation"
                return False
            if refresh_token == grant.live_refresh and grant.client_id == client.client_id:
                request.grant_key, request.account = key, grant.account
                return True
        self.refusal = "no such refresh token"
        return False

    def get_original_scopes(self, _token: str, request: Any, *_: Any, **__: Any) -> list[str]:
        return self.grants[request.grant_key].scopes

    def rotate_refresh_token(self, _request: Any) -> bool:
        return True

    def is_origin_allowed(self, *_: Any, **__: Any) -> bool:
        return False


def _parameters(body: str) -> dict[str, str]:
    """Read a request's parameters, even from JSON, so that what is refused can be described."""
    try:
        content = json.loads(body)
    except ValueError:
        return dict(parse_qsl(body, keep_blank_values=True))
    return {str(key): str(value) for key, value in dict(content).items()}


def _words(error: OAuth2Error) -> str:
    return f"{error.error}: {error.description}" if error.description else str(error.error)
