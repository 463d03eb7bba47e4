"""Each rule finds what it is for, and nothing else does, in good integrations that are broken.

The good ones are emitted by the template, one for each row of its cover, and five of core. A
mutation breaks one of them as its rule describes, in a place that it names; where the fix is
safe, fixing gives back the very bytes.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from appcred.documents import json as json_edits
from appcred.integration import Layout
from appcred.release import Release, newest
from appcred.rules import engine
from rules.mutations import (
    CORE,
    NO_FIX,
    Broken,
    Good,
    broken,
    custom_before,
    emitted,
    judged,
    of_core,
    put,
    strings,
    swap,
    with_texts,
)
from sampling import ALL

if TYPE_CHECKING:
    from collections.abc import Callable


pytestmark = [pytest.mark.lab, pytest.mark.slow]


NOT_IN_CORE = {
    "APC110": "weheat has no PKCE class of its own",
    "APC111": "weheat is known to have no name, and the others no PKCE",
    "APC112": "core runs only in releases that keep the query",
    "APC113": "core runs only in releases that heed it",
    "APC119": "core's container has all requirements",
    "APC204": "core's manifests have no version",
    "APC309": "core runs only in releases that handle it",
    "APC408": "none of these imports a credential",
    "APC501": "core runs only in releases that need no handling",
    "APC503": "none of these refreshes in a handler of ClientError",
    "APC504": "none of these tells errors of a refresh apart",
    "APC510": "none of these has a first clause that asks for a new sign-in",
    "APC511": "none of these raises the error inside a clause for all",
    "APC512": "core runs on one release, whose names are all there",
    "APC513": "none of these has a coordinator like the template's",
    "APC514": "all of these ask for a new sign-in somewhere",
    "APC515": "the setups of core return nothing since 2026.11",
    "APC607": "references are resolved in core",
    "APC608": "core has one file of texts",
    "APC701": "the package has no tests",
    "APC702": "core's tests enable no custom integrations",
    "APC703": "the package has no tests",
}
"""Why a rule's mutations break none of core's integrations."""


Mutation = "Callable[[Good], Broken | None]"
MUTATIONS: list[tuple[str, str, Any]] = []


def mutation(code: str) -> Callable[[Any], Any]:
    """Take a function in as a mutation for a rule."""

    def take(function: Any) -> Any:
        MUTATIONS.append((code, function.__name__.strip("_"), function))
        return function

    return take


# --- how to break something -------------------------------------------------------------------


PLATFORM = "application_credentials.py"
SERVER = "async_get_authorization_server"
IMPLEMENTATION = "async_get_auth_implementation"
ANY_HOOK = rf"async def (?:{SERVER}|{IMPLEMENTATION})\("
FLOW_CLASS = r"^class \w+\([^:]*AbstractOAuth2FlowHandler"


# --- the mutations ----------------------------------------------------------------------------


@mutation("APC001")
def comment_for_nothing(good: Good) -> Broken | None:
    marked = r"\g<0>  # appcred: ignore[APC102] -- once"
    return swap(good, "config_flow.py", r"^    DOMAIN = DOMAIN$", marked, "appcred: ignore")


@mutation("APC002")
def comment_for_no_rule(good: Good) -> Broken | None:
    marked = r"\g<0>  # appcred: ignore[APC999] -- once"
    return swap(good, "config_flow.py", r"^    DOMAIN = DOMAIN$", marked, "appcred: ignore")


@mutation("APC003")
def flow_that_is_no_python(good: Good) -> Broken | None:
    return swap(good, "config_flow.py", r"^    DOMAIN = DOMAIN$", "    DOMAIN = = 1", "= = 1")


@mutation("APC004")
def file_not_read(good: Good) -> Broken | None:
    path = good.path("closed.py")
    return Broken(replace(good.integration, unread={path: "permission denied"}), ((path, 1),))


@mutation("APC005")
def marker_left(good: Good) -> Broken | None:
    marked = r"    # TODO(appcred): move it\n\g<0>"
    return swap(good, "config_flow.py", r"^    DOMAIN = DOMAIN$", marked, "# TODO")


@mutation("APC101")
def no_platform(good: Good) -> Broken | None:
    return broken(good, PLATFORM, None, FLOW_CLASS, in_="config_flow.py")


@mutation("APC102")
def hook_with_self(good: Good) -> Broken | None:
    return swap(good, PLATFORM, rf"({ANY_HOOK}\s*)hass", r"\1self, hass", r"(self), hass")


@mutation("APC103")
def hook_not_async(good: Good) -> Broken | None:
    plain = rf"^async (def (?:{SERVER}|{IMPLEMENTATION})\()"
    return swap(good, PLATFORM, plain, r"\1", rf"^def (?:{SERVER}|{IMPLEMENTATION})")


@mutation("APC104")
def hook_in_a_class(good: Good) -> Broken | None:
    text = good.text(PLATFORM) or ""
    hook = re.search(rf"^{ANY_HOOK}(?:.*\n)+?(?=^\S(?<!\))|\Z)", text, re.MULTILINE)
    if hook is None:
        return None
    body = "".join(f"    {line}" if line.strip() else line for line in hook[0].splitlines(True))
    wrapped = text[: hook.start()] + "class Credentials:\n" + body + text[hook.end() :]
    return broken(good, PLATFORM, wrapped, rf"^    {ANY_HOOK}")


@mutation("APC105")
def hook_with_other_parameters(good: Good) -> Broken | None:
    other = rf"({SERVER}\(hass: HomeAssistant)\)"
    return swap(good, PLATFORM, other, r"\1, domain: str)", rf"def ({SERVER})\(")


@mutation("APC105")
def hook_without_auth_domain(good: Good) -> Broken | None:
    return swap(good, PLATFORM, r" auth_domain: str,", "", rf"def ({IMPLEMENTATION})\(")


@mutation("APC106")
def hook_misspelt(good: Good) -> Broken | None:
    return swap(good, PLATFORM, rf"^({ANY_HOOK[:-2]})\(", r"\1s(", r"\A")


@mutation("APC107")
def both_hooks(good: Good) -> Broken | None:
    text = good.text(PLATFORM) or ""
    if f"def {SERVER}" in text:
        return None
    hook = f"\n\nasync def {SERVER}(hass: HomeAssistant):\n    return None\n"
    return broken(good, PLATFORM, text + hook, rf"def ({SERVER})\(")


@mutation("APC108")
def auth_domain_dropped(good: Good) -> Broken | None:
    if good.name == "smartthings":
        return None  # it does so already
    passed = rf"({IMPLEMENTATION}\((?:.*\n)+?.*return \w+\(\s*hass,\s*)auth_domain,"
    return swap(good, PLATFORM, passed, r"\1DOMAIN,", r"return \w+\(\s*hass,\s*(DOMAIN),")


@mutation("APC109")
def pkce_arguments_swapped(good: Good) -> Broken | None:
    if "WithPkce" not in (good.text(PLATFORM) or ""):
        return None
    order = r"^( +)(OAUTH2_AUTHORIZE,\n +OAUTH2_TOKEN,\n) +(credential\.client_secret,\n)"
    return swap(good, PLATFORM, order, r"\1\3\1\2", r"^ +credential\.client_secret,")


@mutation("APC110")
def pkce_without_super(good: Good) -> Broken | None:
    override = "    @property\n    def extra_token_resolve_data(self):\n        return {}\n\n"
    name = r"^    @property\n    @override\n    def name"
    if "WithPkce" not in (good.text(PLATFORM) or ""):
        return None
    return swap(good, PLATFORM, name, override + r"\g<0>", r"def (extra_token_resolve_data)")


@mutation("APC111")
def pkce_name_removed(good: Good) -> Broken | None:
    name = r"^    @property\n    @override\n    def name\(.*\n +\"\"\".*\n +return .*\n"
    if "WithPkce" not in (good.text(PLATFORM) or ""):
        return None
    return swap(good, PLATFORM, name, "", r"^class (\w+)\(LocalOAuth2ImplementationWithPkce")


@mutation("APC112")
def authorize_url_with_query(good: Good) -> Broken | None:
    if not custom_before(good, "2026.11"):
        return None
    url = r'^(OAUTH2_AUTHORIZE = ".*)"$'
    used = r"(?:authorize_url=|^ +)(OAUTH2_AUTHORIZE),"
    return swap(good, "const.py", url, r'\1?tenant=home"', used, in_=PLATFORM)


@mutation("APC113")
def token_auth_method_too_early(good: Good) -> Broken | None:
    text = good.text(PLATFORM) or ""
    if not custom_before(good, "2026.11") or "_token_request" in text:
        return None
    first = r'^(class \w+\((?:AuthImplementation|LocalOAuth2Impl\w+)\):\n +""".*"""\n)'
    method = '\n    token_auth_method = "client_secret_basic"\n'
    return swap(good, PLATFORM, first, rf"\1{method}", "token_auth_method")


@mutation("APC114")
def token_url_not_encrypted(good: Good) -> Broken | None:
    used = r"(?:token_url=|^ +)(OAUTH2_TOKEN),"
    return swap(good, "const.py", r'^(OAUTH2_TOKEN = ")https', r"\1http", used, in_=PLATFORM)


@mutation("APC115")
def secret_in_the_source(good: Good) -> Broken | None:
    if "WithPkce" in (good.text(PLATFORM) or ""):
        return None
    credential = (
        "\nfrom homeassistant.components.application_credentials import ClientCredential\n"
        'CREDENTIAL = ClientCredential("the-client", "the-secret")\n'
    )
    return broken(good, "const.py", (good.text("const.py") or "") + credential, "CREDENTIAL =")


@mutation("APC116")
def credential_ignored(good: Good) -> Broken | None:
    given = r"(return \w+\(\s*hass,\s*auth_domain,\s*)credential(?=[,)])"
    return swap(good, PLATFORM, given, r"\1OUR_CLIENT", r"auth_domain: str, (credential):")


@mutation("APC117")
def hook_of_another_name(good: Good) -> Broken | None:
    hook = "\n\nasync def async_get_authorize_server(hass: HomeAssistant):\n    return None\n"
    text = (good.text(PLATFORM) or "") + hook
    return broken(good, PLATFORM, text, r"def (async_get_authorize_server)")


@mutation("APC118")
def placeholders_from_get_url(good: Good) -> Broken | None:
    text = good.text(PLATFORM) or ""
    base = r"hass\.config\.external_url or [\"']https://YOUR_DOMAIN:PORT[\"']"
    if not re.search(base, text):
        return None
    changed = "from homeassistant.helpers.network import get_url\n" + re.sub(
        base, "get_url(hass)", text
    )
    return broken(good, PLATFORM, changed, r"(get_url)\(hass\)")


@mutation("APC119")
def platform_with_a_requirement(good: Good) -> Broken | None:
    manifest = good.text("manifest.json") or ""
    if good.integration.layout is Layout.CORE or '"requirements": [\n' in manifest:
        return None
    added = manifest
    if '"requirements"' not in manifest:
        needs = ',\n  "requirements": ["acme-thing==1.0"]'
        added = re.sub(
            r'(,\n  "(?:single_config_entry|version)")', rf"{needs}\1", manifest, count=1
        )
    if added == manifest:
        return None
    path = good.path("manifest.json")
    tree = replace(good, integration=good.integration.with_file(path, added.encode()))
    return broken(tree, PLATFORM, "import acme_thing\n" + (good.text(PLATFORM) or ""), r"\A")


@mutation("APC201")
def dependency_removed(good: Good) -> Broken | None:
    return swap(good, "manifest.json", r'"application_credentials"(?:, )?', "", r'"dependencies"')


@mutation("APC202")
def dependency_left_over(good: Good) -> Broken | None:
    alone = r'(\["application_credentials")\]'
    return swap(good, "manifest.json", alone, r'\1, "auth"]', '"auth"')


@mutation("APC203")
def config_flow_not_declared(good: Good) -> Broken | None:
    return swap(good, "manifest.json", r'^  "config_flow": true,\n', "", r"\A")


@mutation("APC204")
def version_removed(good: Good) -> Broken | None:
    if good.integration.layout is Layout.CORE:
        return None
    return swap(good, "manifest.json", r',\n  "version": ".*"', "", r"\A")


@mutation("APC205")
def keys_out_of_order(good: Good) -> Broken | None:
    order = r'^(  "domain": .*\n)(  "name": .*\n)'
    return swap(good, "manifest.json", order, r"\2\1", '"domain"')


@mutation("APC301")
def flow_not_registered(good: Good) -> Broken | None:
    return swap(good, "config_flow.py", r", domain=DOMAIN", "", r"^class (\w+)\([^:]*FlowHandler")


@mutation("APC301")
def flow_without_domain(good: Good) -> Broken | None:
    name = r"^class (\w+)\([^:]*FlowHandler"
    return swap(good, "config_flow.py", r"^    DOMAIN = DOMAIN$", "    VERSION = 1", name)


@mutation("APC302")
def unique_id_removed(good: Good) -> Broken | None:
    text = good.text("config_flow.py") or ""
    if text.count("async_set_unique_id") != 1:
        return None
    name = r"^class (\w+)\([^:]*FlowHandler"
    return swap(good, "config_flow.py", r"^ +await self\.async_set_unique_id\(.*\)\n", "", name)


@mutation("APC302")
def unique_id_not_compared(good: Good) -> Broken | None:
    text = good.text("config_flow.py") or ""
    rest = re.sub(r"^ +self\._abort_if_unique_id_configured\(\)\n", "", text, flags=re.MULTILINE)
    if rest == text or good.integration.manifest.get("single_config_entry"):
        return None
    if good.name in CORE:
        return None  # they do more in between, which might be a question of their own
    return broken(good, "config_flow.py", rest, r"return (self\.async_create_entry\()")


@mutation("APC303")
def unique_id_is_a_number(good: Good) -> Broken | None:
    if "async_set_unique_id(DOMAIN)" in (good.text("config_flow.py") or ""):
        return None  # no number is made of it
    call = r"(self\.async_set_unique_id\()(.*)\)$"
    return swap(good, "config_flow.py", call, r"\1int(\2))", r"int\(")


@mutation("APC304")
def no_reauth(good: Good) -> Broken | None:
    name = r"^class (\w+)\([^:]*FlowHandler"
    return swap(good, "config_flow.py", r"def async_step_reauth\(", "def async_reauth(", name)


@mutation("APC305")
def mismatch_not_looked_at(good: Good) -> Broken | None:
    text = good.text("config_flow.py") or ""
    check = r"^ +self\._abort_if_unique_id_mismatch\((?:.|\n)*?\)\n"
    reason = re.search(r'_abort_if_unique_id_mismatch\(\s*reason="(\w+)"', text)
    if text.count("_abort_if_unique_id_mismatch") != 1 or reason is None:
        return None
    if "description_placeholders" in text or ".unique_id" in text:
        return None
    keys = ["config", "abort", reason[1]]
    without = with_texts(good, lambda content: json_edits.drop(content, keys))
    return swap(without, "config_flow.py", check, "", r"self\.async_update_reload_and_abort\(")


@mutation("APC306")
def entry_looked_up_by_hand(good: Good) -> Broken | None:
    old = 'self.hass.config_entries.async_get_entry(self.context["entry_id"])'
    return swap(good, "config_flow.py", r"self\._get_reauth_entry\(\)", old, re.escape(old))


@mutation("APC307")
def data_loses_keys(good: Good) -> Broken | None:
    init = good.text("__init__.py") or ""
    reads = '\n\ndef region(entry):\n    return entry.data["region"]\n'
    text = good.text("config_flow.py") or ""
    created = r"(self\.async_create_entry\((?:.|\n)*?data=)data\b"
    updated = r"(self\.async_update_reload_and_abort\((?:.|\n)*?)data(?:_updates)?=data\b"
    if not re.search(created, text) or not re.search(updated, text) or "data=new" in text:
        return None
    if text.count("async_update_reload_and_abort") != 1:
        return None
    text = re.sub(created, r'\1{**data, "region": "eu"}', text)
    text = re.sub(updated, r"\1data=data", text)
    half = good.integration.with_file(good.path("__init__.py"), (init + reads).encode())
    at = r"self\.async_update_reload_and_abort\((?:.|\n)*?data=(data)\b"
    return broken(replace(good, integration=half), "config_flow.py", text, at)


@mutation("APC307")
def data_loses_what_came_later(good: Good) -> Broken | None:
    text = good.text("config_flow.py") or ""
    updated = r"(self\.async_update_reload_and_abort\((?:.|\n)*?)data(?:_updates)?=data\b"
    if not re.search(updated, text) or "data=new" in text or re.search(r"\bdata(\[.*\])? = ", text):
        return None
    if text.count("async_update_reload_and_abort") != 1:
        return None
    hook = (
        '"""The webhook."""\n\n\ndef register(hass, entry):\n'
        '    data = {**entry.data, "hook_id": 1}\n'
        "    hass.config_entries.async_update_entry(entry, data=data)\n"
        '    return entry.data["hook_id"]\n'
    )
    half = good.integration.with_file(good.path("hook.py"), hook.encode())
    text = re.sub(updated, r"\1data=data", text)
    at = r"self\.async_update_reload_and_abort\((?:.|\n)*?data=(data)\b"
    return broken(replace(good, integration=half), "config_flow.py", text, at)


@mutation("APC308")
def scopes_not_sent(good: Good) -> Broken | None:
    if good.integration.layout is Layout.CORE:
        text = (good.text("const.py") or "") + '\nOAUTH2_FURTHER_SCOPES = ["offline"]\n'
        return broken(good, "const.py", text, r"\[\"offline\"\]")
    sent = r'^ +"scope": .*join\(OAUTH2_SCOPES\),\n'
    used = (document.content for document in good.integration.modules.values())
    if sum(content.count(b"OAUTH2_SCOPES") for content in used) > 3:
        return None  # those that were granted are compared with them
    return swap(good, "config_flow.py", sent, "", r"^OAUTH2_SCOPES = (.)", in_="const.py")


@mutation("APC309")
def stored_implementation_taken(good: Good) -> Broken | None:
    if not custom_before(good, "2026.10"):
        return None
    call = (
        "self.async_step_pick_implementation("
        '{"implementation": self._get_reauth_entry().data["auth_implementation"]})'
    )
    step = r"self\.async_step_user\(\)"
    return swap(good, "config_flow.py", step, call, r"self\.async_step_pick_implementation")


@mutation("APC310")
def renewed_login_not_told(good: Good) -> Broken | None:
    text = good.text("config_flow.py") or ""
    told = r"(?:^        if self\.source == SOURCE_RE\w+:\n(?: {12}.*\n)+)+"
    rest = re.sub(told, "", text, count=1, flags=re.MULTILINE)
    if rest == text or re.search(r"self\.source|\b_get_re\w+_entry|_and_abort\(", rest):
        return None
    reason = re.search(r'_abort_if_unique_id_mismatch\(reason="(\w+)"', text)
    if reason is not None:
        keys = ["config", "abort", reason[1]]
        good = with_texts(good, lambda content: json_edits.drop(content, keys))
    return broken(good, "config_flow.py", rest, r"def (async_oauth_create_entry)\(")


@mutation("APC310")
def one_renewed_login_not_told(good: Good) -> Broken | None:
    text = good.text("config_flow.py") or ""
    rest = re.sub(
        r"^        if self\.source == SOURCE_REAUTH:\n(?:(?: {12}.*)?\n)+"
        r"(?=        if self\.source == SOURCE_RECONFIGURE:\n)",
        "",
        text,
        flags=re.MULTILINE,
    )
    if rest == text:
        return None
    return broken(good, "config_flow.py", rest, r"def (async_oauth_create_entry)\(")


@mutation("APC408")
def entries_get_another_name(good: Good) -> Broken | None:
    text = good.text("__init__.py") or ""
    if "async_import_client_credential(" not in text:
        return None
    migration = (
        "\n\nasync def async_migrate_entry(hass, entry):\n"
        '    data = {**entry.data, "auth_implementation": "device_auth"}\n'
        "    hass.config_entries.async_update_entry(entry, data=data, version=2)\n"
    )
    if not (good.integration.layout is Layout.CORE and good.span.floor == newest()):
        migration += "    return True\n"
    return broken(good, "__init__.py", text + migration, r'"auth_implementation": ("device_auth")')


@mutation("APC501")
def implementation_not_handled(good: Good) -> Broken | None:
    if not custom_before(good, "2026.10"):
        return None
    text = good.text("__init__.py") or ""
    handled = (
        r"except \(?(?:HomeAssistantError|ImplementationUnavailableError|ValueError).* as err:"
    )
    if not re.search(handled, text):
        return None
    text = re.sub(handled, "except KeyError as err:", text)
    return broken(good, "__init__.py", text, r"await (async_get_config_entry_implementation)\(")


@mutation("APC502")
def obsolete_handling(good: Good) -> Broken | None:
    if good.span.floor < Release(2026, 10):
        return None
    fetch = r"^    (implementation = await async_get_config_entry_implementation\(hass, entry\)\n)"
    handled = (
        r"    try:\n        \1    except ValueError as err:\n"
        r"        raise ConfigEntryNotReady from err\n"
    )
    return swap(good, "__init__.py", fetch, handled, r"^ +except ValueError as err")


def _refresh(good: Good, error: str) -> Broken | None:
    if not custom_before(good, "2026.9"):
        return None
    text = (good.text("__init__.py") or "") + (
        "\n\nasync def refresh(session):\n    try:\n"
        "        await session.async_ensure_token_valid()\n"
        f"    except {error} as err:\n        raise ConfigEntryNotReady from err\n"
    )
    return broken(good, "__init__.py", text, rf"^    except {error} as err")


@mutation("APC503")
def refresh_in_client_error(good: Good) -> Broken | None:
    return _refresh(good, "ClientError")


@mutation("APC504")
def reauth_as_not_ready(good: Good) -> Broken | None:
    return _refresh(good, "OAuth2TokenRequestError")


@mutation("APC505")
def session_of_its_own(good: Good) -> Broken | None:
    text = (good.text("__init__.py") or "") + "\n\nimport aiohttp\nMINE = aiohttp.ClientSession()\n"
    return broken(good, "__init__.py", text, r"aiohttp\.ClientSession\(\)")


@mutation("APC506")
def returns_nothing_too_early(good: Good) -> Broken | None:
    if not custom_before(good, "2026.11"):
        return None
    value = r"(async def async_setup_entry\((?:.|\n)*?)\n    return True\n"
    return swap(good, "__init__.py", value, r"\1\n", r"def (async_setup_entry)\(")


@mutation("APC506")
def returns_a_bool_too_late(good: Good) -> Broken | None:
    if good.integration.layout is Layout.CUSTOM:
        return None
    unload = r"async def async_unload_entry\((?:.|\n)*?\) -> None:\n"
    value = unload + "    (return True)"
    return swap(good, "__init__.py", f"^({unload})", r"\1    return True\n", value)


@mutation("APC507")
def token_logged(good: Good) -> Broken | None:
    create = r"(def async_oauth_create_entry\((?:.|\n)*?:\n +\"\"\"(?:.|\n)*?\"\"\"\n)"
    log = r'\1        self.logger.debug("Signed in: %s", data)' + "\n"
    return swap(good, "config_flow.py", create, log, "Signed in")


@mutation("APC508")
def token_in_the_diagnostics(good: Good) -> Broken | None:
    if not re.search(
        r"\bentry\.data\b", (good.text("diagnostics.py") or "").replace("config_", "")
    ):
        return None
    whole = r"\b(?:config_)?entry\.data\b"
    all_of_it = r"entry\.data\[CONF_TOKEN\]\.keys\(\) - SHOWN"
    redacted = r"^TO_REDACT = (?:\{[^}]*\}|\[[^\]]*\])"
    return swap(good, "diagnostics.py", all_of_it, '{"email"}', whole) or swap(
        good, "diagnostics.py", redacted, 'TO_REDACT = {"email"}', whole
    )


@mutation("APC509")
def listener_beside_reload(good: Good) -> Broken | None:
    if "async_update_reload_and_abort" not in (good.text("config_flow.py") or ""):
        return None
    listen = r"    entry.async_on_unload(entry.add_update_listener(listener))\n\g<0>"
    stored = r"^    entry\.runtime_data ="
    return swap(good, "__init__.py", stored, listen, r"entry\.add_update_listener")


@mutation("APC601")
def description_removed(good: Good) -> Broken | None:
    text = good.text(PLATFORM) or ""
    if "async_import_client_credential" in (good.text("__init__.py") or ""):
        return None
    if '"application_credentials"' not in (good.text(strings(good)) or ""):
        return None
    bare = with_texts(good, lambda content: json_edits.drop(content, ["application_credentials"]))
    text = text.replace("async def async_get_description_placeholders", "async def other")
    return broken(bare, PLATFORM, text, r"\A")


DESCRIPTION = ("application_credentials", "description")


@mutation("APC602")
def placeholder_not_filled_in(good: Good) -> Broken | None:
    if '"application_credentials"' not in (good.text(strings(good)) or ""):
        return None
    return put(good, DESCRIPTION, _described(good) + " {nowhere}")


@mutation("APC603")
def placeholder_not_used(good: Good) -> Broken | None:
    hook = r"(async_get_description_placeholders\((?:.|\n)*?    return \{\n)"
    return swap(good, PLATFORM, hook, r'\1        "unused": "x",\n', '"unused"')


def _described(good: Good) -> str:
    found: Any = good.integration.strings
    return str(found[DESCRIPTION[0]][DESCRIPTION[1]])


@mutation("APC604")
def abort_without_text(good: Good) -> Broken | None:
    text = good.text("config_flow.py") or ""
    named = re.search(r'self\.async_abort\(\s*reason="((?!oauth)\w+)"', text)
    if named is None:
        return None
    keys = ["config", "abort", named[1]]
    bare = with_texts(good, lambda content: json_edits.drop(content, keys))
    at = rf'(self\.async_abort\()\s*reason="{named[1]}"'
    return broken(bare, "config_flow.py", text, at)


@mutation("APC604")
def step_without_text(good: Good) -> Broken | None:
    text = good.text("config_flow.py") or ""
    if 'step_id="reauth_confirm"' not in text:
        return None
    keys = ["config", "step", "reauth_confirm"]
    bare = with_texts(good, lambda content: json_edits.drop(content, keys))
    at = r'(self\.async_show_form\()\s*step_id="reauth_confirm"'
    return broken(bare, "config_flow.py", text, at)


@mutation("APC605")
def text_for_nothing(good: Good) -> Broken | None:
    return put(good, ("config", "abort", "never_used"), "Never shown")


@mutation("APC606")
def url_in_a_text(good: Good) -> Broken | None:
    return put(good, ("config", "step", "reauth_confirm", "description"), "See https://a.example.")


@mutation("APC607")
def reference_in_a_custom_tree(good: Good) -> Broken | None:
    if good.integration.layout is Layout.CORE:
        return None
    return put(good, ("config", "create_entry", "default"), "[%key:common::create_entry%]")


@mutation("APC608")
def strings_beside_translations(good: Good) -> Broken | None:
    if good.integration.layout is Layout.CORE:
        return None
    return broken(good, "strings.json", "{}\n", r"\A")


@mutation("APC609")
def former_login(good: Good) -> Broken | None:
    if re.search(r"async_show_form\(\s*step_id=(?!\")", good.text("config_flow.py") or ""):
        return None
    made = put(good, ("config", "step", "user", "data", "password"), "Password")
    path = good.path(strings(good))
    keys = ("config", "step", "user", "data")
    return replace(
        made,
        places=((path, json_edits.place(made.integration.files[path].content, keys)[0]),),
    )


def _in_tests(good: Good, old: str, new: str) -> Good:
    integration = good.integration
    for path in integration.test_modules:
        text = integration.files[path].content.decode()
        if re.search(old, text):
            integration = integration.with_file(path, re.sub(old, new, text).encode())
    return replace(good, integration=integration)


@mutation("APC701")
def flow_not_tested(good: Good) -> Broken | None:
    if not good.integration.test_modules:
        return None
    starts = r"\bflow\.async_init\b|\bstart_re(?:auth|configure)_flow\b"
    without = _in_tests(good, starts, "begin")
    text = good.text("config_flow.py")
    return broken(without, "config_flow.py", text, r"^class (\w+)\([^:]*FlowHandler")


@mutation("APC702")
def credentials_too_early(good: Good) -> Broken | None:
    if good.integration.layout is Layout.CORE:
        return None
    late = _in_tests(good, r"@pytest\.fixture\(autouse=True\)\ndef load_custom", "def load_custom")
    places = [
        (path, number)
        for path in late.integration.test_modules
        for number, line in enumerate(late.integration.files[path].content.decode().splitlines(), 1)
        if "await async_import_client_credential(" in line
    ]
    return Broken(late.integration, tuple(places)) if places else None


@mutation("APC703")
def abort_not_tested(good: Good) -> Broken | None:
    text = good.text("config_flow.py") or ""
    if not good.integration.test_modules or 'reason="cannot_connect"' not in text:
        return None
    without = _in_tests(good, '"cannot_connect"', '"something_else"')
    at = r'(self\.async_abort\()\s*reason="cannot_connect"'
    return broken(without, "config_flow.py", text, at)


# --- the good ones ----------------------------------------------------------------------------


@mutation("APC311")
def unique_id_not_awaited(good: Good) -> Broken | None:
    call = r"await (self\.async_set_unique_id\()"
    return swap(good, "config_flow.py", call, r"\1", r"self\.async_set_unique_id")


@mutation("APC312")
def abort_caught(good: Good) -> Broken | None:
    call = r"^( +)(self\._abort_if_unique_id_configured\(\))"
    inside = r"\1try:\n\1    \2\n\1except Exception:\n\1    LOGGER.exception('no')"
    return swap(good, "config_flow.py", call, inside, r"except Exception:\n +LOGGER.exception\('no")


@mutation("APC515")
def setup_gives_up(good: Good) -> Broken | None:
    head = r"(^async def async_setup_entry\((?:[^()]|\n)*\) -> bool:\n(?: +\"\"\".*\"\"\"\n)?)"
    clause = r"\1    try:\n        await probe()\n    except OSError:\n        return False\n"
    return swap(good, "__init__.py", head, clause, "except OSError:\n        return False")


CLAUSE = r"except \w+AuthError as err:(?=\n +raise ConfigEntryAuthFailed)"


@mutation("APC510")
def every_error_asks(good: Good) -> Broken | None:
    return swap(good, "coordinator.py", CLAUSE, "except Exception as err:", "except Exception")


@mutation("APC511")
def reauth_caught(good: Good) -> Broken | None:
    text = good.text("coordinator.py") or ""
    if good.integration.layout is Layout.CORE or not re.search(CLAUSE, text):
        return None
    asks = r"( +)((?:return|\w+ =) await self\.client)"
    again = r"\1if not self.client:\n\1    raise ConfigEntryAuthFailed\n\1\2"
    text = re.sub(asks, again, text, count=1)
    text = re.sub(r"except \w+ApiError as err:", "except Exception as err:", text)
    return broken(good, "coordinator.py", text, r"^        except Exception")


@mutation("APC512")
def name_too_new(good: Good) -> Broken | None:
    if not custom_before(good, "2026.10"):
        return None
    line = "\nfrom homeassistant.exceptions import UnknownImplementationError\n"
    text = (good.text("const.py") or "") + line
    return broken(good, "const.py", text, "from homeassistant.exceptions import Unknown")


@mutation("APC513")
def refusal_swallowed(good: Good) -> Broken | None:
    text = good.text("coordinator.py") or ""
    first = re.search(rf"^        {CLAUSE}", text, re.MULTILINE)
    if good.integration.layout is Layout.CORE or first is None:
        return None
    keys = 'KEYS = ("authentication_failed", "cannot_connect")\n'
    clause = "        except Exception:\n            return self.data\n\n\n"
    return broken(good, "coordinator.py", text[: first.start()] + clause + keys, "^        except")


@mutation("APC514")
def refresh_token_dropped(good: Good) -> Broken | None:
    if good.integration.layout is Layout.CORE:
        return None
    tree = good.integration
    for path, file in good.integration.files.items():
        if path.suffix in (".py", ".json"):
            content = file.content.replace(b"ConfigEntryAuthFailed", b"OSError")
            tree = tree.with_file(path, content.replace(b"refresh_token", b"renewal"))
    flow = Good(good.name, tree, good.span)
    if any(document.mentions("async_start_reauth") for document in tree.modules.values()):
        return None  # an entity asks for a new sign-in, too
    token = (
        '        data["token"] = {"access_token": data["token"]["access_token"], "expires_at": 1}\n'
    )
    start = r"^        await self\.async_set_unique_id"
    return swap(flow, "config_flow.py", start, token + r"\g<0>", r'data\["token"\] = ')


@pytest.mark.parametrize(
    ("code", "mutate"), [pytest.param(c, m, id=f"{c}-{name}") for c, name, m in MUTATIONS]
)
def test_mutations_of_emitted_trees(code: str, mutate: Any) -> None:
    # What breaks one scaffold breaks the next in the same way.
    changed = list(islice(judged(code, mutate, emitted()), None if ALL else 4))
    assert changed, "this mutation changes no emitted tree; correct the pattern it looks for"


@pytest.mark.parametrize(
    ("code", "mutate"), [pytest.param(c, m, id=f"{c}-{name}") for c, name, m in MUTATIONS]
)
def test_mutations_of_core(code: str, mutate: Any) -> None:
    list(judged(code, mutate, of_core()))


def test_core_is_broken_often_enough() -> None:
    applied: Counter[str] = Counter()
    codes: dict[str, set[str]] = {}
    for code, _, mutate in MUTATIONS:
        for good in of_core():
            if mutate(good) is not None:
                applied[good.name] += 1
                codes.setdefault(code, set()).add(good.name)
    assert all(applied[domain] >= 15 for domain in CORE), applied
    assert {name for _, name, _ in MUTATIONS} >= NO_FIX
    assert NOT_IN_CORE.keys() == {code for code, _, _ in MUTATIONS} - codes.keys()


def test_every_rule_has_a_mutation() -> None:
    """Those of the APC4 family but one have theirs in test_mutations_credentials.py."""
    wanted = {code for code in engine.codes() if not code.startswith("APC4")}
    assert wanted | {"APC408"} == {code for code, _, _ in MUTATIONS}


def test_emitted_trees_have_no_findings() -> None:
    for good in emitted():
        assert engine.check(good.integration, good.span) == (), good.name


def test_a_file_that_cannot_be_parsed_is_one_finding() -> None:
    seen = set()
    custom = [good for good in emitted() if good.integration.layout is Layout.CUSTOM]
    for good in custom[:4]:
        for path, file in good.integration.files.items():
            name = path.name
            if path.is_relative_to(good.integration.folder) and name.endswith(".py"):
                for added in (b"\nx = (\n", b"\n\xff\n"):
                    after = good.integration.with_file(path, file.content + added)
                    found = engine.check(after, good.span)
                    assert [(f.code, f.path) for f in found] == [("APC003", path)], found
                    seen.add(name)
            elif name in ("strings.json", "en.json"):
                for content in (b"5", b"\xff", b'{"config": {"abort": {"unknown": 5}}}'):
                    found = engine.check(good.integration.with_file(path, content), good.span)
                    assert [(f.code, f.path) for f in found] == [("APC003", path)], found
    assert {"__init__.py", "config_flow.py", "const.py", "api.py", "sensor.py"} <= seen
