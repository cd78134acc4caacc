"""The tables [inverter] and [inverters.NAME] become inverters of pvlib's models, whichever way they are stated."""

from __future__ import annotations

from collections.abc import Mapping

from pvsim.errors import PvsimError
from pvsim.physics import ac
from pvsim.scenario.catalog import Entry, find_inverter
from pvsim.scenario.schema import Inverter, Scenario
from pvsim.scenario.sizing import MAX_RATIO, MIN_RATIO
from pvsim.studies.devices import PvInverter
from pvsim.studies.modules import numbers
from pvsim.studies.references import beside

# columns of pvlib's table that its functions read
_SANDIA = ("Paco", "Pdco", "Vdco", "Pso", "C0", "C1", "C2", "C3", "Pnt")


def make_inverter(scenario: Scenario, table: Inverter, dc_w: float) -> PvInverter:
    """The inverters of a table for so much nameplate power, of voltages and a size that can be.

    Raises
    ------
    PvsimError
        When what the scenario adds contradicts the name or the file.
    """
    made = _stated_inverter(scenario, table, dc_w)
    high = made.window_v[1] if made.window_v is not None else 0.0
    if made.vdc_max_v is not None and high > made.vdc_max_v:
        raise PvsimError(f"it bears {made.vdc_max_v:g} V, and its MPP trackers reach {high:g} V")
    ratio = dc_w / (made.rated_w * made.count)
    if not MIN_RATIO <= ratio <= MAX_RATIO:
        raise PvsimError(
            f"{made.title} for {dc_w / 1000:g} kWp are a DC/AC ratio of {ratio:.3g}; {MIN_RATIO:g} to {MAX_RATIO:g}"
        )
    return made


def _stated_inverter(scenario: Scenario, table: Inverter, dc_w: float) -> PvInverter:
    if table.kind == "power":
        return _rated(table, dc_w)
    if table.kind == "ond":
        from pvsim.studies.components import read_ond

        ond = read_ond(beside(scenario, table.ond or ""))
        window = _window(table, ond.mppt_low_v, ond.mppt_high_v)
        return _sandia(
            table, dc_w, ond.title, ond.rated_w, ond.parameters, window, table.vdc_max_v or ond.vdc_max_v,
            f"{table.ond} (PVsyst), fitted with pvlib.inverter.fit_sandia", ond.notes,
        )  # fmt: skip
    entry = find_inverter(table.name or "")
    if entry is None:
        raise PvsimError(f"no inverter is called {table.name!r}")
    low, high = (
        entry.number(c)
        for c in (("mppt_low_v", "mppt_high_v") if entry.table == "catalog" else ("Mppt_low", "Mppt_high"))
    )
    window = _window(table, low, high)
    if entry.table == "catalog":
        return _from_inverter_catalog(table, entry, dc_w, window)
    row = numbers(entry, _SANDIA)
    limit = table.vdc_max_v or entry.number("Vdcmax")
    source = f"CEC inverter table shipped with pvlib ({entry.file})"
    return _sandia(table, dc_w, entry.name, row["Paco"], row, window, limit, source, ())


def _window(table: Inverter, low: float | None, high: float | None) -> tuple[float, float] | None:
    """The range of the MPP trackers; what the scenario says wins."""
    lower, upper = table.mppt_low_v or low, table.mppt_high_v or high
    if lower is None or upper is None:
        return None
    if not lower < upper:
        raise PvsimError(f"its MPP trackers would begin at {lower:g} V and end at {upper:g} V")
    return lower, upper


def _rated(table: Inverter, dc_w: float) -> PvInverter:
    """An inverter of which only size and efficiency are said."""
    if table.nominal_efficiency_percent is not None:
        eta = table.nominal_efficiency_percent / 100
    else:
        eta = ac.nominal_efficiency((table.effective_efficiency_percent or 100.0) / 100)
    total = table.total_ac_kw
    rated = total * 1000 if total is not None else dc_w / (table.effective_dc_ac_ratio or 1.0)
    count = (table.count or 1) if total is not None else 1
    # one PVWatts curve of the whole rating is the sum of equal ones
    unit = ac.Inverter(
        "pvwatts", {"pdc0": rated / eta, "eta_inv_nom": eta}, rated, 1,
        (table.night_consumption_w or 0.0) * count, _window(table, None, None),
    )  # fmt: skip
    return PvInverter("", unit, rated / count, count, "the scenario", table.vdc_max_v, None, unit.window_v)


def _counted(table: Inverter, dc_w: float, rated_w: float) -> tuple[int, str]:
    """How many inverters of a known rating: as said, or as many as come nearest to the DC/AC ratio."""
    if table.count is not None:
        return table.count, ""
    ratio = table.effective_dc_ac_ratio or 1.0
    return max(1, round(dc_w / ratio / rated_w)), f"as many as come nearest to a DC/AC ratio of {ratio:g}"


def _sandia(
    table: Inverter,
    dc_w: float,
    title: str,
    rated_w: float,
    row: Mapping[str, float],
    window: tuple[float, float] | None,
    vdc_max_v: float | None,
    source: str,
    notes: tuple[str, ...],
) -> PvInverter:
    count, counted = _counted(table, dc_w, rated_w)
    night = abs(row["Pnt"]) if table.night_consumption_w is None else table.night_consumption_w
    parameters = {key: row[key] for key in _SANDIA}
    unit = ac.Inverter("sandia", parameters, rated_w, count, night, window)
    return PvInverter(
        f"{count} x {title}", unit, rated_w, count, source, vdc_max_v, row["Vdco"], window, counted, notes
    )


def _from_inverter_catalog(
    table: Inverter, entry: Entry, dc_w: float, window: tuple[float, float] | None
) -> PvInverter:
    """A row of pvsim's catalog: its European efficiency on PVWatts' curve."""
    row = numbers(entry, ("ac_power_kw", "euro_efficiency_percent"))
    rated = 1000 * row["ac_power_kw"]
    count, counted = _counted(table, dc_w, rated)
    eta = ac.nominal_efficiency(row["euro_efficiency_percent"] / 100)
    night = table.night_consumption_w if table.night_consumption_w is not None else entry.number("night_consumption_w")
    unit = ac.Inverter(
        "pvwatts", {"pdc0": count * rated / eta, "eta_inv_nom": eta}, count * rated, 1, count * (night or 0.0), window
    )
    source = f"pvsim's catalog [{entry.cells['status']}]: {entry.cells['source']}"
    limit, at = table.vdc_max_v or entry.number("vdc_max_v"), entry.number("vdc_rated_v")
    return PvInverter(f"{count} x {entry.name}", unit, rated, count, source, limit, at, window, counted)
