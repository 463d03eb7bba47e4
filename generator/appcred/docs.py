"""`python -m appcred.docs FOLDER`: the pages of the rules, written from the rules themselves.

With `--check` nothing is written; it ends with 1 if a page is stale, missing or left over.
"""

from __future__ import annotations

import sys
from pathlib import Path

from appcred import stage_texts
from appcred.rules import engine
from appcred.rules.documentation import as_markdown, documentation, fixing


def pages() -> dict[str, str]:
    """Return the text of each page by its file's name."""
    texts = {f"{code}.md": as_markdown(engine.rule(code)) for code in engine.codes()}
    return {"README.md": overview(), **texts}


def overview() -> str:
    """Return the page that lists the rules by family."""
    lines = [
        "# The rules",
        "",
        "`appcred explain CODE` shows a rule's page in a terminal. Errors make a check exit",
        "with 1; warnings and information do not. These pages are generated from the rules, by",
        "`python -m appcred.docs docs/rules`.",
    ]
    for prefix, title in engine.FAMILIES.items():
        codes = [code for code in engine.codes() if code.startswith(prefix)]
        if not codes:
            continue
        lines += ["", f"## {prefix}xx: {title}", "", "| code | name | what | severity | fix |"]
        lines.append("|---|---|---|---|---|")
        for code in codes:
            module = engine.rule(code)
            rule = module.RULE
            fix = fixing(rule).partition(":")[0]
            what = documentation(module).title
            lines.append(
                f"| [{code}]({code}.md) | {rule.name} | {what} | {rule.severity} | {fix} |"
            )
    lines += [
        "",
        f"## {stage_texts.FAMILY}xx: {stage_texts.TITLE}",
        "",
        "[The page about the rehearsal](../rehearse.md#the-stages) lists them.",
    ]
    return "\n".join(lines) + "\n"


def stale(folder: Path) -> list[str]:
    """Return what is wrong with the pages in a folder, a sentence for each."""
    wanted = pages()
    wrong = []
    for name, text in wanted.items():
        path = folder / name
        if not path.is_file():
            wrong.append(f"{path} is missing")
        elif path.read_text(encoding="utf-8") != text:
            wrong.append(f"{path} is stale")
    left = {path.name for path in folder.glob("*.md")} - set(wanted)
    return wrong + [f"{folder / name} belongs to no rule" for name in sorted(left)]


def write(folder: Path) -> None:
    """Write the pages, and remove those of rules that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8")


def main(argv: list[str]) -> int:
    """Write or check the pages and return the exit code."""
    arguments = [argument for argument in argv if argument != "--check"]
    if len(arguments) != 1:
        print("usage: python -m appcred.docs [--check] FOLDER", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    if "--check" not in argv:
        write(folder)
        return 0
    wrong = stale(folder)
    for sentence in wrong:
        print(f"{sentence}; run `python -m appcred.docs {folder}`", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
