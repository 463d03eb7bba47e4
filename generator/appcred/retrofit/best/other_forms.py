"""Forms beside the flow's own that ask for the client: an options flow, a repair.

What their steps do with it is not understood, so a person takes the fields out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.python import dotted
from appcred.documents.walk import names, walk
from appcred.oauth.yaml_schema import key_text
from appcred.rules.edit import stop, stop_if

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member, Module


def others(code: OAuthCode, module: Module) -> list[cst.ClassDef]:
    """Return a module's classes that are no flow of the helper's, nor what one is made from."""
    own = {id(each.node) for flow in code.flows for each in code.own_classes(flow)}
    return [each.node for each in module.index.classes if id(each) not in own]


def refuse_other_forms(code: OAuthCode, keys: tuple[str, ...]) -> None:
    """Raise StopError where another class shows a form with the client's fields."""
    errors = []
    for module in code.mentioning("async_show_form"):
        for node in others(code, module):
            if not any(
                isinstance(each, cst.Call) and dotted(each.func).endswith(".async_show_form")
                for each in walk(node)
            ):
                continue
            for method, where, key in _asking(code, module, node, keys):
                step = method.removeprefix("async_step_")
                errors.append(
                    stop(
                        module,
                        where,
                        f"the step {step} of {node.name.value} also has a form with {key}",
                        f"remove {key} from this form (with a schema of its own if it shares "
                        "the flow's), because users change a client under Application "
                        "credentials, and run this again",
                    )
                )
    stop_if(errors)


def imported_schemas(
    code: OAuthCode, flow: Member, keys: tuple[str, ...]
) -> Iterator[tuple[Module, str]]:
    """Yield the schemas of other modules that the forms of a flow use and that ask for some keys.

    By their module and name; not those that yet another module uses.
    """
    for node in names(flow.node.node):
        found = code.locate(flow.module, flow.module.index.resolve(node))
        if found is None or found[0] is flow.module or found[1] not in found[0].index.constants:
            continue
        home, name = found
        users = [each for each in code.modules if each.document.mentions(name)]
        if _shared(code, flow.module, node, keys) and all(
            each in (home, flow.module) for each in users
        ):
            yield home, name


def refuse_unknown_form(code: OAuthCode, keys: tuple[str, ...]) -> None:
    """Raise StopError where no form of the flow is seen to ask for the client it registers."""
    for flow in code.flows:
        if not any(
            key
            for each in code.own_classes(flow)
            for _, _, key in _asking(code, each.module, each.node.node, keys)
        ):
            raise stop(
                flow.module,
                flow.node.node,
                f"cannot tell which form of {flow.name} asks for the client",
                "write its schema as vol.Schema({vol.Required(CONF_CLIENT_ID): str, …}), and run "
                "this again",
            )


def refuse_form(code: OAuthCode, flow: Member, keys: tuple[str, ...]) -> None:
    """Raise StopError where a form of the flow itself still asks for the client."""
    for method, where, key in _asking(code, flow.module, flow.node.node, keys):
        raise stop(
            flow.module,
            where,
            f"cannot take {key} out of the form of {method}",
            "write the schema in the module of the flow, as vol.Schema({vol.Required(…): str}), "
            "and run this again",
        )


def _asking(
    code: OAuthCode, module: Module, node: cst.ClassDef, keys: tuple[str, ...]
) -> Iterator[tuple[str, cst.CSTNode, str]]:
    """Yield the methods with a schema that has some keys, where it stands there, and one key."""
    for method in node.body.body:
        if not isinstance(method, cst.FunctionDef):
            continue
        for where in (*walk(method.body), *names(method.body)):
            if isinstance(where, cst.Call):
                found = _schema_key(code, module, where, keys)
            elif isinstance(where, (cst.Name, cst.Attribute)):
                found = _shared(code, module, where, keys)
            else:
                continue
            if found is not None:
                yield method.name.value, where, found
                break


def _schema_key(
    code: OAuthCode, module: Module, node: cst.CSTNode, keys: tuple[str, ...]
) -> str | None:
    """Return the first of some keys that a schema below a node asks for."""
    for call in walk(node):
        if not isinstance(call, cst.Call):
            continue
        name = dotted(call.func).rpartition(".")[2]
        if name in ("Required", "Optional") and call.args:
            asked = [call.args[0].value]
        elif name in ("Schema", "extend") and call.args:
            mapping = call.args[0].value
            elements = mapping.elements if isinstance(mapping, cst.Dict) else ()
            asked = [each.key for each in elements if isinstance(each, cst.DictElement)]
        else:
            continue
        for key in asked:
            if (text := key_text(code, module, key)) in keys:
                return text
    return None


def _shared(
    code: OAuthCode, module: Module, node: cst.BaseExpression, keys: tuple[str, ...]
) -> str | None:
    """Return the first of some keys that a schema, by its name or by what makes it, asks for."""
    name = module.index.resolve(node)
    found = code.locate(module, name) if name else None
    if found is None or not found[1]:
        return None
    home, name = found
    function = home.index.function(name)
    value = function.node if function is not None else home.index.constants.get(name)
    return _schema_key(code, home, value, keys) if value is not None else None
