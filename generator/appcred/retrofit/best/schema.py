"""The schema of YAML credentials: deprecated, and later dropped where other keys stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import Import, imports_of
from appcred.documents.rewriting import deeper, without_comments, without_elements
from appcred.documents.walk import contains, walk
from appcred.oauth.code import oauth_code
from appcred.oauth.yaml_schema import Key, key_text, schema
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.yaml_schema import Schema

VALIDATION: Final = "homeassistant.helpers.config_validation"


def deprecate(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Deprecate a section that holds only credentials, or else its two keys.

    Raises StopError where the schema is not understood.
    """
    code = oauth_code(integration)
    found = schema(code)
    if found is None:
        module = code.module("")
        if module is None or not module.document.mentions("CONFIG_SCHEMA"):
            return integration
        place = module.index.constants.get("CONFIG_SCHEMA")
        imported = (
            line for line in module.document.module.body if "CONFIG_SCHEMA" in _imported(line)
        )
        raise stop(
            module,
            place or next(imported, None),
            "cannot read this schema",
            "write it in __init__.py as CONFIG_SCHEMA = Schema({DOMAIN: Schema({…})}), or do this "
            "migration by hand",
        )
    held = [found.key(name) for name in keys]
    present = [key for key in held if key is not None]
    inner = next((key for key in found.keys if _holds(code, found, key, keys)), None)
    if not present and inner is not None:
        raise stop(
            found.module,
            inner.element,
            f"{' and '.join(keys)} are in the subsection {inner.name} of {code.integration.domain}",
            "deprecate that section with cv.deprecated, import its credentials with "
            "async_import_client_credential by hand, and tell the user to remove it",
        )
    if len(present) < len(keys):
        raise stop(
            found.module,
            found.inner,
            f"this schema does not contain {' and '.join(keys)}",
            "add them to the schema, or do this migration by hand",
        )
    edit = Edit(integration)
    validation = _validation(edit, found)
    if len(found.keys) == len(present):
        _whole(edit, found, validation)
    else:
        _only_keys(edit, found, validation, present)
    return edit.done()


def _imported(line: cst.CSTNode) -> list[str]:
    if isinstance(line, cst.SimpleStatementLine):
        return [one.local for one in imports_of(line)]
    return []


def _holds(code: OAuthCode, found: Schema, key: Key, keys: tuple[str, ...]) -> bool:
    """Whether a key of the section is a section itself, with the client's keys."""
    bound = code.value(found.module, key.element.value)
    held = {
        key_text(code, bound.module, each.key.args[0].value)
        for each in (walk(bound.node) if bound is not None else ())
        if bound is not None
        and isinstance(each, cst.DictElement)
        and isinstance(each.key, cst.Call)
        and each.key.args
    }
    return held >= set(keys)


def only_credentials(integration: Integration, keys: tuple[str, ...]) -> bool:
    """Whether the section holds nothing but the client's id and secret."""
    found = schema(oauth_code(integration))
    return found is None or all(key.name in keys for key in found.keys)


def _validation(edit: Edit, found: Schema) -> cst.BaseExpression:
    """Return how the module calls Home Assistant's validation helpers."""
    for local, dotted in found.module.index.imports.items():
        if dotted == VALIDATION:
            return cst.Name(local)
    edit.need(found.module, Import("homeassistant.helpers", "config_validation", "cv"))
    return cst.Name("cv")


def _call(function: cst.BaseExpression, name: str, *arguments: cst.BaseExpression) -> cst.Call:
    return cst.Call(
        cst.Attribute(function.deep_clone(), cst.Name(name)), [cst.Arg(each) for each in arguments]
    )


def _whole(edit: Edit, found: Schema, validation: cst.BaseExpression) -> None:
    deprecated = _call(validation, "deprecated", found.section_key.deep_clone())
    if found.outer_all is not None:
        _prepend(edit, found, found.outer_all, [deprecated])
        return
    wrapped = _wrapped(found, [deprecated], found.mapping, found.mapping, found.outer)
    edit.replace(found.module, found.mapping, wrapped)


def _only_keys(edit: Edit, found: Schema, validation: cst.BaseExpression, keys: list[Key]) -> None:
    inner = found.inner
    elements = [
        _optional(element, keys) if isinstance(element, cst.DictElement) else element
        for element in inner.elements
    ]
    marks = [_call(validation, "deprecated", _bare(key).deep_clone()) for key in keys]
    _marked(edit, found, marks, inner.with_changes(elements=elements))


def _bare(key: Key) -> cst.BaseExpression:
    """Return the name of a key, without its marker."""
    written = key.element.key
    return written.args[0].value if isinstance(written, cst.Call) else written


def _marked(edit: Edit, found: Schema, marks: list[cst.Call], inner: cst.Dict) -> None:
    """Put marks before the section's dictionary, and another one in its place.

    A mark takes the place of one for the same key, if that stands before the dictionary too.
    """
    if found.section_all is not None:
        # Two edits in one expression: the inner dictionary is put in while the call is made anew.
        call = found.section_all
        arguments, rest, passed = [], list(marks), False
        for argument in call.args:
            same = next((m for m in marks if _marks_the_same(m, argument.value)), None)
            passed = passed or contains(argument, found.inner)
            if same is not None and passed:
                continue
            if same is not None:
                rest.remove(same)
            value = same or _with_inner(argument.value, found.inner, inner)
            arguments.append(argument.with_changes(value=value))
        call = call.with_changes(args=_prepended(call, arguments, rest))
        edit.replace(found.module, found.section_all, call)
        return
    section = _with_inner(found.section, found.inner, inner)
    if section is inner:
        section = cst.Call(
            cst.Attribute(found.library.deep_clone(), cst.Name("Schema")), [cst.Arg(inner)]
        )
    wrapped = _wrapped(found, marks, section, found.section, None)
    edit.replace(found.module, found.section, wrapped)


def _marks_the_same(mark: cst.Call, other: cst.BaseExpression) -> bool:
    return (
        is_deprecation(other)
        and isinstance(other, cst.Call)
        and bool(other.args)
        and other.args[0].value.deep_equals(mark.args[0].value)
    )


def drop_keys(integration: Integration, keys: tuple[str, ...]) -> Integration:
    """Take keys out of a section that has more.

    Who still has them in YAML is told in the log. A schema that did not know them would refuse
    the whole section, and the integration with it.
    """
    edit = Edit(integration)
    found = schema(edit.code)
    if found is None:
        return integration
    validation = _validation(edit, found)
    gone = [key for key in found.keys if key.name in keys]
    marks = []
    for key in gone:
        mark = _call(validation, "removed", _bare(key).deep_clone())
        # Without spaces at the equal sign, as in any call
        quietly = cst.parse_expression("f(raise_if_present=False)")
        marks.append(mark.with_changes(args=[*mark.args, *cst.ensure_type(quietly, cst.Call).args]))
    _marked(edit, found, marks, without_elements(found.inner, [key.element for key in gone]))
    return edit.done()


def _with_inner(node: cst.BaseExpression, inner: cst.Dict, new: cst.Dict) -> cst.BaseExpression:
    if node is inner:
        return new
    replaced = node.deep_replace(inner, new)
    return replaced if isinstance(replaced, cst.BaseExpression) else node


def _optional(element: cst.DictElement, keys: list[Key]) -> cst.DictElement:
    """Let a required key be left out; a bare one can be already."""
    key = next((each for each in keys if each.element is element), None)
    if key is None or key.marker != "Required" or not isinstance(element.key, cst.Call):
        return element
    function = element.key.func
    if not isinstance(function, cst.Attribute):
        return element
    optional = function.with_changes(attr=cst.Name("Optional"))
    return element.with_changes(key=element.key.with_changes(func=optional))


def _wrapped(
    found: Schema,
    first: list[cst.Call],
    node: cst.BaseExpression,
    at: cst.BaseExpression,
    parent: cst.Call | None,
) -> cst.Call:
    """Return `All(first…, node)`, over several lines where the node is."""
    function = cst.Attribute(found.library.deep_clone(), cst.Name("All"))
    module = found.module.document.module
    unit, text = module.default_indent, module.code_for_node(node)
    if "\n" not in text:
        arguments = [*(cst.Arg(each) for each in first), cst.Arg(node)]
        return cst.Call(function, arguments)
    base = _indent_of(found, at, parent)
    inside = _line(base + unit)
    comma = cst.Comma(whitespace_after=inside)
    arguments = [cst.Arg(each, comma=comma) for each in first]
    arguments.append(cst.Arg(deeper(node, unit), comma=cst.Comma(whitespace_after=_line(base))))
    return cst.Call(function, arguments, whitespace_before_args=inside)


def _line(indent: str) -> cst.ParenthesizedWhitespace:
    return cst.ParenthesizedWhitespace(
        first_line=cst.TrailingWhitespace(newline=cst.Newline()),
        indent=True,
        last_line=cst.SimpleWhitespace(indent),
    )


def _indent_of(found: Schema, node: cst.BaseExpression, parent: cst.Call | None) -> str:
    """Return the indent of the line that a node begins in."""
    if parent is not None and isinstance(
        parent.whitespace_before_args, cst.ParenthesizedWhitespace
    ):
        return parent.whitespace_before_args.last_line.value
    if parent is not None:
        return ""
    document = found.module.document
    line = document.position(node).line
    text = document.content.decode(document.module.encoding).splitlines()[line - 1]
    return text[: len(text) - len(text.lstrip())]


def _prepend(edit: Edit, found: Schema, call: cst.Call, first: list[cst.Call]) -> None:
    edit.replace(
        found.module, call, call.with_changes(args=_prepended(call, list(call.args), first))
    )


def _prepended(call: cst.Call, arguments: list[cst.Arg], first: list[cst.Call]) -> list[cst.Arg]:
    """Put arguments before others, spaced as those are; behind those that are like them."""
    before = call.whitespace_before_args
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if isinstance(before, cst.ParenthesizedWhitespace):
        comma = cst.Comma(whitespace_after=without_comments(before))
    slot = next((i for i, a in enumerate(arguments) if not is_deprecation(a.value)), len(arguments))
    new = [cst.Arg(each, comma=comma) for each in first]
    return [*arguments[:slot], *new, *arguments[slot:]]


def is_deprecation(node: cst.BaseExpression) -> bool:
    """Whether an expression is a call of `deprecated` or `removed`."""
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value in ("deprecated", "removed")
    )
