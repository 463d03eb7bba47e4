"""One integration as read from disk: a value that edits replace and never change."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from appcred.documents.python import PythonDocument

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path, PurePosixPath

MANIFEST: Final = "manifest.json"


_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def _is_text(loaded: object) -> bool:
    """Whether all texts of JSON data can be encoded."""
    try:
        json.dumps(loaded, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


class Layout(StrEnum):
    """Where an integration lives: in Home Assistant's own tree, or in one of its author's."""

    CORE = "core"
    CUSTOM = "custom"


@dataclass(frozen=True, eq=False)
class File:
    """One file's content. What is read out of it is read once and shared by later values."""

    content: bytes

    @cached_property
    def python(self) -> PythonDocument:
        """The file as Python."""
        return PythonDocument(self.content)

    @cached_property
    def json(self) -> Any:
        """The file as plain JSON data. Raises ValueError where it is none."""
        text = self.content.decode("utf-8-sig")
        try:
            loaded = json.loads(text)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
        if _SURROGATE.search(text) and not _is_text(loaded):
            raise ValueError("it has half of a surrogate pair, which Home Assistant refuses")
        return loaded


def no_text(texts: object) -> tuple[str, ...] | None:
    """Return the keys of a value that is neither a text nor an object of texts, or None."""
    if not isinstance(texts, dict):
        return ()
    for key, value in texts.items():
        if not isinstance(value, str) and (below := no_text(value)) is not None:
            return (key, *below)
    return None


@dataclass(frozen=True, eq=False)
class Integration:
    """One folder with a `manifest.json`, its translations and its tests.

    `root` is the repository's root as an absolute path; every other path is relative to it and
    written with `/`. `files` holds what was read: the folder's own files and those of its tests.
    """

    root: Path
    folder: PurePosixPath
    layout: Layout
    domain: str
    files: Mapping[PurePosixPath, File] = field(repr=False)
    tests: PurePosixPath | None = None
    """The folder of its tests, where they are in reach."""
    unread: Mapping[PurePosixPath, str] = field(default_factory=dict, repr=False)
    """What could not be read, and why: links out of the tree, files without permission."""
    new_tests: PurePosixPath | None = None
    """Where it has none: the folder that they would be in, if there is a place for them."""

    def path(self, name: str) -> PurePosixPath:
        """Return the path of a file of the integration's folder."""
        return self.folder / name

    def file(self, name: str) -> File | None:
        """Return a file of the integration's folder by its name, `translations/en.json` too."""
        return self.files.get(self.path(name))

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """The manifest; read successfully before an Integration is made."""
        found = self.files[self.path(MANIFEST)].json
        return found if isinstance(found, dict) else {}

    @property
    def strings_name(self) -> str:
        """The file that holds its English texts."""
        return "strings.json" if self.layout is Layout.CORE else "translations/en.json"

    @cached_property
    def strings(self) -> Mapping[str, Any]:
        """Its English texts, empty where there are none or where they are no JSON object."""
        found = self.file(self.strings_name)
        try:
            loaded = found.json if found is not None else {}
        except ValueError:
            return {}
        return loaded if isinstance(loaded, dict) else {}

    @cached_property
    def strings_unclear(self) -> bool:
        """Whether its English texts cannot be read, or their file holds something else."""
        path = self.path(self.strings_name)
        if path in self.unread or path.parent in self.unread:
            return True
        found = self.file(self.strings_name)
        try:
            return found is not None and no_text(found.json) is not None
        except ValueError:
            return True

    @cached_property
    def modules(self) -> Mapping[str, PythonDocument]:
        """Its Python files by module name below the package: `config_flow`, `` for `__init__`."""
        return {
            _module_name(path.relative_to(self.folder)): file.python
            for path, file in self.files.items()
            if path.suffix == ".py" and path.is_relative_to(self.folder) and not self._is_test(path)
        }

    @cached_property
    def test_modules(self) -> Mapping[PurePosixPath, PythonDocument]:
        """Its tests' Python files by path; empty where they are not in reach."""
        return {
            path: file.python
            for path, file in self.files.items()
            if path.suffix == ".py" and self._is_test(path)
        }

    def module_path(self, module: str) -> PurePosixPath:
        """Return the path of a module that `modules` names."""
        base = self.folder.joinpath(*module.split(".")) if module else self.folder
        package = base / "__init__.py"
        return package if package in self.files else base.with_suffix(".py")

    def with_file(self, path: PurePosixPath, content: bytes | None) -> Integration:
        """Return the next Integration, in which a file has that content, or (None) is gone."""
        files = dict(self.files)
        if content is None:
            files.pop(path, None)
        else:
            files[path] = File(content)
        tests = self.tests
        if tests is None and self.new_tests is not None and path.is_relative_to(self.new_tests):
            tests = self.new_tests
        return replace(self, files=files, tests=tests)

    def _is_test(self, path: PurePosixPath) -> bool:
        if path.is_relative_to(self.folder / "tests"):  # some keep them beside the code
            return True
        return self.tests is not None and path.is_relative_to(self.tests)


def _module_name(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
