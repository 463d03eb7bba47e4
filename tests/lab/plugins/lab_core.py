"""Give a core integration's tests the modules that only a checkout of core has.

The test package holds core's test helpers under a name of its own. They become `tests.common` and
so on as the same modules, not as second copies: a copy would patch and count for itself.
"""

import importlib
import pkgutil
import sys

import pytest

_PACKAGE = "pytest_homeassistant_custom_component"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Alias the helpers once the test package has been loaded and before any test is."""
    tests = importlib.import_module("tests")
    package = importlib.import_module(_PACKAGE)
    for found in pkgutil.walk_packages(package.__path__, f"{_PACKAGE}."):
        name = found.name.removeprefix(f"{_PACKAGE}.")
        if name.startswith("testing_config") or name == "components":
            continue
        module = importlib.import_module(found.name)
        name = "conftest" if name == "plugins" else name
        sys.modules[f"tests.{name}"] = module
        if "." not in name:
            setattr(tests, name, module)
