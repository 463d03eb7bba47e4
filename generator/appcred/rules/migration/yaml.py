"""Credentials in YAML become application credentials: the whole way, in its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import Import
from appcred.emission import RETROFIT, render
from appcred.integration import Layout
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Source, registrations
from appcred.oauth.yaml import key_of
from appcred.rules.migration.edit import Edit, StopError, stop
from appcred.rules.migration.guard import settle
from appcred.rules.migration.platform import write_platform
from appcred.rules.migration.registering import (
    Notice,
    check_class,
    convert_call,
    convert_class,
    domain_expression,
    unstash,
)
from appcred.rules.migration.schema import deprecate, only_credentials
from appcred.rules.migration.texts import depend, explain_aborts, explain_issue

if TYPE_CHECKING:
    from appcred.integration import Integration
    from appcred.oauth.code import Module
    from appcred.oauth.registration import Registration
    from appcred.release import Release, Span

_ISSUES: Final = "homeassistant.helpers.issue_registry"


def migrate(integration: Integration, span: Span) -> Integration:
    """Return the integration with application credentials in the place of its registrations.

    Raises StopError where one of them is not understood, or cannot be done so.
    """
    found = registrations(integration)
    if found.manual:
        raise StopError(found.manual[0])
    (registration, *others) = found.understood
    for other in others:
        raise stop(
            other.module,
            other.used.call.node,
            "more than one implementation is registered",
            "give each its own platform hook by hand; a platform has one authorization server",
        )
    keys = _keys(integration, registration)
    whole = only_credentials(integration, keys)

    check_class(registration)
    own = registration.own_class
    result, _ = write_platform(integration, registration)
    result = unstash(result, keys)
    result = convert_call(
        result, _again(result), lambda module: _notice(result, module, span, whole=whole)
    )
    result = _with_logger(result, registration.module.name)
    if own is not None:
        result = convert_class(result, own.module.name, own.name)
    result = deprecate(result, keys)
    result = settle(result, keys)
    result = depend(result)
    result = explain_aborts(result, span)
    if _own_issue(integration, span, whole=whole):
        result = explain_issue(result, whole=whole, keys=keys)
    return result


def _again(integration: Integration) -> Registration:
    """Return the one registration of the next integration."""
    return registrations(integration).understood[0]


def _keys(integration: Integration, registration: Registration) -> tuple[str, ...]:
    """Return the keys of YAML that hold the id and the secret."""
    if registration.source is not Source.YAML:
        raise stop(
            registration.module,
            registration.used.call.node,
            "these credentials are one of several in YAML",
            "import each of them under an auth domain of its own",
        )
    code = oauth_code(integration)
    keys = []
    for value in (registration.client_id, registration.client_secret):
        if value is None or code.text(value.module, value.node) is not None:
            continue  # no secret, or one that is written down
        key = key_of(code, value)
        if key is None:
            raise stop(
                value.module,
                value.node,
                "which key of YAML this is cannot be told",
                "write it as config[DOMAIN][CONF_CLIENT_ID], and run this again",
            )
        keys.append(key)
    return tuple(keys)


# --- what the user is told ---------------------------------------------------------------------


def _own_issue(integration: Integration, span: Span, *, whole: bool) -> bool:
    """Say whether the user is told by an issue of the integration's own.

    Home Assistant's text is right only in core, and only for a section that goes as a whole.
    """
    if not span.all("issue_registry"):
        return False
    shared = integration.layout is Layout.CORE and whole
    return not (shared and span.all("homeassistant_deprecated_yaml_issue"))


def _notice(integration: Integration, module: Module, span: Span, *, whole: bool) -> Notice:
    title = str(integration.manifest.get("name", integration.domain))
    domain, needed = domain_expression(oauth_code(integration), module)
    values: dict[str, cst.BaseExpression] = {"DOMAIN": domain, "HASS": cst.Name("hass")}
    imports: list[Import] = [needed] if needed is not None else []
    if not span.all("issue_registry"):
        logger, more = _logger(integration, module)
        values["LOGGER"] = logger
        return render(RETROFIT, "log_deprecation", title), values, (*imports, *more)
    imports += [Import(_ISSUES, "IssueSeverity"), Import(_ISSUES, "async_create_issue")]
    core = integration.layout is Layout.CORE
    breaks_in = _breaks_in(span.floor) if core else ""
    if _own_issue(integration, span, whole=whole):
        return render(RETROFIT, "own_issue", breaks_in), values, tuple(imports)
    imports.append(Import("homeassistant.core", "DOMAIN", "HOMEASSISTANT_DOMAIN"))
    return render(RETROFIT, "core_issue", title, breaks_in), values, tuple(imports)


def _breaks_in(floor: Release) -> str:
    """Return the release six months after a release, as `breaks_in_ha_version` writes it."""
    month = floor.month + 6
    return f"{floor.year + (month > 12)}.{month - 12 if month > 12 else month}.0"


def _logger(integration: Integration, module: Module) -> tuple[cst.BaseExpression, list[Import]]:
    """Return the module's logger, and what must be imported for it."""
    code = oauth_code(integration)
    index = module.index
    for name in [*index.constants, *index.imports]:
        bound = code.value(module, cst.Name(name))
        if bound is None or not isinstance(bound.node, cst.Call):
            continue
        if bound.module.index.resolve(bound.node.func) == "logging.getLogger":
            return cst.Name(name), []
    return cst.Name("_LOGGER"), [Import("logging")]


def _with_logger(integration: Integration, module: str) -> Integration:
    """Give a module that says something the logger it lacks."""
    edit = Edit(integration)
    found = edit.code.module(module)
    if found is None:
        return integration
    bound = {*found.index.constants, *found.index.imports}
    if "_LOGGER" in bound or b"_LOGGER." not in found.document.content:
        return integration
    edit.below_imports(found, "_LOGGER = logging.getLogger(__name__)\n")
    return edit.done()
