"""Imports added in their place and taken out: what isort with core's settings would leave alone."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import libcst as cst
import pytest

from appcred.documents.imports import (
    Import,
    NameTakenError,
    add_imports,
)

if TYPE_CHECKING:
    from pathlib import Path

CREDENTIALS = "homeassistant.components.application_credentials"
TWO = [
    Import(CREDENTIALS, "async_import_client_credential"),
    Import(CREDENTIALS, "ClientCredential"),
]
BLOCK = """\
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
"""


def code(text: str) -> str:
    return textwrap.dedent(text).lstrip("\n")


def added(text: str, *wanted: Import) -> str:
    return add_imports(cst.parse_module(code(text)), wanted).code


CASES = {
    "between": (
        """
        \"\"\"Doc.\"\"\"

        import logging

        import aiohttp

        from homeassistant.components import cloud
        from homeassistant.config_entries import ConfigEntry

        from .const import DOMAIN
        """,
        TWO,
    ),
    "first of its section": (
        """
        import aiohttp

        # Ours
        from homeassistant.config_entries import ConfigEntry
        """,
        TWO,
    ),
    "last of its section": (
        """
        from homeassistant import config_entries

        from . import api
        """,
        TWO,
    ),
    "a section of its own": (
        """
        from __future__ import annotations

        import logging

        from .const import DOMAIN
        """,
        TWO,
    ),
    "before all others": (
        """
        \"\"\"Doc.\"\"\"

        from .const import DOMAIN

        X = 1
        """,
        [Import("logging")],
    ),
    "only a docstring": ('"""Doc."""\n\n\ndef f(): ...\n', TWO),
    "into another": (
        """
        from .const import (
            AUTH,
            DOMAIN,
        )
        from homeassistant.const import CONF_TOKEN
        """,
        [Import("homeassistant.const", "CONF_CLIENT_ID"), Import(".const", "DEVICE")],
    ),
    "relative ones": (
        """
        from homeassistant import core

        from .. import deep
        from .const import DOMAIN
        """,
        [Import(".", "api"), Import(".api", "Thing"), Import(".hub", "Hub")],
    ),
    "plain among from": (
        """
        from datetime import timedelta
        from typing import Any
        """,
        [Import("logging"), Import("voluptuous", None, "vol")],
    ),
    "aliases": (
        """
        from homeassistant.helpers import config_entry_oauth2_flow
        """,
        [Import("homeassistant.helpers", "config_validation", "cv")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_ruff_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    before, wanted = CASES[name]
    result = added(before, *wanted)
    compile(result, name, "exec")
    assert add_imports(cst.parse_module(result), wanted).code == result
    config = tmp_path / "ruff.toml"
    config.write_text(
        "[lint]\nselect = ['I']\n[lint.isort]\nforce-sort-within-sections = true\n"
        "known-first-party = ['homeassistant']\ncombine-as-imports = true\n"
        "split-on-trailing-comma = false\n"
    )
    ruff = [sys.executable, "-m", "ruff"]
    path = tmp_path / "module.py"

    def findings(text: str) -> str:
        path.write_text(text)
        command = [*ruff, "check", "--no-cache", "--config", str(config), "--diff", str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    if name != "into another":  # its imports are out of order to begin with
        assert not findings(code(before))
        assert not findings(result)


def test_the_exact_text() -> None:
    text = code(CASES["between"][0])
    assert added(CASES["between"][0], *TWO) == text.replace(
        "import cloud\n", f"import cloud\n{BLOCK}"
    )


def test_into_another_keeps_its_style() -> None:
    result = added(CASES["into another"][0], *CASES["into another"][1])
    assert "from .const import AUTH, DEVICE, DOMAIN\n" in result
    assert "import CONF_CLIENT_ID, CONF_TOKEN\n" in result


def test_comments_between_the_names_survive() -> None:
    text = "from a import (\n    b,  # one\n    d,  # two\n)\n"
    assert added(text, Import("a", "c")) == text.replace("# one\n", "# one\n    c,\n")
    assert added(text, Import("a", "e")) == text.replace("# two\n", "# two\n    e,\n")


def test_line_endings_and_tabs_are_kept() -> None:
    text = (
        "import os\r\n\r\nfrom homeassistant import core\r\n\r\ndef f():\r\n\treturn os, core\r\n"
    )
    result = add_imports(cst.parse_module(text), TWO).code
    assert "\n" not in result.replace("\r\n", "")
    assert "import (\r\n\tClientCredential,\r\n" in result


def test_a_name_with_another_meaning() -> None:
    with pytest.raises(NameTakenError, match="ClientCredential"):
        added("class ClientCredential: ...\n", *TWO)
    with pytest.raises(NameTakenError, match="logging"):
        added("from structlog import logging\n", Import("logging"))


GROUPED = """\
import logging
from datetime import timedelta

import homeassistant.helpers.config_validation as cv
import voluptuous as vol
from homeassistant.const import CONF_ID
from homeassistant.helpers.typing import ConfigType
"""


def test_plain_imports_above_the_others_stay_there() -> None:
    wanted = [
        Import("homeassistant.core", "HomeAssistant"),
        Import("homeassistant.components.application_credentials", "ClientCredential"),
        Import("contextlib"),
        Import("abc", "ABC"),
    ]
    after = add_imports(cst.parse_module(GROUPED), wanted).code
    assert (
        after
        == """\
import contextlib
import logging
from abc import ABC
from datetime import timedelta

import homeassistant.helpers.config_validation as cv
import voluptuous as vol
from homeassistant.components.application_credentials import ClientCredential
from homeassistant.const import CONF_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import ConfigType
"""
    )


def test_one_section_in_cores_order_is_enough_for_it() -> None:
    mixed = GROUPED.replace("import logging\nfrom datetime", "from datetime").replace(
        "timedelta\n", "timedelta\nimport logging\n"
    )
    after = add_imports(cst.parse_module(mixed), [Import("abc", "ABC"), Import("json")]).code
    assert after.startswith("from abc import ABC\nfrom datetime import timedelta\nimport json\n")
