"""The filter that every kept file passes."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, urlencode

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appcred.rehearsal.redaction import HIDDEN, Filter

SECRET = 'se/cret+of&"quotes" 0815'
TOKEN = jwt.encode({"sub": "1", "name": "Ada"}, "k" * 32, algorithm="HS256")
KNOWN = Filter([SECRET, TOKEN, ""])


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        TOKEN,
        quote(SECRET, safe=""),
        urlencode({"client_secret": SECRET}),
        json.dumps({"client_secret": SECRET, "access_token": TOKEN}),
        json.dumps(json.dumps(SECRET)),
        f"https://a.example/?x={TOKEN.split('.')[2]}&y=1",
        *(base64.b64encode(f"{'i' * n}:{SECRET}".encode()).decode() for n in range(5)),
        base64.urlsafe_b64encode(f"id:{SECRET}".encode()).decode(),
    ],
)
def test_no_form_of_a_secret_gets_through(form: str) -> None:
    shown = KNOWN.text(f"before {form} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert HIDDEN in shown
    for part in (SECRET, "cret+of", quote("cret+of"), TOKEN.split(".")[2], "cXVvdGVz"):
        assert part not in shown


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=40),
    st.text(alphabet="abc:", max_size=7),
)
def test_base64_of_a_secret_behind_any_prefix(secret: str, before: str) -> None:
    """What is left decodes to no more than the bytes at its two ends."""
    encoded = base64.b64encode(f"{before}{secret}!".encode()).decode()
    shown = Filter([secret]).text(f"Basic {encoded}")
    assert len(shown.replace(HIDDEN, "").removeprefix("Basic ")) <= len(encoded) - len(secret)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abcdef.ghijkl-mnop", f"Authorization: Bearer {HIDDEN}"),
        ('{"refresh_token": "abcdefghijklmnop"}', f'{{"refresh_token": "{HIDDEN}"}}'),
        ("a?access_token=abcdefghijklmnop&x=1", f"a?access_token={HIDDEN}&x=1"),
        ("the token: short", "the token: short"),
        ("bearer of news", "bearer of news"),
    ],
)
def test_values_that_look_like_tokens_are_redacted(text: str, shown: str) -> None:
    assert Filter([]).text(text) == shown


def test_data_at_every_depth() -> None:
    data = {"a": [SECRET, 5, {TOKEN: None}], "b": (True, f"x {SECRET}")}
    assert KNOWN.data(data) == {"a": [HIDDEN, 5, {HIDDEN: None}], "b": [True, f"x {HIDDEN}"]}
