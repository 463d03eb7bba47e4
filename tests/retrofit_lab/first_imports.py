"""Import each module of custom integrations first, in a process of its own.

Run by Home Assistant's Python: `first_imports.py WORKSPACE OUTCOMES`. A cycle of imports shows only
from the module that it is entered by. What all of them need is imported before the processes fork.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

import homeassistant.components.application_credentials
import homeassistant.components.sensor
import homeassistant.config_entries
import homeassistant.helpers.config_entry_oauth2_flow
import homeassistant.helpers.config_validation  # noqa: F401


def first(module: str) -> str:
    """Import a module in a fork; return what went wrong, empty if nothing did."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            importlib.import_module(module)
            said = ""
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode()[:4000])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def main(workspace: Path, outcomes: Path) -> None:
    """Write down what each module said."""
    sys.path.insert(0, str(workspace))
    found = {}
    for path in sorted(workspace.glob("custom_components/*/**/*.py")):
        parts = path.relative_to(workspace).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        found[module] = first(module)
    outcomes.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
