"""The server depends on the client id, so each client's implementation has URLs of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scenario import Flow, Scenario

if TYPE_CHECKING:
    from life import Life


def vendor(life: Life, account: str) -> None:
    pass


async def after(life: Life) -> None:
    """A client of the test system is sent there."""
    await life.start(credentials=True)
    await life.add_credential(("river-test", "secret"))
    result = await life.hass.config_entries.flow.async_init(
        "pegelstand", context={"source": "user"}
    )
    assert result["url"].startswith("https://auth.test.pegelstand.example/authorize")
    life.hass.config_entries.flow.async_abort(result["flow_id"])


SCENARIO = Scenario(
    domain="pegelstand",
    token_url="https://auth.pegelstand.example/token",
    flows=(Flow(("river-id", "river-secret")),),
    vendor=vendor,
    yaml={"pegelstand": {"client_id": "river-id", "client_secret": "river-secret"}},
    reauth=False,
    after=after,
)
