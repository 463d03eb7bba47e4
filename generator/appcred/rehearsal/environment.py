"""A Home Assistant release in an environment of its own, made with uv and kept in the cache.

There is one base for each release. What is installed into it is read from the release itself: the
components that it sets up by default, some that every `default_config` has, what they depend on,
and the requirements in their manifests, as they were when it came out. What an integration requires
besides lies in a folder of its own, a layer on top of the base.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from appcred.errors import UsageError
from appcred.rehearsal.isolation import end_with_parent
from appcred.rehearsal.pythons import (
    cache_root,
    find_python,
    find_uv,
    make_folder,
    python_missing,
)
from appcred.release import Release, python_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

MARKER: Final = "appcred.json"
"""In each environment and layer that is whole; its time is when it was used last."""
_SECONDS_TO_INSTALL: Final = 1800

# Run by the environment's own Python: the components that Home Assistant sets up by itself.
_DEFAULTS: Final = """
import json
from homeassistant import bootstrap
names = ("DEFAULT_INTEGRATIONS", "CORE_INTEGRATIONS")
print(json.dumps([domain for name in names for domain in getattr(bootstrap, name, ())]))
"""

_ROOTS: Final = ("application_credentials", "config", "diagnostics", "frontend", "zeroconf")
_COMPANY: Final = ("cloud", "my", "recorder")
"""Components that flows and entries of many integrations need, and every default_config has."""
_KEYS: Final = ("dependencies", "after_dependencies")
"""Home Assistant installs what those of after_dependencies require, too: they may be imported."""
_ADDED: Final = re.compile(r"^ \+ (?P<name>[^=\s]+)==(?P<version>\S+)(?: \(from (?P<place>.+)\))?$")
_PYTHON: Final = re.compile(r"Python\s*>=\s*(\d+)\.(\d+)\.(\d+)")
_CONTRADICTION: Final = "No solution found when resolving dependencies"


KEY: Final = hashlib.sha256(json.dumps([_ROOTS, _COMPANY]).encode()).hexdigest()[:12]
"""What is in a base beside Home Assistant; another list makes another base."""


class EnvironmentUnavailableError(UsageError):
    """Home Assistant cannot be installed here; the text is a sentence for the user."""


class RequirementsError(EnvironmentUnavailableError):
    """What an integration requires cannot be installed beside Home Assistant, by anybody."""

    def __init__(self, homeassistant: str, said: str) -> None:
        """Take the version, and what uv says of it."""
        super().__init__(f"with the constraints of Home Assistant {homeassistant}: {said}")
        self.homeassistant = homeassistant


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment with Home Assistant and the requirements of what runs in it."""

    folder: Path
    homeassistant: str
    """The exact version, `2026.10.4`."""
    layer: Path | None = None
    """The folder with the packages on top of it; None: there are none."""

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "bin" / "python"

    @property
    def hass(self) -> Path:
        """The `hass` program."""
        return self.folder / "bin" / "hass"

    @property
    def release(self) -> Release:
        """The release that is installed."""
        return Release.parse(self.homeassistant)

    @property
    def package(self) -> Path:
        """The folder of the installed `homeassistant` package."""
        return next(self.folder.glob("lib/python3.*/site-packages/homeassistant"))


def can_run(release: Release) -> bool:
    """Whether a Python for a release is here, without installing one."""
    wanted = python_for(release)
    return (find_python(wanted) or find_python(_next(wanted))) is not None


def prepare(
    version: str,
    dependencies: Sequence[str] = (),
    requirements: Sequence[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> Environment:
    """Return an environment with Home Assistant, built on the first call and cached.

    Args:
        version: A release, `2026.10`, for its newest patch; or an exact version, `2026.10.4`.
        dependencies: Domains of core components whose requirements are wanted too.
        requirements: Further requirements, as in a manifest.
        say: Is given one line when something that takes long begins.

    Raises EnvironmentUnavailableError; RequirementsError if it is for the requirements.

    """
    make_folder(homes())  # said before a Python is looked for, or uv fails for the same reason
    base = _base(_exact(version), say)
    marker = json.loads((base.folder / MARKER).read_text(encoding="utf-8"))
    wanted = {*requirements, *_requirements_of(dependencies, base.package, _KEYS)}
    more = sorted(wanted - set(marker["requirements"]))
    return replace(base, layer=_layer(base, more, say)) if more else base


def _exact(version: str) -> str:
    """Return the newest patch of a release: of those that are here, else of those there are."""
    if version.count(".") > 1:
        return version
    here = [
        path.parent.name.removesuffix(f"-{KEY}")
        for path in homes().glob(f"{version}.*-{KEY}/{MARKER}")
    ]
    if here:
        return max(here, key=lambda found: int(found.rpartition(".")[2]))
    wanted = python_for(Release.parse(version))
    if not can_run(Release.parse(version)) and find_python(wanted, install=True) is None:
        raise EnvironmentUnavailableError(
            f"Home Assistant {version} cannot run here: {python_missing(wanted)}"
        )
    major, minor = _next(wanted)
    said = _uv(
        *("pip", "compile", "--quiet", "--no-deps", "--no-header", "--no-annotate"),
        *("--python-version", f"{major}.{minor}", "-"),
        given=f"homeassistant=={version}.*",
    )
    return said.strip().rpartition("==")[2]


def homes() -> Path:
    """Return the folder in which environments lie: `<version>-<key>`, and the layers on them."""
    return cache_root() / "homeassistant"


def _base(version: str, say: Callable[[str], None]) -> Environment:
    folder = homes() / f"{version}-{KEY}"
    with _locked(folder.with_name(f"{folder.name}.lock")):
        if not (folder / MARKER).is_file():
            say(f"installing Home Assistant {version} into {folder} (once)")
            with _removed_if_it_fails(folder):
                installed = _build(folder, version)
                _write_marker(folder, {"requirements": installed})
        (folder / MARKER).touch()  # `appcred cache` goes by it
    return Environment(folder, _installed(folder))


def _layer(base: Environment, more: Sequence[str], say: Callable[[str], None]) -> Path:
    """Return the folder with what is required and is not in the base.

    Raises RequirementsError if Home Assistant's own constraints forbid it.
    """
    key = hashlib.sha256(json.dumps([base.folder.name, *more]).encode()).hexdigest()[:12]
    folder = homes() / f"{base.homeassistant}+{key}"
    with _locked(folder.with_name(f"{folder.name}.lock")):
        if not (folder / MARKER).is_file():
            say(
                f"installing {', '.join(more)} on top of Home Assistant {base.homeassistant} (once)"
            )
            shutil.rmtree(folder, ignore_errors=True)
            install = ("pip", "install", "--python", str(base.python))
            plan = _planned(base, install, more)
            added = [
                f"{found['name']} @ {found['place']}"
                if found["place"]
                else f"{found['name']}=={found['version']}"
                for found in map(_ADDED.match, plan.splitlines())
                if found
            ]
            with _removed_if_it_fails(folder):
                folder.mkdir(parents=True)
                if added:
                    _uv(*install, "--quiet", "--no-deps", "--target", str(folder), *added)
                _write_marker(folder, {"requirements": more})
        (folder / MARKER).touch()
    return folder


def _planned(base: Environment, install: Sequence[str], more: Sequence[str]) -> str:
    """Return what uv would install: packages of the base's time, else, if need be, newer ones.

    Raises RequirementsError if Home Assistant's own constraints forbid both.
    """
    constraints = str(base.package / "package_constraints.txt")
    asked = (*install, "--dry-run", "-c", constraints)
    try:
        return _uv(*asked, "--exclude-newer", _end_of(base.homeassistant), *more)
    except EnvironmentUnavailableError:
        pass
    try:
        return _uv(*asked, *more)
    except EnvironmentUnavailableError as error:
        if _CONTRADICTION not in str(error):
            raise
        said = str(error).partition(_CONTRADICTION)[2]
        said = re.sub(r"^\W*(cause:\s*)?", "", said)
        raise RequirementsError(base.homeassistant, said) from None


def _end_of(version: str) -> str:
    """Return the day by which a release and its patches had come out."""
    release = Release.parse(version)
    month = release.year * 12 + release.month + 1
    return f"{month // 12}-{month % 12 + 1:02}-01"


@contextmanager
def _removed_if_it_fails(folder: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write_marker(folder: Path, content: dict[str, Sequence[str]]) -> None:
    (folder / MARKER).write_text(json.dumps(content, indent=1), encoding="utf-8")


def _requirements_of(
    domains: Sequence[str], package: Path, keys: Sequence[str] = ("dependencies",)
) -> set[str]:
    """Return the requirements of components and of what they depend on, from their manifests."""
    waiting, seen, found = list(domains), set[str](), set[str]()
    while waiting:
        domain = waiting.pop()
        manifest = package / "components" / domain / "manifest.json"
        if domain in seen or not manifest.is_file():
            continue
        seen.add(domain)
        content = json.loads(manifest.read_text(encoding="utf-8"))
        found.update(content.get("requirements", ()))
        for key in keys:
            waiting.extend(content.get(key, ()))
    return found


def _build(folder: Path, version: str) -> list[str]:
    """Install Home Assistant and what it sets up; return the requirements."""
    _create(folder, version, f"homeassistant=={version}")
    package = next(folder.glob("lib/python3.*/site-packages/homeassistant"))
    if "pkg_resources" in (package / "util" / "package.py").read_text(encoding="utf-8"):
        # A part of setuptools that newer ones no longer have, and no requirement of anything.
        _install_as_of(version, folder, "setuptools<81")
    asked = subprocess.run(
        [folder / "bin" / "python", "-I", "-c", _DEFAULTS],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise EnvironmentUnavailableError(
            f"Home Assistant {version} was installed but does not start: {_last_line(asked.stderr)}"
        )
    needed = {
        *_requirements_of([*json.loads(asked.stdout), *_ROOTS], package),
        *_requirements_of(_COMPANY, package, _KEYS),
    }
    constraints = str(package / "package_constraints.txt")
    _install_as_of(version, folder, "-c", constraints, *sorted(needed))
    return sorted(needed)


def _create(folder: Path, version: str, requirement: str) -> None:
    """Make the environment and put Home Assistant into it, with a newer Python where it asks."""
    wanted = python_for(Release.parse(version))
    minimum: tuple[int, int, int] | None = None
    while True:
        # A release runs on the Python after its own too, where it was tried at all.
        python = find_python(wanted, minimum, install=minimum is None) or find_python(_next(wanted))
        if python is None:
            missing = python_missing(wanted, minimum)
            raise EnvironmentUnavailableError(
                f"Home Assistant {version} cannot run here: {missing}"
            )
        shutil.rmtree(folder, ignore_errors=True)
        _uv("venv", "--quiet", "--no-project", "--python", str(python), str(folder))
        try:
            _install_as_of(version, folder, requirement)
        except EnvironmentUnavailableError as error:
            asked = _PYTHON.search(str(error))
            if asked is None or minimum is not None:
                raise
            minimum = (int(asked[1]), int(asked[2]), int(asked[3]))
        else:
            return


def _next(version: tuple[int, int]) -> tuple[int, int]:
    return version[0], version[1] + 1


def _install_as_of(version: str, folder: Path, *arguments: str) -> None:
    """Install packages as they were when a release and its patches came out.

    What its requirements leave open has moved on since, and an old release may not run with it.
    """
    install = ("pip", "install", "--quiet", "--python", str(folder / "bin" / "python"))
    try:
        _uv(*install, "--exclude-newer", _end_of(version), *arguments)
    except EnvironmentUnavailableError as error:
        if _PYTHON.search(str(error)):
            raise
        _uv(*install, *arguments)  # an index that does not say when a package came out


def _uv(*arguments: str, given: str = "") -> str:
    """Run uv, and return what it says on either stream. Raises EnvironmentUnavailableError."""
    environment = dict(os.environ)
    environment.pop("VIRTUAL_ENV", None)
    if "APPCRED_CACHE" in environment:
        # Beside what is made of it, so that a file need not be there twice.
        environment.setdefault("UV_CACHE_DIR", str(cache_root() / "uv"))
    if "--python" in arguments:
        python = arguments[arguments.index("--python") + 1]
        # A Python that was unpacked rather than installed keeps its headers where compilers do
        # not look; some requirements are built from source.
        headers = os.path.join(os.path.dirname(os.path.realpath(python)), "..", "include")  # noqa: PTH118, PTH120
        environment["CPATH"] = os.pathsep.join(
            filter(None, [os.path.normpath(headers), environment.get("CPATH")])
        )
    try:
        done = subprocess.run(
            [find_uv(), *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_INSTALL,
            env=environment,
            check=False,
            preexec_fn=end_with_parent,
        )
    except subprocess.TimeoutExpired:
        raise EnvironmentUnavailableError("uv did not finish within half an hour") from None
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise EnvironmentUnavailableError(f"uv could not install: {said[-2000:]}")
    return done.stdout + done.stderr


def _installed(folder: Path) -> str:
    found = next(folder.glob("lib/python3.*/site-packages/homeassistant-*.dist-info"))
    return found.name.removeprefix("homeassistant-").removesuffix(".dist-info")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


@contextmanager
def _locked(path: Path) -> Iterator[Any]:
    """Hold a lock that other processes respect, so that two runs do not build the same folder."""
    make_folder(path.parent)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
