"""The paths of the template and the data files, in a wheel and in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent

REPOSITORY = "appcred/appcred"
"""Owner and name of the repository on GitHub, where Copier and the action find it."""


def rule_page(code: str) -> str:
    """Return the address of a rule's page."""
    return f"https://github.com/{REPOSITORY}/blob/main/docs/rules/{code}.md"


ANSWERS = ".copier-answers.appcred.yml"
"""The file with Copier's answers in a tree from the template."""


@cache
def data_root() -> Path:
    """Return the folder that holds `copier.yml`, `releases.yml` and `template/`.

    In a wheel they are in `appcred/data`; in a checkout in its root, where Copier needs them.
    """
    packaged = _PACKAGE / "data"
    return packaged if packaged.is_dir() else _PACKAGE.parents[1]


@cache
def program_version() -> str:
    """Return the version of the installed distribution, `0` where there is none."""
    from importlib.metadata import PackageNotFoundError, version  # 80 ms that few runs need

    try:
        return version("appcred")
    except PackageNotFoundError:  # a checkout on the path that was never installed
        return "0"
