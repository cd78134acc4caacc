"""Rows of modules behind each other against SAM's self-shading (Pvsamv1): what a year's energy loses to them.

SAM knows no half cells: its portrait module is lost to the beam as soon as shade touches its lower edge, which here is
``shade_blocks = 1``. Its sky masking and its ground are of its own kind (ssc, ``lib_pvshade.cpp``).
"""

from __future__ import annotations

import functools

import pytest
from cases import NO_LOSSES
from reference import sam_detailed
from reference.sam_detailed import LINEAR, STANDARD, Plane, Rows
from reference.sam_detailed_table import ALBEDO, PLACES, SYSTEMS, inverter_of, module_of, year

import pvsim
from pvsim.scenario.reader import from_dict

pytest.importorskip("PySAM.Pvsamv1", reason="SAM is the second witness: install the bench extra (NREL-PySAM)")
pytestmark = pytest.mark.slow

SYSTEM = "mono PERC, 50 kW"
BUILT = SYSTEMS[SYSTEM]
LAYOUTS = {"10 deg, 0.75": (10.0, 0.75), "20 deg, 0.6": (20.0, 0.6), "30 deg, 0.5": (30.0, 0.5)}
RULES = {
    "linear": (LINEAR, {"partial_shade": "linear"}, {}),
    "portrait": (STANDARD, {"partial_shade": "martinez"}, {"shade_blocks": 1}),
    "landscape": (STANDARD, {"partial_shade": "martinez"}, {"orientation": "landscape"}),
}
WITHIN = 0.01


@functools.cache
def sams(place: str, tilt: float, rows: Rows | None) -> float:
    """DC energy of a year, kWh, by SAM."""
    weather = year(place).weather
    told = sam_detailed.run(
        year(place).hourly.tz_localize(None),
        [Plane(tilt, 180.0, BUILT.modules_in_series, BUILT.strings, None, rows)],
        place={
            "latitude": weather.latitude, "longitude": weather.longitude, "altitude": weather.altitude,
            "utc_offset_hours": 8.0,
        },
        module=module_of(SYSTEM),
        inverter=inverter_of(SYSTEM),
        albedo=ALBEDO,
    )  # fmt: skip
    return float(told["p_dc_kw"].sum())


def ours(place: str, tilt: float, physics: dict, roof: dict) -> float:
    """The same by the package, with the models nearest to SAM's."""
    asked = year(place).scenario
    found = pvsim.simulate(
        from_dict(
            {
                "site": asked.site.given(),
                "weather": asked.weather.given(),
                "module": {"name": BUILT.module},
                "inverter": {"name": BUILT.inverter, "count": 1},
                "losses": NO_LOSSES,
                "physics": {"iam": "physical", "transposition": "perez", "temperature": "faiman"} | physics,
                "roof": [
                    {
                        "panels": BUILT.modules_in_series * BUILT.strings,
                        "surface_tilt": tilt,
                        "surface_azimuth": 180.0,
                        "modules_in_series": BUILT.modules_in_series,
                    }
                    | roof
                ],
            }
        )
    )
    return float(found.found.p_dc.sum()) / 1000


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("place", PLACES)
def test_rows_cost_what_they_cost_in_sam(place, layout, rule):
    tilt, ratio = LAYOUTS[layout]
    mode, physics, roof = RULES[rule]
    told = sams(place, tilt, Rows(ratio, mode, landscape=rule == "landscape")) / sams(place, tilt, None)
    found = ours(place, tilt, physics, roof | {"ground_coverage_ratio": ratio}) / ours(place, tilt, physics, {})
    assert told < 0.99, "SAM's rows shade each other"
    assert abs(found - told) < WITHIN
