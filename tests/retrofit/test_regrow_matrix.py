"""Strip and regrow, over every row of the template's cover: custom and core, every floor.

What is taken out of a scaffolded integration, and is still determined by its remaining code and
by what a person says again with --data, comes back as the same bytes. What is not is named.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from appcred import loading
from appcred.answers import Answers as Given
from appcred.documents.json import drop, drop_item
from appcred.finding import FixKind
from appcred.oauth.texts import needs
from appcred.release import Release
from appcred.retrofit.verb import Options, Outcome, retrofit
from appcred.rules import engine
from appcred.target import releases
from lab.trees import Answers, cover
from lab.trees import template as copied
from sampling import sample
from template.quick import Template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from appcred.integration import Integration
    from appcred.release import Span

pytestmark = [pytest.mark.lab, pytest.mark.slow]

PLATFORM = "application_credentials.py"
CONSTANTS = {
    "OAUTH2_AUTHORIZE": "authorize_url",
    "OAUTH2_TOKEN": "token_url",
    "CONSOLE_URL": "console_url",
}

ANOTHER = "config.abort.cannot_connect"
"""The text that comes back as Home Assistant's common one, which does not say what failed."""
NOT_DETERMINED = {
    # Home Assistant has a text of its own where these are missing, so no code asks for them.
    "config.create_entry.default": "",
    "config.initiate_flow.user": "",
    # Raised only where the manifest does not depend on application credentials.
    "config.abort.missing_configuration": "",
    # The step has a text as soon as it has one of its three; as a whole it comes back.
    "config.step.pick_implementation": "",
    # What an author says in words of their own; the retrofit names what the code asks for.
    "config.step.reauth_confirm": "the step reauth_confirm has no text",
    "config.abort.wrong_account": "the abort reason wrong_account has no text",
    "config.abort.account_is_another_one": "the abort reason account_is_another_one has no text",
    "config.abort.no_refresh_token": "the abort reason no_refresh_token has no text",
    "config.abort.missing_scopes": "the abort reason missing_scopes has no text",
    "exceptions": "the exception {} has no text",
    # Nothing about OAuth2.
    "entity": "",
}
"""Texts that nothing determines, and how a retrofit names the lack of each, if it does."""


@dataclass(frozen=True)
class Tree:
    """One row: the integration as it is scaffolded, its releases, and what has to be said again."""

    whole: Integration
    span: Span
    answers: Mapping[str, Any]

    @property
    def target(self) -> str:
        return str(self.span.floor)

    @property
    def texts(self) -> dict[str, Any]:
        """What a person says again for the credentials dialog."""
        if not self.answers["described"]:
            return {}
        return {key: self.answers[key] for key in ("console_url", "credentials_text")}

    @property
    def client(self) -> dict[str, Any]:
        """What a person says again for the platform."""
        said = ("class_prefix", "flow", "token_auth", "token_accept_json")
        return {key: self.answers[key] for key in said}

    def retrofit(self, stripped: Integration, given: Mapping[str, Any] | None = None) -> Outcome:
        answers = Given({}, given, ()) if given is not None else None
        return retrofit(stripped, self.span, Options(self.target, answers=answers))

    def differs(self, outcome: Outcome | Integration) -> list[str]:
        """Return the files that are not as they were."""
        after = outcome.after if isinstance(outcome, Outcome) else outcome
        paths = self.whole.files.keys() | after.files.keys()
        return sorted(
            str(path)
            for path in paths
            if path not in self.whole.files
            or path not in after.files
            or self.whole.files[path].content != after.files[path].content
        )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Answers], Tree]:
    source = tmp_path_factory.mktemp("template")
    template = Template.read(copied(source))
    made: dict[int, Tree] = {}

    def of(row: Answers) -> Tree:
        if row.number not in made:
            root = tmp_path_factory.mktemp("tree")
            for name, text in template.render(row.data).items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
            (place,) = loading.find(root, lambda _: None)
            integration = loading.load(place)
            assert integration is not None
            floor = f"{row.data['floor'] // 100}.{row.data['floor'] % 100}"
            span = releases(integration, floor).span
            made[row.number] = Tree(integration, span, template.answers(row.data))
        return made[row.number]

    return of


EVERY = pytest.mark.parametrize("row", sample(cover(), 4), ids=str)


# --- what is taken out ---------------------------------------------------------------------------


def without_dependency(integration: Integration) -> Integration:
    path = integration.path("manifest.json")
    content = integration.files[path].content
    return integration.with_file(path, drop_item(content, ["dependencies"], PLATFORM[:-3]))


def without_config_flow(integration: Integration) -> Integration:
    path = integration.path("manifest.json")
    return integration.with_file(path, drop(integration.files[path].content, ["config_flow"]))


def without_platform(integration: Integration) -> Integration:
    return integration.with_file(integration.path(PLATFORM), None)


def without_text(integration: Integration, *keys: str) -> Integration:
    path = integration.path(integration.strings_name)
    return integration.with_file(path, drop(integration.files[path].content, keys))


def without_dialog(integration: Integration) -> Integration:
    return without_text(integration, "application_credentials")


def leaves(texts: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key)


def is_determined(keys: tuple[str, ...]) -> bool:
    text = ".".join(keys)
    return text != ANOTHER and not any(
        text == known or text.startswith(f"{known}.") for known in NOT_DETERMINED
    )


PICK = ("config", "step", "pick_implementation")


def determined_texts(integration: Integration) -> list[tuple[str, ...]]:
    texts = [keys for keys in leaves(integration.strings) if is_determined(keys)]
    return [keys for keys in texts if keys[0] != "application_credentials"] + [PICK]


# --- what comes back -----------------------------------------------------------------------------


@EVERY
def test_nothing_is_missing_of_what_new_writes(
    row: Answers, tree: Callable[[Answers], Tree]
) -> None:
    made = tree(row)
    outcome = made.retrofit(made.whole)
    assert not outcome.plan()
    assert not outcome.manual
    assert not outcome.notes


@EVERY
def test_the_manifest(row: Answers, tree: Callable[[Answers], Tree]) -> None:
    made = tree(row)
    one = without_dependency(made.whole)
    other = without_config_flow(made.whole)
    for stripped in (one, other, without_config_flow(one)):
        assert made.differs(stripped)
        assert not made.differs(made.retrofit(stripped))


@EVERY
def test_the_platform_and_the_dialog(row: Answers, tree: Callable[[Answers], Tree]) -> None:
    made = tree(row)
    stripped = without_platform(made.whole)
    # The text that is left says what the platform has to fill in.
    assert not made.differs(made.retrofit(stripped, made.client))
    if made.answers["described"]:
        assert not made.differs(made.retrofit(without_dialog(made.whole), made.texts))
        both = made.retrofit(without_dialog(stripped), {**made.client, **made.texts})
        assert not made.differs(both)


@EVERY
def test_each_text(row: Answers, tree: Callable[[Answers], Tree]) -> None:
    """By itself, with the rule that writes it; the others have nothing to do with it."""
    made = tree(row)
    texts = determined_texts(made.whole)
    assert len(texts) > (9 if made.span.floor < Release(2026, 9) else 0)
    for keys in texts:
        stripped = without_text(made.whole, *keys)
        assert made.differs(stripped)
        fixed = engine.fix(stripped, made.span, {FixKind.SAFE}, only=["APC604"])
        assert not made.differs(fixed.integration), keys


@EVERY
def test_all_parts_together(row: Answers, tree: Callable[[Answers], Tree]) -> None:
    made = tree(row)
    stripped = without_platform(without_config_flow(without_dependency(made.whole)))
    for keys in determined_texts(made.whole):
        stripped = without_text(stripped, *keys)
    if made.answers["described"]:
        stripped = without_dialog(stripped)
    outcome = made.retrofit(stripped, {**made.client, **made.texts})
    assert not made.differs(outcome)
    assert not outcome.manual
    assert not outcome.notes


@EVERY
def test_the_urls_come_from_a_person(row: Answers, tree: Callable[[Answers], Tree]) -> None:
    """Where in const.py they stood is all that is not determined."""
    made = tree(row)
    stripped = without_platform(made.whole)
    path = made.whole.path("const.py")
    whole = made.whole.files[path].content.decode()
    parsed = ast.parse(whole).body
    gone = [
        (node.lineno, node.end_lineno)
        for node in parsed
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in CONSTANTS
    ]
    assert len(gone) == 2 + ("console_url" in made.answers["placeholders"])
    lines = whole.splitlines(keepends=True)
    for first, last in reversed(gone):
        del lines[first - 1 : last]
    stripped = stripped.with_file(path, "".join(lines).encode())
    names = {question: made.answers[question] for question in [*CONSTANTS.values()][: len(gone)]}
    outcome = made.retrofit(stripped, {**made.client, **names})
    assert made.differs(outcome) == [str(path)]
    after = ast.parse(outcome.after.files[path].content)
    assert sorted(map(ast.unparse, after.body)) == sorted(map(ast.unparse, parsed))

    # and one that is not said is named
    for question in names:
        known = {key: value for key, value in names.items() if key != question}
        (work,) = made.retrofit(stripped, {**made.client, **known}).manual
        assert f"--data {question}=" in work.todo


# --- what is named -------------------------------------------------------------------------------


@EVERY
def test_missing_facts_are_named(row: Answers, tree: Callable[[Answers], Tree]) -> None:
    made = tree(row)
    stripped = without_platform(made.whole)
    outcome = made.retrofit(stripped)
    assert not outcome.plan()
    (work,) = outcome.manual
    assert "no application credentials platform" in work.reason
    assert "--data flow=" in work.todo
    if made.answers["placeholders"]:
        outcome = made.retrofit(without_dialog(made.whole))
        assert not outcome.plan()
        (note,) = outcome.notes
        assert "--data console_url=" in note
        assert "--data credentials_text=" in note


@EVERY
def test_texts_that_only_a_person_can_write_are_named(
    row: Answers, tree: Callable[[Answers], Tree]
) -> None:
    made = tree(row)
    stripped, said = made.whole, set()
    for known in NOT_DETERMINED:
        keys = tuple(known.split("."))
        if keys != PICK:
            stripped = without_text(stripped, *keys)
    for need in needs(made.whole, made.span):
        for known, sentence in NOT_DETERMINED.items():
            if sentence and f"{need.key}.".startswith(f"{known}."):
                said.add(sentence.format(need.keys[1]))
    assert said
    outcome = made.retrofit(stripped)
    assert not outcome.plan()  # nothing is made up
    for sentence in said:
        assert any(sentence in note for note in outcome.notes), (sentence, outcome.notes)
    file = made.whole.strings_name
    assert all("; write " in note and note.count(f" in {file}") == 1 for note in outcome.notes)


def test_the_step_in_which_a_user_picks_has_a_text_or_none(
    tree: Callable[[Answers], Tree],
) -> None:
    """One of its three is left as it is: an author's choice cannot be told from a loss."""
    made = tree(cover()[0])
    stripped = without_text(made.whole, *PICK, "title")
    assert not made.retrofit(stripped).plan()
