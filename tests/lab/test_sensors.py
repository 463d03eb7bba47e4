"""The table of device classes, units and state classes in releases.yml is Home Assistant's."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from appcred.release import history
from lab.environments import clean_environ
from lab.sources import NEWEST

if TYPE_CHECKING:
    from lab.gate import Lab

LOOK = """
import json, operator, sys
from homeassistant import const
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.components.sensor.const import DEVICE_CLASS_STATE_CLASSES, DEVICE_CLASS_UNITS
from homeassistant.util.unit_system import METRIC_SYSTEM

for name, row in json.load(sys.stdin).items():
    device_class = SensorDeviceClass(name)
    for unit, (constant, _) in row["units"].items():
        if (unit or None) not in DEVICE_CLASS_UNITS[device_class]:
            print(f"{name} has no unit {unit}")
        if constant and operator.attrgetter(constant)(const) != unit:
            print(f"{constant} is not {unit}")
        if METRIC_SYSTEM.get_converted_unit(device_class, unit) is not None:
            print(f"{name} in {unit} is converted")
    for state_class in row["state_classes"]:
        if SensorStateClass(state_class) not in DEVICE_CLASS_STATE_CLASSES[device_class]:
            print(f"{name} has no state class {state_class}")
"""


@pytest.mark.parametrize("release", ["2025.4.4", NEWEST])
def test_the_table_of_sensors_is_home_assistant_s(lab: Lab, release: str) -> None:
    environment = lab.environment(release)
    done = subprocess.run(
        [str(environment.python), "-c", LOOK],
        input=json.dumps(history()["sensors"]),
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
