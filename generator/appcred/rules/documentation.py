"""A rule's documentation as it is written in its docstring, taken apart and put in words.

`explain`, `docs/rules/`, SARIF and the tests all read it here.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appcred.finding import FixKind
from appcred.integration import MANIFEST, Layout
from appcred.release import capability

if TYPE_CHECKING:
    from appcred.rules.form import Example, Rule, RuleModule


@dataclass(frozen=True, slots=True)
class Documentation:
    """The parts of a rule's docstring; all but the title may hold several paragraphs."""

    title: str
    body: str
    fix: str
    source: str


def documentation(module: RuleModule) -> Documentation:
    """Take a rule's docstring apart."""
    paragraphs = inspect.cleandoc(module.__doc__).split("\n\n")
    title, *rest = (re.sub(r"\s*\n\s*", " ", each) if _prose(each) else each for each in paragraphs)
    fix = [each for each in rest if each.startswith("Fix: ")]
    source = [each for each in rest if each.startswith("Source: ")]
    body = [each for each in rest if each not in (*fix, *source)]
    return Documentation(
        title,
        "\n\n".join(body),
        "\n\n".join(each.removeprefix("Fix: ") for each in fix),
        "\n\n".join(each.removeprefix("Source: ") for each in source),
    )


def _prose(paragraph: str) -> bool:
    return not paragraph.startswith(("- ", "    "))


def holds(rule: Rule) -> str:
    """Say for which trees and releases a rule holds."""
    where = {
        Layout.CORE: "integrations of Home Assistant's core",
        Layout.CUSTOM: "custom integrations",
        None: "all integrations",
    }[rule.layout]
    parts = [where]
    if rule.since is not None:
        release = capability(rule.since).since
        words = "whose floor is {} or newer" if rule.at_floor else "that run on {} or newer"
        parts.append(words.format(release))
    if rule.until is not None:
        parts.append(f"that run on releases before {capability(rule.until).since}")
    return " ".join((parts[0], " and ".join(parts[1:]))).strip()


def fixing(rule: Rule) -> str:
    """Say in a few words what kind of fix there is."""
    return {
        None: "none",
        FixKind.SAFE: "safe: `appcred check --fix`",
        FixKind.UNSAFE: "unsafe: `appcred check --fix --unsafe-fixes`",
        FixKind.MIGRATION: "migration: `appcred retrofit`",
    }[rule.fix]


def as_text(module: RuleModule) -> str:
    """Return a rule's documentation for a terminal."""
    rule, text = module.RULE, documentation(module)
    lines = [f"{rule.code} {rule.name} ({rule.severity})", "", text.title]
    if text.body:
        lines += ["", text.body]
    lines += ["", f"Holds for: {holds(rule)}", f"Fix: {fixing(rule)}"]
    if text.fix:
        lines[-1] += f". {text.fix}"
    if text.source:
        lines.append(f"Source: {text.source}")
    return "\n".join(lines) + "\n"


def as_markdown(module: RuleModule) -> str:
    """Return a rule's page: its documentation, and its examples."""
    rule, text = module.RULE, documentation(module)
    lines = [
        f"# {rule.code} {rule.name}",
        "",
        text.title,
        "",
        "| | |",
        "|---|---|",
        f"| severity | {rule.severity} |",
        f"| holds for | {holds(rule)} |",
        f"| fix | {fixing(rule)} |",
    ]
    if rule.consequences:
        links = ", ".join(f"[{code}]({code}.md)" for code in rule.consequences)
        lines.append(f"| hides, as consequences | {links} |")
    for heading, part in (("", text.body), ("## Fix safety", text.fix), ("## Source", text.source)):
        if part:
            lines += ["", *([heading, ""] if heading else []), part]
    wrong = next((example for example in module.EXAMPLES if example.at), None)
    if wrong is not None:
        lines += ["", "## Example", "", *_example(wrong)]
    return "\n".join(lines).rstrip() + "\n"


def _example(example: Example) -> list[str]:
    lines = []
    places = [place.rsplit(":", 2) for place in example.at]
    files = {name for name, _, _ in places} | set(example.after)
    for name, text in example.files.items():
        if name not in files and name != MANIFEST:
            continue
        spots = ", ".join(f"line {line}" for file, line, _ in places if file == name)
        lines += [f"Reported in `{name}`, {spots}:" if spots else f"With `{name}`:", ""]
        lines += _block(name, text)
    for name, after in example.after.items():
        lines += [f"Fixed, `{name}`:", "", *_block(name, after or "(deleted)")]
    return lines


def _block(name: str, text: str) -> list[str]:
    kind = {"py": "python", "json": "json", "toml": "toml"}.get(name.rpartition(".")[2], "")
    return [f"```{kind}", text.rstrip("\n"), "```", ""]
