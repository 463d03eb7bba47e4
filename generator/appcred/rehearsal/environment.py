"""A Home Assistant release in an environment of its own, made with uv and kept in the cache.

What has to be installed is read from the release itself: the components that it sets up by default,
what they depend on, and the requirements in their manifests.
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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from appcred.errors import UsageError
from appcred.rehearsal.isolation import end_with_parent
from appcred.rehearsal.pythons import cache_root, find_python, find_uv, python_missing
from appcred.release import Release, python_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_MARKER: Final = "appcred.json"
_SECONDS_TO_INSTALL: Final = 1800

# Run by the environment's own Python: the components that Home Assistant sets up by itself.
_DEFAULTS: Final = """
import json
from homeassistant import bootstrap
names = ("DEFAULT_INTEGRATIONS", "CORE_INTEGRATIONS")
print(json.dumps([domain for name in names for domain in getattr(bootstrap, name, ())]))
"""

_ROOTS: Final = ("application_credentials", "config", "diagnostics", "frontend", "zeroconf")


class EnvironmentUnavailableError(UsageError):
    """Home Assistant cannot be installed here; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment with Home Assistant and the requirements of what runs in it."""

    folder: Path
    homeassistant: str
    """The exact version, `2026.10.4`."""

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

    An integration that needs no more than Home Assistant itself shares one with all others.

    Args:
        version: A release, `2026.10`, for its newest patch; or an exact version, `2026.10.4`.
        dependencies: Domains of core components whose requirements are wanted too.
        requirements: Further requirements, as in a manifest.
        say: Is given one line when something that takes long begins.

    Raises EnvironmentUnavailableError.

    """
    base = _built(version, (), say)
    marker = json.loads((base.folder / _MARKER).read_text(encoding="utf-8"))
    # Home Assistant installs those of after_dependencies too: they may be imported.
    keys = ("dependencies", "after_dependencies")
    wanted = {*requirements, *_requirements_of(dependencies, base.package, keys)}
    more = sorted(wanted - set(marker["requirements"]))
    return _built(version, more, say) if more else base


def _built(version: str, more: Sequence[str], say: Callable[[str], None]) -> Environment:
    key = hashlib.sha256(json.dumps([_ROOTS, *more]).encode()).hexdigest()[:12]
    folder = cache_root() / "homeassistant" / f"{version}-{key}"
    with _locked(folder.with_name(f"{folder.name}.lock")):
        if not (folder / _MARKER).is_file():
            with_more = f" with {', '.join(more)}" if more else ""
            say(f"installing Home Assistant {version}{with_more} into {folder} (once)")
            try:
                installed = _build(folder, version, more)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            marker = json.dumps({"requirements": installed}, indent=1)
            (folder / _MARKER).write_text(marker, encoding="utf-8")
    return Environment(folder, _installed(folder))


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


def _build(folder: Path, version: str, more: Sequence[str]) -> list[str]:
    """Install Home Assistant, what it sets up by default, and more; return the requirements."""
    exact = version if version.count(".") > 1 else f"{version}.*"
    _create(folder, version, f"homeassistant=={exact}")
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
    package = next(folder.glob("lib/python3.*/site-packages/homeassistant"))
    needed = sorted({*_requirements_of([*json.loads(asked.stdout), *_ROOTS], package), *more})
    _install(folder, "-c", str(package / "package_constraints.txt"), *needed)
    return needed


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
            _install(folder, requirement)
        except EnvironmentUnavailableError as error:
            asked = re.search(r"Python\s*>=\s*(\d+)\.(\d+)\.(\d+)", str(error))
            if asked is None or minimum is not None:
                raise
            minimum = (int(asked[1]), int(asked[2]), int(asked[3]))
        else:
            return


def _next(version: tuple[int, int]) -> tuple[int, int]:
    return version[0], version[1] + 1


def _install(folder: Path, *arguments: str) -> None:
    _uv("pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *arguments)


def _uv(*arguments: str) -> None:
    environment = dict(os.environ)
    environment.pop("VIRTUAL_ENV", None)
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


def _installed(folder: Path) -> str:
    found = next(folder.glob("lib/python3.*/site-packages/homeassistant-*.dist-info"))
    return found.name.removeprefix("homeassistant-").removesuffix(".dist-info")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


@contextmanager
def _locked(path: Path) -> Iterator[Any]:
    """Hold a lock that other processes respect, so that two runs do not build the same folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
