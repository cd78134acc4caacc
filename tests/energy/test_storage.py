"""The store by itself: what it accepts, and how its content moves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.energy.storage import Store, walk
from pvsim.errors import PvsimError

FINE = {"capacity_kwh": 10.0, "power_kw": 5.0, "round_trip_efficiency": 0.81, "least_soc_fraction": 0.1}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("capacity_kwh", -1.0),
        ("capacity_kwh", np.nan),
        ("capacity_kwh", np.inf),
        ("power_kw", -0.1),
        ("power_kw", np.nan),
        ("round_trip_efficiency", 0.0),
        ("round_trip_efficiency", 1.01),
        ("round_trip_efficiency", np.nan),
        ("least_soc_fraction", 1.0),
        ("least_soc_fraction", -0.1),
        ("least_soc_fraction", np.nan),
    ],
)
def test_a_store_that_cannot_be_says_what_was_found_and_allowed(key, value):
    with pytest.raises(PvsimError, match=rf"store\.{key} is .*; allowed is"):
        Store(**(FINE | {key: value}))


def test_efficiency_is_shared_by_both_ways():
    store = Store(**FINE)
    assert store.one_way_efficiency == pytest.approx(0.9)
    assert store.least_kwh == pytest.approx(1.0)
    assert store.usable_kwh == pytest.approx(9.0)


@given(st.lists(st.floats(-20, 20), min_size=1, max_size=50), st.floats(0, 30), st.floats(0, 1))
def test_content_keeps_its_limits_and_moves_by_what_it_moved(wishes, usable, share):
    wanted = np.array(wishes)
    start = usable * share
    after, moved = walk(wanted, usable, start)
    assert after.min() >= 0
    assert after.max() <= usable
    assert start + np.cumsum(moved) == pytest.approx(after, abs=1e-9)
    assert (np.abs(moved) <= np.abs(wanted) * (1 + 1e-12) + 1e-12).all()
    assert (moved * wanted >= 0).all()
