"""What a partial of the template needs, and its text: for code that is put into existing files.

`appcred new` renders the same partials through Copier. Names such as OAUTH2_AUTHORIZE in the text
are places for a person's own expressions; documents/rewriting.py fills them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from appcred.resources import data_root

if TYPE_CHECKING:
    import jinja2

PLATFORM: Final = "application_credentials"
RETROFIT: Final = "retrofit"
RETROFIT_TESTS: Final = "retrofit_tests"
TEXTS: Final = "texts"


@dataclass(frozen=True, slots=True)
class Platform:
    """The data for the platform's partial, named like the template's questions."""

    flow: str = "secret"
    basic: bool = False
    own_request: bool = False
    accept_json: bool = False
    request_helper: bool = False
    refused_error: bool = False
    prefix: str = ""
    placeholders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowTests:
    """The data for the partial of the tests that a retrofit adds."""

    custom: bool
    package: str
    """The integration as Python imports it."""
    domain: str
    title: str
    constant: bool
    """Whether its `const` has the domain as DOMAIN."""
    first: bool
    """Whether there are no other tests, so that fixtures and constants get files of their own."""
    own_client: str = ""
    """The id of the client that its flow imports itself; there is no credential to set up then."""
    from_start: bool = True
    """Whether a flow goes from its first step straight to the sign-in."""
    goes_out: bool = True
    """Whether Home Assistant's own code then sends the user to the vendor."""
    known_url: bool = True
    """Whether to the authorize URL, and nothing but a query is added to it."""
    authorize_url: str = ""
    """That URL; empty where only the implementation knows it."""
    yaml: tuple[tuple[str, str], ...] = ()
    """A section of YAML that is imported: the path to each value, and the value as Python."""
    result_type: bool = True
    """Whether Home Assistant has FlowResultType."""
    config_flow_result: bool = True
    """Whether it has ConfigFlowResult."""


def render(partial: str, macro: str, *arguments: Any) -> str:
    """Return the text of one macro of a partial, ending in one newline."""
    module = _environment().get_template(f"template/partials/{partial}.jinja").module
    text = str(getattr(module, macro)(*arguments))
    return text.strip("\n") + "\n"


def common_text(layout: str, key: str) -> str:
    """Return one of Home Assistant's common texts: a reference in core, in full elsewhere."""
    return render(TEXTS, "text", layout, f"config_flow::{key}").strip()


@cache
def common_texts() -> frozenset[str]:
    """Return the keys of the common texts that are known in full."""
    module = _environment().get_template(f"template/partials/{TEXTS}.jinja").module
    return frozenset(key.removeprefix("config_flow::") for key in vars(module)["common"])


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    # The settings of copier.yml, under which the partials are written.
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(data_root()),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - it is Python, not HTML
    )
