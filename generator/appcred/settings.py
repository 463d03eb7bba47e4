"""`[tool.appcred]` of a pyproject.toml: what to check, what to accept and why.

```toml
[tool.appcred]
target = "2025.4"
select = ["APC1", "APC2"]
ignore = { APC601 = "our documentation explains it" }

[tool.appcred.domains.example]
ignore = { APC304 = "the vendor's tokens never expire" }
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from appcred.errors import UsageError
from appcred.release import Release
from appcred.rules import engine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_KEYS: Final = {"select", "ignore", "target"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What one table says."""

    select: tuple[str, ...] | None = None
    ignore: tuple[tuple[str, str], ...] = ()
    """Codes or prefixes, each with its reason."""
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole configuration; the default one accepts and selects nothing in particular."""

    path: Path | None = None
    common: Choice = Choice()
    domains: tuple[tuple[str, Choice], ...] = ()

    def of(self, domain: str) -> Choice:
        """Return what holds for a domain: its own table, over the common one."""
        own = dict(self.domains).get(domain, Choice())
        return Choice(
            own.select if own.select is not None else self.common.select,
            (*self.common.ignore, *own.ignore),
            own.target or self.common.target,
        )


def read(path: Path, *, required: bool = False) -> Settings:
    """Read `[tool.appcred]`, or, in a file of another name, the whole file.

    A missing pyproject.toml is an empty one unless it is `required`. Raises UsageError, one
    sentence that names the file and the key, for anything that is not understood.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if required:
            raise UsageError(f"{path} does not exist") from error
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    if "appcred" not in content and not required:
        return Settings()  # spares the import of a parser
    import tomllib

    try:
        loaded = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    tool = loaded.get("tool", {})
    table = tool.get("appcred") if isinstance(tool, dict) else None
    if table is None:
        table = {} if path.name == "pyproject.toml" else loaded
    if not isinstance(table, dict):
        raise UsageError(f"{path}: tool.appcred must be a table")
    domains = table.pop("domains", {})
    if not isinstance(domains, dict):
        raise UsageError(f"{path}: domains must be a table of tables")
    return Settings(
        path,
        _choice(path, "tool.appcred", table),
        tuple((name, _choice(path, f"domains.{name}", own)) for name, own in domains.items()),
    )


def _choice(path: Path, where: str, table: Any) -> Choice:
    if not isinstance(table, dict):
        raise UsageError(f"{path}: {where} must be a table")
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise UsageError(
            f"{path}: {where} has no key {unknown[0]!r}; there are {', '.join(sorted(_KEYS))}"
        )
    select = table.get("select")
    if select is not None and not _strings(select):
        raise UsageError(f'{path}: {where}.select must be a list of codes, ["APC1"]')
    target = table.get("target")
    if target is not None and target != "auto":
        try:
            Release.parse(target)
        except (ValueError, AttributeError) as error:
            raise UsageError(f"{path}: {where}.target must be a release like 2026.10") from error
    return Choice(
        None if select is None else prefixes(select, f"{path}: {where}.select"),
        _reasons(path, where, table.get("ignore", {})),
        target,
    )


def _reasons(path: Path, where: str, ignore: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(ignore, dict) or not all(
        isinstance(reason, str) and reason.strip() for reason in ignore.values()
    ):
        raise UsageError(f'{path}: {where}.ignore must give reasons: {{ APC103 = "why" }}')
    prefixes(ignore, f"{path}: {where}.ignore")
    return tuple(ignore.items())


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def prefixes(given: Iterable[str], where: str) -> tuple[str, ...]:
    """Return codes or prefixes as given. Raises UsageError for one that no rule begins with."""
    found = tuple(given)
    for prefix in found:
        if not prefix or not any(code.startswith(prefix) for code in engine.codes()):
            raise UsageError(f"{where}: there is no rule {prefix!r}; 'appcred rules' lists them")
    return found


def selected(select: Iterable[str] | None, ignore: Iterable[str]) -> tuple[str, ...]:
    """Return the codes that begin with a selected prefix and with no ignored one."""
    wanted = ("APC",) if select is None else tuple(select)
    unwanted = tuple(ignore)
    return tuple(
        code
        for code in engine.codes()
        if code.startswith(wanted) and not (unwanted and code.startswith(unwanted))
    )


def option(text: str | None, name: str) -> tuple[str, ...] | None:
    """Read the codes of `--select` or `--ignore`, separated by commas."""
    if text is None:
        return None
    return prefixes((part.strip() for part in text.split(",") if part.strip()), name)


def as_mapping(choice: Choice) -> Mapping[str, str]:
    """Return the ignored codes with their reasons."""
    return dict(choice.ignore)
