"""The one filter for everything that is kept of a rehearsal: no secret or token gets through.

The secrets are known, for the rehearsal made them. They are found as they are, and as they look in
a URL, in JSON, in Base64 (whatever stands before them, as in HTTP Basic), and a JSON Web Token in
its parts. What only looks like a token, because an integration made it, goes too.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HIDDEN: Final = "(secret)"
_SHORTEST: Final = 8
"""Characters. A part of a secret that is shorter says nothing, and may be a word."""
_HEADER: Final = re.compile(r"(?i)\b(bearer|basic)( +)[A-Za-z0-9+/=._~-]{12,}")
_MEMBER: Final = re.compile(
    r"(?i)((?:access_|refresh_|id_)?token|client_secret|code_verifier|password|authSig)"
    r"""(["']?\s*[:=]\s*["']?)[A-Za-z0-9+/%=._~-]{12,}"""
)


class Filter:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take every secret there was."""
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def text(self, text: str) -> str:
        """Return a text without them."""
        if self._pattern is not None:
            text = self._pattern.sub(HIDDEN, text)
        text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
        return _MEMBER.sub(rf"\1\2{HIDDEN}", text)

    def data(self, value: Any) -> Any:
        """Return data of JSON without them, in keys as in values."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(str(key)): self.data(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.data(inner) for inner in value]
        return value


def _forms(secret: str) -> Iterator[str]:
    """Yield a secret in every form in which it may be written."""
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    escaped = json.dumps(secret)[1:-1]
    yield escaped
    yield json.dumps(escaped)[1:-1]
    # What stands before it moves it by up to two bytes; only whole groups of it are its own.
    data = secret.encode()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data)
        first = -(-before * 4 // 3)
        last = (before + len(data)) * 4 // 3
        inner = encoded[first + (1 if before else 0) : last].decode()
        if len(inner) >= _SHORTEST:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")
    parts = secret.split(".")
    if secret.startswith("eyJ") and len(parts) == 3:
        yield from (part for part in parts[1:] if len(part) >= _SHORTEST)
