"""The edits that resolve what rules report as a migration: one for each code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from appcred.finding import ManualWork
from appcred.oauth.code import oauth_code
from appcred.oauth.importing import credential_imports
from appcred.oauth.yaml import key_of
from appcred.oauth.yaml_schema import schema
from appcred.retrofit.best import constants, flow_tests, form, removal, yaml
from appcred.retrofit.best.schema import deprecate
from appcred.rules.edit import attempt
from appcred.rules.rule import stale_finding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from appcred.finding import Finding
    from appcred.integration import Integration
    from appcred.release import Span
    from appcred.rules.engine import Fix

CREDENTIALS: Final = frozenset({"APC401", "APC402", "APC403"})
"""The codes of the rules whose findings are resolved by application credentials."""

REMOVAL: Final = "APC407"
"""The code of the rule whose finding is resolved by removing the import from YAML."""

FLOW_TESTS: Final = "APC701"
"""The code of the rule whose finding is resolved by new tests."""


def _whole(step: Callable[[Integration, Span], Integration]) -> Fix:
    """Make the edit of a step that resolves every finding of its code at once."""

    def fix(integration: Integration, _finding: Finding, span: Span) -> Integration | ManualWork:
        return attempt(integration, step, span)

    return fix


def _deprecate(integration: Integration, finding: Finding, _span: Span) -> Integration | ManualWork:
    """Deprecate the section in YAML that credentials are imported from."""
    for found in credential_imports(integration):
        line, _ = found.module.document.position(found.used.call.node)
        if (found.module.path, line) == (finding.path, finding.line):
            break
    else:
        return stale_finding(finding)
    code = oauth_code(integration)
    if schema(code) is None:
        return ManualWork(
            finding.path,
            finding.line,
            "users are not told that YAML has no effect any more, and the schema of the section "
            "was not found",
            "write CONFIG_SCHEMA with cv.deprecated(DOMAIN), or log a warning here, and run this "
            "again",
        )
    values = (found.client_id, found.client_secret)
    keys = (key_of(code, value) for value in values if value is not None)
    return attempt(integration, deprecate, tuple(key for key in keys if key is not None))


def _write_tests(
    integration: Integration, finding: Finding, span: Span
) -> Integration | ManualWork:
    """Write tests of the flow."""
    made = flow_tests.write(integration, span).integration
    return made if made is not integration else stale_finding(finding)


MIGRATIONS: Final[Mapping[str, Fix]] = {
    "APC401": _whole(yaml.migrate),
    "APC402": _whole(constants.migrate),
    "APC403": _whole(form.migrate),
    "APC406": _deprecate,
    REMOVAL: _whole(removal.remove),
    FLOW_TESTS: _write_tests,
}
"""The edit for each code whose findings say `"fix": "migration"`."""
