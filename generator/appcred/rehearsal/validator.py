"""What a provider remembers, and the decisions that oauthlib leaves to it.

Clients, codes and tokens; which redirect URIs, scopes and PKCE methods are good; how a refresh
token is replaced. oauthlib calls the methods of `Validator` by their names.
"""

# ruff: noqa: D102 - oauthlib's RequestValidator documents its methods

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

from oauthlib.oauth2 import AuthorizationCodeGrant, RequestValidator

from appcred.rehearsal.vendor import filled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.rehearsal.provider import Client, Provider
    from appcred.rehearsal.vendor import Account

_CODE_SECONDS: Final = 60


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


class StrictCodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """Without `plain`: RFC 7636 lets a server refuse it, and RFC 9700 tells it to."""

    _code_challenge_methods: Final = {"S256": _challenge_s256}


class Validator(RequestValidator):  # type: ignore[misc]
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
        return self._provider.clients.get(client_id or "")

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
        rotates = self._provider.rotates
        if grant.live_refresh and rotates:
            grant.dead_refresh.add(grant.live_refresh)
        if rotates:
            grant.live_refresh = token["refresh_token"]
        grant.access[token["access_token"]] = time.time() + self._provider.token_seconds
        self.extra = dict(filled(self._provider.terms.token, request.account))
        if "openid" in grant.scopes or self._provider.terms.claims:
            self.extra["id_token"] = self._provider.new_token(request)

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
