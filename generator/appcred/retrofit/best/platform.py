"""The application credentials platform of an integration that had its own registrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import Import, add_imports
from appcred.documents.rewriting import filled, statements, with_leading
from appcred.documents.walk import names
from appcred.emission import PLATFORM as PARTIAL
from appcred.emission import RETROFIT, Platform, render
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import HELPER, IMPLEMENTATION_HOOK, PLATFORM, SERVER_HOOK
from appcred.oauth.registration import Kind
from appcred.retrofit.best.classes import has_name_of_its_own
from appcred.retrofit.best.expressions import Moved, commented, comments_of, moved
from appcred.retrofit.best.manual import importing
from appcred.rules.edit import stop

if TYPE_CHECKING:
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.registration import Registration

MODULE: Final = "application_credentials"

_HOME: Final = {
    "AuthorizationServer": PLATFORM,
    "ClientCredential": PLATFORM,
    "AuthImplementation": PLATFORM,
    "HomeAssistant": "homeassistant.core",
    "AbstractOAuth2Implementation": HELPER,
    "LocalOAuth2ImplementationWithPkce": HELPER,
    "override": "typing",
}
"""Where the names that the partials use come from."""


def write_platform(
    integration: Integration, registration: Registration
) -> tuple[Integration, tuple[Moved, Moved]]:
    """Give an integration its platform; also returns how the two URLs moved into it.

    Raises StopError where an URL is known only at run time.
    """
    code = oauth_code(integration)
    if code.has_platform and not _agrees(code, registration):
        hook = code.hook(IMPLEMENTATION_HOOK) or code.hook(SERVER_HOOK)
        raise stop(
            code.platform or registration.module,
            hook.node if hook is not None else None,
            "the existing application credentials platform differs from the registration",
            f"if the platform is right, {importing(registration)}; if the registration is "
            "right, change the platform accordingly and run this again",
        )
    todo = (
        "write application_credentials.py by hand: let async_get_auth_implementation compute "
        "it from credential.client_id, auth_domain or hass.data, or ask for it in the flow "
        f"before the sign-in if users choose it; then {importing(registration)}"
    )
    urls = (
        moved(code, registration.authorize_url, MODULE, "the authorize URL", todo),
        moved(code, registration.token_url, MODULE, "the token URL", todo),
    )
    if code.has_platform:
        return integration, urls
    module = cst.parse_module(_style(integration) or "")
    hooks = _hooks(integration, registration)
    imports: set[Import] = set()
    values: dict[str, cst.BaseExpression] = {
        "OAUTH2_AUTHORIZE": urls[0].node,
        "OAUTH2_TOKEN": urls[1].node,
    }
    for moving in urls:
        imports |= moving.imports
    own = registration.own_class
    if own is not None:
        name = own.name
        if registration.kind in (Kind.SUBCLASS, Kind.PKCE_SUBCLASS):
            relative = "." + own.module.name if own.module.name else "."
            imports.add(Import(relative, name))
        values["IMPLEMENTATION"] = cst.Name(name)
    if registration.verifier_length is not None:
        length = moved(code, registration.verifier_length, MODULE, "the length", todo)
        values["CODE_VERIFIER_LENGTH"] = length.node
        imports |= length.imports
    body = [filled(statement, values) for statement in statements(module, hooks)]
    comments = {
        urls[0].node: comments_of(registration.authorize_url),
        urls[1].node: comments_of(registration.token_url),
    }
    body = [commented(statement, comments) for statement in body]
    feeds = _feeds(urls)
    if feeds:
        body = [_with_first(statement, feeds) for statement in body]
    docstring = (
        f'"""Application credentials platform of the {plain_name(integration)} integration."""\n'
    )
    head = statements(module, docstring)
    blank = [cst.EmptyLine(indent=False)] * 2
    module = module.with_changes(
        header=(),
        has_trailing_newline=True,
        body=[*head, *(with_leading(each, blank) for each in body)],
    )
    used = {name.value for statement in body for name in names(statement)}
    imports |= {Import(home, name) for name, home in _HOME.items() if name in used}
    module = add_imports(module, imports)
    path = integration.path(f"{MODULE}.py")
    return integration.with_file(path, module.bytes), urls


def _agrees(code: OAuthCode, registration: Registration) -> bool:
    """Whether a platform that is there does what a registration does."""
    module = code.platform
    if module is None:
        return False
    if registration.kind is Kind.PLAIN:
        hook = code.hook(SERVER_HOOK)
        if hook is None or code.provides(IMPLEMENTATION_HOOK):
            return False
        wanted = f"{PLATFORM}.AuthorizationServer"
    else:
        hook = code.hook(IMPLEMENTATION_HOOK)
        if hook is None or registration.own_class is None:
            return False
        wanted = registration.own_class.name
    calls = [
        call
        for call in module.index.calls
        if call.function is hook and call.name.rpartition(".")[2] == wanted.rpartition(".")[2]
    ]
    if len(calls) != 1:
        return False
    if registration.kind is not Kind.PLAIN:
        return True
    pairs = (
        (calls[0].argument("authorize_url", 0), registration.authorize_url),
        (calls[0].argument("token_url", 1), registration.token_url),
    )
    texts = [
        (code.text(module, node), code.text(value.module, value.node)) for node, value in pairs
    ]
    return all(one is not None and one == other for one, other in texts)


def _hooks(integration: Integration, registration: Registration) -> str:
    prefix = "".join(part.title() for part in integration.domain.split("_"))
    match registration.kind:
        case Kind.PLAIN:
            return render(PARTIAL, "server_hook")
        case Kind.SUBCLASS:
            text = render(PARTIAL, "implementation_hook", Platform(prefix="_"))
            return text.replace("_OAuth2Implementation", "IMPLEMENTATION")
        case Kind.PKCE | Kind.PKCE_SUBCLASS:
            own, length = registration.own_class, registration.verifier_length
            if own is not None and has_name_of_its_own(oauth_code(integration), own):
                return render(RETROFIT, "pkce_hook", length is not None)
            if own is not None and own.name == f"{prefix}OAuth2Implementation":
                prefix = f"{prefix}Named"
            platform = Platform(flow="pkce_secret", prefix=prefix)
            text = render(PARTIAL, "implementation_class", platform)
            if own is not None:
                text = text.replace("LocalOAuth2ImplementationWithPkce", "IMPLEMENTATION")
            if length is not None:
                last = "            credential.client_secret,\n"
                text = text.replace(last, f"{last}            CODE_VERIFIER_LENGTH,\n")
            return render(PARTIAL, "implementation_hook", platform) + "\n\n" + text


def _style(integration: Integration) -> str | None:
    """Return text that has the line endings and the indent of the integration's own modules."""
    code = oauth_code(integration)
    module = code.module("") or code.module("config_flow")
    if module is None:
        return None
    cst_module = module.document.module
    end, indent = cst_module.default_newline, cst_module.default_indent
    return f"if True:{end}{indent}pass{end}" if (end, indent) != ("\n", "    ") else None


def plain_name(integration: Integration) -> str:
    """Return the integration's name, if it is harmless in a docstring, else its domain."""
    name = integration.manifest.get("name")
    if isinstance(name, str) and name.isprintable() and not set(name) & set('"\\'):
        return name.strip() or integration.domain
    return integration.domain


def _feeds(urls: tuple[Moved, Moved]) -> list[cst.SimpleStatementLine]:
    """Return the statements that bind what the URLs use, each once, with their comments."""
    kept: dict[str, cst.SimpleStatementLine] = {}
    for moving in urls:
        for name, statement in moving.feeds:
            if name not in kept and isinstance(statement, cst.SimpleStatementLine):
                lines = [line for line in statement.leading_lines if line.comment is not None]
                kept[name] = statement.with_changes(leading_lines=lines).deep_clone()
    return list(kept.values())


def _with_first(
    statement: cst.SimpleStatementLine | cst.BaseCompoundStatement,
    first: list[cst.SimpleStatementLine],
) -> cst.SimpleStatementLine | cst.BaseCompoundStatement:
    """Put statements behind the docstring of a hook."""
    if not isinstance(statement, cst.FunctionDef):
        return statement
    if not isinstance(statement.body, cst.IndentedBlock):
        return statement
    body = statement.body.body
    block = statement.body.with_changes(body=[body[0], *first, *body[1:]])
    return statement.with_changes(body=block)
