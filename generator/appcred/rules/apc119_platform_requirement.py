"""The platform imports a package that only the manifest's requirements install.

Home Assistant asks every platform for its implementations and its placeholders without installing
what the integration requires. In a fresh Home Assistant, and after an update that brings a new
requirement, the import fails: the credentials dialog shows this integration without its text and
placeholders, and its implementation is missing, with nothing but a line in the debug log. Import
the package inside the hook, or keep the URLs in a module of the integration.

The integration's `__init__.py` is imported before the platform, so a requirement that it imports at
module level has the same effect. In core, whose container has the requirements of all integrations,
this is information.

Source: _get_platform in homeassistant/components/application_credentials/__init__.py, which uses
async_get_integration and not async_get_integration_with_requirements of homeassistant/loader.py.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

import libcst as cst

from appcred.documents.python import dotted
from appcred.finding import Finding, Severity
from appcred.integration import MANIFEST, Layout
from appcred.oauth.code import oauth_code
from appcred.release import own_packages
from appcred.rules.rule import EXAMPLE_MANIFEST, Example, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration
    from appcred.oauth.code import OAuthCode
    from appcred.oauth.names import Module
    from appcred.release import Span

RULE = Rule("APC119", "platform-requirement", Severity.WARNING)

_NEEDS = json.dumps({**EXAMPLE_MANIFEST, "requirements": ["acme-client==1.2"]})
_TOP = """\
from homeassistant.components.application_credentials import AuthorizationServer

from acme_client import AUTHORIZE_URL, TOKEN_URL


async def async_get_authorization_server(hass):
    return AuthorizationServer(AUTHORIZE_URL, TOKEN_URL)
"""
_INSIDE = """\
from homeassistant.components.application_credentials import AuthorizationServer


async def async_get_authorization_server(hass):
    from acme_client import AUTHORIZE_URL, TOKEN_URL

    return AuthorizationServer(AUTHORIZE_URL, TOKEN_URL)
"""

EXAMPLES = (
    Example({"application_credentials.py": _INSIDE, MANIFEST: _NEEDS}),
    Example({"application_credentials.py": _TOP}),
    Example(
        {
            "application_credentials.py": _TOP.replace(
                "\nfrom acme",
                "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from acme",
            ),
            MANIFEST: _NEEDS,
        }
    ),
    Example(
        {"application_credentials.py": _TOP, MANIFEST: _NEEDS},
        at=("application_credentials.py:3:1",),
    ),
    Example(
        {
            "application_credentials.py": _TOP.replace("acme_client", ".urls"),
            "urls.py": "import acme_client.oauth as own\n\nAUTHORIZE_URL = own.AUTHORIZE\n",
            MANIFEST: _NEEDS,
        },
        at=("application_credentials.py:3:1",),
    ),
    Example(
        {
            "application_credentials.py": _TOP,
            "manifest.json": json.dumps(
                {**json.loads(_NEEDS), "requirements": ["git+https://a.example/acme-client.git"]}
            ),
        },
        at=("application_credentials.py:3:1",),
    ),
    # Home Assistant has it already.
    Example(
        {
            "application_credentials.py": _TOP.replace("acme_client", "aiohttp"),
            MANIFEST: json.dumps({**EXAMPLE_MANIFEST, "requirements": ["aiohttp>=3.8"]}),
        }
    ),
    Example(
        {
            "application_credentials.py": _INSIDE,
            MANIFEST: json.dumps({**EXAMPLE_MANIFEST, "requirements": ["homeassistant==2026.8.2"]}),
        }
    ),
)

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check(integration: Integration, _span: Span) -> Iterator[Finding]:
    """Look at what is imported when the platform is."""
    required = _required(integration)
    if not required & {
        _normalized(name) for name in _mentioned(integration, "application_credentials")
    }:
        return
    code = oauth_code(integration)
    if code.platform is None:
        return
    first = _mentioned(integration, "")
    seen: set[str] = set()
    for statement, name in _packages(code, code.platform, {}, 0):
        if _normalized(name) not in required or name in seen:
            continue
        seen.add(name)
        core = integration.layout is Layout.CORE
        where = "inside functions, here and in __init__.py" if name in first else "inside the hook"
        yield RULE.at(
            code.platform,
            statement,
            f"{name} is not installed yet when the credentials dialog opens; import it {where}",
            severity=Severity.INFO if core else None,
        )


def _required(integration: Integration) -> set[str]:
    """Return the names of the packages that the manifest requires, without their punctuation.

    Those that every Home Assistant is installed with are left out.
    """
    found = integration.manifest.get("requirements", [])
    names = set()
    for each in found if isinstance(found, list) else ():
        if isinstance(each, str):
            text = each.partition(" @ ")[0]
            if "://" in text:
                text = re.sub(r"(\.git)?(@.*)?$", "", text.partition("#")[0]).rpartition("/")[2]
            name = _NAME.match(text)
            if name is not None:
                names.add(_normalized(name[0]))
    return names - {"homeassistant", *map(_normalized, own_packages())}


def _normalized(name: str) -> str:
    return re.sub(r"[._-]", "", name).lower()


def _mentioned(integration: Integration, module: str) -> set[str]:
    """Return the packages that a module seems to import, by its text, itself or through others.

    Most platforms import none, and need not have what they import parsed for that.
    """
    found: set[str] = set()
    pending = [module]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        document = integration.modules.get(name)
        if name in seen or document is None:
            continue
        seen.add(name)
        base = name.split(".")[:-1]
        for relative, package, names in _IMPORTS.findall(document.content):
            if not relative:
                found.add(package.decode().partition(".")[0])
                continue
            # A module of the integration, or several: `from . import a, b`.
            inner = [package] if package else re.findall(rb"\w+", names)
            pending += [".".join([*base, each.decode()]) for each in inner]
    return found


_IMPORTS: Final = re.compile(
    rb"^(?:from|import)[ \t]+(\.*)([\w.]*)(?:[ \t]+import[ \t]+(\([^)]*\)|[^\n]*))?", re.MULTILINE
)
"""The imports at module level; they begin their lines."""


def _packages(
    code: OAuthCode, module: Module, seen: dict[str, None], depth: int
) -> Iterator[tuple[cst.CSTNode, str]]:
    """Yield the packages that a module imports as it is imported, itself or through others."""
    seen[module.name] = None
    for line in module.document.module.body:
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        for statement in line.body:
            for name in _imported(statement):
                if not name.startswith("."):
                    yield statement, name.partition(".")[0]
                    continue
                found = code.locate(module, name)
                if found is None or found[0].name in ("", *seen) or depth > 3:
                    continue
                for _, inner in _packages(code, found[0], seen, depth + 1):
                    yield statement, inner


def _imported(statement: cst.CSTNode) -> list[str]:
    if isinstance(statement, cst.Import):
        return [dotted(alias.name) for alias in statement.names]
    if isinstance(statement, cst.ImportFrom):
        source = "." * len(statement.relative) + dotted(statement.module)
        if not statement.relative or isinstance(statement.names, cst.ImportStar):
            return [source]
        joint = "" if source.endswith(".") else "."
        return [f"{source}{joint}{dotted(alias.name)}" for alias in statement.names]
    return []
