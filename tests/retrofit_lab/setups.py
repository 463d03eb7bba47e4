"""Functions `async_setup` that are made up at random, as authors write them: for test_setups.py.

Each registers one implementation with a client from YAML, behind one of the guards there are, and
does this and that besides: with other keys of its section, and without. What it does is seen by
the events it fires, the services it registers and what it keeps in `hass.data`.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

DOMAIN: Final = "example"
CONST: Final = f"""DOMAIN = "{DOMAIN}"
AUTHORIZE = "https://example.com/authorize"
TOKEN = "https://example.com/token"
BASE = "https://login.example.com"
CONF_INTERVAL = "interval"
CONF_TITLE = "title"
"""
FLOW: Final = """from homeassistant.helpers import config_entry_oauth2_flow

from .const import DOMAIN


class FlowHandler(config_entry_oauth2_flow.AbstractOAuth2FlowHandler, domain=DOMAIN):
    DOMAIN = DOMAIN
"""
HEAD: Final = """import logging

import voluptuous as vol

from homeassistant.const import CONF_CLIENT_ID, CONF_CLIENT_SECRET
from homeassistant.helpers import config_entry_oauth2_flow, config_validation as cv

from . import config_flow
from .const import AUTHORIZE, BASE, CONF_INTERVAL, CONF_TITLE, DOMAIN, TOKEN

_LOGGER = logging.getLogger(__name__)

"""
MADE: Final = """{kind}(
    {hass},
    DOMAIN,
    {client_id},
    {client_secret},
    AUTHORIZE,
    TOKEN,
)"""
PLAIN: Final = "config_entry_oauth2_flow.LocalOAuth2Implementation"
OWN: Final = "(\n    hass,\n    {client_id},\n    {client_secret},\n)"
INITS: Final = (
    """
    def __init__(self, hass, client_id, client_secret):
        super().__init__(hass, DOMAIN, client_id, client_secret, AUTHORIZE, TOKEN)
""",
    """
    def __init__(self, hass, client_id, client_secret):
        super().__init__(
            hass=hass,
            domain=DOMAIN,
            client_id=client_id,
            client_secret=client_secret,
            authorize_url=f"{BASE}/login",
            token_url=f"{BASE}/tokens",
        )
""",
    """
    def __init__(self, hass, client_id, client_secret):
        self._audience = "everybody"
        super().__init__(hass, DOMAIN, client_id, client_secret, AUTHORIZE, BASE + "/token")
""",
)
"""Initialisers of a class of the integration's own; the last keeps something."""
EXTRAS: Final = (
    """
    @property
    def extra_authorize_data(self):
        return {"scope": "read write"}
""",
    """
    @property
    def extra_authorize_data(self):
        return super().extra_authorize_data | {"client_secret": self.client_secret}
""",
    """
    async def async_resolve_external_data(self, external_data):
        return await super().async_resolve_external_data(external_data)
""",
    """
    name = "The vendor's"
""",
    """
    @property
    def name(self):
        return "The vendor's"
""",
)
FACTORY: Final = """def make_implementation(hass, client_id, client_secret):
    return {}


"""
GUARDS: Final = (
    "if DOMAIN not in config:\n    return True\nconf = config[DOMAIN]",
    "if config.get(DOMAIN) is None:\n    return True\nconf = config[DOMAIN]",
    "conf = config.get(DOMAIN)\nif conf is None:\n    return True",
    "conf = config.get(DOMAIN)\nif not conf:\n    return True",
    "if (conf := config.get(DOMAIN)) is None:\n    return True",
    "if not (conf := config.get(DOMAIN, {})):\n    return True",
    "try:\n    conf = config[DOMAIN]\nexcept KeyError:\n    return True",
    "if not config.get(DOMAIN):\n    return True",
    "if CONF_CLIENT_ID not in config.get(DOMAIN, {}):\n    return True",
    "if DOMAIN not in config:\n    {event}\n    return True\nconf = config[DOMAIN]",
)
"""What comes before the rest: returns without YAML."""
BY_ITSELF: Final = (
    "conf = config.get(DOMAIN, {})\nif not conf.get(CONF_CLIENT_ID):\n    return True",
    "conf = config.get(DOMAIN) or {}\nif CONF_CLIENT_ID not in conf:\n    return True",
    "conf = config.get(DOMAIN, {})\nown = conf.get(CONF_CLIENT_ID)\nif not own:\n    return True",
)
"""What returns where there is no client, and lets all else be."""
TRIED: Final = """try:
    client_id = config[DOMAIN][CONF_CLIENT_ID]
    client_secret = config[DOMAIN][CONF_CLIENT_SECRET]
except KeyError:
    _LOGGER.debug("No client")
else:
{inside}"""
AROUND: Final = (
    "if DOMAIN in config:\n    conf = config[DOMAIN]\n{inside}",
    "conf = config.get(DOMAIN)\nif conf is not None:\n{inside}",
    "if DOMAIN in config:\n    conf = config[DOMAIN]\n{inside}\nelse:\n    {event}",
)
"""What stands around all that needs YAML."""
BY_CLIENT: Final = (
    "conf = config.get(DOMAIN, {})\nif CONF_CLIENT_ID in conf:\n{inside}",
    "conf = config.get(DOMAIN)\nif conf and CONF_CLIENT_ID in conf:\n{inside}",
    "conf = config.get(DOMAIN) or {}\nif conf.get(CONF_CLIENT_ID):\n{inside}",
    "conf = config.get(DOMAIN) or {}\nif conf.get(CONF_CLIENT_ID) is not None:\n{inside}",
)
"""What stands around a registration where the client may be left out."""


@dataclass(frozen=True, slots=True)
class Setup:
    """An integration's `__init__.py`, and the keys of its section beside the client's."""

    source: str
    others: dict[str, object]


def made_up(seed: int) -> Setup:
    """Return the one that is made from a seed."""
    return _Maker(Random(seed)).setup()


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.events = 0
        self.optional = self.maybe(0.3)
        self.interval = self.maybe(0.5)
        self.title = self.maybe(0.4)
        self.helper: str | None = None
        self.classes, self.template = "", MADE.replace("{kind}", PLAIN)
        if self.maybe(0.4):
            self.own_class()
        if self.maybe(0.15):
            names = {"client_id": "client_id", "client_secret": "client_secret"}
            self.classes += FACTORY.format(indented(self.made(**names)).strip())
            self.template = f"make_implementation{OWN}"

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def several(self, *counts: int) -> range:
        return range(self.random.choice(counts))

    def event(self, data: str = "") -> str:
        self.events += 1
        return f'hass.bus.async_fire("event_{self.events}"{data and ", " + data})'

    def own_class(self) -> None:
        body = '\n    """Signs in with the vendor."""\n'
        self.template = MADE.replace("{kind}", "Implementation")
        extras = self.random.sample(EXTRAS, self.random.choice([0, 1, 1, 2]))
        if self.maybe(0.6):
            init = self.random.choice(INITS)
            self.template = f"Implementation{OWN}"
            extras.insert(0, init)
        self.classes = f"class Implementation({PLAIN}):{body}{''.join(extras)}\n\n"

    def made(self, client_id: str, client_secret: str) -> str:
        return self.template.format(hass="hass", client_id=client_id, client_secret=client_secret)

    def setup(self) -> Setup:
        body = [*(self.neutral() for _ in self.several(0, 0, 1, 2)), self.middle()]
        body += [self.neutral() for _ in self.several(0, 1, 1, 2)]
        source = f"{HEAD}{self.schema()}\n\n\n{self.classes}"
        if self.helper is not None:
            client = {key: f"conf[CONF_{key.upper()}]" for key in ("client_id", "client_secret")}
            inside = indented(self.registered(self.made(**client)))
            source += f"{self.helper}def _register(hass, conf):\n{inside}\n\n\n"
        source += "async def async_setup(hass, config):\n"
        source += "".join(f"{indented(part)}\n" for part in [*body, "return True"])
        interval = {"interval": 10} if self.interval else {}
        return Setup(source, interval | ({"title": "Mine"} if self.title else {}))

    def schema(self) -> str:
        marker = self.random.choice(["Optional({})", 'Inclusive({}, "client")'])
        if not self.optional:
            marker = "Required({})"
        keys = [f"vol.{marker.format(key)}" for key in ("CONF_CLIENT_ID", "CONF_CLIENT_SECRET")]
        lines = [f"{key}: cv.string" for key in keys]
        if self.interval:
            lines.append("vol.Optional(CONF_INTERVAL, default=60): cv.positive_int")
        if self.title:
            lines.append("vol.Optional(CONF_TITLE): cv.string")
        inside = "".join(f"{line},\n" for line in lines)
        section = f"vol.Schema(\n    {{\n{indented(inside, 2)}    }}\n)"
        inside = indented(f"DOMAIN: {section},\n", 2)
        return (
            f"CONFIG_SCHEMA = vol.Schema(\n    {{\n{inside}    }},\n    extra=vol.ALLOW_EXTRA,\n)"
        )

    def middle(self) -> str:
        """Return the guard, the registration, and what reads the section."""
        if self.maybe(0.06):
            made = self.made("client_id", "client_secret")
            return TRIED.replace("{inside}", indented(self.registered(made)))
        if self.optional and self.maybe(0.2):
            return f"{self.random.choice(BY_ITSELF)}\n{self.registration('conf')}"
        if self.optional:
            around = self.random.choice(BY_CLIENT)
            found = around.replace("{inside}", indented(self.registration("conf")))
            if "{}" in around and self.title and self.maybe(0.5):
                found += f"\n{self.event('conf.get(CONF_TITLE)')}"
            if "{}" in around and self.interval and self.maybe(0.5):
                found += f"\ninterval = conf.get(CONF_INTERVAL, 60)\n{self.event('interval')}"
            return found
        guard = self.random.choice([*GUARDS, *AROUND]).replace("{event}", self.event())
        conf = "conf" if "conf =" in guard or "conf :=" in guard else "config[DOMAIN]"
        parts = [*self.reading(conf), *(self.neutral() for _ in self.several(0, 0, 1))]
        self.random.shuffle(parts)
        parts.insert(self.random.randint(0, len(parts)), self.registration(conf))
        inside = "\n".join(parts)
        if "{inside}" in guard:
            return guard.replace("{inside}", indented(inside))
        return f"{guard}\n{inside}"

    def registration(self, conf: str) -> str:
        client_id, client_secret = f"{conf}[CONF_CLIENT_ID]", f"{conf}[CONF_CLIENT_SECRET]"
        if self.maybe(0.15):
            self.helper = self.random.choice(["", "async "])
            return f"{self.helper and 'await '}_register(hass, {conf})"
        first = ""
        if self.maybe(0.25):
            first = f"client_id = {client_id}\nclient_secret = {client_secret}\n"
            if self.maybe(0.3):
                first = f"client_id, client_secret = {client_id}, {client_secret}\n"
            client_id, client_secret = "client_id", "client_secret"
            if self.maybe(0.3):
                first += '_LOGGER.debug("Client %s", client_id)\n'
        return first + self.registered(self.made(client_id, client_secret))

    def registered(self, made: str) -> str:
        call = "config_flow.FlowHandler.async_register_implementation(hass, {})"
        if self.maybe(0.5):
            call = "config_entry_oauth2_flow.async_register_implementation(hass, DOMAIN, {})"
        if self.maybe(0.25):
            return f"implementation = {made}\n{call.format('implementation')}"
        return call.format(made)

    def neutral(self) -> str:
        """Return a statement that has nothing to do with YAML."""
        service = (
            f"async def handle(call):\n    {self.event()}\n\n"
            'hass.services.async_register(DOMAIN, "do", handle)'
        )
        return self.random.choice(
            [
                self.event(),
                "hass.data.setdefault(DOMAIN, {})",
                f'_LOGGER.debug("Going on")\n{self.event()}',
                f"count = 3\n{self.event('count')}",
                f"for part in (1, 2):\n    {self.event('part')}",
                service,
            ]
        )

    def reading(self, conf: str) -> list[str]:
        """Return statements that read other keys of the section."""
        found = []
        if self.interval and self.maybe(0.7):
            ways = [
                self.event(f"{conf}[CONF_INTERVAL]"),
                f"interval = {conf}[CONF_INTERVAL]\n{self.event('interval')}",
                f"hass.data[DOMAIN] = {{CONF_INTERVAL: {conf}[CONF_INTERVAL]}}",
                f"interval = {conf}.get(CONF_INTERVAL, 5)\n{self.event('interval')}",
                f"if {conf}[CONF_INTERVAL] > 30:\n    {self.event()}",
            ]
            found.append(self.random.choice(ways))
        if self.title and self.maybe(0.7):
            ways = [
                self.event(f"{conf}.get(CONF_TITLE)"),
                f"if CONF_TITLE in {conf}:\n    {self.event(f'{conf}[CONF_TITLE]')}",
                f'title = {conf}.get(CONF_TITLE, "none")\n{self.event("title")}',
            ]
            found.append(self.random.choice(ways))
        return found


def indented(text: str, depth: int = 1) -> str:
    return "\n".join(f"{'    ' * depth}{line}" if line else "" for line in text.split("\n"))
