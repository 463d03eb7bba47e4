"""What an integration asks its vendor's API, and the troubles that the API can have."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appcred.rehearsal.provider import Provider

_SECONDS_OF_SILENCE: Final = 12
"""A client that waits longer than this loses its connection instead."""
_RETRY_AFTER: Final = "30"


class ApiTrouble(Enum):
    """What the API does instead of its work."""

    NONE = "none"
    UNAUTHORIZED = "401"
    FORBIDDEN = "403"
    TOO_MANY = "429 with Retry-After"
    SERVER_ERROR = "500"
    SILENT = "no answer"


_ANSWERS: Final = {
    ApiTrouble.UNAUTHORIZED: (401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}),
    ApiTrouble.FORBIDDEN: (403, {}),
    ApiTrouble.TOO_MANY: (429, {"Retry-After": _RETRY_AFTER}),
    ApiTrouble.SERVER_ERROR: (500, {}),
}
OF_THE_TOKEN: Final = (ApiTrouble.UNAUTHORIZED, ApiTrouble.FORBIDDEN)
"""What only a request with a token can meet."""


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request at the vendor's API for which there is a response."""

    asked: str
    """Method and address."""
    account: str
    """The identifier of the account whose token came with it; empty: none that is known."""
    is_valid: bool
    """Whether that token was good."""
    is_signed: bool = True
    """Whether it came with a token of the vendor's, good or not."""


@dataclass(slots=True)
class Traffic:
    """The requests at the API, in their order."""

    provider: Provider
    trouble: ApiTrouble = ApiTrouble.NONE
    requests: list[ApiRequest] = field(default_factory=list)
    errors: Mapping[int, Any] = field(default_factory=dict)
    """What is in the answers that refuse a request, by status, where that is known."""
    refused: list[int] = field(default_factory=list)
    """The status of each such answer."""

    async def meet(
        self, request: web.Request, asked: str, token: str, *, public: bool
    ) -> web.StreamResponse | None:
        """Note a request, and return what the trouble that is switched on makes of it, if any.

        Args:
            request: The request.
            asked: Its method and address.
            token: The access token that came with it.
            public: Whether it is answered without a token.

        """
        owner = self.provider.owner_of(token)
        account = owner.id if owner else ""
        is_valid = self.provider.account_of(token) is not None
        is_signed = token in self.provider.secrets  # also one that was taken back
        self.requests.append(ApiRequest(asked, account, is_valid, is_signed))
        if self.trouble is ApiTrouble.NONE or (public and self.trouble in OF_THE_TOKEN):
            return None
        if self.trouble is ApiTrouble.SILENT:
            await asyncio.sleep(_SECONDS_OF_SILENCE)
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        status, headers = _ANSWERS[self.trouble]
        return self.refusal(status, headers, self.trouble.value)

    def refusal(self, status: int, headers: Mapping[str, str], error: str) -> web.Response:
        """Return an answer that refuses a request, with the vendor's body where that is known."""
        self.refused.append(status)
        body = self.errors.get(status, {"error": error})
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        return web.Response(status=status, headers=headers, text=text, content_type=kind)
