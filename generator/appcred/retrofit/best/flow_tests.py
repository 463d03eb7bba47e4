"""Tests of what application credentials bring with them, for an integration that has none of it.

New files only: whatever tests there are stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.emission import RETROFIT_TESTS, FlowTests, render
from appcred.integration import Layout
from appcred.oauth.code import oauth_code
from appcred.oauth.flow import sign_in
from appcred.oauth.testing import FIRST_FILES, FURTHER_FILES, has_flow_tests, hindrance
from appcred.oauth.yaml_sample import section
from appcred.retrofit.best.platform import plain_name

if TYPE_CHECKING:
    from appcred.integration import Integration
    from appcred.oauth.yaml_sample import SampleValue
    from appcred.release import Span

FROM_YAML: Final = "test_import_from_yaml"
"""The name of the test of the import."""


@dataclass(frozen=True, slots=True)
class Written:
    """An integration with such tests, and sentences on what they leave out."""

    integration: Integration
    notes: tuple[str, ...] = ()


def write(integration: Integration, span: Span) -> Written:
    """Add the tests, unless there are some already; those for the oldest release of the range."""
    if has_flow_tests(integration):
        return Written(integration)
    reason = hindrance(integration)
    folder = integration.tests or integration.new_tests
    first = not integration.test_modules
    made = _described(integration, span, first=first)
    if reason is not None or made is None or folder is None:
        return Written(integration, (f"no tests generated: {reason}",))
    tests, notes = made
    for file, macro in (FIRST_FILES if first else FURTHER_FILES).items():
        if file == "conftest.py" and not tests.custom and tests.own_client:
            continue  # there is nothing for it to hold
        content = _rendered(integration, macro, tests)
        integration = integration.with_file(folder / file, content)
    return Written(integration, notes)


def follow(before: Integration, after: Integration, span: Span) -> Written:
    """Let the tests follow where the import from YAML has been taken out.

    A file that is still as it was written is written anew; for another one there is a sentence.
    """
    folder = after.tests
    for first, name in ((True, "test_config_flow.py"), (False, "test_application_credentials.py")):
        file = after.files.get(folder / name) if folder is not None else None
        if folder is None or file is None or not file.python.mentions(FROM_YAML):
            continue
        one, two = (_described(each, span, first=first) for each in (before, after))
        if one and two and _rendered(before, "module", one[0]) == file.content:
            return Written(after.with_file(folder / name, _rendered(after, "module", two[0])))
        return Written(after, (f"{FROM_YAML} in {name} tests the removed import; delete it",))
    return Written(after)


def _rendered(integration: Integration, macro: str, tests: FlowTests) -> bytes:
    """Return a file of the tests, in the line endings of the integration's own."""
    module = oauth_code(integration).module("")
    newline = module.document.module.default_newline if module is not None else "\n"
    return render(RETROFIT_TESTS, macro, tests).replace("\n", newline).encode()


def _described(
    integration: Integration, span: Span, *, first: bool
) -> tuple[FlowTests, tuple[str, ...]] | None:
    """Return what the tests are made of, and what they leave out."""
    code = oauth_code(integration)
    found = sign_in(code)
    if found is None:
        return None
    notes = []
    if not found.from_start:
        notes.append("the generated tests start at the sign-in; they leave out the steps before it")
    if not found.goes_out:
        notes.append("the generated tests do not check which page of the vendor the flow opens")
    sample = None if found.own_client is not None else section(code)
    if sample is not None and sample.reason is not None:
        notes.append(f"the generated tests leave out the import from YAML: {sample.reason}")
    const = code.module("const")
    core = integration.layout is Layout.CORE
    # The folder of a repository that is the integration itself goes by any name.
    name = integration.folder.name or integration.domain
    tests = FlowTests(
        custom=not core,
        package=f"{'homeassistant.components' if core else 'custom_components'}.{name}",
        domain=integration.domain,
        title=plain_name(integration),
        constant=const is not None and code.text(const, cst.Name("DOMAIN")) == integration.domain,
        first=first,
        own_client=found.own_client or "",
        from_start=found.from_start,
        goes_out=found.goes_out,
        known_url=found.known_url,
        authorize_url=found.authorize_url or "",
        yaml=tuple(map(_pair, sample.values)) if sample is not None else (),
        result_type=span.all("flow_result_type"),
        config_flow_result=span.all("config_flow_result"),
    )
    return tests, tuple(notes)


def _pair(value: SampleValue) -> tuple[str, str]:
    """Return the path to a value and what stands there, as the partial wants them."""
    text = value.part.name if value.part is not None else f'"{value.path[-1]}"'
    return ".".join(value.path), text
