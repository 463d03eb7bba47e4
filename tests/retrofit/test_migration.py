"""Single turns of a migration, each in the smallest tree that has it, and what each refuses."""

# ruff: noqa: E501 - a change of an example stands on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appcred.rules import engine
from retrofit.examples import CONSTANT, FORM, GUARD, REFUSED, YAML, changed, done, init, module

if TYPE_CHECKING:
    from appcred.retrofit.verb import Outcome

pytestmark = pytest.mark.slow


def test_code_after_the_guard_runs_without_yaml() -> None:
    files = dict(YAML)
    text = files["__init__.py"]
    end = text.rindex("    return True\n")
    files["__init__.py"] = (
        text[:end] + '    hass.services.async_register(DOMAIN, "go", go)\n\n' + text[end:]
    )
    result = init(done(files))
    assert "if DOMAIN not in config" not in result
    assert "    if DOMAIN in config:\n        # The client of the user\n" in result
    assert '\n\n    hass.services.async_register(DOMAIN, "go", go)\n\n    return True\n' in result


def test_a_walrus_guard_goes() -> None:
    walrus = "    if not (conf := config.get(DOMAIN)):\n        return True\n"
    files = changed(
        YAML,
        "__init__.py",
        (GUARD, walrus),
        ("config[DOMAIN][CONF_CLIENT_ID]", "conf[CONF_CLIENT_ID]"),
        ("config[DOMAIN][CONF_CLIENT_SECRET]", "conf[CONF_CLIENT_SECRET]"),
    )
    text = files["__init__.py"]
    end = text.rindex("    return True\n")
    files["__init__.py"] = text[:end] + "    hass.bus.fire(DOMAIN)\n    return True\n"
    result = init(done(files))
    assert "    if DOMAIN in config:\n" in result
    assert "conf :=" not in result


@pytest.mark.parametrize(
    ("floor", "said"),
    [
        ("2022.6", "_LOGGER.warning("),
        ("2022.9", '"deprecated_yaml_credentials"'),
        ("2026.10", '"deprecated_yaml_credentials"'),
    ],
)
def test_the_notice_to_users(floor: str, said: str) -> None:
    result = init(done(YAML, floor))
    assert said in result
    assert ("_LOGGER = logging.getLogger(__name__)\n" in result) is (floor == "2022.6")
    assert ("import logging\n" in result) is (floor == "2022.6")


SECRET = "            config[DOMAIN][CONF_CLIENT_SECRET],\n"
URLS = "            OAUTH2_AUTHORIZE,\n            OAUTH2_TOKEN,\n"


@pytest.mark.parametrize("public", [False, True])
def test_a_pkce_client_by_hand(*, public: bool) -> None:
    files = changed(
        YAML,
        "__init__.py",
        ("LocalOAuth2Implementation(", "LocalOAuth2ImplementationWithPkce("),
        (f"{SECRET}{URLS}", URLS if public else f"{URLS}{SECRET}"),
    )
    outcome = done(files)
    init(outcome)
    platform = outcome.after.file("application_credentials.py")
    assert platform is not None
    text = platform.content.decode()
    assert "class ExampleOAuth2Implementation(LocalOAuth2ImplementationWithPkce):" in text
    # A client of the user's own may have a secret where the integration's has none.
    assert "credential.client_secret," in text


@pytest.mark.usefixtures("best_only")
@pytest.mark.parametrize("name", REFUSED)
def test_refused_integrations_are_unchanged_with_a_reason(name: str) -> None:
    files, reason = REFUSED[name]
    outcome = done(files)
    assert not outcome.plan()
    assert any(reason in work.reason for work in outcome.manual), outcome.manual
    assert all(work.todo for work in outcome.manual)


def test_a_client_of_its_own_in_setup_that_is_there() -> None:
    files = changed(
        CONSTANT,
        "__init__.py",
        (
            "async def async_setup_entry",
            'async def async_setup(hass, config):\n    """Set up."""\n    hass.data[DOMAIN] = {}\n    return True\n\n\nasync def async_setup_entry',
        ),
    )
    result = init(done(files))
    assert result.count("async def async_setup(") == 1
    assert '    """Set up."""\n    await async_import_client(hass)\n' in result


REGISTERS = """\
    config_entry_oauth2_flow.async_register_implementation(
        hass, DOMAIN, ExampleImplementation(hass)
    )
"""


def conditional(*lines: str) -> str:
    """Return the example's set-up of an entry with its registration below some lines."""
    deeper = "    " * len([line for line in lines if line.lstrip().startswith("if ")])
    inside = REGISTERS.replace("    config", f"{deeper}    config", 1)
    inside = inside.replace("\n    ", f"\n{deeper}    ")
    above = "".join(f"    {line}\n" for line in lines)
    return init(done(changed(CONSTANT, "__init__.py", (REGISTERS, above + inside))))


KNOWN = "known = await config_entry_oauth2_flow.async_get_implementations(hass, DOMAIN)"


def test_a_condition_is_removed_with_the_registration_it_was_for() -> None:
    plain = init(done(CONSTANT))
    assert conditional("if DOMAIN not in hass.data:") == plain
    assert conditional(KNOWN, "if DOMAIN not in known:") == plain
    assert conditional("known = entry.data", "if known:", "    if DOMAIN not in known:") == plain


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["if hass.is_new():"], ["    if hass.is_new():\n        pass\n"]),
        (["if DOMAIN not in hass.data:  # once"], ["    if DOMAIN not in hass.data:  # once\n"]),
        (["known = await look(hass)", "if known:"], ["    known = await look(hass)\n"]),
    ],
)
def test_conditional_lines_with_an_effect_or_a_comment_stay(
    lines: list[str], kept: list[str]
) -> None:
    after = conditional(*lines)
    assert all(line in after for line in kept)
    assert "async_register_implementation" not in after


def test_a_condition_with_another_branch_stays() -> None:
    other = "    if DOMAIN in hass.data:\n        hass.data[DOMAIN] = 1\n    elif entry.data:\n"
    deeper = REGISTERS.replace("    config", "        config", 1).replace("\n    ", "\n        ")
    for text in (other + deeper, f"    if entry.data:\n{deeper}    else:\n        entry.ready()\n"):
        after = init(done(changed(CONSTANT, "__init__.py", (REGISTERS, text))))
        assert "entry.data:\n        pass\n" in after


def test_an_existing_step_imports_first() -> None:
    files = changed(
        CONSTANT,
        "config_flow.py",
        (
            "    DOMAIN = DOMAIN\n",
            '    DOMAIN = DOMAIN\n\n    async def async_step_user(self, user_input=None):\n        """Start."""\n        return await super().async_step_user(user_input)\n',
        ),
    )
    outcome = done(files)
    init(outcome)
    flow = outcome.after.file("config_flow.py")
    assert flow is not None
    assert '"""Start."""\n        await async_import_client(self.hass)\n' in flow.content.decode()


def test_older_floors_have_other_names() -> None:
    outcome = done(CONSTANT, "2023.1")
    result = init(outcome)
    assert "config_entry_only_config_schema" not in result
    flow = outcome.after.file("config_flow.py")
    assert flow is not None
    assert "from homeassistant.data_entry_flow import FlowResult" in flow.content.decode()
    assert "entry.version = 2" in init(done(FORM, "2023.1"))


def test_annotations_that_the_oldest_python_does_not_know_are_not_evaluated() -> None:
    def flow(floor: str) -> str:
        file = done(CONSTANT, floor).after.file("config_flow.py")
        assert file is not None
        return file.content.decode()

    future = (
        '"""Config flow of the example."""\n\nfrom __future__ import annotations\n\nfrom typing'
    )
    assert flow("2022.6").startswith(future)
    assert "__future__" not in flow("2023.2")


SHIPPED = """\
from homeassistant.helpers import config_entry_oauth2_flow as oauth

from .const import CLIENT_ID, DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN


async def async_setup_entry(hass, entry):
    oauth.async_register_implementation(
        hass,
        DOMAIN,
        oauth.LocalOAuth2Implementation(
            hass, DOMAIN, CLIENT_ID, "", OAUTH2_AUTHORIZE, OAUTH2_TOKEN
        ),
    )
    return True
"""


def shipped(init_text: str = SHIPPED, flow: str = "", **more: str) -> Outcome:
    files = {
        **CONSTANT,
        "oauth.py": "",
        "const.py": CONSTANT["const.py"] + 'CLIENT_ID = "shipped"\n',
        "__init__.py": init_text,
        "config_flow.py": CONSTANT["config_flow.py"] + flow,
        **{f"{name}.py": text for name, text in more.items()},
    }
    return done(files)


def test_imports_of_async_setup_entry_are_available_in_async_setup() -> None:
    """It goes with the registration, and is needed again where the client is imported."""
    outcome = shipped()
    assert "from .const import DOMAIN\n" in init(outcome)
    assert "            CLIENT_ID,\n" in module(outcome, "application_credentials.py")


REGISTER = SHIPPED.partition("hass, entry):\n")[2].removesuffix("    return True\n")
HELPER = (
    "from homeassistant.core import callback\n"
    + SHIPPED.partition("async def")[0]
    + "@callback\ndef register(hass):\n"
    + REGISTER
)
CALLS = """\
from .own import register


async def async_setup_entry(hass, entry):
    register(hass)
    return True
"""
STEP = """
    async def async_step_user(self, user_input=None):
        {}
        return await super().async_step_user(user_input)
"""


def test_a_helper_that_registers_the_client_imports_it() -> None:
    flow = STEP.format("from .own import register\n        register(self.hass)")
    outcome = shipped(CALLS, flow, own=HELPER)
    result = init(outcome)
    assert "register(hass)" not in result, "async_setup has imported it by then"
    assert result.count("await async_import_client(hass)") == 1
    assert "await async_import_client(self.hass)" in module(outcome, "config_flow.py")
    assert "register" not in module(outcome, "config_flow.py") + module(outcome, "own.py")
    assert "callback" not in module(outcome, "own.py")


NAMED = (
    SHIPPED.partition("    oauth.")[0]
    + """\
    own = oauth.LocalOAuth2Implementation(
        hass, DOMAIN, CLIENT_ID, "", OAUTH2_AUTHORIZE, OAUTH2_TOKEN
    )
    oauth.async_register_implementation(hass, DOMAIN, own)
    return {}
"""
)


@pytest.mark.usefixtures("best_only")
def test_an_implementation_that_the_entry_uses_too_is_that_of_the_entry() -> None:
    """Its own would sign in with one client, whatever the entry says."""
    assert "own" not in init(shipped(NAMED.format("True")))
    result = init(shipped(NAMED.format("oauth.OAuth2Session(hass, entry, own)")))
    found = (
        "    own = await oauth.async_get_config_entry_implementation(\n        hass, entry\n    )\n"
    )
    assert found in result
    assert "    return oauth.OAuth2Session(hass, entry, own)\n" in result


@pytest.mark.parametrize(
    "more",
    [
        "    data = hass.data.setdefault(DOMAIN, {})\n",
        "    hass.data[DOMAIN] = {}\n",
        "    if hass.is_running:\n        hass.data[DOMAIN]['once'] = True\n",
    ],
)
def test_a_helper_that_does_more_is_called_as_before(more: str) -> None:
    """The set-up of entries may need what it does."""
    helper = HELPER.replace("(hass):\n", "(hass):\n" + more)
    outcome = shipped(CALLS, STEP.format("pass"), own=helper)
    _, _, entry = init(outcome).partition("async def async_setup_entry")
    assert entry == "(hass, entry):\n    register(hass)\n    return True\n"
    assert more in module(outcome, "own.py")
    assert "oauth" not in module(outcome, "own.py")


def test_a_method_of_the_flow_that_registers_is_removed() -> None:
    method = REGISTER.replace("hass,", "self.hass,").replace("    oauth", "        oauth", 1)
    imports = (
        "        from homeassistant.helpers import config_entry_oauth2_flow as oauth\n"
        "        from .const import CLIENT_ID, DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_TOKEN\n"
    )
    flow = STEP.format("self.register()") + "\n    def register(self):\n" + imports + method
    outcome = shipped(SHIPPED, flow)
    text = module(outcome, "config_flow.py")
    assert "register" not in text
    assert text.count("await async_import_client(self.hass)") == 1


def test_a_name_that_would_be_missing_stops_a_retrofit(monkeypatch: pytest.MonkeyPatch) -> None:
    """No fix should leave one, but an integration that cannot be imported is the worst there is."""
    real = engine.fix

    def wrong(*arguments: Any, **more: Any) -> Any:
        fixed = real(*arguments, **more)
        path = fixed.integration.path("__init__.py")
        content = fixed.integration.files[path].content + b"\nprint(FORGOTTEN)\n"
        return fixed._replace(integration=fixed.integration.with_file(path, content))

    monkeypatch.setattr(engine, "fix", wrong)
    outcome = done(YAML)
    assert not outcome.plan()
    assert any("`FORGOTTEN` is not defined" in work.reason for work in outcome.manual)


def test_a_client_from_elsewhere_beside_the_flow_is_reported_once() -> None:
    other = ("entry.data[CONF_CLIENT_ID]", "(await look(entry))[CONF_CLIENT_ID]")
    outcome = done(changed(FORM, "__init__.py", other))
    assert not outcome.plan()
    (work,) = [work for work in outcome.manual if "cannot tell where" in work.reason]
    assert "other clients come from the flow" in work.reason
    assert "async_migrate_entry" in work.todo


@pytest.mark.parametrize("base", ["hass.data[DOMAIN]", "conf"])
def test_a_client_kept_in_hass_data_is_to_be_registered_where_it_is_from(base: str) -> None:
    head = SHIPPED.replace("(hass, entry):\n", "(hass, entry):\n    conf = hass.data['mine']\n")
    outcome = shipped(head.replace('CLIENT_ID, ""', f"{base}['id'], {base}['secret']"))
    (work,) = outcome.manual
    assert f"cannot tell where this client comes from: {base}['id']" in work.reason
    assert work.todo.startswith("register it in async_setup with the values of config[DOMAIN]")
