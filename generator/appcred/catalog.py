"""`appcred rules` and `appcred explain`: what the rules say of themselves."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from appcred.errors import UsageError
from appcred.rules import engine
from appcred.rules.documentation import as_text, documentation, fixing, holds

if TYPE_CHECKING:
    import argparse


def main(arguments: argparse.Namespace) -> int:
    """Run either verb and return its exit code. Raises UsageError for an unknown code."""
    if arguments.verb == "explain":
        sys.stdout.write(explain(arguments.code))
    elif arguments.format == "json":
        sys.stdout.write(as_json())
    else:
        sys.stdout.write(as_table())
    return 0


def explain(code: str) -> str:
    """Return a rule's documentation by its code or its name."""
    names = {engine.rule(each).RULE.name: each for each in engine.codes()}
    wanted = names.get(code.lower(), code.upper())
    if wanted not in engine.codes():
        raise UsageError(f"there is no rule {code!r}; 'appcred rules' lists them")
    return as_text(engine.rule(wanted))


def as_table() -> str:
    """Return a line for each rule, below its family."""
    lines = []
    for prefix, title in engine.FAMILIES.items():
        rules = [engine.rule(code) for code in engine.codes() if code.startswith(prefix)]
        if not rules:
            continue
        lines += ["", f"{prefix}xx: {title}"]
        for module in rules:
            rule = module.RULE
            fix = f" [{rule.fix} fix]" if rule.fix is not None else ""
            lines.append(f"  {rule.code}  {rule.severity:8} {rule.name}{fix}")
            lines.append(f"          {documentation(module).title}")
    return "\n".join(lines[1:]) + "\n"


def as_json() -> str:
    """Return the rules as a JSON list."""
    rows = []
    for code in engine.codes():
        module = engine.rule(code)
        rule, text = module.RULE, documentation(module)
        rows.append(
            {
                "code": code,
                "name": rule.name,
                "severity": str(rule.severity),
                "fix": None if rule.fix is None else str(rule.fix),
                "fixing": fixing(rule),
                "holds": holds(rule),
                "title": text.title,
                "body": text.body,
                "source": text.source,
                "consequences": list(rule.consequences),
            }
        )
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"
