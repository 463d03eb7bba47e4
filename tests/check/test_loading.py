"""From PATHs to integrations: every layout, and everything that can be wrong with a tree."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path, PurePosixPath

import pytest

from appcred import loading
from appcred.errors import UsageError
from appcred.integration import Layout
from appcred.loading import LIMIT, Place, find, load
from appcred.oauth.helper import mentions_helper
from appcred.release import Release, newest
from appcred.rules import engine
from appcred.target import releases
from check.trees import MANIFEST, custom, write


def silent(sentence: str) -> None:
    """Fail where a sentence is not expected."""
    pytest.fail(sentence)


def found(path: Path) -> list[str]:
    """Return the folders below a path, as they lie below its root."""
    return [str(place.folder) for place in find(path, silent)]


CORE = {
    "homeassistant/const.py": "MAJOR_VERSION: Final = 2026\nMINOR_VERSION: Final = 10\n",
    "homeassistant/components/example/manifest.json": json.dumps(MANIFEST),
    "homeassistant/components/example/__init__.py": "",
    "homeassistant/components/example/strings.json": "{}",
    "homeassistant/components/example/translations/de.json": "{}",
    "homeassistant/components/lamp/manifest.json": json.dumps({"domain": "lamp"}),
    "tests/components/example/test_init.py": "x = 1\n",
    "tests/components/other/manifest.json": json.dumps({"domain": "other"}),
}


def test_finds_core(tmp_path: Path) -> None:
    write(tmp_path, CORE)
    wanted = ["homeassistant/components/example", "homeassistant/components/lamp"]
    for start in ("", "homeassistant", "homeassistant/components"):
        assert found(tmp_path / start) == wanted
    for start in ("example", "example/__init__.py", "example/manifest.json"):
        assert found(tmp_path / "homeassistant/components" / start) == wanted[:1]
    place, _ = find(tmp_path, silent)
    assert place.layout is Layout.CORE
    assert place.root == tmp_path
    integration = load(place)
    assert integration is not None
    assert integration.tests == PurePosixPath("tests/components/example")
    assert list(integration.test_modules) == [
        PurePosixPath("tests/components/example/test_init.py")
    ]
    assert set(integration.modules) == {""}
    assert releases(integration, "auto").span.floor == Release(2026, 10)
    assert releases(integration, "auto").span.newest == Release(2026, 10)
    assert integration.path("translations/de.json") not in integration.files


def test_finds_an_installed_home_assistant(tmp_path: Path) -> None:
    write(tmp_path / "lib/site-packages", CORE)
    assert len(found(tmp_path / "lib/site-packages/homeassistant")) == 2
    assert len(found(tmp_path / "lib/site-packages")) == 2


def test_finds_custom_repositories(tmp_path: Path) -> None:
    custom(tmp_path / "one")
    custom(tmp_path / "two", "other")
    write(tmp_path / "one", {"tests/test_a.py": "", "web/manifest.json": '{"name": "an app"}'})
    write(tmp_path, {".git/custom_components/no/manifest.json": "{}"})
    write(tmp_path, {"env/pyvenv.cfg": "", "env/custom_components/no/manifest.json": "{}"})
    places = find(tmp_path, silent)
    assert [place.path.name for place in places] == ["example", "other"]
    assert [place.root.name for place in places] == ["one", "two"]
    integration = load(places[0])
    assert integration is not None
    assert integration.tests == PurePosixPath("tests")
    assert integration.domain == "example"


def test_tests_belong_to_an_integration_that_is_alone(tmp_path: Path) -> None:
    custom(tmp_path)
    custom(tmp_path, "other")
    write(tmp_path, {"tests/test_a.py": "", "tests/other/test_b.py": ""})
    integrations = {place.path.name: load(place) for place in find(tmp_path, silent)}
    first, other = integrations["example"], integrations["other"]
    assert first is not None
    assert other is not None
    assert first.tests is None
    assert other.tests == PurePosixPath("tests/other")
    # Whether the others are looked into makes no difference
    (place,) = find(tmp_path / "custom_components" / "example", silent)
    assert not place.alone


def test_the_folder_for_new_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    custom(tmp_path)
    (place,) = find(tmp_path, silent)

    def would_be() -> PurePosixPath | None:
        integration = load(place)
        assert integration is not None
        assert integration.tests is None
        return integration.new_tests

    assert would_be() == PurePosixPath("tests")
    for taken in ("tests", "configuration.yaml", ".storage"):
        (tmp_path / taken).touch()
        assert would_be() is None, taken
        (tmp_path / taken).unlink()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "glob", _refused)
        assert would_be() is None
    (tmp_path / "custom_components" / "empty").mkdir()
    assert would_be() == PurePosixPath("tests")
    custom(tmp_path, "other")
    assert would_be() is None


def _refused(_self: Path, _pattern: str) -> None:
    raise PermissionError(13, "Permission denied")


def test_existing_tests_leave_no_folder_for_new_ones(tmp_path: Path) -> None:
    write(tmp_path, CORE)
    example, lamp = (load(place) for place in find(tmp_path, silent))
    assert example is not None
    assert lamp is not None
    assert (example.new_tests, example.tests) == (None, PurePosixPath("tests/components/example"))
    assert (lamp.new_tests, lamp.tests) == (PurePosixPath("tests/components/lamp"), None)
    more = lamp.with_file(PurePosixPath("tests/components/lamp/test_a.py"), b"")
    assert more.tests == lamp.new_tests
    assert lamp.with_file(lamp.path("a.py"), b"").tests is None


def test_a_repository_can_be_the_integration(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "manifest.json": json.dumps(MANIFEST),
            "__init__.py": "",
            "api/__init__.py": "",
            "api/client.py": "",
            "tests/test_a.py": "",
        },
    )
    (place,) = find(tmp_path, silent)
    assert place == Place(tmp_path, PurePosixPath(), Layout.CUSTOM)
    integration = load(place)
    assert integration is not None
    assert set(integration.modules) == {"", "api", "api.client"}
    assert integration.module_path("api") == PurePosixPath("api/__init__.py")
    assert [str(path) for path in integration.test_modules] == ["tests/test_a.py"]


def test_domain_is_what_the_manifest_says(tmp_path: Path) -> None:
    custom(tmp_path, "folder", manifest_json=json.dumps(MANIFEST))
    integration = load(find(tmp_path, silent)[0])
    assert integration is not None
    assert integration.domain == "example"


def test_integrations_that_are_not_wanted_are_not_loaded(tmp_path: Path) -> None:
    custom(tmp_path)
    place = find(tmp_path, silent)[0]
    assert load(place, mentions_helper) is not None
    assert load(place, lambda _: False) is None


@pytest.mark.parametrize("name", ["", "empty", "nothing/there"])
def test_no_integration_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path, {"manifest.json": '{"name": "an app"}'})
    with pytest.raises(UsageError) as error:
        find(tmp_path / name, silent)
    assert "\n" not in str(error.value)
    assert str(tmp_path / name) in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "is not a JSON object"),
        (b"3", "is not a JSON object"),
        (b"{", "is not valid JSON"),
        (b"\xff", "is not valid JSON"),
        (b"[" * 100_000, "is not valid JSON"),
        (b'{"domain": 3}', "has no valid domain"),
        (b'{"domain": "a b"}', "has no valid domain"),
        (b"{}", "has no valid domain"),
        (b" " * (LIMIT + 1), "longer than"),
    ],
)
def test_an_invalid_manifest(tmp_path: Path, content: bytes, said: str) -> None:
    custom(tmp_path, manifest_json=content)
    place = find(tmp_path, silent)[0]
    with pytest.raises(UsageError, match=said) as error:
        load(place)
    assert "manifest.json" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_manifest_in_a_folder_of_another_kind(tmp_path: Path) -> None:
    write(tmp_path, {"thing/manifest.json": "{"})
    assert find(tmp_path / "thing", silent)[0].folder == PurePosixPath()
    with pytest.raises(UsageError, match="contains no integration"):
        find(tmp_path, silent)


def test_links_are_not_followed_out_of_the_tree(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"secret.py": "oauth2 = 1\n", "folder/a.py": ""})
    repository = custom(tmp_path / "repository")
    folder = repository / "custom_components/example"
    (folder / "out.py").symlink_to(outside / "secret.py")
    (folder / "inside.py").symlink_to(folder / "const.py")
    (folder / "loop.py").symlink_to(folder / "loop.py")
    (folder / "gone.py").symlink_to(folder / "nowhere.py")
    (folder / "more").symlink_to(outside / "folder")
    (folder / "icons.json").symlink_to(folder / "icons.json")
    (folder / "self").symlink_to(folder)
    (repository / "custom_components/linked").symlink_to(folder)
    (place,) = find(repository, silent)
    integration = load(place)
    assert integration is not None
    assert set(integration.modules) == {
        "",
        "application_credentials",
        "config_flow",
        "const",
        "inside",
    }
    unread = {path.name: reason for path, reason in integration.unread.items()}
    assert set(unread) == {"out.py", "loop.py", "icons.json", "gone.py", "more", "self"}
    assert "out of the tree" in unread["out.py"]
    assert unread["gone.py"] == "a symbolic link to nothing"


@pytest.mark.parametrize("name", ["translations", "translations/en.json"])
def test_texts_behind_a_link_in_a_loop(tmp_path: Path, name: str) -> None:
    repository = custom(tmp_path)
    path = repository / "custom_components/example" / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    path.symlink_to(path)
    integration = load(find(repository, silent)[0])
    assert integration is not None
    assert integration.unread.keys() & {
        integration.folder / "translations",
        integration.folder / "translations/en.json",
    }
    span = releases(integration, "auto").span
    assert {finding.code for finding in engine.check(integration, span)} == {"APC004"}


def test_a_path_may_be_a_link(tmp_path: Path) -> None:
    repository = custom(tmp_path / "repository")
    (tmp_path / "link").symlink_to(repository)
    assert find(tmp_path / "link", silent) == find(repository, silent)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UsageError, match="cannot be read"):
        find(tmp_path / "loop", silent)


def test_odd_files_are_named_and_left(tmp_path: Path) -> None:
    repository = custom(tmp_path, long_py="#" * (LIMIT + 1))
    folder = repository / "custom_components/example"
    os.mkfifo(folder / "pipe.py")
    (folder / "folder.py").mkdir()
    integration = load(find(repository, silent)[0])
    assert integration is not None
    unread = {path.name: reason for path, reason in integration.unread.items()}
    assert set(unread) == {"long.py", "pipe.py"}
    assert unread["pipe.py"] == "not a regular file"


def test_files_that_cannot_be_read_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    custom(tmp_path)
    write(tmp_path, {"closed/a.txt": "", "custom_components/example/secret/a.py": ""})
    folder = tmp_path / "custom_components/example"
    read, scan = loading.read_below, os.scandir

    def refusing_read(root: Path, path: str) -> bytes:
        if str(path).endswith("const.py"):
            raise PermissionError(13, "Permission denied")
        return read(root, path)

    def refusing_scan(path: Path) -> object:
        if Path(path).name in ("secret", "closed"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(loading, "read_below", refusing_read)
    monkeypatch.setattr(os, "scandir", refusing_scan)
    sentences: list[str] = []
    (place,) = find(tmp_path, sentences.append)
    assert sentences == [f"{tmp_path / 'closed'} cannot be read: permission denied"]
    integration = load(place)
    assert integration is not None
    assert {str(path.relative_to(place.folder)) for path in integration.unread} == {
        "const.py",
        "secret",
    }
    assert "config_flow" in integration.modules
    assert folder.is_dir()


@pytest.mark.parametrize(
    ("hacs", "floor"),
    [
        ('{"homeassistant": "2025.4.0"}', "2025.4"),
        ('{"homeassistant": "2025.4.0b1"}', "2025.4"),
        ('{"homeassistant": 3}', None),
        ("[]", None),
        ("{", None),
        ("{}", None),
        (None, None),
        ("{}", "2025.12"),
        (None, "2025.12"),
    ],
)
def test_floor_of_a_custom_tree(tmp_path: Path, hacs: str | None, floor: str | None) -> None:
    custom(tmp_path)
    if floor == "2025.12":
        answers = tmp_path / ".copier-answers.appcred.yml"
        answers.write_text("# Changes here\nflow: secret\nfloor: 202512\n")
    if hacs is not None:
        write(tmp_path, {"hacs.json": hacs})
    integration = load(find(tmp_path, silent)[0])
    assert integration is not None
    judged = releases(integration, "auto")
    assert judged.span.floor == (Release.parse(floor) if floor else newest())
    assert judged.span.newest == newest()
    told = hacs not in (None, "{}") and floor is None
    assert (judged.note or "").startswith("hacs.json ") == told
    assert ("is not valid JSON" in (judged.note or "")) == (hacs == "{")


def test_a_floor_before_the_first_release_is_raised_with_a_note(tmp_path: Path) -> None:
    custom(tmp_path)
    write(tmp_path, {"hacs.json": '{"homeassistant": "2021.12.0"}'})
    integration = load(find(tmp_path, silent)[0])
    assert integration is not None
    judged = releases(integration, "auto")
    assert judged.span.floor == Release(2022, 6)
    assert judged.note is not None
    assert "2021.12" in judged.note
    assert "--target is Home Assistant 2022.5" in (releases(integration, "2022.5").note or "")


def test_targets(tmp_path: Path) -> None:
    custom(tmp_path)
    integration = load(find(tmp_path, silent)[0])
    assert integration is not None
    later = Release(newest().year + 1, 1)
    assert releases(integration, str(later)).span.newest == later
    assert "is newer than this version of appcred knows. Checking" in (
        releases(integration, str(later)).note or ""
    )
    assert releases(integration, str(newest())).note is None
    with pytest.raises(UsageError, match="--target"):
        releases(integration, "soon")


def test_a_core_tree_without_const_is_the_newest(tmp_path: Path) -> None:
    write(tmp_path, {"homeassistant/components/example/manifest.json": json.dumps(MANIFEST)})
    integration = load(find(tmp_path, silent)[0])
    assert integration is not None
    assert releases(integration, "auto").span.floor == newest()
