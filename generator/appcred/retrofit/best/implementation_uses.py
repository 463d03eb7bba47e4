"""An implementation that is made for a name, and used for more than to be registered.

What is left of it then would sign in with a client of its own, whatever the entry says; and a class
of the integration's own takes other arguments by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appcred.documents.walk import contains
from appcred.rules.edit import stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appcred.documents.rewriting import Statement
    from appcred.oauth.registration import Registration


def refuse_other_use_of_made(registration: Registration, gone: Sequence[Statement]) -> None:
    """Raise StopError where an implementation is left that was made for a registration.

    `gone` are the statements that go with that.
    """
    module, function, made = registration.module, registration.function, registration.constructed
    if made.module is not module or made.function is not function:
        return
    if any(contains(statement, made.node) for statement in gone):
        return
    if function.owner is not None:
        todo = (
            "remove the other uses; async_step_pick_implementation sets the implementation "
            "as self.flow_impl"
        )
    else:
        todo = (
            "use the result of async_get_config_entry_implementation(hass, entry) in "
            "async_setup_entry there"
        )
    raise stop(
        module,
        made.node,
        "the implementation that is created here is used for more than its registration",
        f"{todo}, and run this again",
    )
