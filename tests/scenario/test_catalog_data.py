"""The shipped catalog of modules and string inverters: every row is complete, consistent and says where it is from."""

from __future__ import annotations

import csv
import io
from importlib.resources import files

import pytest
from pvlib.ivtools.sdm import fit_desoto, fit_desoto_batzelis
from pvlib.pvsystem import calcparams_desoto, singlediode

MODULE_COLUMNS = [
    "name",
    "maker",
    "technology",
    "power_w",
    "voc_v",
    "isc_a",
    "vmp_v",
    "imp_a",
    "alpha_sc_percent_per_c",
    "beta_voc_percent_per_c",
    "gamma_percent_per_c",
    "cells_in_series",
    "length_m",
    "width_m",
    "bifacial",
    "max_system_v",
    "lid_percent",
    "source",
    "status",
]
INVERTER_COLUMNS = [
    "name",
    "maker",
    "ac_power_kw",
    "max_efficiency_percent",
    "euro_efficiency_percent",
    "cec_efficiency_percent",
    "vdc_max_v",
    "mppt_low_v",
    "mppt_high_v",
    "vdc_rated_v",
    "mppt_count",
    "night_consumption_w",
    "source",
    "status",
]
TEXT = {"name", "maker", "technology", "bifacial", "source", "status"}
OPTIONAL = {"cec_efficiency_percent", "night_consumption_w"}

Row = dict[str, str]


def rows(name: str, columns: list[str]) -> list[Row]:
    text = files("pvsim").joinpath(f"data/{name}").read_text(encoding="utf-8")
    reader = csv.DictReader(io.StringIO(text), strict=True)
    assert reader.fieldnames == columns
    return list(reader)


MODULES = rows("modules.csv", MODULE_COLUMNS)
INVERTERS = rows("inverters.csv", INVERTER_COLUMNS)
each_module = pytest.mark.parametrize("row", MODULES, ids=lambda r: r["name"])
each_inverter = pytest.mark.parametrize("row", INVERTERS, ids=lambda r: r["name"])
each_row = pytest.mark.parametrize("row", MODULES + INVERTERS, ids=lambda r: r["name"])
each_file = pytest.mark.parametrize(("table", "power"), [(MODULES, "power_w"), (INVERTERS, "ac_power_kw")])


def numbers(row: Row) -> dict[str, float]:
    return {key: float(value) for key, value in row.items() if key not in TEXT and value}


@each_file
def test_names_differ_by_more_than_case_and_spaces(table: list[Row], power: str) -> None:
    keys = ["".join(row["name"].split()).casefold() for row in table]
    assert len(set(keys)) == len(keys)


@each_file
def test_sorted_by_maker_then_power(table: list[Row], power: str) -> None:
    keys = [(row["maker"].casefold(), float(row[power])) for row in table]
    assert keys == sorted(keys)


@each_row
def test_row_is_complete_and_says_where_it_is_from(row: Row) -> None:
    assert None not in row, "more cells than columns"
    assert not [key for key, value in row.items() if not value and key not in OPTIONAL]
    assert [value for value in row.values() if value != value.strip()] == []
    assert row["status"] in {"R", "D", "U"}
    assert len(row["source"]) > 20
    assert row["name"].startswith(row["maker"])


@each_row
def test_what_was_not_read_is_not_called_read(row: Row) -> None:
    """A figure from memory makes the row U, except the system voltage, which no yield depends on."""
    said = row["source"].replace("max_system_v from memory", "")
    assert ("memory" not in said) or row["status"] == "U"


@each_module
def test_module_is_consistent(row: Row) -> None:
    v = numbers(row)
    p_mp = v["vmp_v"] * v["imp_a"]
    assert row["technology"] in {"PERC", "TOPCon"}
    assert row["bifacial"] in {"yes", "no"}
    assert 450 <= v["power_w"] <= 720
    assert p_mp == pytest.approx(v["power_w"], rel=0.01)
    assert v["vmp_v"] < v["voc_v"]
    assert v["imp_a"] < v["isc_a"]
    assert 0.75 <= p_mp / (v["voc_v"] * v["isc_a"]) <= 0.85
    assert 0.62 <= v["voc_v"] / v["cells_in_series"] <= 0.78
    assert 0.195 <= v["power_w"] / (v["length_m"] * v["width_m"] * 1000) <= 0.245
    assert v["length_m"] > v["width_m"]
    assert v["max_system_v"] in {1000, 1500}


@each_module
def test_module_reacts_to_heat_and_light_as_its_technology_does(row: Row) -> None:
    v = numbers(row)
    assert v["cells_in_series"] == int(v["cells_in_series"])
    assert 0.03 <= v["alpha_sc_percent_per_c"] <= 0.06
    assert -0.30 <= v["beta_voc_percent_per_c"] <= -0.22
    assert -0.37 <= v["gamma_percent_per_c"] <= -0.26
    if row["technology"] == "TOPCon":
        assert v["gamma_percent_per_c"] >= -0.30
        assert 0.3 <= v["lid_percent"] <= 0.5
    else:
        assert v["gamma_percent_per_c"] <= -0.33
        assert v["lid_percent"] == 1.0


def test_the_modules_of_the_reference_roof_and_of_a_newer_one_are_there() -> None:
    assert [r for r in MODULES if (r["power_w"], r["length_m"], r["width_m"]) == ("450", "2.094", "1.038")]
    assert [r for r in MODULES if (r["power_w"], r["technology"]) == ("580", "TOPCon")]
    assert 12 <= len(MODULES) <= 16
    assert 6 <= len(INVERTERS) <= 8


@each_module
def test_the_datasheet_has_a_single_diode_curve(row: Row) -> None:
    """De Soto's five equations, started from Batzelis: pvlib's own start (ideality 1.5) converges for none of these."""
    v = numbers(row)
    sheet = {"v_mp": v["vmp_v"], "i_mp": v["imp_a"], "v_oc": v["voc_v"], "i_sc": v["isc_a"]}
    sheet["alpha_sc"] = v["alpha_sc_percent_per_c"] / 100 * v["isc_a"]
    sheet["beta_voc"] = v["beta_voc_percent_per_c"] / 100 * v["voc_v"]
    cells = int(v["cells_in_series"])
    first = fit_desoto_batzelis(**sheet)
    start = {"IL_0": "I_L_ref", "Io_0": "I_o_ref", "Rs_0": "R_s", "Rsh_0": "R_sh_ref", "a_0": "a_ref"}
    fit, _ = fit_desoto(**sheet, cells_in_series=cells, init_guess={key: first[name] for key, name in start.items()})
    assert fit["R_s"] > 0
    assert fit["R_sh_ref"] > 0
    assert 0.9 < fit["a_ref"] / (cells * 0.0256926) < 1.3  # the ideality of the diode

    def p_mp(irradiance: float, temp_cell: float) -> float:
        keys = ("alpha_sc", "a_ref", "I_L_ref", "I_o_ref", "R_sh_ref", "R_s")
        return float(singlediode(*calcparams_desoto(irradiance, temp_cell, *(fit[key] for key in keys)))["p_mp"])

    at_stc = p_mp(1000.0, 25.0)
    assert at_stc == pytest.approx(v["vmp_v"] * v["imp_a"], rel=0.005)
    assert 0.96 < 5 * p_mp(200.0, 25.0) / at_stc < 1.0
    # The fit does not see gamma; half a tenth of a percent per kelvin is what its five equations miss by.
    assert (p_mp(1000.0, 50.0) / at_stc - 1) * 4 == pytest.approx(v["gamma_percent_per_c"], abs=0.05)


@each_inverter
def test_inverter_is_consistent(row: Row) -> None:
    v = numbers(row)
    assert 50 <= v["ac_power_kw"] <= 350
    assert 97.5 <= v["euro_efficiency_percent"] < v["max_efficiency_percent"] <= 99.1
    assert v["mppt_low_v"] < v["vdc_rated_v"] < v["mppt_high_v"] <= v["vdc_max_v"]
    assert v["vdc_max_v"] in {1100, 1500}
    assert v["mppt_count"] == int(v["mppt_count"]) > 0
    assert 0 <= v.get("night_consumption_w", 0) <= 50
    if "cec_efficiency_percent" in v:
        assert v["euro_efficiency_percent"] - 0.5 <= v["cec_efficiency_percent"] <= v["max_efficiency_percent"]
