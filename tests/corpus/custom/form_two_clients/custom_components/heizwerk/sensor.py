"""Sensors of Heizwerk."""

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.const import UnitOfTemperature


async def async_setup_entry(hass, entry, async_add_entities):
    """Add a sensor for each room."""
    _, building = entry.runtime_data
    async_add_entities(RoomTemperature(entry, room) for room in building["rooms"])


class RoomTemperature(SensorEntity):
    """Temperature of a room."""

    _attr_device_class = SensorDeviceClass.TEMPERATURE
    _attr_native_unit_of_measurement = UnitOfTemperature.CELSIUS

    def __init__(self, entry, room):
        """Take what the building said about the room."""
        self._attr_unique_id = f"{entry.unique_id}-{room['id']}"
        self._attr_name = room["name"]
        self._attr_native_value = room["temperature"]
