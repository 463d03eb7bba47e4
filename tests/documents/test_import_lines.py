"""Imports that go from lines with several statements."""

from __future__ import annotations

import libcst as cst
import pytest

from appcred.documents.imports import drop_imports


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import a; import b\n", "import b\n"),
        ("import b; import a  # both\n", "import b  # both\n"),
        ("import b; import a;\n", "import b;\n"),
        ("from x import a; y = 1\n", "y = 1\n"),
        ("import a; from x import a\nz = 1\n", "z = 1\n"),
        ("import b; from x import *\n", "import b; from x import *\n"),
        ("from x import a, b; import c\n", "from x import a, b; import c\n"),
        (
            "def f():\n    import b; import a\n    return b\n",
            "def f():\n    import b\n    return b\n",
        ),
    ],
)
def test_only_what_is_dropped_goes(before: str, after: str) -> None:
    assert drop_imports(cst.parse_module(before), {"a"}).code == after
