"""Where the energy goes: each meter's PV and load, balanced step by step under its tariff.

The second place that unpacks a Scenario: its load, storage, tariff and periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pvsim.energy.balance import Balance, balance
from pvsim.energy.load import load_from_file, synthetic_load
from pvsim.energy.storage import Store
from pvsim.energy.tariff import Prices, Spell, price_series, prices, with_series
from pvsim.errors import PvsimError, ScenarioError
from pvsim.finance.rules import SurplusPrice, surplus_price
from pvsim.physics.ac import Plant, deliver
from pvsim.physics.chain import ChainResult
from pvsim.scenario.schema import Load, Scenario
from pvsim.scenario.uses import hours_of
from pvsim.studies.references import beside
from pvsim.weather.record import Weather

if TYPE_CHECKING:
    from pvsim.studies.result import Result

Array = NDArray[np.float64]
SIZES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)  # of the plant, for self-use against its size


@dataclass(frozen=True, eq=False)
class Meter:
    """One meter: the power of its roofs and its load, kW (T,), and their balance."""

    name: str
    pv_kw: Array
    load_kw: Array
    balance: Balance
    store: Store | None
    inverters: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Use:
    """What became of the energy behind all meters.

    Attributes
    ----------
    meters : one for each load
    covered : (T,) rows with weather: the others are left out on both sides
    prices : of each row, or None without a tariff
    surplus : what a surplus kWh brings by year of operation, where the rules say it; None where the tariff does
    notes : how a load was read
    """

    meters: tuple[Meter, ...]
    covered: NDArray[np.bool_]
    step_hours: float
    year_count: float
    months: NDArray[np.intp]
    prices: Prices | None
    surplus: SurplusPrice | None
    export_limit_kw: float | None
    notes: tuple[str, ...] = ()

    def kwh(self, power_kw: Array) -> float:
        """Energy of a year."""
        return float(power_kw.sum()) * self.step_hours / self.year_count

    def summed(self, name: str) -> Array:
        """A series of the balances, such as ``self_used_kw``, over all meters (T,)."""
        total: Array = np.sum([getattr(m.balance, name) for m in self.meters], axis=0)
        return total

    def by_month(self, name: str) -> list[float]:
        """The same as kWh of the twelve months."""
        sums = np.bincount(self.months, weights=self.summed(name), minlength=12)
        return [float(x) for x in sums * self.step_hours / self.year_count]

    @property
    def sums(self) -> dict[str, float]:
        """Energies a year over all meters, kWh."""
        each = [m.balance.sums(self.step_hours, self.year_count) for m in self.meters]
        return {name: sum(s[name] for s in each) for name in each[0]}

    @property
    def load_kwh(self) -> float:
        """What all meters use in a year."""
        return self.kwh(self.summed("load_kw"))


def use_of(scenario: Scenario, weather: Weather, found: ChainResult, region: str) -> Use | None:
    """The balance behind each meter of a scenario; None without a load.

    Raises
    ------
    ScenarioError
        For a load, tariff or storage that cannot be, with its line.
    """
    if not scenario.has_load:
        return None
    axis = weather.axis
    step = axis.step_minutes / 60
    covered = weather.covered()
    surplus, rates = _prices(scenario, weather, region)
    notes: list[str] = []
    names = list(dict.fromkeys(r.load for r in scenario.roof))
    meters = []
    for name in names:
        table = scenario.load if name is None else scenario.loads[name]
        assert table is not None  # noqa: S101 - a rule of the scenario
        place = "load" if name is None else f"loads.{name}"
        load_kw, told = _load(scenario, table, place, weather)
        notes += [f"{place}: {text}" for text in told]
        load_kw = np.where(covered, load_kw, 0.0)  # where nothing is known of PV, nothing is said of the load
        inverters = _inverters_of(scenario, name)
        pv_kw = _pv_kw(found, weather, inverters)
        store = _store(scenario, name)
        settled = _balanced(scenario, pv_kw, load_kw, step, store, rates, covered, first_hour=_first_hour(weather))
        meters.append(Meter(name or "load", pv_kw, load_kw, settled, store, inverters))
    return Use(
        meters=tuple(meters),
        covered=covered,
        step_hours=step,
        year_count=weather.year_count,
        months=axis.month_index(),
        prices=rates,
        surplus=surplus,
        export_limit_kw=scenario.site.export_limit_kw,
        notes=tuple(notes),
    )


def _first_hour(weather: Weather) -> float:
    """Hour of the local day at which the first row begins."""
    first = weather.axis.local_datetime64()[0]
    return float((first - first.astype("datetime64[D]")) / np.timedelta64(60, "m"))


def _load(scenario: Scenario, table: Load, place: str, weather: Weather) -> tuple[Array, Sequence[str]]:
    local, step = weather.axis.local_datetime64(), weather.axis.step_minutes / 60
    try:
        if table.path is not None:
            return load_from_file(
                beside(scenario, table.path), local, step, column=table.column, align=table.align,
                utc_offset_minutes=weather.axis.utc_offset_minutes,
            )  # fmt: skip
        made = synthetic_load(
            local,
            step,
            profile=table.profile,
            annual_kwh=table.annual_kwh,
            monthly_kwh=table.monthly_kwh or None,
            temp_air=weather.temp_air,
            cooling_percent=table.cooling_percent,
            cooling_from_c=table.cooling_from_c,
            stop_days=table.spring_festival_stop_days,
            work_days=table.work_days,
            holidays=table.holidays,
        )
    except PvsimError as error:
        raise _invalid(scenario, place, str(error)) from error
    return made, ()


def _inverters_of(scenario: Scenario, name: str | None) -> tuple[int, ...]:
    """Which inverters stand behind a meter."""
    order = list(dict.fromkeys(r.inverter for r in scenario.roof))
    own = {r.inverter for r in scenario.roof if r.load == name}
    return tuple(order.index(inverter) for inverter in own)


def _pv_kw(found: ChainResult, weather: Weather, inverters: tuple[int, ...], factor: float = 1.0) -> Array:
    """Power of the roofs behind a meter, kW (T,), their DC power times a factor; negative where inverters draw."""
    plant, p_dc, v_dc = found.plant, found.p_dc, found.v_dc
    if len(inverters) < len(plant.inverters):
        members = np.flatnonzero(np.isin(plant.inverter_index, inverters))
        plant, p_dc = _part_of(plant, inverters, members), p_dc[members]
        v_dc = None if v_dc is None else v_dc[members]
    elif factor == 1.0:
        return _whole(found, weather, found.p_ac, plant.night_w)
    return _whole(found, weather, deliver(plant, p_dc * factor, v_dc).p_ac, plant.night_w)


def _whole(found: ChainResult, weather: Weather, p_ac: Array, night_w: float) -> Array:
    full = np.where(weather.covered(), -night_w, 0.0)
    full[found.rows] = p_ac
    return full / 1000.0


def _part_of(plant: Plant, inverters: tuple[int, ...], members: NDArray[np.intp]) -> Plant:
    """The inverters of one meter with their planes."""
    position = {inverter: i for i, inverter in enumerate(inverters)}
    running = plant.losses.running
    return replace(
        plant,
        inverter_index=np.array([position[int(i)] for i in plant.inverter_index[members]], dtype=np.intp),
        inverters=[plant.inverters[i] for i in inverters],
        share_of_night=plant.share_of_night[members],
        losses=replace(plant.losses, running=None if running is None else running[list(inverters)]),
    )


def _store(scenario: Scenario, name: str | None) -> Store | None:
    block = scenario.storage
    if block is None or (block.at is not None and block.at != name):
        return None
    return Store(block.capacity_kwh, block.power_kw, block.round_trip_efficiency_percent / 100)


def _balanced(
    scenario: Scenario,
    pv_kw: Array,
    load_kw: Array,
    step: float,
    store: Store | None,
    rates: Prices | None,
    covered: NDArray[np.bool_],
    dispatch: str | None = None,
    first_hour: float = 0.0,
) -> Balance:
    block = scenario.storage
    return balance(
        pv_kw,
        load_kw,
        step,
        export_limit_kw=scenario.site.export_limit_kw,
        store=store,
        dispatch=dispatch or (block.dispatch if block is not None and store is not None else "self-use"),
        price_cny_per_kwh=None if rates is None else rates.price_cny_per_kwh,
        surplus_price_cny_per_kwh=None if rates is None else rates.surplus_price_cny_per_kwh,
        horizon="day" if block is None else block.horizon,
        grid_charging=block is not None and block.grid_charging,
        covered=covered,
        first_hour=first_hour,
    ).checked()


def _prices(scenario: Scenario, weather: Weather, region: str) -> tuple[SurplusPrice | None, Prices | None]:
    """The tariff of each row; the surplus price by the rules where the tariff does not say it."""
    block, local = scenario.tariff, weather.axis.local_datetime64()
    if block is None:
        return None, None
    spells = [
        Spell(
            p.name,
            tuple(span for text in p.hours if (span := hours_of(text)) is not None),
            p.months,
            p.days,
            p.price_cny_per_kwh,
            p.surplus_price_cny_per_kwh,
        )
        for p in scenario.period
    ]
    try:
        by_rule, price = None, block.surplus_price_cny_per_kwh
        offset = weather.axis.utc_offset_minutes
        series = {} if block.path is None else price_series(beside(scenario, block.path), local, offset)
        if "surplus_price_cny_per_kwh" in series:
            price = 0.0
        elif price is None and _some_unpriced(spells, local):
            by_rule = _surplus_by_rule(scenario, region)
            price = by_rule.by_year_cny_per_kwh[0]
        bought = 0.0 if "price_cny_per_kwh" in series else block.price_cny_per_kwh
        found = prices(local, spells, bought, price)
        return by_rule, with_series(found, series) if series else found
    except PvsimError as error:
        raise _invalid(scenario, "tariff", str(error)) from error


def _some_unpriced(spells: Sequence[Spell], local: NDArray[np.datetime64]) -> bool:
    """Whether some hour has no surplus price of a spell."""
    open_ = np.ones(local.size, dtype=np.bool_)
    for spell in spells:
        inside = spell.holds(local) & open_
        if spell.surplus_price_cny_per_kwh is None and inside.any():
            return True
        open_ &= ~inside
    return bool(open_.any())


def _surplus_by_rule(scenario: Scenario, region: str) -> SurplusPrice:
    block, date = scenario.tariff, scenario.site.commissioned
    if date is None or block is None:
        raise PvsimError(
            "surplus_price_cny_per_kwh is not said, and site.commissioned neither, which decides it; give one of them"
        )
    years = 25 if scenario.finance is None else scenario.finance.years
    return surplus_price(
        region,
        date,
        years=years,
        mechanism_share_percent=block.mechanism_share_percent,
        mechanism_price_cny_per_kwh=block.mechanism_price_cny_per_kwh,
        mechanism_years=block.mechanism_years,
        market_price_cny_per_kwh=block.market_price_cny_per_kwh,
    )


def _invalid(scenario: Scenario, key: str, found: str) -> ScenarioError:
    return ScenarioError(scenario.origin.file, [scenario.problem(key, found, "")])


# --- other sizes and other years


def aged(result: Result, factor: float) -> dict[str, float]:
    """Energies of a year in which the modules have a share of their DC power left, kWh, and ``kwh`` of PV.

    The optimal dispatch is not run again for it: the store then serves self-use.
    """
    use, scenario = result.use, result.scenario
    if use is None:
        raise PvsimError("the scenario has no load")
    total: dict[str, float] = {}
    for meter in use.meters:
        pv_kw = _pv_kw(result.found, result.weather, meter.inverters, factor)
        settled = _balanced(
            scenario, pv_kw, meter.load_kw, use.step_hours, meter.store, use.prices, use.covered, "self-use"
        )
        for name, kwh in (settled.sums(use.step_hours, use.year_count) | {"kwh": use.kwh(pv_kw)}).items():
            total[name] = total.get(name, 0.0) + kwh
    return total


def at_size(use: Use, share: float) -> dict[str, float]:
    """Self-use of a plant of another size under the same load, without storage: ``share`` of its PV power."""
    limit = use.export_limit_kw
    used = exported = total = 0.0
    for meter in use.meters:
        pv = meter.balance.pv_kw * share
        taken = np.minimum(pv, meter.balance.load_kw)
        left = pv - taken if limit is None else np.minimum(pv - taken, limit)
        used, exported, total = used + use.kwh(taken), exported + use.kwh(left), total + use.kwh(pv)
    return {
        "self_used_kwh": used,
        "exported_kwh": exported,
        "self_use_fraction": used / total if total > 0 else 1.0,
    }


def use_block(result: Result) -> dict[str, Any]:
    """The block ``use`` of the result document."""
    use = result.use
    if use is None:
        raise PvsimError("the scenario has no load")
    meters = []
    for meter in use.meters:
        sums, pv, load = (
            meter.balance.sums(use.step_hours, use.year_count),
            use.kwh(meter.pv_kw),
            use.kwh(meter.load_kw),
        )
        meters.append({"name": meter.name, "annual_kwh": pv, "load_kwh": load, **sums, **_fractions(sums, pv, load)})
    monthly = {f"{name}_kwh": use.by_month(f"{name}_kw") for name in ("load", "self_used", "exported", "imported")}
    sizes = [{"dc_kwp": result.system.dc_kwp * share, **at_size(use, share)} for share in SIZES]
    return {
        "load_kwh": use.load_kwh,
        "meters": meters,
        "monthly": monthly,
        "periods": _periods(use),
        "sizes": sizes,
        "storage": _storage_value(result, use),
        "notes": list(use.notes),
    }


def _storage_value(result: Result, use: Use) -> dict[str, float | None] | None:
    """What a store adds to the same roof without one: self-used kWh and money of the first year; None without one."""
    stored = [m for m in use.meters if m.store is not None]
    if not stored:
        return None
    gained = worth = 0.0
    for m in stored:
        bare = _balanced(result.scenario, m.pv_kw, m.load_kw, use.step_hours, None, use.prices, use.covered)
        gained += use.kwh(m.balance.self_used_kw - bare.self_used_kw)
        if use.prices is not None:
            worth += use.kwh((bare.imported_kw - m.balance.imported_kw) * use.prices.price_cny_per_kwh)
            worth += use.kwh((m.balance.exported_kw - bare.exported_kw) * use.prices.surplus_price_cny_per_kwh)
    return {"self_used_kwh": gained, "value_cny": None if use.prices is None else worth}


def _fractions(sums: dict[str, float], pv: float, load: float) -> dict[str, float | None]:
    return {
        "self_use_fraction": sums["self_used_kwh"] / pv if pv > 0 else None,
        "self_sufficiency_fraction": sums["self_used_kwh"] / load if load > 0 else None,
    }


def _mean(values: Array) -> float:
    """The mean, and one price as it was said."""
    return float(values[0] if (values == values[0]).all() else values.mean())


def _periods(use: Use) -> list[dict[str, Any]]:
    """Energies by tariff period; empty without a tariff."""
    if use.prices is None:
        return []
    hours = use.step_hours / use.year_count
    found = []
    for index, spell in enumerate(use.prices.names):
        inside = use.prices.spell == index
        if not inside.any():
            continue
        each = {
            n: float(use.summed(f"{n}_kw")[inside].sum()) * hours for n in ("load", "self_used", "exported", "imported")
        }
        found.append(
            {
                "name": spell,
                "price_cny_per_kwh": _mean(use.prices.price_cny_per_kwh[inside]),
                "surplus_price_cny_per_kwh": _mean(use.prices.surplus_price_cny_per_kwh[inside]),
                **{f"{n}_kwh": kwh for n, kwh in each.items()},
            }
        )
    return found
