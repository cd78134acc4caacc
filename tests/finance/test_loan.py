"""A loan against closed forms: what is paid, what is owed, what a subsidy takes over."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import UsageError
from pvsim.finance.loan import KINDS, Loan, annuity

LOANS = st.builds(
    Loan,
    principal_cny=st.floats(1, 1e9),
    rate_percent=st.floats(0, 20),
    years=st.integers(4, 40),
    kind=st.sampled_from(KINDS),
    grace_years=st.integers(0, 3),
    subsidy_percent=st.floats(0, 30),
    subsidy_years=st.integers(0, 50),
)


def test_annuity_is_the_textbook_formula():
    assert annuity(100_000, 5, 10) == pytest.approx(100_000 * 0.05 / (1 - 1.05**-10), rel=1e-14)
    assert annuity(100, 1e-9, 10) == pytest.approx(10, rel=1e-9)
    assert annuity(100, 0, 10) == 10


def test_every_year_of_an_annuity_is_the_same_and_its_balance_the_closed_form():
    schedule = Loan(100_000, 5, 10).schedule
    for row in schedule:
        assert row.debt_service_cny == pytest.approx(12_950.457496545661, rel=1e-12)
        left = 100_000 * (1.05**10 - 1.05**row.year) / (1.05**10 - 1)
        assert row.balance_cny == pytest.approx(left, abs=1e-6)


def test_equal_principal_pays_the_sum_of_an_arithmetic_series():
    schedule = Loan(1000, 4, 8, "equal-principal").schedule
    assert [row.principal_cny for row in schedule] == pytest.approx([125] * 8)
    assert sum(row.interest_cny for row in schedule) == pytest.approx(1000 * 0.04 * (8 + 1) / 2)


def test_a_bullet_pays_interest_and_then_everything():
    schedule = Loan(1000, 4, 5, "bullet").schedule
    assert [row.debt_service_cny for row in schedule] == pytest.approx([40, 40, 40, 40, 1040])


@pytest.mark.parametrize("kind", ["annuity", "equal-principal"])
def test_years_of_grace_put_the_same_loan_off(kind):
    late = Loan(1000, 4, 10, kind, grace_years=2).schedule
    assert [row.principal_cny for row in late[:2]] == [0, 0]
    plain = Loan(1000, 4, 8, kind).schedule
    assert [r.principal_cny for r in late[2:]] == pytest.approx([r.principal_cny for r in plain])


def test_a_subsidy_takes_its_points_of_the_balance_at_the_start():
    schedule = Loan(1000, 4, 4, "equal-principal", subsidy_percent=1.5, subsidy_years=2).schedule
    assert [row.subsidy_cny for row in schedule] == pytest.approx([15, 11.25, 0, 0])
    assert [row.interest_paid_cny for row in schedule] == pytest.approx([25, 18.75, 20, 10])


def test_a_subsidy_above_the_rate_pays_the_interest_and_no_more():
    assert all(row.interest_paid_cny == 0 for row in Loan(1000, 2, 3, subsidy_percent=5, subsidy_years=3).schedule)


@given(LOANS)
def test_what_was_borrowed_is_paid_back_and_interest_runs_on_what_is_owed(loan):
    schedule = loan.schedule
    size = loan.principal_cny
    assert len(schedule) == loan.years
    assert schedule[-1].balance_cny == 0
    assert math.fsum(row.principal_cny for row in schedule) == pytest.approx(size, rel=1e-9)
    owed = size
    for row in schedule:
        assert row.interest_cny == pytest.approx(owed * loan.rate_percent / 100, rel=1e-9, abs=1e-9 * size)
        assert -1e-9 * size <= row.balance_cny <= owed + 1e-9 * size
        assert row.interest_paid_cny >= 0
        owed = row.balance_cny


@given(LOANS.filter(lambda loan: loan.subsidy_years == 0 or loan.subsidy_percent == 0))
def test_debt_service_discounted_at_the_loans_rate_is_the_loan(loan):
    rate = loan.rate_percent / 100
    worth = math.fsum(row.debt_service_cny / (1 + rate) ** row.year for row in loan.schedule)
    assert worth == pytest.approx(loan.principal_cny, rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "balloon"}, "valid: annuity, equal-principal, bullet"),
        ({"principal_cny": -1.0}, "principal_cny is -1"),
        ({"rate_percent": math.nan}, "rate_percent is nan"),
        ({"subsidy_percent": -1.0}, "subsidy_percent"),
        ({"years": 0}, "allowed are 1 to 100"),
        ({"grace_years": 10}, "allowed are 0 to 9"),
        ({"subsidy_years": -1}, "numbers from 0"),
    ],
)
def test_a_loan_that_cannot_be_is_refused(changes, said):
    with pytest.raises(UsageError, match=said):
        Loan(**({"principal_cny": 1.0, "rate_percent": 3.0, "years": 10} | changes))
