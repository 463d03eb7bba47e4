"""What the service answers, as both clients return it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Status:
    """What the service reports; None where it says nothing."""

    status: str | None = None
    temperature: float | None = None
    problem: bool | None = None
    enabled: bool | None = None
    mode: str | None = None


@dataclass(frozen=True, kw_only=True)
class Device(Status):
    """A device, and what the service reports about it."""

    id: str
    name: str


class ApiError(Exception):
    """A request failed."""


class AuthenticationError(ApiError):
    """The token was refused."""
