"""Complete error messages of validators while Copier asks.

prompt_toolkit gives a refusal one line and cuts it off where the terminal ends, and Copier opens
each with forty characters of its own: in 80 columns nothing is left of what to type instead.
"""

from __future__ import annotations

import re
import textwrap
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prompt_toolkit.formatted_text import AnyFormattedText

_COPIERS: Final = re.compile(r"\AValidation error for question '\w+': ")


@contextmanager
def whole_refusals() -> Iterator[None]:
    """Show each refusal as a whole, over several lines, and without Copier's opening."""
    from prompt_toolkit.application import get_app
    from prompt_toolkit.layout import Window
    from prompt_toolkit.widgets import ValidationToolbar

    def toolbar_text() -> AnyFormattedText:
        error = get_app().current_buffer.validation_error
        sentence = _COPIERS.sub("", error.message) if error else ""
        lines = textwrap.wrap(sentence, get_app().output.get_size().columns - 1)
        return [("class:validation-toolbar", "\n".join(lines))]

    def toolbar() -> ValidationToolbar:
        toolbar = ValidationToolbar()
        toolbar.control.text = toolbar_text
        toolbar.container.content = Window(toolbar.control, dont_extend_height=True)
        return toolbar

    # the function of the same name hides the module from an import statement
    module: Any = import_module("prompt_toolkit.shortcuts.prompt")
    module.ValidationToolbar = toolbar
    try:
        yield
    finally:
        module.ValidationToolbar = ValidationToolbar
