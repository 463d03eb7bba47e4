"""`appcred rules` and `appcred explain`: the documentation of rules and stages."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from appcred import stage_texts
from appcred.errors import UsageError
from appcred.release import capability
from appcred.resources import rule_page
from appcred.rules import engine
from appcred.rules.documentation import as_text, documentation, fixing, scope

if TYPE_CHECKING:
    import argparse


def main(arguments: argparse.Namespace) -> int:
    """Run either verb and return its exit code. Raises UsageError for an unknown code."""
    if arguments.verb == "explain":
        color = (
            sys.stdout.isatty()
            and "NO_COLOR" not in os.environ
            and os.environ.get("TERM") != "dumb"
        )
        width = min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else None
        sys.stdout.write(explain(arguments.code, color=color, width=width))
    elif arguments.format == "json":
        sys.stdout.write(as_json())
    else:
        sys.stdout.write(as_table())
    return 0


def explain(code: str, *, color: bool = False, width: int | None = None) -> str:
    """Return the documentation of a rule, or of a stage, by its code or its name."""
    names = {engine.name(each): each for each in engine.codes()}
    names |= {name: stage.code for name, stage in stage_texts.BY_NAME.items()}
    wanted = names.get(code.lower(), code.upper())
    if wanted in stage_texts.BY_CODE:
        return _stage_as_text(stage_texts.BY_CODE[wanted])
    if wanted not in engine.codes():
        raise UsageError(f"there is no rule {code!r}; 'appcred rules' lists them")
    return as_text(engine.rule(wanted), color=color, width=width)


def _stage_as_text(stage: stage_texts.StageText) -> str:
    return (
        f"{stage.code} {stage.name} (error)\n\n{stage.proves}\n\n{_consequence(stage)}\n\n"
        f"Applies to: {stage_texts.HOLDS}\nFix: none\nSource: {stage_texts.PAGE}\n"
    )


def _consequence(stage: stage_texts.StageText) -> str:
    if stage is stage_texts.NEEDS_RESPONSE:
        return stage.user
    return f"A stage of `appcred rehearse`. If it fails, a user sees: {stage.user}"


def as_table() -> str:
    """Return a line for each rule and each stage, below its family."""
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
    lines += ["", f"{stage_texts.FAMILY}xx: {stage_texts.TITLE}"]
    for stage in stage_texts.BY_CODE.values():
        lines += [f"  {stage.code}  error    {stage.name}", f"          {stage.proves}"]
    return "\n".join(lines[1:]) + "\n"


def as_json() -> str:
    """Return the rules, and after them the stages of a rehearsal, as a JSON list."""
    rows: list[dict[str, Any]] = []
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
                "holds": scope(rule),
                "since": _release(rule.since),
                "until": _release(rule.until),
                "title": text.title,
                "body": text.body,
                "source": text.source,
                "consequences": list(rule.consequences),
                "page": rule_page(code),
            }
        )
    rows += [
        {
            "code": stage.code,
            "name": stage.name,
            "severity": "error",
            "fix": None,
            "fixing": "none",
            "holds": stage_texts.HOLDS,
            "since": None,
            "until": None,
            "title": stage.proves,
            "body": _consequence(stage),
            "source": stage_texts.PAGE,
            "consequences": [],
            "page": stage_texts.PAGE,
        }
        for stage in stage_texts.BY_CODE.values()
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def _release(name: str | None) -> str | None:
    """Return the first or the last release of a rule, or None if it has none."""
    return None if name is None else str(capability(name).since)
