"""What an implementation is called: by its credential, unless its class works that out."""

from __future__ import annotations

import ast
from textwrap import indent
from typing import TYPE_CHECKING

import pytest

from appcred.release import Release, Span
from appcred.retrofit.verb import Options, retrofit
from appcred.rules import engine
from appcred.rules.rule import Example

if TYPE_CHECKING:
    from appcred.integration import Integration

SPAN = Span(Release(2026, 10), Release(2026, 11))
CONSTANT = dict(engine.rule("APC402").EXAMPLES[1].files)
FORM = dict(engine.rule("APC403").EXAMPLES[1].files)
EXTRA = "@property\ndef extra_authorize_data(self):\n    return {'scope': 'a'}\n"
LITERAL = '@property\ndef name(self):\n    """Name."""\n    return "Cloud"\n\n'
COMPUTED = "@property\ndef name(self):\n    return f'Cloud of {self.client_id}'\n\n"
ATTRIBUTE = 'name = "Cloud"\n\n'


def migrated(files: dict[str, str]) -> Integration:
    outcome = retrofit(Example(files).integration(), SPAN, Options())
    assert not outcome.manual, outcome.manual
    assert [f for f in outcome.left if f.code == "APC111"] == []
    return outcome.after


def text(integration: Integration, name: str) -> str:
    file = integration.file(name)
    assert file is not None
    found = file.content.decode()
    ast.parse(found)
    return found


def own_client(name: str) -> Integration:
    made = CONSTANT["oauth.py"]
    start = made.index("    @property")
    return migrated({**CONSTANT, "oauth.py": made[:start] + indent(name + EXTRA, "    ")})


@pytest.mark.parametrize("name", [LITERAL, ATTRIBUTE])
def test_a_name_that_is_written_down_moves_to_the_credential(name: str) -> None:
    after = own_client(name)
    assert '"Cloud",\n' in text(after, "application_credentials.py")
    kept = text(after, "oauth.py")
    assert "Cloud" not in kept
    assert "name" not in kept
    assert "extra_authorize_data" in kept


def test_a_name_that_is_worked_out_stays() -> None:
    after = own_client(COMPUTED)
    assert "f'Cloud of {self.client_id}'" in text(after, "oauth.py")


def pkce(body: str, *, called: str = "Own", more: str = "", plain: bool = False) -> Integration:
    """Return what becomes of clients from a form that sign in with a PKCE class."""
    own = (
        '"""Signs in."""\n\nfrom homeassistant.helpers import config_entry_oauth2_flow as oauth\n'
        f"\n\nclass {called}(oauth.LocalOAuth2ImplementationWithPkce):\n{indent(body, '    ')}"
    )
    files = {**FORM} if plain else {**FORM, "impl.py": own}
    for file in ("__init__.py", "config_flow.py"):
        old = files[file]
        made = "oauth.LocalOAuth2ImplementationWithPkce" if plain else called
        new = old.replace("oauth.LocalOAuth2Implementation(", f"{made}(")
        for client in ("entry.data[CONF_CLIENT_SECRET],", 'user_input["client_secret"],'):
            at = new.find(client)
            if at < 0:
                continue
            urls = "OAUTH2_TOKEN,\n"
            end = new.index(urls, at) + len(urls)
            rest = new[at:end].replace(client, "").lstrip()
            new = f"{new[:at]}{rest}{' ' * 16}{client}{more}\n{new[end:]}"
        files[file] = new.replace(
            "from .const import DOMAIN,",
            ("" if plain else f"from .impl import {called}\n") + "from .const import DOMAIN,",
        )
    return migrated(files)


@pytest.mark.parametrize("name", ["", LITERAL, ATTRIBUTE])
def test_a_pkce_class_is_named_after_its_credential(name: str) -> None:
    after = pkce(name + EXTRA)
    platform = text(after, "application_credentials.py")
    assert "    return ExampleOAuth2Implementation(hass, auth_domain, credential)\n" in platform
    assert "class ExampleOAuth2Implementation(Own):\n" in platform
    assert "        self._name = credential.name\n" in platform
    assert "        return self._name or self.client_id\n" in platform
    assert "            credential.client_secret,\n        )\n" in platform
    assert "from .impl import Own\n" in platform
    assert "name" not in text(after, "impl.py")
    assert "extra_authorize_data" in text(after, "impl.py")


def test_a_pkce_class_with_a_computed_name_keeps_it() -> None:
    after = pkce(COMPUTED + EXTRA)
    platform = text(after, "application_credentials.py")
    assert "    return Own(\n" in platform
    assert "class " not in platform
    assert "f'Cloud of {self.client_id}'" in text(after, "impl.py")


def test_two_classes_never_have_one_name() -> None:
    platform = text(pkce(EXTRA, called="ExampleOAuth2Implementation"), "application_credentials.py")
    assert "class ExampleNamedOAuth2Implementation(ExampleOAuth2Implementation):\n" in platform
    assert "return ExampleNamedOAuth2Implementation(hass, auth_domain, credential)\n" in platform


@pytest.mark.parametrize("plain", [True, False])
def test_the_length_of_the_verifier_is_handed_on(plain: bool) -> None:
    platform = text(pkce(EXTRA, more=" 64,", plain=plain), "application_credentials.py")
    assert "            credential.client_secret,\n            64,\n        )\n" in platform
