"""`[tool.appcred]` of a pyproject.toml: what to check, what to accept and why.

```toml
[tool.appcred]
target = "2025.4"
select = ["APC1", "APC2"]
ignore = { APC601 = "our documentation explains it" }

[tool.appcred.domains.example]
ignore = { APC304 = "the vendor's tokens never expire", APC816 = "it replaces no refresh token" }
```

Codes that begin with `APC8` are the stages of a rehearsal, and only `rehearse` reads them. A
`select` in which nothing concerns a verb leaves that verb all that it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from appcred import stage_texts
from appcred.errors import UsageError
from appcred.reading import read_below, read_given, reason
from appcred.release import Release
from appcred.rules import engine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_KEYS: Final = {"select", "ignore", "target"}


class Choice(NamedTuple):
    """The content of one table."""

    select: tuple[str, ...] | None = None
    ignore: tuple[tuple[str, str], ...] = ()
    """Codes or prefixes, each with its reason."""
    target: str | None = None


class Settings(NamedTuple):
    """A whole configuration; the default one accepts and selects nothing in particular."""

    path: Path | None = None
    common: Choice = Choice()
    domains: tuple[tuple[str, Choice], ...] = ()

    def of(self, domain: str) -> Choice:
        """Return the configuration of a domain: its own table over the common one."""
        own = dict(self.domains).get(domain, Choice())
        return Choice(
            own.select if own.select is not None else self.common.select,
            (*self.common.ignore, *own.ignore),
            own.target or self.common.target,
        )


def read(path: Path, *, required: bool = False) -> Settings:
    """Read `[tool.appcred]`, or, in a file of another name, the whole file.

    A missing pyproject.toml is empty, unless it is `required` because the user named it. Raises
    UsageError, one sentence with the file and the key, for an invalid value.
    """
    try:
        read = read_given(path) if required else read_below(path.parent, path.name)
        content = read.decode("utf-8-sig")
    except FileNotFoundError as error:
        if required:
            raise UsageError(f"{path} does not exist") from error
        return Settings()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} cannot be read: it is not UTF-8") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {reason(error)}") from error
    if "appcred" not in content and not required:
        return Settings()  # spares the import of a parser
    import tomllib

    try:
        loaded = tomllib.loads(content)
    except ValueError as error:  # a number of more than 4,300 digits, too
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{path} is not valid TOML: it is nested too deeply") from error
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
            f"{path}: {where} has the unknown key {unknown[0]!r}; known keys: "
            f"{', '.join(sorted(_KEYS))}"
        )
    select = table.get("select")
    if select is not None and not _strings(select):
        raise UsageError(f'{path}: {where}.select must be a list of codes, such as ["APC1"]')
    target = table.get("target")
    if target is not None and target != "auto":
        try:
            Release.parse(target)
        except (ValueError, AttributeError) as error:
            raise UsageError(
                f"{path}: {where}.target must be a release, such as 2026.10"
            ) from error
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
    codes = prefixes(ignore, f"{path}: {where}.ignore")
    return tuple(zip(codes, ignore.values(), strict=True))


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def prefixes(given: Iterable[str], where: str) -> tuple[str, ...]:
    """Return codes or prefixes, in any case, and the codes of names.

    Raises UsageError for one that is no name, and that nothing begins with.
    """
    names = {engine.name(code): code for code in engine.codes()}
    names |= {name: stage.code for name, stage in stage_texts.BY_NAME.items()}
    found = tuple(names.get(each.lower(), each.upper()) for each in given)
    for prefix in found:
        if not prefix or not (
            _is_prefix(prefix, engine.codes()) or _is_prefix(prefix, stage_texts.CODES)
        ):
            raise UsageError(f"{where}: there is no rule {prefix!r}; 'appcred rules' lists them")
    return found


def _is_prefix(prefix: str, codes: Iterable[str]) -> bool:
    return any(code.startswith(prefix) for code in codes)


def selected(select: Iterable[str] | None, ignore: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of rules that begin with a selected prefix and with no ignored one."""
    wanted = ("APC",) if select is None else tuple(select)
    if wanted and not any(_is_prefix(prefix, engine.codes()) for prefix in wanted):
        wanted = ("APC",)  # it picks stages, and says nothing about rules
    unwanted = tuple(ignore)
    return tuple(
        code
        for code in engine.codes()
        if code.startswith(wanted) and not (unwanted and code.startswith(unwanted))
    )


def stages(select: Iterable[str] | None) -> tuple[str, ...]:
    """Return the names of the stages that a `select` picks; none: it picks none in particular."""
    wanted = tuple(prefix for prefix in select or () if _is_prefix(prefix, stage_texts.CODES))
    found = tuple(stage.name for stage in stage_texts.STAGES if stage.code.startswith(wanted))
    return found if wanted and len(found) < len(stage_texts.STAGES) else ()


def option(text: str | None, name: str) -> tuple[str, ...] | None:
    """Read the codes of `--select` or `--ignore`, separated by commas, for a verb with rules.

    Raises UsageError for one that no rule begins with, and for a selection of nothing.
    """
    if text is None:
        return None
    found = prefixes((part.strip() for part in text.split(",") if part.strip()), name)
    if not found and name == "--select":
        raise UsageError("--select is empty; leave it out to select all rules")
    for prefix in found:
        if not _is_prefix(prefix, engine.codes()):
            raise UsageError(f"{name}: {prefix} is a stage of 'appcred rehearse', not a rule")
    return found


def as_mapping(choice: Choice) -> Mapping[str, str]:
    """Return the ignored codes with their reasons."""
    return dict(choice.ignore)
