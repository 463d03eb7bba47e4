"""The integration that is rehearsed: read as far as needed, and copied into a configuration."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from appcred.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from appcred.rehearsal.log import Record

_REFERENCE: Final = re.compile(r"\[%key:([^%]+)%\]")
_LONGEST_START: Final = 40
_SHORTEST_START: Final = 8
"""Characters of a log message that tell where it is written: its values are filled in later."""
_NOT_COPIED: Final = shutil.ignore_patterns("__pycache__", ".git", ".venv", "node_modules")


_CALLED: Final = re.compile(r"(?:Can't instantiate abstract class )?(\w+)[.( ]")


class SubjectError(UsageError):
    """The folder cannot be rehearsed; the text names it and how to correct it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An integration with an application credentials platform."""

    folder: Path
    domain: str
    name: str
    dependencies: tuple[str, ...]
    """Domains that its manifest names, those of `after_dependencies` too."""
    requirements: tuple[str, ...]
    loggers: tuple[str, ...]
    """Loggers of its own and of its libraries."""

    def sources(self) -> dict[str, str]:
        """Return the text of its Python files, by path relative to its folder."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_text("utf-8", errors="replace")
            for path in sorted(self.folder.rglob("*.py"))
        }

    def find(self, pattern: str, file: str = "") -> tuple[str, int] | None:
        """Return file and line of the first match of a pattern, in one file or in all of them."""
        for name, text in self.sources().items():
            if (not file or name == file) and (found := re.search(pattern, text)):
                return name, text.count("\n", 0, found.start()) + 1
        return None

    def raises(self, record: Record) -> tuple[str, int] | None:
        """Return the class or function that Home Assistant could not call, without a frame in it.

        A class that lacks a method that its base wants cannot even be instantiated, and a function
        with other parameters is never entered: only the words of the exception name it.
        """
        kind, words = record.exception
        named = _CALLED.match(words) if kind == "TypeError" else None
        return self.find(rf"(?m)^\s*(?:class|def|async def) {named[1]}\b") if named else None

    def writes(self, record: Record) -> tuple[str, int] | None:
        """Return the place that most likely wrote a record of one of its own loggers."""
        if not record.is_of((f"custom_components.{self.domain}",)):
            return None
        module = record.logger.removeprefix(f"custom_components.{self.domain}").lstrip(".")
        file = module.replace(".", "/") + ".py" if module else ""
        for length in range(_LONGEST_START, _SHORTEST_START - 1, -1):
            start = re.escape(record.message[:length])
            if found := self.find(start, file) or self.find(start):
                return found
        return None


def read(folder: Path) -> Subject:
    """Read an integration's folder. Raises SubjectError."""
    manifest = _json(folder / "manifest.json")
    domain = manifest.get("domain")
    if not isinstance(domain, str) or not re.fullmatch(r"[a-z0-9_]+", domain):
        raise SubjectError(
            f"{folder / 'manifest.json'} has no valid domain; write one such as my_cloud"
        )
    if not (folder / "application_credentials.py").is_file():
        raise SubjectError(
            f"{folder} has no application_credentials.py, so there is nothing to rehearse"
        )

    def texts(key: str) -> tuple[str, ...]:
        found = manifest.get(key, [])
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise SubjectError(f"{key} in {folder / 'manifest.json'} must be a list of strings")
        return tuple(found)

    return Subject(
        folder,
        domain,
        str(manifest.get("name", domain)),
        (*texts("dependencies"), *texts("after_dependencies")),
        texts("requirements"),
        (f"custom_components.{domain}", *texts("loggers")),
    )


def install(subject: Subject, components: Path, package: Path) -> None:
    """Copy an integration into `custom_components`, with what only a core one may lack.

    Args:
        subject: What is copied.
        components: The folder `custom_components` of a configuration.
        package: The installed `homeassistant`, where shared texts are.

    Raises SubjectError.

    """
    target = components / subject.domain
    try:
        shutil.copytree(subject.folder, target, ignore=_NOT_COPIED, ignore_dangling_symlinks=True)
    except (OSError, shutil.Error) as error:
        # copytree gathers what it could not copy: source, target and reason of each.
        first = error.args[0][0] if isinstance(error, shutil.Error) else (error.filename, "", error)
        raise SubjectError(f"{first[0]} cannot be copied: {first[2]}") from None
    manifest = _json(target / "manifest.json")
    if "version" not in manifest:
        # Home Assistant refuses a custom integration without one.
        manifest["version"] = "0.0.0"
        text = json.dumps(manifest, indent=2)
        (target / "manifest.json").write_text(text, encoding="utf-8")
    strings = target / "strings.json"
    translation = target / "translations" / "en.json"
    if strings.is_file() and not translation.is_file():
        translation.parent.mkdir(exist_ok=True)
        resolved = _resolved(_json(strings), subject, package)
        translation.write_text(json.dumps(resolved, indent=2), encoding="utf-8")


def _resolved(strings: Any, subject: Subject, package: Path) -> Any:
    """Replace each reference to a shared text, `[%key:...%]`, by the text."""
    known: dict[str, Any] = {}

    def text_of(path: str) -> str:
        head, *rest = path.split("::")
        if head == "component":
            domain, *rest = rest
            place = package / "components" / domain / "strings.json"
            source = strings if domain == subject.domain else _once(place)
        else:
            source, rest = _once(package / "strings.json"), [head, *rest]
        for key in rest:
            source = source.get(key) if isinstance(source, dict) else None
        return source if isinstance(source, str) else f"[%key:{path}%]"

    def _once(place: Path) -> Any:
        if str(place) not in known:
            known[str(place)] = _json(place) if place.is_file() else {}
        return known[str(place)]

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replaced(inner) for key, inner in value.items()}
        if isinstance(value, str):
            for _ in range(3):
                value = _REFERENCE.sub(lambda found: text_of(found[1]), value)
        return value

    return replaced(strings)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SubjectError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SubjectError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(content, dict):
        raise SubjectError(f"{path} must be a JSON object")
    return content
