"""Answers that a question of the template refuses."""

from __future__ import annotations

from typing import Any

PUBLIC = {"flow": "pkce_public"}
CLAIM = {"identity": "token_claim"}
CORE = {"layout": "core"}
HUB = {"integration_type": "hub"}
LIBRARY = {"library": "acmelib", "requirements": "acmelib==1.0"}

TAKEN: list[tuple[str, dict[str, Any]]] = [
    ("domain", {"domain": "a"}),
    ("class_prefix", {"class_prefix": "ACME"}),
    ("iot_class", {"iot_class": "cloud_push", "platforms": ""}),
    ("more", {"more": ["sign_in", "account"]}),
    ("domain", {"domain": "my_cloud_2"}),
    ("domain", {"domain": "a" * 50}),
    ("domain", {"domain": "matches"}),  # a keyword in it, not alone
    ("name", {"name": 'L\'Été "7" \\ {{ x }} 🏡 שלום'}),
    ("name", {"name": "N" * 36}),
    ("codeowners", {"codeowners": "@octocat @home-assistant/core"}),
    ("documentation", {"documentation": "https://example.com"}),
    ("documentation", {"documentation": "https://docs.example.com:8443/a/b?c=d"}),
    ("documentation", {"documentation": "https://my-home-assistant.io/"}),
    ("floor", {"floor": 202504}),
    ("floor", {**CORE, "floor": 202611}),
    ("category", {**CORE, "category": "finance"}),
    ("category", {**CORE, "category": "energy"}),
    ("category", {**CORE, "category": "energy.ev_charging"}),
    ("authorize_url", {"authorize_url": "https://login.example.com/a%20b"}),
    ("authorize_url", {"authorize_url": "http://localhost:8080/authorize"}),
    ("authorize_url", {"authorize_url": "http://127.0.0.1/authorize"}),
    ("authorize_url", {"authorize_url": "http://[::1]:9/authorize"}),
    ("token_url", {"token_url": "https://example.com/token?v=2"}),
    ("scopes", {"scopes": ""}),
    ("scopes", {"scopes": "https://example.com/auth/a.b offline_access a:b,c"}),
    ("scopes", {"scopes": "read write", "scope_separator": ","}),
    ("token_accept_json", {"token_accept_json": True}),
    ("extra_authorize_params", {"extra_authorize_params": ""}),
    ("extra_authorize_params", {"extra_authorize_params": "prompt=login consent&b=c=d&e=5%"}),
    ("client_id", {**PUBLIC, "client_id": "a b'c\"d\\"}),
    ("console_url", {"console_url": ""}),
    ("credentials_text", {"credentials_text": "Ask us.", "console_url": ""}),
    (
        "credentials_text",
        {"credentials_text": "1. It's `{redirect_url}`\n2. Done", "console_url": ""},
    ),
    ("id_field", {"id_field": "data.0.user-id.@id"}),
    ("id_claim", {**CLAIM, "id_claim": "https://example.com/uid"}),
    ("claim_token", {**CLAIM, "claim_token": "id_token"}),
    ("account_mismatch", {"account_mismatch": "unique_id_mismatch"}),
    ("requirements", {"requirements": "aiofoo==1.2.0b1 foo.bar[x,y]==2!1.0+local"}),
    ("library", {**LIBRARY, "library": "acmelib.api.v2"}),
    ("library_client", {**LIBRARY, "library_client": "AcmeAPIClient"}),
    ("library_errors", {**LIBRARY, "library_errors": "AcmeAuthError AcmeError"}),
    ("library_get_data", {**LIBRARY, "library_get_data": "fetchAll_2"}),
    ("id_field", {**LIBRARY, "id_field": "user_id"}),
    ("platforms", {**LIBRARY, "platforms": ""}),
    ("platforms", {"platforms": ""}),
    ("platforms", {"platforms": "switch sensor button select binary_sensor"}),
    ("devices_field", {**HUB, "devices_field": ""}),
    ("device_name_field", {**HUB, "device_name_field": "id"}),
    ("manufacturer", {"manufacturer": 'Vendor "of" Things'}),
    ("configuration_url", {"configuration_url": ""}),
    ("sensor_device_class", {"sensor_device_class": "energy"}),
    ("sensor_unit", {"sensor_device_class": "energy", "sensor_unit": "MWh"}),
    ("sensor_unit", {"sensor_device_class": "power_factor", "sensor_unit": ""}),
    ("sensor_unit", {"sensor_unit": "items"}),
    ("sensor_state_class", {"sensor_state_class": "total"}),
    ("sensor_state_class", {"sensor_unit": "°", "sensor_state_class": "measurement_angle"}),
    ("select_options", {"platforms": "select", "select_options": "a b_2"}),
    ("sensor_key", {"sensor_key": "level_2"}),
    ("sensor_name", {"sensor_name": "Füllstand ‰"}),
    ("polling_minutes", {"polling_minutes": 1}),
    ("polling_minutes", {"polling_minutes": 1440}),
]


def is_sentence(text: str) -> bool:
    """Say whether a message is in one piece and says something."""
    return text[0].isupper() and text[-1] in ".-`" and "\n" not in text and "  " not in text
