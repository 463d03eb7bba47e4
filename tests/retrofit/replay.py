"""What a migration by hand and one by appcred have to agree in, as plain data."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from retrofit.trees import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appcred.integration import Integration

HOOKS = ("async_get_authorization_server", "async_get_auth_implementation")


def summary(integration: Integration) -> dict[str, Any]:
    """Return the hooks and URLs, the imports, the schema and the dependencies of a tree."""
    platform = ast.parse(text(integration, "application_credentials.py"))
    return {
        "hooks": [n.name for n in ast.walk(platform) if getattr(n, "name", "") in HOOKS],
        "implementation": _implementation(platform),
        "urls": _urls(platform),
        "imports": sorted(_imports(integration)),
        "schema": _schema(ast.parse(text(integration, "__init__.py"))),
        "dependencies": list(integration.manifest.get("dependencies", [])),
    }


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call) and _last(n.func) == name]


def _arguments(call: ast.Call, names: tuple[str, ...]) -> dict[str, str]:
    found = {name: ast.unparse(value) for name, value in zip(names, call.args, strict=False)}
    return found | {k.arg: ast.unparse(k.value) for k in call.keywords if k.arg in names}


def _urls(platform: ast.Module) -> dict[str, str]:
    for call in _calls(platform, "AuthorizationServer"):
        return _arguments(call, ("authorize_url", "token_url"))
    return {}


def _implementation(platform: ast.Module) -> list[str]:
    """Return what the implementation hook returns: the class and the auth domain it is given."""
    for node in ast.walk(platform):
        if isinstance(node, ast.AsyncFunctionDef) and node.name == HOOKS[1]:
            for each in ast.walk(node):
                if isinstance(each, ast.Return) and isinstance(each.value, ast.Call):
                    return [_last(each.value.func), ast.unparse(each.value.args[1])]
    return []


def _imports(integration: Integration) -> Iterator[str]:
    for name in integration.modules:
        tree = ast.parse(text(integration, f"{name.replace('.', '/') or '__init__'}.py") or "")
        for call in _calls(tree, "async_import_client_credential"):
            given = _arguments(call, ("hass", "domain", "credential", "auth_domain"))
            credential = ast.parse(given["credential"], mode="eval").body
            assert isinstance(credential, ast.Call)
            client = _arguments(credential, ("client_id", "client_secret", "name"))
            parts = [f"{key}={value}" for key, value in client.items()]
            if "auth_domain" in given:
                parts.append(f"auth_domain={given['auth_domain']}")
            yield f"{name or '__init__'}: {', '.join(parts)}"


def _schema(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CONFIG_SCHEMA":
            wanted = ("Required", "Optional", "Inclusive", "deprecated", "removed")
            found = [
                f"{_last(call.func)} {ast.unparse(call.args[0])}"
                for call in ast.walk(node.value)
                if isinstance(call, ast.Call) and _last(call.func) in wanted
            ]
            return sorted(found)
    return []
