"""The template's tests, beside those that an integration has already, which stay as they are."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from appcred.integration import Layout
from appcred.loading import has_neighbours, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appcred.integration import Integration
    from appcred.release import Span

_FOLDER: Final = "oauth2"
"""Where they go if there are tests already: with fixtures of their own, out of the others' way."""
_SETTINGS: Final = {
    "pytest.ini": "[pytest]",
    "pyproject.toml": "[tool.pytest.ini_options]",
    "tox.ini": "[pytest]",
    "setup.cfg": "[tool:pytest]",
}
"""Where pytest looks for its settings, in its order, and the section they stand in."""
_AUTO: Final = re.compile(r"asyncio[_-]mode\s*=\s*[\"']?auto")


def with_tests(integration: Integration, tests: Mapping[str, bytes]) -> Integration:
    """Add tests, given by their names; not where the integration is the whole repository."""
    if not tests or integration.folder == PurePosixPath():
        return integration
    folder = integration.tests
    if folder is None:
        folder = PurePosixPath("tests")
        if integration.layout is Layout.CORE:
            folder = folder / "components" / integration.domain
        elif has_neighbours(integration.root / integration.folder):
            package = folder / "__init__.py"
            if not (integration.root / package).exists():
                integration = integration.with_file(package, b'"""Tests."""\n')
            folder = folder / integration.domain
    if integration.test_modules:
        folder = folder / _FOLDER
    for name, content in tests.items():
        integration = integration.with_file(folder / name, content)
    return integration


def notes(integration: Integration, span: Span) -> Iterator[str]:
    """Yield what the tests need and is not there, outside of what may be written."""
    if integration.layout is Layout.CUSTOM and integration.folder == PurePosixPath():
        yield ("no tests generated: they need the integration below custom_components")
        return
    yield from needs(integration, span)


def needs(integration: Integration, span: Span) -> Iterator[str]:
    """Yield what tests of an integration need, and its repository does not have."""
    root = integration.root
    if integration.layout is Layout.CORE:
        return
    contents = {name: text(root, name) for name in _SETTINGS}
    if not any(_AUTO.search(content) for content in contents.values()):
        found = (name for name, section in _SETTINGS.items() if section in contents[name])
        name = next(found, "pytest.ini")
        value = '"auto"' if name == "pyproject.toml" else "auto"
        yield f"the tests need asyncio_mode = {value} in {_SETTINGS[name]} of {name}"
    package = PurePosixPath("custom_components", "__init__.py")
    if not span.all("tests_without_package") and not (root / package).exists():
        yield (
            f"the tests need an empty {package}; otherwise the test package's own module hides it"
        )
