"""What a scenario says by date: soiling by month and by rain, outages, and the years of a plant's life."""

from __future__ import annotations

import datetime
import itertools

import numpy as np
import pandas as pd
import pytest
from cases import NO_LOSSES, scenario
from pvlib.soiling import kimber
from weather.measured import SITE, measured_year, write_csv

import pvsim
from pvsim.errors import ScenarioError, WeatherError
from pvsim.scenario.suspicions import suspicions
from pvsim.studies.timed import soiling_rows

DAY = datetime.date
DUST = {k: v for k, v in NO_LOSSES.items() if k != "soiling_percent"}


def run(*roofs, **tables) -> pvsim.Result:
    return pvsim.simulate(scenario(*roofs, **tables))


def left(result: pvsim.Result) -> dict[str, float]:
    return {line.name: line.kwh for line in result.ledger}


# --- soiling by month ------------------------------------------------------------------------------------------

MONTHLY = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 0.0]


def test_each_month_loses_its_own_share_of_light():
    clean = run(losses=NO_LOSSES)
    dirty = run(losses=DUST | {"soiling_monthly_percent": MONTHLY})
    month = clean.weather.axis.month_index()[clean.found.rows]
    share = 1 - np.array(MONTHLY)[month] / 100
    # the light in the plane, which is what dirt takes from, is the same in both
    np.testing.assert_array_equal(dirty.found.poa_global, clean.found.poa_global)
    light, cells = dirty.found.poa_global, dirty.found.temp_cell
    np.testing.assert_array_equal(cells, clean.found.temp_cell)
    assert left(dirty)["incidence"] == left(clean)["incidence"]
    for i, percent in enumerate(MONTHLY):
        constant = run(losses=NO_LOSSES | {"soiling_percent": percent})
        assert dirty.monthly_kwh[i] == pytest.approx(constant.monthly_kwh[i], rel=1e-12)
    assert left(dirty)["soiling"] < left(clean)["soiling"]
    assert left(dirty)["soiling"] / left(clean)["soiling"] == pytest.approx(np.average(share, weights=light), rel=2e-3)


def test_twelve_equal_months_are_one_constant():
    months, constant = (
        run(losses=DUST | {"soiling_monthly_percent": [4.0] * 12}),
        run(losses=NO_LOSSES | {"soiling_percent": 4.0}),
    )
    np.testing.assert_allclose(months.found.ledger_kwh, constant.found.ledger_kwh, rtol=1e-13)


def test_soiling_is_stated_once():
    for other in ({"soiling_percent": 3.0}, {"soiling_percent_per_day": 0.1}):
        with pytest.raises(ScenarioError, match="stated once"):
            scenario(losses={"soiling_monthly_percent": MONTHLY} | other)
    with pytest.raises(ScenarioError, match="stated once"):
        scenario({"soiling_percent": 3.0}, losses={"soiling_monthly_percent": MONTHLY})
    with pytest.raises(ScenarioError, match="soiling_monthly_percent"):
        scenario(losses={"soiling_monthly_percent": MONTHLY[:11]})
    with pytest.raises(ScenarioError, match="given without soiling_percent_per_day"):
        scenario(losses={"cleaning_rain_mm": 5.0})


# --- soiling by rain -------------------------------------------------------------------------------------------

RAIN = {
    "soiling_percent_per_day": 0.3, "cleaning_rain_mm": 5.0, "soiling_grace_days": 3, "soiling_max_percent": 8.0,
}  # fmt: skip


def rain_of(weather, seed=3, dry_from=None):
    """Rain in one hour of every sixteenth day or so, mm."""
    rng = np.random.default_rng(seed)
    rain = np.where(rng.random(weather.axis.rows) < 1 / (16 * 24), 12.0, 0.0)
    if dry_from is not None:
        rain[dry_from:] = 0.0
    return rain


def from_file(tmp_path, rain, *roofs, losses=RAIN, year=2023, step=60, name="rain.csv", **tables):
    weather = measured_year(year, step)
    write_csv(tmp_path / name, weather, extra={} if rain is None else {"rainfall": rain})
    block = {"source": "file", "path": name, "format": "csv", "label": "start"}
    return scenario(*roofs, site=SITE, weather=block, losses=DUST | losses, folder=tmp_path, **tables)


def alone(result, rain, *, start=0.0, washed=None, losses=RAIN):
    """pvlib's model over the rows of a result."""
    fallen = pd.Series(rain, index=pd.DatetimeIndex(result.weather.axis.local_datetime64()))
    return kimber(
        fallen, losses["cleaning_rain_mm"], losses["soiling_percent_per_day"] / 100, losses["soiling_grace_days"],
        losses["soiling_max_percent"] / 100, washed, start,
    ).to_numpy()  # fmt: skip


def soiling_of(result):
    """(T,) what dirt takes."""
    return soiling_rows(result.scenario.losses, result.weather)


@pytest.mark.parametrize("step", (60, 30))
def test_soiling_by_rain_is_that_of_pvlib_alone(tmp_path, step):
    weather = measured_year(2023, step)
    rain = rain_of(weather)
    result = pvsim.simulate(from_file(tmp_path, rain, step=step))
    once = alone(result, rain)
    expected = alone(result, rain, start=once[-1])
    np.testing.assert_allclose(soiling_of(result), np.clip(expected, 0, 0.08), atol=1e-12)
    assert 0.07 < expected.max() <= 0.08
    assert expected.min() == pytest.approx(0, abs=1e-12)
    # and that is what the light loses
    lines, rows = left(result), result.found.rows
    clean = pvsim.simulate(from_file(tmp_path, rain, losses={"soiling_percent": 0.0}, step=step))
    assert lines["incidence"] == pytest.approx(left(clean)["incidence"], rel=1e-12)
    kept = np.average(1 - expected[rows], weights=clean.found.poa_global)
    assert lines["soiling"] / lines["incidence"] == pytest.approx(kept, rel=2e-3)


def test_a_year_begins_as_dirty_as_it_ends(tmp_path):
    weather = measured_year()
    rain = rain_of(weather, dry_from=weather.axis.rows - 24 * 12)
    result = pvsim.simulate(from_file(tmp_path, rain))
    soiling = soiling_of(result)
    assert soiling[-1] > 0.02
    assert soiling[0] == pytest.approx(soiling[-1], abs=1e-12)


def test_more_rain_means_more_energy(tmp_path):
    weather = measured_year()
    none, some, often = (
        pvsim.simulate(from_file(tmp_path, rain)).annual_kwh
        for rain in (np.full(weather.axis.rows, 0.01), rain_of(weather), np.full(weather.axis.rows, 1.0))
    )
    assert none < some < often
    clean = pvsim.simulate(from_file(tmp_path, None, losses={"soiling_percent": 0.0})).annual_kwh
    assert often == pytest.approx(clean, rel=1e-12), "24 mm a day wash every day"


def test_washing_days_wash(tmp_path):
    weather = measured_year()
    dry = np.full(weather.axis.rows, 0.0)
    dry[0] = 0.1
    losses = RAIN | {"cleaning_dates": [DAY(2023, 4, 1), DAY(2023, 8, 1)]}
    result = pvsim.simulate(from_file(tmp_path, dry, losses=losses))
    start = alone(result, dry, washed=losses["cleaning_dates"])[-1]
    expected = alone(result, dry, washed=losses["cleaning_dates"], start=start)
    np.testing.assert_allclose(soiling_of(result), np.clip(expected, 0, 0.08), atol=1e-12)
    day = weather.axis.local_datetime64().astype("datetime64[D]")
    assert soiling_of(result)[day == np.datetime64("2023-04-01")].max() < 0.004
    assert soiling_of(result)[day == np.datetime64("2023-03-31")].min() == 0.08


def test_washing_days_of_another_year_wash_the_same_day(tmp_path):
    rain = rain_of(measured_year())
    this, other = (
        pvsim.simulate(from_file(tmp_path, rain, losses=RAIN | {"cleaning_dates": [DAY(year, 4, 1)]}))
        for year in (2023, 2019)
    )
    assert other.annual_kwh == this.annual_kwh


def test_a_washing_moment_is_refused():
    with pytest.raises(ScenarioError, match="cleaning_dates"):
        scenario(losses=DUST | RAIN | {"cleaning_dates": [datetime.datetime(2023, 4, 1, 10, 20)]})


def test_without_rain_nothing_washes_and_that_is_told(tmp_path):
    with pytest.raises(WeatherError, match="rainfall"):
        pvsim.simulate(from_file(tmp_path, None))
    weather = measured_year()
    with pytest.raises(WeatherError, match=r"rain is in mm|have rain"):
        pvsim.simulate(from_file(tmp_path, np.full(weather.axis.rows, np.nan)))
    gaps = rain_of(weather)
    gaps[::5] = np.nan
    with pytest.raises(WeatherError, match="80% of its rows have rain; 90% are needed"):
        pvsim.simulate(from_file(tmp_path, gaps))


def test_missing_rain_counts_as_dry(tmp_path):
    weather = measured_year()
    gaps = rain_of(weather)
    gaps[1::20] = np.nan
    few = pvsim.simulate(from_file(tmp_path, gaps))
    filled = pvsim.simulate(from_file(tmp_path, np.nan_to_num(gaps)))
    assert few.annual_kwh == filled.annual_kwh


# --- soiling by the rain of a climate --------------------------------------------------------------------------

BY_RAIN = {"soiling_percent_per_day": 0.15}


def test_a_climate_has_a_dirty_dry_winter_and_a_clean_wet_summer():
    result, clean = run(losses=DUST | BY_RAIN), run(losses=NO_LOSSES)
    month = result.weather.axis.month_index()
    light = np.bincount(month, result.weather.ghi, 12)
    dirt = 100 * np.bincount(month, soiling_of(result) * result.weather.ghi, 12) / light
    assert 1 < dirt[[11, 0, 1]].mean() < 3
    assert dirt[[11, 0, 1]].min() > 0.5
    assert dirt[4:10].max() < 0.1, "May to October: never a fortnight without 6 mm in a day"
    assert 1 - result.annual_kwh / clean.annual_kwh == pytest.approx(0.0022, abs=0.0004)
    double = run(losses=DUST | {"soiling_percent_per_day": 0.3})
    assert 1 - double.annual_kwh / clean.annual_kwh == pytest.approx(0.0043, abs=0.0008)


def test_rain_of_a_climate_changes_nothing_but_dirt():
    with_it, without = run(losses=DUST | BY_RAIN), run(losses=NO_LOSSES)
    assert without.weather.rainfall is None
    np.testing.assert_array_equal(with_it.found.poa_global, without.found.poa_global)
    np.testing.assert_array_equal(with_it.found.temp_cell, without.found.temp_cell)
    assert left(with_it)["incidence"] == left(without)["incidence"]
    assert not {s.ingredient for s in without.weather.sources} & {"rain", "rain of days"}


def test_the_document_names_where_the_rain_of_a_climate_comes_from():
    near, far = (
        run(losses=DUST | BY_RAIN, site=site).to_dict()
        for site in (SITE, {"latitude": 30.77, "longitude": 108.4, "altitude": 190.0})
    )
    for document, km in ((near, 16), (far, 228)):
        rain = {s["ingredient"]: s for s in document["weather"]["sources"]}["rain"]
        assert rain["document"].startswith(f"Chongqing Shapingba, {km} km away: CHN_CQ_Chongqing.575160_TMYx")
        assert "ERA5" in rain["status"]
    told = "rain is that of Chongqing Shapingba (57516), 228 km away, as none is known nearer"
    assert told in far["warnings"]
    assert not any("rain is that" in text for text in near["warnings"])


def test_a_washing_day_of_a_climate_is_worth_most_before_the_dust_is():
    dry, washed = run(losses=DUST | BY_RAIN), run(losses=DUST | BY_RAIN | {"cleaning_dates": [DAY(2020, 1, 2)]})
    assert washed.annual_kwh > dry.annual_kwh
    day = washed.weather.axis.local_datetime64().astype("datetime64[D]")
    assert soiling_of(washed)[day == np.datetime64("2025-01-02")].max() < 0.0015
    assert soiling_of(dry)[day == np.datetime64("2025-01-02")].min() > 0.02


def test_random_years_and_members_of_an_ensemble_are_soiled_too():
    block = {"random_years": 2, "ensemble": ["climate"]}
    by_rain, clean = (run(losses=one, weather=block) for one in (DUST | BY_RAIN, NO_LOSSES))
    pairs = [*zip(by_rain.random_years, clean.random_years, strict=True)]
    assert len(pairs) == 2
    for dirty, bright in pairs:
        assert 0.98 < dirty.annual_kwh / bright.annual_kwh < 1
    assert by_rain.members[0].annual_kwh == pytest.approx(by_rain.annual_kwh, rel=1e-12)


def test_far_from_any_rain_a_climate_says_what_to_do():
    beijing = {"latitude": 39.8, "longitude": 116.47}
    with pytest.raises(
        WeatherError, match=r"Chongqing Shapingba is 1456 km away, allowed are 300 km.*or state soiling_percent"
    ):
        run(losses=DUST | BY_RAIN, site=beijing)
    run(losses=NO_LOSSES, site=beijing)


# --- outages ---------------------------------------------------------------------------------------------------


def lost_rows(free: pvsim.Result, begin: str, end: str) -> np.ndarray:
    rows = free.weather.axis.local_datetime64()
    return (rows >= np.datetime64(begin)) & (rows < np.datetime64(end))


PERIODS = {
    "days": ([(DAY(2025, 3, 4), DAY(2025, 3, 6))], [("2025-03-04", "2025-03-07")]),
    "one day": ([(DAY(2025, 7, 1), DAY(2025, 7, 1))], [("2025-07-01", "2025-07-02")]),
    "another year": ([(DAY(2019, 3, 4), DAY(2019, 3, 6))], [("2025-03-04", "2025-03-07")]),
    "over New Year": (
        [(DAY(2024, 12, 20), DAY(2025, 1, 10))],
        [("2025-12-20", "2026-01-01"), ("2025-01-01", "2025-01-11")],
    ),
    "two that meet": (
        [(DAY(2025, 3, 4), DAY(2025, 3, 6)), (DAY(2025, 3, 6), DAY(2025, 3, 7))],
        [("2025-03-04", "2025-03-08")],
    ),
    "29 February": ([(DAY(2024, 2, 29), DAY(2024, 2, 29))], [("2025-02-28", "2025-03-01")]),
    "the whole year": ([(DAY(2025, 1, 1), DAY(2025, 12, 31))], [("2025-01-01", "2026-01-01")]),
}


@pytest.mark.parametrize(("periods", "spans"), PERIODS.values(), ids=PERIODS)
def test_an_outage_loses_exactly_the_energy_of_its_rows(periods, spans):
    free = run(losses={"availability_percent": 0.0})
    still = run(outage=[{"start": a, "end": b} for a, b in periods])
    hourly = free.hourly["p_ac_kw"].to_numpy()
    lost = np.zeros(hourly.size, dtype=bool)
    for span in spans:
        lost |= lost_rows(free, *span)
    np.testing.assert_allclose(still.hourly["p_ac_kw"].to_numpy(), np.where(lost, 0, hourly), rtol=1e-12)
    assert still.annual_kwh == pytest.approx(hourly[~lost].sum(), rel=1e-9, abs=1e-6)
    assert left(free)["transformer"] - left(still)["availability"] == pytest.approx(hourly[lost].sum(), rel=1e-9)
    assert not any("counts for nothing" in w for w in still.warnings)


@pytest.mark.parametrize(
    ("start", "end", "span"),
    (
        (DAY(2024, 2, 28), DAY(2024, 3, 1), ("2025-02-28", "2025-03-02")),
        (DAY(2024, 1, 15), DAY(2024, 6, 15), ("2025-01-15", "2025-06-16")),
    ),
)
def test_an_outage_of_a_leap_year_ends_on_its_day(start, end, span):
    free = run(losses={"availability_percent": 0.0})
    hourly, lost = free.hourly["p_ac_kw"].to_numpy(), lost_rows(free, *span)
    still = run(outage=[{"start": start, "end": end}])
    np.testing.assert_allclose(still.hourly["p_ac_kw"].to_numpy(), np.where(lost, 0, hourly), rtol=1e-12)


def test_half_of_two_years_is_half_of_every_row():
    free = run(losses={"availability_percent": 0.0}).hourly["p_ac_kw"].to_numpy()
    half = run(outage=[{"start": DAY(2024, 1, 1), "end": DAY(2025, 12, 31), "lost_percent": 50.0}])
    np.testing.assert_allclose(half.hourly["p_ac_kw"].to_numpy(), free / 2, rtol=1e-12)


def test_a_part_of_the_inverters():
    free = run(losses={"availability_percent": 0.0}).hourly["p_ac_kw"].to_numpy()
    day = DAY(2025, 7, 1)
    hourly = run(outage=[{"start": day, "end": day, "lost_percent": 40.0}]).hourly["p_ac_kw"]
    share = np.where(hourly.index.strftime("%m-%d") == "07-01", 0.6, 1.0)
    assert (share < 1).sum() == 24
    np.testing.assert_allclose(hourly.to_numpy(), free * share, rtol=1e-12)


def test_a_moment_is_no_day():
    moment = datetime.datetime(2025, 7, 1, 9)
    with pytest.raises(ScenarioError, match="a date such as"):
        run(outage=[{"start": moment, "end": moment}])


def test_an_outage_of_one_inverter_leaves_the_others():
    roofs = ({"inverter": "a"}, {"inverter": "b", "surface_tilt": 30.0})
    inverters = {"inverters": {"a": {}, "b": {}}}
    free = run(*roofs, losses={"availability_percent": 0.0}, **inverters)
    still = run(*roofs, outage=[{"start": DAY(2025, 5, 1), "end": DAY(2025, 5, 31), "inverter": "b"}], **inverters)
    assert still.system.planes[0].annual_kwh == pytest.approx(free.system.planes[0].annual_kwh, rel=1e-12)
    alone_b = run(roofs[1], losses={"availability_percent": 0.0}, inverters={"b": {}}).monthly_kwh
    lost = free.system.planes[1].annual_kwh - still.system.planes[1].annual_kwh
    assert lost == pytest.approx(alone_b[4], rel=1e-9)
    assert free.annual_kwh - still.annual_kwh == pytest.approx(alone_b[4], rel=1e-9)


def test_availability_is_nothing_where_outages_are_given_unless_it_is_stated():
    outage = [{"start": DAY(2025, 5, 1), "end": DAY(2025, 5, 2)}]
    default, stated = run(outage=outage), run(outage=outage, losses={"availability_percent": 2.0})
    assert stated.annual_kwh == pytest.approx(0.98 * default.annual_kwh, rel=1e-12)
    (row,) = (a for a in default.assumptions if a.key == "losses.availability_percent" and a.value == 0)
    assert "[[outage]]" in row.reason


def test_the_register_names_availability_once():
    result = run(outage=[{"start": DAY(2025, 5, 1), "end": DAY(2025, 5, 2)}])
    assert [a.value for a in result.assumptions if a.key == "losses.availability_percent"] == [0.0]


def test_periods_and_names_that_cannot_be_are_refused():
    with pytest.raises(ScenarioError, match="is before start"):
        scenario(outage=[{"start": DAY(2025, 5, 2), "end": DAY(2025, 5, 1)}])
    other = {"start": DAY(2025, 5, 1), "end": DAY(2025, 5, 1), "inverter": "A b"}
    with pytest.raises(ScenarioError, match=r"no \[inverters\.NAME\] is called"):
        scenario({"inverter": "a"}, inverters={"a": {}}, outage=[other])


def test_an_outage_of_an_unused_inverter_is_told():
    outage = {"start": DAY(2025, 5, 1), "end": DAY(2025, 5, 31), "inverter": "spare"}
    result = run({"inverter": "a"}, inverters={"a": {}, "spare": {}}, outage=[outage])
    assert any("spare" in w for w in result.warnings)


def two_years(tmp_path, **tables):
    """A file of 2022 and 2023."""
    first, second = measured_year(2022), measured_year(2023, seed=2)
    write_csv(tmp_path / "a.csv", first)
    write_csv(tmp_path / "b.csv", second)
    rows = (tmp_path / "b.csv").read_text(encoding="utf-8").split("\n", 1)[1]
    (tmp_path / "two.csv").write_text((tmp_path / "a.csv").read_text(encoding="utf-8") + rows, encoding="utf-8")
    block = {"source": "file", "path": "two.csv", "format": "csv", "label": "start"}
    return pvsim.simulate(scenario(site=SITE, weather=block, folder=tmp_path, **tables))


def test_in_several_years_an_outage_is_one_of_its_year(tmp_path):
    free = two_years(tmp_path, losses={"availability_percent": 0.0})
    still = two_years(tmp_path, outage=[{"start": DAY(2023, 3, 4), "end": DAY(2023, 3, 6)}])
    hourly, lost = free.hourly["p_ac_kw"].to_numpy(), lost_rows(free, "2023-03-04", "2023-03-07")
    np.testing.assert_allclose(still.hourly["p_ac_kw"].to_numpy(), np.where(lost, 0, hourly), rtol=1e-12)
    assert free.annual_kwh - still.annual_kwh == pytest.approx(hourly[lost].sum() / 2, rel=1e-9)


def test_dates_that_no_row_has_are_told(tmp_path):
    result = two_years(tmp_path, outage=[{"start": DAY(2019, 3, 4), "end": DAY(2019, 3, 6)}])
    assert any("outage of 2019-03-04 lies outside of the weather" in w for w in result.warnings)


def test_an_outage_that_runs_into_the_first_year_counts(tmp_path):
    free = two_years(tmp_path, losses={"availability_percent": 0.0})
    still = two_years(tmp_path, outage=[{"start": DAY(2021, 12, 20), "end": DAY(2022, 6, 10)}])
    assert still.annual_kwh < 0.9 * free.annual_kwh


def test_in_a_dated_year_an_outage_of_last_december_is_over(tmp_path):
    weather = measured_year()
    write_csv(tmp_path / "a.csv", weather)
    block = {"source": "file", "path": "a.csv", "format": "csv", "label": "start"}
    outage = [{"start": DAY(2022, 12, 20), "end": DAY(2023, 1, 10)}]
    still = pvsim.simulate(scenario(site=SITE, weather=block, folder=tmp_path, outage=outage))
    assert still.hourly["p_ac_kw"].to_numpy()[-240:].sum() > 0


# --- the years of a plant's life -------------------------------------------------------------------------------


def test_the_first_of_25_years_is_the_result():
    result = run()
    years = result.lifetime
    assert [y.year for y in years] == list(range(1, 26))
    assert years[0].annual_kwh == result.annual_kwh
    assert years[0].factor == 1
    np.testing.assert_allclose([y.factor for y in years], 1 - 0.006 * np.arange(25), rtol=1e-12)
    assert all(a.annual_kwh > b.annual_kwh for a, b in itertools.pairwise(years))
    table = result.to_dict()["lifetime"]
    assert table["total_kwh"] == pytest.approx(sum(y.annual_kwh for y in years), rel=1e-12)


def test_without_clipping_energy_falls_nearly_as_power_does():
    last = run(inverter={"dc_ac_ratio": 0.8}).lifetime[-1]
    first = run(inverter={"dc_ac_ratio": 0.8}).lifetime[0]
    assert last.annual_kwh / first.annual_kwh == pytest.approx(last.factor, abs=0.008)


def test_with_strong_clipping_age_costs_less_than_its_share():
    clipped = run(inverter={"dc_ac_ratio": 3.0}).lifetime
    assert clipped[-1].annual_kwh / clipped[0].annual_kwh > clipped[-1].factor + 0.03


def test_age_is_power_that_is_missing_on_the_dc_side():
    # a year of age equals the same share taken as a loss of nameplate
    aged = run(inverter={"ac_power_kw": 30.0}, losses={"annual_degradation_percent": 1.0}).lifetime[10].annual_kwh
    fresh = run(inverter={"ac_power_kw": 30.0}, losses={"nameplate_percent": 10.0}).annual_kwh
    assert aged == pytest.approx(fresh, rel=1e-12)


def test_age_goes_no_further_than_nothing():
    years = run(losses={"annual_degradation_percent": 10.0}, inverter={"night_consumption_w": 5.0}).lifetime
    assert [y.factor for y in years][-1] == 0
    assert years[-1].annual_kwh == pytest.approx(-0.005 * 8760)


def test_a_consumption_and_an_outage_are_in_every_year():
    outage = [{"start": DAY(2025, 5, 1), "end": DAY(2025, 5, 31)}]
    tables = {"inverter": {"night_consumption_w": 50.0}, "site": {"latitude": 29.44, "longitude": 106.46}}
    still = run(outage=outage, losses={"annual_degradation_percent": 0.0}, **tables)
    for year in still.lifetime:
        assert year.annual_kwh == pytest.approx(still.annual_kwh, rel=1e-12)


# --- odd dates and sizes ---------------------------------------------------------------------------------------


def test_soiling_by_month_and_outages_are_in_the_document():
    result = run(
        losses={"soiling_monthly_percent": MONTHLY}, outage=[{"start": DAY(2025, 5, 1), "end": DAY(2025, 5, 2)}]
    )
    document = result.to_dict()
    sources = {line["name"]: line["source"] for line in document["ledger"]}
    assert sources["soiling"] == "given in the scenario, by month"
    assert sources["availability"] == "1 periods of [[outage]]"
    assert {"outage[0].start", "outage[0].end", "losses.soiling_monthly_percent"} <= {
        row["key"] for row in document["assumptions"]
    }


def test_the_last_day_of_all_is_refused_or_taken():
    scenario(outage=[{"start": DAY(9999, 12, 30), "end": DAY(9999, 12, 31)}])


def test_the_coldest_air_is_colder_than_the_hottest():
    with pytest.raises(ScenarioError, match="coldest_c"):
        scenario(site={"latitude": 29.44, "longitude": 106.46, "coldest_c": 40.0, "hottest_c": -20.0})


def test_a_plant_that_draws_more_than_it_gives_has_a_document():
    result = run(inverter={"night_consumption_w": 1e5})
    assert result.annual_kwh < 0
    assert result.to_dict()["energy"]["annual_kwh"] == result.annual_kwh


@pytest.mark.parametrize(
    ("tables", "wanted"),
    (
        ({"losses": {"soiling_monthly_percent": [1.0] * 11}}, "12"),
        ({"outage": [{"start": "2025-05-03", "end": DAY(2025, 5, 4)}]}, "without quotes|no text"),
    ),
    ids=("eleven months", "a date in quotes"),
)
def test_what_is_allowed_is_told(tables, wanted):
    with pytest.raises(ScenarioError, match=wanted):
        scenario(**tables)


LIMITS = (
    "cleaning_rain_mm",
    "soiling_grace_days",
    pytest.param("soiling_max_percent"),
)


@pytest.mark.parametrize("key", LIMITS)
def test_what_is_no_loss_is_not_called_a_large_one(key):
    value = 40 if key == "soiling_grace_days" else 40.0
    told = suspicions(scenario(losses={"soiling_percent_per_day": 0.2, key: value}))
    assert not any(key in text for text in told)


def test_the_register_does_not_name_a_loss_that_does_not_count():
    result = run(module={"power_w": 450.0, "lid_percent": 0.5})
    assert {a.value for a in result.assumptions if a.key.endswith(".lid_percent")} == {0.5}


@pytest.mark.parametrize(
    "module", ({"name": "Canadian Solar CS3W-450MS"}, {"name": "Canadian Solar Inc. CS5P-220M"}), ids=("catalog", "cec")
)
def test_the_register_names_the_model_of_a_named_module(module):
    assert "single-diode" in {a.value for a in run(module=module).assumptions if a.key == "module.model"}
