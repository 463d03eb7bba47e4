"""`appcred rehearse`: prepare an environment, run the stages in a process of their own, report."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from appcred import loading, presets, settings
from appcred.errors import UsageError
from appcred.integration import Layout
from appcred.printing import lines, say
from appcred.rehearsal import isolation
from appcred.rehearsal import job as jobs
from appcred.rehearsal.stage import Outcome, Result
from appcred.rehearsal.summary import (
    KEPT,
    MARKS,
    Rehearsal,
    coverage,
    ignored_of,
    markdown,
    side_by_side,
    text,
)
from appcred.release import Release, oldest
from appcred.report.model import Judged, Report
from appcred.stage_texts import REQUIREMENTS
from appcred.target import releases

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from appcred.integration import Integration

_EXTRA: Final = (
    "rehearse needs further packages; install them with: pip install 'appcred[rehearse]', "
    "or in a clone: pip install '.[rehearse]'"
)
_BROWSER_EXTRA: Final = (
    "--screenshots needs Playwright; install it with: pip install 'appcred[browser]', "
    "or in a clone: pip install '.[browser]'"
)
_SCOUTS: Final = ("entry", "refresh")
"""The stages of a run that only finds out what is asked of the vendor."""
_TURNS: Final = 4
_RECORDED: Final = """\
# What {} asked its vendor in Home Assistant {}, recorded by `appcred rehearse --record`.
# The fields are those that the code reads. Their values are made up: correct them.
"""
NO_VENDOR: Final = "none"
RESPONSES: Final = "rehearsal.yml"
"""The responses file of a custom repository, at its root."""


class NotRehearsedError(UsageError):
    """An integration could not be rehearsed; bad usage is another matter."""

    def __init__(self, judged: Judged) -> None:
        """Take the integration, with the error in it."""
        super().__init__(judged.error or "it was not rehearsed", judged.place)
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
    record: Path | None = None,
    report: Path | None = None,
    log: Path | None = None,
    vendor: str = "",
    keep: bool = False,
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
        record: A file to write, with a response for each request that had none.
        report: A file to write a page of HTML to, which stands alone.
        log: A file to write Home Assistant's log to, without secrets.
        vendor: The name of a vendor of presets.yml whose habits it has, or `none`; empty: the one
            to which the host of the token endpoint belongs.
        keep: Whether to leave Home Assistant and the provider running afterwards, until the user
            interrupts it. That needs a network that a browser is in, so no namespace.
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
        raise UsageError(f"unknown stage {error}; known stages: {known}") from None
    if ha is not None:
        _require_known_release(ha)
    if vendor not in ("", NO_VENDOR):
        presets.profile(vendor)
    browser = _browser(screenshots) if screenshots is not None else ""
    place = _only(path, say)
    if responses is None and place.layout is Layout.CUSTOM:
        own = place.root / RESPONSES
        responses = own if own.is_file() else None
    vendors.load(responses)
    for option, file in (("--record", record), ("--report", report), ("--log", log)):
        _writable(option, file, anew=option == "--record")
    job = {
        "subject": str(place.path),
        "responses": str(responses.resolve()) if responses else "",
        "stages": stages,
        "screenshots": str(screenshots.resolve()) if screenshots else "",
        "browser": browser,
        "record": record is not None,
        "vendor": vendor,
        "keep": keep,
    }
    try:
        found, more = _rehearse(place, ha, job, say, progress, isolate=isolate and not keep)
    except UsageError as error:
        raise NotRehearsedError(Judged.at(place)._replace(error=str(error))) from error
    if log is not None:
        log.write_text(more["log"], encoding="utf-8")
    if record is not None:
        _write_record(record, responses, found, more)
    if report is not None:
        report.write_text(_page(found, more, screenshots), encoding="utf-8")
    return found


def _page(found: Rehearsal, more: Mapping[str, Any], pictures: Path | None) -> str:
    from appcred.rehearsal import page

    return page.page(
        found.results,
        more,
        pictures,
        domain=found.judged.domain,
        name=more["name"],
        homeassistant=found.homeassistant,
        coverage=coverage(found) or "All stages were rehearsed.",
        facts=[
            *(
                [(f"It was isolated from the network by {KEPT[found.isolation]}")]
                if found.ran
                else ()
            ),
            *([f"Token requests were answered as by {found.vendor}"] if found.vendor else ()),
        ],
        ignored=ignored_of(found),
    )


def _writable(option: str, file: Path | None, *, anew: bool) -> None:
    """Raise UsageError for a file that cannot be written, before anything takes long."""
    if file is None:
        return
    if anew and file.exists():
        raise UsageError(f"{option}: {file} exists; name another file, or delete it")
    if file.is_dir() or not file.resolve().parent.is_dir():
        raise UsageError(f"{option}: {file} cannot be written; name a file in a folder that exists")


def _write_record(
    file: Path, responses: Path | None, found: Rehearsal, more: Mapping[str, Any]
) -> None:
    import yaml

    from appcred.documents.yaml import parse
    from appcred.rehearsal import recording

    # JSON is YAML too.
    given = parse(responses.read_text(encoding="utf-8")) if responses else None
    content = recording.recorded(given or {}, more["learnt"], more["token"], more["accounts"])
    head = _RECORDED.format(found.judged.domain, found.homeassistant)
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
    file.write_text(head + text, encoding="utf-8")


def _rehearse(
    place: loading.Place,
    ha: str | None,
    job: dict[str, Any],
    say: Callable[[str], None],
    progress: Callable[[Result], None],
    *,
    isolate: bool,
) -> tuple[Rehearsal, dict[str, Any]]:
    """Rehearse one integration; return the result, and further facts about the run.

    Raises UsageError.
    """
    from appcred.rehearsal import acceptance, findings
    from appcred.rehearsal import environment as environments
    from appcred.rehearsal import subject as subjects
    from appcred.rehearsal.yaml_section import yaml_section

    subject = subjects.read(place.path)
    integration = loading.load(place)
    if integration is None:
        raise UsageError(f"{place.path} could not be read")
    configured = settings.read(integration.root / "pyproject.toml")
    accepted = acceptance.read(integration, configured)
    choice = configured.of(integration.domain)
    version = ha or str(_release(integration, choice.target or "auto", say))
    bare = Judged(place.root, place.folder, subject.domain, str(place.layout))
    try:
        environment = environments.prepare(version, subject.dependencies, subject.requirements, say)
    except environments.RequirementsError as error:
        failed = _contradiction(error, place.path / "manifest.json")
        bare = bare._replace(target=str(Release.parse(error.homeassistant)))
        judged = findings.with_stages(bare, (failed,), accepted, error.homeassistant)
        facts = {"name": subject.name, "log": "", "learnt": [], "token": {}, "accounts": {}}
        return Rehearsal(judged, error.homeassistant, "namespace", (failed,)), facts
    prefix = isolation.namespace() if isolate else ()
    job |= {
        "environment": str(environment.folder),
        "layer": str(environment.layer or ""),
        "homeassistant": environment.homeassistant,
        "stages": job["stages"] or settings.stages(choice.select),
        "guarded": not prefix,
        "section": asdict(yaml_section(integration)),
    }
    if job["record"]:
        job |= _scouted(job, prefix, say)
    ended = _once(job, prefix, progress, lambda access: _invite(access, say))
    bare = bare._replace(target=str(environment.release))
    judged = findings.with_stages(bare, ended.results, accepted, environment.homeassistant)
    isolation_kind = "namespace" if prefix else "guard"
    more = {"token": {}, "name": subject.name, **ended.more}
    more["token"] = {**job.get("token", {}), **more["token"]}
    vendor = str(more.get("vendor", ""))
    return Rehearsal(judged, environment.homeassistant, isolation_kind, ended.results, vendor), more


def _contradiction(error: UsageError, manifest: Path) -> Result:
    """Return what comes of requirements that nobody can install."""
    lines = manifest.read_text(encoding="utf-8").splitlines()
    line = next((place for place, text in enumerate(lines, 1) if '"requirements"' in text), 1)
    name, code = REQUIREMENTS.name, REQUIREMENTS.code
    return Result(
        name, code, Outcome.FAILED, str(error), REQUIREMENTS.user, path=manifest.name, line=line
    )


def _once(
    job: Mapping[str, Any],
    prefix: Sequence[str],
    progress: Callable[[Result], None],
    kept: Callable[[dict[str, Any]], None] = lambda _: None,
) -> jobs.Ended:
    with isolation.run_folder() as folder:
        return jobs.run({**job, "folder": str(folder)}, prefix, progress, kept)


def _invite(access: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Say how a person can click through by hand."""
    rules = f"MAP * 127.0.0.1:{access['tls_port']}, EXCLUDE 127.0.0.1"
    browser = [
        *("chromium", "--user-data-dir=/tmp/appcred-browser", "--ignore-certificate-errors"),
        *(f"--host-resolver-rules={rules}", access["url"]),
    ]
    say(f"Home Assistant runs at {access['url']}: user rehearsal, password {access['password']}")
    say(f"start a browser that reaches the vendor with: {shlex.join(browser)}")
    say(
        f"the vendor accepts the client ID {access['client_id']} with the secret "
        f"{access['client_secret']}"
    )
    say("press Ctrl-C to stop Home Assistant")


def _scouted(
    job: Mapping[str, Any], prefix: Sequence[str], say: Callable[[str], None]
) -> dict[str, Any]:
    """Set the integration up until that teaches nothing more of what it reads.

    What it reads first may decide what it asks next, and a value of the wrong kind can end a
    set-up; the next one has the right kind.
    """
    learnt: dict[str, Any] = {"learnt": [], "token": {}}
    for turn in range(1, _TURNS + 1):
        say(f"recording, run {turn}: the requests to the vendor while the integration is set up")
        scout = {"stages": _SCOUTS, "screenshots": "", "keep": False}
        scouted = _once({**job, **learnt, **scout}, prefix, _no_progress)
        new = {
            "learnt": scouted.more["learnt"],
            "token": {**learnt["token"], **scouted.more["token"]},
        }
        if new == learnt:
            break
        learnt = new
    return learnt


def _no_progress(_: Result) -> None:
    """Say nothing."""


def _require_known_release(version: str) -> None:
    """Raise UsageError unless a version is of a release that has application credentials."""
    try:
        release = Release.parse(version)
    except ValueError as error:
        raise UsageError(f"--ha: {error}") from None
    if release < oldest():
        raise UsageError(
            f"--ha: {release} has no application credentials; name {oldest()} or newer"
        )


def _browser(screenshots: Path) -> str:
    """Return the browser's program, once it is sure that pictures can be taken and written."""
    from appcred.rehearsal import screens

    if importlib.util.find_spec("playwright") is None:
        raise UsageError(_BROWSER_EXTRA)
    found = screens.browser()
    if found is None:
        raise UsageError("Chromium is not installed; install it (apt install chromium)")
    try:
        screenshots.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{screenshots} cannot be made: {error.strerror}") from None
    return found


def _only(path: Path, say: Callable[[str], None]) -> loading.Place:
    places = loading.find(path, say)
    if len(places) > 1:
        some = ", ".join(place.name for place in places[:5])
        raise UsageError(
            f"{path} contains {len(places)} integrations ({some}, …); give the path of one"
        )
    return places[0]


def _release(integration: Integration, target: str, say: Callable[[str], None]) -> Release:
    """Return the release that the tree asks for, or the newest of its range that can run here."""
    from appcred.rehearsal.environment import can_run

    span = releases(integration, target).span
    if can_run(span.floor):
        return span.floor
    if can_run(span.newest):
        say(f"no Python for Home Assistant {span.floor} is installed. Running {span.newest}.")
        return span.newest
    return span.floor  # which says what is missing when it is prepared


def _show(result: Result) -> None:
    """Print a line of progress, if somebody is there to see it."""
    if sys.stderr.isatty():
        line = f"{MARKS[result.outcome]:7} {result.name:26} {result.seconds:5.1f} s"
        print(line, file=sys.stderr, flush=True)


def main(arguments: argparse.Namespace) -> int:
    """Run the verb for the command line; return its exit code."""
    named = [name.strip() for name in (arguments.ha or "").split(",") if name.strip()] or [None]
    for release in named:
        if release is not None:
            _require_known_release(release)
    if arguments.keep and len(named) > 1:
        raise UsageError("--keep needs a single release; name one with --ha")
    every: list[Rehearsal] = []
    refused: list[NotRehearsedError] = []
    for release in named:
        suffix = str(release) if len(named) > 1 else ""
        try:
            found = rehearse(
                arguments.path,
                release,
                [name.strip() for name in (arguments.stages or "").split(",") if name.strip()],
                arguments.responses,
                say,
                progress=_show,
                screenshots=arguments.screenshots and arguments.screenshots / suffix,
                record=_file_for_release(arguments.record, suffix),
                report=_file_for_release(arguments.report, suffix),
                log=_file_for_release(arguments.log, suffix),
                vendor=arguments.vendor,
                keep=arguments.keep,
            )
        except NotRehearsedError as error:
            refused.append(error)
        else:
            every.append(found)
    _tell(every, refused, arguments.format)
    if refused:
        raise UsageError("; ".join(map(str, refused)))
    return 1 if any(found.failed for found in every) else 0


def _file_for_release(file: Path | None, suffix: str) -> Path | None:
    """Return the file for one of several releases: `report.html` is `report-2026.10.html` then."""
    return file.with_name(f"{file.stem}-{suffix}{file.suffix}") if file and suffix else file


def _tell(every: Sequence[Rehearsal], refused: Sequence[NotRehearsedError], form: str) -> None:
    """Write what came of it to standard output, and to the summary of a GitHub job."""
    if form == "text":
        if len(every) == 1:
            print(lines(text(every[0])))
        elif every:
            print(lines(side_by_side(every)))
        return
    from appcred import report

    versions = ", ".join(found.homeassistant for found in every)
    extra: dict[str, Mapping[str, str]] = {}
    if every:
        vendor = {"vendor": every[0].vendor} if every[0].vendor else {}
        run = {"homeassistant": versions, "isolation": every[0].isolation}
        extra = {"rehearsal": run | vendor}
    judged = (*(found.judged for found in every), *(error.judged for error in refused))
    whole = Report(judged, judged[0].target or "auto", extra=extra)
    sys.stdout.write(report.render(whole, form))
    if form == "github" and (summary := os.environ.get("GITHUB_STEP_SUMMARY")):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(markdown(every))
