"""Rounding intervals and the conventions behind published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import PvsimError
from pvsim.impact.printed import implied, rounding_interval
from pvsim.impact.recognise import conventions


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [
        (930, 925, 935),
        (2.6e6, 2.55e6, 2.65e6),
        (8000, 7600, 8400),
        (4007, 4006.5, 4007.5),
        (0.36, 0.355, 0.365),
    ],
)
def test_half_a_unit_of_the_last_digit_at_most_five_percent(printed, low, high):
    assert rounding_interval(printed) == pytest.approx((low, high))


@given(st.floats(min_value=1e-9, max_value=1e15))
def test_the_interval_holds_its_number_and_is_narrow(x):
    low, high = rounding_interval(x)
    assert 0 < low <= x <= high
    assert high - x <= 0.05 * x * (1 + 1e-9)
    assert x - low <= 0.05 * x * (1 + 1e-9)


@pytest.mark.parametrize("x", [0.0, -1.0, float("nan"), float("inf")])
def test_only_figures_above_zero_are_printed(x):
    with pytest.raises(PvsimError):
        rounding_interval(x)


def test_hikvision():
    claim = {"panels": 8000, "annual_kwh": 2.6e6, "tce": 930}
    ratios = implied(claim)
    assert ratios["kgce_per_kwh"] == pytest.approx((0.349, 0.3577, 0.367), abs=5e-4)
    assert ratios["kwh_per_panel"][1] == 325
    assert ratios["kgco2_per_kwh"] is None
    found = conventions(claim)["coal"]
    assert found[:3] == ["coal-press-0.357", "coal-press-0.36", "coal-supply-2007"]
    assert not {"coal-calorific-gbt2589", "coal-press-0.305", "coal-press-0.33", "coal-press-0.4"} & set(found)


def test_fuhuang():
    claim = {"saved_kwh": 32.6e6, "tce": 4007, "co2_t": 42000}
    assert conventions(claim) == {"coal": ["coal-calorific-gbt2589"], "co2": [], "pollutants": []}
    assert implied(claim)["kgco2_per_kgce"][1] == pytest.approx(10.48, abs=0.01)


def test_tonnes_of_a_lifetime_belong_to_its_energy():
    claim = {"annual_kwh": 22e6, "total_kwh": 550e6, "tce": 165400, "lifetime_or_annual": "lifetime"}
    assert implied(claim)["kgce_per_kwh"][1] == pytest.approx(0.30073, abs=1e-5)
    assert conventions(claim)["coal"][0] == "coal-supply-2022"


def test_co2_is_recognised_by_kwh_and_by_coal():
    assert conventions({"annual_kwh": 1e7, "co2_t": 9970})["co2"][0] == "co2-press-0.997"
    assert conventions({"tce": 1000.3, "co2_t": 2620.8})["co2"] == ["co2-per-tce-2.62"]
    # A bare number does not name its table: the nearer one comes first, and that of the place
    claim = {"annual_kwh": 1e6, "co2_t": 528}
    assert conventions(claim)["co2"][0] == "co2-average-central-2023"
    assert conventions(claim | {"province": "Chongqing"})["co2"][0] == "co2-average-cn-2023"


def test_texts_of_a_csv_count_and_blanks_do_not():
    assert implied({"annual_kwh": "2600000", "tce": "930", "panels": " "}) == implied(
        {"annual_kwh": 2.6e6, "tce": 930.0}
    )
    with pytest.raises(PvsimError, match=r"claim\.tce: 'many' is not a number"):
        implied({"tce": "many"})
