"""The examples of APC401, APC402 and APC403 with edits, and what a retrofit makes of them."""

# ruff: noqa: E501 - a change of an example stands on one line

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from appcred.release import Release, Span
from appcred.retrofit.verb import Options, retrofit
from appcred.rules import engine
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from appcred.retrofit.verb import Outcome

YAML = dict(engine.rule("APC401").EXAMPLES[1].files)

FORM = dict(engine.rule("APC403").EXAMPLES[1].files)

CONSTANT = dict(engine.rule("APC402").EXAMPLES[1].files)

GUARD = "    if DOMAIN not in config:\n        return True\n"


def done(files: dict[str, str], floor: str = "2026.10") -> Outcome:
    span = Span(Release.parse(floor), Release(2026, 11))
    return retrofit(Example(files).integration(), span, Options())


def changed(files: dict[str, str], name: str, *pairs: tuple[str, str]) -> dict[str, str]:
    text = files[name]
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return {**files, name: text}


def init(outcome: Outcome) -> str:
    assert not outcome.manual, outcome.manual
    file = outcome.after.file("__init__.py")
    assert file is not None
    text = file.content.decode()
    ast.parse(text)
    return text


def module(outcome: Outcome, name: str) -> str:
    file = outcome.after.file(name)
    assert file is not None
    return file.content.decode()


REFUSED = {
    "a required key that is no credential": (
        changed(
            YAML,
            "__init__.py",
            (
                "                vol.Required(CONF_CLIENT_ID): cv.string,\n",
                (
                    "                vol.Required(CONF_CLIENT_ID): cv.string,\n"
                    '                vol.Required("host"): cv.string,\n'
                ),
            ),
            (
                "    # The client",
                '    hass.data[DOMAIN] = config[DOMAIN]["host"]\n    # The client',
            ),
        ),
        "requires a key that is no credential",
    ),
    "a schema of another kind": (
        changed(YAML, "__init__.py", ("vol.Schema(\n    {", "vol.Schema(\n    own or {")),
        "cannot read this schema",
    ),
    "no coroutine": (
        changed(YAML, "__init__.py", ("async def async_setup", "def async_setup")),
        "cannot tell the parameters of async_setup",
    ),
    "part of a longer statement": (
        changed(
            YAML,
            "__init__.py",
            (
                "    config_flow.ExampleFlow.async_register",
                "    x = config_flow.ExampleFlow.async_register",
            ),
        ),
        "part of a longer statement",
    ),
    "a name that is taken": (
        {**YAML, "__init__.py": YAML["__init__.py"] + "\n\nclass ClientCredential:\n    pass\n"},
        "already means something else",
    ),
    "a stash that is read where no implementation is": (
        {
            **changed(
                YAML,
                "__init__.py",
                (
                    "    # The client",
                    '    hass.data[DOMAIN]["client_id"] = config[DOMAIN][CONF_CLIENT_ID]\n    # The client',
                ),
            ),
            "oauth2_sensor.py": 'from .const import DOMAIN\n\n\ndef oauth2(hass):\n    return hass.data[DOMAIN]["client_id"]\n',
        },
        "where no implementation is available",
    ),
    "two kinds of client": (
        changed(
            FORM,
            "__init__.py",
            ("entry.data[CONF_CLIENT_ID]", '"fixed"'),
            ("entry.data[CONF_CLIENT_SECRET]", '"fixed"'),
        ),
        "",
    ),
    "a migration that is there": (
        {
            **FORM,
            "__init__.py": FORM["__init__.py"]
            + "\n\nasync def async_migrate_entry(hass, entry):\n    return await own(entry)\n",
        },
        "cannot tell where this migration of entries ends",
    ),
    "more than a form": (
        changed(
            FORM,
            "config_flow.py",
            (
                "        self.client = user_input\n",
                "        self.client = user_input\n        await self.hello(user_input)\n",
            ),
        ),
        "also does something else",
    ),
    "a version that is worked out": (
        changed(
            FORM,
            "config_flow.py",
            ("    DOMAIN = DOMAIN\n", "    DOMAIN = DOMAIN\n    VERSION = 1 + 1\n"),
        ),
        "not a literal number",
    ),
    "an entry that is read elsewhere": (
        {**FORM, "oauth2_sensor.py": 'def oauth2(entry):\n    return entry.data["client_id"]\n'},
        "is read from an entry where no implementation",
    ),
    "more in the except": (
        changed(
            FORM,
            "__init__.py",
            ("    except ValueError:\n", "    except ValueError:\n        hello()\n"),
        ),
        "if no implementation exists, this does more",
    ),
    "different clients": (
        changed(
            CONSTANT,
            "config_flow.py",
            (
                "    DOMAIN = DOMAIN\n",
                "    DOMAIN = DOMAIN\n\n    async def async_step_user(self, user_input=None):\n        self.async_register_implementation(self.hass, config_entry_oauth2_flow.LocalOAuth2Implementation(self.hass, DOMAIN, 'other', '', 'a', 'b'))\n",
            ),
        ),
        "another client is registered in",
    ),
    "an initialiser that does more": (
        changed(
            CONSTANT,
            "oauth.py",
            ("        super().__init__(", "        hass.bus.fire('x')\n        super().__init__("),
        ),
        "does more than pass its arguments on",
    ),
}
