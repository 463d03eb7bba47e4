"""A flow that names its one implementation itself, where each client has a name of its own now.

Credentials that users enter go by a name that Home Assistant gives them, so the flow would look for
one that is not there, and an entry would never find its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import walk
from appcred.oauth.code import oauth_code
from appcred.oauth.yaml_schema import key_text
from appcred.rules.edit import stop, stop_if

if TYPE_CHECKING:
    from appcred.integration import Integration

_PICKS: Final = "async_step_pick_implementation"


def refuse_picked(integration: Integration) -> Integration:
    """Return the integration. Raises StopError where its flow names an implementation itself."""
    code = oauth_code(integration)
    errors = []
    for flow in code.flows:
        module = flow.module
        picking = {
            id(node)
            for call in walk(flow.node.node)
            if isinstance(call, cst.Call) and dotted(call.func).endswith(f".{_PICKS}")
            for argument in call.args
            for node in walk(argument)
        }
        for node in walk(flow.node.node):
            if not isinstance(node, cst.DictElement):
                continue
            key, name = key_text(code, module, node.key), code.text(module, node.value)
            if name is not None and key == "implementation" and id(node) in picking:
                reason = f"the flow picks the implementation {name} here"
                todo = f"call {_PICKS}() without it: that uses the only one, or asks the user"
            elif name is not None and key == "auth_implementation":
                reason = f"the flow lets entries store the implementation {name} here"
                todo = f'store the value of the helper, data["{key}"]'
            else:
                continue
            reason += ", and from now on each client has a name of its own"
            errors.append(stop(module, node, reason, f"{todo}; then run this again"))
    stop_if(errors)
    return integration
