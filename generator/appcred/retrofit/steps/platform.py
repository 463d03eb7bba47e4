"""The platform's hook: it makes the implementation that the integration's own code makes today.

The auth domain and the credential stand in for the expressions that gave them; everything else of
the call moves as it is. What a class fixes itself becomes a parameter of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.imports import WIDTH, Import, add_imports
from appcred.documents.python import dotted
from appcred.documents.rewriting import REMOVED, filled, statements, with_leading
from appcred.documents.unused import drop_imports
from appcred.documents.walk import contains, names, returned, walk
from appcred.emission import PLATFORM as PARTIAL
from appcred.emission import RETROFIT, Platform, render
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import (
    AUTH,
    HELPER,
    IMPLEMENTATION,
    IMPLEMENTATION_HOOK,
    LOCAL,
    PKCE,
    PLATFORM,
    SERVER_HOOK,
)
from appcred.oauth.registration import Value, is_docstring
from appcred.oauth.sources import Origin, evaluator, parameters
from appcred.retrofit.best.expressions import moved
from appcred.retrofit.best.platform import MODULE, plain_name
from appcred.retrofit.best.registration import wrapped_definition
from appcred.retrofit.constructor import (
    BASES,
    CLIENT_ID,
    CLIENT_SECRET,
    DOMAIN,
    DOMAIN_PARAMETERS,
    FIELDS,
    UnknownError,
    constructor,
)
from appcred.retrofit.decide import Decision, Rung
from appcred.retrofit.graph import is_requirement, needs_requirement
from appcred.retrofit.understand import text_of
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from appcred.documents.python import Function
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Member, Module
    from appcred.release import Span
    from appcred.retrofit.constructor import Constructor, Supply

_NAMES: Final = {DOMAIN: "auth_domain", CLIENT_ID: CLIENT_ID, CLIENT_SECRET: CLIENT_SECRET}
"""What a parameter is called that an `__init__` gets for a value that it fixed."""

_HANDED: Final = {
    DOMAIN: "auth_domain",
    CLIENT_ID: "credential.client_id",
    CLIENT_SECRET: "credential.client_secret",
}
"""What the hook hands on for each."""

_HOMES: Final = {
    "AuthImplementation": PLATFORM,
    "AuthorizationServer": PLATFORM,
    "ClientCredential": PLATFORM,
    "async_import_client_credential": PLATFORM,
    "replace": "dataclasses",
    "HomeAssistant": "homeassistant.core",
    "AbstractOAuth2Implementation": HELPER,
    "LocalOAuth2ImplementationWithPkce": HELPER,
    "override": "typing",
}
_TODO: Final = "write application_credentials.py by hand"
NAME: Final = "credential_name"
"""The attribute by which an implementation of an own class is named after its credential."""


def write_hook(integration: Integration, made: Constructor, span: Span) -> Integration:
    """Give the platform the hook that makes what a constructor makes.

    Raises StopError where an expression of the call is known only where it stands.
    """
    code = oauth_code(integration)
    if _provides_already(code, made):
        return integration
    if made.own is None:
        return _with_hooks(integration, *_plain(code, made, span))
    hook, imports, inside = _made(code, made)
    integration = _with_hooks(integration, hook, imports, inside)
    integration = _parametrized(integration, made)
    return _named(integration, made)


def _provides_already(code: OAuthCode, made: Constructor) -> bool:
    """Whether the platform that is there makes the same already.

    Raises StopError where it makes something else, and users can have added credentials for it.
    """
    module = code.platform
    if module is None:
        return False
    hook = code.hook(IMPLEMENTATION_HOOK)
    own = made.own.name if made.own is not None else None
    given = set(parameters(hook.node)[1:]) if hook is not None else set()
    unused = given - {name.value for name in names(hook.node.body)} if hook is not None else given
    created = _of_hook(code, hook)
    if hook is not None and not unused:
        calls = [
            call
            for call in module.index.calls
            if call.function is hook and call.name.rpartition(".")[2] == own
        ]
        if own is None and created is not None:
            same = created.base == made.base and created.own is None
            if same and _has_same(code, created, made, "authorize_url", "token_url"):
                return False  # Home Assistant's own name each credential
        elif len(calls) == 1:
            return True
    server = code.hook(SERVER_HOOK) if hook is None else None
    if "application_credentials" not in code.integration.manifest.get("dependencies", []):
        return False
    where = hook or server
    if where is None or _always_fails(code, hook):
        return False
    if unused == given and created is not None and _has_same(code, created, made, *made.values):
        return False  # no entry has a client that its user added
    if server is not None and _server_urls(code) == {
        code.text(value.module, value.node)
        for name, value in made.values.items()
        if name in ("authorize_url", "token_url")
    }:
        return False
    raise stop(
        module,
        where.node,
        f"users may have added credentials for this platform, but {made.at.module.path.name}:"
        f"{made.at.module.document.position(made.call).line} creates another implementation",
        "let the platform create the same implementation",
    )


def _of_hook(code: OAuthCode, hook: Function | None) -> Constructor | None:
    """Return how a hook creates its implementation, if that can be told."""
    module = code.platform
    results = [each.value for each in returned(hook.node)] if hook is not None else []
    if module is None or len(results) != 1 or results[0] is None:
        return None
    try:
        return constructor(code, Value(module, hook, results[0]))
    except UnknownError:
        return None


def _has_same(code: OAuthCode, one: Constructor, other: Constructor, *parameters: str) -> bool:
    """Whether two implementations are created with the same texts."""
    return all(
        text_of(code, one.values[each]) == text_of(code, other.values[each])
        for each in parameters
        if each in one.values and each in other.values
    )


def _always_fails(code: OAuthCode, hook: Function | None) -> bool:
    """Whether a hook calls Home Assistant's class without the URLs that it needs."""
    results = [each.value for each in returned(hook.node)] if hook is not None else []
    call = results[0] if len(results) == 1 else None
    if code.platform is None or not isinstance(call, cst.Call):
        return False
    takes = BASES.get(code.platform.index.resolve(call.func), ())
    given = not any(each.star for each in call.args) and len(call.args)
    return bool(takes and given and given <= takes.index("token_url"))


def replaced_server(code: OAuthCode, made: Constructor) -> Iterator[Decision]:
    """Yield a decision for each URL of a platform that gives way to another one."""
    wanted = {
        code.text(value.module, value.node)
        for name, value in made.values.items()
        if name in ("authorize_url", "token_url")
    }
    for url in code.urls:
        text = code.text(url.module, url.node)
        if url.module is code.platform and text is not None and text not in wanted:
            line = url.module.document.position(url.node).line
            yield Decision(
                "platform",
                Rung.KEEP,
                f"the platform now uses the URLs of the registration, which entries use, instead "
                f"of {text}",
                url.module.path,
                line,
            )


def _server_urls(code: OAuthCode) -> set[str | None]:
    return {code.text(url.module, url.node) for url in code.urls if url.module is code.platform}


# --- Home Assistant's own classes --------------------------------------------------------------


def _plain(
    code: OAuthCode, made: Constructor, span: Span
) -> tuple[list[Statement], set[Import], set[Import]]:
    values: dict[str, cst.BaseExpression] = {}
    imports: set[Import] = set()
    urls = (("OAUTH2_AUTHORIZE", "authorize_url"), ("OAUTH2_TOKEN", "token_url"))
    feeds: list[Statement] = []
    for place, name in urls:
        if name not in made.values:
            raise stop(made.at.module, made.call, f"cannot tell the {name}", _TODO)
        moving = moved(code, made.values[name], MODULE, f"the {name}", _TODO)
        values[place] = moving.node
        imports |= moving.imports
        feeds += [statement for _, statement in moving.feeds if statement not in feeds]
    prefix = "".join(part.title() for part in code.integration.domain.split("_"))
    if made.base in (LOCAL, AUTH) and (span.all("pkce") or not _has_no_secret(code, made)):
        text = render(PARTIAL, "server_hook")
    elif made.base == LOCAL:
        text = render(RETROFIT, "public_hook")
    else:
        platform = Platform(flow="pkce_secret", prefix=prefix)
        text = render(PARTIAL, "implementation_hook", platform) + "\n\n"
        text += render(PARTIAL, "implementation_class", platform)
    hooks = [filled(each, values) for each in statements(_empty(code), text)]
    if feeds:
        hooks = [_begun_with(each, feeds) for each in hooks]
    inside = {one for one in imports if is_requirement(one.module)}
    return hooks, imports - inside, inside


def _has_no_secret(code: OAuthCode, made: Constructor) -> bool:
    """Whether `None` is given for the secret, which is not sent, where an empty one is."""
    value = made.values.get(CLIENT_SECRET)
    return value is not None and any(
        source.origin is Origin.NOTHING for source in evaluator(code.integration).of(value)
    )


# --- the integration's own class ---------------------------------------------------------------


def _made(code: OAuthCode, made: Constructor) -> tuple[list[Statement], set[Import], set[Import]]:
    own = made.own
    if own is None:
        raise TypeError("a class of Home Assistant's has no hook of this kind")
    values: dict[str, cst.BaseExpression] = {"MAKE": cst.Name(own.name)}
    imports: set[Import] = set()
    texts: list[str] = []
    feeds: list[Statement] = []
    inverse = {id(s.argument): field for field, s in made.supplies.items() if s.argument}
    for number, argument in enumerate(made.call.args):
        keyword = f"{argument.keyword.value}=" if argument.keyword is not None else ""
        field = inverse.get(id(argument))
        place = f"ARGUMENT{number}"
        if field is not None:
            texts.append(keyword + _handed(code, made, field))
            continue
        if argument is made.hass or dotted(argument.value) in ("hass", "self.hass"):
            texts.append(f"{keyword}hass")
            continue
        value = (
            made.at.given.get(argument.value.value)
            if isinstance(argument.value, cst.Name)
            else None
        )
        value = value or Value(made.at.module, made.at.function, argument.value, made.at.given)
        moving = moved(code, value, MODULE, "an argument of this implementation", _TODO)
        values[place] = moving.node
        imports |= moving.imports
        feeds += [statement for _, statement in moving.feeds if statement not in feeds]
        texts.append(keyword + place)
    for field in FIELDS:
        supply = made.supplies.get(field)
        if supply is None or supply.argument is not None:
            continue
        parameter = supply.parameter or _parameter_name(supply, field)
        text = f"{parameter}={_handed(code, made, field)}"
        if text not in texts:
            texts.append(text)
    kind = _name_kind(code, own)
    text = render(RETROFIT, "made_hook", kind)
    lead = "    implementation = " if kind else "    return "
    shown = [_shown(code, each, values) for each in texts]
    line = f"{lead}{own.name}({', '.join(shown)})"
    if len(line) <= WIDTH:
        call = f"MAKE({', '.join(texts)})"
    else:
        call = "MAKE(\n" + "".join(f"        {each},\n" for each in texts) + "    )"
    (hook,) = statements(_empty(code), text.replace("MADE", call))
    hook = filled(hook, values)
    inside = {one for one in imports if is_requirement(one.module)}
    home = Import("." + own.module.name if own.module.name else ".", own.name)
    late = needs_requirement(code, own.module.name)
    (inside if late else imports).add(home)
    if late:
        inside |= {one for one in imports if one.module == home.module}
    if feeds:
        hook = _begun_with(hook, feeds)
    return [hook], imports - inside, inside


def _handed(code: OAuthCode, made: Constructor, field: str) -> str:
    if made.supplies[field].whole:
        return "credential"
    text = _HANDED[field]
    if field == CLIENT_SECRET and _has_no_secret(code, made):
        return f"{text} or None"
    return text


def _shown(code: OAuthCode, text: str, values: dict[str, cst.BaseExpression]) -> str:
    keyword, _, place = text.rpartition("=")
    node = values.get(place)
    if node is None:
        return text
    return (
        f"{keyword}={_empty(code).code_for_node(node)}"
        if keyword
        else _empty(code).code_for_node(node)
    )


def _parameter_name(supply: Supply, field: str) -> str:
    fixed = supply.fixed
    if supply.whole:
        return "credential"
    taken = parameters(fixed.function.node) if fixed is not None else []
    name = _NAMES[field]
    return f"credential_{name.removeprefix('client_')}" if name in taken else name


# --- the class ---------------------------------------------------------------------------------


def _parametrized(integration: Integration, made: Constructor) -> Integration:
    """Let a class take what it fixed, with today's values as defaults."""
    edit = Edit(integration)
    fixed = [
        (field, supply, supply.fixed)
        for field, supply in made.supplies.items()
        if supply.fixed is not None and not (supply.whole and field == CLIENT_SECRET)
    ]
    if not fixed:
        return _without_domain(integration, made)
    first = fixed[0][2]
    for _, _, each in fixed:
        if each.function is not first.function or each.owner.node is not made_class(
            made, edit.code
        ):
            raise stop(
                each.owner.module,
                each.function.node,
                f"{each.owner.name}.__init__ sets the client for its subclasses",
                "let the registered class take domain, client_id and client_secret",
            )
    module = first.owner.module
    definition, call = first.function.node, first.call
    plain = any(
        parameter.annotation is not None
        for parameter in (*definition.params.params, *definition.params.kwonly_params)
    )
    new_call = call
    block = definition.body
    params = definition.params
    for field, supply, each in fixed:
        name = _parameter_name(supply, field)
        argument = each.argument
        default = argument.value if argument is not None else cst.SimpleString('""')
        value: cst.BaseExpression = cst.Name(name)
        if not _is_constant_there(module, definition, default):
            value = cst.parse_expression(f"{name} or OLD")
            value = filled(value, {"OLD": default})
            default = cst.Name("None")
        annotation = "str | None" if dotted(default) == "None" else "str"
        annotated = annotation if plain and not supply.whole else None
        params = _with_parameter(params, name, default.deep_clone(), annotated)
        if argument is not None and not contains(definition.body, call):
            block = _with_value(block, argument.value, value)
        elif argument is not None:
            new_call = (
                new_call.with_deep_changes(
                    next(a for a in new_call.args if a is argument), value=value
                )
                if argument in new_call.args
                else _replaced(new_call, argument, value)
            )
        else:
            keyword = CLIENT_SECRET if field == CLIENT_SECRET else field
            new_call = _with_argument(new_call, keyword, value)
    body = definition.body.deep_replace(call, new_call) if new_call is not call else block
    definition = definition.with_changes(params=params, body=body)
    definition = _wrapped(module, definition)
    edit.replace(module, first.function.node, definition)
    return _without_domain(edit.done(), made)


def _with_value(
    block: cst.BaseSuite, old: cst.BaseExpression, new: cst.BaseExpression
) -> cst.BaseSuite:
    """Return a block in which an attribute is given another value."""
    lines = [
        line.with_changes(
            body=[
                small.with_changes(value=new) if getattr(small, "value", None) is old else small
                for small in line.body
            ]
        )
        if isinstance(line, cst.SimpleStatementLine)
        else line
        for line in block.body
    ]
    return block.with_changes(body=lines)


def _wrapped(module: Module, definition: cst.FunctionDef) -> cst.FunctionDef:
    """Break the parameters of a function over lines, if they do not fit into one."""
    tree = module.document.module
    if "\n" in tree.code_for_node(definition.params):
        return definition
    short = wrapped_definition(module, definition)
    bare = short.with_changes(body=cst.SimpleStatementSuite([]), leading_lines=())
    width = max(len(line) for line in tree.code_for_node(bare).splitlines())
    if width + len(tree.default_indent) <= WIDTH:
        return short
    unit = tree.default_indent
    between = cst.Comma(
        whitespace_after=cst.ParenthesizedWhitespace(
            indent=True, last_line=cst.SimpleWhitespace(unit)
        )
    )
    params = short.params
    lists = {
        name: [each.with_changes(comma=between) for each in getattr(params, name)]
        for name in ("params", "kwonly_params")
    }
    last = "kwonly_params" if lists["kwonly_params"] else "params"
    if params.star_kwarg is None:
        lists[last][-1] = lists[last][-1].with_changes(
            comma=cst.Comma(whitespace_after=cst.ParenthesizedWhitespace(indent=True)),
            whitespace_after_param=cst.SimpleWhitespace(""),
        )
    return short.with_changes(params=params.with_changes(**lists))


def _replaced(call: cst.Call, argument: cst.Arg, value: cst.BaseExpression) -> cst.Call:
    """Return a call with another value for an argument, found by its place."""
    arguments = [
        each.with_changes(value=value) if each.deep_equals(argument) else each for each in call.args
    ]
    return call.with_changes(args=arguments)


def made_class(made: Constructor, code: OAuthCode) -> cst.CSTNode | object:
    """Return the class of a constructor that has the `__init__` that its call runs."""
    if made.own is None:
        return None
    return next(
        (own.node for own in code.own_classes(made.own) if "__init__" in own.node.methods), None
    )


def _is_constant_there(
    module: Module, definition: cst.FunctionDef, node: cst.BaseExpression
) -> bool:
    """Whether a default can be worked out where the function is defined."""
    local = {*parameters(definition), "self"}
    for each in walk(definition.body):
        if isinstance(each, cst.AssignTarget):
            local.add(dotted(each.target))
    known = {*module.index.imports, *module.index.constants}
    return all(name.value not in local and name.value in known for name in names(node))


def _with_parameter(
    params: cst.Parameters, name: str, default: cst.BaseExpression, annotation: str | None
) -> cst.Parameters:
    keyword_only = bool(params.kwonly_params) or not isinstance(params.star_arg, cst.MaybeSentinel)
    field = "kwonly_params" if keyword_only else "params"
    existing = list(getattr(params, field))
    new = cst.Param(
        cst.Name(name),
        annotation=cst.Annotation(cst.parse_expression(annotation)) if annotation else None,
        default=default,
        equal=cst.AssignEqual()
        if annotation
        else cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
        comma=cst.MaybeSentinel.DEFAULT,
        star="",
    )
    if existing:
        last = existing[-1]
        between = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        if isinstance(last.comma, cst.Comma) and isinstance(
            last.comma.whitespace_after, cst.ParenthesizedWhitespace
        ):
            inner = _space_between(params, last.comma.whitespace_after)
            first_line = last.comma.whitespace_after.first_line
            new = new.with_changes(
                comma=cst.Comma(
                    whitespace_after=last.comma.whitespace_after.with_changes(
                        first_line=cst.TrailingWhitespace(newline=first_line.newline),
                        empty_lines=(),
                    )
                )
            )
            between = cst.Comma(whitespace_after=inner.with_changes(first_line=first_line))
        elif isinstance(last.comma, cst.Comma) and params.star_kwarg is not None:
            new = new.with_changes(comma=last.comma)
        elif not isinstance(last.whitespace_after_param, cst.SimpleWhitespace):
            new = new.with_changes(whitespace_after_param=last.whitespace_after_param)
            between = cst.Comma(
                whitespace_after=_space_between(params, last.whitespace_after_param)
            )
        existing[-1] = last.with_changes(
            comma=between, whitespace_after_param=cst.SimpleWhitespace("")
        )
    return params.with_changes(**{field: [*existing, new]})


def _space_between(
    params: cst.Parameters, closing: cst.BaseParenthesizableWhitespace
) -> cst.ParenthesizedWhitespace:
    """Return the whitespace between two parameters that stand on lines of their own."""
    for each in (*params.params, *params.kwonly_params):
        after = each.comma.whitespace_after if isinstance(each.comma, cst.Comma) else None
        if isinstance(after, cst.ParenthesizedWhitespace) and after is not closing:
            return after.with_changes(
                first_line=cst.TrailingWhitespace(newline=after.first_line.newline),
                empty_lines=(),
            )
    space = cst.ensure_type(closing, cst.ParenthesizedWhitespace)
    last_line = cst.SimpleWhitespace(space.last_line.value + "    ")
    return cst.ParenthesizedWhitespace(indent=True, last_line=last_line)


def _with_argument(call: cst.Call, keyword: str, value: cst.BaseExpression) -> cst.Call:
    """Return a call with one more keyword argument, spaced as the others are."""
    new = cst.Arg(
        value,
        keyword=cst.Name(keyword),
        equal=cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace("")),
    )
    if not call.args:
        return call.with_changes(args=[new])
    *others, last = call.args
    between: cst.Comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    lead = call.whitespace_before_args
    if isinstance(lead, cst.ParenthesizedWhitespace):
        between = cst.Comma(
            whitespace_after=lead.with_changes(
                first_line=cst.TrailingWhitespace(newline=lead.first_line.newline),
                empty_lines=(),
            )
        )
        new = new.with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
        last = last.with_changes(whitespace_after_arg=cst.SimpleWhitespace(""))
    return call.with_changes(args=[*others, last.with_changes(comma=between), new])


def _without_domain(integration: Integration, made: Constructor) -> Integration:
    """Take out a `domain` property that gives a constant: two credentials would become one."""
    edit = Edit(integration)
    own = _again(edit.code, made)
    for each in edit.code.own_classes(own) if own is not None else ():
        method = each.node.methods.get("domain")
        fixed = each.node.attributes.get("domain")
        if fixed is not None:
            raise stop(
                each.module, fixed, f"{each.name} sets the auth domain in an attribute", _TODO
            )
        if method is None:
            continue
        results = [one.value for one in returned(method.node)]
        if all(dotted(one).startswith("self._") for one in results):
            continue
        if any(one is None or edit.code.text(each.module, one) is None for one in results):
            raise stop(
                each.module,
                method.node,
                f"the auth domain of {each.name} is computed in its property `domain`",
                "return what the implementation was created with",
            )
        if made.base != IMPLEMENTATION:
            edit.replace(each.module, method.node, REMOVED)
            continue
        kept = _kept_domain(each)  # the property itself is abstract there
        if kept is None:
            raise stop(
                each.module,
                method.node,
                f"{each.name} does not store its auth domain",
                "store the one it is created with, and return it in its property `domain`",
            )
        for one in results:
            if one is not None:
                edit.replace(each.module, one, cst.parse_expression(kept))
    return edit.done()


def _kept_domain(own: Member) -> str | None:
    """Return the attribute in which an `__init__` keeps the auth domain that it is given."""
    init = own.node.methods.get("__init__")
    for node in walk(init.node.body) if init is not None else ():
        if isinstance(node, cst.Assign) and dotted(node.value) in DOMAIN_PARAMETERS:
            for target in node.targets:
                if dotted(target.target).startswith("self."):
                    return dotted(target.target)
    return None


def _again(code: OAuthCode, made: Constructor) -> Member | None:
    """Return the class of a constructor in the code as it is now."""
    if made.own is None:
        return None
    module = code.module(made.own.module.name)
    return code.class_of(module, made.own.name, anywhere=True) if module is not None else None


def _name_kind(code: OAuthCode, own: Member) -> str:
    """Return the attribute that the hook sets to the credential's name."""
    if code.methods(own, "name") is None and code.attribute(own, "name") is not None:
        return "name"
    return NAME


def _named(integration: Integration, made: Constructor) -> Integration:
    """Let a class be named after its credential where it was given one by the hook."""
    edit = Edit(integration)
    code = edit.code
    own = _again(code, made)
    if own is None or _name_kind(code, own) != NAME:
        return integration
    holder = next((m for m in code.own_classes(own) if "name" in m.node.methods), own)
    module = holder.module
    tree = module.document.module
    block = holder.node.node.body
    if not isinstance(block, cst.IndentedBlock):
        raise stop(module, holder.node.node, f"{holder.name} is written on one line", _TODO)
    (attribute,) = statements(tree, render(RETROFIT, "credential_name"))
    body = list(block.body)
    start = 1 if body and is_docstring(body[0]) else 0
    if start:
        attribute = with_leading(attribute, [cst.EmptyLine(indent=False)])
    following = body[start] if start < len(body) else None
    if following is not None and not getattr(following, "leading_lines", ()):
        body[start] = following.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    body = [each for each in body if not _is_pass(each)]
    method = holder.node.methods.get("name")
    if method is not None:
        position = next(i for i, each in enumerate(body) if contains(each, method.node))
        body[position] = body[position].deep_replace(method.node, _first_named(tree, method.node))
    new: list[cst.BaseStatement] = [*body[:start], attribute, *body[start:]]
    if method is None:
        (inherited,) = statements(tree, render(RETROFIT, "name_property"))
        new.append(with_leading(inherited, [cst.EmptyLine(indent=False)]))
    edit.replace(module, block, block.with_changes(body=new))
    return edit.done()


def _is_pass(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and all(
        isinstance(small, cst.Pass) for small in statement.body
    )


def _first_named(tree: cst.Module, method: cst.FunctionDef) -> cst.FunctionDef:
    """Return a `name` that gives the credential's name where that is known."""
    results = list(returned(method))
    body = method.body.body
    lines = [each for each in body if not is_docstring(each)]
    if len(results) == 1 and len(lines) == 1 and results[0].value is not None:
        value = results[0].value
        if isinstance(value, (cst.BooleanOperation, cst.IfExp, cst.Lambda)):
            value = value.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        given = cst.ensure_type(cst.parse_expression(f"self.{NAME} or OLD"), cst.BooleanOperation)
        return cst.ensure_type(
            method.deep_replace(results[0].value, given.with_changes(right=value)),
            cst.FunctionDef,
        )
    (first,) = statements(tree, render(RETROFIT, "name_first"))
    start = 1 if is_docstring(body[0]) else 0
    changed = [*body[:start], first, *body[start:]]
    return method.with_changes(body=method.body.with_changes(body=changed))


# --- the file ----------------------------------------------------------------------------------


def _empty(code: OAuthCode) -> cst.Module:
    """Return an empty module in the line endings and the indent of the integration's own."""
    module = code.module("") or code.module("config_flow")
    if module is None:
        return cst.parse_module("")
    return module.document.module.with_changes(body=[], header=[], footer=[])


def _begun_with(statement: Statement, first: Sequence[Statement]) -> Statement:
    """Put statements behind the docstring of a function."""
    if not isinstance(statement, cst.FunctionDef) or not first:
        return statement
    body = statement.body.body
    inner = [with_leading(each.deep_clone(), ()) for each in first]
    start = 1 if is_docstring(body[0]) else 0
    block = statement.body.with_changes(body=[*body[:start], *inner, *body[start:]])
    return statement.with_changes(body=block)


def with_functions(
    integration: Integration,
    name: str,
    new: Sequence[Statement],
    imports: set[Import],
    inside: Iterable[Import] = (),
) -> Integration:
    """Put functions at the end of a module, with what they import; a platform is made if needed.

    `inside` is imported in each of the functions that uses it.
    """
    code = oauth_code(integration)
    empty = _empty(code)
    new = [_importing(empty, each, inside) for each in new]
    module = code.module(name)
    blank = [cst.EmptyLine(indent=False)] * 2
    if module is not None:
        tree = module.document.module
        body = [*tree.body, *(with_leading(each, blank) for each in new)]
        tree = tree.with_changes(body=body)
    else:
        text = (
            f'"""Application credentials platform of the {plain_name(integration)} integration."""'
        )
        head = statements(empty, f"{text}\n")
        tree = empty.with_changes(
            body=[*head, *(with_leading(each, blank) for each in new)], has_trailing_newline=True
        )
    wanted = imports | _homes(new)
    taken = set(module.index.imports) if module is not None else set()
    tree = add_imports(tree, {one for one in wanted if one.local not in taken})
    path = integration.module_path(name) if module is not None else integration.path(f"{name}.py")
    return integration.with_file(path, tree.bytes)


def _importing(
    tree: cst.Module, statement: Statement, inside: Iterable[Import], *, late: bool = True
) -> Statement:
    """Let a function import what it uses itself; `late` where that is not installed at first."""
    used = {each.value for each in names(statement)}
    wanted = {one for one in inside if one.local in used}
    if not wanted or not isinstance(statement, cst.FunctionDef):
        return statement
    first, *others = add_imports(tree.with_changes(body=[]), wanted).body
    note = "# Needs a requirement, which is not installed yet when this platform is loaded"
    first = with_leading(first, [cst.EmptyLine(comment=cst.Comment(note))] if late else [])
    return _begun_with_lines(statement, [first, *others])


def _begun_with_lines(function: cst.FunctionDef, lines: Sequence[Statement]) -> cst.FunctionDef:
    body = list(function.body.body)
    start = 1 if is_docstring(body[0]) else 0
    following = body[start].with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    block = function.body.with_changes(body=[*body[:start], *lines, following, *body[start + 1 :]])
    return function.with_changes(body=block)


def _with_hooks(
    integration: Integration, hooks: list[Statement], imports: set[Import], inside: set[Import]
) -> Integration:
    """Put hooks into the platform; those that are there already make way for them."""
    edit = Edit(integration)
    module = edit.code.platform
    old = [
        hook
        for name in (SERVER_HOOK, IMPLEMENTATION_HOOK)
        if module is not None and (hook := module.index.function(name)) is not None
    ]
    names_of_hooks = {SERVER_HOOK, IMPLEMENTATION_HOOK}
    if module is not None and names_of_hooks & set(module.index.imports):
        imported = names_of_hooks & set(module.index.imports)
        tree = drop_imports(module.document.module, imported)
        return _with_hooks(integration.with_file(module.path, tree.bytes), hooks, imports, inside)
    if module is None or not old:
        return with_functions(integration, MODULE, hooks, imports, inside)
    blank = [cst.EmptyLine(indent=False)] * 2
    tree = module.document.module
    own = {each.name for each in module.index.classes if each.outer is None}
    taken = {one for one in imports if one.local in own}
    imports = imports - taken
    hooks = [_importing(tree, each, taken, late=False) for each in hooks]
    first, *others = [_importing(tree, each, inside) for each in hooks]
    edit.replace(
        module,
        old[0].node,
        [
            with_leading(first, old[0].node.leading_lines),
            *(with_leading(each, blank) for each in others),
        ],
    )
    for hook in old[1:]:
        edit.replace(module, hook.node, REMOVED)
    wanted = imports | _homes(hooks)
    edit.need(module, *(one for one in wanted if one.local not in module.index.imports))
    return edit.done()


def _homes(new: Sequence[Statement]) -> set[Import]:
    """Return where the names that the partials use come from, as far as they are used."""
    used = {each.value for statement in new for each in names(statement)}
    return {Import(home, each) for each, home in _HOMES.items() if each in used}


__all__ = ["NAME", "PKCE", "made_class", "with_functions", "write_hook"]
