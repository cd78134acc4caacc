"""A claim against its own figures and against a simulated roof."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import PvsimError
from pvsim.impact.convert import impact_block
from pvsim.studies.against import compare_claim
from pvsim.studies.arithmetic import arithmetic_findings
from pvsim.studies.findings import verdict
from pvsim.studies.panels import panel_findings

HIKVISION = {"panels": 8000, "annual_kwh": 2.6e6, "tce": 930, "source": "press"}


def compare(claim, **other):
    roof = {
        "annual_kwh": 2.65e6,
        "p10_kwh": 2.95e6,
        "p90_kwh": 2.35e6,
        "p01_kwh": 3.2e6,
        "p99_kwh": 2.1e6,
        "panels": 8000,
        "dc_kwp": 3600.0,
        "impact": impact_block(2.65e6, "Chongqing"),
        "ghi_kwh_per_m2": 950.0,
    }
    return compare_claim(claim, **{**roof, **other})


def severities(findings):
    return {f["code"]: f["severity"] for f in findings}


def test_hikvision_is_consistent():
    block = compare(HIKVISION)
    assert block["verdict"] == "consistent"
    assert list(block["fields"]) == ["annual_kwh", "panels", "tce"]
    assert block["fields"]["annual_kwh"] == {
        "claimed": 2.6e6,
        "simulated": 2.65e6,
        "ratio": pytest.approx(0.98113, abs=1e-5),
    }
    tce = block["fields"]["tce"]
    assert tce["factor_id"] == "coal-supply-2022"
    assert tce["simulated"] == pytest.approx(796.9, abs=0.05)
    messages = {f["code"]: f["message"] for f in block["findings"]}
    assert "panels of 442 Wp (397 to 498)" in messages["panel-power-needed"]
    assert "need 722 kWh/kWp" in messages["specific-yield-needed"]
    assert "coal-press-0.357" in messages["coal-convention"]
    assert json.loads(json.dumps(block)) == block


def test_fuhuang_is_exact_in_coal_and_unexplained_in_co2():
    findings = arithmetic_findings({"saved_kwh": 32.6e6, "tce": 4007, "co2_t": 42000})
    messages = {f["code"]: f["message"] for f in findings}
    assert "coal-calorific-gbt2589" in messages["coal-convention"]
    assert "exact to the last printed digit" in messages["coal-convention"]
    assert "not explained by the electricity" in messages["co2-not-explained-by-electricity"]
    assert severities(findings)["co2-above-carbon"] == "error"
    assert verdict(findings) == "inconsistent"


def test_calorific_coal_beside_grid_co2_is_no_error():
    pair = {"annual_kwh": 2.6e6, "tce": 319.5, "co2_t": 1451}
    assert verdict(arithmetic_findings(pair)) == "consistent"
    assert severities(arithmetic_findings(pair))["unlike-kinds"] == "note"
    del pair["annual_kwh"]
    assert "error" not in severities(arithmetic_findings(pair)).values()


@pytest.mark.parametrize(
    ("kwh", "expected"),
    [
        (2.6e6, "consistent"),
        (2.3e6, "consistent"),  # 2.25 to 2.35 GWh touches P90
        (3.1e6, "doubtful"),
        (2.1e6, "doubtful"),
        (3.31e6, "inconsistent"),
        (1.9e6, "inconsistent"),
    ],
)
def test_the_verdict_on_energy(kwh, expected):
    assert compare({"annual_kwh": kwh})["verdict"] == expected


@given(st.floats(min_value=1.0, max_value=1e9))
def test_the_verdict_is_the_worst_finding(kwh):
    block = compare({"annual_kwh": kwh, "tce": 930})
    worst = {"note": 0, "doubt": 1, "error": 2}
    names = ["consistent", "doubtful", "inconsistent"]
    assert block["verdict"] == names[max(worst[f["severity"]] for f in block["findings"])]


def test_a_coal_factor_of_no_convention_is_a_doubt():
    block = compare({"annual_kwh": 2.6e6, "tce": 650})
    assert severities(block["findings"])["coal-convention-unknown"] == "doubt"
    assert block["verdict"] == "doubtful"


@pytest.mark.parametrize(
    ("capacity", "place", "code"),
    [
        (2400.0, {}, "yield-impossible"),
        (2610.0, {}, "yield-high"),
        (2610.0, {"latitude": 40.0}, None),
        (2400.0, {"altitude": 3650.0}, "yield-high"),
        (3600.0, {}, None),
        (2400.0, {"ghi_kwh_per_m2": None}, None),
    ],
)
def test_a_yield_above_the_sun(capacity, place, code):
    block = compare({"annual_kwh": 2.6e6, "capacity_kwp": capacity}, **place)
    found = [f["code"] for f in block["findings"] if f["code"].startswith("yield-")]
    assert found == ([code] if code else [])


def test_more_co2_than_any_coal_plant():
    findings = arithmetic_findings({"annual_kwh": 35e6, "co2_t": 770000})
    assert severities(findings)["co2-above-carbon"] == "error"


def test_panels_times_watts_against_the_capacity():
    good = {"panels": 20944, "panel_wp": 280, "capacity_kwp": 5864.32}
    assert panel_findings(good) == []
    assert severities(panel_findings(good | {"panel_wp": 330}))["panels-watts-capacity"] == "doubt"
    assert severities(panel_findings(good | {"panel_wp": 560}))["panels-watts-capacity"] == "error"


def test_another_roof_is_said_to_be_one():
    block = compare({"panels": 9000, "capacity_kwp": 3700.0, "panel_wp": 550})
    doubts = [f["message"] for f in block["findings"] if f["code"] == "another-roof"]
    assert [d.split(":")[0] for d in doubts] == ["panels", "panel_wp"]
    assert "energy-not-printed" in severities(block["findings"])


def test_tonnes_of_a_lifetime_are_not_compared_with_a_year():
    claim = {"total_kwh": 65e6, "tce": 19500, "co2_t": 53000, "lifetime_or_annual": "lifetime"}
    fields = compare(claim)["fields"]
    assert fields["tce"]["simulated"] is None
    assert fields["co2_t"]["ratio"] is None


def test_the_leading_average_is_what_co2_is_compared_with():
    field = compare({"co2_t": 1451})["fields"]["co2_t"]
    assert field["factor_id"] == "co2-average-chongqing-2023"
    assert field["simulated"] == pytest.approx(2.65e6 * 0.5581e-3)


def test_exceedances_in_the_wrong_order_are_refused():
    with pytest.raises(PvsimError, match="P99 <= P90 <= P10 <= P1"):
        compare(HIKVISION, p10_kwh=2.0e6)
    with pytest.raises(PvsimError, match="above 0"):
        compare(HIKVISION, dc_kwp=0.0)


def test_tonnes_that_no_plant_burns_are_an_error():
    """46.5 t written as 46,500: kg for t."""
    found = arithmetic_findings({"annual_kwh": 130_000.0, "tce": 46_500.0})
    assert [(f["code"], f["severity"]) for f in found] == [("coal-impossible", "error")]


def _against_reference(**claim):
    return compare_claim(
        claim, annual_kwh=2.7e6, p10_kwh=3.03e6, p90_kwh=2.37e6, p01_kwh=3.3e6, p99_kwh=2.1e6,
        panels=8000, dc_kwp=3600, impact=impact_block(2.7e6, "Chongqing"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ({"tce": 930.0}, "consistent"),
        ({"tce": 1e6}, "inconsistent"),
        ({"tce": 1.0, "panels": 8000.0}, "inconsistent"),
        ({"co2_t": 1500.0}, "consistent"),
        ({"co2_t": 1e6}, "inconsistent"),
        ({"panels": 8000.0}, "doubtful"),
        ({}, "doubtful"),
        ({"tce": 23_000.0, "lifetime_or_annual": "lifetime"}, "doubtful"),
    ],
)
def test_a_claim_is_consistent_only_where_something_was_compared(claim, verdict):
    assert _against_reference(**claim)["verdict"] == verdict


def test_a_spread_that_reaches_zero_is_no_crash():
    found = compare_claim(
        {"annual_kwh": 1000.0}, annual_kwh=1000.0, p10_kwh=2500.0, p90_kwh=0.0, p01_kwh=4000.0, p99_kwh=0.0,
        panels=10, dc_kwp=4.5, impact=impact_block(1000.0, "Chongqing"),
    )  # fmt: skip
    assert found["verdict"] == "consistent"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ({"total_kwh": 65e6, "basis_years": 25.0, "tce": 23_250.0}, "consistent"),
        ({"total_kwh": 65e6, "basis_years": 25.0, "tce": 23_250.0, "lifetime_or_annual": "unstated"}, "consistent"),
        ({"annual_kwh": 2.6e6, "total_kwh": 65e6, "tce": 23_250.0}, "consistent"),
        ({"annual_kwh": 2.6e6, "total_kwh": 65e6, "tce": 930.0}, "consistent"),
        ({"total_kwh": 650e6, "basis_years": 25.0}, "inconsistent"),
        ({"annual_kwh": 2.6e6, "panels": 80.0}, "inconsistent"),
    ],
)
def test_totals_are_held_against_their_own_years(claim, verdict):
    assert _against_reference(**claim)["verdict"] == verdict


def test_partial_weather_accuses_nobody():
    found = compare_claim(
        {"annual_kwh": 30_000.0, "capacity_kwp": 45.0},
        annual_kwh=15_179.0, p10_kwh=17e3, p90_kwh=13e3, p01_kwh=18e3, p99_kwh=12e3, panels=100, dc_kwp=45,
        impact=impact_block(15_179.0, "Chongqing"), ghi_kwh_per_m2=431.0, partial=True,
    )  # fmt: skip
    assert found["verdict"] == "doubtful"
    assert [f["code"] for f in found["findings"]] == ["partial-weather"]
