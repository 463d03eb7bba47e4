"""Before anything is authorized: the platform, the credentials dialog, the authorize URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from appcred.rehearsal.flows import PICK, ending, must_go_on, refusal, to_vendor
from appcred.rehearsal.homeassistant import CommandError
from appcred.rehearsal.stage import FailedError, Stage, UnreachableError
from appcred.rehearsal.texts import placeholders

if TYPE_CHECKING:
    from appcred.rehearsal.play import Play

_NO_PLATFORM: Final = "does not provide application_credentials: "
_OWN_CLIENT: Final = "the integration has a built-in client, so users enter none"


async def _offered(play: Play) -> str:
    try:
        answer = await play.home.command("application_credentials/config")
    except CommandError as error:
        raise FailedError(
            f"the list of integrations cannot be read: {error}; {play.home.last_error()}",
            "The credentials dialog stays empty, for every integration.",
            certain=True,
        ) from None
    if play.subject.domain not in answer["domains"]:
        raise FailedError(
            "the integration is not in the list: its manifest has no dependency "
            "application_credentials",
            (
                "Adding the integration ends with missing_configuration, and no credential can "
                "be entered."
            ),
            certain=True,
        )
    try:
        made = await play.home.command(
            "application_credentials/create",
            domain=play.subject.domain,
            client_id="first-try",
            client_secret="first-try",  # noqa: S106 - nobody's
        )
    except CommandError as error:
        # What is wrong with a module that cannot be imported is logged at level debug alone.
        said = [
            line for line in (await play.home.finished_log()).splitlines() if _NO_PLATFORM in line
        ]
        why = f": {said[-1].partition(_NO_PLATFORM)[2]}" if said else f": {error}"
        raise FailedError(
            f"its application_credentials.py cannot be used{why}",
            "The credentials dialog refuses every credential of the integration.",
            certain=True,
        ) from None
    await play.home.command("application_credentials/delete", application_credentials_id=made["id"])
    return "the credentials dialog lists the integration and accepts a credential"


async def _described(play: Play) -> str:
    texts = await play.texts("application_credentials")
    key = f"component.{play.subject.domain}.application_credentials.description"
    answer = await play.home.command("application_credentials/config")
    given = answer["integrations"].get(play.subject.domain, {}).get("description_placeholders", {})
    if key not in texts:
        unused = f"; the placeholders {', '.join(sorted(given))} are not used" if given else ""
        raise UnreachableError(
            f"the integration has no description for the credentials dialog{unused}"
        )
    wanted = placeholders(texts[key])
    if missing := sorted(wanted - set(given)):
        raise FailedError(
            f"the description uses {', '.join(missing)}, which "
            "async_get_description_placeholders does not return",
            certain=True,
        )
    return f"a description with {', '.join(sorted(wanted)) or 'no placeholder'}, all resolved"


async def _missing(play: Play) -> str:
    if await play.adopt_credentials():
        raise UnreachableError(_OWN_CLIENT)
    result = await play.to_authorization(await play.start_flow())
    if result["type"] == "abort" and result["reason"] == "missing_credentials":
        return "the flow aborted with missing_credentials, which opens the credentials dialog"
    if await play.adopt(result):
        raise UnreachableError(_OWN_CLIENT)
    must_go_on(result)
    raise FailedError(f"the flow {ending(result)} without a credential", doubt=refusal(result))


async def _one_credential(play: Play) -> str:
    if not play.has_own_client and not await play.adopt_credentials():
        # A client of the integration's own may be imported no earlier than as a flow begins.
        result = await play.to_authorization(await play.start_flow(), pick=False)
        await play.drop_flows()
        if result["type"] == "form" and result["step_id"] == PICK:
            return "the integration brings several clients of its own, of which one is picked"
        if not await play.adopt(result):
            await play.add_credential("First credential")
    result = await play.to_authorization(await play.start_flow(), pick=False)
    if result["type"] == "form" and result["step_id"] == PICK:
        raise FailedError(f"with one credential the flow {ending(result)}")
    to_vendor(result, "with one credential ")
    return "with one credential the flow opens the vendor's page"


async def _two_credentials(play: Play) -> str:
    if play.has_own_client or not any(
        credential.client.client_secret for credential in play.credentials
    ):
        raise UnreachableError(_OWN_CLIENT)
    second = await play.add_credential("Second credential")
    try:
        result = await play.to_authorization(await play.start_flow(), pick=False)
        if result["type"] == "external":
            raise FailedError(
                (
                    "only one of two credentials is offered: the hook does not pass on its "
                    "auth_domain"
                ),
                certain=True,
            )
        if result["type"] != "form" or result["step_id"] != PICK:
            must_go_on(result)
            raise FailedError(f"with two credentials the flow {ending(result)}")
        options = dict(result["data_schema"][0]["options"])
        if len(set(options.values())) < len(options):
            named = next(iter(options.values()))
            raise FailedError(f"both are named {named!r}", certain=True)
        for credential in play.credentials[-2:]:
            await play.drop_flows()
            if credential.auth_domain not in options:
                raise FailedError(
                    f"the credential {credential.auth_domain!r} is not offered: the hook does not "
                    "pass on its auth_domain",
                    certain=True,
                )
            result = await play.to_authorization(await play.start_flow(), credential.auth_domain)
            url = to_vendor(result, f"picking {options[credential.auth_domain]!r}, ")
            used = parse_qs(urlsplit(url).query).get("client_id", [""])[0]
            if used != credential.client.client_id:
                raise FailedError("the chosen credential is not the one that is used", certain=True)
        names = " and ".join(sorted(map(str, options.values())))
        return f"both are offered, as {names}, and the chosen one is used"
    finally:
        await play.drop_flows()
        await play.home.command(
            "application_credentials/delete", application_credentials_id=second.id
        )
        play.credentials.remove(second)


async def _authorize_url(play: Play) -> str:
    result = await play.to_authorization(await play.start_flow())
    url = urlsplit(to_vendor(result))
    query = {key: values[0] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
    client = play.credentials[0].client
    terms = play.vendor.terms
    wrong = []
    if url.scheme != "https" and url.hostname not in ("localhost", "127.0.0.1", "::1"):
        wrong.append(f"it is not https: {url.scheme}://{url.netloc}")
    if query.get("response_type") != "code":
        wrong.append(f"response_type is {query.get('response_type')!r}, not 'code'")
    if query.get("client_id") != client.client_id:
        wrong.append("client_id is not the credential's")
    if query.get("redirect_uri") != play.home.configuration.redirect_uri:
        wrong.append(f"redirect_uri is {query.get('redirect_uri')!r}")
    if not query.get("state"):
        wrong.append("state is missing")
    if "client_secret" in query:
        wrong.append("it sends the client secret through the user's browser")
    for key, value in terms.authorize_parameters.items():
        if query.get(key) != value:
            wrong.append(f"{key} is {query.get(key)!r}, not {value!r}")
    scopes = query.get("scope", "").split(terms.scope_separator) if query.get("scope") else []
    needed = {scope for answer in play.vendor.answers for scope in answer.scopes}
    if missing := sorted(needed - set(scopes)):
        wrong.append(f"the scope {', '.join(missing)} is not requested")
    if terms.scopes is not None and (unknown := sorted(set(scopes) - set(terms.scopes))):
        wrong.append(f"the vendor does not know the scope {', '.join(unknown)}")
    challenge = query.get("code_challenge", "")
    public = not (client.client_secret or client.is_unknown)
    if terms.wants_pkce(public=public) and not challenge:
        wrong.append("PKCE is required, but code_challenge is missing")
    if challenge and query.get("code_challenge_method") != "S256":
        wrong.append(f"code_challenge_method is {query.get('code_challenge_method')!r}, not 'S256'")
    if wrong:
        raise FailedError("; ".join(wrong), certain=True)
    extra = sorted(
        set(query)
        - {"response_type", "client_id", "redirect_uri", "state", "scope"}
        - {"code_challenge", "code_challenge_method"}
    )
    return (
        f"{url.scheme}://{url.netloc}{url.path}: code, the credential's client_id, Home "
        f"Assistant's redirect_uri, a state; scopes: {' '.join(scopes) or 'none'}; further "
        f"parameters: {' '.join(extra) or 'none'}; PKCE: {'S256' if challenge else 'no'}"
    )


STAGES: Final = (
    Stage("platform", _offered),
    Stage("description", _described, ("platform",)),
    Stage("no-credential", _missing, ("platform",)),
    Stage("one-credential", _one_credential, ("platform",)),
    Stage("two-credentials", _two_credentials, ("one-credential",)),
    Stage("authorize-url", _authorize_url, ("one-credential",)),
)
