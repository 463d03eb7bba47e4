"""A rule's documentation as it is written in its docstring, taken apart and put in words.

`explain`, `docs/rules/`, SARIF and the tests all read it here.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Final

from appcred.finding import COLORS, FixKind
from appcred.integration import Layout
from appcred.release import capability
from appcred.resources import rule_page

if TYPE_CHECKING:
    from appcred.rules.rule import Example, Rule, RuleModule


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


def scope(rule: Rule) -> str:
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
        FixKind.MIGRATION: "migration: run `appcred retrofit`",
    }[rule.fix]


def as_text(module: RuleModule, *, color: bool = False, width: int | None = None) -> str:
    """Return a rule's documentation for a terminal, with an example, its prose in lines of a width.

    Without a `width` a paragraph is a line.
    """
    rule, text = module.RULE, documentation(module)

    def filled(part: str) -> str:
        if width is None:
            return part
        return "\n\n".join(
            fill(each, width, break_long_words=False, break_on_hyphens=False)
            if _prose(each)
            else each
            for each in part.split("\n\n")
        )

    def paint(part: str, code: str) -> str:
        return f"\x1b[{code}m{part}\x1b[0m" if color else part

    severity = paint(str(rule.severity), COLORS[rule.severity])
    lines = [f"{paint(f'{rule.code} {rule.name}', '1')} ({severity})", "", filled(text.title)]
    if text.body:
        lines += ["", filled(text.body)]
    fix = f"{fixing(rule)}. {text.fix}" if text.fix else fixing(rule)
    facts = {"Applies to": scope(rule), "Fix": fix, "Source": text.source}
    lines.append("")
    for head, said in facts.items():
        if said:
            lines.append(filled(f"{head}: {said}").replace(f"{head}:", paint(f"{head}:", "1"), 1))
    for example in _documented_example(module):
        for name, source, marked in example.reported():
            lines += ["", paint(f"Reported in {name}:" if marked else f"With {name}:", "1"), ""]
            for number, line in enumerate(source.splitlines(), 1):
                mark = paint(">", "1;31") if number in marked else " "
                lines.append(f"  {mark} {paint(line, '31') if number in marked else line}".rstrip())
        for name, after in example.after.items():
            lines += ["", paint(f"Fixed, {name}:", "1"), ""]
            shown = (after or "(deleted)").splitlines()
            lines += [f"    {paint(line, '32')}" if line else "" for line in shown]
    lines += ["", f"{paint('Page:', '1')} {rule_page(rule.code)}"]
    return "\n".join(lines) + "\n"


def _documented_example(module: RuleModule) -> list[Example]:
    """Return the example that documentation shows: the first with a finding, and a fix if any."""
    wrong = [example for example in module.EXAMPLES if example.at]
    return ([example for example in wrong if example.after] or wrong)[:1]


def as_markdown(module: RuleModule) -> str:
    """Return a rule's page: its documentation, and its examples."""
    rule, text = module.RULE, documentation(module)
    lines = [
        f"# {rule.code} {rule.name}",
        "",
        text.title,
        "",
        f"- Severity: {rule.severity}",
        f"- Applies to: {scope(rule)}",
        f"- Fix: {fixing(rule)}",
    ]
    if rule.consequences:
        links = ", ".join(f"[{code}]({code}.md)" for code in rule.consequences)
        lines.append(f"- Consequences, which are not reported beside it: {links}")
    source = _with_code(text.source)
    for heading, part in (("", text.body), ("## Fix safety", text.fix), ("## Source", source)):
        if part:
            lines += ["", *([heading, ""] if heading else []), part]
    for example in _documented_example(module):
        lines += ["", "## Example", "", *_example(example)]
    return "\n".join(lines).rstrip() + "\n"


_CODE: Final = re.compile(r"[\w.]*(?:_|/)[\w./*]*\w|(?:[A-Z][a-z]+){2,}|\w+OAuth2\w+(?:\.\w+)?")
"""Paths and names in a source, which Markdown would take for emphasis."""


def _with_code(source: str) -> str:
    """Return where a fact is from, with addresses as links and names as code."""
    words = source.split(" ")
    for index, word in enumerate(words):
        bare = word.rstrip(".,;)")
        if "://" in bare:
            words[index] = f"<{bare}>{word.removeprefix(bare)}"
        elif _CODE.fullmatch(bare):
            words[index] = f"`{bare}`{word.removeprefix(bare)}"
    return " ".join(words)


def _example(example: Example) -> list[str]:
    lines = []
    for name, text, marked in example.reported():
        spots = ", ".join(f"line {line}" for line in marked)
        lines += [f"Reported in `{name}`, {spots}:" if spots else f"With `{name}`:", ""]
        lines += _block(name, text)
    for name, after in example.after.items():
        lines += [f"Fixed, `{name}`:", "", *_block(name, after or "(deleted)")]
    return lines


def _block(name: str, text: str) -> list[str]:
    kind = {"py": "python", "json": "json", "toml": "toml"}.get(name.rpartition(".")[2], "")
    return [f"```{kind}", text.rstrip("\n"), "```", ""]
