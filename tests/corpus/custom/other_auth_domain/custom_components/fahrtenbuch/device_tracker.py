"""Where the cars are."""

from homeassistant.components.device_tracker import SourceType
from homeassistant.components.device_tracker.config_entry import TrackerEntity


async def async_setup_entry(hass, entry, async_add_entities):
    """One tracker per car."""
    async_add_entities(CarTracker(car) for car in entry.runtime_data)


class CarTracker(TrackerEntity):
    """A car."""

    _attr_source_type = SourceType.GPS

    def __init__(self, car):
        """Remember it."""
        self._car = car
        self._attr_unique_id = car["plate"]
        self._attr_name = car["plate"]

    @property
    def latitude(self):
        """Return the latitude."""
        return self._car["lat"]

    @property
    def longitude(self):
        """Return the longitude."""
        return self._car["lon"]
