"""The one compute path: weather and planes in, power and ledger out.

Axes: T rows, of which the D rows with light are computed; P planes; I inverters; L ledger lines. Shapes are
(time, plane); in memory a plane's year is one run (the arrays here are held as (P, D) and named so), and
planes go through in blocks that fit the processor's cache, which is an exact rearrangement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import PvsimError
from pvsim.physics import ac, dc, irradiance, ledger, thermal
from pvsim.physics.sun import Sun

Array = NDArray[np.float64]

BLOCK = 4  # planes a block: 4 to 6 are fastest, a block's arrays then stay in the second-level cache


@dataclass(frozen=True)
class Models:
    """Names of the models, each a key of its stage's table."""

    transposition: str
    iam: str
    temperature: str
    module: str


@dataclass(frozen=True)
class Planes:
    """The roof planes, every array (P,).

    Attributes
    ----------
    surface_tilt, surface_azimuth : degrees, azimuth clockwise from north
    pdc0 : nameplate DC power of all modules of the plane, W
    gamma_pdc : 1/K
    low_light_k : pvlib's ``k``
    temperature_parameters : keyword arguments of the temperature model, one array each
    inverter_index : which inverter each plane feeds, 0 to I - 1
    poa_index : row of ``WeatherArrays.measured`` that a plane takes instead of transposition; -1: none
    module_index : row that it takes as temperature of the module's back, likewise
    module_rise : K from the module's back to the cell at 1000 W/m2
    """

    surface_tilt: Array
    surface_azimuth: Array
    pdc0: Array
    gamma_pdc: Array
    low_light_k: Array
    temperature_parameters: Mapping[str, Array]
    inverter_index: NDArray[np.intp]
    poa_index: NDArray[np.intp] | None = None
    module_index: NDArray[np.intp] | None = None
    module_rise: Array | None = None


@dataclass(frozen=True)
class Inverters:
    """The inverters, every array (I,): DC input limit in W, and pvlib's nominal efficiency."""

    pdc0: Array
    eta_inv_nom: Array


@dataclass(frozen=True)
class Losses:
    """Fractions lost: on the light (``shading``, ``soiling``), and in the order of the ledger on DC and AC."""

    shading: float
    soiling: float
    dc: tuple[float, ...]  # in the order of ledger.DC_LOSSES
    ac: tuple[float, ...]  # in the order of ledger.AC_LOSSES


@dataclass(frozen=True)
class WeatherArrays:
    """The sky over T rows, (T,) each: W/m2, degrees C, m/s, and the sun that belongs to it.

    ``step_hours`` is what a row counts for: its length, over the number of years that the rows span.
    ``measured`` (M, T) are in-plane light and module temperatures that planes point at; ``is_light`` (M,) which.
    """

    ghi: Array
    dhi: Array
    dni: Array
    temp_air: Array
    wind_speed: Array
    sun: Sun
    step_hours: float
    measured: Array | None = None
    is_light: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class ChainResult:
    """What the chain found, over the D lit rows of T.

    Attributes
    ----------
    rows : (D,) indices of the lit rows in the T rows of the weather
    poa_global, temp_cell : (D,) W/m2 before shading and degrees C, weighted by ``weights`` over planes
    p_nominal : (D,) power of all planes at their nameplate efficiency and unshaded, W
    p_dc : (P, D) power at the inverters' terminals, W
    p_ac : (D,) delivered power of all inverters, W
    plane_kwh : (P,) delivered energy of each plane
    poa_kwh_per_m2 : (P,) unshaded in-plane irradiation
    ledger_kwh : (L, P) energy left after each of ``ledger.STEPS``
    """

    rows: NDArray[np.intp]
    poa_global: Array
    temp_cell: Array
    p_nominal: Array
    p_dc: Array
    p_ac: Array
    plane_kwh: Array
    poa_kwh_per_m2: Array
    ledger_kwh: Array

    def __post_init__(self) -> None:
        for values in vars(self).values():
            values.setflags(write=False)


def lit_rows(weather: WeatherArrays) -> NDArray[np.intp]:
    """Rows to compute: all but those whose irradiance is zero throughout, and the gaps.

    Night is where nothing shines, not where the zenith passes 90 degrees: that rule loses up to 0.25 % of a year.
    """
    light = weather.ghi + weather.dhi + weather.dni
    known = light + weather.temp_air + weather.wind_speed
    if weather.measured is not None:
        light = light + weather.measured[weather.is_light].sum(axis=0)
        known = known + weather.measured.sum(axis=0)
    return np.flatnonzero((light != 0) & np.isfinite(known))


def _finite(name: str, values: Array, rows: NDArray[np.intp]) -> None:
    """Assert that a stage gave numbers; a sum finds any that is not, at a fraction of the cost of a search."""
    if np.isfinite(values.sum()):
        return
    bad = np.flatnonzero(~np.isfinite(values).reshape(-1, rows.size).all(axis=0))
    place = f"in row {rows[bad[0]]} of the weather" if bad.size else "in sum"
    raise PvsimError(f"{name} is not a finite number {place}: check the weather there and the sizes of the system")


def _block(
    part: slice,
    rows: NDArray[np.intp],
    planes: Planes,
    sky: irradiance.Sky,
    weather: tuple[Array, Array],
    measured: Array | None,
    models: Models,
    losses: Losses,
    albedo: float,
) -> tuple[Array, Array, Array, tuple[Array, ...]]:
    """One block of planes: POA, cell temperature, DC power (b, D) and the sums (b,) of the ledger's hourly steps."""
    tilt, azimuth = planes.surface_tilt[part, None], planes.surface_azimuth[part, None]
    pdc0, gamma, k = planes.pdc0[part, None], planes.gamma_pdc[part, None], planes.low_light_k[part, None]
    poa = irradiance.transpose(models.transposition, tilt, azimuth, sky, albedo)
    if measured is not None and planes.poa_index is not None:
        poa = irradiance.with_measured(poa, measured[planes.poa_index[part]])
    _finite("in-plane irradiance", poa.poa_global, rows)
    through = np.array([irradiance.diffuse_iam(models.iam, float(t)) for t in planes.surface_tilt[part]])
    light = irradiance.effective_irradiance(models.iam, poa, through[:, :1], through[:, 1:])
    unsoiled = light.sum(axis=1)
    light *= (1 - losses.shading) * (1 - losses.soiling)
    parameters = {name: values[part, None] for name, values in planes.temperature_parameters.items()}
    cells = thermal.temp_cell(models.temperature, poa.poa_global, *weather, parameters)
    if measured is not None and planes.module_index is not None and planes.module_rise is not None:
        back = measured[planes.module_index[part]]
        known = np.isfinite(back)
        cells = np.where(known, thermal.cell_from_module(back, poa.poa_global, planes.module_rise[part, None]), cells)
    thermal.refuse_impossible(cells, rows)
    power, cool = dc.MODULE[models.module](light, cells, pdc0, gamma, k)
    return poa.poa_global, cells, power, (unsoiled, cool.sum(axis=1), power.sum(axis=1))


def compute(
    weather: WeatherArrays,
    planes: Planes,
    inverters: Inverters,
    *,
    models: Models,
    losses: Losses,
    albedo: float,
    weights: Array,
) -> ChainResult:
    """Run the chain.

    Parameters
    ----------
    weather : T rows with their sun
    planes, inverters : P planes on I inverters
    models, losses, albedo : as their classes say; albedo 0 to 1
    weights : (P,) of the mean over planes of irradiance and temperature; they add up to 1

    Raises
    ------
    PvsimError
        When a stage gives a number that is not finite, or a cell temperature that cannot be.
    """
    rows = lit_rows(weather)
    sky, air = _sky_and_air(weather, rows)
    count = planes.pdc0.size
    measured = _pointed_at(weather.measured, rows)
    p_dc = np.empty((count, rows.size))
    stc = planes.pdc0 / dc.STC_IRRADIANCE
    poa_mean, cell_mean, p_nominal = (np.zeros(rows.size) for _ in range(3))
    sums = np.empty((4, count))  # in-plane light, light behind the glass, DC power at 25 C, DC power
    for first in range(0, count, BLOCK):
        part = slice(first, min(first + BLOCK, count))
        poa, cells, p_dc[part], behind = _block(part, rows, planes, sky, air, measured, models, losses, albedo)
        sums[:, part] = (poa.sum(axis=1), *behind)
        poa_mean += weights[part] @ poa
        cell_mean += weights[part] @ cells
        p_nominal += stc[part] @ poa
    _finite("DC power", p_dc, rows)
    p_dc *= ledger.running_products(losses.dc)[-1]
    accepted, delivered, p_ac = _invert(p_dc, planes.inverter_index, inverters)
    p_ac *= ledger.running_products(losses.ac)[-1]
    _finite("AC power", p_ac, rows)
    to_kwh = weather.step_hours / 1000
    steps = to_kwh * _steps(stc, sums, accepted, delivered, losses)
    return ChainResult(rows, poa_mean, cell_mean, p_nominal, p_dc, p_ac, steps[-1], sums[0] * to_kwh, steps)


def _pointed_at(measured: Array | None, rows: NDArray[np.intp]) -> Array | None:
    """The lit rows of measured series (M, D), and below them one of NaN, which index -1 means."""
    return None if measured is None else np.vstack([measured[:, rows], np.full(rows.size, np.nan)])


def _sky_and_air(weather: WeatherArrays, rows: NDArray[np.intp]) -> tuple[irradiance.Sky, tuple[Array, Array]]:
    """The lit rows (D,) of the sky with its sun, and of air temperature and wind."""
    sun = weather.sun
    sky = irradiance.Sky.of(
        weather.ghi[rows], weather.dhi[rows], weather.dni[rows],
        sun.dni_extra[rows], sun.apparent_zenith[rows], sun.azimuth[rows],
    )  # fmt: skip
    return sky, (weather.temp_air[rows], weather.wind_speed[rows])


def _steps(stc: Array, sums: Array, accepted: Array, delivered: Array, losses: Losses) -> Array:
    """(L, P) what is left after each of ``ledger.STEPS``, summed over the rows, W."""
    in_plane, behind_glass, cool, hot = sums
    unshaded = 1 - losses.shading
    return np.stack(
        [
            stc * in_plane,
            stc * in_plane * unshaded,
            stc * behind_glass * unshaded,
            stc * behind_glass * unshaded * (1 - losses.soiling),
            cool,
            hot,
            *(hot * left for left in ledger.running_products(losses.dc)),
            accepted,
            delivered,
            *(delivered * left for left in ledger.running_products(losses.ac)),
        ]
    )


def _invert(p_dc: Array, inverter_index: NDArray[np.intp], inverters: Inverters) -> tuple[Array, Array, Array]:
    """Pool planes on their inverters and convert.

    Returns the sums (P,) over rows of accepted DC and of AC power, shared among the planes of an inverter by
    their DC power in each row, and the AC power (D,) of all inverters.
    """
    accepted, delivered = np.empty(len(p_dc)), np.empty(len(p_dc))
    p_ac = np.zeros(p_dc.shape[1])
    for i in range(inverters.pdc0.size):
        # a slice where one inverter takes all: a mask would copy a year of every plane
        members = slice(None) if inverters.pdc0.size == 1 else np.flatnonzero(inverter_index == i)
        pooled = p_dc[members].sum(axis=0)
        taken = ac.clip(pooled, inverters.pdc0[i])
        given = ac.convert(taken, inverters.pdc0[i], inverters.eta_inv_nom[i])
        running = pooled > 0
        per_watt = np.divide(1.0, pooled, out=np.zeros_like(pooled), where=running)
        accepted[members] = p_dc[members] @ (taken * per_watt)
        delivered[members] = p_dc[members] @ (given * per_watt)
        p_ac += given
    return accepted, delivered, p_ac
