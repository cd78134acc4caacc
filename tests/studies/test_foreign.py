"""Results of other tools: what we wrote in their form comes back with a ratio of one, and the changed step is named."""

from __future__ import annotations

import json

import foreign_writers as write
import numpy as np
import pytest
from cases import NO_LOSSES, scenario
from reference import sam

import pvsim
from pvsim.errors import UsageError
from pvsim.report.compare import comparison_text
from pvsim.studies.foreign import MAX_BYTES, read_foreign

WRITERS = {
    "pvsyst-hourly": (write.pvsyst_hourly, ["ghi", "poa", "effective", "dc", "inverter", "ac"]),
    "pvsyst-monthly": (write.pvsyst_monthly, ["ghi", "poa", "effective", "dc", "ac"]),
    "sam-hourly": (write.sam_hourly, ["ghi", "poa", "effective", "dc", "inverter", "ac"]),
    "sam-old": (write.sam_old, ["poa", "dc", "ac"]),
    "pvwatts-hourly": (write.pvwatts_hourly, ["poa", "dc", "ac"]),
    "pvwatts-monthly": (write.pvwatts_monthly, ["poa", "dc", "ac"]),
    "pvgis-monthly": (write.pvgis_monthly, ["poa", "ac"]),
    "pvgis-hourly": (write.pvgis_hourly, ["poa", "ac"]),
}
EXACT = 1e-7  # files carry nine digits


@pytest.fixture(scope="module")
def ours():
    return pvsim.simulate(scenario({"panels": 200, "surface_tilt": 20}))


def lineup(tmp_path, ours, raw, name="other.csv"):
    path = tmp_path / name
    path.write_bytes(raw)
    return pvsim.compare([ours], path).lineup


def ratios(found):
    return {s.name: s.step_ratio for s in found.steps}


# --- there and back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", WRITERS)
def test_our_own_result_in_their_form_has_a_ratio_of_one(tmp_path, ours, tool):
    writer, steps = WRITERS[tool]
    found = lineup(tmp_path, ours, writer(ours))
    assert [s.name for s in found.steps] == steps
    assert found.compared == tuple(range(1, 13))
    assert all(abs(r - 1) < EXACT for r in ratios(found).values())
    assert all(abs(s.ratio - 1) < EXACT for m in found.months for s in m.steps)
    assert (found.first, found.largest) == (None, None)
    assert found.tool.casefold() == tool.split("-")[0]
    assert found.kind == ("monthly" if tool.endswith("monthly") else "hourly")
    text = comparison_text(pvsim.compare([ours], tmp_path / "other.csv").to_dict(), width=80)
    assert "agree within 1 % at every step" in text and "months unlike" not in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("tool", "step"), [(tool, step) for tool, (_, steps) in WRITERS.items() for step in steps])
def test_a_step_that_is_five_percent_off_is_named(tmp_path, ours, tool, step):
    """A step that yields more hands more on, so that only its own ratio moves."""
    writer, _ = WRITERS[tool]
    order = ["ghi", "poa", "effective", "dc", "inverter", "ac"]
    found = lineup(tmp_path, ours, writer(ours, dict.fromkeys(order[order.index(step) :], 1.05)))
    for name, ratio in ratios(found).items():
        assert ratio == pytest.approx(1.05 if name == step else 1.0, abs=1e-6)
    assert found.first == found.largest == step


def test_first_and_largest_are_two_things(tmp_path, ours):
    scale = {"poa": 0.98, "effective": 0.98, "dc": 0.98, "inverter": 0.88, "ac": 0.88}
    found = lineup(tmp_path, ours, write.pvsyst_hourly(ours, scale))
    assert (found.first, found.largest) == ("poa", "inverter")
    said = {s.name: s.contains for s in found.steps}
    assert said["poa"] == ("decomposition", "transposition", "albedo")
    geometric = {"horizon", "obstacles", "rows", "partial shade"}
    assert {*geometric, "shading", "incidence", "soiling", "rear gain"} == set(said["effective"])
    assert "temperature" in said["dc"] and "inverter efficiency" in said["inverter"] and "availability" in said["ac"]


def test_a_step_that_the_other_tool_lacks_is_part_of_the_next(tmp_path, ours):
    found = lineup(tmp_path, ours, write.pvgis_monthly(ours))
    first, last = found.steps
    assert first.contains == ("weather", "decomposition", "transposition", "albedo")
    assert {line.name for line in ours.ledger[1:]} == set(last.contains)


# --- forms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kwargs", [
    {"comma": True}, {"day_first": False}, {"kilo": True}, {"separator": ","}, {"separator": "\t", "comma": True},
])  # fmt: skip
def test_forms_of_pvsyst_hours(tmp_path, ours, kwargs):
    assert all(abs(r - 1) < EXACT for r in ratios(lineup(tmp_path, ours, write.pvsyst_hourly(ours, **kwargs))).values())


@pytest.mark.parametrize("names", [
    tuple(n[:3] for n in write.NAMES),
    ("Enero", "Febrero", "Marzo", "Abril", "Mayo", "Junio", "Julio", "Agosto", "Septiembre", "Octubre", "Noviembre",
     "Diciembre"),
    ("Janvier", "Février", "Mars", "Avril", "Mai", "Juin", "Juillet", "Août", "Septembre", "Octobre", "Novembre",
     "Décembre"),
    ("Jan. 90", "Feb. 90", "Mar. 90", "Apr. 90", "May 90", "June 90", "July 90", "Aug. 90", "Sep. 90", "Oct. 90",
     "Nov. 90", "Dec. 90"),
    tuple(str(m) for m in range(1, 13)),
])  # fmt: skip
def test_names_of_months(tmp_path, ours, names):
    found = lineup(tmp_path, ours, write.pvsyst_monthly(ours, names=names))
    assert found.compared == tuple(range(1, 13))
    assert all(abs(s.ratio - 1) < EXACT for m in found.months for s in m.steps)


def test_months_in_disorder_and_months_that_are_missing(tmp_path, ours):
    found = lineup(tmp_path, ours, write.pvsyst_monthly(ours, order=(11, 3, 4, 0, 6)))
    assert found.compared == (1, 4, 5, 7, 12)
    assert all(abs(r - 1) < EXACT for r in ratios(found).values())
    assert "effective" not in ratios(found)  # which is known here for the year only
    assert any("Feb, Mar" in note for note in found.notes)
    own = ours.monthly["energy_ac_kwh"].loc[[1, 4, 5, 7, 12]].sum()
    assert {s.name: s.ours for s in found.steps}["ac"] == pytest.approx(own)


def test_a_file_that_was_cut_short_loses_its_last_month(tmp_path, ours):
    raw = write.pvsyst_hourly(ours)
    found = lineup(tmp_path, ours, raw[: len(raw) * 4 // 5])
    assert found.compared == tuple(range(1, 10))
    assert all(abs(r - 1) < EXACT for r in ratios(found).values())
    with pytest.raises(UsageError, match="no month is complete"):
        lineup(tmp_path, ours, raw[: len(raw) // 30])
    with pytest.raises(UsageError, match="8760"):
        lineup(tmp_path, ours, write.sam_old(ours)[:-40_000])
    with pytest.raises(UsageError, match="cut short"):
        lineup(tmp_path, ours, write.pvgis_hourly(ours)[:-1000])


def test_a_leap_year_has_its_extra_day_left_out(tmp_path, ours):
    found = lineup(tmp_path, ours, write.sam_old(ours, leap=True))
    assert all(abs(r - 1) < EXACT for r in ratios(found).values())
    assert any("29th" in note for note in found.notes)


def test_hours_in_utc_are_counted_into_our_months(tmp_path, ours):
    found = lineup(tmp_path, ours, write.pvgis_hourly(ours, parts=True, kwp=2.0))
    assert found.scale == "per kWp"
    assert all(abs(s.ratio - 1) < EXACT for m in found.months for s in m.steps)
    stated = read_foreign(tmp_path / "other.csv")  # by the clock of the file itself the months' ends move
    assert np.abs(np.array(stated.steps["ac"]) / write.months(ours)["ac"] * 90 / 2 - 1).max() > 1e-4


def test_capacities_that_differ_make_it_a_comparison_per_kwp(tmp_path, ours):
    found = lineup(tmp_path, ours, write.pvwatts_hourly(ours, share=0.25))
    assert (found.scale, found.ours_kwp, found.theirs_kwp) == ("per kWp", 90.0, 22.5)
    assert found.steps[-1].unit == "kWh/kWp"
    assert found.steps[-1].ours == pytest.approx(ours.specific_yield_kwh_per_kwp)
    assert all(abs(r - 1) < EXACT for r in ratios(found).values())
    assert lineup(tmp_path, ours, write.pvwatts_monthly(ours)).scale == "absolute"
    small = lineup(tmp_path, ours, write.sam_old(ours, {"dc": 0.25, "ac": 0.25}))
    assert (small.scale, small.theirs_kwp, small.first) == ("absolute", None, "dc")
    assert any("does not say its capacity" in note for note in small.notes)


def test_pvsyst_tells_its_capacity_by_its_performance_ratio(tmp_path, ours):
    found = lineup(tmp_path, ours, write.pvsyst_monthly(ours))
    assert found.theirs_kwp == pytest.approx(90.0, rel=1e-6)


def test_losses_that_pvgis_states_stand_beside_ours(tmp_path, ours):
    totals = {"l_aoi": -2.58, "l_spec": "0.61", "l_tg": -11.28, "l_total": -25.22}  # a published answer, loss 14 %
    found = lineup(tmp_path, ours, write.pvgis_monthly(ours, **totals))
    stated = {s.name: (s.ours_percent, s.theirs_percent) for s in found.losses}
    assert stated["spectral"] == (0.0, pytest.approx(0.61))
    assert stated["all other"][1] == pytest.approx(-14.0, abs=0.01)
    by = {line.name: line.percent_of_previous for line in ours.ledger}
    assert stated["incidence"] == (pytest.approx(by["incidence"] - 100), pytest.approx(-2.58))
    assert stated["temperature and low light"][0] == pytest.approx(by["temperature"] * by["low light"] / 100 - 100)
    for side in (0, 1):
        parts = [1 + pair[side] / 100 for name, pair in stated.items() if name != "total"]
        assert np.prod(parts) == pytest.approx(1 + stated["total"][side] / 100, rel=1e-12)
    asked = "PVGIS was asked for surface_tilt 10, surface_azimuth 180, system loss 14 %, PVGIS-SARAH2 2005 2020"
    assert asked in found.notes
    assert "Of these the most is temperature" in comparison_text(
        pvsim.compare([ours], tmp_path / "other.csv").to_dict()
    )


LABELS = {  # of ssc's outputs, as PySAM 7.1.1 and the sources of older versions spell them
    "ghi": ["Irradiance GHI from weather file", "Global horizontal irradiance", "Irradiance GHI calculated"],
    "poa": ["Subarray 1 POA front total irradiance nominal", "Subarray 1 POA total irradiance (nominal)",
            "Subarray 1 POA total front irradiance nominal", "Plane of array irradiance", "POA irradiance"],
    "effective": ["Subarray 1 POA front total irradiance after shading soiling reflection (IAM)",
                  "Subarray 1 POA front total irradiance after reflection (IAM)",
                  "Subarray 1 POA total irradiance after module cover"],
    "dc": ["Inverter DC input power", "DC inverter input power", "DC array power", "DC array output", "Array DC power",
           "Net dc array power"],
    "inverter": ["Inverter AC output power", "AC inverter power", "Gross ac power"],
    "ac": ["System power generated", "AC system output", "Net ac power"],
    None: ["Transmitted plane of array irradiance", "Subarray 1 POA front total irradiance after shading soiling",
           "Subarray 1 POA front total irradiance after shading only", "Subarray 1 POA front beam irradiance nominal",
           "Beam irradiance", "Subarray 1 DC power gross", "Irradiance DNI from weather file"],
}  # fmt: skip


@pytest.mark.parametrize(("step", "label"), [(step, x) for step, labels in LABELS.items() for x in labels])
def test_labels_of_sam(tmp_path, ours, step, label):
    """The column is found wherever it stands, and its neighbours are not taken for it."""
    unit = "W/m2" if step in (None, "ghi", "poa", "effective") else "kW"
    own = write.hours(ours)[step or "poa"]
    need = "ac" if step != "ac" else "dc"
    given = write.hours(ours)[need]
    title = "System power generated" if need == "ac" else "Inverter DC input power"
    rows = [f"Time stamp,Wind speed | (m/s),{title} | (kW),{label} | ({unit})"]
    rows += [f"{i},3,{a:.9g},{b:.9g}" for i, (a, b) in enumerate(zip(given, own, strict=True))]
    found = lineup(tmp_path, ours, "\n".join(rows).encode())
    assert [s.name for s in found.steps] == sorted({need, step} - {None}, key=list(LABELS).index)
    assert all(abs(r - 1) < EXACT for r in ratios(found).values())


def test_light_of_one_of_several_subarrays_is_not_the_systems(tmp_path, ours):
    rows = write.sam_hourly(ours).decode("utf-8-sig").splitlines()
    for last, steps in (("0", 6), ("7.5", 4)):
        head = rows[0] + ",Subarray 2 POA front total irradiance nominal | (W/m2)"
        found = lineup(tmp_path, ours, "\n".join([head, *(f"{row},{last}" for row in rows[1:])]).encode())
        assert len(found.steps) == steps
        assert any("several subarrays" in note for note in found.notes) == (steps == 4)


@pytest.mark.slow
def test_a_real_run_of_pvwatts_parts_where_it_must(tmp_path):
    """SAM's PVWatts with the same weather and no losses, but 10 % of lump losses: they stand before its DC energy."""
    pytest.importorskip("PySAM.Pvwattsv8", reason="install the bench extra (NREL-PySAM)")
    result = pvsim.simulate(scenario({"surface_tilt": 10}, losses=NO_LOSSES, physics={"transposition": "perez"}))
    sky = result.hourly[["ghi", "dni", "dhi", "temp_air", "wind_speed"]]
    place = {"latitude": 29.44, "longitude": 106.46, "altitude": 270, "utc_offset_hours": 8}
    ran = sam.run(
        sky, surface_tilt=10, surface_azimuth=180, array_type=sam.OPEN_RACK, capacity_kwp=45.0, dc_ac_ratio=1.2,
        inverter_percent=98.0, albedo=0.2, place=place, losses_percent=10.0,
    )  # fmt: skip
    titles = "Global horizontal irradiance | (W/m2),Plane of array irradiance | (W/m2),DC array power | (W),"
    rows = [titles + "AC inverter power | (W)"]
    series = (sky["ghi"], ran["poa_global"], 1000 * ran["p_dc_kw"], 1000 * ran["p_ac_kw"])
    rows += [",".join(f"{x:.9g}" for x in cells) for cells in zip(*series, strict=True)]
    found = lineup(tmp_path, result, "\n".join(rows).encode())
    assert [s.name for s in found.steps] == ["ghi", "poa", "dc", "ac"]
    assert ratios(found)["ghi"] == pytest.approx(1, abs=1e-6)
    assert ratios(found)["poa"] == pytest.approx(1, abs=0.002)
    assert ratios(found)["dc"] == pytest.approx(0.9, abs=0.02)
    assert found.first == found.largest == "dc"
    assert any("system losses" in note for note in found.notes)


# --- what is refused ----------------------------------------------------------------------------------------

HEADER = "date;GlobHor;GlobInc;E_Grid\n;W/m2;W/m2;kW\n"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"PK\x03\x04rest", "Excel"),
        (b"%PDF-1.4", "PDF"),
        (b"\x1f\x8brest", "gzip"),
        (b"abc\0def", "NUL"),
        ("date;E_Grid".encode("utf-16"), "UTF-16"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "web page or XML"),
        (b"time,ghi,dni\n2020-01-01,1,2\n", "understood are PVsyst"),
        (b"just words\nand more of them\n", "understood are PVsyst"),
        (b"[1, 2]", "understood are PVsyst"),
        (b'{"outputs": {"tmy_hourly": []}}', "weather, not a result"),
        (b'{"outputs": {"monthly": []}}', "understood are PVsyst"),
        (b'{"message": "Location over the sea. Please, select another location", "status": 400}', "over the sea"),
        (b'{"outputs": ', "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
        (b'{"outputs": {"monthly": {"fixed": [{"month": 13, "E_m": 1}]}}}', "no month from 1 to 12"),
        (b'{"outputs": {"monthly": {"fixed": [{"month": 1, "E_m": 1}, {"month": 1, "E_m": 1}]}}}', "twice"),
        (b'{"outputs": {"monthly": {"fixed": []}}}', "no month is complete"),
        (b'{"outputs": {"hourly": [{"time": "20190230:0010", "P": 1}]}}', "impossible time"),
        (b'{"outputs": {"hourly": [{"time": "now", "P": 1}]}}', "row 1 of outputs.hourly"),
        (HEADER.replace("kW", "").encode() + b"01/01/90 00:00;1;1;1\n", "no unit"),
        (HEADER.replace("kW", "kVA").encode() + b"01/01/90 00:00;1;1;1\n", "the unit 'kva'"),
        (HEADER.encode() + b"01/01/90 00:00;1;one;1\n", "'one', no number"),
        (HEADER.encode() + b"31/31/90 00:00;1;1;1\n", "neither day/month/year"),
        (HEADER.encode() + b"01/01/90 00:00;1;1;1\n", "no month is complete"),
        (HEADER.encode(), "rows without dates"),
        (b";GlobInc;E_Grid\n;kWh/m2;kWh\nJan;1;2\nJan;1;2\n", "stands there twice"),
        (b"date;E_Grid" + b"\n" * 1_300_000, "lines"),
        (b";GlobInc;E_Grid\n;kWh/m2;kW\nJan;1;2\n", "a month has an energy"),
        (b";GlobInc;E_Grid\n;kWh/m2;kWh\nJan;100000;2\n", "check the units"),
    ],
)  # fmt: skip
def test_what_is_no_result_is_refused_in_words(tmp_path, raw, message):
    path = tmp_path / "file.csv"
    path.write_bytes(raw)
    with pytest.raises(UsageError, match=message) as caught:
        read_foreign(path)
    assert "file.csv" in str(caught.value)


@pytest.mark.parametrize("tool", WRITERS)
def test_a_damaged_file_is_read_or_refused_but_never_a_crash(tmp_path, ours, tool):
    """Lines lost, doubled or cut, bytes changed: whatever it says then, it says it in words."""
    rng, path = np.random.default_rng(7), tmp_path / "damaged.csv"
    raw = WRITERS[tool][0](ours)
    for i in range(12):
        hurt = bytearray(raw[: rng.integers(1, len(raw))] if i % 3 == 0 else raw)
        head = min(len(hurt), 600 if i % 2 else len(hurt))  # half of them in the header lines
        for at in rng.integers(0, head, 10):
            hurt[at] = rng.choice(list(b';,."0-9\n\t (){}[]\xe9e'))
        path.write_bytes(bytes(hurt))
        try:
            comparison_text(pvsim.compare([ours], path).to_dict(), width=80)
        except UsageError as error:
            assert "damaged.csv" in str(error)


def test_files_that_cannot_be_read(tmp_path):
    for path, message in ((tmp_path, "a folder"), (tmp_path / "none.csv", "no such file")):
        with pytest.raises(UsageError, match=message):
            read_foreign(path)
    big = tmp_path / "big.csv"
    with big.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UsageError, match="more than 50 MB"):
        read_foreign(big)


def test_numbers_of_pvgis_that_are_none_leave_their_month_out(tmp_path, ours):
    answer = json.loads(write.pvgis_monthly(ours))
    answer["outputs"]["monthly"]["fixed"][4]["E_m"] = "nan"
    answer["inputs"]["pv_module"]["peak_power"] = -1
    found = lineup(tmp_path, ours, json.dumps(answer).encode())
    assert found.compared == (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12)
    assert found.theirs_kwp is None
