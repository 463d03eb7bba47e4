"""Names and classes followed across the modules of an integration, and where that ends."""

from __future__ import annotations

import pytest

from appcred.oauth.code import oauth_code
from appcred.oauth.texts import needs
from appcred.rules.rule import Example

OAUTH = "from homeassistant.helpers import config_entry_oauth2_flow as oauth\n"


def code(init: str, **files: str):  # type: ignore[no-untyped-def]
    """Return what there is of OAuth2."""
    names = {f"{name}.py": text for name, text in files.items()}
    return oauth_code(Example({"__init__.py": OAUTH + init, **names}).integration())


def text(init: str, **files: str) -> str | None:
    """Return the string that X of the package is."""
    found = code(init, **files)
    module = found.module("")
    return found.text(module, module.index.constants["X"])


TEXTS = {
    "X = 'a'": "a",
    "X = 'a' f'{Y}' 'b'\nY = 'y'": "ayb",
    "X = 'a' + Y + f'{Y}'\nY = 'y'": "ayy",
    "X = f'{Y!r}'\nY = 'y'": None,
    "X = f'{Y:>3}'\nY = 'y'": None,
    "X = f'{call()}'": None,
    "X = 'a' * 2": None,
    "X = b'a'": None,
    "X = Y\nY = X": None,
    "from .const import *\nX = Y": "far",
    "from .const import *\nX = Y\nY = 'near'": "near",
    "from .const import *\nX = Z": None,
    "from other import *\nX = Y": None,
    "from .const import Y as Z\nX = Z": "far",
    "from . import const\nX = const.Y": "far",
    "from .missing import Y\nX = Y": None,
    "from ..const import Y\nX = Y": None,
    "from .onward import Y\nX = Y": "far",
    "from .onward import again\nX = again.Y": "far",
    "from .round import Y\nX = Y": None,
    "from .sub import Y\nX = Y": "far",
    "from .sub.deep import Y\nX = Y": "far",
    "from .broken import Y\nX = Y": None,
    "from . import const\nX = const": None,
}


@pytest.mark.parametrize("init", TEXTS)
def test_strings_through_constants(init: str) -> None:
    found = text(
        init + "\n",
        const="Y = 'far'\n",
        onward="from .const import Y\nfrom . import const as again\n",
        round="from .circle import Y\n",
        circle="from .round import Y\n",
        **{"sub/__init__": "from .deep import Y\n", "sub/deep": "from ..const import Y\n"},
        broken="Y = (\n",
    )
    assert found == TEXTS[init]


def test_nothing_is_the_value_of_nothing() -> None:
    found = code("")
    assert found.value(found.module(""), None) is None
    assert found.text(found.module(""), None) is None


BASES = {
    "class Own(oauth.LocalOAuth2Implementation): ...": ["Own"],
    "class Own(oauth.OAuth2Session): ...": [],
    "from .impl import Base\nclass Own(Base): ...": ["Own", "Base"],
    "from .impl import Local\nclass Own(Local): ...": ["Own", "Base"],
    "from .impl import missing\nclass Own(missing.Base): ...": ["Base"],
    "from .plain import Base\nclass Own(Base): ...": ["Base"],
    "from .absent import Base\nclass Own(Base): ...": ["Base"],
    "from ..beyond import Base\nclass Own(Base): ...": ["Base"],
    "class Own(Own, oauth.LocalOAuth2Implementation): ...": ["Own", "Base"],
    "class A(oauth.LocalOAuth2Implementation): ...\nclass B(A): ...\nclass Own(A, B): ...": [
        "A",
        "B",
        "Own",
        "Base",
    ],
}


@pytest.mark.parametrize("init", BASES)
def test_implementations(init: str) -> None:
    found = code(
        init + "\n",
        impl="from homeassistant.helpers.config_entry_oauth2_flow import "
        "LocalOAuth2Implementation as Local\nclass Base(Local): ...\n",
        plain="class Base: ...\n",
    )
    assert {member.name for member in found.implementations} == {*BASES[init], "Base"}


CONSTRUCTED = {
    "oauth.LocalOAuth2Implementation(hass, d, c, s, 'a', 't')": ["local"],
    "oauth.LocalOAuth2ImplementationWithPkce(hass, d, c, 'a', 't')": ["pkce"],
    "Plain(hass, d, c, s, 'a', 't')": ["local"],
    "Public(hass, d, c, 'a', 't')": ["pkce"],
    "Abstract(hass)": [],
    "Other(hass)": [],
}
CLASSES = """
class Plain(oauth.LocalOAuth2Implementation): ...
class Public(oauth.LocalOAuth2ImplementationWithPkce): ...
class Abstract(oauth.AbstractOAuth2Implementation): ...
class Other: ...
"""


@pytest.mark.parametrize("call", CONSTRUCTED)
def test_constructions(call: str) -> None:
    found = code(f"{CLASSES}made = {call}\n")
    assert [made.kind for made in found.constructions] == CONSTRUCTED[call]
    assert [(url.kind, found.text(url.module, url.node)) for url in found.urls] == [
        pair for _ in CONSTRUCTED[call] for pair in (("authorize_url", "a"), ("token_url", "t"))
    ]


INITIALISERS = {
    "class Own(oauth.LocalOAuth2Implementation):\n    def __init__(self, hass):\n"
    "        super().__init__(hass, 'd', 'c', 's', 'a', 't')\nOwn(1)": ["local"],
    "class Own(oauth.LocalOAuth2ImplementationWithPkce):\n    def __init__(self, hass):\n"
    "        super().__init__(hass, 'd', 'c', 'a', 't')\nOwn(1)": ["pkce"],
    # What a class of its own takes is its own matter.
    "class Base(oauth.LocalOAuth2Implementation):\n    def __init__(self, hass): ...\n"
    "class Own(Base):\n    def __init__(self, hass):\n        super().__init__(hass)": [],
    "class Own(oauth.LocalOAuth2Implementation):\n    def __init__(self, hass):\n"
    "        other().__init__(hass)": [],
    "class Own(oauth.OAuth2Session):\n    def __init__(self, hass):\n"
    "        super().__init__(hass)": [],
    "class Own:\n    def __init__(self, hass):\n        super().__init__(hass)": [],
    "super().__init__(hass)": [],
}


@pytest.mark.parametrize("init", INITIALISERS)
def test_constructions_by_super(init: str) -> None:
    assert [made.kind for made in code(init + "\n").constructions] == INITIALISERS[init]


def test_urls_of_a_server_and_of_an_implementation_for_one() -> None:
    found = code(
        "from homeassistant.components import application_credentials as ac\n"
        "server = ac.AuthorizationServer('https://a', token_url='https://t')\n"
        "half = ac.AuthorizationServer('https://b')\n"
        "made = ac.AuthImplementation(hass, d, c, server)\n"
    )
    assert [made.kind for made in found.constructions] == ["auth"]
    assert [(url.kind, found.text(url.module, url.node)) for url in found.urls] == [
        ("authorize_url", "https://a"),
        ("token_url", "https://t"),
        ("authorize_url", "https://b"),
    ]


def test_calls_of_a_flow_are_those_of_its_module() -> None:
    flow = f"{OAUTH}class Flow(oauth.AbstractOAuth2FlowHandler, domain='a'): ...\nshow(1)\n"
    found = code("show(2)\n", config_flow=flow)
    assert [used.module.name for used in found.flow_calls("show", "hide")] == ["config_flow"]
    assert len(found.calls["show"]) == 2


def test_infrastructure_is_not_applicable() -> None:
    flow = f"{OAUTH}class Flow(oauth.AbstractOAuth2FlowHandler, domain='a'): ...\n"
    integration = Example({"config_flow.py": flow}).integration()
    assert oauth_code(integration).applicable
    assert not oauth_code(Example({"__init__.py": OAUTH}).integration()).applicable
    object.__setattr__(integration, "domain", "application_credentials")
    assert not type(oauth_code(integration))(integration).applicable


BROKEN = {
    b"x = (\n": (1, "is not valid Python: '(' was never closed"),
    b"x = 1\n\n\nif x:\ny = 2\n": (5, "is not valid Python: expected an indented block"),
    b"x = (\0\n": (1, "is not valid Python: it contains a NUL byte"),
    b"x = 1\n# \0\n": (2, "is not valid Python: it contains a NUL byte"),
    b"# coding: nonsense\n": (1, "names an unknown encoding"),
    b"x = 1\n# \xff\n": (2, "is not UTF-8"),
}


@pytest.mark.parametrize("content", BROKEN)
def test_files_that_cannot_be_parsed(content: bytes) -> None:
    example = Example({"config_flow.py": content.decode("utf-8", "surrogateescape")})
    (broken,) = oauth_code(example.integration()).broken
    assert broken.line == BROKEN[content][0]
    assert broken.reason.startswith(BROKEN[content][1])


def test_a_need_is_shown_as_home_assistant_writes_it() -> None:
    flow = f"{OAUTH}class Flow(oauth.AbstractOAuth2FlowHandler, domain='a'): ...\n"
    example = Example({"config_flow.py": flow})
    shown = [need.key for need in needs(example.integration(), example.span())]
    assert "config.step.pick_implementation" in shown
