"""What was understood of an integration's sign-in, as plain data for `--format json`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import libcst as cst

from appcred.documents.walk import targets, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.hass_data import CLIENT, hass_data
from appcred.oauth.importing import credential_imports
from appcred.oauth.registration import Source, Value, registrations
from appcred.oauth.secrets import shown_secrets
from appcred.oauth.setup_statements import other_statements
from appcred.oauth.yaml import index_of, key_of, setup
from appcred.oauth.yaml_schema import key_text, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.hass_data import HassData
    from appcred.oauth.importing import CredentialImport
    from appcred.oauth.names import Module
    from appcred.oauth.registration import Registration
    from appcred.oauth.yaml import Setup

STORED: Final = "auth_implementation"
"""The key of an entry's data that names its implementation."""

_HIDDEN: Final = "…"


def facts(integration: Integration) -> dict[str, Any]:
    """Return the facts. No value of a client's secret is among them."""
    return _Facts(oauth_code(integration)).all()


class _Facts:
    """Gathers the facts of one integration, and keeps its secrets out of them."""

    def __init__(self, code: OAuthCode) -> None:
        self.code = code
        self.registrations = registrations(code.integration).understood
        self.imports = credential_imports(code.integration)
        self.hass_data = hass_data(code)
        self.secrets = shown_secrets(code)

    def all(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "platform": self.code.has_platform,
            "registrations": [self._registration(each) for each in self.registrations],
            "imports": [self._import(each) for each in self.imports],
        }
        described = schema(self.code)
        if described is not None:
            found["yaml"] = {
                "keys": [key.name for key in described.keys],
                "allows_extra": described.allows_extra,
            }
        running = setup(self.code)
        if running is not None:
            found["async_setup"] = self._setup(running)
        found["stashed"] = [self._hass_data(each) for each in self.hass_data]
        found["entries"] = {
            "flows": list(self._flows()),
            "auth_implementations": list(self._stored()),
        }
        return found

    # --- places and text -----------------------------------------------------------------------

    def _place(self, module: Module, node: cst.CSTNode) -> dict[str, Any]:
        return {"path": str(module.path), "line": module.document.position(node).line}

    def _shown(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, _HIDDEN)
        return text

    def _text(self, value: Value) -> str:
        """Return the string that a value is, or else its source."""
        text = self.code.text(value.module, value.node)
        source = value.module.document.module.code_for_node
        return self._shown(text if text is not None else source(value.node))

    def _key(self, value: Value | None, source: Source) -> str | None:
        if value is None or source is Source.CONSTANT:
            return None
        return key_of(self.code, value)

    def _client(self, found: Registration | CredentialImport) -> dict[str, Any]:
        return {
            "client": str(found.source),
            "client_id_key": self._key(found.client_id, found.source),
            "client_secret_key": self._key(found.client_secret, found.source),
        }

    # --- each of them --------------------------------------------------------------------------

    def _registration(self, found: Registration) -> dict[str, Any]:
        return {
            **self._place(found.module, found.used.call.node),
            "function": found.function.name,
            "implementation": str(found.kind),
            "class": found.own_class.name if found.own_class is not None else None,
            "auth_domain": self._text(found.domain),
            **self._client(found),
            "authorize_url": self._text(found.authorize_url),
            "token_url": self._text(found.token_url),
        }

    def _import(self, found: CredentialImport) -> dict[str, Any]:
        return {
            **self._place(found.module, found.used.call.node),
            "function": found.function.name,
            "auth_domain": self._auth_domain(found),
            **self._client(found),
        }

    def _auth_domain(self, found: CredentialImport) -> str:
        """Return the auth domain of an import: the integration's, where it names none."""
        if found.auth_domain is None:
            return self.code.integration.domain
        return self._text(found.auth_domain)

    def _setup(self, running: Setup) -> dict[str, Any]:
        return {
            **self._place(running.module, running.function.node),
            "guarded": running.guard is not None or running.tried is not None,
            "statements": len(running.body),
            "besides": [
                {
                    "line": running.module.document.position(statement).line,
                    "source": self._line(running.module, statement),
                }
                for statement in other_statements(self.code, running)
                if not self._keeps_client(statement)
            ],
        }

    def _line(self, module: Module, statement: cst.CSTNode) -> str:
        """Return a statement, or the head of a compound one, as one line of no great length.

        Comments are left out, and what may be a secret.
        """
        code_for = module.document.module.code_for_node
        text = code_for(statement.with_changes(leading_lines=())).strip()
        for literal in _told(statement):
            text = text.replace(code_for(literal), f'"{_HIDDEN}"')
        text = self._shown(_STRING_OR_COMMENT.sub(lambda found: found[1] or "", text)).strip()
        if not isinstance(statement, cst.SimpleStatementLine):
            return text.partition("\n")[0].strip()
        for broken, joined in _JOINTS:
            text = broken.sub(joined, text)
        return text if len(text) <= _WIDTH else f"{text[:_WIDTH].rstrip()} {_HIDDEN}"

    def _keeps_client(self, statement: cst.CSTNode) -> bool:
        """Whether a statement does nothing but keep the client's id or secret."""
        small = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        value = small.value if isinstance(small, (cst.Assign, cst.AnnAssign)) else None
        return any(each.node is value and each.holds in CLIENT for each in self.hass_data)

    def _hass_data(self, found: HassData) -> dict[str, Any]:
        keys = "".join(f"[{step.source}]" for step in found.steps)
        return {
            **self._place(found.module, found.node),
            "function": found.function.name,
            "place": self._shown(f"hass.data{keys}"),
            "keys": [step.text and self._shown(step.text) for step in found.steps],
            "holds": str(found.holds),
            "from": str(found.source),
            "key": found.key,
            "read": [
                {**self._place(reader.module, reader.node), "function": reader.function.name}
                for reader in found.readers
            ],
        }

    # --- entries -------------------------------------------------------------------------------

    def _flows(self) -> Iterator[dict[str, Any]]:
        """Yield the flows, with the version that they give to entries."""
        for flow in self.code.handlers:
            yield {
                **self._place(flow.module, flow.node.node),
                "class": flow.name,
                "version": self._number(flow, "VERSION"),
                "minor_version": self._number(flow, "MINOR_VERSION"),
            }

    def _number(self, flow: Any, name: str) -> int | None:
        """Return a number that a flow is given; 1 is Home Assistant's own default."""
        found = self.code.attribute(flow, name)
        if found is None:
            return 1
        bound = self.code.value(*found)
        written = bound.node if bound is not None else None
        return written.evaluated_value if isinstance(written, cst.Integer) else None

    def _stored(self) -> Iterator[dict[str, Any]]:
        """Yield what entries have as their implementation, as far as code says it."""
        for registration in self.registrations:
            yield {
                **self._place(registration.module, registration.used.call.node),
                "by": "registration",
                "auth_domain": self._text(registration.domain),
            }
        for found in self.imports:
            yield {
                **self._place(found.module, found.used.call.node),
                "by": "import",
                "auth_domain": self._auth_domain(found),
            }
        for module in self.code.mentioning(STORED):
            for node in walk(module.document.module):
                for written in _written(self.code, module, node):
                    yield {
                        **self._place(module, written),
                        "by": "constant" if self.code.text(module, written) else "expression",
                        "auth_domain": self._text(Value(module, None, written)),
                    }


def _written(code: OAuthCode, module: Module, node: cst.CSTNode) -> Iterator[cst.BaseExpression]:
    """Yield what a node writes under the key that names an entry's implementation."""
    if isinstance(node, cst.Dict):
        for element in node.elements:
            if isinstance(element, cst.DictElement) and _names_it(code, module, element.key):
                yield element.value
    elif isinstance(node, cst.Assign):
        for target in node.targets:
            subscript = target.target
            if isinstance(subscript, cst.Subscript) and _names_it(
                code, module, index_of(subscript)
            ):
                yield node.value


def _names_it(code: OAuthCode, module: Module, key: cst.BaseExpression | None) -> bool:
    return key_text(code, module, key) == STORED


# --- source that may be shown ------------------------------------------------------------------


_TELLING: Final = ("secret", "password", "passwd", "token", "api_key", "apikey", "private_key")
_STRING_OR_COMMENT: Final = re.compile(r"""('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|#.*""")
_JOINTS: Final = (
    (re.compile(r"(?<=[(\[{])\s*\n\s*"), ""),
    (re.compile(r",?\s*\n\s*(?=[)\]}])"), ""),
    (re.compile(r"\s*\n\s*"), " "),
)
"""What stands between the lines of a statement, and what between its parts on one line."""
_WIDTH: Final = 100


def _told(statement: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the text that stands under a name that tells of a secret."""
    for node in walk(statement):
        names: list[cst.CSTNode | None] = []
        if isinstance(node, cst.Arg):
            names = [node.keyword]
        elif isinstance(node, cst.DictElement):
            names = [node.key]
        else:
            names = [*targets(node)]
        written = "".join(cst.Module([]).code_for_node(n) for n in names if n is not None).lower()
        if not any(word in written for word in _TELLING):
            continue
        value = getattr(node, "value", None)
        if isinstance(value, (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)):
            yield value
