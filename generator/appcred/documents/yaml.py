"""YAML read with limits, because a short text can expand to gigabytes."""

from __future__ import annotations

from typing import Any, Final

import yaml

DEPTH: Final = 100
"""Collections in one another. The parser's time grows with the square of it."""
ALIASES: Final = 10
"""The limit on references to values elsewhere in the text."""


class _Bounded(yaml.SafeLoader):
    """Reads plain values, and stops where the text goes beyond the bounds."""

    aliases = 0

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803
        self._refuse_deeper(self.flow_level)
        super().fetch_flow_collection_start(TokenClass)

    def add_indent(self, column: int) -> bool:
        self._refuse_deeper(len(self.indents))
        return bool(super().add_indent(column))

    def fetch_alias(self) -> None:
        self.aliases += 1
        if self.aliases > ALIASES:
            raise self._error(f"more than {ALIASES} aliases; write the values out")
        super().fetch_alias()

    def _refuse_deeper(self, depth: int) -> None:
        if depth >= DEPTH:
            raise self._error(f"more than {DEPTH} collections in one another")

    def _error(self, problem: str) -> yaml.MarkedYAMLError:
        return yaml.MarkedYAMLError(problem=problem, problem_mark=self.get_mark())


def parse(text: str | bytes) -> Any:
    """Return the value of a document. Raises yaml.YAMLError, and ValueError for no date."""
    return yaml.load(text, _Bounded)  # noqa: S506  # it derives from SafeLoader
