"""The output of `appcred new`: the new tree, and the next steps."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appcred.release import REDIRECT_URL, Release, package_for_tests, python_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import PurePosixPath

    from appcred.plan import Plan
    from appcred.scaffold.rendering import Scaffold

_TEST_PACKAGE: Final = "pytest-homeassistant-custom-component"


def closing(dest: Path, plan: Plan, scaffold: Scaffold) -> str:
    """Return the new tree and the next steps."""
    if not plan:
        return f"{dest} is up to date; nothing was written"
    tree = _tree(change.path for change in plan.changes)
    steps = _core_steps if scaffold.answers["layout"] == "core" else _custom_steps
    lines = [f"{dest}/", *tree, "", "Next:", *steps(dest, scaffold.answers)]
    return "\n".join(lines)


def _tree(paths: Iterable[PurePosixPath]) -> list[str]:
    """Draw files below a folder."""
    names: dict[str, Any] = {}
    for path in paths:
        folder = names
        for part in path.parts:
            folder = folder.setdefault(part, {})
    return list(_drawn(names, ""))


def _drawn(names: Mapping[str, Any], indent: str) -> Iterator[str]:
    last = len(names) - 1
    for number, (name, below) in enumerate(sorted(names.items())):
        yield f"{indent}{'└── ' if number == last else '├── '}{name}{'/' if below else ''}"
        yield from _drawn(below, indent + ("    " if number == last else "│   "))


def _custom_steps(dest: Path, answers: Mapping[str, Any]) -> list[str]:
    floor = Release.from_number(answers["floor"])
    major, minor = python_for(floor)
    name, domain = answers["name"], answers["domain"]
    version, homeassistant = package_for_tests(floor)
    wanted = [f"{_TEST_PACKAGE}=={version}", *answers["requirements"].split()]
    correction = "correct it where it is wrong"
    if answers["library"]:
        correction = "add the responses that the library needs"
    asked, allowed = "enter the client ID and secret that it asks for", []
    if answers["flow"] == "pkce_public":  # whom nobody but its author can register
        asked = "sign in"
        allowed = [
            f"     Register this redirect URL for the client {answers['client_id']}:",
            f"     {REDIRECT_URL}",
        ]
    return [
        f"  1. Run its tests in Home Assistant {homeassistant}:",
        f"       cd {shlex.quote(str(dest))}",
        f"       python{major}.{minor} -m venv .venv",
        f"       .venv/bin/pip install {shlex.join(wanted)}",
        "       .venv/bin/pytest",
        "  2. Check it now and after each change:",
        f"       {_program()} check .",
        "  3. Rehearse it in a real Home Assistant, without the service:",
        f"       {_program()} rehearse .",
        f"     rehearsal.yml has the service's responses; {correction}.",
        "  4. Try it. CONFIG is the configuration folder of your Home Assistant:",
        "       mkdir -p CONFIG/custom_components",
        f"       cp -r custom_components/{domain} CONFIG/custom_components/",
        *allowed,
        "     Restart Home Assistant. In Settings > Devices & services > Add integration,",
        f"     choose {name}, and {asked}.",
    ]


def _program() -> str:
    """Return the command that runs appcred from any folder."""
    if shutil.which("appcred"):
        return "appcred"
    program = Path(sys.argv[0]).absolute()
    if program.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m appcred"
    return shlex.quote(str(program))


def _core_steps(dest: Path, answers: Mapping[str, Any]) -> list[str]:
    domain = answers["domain"]
    page = [
        f"  5. Move {domain}.markdown to source/_integrations/ in a checkout of home-assistant.io,",
        "     and follow its comments, which name the rules of the quality scale.",
    ]
    transparent = [
        "dependency-transparency also says todo: if the library's source, licence and releases",
        "are public, write done.",
    ]
    without_library = [
        "Core accepts an integration only if a library on PyPI makes its requests. Once you have",
        "one, answer library with its import name. It replaces api.py.",
    ]
    return [
        "  1. Go to your checkout of core:",
        f"       cd {shlex.quote(str(dest))}",
        f"     Add the line homeassistant.components.{domain}.* to .strict-typing, then",
        "     update core's generated lists with the commands at the end.",
        "  2. Run its tests, which need those lists:",
        f"       pytest tests/components/{domain}",
        "  3. Check it now and after each change:",
        f"       {_program()} check homeassistant/components/{domain}",
        "  4. Rehearse it in a real Home Assistant, without the service:",
        f"       {_program()} rehearse homeassistant/components/{domain} --responses FILE",
        "     FILE has the responses of the service. Core has no place for it; save it elsewhere:",
        "",
        *str(answers["rehearsal"]).splitlines(),
        *(page if answers["with_page"] else []),
        "",
        'hassfest accepts "bronze" when no bronze rule in quality_scale.yaml says todo. Brands and',
        "the documentation are in other repositories.",
        *(transparent if answers["requirements"] else []),
        *([] if answers["library"] else without_library),
        "",
        "Update the generated lists now and after each change of the manifest:",
        # It writes nothing while an integration has an error, and a new one has that of its todos.
        "       python3 -m script.hassfest --skip-plugins quality_scale",
        "       python3 -m script.gen_requirements_all",
    ]
