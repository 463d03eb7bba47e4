"""`appcred new --discover`, from a real server to the tree."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from appcred import scaffold
from new.authority import OAUTH, OPENID, serving
from new.command import refused, run

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.capture import CaptureFixture

    from appcred.answers import Answers

pytestmark = pytest.mark.slow


def test_discovered_answers_are_rendered(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    with serving() as server:
        server.json(OPENID, server.metadata())
        done = run(
            capsys,
            tmp_path / "dest",
            *("--discover", server.url, "--data", "scopes=openid lamps.read", "--defaults"),
        )
    assert done.code == 0, done.err
    assert done.err == (
        f"appcred: read {server.url}{OPENID}\n"
        "appcred: other scopes are available; add what you need: lamps.read\n"
    )
    written = yaml.safe_load((tmp_path / "dest/.copier-answers.appcred.yml").read_text())
    assert written["authorize_url"] == f"{server.url}/authorize"
    assert written["userinfo_url"] == f"{server.url}/userinfo"
    assert written["flow"] == "pkce_secret"
    assert written["scopes"] == "openid lamps.read"


def test_every_kind_of_metadata_is_an_answer_set(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    kinds = [
        {"token_endpoint_auth_methods_supported": ["none"]},
        {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
        {"userinfo_endpoint": None},
        {"scopes_supported": []},
        {"scopes_supported": None, "code_challenge_methods_supported": None},
    ]
    with serving() as server:
        for number, changes in enumerate(kinds):
            server.json(OAUTH, server.metadata(**changes))
            dest = tmp_path / str(number)
            done = run(capsys, dest, "--discover", server.url, "--defaults")
            assert done.code == 0, (changes, done.err)


def test_a_server_without_metadata(capsys: CaptureFixture[str], tmp_path: Path) -> None:
    with serving() as server:
        said = refused(run(capsys, tmp_path / "dest", "--discover", server.url, "--defaults"))
    assert said.startswith(f"{server.url} publishes no OAuth2 metadata: its four addresses answer")
    assert not (tmp_path / "dest").exists()


def test_a_query_of_the_authorization_endpoint_is_kept(
    capsys: CaptureFixture[str], tmp_path: Path
) -> None:
    """Home Assistant before 2026.11 drops it there, so it is sent with the other parameters."""
    with serving() as server:
        query = "p=B2C_1_signin&aud=https%3A%2F%2Fapi.example.com"
        document = server.metadata(authorization_endpoint=f"{server.url}/authorize?{query}")
        server.json(OPENID, document)
        done = run(capsys, tmp_path / "dest", "--discover", server.url, "--defaults")
    assert done.code == 0, done.err
    params = "p=B2C_1_signin&aud=https://api.example.com"
    said = "appcred: the query of the authorization endpoint is now extra_authorize_params:"
    assert f"{said} {params}" in done.err.splitlines()
    written = yaml.safe_load((tmp_path / "dest/.copier-answers.appcred.yml").read_text())
    assert written["authorize_url"] == f"{server.url}/authorize"
    assert written["extra_authorize_params"] == params


@pytest.mark.parametrize(
    ("query", "data", "said"),
    [
        ("a=1%262", (), "authorize_url: Give the part from ? on as extra_authorize_params"),
        ("scope=all", (), "extra_authorize_params: Leave out scope"),
        ("", (), "authorize_url: Give the part from ? on"),
        ("a=1", ("-d", "extra_authorize_params=b=2"), "authorize_url: Give the part from ? on"),
    ],
)
def test_an_endpoint_that_the_template_refuses(
    capsys: CaptureFixture[str], tmp_path: Path, query: str, data: tuple[str, ...], said: str
) -> None:
    with serving() as server:
        document = server.metadata(authorization_endpoint=f"{server.url}/authorize?{query}")
        server.json(OPENID, document)
        done = run(capsys, tmp_path / "dest", "--discover", server.url, "--defaults", *data)
    assert done.code == 2
    assert done.err.splitlines()[-1].startswith(f"appcred: {said}")


def test_a_refused_endpoint_is_reported_before_the_first_question(
    capsys: CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    real = scaffold.render

    def render(answers: Answers, *, ask: bool) -> scaffold.Scaffold:
        asked.append(ask)
        return real(answers, ask=False)

    monkeypatch.setattr(scaffold, "render", render)
    for stream in (sys.stdin, sys.stdout):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    with serving() as server:
        wrong = f"{server.url}/authorize?state=1"
        server.json(OPENID, server.metadata(authorization_endpoint=wrong))
        done = run(capsys, tmp_path / "dest", "--discover", server.url)
        assert (done.code, asked) == (2, [False])
        # an answer of one's own goes before what the server says
        right = f"authorize_url={server.url}/authorize"
        done = run(capsys, tmp_path / "dest", "--discover", server.url, "--data", right)
        assert (done.code, asked) == (0, [False, False, True])
