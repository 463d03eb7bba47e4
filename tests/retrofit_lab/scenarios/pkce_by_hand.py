"""PKCE from before Home Assistant had it: the class makes a verifier of its own."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def verifier(life: Life) -> None:
    """What the user agreed to with a challenge is exchanged with its verifier."""
    result, url = await life.sign_in(life.scenario.flows[0])
    assert result["type"] == "create_entry", result
    assert url is not None
    (exchange,) = life.token_requests("authorization_code")
    digest = hashlib.sha256(exchange["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert (url.query["code_challenge"], url.query["code_challenge_method"]) == (challenge, "S256")


SCENARIO = Scenario(
    domain="sternwarte",
    token_url="https://sternwarte.example/token",
    flows=(Flow(("sternwarte-app", None)),),
    vendor=vendor,
    built_in=True,
    reauth=False,
    with_yaml=verifier,
)
