"""What is known about one tree: how it is set up, and what its vendor answers.

Read in Home Assistant's environment, by Pythons from 3.10 on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from life import Life

    Extra = Callable[[Life], Awaitable[None]]


@dataclass(frozen=True)
class Flow:
    """One way through the config flow, the client that signs in, and who does.

    `forms` are the answers by step; a field that a form does not ask for is left out, so that the
    answers before a retrofit do after it as well. `implementation` is the label to pick.
    """

    client: tuple[str, str | None]
    forms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    account: str = "anna"
    implementation: str | None = None


@dataclass(frozen=True)
class Scenario:
    """How one integration lives.

    Args:
        domain: Its domain.
        token_url: Where its vendor hands out tokens.
        flows: The ways to its entries as its author meant them, before a retrofit.
        vendor: Prepares the vendor's answers for an account.
        yaml: The configuration it needs for that, None if it is set up by its flow alone.
        ours: Whether it signs in with Home Assistant's helper.
        built_in: Whether it brings a client of its own, so that a flow never lacks one.
        reauth: Whether it has a reauth flow.
        before_fails: Which journeys must fail before the retrofit.
        progress: Goes on where a flow waits for the vendor without sending the user anywhere;
            returns the next result.
        token: What the vendor puts into a token beside the usual.
        fresh: The answers to forms when the client is an application credential.
        with_yaml: What it does besides, set up with its YAML; before and after.
        without_yaml: What it does besides, set up without; after only.
        after: What else must hold after the retrofit.
        library: Whether its client comes from a requirement.

    """

    domain: str
    token_url: str
    flows: tuple[Flow, ...]
    vendor: Callable[[Life, str], None]
    yaml: Mapping[str, Any] | None = None
    ours: bool = True
    built_in: bool = False
    reauth: bool = True
    before_fails: frozenset[str] = frozenset({"offered", "without", "stored"})
    progress: Callable[[Life, Any], Awaitable[Any]] | None = None
    token: Mapping[str, Any] = field(default_factory=dict)
    fresh: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    with_yaml: Extra | None = None
    without_yaml: Extra | None = None
    after: Extra | None = None
    library: bool = False
