"""The Weather value: what the sky gives, with its clock, its place and its sources."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import WeatherError
from pvsim.physics.sun import Sun, TimeAxis, sun_over
from pvsim.weather.clock import Clock
from pvsim.weather.sources import Source, StationShare

Array = NDArray[np.float64]

SERIES = ("ghi", "dhi", "dni", "temp_air", "wind_speed")


@dataclass(frozen=True, eq=False)
class Weather:
    """One site's weather on a regular time axis. Frozen: its arrays cannot be written to.

    Attributes
    ----------
    axis : start of the first row, step, number of rows T and fixed UTC offset
    ghi, dhi, dni : (T,) W/m2, means of the row (or instants, when ``sun_offset_minutes`` says so)
    temp_air : (T,) degrees C
    wind_speed : (T,) m/s, at the height that its source states
    latitude, longitude, altitude : degrees, degrees, m: where this weather holds
    sun_offset_minutes : 12 values, by month: where the sun stands, counted from the start of the row
    source : "climate" or "file"
    station : name or id of the place that the data come from
    label : where the source's own stamps lie in the row: "start", "center", "end" or "instant"
    years : the years that the data stand for
    sources : issuer, document and period of each ingredient, for the report
    repairs : what was mended: rule and count
    warnings : what a reader of the result must know
    year_count : how many years the axis spans; sums are given per year
    measured : (M, T) further columns of a file that roofs ask for: in-plane irradiance, module temperature
    measured_names : M names of them
    needed : the series without which a row is a gap
    clock : how the clock of a file was found; None where it was not looked for
    stations : those of the climate it was generated from
    seed : of a random year of a climate
    rainfall : (T,) mm in the row, where a file has it; NaN where it is missing
    """

    axis: TimeAxis
    ghi: Array
    dhi: Array
    dni: Array
    temp_air: Array
    wind_speed: Array
    latitude: float
    longitude: float
    altitude: float
    sun_offset_minutes: tuple[float, ...]
    source: str
    station: str
    label: str
    years: str
    sources: tuple[Source, ...] = ()
    repairs: tuple[tuple[str, int], ...] = ()
    warnings: tuple[str, ...] = ()
    year_count: int = 1
    measured: Array | None = None
    measured_names: tuple[str, ...] = ()
    needed: tuple[str, ...] = SERIES
    clock: Clock | None = None
    stations: tuple[StationShare, ...] = ()
    seed: int | None = None
    rainfall: Array | None = None

    def __post_init__(self) -> None:
        if len(self.sun_offset_minutes) != 12:
            raise WeatherError(
                f"sun_offset_minutes: {len(self.sun_offset_minutes)} values; one for each month is needed"
            )
        for name in SERIES:
            object.__setattr__(self, name, self._own(name, getattr(self, name)))
        if self.rainfall is not None:
            object.__setattr__(self, "rainfall", self._own("rainfall", self.rainfall))
        if self.measured is not None:
            object.__setattr__(self, "measured", self._own("measured", self.measured, len(self.measured_names)))

    def _own(self, name: str, values: Array, *above: int) -> Array:
        if values.shape != (*above, self.axis.rows):
            raise WeatherError(f"{name}: shape {values.shape}, the time axis has {self.axis.rows} rows")
        own = values.astype(np.float64)  # a copy: neither the maker's array nor a base of it leads in here
        own.setflags(write=False)
        return own

    def sun(self) -> Sun:
        """The sun in each row, at this weather's own place and clock."""
        return sun_over(self.axis, self.sun_offset_minutes, self.latitude, self.longitude, self.altitude)

    def covered(self) -> NDArray[np.bool_]:
        """(T,) rows in which every series that is needed has a value; the others are gaps and stay gaps."""
        return self._covered

    @cached_property
    def _covered(self) -> NDArray[np.bool_]:
        whole = np.isfinite(np.stack([self.series(name) for name in self.needed])).all(axis=0)
        whole.setflags(write=False)
        return np.asarray(whole, dtype=np.bool_)

    def series(self, name: str) -> Array:
        """A series by its name, of the sky or measured (T,)."""
        if self.measured is not None and name in self.measured_names:
            return np.asarray(self.measured[self.measured_names.index(name)])
        values: Array = getattr(self, name)
        return values

    @property
    def has_ghi(self) -> bool:
        """Whether anything is known of the light on the horizontal; measured in-plane light may stand alone."""
        return bool(np.isfinite(self.ghi).any())

    def sum_kwh_per_m2(self, series: Array) -> float:
        """Irradiation a year of a W/m2 series (T,) over the covered rows, the same rows as the energy."""
        return float(np.nansum(series[self.covered()])) * self.axis.step_minutes / 60 / 1000 / self.year_count

    def __repr__(self) -> str:
        """One line: where from, how long, how much sun."""
        ghi = self.sum_kwh_per_m2(self.ghi)
        return f"Weather({self.station!r}, {self.axis.rows} x {self.axis.step_minutes} min, GHI {ghi:.0f} kWh/m2)"
