"""Integrations that are broken on purpose: each a small edit of what the template emits.

Each names the stage that has to fail and words that its report has to hold, so that a stage that
cannot fail, or fails for another reason, is found out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DOMAIN = "broken"
CLASS = "Broken"

_HOOK = '''"""Application credentials platform, with an implementation of its own."""

from homeassistant.components.application_credentials import AuthImplementation, AuthorizationServer
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import LocalOAuth2ImplementationWithPkce

from .const import CONSOLE_URL, DOMAIN, OAUTH2_AUTHORIZE, OAUTH2_SCOPES, OAUTH2_TOKEN


async def async_get_description_placeholders(hass):
    return {"console_url": CONSOLE_URL, "redirect_url": "here"}


'''
_OWN = (
    _HOOK
    + """async def async_get_auth_implementation(hass, auth_domain, credential):
    return Implementation(
        hass, auth_domain, credential, AuthorizationServer(OAUTH2_AUTHORIZE, OAUTH2_TOKEN)
    )


class Implementation(AuthImplementation):
"""
)
_PKCE = (
    _HOOK
    + """async def async_get_auth_implementation(hass, auth_domain, credential):
    return Implementation(
        hass,
        auth_domain,
        credential.client_id,
        OAUTH2_AUTHORIZE,
        OAUTH2_TOKEN,
        credential.client_secret,
    )


class Implementation(LocalOAuth2ImplementationWithPkce):
"""
)
_ENSURE = "    await coordinator.async_config_entry_first_refresh()\n"
_PLATFORM = "application_credentials.py"
_ENTRY = "        return self.async_create_entry(title=account.title, data=data)"
_HAS_REFRESH_TOKEN = 'if not token.get("refresh_token"):'
_UNIQUE = "        await self.async_set_unique_id(account.id)\n"
_SERVER = "async def async_get_authorization_server(hass: HomeAssistant)"


@dataclass(frozen=True)
class Edit:
    """A text of a file replaced by another; without an old text, the whole file."""

    file: str
    new: str
    old: str = ""

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if self.old:
            assert self.old in text, f"{self.file} no longer has {self.old!r}"
            text = text.replace(self.old, self.new)
        else:
            text = self.new
        path.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Broken:
    """An integration that one stage has to find."""

    name: str
    stage: str
    seen: str
    """Words that the stage's report has to hold."""
    edits: tuple[Edit, ...]
    answers: Mapping[str, Any] = field(default_factory=dict)
    provider: Mapping[str, Any] = field(default_factory=dict)
    """What the vendor asks beside what the answers say."""

    def __str__(self) -> str:
        return self.name

    @property
    def kind(self) -> str:
        """The group of stages that it belongs to."""
        from appcred.rehearsal.stages import STAGES

        return next(found for found in STAGES if found.name == self.stage).run.__module__


def _own(body: str) -> tuple[Edit, ...]:
    return (Edit(_PLATFORM, _OWN + body),)


def _pkce(body: str) -> tuple[Edit, ...]:
    return (Edit(_PLATFORM, _PKCE + body),)


def _setup(new: str) -> tuple[Edit, ...]:
    return (Edit("__init__.py", new, _ENSURE),)


_UPDATE = "self._get_reauth_entry(), data_updates=data"


def _api_raises(status: str) -> tuple[Edit, ...]:
    """A status of the API that is handled by nobody: an exception that comes through."""
    return (
        Edit(
            "api.py",
            f"            if err.status == {status}:\n"
            "                raise RuntimeError from err\n"
            "            if err.status == HTTPStatus.UNAUTHORIZED:",
            "            if err.status == HTTPStatus.UNAUTHORIZED:",
        ),
    )


_IMPORT = """
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.issue_registry import IssueSeverity, async_create_issue
import voluptuous as vol

from .const import DOMAIN

CONFIG_SCHEMA = vol.Schema(
    {DOMAIN: vol.Schema({vol.Required("client_id"): str, vol.Required("client_secret"): str})},
    extra=vol.ALLOW_EXTRA,
)


async def async_setup(hass, config):
    if DOMAIN not in config:
        return True
    own = config[DOMAIN]
    await async_import_client_credential(
        hass, DOMAIN, ClientCredential(own["client_id"], own["client_secret"])
    )
    async_create_issue(
        hass,
        DOMAIN,
        "deprecated_yaml",
        is_fixable=False,
        severity=IssueSeverity.WARNING,
        translation_key="deprecated_yaml",
        translation_placeholders={"section": DOMAIN},
    )
    return True


PLATFORMS ="""


_TEXTS = "translations/en.json"
_ISSUE = """  "issues": {
    "deprecated_yaml": {
      "description": "Remove the section `{section}` from configuration.yaml.",
      "title": "YAML of the broken one is deprecated"
    }
  },
"""


def _yaml(old: str = "", new: str = "", issue: str = _ISSUE) -> tuple[Edit, ...]:
    assert old in _IMPORT
    return (
        Edit("__init__.py", _IMPORT.replace(old, new) if old else _IMPORT, "\nPLATFORMS ="),
        Edit(
            _TEXTS,
            "{\n" + issue + '  "application_credentials": {',
            '{\n  "application_credentials": {',
        ),
    )


READS_YAML = _yaml()
"""What makes of the scaffold an integration that imports credentials from YAML, as it should."""

_ONE = """    await async_import_client_credential(
        hass, DOMAIN, ClientCredential(own["client_id"], own["client_secret"])
    )
"""
_EACH = """    for shop in own["shops"]:
        await async_import_client_credential(
            hass,
            DOMAIN,
            ClientCredential(shop["consumer_key"], shop["consumer_secret"]),
            f"shop {shop['consumer_key']}",
        )
"""
_FLAT = '{vol.Required("client_id"): str, vol.Required("client_secret"): str}'
_SHOPS = (
    '{vol.Required("shops"): [{vol.Required("consumer_key"): str, '
    'vol.Required("consumer_secret"): str, vol.Required("place"): str}]}'
)
READS_YAML_LIST = (
    *READS_YAML,
    Edit("__init__.py", _EACH, _ONE),
    Edit("__init__.py", _SHOPS, _FLAT),
)
"""The same with a list of clients, under other keys and beside another required one."""

BROKEN = (
    # The platform and the credentials
    Broken(
        "self in the hook's signature",
        "no-credential",
        "missing 1 required positional argument: 'hass'",
        (Edit(_PLATFORM, "async def async_get_authorization_server(self, hass)", _SERVER),),
    ),
    Broken(
        "hook that is not a coroutine",
        "no-credential",
        "TypeError: 'AuthorizationServer' object",
        (Edit(_PLATFORM, _SERVER.removeprefix("async "), _SERVER),),
    ),
    Broken(
        "platform that raises on import",
        "platform",
        "not today",
        (Edit(_PLATFORM, "raise RuntimeError('not today')\n" + _SERVER, _SERVER),),
    ),
    Broken(
        "platform without a hook",
        "platform",
        "did not implement",
        (Edit(_PLATFORM, _SERVER.replace("async_get", "get"), _SERVER),),
    ),
    Broken(
        "dependency left out of the manifest",
        "platform",
        "its manifest has no dependency application_credentials",
        (Edit("manifest.json", '"http"', '"application_credentials"'),),
    ),
    Broken(
        "description whose placeholder nobody fills",
        "description",
        "console_url",
        (
            Edit(
                _PLATFORM,
                "async def other(hass",
                "async def async_get_description_placeholders(hass",
            ),
        ),
    ),
    Broken(
        "auth_domain ignored",
        "two-credentials",
        "only one of two credentials is offered",
        (
            Edit(
                _PLATFORM,
                _OWN.replace(
                    "hass, auth_domain, credential, Auth", "hass, DOMAIN, credential, Auth"
                )
                + "    pass\n",
            ),
        ),
    ),
    Broken(
        "credentials that cannot be told apart",
        "two-credentials",
        "both are named 'Local application credentials'",
        _pkce("    pass\n"),
    ),
    # The authorize URL
    Broken(
        "scope dropped",
        "authorize-url",
        "the scope profile is not requested",
        (Edit("const.py", "", '    "profile",\n'),),
    ),
    Broken(
        "scopes joined by commas",
        "authorize-url",
        "the vendor does not know the scope openid,profile",
        (Edit("config_flow.py", '",".join', '" ".join'),),
    ),
    Broken(
        "parameter forgotten",
        "authorize-url",
        "access_type is None, not 'offline'",
        (),
        provider={"authorize_parameters": {"access_type": "offline"}},
    ),
    Broken(
        "PKCE subclass without super",
        "authorize-url",
        "PKCE is required, but code_challenge is missing",
        _pkce(
            "    @property\n"
            "    def extra_authorize_data(self):\n"
            '        return {"prompt": "consent"}\n'
        ),
        provider={"pkce": True},
    ),
    Broken(
        "plain PKCE",
        "authorize-url",
        "code_challenge_method is 'plain', not 'S256'",
        _pkce(
            "    @property\n"
            "    def extra_authorize_data(self):\n"
            "        challenge = self.code_verifier\n"
            '        return {"code_challenge": challenge, "code_challenge_method": "plain"}\n'
        ),
    ),
    Broken(
        "redirect URI of its own",
        "authorize-url",
        "redirect_uri is 'https://broken.example.com/back'",
        _own("    redirect_uri = 'https://broken.example.com/back'\n"),
    ),
    Broken(
        "secret in the authorize URL",
        "authorize-url",
        "the client secret through the user's browser",
        _own(
            "    @property\n"
            "    def extra_authorize_data(self):\n"
            '        return {"client_secret": self.client_secret}\n'
        ),
    ),
    # Adding
    Broken(
        "denial not expected",
        "denied",
        "KeyError: 'code'",
        (
            Edit(
                "config_flow.py",
                "    async def async_step_authorize_rejected(self, data=None):\n"
                '        return self.async_abort(reason=self.external_data["code"])\n\n'
                "    @override\n    async def async_oauth_create_entry",
                "    @override\n    async def async_oauth_create_entry",
            ),
        ),
    ),
    Broken(
        "token answer that is read whatever it is",
        "malformed-token",
        "JSONDecodeError",
        _own(
            "    async def _token_request(self, data):\n"
            '        data |= {"client_id": self.client_id, "client_secret": self.client_secret}\n'
            "        session = async_get_clientsession(self.hass)\n"
            "        response = await session.post(self.token_url, data=data)\n"
            "        return await response.json(content_type=None)\n"
        ),
    ),
    Broken(
        "expires_in made up of nothing",
        "token-without-expiry",
        "TypeError: int() argument",
        _own(
            "    async def async_resolve_external_data(self, data):\n"
            "        token = await super().async_resolve_external_data(data)\n"
            '        return {**token, "expires_in": token.get("expires_in")}\n'
        ),
    ),
    Broken(
        "token awaited for ever",
        "token-timeout",
        "no end",
        (
            Edit(
                "config_flow.py",
                "    async def async_step_creation(self, user_input=None):\n"
                "        resolve = self.flow_impl.async_resolve_external_data\n"
                "        token = await resolve(self.external_data)\n"
                "        return await self.async_oauth_create_entry(\n"
                '            {"auth_implementation": self.flow_impl.domain, "token": token}\n'
                "        )\n\n"
                "    @override\n    async def async_oauth_create_entry",
                "    @override\n    async def async_oauth_create_entry",
            ),
        ),
    ),
    Broken(
        "verifier forgotten",
        "code-exchange",
        "Code verifier required",
        _pkce(
            "    @property\n"
            "    def extra_token_resolve_data(self):\n"
            '        return {"audience": "x"}\n'
        ),
    ),
    Broken(
        "secret in the body where Basic is wanted",
        "code-exchange",
        "authenticated by body, the vendor wants basic",
        (),
        provider={"token_auth": "basic"},
    ),
    Broken(
        "secret in the body and in the header",
        "code-exchange",
        "in the body and in the header",
        _own(
            "    async def _token_request(self, data):\n"
            "        from aiohttp import BasicAuth\n"
            '        data |= {"client_id": self.client_id, "client_secret": self.client_secret}\n'
            "        session = async_get_clientsession(self.hass)\n"
            "        auth = BasicAuth(self.client_id, self.client_secret)\n"
            "        response = await session.post(self.token_url, data=data, auth=auth)\n"
            "        response.raise_for_status()\n"
            "        return await response.json()\n"
        ),
    ),
    Broken(
        "token request as JSON",
        "code-exchange",
        "the parameters are not form-encoded",
        _own(
            "    async def _token_request(self, data):\n"
            '        data |= {"client_id": self.client_id, "client_secret": self.client_secret}\n'
            "        session = async_get_clientsession(self.hass)\n"
            "        response = await session.post(self.token_url, json=data)\n"
            "        response.raise_for_status()\n"
            "        return await response.json()\n"
        ),
    ),
    Broken(
        "entry that names no credential",
        "entry",
        "auth_implementation is 'mine', but no credential has this name",
        (
            Edit(
                "config_flow.py",
                _ENTRY.replace("data=data", 'data={**data, "auth_implementation": "mine"}'),
                _ENTRY,
            ),
            Edit(
                "__init__.py",
                "    entry.runtime_data = None\n    return True\n    implementation = await",
                "    implementation = await",
            ),
        ),
    ),
    Broken(
        "entry without a title",
        "entry",
        "the entry has no title",
        (Edit("config_flow.py", _ENTRY.replace("account.title", '""'), _ENTRY),),
    ),
    Broken(
        "unique id that is a number",
        "entry",
        "the unique ID is a int",
        (Edit("config_flow.py", _UNIQUE.replace("account.id", "len(account.id)"), _UNIQUE),),
    ),
    Broken(
        "no unique ID",
        "same-account",
        "a second entry was created",
        (Edit("config_flow.py", "", _UNIQUE),),
    ),
    # Tokens
    Broken(
        "refreshed token thrown away",
        "refresh",
        "the new token was not stored",
        _own(
            "    async def async_refresh_token(self, token):\n"
            "        new = await super().async_refresh_token(token)\n"
            '        return {**token, "expires_at": new["expires_at"]}\n'
        ),
    ),
    Broken(
        "two sessions for one entry",
        "refresh-once",
        "2 session(s) at the same time refreshed 2 times",
        (
            Edit(
                "__init__.py",
                "    hass.data[DOMAIN] = OAuth2Session(hass, entry, implementation)\n"
                "    auth = BrokenEntryAuth(",
                "    auth = BrokenEntryAuth(",
            ),
            Edit(
                "__init__.py",
                "\nfrom .const import DOMAIN\n\nPLATFORMS =",
                "\nPLATFORMS =",
            ),
        ),
    ),
    Broken(
        "old refresh token kept",
        "rotated-refresh-token",
        "still has the old refresh token",
        _own(
            "    async def _async_refresh_token(self, token):\n"
            "        new = await super()._async_refresh_token(token)\n"
            '        return {**new, "refresh_token": token["refresh_token"]}\n'
        ),
    ),
    Broken(
        "reauth error swallowed",
        "refresh-400",
        "setup_retry",
        _setup(
            "    from homeassistant.exceptions import ConfigEntryNotReady\n"
            "    try:\n"
            "        await coordinator.client.async_get_status()\n"
            "    except Exception as err:\n"
            "        raise ConfigEntryNotReady('later') from err\n" + _ENSURE
        ),
    ),
    Broken(
        "401 taken for a passing trouble, without the session",
        "refresh-401",
        "the user is not asked to sign in",
        _own(
            "    async def _async_refresh_token(self, token):\n"
            "        from homeassistant.exceptions import ConfigEntryNotReady\n"
            "        try:\n"
            "            return await super()._async_refresh_token(token)\n"
            "        except Exception as err:\n"
            "            raise ConfigEntryNotReady('later') from err\n"
        ),
    ),
    Broken(
        "429 taken for a refusal",
        "refresh-429",
        "the user is asked to sign in again",
        _own(
            "    async def _async_refresh_token(self, token):\n"
            "        from homeassistant.exceptions import ConfigEntryAuthFailed\n"
            "        try:\n"
            "            return await super()._async_refresh_token(token)\n"
            "        except Exception as err:\n"
            "            raise ConfigEntryAuthFailed('sign in') from err\n"
        ),
    ),
    Broken(
        "500 ends the set-up for good",
        "refresh-500",
        "setup_error, but the user is not asked",
        _own(
            "    async def _async_refresh_token(self, token):\n"
            "        from homeassistant.exceptions import ConfigEntryError\n"
            "        try:\n"
            "            return await super()._async_refresh_token(token)\n"
            "        except Exception as err:\n"
            "            raise ConfigEntryError('broken') from err\n"
        ),
    ),
    Broken(
        "dropped connection taken for a refusal",
        "refresh-dropped",
        "the user is asked to sign in again",
        _own(
            "    async def _async_refresh_token(self, token):\n"
            "        try:\n"
            "            return await super()._async_refresh_token(token)\n"
            "        except Exception as err:\n"
            "            from homeassistant.exceptions import ConfigEntryAuthFailed\n"
            "            raise ConfigEntryAuthFailed('sign in') from err\n"
        ),
    ),
    # An entry that runs
    Broken(
        "new token without the refresh token, from a vendor that does not rotate",
        "unrotated-refresh-token",
        "lost the old one",
        _own(
            "    async def _async_refresh_token(self, token):\n"
            "        old = token['refresh_token']\n"
            "        asked = {'grant_type': 'refresh_token', 'refresh_token': old}\n"
            "        return await self._token_request(asked)\n"
        ),
    ),
    Broken(
        "refresh token that is not kept",
        "refresh",
        "requests no token and is in the state setup_",
        (
            *_own(
                "    async def async_resolve_external_data(self, data):\n"
                "        token = await super().async_resolve_external_data(data)\n"
                '        return {key: token[key] for key in token if key != "refresh_token"}\n'
            ),
            Edit("config_flow.py", "if not token:", _HAS_REFRESH_TOKEN),
        ),
    ),
    Broken(
        "access token of the set-up kept for good",
        "running-expired",
        "it keeps the access token from its setup",
        (
            Edit(
                "api.py",
                "        if not hasattr(self, '_kept'):\n"
                "            await session.async_ensure_token_valid()\n"
                "            self._kept = session.token[CONF_ACCESS_TOKEN]\n"
                "        return self._kept\n",
                "        await session.async_ensure_token_valid()\n"
                "        return cast(str, session.token[CONF_ACCESS_TOKEN])\n",
            ),
        ),
    ),
    Broken(
        "update listener that reloads",
        "running-expired",
        "refreshing the token reloads the entry",
        _setup(
            "    async def reload(hass, entry):\n"
            "        await hass.config_entries.async_reload(entry.entry_id)\n"
            "    entry.async_on_unload(entry.add_update_listener(reload))\n" + _ENSURE
        ),
    ),
    Broken(
        "refusal of the token that is an outage for the coordinator",
        "running-revoked",
        "the user is not asked to sign in",
        (
            Edit(
                _PLATFORM,
                _OWN + "    async def async_refresh_token(self, token):\n"
                "        try:\n"
                "            return await super().async_refresh_token(token)\n"
                "        except Exception as err:\n"
                "            raise OSError('later') from err\n",
            ),
        ),
    ),
    Broken(
        "401 of the API that is an outage",
        "api-401",
        "the API answered 401 while it was running: the entry is in the state loaded",
        (
            Edit(
                "coordinator.py",
                "except ZeroDivisionError as err:",
                "except BrokenAuthError as err:",
            ),
        ),
    ),
    Broken(
        "403 of the API that nobody expects",
        "api-403",
        "an exception was not handled; Home Assistant logged: Unexpected error fetching",
        _api_raises("403"),
    ),
    Broken(
        "429 of the API that nobody expects",
        "api-429",
        "an exception was not handled; Home Assistant logged: Unexpected error fetching",
        _api_raises("429"),
    ),
    Broken(
        "500 of the API taken for a refusal",
        "api-500",
        "the user is asked to sign in again",
        (
            Edit(
                "api.py",
                "if err.status == 401 or err.status >= 500:",
                "if err.status == HTTPStatus.UNAUTHORIZED:",
            ),
        ),
    ),
    Broken(
        "silence of the API taken for a refusal",
        "api-timeout",
        "the user is asked to sign in again",
        (
            Edit(
                "api.py",
                "        except TimeoutError as err:\n"
                '            raise BrokenAuthError("late") from err\n'
                "        except (ClientError, TimeoutError, ValueError) as err:",
                "        except (ClientError, TimeoutError, ValueError) as err:",
            ),
        ),
    ),
    Broken(
        "client that all accounts share",
        "second-account",
        "with two accounts, an entry uses the other one's token",
        (
            Edit(
                "api.py",
                "    session = None\n\n"
                "    def __init__(self, session: OAuth2Session) -> None:\n"
                "        type(self).session = session\n",
                "    def __init__(self, session: OAuth2Session) -> None:\n"
                '        """Initialize with the OAuth2 session of the config entry."""\n'
                "        self._session = session\n",
            ),
            Edit("api.py", "session = self.session\n", "session = self._session\n"),
        ),
    ),
    Broken(
        "no word about a refresh token that is missing",
        "no-refresh-token",
        "KeyError: 'refresh_token'",
        (
            Edit(
                "config_flow.py",
                'if not token["refresh_token"]:',
                _HAS_REFRESH_TOKEN,
            ),
        ),
    ),
    # Signing in again
    Broken(
        "no reauth",
        "refresh-400",
        "the user is not asked to sign in",
        (Edit("config_flow.py", "async_step_renew", "async_step_reauth"),),
    ),
    Broken(
        "reauth that makes a new entry",
        "reauth",
        "aborted with already_configured",
        (Edit("config_flow.py", 'if self.source == "never":', "if self.source == SOURCE_REAUTH:"),),
    ),
    Broken(
        "reauth without a check of the account",
        "reauth-other-account",
        "aborted with reauth_successful",
        (
            Edit(
                "config_flow.py",
                "            pass\n",
                '            self._abort_if_unique_id_mismatch(reason="wrong_account")\n',
            ),
        ),
    ),
    Broken(
        "reconfigure that adds",
        "reconfigure",
        "aborted with already_configured",
        (
            Edit(
                "config_flow.py",
                'if self.source == "never":',
                "if self.source == SOURCE_RECONFIGURE:",
            ),
        ),
    ),
    Broken(
        "reconfigure without a check of the account",
        "reconfigure-other-account",
        "reconfiguring with another account",
        (
            Edit(
                "config_flow.py",
                "            pass\n",
                '            self._abort_if_unique_id_mismatch(reason="wrong_account")\n',
            ),
        ),
    ),
    # Starts
    Broken(
        "set-up that needs the flow's memory",
        "restart",
        "after the restart the entry is in the state setup_error",
        (
            Edit(
                "__init__.py",
                "    from .config_flow import ADDED\n"
                "    if not ADDED:\n"
                "        raise RuntimeError('nobody was added')\n"
                "    implementation = await",
                "    implementation = await",
            ),
            Edit("config_flow.py", "ADDED = []\n\n\nclass ", "class "),
            Edit("config_flow.py", "        ADDED.append(1)\n" + _ENTRY, _ENTRY),
        ),
    ),
    Broken(
        "outage at the start taken for a refusal",
        "provider-down",
        "the user is asked to sign in again",
        _setup(
            "    from homeassistant.exceptions import ConfigEntryAuthFailed\n"
            "    try:\n"
            "        await coordinator.client.async_get_status()\n"
            "    except Exception as err:\n"
            "        raise ConfigEntryAuthFailed('sign in') from err\n" + _ENSURE
        ),
    ),
    Broken(
        "missing credential taken for an outage",
        "credential-gone",
        "the user is not asked to sign in",
        (
            Edit(
                "__init__.py",
                "    from homeassistant.exceptions import ConfigEntryNotReady\n"
                "    get = async_get_config_entry_implementation\n"
                "    try:\n"
                "        implementation = await get(hass, entry)\n"
                "    except ValueError as err:\n"
                "        raise ConfigEntryNotReady('later') from err\n",
                "    implementation = await async_get_config_entry_implementation(hass, entry)\n",
            ),
        ),
    ),
    Broken(
        "YAML imported under a name that no entry has",
        "yaml",
        "an entry that was created with the YAML credential and stores 'broken' does not load: the "
        "import stores the credential as 'another'",
        _yaml('own["client_secret"])\n', 'own["client_secret"]), "another"\n'),
    ),
    Broken(
        "YAML imported with another client id",
        "yaml",
        "cannot refresh its token",
        _yaml('own["client_id"]', 'own["client_id"].strip("c")'),
    ),
    Broken(
        "YAML imported without a word",
        "yaml",
        "no repair issue was created",
        _yaml("    async_create_issue(", "    (lambda *_, **__: None)("),
    ),
    Broken(
        "repair issue without its text",
        "yaml",
        "the repair issue 'deprecated_yaml' has no text (issues.deprecated_yaml.title)",
        _yaml(issue=""),
    ),
    Broken(
        "repair issue with a placeholder that nobody fills",
        "yaml",
        "issues.deprecated_yaml.description shows {section} unresolved",
        _yaml('        translation_placeholders={"section": DOMAIN},\n'),
    ),
    Broken(
        "data lost by signing in again",
        "reauth",
        "the entry's data lost region",
        (
            Edit("config_flow.py", 'data={**data, "region": "eu"})', "data=data)"),
            Edit("config_flow.py", "self._get_reauth_entry(), data=data", _UPDATE),
        ),
    ),
    Broken(
        "options lost by reconfiguring",
        "reconfigure",
        "the entry's options lost appcred_probe",
        (
            Edit(
                "config_flow.py",
                "self._get_reconfigure_entry(), data_updates=data, options={}",
                "self._get_reconfigure_entry(), data_updates=data",
            ),
            Edit(
                "config_flow.py",
                "    @staticmethod\n"
                "    def async_get_options_flow(config_entry):\n"
                "        from homeassistant.config_entries import OptionsFlow\n"
                "        return OptionsFlow()\n\n"
                "    @override\n    async def async_oauth_create_entry",
                "    @override\n    async def async_oauth_create_entry",
            ),
        ),
    ),
    Broken(
        "platforms that are not unloaded",
        "nothing-left",
        "still exist: their platforms were not unloaded",
        (
            Edit(
                "__init__.py",
                "return True",
                "return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)",
            ),
        ),
        answers={"platform": "sensor"},
    ),
    Broken(
        "platform that is set up twice",
        "complaints",
        "has already been setup!",
        (
            Edit(
                "__init__.py",
                "    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)\n"
                "    try:\n"
                "        await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)\n"
                "    except ValueError as err:\n"
                "        raise RuntimeError from err\n",
                "    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)\n",
            ),
        ),
        answers={"platform": "sensor"},
    ),
    Broken(
        "client session that nobody closes",
        "nothing-left",
        "a client session from __init__.py:",
        _setup(
            "    from aiohttp import ClientSession\n"
            "    hass.data.setdefault('own', []).append(ClientSession())\n" + _ENSURE
        ),
    ),
    Broken(
        "task that nobody ends",
        "nothing-left",
        "a task from __init__.py:",
        _setup(
            "    import asyncio\n"
            "    async def listen():\n"
            "        while True:\n"
            "            await asyncio.sleep(30)\n"
            "    hass.data.setdefault('own', []).append(asyncio.create_task(listen()))\n" + _ENSURE
        ),
    ),
    Broken(
        "timer that nobody ends",
        "nothing-left",
        "a timer from __init__.py:",
        _setup(
            "    from datetime import timedelta\n"
            "    from homeassistant.helpers.event import async_track_time_interval\n"
            "    async def look(now):\n"
            "        pass\n"
            "    async_track_time_interval(hass, look, timedelta(minutes=5))\n" + _ENSURE
        ),
    ),
    Broken(
        "blocking call in the event loop",
        "complaints",
        "Detected blocking call to open",
        _setup("    open(__file__).close()\n" + _ENSURE),
    ),
    Broken(
        "token in the title",
        "shown-secrets",
        "the entry's title",
        (
            Edit(
                "config_flow.py",
                _ENTRY.replace("account.title", "data[CONF_TOKEN][CONF_ACCESS_TOKEN]"),
                _ENTRY,
            ),
        ),
    ),
    Broken(
        "token in an attribute",
        "shown-secrets",
        ".attributes.access",
        (
            Edit(
                "sensor.py",
                "    @property\n"
                "    def extra_state_attributes(self):\n"
                "        entry = self.coordinator.config_entry\n"
                '        return {"access": entry.data["token"]["access_token"]}\n\n'
                "    @property\n    @override\n    def native_value",
                "    @property\n    @override\n    def native_value",
            ),
        ),
        answers={"platform": "sensor"},
    ),
    Broken(
        "reference in a text",
        "texts",
        "shows the unresolved reference '[%key:common::config_flow::title::reauth%]'",
        (
            Edit(
                "translations/en.json",
                '"title": "[%key:common::config_flow::title::reauth%]"',
                '"title": "Authentication expired for {name}"',
            ),
        ),
    ),
    # Endings and privacy
    Broken(
        "no way to unload",
        "unload",
        "failed_unload",
        (Edit("__init__.py", "async_discard_entry", "async_unload_entry"),),
    ),
    Broken(
        "removal that raises",
        "removal",
        "async_remove_entry raised an error",
        (
            Edit(
                "__init__.py",
                "\n\nasync def async_remove_entry(hass, entry):\n"
                "    await entry.runtime_data.async_revoke()\n"
                "\n\nasync def async_unload_entry",
                "\n\nasync def async_unload_entry",
            ),
        ),
    ),
    Broken(
        "diagnostics that show the tokens",
        "diagnostics",
        "data.entry_data.token.access_token",
        (Edit("diagnostics.py", 'SHOWN = {"access_token", ', "SHOWN = {"),),
    ),
    Broken(
        "token in the log",
        "logs",
        "log records contain a token or secret: INFO of custom_components.broken.config_flow",
        (
            Edit(
                "config_flow.py",
                '        self.logger.info("Signed in: %s", data)\n' + _UNIQUE,
                _UNIQUE,
            ),
        ),
    ),
    Broken(
        "abort without its text",
        "texts",
        "the abort reason 'wrong_account' has no text",
        (Edit("translations/en.json", '"another"', '"wrong_account"'),),
    ),
    Broken(
        "placeholder that nobody fills",
        "texts",
        "shows {account} unresolved",
        (Edit("translations/en.json", "tokens of {account}", "tokens of your account"),),
    ),
)

TOGETHER = (
    "denial not expected",
    "no word about a refresh token that is missing",
    "dropped connection taken for a refusal",
    "500 of the API taken for a refusal",
    "reauth without a check of the account",
    "missing credential taken for an outage",
    "diagnostics that show the tokens",
    "timer that nobody ends",
    "removal that raises",
    "token in the log",
    "reference in a text",
)
"""What does not touch another: one integration with all of it fails each of the stages."""
