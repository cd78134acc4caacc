"""From the strings to the meter: the ledger closes whatever happens, and what the order of steps does."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from cases import SITE, scenario
from hypothesis import given, settings
from hypothesis import strategies as st
from planes import pvwatts_inverter

import pvsim
from pvsim.physics import ac, ledger

ROWS = 300
RNG = np.random.default_rng(5)
P_DC = RNG.uniform(0, 60_000, (4, ROWS)) * (RNG.uniform(size=ROWS) > 0.2)
INDEX = np.array([0, 1, 0, 1])
SANDIA = {
    "Paco": 25_000.0, "Pdco": 25_500.0, "Vdco": 620.0, "Pso": 90.0, "C0": -4e-7, "C1": 2e-5, "C2": 1e-3, "C3": 1e-4,
    "Pnt": 8.0,
}  # fmt: skip
INVERTERS = [
    pvwatts_inverter(60_000.0, night_w=5.0),
    ac.Inverter("sandia", SANDIA, 25_000.0, 3, 8.0),
]


def plant(fractions=(0.01, 0.02, 0.03), running=None, limit_w=None, dark_rows=40, inverters=INVERTERS) -> ac.Plant:
    losses = ac.AcLosses(np.array(fractions), running, limit_w)
    return ac.Plant(INDEX, inverters, np.array([0.5, 0.4, 0.5, 0.6]), losses, dark_rows)


@settings(max_examples=60, deadline=None)
@given(
    fractions=st.lists(st.floats(0, 0.5), min_size=3, max_size=3),
    limit=st.none() | st.floats(0, 150_000),
    share=st.none() | st.floats(0, 1),
    dark=st.integers(0, 1000),
)
def test_the_lines_end_at_the_meter(fractions, limit, share, dark):
    running = None if share is None else RNG.uniform(share, 1, (2, ROWS))
    found = ac.deliver(plant(tuple(fractions), running, limit, dark), P_DC, None)
    at_night = dark * sum(unit.night_w * unit.count for unit in INVERTERS)
    assert found.sums[-1].sum() == pytest.approx(found.p_ac.sum() - at_night, rel=1e-9, abs=1e-3)
    assert (np.diff(found.sums, axis=0) <= 1e-6).all(), "no line gives energy back"
    if limit is not None:
        assert found.p_ac.max() <= limit + 1e-9


def test_unclipped_and_efficient_are_what_pvlib_makes_of_them():
    """The line of the efficiency is DC at the efficiency of what the inverter takes; clipping is the rest."""
    found = ac.deliver(plant((0.0, 0.0, 0.0), dark_rows=0), P_DC, None)
    taken, given_out = ac.convert(INVERTERS[0], P_DC[[0, 2]], None)
    pooled = P_DC[[0, 2]].sum(axis=0)
    clipped = pooled > 60_000
    assert 10 < clipped.sum() < ROWS - 10
    assert np.allclose(taken[clipped], 60_000) and np.allclose(taken[~clipped], pooled[~clipped])
    efficient = np.divide(given_out, taken, out=np.zeros_like(taken), where=taken > 0) * pooled
    assert found.sums[0][[0, 2]].sum() == pytest.approx(efficient.sum(), rel=1e-12)
    assert found.sums[1][[0, 2]].sum() == pytest.approx(given_out.sum(), rel=1e-12)


def test_one_standstill_costs_the_rows_it_lasts():
    running = np.ones((2, ROWS))
    running[1, 100:150] = 0
    whole, part = (ac.deliver(plant(running=r, dark_rows=0), P_DC, None) for r in (None, running))
    _, of_second = ac.convert(INVERTERS[1], P_DC[[1, 3]], None)
    lost = of_second[100:150].sum() * 0.99 * 0.98 * 0.97
    assert whole.p_ac.sum() - part.p_ac.sum() == pytest.approx(lost, rel=1e-9)
    assert np.allclose(whole.sums[:, [0, 2]], part.sums[:, [0, 2]])


# --- the order of the steps


def swapped(one: str, other: str, **more) -> tuple[pvsim.Result, pvsim.Result]:
    """The same roof with the percentages of two losses exchanged."""
    size = {"inverter": {"dc_ac_ratio": 1.8}} | more
    losses = [{f"{one}_percent": a, f"{other}_percent": b} for a, b in ((2.0, 9.0), (9.0, 2.0))]
    return tuple(pvsim.simulate(scenario(losses=found, **size)) for found in losses)


def left(result: pvsim.Result) -> dict[str, float]:
    return {line.name: line.kwh for line in result.ledger}


@pytest.mark.parametrize(
    ("one", "other"), [("lid", "mismatch"), ("dc_wiring", "connections"), ("ac_wiring", "transformer")]
)
def test_steps_between_which_nothing_is_curved_can_change_places(one, other):
    """The end does not move, nor does any percentage; what moves are the kWh of each line: that is only order."""
    first, second = swapped(one, other)
    assert first.annual_kwh == pytest.approx(second.annual_kwh, rel=1e-12)
    one, other = one.replace("_", " "), other.replace("_", " ")
    lost = [{n: before - after for n, before, after in _lost(r)} for r in (first, second)]
    assert lost[0][other] < lost[1][one], "9 % take more where they come first"
    assert lost[0][one] + lost[0][other] == pytest.approx(lost[1][one] + lost[1][other], rel=1e-9)


def _lost(result):
    rows = result.ledger
    return [(now.name, before.kwh, now.kwh) for before, now in pairwise(rows)]


@pytest.mark.parametrize(("before", "after"), [("soiling", "lid"), ("mismatch", "ac_wiring")])
def test_steps_on_two_sides_of_a_curve_cannot(before, after):
    """Low light, temperature and clipping are curves: 9 % before them are not 9 % behind them."""
    early, late = swapped(after, before)
    assert early.annual_kwh != pytest.approx(late.annual_kwh, rel=1e-5)
    if after == "ac_wiring":  # what is lost before the inverter was partly going to be clipped
        assert early.annual_kwh > late.annual_kwh


def test_every_line_says_who_set_it():
    result = pvsim.simulate(scenario(losses={"lid_percent": 2.0}))
    sources = {line.name: line.source for line in result.ledger}
    assert sources["lid"] == "given in the scenario: 2 %"
    assert sources["soiling"].startswith("default 3 %: ")
    assert all(sources.values())
    assert [line.name for line in result.ledger] == [step.name for step in ledger.STEPS]


def test_the_ledger_closes_in_every_plane():
    result = pvsim.simulate(
        scenario({"surface_tilt": 5}, {"surface_tilt": 60, "shading_percent": 20}, inverter={"dc_ac_ratio": 1.9})
    )
    for plane in result.system.planes:
        assert plane.ledger_kwh[-1] == pytest.approx(plane.annual_kwh, rel=1e-12)
        assert len(plane.ledger_kwh) == len(ledger.STEPS)
    for i, line in enumerate(result.ledger):
        assert line.kwh == pytest.approx(sum(p.ledger_kwh[i] for p in result.system.planes), rel=1e-12)
    at = [step.name for step in ledger.STEPS].index("shading")
    shading = [p.ledger_kwh[at] / p.ledger_kwh[at - 1] for p in result.system.planes]
    assert shading == pytest.approx([0.985, 0.8])


# --- age


def test_what_is_clipped_shrinks_with_age():
    def last(ratio):
        life = pvsim.simulate(
            scenario(losses={"annual_degradation_percent": 1.0}, inverter={"dc_ac_ratio": ratio})
        ).lifetime
        assert [y.year for y in life] == list(range(1, 26))
        assert [y.factor for y in life] == pytest.approx([1 - 0.01 * i for i in range(25)])
        return life[24].annual_kwh / life[0].annual_kwh

    roomy, tight = last(1.0), last(2.2)
    assert roomy == pytest.approx(0.76, abs=0.01), "part load costs a little more"
    assert tight > roomy + 0.03


def test_the_table_of_a_life_is_the_first_year_and_its_sum():
    result = pvsim.simulate(scenario())
    life = result.to_dict()["lifetime"]
    assert life["years"][0]["annual_kwh"] == result.annual_kwh
    assert life["total_kwh"] == pytest.approx(sum(y.annual_kwh for y in result.lifetime))
    assert life["mean_kwh"] == pytest.approx(life["total_kwh"] / 25)
    assert 0.92 < life["mean_kwh"] / result.annual_kwh < 0.93, "0.6 % a year: 12 steps of it on average"
    first = result.lifetime[0]
    assert first.equivalent_hours == pytest.approx(result.specific_yield_kwh_per_kwp)


def test_a_limit_at_the_meter_is_kept_and_counted():
    free = pvsim.simulate(scenario({"panels": 2000}))
    peak = free.hourly["p_ac_kw"].max()
    held = pvsim.simulate(scenario({"panels": 2000}, site=SITE | {"export_limit_kw": 0.6 * peak}))
    assert held.hourly["p_ac_kw"].max() == pytest.approx(0.6 * peak)
    over = (free.hourly["p_ac_kw"] - 0.6 * peak).clip(lower=0).sum()
    assert over > 0
    document = held.to_dict()
    assert document["energy"]["curtailed_kwh"] == pytest.approx(over, rel=1e-9)
    assert held.annual_kwh == pytest.approx(free.annual_kwh - over, rel=1e-9)
    assert free.to_dict()["energy"]["curtailed_kwh"] is None
    assert dataclasses.replace(held).found.plane_kwh.sum() == pytest.approx(held.annual_kwh, rel=1e-9)
