"""APC0 and APC1 beyond the examples that their pages show: what else they find, and let be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from appcred.finding import FixKind, ManualWork, Severity
from appcred.integration import Layout
from appcred.release import Release, Span
from appcred.rules import engine
from appcred.rules.rule import EXAMPLE_MANIFEST, Example
from rules.cases import Case, findings

PLATFORM = "application_credentials.py"
SERVER = "from homeassistant.components.application_credentials import AuthorizationServer\n"
PKCE = (
    "from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2ImplementationWithPkce\n"
)
AUTH = "from homeassistant.components.application_credentials import AuthImplementation\n"
LOCAL = "from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2Implementation\n"
IMPLEMENTATION = "async def async_get_auth_implementation(hass, auth_domain, credential):\n"


def server(line: str) -> dict[str, str]:
    """Return a platform whose server hook is not async and ends in a line."""
    return {PLATFORM: f"{SERVER}{HELPERS}\ndef async_get_authorization_server(hass):\n    {line}\n"}


HELPERS = """
async def later(hass): ...
def now(hass): ...
"""

NO_DEPENDENCY = {"manifest.json": json.dumps({**EXAMPLE_MANIFEST, "dependencies": []})}
NEAR = "async def async_get_authorize_server(hass): ...\n"

CASES = {
    "no hook, and the dependency": Case(
        "APC106", {PLATFORM: "URL = 1\n"}, {f"{PLATFORM}:1:1": "fails for every integration"}
    ),
    "no hook, and no dependency": Case(
        "APC106",
        {PLATFORM: "URL = 1\n", **NO_DEPENDENCY},
        {f"{PLATFORM}:1:1": "so nobody can enter a credential"},
    ),
    "no hook, and one that is nearly one": Case(
        "APC106",
        {PLATFORM: NEAR, **NO_DEPENDENCY},
        {f"{PLATFORM}:1:1": "rename async_get_authorize_server to async_get_authorization_server"},
    ),
    "no hook in core, which has no say": Case(
        "APC106",
        {PLATFORM: "URL = 1\n", **NO_DEPENDENCY},
        {f"{PLATFORM}:1:1": "fails for every integration"},
        layout=Layout.CORE,
    ),
    "hooks of another module that cannot be called": Case(
        "APC103",
        {
            PLATFORM: "from .oauth import async_get_authorization_server\n",
            "oauth.py": "def async_get_authorization_server(hass):\n    return {}\n",
        },
        {"oauth.py:1:1": "is not async"},
    ),
    "no dependency for a hook of another module that cannot be called": Case(
        "APC201",
        {
            PLATFORM: "from .oauth import async_get_authorization_server\n",
            "oauth.py": "def async_get_authorization_server(hass):\n    return {}\n",
            **NO_DEPENDENCY,
        },
        {},
    ),
    "secrets of tests beside the code": Case(
        "APC115",
        {
            "tests/test_init.py": "from homeassistant.components.application_credentials import "
            "ClientCredential\n\nONE = ClientCredential('id', 'not-so-secret')\n"
        },
        {},
    ),
    "several comments on a line": Case(
        "APC001",
        {"api.py": "x = 1  # appcred: ignore[APC102,APC103] -- once\n"},
        {"api.py:1:8": "unused ignore: APC103 is not reported on this line"},
        count=2,
    ),
    "a file that names an encoding there is not": Case(
        "APC003",
        {"config_flow.py": "# coding: nonsense\nx = 1\n"},
        {"config_flow.py:1:1": "names an unknown encoding"},
    ),
    "a test that cannot be parsed": Case(
        "APC003",
        {"/tests/test_a.py": "oauth2 = 1\nx = (\n", "/tests/test_b.py": "x = (\n"},
        {"/tests/test_a.py:2:5": "is not valid Python"},
    ),
    "a text file that is not UTF-8": Case(
        "APC003",
        {"translations/en.json": '{\n"a": "\udcff"}'},
        {"translations/en.json:2:1": "is not UTF-8"},
    ),
    "a platform without a word of OAuth": Case(
        "APC003",
        {PLATFORM: "async def async_get_auth_implementation(hass:\n"},
        {f"{PLATFORM}:1:40": "is not valid Python"},
    ),
    "a helper is no flow's platform": Case(
        "APC101",
        {"api.py": "client_secret = ''\n"},
        {},
    ),
    "registered by hand": Case(
        "APC101",
        {
            "config_flow.py": "from homeassistant.helpers.config_entry_oauth2_flow import "
            "AbstractOAuth2FlowHandler\nclass Flow(AbstractOAuth2FlowHandler, domain='example'):\n"
            "    ...\n",
            "__init__.py": f"{LOCAL}Flow.async_register_implementation(hass, 1)\n",
        },
        {},
    ),
    "self that is used": Case(
        "APC102",
        {PLATFORM: "async def async_get_authorization_server(self, hass):\n    return self.x\n"},
        {f"{PLATFORM}:1:42": "async_get_authorization_server takes self, but Home"},
        fix=None,
    ),
    "a name may be a coroutine": Case("APC103", server("return made"), {}),
    "an own coroutine function": Case("APC103", server("return later(hass)"), {}),
    "an own plain function": Case(
        "APC103",
        server("return now(hass)"),
        {f"{PLATFORM}:6:1": "async_get_authorization_server is not async, but Home"},
    ),
    "nothing is returned": Case(
        "APC103",
        server("return"),
        {f"{PLATFORM}:6:1": "async_get_authorization_server is not async, but Home"},
    ),
    "a protocol is no hook": Case(
        "APC104",
        {
            PLATFORM: "from typing import Protocol\nclass A(Protocol):\n"
            "    async def async_get_authorization_server(self, hass): ...\n"
        },
        {},
    ),
    "the other hook in a class": Case(
        "APC104",
        {
            PLATFORM: "class A:\n    async def async_get_authorization_server(hass): ...\n"
            "    async def async_get_auth_implementation(hass, auth_domain, credential): ...\n"
            "async def async_get_authorization_server(hass): ...\n"
        },
        {f"{PLATFORM}:3:5": "async_get_auth_implementation is a method, but Home"},
    ),
    "self is another rule's": Case(
        "APC105", {PLATFORM: "async def async_get_authorization_server(self): ...\n"}, {}
    ),
    "too many parameters": Case(
        "APC105",
        {PLATFORM: "async def async_get_authorization_server(hass, other): ...\n"},
        {f"{PLATFORM}:1:11": "async_get_authorization_server does not take what Home"},
    ),
    "by position only": Case(
        "APC105", {PLATFORM: "async def async_get_authorization_server(hass, /): ...\n"}, {}
    ),
    "everything from another module": Case("APC106", {PLATFORM: "from .auth import *\n"}, {}),
    "a hook that is made": Case(
        "APC106", {PLATFORM: "async_get_auth_implementation = factory()\n"}, {}
    ),
    "a server hook that the integration calls": Case(
        "APC107",
        {
            PLATFORM: f"{SERVER}async def async_get_authorization_server(hass): ...\n"
            f"{IMPLEMENTATION}    return A(await async_get_authorization_server(hass))\n"
        },
        {f"{PLATFORM}:2:11": "Home Assistant does not call async_get_authorization_server"},
        severity=Severity.INFO,
    ),
    "a server hook alone": Case(
        "APC107", {PLATFORM: "async def async_get_authorization_server(hass): ...\n"}, {}
    ),
    "the domain as a string": Case(
        "APC108",
        {PLATFORM: f'{IMPLEMENTATION}    return A(hass, "example", credential)\n'},
        {f"{PLATFORM}:2:20": "every credential gets the same auth domain, so two become"},
    ),
    "the auth domain nowhere": Case(
        "APC108",
        {PLATFORM: f"{IMPLEMENTATION}    return make(hass)\n"},
        {f"{PLATFORM}:1:11": "every credential gets the same auth domain, so two become"},
    ),
    "another call with two arguments": Case(
        "APC108",
        {PLATFORM: f"{IMPLEMENTATION}    return make(hass, credential)\n"},
        {f"{PLATFORM}:1:11": "every credential gets the same auth domain, so two become"},
    ),
    "no credential to use": Case(
        "APC116",
        {PLATFORM: "async def async_get_auth_implementation(hass, auth_domain): ...\n"},
        {},
    ),
    "a hook that is somewhere else": Case(
        "APC116", {PLATFORM: "from .api import async_get_auth_implementation\n"}, {}
    ),
    "no auth domain to pass on": Case(
        "APC108",
        {PLATFORM: "async def async_get_auth_implementation(self, hass, credential): ...\n"},
        {},
    ),
    "a secret too early, the rest by keyword": Case(
        "APC109",
        {
            PLATFORM: f"{PKCE}{IMPLEMENTATION}    return LocalOAuth2ImplementationWithPkce(\n"
            "        hass, auth_domain, credential.client_id, credential.client_secret,\n"
            "        authorize_url=A, token_url=T)\n"
        },
        {f"{PLATFORM}:4:50": "after the URLs"},
        fix=None,
    ),
    "a secret by keyword": Case(
        "APC109",
        {
            PLATFORM: f"{PKCE}{IMPLEMENTATION}    return LocalOAuth2ImplementationWithPkce(\n"
            "        hass, auth_domain, credential.client_id, token_url=T, authorize_url=A,\n"
            "        client_secret=credential.client_secret)\n"
        },
        {},
    ),
    "the order of the plain implementation": Case(
        "APC109",
        {
            PLATFORM: f"{LOCAL}{IMPLEMENTATION}    return LocalOAuth2Implementation(\n"
            "        hass, auth_domain, credential.client_id, credential.client_secret, A, T)\n"
        },
        {},
    ),
    "the verifier is dropped, in a class of a class": Case(
        "APC110",
        {
            "oauth.py": f"{PKCE}class Base(LocalOAuth2ImplementationWithPkce): ...\n"
            "class Own(Base):\n    @property\n    def extra_token_resolve_data(self):\n"
            "        return {'a': 'b'}\n"
        },
        {"oauth.py:5:9": "drops the code verifier"},
    ),
    "an implementation without PKCE": Case(
        "APC110",
        {
            "oauth.py": f"{AUTH}class Own(AuthImplementation):\n    @property\n"
            "    def extra_authorize_data(self):\n        return {'scope': 'a'}\n"
        },
        {},
    ),
    "the name is of the class it is made from": Case(
        "APC111",
        {
            "oauth.py": f"{PKCE}class Base(LocalOAuth2ImplementationWithPkce):\n    @property\n"
            "    def name(self):\n        return 'Base'\nclass Own(Base): ...\n"
        },
        {},
    ),
    "no name for an implementation without PKCE": Case(
        "APC111", {"oauth.py": f"{AUTH}class Own(AuthImplementation): ...\n"}, {}
    ),
    "no name outside of the hook": Case(
        "APC111",
        {"oauth.py": f"{PKCE}def make():\n    return LocalOAuth2ImplementationWithPkce(1)\n"},
        {},
    ),
    "its own authorize URL": Case(
        "APC112",
        {
            PLATFORM: f"{AUTH}class Own(AuthImplementation):\n"
            "    async def async_generate_authorize_url(self, flow_id): ...\n"
            f"{SERVER}x = AuthorizationServer('https://a.example/?a=b', 'https://a.example/t')\n"
        },
        {},
        floor="2025.4",
    ),
    "a URL that cannot be told": Case(
        "APC112", {PLATFORM: f"{SERVER}x = AuthorizationServer(a(), token_url=b())\n"}, {}
    ),
    "a question mark alone": Case(
        "APC112",
        {PLATFORM: f"{SERVER}x = AuthorizationServer('https://a.example/?', 'https://a')\n"},
        {},
        floor="2025.4",
    ),
    "the token request of the class it is made from": Case(
        "APC113",
        {
            "oauth.py": f"{AUTH}class Base(AuthImplementation):\n"
            "    async def _token_request(self, data): ...\n"
            "class Own(Base):\n    token_auth_method = 'client_secret_basic'\n"
        },
        {},
        floor="2025.4",
    ),
    "URLs of the implementations": Case(
        "APC114",
        {
            PLATFORM: f"{LOCAL}x = LocalOAuth2Implementation(\n"
            "    hass, d, c, s, 'HTTP://example.com/a', token_url='http://[fd00::1]/t')\n"
        },
        {f"{PLATFORM}:3:20": "the authorize url is not encrypted"},
    ),
    "a secret of an implementation": Case(
        "APC115",
        {
            "__init__.py": f"{LOCAL}x = LocalOAuth2Implementation(hass, d, 'id', 'secret', a, t)\n"
            "y = LocalOAuth2Implementation(hass, d, 'id', config['secret'], a, t)\n"
        },
        {"__init__.py:2:46": "everyone can read this client secret"},
    ),
    "one secret used twice": Case(
        "APC115",
        {
            "__init__.py": "from homeassistant.components.application_credentials import "
            "ClientCredential\nSECRET = 'abc'\nx = ClientCredential('a', SECRET)\n"
            "y = ClientCredential('b', client_secret=SECRET)\nz = ClientCredential('c')\n"
        },
        {"__init__.py:2:10": "everyone can read this client secret"},
    ),
    "a public client": Case(
        "APC115",
        {
            "__init__.py": f"{PKCE}x = LocalOAuth2ImplementationWithPkce("
            "hass, d, 'id', a, t, client_secret='public')\n"
        },
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    CASES[name].hold()


BROKEN = Example({PLATFORM: f"{SERVER}async def async_get_authorization_server(hass:\n"})


@pytest.mark.parametrize("code", [code for code in engine.codes() if code.startswith("APC1")])
def test_nothing_is_said_of_a_platform_that_cannot_be_parsed(code: str) -> None:
    assert findings(code, BROKEN) == []
    assert [f.code for f in engine.check(BROKEN.integration(), BROKEN.span())] == ["APC003"]


def test_an_unread_file_is_named() -> None:
    path = PurePosixPath("custom_components/example/api.py")
    tree = replace(Example({}).integration(), unread={path: "permission denied"})
    (finding,) = engine.check(tree, Example({}).span(), ["APC004"])
    assert finding.path == path
    assert finding.message.startswith("this file was not read: permission denied")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # appcred: ignore[APC102,APC103] -- once\n", "x = 1\n"),
        ("x = 1\n    # appcred: ignore[APC102] -- once\ny = 2\n", "x = 1\ny = 2\n"),
        ("x = 1  # appcred: ignore[APC102]  # noqa\n", "x = 1  # noqa\n"),
        (
            "x = ''  # appcred: ignore[APC102, APC999] -- once\n",
            "x = ''  # appcred: ignore[APC999] -- once\n",
        ),
    ],
)
def test_unused_ignore_comments_are_removed(before: str, after: str) -> None:
    example = Example({"api.py": before})
    tree = example.integration()
    fixed = engine.fix(tree, example.span(), {FixKind.SAFE}, only=["APC001"])
    assert fixed.integration.files[tree.path("api.py")].content.decode() == after


@pytest.mark.parametrize("code", ["APC102", "APC103", "APC109", "APC303", "APC404", "APC405"])
def test_a_fix_without_its_target_is_manual_work(code: str) -> None:
    module = engine.rule(code)
    wrong = next(example for example in module.EXAMPLES if example.at and example.after)
    right = next(example for example in module.EXAMPLES if not example.at)
    finding = findings(code, wrong)[0]
    span = Span(Release(2026, 10), Release(2026, 11))
    left = module.fix(right.integration(), finding, span)
    assert isinstance(left, ManualWork)
    assert left.reason == f"{code} is no longer reported"
    assert (left.path, left.line) == (finding.path, finding.line)


def test_a_suppression_is_left_while_not_all_is_seen() -> None:
    example = Example({"api.py": "x = 1  # appcred: ignore[APC102] -- once\n"})
    assert [finding.code for finding in findings("APC001", example)] == ["APC001"]
    for files in ({"sensor.py": "x = (\n"}, {"translations/en.json": "{"}):
        assert findings("APC001", Example({**example.files, **files})) == []


def test_a_suppression_that_another_floor_needs_is_not_taken_out() -> None:
    files = {
        "__init__.py": "from homeassistant.helpers.config_entry_oauth2_flow import (\n"
        "    async_get_config_entry_implementation,\n)\n\n\n"
        "async def async_setup_entry(hass, entry):\n"
        "    # appcred: ignore is for the line\n"
        "    await async_get_config_entry_implementation(hass, entry)"
        "  # appcred: ignore[APC501] -- nobody is on it\n"
        "    return True\n"
    }
    assert findings("APC001", Example(files, floor="2025.4")) == []
    (found,) = findings("APC001", Example(files))
    assert found.fix is None
