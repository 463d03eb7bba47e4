"""The provider refuses what RFC 6749, 7636, 8252 and 9700 refuse."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import jwt
import pytest

from appcred.rehearsal.provider import Client, Provider, RefusedError, Trouble
from appcred.rehearsal.vendor import Account, Terms

BACK = "http://127.0.0.1:8123/auth/external/callback"
CLIENT = Client("id one", "secret/two", (BACK,))
PUBLIC = Client("public", "", (BACK,))
ADA = Account("7", "Ada", "ada@example.com")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VERIFIER = "v" * 64
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)


class Caller:
    """A client of the provider that can do everything wrong."""

    def __init__(self, client: Client = CLIENT, **terms: Any) -> None:
        self.client = client
        self.provider = Provider(Terms(**terms))
        self.provider.register(client)

    def page(self, *, allow: bool = True, **changes: str | None) -> str:
        query = {
            "response_type": "code",
            "client_id": self.client.client_id,
            "redirect_uri": BACK,
            "state": "s",
            "scope": "read",
            **changes,
        }
        given = {key: value for key, value in query.items() if value is not None}
        url = f"https://vendor.example/auth?{urlencode(given)}"
        return self.provider.authorize(url, ADA, allow=allow)

    def answered(self, **changes: str | None) -> dict[str, str]:
        query = parse_qs(urlsplit(self.page(**changes)).query)
        return {key: values[0] for key, values in query.items()}

    def code(self, **changes: str | None) -> str:
        return self.answered(**changes)["code"]

    def ask(
        self, headers: dict[str, str] | None = None, **changes: str | None
    ) -> tuple[int, dict[str, Any]]:
        data = {
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret or None,
            **changes,
        }
        body = urlencode({key: value for key, value in data.items() if value is not None})
        answer = self.provider.token({**FORM, **(headers or {})}, body)
        return answer.status, json.loads(answer.body) if answer.body.startswith("{") else {}

    def exchange(self, code: str, **changes: str | None) -> tuple[int, dict[str, Any]]:
        return self.ask(
            **{"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **changes}
        )

    def refresh(self, token: str, **changes: str | None) -> tuple[int, dict[str, Any]]:
        return self.ask(**{"grant_type": "refresh_token", "refresh_token": token, **changes})

    @property
    def refusal(self) -> str:
        return self.provider.requests[-1].error


def test_a_code_becomes_a_token_that_is_refreshed_and_rotated() -> None:
    caller = Caller()
    answer = caller.answered()
    assert answer["state"] == "s"
    status, token = caller.exchange(answer["code"])
    assert (status, token["token_type"], token["scope"]) == (200, "Bearer", "read")
    assert caller.provider.account_of(token["access_token"]) == (ADA, ("read",))
    claims = jwt.decode(token["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["email"]) == ("7", "ada@example.com")
    status, new = caller.refresh(token["refresh_token"])
    assert status == 200
    assert new["refresh_token"] != token["refresh_token"]
    assert not caller.provider.accepts(token["refresh_token"])
    assert caller.provider.accepts(new["refresh_token"])
    assert {token["access_token"], new["refresh_token"], answer["code"]} <= caller.provider.secrets


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"redirect_uri": "http://127.0.0.1:8123/other"}, "redirect"),
        ({"redirect_uri": BACK + "/"}, "redirect"),
        ({"redirect_uri": BACK + "?more=1"}, "redirect"),
        ({"redirect_uri": None}, "redirect"),
        ({"client_id": "nobody"}, "client_id"),
        ({"client_id": None}, "client_id"),
    ],
)
def test_a_redirect_or_client_that_is_not_registered_gets_a_page(
    changes: dict[str, str | None], why: str
) -> None:
    with pytest.raises(RefusedError, match=f"(?i){why}"):
        Caller().page(**changes)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": "read steal"}, "invalid_scope"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),  # which means plain
    ],
)
def test_other_faults_go_back_to_the_application(
    changes: dict[str, str | None], error: str
) -> None:
    assert Caller(scopes=("read",)).answered(**changes)["error"] == error


def test_a_user_who_denies() -> None:
    back = Caller().page(allow=False)
    assert parse_qs(urlsplit(back).query) == {"error": ["access_denied"], "state": ["s"]}


def test_scopes_may_be_separated_by_commas() -> None:
    caller = Caller(scopes=("read", "write"), scope_separator=",")
    _, token = caller.exchange(caller.code(scope="read,write"))
    assert token["scope"] == "read write"
    assert Caller(scopes=("read", "write")).answered(scope="read,write")["error"] == "invalid_scope"


def test_a_code_works_once_and_a_second_use_takes_everything_back() -> None:
    caller = Caller()
    code = caller.code()
    _, token = caller.exchange(code)
    status, answer = caller.exchange(code)
    assert (status, answer["error"]) == (400, "invalid_grant")
    assert caller.refusal == "the code was used before"
    assert caller.provider.account_of(token["access_token"]) is None
    assert caller.refresh(token["refresh_token"])[0] == 400


def test_a_code_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    caller = Caller()
    code = caller.code()
    monkeypatch.setattr("appcred.rehearsal.validator._CODE_SECONDS", -1)
    late = caller.code()
    assert caller.exchange(late)[0] == 400
    assert caller.refusal == "the code has expired"
    assert caller.exchange("made-up")[0] == 400
    assert caller.refusal == "no such code"
    assert caller.exchange(code)[0] == 200


def test_another_redirect_than_the_first_is_refused() -> None:
    caller = Caller()
    assert caller.exchange(caller.code(), redirect_uri=BACK + "/")[0] == 400
    assert caller.exchange(caller.code(), redirect_uri=None)[0] == 400


@pytest.mark.parametrize(
    ("verifier", "status"), [(VERIFIER, 200), ("w" * 64, 400), (None, 400), ("", 400)]
)
def test_the_verifier_has_to_fit(verifier: str | None, status: int) -> None:
    caller = Caller()
    code = caller.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    assert caller.exchange(code, code_verifier=verifier)[0] == status


def test_a_verifier_without_a_challenge_is_a_downgrade() -> None:
    caller = Caller()
    assert caller.exchange(caller.code(), code_verifier=VERIFIER)[0] == 400
    assert "without a code_challenge" in caller.refusal


def test_a_public_client_needs_pkce_and_no_secret() -> None:
    caller = Caller(PUBLIC)
    assert caller.answered()["error"] == "invalid_request"
    code = caller.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    status, token = caller.exchange(code, code_verifier=VERIFIER)
    assert status == 200
    assert caller.refresh(token["refresh_token"])[0] == 200
    assert caller.provider.requests[-1].authentication == "none"


def test_a_vendor_may_want_pkce_of_everyone() -> None:
    assert Caller(pkce=True).answered()["error"] == "invalid_request"
    assert "code" in Caller(PUBLIC, pkce=False).answered()


@pytest.mark.parametrize(
    "changes",
    [
        {"client_secret": "wrong"},
        {"client_secret": None},
        {"client_secret": ""},
        {"client_id": "nobody"},
    ],
)
def test_a_client_that_does_not_authenticate_is_refused(changes: dict[str, str | None]) -> None:
    caller = Caller()
    status, answer = caller.exchange(caller.code(), **changes)
    assert (status, answer["error"]) == (401, "invalid_client")
    assert caller.refusal


def _basic(name: str = CLIENT.client_id, secret: str = CLIENT.client_secret) -> dict[str, str]:
    joined = f"{quote_plus(name)}:{quote_plus(secret)}"
    return {"Authorization": "Basic " + base64.b64encode(joined.encode()).decode()}


@pytest.mark.parametrize(
    ("headers", "in_body", "wanted", "status"),
    [
        (_basic(), False, "any", 200),
        (_basic(), False, "basic", 200),
        (_basic(), False, "body", 401),
        (_basic(secret="wrong"), False, "any", 401),
        ({"Authorization": "Basic !!!"}, False, "any", 401),
        (_basic(), True, "any", 401),  # both: RFC 6749, 2.3
        ({}, True, "basic", 401),
        ({}, True, "body", 200),
        (_basic(), True, "both", 200),
        (_basic(), False, "both", 401),
    ],
)
def test_client_authentication(
    headers: dict[str, str], *, in_body: bool, wanted: str, status: int
) -> None:
    caller = Caller(token_auth=wanted)
    secret = CLIENT.client_secret if in_body else None
    answer = caller.ask(
        headers,
        grant_type="authorization_code",
        code=caller.code(),
        redirect_uri=BACK,
        client_secret=secret,
    )
    assert answer[0] == status


def test_a_refresh_token_that_was_rotated_away_takes_everything_back() -> None:
    caller = Caller()
    _, first = caller.exchange(caller.code())
    _, second = caller.refresh(first["refresh_token"])
    assert caller.refresh(first["refresh_token"])[0] == 400
    assert "used again after rotation" in caller.refusal
    assert caller.refresh(second["refresh_token"])[0] == 400
    assert caller.provider.account_of(second["access_token"]) is None


def test_a_refresh_token_belongs_to_its_client() -> None:
    caller = Caller()
    _, token = caller.exchange(caller.code())
    other = Client("other", "key", (BACK,))
    caller.provider.register(other)
    stolen = caller.refresh(token["refresh_token"], client_id="other", client_secret="key")
    assert stolen[0] == 400
    assert caller.refresh(token["refresh_token"], scope="read more")[1]["error"] == "invalid_scope"


def test_only_these_grants_and_only_forms() -> None:
    caller = Caller()
    assert caller.ask(grant_type="password", username="a", password="b")[0] == 400
    assert caller.ask({"Content-Type": "application/json"}, grant_type="refresh_token")[0] == 400
    assert "not form-encoded" in caller.refusal


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Trouble.BAD_REQUEST, 400),
        (Trouble.UNAUTHORIZED, 401),
        (Trouble.TOO_MANY, 429),
        (Trouble.SERVER_ERROR, 500),
        (Trouble.DROP, 0),
        (Trouble.SILENT, 0),
        (Trouble.MALFORMED, 200),
    ],
)
def test_troubles(trouble: Trouble, status: int) -> None:
    caller = Caller()
    _, token = caller.exchange(caller.code())
    caller.provider.trouble = trouble
    assert caller.refresh(token["refresh_token"])[0] == status
    assert caller.provider.keeps_silent is (trouble is Trouble.SILENT)
    caller.provider.trouble = Trouble.NONE
    assert caller.refresh(token["refresh_token"])[0] == 200


def test_answers_that_lack_something() -> None:
    caller = Caller(token={"uid": "n{id}"}, claims={"who": "{name}"})
    caller.provider.trouble = Trouble.NO_EXPIRY
    _, token = caller.exchange(caller.code())
    assert "expires_in" not in token
    assert token["uid"] == "n7"
    identity = jwt.decode(token["id_token"], options={"verify_signature": False})
    assert identity["who"] == "Ada"


def test_a_vendor_that_does_not_rotate_and_one_that_gives_no_refresh_token() -> None:
    caller = Caller()
    _, first = caller.exchange(caller.code())
    caller.provider.trouble = Trouble.NO_REFRESH_TOKEN
    status, second = caller.refresh(first["refresh_token"])
    assert (status, "refresh_token" in second) == (200, False)
    assert caller.provider.accepts(first["refresh_token"])
    status, third = caller.exchange(caller.code())
    assert (status, "refresh_token" in third) == (200, False)
    assert not caller.provider.accepts("")


def test_whose_a_token_was_is_known_after_its_time() -> None:
    caller = Caller()
    _, token = caller.exchange(caller.code())
    caller.provider.expire()
    assert caller.provider.account_of(token["access_token"]) is None
    assert caller.provider.owner_of(token["access_token"]) == ADA
    assert caller.provider.owner_of("other") is None


@pytest.mark.parametrize("how", ["body", "basic", "none"])
def test_a_secret_that_only_the_integration_knows_is_taken_and_hidden(how: str) -> None:
    caller = Caller(Client("own", "", (BACK,), is_unknown=True))
    assert caller.provider.knows("own")
    given: dict[str, Any] = {}
    if how == "body":
        given = {"client_secret": "s3cret"}
    if how == "basic":
        encoded = base64.b64encode(b"own:s3cret").decode()
        given = {"headers": {"Authorization": f"Basic {encoded}"}}
    status, _ = caller.exchange(caller.code(), **given)
    assert status == 200, caller.refusal
    assert ("s3cret" in caller.provider.secrets) == (how != "none")


def test_expiry_and_revocation() -> None:
    caller = Caller()
    _, token = caller.exchange(caller.code())
    caller.provider.expire()
    assert caller.provider.account_of(token["access_token"]) is None
    assert caller.provider.accepts(token["refresh_token"])
    caller.provider.revoke()
    assert caller.refresh(token["refresh_token"])[0] == 400
    assert caller.refusal == "no such refresh token"


def test_secrets_are_not_in_a_representation() -> None:
    caller = Caller()
    _, token = caller.exchange(caller.code())
    shown = repr((CLIENT, caller.provider.requests, caller.provider.token(FORM, "")))
    assert CLIENT.client_secret not in shown
    assert token["access_token"] not in shown


@pytest.mark.parametrize(
    ("how", "scope"), [("text", "a b"), ("list", ["a", "b"]), ("comma", "a,b"), ("none", None)]
)
def test_scopes_are_named_as_the_vendor_names_them(how: str, scope: object) -> None:
    caller = Caller(scope_format=how)
    _, token = caller.exchange(caller.code(scope="a b"))
    assert token.get("scope") == scope


@pytest.mark.parametrize(
    ("how", "accepted", "form"),
    [
        ("json", "", False),
        ("form", "application/json", True),
        ("accept", "*/*", True),
        ("accept", "application/json", False),
    ],
)
def test_a_token_answer_is_a_form_or_json(how: str, accepted: str, *, form: bool) -> None:
    caller = Caller(token_format=how)
    data = {"grant_type": "authorization_code", "code": caller.code(), "redirect_uri": BACK}
    data |= {"client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret}
    answer = caller.provider.token({**FORM, "Accept": accepted}, urlencode(data))
    assert answer.status == 200
    assert ("urlencoded" in answer.headers["Content-Type"]) is form
    token = parse_qs(answer.body) if form else json.loads(answer.body)
    assert {"access_token", "refresh_token", "expires_in"} <= token.keys()


def test_a_token_answer_can_be_wrapped() -> None:
    caller = Caller(token_wrapped="body", token={"userid": "{id}"})
    status, answer = caller.exchange(caller.code())
    assert (status, answer["status"]) == (200, 0)
    assert answer["body"]["userid"] == "7"
    assert caller.provider.accepts(answer["body"]["refresh_token"])
