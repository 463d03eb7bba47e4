"""The troubles of a vendor's API, and what is noted of the requests."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from appcred.rehearsal import traffic
from appcred.rehearsal.provider import Provider
from appcred.rehearsal.traffic import ApiRequest, ApiTrouble, Traffic
from appcred.rehearsal.vendor import Terms

if TYPE_CHECKING:
    from aiohttp import web

ASKED = "GET https://api.example/me"


def met(trouble: ApiTrouble, *, public: bool = False, transport: Any = None) -> Any:
    found = Traffic(Provider(Terms()), trouble)
    request: Any = SimpleNamespace(transport=transport)
    answer = asyncio.run(found.meet(request, ASKED, "t", public=public))
    assert found.requests == [ApiRequest(ASKED, "", is_valid=False, is_signed=False)]
    return answer


@pytest.mark.parametrize(
    ("trouble", "status", "headers"),
    [
        (ApiTrouble.UNAUTHORIZED, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}),
        (ApiTrouble.FORBIDDEN, 403, {}),
        (ApiTrouble.TOO_MANY, 429, {"Retry-After": "30"}),
        (ApiTrouble.SERVER_ERROR, 500, {}),
    ],
)
def test_a_status_instead_of_an_answer(
    trouble: ApiTrouble, status: int, headers: dict[str, str]
) -> None:
    answer: web.Response = met(trouble)
    assert answer.status == status
    assert headers.items() <= answer.headers.items()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"code": 1}}, "application/json"),
        ("No", "text/plain"),
        (["x"], "application/json"),
    ],
)
def test_the_body_of_a_refusal_is_the_vendors(body: Any, kind: str) -> None:
    found = Traffic(Provider(Terms()), ApiTrouble.FORBIDDEN, errors={403: body})
    answer: Any = asyncio.run(found.meet(SimpleNamespace(), ASKED, "t", public=False))  # type: ignore[arg-type]
    assert (answer.status, answer.content_type) == (403, kind)
    assert answer.text == (body if isinstance(body, str) else json.dumps(body))


def test_a_public_response_needs_no_token() -> None:
    assert met(ApiTrouble.UNAUTHORIZED, public=True) is None
    assert met(ApiTrouble.SERVER_ERROR, public=True).status == 500
    assert met(ApiTrouble.NONE) is None


def test_a_revoked_token_is_still_a_token() -> None:
    found = Traffic(Provider(Terms()))
    found.provider.secrets.add("t")
    request: Any = SimpleNamespace(transport=None)
    asyncio.run(found.meet(request, ASKED, "t", public=False))
    assert found.requests == [ApiRequest(ASKED, "", is_valid=False, is_signed=True)]


def test_silence_ends_with_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "_SECONDS_OF_SILENCE", 0)
    ended: list[bool] = []
    met(ApiTrouble.SILENT, transport=SimpleNamespace(abort=lambda: ended.append(True)))
    met(ApiTrouble.SILENT)
    assert ended == [True]
