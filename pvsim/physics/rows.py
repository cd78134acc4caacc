"""Rows of modules behind each other: what they take of each other's beam, sky and ground, and what the rear gets.

The geometry is pvlib's infinite sheds (Anderson, Jensen and Hansen 2026, doi:10.1109/JPHOTOV.2026.3677506): long
parallel rows at one pitch on level ground, which is what most rows of a roof see. Tents (east-west pairs) are the same
geometry: to both of their faces the next ridge stands one pitch from their own. All irradiance in W/m2, angles in
degrees, (D,) rows of the weather.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pvlib import shading, solarposition
from pvlib.bifacial import infinite_sheds, utils

Array = NDArray[np.float64]


class Sky(Protocol):
    """What rows need of the sky and its sun, (D,) each."""

    @property
    def ghi(self) -> Array:
        """Global horizontal, W/m2."""

    @property
    def dhi(self) -> Array:
        """Diffuse horizontal, W/m2."""

    @property
    def dni(self) -> Array:
        """Beam, W/m2."""

    @property
    def apparent_zenith(self) -> Array:
        """Of the sun, degrees."""

    @property
    def azimuth(self) -> Array:
        """Of the sun, degrees clockwise from north."""


@dataclass(frozen=True)
class Rows:
    """Rows of one plane.

    Attributes
    ----------
    pitch_m : from row to row, horizontally
    collector_width_m : of a row along its slope; of a saw-tooth the whole slope
    clearance_m : of the lower edge over the roof
    low, high : part of the collector, from its lower edge, that carries modules
    blocks : of cells up that part, each of which shade takes as a whole
    string_blocks : the same in one string
    """

    pitch_m: float
    collector_width_m: float
    clearance_m: float
    low: float = 0.0
    high: float = 1.0
    blocks: int = 2
    string_blocks: int = 36

    @property
    def ground_coverage_ratio(self) -> float:
        """Collector width over pitch."""
        return self.collector_width_m / self.pitch_m

    def centre_m(self, surface_tilt: float) -> float:
        """Height of the collector's centre over the roof; never quite on it, where pvlib's view factors end."""
        return float(max(self.clearance_m, 0.01) + self.collector_width_m * np.sin(np.radians(surface_tilt)) / 2)


def martinez(shaded: Array, blocks: Array, total_blocks: Array | int) -> Array:
    """Share of the beam that partly shaded cells still use beyond what is not shaded at all, (D,).

    Martinez-Moreno 2010 (doi:10.1016/j.solmat.2010.07.029) by ``pvlib.shading.direct_martinez``: blocks of cells behind
    one bypass diode that shade touches are lost to the beam.
    """
    left = 1.0 - shaded
    used = 1.0 - np.asarray(shading.direct_martinez(1.0, 1.0, shaded, blocks, total_blocks))
    return np.divide(used, left, out=np.ones_like(left), where=left > 0)


def linear(shaded: Array, blocks: Array, total_blocks: Array | int) -> Array:
    """As if every cell worked by itself: nothing is lost beyond the shade."""
    del blocks, total_blocks
    return np.ones_like(shaded)


PARTIAL_SHADE: Mapping[str, Callable[[Array, Array, Array | int], Array]] = MappingProxyType(
    {"martinez": martinez, "linear": linear}
)


@dataclass(frozen=True)
class RowShade:
    """What rows leave to each other.

    ``shaded`` (D,) share of the plane out of the beam, ``blocks`` (D,) of each string that it touches; ``sky`` share of
    an even sky that is left; ``ground`` (D,) W/m2 reflected onto the plane.
    """

    shaded: Array
    blocks: Array
    sky: float
    ground: Array


def row_shade(rows: Rows, surface_tilt: float, surface_azimuth: float, sky: Sky, albedo: float) -> RowShade:
    """Shade of an inner row by the next one."""
    found = _sheds(rows, surface_tilt, surface_azimuth, sky, albedo)
    low, high = rows.low, rows.high
    shaded = np.clip((np.nan_to_num(found["shaded_fraction"]) - low) / (high - low), 0.0, 1.0)
    seen = float(utils.vf_row_sky_2d_integ(surface_tilt, rows.ground_coverage_ratio, low, high))
    even = (1 + np.cos(np.radians(surface_tilt))) / 2
    blocks = np.ceil(np.round(shaded * rows.blocks, 9)) * (rows.string_blocks / rows.blocks)
    return RowShade(shaded, blocks, min(1.0, seen / even), found["poa_ground_diffuse"])


def rear_irradiance(rows: Rows, surface_tilt: float, surface_azimuth: float, sky: Sky, albedo: float) -> Array:
    """Light on the back of an inner row, W/m2 (D,), before its frame and rack shade it.

    Endless rows see the ground under all of them as a whole, so their height over it makes no difference here.
    """
    back = _sheds(rows, 180.0 - surface_tilt, (surface_azimuth + 180.0) % 360.0, sky, albedo)
    return np.asarray(np.nan_to_num(back["poa_global"]), dtype=np.float64)


def _sheds(rows: Rows, surface_tilt: float, surface_azimuth: float, sky: Sky, albedo: float) -> Mapping[str, Array]:
    """One side of pvlib's infinite sheds under an even sky, in rows where the sun is up or not alike."""
    front = surface_tilt if surface_tilt <= 90 else 180.0 - surface_tilt
    found: Mapping[str, Array] = infinite_sheds.get_irradiance_poa(
        surface_tilt, surface_azimuth, np.minimum(sky.apparent_zenith, 90.0), sky.azimuth,
        rows.ground_coverage_ratio, rows.centre_m(front), rows.pitch_m, sky.ghi, sky.dhi, sky.dni, albedo,
        model="isotropic",
    )  # fmt: skip
    return found


# --- the winter-solstice rule ------------------------------------------------------------------------------------

SOLSTICE_HOURS = 3.0  # either side of solar noon: 09:00 to 15:00 true solar time
SOLSTICE_DAYS = (355, 172)  # 21 December in the north, 21 June in the south
STEPS = 24  # every quarter of an hour, and none at noon itself, where pvlib's azimuth has no sign


def solstice_sun(latitude: float) -> tuple[Array, Array]:
    """Elevation and azimuth of the sun from 09:00 to 15:00 of the shortest day, degrees (24,).

    In true solar time, so that neither longitude nor the clock has a say.
    """
    declination = solarposition.declination_spencer71(SOLSTICE_DAYS[int(latitude < 0)])
    angle = np.radians(15.0 * np.linspace(-SOLSTICE_HOURS, SOLSTICE_HOURS, STEPS))
    zenith = solarposition.solar_zenith_analytical(np.radians(latitude), angle, declination)
    azimuth = solarposition.solar_azimuth_analytical(np.radians(latitude), angle, declination, zenith)
    return 90.0 - np.degrees(zenith), np.degrees(azimuth)


def solstice_pitch_m(
    collector_width_m: float, surface_tilt: float, surface_azimuth: float, latitude: float
) -> float | None:
    """Least pitch at which no row shades the next from 09:00 to 15:00 true solar time of the shortest day.

    The top of a row throws its shadow ``height / tan(elevation)`` far, of which the part across the rows counts. None
    where the sun is not up then.
    """
    elevation, azimuth = solstice_sun(latitude)
    if elevation.min() <= 0:
        return None
    tilt = np.radians(surface_tilt)
    reach = np.cos(np.radians(azimuth - surface_azimuth)) / np.tan(np.radians(elevation))
    return float(collector_width_m * (np.cos(tilt) + np.sin(tilt) * max(0.0, reach.max())))
