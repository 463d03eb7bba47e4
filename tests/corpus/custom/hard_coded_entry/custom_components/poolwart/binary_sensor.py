"""Whether a pool is safe."""

from homeassistant.components.binary_sensor import BinarySensorEntity

from .const import DOMAIN


async def async_setup_entry(hass, entry, async_add_entities):
    """One for each pool."""
    async_add_entities(PoolSafe(pool) for pool in hass.data[DOMAIN][entry.entry_id])


class PoolSafe(BinarySensorEntity):
    """Safe to swim in."""

    def __init__(self, pool):
        """Take it from the pool."""
        self._attr_unique_id = f"{pool['id']}"
        self._attr_name = f"Poolwart {pool['name']}"
        self._attr_is_on = pool["safe"]
