"""What may be answered: what each validator takes, and what it says where it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import copier
import pytest

from template.quick import RefusedError, Template
from template.wrong_answers import CLAIM, CORE, HUB, LIBRARY, PUBLIC, TAKEN, is_sentence

if TYPE_CHECKING:
    from pathlib import Path


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("layout", {"layout": "addon"}, "none of the choices"),
    ("library", {**LIBRARY, "library": "acme-lib"}, "not that of the package on PyPI"),
    ("library", {**LIBRARY, "library": "acmelib.async"}, "Python keeps async for itself"),
    ("library", {**LIBRARY, "library": "requests"}, "requests is none"),
    ("library", {**LIBRARY, "library": "a" * 41}, "at most 40 characters"),
    ("requirements", {"library": "acmelib.api"}, "the package of PyPI that acmelib is in"),
    ("library_auth", {**LIBRARY, "library_auth": "auth"}, "a class of the library"),
    ("library_client", {**LIBRARY, "library_client": "AbstractAuth"}, "another question already"),
    ("library_client", {**LIBRARY, "library_client": "C" * 9 + "l" * 22}, "at most 30 characters"),
    ("library_data", {**LIBRARY, "library_data": "HomeAssistant"}, "like AcmeHomeAssistant"),
    ("library_account", {**LIBRARY, "library_account": "Client"}, "another question already"),
    ("library_get_data", {**LIBRARY, "library_get_data": "2nd"}, "or a method"),
    ("library_send", {**LIBRARY, "platforms": "button", "library_send": "if"}, "or a method"),
    ("library_errors", {**LIBRARY, "library_errors": "ApiError"}, "two exceptions"),
    ("library_errors", {**LIBRARY, "library_errors": "ApiError ApiError"}, "a refused token needs"),
    ("library_errors", {**LIBRARY, "library_errors": "AuthError error"}, "a class of the library"),
    ("library_get_account", {**LIBRARY, "library_get_account": "get account"}, "or a method"),
    ("id_field", {**LIBRARY, "id_field": "data.id"}, "an attribute or a method"),
    ("value_field", {**LIBRARY, "value_field": "class"}, "an attribute or a method"),
    ("value_field", {**LIBRARY, "value_field": "v" * 39}, "at most 38 characters"),
    ("library", {**LIBRARY, **CLAIM, "platforms": ""}, "nothing would ask acmelib"),
    ("domain", {"domain": ""}, "Use lower-case letters"),
    ("domain", {"domain": "My Cloud"}, "Use lower-case letters"),
    ("domain", {"domain": "2cool"}, "start with a letter"),
    ("domain", {"domain": "a__b"}, "single underscores"),
    ("domain", {"domain": "a_"}, "single underscores"),
    ("domain", {"domain": "ümlaut"}, "Use lower-case letters"),
    ("domain", {"domain": "abc\n"}, "Use lower-case letters"),
    ("domain", {"domain": "import"}, "like import_cloud"),
    ("domain", {"domain": "sensor"}, "Home Assistant has an integration sensor"),
    ("domain", {"domain": "hue"}, "like hue_cloud"),
    ("domain", {**CORE, "domain": "spotify"}, "like spotify_cloud"),
    ("domain", {"domain": "light"}, "like light_cloud"),
    ("domain", {"domain": "http"}, "like http_cloud"),
    ("domain", {"domain": "a" * 51}, "at most 50 characters"),
    ("name", {"name": ""}, "at least one character"),
    ("name", {"name": " Acme"}, "spaces at the ends"),
    ("name", {"name": "Ac\nme"}, "on one line"),
    ("name", {"name": "Ac\x00me"}, "visible characters"),
    ("name", {"name": "Ac\u202eme"}, "visible characters"),
    ("name", {"name": "N" * 37}, "at most 36 characters"),
    ("codeowners", {"codeowners": "octocat"}, "with an @ before each"),
    ("codeowners", {"codeowners": "@a, @b"}, "one space between"),
    ("codeowners", {"codeowners": ""}, "with an @ before each"),
    ("documentation", {"documentation": "https://www.home-assistant.io/x"}, "a page of your own"),
    ("documentation", {"documentation": "http://example.com"}, "https:// instead of http://"),
    ("issue_tracker", {"issue_tracker": "example.com/issues"}, "starts with https://"),
    ("integration_type", {"integration_type": "helper"}, "none of the choices"),
    ("iot_class", {"iot_class": "cloud"}, "none of the choices"),
    ("iot_class", {"iot_class": "cloud_push"}, "the emitted coordinator polls"),
    ("iot_class", {"iot_class": "local_push"}, "the emitted coordinator polls"),
    ("category", {**CORE, "category": "Energy"}, "Type one of ai_voice, "),
    ("category", {**CORE, "category": "foo.bar"}, "Type one of ai_voice, "),
    ("category", {**CORE, "category": "water.pools"}, "water.pools_spas or water.water_treatment."),
    ("category", {**CORE, "category": "finance.x"}, "Type finance."),
    ("floor", {"floor": 202611}, "Take 2026.10"),
    ("floor", {"floor": 202505}, "none of the choices"),
    ("floor", {**CORE, "floor": 202610}, "answer 2026.11"),
    ("authorize_url", {"authorize_url": "http://example.com/a"}, "only for a server on localhost"),
    ("authorize_url", {"authorize_url": "http://localhost.evil.com/"}, "only for a server on"),
    ("authorize_url", {"authorize_url": "https://example.com/a#b"}, "no fragment"),
    ("authorize_url", {"authorize_url": "https://example.com/a?b=c"}, "extra_authorize_params"),
    ("authorize_url", {"authorize_url": "https://"}, "the name of a host"),
    ("authorize_url", {"authorize_url": "https://exa mple.com"}, "percent-encoded"),
    ("authorize_url", {"authorize_url": "https://example.com\n"}, "percent-encoded"),
    ("authorize_url", {"authorize_url": "ftp://example.com"}, "starts with https://"),
    ("authorize_url", {"authorize_url": "https://user:pw@example.com"}, "the name of a host"),
    ("token_url", {"token_url": "https://example.com/" + "a" * 200}, "at most 200 characters"),
    ("token_url", {"token_url": ""}, "Type an address"),
    ("token_url", {"token_url": "https://example.com:65536/t"}, "a port from 1 to 65535"),
    ("token_url", {"token_url": "http://localhost:0"}, "a port from 1 to 65535"),
    ("token_url", {"token_url": "https://example.com/100%"}, "Write %25"),
    ("scopes", {"scopes": "a  b"}, "one space between"),
    ("scopes", {"scopes": 'a"b'}, "no spaces, quotes"),
    ("scopes", {"scopes": "a a"}, "each scope once"),
    ("scopes", {"scopes": "openid,profile"}, "without other separators"),
    ("scopes", {"scopes": "openid, profile"}, "without other separators"),
    ("scopes", {"scopes": "openid;profile"}, "without other separators"),
    ("scopes", {"scopes": "openid+profile"}, "without other separators"),
    ("scopes", {"scopes": "openid%20profile"}, "without other separators"),
    ("scopes", {"scopes": "openid,profile email"}, "without other separators"),
    ("scopes", {"scopes": "read openid;email"}, "without other separators"),
    ("scope_separator", {"scopes": "a,b c", "scope_separator": ","}, "leave the commas out"),
    ("scope_separator", {"scope_separator": ";"}, "none of the choices"),
    ("extra_authorize_params", {"extra_authorize_params": "prompt"}, "Type name=value"),
    ("extra_authorize_params", {"extra_authorize_params": "a=b&"}, "Type name=value"),
    ("extra_authorize_params", {"extra_authorize_params": "a=b%3Ac"}, "not percent-encoded"),
    ("extra_authorize_params", {"extra_authorize_params": "scope=a"}, "Leave out scope"),
    ("extra_authorize_params", {"extra_authorize_params": "state=a"}, "Leave out state"),
    ("extra_authorize_params", {"extra_authorize_params": "a=b&a=c"}, "Give a once"),
    (
        "extra_authorize_params",
        {"extra_authorize_params": "a=" + "b" * 70},
        "at most 68 characters",
    ),
    ("flow", {"flow": "implicit"}, "none of the choices"),
    ("token_auth", {**PUBLIC, "token_auth": "basic"}, "Answer body; a public client"),
    ("more", {"more": ["everything"]}, "none of the choices"),
    ("license", {"repository": True, "license": "gpl"}, "none of the choices"),
    ("copyright", {"repository": True, "copyright": ""}, "at least one character"),
    ("class_prefix", {"class_prefix": "my"}, "letters only, the first a capital"),
    ("class_prefix", {"class_prefix": "X2go"}, "letters only"),
    ("class_prefix", {"class_prefix": "A" * 21}, "at most 20 characters"),
    ("class_prefix", {"domain": "data_update"}, "like DataUpdateCloud"),
    ("client_id", {**PUBLIC, "client_id": "clé"}, "only ASCII"),
    ("client_id", {**PUBLIC, "client_id": ""}, "at least one character"),
    ("console_url", {"console_url": "http://localhost/"}, "https:// instead of http://"),
    ("credentials_text", {"credentials_text": "", "console_url": ""}, "Say what users have to do"),
    ("credentials_text", {"credentials_text": "See {docs_url}"}, "Use braces only for"),
    ("credentials_text", {"credentials_text": "<b>no</b> {console_url}"}, "without HTML"),
    (
        "credentials_text",
        {"credentials_text": "At https://example.com"},
        "give the address as console_url",
    ),
    ("credentials_text", {"credentials_text": "'{console_url}'"}, "no single quotes"),
    ("credentials_text", {"credentials_text": "Go there"}, "leave console_url empty"),
    (
        "credentials_text",
        {"credentials_text": "See {console_url}", "console_url": ""},
        "Give console_url an address",
    ),
    ("credentials_text", {"credentials_text": "[%key:a%]", "console_url": ""}, "Leave out [%"),
    ("credentials_text", {"credentials_text": "a\tb", "console_url": ""}, "visible characters"),
    ("credentials_text", {"credentials_text": "a\n", "console_url": ""}, "at the ends"),
    ("identity", {"identity": "email"}, "none of the choices"),
    ("userinfo_url", {"userinfo_url": "http://example.com"}, "only for a server on localhost"),
    ("id_field", {"id_field": "a..b"}, "with dots into nested ones"),
    ("id_field", {"id_field": "0.id"}, "with dots into nested ones"),
    ("id_field", {"id_field": "a.b.c.d.e"}, "at most four parts"),
    ("id_field", {"id_field": "data.10.id"}, "numbers from 0 to 9"),
    ("id_field", {"id_field": "a" * 39}, "at most 38 characters"),
    ("title_field", {"id_field": "user", "title_field": "user.name"}, "lie inside the other"),
    ("title_field", {"id_field": "data.0.id", "title_field": "data.name"}, "a list and"),
    (
        "claim_token",
        {**CLAIM, "claim_token": "id_token", "scopes": "a"},
        "Add openid to the scopes",
    ),
    ("id_claim", {**CLAIM, "id_claim": "user id"}, "Type the name of a claim"),
    ("title_claim", {**CLAIM, "title_claim": ""}, "Type the name of a claim"),
    ("account_mismatch", {"account_mismatch": "unknown"}, "already means something else"),
    ("account_mismatch", {"account_mismatch": "Wrong"}, "like wrong_account"),
    ("cloud", {"cloud": "dependencies"}, "none of the choices"),
    ("requirements", {"requirements": "foo>=1"}, "exact version"),
    ("requirements", {"requirements": "foo==1, bar==2"}, "one space between"),
    ("requirements", {"requirements": "foo==latest"}, "exact version"),
    ("requirements", {"requirements": "foo-bar==1 foo_bar[x]==2"}, "each package once"),
    ("platforms", {"platforms": "light"}, "Type any of binary_sensor"),
    ("platforms", {"platforms": "sensor, switch"}, "one space between"),
    ("platforms", {"platforms": "sensor sensor"}, "each platform once"),
    ("devices_field", {**HUB, "devices_field": "a b"}, "with dots into nested ones"),
    ("device_id_field", {**HUB, "device_id_field": ""}, "with dots into nested ones"),
    ("device_name_field", {**HUB, "device_name_field": "id.name"}, "lie inside the other"),
    ("manufacturer", {"manufacturer": ""}, "at least one character"),
    ("configuration_url", {"configuration_url": "http://example.com"}, "https:// instead"),
    ("value_field", {**HUB, "value_field": "id"}, "answered to another question"),
    ("sensor_device_class", {"sensor_device_class": "door"}, "Type a device class of numbers"),
    ("sensor_unit", {"sensor_device_class": "power", "sensor_unit": "kWh"}, "Type W or kW"),
    ("sensor_unit", {"sensor_device_class": "ph", "sensor_unit": "pH"}, "Leave it empty; ph"),
    ("sensor_unit", {"sensor_unit": ' "'}, "without quotes"),
    ("sensor_unit", {"sensor_unit": "u" * 21}, "at most 20 characters"),
    (
        "sensor_state_class",
        {"sensor_device_class": "energy", "sensor_state_class": "measurement"},
        "Answer total or total_increasing, or none",
    ),
    ("sensor_state_class", {"sensor_state_class": "measurement_angle"}, "Answer measurement;"),
    (
        "binary_sensor_field",
        {"platforms": "binary_sensor sensor", "binary_sensor_field": "status.0"},
        "lie inside the other",
    ),
    (
        "switch_field",
        {"platforms": "switch binary_sensor", "switch_field": "problem"},
        "answered to another question",
    ),
    (
        "select_field",
        {"platforms": "switch select", "select_field": "enabled"},
        "answered to another question",
    ),
    ("select_options", {"platforms": "select", "select_options": "Eco"}, "in lower-case"),
    ("select_options", {"platforms": "select", "select_options": "eco eco"}, "each option once"),
    ("select_options", {"platforms": "select", "select_options": "eco"}, "at least two"),
    (
        "select_options",
        {"platforms": "select", "select_options": "a " + "b" * 200},
        "at most 200",
    ),
    ("button_key", {"platforms": "button", "button_key": "Restart"}, "like restart"),
    ("command_url", {"platforms": "button", "command_url": "ftp://a"}, "starts with https://"),
    ("api_url", {"api_url": "https://example.com/a#b"}, "no fragment"),
    ("value_field", {"value_field": "a b"}, "with dots into nested ones"),
    ("sensor_key", {"sensor_key": "Level"}, "like battery_level"),
    ("sensor_name", {"sensor_name": "{level}"}, "Leave out braces"),
    ("sensor_name", {"sensor_name": "<level>"}, "without HTML"),
    ("polling_minutes", {"polling_minutes": 0}, "from 1 to 1440"),
    ("polling_minutes", {"polling_minutes": 1441}, "from 1 to 1440"),
]


@pytest.mark.parametrize(("question", "given"), TAKEN)
def test_accepted_answers_are_rendered(
    quick: Template, question: str, given: dict[str, Any]
) -> None:
    assert quick.answers(given)[question] == given[question]
    assert quick.render(given)


@pytest.mark.parametrize(("question", "given", "message"), REFUSED)
def test_refused(quick: Template, question: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(RefusedError) as caught:
        quick.answers(given)
    assert caught.value.question == question
    assert message in caught.value.message
    assert "choices" in message or is_sentence(caught.value.message)


def test_every_question_with_a_validator_is_in_the_tables(quick: Template) -> None:
    asked = {
        name for name, question in quick.questions.items() if question.get("when") is not False
    }
    limited = {name for name in asked if {"validator", "choices"} & quick.questions[name].keys()}
    assert limited <= {question for question, _, _ in REFUSED}


def test_every_question_has_help(quick: Template) -> None:
    for name, question in quick.questions.items():
        if question.get("when") is not False:
            assert question["help"], name
            assert not question["help"].endswith("."), name
            # a terminal of 80 columns cuts off the rest, and three are the prompt's
            assert max(map(len, question["help"].splitlines())) <= 77, name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"domain": "My Cloud"}, "Validation error for question 'domain': Use lower-case"),
        ({"floor": 202611}, "Invalid choice for 'floor': Take 2026.10, which runs on"),
        ({"polling_minutes": 0}, "Validation error for question 'polling_minutes': Type a"),
        ({**PUBLIC, "token_auth": "basic"}, "Invalid choice for 'token_auth': Answer body; a"),
    ],
)
def test_copier_says_the_same(
    source: Path, tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    target = tmp_path / "tree"
    with pytest.raises(ValueError, match=said):
        copier.run_copy(str(source), target, data=given, defaults=True, quiet=True)
    assert not target.exists()
