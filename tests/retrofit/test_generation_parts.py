"""What generation does with the files that an integration has already, each in a small tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libcst as cst
import pytest

from appcred.answers import Answers
from appcred.generation.platform import complete, missing_facts
from appcred.generation.whole import generate, has_urls
from appcred.release import Release, Span
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from appcred.generation.whole import Generated
    from appcred.integration import Integration

SPAN = Span(Release(2026, 10), Release(2026, 11))
URLS = {
    "authorize_url": "https://login.example.com/authorize",
    "token_url": "https://login.example.com/token",
}
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("rendered_once")]

INIT = '"""The example integration."""\n'
FLOW = """\
from homeassistant.helpers import config_entry_oauth2_flow


class Flow(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain="example"):
    DOMAIN = "example"
"""


def tree(init: str = INIT, **files: str) -> Integration:
    named = {f"{name}.py": text for name, text in files.items()}
    return Example({"__init__.py": init, **named}).integration()


def answers(**more: Any) -> Answers:
    return Answers({}, {**URLS, **more}, ())


def made(before: Integration) -> Generated:
    return generate(before, SPAN, answers())


def text(integration: Integration, name: str) -> str:
    file = integration.file(name)
    assert file is not None
    return file.content.decode()


def code(integration: Integration, name: str) -> str:
    found = text(integration, name)
    # Not ast: what is emitted may be newer than the Python that runs the tests.
    cst.parse_module(found)
    return found


def test_both_urls_are_needed() -> None:
    assert has_urls(answers())
    assert has_urls(Answers(URLS, {}, ()))
    assert not has_urls(Answers({}, {"token_url": "https://example.com"}, ()))


def test_a_constant_that_is_the_same_is_kept_once() -> None:
    const = 'DOMAIN = "example"\nINTERVAL: int = 5\n'
    result = made(tree(const=const))
    assert not result.manual
    after = code(result.integration, "const.py")
    assert after.startswith(const)
    assert after.count("DOMAIN =") == 1
    assert "https://login.example.com/token" in after


def test_a_name_conflict_stops_the_generation() -> None:
    before = tree(INIT + "\n\nclass async_setup_entry:\n    pass\n")
    result = made(before)
    assert result.integration is before
    (work,) = result.manual
    assert "OAuth2 needs another value for async_setup_entry" in work.reason
    assert work.todo == "rename async_setup_entry here, and run this again"
    assert text(before, "__init__.py").splitlines()[work.line - 1] == "class async_setup_entry:"


@pytest.mark.parametrize("own", ["OAUTH2_TOKEN", "DOMAIN, OAUTH2_TOKEN", "[A, OAUTH2_TOKEN]"])
def test_another_constant_of_that_name_stops_it(own: str) -> None:
    before = tree(const=f"# Mine\n{own} = 'https://other.example.com', 'b'\n")
    result = made(before)
    assert result.integration is before
    (work,) = result.manual
    name = "DOMAIN" if "DOMAIN" in own else "OAUTH2_TOKEN"
    assert (work.line, work.todo) == (2, f"rename {name} here, and run this again")


def test_an_import_whose_name_is_taken_stops_it() -> None:
    before = tree(INIT + "\nfrom other import HomeAssistant\n")
    result = made(before)
    assert result.integration is before
    (work,) = result.manual
    assert "HomeAssistant" in work.reason
    assert (work.line, work.todo) == (3, "rename HomeAssistant here, and run this again")


def test_an_existing_api_module_stays() -> None:
    own = "class Api:\n    pass\n"
    result = made(tree(api=own))
    assert not result.manual
    assert code(result.integration, "api.py") == own
    assert "ensure_token_valid" in code(result.integration, "oauth_api.py")
    assert "oauth_api" in code(result.integration, "__init__.py")


def test_platforms_from_yaml_are_named_unless_entries_have_them() -> None:
    alone = "def setup_platform(hass, config, add_entities, info=None):\n    pass\n"
    both = alone + "\n\nasync def async_setup_entry(hass, entry, add):\n    pass\n"
    names = 'NAME = "setup_platform"\n'
    result = made(tree(sensor=alone, switch=both, light=names))
    (work,) = result.manual
    assert work.path.name == "sensor.py"
    assert "Platform.SENSOR" in work.todo


def test_texts_that_are_there_stay() -> None:
    before = Example(
        {
            "__init__.py": INIT,
            "translations/en.json": '{"config": {"abort": {"oauth_error": "Own words"}}}\n',
        }
    ).integration()
    after = made(before).integration
    strings: Any = after.strings
    assert strings["config"]["abort"]["oauth_error"] == "Own words"
    assert strings["config"].keys() > {"abort"}


def test_a_flow_without_a_platform_needs_urls() -> None:
    (work,) = missing_facts(tree(config_flow=FLOW))
    assert "not all of its URLs are in const.py" in work.reason
    assert "--data authorize_url=… --data token_url=…" in work.todo
    urls = 'OAUTH2_AUTHORIZE = "https://a.example"\nOAUTH2_TOKEN = "https://t.example"\n'
    (work,) = missing_facts(tree(config_flow=FLOW, const=urls))
    assert "its URLs are in const.py" in work.reason
    assert not missing_facts(tree(config_flow=FLOW, application_credentials="A = 1\n"))


def test_a_flow_gets_its_platform_and_constants() -> None:
    before = tree(config_flow=FLOW)
    after = complete(before, SPAN, answers())
    assert 'DOMAIN = "example"\n' in code(after, "const.py")
    assert "AuthorizationServer(" in code(after, "application_credentials.py")
    own = tree(config_flow=FLOW, const="# Mine\nA = 1\n")
    assert code(complete(own, SPAN, answers()), "const.py").startswith("# Mine\nA = 1\n\nOAUTH2_A")
    one = complete(before, SPAN, Answers({}, {"token_url": URLS["token_url"]}, ()))
    assert one is before


HOOK = """\
from homeassistant.components.application_credentials import AuthorizationServer


async def async_get_authorization_server(hass):
    return AuthorizationServer("https://a.example", "https://t.example")
"""
DESCRIBED = HOOK + "\n\nasync def async_get_description_placeholders(hass):\n    return {}\n"


def test_the_dialogs_text_and_the_hook_that_fills_it() -> None:
    said = answers(console_url="https://console.example.com")
    before = tree(config_flow=FLOW, application_credentials=HOOK)
    after = complete(before, SPAN, said)
    assert "async def async_get_description_placeholders" in code(
        after, "application_credentials.py"
    )
    assert 'CONSOLE_URL = "https://console.example.com"' in code(after, "const.py")
    strings: Any = after.strings
    assert "{console_url}" in strings["application_credentials"]["description"]
    assert complete(after, SPAN, said) is after


def test_an_existing_hook_stays() -> None:
    before = tree(config_flow=FLOW, application_credentials=DESCRIBED)
    after = complete(before, SPAN, answers(credentials_text="Go there"))
    assert text(after, "application_credentials.py") == DESCRIBED
    strings: Any = after.strings
    assert strings["application_credentials"]["description"] == "Go there"


def test_a_text_without_placeholders_needs_no_hook() -> None:
    before = tree(config_flow=FLOW, application_credentials=HOOK)
    after = complete(before, SPAN, answers(credentials_text="Go there"))
    assert text(after, "application_credentials.py") == HOOK
    strings: Any = after.strings
    assert strings["application_credentials"]["description"] == "Go there"
