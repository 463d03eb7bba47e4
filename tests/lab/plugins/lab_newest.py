"""Let the test package made for one Home Assistant release run in the next one.

Loaded (`pytest -p lab_newest`) before the test package, in the environment whose Home Assistant is
newer than the one the test package was made for.
"""

# Home Assistant replaces httpx when it is imported, which must come before anyone imports httpx.
import homeassistant

# The test package patches these before anything else of Home Assistant is imported; the import of
# the logger below would come first otherwise.
from pytest_homeassistant_custom_component import (  # isort: skip
    patch_json,
    patch_recorder,
    patch_time,
)

from homeassistant.components import logger
from homeassistant.components.logger import helpers

__all__ = ["homeassistant", "patch_json", "patch_recorder", "patch_time"]

# The test package imports it from here, where 2026.11 no longer has it.
logger._clear_logger_overwrites = helpers._clear_logger_overwrites
