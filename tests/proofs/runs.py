"""Run the scenarios in the lab, all in one process."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from lab import environments
from lab.environments import arriving, clean_environ, lab_root, locked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.environments import Environment

HERE = Path(__file__).parent
PLUGINS = (HERE.parent / "lab" / "plugins", HERE / "plugins")
SCENARIOS = HERE / "scenarios"
MENDED = "mended"
_SECONDS = 300
# A diff that takes a secret away would bring it into this repository.
_CUT = {"willow/const.py": r"OAUTH2_CLIENT_SECRET = \(.*?\)\n"}


@dataclass(frozen=True, slots=True)
class Proof:
    """One row of the table: the finding, how it is shown, and what shows that it could fail.

    `counter` holds `mended`, for the integration with its fault mended, or the domains of other
    integrations that do not have it.
    """

    code: str
    domain: str
    scenario: str
    counter: tuple[str, ...]
    shown: str

    def __str__(self) -> str:
        """Return a name for test reports."""
        return f"{self.code}-{self.domain}"

    @property
    def copies(self) -> tuple[tuple[str, str], ...]:
        """What the scenario runs on: pairs of a domain, and which copy of it."""
        against = [
            (self.domain, MENDED) if one == MENDED else (one, "control") for one in self.counter
        ]
        return ((self.domain, "packaged"), *against)

    @property
    def cases(self) -> tuple[str, ...]:
        """The names of its test cases."""
        return tuple(f"test_{self.scenario}[{domain}-{copy}]" for domain, copy in self.copies)


@cache
def proofs() -> tuple[Proof, ...]:
    """Return the table."""
    rows = json.loads((HERE / "proved.json").read_text("utf-8"))
    return tuple(Proof(**{**row, "counter": tuple(row["counter"])}) for row in rows)


def run(environment: Environment) -> dict[str, str]:
    """Run every scenario; return what each case failed with, "" where it passed.

    A run that did not come to an end is told under the name "run".
    """
    wanted: dict[str, dict[tuple[str, str], None]] = {}
    for proof in proofs():
        wanted.setdefault(proof.scenario, {}).update(dict.fromkeys(proof.copies))
    with tempfile.TemporaryDirectory(prefix="appcred-proofs-") as name:
        root = Path(name)
        _custom(environment, root)
        (root / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
        report = root / "report.xml"
        done = subprocess.run(
            [
                *(str(environment.python), "-m", "pytest", "-c", "pytest.ini", "--rootdir", "."),
                *("-p", "lab_newest", "-p", "proofs_plugin", "-p", "no:cacheprovider"),
                # The conftest of the outer tests is not for this Python.
                *("-p", "no:sugar", "-p", "no:warnings", "--noconftest", "--tb=short", "-q"),
                f"--junitxml={report}",
                *map(str, sorted(SCENARIOS.glob("*.py"))),
            ],
            cwd=root,
            env=clean_environ(
                PYTHONPATH=":".join(map(str, (*PLUGINS, packages(environment)))),
                NO_COLOR="1",
                APPCRED_PROOFS=json.dumps({name: list(cases) for name, cases in wanted.items()}),
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        seen = _read(report) if report.is_file() else {}
    if done.returncode and not any(seen.values()):
        seen["run"] = done.stdout[-6000:]
    return seen


def mended(environment: Environment, root: Path) -> Path:
    """Make a checkout of core that holds the mended integrations only; return `root`."""
    installed = environment.site_packages / "homeassistant"
    components = root / "homeassistant" / "components"
    components.mkdir(parents=True)
    shutil.copy(installed / "const.py", components.parent)
    diffs = sorted((HERE / "fixes").glob("*.diff"))
    texts = json.loads((HERE / "fixes" / "texts.json").read_text("utf-8"))
    for domain in {*(diff.stem for diff in diffs), *texts}:
        shutil.copytree(
            installed / "components" / domain,
            components / domain,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    # Not as a part of some repository that the folder may lie in, or that a hook names.
    clean = {name: value for name, value in clean_environ().items() if not name.startswith("GIT_")}
    subprocess.run(
        ["git", "apply", *map(str, diffs)],
        cwd=components,
        env={**clean, "GIT_CEILING_DIRECTORIES": str(components.parent)},
        check=True,
    )
    for name, secret in _CUT.items():
        path = components / name
        text, count = re.subn(secret, "", path.read_text("utf-8"), flags=re.DOTALL)
        if count != 1:
            raise RuntimeError(f"{name} is not shaped as expected")
        path.write_text(text, "utf-8")
    for domain, own in texts.items():
        for name in ("strings.json", "translations/en.json"):
            _add(components / domain / name, own)
    return root


def packages(environment: Environment) -> Path:
    """Return a folder with what the integrations require, beside what the environment holds."""
    wanted = HERE / "requirements.txt"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()[:10]
    folder = lab_root() / f"proofs-{environment.root.name}-{digest}"
    if not folder.is_dir():
        with locked(folder):
            if not folder.is_dir():
                with arriving(folder) as scratch:
                    environments._uv(
                        *("pip", "install", "--quiet", "--no-deps", "--target", str(scratch)),
                        *("--python", str(environment.python), "--requirement", str(wanted)),
                        variables=environments._headers(environment.python),
                    )
    return folder


def _add(path: Path, texts: Mapping[str, str]) -> None:
    """Put texts, by their keys with dots, into a strings file."""
    content = json.loads(path.read_text("utf-8"))
    for key, text in texts.items():
        *parents, last = key.split(".")
        place = content
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = text
    path.write_text(json.dumps(content), "utf-8")


def _custom(environment: Environment, root: Path) -> None:
    """Put the mended integrations where they take the place of Home Assistant's own."""
    components = mended(environment, root / "core") / "homeassistant" / "components"
    target = root / "custom_components"
    components.rename(target)
    (target / "__init__.py").touch()
    for path in target.glob("*/manifest.json"):
        manifest = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps({**manifest, "version": "1.0.0"}), "utf-8")


def _read(report: Path) -> Mapping[str, str]:
    seen = {}
    for case in ET.parse(report).iter("testcase"):
        told = [found for found in case if found.tag in {"failure", "error", "skipped"}]
        said = [f"{found.get('message')}\n{(found.text or '')[-3000:]}" for found in told]
        seen[case.attrib["name"]] = "\n".join(said)
    return seen
