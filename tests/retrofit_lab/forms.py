"""Config flows that are made up at random and ask for a client, with set-ups that register it.

They differ in what else they ask for, how they keep it until there is an entry, how they make the
entry, and how the set-up of an entry finds its implementation again: for test_forms.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from retrofit_lab.setups import MADE, PLAIN, indented

CONST: Final = """DOMAIN = "example"
AUTHORIZE = "https://example.com/authorize"
TOKEN = "https://example.com/token"
CONF_PLANT = "plant"
"""
IMPORTS: Final = """import logging

import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET, CONF_SCAN_INTERVAL
from homeassistant.helpers import config_entry_oauth2_flow

from .const import AUTHORIZE, CONF_PLANT, DOMAIN, TOKEN
"""
FLOW: Final = '''class FlowHandler(
    config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN
):
    """Handle a flow."""

    DOMAIN = DOMAIN
    VERSION = {version}

    def __init__(self):
        """Initialise."""
        super().__init__()
{begun}

    @property
    def logger(self):
        """Return the logger."""
        return _LOGGER

    async def async_step_user(self, user_input=None):
        """Ask for the client."""
{asked}

    async def async_oauth_create_entry(self, data):
        """Create an entry."""
{created}
'''
BARS: Final = (
    'if self._async_current_entries():\n    return self.async_abort(reason="one")\n',
    "await self.async_set_unique_id(DOMAIN)\nself._abort_if_unique_id_configured()\n",
    'self._async_abort_entries_match({"host": "one"})\n',
)
"""What a step begins with."""
REAUTHS: Final = (
    "",
    """
    async def async_step_reauth(self, entry_data):
        return await self.async_step_pick_implementation()
""",
    """
    async def async_step_reauth(self, entry_data):
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input=None):
        if user_input is None:
            return self.async_show_form(step_id="reauth_confirm")
        return await self.async_step_pick_implementation()
""",
)
SHAPES: Final = (
    "if user_input is None:\n    return {form}\n{work}",
    "if user_input is not None:\n{inside}\nreturn {form}",
    "errors = {{}}\nif user_input is not None:\n{inside}\nreturn {form_with_errors}",
)
FOUND: Final = (
    "implementation = await config_entry_oauth2_flow.async_get_config_entry_implementation(\n"
    "    hass, entry\n)"
)
MIGRATIONS: Final = (
    """if entry.version == 1:
    data = {**entry.data, "migrated": True}
    hass.config_entries.async_update_entry(entry, data=data, version=2)
return True""",
    """if entry.version > 2:
    return False
if entry.version == 1:
    hass.config_entries.async_update_entry(entry, version=2)
_LOGGER.info("Migrated")
return True""",
)


@dataclass(frozen=True, slots=True)
class Form:
    """An integration's two modules, what its form asks beside the client, and its version."""

    init: str
    flow: str
    others: dict[str, object]
    version: int


def made_up(seed: int) -> Form:
    """Return the one that is made from a seed."""
    return _Maker(Random(seed)).form()


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.others: dict[str, object] = {}
        if self.maybe(0.6):
            self.others["plant"] = "one"
        if self.maybe(0.35):
            self.others["scan_interval"] = 5
        names = {"plant": "CONF_PLANT", "scan_interval": "CONF_SCAN_INTERVAL"}
        self.keys = {names[key]: f"self._{key}" for key in self.others}
        self.client = self.random.choice(
            [("CONF_CLIENT_ID", "CONF_CLIENT_SECRET"), ('"client_id"', '"client_secret"')]
        )
        self.version = self.random.choice([1, 1, 1, 2])

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def form(self) -> Form:
        imports = IMPORTS.replace("import voluptuous as vol\n\n", "")
        imports = imports.replace("from .const", "from . import config_flow\nfrom .const")
        init, flow = f"{imports}\n{self.setup()}", f"{IMPORTS}\n{self.flow()}"
        return Form(init, flow, self.others, self.version)

    # --- the set-up of an entry ----------------------------------------------------------------

    def setup(self) -> str:
        client_id, client_secret = (f"entry.data[{key}]" for key in self.client)
        first = ""
        way = self.random.choice(["plain", "plain", "tried", "helper", "locals", "data"])
        if way == "locals":
            first = f"client_id = {client_id}\nclient_secret = {client_secret}\n"
            client_id, client_secret = "client_id", "client_secret"
        elif way == "data":
            first = "data = entry.data\n"
            client_id, client_secret = (f"data[{key}]" for key in self.client)
        register = first + self.register(
            "hass", client_id, client_secret, "config_flow.FlowHandler"
        )
        functions = ["_LOGGER = logging.getLogger(__name__)"]
        if way == "helper":
            functions.append(f"def _register(hass, entry):\n{indented(register)}")
            register = "_register(hass, entry)"
        if self.version == 2:
            body = indented(self.random.choice(MIGRATIONS))
            functions.append(f"async def async_migrate_entry(hass, entry):\n{body}")
        begun = f"{register}\n{FOUND}"
        if way == "tried":
            inside = f"{register}\n{FOUND}"
            begun = f"try:\n{indented(FOUND)}\nexcept ValueError:\n{indented(inside)}"
        body = [
            begun,
            "session = config_entry_oauth2_flow.OAuth2Session(hass, entry, implementation)",
        ]
        if "plant" in self.others:
            fire = 'hass.bus.async_fire("plant", {})'
            named = f"plant = entry.data.get(CONF_PLANT)\n{fire.format('plant')}"
            body.append(self.random.choice([fire.format("entry.data[CONF_PLANT]"), named]))
        if "scan_interval" in self.others:
            body.append('hass.bus.async_fire("interval", entry.data.get(CONF_SCAN_INTERVAL, 30))')
        body += ["entry.runtime_data = session", "return True"]
        functions.append(
            f"async def async_setup_entry(hass, entry):\n{indented(chr(10).join(body))}"
        )
        return "\n\n\n".join(functions) + "\n"

    def register(self, hass: str, client_id: str, client_secret: str, flow: str) -> str:
        made = MADE.format(kind=PLAIN, hass=hass, client_id=client_id, client_secret=client_secret)
        if self.maybe(0.5):
            return f"{flow}.async_register_implementation(\n    {hass},\n{indented(made)},\n)"
        function = "config_entry_oauth2_flow.async_register_implementation"
        return f"{function}(\n    {hass},\n    DOMAIN,\n{indented(made)},\n)"

    # --- the flow ------------------------------------------------------------------------------

    def schema(self) -> str:
        client = [f"vol.Required({key}): str" for key in self.client]
        others = {
            "CONF_PLANT": "vol.Required(CONF_PLANT): str",
            "CONF_SCAN_INTERVAL": "vol.Optional(CONF_SCAN_INTERVAL, default=30): int",
        }
        more = [others[key] for key in self.keys]
        orders = [[*client, *more], [*more, *client], [client[0], *more, client[1]]]
        lines = "".join(f"    {line},\n" for line in self.random.choice(orders))
        return f"vol.Schema(\n{indented('{' + chr(10) + lines + '}')}\n)"

    def flow(self) -> str:
        kept = self.kept_apart() if self.maybe(0.5) else self.kept_whole()
        begun, keep, client, plant, created = kept
        head, schema = "_LOGGER = logging.getLogger(__name__)\n\n", self.schema()
        if self.maybe(0.6):
            head += f"SCHEMA = {schema}\n\n"
            schema = "SCHEMA"
        work = keep
        if "plant" in self.others and self.maybe(0.5):
            work += f"\nawait self.async_set_unique_id({plant})\n"
            work += "self._abort_if_unique_id_configured()"
        work += f"\n{self.register('self.hass', *client, 'self')}"
        onward = ["self.async_step_pick_implementation()", "super().async_step_user()"]
        work += f"\nreturn await {self.random.choice([onward[0], *onward])}"
        form = f'self.async_show_form(step_id="user", data_schema={schema}'
        bars = self.random.choice(["", "", "", *BARS])
        asked = bars + self.random.choice(SHAPES).format(
            work=work,
            inside=indented(work),
            form=f"{form})",
            form_with_errors=f"{form}, errors=errors)",
        )
        flow = FLOW.format(
            version=self.version,
            begun=indented(begun, 2),
            asked=indented(asked, 2),
            created=indented(created, 2),
        )
        return f"{head}\n{flow}{self.random.choice(REAUTHS)}"

    def kept_apart(self) -> tuple[str, str, tuple[str, str], str, str]:
        """Keep each field in an attribute of its own."""
        attributes = ("self._client_id", "self._client_secret")
        fields = dict(zip(self.client, attributes, strict=True)) | self.keys
        begun = "\n".join(f"{attribute} = None" for attribute in fields.values())
        keep = "\n".join(f"{attribute} = user_input[{key}]" for key, attribute in fields.items())
        lines = "".join(f"    {key}: {attribute},\n" for key, attribute in fields.items())
        created = self.random.choice(
            [
                self.create("{\n    **data,\n" + lines + "}"),
                self.create("data | {\n" + lines + "}"),
                "data.update(\n    {\n" + indented(lines) + "    }\n)\n" + self.create("data"),
            ]
        )
        return begun, keep, attributes, "self._plant", created

    def kept_whole(self) -> tuple[str, str, tuple[str, str], str, str]:
        """Keep what was typed as it came, or a copy of it."""
        copied = self.random.choice(["user_input", "dict(user_input)", "{**user_input}"])
        name = self.random.choice(["self._input", "user_input"])
        client_id, client_secret = (f"{name}[{key}]" for key in self.client)
        created = self.random.choice(
            [
                self.create("{**data, **self._input}"),
                self.create("{**self._input, **data}"),
                self.create("data | self._input"),
                f"data.update(self._input)\n{self.create('data')}",
            ]
        )
        plant = "self._input[CONF_PLANT]"
        created = created.replace("self._plant", plant)
        begun, keep = "self._input = {}", f"self._input = {copied}"
        return begun, keep, (client_id, client_secret), plant, created

    def create(self, data: str) -> str:
        titles = ['"Example"']
        if "plant" in self.others:
            titles += ["self._plant", 'f"Example {self._plant}"']
        title = self.random.choice(titles)
        inside = indented(f"title={title},\ndata={data},")
        return f"return self.async_create_entry(\n{inside}\n)"
