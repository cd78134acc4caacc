"""From far to near, what is taken off the light of a plane before it meets the glass, and what its back gets.

The part of the chain that puts the far horizon, the tables of near objects and the rows together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pvsim.physics import rows, shading
from pvsim.physics.irradiance import CIRCUMSOLAR, PlaneOfArray, Sky

Array = NDArray[np.float64]
Index = NDArray[np.intp]

TABLE_BLOCKS = 1000  # a roof has many: the share that is touched counts, not one block more


@dataclass(frozen=True)
class Shade:
    """What stands in the light of one plane, from far to near, and what its back sees.

    Attributes
    ----------
    horizon : azimuth and elevation of the far horizon, degrees (K,) each; None: open
    tables : of what stands on the roof and round it, one after the other
    rows : of modules behind each other; None: the plane is one surface
    partial_shade : a key of ``rows.PARTIAL_SHADE``
    rear : share of the light on the back that counts: bifaciality, less what rack and mismatch take
    """

    horizon: tuple[Array, Array] | None = None
    tables: tuple[shading.ShadeTable, ...] = ()
    rows: rows.Rows | None = None
    partial_shade: str = "martinez"
    rear: float = 0.0


@dataclass
class _Light:
    """The light of one plane by origin, W/m2 (D,), and the share of the beam that partly shaded cells still use."""

    beam: Array
    ring: Array  # circumsolar: hidden as the sun is
    even: Array  # the rest of the sky
    ground: Array
    used: Array

    def hide(self, seen: Array, sky: Array | float) -> None:
        """Leave ``seen`` of the sun and ``sky`` of the rest."""
        self.beam, self.ring, self.even = self.beam * seen, self.ring * seen, self.even * sky


def taken_off(
    shade: Shade,
    surface_tilt: float,
    surface_azimuth: float,
    sky: Sky,
    model: str,
    albedo: float,
    computed: PlaneOfArray,
    poa: PlaneOfArray,
    i: int,
    month: Index | None,
    *,
    behind_horizon: NDArray[np.bool_],
) -> Array:
    """Take from row ``i`` of ``poa`` what shades its plane, in place.

    Parameters
    ----------
    shade, surface_tilt, surface_azimuth : of the plane
    sky : over D rows, with its sun
    model : a key of ``irradiance.TRANSPOSITION``
    albedo : ground reflectance, 0 to 1
    computed, poa : (P, D) as computed, and where it was measured scaled to that; the shares stay those of the computed
    month : (D,) from 0; None puts all into the first
    behind_horizon : (D,) rows whose light was measured, by an instrument that stands behind the same hills

    Returns
    -------
    (1 + 4, 12) W/m2 summed over the rows by month: unshaded, past the horizon, tables, rows and partial shade
    """
    whole = computed.poa_sky_diffuse[i]
    scale = np.divide(poa.poa_sky_diffuse[i], whole, out=np.zeros_like(whole), where=whole > 0)
    ring = np.minimum(CIRCUMSOLAR[model](surface_tilt, surface_azimuth, sky) * scale, poa.poa_sky_diffuse[i])
    light = _Light(
        poa.poa_direct[i], ring, poa.poa_sky_diffuse[i] - ring, poa.poa_ground_diffuse[i], np.ones_like(whole)
    )
    months = np.zeros(whole.size, dtype=np.intp) if month is None else month
    sums = []
    for _ in _steps(shade, behind_horizon, surface_tilt, surface_azimuth, sky, albedo, light):
        sums.append(np.bincount(months, light.beam + light.ring + light.even + light.ground, minlength=12))
    poa.poa_direct[i], poa.poa_sky_diffuse[i] = light.beam, light.even + light.ring
    poa.poa_ground_diffuse[i] = light.ground
    return np.array(sums)


def _steps(
    shade: Shade,
    behind_horizon: NDArray[np.bool_],
    tilt: float,
    azimuth: float,
    sky: Sky,
    albedo: float,
    light: _Light,
) -> Iterator[None]:
    """Take one shade after the other off the light, with a stop before the first and after each."""
    elevation = 90.0 - sky.apparent_zenith
    partial = rows.PARTIAL_SHADE[shade.partial_shade]
    free = light.ground
    on_roof = np.ones_like(free)
    yield
    if shade.horizon is not None:
        seen = np.where(behind_horizon, 1.0, _seen(shade.horizon, sky))
        open_sky = shading.sky_left_of_horizon(*shade.horizon, tilt, azimuth)
        light.hide(seen, np.where(behind_horizon, 1.0, open_sky))
        # what the ground reflects has lost the same beam, and the sky that a horizontal plane loses
        on_roof = np.where(behind_horizon, 1.0, _on_roof(shade.horizon, (), sky))
        light.ground = free * on_roof
    yield
    for table in shade.tables:
        hidden = table.at(sky.azimuth, elevation)
        # other tools' tables say only how much is hidden: then so many blocks are
        touched = hidden if table.touched is None else table.touched_at(sky.azimuth, elevation)
        light.used = light.used * partial(hidden, touched * TABLE_BLOCKS, TABLE_BLOCKS)
        light.hide(1 - hidden, shading.sky_left(table, tilt, azimuth))
    yield
    if shade.rows is not None:
        found = rows.row_shade(shade.rows, tilt, azimuth, sky, albedo)
        light.used = light.used * partial(found.shaded, found.blocks, shade.rows.string_blocks)
        light.hide(1 - found.shaded, found.sky)
        light.ground = np.minimum(free, found.ground) * on_roof
    yield
    light.hide(light.used, 1.0)
    yield


def behind(shade: Shade, surface_tilt: float, surface_azimuth: float, sky: Sky, albedo: float) -> Array:
    """Light on the back of a plane that counts as light on its front, W/m2 (D,)."""
    if not shade.rear or shade.rows is None:
        return np.zeros_like(sky.ghi)
    # nearly all of it comes by way of the roof, which lies behind the same hills and in the same shadows
    left = _on_roof(shade.horizon, shade.tables, sky)
    return shade.rear * left * rows.rear_irradiance(shade.rows, surface_tilt, surface_azimuth, sky, albedo)


def _seen(horizon: tuple[Array, Array], sky: Sky) -> Array:
    """(D,) 1 where the sun stands above the horizon, else 0."""
    return (90.0 - sky.apparent_zenith >= np.interp(sky.azimuth, *horizon, period=360.0)).astype(np.float64)


def _on_roof(horizon: tuple[Array, Array] | None, tables: tuple[shading.ShadeTable, ...], sky: Sky) -> Array:
    """(D,) share of the light on a horizontal roof that hills and near objects leave."""
    beam, even = np.maximum(sky.ghi - sky.dhi, 0.0), sky.dhi.copy()
    if horizon is not None:
        beam, even = beam * _seen(horizon, sky), even * shading.sky_left_of_horizon(*horizon, 0.0, 0.0)
    for table in tables:
        beam = beam * (1 - table.at(sky.azimuth, 90.0 - sky.apparent_zenith))
        even = even * shading.sky_left(table, 0.0, 0.0)
    return np.minimum(np.divide(beam + even, sky.ghi, out=np.ones_like(beam), where=sky.ghi > 0), 1.0)
