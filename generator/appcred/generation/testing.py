"""The template's tests, beside those that an integration has already, which stay as they are."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from appcred.integration import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.integration import Integration

_FOLDER: Final = "oauth2"
"""Where they go if there are tests already: with fixtures of their own, out of the others' way."""
_SETTINGS: Final = ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")


def with_tests(integration: Integration, tests: Mapping[str, bytes]) -> Integration:
    """Add tests, given by their names; not where the integration is the whole repository."""
    if not tests or integration.folder == PurePosixPath():
        return integration
    folder = integration.tests
    if folder is None:
        folder = PurePosixPath("tests")
        if integration.layout is Layout.CORE:
            folder = folder / "components" / integration.domain
        elif _has_neighbours(integration):
            package = folder / "__init__.py"
            if not (integration.root / package).exists():
                integration = integration.with_file(package, b'"""Tests."""\n')
            folder = folder / integration.domain
    if integration.test_modules:
        folder = folder / _FOLDER
    for name, content in tests.items():
        integration = integration.with_file(folder / name, content)
    return integration


def notes(integration: Integration) -> Iterator[str]:
    """Yield what the tests need and is not there, outside of what may be written."""
    root = integration.root
    if integration.layout is Layout.CORE:
        return
    if integration.folder == PurePosixPath():
        yield (
            "it is given no tests, which would need the integration in custom_components; "
            "appcred new writes them into a tree of that form"
        )
        return
    settings = "".join(
        (root / name).read_text("utf-8", "replace") for name in _SETTINGS if (root / name).is_file()
    )
    if "asyncio_mode" not in settings:
        yield "its tests need asyncio_mode = auto in pytest's settings, as in a pytest.ini"
    if not (root / integration.folder.parent / "__init__.py").exists():
        yield f"its tests need an empty {integration.folder.parent / '__init__.py'}"


def _has_neighbours(integration: Integration) -> bool:
    """Say whether the repository has other integrations, so that `tests` is not its own."""
    parent = integration.root / integration.folder.parent
    others = (path.parent.name for path in parent.glob("*/manifest.json"))
    return any(name != integration.folder.name for name in others)
