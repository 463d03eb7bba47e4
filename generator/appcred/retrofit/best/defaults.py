"""Without a section in YAML, `async_setup` works with the defaults of its schema.

Where that has none, or the section goes by no one name, it is work for a person.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import libcst as cst

from appcred.documents.rewriting import REMOVED, filled, statements, with_leading
from appcred.documents.walk import walk
from appcred.oauth.yaml import is_alias, reads_section
from appcred.oauth.yaml_schema import schema
from appcred.retrofit.best.client_statements import bound_in, company
from appcred.retrofit.best.import_guard import look_for_client, looks_for_client
from appcred.retrofit.best.other_statements import has_default
from appcred.retrofit.best.registration import domain_expression
from appcred.retrofit.best.setup_refusals import more_than_signing_in, refuse_other_use
from appcred.rules.edit import Edit, stop

if TYPE_CHECKING:
    from appcred.documents.rewriting import Statement
    from appcred.integration import Integration
    from appcred.oauth.yaml import Setup


def with_defaults(
    integration: Integration, found: Setup, importing: Statement, keys: tuple[str, ...]
) -> Integration:
    """Let the rest work with the defaults of the schema where there is no section."""
    edit = Edit(integration)
    code = edit.code
    described = schema(code)
    where = found.guard or importing
    if described is None:
        raise stop(
            found.module,
            where,
            "async_setup reads its YAML section, but there is no schema with defaults",
            "write CONFIG_SCHEMA with its keys and their defaults, or put only the "
            "registration behind `if DOMAIN in config:` and make the rest work without the "
            "section; then run this again",
        )
    if all(key.name in keys for key in described.keys):
        close = company(code, found, found.body, importing, keys)
        apart = (importing, found.guard, found.tried, *close)
        others = [s for s in found.body if s not in apart]
        reading = [s for s in others if reads_section(found, [s]) and not is_alias(code, found, s)]
        needing = reading[0] if reading else where
        if any(isinstance(node, cst.Return) for node in walk(needing, into_functions=False)):
            raise stop(
                found.module,
                needing,
                "cannot tell what happens without YAML",
                "write it as `if DOMAIN not in config: return True`, and run this again",
            )
        refuse_other_use(code, found, others, keys)
        if isinstance(needing, cst.SimpleStatementLine) and bound_in(needing):
            raise stop(
                found.module,
                needing,
                "cannot tell how the YAML section is read",
                "write it as `conf = config.get(DOMAIN, {})`, and run this again",
            )
        raise more_than_signing_in(code, found, needing, keys)
    required = [key for key in described.keys if key.marker == "Required" and not has_default(key)]
    if required:
        raise stop(
            described.module,
            required[0].element.key,
            "the schema requires a key that is no credential, so the integration cannot be "
            "set up without YAML",
            "give it a default, or ask for it in the flow; then run this again",
        )
    unnamed = stop(
        found.module,
        where,
        "async_setup also reads other keys of its YAML section",
        "assign the section to a name once, `conf = config.get(DOMAIN, {})`, and run this again",
    )
    names_of = sorted(found.sections)
    if len(names_of) != 1:
        raise unnamed
    (name,) = names_of
    domain, needed = domain_expression(code, found.module)
    if needed is not None:
        edit.need(found.module, needed)
    tree = found.module.document.module
    text = "NAME = CONFIG.get(DOMAIN) or CONFIG_SCHEMA({DOMAIN: {}})[DOMAIN]\n"
    (line,) = (
        filled(
            each,
            {"NAME": cst.Name(name), "CONFIG": cst.Name(found.config), "DOMAIN": domain},
        )
        for each in statements(tree, text)
    )
    aliases = [s for s in found.body if is_alias(code, found, s)]
    binding = [s for s in [*aliases, found.guard] if s is not None and s in found.body]
    if not binding:
        raise unnamed
    first = min(binding, key=found.body.index)
    comment = cst.EmptyLine(comment=cst.Comment("# Without YAML, use the schema's defaults"))
    edit.replace(found.module, first, [with_leading(line, [*first.leading_lines, comment])])
    for statement in binding:
        if statement is not first:
            edit.replace(found.module, statement, REMOVED)
    if not looks_for_client(code, replace(found, guard=None), importing, keys):
        look_for_client(edit, code, found, importing, cst.Name(name), keys)
    return edit.done()
