"""Sensors of Heimspeicher."""

from homeassistant.components.sensor import SensorEntity


async def async_setup_entry(hass, entry, async_add_entities):
    """Charge of the plant."""
    async_add_entities([Charge(entry)])


class Charge(SensorEntity):
    """Charge."""

    def __init__(self, entry):
        """Take it."""
        self._attr_unique_id = f"{entry.unique_id}-charge"
        self._attr_name = entry.runtime_data["name"]
        self._attr_native_value = entry.runtime_data["charge"]
