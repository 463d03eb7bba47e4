"""How a flow gets to the vendor: what its first step may do on the way, and what is uncertain."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from appcred.oauth.code import oauth_code
from appcred.oauth.flow import sign_in
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from appcred.oauth.flow import SignIn

HEAD = """\
import logging
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2Implementation

DOMAIN = "example"
LOGGER = logging.getLogger(__name__)


class Flow(AbstractOAuth2FlowHandler, domain=DOMAIN):
    DOMAIN = DOMAIN
"""
PLATFORM = """\
from homeassistant.components.application_credentials import AuthorizationServer

async def async_get_authorization_server(hass):
    return AuthorizationServer("https://example.com/a", "https://example.com/t")
"""


def found(methods: str = "", more: str = "", platform: str = PLATFORM) -> SignIn | None:
    files = {
        "config_flow.py": HEAD + indent(methods, "    ") + more,
        "application_credentials.py": platform,
    }
    return sign_in(oauth_code(Example(files).integration()))


def certain(methods: str = "", more: str = "", platform: str = PLATFORM) -> SignIn:
    result = found(methods, more, platform)
    assert result is not None
    return result


def step(body: str, *, parameter: str = "user_input=None") -> str:
    return f"async def async_step_user(self, {parameter}):\n{indent(body, '    ')}"


ON = "return await super().async_step_user(user_input)\n"
STRAIGHT = {
    "nothing of its own": "",
    "handed on": step(f'"""Go."""\n{ON}'),
    "by keyword": step("return await super().async_step_user(user_input=user_input)\n"),
    "picked at once": step("return await self.async_step_pick_implementation()\n"),
    "one entry only": step(f"if self._async_current_entries():\n    return self.x()\n{ON}"),
    "entries by name": step(
        "entries = self._async_current_entries()\n"
        f"if self.source != SOURCE_REAUTH and entries:\n    return self.x()\n{ON}"
    ),
    "none by walrus": step(
        f"if not (e := self.hass.config_entries.async_entries(DOMAIN)):\n    {ON}return self.x()\n"
    ),
    "a unique id": step(
        "await self.async_set_unique_id(DOMAIN)\nself._abort_if_unique_id_configured()\n"
        f'LOGGER.debug("a")\n{ON}'
    ),
    "what is asked for elsewhere": step(
        f"if user_input is not None:\n    return self.x()\nelif user_input:\n    return self.x()\n"
        f"else:\n    {ON}"
    ),
    "through a step of its own": step("return await self.async_step_next()\n")
    + "async def async_step_next(self, user_input=None):\n"
    "    if user_input is None or self.x:\n"
    "        return await self.async_step_pick_implementation(user_input)\n",
    "neither": step(f"if self._async_current_entries() or user_input:\n    return self.x()\n{ON}"),
}
ITS_OWN = {
    "a form": step(f"if user_input is None:\n    return self.async_show_form()\n{ON}"),
    "an unknown condition": step(f"if self.x:\n    return self.x()\n{ON}"),
    "a comparison": step(f"if user_input is self.x:\n    return self.x()\n{ON}"),
    "a long comparison": step(f"if None is user_input is self.x:\n    return self.x()\n{ON}"),
    "not unknown": step(f"if not self.x:\n    return self.x()\n{ON}"),
    "half unknown": step(f"if self.x or user_input:\n    return self.x()\n{ON}"),
    "a call as a condition": step(f"if self.x():\n    return self.x()\n{ON}"),
    "a name of two meanings": step(f"a = 1\na = 2\nif a:\n    return self.x()\n{ON}"),
    "something of a library": step(f"await library.ask()\n{ON}"),
    "an attempt": step(f"try:\n    pass\nfinally:\n    pass\n{ON}"),
    "an error": step(f"raise AbortFlow\n{ON}"),
    "on one line": "async def async_step_user(self, user_input=None): pass\n",
    "a branch on one line": step(f"if user_input is None: pass\n{ON}"),
    "no end": step("await self.async_set_unique_id(DOMAIN)\n"),
    "an end of its own": step("return self.async_abort(reason='a')\n"),
    "one implementation": step(
        "return await self.async_step_pick_implementation({'implementation': DOMAIN})\n"
    ),
    "another function": step("return await elsewhere(user_input)\n"),
    "itself": step("return await self.async_step_user(user_input)\n"),
    "another step of the base": step("return await super().async_step_auth(user_input)\n"),
    "round and round": step("return await self.async_step_a()\n")
    + "async def async_step_a(self):\n    return await self.async_step_b()\n"
    "async def async_step_b(self):\n    return await self.async_step_a()\n",
}


@pytest.mark.parametrize("case", STRAIGHT)
def test_straight_to_the_sign_in(case: str) -> None:
    result = certain(STRAIGHT[case])
    assert result.from_start
    assert result.goes_out
    assert result.known_url
    assert result.authorize_url == "https://example.com/a"
    assert result.own_client is None


@pytest.mark.parametrize("case", ITS_OWN)
def test_flows_with_a_form_before_the_sign_in(case: str) -> None:
    result = certain(ITS_OWN[case])
    assert not result.from_start
    assert result.goes_out


def test_a_base_of_its_own_is_followed() -> None:
    base = step("return await self.async_step_pick_implementation()\n")
    text = HEAD + indent(base, "    ") + "class Real(Flow):\n    pass\n"
    files = {"config_flow.py": text, "application_credentials.py": PLATFORM}
    result = sign_in(oauth_code(Example(files).integration()))
    assert result is not None
    assert result.from_start
    files["config_flow.py"] = text.replace("    pass\n", indent(step(ON), "    "))
    result = sign_in(oauth_code(Example(files).integration()))
    assert result is not None
    assert not result.from_start  # what `super()` is there is not gone into


def test_two_flows_or_an_overridden_pick_step_are_unknown() -> None:
    other = "class Other(AbstractOAuth2FlowHandler, domain='b'):\n    pass\n"
    assert found(more=other) is None
    assert found("async def async_step_pick_implementation(self, user_input=None): ...\n") is None


def test_classes_that_cannot_be_seen() -> None:
    text = HEAD.replace("class Flow(", "class Flow(library.Mixin, ")
    files = {"config_flow.py": text, "application_credentials.py": PLATFORM}
    assert sign_in(oauth_code(Example(files).integration())) is None
    own = "class Own(library.Mixin, LocalOAuth2Implementation):\n    pass\n"
    assert not certain(more=own).known_url


OWN = {
    "nothing": ("", True, True),
    "a name": ("@property\ndef name(self): return 'a'\n", True, True),
    "a URL": ("@property\ndef authorize_url(self): return self.x\n", True, False),
    "a URL of the class": ("authorize_url = 'https://example.com/b'\n", True, False),
    "a URL that is set": ("def __init__(self, x):\n    self.authorize_url = x\n", True, False),
    "a client": ("@property\ndef client_id(self): return self.x\n", False, True),
    "a client that is set": ("def __init__(self, x):\n    self.client_id: str = x\n", False, True),
}


@pytest.mark.parametrize("case", OWN)
@pytest.mark.parametrize("base", ["AuthImplementation", "LocalOAuth2Implementation"])
def test_overrides_of_an_implementation_class(case: str, base: str) -> None:
    """AuthImplementation is what a retrofit makes a class from."""
    body, known, written = OWN[case]
    own = (
        "from homeassistant.components.application_credentials import AuthImplementation\n"
        f"class Own({base}):\n    note = 'a'\n{indent(body, '    ')}"
    )
    result = certain(more=own)
    assert result.known_url is known
    assert (result.authorize_url is not None) is written


AUTHORIZE = "async def async_generate_authorize_url(self):\n"
CHANGED = {
    "more behind it": (
        "    url = await super().async_generate_authorize_url()\n    return f'{url}&a=b'\n",
        True,
    ),
    "more added to it": (
        "    return await super().async_generate_authorize_url() + '&a=b'\n",
        True,
    ),
    "another one": ("    return f'https://{self.x}'\n", False),
    "one of an empty text": ("    return f''\n", False),
    "something before it": (
        "    return 'a' + await super().async_generate_authorize_url()\n",
        False,
    ),
    "nothing": ("    await self.x()\n", False),
    "another function's": ("    return await super().x()\n", False),
}


@pytest.mark.parametrize("case", CHANGED)
@pytest.mark.parametrize("place", ["flow", "implementation"])
def test_another_url(case: str, place: str) -> None:
    body, known = CHANGED[case]
    if place == "flow":
        result = certain(AUTHORIZE + body)
    else:
        own = "class Own(LocalOAuth2Implementation):\n" + indent(AUTHORIZE + body, "    ")
        result = certain(more=own)
    assert result.known_url is known
    assert result.goes_out


@pytest.mark.parametrize(
    ("methods", "more"),
    [
        ("async def async_step_auth(self, user_input=None): ...\n", ""),
        (
            "",
            "class Own(LocalOAuth2Implementation):\n    def redirect_uri(self): ...\n",
        ),
        # What it sends along may come from the form before.
        (
            ITS_OWN["a form"] + "@property\ndef extra_authorize_data(self):\n    return self.x\n",
            "",
        ),
    ],
)
def test_an_overridden_authorize_step_is_unknown(methods: str, more: str) -> None:
    assert not certain(methods, more).goes_out


def test_scopes_are_no_reason() -> None:
    scopes = "@property\ndef extra_authorize_data(self):\n    return {'scope': 'a'}\n"
    assert certain(ITS_OWN["a form"] + scopes).goes_out


def test_a_url_that_is_not_written_down() -> None:
    platform = PLATFORM.replace('"https://example.com/a"', "library.URL")
    assert certain(platform=platform).authorize_url is None


BRINGS = """\
await async_import_client_credential(
    self.hass, DOMAIN, ClientCredential('public', '', 'Name')
)
"""


def test_a_client_of_its_own() -> None:
    assert certain(step(BRINGS + ON)).own_client == "public"
    typed = BRINGS.replace("'public'", "user_input['id']")
    assert certain(step(typed + ON)).own_client is None


def test_a_client_of_its_own_by_a_method() -> None:
    method = "async def bring(self):\n" + indent(BRINGS, "    ")
    assert certain(step("await self.bring()\n" + ON) + method).own_client == "public"
    asks = method + "    await library.ask()\n"
    assert found(step("await self.bring()\n" + ON) + asks) is None
    ends = method + "    return 1\n"
    assert found(step("await self.bring()\n" + ON) + ends) is None


def test_a_client_of_its_own_that_is_not_certain() -> None:
    later = "async def async_step_other(self, user_input=None):\n" + indent(BRINGS, "    ")
    assert found(later) is None
    assert found(step(f"if self.x:\n{indent(BRINGS, '    ')}{ON}")) is None
    branch = f"if self._async_current_entries():\n{indent(BRINGS, '    ')}{ON}"
    assert found(step(branch)) is None
