"""The tests that an integration has of its flow, and whether there is room for more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.integration import Layout
from appcred.oauth.code import oauth_code
from appcred.oauth.flow import sign_in
from appcred.oauth.registration import registrations

if TYPE_CHECKING:
    from appcred.integration import Integration

STARTS: Final = "flow.async_init("
"""What a test of a flow has in it."""

FIRST_FILES: Final = {
    "__init__.py": "package",
    "conftest.py": "conftest",
    "test_config_flow.py": "module",
}
"""The files of new tests by the macro that each is made of, where there are no tests yet."""
FURTHER_FILES: Final = {"test_application_credentials.py": "module"}
"""The same where the integration has tests."""


def has_flow_tests(integration: Integration) -> bool:
    """Whether a test has a credential imported, or expects that there is none.

    Where the integration brings a client of its own, it is the start of a flow that counts.
    """
    found = sign_in(oauth_code(integration))
    own = found is not None and found.own_client is not None
    words = (STARTS,) if own else ("async_import_client_credential", "missing_credentials")
    return any(document.mentions(*words) for document in integration.test_modules.values())


def hindrance(integration: Integration) -> str | None:
    """Return why no tests can be written for an integration, if there is a reason."""
    code = oauth_code(integration)
    if not code.has_platform or registrations(integration).found:
        return "application credentials are incomplete"
    found = sign_in(code)
    if found is None or (found.own_client is not None and not found.goes_out):
        return "the flow overrides its first step"
    tests = integration.test_modules
    if not integration.folder.parts and not any(
        document.mentions("custom_components") for document in tests.values()
    ):
        # Other tests have found a way.
        return (
            "they would need the integration in custom_components; "
            "appcred new writes them into a tree of that form"
        )
    folder = integration.tests or integration.new_tests
    if folder is None and integration.layout is Layout.CORE:
        return "the folder tests/components does not exist"
    if folder is None:
        return "this is not the repository of this integration alone"
    for name in FURTHER_FILES if tests else FIRST_FILES:
        if folder / name in integration.files:
            return f"{folder / name} already exists"
    return None
