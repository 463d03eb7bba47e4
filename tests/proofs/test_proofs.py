"""Each finding in the table is one that appcred reports, and its consequence is seen."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from appcred import loading
from appcred.rules import engine
from appcred.target import releases
from lab.environments import locked
from lab.sources import NEWEST
from proofs.runs import MENDED, mended, proofs, run

if TYPE_CHECKING:
    from lab.environments import Environment
    from lab.gate import Lab
    from proofs.runs import Proof


VERDICTS = Path(__file__).parents[1] / "corpus_check" / "verdicts.yml"


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that all processes of this run have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return folder / "proofs"


@pytest.mark.parametrize("proof", proofs(), ids=str)
def test_proof(proof: Proof, lab: Lab, shared: Path) -> None:
    environment = lab.environment(NEWEST)
    found = findings(environment, shared)
    assert proof.code in found[f"packaged {proof.domain}"], "appcred does not report it"
    for domain, copy in proof.copies[1:]:
        against = f"{'mended' if copy == MENDED else 'packaged'} {domain}"
        assert proof.code not in found[against], f"appcred reports it for {against}, too"

    seen = outcomes(environment, shared)

    assert "run" not in seen, seen["run"]
    for case in proof.cases:
        assert case in seen, f"{case} was not run"
        assert not seen[case], f"{case}: {seen[case]}"


def test_nothing_else_was_run(lab: Lab, shared: Path) -> None:
    seen = outcomes(lab.environment(NEWEST), shared)
    assert set(seen) == {case for proof in proofs() for case in proof.cases}


def test_the_table_says_enough() -> None:
    table = proofs()
    assert len({str(proof) for proof in table}) == len(table) >= 10
    assert len({proof.code for proof in table}) >= 5
    assert all(proof.counter and proof.shown for proof in table)
    rows = yaml.safe_load(VERDICTS.read_text("utf-8"))
    true = {(row["code"], row["domain"]) for row in rows if row["verdict"] == "true"}
    assert sum((proof.code, proof.domain) in true for proof in table) >= 10


def outcomes(environment: Environment, shared: Path) -> dict[str, str]:
    """Return what the scenarios came to; they are run by the first process that asks."""
    path = shared / "outcomes.json"
    with locked(path):
        if not path.is_file():
            path.write_text(json.dumps(run(environment)))
    seen: dict[str, str] = json.loads(path.read_text())
    return seen


@cache
def findings(environment: Environment, shared: Path) -> dict[str, set[str]]:
    """Return the codes that appcred reports, for each integration as packaged and as mended."""
    checkout = shared / f"core-{os.getpid()}"
    mended(environment, checkout)
    found = {}
    for kind, root in (("packaged", environment.site_packages), ("mended", checkout)):
        for domain in {domain for proof in proofs() for domain, _ in proof.copies}:
            path = root / "homeassistant" / "components" / domain
            if not path.is_dir():
                continue
            (place,) = loading.find(path, pytest.fail)
            integration = loading.load(place)
            assert integration is not None
            span = releases(integration, "auto").span
            found[f"{kind} {domain}"] = {one.code for one in engine.check(integration, span)}
    return found
