"""What `async_setup` keeps of YAML in `hass.data`, for functions that cannot do without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.oauth.hass_data import config_reads
from appcred.oauth.registration import assignments
from appcred.oauth.yaml import reads_section
from appcred.retrofit.best.other_statements import only_client
from appcred.rules.edit import stop

if TYPE_CHECKING:
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml import Setup


def refuse_kept(code: OAuthCode, found: Setup, keys: tuple[str, ...]) -> None:
    """Raise StopError where other functions are told by `hass.data` whether there is YAML.

    Only for a section of credentials alone: what else it holds, they may well ask for.
    """
    if not only_client(code, keys):
        return
    for node, readers in config_reads(code, found.module, found.function):
        if _is_about_section(found, node):
            other = [each for each in readers if each.function is not found.function]
            if other:
                raise stop(
                    found.module,
                    node,
                    "this stores the credentials of YAML, or whether there are any, for "
                    f"{other[0].function.name} in {other[0].module.path.name}, but without "
                    "YAML there are none",
                    "store nothing of YAML here (if more is stored there, write "
                    "hass.data.setdefault(DOMAIN, {}) above the test for YAML), and change "
                    f"{other[0].function.name}: the client is in the entry's implementation, "
                    "and the flow checks whether there is one; then run this again",
                )


def _is_about_section(found: Setup, node: cst.BaseExpression) -> bool:
    """Whether a value is the section, a part of it, or a test for it."""
    values = [node]
    if isinstance(node, cst.Name) and node.value not in (found.config, *found.sections):
        values = assignments(found.function.node, node.value)
    # The whole of the configuration is kept for what other integrations have in it.
    return any(dotted(each) != found.config and reads_section(found, [each]) for each in values)
