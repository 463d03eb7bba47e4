"""Klimaline sensors."""
from homeassistant.components.sensor import SensorEntity
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from . import DOMAIN


async def async_setup_entry(hass, entry, async_add_entities):
    """One sensor per unit."""
    coordinator = hass.data[DOMAIN][entry.entry_id]
    async_add_entities(UnitSensor(coordinator, unit) for unit in coordinator.data)


class UnitSensor(CoordinatorEntity, SensorEntity):
    """Temperature that a unit measures."""

    def __init__(self, coordinator, unit):
        """Remember which."""
        super().__init__(coordinator)
        self._attr_unique_id = unit
        self._attr_name = f"Klimaline {unit}"

    @property
    def native_value(self):
        """Return it."""
        return self.coordinator.data[self._attr_unique_id]
