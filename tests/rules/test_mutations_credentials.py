"""Good integrations, broken as the rules of the APC4 family describe.

What the template emits imports no credentials from YAML, and core no longer does. So these
mutations begin with a good integration that has been given such an import, as a retrofit writes it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from appcred.rules import engine
from rules.mutations import Broken, Good, broken, emitted, judged, of_core

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.lab, pytest.mark.slow]

MUTATIONS: list[tuple[str, Any]] = []

IMPORTING = '''

import voluptuous as vol
from homeassistant.components.application_credentials import ClientCredential
from homeassistant.components.application_credentials import async_import_client_credential
from homeassistant.helpers import config_entry_oauth2_flow as helper
from homeassistant.helpers import config_validation as cv

CONFIG_SCHEMA = vol.Schema(
    vol.All(
        cv.deprecated("{domain}"),
        {{
            "{domain}": vol.Schema(
                {{
                    vol.Required("client_id"): cv.string,
                    vol.Required("client_secret"): cv.string,
                }}
            )
        }},
    ),
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass, config):
    """Import the credentials that a user has in YAML."""
    if "{domain}" not in config:
        return True
    conf = config["{domain}"]
    await async_import_client_credential(
        hass, "{domain}", ClientCredential(conf["client_id"], conf["client_secret"])
    )
    return True
'''
REGISTRATION = """helper.async_register_implementation(
        hass,
        "{domain}",
        helper.LocalOAuth2Implementation(
            hass,
            "{domain}",
            {client},
            "https://example.com/authorize",
            "https://example.com/token",
        ),
    )
"""
CALL = r"^ +(?:await )?(async_import_client_credential|helper\.async_register_implementation)\("
REGISTERED = r"^ +(helper\.async_register_implementation)\("
PLAIN = r"    vol\.All\(\n        cv\.deprecated\(.*\),\n((?:.*\n)*?)    \),\n    extra"


def mutation(code: str) -> Callable[[Any], Any]:
    """Take a function in as a mutation for a rule."""

    def take(function: Any) -> Any:
        MUTATIONS.append((code, function))
        return function

    return take


def importing(good: Good) -> Good | None:
    """Give a good integration an import from YAML, unless it has a set-up of its own."""
    text = good.text("__init__.py") or ""
    if "async_setup(" in text or "CONFIG_SCHEMA" in text:
        return None
    text += IMPORTING.format(domain=good.integration.domain)
    path = good.path("__init__.py")
    return replace(good, integration=good.integration.with_file(path, text.encode()))


def changed(good: Good, old: str, new: str, at: str) -> tuple[Good, Broken] | None:
    """Change the import of a good integration; return that one too."""
    base = importing(good)
    if base is None:
        return None
    text, count = re.subn(old, new, base.text("__init__.py") or "", count=1, flags=re.MULTILINE)
    assert count, f"{good.name}: no {old}"
    return base, broken(base, "__init__.py", text, at)


IMPORT = r"await async_import_client_credential\((?:\n.*)*?\n    \)\n"


@mutation("APC401")
def registered_from_yaml(good: Good) -> tuple[Good, Broken] | None:
    client = 'conf["client_id"],\n            conf["client_secret"]'
    made = REGISTRATION.format(domain=good.integration.domain, client=client)
    found = changed(good, IMPORT, made, CALL)
    return None if found is None else (good, found[1])


@mutation("APC402")
def registered_from_constants(good: Good) -> tuple[Good, Broken] | None:
    base = importing(good)
    if base is None:
        return None
    made = REGISTRATION.format(domain=good.integration.domain, client='"app-0815",\n            ""')
    text = (base.text("__init__.py") or "").partition("CONFIG_SCHEMA = ")[0]
    text += (
        f'\n\nasync def async_setup(hass, config):\n    """Set up."""\n    {made}    return True\n'
    )
    return good, broken(base, "__init__.py", text, CALL)


@mutation("APC403")
def registered_from_the_entry(good: Good) -> tuple[Good, Broken] | None:
    text = good.text("__init__.py") or ""
    fetched = r"^(    )(?=implementation = await \(?\s*async_get_config_entry_implementation)"
    entry = re.search(
        r"^async def async_setup_entry\(\s*hass: HomeAssistant, (\w+)", text, re.MULTILINE
    )
    if entry is None or not re.search(fetched, text, re.MULTILINE):
        return None
    client = f'{entry[1]}.data["client_id"],\n            {entry[1]}.data["client_secret"]'
    made = "    " + REGISTRATION.format(domain=good.integration.domain, client=client) + "    "
    text = re.sub(fetched, made, text, count=1, flags=re.MULTILINE)
    added = "from homeassistant.helpers import config_entry_oauth2_flow as helper\n"
    text = re.sub(r"^(?=from homeassistant)", added, text, count=1, flags=re.MULTILINE)
    return good, broken(good, "__init__.py", text, REGISTERED)


@mutation("APC404")
def import_without_result(good: Good) -> tuple[Good, Broken] | None:
    return changed(good, r"    \)\n    return True\n\Z", "    )\n", r"^async def (async_setup)\(")


@mutation("APC405")
def schema_for_nobody_else(good: Good) -> tuple[Good, Broken] | None:
    old = r"^    \),\n    extra=vol\.ALLOW_EXTRA,\n\)"
    return changed(good, old, "    ),\n)", r"^CONFIG_SCHEMA = (vol\.Schema)\(")


@mutation("APC405")
def schema_for_nobody_else_without_a_comma(good: Good) -> tuple[Good, Broken] | None:
    found = schema_for_nobody_else(good)
    if found is None:
        return None
    base, made = found
    path = base.path("__init__.py")
    text = made.integration.files[path].content.replace(b"\n    ),\n)", b"\n    )\n)")
    return base, replace(made, integration=made.integration.with_file(path, text))


@mutation("APC406")
def nobody_is_told(good: Good) -> tuple[Good, Broken] | None:
    return changed(good, PLAIN, r"\1    extra", CALL)


@mutation("APC407")
def imported_from_yaml(good: Good) -> tuple[Good, Broken] | None:
    base = importing(good)
    if base is None:
        return None
    return good, broken(good, "__init__.py", base.text("__init__.py"), CALL)


@mutation("APC407")
def end_of_the_import_has_passed(good: Good) -> tuple[Good, Broken] | None:
    notice = (
        "async_create_issue(\n"
        f'        hass, "{good.integration.domain}", "deprecated_yaml",\n'
        '        breaks_in_ha_version="2024.4.0", translation_key="deprecated_yaml",\n'
        "    )\n    "
    )
    base = importing(good)
    if base is None:
        return None
    text = (base.text("__init__.py") or "").replace(
        "await async_import", f"{notice}await async_import"
    )
    return good, broken(base, "__init__.py", text, CALL)


@mutation("APC409")
def two_clients_under_one_name(good: Good) -> tuple[Good, Broken] | None:
    second = (
        f'await async_import_client_credential(hass, "{good.integration.domain}", '
        'ClientCredential("{0}", ""))\n    '
    )
    both = second.format("one") + second.format("two")
    at = r'(async_import_client_credential)\(hass, .*ClientCredential\("two"'
    base = changed(good, IMPORT, second.format("one").rstrip() + "\n", CALL)
    if base is None:
        return None
    first = replace(good, integration=base[1].integration)
    text = re.sub(IMPORT, both.rstrip() + "\n", (importing(good) or good).text("__init__.py") or "")
    return first, broken(first, "__init__.py", text, at)


@mutation("APC410")
def registration_without_domain(good: Good) -> tuple[Good, Broken] | None:
    call = (
        "\nfrom homeassistant.helpers import config_entry_oauth2_flow as helper\n\n\n"
        "def register(hass, implementation):\n"
        "    helper.async_register_implementation(hass, implementation)\n"
    )
    text = (good.text("const.py") or "") + call
    return good, broken(good, "const.py", text, r"    (helper\.async_register)")


@pytest.mark.parametrize("goods", [emitted, of_core], ids=["emitted", "core"])
@pytest.mark.parametrize(
    ("code", "mutate"), [pytest.param(c, m, id=f"{c}-{m.__name__}") for c, m in MUTATIONS]
)
def test_mutations(code: str, mutate: Any, goods: Callable[[], tuple[Good, ...]]) -> None:
    done = 0
    for good in goods():
        made = mutate(good)
        if made is None:
            continue
        base, result = made
        done += len(list(judged(code, lambda _, result=result: result, [base])))
    assert done >= 3


def test_every_rule_of_the_family_has_a_mutation() -> None:
    assert {code for code, _ in MUTATIONS} >= {
        code for code in engine.codes() if code.startswith("APC4") and code != "APC408"
    }
