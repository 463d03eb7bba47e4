"""Imports that a retrofit leaves unused: they go, unless another module or a test takes them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from appcred.release import Release, Span
from appcred.retrofit.verb import Options, retrofit
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from appcred.integration import Integration

SPAN = Span(Release(2026, 10), Release(2026, 11))
SETUP = '''\
"""The example integration."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_entry_oauth2_flow

from .const import (
    AUTHORIZE,  # of the page
    CLIENT_ID,  # of the shared client
    CLIENT_SECRET,  # known to all
    DOMAIN,  # the integration's
    TOKEN,  # of the server
)


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Set up an entry of this domain."""
    hass.data.setdefault(DOMAIN, {})
    config_entry_oauth2_flow.async_register_implementation(
        hass,
        DOMAIN,
        config_entry_oauth2_flow.LocalOAuth2Implementation(
            hass, DOMAIN, CLIENT_ID, CLIENT_SECRET, AUTHORIZE, TOKEN
        ),
    )
    implementation = await config_entry_oauth2_flow.async_get_config_entry_implementation(
        hass, entry
    )
    session = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)
    await session.async_ensure_token_valid()
    return True
'''
FLOW = '''\
"""Config flow of the example."""

from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


class ExampleFlow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    """Sign in to the example."""

    DOMAIN = DOMAIN
'''
CONST = '''\
"""Constants of the example."""

DOMAIN = "example"
CLIENT_ID = "lamp-ha"
CLIENT_SECRET = "known to all"
AUTHORIZE = "https://lamp.example/authorize"
TOKEN = "https://lamp.example/token"
'''
FILES = {"__init__.py": SETUP, "config_flow.py": FLOW, "const.py": CONST}


def retrofitted(
    files: dict[str, str], tests: dict[str, str] | None = None, options: Options | None = None
) -> Integration:
    integration = Example(files).integration()
    for name, text in (tests or {}).items():
        integration = integration.with_file(integration.folder / "tests" / name, text.encode())
    outcome = retrofit(integration, SPAN, options or Options())
    assert not outcome.manual, outcome.manual
    assert outcome.after is not integration
    again = retrofit(outcome.after, SPAN, options or Options())
    assert again.after is outcome.after
    return outcome.after


def imported(integration: Integration, name: str = "__init__.py") -> set[str]:
    file = integration.file(name)
    assert file is not None
    return {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(file.content))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }


def test_an_unused_import_is_removed_with_its_comment() -> None:
    after = retrofitted(FILES)
    assert not imported(after) & {"AUTHORIZE", "TOKEN"}
    file = after.file("__init__.py")
    assert file is not None
    text = file.content.decode()
    assert "DOMAIN,  # the integration's" in text
    assert "# of the server" not in text


@pytest.mark.parametrize(
    "taking",
    [
        "from . import TOKEN\n",
        "from . import TOKEN as URL\n",
        "from . import *\n",
        "def url():\n    from . import TOKEN\n    return TOKEN\n",
        "from custom_components.example import TOKEN\n",
        "from custom_components.example import (\n    DOMAIN,\n    TOKEN,\n)\n",
    ],
)
def test_an_import_that_another_module_uses_stays(taking: str) -> None:
    after = retrofitted({**FILES, "sensor.py": taking})
    assert "TOKEN" in imported(after)
    file = after.file("__init__.py")
    assert file is not None
    assert b"TOKEN,  # of the server\n" in file.content


@pytest.mark.parametrize(
    "taking",
    [
        "from .oauth import TOKEN\n",
        "from . import oauth\n\nURL = oauth.TOKEN\n",
        "from . import oauth as other\n\nURL = other.TOKEN\n",
        "from .oauth import *\n",
        "from custom_components.example.oauth import TOKEN\n",
    ],
)
def test_an_import_used_through_another_module_stays(taking: str) -> None:
    after = retrofitted({**_apart(), "sensor.py": taking})
    assert "TOKEN" in imported(after, "oauth.py")


@pytest.mark.parametrize(
    "taking",
    [
        "from .const import TOKEN\n",
        "import TOKEN\n",
        "from lamplib import TOKEN\n",
        "import lamplib.TOKEN\n",
    ],
)
def test_an_import_of_the_same_name_from_elsewhere_is_no_use(taking: str) -> None:
    assert "TOKEN" not in imported(retrofitted({**_apart(), "sensor.py": taking}), "oauth.py")


def _apart() -> dict[str, str]:
    """Return the files with the registration in a module of its own."""
    register = SETUP.replace("async_setup_entry", "async_register").replace(
        "The example integration.", "The client of the example."
    )
    start = register.index("    hass.data.setdefault")
    end = register.index("    implementation = await")
    register = register.replace(
        register[start : register.index("    config_entry_oauth2", start)], ""
    )
    register = register[: register.index("    implementation = await")]
    register = register.replace(", entry: ConfigEntry) -> bool", ") -> None").replace(
        "from homeassistant.config_entries import ConfigEntry\n", ""
    )
    setup = SETUP[: SETUP.index("from .const")] + (
        "from .const import DOMAIN\nfrom .oauth import async_register\n\n\n"
        + SETUP[SETUP.index("async def") : SETUP.index("    config_entry_oauth2_flow.async_reg")]
        + "    await async_register(hass)\n"
        + SETUP[end:]
    )
    return {**FILES, "__init__.py": setup, "oauth.py": register}


@pytest.mark.parametrize(
    "test",
    [
        'patch("custom_components.example.TOKEN", "a")\n',
        "from custom_components.example import TOKEN\n",
        "from custom_components.example import (\n    TOKEN,\n)\n",
        'from custom_components import example\n\npatch.object(example, "TOKEN", "a")\n',
        "from custom_components import example as lamp\n\nassert lamp.TOKEN\n",
        'import custom_components.example as it\n\nmonkeypatch.setattr(it, "TOKEN", "a")\n',
    ],
)
def test_an_import_that_a_test_uses_stays(test: str) -> None:
    assert "TOKEN" in imported(retrofitted(FILES, {"test_init.py": test}))


def test_an_import_with_a_noqa_comment_stays() -> None:
    setup = SETUP.replace("# of the server", "# noqa: F401 - lamp_extra takes it")
    after = retrofitted({**FILES, "__init__.py": setup})
    assert imported(after) >= {"TOKEN", "DOMAIN"}
    assert "AUTHORIZE" not in imported(after)


def test_a_name_for_type_checkers_is_imported_once() -> None:
    setup = SETUP.replace("from homeassistant.core import HomeAssistant\n", "").replace(
        'integration."""\n', 'integration."""\n\nfrom __future__ import annotations\n', 1
    )
    setup = setup.replace(
        "\n\n\nasync def",
        "\n\nif TYPE_CHECKING:\n    from homeassistant.core import HomeAssistant\n\n\nasync def",
        1,
    ).replace(
        "from homeassistant.config",
        "from typing import TYPE_CHECKING\n\nfrom homeassistant.config",
        1,
    )
    after = retrofitted({**FILES, "__init__.py": setup})
    file = after.file("__init__.py")
    assert file is not None
    assert file.content.count(b"import HomeAssistant") == 1
