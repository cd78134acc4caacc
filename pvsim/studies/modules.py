"""The tables [module] and [modules.NAME] become modules of pvlib's models, whichever way they are stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pvsim.errors import PvsimError
from pvsim.physics import dc
from pvsim.scenario.catalog import Entry, find_module
from pvsim.scenario.schema import Module, Scenario
from pvsim.scenario.sizing import MAX_EFFICIENCY
from pvsim.studies.devices import PvModule, Volts
from pvsim.studies.references import beside

# columns of pvlib's tables that its functions read
_CEC = ("alpha_sc", "a_ref", "I_L_ref", "I_o_ref", "R_sh_ref", "R_s", "Adjust")
_SAPM = (
    *("Isco", "Voco", "Impo", "Vmpo", "Aisc", "Aimp", "Bvoco", "Mbvoc", "Bvmpo", "Mbvmp", "N", "Cells_in_Series"),
    *("C0", "C1", "C2", "C3"),
)
_SAPM = (
    *("Isco", "Voco", "Impo", "Vmpo", "Aisc", "Aimp", "Bvoco", "Mbvoc", "Bvmpo", "Mbvmp", "N", "Cells_in_Series"),
    *("C0", "C1", "C2", "C3"),
)
SERIES = 0.15  # power classes of one series lie within this
SIZE_TOLERANCE = 0.05  # of area and efficiency: rounding, and frames counted or not
NAMEPLATE_TOLERANCE = 0.10  # of a measured module against its nameplate
UNKNOWN = float("nan")  # area of a module whose source does not say it


def make_module(scenario: Scenario, table: Module) -> PvModule:
    """A module from its table; what the scenario says of itself wins over what the source says."""
    made = {"power": _by_power, "datasheet": _by_datasheet, "name": _by_name, "pan": _by_pan, "iec61853": _by_matrix}
    module = made[table.kind](scenario, table)
    if table.power_w is not None and table.kind in ("name", "pan"):
        module = _of_class(module, table.power_w)
    _refuse_other_size(table, module)
    known = np.isfinite(module.area_m2)
    stated = any(getattr(table, key) is not None for key in ("area_m2", "length_m", "efficiency_percent"))
    area_m2 = module.area_m2 if known and not stated else table.area_for(module.power_w)
    sides = table.length_m if table.length_m is not None else None if table.area_m2 is not None else module.long_side_m
    return replace(module, area_m2=area_m2, area_assumed=not known and not stated, long_side_m=sides)


def _of_class(module: PvModule, power_w: float) -> PvModule:
    """The same module in another power class of its series: everything but its voltages grows with its power."""
    ratio = power_w / module.power_w
    far = (
        f"power_w = {power_w:g} W is far from the {module.power_w:g} W of {module.title}: another class of its series?"
    )
    return replace(
        module, power_w=power_w, scale=ratio, notes=(*module.notes, *((far,) if abs(ratio - 1) > SERIES else ()))
    )


def _refuse_other_size(table: Module, module: PvModule) -> None:
    """What the scenario says of size must be that of the name or file, and of one module.

    Raises
    ------
    PvsimError
        When power, area and efficiency contradict each other.
    """
    area = module.area_m2 if np.isfinite(module.area_m2) else table.area_m2
    said = table.area_m2
    if table.length_m is not None and table.width_m is not None:
        said = table.length_m * table.width_m
    if said is not None and area is not None and abs(said / area - 1) > SIZE_TOLERANCE:
        raise PvsimError(f"area_m2 = {said:.4g}, but {module.title or 'the module'} has {area:.3g} m2")
    percent = None if area is None else module.power_w / area / 10
    stated = table.efficiency_percent
    if percent is not None and stated is not None and abs(stated / percent - 1) > SIZE_TOLERANCE:
        raise PvsimError(f"efficiency_percent = {stated:g}, but power over area is {percent:.1f} %")
    if percent is not None and percent > 100 * MAX_EFFICIENCY:
        raise PvsimError(
            f"{module.power_w:g} W on {area:g} m2 are {percent:.0f} %; at most {100 * MAX_EFFICIENCY:.0f} %"
        )


def _pvwatts(table: Module, power_w: float, gamma_percent_per_c: float) -> dict[str, float]:
    return {
        "pdc0": power_w,
        "gamma_pdc": gamma_percent_per_c / 100,
        "k": dc.low_light_k(table.low_light_loss_percent),
    }


def _by_power(scenario: Scenario, table: Module) -> PvModule:
    power_w = table.effective_power_w or 0.0
    parameters = _pvwatts(table, power_w, table.gamma_percent_per_c)
    return PvModule(
        "", "power", "pvwatts", power_w, UNKNOWN, parameters, "the scenario",
        table.gamma_percent_per_c, table.lid_percent,
    )  # fmt: skip


def _datasheet(table: Module, data: Mapping[str, float], power_w: float, **known: Any) -> PvModule:
    """A module of datasheet values, with the keys of [module]; by its single diode or by PVWatts."""
    volts = Volts(data["voc_v"], data["vmp_v"], data["beta_voc_percent_per_c"] / 100 * data["voc_v"])
    common: dict[str, Any] = {"gamma_percent_per_c": data["gamma_percent_per_c"], "volts": volts} | known
    area_m2 = common.pop("area_m2", UNKNOWN)
    if table.model == "pvwatts":
        parameters = _pvwatts(table, power_w, data["gamma_percent_per_c"])
        return PvModule(model="pvwatts", power_w=power_w, area_m2=area_m2, parameters=parameters, **common)
    from pvsim.physics.fit import cec_from_datasheet  # pvlib's fits load what most runs do not need

    fitted = cec_from_datasheet(
        data["vmp_v"], data["imp_a"], data["voc_v"], data["isc_a"],
        data["alpha_sc_percent_per_c"] / 100 * data["isc_a"], volts.beta_voc,
        data["gamma_percent_per_c"] / 100, int(data["cells_in_series"]),
    )  # fmt: skip
    return PvModule(model="cec", power_w=power_w, area_m2=area_m2, parameters=fitted, **common)


def _by_datasheet(scenario: Scenario, table: Module) -> PvModule:
    power_w = table.effective_power_w or 0.0
    source = "the scenario's datasheet values; fitted with pvlib.ivtools.sdm.fit_desoto and the CEC model's Adjust"
    return _datasheet(
        table, table.given(), power_w, title="", stated="datasheet", source=source,
        lid_percent=table.lid_percent,
    )  # fmt: skip


def _by_name(scenario: Scenario, table: Module) -> PvModule:
    entry = find_module(table.name or "")
    if entry is None:
        raise PvsimError(f"no module is called {table.name!r}")
    return {"catalog": _from_catalog, "cec": _from_cec, "sandia": _from_sandia}[entry.table](table, entry)


def numbers(entry: Entry, columns: tuple[str, ...]) -> dict[str, float]:
    """Cells of a table as numbers, all of them there."""
    found = {column: entry.number(column) for column in columns}
    missing = [column for column, value in found.items() if value is None]
    if missing:
        raise PvsimError(f"{entry.name}: {entry.file} has no {', '.join(missing)} of it; take another entry")
    return {column: value for column, value in found.items() if value is not None}


def _only(table: Module, model: str) -> None:
    if table.model not in (None, model, "pvwatts"):
        raise PvsimError(f"{table.name}: its table is made for the model {model}, not for {table.model}")


def _from_catalog(table: Module, entry: Entry) -> PvModule:
    _only(table, "single-diode")
    keys = (
        *("power_w", "voc_v", "isc_a", "vmp_v", "imp_a", "alpha_sc_percent_per_c", "beta_voc_percent_per_c"),
        *("gamma_percent_per_c", "cells_in_series", "length_m", "width_m", "lid_percent"),
    )
    row = numbers(entry, keys)
    lid = row["lid_percent"] if table.lid_percent is None else table.lid_percent
    area_m2 = row["length_m"] * row["width_m"]
    source = f"pvsim's catalog [{entry.cells['status']}]: {entry.cells['source']}"
    return _datasheet(
        table, row, row["power_w"], title=entry.name, stated="name", source=source, lid_percent=lid, area_m2=area_m2,
        long_side_m=max(row["length_m"], row["width_m"]),
    )  # fmt: skip


def _from_cec(table: Module, entry: Entry) -> PvModule:
    _only(table, "single-diode")
    row = numbers(entry, ("STC", "A_c", "V_oc_ref", "V_mp_ref", "beta_oc", "gamma_r", *_CEC))
    common: dict[str, Any] = {
        "title": entry.name, "stated": "name", "power_w": row["STC"], "area_m2": row["A_c"],
        "source": f"CEC module table shipped with pvlib ({entry.file})", "gamma_percent_per_c": row["gamma_r"],
        "lid_percent": table.lid_percent, "volts": Volts(row["V_oc_ref"], row["V_mp_ref"], row["beta_oc"]),
        "long_side_m": entry.number("Length"),
    }  # fmt: skip
    if table.model == "pvwatts":
        return PvModule(model="pvwatts", parameters=_pvwatts(table, row["STC"], row["gamma_r"]), **common)
    return PvModule(model="cec", parameters={key: row[key] for key in _CEC}, **common)


def _from_sandia(table: Module, entry: Entry) -> PvModule:
    _only(table, "sapm")
    row = numbers(entry, ("Area", *_SAPM))
    power_w = row["Impo"] * row["Vmpo"]
    gamma = 100 * (row["Aimp"] + row["Bvmpo"] / row["Vmpo"])
    common: dict[str, Any] = {
        "title": entry.name, "stated": "name", "power_w": power_w, "area_m2": row["Area"],
        "source": f"Sandia module table shipped with pvlib ({entry.file})", "gamma_percent_per_c": gamma,
        "lid_percent": table.lid_percent, "volts": Volts(row["Voco"], row["Vmpo"], row["Bvoco"]),
    }  # fmt: skip
    if table.model == "pvwatts":
        return PvModule(model="pvwatts", parameters=_pvwatts(table, power_w, gamma), **common)
    return PvModule(model="sapm", parameters={key: row[key] for key in _SAPM}, **common)


def _by_pan(scenario: Scenario, table: Module) -> PvModule:
    from pvsim.studies.components import read_pan

    pan = read_pan(beside(scenario, table.pan or ""))
    gamma = pan.gamma_percent_per_c
    common: dict[str, Any] = {
        "title": pan.title, "stated": "pan", "power_w": pan.power_w,
        "area_m2": UNKNOWN if pan.area_m2 is None else pan.area_m2,
        "source": f"{table.pan} (PVsyst)", "gamma_percent_per_c": gamma, "glass": pan.glass,
        "lid_percent": pan.lid_percent if table.lid_percent is None else table.lid_percent,
        "volts": Volts(pan.v_oc, pan.v_mp, pan.beta_voc_v_per_c), "notes": pan.notes, "long_side_m": pan.long_side_m,
    }  # fmt: skip
    if table.model == "pvwatts":
        if gamma is None:
            raise PvsimError(f"{table.pan}: muPmpReq is missing, which the model pvwatts needs")
        return PvModule(model="pvwatts", parameters=_pvwatts(table, pan.power_w, gamma), **common)
    return PvModule(model="pvsyst", parameters=pan.parameters, **common)


def _by_matrix(scenario: Scenario, table: Module) -> PvModule:
    from pvsim.physics import fit
    from pvsim.studies.components import MATRIX_COLUMNS, read_matrix

    diode = table.model == "single-diode"
    matrix = read_matrix(beside(scenario, table.iec61853 or ""), with_curves=diode)
    light, cells, power = (matrix[name] for name in MATRIX_COLUMNS)
    source = f"{table.iec61853} (IEC 61853-1)"
    title = f"module of {table.iec61853}"
    if diode:
        parameters = fit.pvsyst_from_matrix(matrix, table.cells_in_series or 0) | {"d2mutau": 0.0, "NsVbi": np.inf}
        stc = dc.stc_power_w("pvsyst", parameters | {"modules": 1.0})
        at_stc = (light == 1000) & (np.abs(cells - 25) <= 1)
        v_oc, v_mp = (float(matrix[name][at_stc][0]) for name in ("v_oc", "v_mp"))
        volts = Volts(v_oc, v_mp, _slope(cells[light == 1000], matrix["v_oc"][light == 1000]))
        measured = float(power[at_stc][0])
        notes = () if abs(stc / measured - 1) < 0.01 else (
            f"{table.iec61853}: the fitted diode gives {100 * (stc / measured - 1):+.1f} % at STC",
        )  # fmt: skip
        model = "pvsyst"
    else:
        parameters, stc, worst = fit.adr_from_matrix(light, cells, power)
        parameters = parameters | {"pdc0": stc}
        volts, model = None, "adr"
        notes = (f"{table.iec61853}: the surface is up to {100 * worst:.1f} % off the matrix",) if worst > 0.02 else ()
    at_stc = float(power[(light == 1000) & (np.abs(cells - 25) <= 1)][0])
    power_w = table.power_w or at_stc
    if abs(power_w / at_stc - 1) > NAMEPLATE_TOLERANCE:
        raise PvsimError(f"power_w = {power_w:g} W, but {table.iec61853} has {at_stc:g} W at STC")
    return PvModule(
        title, "iec61853", model, power_w, UNKNOWN, parameters, source,
        lid_percent=table.lid_percent, volts=volts, notes=notes,
    )  # fmt: skip


def _slope(x: Any, y: Any) -> float:
    return float(np.polyfit(x, y, 1)[0]) if len(set(x.tolist())) > 1 else 0.0
