"""What is right in an unusual way is not held against an integration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rehearsal.broken import DOMAIN
from rehearsal.support import describe, outcomes, rehearsed, said, scaffold, troubles
from rehearsal.unusual import UNUSUAL, Unusual

if TYPE_CHECKING:
    from pathlib import Path

    from lab.gate import Lab


@pytest.mark.parametrize("unusual", UNUSUAL, ids=str)
def test_an_unusual_integration_is_not_blamed(
    unusual: Unusual, source: Path, tmp_path: Path, lab: Lab
) -> None:
    subject = scaffold(source, tmp_path, domain=DOMAIN)
    for edit in unusual.edits:
        edit.apply(subject.folder)
    for key, content in unusual.described.items():
        describe(subject, key, content)
    found = rehearsed(lab, subject, stages=unusual.stages)
    expected = {name: unusual.others.get(name, ("passed", ""))[0] for name in unusual.stages}
    assert {name: outcomes(found)[name] for name in unusual.stages} == expected, troubles(found)
    for name, (_, words) in unusual.others.items():
        assert words in said(found, name).seen
    for name, words in unusual.says.items():
        assert words in said(found, name).seen
