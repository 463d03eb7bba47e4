"""Credentials in YAML become application credentials: the whole way, in its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import Import
from appcred.documents.walk import names
from appcred.emission import RETROFIT, render
from appcred.integration import Layout
from appcred.oauth.code import oauth_code
from appcred.oauth.registration import Source, Value, registrations
from appcred.oauth.yaml import key_of
from appcred.retrofit.best.classes import apply_conversion, as_plain, conversion
from appcred.retrofit.best.default_client import has_default, has_substitute
from appcred.retrofit.best.hass_data import unstash
from appcred.retrofit.best.key_reads import IN_YAML, required_key
from appcred.retrofit.best.manual import importing, one_of_several
from appcred.retrofit.best.pick_step import refuse_picked
from appcred.retrofit.best.platform import write_platform
from appcred.retrofit.best.registration import domain_expression, remove_factory
from appcred.retrofit.best.schema import deprecate, only_credentials
from appcred.retrofit.best.unused_code import without_empty_module
from appcred.retrofit.steps.registration import remove_registrations
from appcred.retrofit.steps.setup import run_without_yaml
from appcred.retrofit.steps.texts import add_dependency, add_flow_texts, add_issue_text
from appcred.retrofit.steps.yaml_import import Notice, import_from_yaml, loop_around
from appcred.rules.edit import Edit, StopError, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from appcred.integration import Integration
    from appcred.oauth.names import Module
    from appcred.oauth.registration import Registration
    from appcred.release import Release, Span

_ISSUES: Final = "homeassistant.helpers.issue_registry"


def migrate(
    integration: Integration,
    span: Span,
    *,
    hook: Callable[[Integration], tuple[Integration, Value | None]] | None = None,
) -> Integration:
    """Return the integration with application credentials in the place of its registrations.

    `hook` writes the platform where the class of the implementation stays as it is, and returns
    what that is called. Raises StopError where a registration is not understood, or cannot be done
    so.
    """
    found = registrations(integration)
    if found.manual:
        raise StopError(found.manual[0])
    (registration, *others) = found.understood
    if others:
        kinds = (Source.YAML, Source.LIST)
        first = next((each for each in found.understood if each.source in kinds), registration)
        raise one_of_several(first, found.understood)
    keys = _keys(integration, registration)
    whole = only_credentials(integration, keys)

    plan = None
    if hook is None:
        plan = conversion(oauth_code(integration), registration)
        named = plan.name if plan is not None and (plan.gone or plan.without_name) else None
        result, _ = write_platform(integration, as_plain(registration, plan))
    else:
        result, named = hook(integration)
    if registration.source is Source.YAML:
        result = unstash(result, keys)
    result = import_from_yaml(
        result,
        _again(result),
        keys,
        lambda module: _notice(result, module, span, whole=whole),
        named,
    )
    result = _with_logger(result, "")
    result = remove_registrations(result, span)
    result = remove_factory(result, registration)
    result = without_empty_module(result, registration.module.name)
    result = apply_conversion(result, plan)
    result = deprecate(refuse_picked(result), keys)
    result = run_without_yaml(result, keys)
    result = add_dependency(result)
    result = add_flow_texts(result, span)
    if _own_issue(integration, span, whole=whole):
        result = add_issue_text(result, whole=whole, keys=keys)
    return result


def _again(integration: Integration) -> Registration:
    """Return the one registration of the next integration."""
    return registrations(integration).understood[0]


def _keys(integration: Integration, registration: Registration) -> tuple[str, ...]:
    """Return the keys of YAML that hold the id and the secret, or the list of clients."""
    code = oauth_code(integration)
    if registration.source is Source.LIST:
        return (_list_key(integration, registration),)
    keys = []
    for value in (registration.client_id, registration.client_secret):
        if value is None or code.text(value.module, value.node) is not None:
            continue  # no secret, or one that is written down
        key = key_of(code, value)
        if has_substitute(code, value) or has_default(code, key):
            raise stop(
                value.module,
                value.node,
                f"without {key} in YAML, a built-in client signs in",
                f"{importing(registration)}, from YAML or built in, and let "
                "application_credentials.py provide the implementation",
            )
        keys.append(required_key(code, value, *IN_YAML))
    return tuple(keys)


def _list_key(integration: Integration, registration: Registration) -> str:
    """Return the key of a list of clients, each of which is stored under a name of its own."""
    code = oauth_code(integration)
    function, call = registration.function, registration.used.call.node
    loop = loop_around(registration)
    key = None
    if loop is not None:
        key = key_of(code, Value(registration.module, function, loop.iter))
        own = {name.value for name in names(loop.target)}
        domain = registration.domain
        used = {name.value for name in names(domain.node)}
        if domain.function is function and not used & own:
            raise stop(
                domain.module,
                domain.node,
                "all clients of the list are registered under one name, so entries cannot be "
                "told apart",
                "give each an auth domain of its own, and decide which entry has which client",
            )
    if key is None:
        raise stop(
            registration.module,
            call,
            "cannot tell which list in YAML these clients come from",
            "iterate over config[DOMAIN][…], and run this again",
        )
    return key


# --- what the user is told ---------------------------------------------------------------------


def _own_issue(integration: Integration, span: Span, *, whole: bool) -> bool:
    """Whether the user is told by an issue of the integration's own.

    Home Assistant's text is right only in core, and only for a section that goes as a whole.
    """
    if not span.all("issue_registry"):
        return False
    shared = integration.layout is Layout.CORE and whole
    return not (shared and span.all("homeassistant_deprecated_yaml_issue"))


def _notice(integration: Integration, module: Module, span: Span, *, whole: bool) -> Notice:
    title = str(integration.manifest.get("name", integration.domain))
    domain, needed = domain_expression(oauth_code(integration), module)
    values: dict[str, cst.BaseExpression] = {"DOMAIN": domain}
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
