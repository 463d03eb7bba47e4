"""Imports that an edit leaves unused: which they are, and what of their lines stays."""

from __future__ import annotations

import libcst as cst
import pytest

from appcred.documents.unused import drop_imports, without_typing_copies, without_unused_imports


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("from . import api, config_flow\n", ["config_flow"], "from . import api\n"),
        (
            "import os\n\nfrom . import config_flow\nfrom .b import c\n",
            ["config_flow"],
            "import os\n\nfrom .b import c\n",
        ),
        ("# Header\nimport os\nimport sys\n", ["os"], "# Header\nimport sys\n"),
        (
            "import sys\n\n# Ours\nfrom .a import b\n\nX = 1\n",
            ["b"],
            "import sys\n\n# Ours\n\nX = 1\n",
        ),
        (
            "from a import (\n    b,  # why\n    c,\n    d,\n)\n",
            ["c", "d"],
            "from a import (\n    b,  # why\n)\n",
        ),
        ("from a import (\n    b,\n    c,\n)\n", ["c"], "from a import b\n"),
        ("import a.b\nimport c as d\n", ["a"], "import c as d\n"),
        (
            "if TYPE_CHECKING:\n    from a import b\n",
            ["b"],
            "\n",
        ),
        ("from a import b; import c\n", ["b"], "import c\n"),
        ("from a import *\n", ["b"], "from a import *\n"),
        ("import os, sys\n", ["sys"], "import os\n"),
    ],
)
def test_dropped(text: str, names: list[str], expected: str) -> None:
    assert drop_imports(cst.parse_module(text), names).code == expected


def test_the_new_first_statement_of_a_block_has_no_blank_line_above() -> None:
    text = "def f():\n    from a import b\n\n    # Stays.\n    go()\n"
    after = drop_imports(cst.parse_module(text), {"b"}).code
    assert after == "def f():\n    # Stays.\n    go()\n"


# --- what counts as a use ------------------------------------------------------------------------


def left(text: str, name: str = "gone", *, use: str = "f({})\n") -> bool:
    """Whether an import stays when its last plain use goes."""
    before = cst.parse_module(text + use.format(name))
    after = cst.parse_module(text + use.format("None"))
    code = without_unused_imports(before, after, lambda _: set()).code
    cst.parse_module(code)
    return code == after.code


@pytest.mark.parametrize(
    "text",
    [
        "import gone\n",
        "from lib import gone\n",
        "from lib import other as gone\n",
        "import gone.deep\n",
        "import gone\nfrom gone.deep import other\n",
        "from lib import gone\nimport other.gone.deep as it\n",
        "from lib import (\n    gone,  # for the client\n)\n",
        "from lib import gone  # noqa: E501\n",
        "from lib import gone\n\nTEXT = 'gone'\n",
        "from lib import gone\n\n\ndef g(gone):\n    return gone\n",
        "from lib import gone\n\n\ndef g():\n    from other import gone\n    return gone\n",
        "from lib import gone\n\n\nclass A:\n    gone = 1\n",
        "from lib import gone\n\n\ndef g(x):\n    return x.gone(gone=1)\n",
        "from . import gone\nfrom .gone import other\n",
        "if TYPE_CHECKING:\n    from lib import gone\n",
        "try:\n    from lib import gone\nfinally:\n    f(1)\n",
    ],
)
def test_an_import_without_another_use_is_removed(text: str) -> None:
    assert not left(text)


@pytest.mark.parametrize(
    "text",
    [
        # Another scope, or the same name again.
        "from lib import gone\n\n\ndef g():\n    return gone\n",
        "from lib import gone\n\n\ndef g():\n    global gone\n    gone = 1\n",
        "from lib import gone\ngone = gone or 1\n",
        "class A:\n    from lib import gone\n",
        # Re-exports.
        "from lib import gone as gone\n",
        "import gone as gone\n",
        "from lib import gone\n\n__all__ = ['gone']\n",
        "from lib import gone\n\n__all__: list[str] = ['gone']\n",
        "from lib import gone\n\n__all__ = ['a']\n__all__ += ['gone']\n",
        "from lib import gone\n\n__all__ = ['a']\n__all__.append('gone')\n",
        # Strings that are types.
        "from lib import gone\n\n\ndef g(x: 'gone.X') -> None: ...\n",
        "from lib import gone\n\n\ndef g(x: list['gone']) -> None: ...\n",
        "from lib import gone\n\nENTRY = Entry['gone']\n",
        "from lib import gone\n\ntype Entry = 'list[gone]'\n",
        "from lib import gone\n\nEntry: TypeAlias = 'gone'\n",
        "from lib import gone\n\n\nclass A(Base['gone']): ...\n",
        "from lib import gone\n\nx = cast('gone', y)\n",
        "from lib import gone\n\nT = typing.TypeVar('T', bound='gone')\n",
        "from lib import gone\n\nx = []  # type: list[gone]\n",
        # Comments for linters, on the name's line, the first line, the last, the file.
        "from lib import gone  # noqa: F401\n",
        "from lib import gone  # NOQA:E501,F401 - others take it\n",
        "from lib import gone  # noqa\n",
        "from lib import gone  # pylint: disable=unused-import\n",
        "# pylint: disable-next=unused-import\nfrom lib import gone\n",
        "from lib import (  # noqa: F401\n    a,\n    gone,\n)\n",
        "from lib import (\n    a,\n    gone,  # noqa: F401\n)\n",
        "from lib import (\n    a,\n    gone,\n)  # noqa: F401\n",
        "# ruff: noqa: F401\nfrom lib import gone\n",
        "# flake8: noqa\nfrom lib import gone\n",
        '"""Doc."""\n# pylint: disable=unused-import, fixme\nfrom lib import gone\n',
        # Whether it can be imported is the question.
        "try:\n    from lib import gone\nexcept ImportError:\n    HAS = False\n",
        "try:\n    import gone\nexcept (ModuleNotFoundError, OSError):\n    gone = None\n",
    ],
)
def test_an_import_with_another_use_stays(text: str) -> None:
    assert left(text)


def test_an_import_that_was_unused_before_stays() -> None:
    before = cst.parse_module("import idle\nimport gone\n\ngone()\n")
    after = cst.parse_module("import idle\nimport gone\n\npass\n")
    assert without_unused_imports(before, after, lambda _: set()).code == "import idle\n\npass\n"


def test_only_the_scope_without_a_use_loses_its_import() -> None:
    text = "def f():\n    from a import b\n\n    {}\n\n\ndef g():\n    from a import b\n\n    b()\n"
    before, after = (cst.parse_module(text.format(use)) for use in ("b()", "pass"))
    result = without_unused_imports(before, after, lambda _: set()).code
    assert result == "def f():\n    pass\n\n\ndef g():\n    from a import b\n\n    b()\n"


def test_the_module_is_asked_for_what_others_take() -> None:
    text = "from a import b, c\n\n\ndef f():\n    from d import e\n    {}\n"
    before, after = (cst.parse_module(text.format(use)) for use in ("b(c, e)", "pass"))
    asked: list[set[str]] = []

    def shared(names: set[str]) -> set[str]:
        asked.append(names)
        return {"c"}

    result = without_unused_imports(before, after, shared).code
    assert result == "from a import c\n\n\ndef f():\n    pass\n"
    assert asked[0] == {"b", "c"}


def test_a_block_for_type_checkers_is_removed_with_its_last_import() -> None:
    text = (
        "from typing import TYPE_CHECKING\n\nfrom x import y\n\n"
        "if TYPE_CHECKING:\n    from a import b\n\nX = y\n\n\ndef f({}): ...\n"
    )
    before, after = (cst.parse_module(text.format(use)) for use in ("p: b", "p"))
    result = without_unused_imports(before, after, lambda _: set()).code
    assert result == "from x import y\n\nX = y\n\n\ndef f(p): ...\n"
    noted = text.replace("    from a", "    # Slow.\n    from a")
    before, after = (cst.parse_module(noted.format(use)) for use in ("p: b", "p"))
    result = without_unused_imports(before, after, lambda _: set()).code
    assert "if TYPE_CHECKING:\n    pass\n    # Slow.\n" in result


def test_type_checking_copies_of_runtime_imports_are_removed() -> None:
    text = "from a import b\n\nif TYPE_CHECKING:\n    from a import b, c\n"
    assert without_typing_copies(cst.parse_module(text), {"b"}).code == text.replace("b, c", "c")
    assert without_typing_copies(cst.parse_module(text), ()).code == text
