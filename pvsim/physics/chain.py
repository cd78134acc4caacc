"""The one compute path: weather and planes in, power and ledger out.

Axes: T rows, of which the D rows with light are computed; P planes; I inverters; L ledger lines. Shapes are
(time, plane); in memory a plane's year is one run (the arrays here are held as (P, D) and named so), and
planes go through in blocks that fit the processor's cache, which is an exact rearrangement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import PvsimError
from pvsim.physics import ac, dc, irradiance, ledger, shade, thermal
from pvsim.physics.sun import Sun

Array = NDArray[np.float64]
Index = NDArray[np.intp]

BLOCK = 4  # planes a block: 4 to 6 are fastest, a block's arrays then stay in the second-level cache


@dataclass(frozen=True)
class Models:
    """Names of the models that all planes share, each a key of its stage's table."""

    transposition: str
    temperature: str


@dataclass(frozen=True)
class Modules:
    """Planes whose modules are computed alike.

    Attributes
    ----------
    model : a key of ``dc.MODULE``
    glass : a key of ``irradiance.IAM`` or a measured profile
    planes : (n,) which planes
    parameters : keyword arguments of the model, (n,) each
    """

    model: str
    glass: irradiance.Glass
    planes: Index
    parameters: Mapping[str, Array]


@dataclass(frozen=True)
class Planes:
    """The roof planes, every array (P,).

    Attributes
    ----------
    surface_tilt, surface_azimuth : degrees, azimuth clockwise from north
    nameplate_w : nameplate DC power of all modules of the plane
    stc_w : the same by the module's own model, which the ledger sets against the nameplate
    modules : what the planes are made of; every plane is in one of them
    temperature_parameters : keyword arguments of the temperature model, one array each
    inverter_index : which inverter each plane feeds, 0 to I - 1
    in_series : modules in a string; NaN where that is not known
    poa_index : row of ``WeatherArrays.measured`` that a plane takes instead of transposition; -1: none
    module_index : row that it takes as temperature of the module's back, likewise
    module_rise : K from the module's back to the cell at 1000 W/m2
    shades : what shades a plane, by its number; the others stand free
    """

    surface_tilt: Array
    surface_azimuth: Array
    nameplate_w: Array
    stc_w: Array
    modules: Sequence[Modules]
    temperature_parameters: Mapping[str, Array]
    inverter_index: Index
    in_series: Array
    poa_index: Index | None = None
    module_index: Index | None = None
    module_rise: Array | None = None
    shades: Mapping[int, shade.Shade] = field(default_factory=dict)


@dataclass(frozen=True)
class Losses:
    """Fractions lost.

    Attributes
    ----------
    shading, soiling : (P,) of the light
    dc : (n, P) in the order of ``ledger.DC_LOSSES``
    ac : (m,) in the order of ``ledger.AC_LOSSES``
    soiling_rows : (T,) soiling that changes with time, instead of ``soiling``
    running : (I, T) share of each inverter that runs in each row; None: all
    limit_w : power that may be delivered; None: any
    """

    shading: Array
    soiling: Array
    dc: Array
    ac: Array
    soiling_rows: Array | None = None
    running: Array | None = None
    limit_w: float | None = None


@dataclass(frozen=True)
class WeatherArrays:
    """The sky over T rows, (T,) each: W/m2, degrees C, m/s, and the sun that belongs to it.

    ``step_hours`` is what a row counts for: its length, over the number of years that the rows span.
    ``measured`` (M, T) are in-plane light and module temperatures that planes point at; ``is_light`` (M,) which.
    ``month`` (T,) from 0 to 11 is needed where planes are shaded.
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
    month: Index | None = None


@dataclass(frozen=True)
class ChainResult:
    """What the chain found, over the D lit rows of T.

    Attributes
    ----------
    rows : (D,) indices of the lit rows in the T rows of the weather
    poa_global, temp_cell : (D,) W/m2 before shading and degrees C, weighted by ``weights`` over planes
    p_nominal : (D,) power of all planes at their nameplate efficiency and unshaded, W
    p_dc : (P, D) power at the inverters' terminals, W
    v_dc : (P, D) voltage of the strings, V, NaN where not known; None where none is
    p_ac : (D,) delivered power of all inverters, W; negative where they only draw
    plant : what stands behind the strings
    plane_kwh : (P,) delivered energy of each plane
    poa_kwh_per_m2 : (P,) unshaded in-plane irradiation
    ledger_kwh : (L, P) energy left after each of ``ledger.STEPS``
    shaded_kwh_per_m2 : (1 + 4, 12) by month, of each plane that is shaded: unshaded, and after each of
        ``ledger.GEOMETRIC``
    """

    rows: NDArray[np.intp]
    poa_global: Array
    temp_cell: Array
    p_nominal: Array
    p_dc: Array
    v_dc: Array | None
    p_ac: Array
    plant: ac.Plant
    plane_kwh: Array
    poa_kwh_per_m2: Array
    ledger_kwh: Array
    shaded_kwh_per_m2: Mapping[int, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for values in vars(self).values():
            if isinstance(values, np.ndarray):
                values.setflags(write=False)


def lit_rows(weather: WeatherArrays) -> tuple[Index, int]:
    """Rows to compute: all but those whose irradiance is zero throughout, and the gaps; and how many are dark.

    Night is where nothing shines, not where the zenith passes 90 degrees: that rule loses up to 0.25 % of a year.
    """
    light = weather.ghi + weather.dhi + weather.dni
    known = light + weather.temp_air + weather.wind_speed
    if weather.measured is not None:
        light = light + weather.measured[weather.is_light].sum(axis=0)
        known = known + weather.measured[weather.is_light].sum(axis=0)
    covered = np.isfinite(known)
    rows = np.flatnonzero((light != 0) & covered)
    return rows, int(np.count_nonzero(covered)) - rows.size


def _finite(name: str, values: Array, rows: NDArray[np.intp], sums: Array | None = None) -> None:
    """Assert that a stage gave numbers; a sum finds any that is not, at a fraction of the cost of a search.

    ``sums`` are those of the values, where they are at hand.
    """
    if np.isfinite((values if sums is None else sums).sum()):
        return
    bad = np.flatnonzero(~np.isfinite(values).reshape(-1, rows.size).all(axis=0))
    place = f"in row {rows[bad[0]]} of the weather" if bad.size else "in sum"
    raise PvsimError(f"{name} is not a finite number {place}: check the weather there and the sizes of the system")


def _blocks(planes: Planes) -> Iterator[tuple[Modules, Index, Mapping[str, Array]]]:
    """Planes of one kind of module, few at a time: their numbers, and the module's parameters (b, 1)."""
    for kind in planes.modules:
        for first in range(0, kind.planes.size, BLOCK):
            some = slice(first, first + BLOCK)
            yield kind, kind.planes[some], {key: values[some, None] for key, values in kind.parameters.items()}


@dataclass(frozen=True)
class _Site:
    """What every plane shares: the lit rows and the sky, air and measured series in them; ``dark`` rows have none."""

    rows: Index
    dark: int
    sky: irradiance.Sky
    air: tuple[Array, Array]
    measured: Array | None
    month: Index | None

    @classmethod
    def of(cls, weather: WeatherArrays) -> _Site:
        (rows, dark), sun = lit_rows(weather), weather.sun
        sky = irradiance.Sky.of(
            weather.ghi[rows], weather.dhi[rows], weather.dni[rows],
            sun.dni_extra[rows], sun.apparent_zenith[rows], sun.azimuth[rows],
        )  # fmt: skip
        measured = weather.measured
        # below the measured series a row of NaN, which index -1 means
        pointed = None if measured is None else np.vstack([measured[:, rows], np.full(rows.size, np.nan)])
        month = None if weather.month is None else weather.month[rows]
        return cls(rows, dark, sky, (weather.temp_air[rows], weather.wind_speed[rows]), pointed, month)


def _light(
    site: _Site,
    planes: Planes,
    part: Index,
    glass: irradiance.Glass,
    models: Models,
    albedo: float,
    shaded: dict[int, Array],
) -> tuple[Array, Array, Array]:
    """In-plane irradiance, its sums before and after each geometric shade, and the light behind the glass.

    (b, D) W/m2 unshaded, (1 + 4, b) W/m2 summed over the rows, (b, D) W/m2. ``shaded`` gets the sums by month.
    """
    tilt, azimuth = planes.surface_tilt[part, None], planes.surface_azimuth[part, None]
    poa = irradiance.transpose(models.transposition, tilt, azimuth, site.sky, albedo)
    computed = poa
    if site.measured is not None and planes.poa_index is not None:
        poa = irradiance.with_measured(poa, site.measured[planes.poa_index[part]])
    unshaded = poa.poa_global
    whole = unshaded.sum(axis=1)
    _finite("in-plane irradiance", unshaded, site.rows, whole)
    left = np.tile(whole, (1 + len(ledger.GEOMETRIC), 1))
    for i, plane in enumerate(part):
        if plane in planes.shades:
            found = shade.taken_off(
                planes.shades[plane], float(tilt[i, 0]), float(azimuth[i, 0]), site.sky, models.transposition, albedo,
                computed, poa, i, site.month, behind_horizon=_measured(site, planes, plane),
            )  # fmt: skip
            shaded[int(plane)] = found
            left[1:, i] = found[1:].sum(axis=1)
    through = np.array([irradiance.diffuse_iam(glass, float(t)) for t in planes.surface_tilt[part]])
    return unshaded, left, irradiance.effective_irradiance(glass, poa, through[:, :1], through[:, 1:])


def _measured(site: _Site, planes: Planes, plane: np.intp) -> NDArray[np.bool_]:
    """(D,) rows in which the plane's light was measured: its instrument stands behind the same hills."""
    if site.measured is None or planes.poa_index is None:
        return np.zeros(site.rows.size, dtype=np.bool_)
    return np.asarray(np.isfinite(site.measured[planes.poa_index[plane]]), dtype=np.bool_)


def _rear(site: _Site, planes: Planes, part: Index, albedo: float) -> Array | None:
    """Light on the back that counts, (b, D) W/m2; None where no plane has any."""
    if not any(plane in planes.shades and planes.shades[plane].rear for plane in part):
        return None
    found = np.zeros((part.size, site.rows.size))
    for i, plane in enumerate(part):
        if plane in planes.shades:
            tilt, azimuth = float(planes.surface_tilt[plane]), float(planes.surface_azimuth[plane])
            found[i] = shade.behind(planes.shades[plane], tilt, azimuth, site.sky, albedo)
    return found


def _cells(site: _Site, planes: Planes, part: Index, models: Models, poa_global: Array) -> Array:
    """Cell temperature (b, D), from the back of the module where that was measured."""
    parameters = {name: values[part, None] for name, values in planes.temperature_parameters.items()}
    cells = thermal.temp_cell(models.temperature, poa_global, *site.air, parameters)
    if site.measured is not None and planes.module_index is not None and planes.module_rise is not None:
        back = site.measured[planes.module_index[part]]
        known = np.isfinite(back)
        cells = np.where(known, thermal.cell_from_module(back, poa_global, planes.module_rise[part, None]), cells)
    thermal.refuse_impossible(cells, site.rows)
    return cells


def compute(
    weather: WeatherArrays,
    planes: Planes,
    inverters: Sequence[ac.Inverter],
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
    site = _Site.of(weather)
    shape = (planes.nameplate_w.size, site.rows.size)
    p_dc = np.empty(shape)
    v_dc = np.full(shape, np.nan) if np.isfinite(planes.in_series).any() else None
    stc = planes.nameplate_w / dc.STC_IRRADIANCE
    poa_mean, cell_mean, p_nominal = (np.zeros(site.rows.size) for _ in range(3))
    geometric = len(ledger.GEOMETRIC)
    # of a plane: light in it, past each shade, behind the glass, on the cells, with the back; power at 25 C, hot, held
    sums = np.empty((7 + geometric, shape[0]))
    clean = _clean(losses, site.rows)
    shaded: dict[int, Array] = {}
    for kind, part, parameters in _blocks(planes):
        poa, past, light = _light(site, planes, part, kind.glass, models, albedo, shaded)
        behind_glass = light.sum(axis=1)
        light *= clean if losses.soiling_rows is not None else clean[part]
        light *= 1 - losses.shading[part, None]
        front = light.sum(axis=1)
        rear = _rear(site, planes, part, albedo)
        if rear is not None:
            light += rear * (1 - losses.shading[part, None])
        cells = _cells(site, planes, part, models, poa)
        found = dc.MODULE[kind.model](light, cells, **parameters)
        hot = found.power.sum(axis=1)
        power, voltage = _in_window(found, kind.model, part, planes, inverters, (light, cells), parameters)
        p_dc[part] = power
        if v_dc is not None and voltage is not None:
            v_dc[part] = voltage
        held = hot if power is found.power else power.sum(axis=1)
        lit = front if rear is None else light.sum(axis=1)
        sums[:, part] = (*past, behind_glass, front, lit, found.cool.sum(axis=1), hot, held)
        poa_mean += weights[part] @ poa
        cell_mean += weights[part] @ cells
        p_nominal += stc[part] @ poa
    _finite("DC power", p_dc, site.rows)
    left = ledger.running_products(losses.dc)
    p_dc *= left[-1][:, None]
    plant = _plant(planes, inverters, losses, site)
    delivery = ac.deliver(plant, p_dc, v_dc)
    _finite("AC power", delivery.p_ac, site.rows)
    to_kwh = weather.step_hours / 1000
    steps = to_kwh * _steps(planes, sums, left, delivery.sums, losses)
    return ChainResult(
        site.rows, poa_mean, cell_mean, p_nominal, p_dc, v_dc, delivery.p_ac, plant, steps[-1], sums[0] * to_kwh, steps,
        {plane: monthly * to_kwh for plane, monthly in shaded.items()},
    )  # fmt: skip


def _clean(losses: Losses, rows: Index) -> Array:
    """What dirt lets through: (D,) where it changes with time, else (P, 1)."""
    return 1 - (losses.soiling[:, None] if losses.soiling_rows is None else losses.soiling_rows[rows])


def _in_window(
    found: dc.Direct,
    model: str,
    part: Index,
    planes: Planes,
    inverters: Sequence[ac.Inverter],
    at: tuple[Array, Array],
    parameters: Mapping[str, Array],
) -> tuple[Array, Array | None]:
    """Power (b, D) of strings whose inverter keeps them in its window, and their voltage if it is known.

    ``at`` is the light and the cell temperature. A string that would leave the window is held at its edge.
    """
    series = planes.in_series[part, None]
    if found.v_mp is None or not np.isfinite(series).any():
        return found.power, None
    wide = (-np.inf, np.inf)
    windows = np.array([inverters[i].window_v or wide for i in planes.inverter_index[part]])
    free = found.v_mp * series
    held = np.clip(free, windows[:, :1], windows[:, 1:])
    left = np.isfinite(series) & (held != free) & (found.power > 0)
    if model not in dc.FIVE_PARAMETERS or not left.any():
        return found.power, held
    some = {key: np.broadcast_to(values, left.shape)[left] for key, values in parameters.items()}
    power = found.power.copy()
    power[left] = some["modules"] * dc.power_at(model, (held / series)[left], at[0][left], at[1][left], some)
    return power, held


def _plant(planes: Planes, inverters: Sequence[ac.Inverter], losses: Losses, site: _Site) -> ac.Plant:
    """What stands behind the strings, in the lit rows."""
    on_inverter = np.bincount(planes.inverter_index, planes.nameplate_w)
    running = None if losses.running is None else losses.running[:, site.rows]
    return ac.Plant(
        planes.inverter_index,
        inverters,
        planes.nameplate_w / on_inverter[planes.inverter_index],
        ac.AcLosses(losses.ac, running, losses.limit_w),
        site.dark,
    )


def _steps(planes: Planes, sums: Array, left: Array, delivered: Array, losses: Losses) -> Array:
    """(L, P) what is left after each of ``ledger.STEPS``, summed over the rows, W."""
    in_plane, *past, behind_glass, front, on_cells, cool, hot, held = sums
    stc, unshaded = planes.nameplate_w / dc.STC_IRRADIANCE, 1 - losses.shading
    return np.stack(
        [
            stc * in_plane,
            *(stc * light for light in past),
            stc * past[-1] * unshaded,
            stc * behind_glass * unshaded,
            stc * front,
            stc * on_cells,
            planes.stc_w / dc.STC_IRRADIANCE * on_cells,
            cool,
            hot,
            *(hot * left),
            held * left[-1],
            *delivered,
            delivered[-1],
        ]
    )
