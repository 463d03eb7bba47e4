"""A file cannot be parsed, although its name says that it is Python or JSON.

Home Assistant cannot load it either. The other files are checked all the same, but findings that
depend on this one are missing; if it is the file of the texts, nothing is reported about texts. In
core, where ruff and hassfest parse every file, Python that has nothing to do with OAuth2 is left to
them.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from appcred.documents.json import place
from appcred.documents.python import older
from appcred.finding import Finding, Severity
from appcred.integration import Layout, no_text
from appcred.oauth.code import oauth_code
from appcred.oauth.helper import mentions_oauth
from appcred.oauth.parsing import problem
from appcred.rules.rule import Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.release import Span

RULE = Rule("APC003", "unparsable-file", Severity.ERROR)

EXAMPLES = (
    Example({"config_flow.py": "x = 1\n", "strings.json": "{}"}),
    Example({"config_flow.py": "x = \n"}, at=("config_flow.py:1:5",)),
    Example({"application_credentials.py": "x = \n"}, at=("application_credentials.py:1:5",)),
    Example({"config_flow.py": "x = 1\n# \udcff\n"}, at=("config_flow.py:2:1",)),
    Example({"strings.json": '{"config": {}\n"title": "x"}'}, at=("strings.json:2:1",)),
    Example({"strings.json": "[]"}, at=("strings.json:1:1",)),
    Example({"strings.json": '{\n  "title": 3\n}'}, at=("strings.json:2:3",)),
    Example({"sensor.py": "x = (\n"}, at=("sensor.py:1:5",)),
    Example({"sensor.py": "type Key[T] = dict[str, T]\n"}),
)


_TODO = "; correct it, because nothing in it was checked"


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Parse the integration's files, and of its tests what has to do with OAuth2."""
    code = oauth_code(integration)
    for name, document in code.unparsed():
        if integration.layout is Layout.CUSTOM and _doubtful(document.content):
            _ = code.module(name)
    for broken in code.broken:
        yield RULE.on(broken.path, broken.line, broken.column, f"this file {broken.reason}{_TODO}")
    for path, document in integration.test_modules.items():
        if mentions_oauth(document.content):
            found = problem(path, document)
            if found is not None:
                yield RULE.on(path, found.line, found.column, f"this file {found.reason}{_TODO}")
    for name in ("strings.json", "translations/en.json"):
        file = integration.file(name)
        if file is None:
            continue
        line, column, reason = 1, 1, ""
        try:
            keys = no_text(file.json)
            if keys == ():
                reason = "is not a JSON object"
            elif keys is not None:
                line, column = place(file.content, keys)
                reason = f"has a value at {'.'.join(keys)} that is neither a string nor an object"
        except UnicodeDecodeError as error:
            line = file.content.count(b"\n", 0, error.start) + 1
            reason = "is not UTF-8"
        except ValueError as error:
            line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
            reason = f"is not valid JSON: {getattr(error, 'msg', error)}"
        if reason:
            yield RULE.on(integration.path(name), line, column, f"this file {reason}{_TODO}")


def _doubtful(content: bytes) -> bool:
    """Whether Python cannot parse a file; libcst may, where its syntax is newer than ours."""
    return not (_parses(content) or _parses(older(content)))


def _parses(content: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is not what is looked for
            # Half the time of ast.parse. It takes bytes as well, with their declared encoding.
            import symtable  # only for custom integrations

            symtable.symtable(content, "", "exec")  # type: ignore[arg-type]
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # ValueError: null bytes
        return False
    return True
