"""The balance at the meter: identities on any input, and the optimal dispatch against a dynamic programme."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvsim.energy.balance import balance
from pvsim.energy.dispatch import GAP
from pvsim.energy.storage import Store
from pvsim.errors import PvsimError


@st.composite
def sites(draw, most=40):
    """PV, which draws at night, the load, the step and a limit."""
    n = draw(st.integers(1, most))
    power = st.floats(0, 100, allow_subnormal=False)
    pv = draw(st.lists(st.one_of(power, st.floats(-2, 0, allow_subnormal=False)), min_size=n, max_size=n))
    load = draw(st.lists(power, min_size=n, max_size=n))
    return np.array(pv), np.array(load), draw(st.sampled_from([0.25, 0.5, 1.0])), draw(st.none() | st.floats(0, 80))


stores = st.builds(
    Store,
    st.floats(0, 300, allow_subnormal=False),
    st.floats(0, 120, allow_subnormal=False),
    st.floats(0.3, 1),
    st.floats(0, 0.9),
)


def prices_of(seed, n, low=-0.2, surplus_high=0.8):
    rng = np.random.default_rng(seed)
    return rng.uniform(low, 1.5, n), rng.uniform(low / 4, surplus_high, n)


def bill(b, price, surplus_price):
    return float((b.imported_kw @ price - b.exported_kw @ surplus_price) * b.step_hours)


def holds_over_the_year(b, grid=0.0):
    sums = b.sums(b.step_hours, 1)
    pv, load = (float(x.sum() * b.step_hours) for x in (b.pv_kw, b.load_kw))
    near = 1e-9 * (np.abs(b.pv_kw).sum() + b.load_kw.sum() + 1)
    spent = sums["self_used_kwh"] + sums["exported_kwh"] + sums["curtailed_kwh"] + sums["storage_losses_kwh"]
    assert abs(pv - spent) <= near
    assert abs(load + grid - sums["self_used_kwh"] - sums["imported_kwh"]) <= near
    assert sums["storage_losses_kwh"] >= -near
    return sums


# --- self-use ------------------------------------------------------------------------------------------------


@given(sites(), st.none() | stores)
def test_identities_hold_on_any_input(site, store):
    pv, load, step, limit = site
    b = balance(pv, load, step, export_limit_kw=limit, store=store).checked()
    holds_over_the_year(b)
    assert not b.grid_charged_kw.any()
    assert not b.grid_discharged_kw.any()
    # it never exports from the store and never imports into it
    assert (b.charged_kw <= np.maximum(pv - load, 0)).all()
    assert (b.discharged_kw <= np.maximum(load - pv, 0)).all()
    if limit is None:
        assert not b.curtailed_kw.any()
    else:
        assert b.exported_kw.max() <= limit


@given(sites(), stores)
def test_a_store_never_makes_energy_and_keeps_its_limits(site, store):
    pv, load, step, _ = site
    b = balance(pv, load, step, store=store)
    out, into = (np.cumsum(x) * step for x in (b.discharged_kw, b.charged_kw))
    assert (out <= into * store.round_trip_efficiency + 1e-9 * (1 + into)).all()
    assert max(b.charged_kw.max(), b.discharged_kw.max()) <= store.power_kw
    assert b.stored_kwh.min() >= store.least_kwh
    assert b.stored_kwh.max() <= store.capacity_kwh * (1 + 1e-12)
    assert (b.storage_losses_kw >= 0).all()


@given(sites(), stores, st.floats(0, 200))
def test_more_capacity_never_lowers_self_use(site, store, more):
    pv, load, step, _ = site
    small, large = (
        balance(pv, load, step, store=s) for s in (store, replace(store, capacity_kwh=store.capacity_kwh + more))
    )
    assert large.sums(step)["self_used_kwh"] >= small.sums(step)["self_used_kwh"] - 1e-9 * (1 + load.sum())


@given(sites(), st.sampled_from([Store(0, 50, 0.9), Store(50, 0, 0.9)]))
def test_no_capacity_and_no_power_are_no_store(site, store):
    pv, load, step, limit = site
    with_store, without = (balance(pv, load, step, export_limit_kw=limit, store=s) for s in (store, None))
    for field in fields(with_store):
        if field.name not in {"store", "step_hours"}:
            assert np.array_equal(getattr(with_store, field.name), getattr(without, field.name)), field.name


@given(sites(), stores, st.floats(0, 80), st.floats(0, 80))
def test_a_higher_limit_exports_more_and_curtails_less(site, store, one, other):
    pv, load, step, _ = site
    low, high = (balance(pv, load, step, export_limit_kw=x, store=store) for x in sorted((one, other)))
    assert (high.exported_kw >= low.exported_kw).all()
    assert (high.curtailed_kw <= low.curtailed_kw).all()
    assert np.array_equal(high.self_used_kw, low.self_used_kw)


@given(sites())
def test_a_limit_of_nothing_exports_nothing(site):
    pv, load, step, _ = site
    b = balance(pv, load, step, export_limit_kw=0)
    assert not b.exported_kw.any()
    assert b.curtailed_kw == pytest.approx(np.maximum(pv - load, 0))


@given(sites())
def test_without_a_store_every_row_stands_alone(site):
    pv, load, step, limit = site
    whole = balance(pv, load, step, export_limit_kw=limit)
    rows = [balance(pv[i : i + 1], load[i : i + 1], step, export_limit_kw=limit) for i in range(len(pv))]
    for name in ("self_used_kw", "exported_kw", "curtailed_kw", "imported_kw"):
        assert np.array_equal(getattr(whole, name), np.concatenate([getattr(r, name) for r in rows]))


def test_a_day_by_hand():
    """10 kWh in at 81 % round trip: 9 in the cells, 8.1 out; one step fills up to the power."""
    b = balance([0.0, 15.0, 12.0, 0.0], [2.0, 5.0, 2.0, 20.0], 1.0, export_limit_kw=3, store=Store(9.0, 8.0, 0.81))
    assert b.charged_kw == pytest.approx([0, 8, 2, 0])
    assert b.exported_kw == pytest.approx([0, 2, 3, 0])
    assert b.curtailed_kw == pytest.approx([0, 0, 5, 0])
    assert b.stored_kwh == pytest.approx([0, 7.2, 9, 9 - 8 / 0.9])
    assert b.imported_kw == pytest.approx([2, 0, 0, 12])
    sums = holds_over_the_year(b)
    assert sums["storage_losses_kwh"] == pytest.approx(10 - 8)  # with the 0.11 kWh that are still in it
    assert b.storage_losses_kw.sum() == pytest.approx(2 - (9 - 8 / 0.9))


def test_two_years_are_given_as_one():
    b = balance(np.full(48, 3.0), np.full(48, 2.0), 0.5)
    assert b.sums(0.5, 2)["exported_kwh"] == pytest.approx(12.0)
    with pytest.raises(PvsimError, match=r"step_hours is 1\.0; the balance was made with 0.5"):
        b.sums(1.0, 2)


def test_rows_that_are_not_covered_give_nothing_and_keep_the_content():
    pv, load = np.array([10.0, np.nan, 5.0, 0.0]), np.array([0.0, 5.0, np.nan, 8.0])
    covered = np.array([True, False, False, True])
    for kw in ({}, {"dispatch": "optimal", "price_cny_per_kwh": [1, np.nan, 1, 1], "surplus_price_cny_per_kwh": 0.1,
                    "grid_charging": True}):  # fmt: skip
        b = balance(pv, load, 1.0, store=Store(20, 20, 1.0), covered=covered, **kw).checked()
        assert b.stored_kwh[0] == b.stored_kwh[1] == b.stored_kwh[2] > 7.9
        assert b.imported_kw == pytest.approx(0, abs=1e-9)
        assert not b.pv_kw[1:3].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pv_kw": [1.0, np.nan]}, "pv_kw has no finite value in 1 covered rows, the first is row 1"),
        ({"load_kw": [np.nan, 1.0]}, "load_kw has no finite value .*mask them"),
        ({"load_kw": [1.0, -1.0]}, "load_kw is .* in row 1; allowed is 0 or more"),
        ({"load_kw": [1.0]}, "load_kw has the shape"),
        ({"pv_kw": [[1.0], [1.0]]}, "pv_kw has the shape .* the sum of all roofs"),
        ({"covered": [True]}, "covered has the shape"),
        ({"export_limit_kw": -1.0}, "export_limit_kw is -1.0; allowed"),
        ({"export_limit_kw": np.nan}, "export_limit_kw is nan; allowed"),
        ({"step_hours": 0.0}, "step_hours is 0.0; allowed"),
        ({"dispatch": "best"}, "dispatch is 'best'; allowed are self-use, optimal"),
        ({"dispatch": "optimal", "price_cny_per_kwh": None}, "price_cny_per_kwh is missing; .* tariff"),
        ({"dispatch": "optimal", "surplus_price_cny_per_kwh": None}, "surplus_price_cny_per_kwh is missing"),
        ({"dispatch": "optimal", "price_cny_per_kwh": [1.0, np.nan]}, "price_cny_per_kwh has no finite value .*tariff"),
        ({"dispatch": "optimal", "horizon": "week"}, "horizon is 'week'; allowed are day, year"),
    ],
)
def test_what_cannot_be_balanced_is_said(change, message):
    fine = {"pv_kw": [1.0, 2.0], "load_kw": [2.0, 1.0], "step_hours": 1.0, "store": Store(1, 1, 0.9)}
    fine |= {"price_cny_per_kwh": 1.0, "surplus_price_cny_per_kwh": 0.3}
    with pytest.raises(PvsimError, match=message):
        balance(**(fine | change))


def test_a_broken_balance_is_found():
    b = balance([5.0, 0.0], [1.0, 2.0], 1.0, store=Store(10, 10, 0.9))
    for name in ("exported_kw", "imported_kw", "self_used_kw", "stored_kwh", "storage_losses_kw", "grid_stored_kwh"):
        with pytest.raises(PvsimError, match="does not hold in row"):
            replace(b, **{name: getattr(b, name) + 0.5}).checked()


# --- optimal -------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(sites(most=12), stores, st.integers(0, 10**6), st.booleans(), st.sampled_from(["day", "year"]), st.floats(0, 24))
def test_optimal_holds_the_identities_and_never_costs_more(site, store, seed, grid, horizon, first_hour):
    pv, load, step, limit = site
    price, surplus_price = prices_of(seed, len(pv))
    greedy = balance(pv, load, step, export_limit_kw=limit, store=store)
    b = balance(
        pv, load, step, export_limit_kw=limit, store=store, dispatch="optimal", price_cny_per_kwh=price,
        surplus_price_cny_per_kwh=surplus_price, horizon=horizon, grid_charging=grid, first_hour=first_hour,
    ).checked()  # fmt: skip
    assert bill(b, price, surplus_price) <= bill(greedy, price, surplus_price) + 1e-9 * (
        1 + load.sum() + np.abs(pv).sum()
    )
    holds_over_the_year(b, b.grid_storage_losses_kwh(step))
    assert b.grid_storage_losses_kwh(step) >= -1e-9 * (1 + load.sum())
    assert (b.discharged_kw <= np.maximum(load - pv, 0)).all()
    assert not (b.imported_kw * b.exported_kw > 1e-9).any()
    if not grid:
        assert not b.grid_charged_kw.any()
    if limit is None:
        assert not b.curtailed_kw[surplus_price >= 0].any()


def by_dynamic_programme(pv, load, price, surplus_price, store, limit, grid, cells):
    """Least bill over contents in ``cells`` equal parts, step 1 h: an independent way, with no linear programme."""
    levels = np.linspace(0, store.capacity_kwh * (1 - store.least_soc_fraction), cells + 1)
    eta = np.sqrt(store.round_trip_efficiency)
    move = levels[None, :] - levels[:, None]  # from, to
    power = np.where(move > 0, move / eta, move * eta)
    value = np.zeros(cells + 1)
    for t in reversed(range(len(pv))):
        net = load[t] - pv[t] + power
        allowed = np.abs(power) <= store.power_kw + 1e-9
        allowed &= (power >= 0) | (net >= -1e-9)  # never exports from the store
        if not grid:
            allowed &= (power <= 0) | (net <= 1e-9)  # never imports into it
        most = np.inf if limit is None else limit
        earned = np.minimum(np.maximum(-net, 0), most) * max(surplus_price[t], 0.0)
        value = np.where(allowed, np.maximum(net, 0) * price[t] - earned + value[None, :], np.inf).min(axis=1)
    return value[0]


@pytest.mark.parametrize("grid", [False, True])
@pytest.mark.parametrize("low", [0.0, -0.5])
@pytest.mark.parametrize("seed", range(8))
def test_optimal_is_the_dynamic_programme_where_all_is_whole(seed, low, grid):
    """Lossless, with whole powers and energies the best plan has whole contents: both are exact."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 7))
    pv, load = rng.integers(0, 9, n).astype(float), rng.integers(0, 9, n).astype(float)
    price, surplus_price = prices_of(seed, n, low)
    limit = [None, 2.0, 0.0][seed % 3]
    store = Store(float(rng.integers(1, 12)), float(rng.integers(1, 6)), 1.0)
    b = balance(
        pv, load, 1.0, export_limit_kw=limit, store=store, dispatch="optimal", price_cny_per_kwh=price,
        surplus_price_cny_per_kwh=surplus_price, horizon="year", grid_charging=grid,
    ).checked()  # fmt: skip
    best = by_dynamic_programme(pv, load, price, surplus_price, store, limit, grid, int(store.capacity_kwh))
    idle = bill(balance(pv, load, 1.0, export_limit_kw=limit), price, np.maximum(surplus_price, 0))
    # programmes with yes-or-no steps come within GAP of the best saving
    assert bill(b, price, surplus_price) == pytest.approx(best, abs=1e-6 + (GAP * 1.01) * abs(idle - best))


@pytest.mark.parametrize("grid", [False, True])
@pytest.mark.parametrize("low", [0.0, -0.5])
@pytest.mark.parametrize("seed", range(6))
def test_optimal_is_the_dynamic_programme_to_its_grid(seed, low, grid):
    rng = np.random.default_rng(100 + seed)
    n = int(rng.integers(3, 7))
    pv, load = rng.uniform(-0.2, 9, n), rng.uniform(0, 9, n)
    price, surplus_price = prices_of(seed, n, low)
    limit = [None, 2.0, 0.0][seed % 3]
    store = Store(rng.uniform(1, 12), rng.uniform(1, 6), 0.7, 0.1)
    b = balance(
        pv, load, 1.0, export_limit_kw=limit, store=store, dispatch="optimal", price_cny_per_kwh=price,
        surplus_price_cny_per_kwh=surplus_price, horizon="year", grid_charging=grid,
    ).checked()  # fmt: skip
    cells = 1500
    best = by_dynamic_programme(pv, load, price, surplus_price, store, limit, grid, cells)
    ours = bill(b, price, surplus_price)
    cell = store.usable_kwh / cells
    idle = bill(balance(pv, load, 1.0, export_limit_kw=limit), price, np.maximum(surplus_price, 0))
    assert ours <= best + GAP * 1.01 * abs(idle - best) + 1e-6  # a grid of contents cannot beat the continuum
    assert best <= ours + 2 * n * cell * 1.6 / np.sqrt(0.7)


@pytest.mark.parametrize("grid", [False, True])
def test_the_size_of_a_plant_does_not_change_its_plan(grid):
    """The solver's tolerances are absolute: a flat and a power station must meet them alike."""
    rng = np.random.default_rng(7)
    pv, load = np.maximum(rng.normal(0.4, 1, 72), -0.01), rng.uniform(0, 1, 72)
    price, surplus_price = prices_of(7, 72, 0.1)
    saved = []
    for size in (1e-3, 1.0, 1e6):
        b = balance(
            pv * size, load * size, 1.0, store=Store(3 * size, size, 0.8), dispatch="optimal", grid_charging=grid,
            price_cny_per_kwh=price, surplus_price_cny_per_kwh=surplus_price,
        ).checked()  # fmt: skip
        saved.append(bill(b, price, surplus_price) / size)
    assert saved == pytest.approx([saved[1]] * 3, rel=1e-3 if grid else 1e-6)


def test_a_day_looks_at_the_next_one():
    """What is left of today's sun is kept for tomorrow's dear morning, which a plan of one day would not see."""
    pv = np.zeros(48)
    pv[12] = 10.0
    load = np.zeros(48)
    load[22], load[24 + 8] = 10.0, 10.0
    price = np.full(48, 0.5)
    price[24 + 8] = 2.0
    b = balance(
        pv,
        load,
        1.0,
        store=Store(10, 10, 1.0),
        dispatch="optimal",
        price_cny_per_kwh=price,
        surplus_price_cny_per_kwh=0.1,
    )
    assert b.discharged_kw[32] == pytest.approx(10)
    assert b.discharged_kw[22] == 0


def test_days_break_at_local_midnight():
    """Rows begin at 18:00: the first plan is carried out for six of them, and 30 are seen."""
    from pvsim.energy.dispatch import _windows

    assert _windows(60, 1.0, "day", 18.0) == [(0, 6, 30), (6, 30, 54), (30, 54, 60), (54, 60, 60)]
    assert _windows(48, 1.0, "day", 0.0) == [(0, 24, 48), (24, 48, 48)]
    assert _windows(5, 1.0, "day", 0.0) == [(0, 5, 5)]
    assert _windows(48, 1.0, "year", 3.0) == [(0, 48, 48)]


def test_the_grid_charges_a_night_only_where_it_may():
    pv, load = np.zeros(24), np.full(24, 10.0)
    price = np.where(np.arange(24) < 7, 0.3, 1.0)
    kw = {"store": Store(20, 10, 0.81), "dispatch": "optimal", "price_cny_per_kwh": price}
    b = balance(pv, load, 1.0, surplus_price_cny_per_kwh=0.3, grid_charging=True, **kw).checked()
    assert b.grid_charged_kw.sum() == pytest.approx(20 / 0.9)
    assert b.grid_discharged_kw.sum() == pytest.approx(20 * 0.9)
    assert not b.self_used_kw.any()
    assert b.sums(1.0)["storage_losses_kwh"] == pytest.approx(0)
    assert b.grid_storage_losses_kwh(1.0) == pytest.approx(20 / 0.9 - 18)
    assert not balance(pv, load, 1.0, surplus_price_cny_per_kwh=0.3, **kw).charged_kw.any()


def test_a_negative_surplus_price_curtails():
    kw = {"dispatch": "optimal", "price_cny_per_kwh": 1.0}
    b = balance([5.0, 5.0], [1.0, 1.0], 1.0, surplus_price_cny_per_kwh=[-0.1, 0.1], **kw).checked()
    assert b.exported_kw.tolist() == [0, 4]
    assert b.curtailed_kw.tolist() == [4, 0]


def test_the_year_is_never_dearer_than_its_days():
    hour = np.arange(24 * 20) % 24
    rng = np.random.default_rng(3)
    pv = np.maximum(np.sin((hour - 6) / 12 * np.pi), 0) * 100 * np.repeat(rng.uniform(0, 1, 20), 24)
    load = rng.uniform(10, 60, len(hour))
    price = np.where((hour >= 17) & (hour < 22), 1.1, np.where(hour < 7, 0.3, 0.7))
    kw = {"store": Store(150, 40, 0.88, 0.1), "dispatch": "optimal", "price_cny_per_kwh": price, "grid_charging": True}
    bills = [
        bill(balance(pv, load, 1.0, surplus_price_cny_per_kwh=0.25, horizon=h, **kw), price, np.full(len(pv), 0.25))
        for h in ("year", "day")
    ]
    assert bills[0] <= bills[1] + 1e-6
    assert bills[1] <= bills[0] * 1.001
