"""A public client with PKCE, a subclass with an `__init__`, registered by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jwt
from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    life.mock.get("https://cloud.rollenwerk.example/api/shutters", json=[{"id": 1}])


async def authorize(life: Life) -> None:
    """PKCE, scopes and audience are still sent, and the verifier with the code."""
    flow, *_ = life.scenario.flows
    result, url = await life.sign_in(flow)
    assert result["type"] == "create_entry", result
    assert url is not None
    assert url.query["code_challenge_method"] == "S256"
    assert url.query["scope"] == "openid offline_access shutters"
    assert url.query["audience"] == "https://cloud.rollenwerk.example"
    (exchange,) = life.token_requests("authorization_code")
    assert len(exchange["code_verifier"]) >= 43


SCENARIO = Scenario(
    domain="rollenwerk",
    token_url="https://accounts.rollenwerk.example/oauth/token",
    flows=(Flow(("8f41c9c2-home-assistant", None)),),
    vendor=vendor,
    built_in=True,
    token={"id_token": jwt.encode({"sub": "u-1", "name": "Anna"}, "k" * 32, algorithm="HS256")},
    with_yaml=authorize,
)
