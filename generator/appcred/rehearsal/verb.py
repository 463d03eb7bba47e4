"""`appcred rehearse`: prepare an environment, run the stages in a process of their own, report."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appcred import loading, settings
from appcred.errors import UsageError
from appcred.finding import Severity
from appcred.integration import Layout
from appcred.printing import lines, say
from appcred.rehearsal import isolation
from appcred.rehearsal.stage import Outcome, Result
from appcred.rehearsed import NEEDS_RESPONSE
from appcred.release import Release, oldest
from appcred.report.model import Judged, Report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from appcred.integration import Integration

_EXTRA: Final = (
    "rehearse needs further packages; install them with: pip install 'appcred[rehearse]'"
)
_BROWSER_EXTRA: Final = (
    "--screenshots needs Playwright; install it with: pip install 'appcred[browser]'"
)
_MARKS: Final = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.UNREACHABLE: "-"}
_KEPT: Final = {
    "namespace": "a network namespace of its own, with loopback only",
    "guard": "a guard in the process: this system permits no network namespace",
}
_SECONDS_TO_END: Final = 10
RESPONSES: Final = "rehearsal.yml"
"""The responses file of a custom repository, at its root."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of one integration's rehearsal."""

    judged: Judged
    """The integration, as every report names it, with its stages and its findings."""
    homeassistant: str
    """The exact version that ran."""
    isolation: str
    """How it was kept from the network: by a `namespace` of its own, or a `guard`."""
    results: tuple[Result, ...]

    @property
    def failed(self) -> bool:
        """Whether there is something to mend: in the integration, or in the responses."""
        return any(finding.severity is Severity.ERROR for finding in self.judged.findings)


class NotRehearsedError(UsageError):
    """An integration could not be rehearsed; bad usage is another matter."""

    def __init__(self, judged: Judged) -> None:
        """Take the integration, with the error in it."""
        super().__init__(judged.error)
        self.judged = judged


def rehearse(
    path: Path,
    ha: str | None = None,
    stages: Iterable[str] = (),
    responses: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
    *,
    progress: Callable[[Result], None] = lambda _: None,
    screenshots: Path | None = None,
    isolate: bool = True,
) -> Rehearsal:
    """Run an integration through its stages in a real Home Assistant.

    Args:
        path: The integration's folder, or one that holds no other.
        ha: A release, `2026.10`, or an exact version; None: what the tree asks for.
        stages: Names of stages; none: those that the tree's settings select, or all.
        responses: A file of canned responses; None: `rehearsal.yml` at the root of a custom
            repository, if it is there.
        say: Is given a sentence where something takes long, or is not as it was asked for.
        progress: Is given what came of each stage as it ends.
        screenshots: A folder for pictures of what users see; made if it is not there.
        isolate: Whether to use namespaces where the system permits them.

    Raises UsageError if it cannot be done: NotRehearsedError if that is not for bad usage.

    """
    stages = tuple(stages)
    try:
        from appcred.rehearsal import vendor as vendors
        from appcred.rehearsal.stages import STAGES, selected
    except ModuleNotFoundError as error:
        raise UsageError(f"{_EXTRA} ({error.name} is missing)") from None
    try:
        selected(stages)
    except KeyError as error:
        known = ", ".join(stage.name for stage in STAGES)
        raise UsageError(f"there is no stage {error}; there are: {known}") from None
    if ha is not None:
        _known(ha)
    browser = _browser(screenshots) if screenshots is not None else ""
    place = _only(path, say)
    if responses is None and place.layout is Layout.CUSTOM:
        own = place.root / RESPONSES
        responses = own if own.is_file() else None
    vendors.load(responses)
    job = {
        "subject": str(place.path),
        "responses": str(responses.resolve()) if responses else "",
        "stages": stages,
        "screenshots": str(screenshots.resolve()) if screenshots else "",
        "browser": browser,
    }
    try:
        return _rehearsed(place, ha, job, say, progress, isolate=isolate)
    except UsageError as error:
        bare = Judged(place.root, place.folder, place.path.name, str(place.layout))
        raise NotRehearsedError(replace(bare, error=str(error))) from error


def _rehearsed(
    place: loading.Place,
    ha: str | None,
    job: dict[str, Any],
    say: Callable[[str], None],
    progress: Callable[[Result], None],
    *,
    isolate: bool,
) -> Rehearsal:
    """Run one integration through what a job says. Raises UsageError."""
    from appcred.rehearsal import acceptance, findings
    from appcred.rehearsal import environment as environments
    from appcred.rehearsal import section as sections
    from appcred.rehearsal import subject as subjects

    subject = subjects.read(place.path)
    integration = loading.load(place)
    if integration is None:
        raise UsageError(f"{place.path} could not be read")
    configured = settings.read(integration.root / "pyproject.toml")
    accepted = acceptance.read(integration, configured)
    choice = configured.of(integration.domain)
    version = ha or str(_release(integration, choice.target or "auto", say))
    environment = environments.prepare(version, subject.dependencies, subject.requirements, say)
    prefix = isolation.namespace() if isolate else ()
    with isolation.run_folder() as folder:
        job |= {
            "folder": str(folder),
            "environment": str(environment.folder),
            "homeassistant": environment.homeassistant,
            "stages": job["stages"] or settings.stages(choice.select),
            "guarded": not prefix,
            "section": asdict(sections.section_of(integration)),
        }
        results = _run(job, prefix, progress)
    bare = Judged(
        place.root,
        place.folder,
        subject.domain,
        str(place.layout),
        str(environment.release),
    )
    judged = findings.judged(bare, results, accepted, environment.homeassistant)
    kept = "namespace" if prefix else "guard"
    return Rehearsal(judged, environment.homeassistant, kept, tuple(results))


def _known(version: str) -> None:
    """Raise UsageError unless a version is of a release that has application credentials."""
    try:
        release = Release.parse(version)
    except ValueError as error:
        raise UsageError(f"--ha: {error}") from None
    if release < oldest():
        raise UsageError(f"--ha: {release} has no application credentials; {oldest()} is the first")


def _browser(screenshots: Path) -> str:
    """Return the browser's program, once it is sure that pictures can be taken and written."""
    from appcred.rehearsal import screens

    if importlib.util.find_spec("playwright") is None:
        raise UsageError(_BROWSER_EXTRA)
    found = screens.browser()
    if found is None:
        raise UsageError("no Chromium was found; install it (apt install chromium)")
    try:
        screenshots.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{screenshots} cannot be made: {error.strerror}") from None
    return found


def _only(path: Path, say: Callable[[str], None]) -> loading.Place:
    places = loading.find(path, say)
    if len(places) > 1:
        some = ", ".join(place.path.name for place in places[:5])
        raise UsageError(f"{path} holds {len(places)} integrations ({some}, …); name one of them")
    return places[0]


def _release(integration: Integration, target: str, say: Callable[[str], None]) -> Release:
    """Return the release that the tree asks for, or the newest of its range that can run here."""
    from appcred.rehearsal.environment import can_run

    span = loading.releases(integration, target).span
    if can_run(span.floor):
        return span.floor
    if can_run(span.newest):
        say(f"no Python for {span.floor} is here, so {span.newest} runs instead")
        return span.newest
    return span.floor  # which says what is missing when it is prepared


def _run(
    job: dict[str, Any], prefix: Sequence[str], progress: Callable[[Result], None]
) -> list[Result]:
    """Run the stages in a process of their own, and read what it writes."""
    command = [*prefix, sys.executable, "-m", "appcred.rehearsal.inside"]
    folder = Path(job["folder"])
    with (folder / "errors.txt").open("w+b") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            preexec_fn=isolation.end_with_parent,
        )
        try:
            results = _read(process, job, progress)
            process.wait(_SECONDS_TO_END)
        finally:
            _end(process, gently=not prefix)
        if results is None:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()
            raise RuntimeError(
                f"the rehearsal broke off: {said[-1] if said else 'no reason given'}"
            )
    return results


def _read(
    process: subprocess.Popen[bytes], job: dict[str, Any], progress: Callable[[Result], None]
) -> list[Result] | None:
    if process.stdin is None or process.stdout is None:
        return None
    process.stdin.write(json.dumps(job).encode())
    process.stdin.close()
    results = []
    ended = False
    for line in process.stdout:
        content = json.loads(line)
        if "error" in content:
            raise UsageError(content["error"])
        ended = ended or "end" in content
        if "result" in content:
            found = content["result"]
            found["outcome"] = Outcome(found["outcome"])
            found["lacking"] = tuple(found["lacking"])
            results.append(Result(**found))
            progress(results[-1])
    return results if ended else None


def _end(process: subprocess.Popen[bytes], *, gently: bool) -> None:
    """End the process and all that it started: gently if it has to see to that itself."""
    if gently and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS_TO_END)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def _show(result: Result) -> None:
    """Print a line of progress, if somebody is there to see it."""
    if sys.stderr.isatty():
        line = f"{_MARKS[result.outcome]:7} {result.name:26} {result.seconds:5.1f} s"
        print(line, file=sys.stderr, flush=True)


def text(found: Rehearsal) -> str:
    """Describe a rehearsal for a person."""
    lines = [
        f"{found.judged.domain} in Home Assistant {found.homeassistant}",
        f"kept from the network by {_KEPT[found.isolation]}",
        "",
    ]
    ignored = {
        stage["code"]: stage["ignored"] for stage in found.judged.stages or () if "ignored" in stage
    }
    for result in found.results:
        mark = "ignored" if result.code in ignored else _MARKS[result.outcome]
        lines.append(f"{result.code} {mark:7} {result.name}: {result.seen}")
        if result.outcome is Outcome.FAILED and result.path:
            lines.append(f"               at {result.path}:{result.line}")
        if result.user:
            lines.append(f"               a user sees: {result.user}")
        if result.code in ignored:
            lines.append(f"               ignored, for: {ignored[result.code]}")
    counted = [sum(result.outcome is outcome for result in found.results) for outcome in Outcome]
    counts = f"{counted[0]} passed, {counted[1] - len(ignored)} failed, {counted[2]} not reached"
    lines += ["", counts + (f", {len(ignored)} ignored" if ignored else "")]
    lines += [
        f"{found.judged.shown(finding.path)}:{finding.line}: {finding.code} {finding.message}"
        for finding in found.judged.findings
        if finding.severity is not Severity.ERROR or finding.code == NEEDS_RESPONSE.code
    ]
    return "\n".join(lines)


def main(arguments: argparse.Namespace) -> int:
    """Run the verb for the command line; return its exit code."""
    try:
        found = rehearse(
            arguments.path,
            arguments.ha,
            [name.strip() for name in (arguments.stages or "").split(",") if name.strip()],
            arguments.responses,
            say,
            progress=_show,
            screenshots=arguments.screenshots,
        )
    except NotRehearsedError as error:
        if arguments.format != "text":
            _write(error.judged, {}, arguments.format)
        raise
    if arguments.format == "text":
        print(lines(text(found)))
    else:
        kept = {"homeassistant": found.homeassistant, "isolation": found.isolation}
        _write(found.judged, {"rehearsal": kept}, arguments.format)
    return 1 if found.failed else 0


def _write(judged: Judged, extra: Mapping[str, Mapping[str, str]], form: str) -> None:
    from appcred import report

    whole = Report((judged,), judged.target or "auto", extra=extra)
    sys.stdout.write(report.render(whole, form))
