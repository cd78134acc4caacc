"""The Result: what a run found, complete and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pvsim.impact.factors import Factor
from pvsim.physics.ac import deliver
from pvsim.physics.chain import ChainResult
from pvsim.physics.ledger import LedgerLine, lines
from pvsim.scenario.schema import Assumption, Scenario
from pvsim.studies.ensemble import Member, RandomYear
from pvsim.studies.hardware import Hardware
from pvsim.studies.register import ledger_sources, register
from pvsim.studies.uncertainty import Budget
from pvsim.weather.record import SERIES, Weather

if TYPE_CHECKING:
    import pandas as pd

    from pvsim.studies.cleaning import Cleaning
    from pvsim.studies.use import Use

Array = NDArray[np.float64]

LIFETIME_YEARS = 25  # what yields of plants in China are stated for

A_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class PlaneSummary:
    """One roof plane: degrees, unshaded in-plane kWh/m2, delivered kWh a year."""

    name: str
    panels: int
    surface_tilt: float
    surface_azimuth: float
    poa_kwh_per_m2: float
    annual_kwh: float
    module: str
    inverter: str
    dc_kwp: float
    modules_in_series: int | None
    ledger_kwh: tuple[float, ...]


@dataclass(frozen=True)
class ModuleSummary:
    """One kind of module: the model that computes it, its nameplate, its area and its power at STC by that model."""

    name: str
    model: str
    power_w: float
    area_m2: float
    stc_w: float
    source: str


@dataclass(frozen=True)
class InverterSummary:
    """The inverters of one table, and what they lose by cause, kWh a year."""

    name: str
    model: str
    count: int
    ac_kw: float
    dc_kwp: float
    voltage_window_kwh: float
    clipped_kwh: float
    night_kwh: float
    source: str


@dataclass(frozen=True)
class System:
    """What is installed; powers are nameplate DC at STC and rated AC."""

    panels: int
    dc_kwp: float
    ac_kw: float
    module_area_m2: float
    planes: tuple[PlaneSummary, ...]
    modules: tuple[ModuleSummary, ...]
    inverters: tuple[InverterSummary, ...]

    @property
    def dc_ac_ratio(self) -> float:
        """Nameplate DC over rated AC power."""
        return self.dc_kwp / self.ac_kw


@dataclass(frozen=True)
class LifetimeYear:
    """One year of the plant's life: what is left of its DC power, delivered kWh, and hours at nameplate power."""

    year: int
    factor: float
    annual_kwh: float
    equivalent_hours: float


@dataclass(frozen=True, eq=False)
class Result:
    """What a run found. All energies in kWh, all of the first year.

    Attributes
    ----------
    scenario, weather : what was asked, and under which sky
    found : the chain's arrays
    system : what is installed
    hardware : its modules and inverters, as they were looked up, read or fitted
    region : the province whose CO2 factors lead, or "CN"
    budget : how sure the inputs are
    warnings : what a reader of the figures must know
    members : the same roof under the other sources that the scenario names
    random_years : the same roof in years of the climate as they may fall
    own_factors : the factors of the scenario's own file, by id
    use : where the energy goes, behind each meter; None without a load
    cleaning : what cleanings are worth; None where dirt does not grow by the day
    """

    scenario: Scenario
    weather: Weather
    found: ChainResult
    system: System
    hardware: Hardware
    region: str
    budget: Budget
    warnings: tuple[str, ...]
    members: tuple[Member, ...] = ()
    random_years: tuple[RandomYear, ...] = ()
    own_factors: Mapping[str, Factor] = field(default_factory=dict)
    use: Use | None = None
    cleaning: Cleaning | None = None

    # --- figures ---------------------------------------------------------------------------------------------

    @cached_property
    def monthly_kwh(self) -> tuple[float, ...]:
        """Delivered energy of the twelve months."""
        delivered = self._by_month(self.found.p_ac / 1000, self.found.rows)
        night_kw = self.found.plant.night_w / 1000
        if night_kw:
            dark = self._dark_rows()
            delivered = delivered - self._by_month(np.full(dark.size, night_kw), dark)
        return tuple(float(x) for x in delivered)

    def _dark_rows(self) -> NDArray[np.intp]:
        """Rows with weather and without light, in which the inverters only draw."""
        dark = self.weather.covered().copy()
        dark[self.found.rows] = False
        return np.flatnonzero(dark)

    @cached_property
    def annual_kwh(self) -> float:
        """Delivered energy over the covered rows, the mean of the years if there are several: nothing is scaled up."""
        return float(sum(self.monthly_kwh))

    @cached_property
    def by_year(self) -> tuple[tuple[int, float], ...]:
        """Calendar year and delivered kWh in it, where the weather spans several; at their ends partial sums.

        Years that begin within a day of New Year, as those of UTC do on another clock, count whole.
        """
        if self.weather.year_count == 1:
            return ()
        local = self.weather.axis.local_datetime64()
        late = local[0] - (local[0] + A_DAY).astype("datetime64[Y]").astype(local.dtype)
        moved = local - late if abs(late) <= A_DAY else local
        years = moved.astype("datetime64[Y]").astype(np.int64) + 1970
        count = int(years[-1] - years[0]) + 1
        hours = self.weather.axis.step_minutes / 60
        kwh = np.bincount(years[self.found.rows] - years[0], self.found.p_ac / 1000, count) * hours
        dark = np.bincount(years[self._dark_rows()] - years[0], minlength=count)
        kwh = kwh - dark * self.found.plant.night_w / 1000 * hours
        return tuple((int(years[0]) + i, float(x)) for i, x in enumerate(kwh))

    @property
    def specific_yield_kwh_per_kwp(self) -> float:
        """Delivered energy per nameplate DC power."""
        return self.annual_kwh / self.system.dc_kwp

    @property
    def performance_ratio(self) -> float | None:
        """Delivered energy over nameplate times unshaded in-plane irradiation (IEC 61724-1); None without sun."""
        nominal = float(self.found.ledger_kwh[0].sum())
        return self.annual_kwh / nominal if nominal > 0 else None

    @cached_property
    def ledger(self) -> tuple[LedgerLine, ...]:
        """The loss ledger of all planes together."""
        return lines(self.found.ledger_kwh.sum(axis=1), self.annual_kwh, ledger_sources(self.scenario, self.hardware))

    @cached_property
    def lifetime(self) -> tuple[LifetimeYear, ...]:
        """The 25 years of the plant under this weather, each with its modules aged on the DC side.

        Ageing takes a fixed share of nameplate a year, so what the inverters clip shrinks with it.
        """
        loss = self.scenario.losses.annual_degradation_percent / 100
        plant, found = self.found.plant, self.found
        hours = self.weather.axis.step_minutes / 60 / self.weather.year_count
        made = []
        for year in range(1, LIFETIME_YEARS + 1):
            factor = max(0.0, 1 - loss * (year - 1))
            if year == 1:
                kwh = self.annual_kwh
            else:
                aged = deliver(plant, found.p_dc * factor, found.v_dc).p_ac
                kwh = (float(aged.sum()) - plant.night_w * plant.dark_rows) / 1000 * hours
            made.append(LifetimeYear(year, factor, kwh, kwh / self.system.dc_kwp))
        return tuple(made)

    @property
    def coverage_fraction(self) -> float:
        """Share of the rows for which there is weather."""
        return float(self.weather.covered().mean())

    @cached_property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Every parameter in effect with its reason, those that the run filled in included."""
        return register(self.scenario, self.hardware, self.weather, self.region)

    # --- tables ----------------------------------------------------------------------------------------------

    def _by_month(self, values: Array, rows: NDArray[np.intp] | None = None) -> Array:
        """Sum of value x hours by calendar month, (12,); the mean of the years where there are several."""
        months = self.weather.axis.month_index()
        picked = months if rows is None else months[rows]
        sums: Array = np.bincount(picked, weights=values, minlength=12).astype(np.float64)
        return sums * (self.weather.axis.step_minutes / 60 / self.weather.year_count)

    def _over_year(self, values: Array, at_night: Array | float = 0.0) -> Array:
        """(T,) from the lit rows (D,): the night gets ``at_night``, the gaps stay empty."""
        full = np.where(self.weather.covered(), at_night, np.nan)
        full[self.found.rows] = values
        return full

    @property
    def hourly(self) -> pd.DataFrame:
        """Every row of the year; index ``time`` = start of the row with its UTC offset.

        Columns ``ghi dhi dni temp_air wind_speed poa_global temp_cell p_dc_kw p_ac_kw``: W/m2, degrees C,
        m/s and kW, means of the row; in-plane irradiance and cell temperature weighted by panels. With a load
        also ``load_kw self_used_kw exported_kw imported_kw``.
        """
        import pandas as pd

        axis = self.weather.axis
        zone = timezone(timedelta(minutes=axis.utc_offset_minutes))
        time = pd.DatetimeIndex(axis.unixtime().astype("datetime64[s]"), tz="UTC", name="time").tz_convert(zone)
        columns = {name: getattr(self.weather, name) for name in SERIES}
        columns["poa_global"] = self._over_year(self.found.poa_global)
        columns["temp_cell"] = self._over_year(self.found.temp_cell, at_night=self.weather.temp_air)
        columns["p_dc_kw"] = self._over_year(self.found.p_dc.sum(axis=0) / 1000)
        columns["p_ac_kw"] = self._over_year(self.found.p_ac / 1000, at_night=0.0 - self.found.plant.night_w / 1000)
        if self.use is not None:
            for name in ("load_kw", "self_used_kw", "exported_kw", "imported_kw"):
                columns[name] = np.where(self.use.covered, self.use.summed(name), np.nan)
        return pd.DataFrame(columns, index=time)

    def plane_p_dc_kw(self) -> dict[str, Array]:
        """DC power of each plane over all rows, kW, by the plane's name."""
        return {
            plane.name: self._over_year(power / 1000)
            for plane, power in zip(self.system.planes, self.found.p_dc, strict=True)
        }

    @property
    def monthly(self) -> pd.DataFrame:
        """Twelve rows, index ``month`` 1 to 12: irradiation in kWh/m2, mean air temperature, energy in kWh.

        In-plane irradiation is weighted by nameplate power, so that yield = irradiation x performance ratio.
        """
        import pandas as pd

        weather, found = self.weather, self.found
        months = weather.axis.month_index()
        covered = weather.covered()
        ac_kwh = np.array(self.monthly_kwh)
        nominal = self._by_month(found.p_nominal / 1000, found.rows)
        with np.errstate(invalid="ignore", divide="ignore"):
            temp = np.bincount(months[covered], weather.temp_air[covered], 12) / np.bincount(
                months[covered], minlength=12
            )
            ratio = ac_kwh / nominal
        return pd.DataFrame(
            {
                "ghi_kwh_per_m2": self._by_month(np.nan_to_num(np.where(covered, weather.ghi, 0.0)) / 1000),
                "dhi_kwh_per_m2": self._by_month(np.nan_to_num(np.where(covered, weather.dhi, 0.0)) / 1000),
                "poa_kwh_per_m2": nominal / self.system.dc_kwp,
                "temp_air_mean_c": temp,
                "energy_dc_kwh": self._by_month(found.p_dc.sum(axis=0) / 1000, found.rows),
                "energy_ac_kwh": ac_kwh,
                "specific_yield_kwh_per_kwp": ac_kwh / self.system.dc_kwp,
                "performance_ratio": ratio,
            },
            index=pd.RangeIndex(1, 13, name="month"),
        )

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from pvsim.report.html import fragment

        return fragment(self.to_dict())

    def __repr__(self) -> str:
        """One line: name, energy, yield."""
        return (
            f"Result({self.scenario.name!r}, {self.annual_kwh:,.0f} kWh, "
            f"{self.specific_yield_kwh_per_kwp:,.0f} kWh/kWp)"
        )

    def to_dict(self) -> dict[str, Any]:
        """The result document: what ``--json`` prints and ``result.json`` holds."""
        from pvsim.studies.document import document

        return document(self)
