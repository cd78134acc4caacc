"""A loan with one payment a year: annuity, equal principal or bullet, years of grace, an interest subsidy.

Payments fall at the end of each year and interest runs on the balance at its start. Chinese project loans often pay
quarterly; with the same yearly rate that lowers the interest of a year by about half a payment's share, which is
below what a rate is known to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

from pvsim.errors import UsageError

LoanKind = Literal["annuity", "equal-principal", "bullet"]
KINDS: Final[tuple[str, ...]] = get_args(LoanKind)
MOST_YEARS: Final = 100


@dataclass(frozen=True, slots=True)
class LoanYear:
    """One year of a schedule.

    Attributes
    ----------
    year : int
        From 1, the first year after the money was paid out.
    interest_cny : float
        Interest of the year before the subsidy.
    subsidy_cny : float
        Part of the interest that the subsidy pays.
    principal_cny : float
        Principal repaid at the end of the year.
    balance_cny : float
        What is still owed after that.
    """

    year: int
    interest_cny: float
    subsidy_cny: float
    principal_cny: float
    balance_cny: float

    @property
    def interest_paid_cny(self) -> float:
        """Interest that the borrower bears, after the subsidy."""
        return self.interest_cny - self.subsidy_cny

    @property
    def debt_service_cny(self) -> float:
        """What the borrower pays in the year: interest after the subsidy, and principal."""
        return self.interest_paid_cny + self.principal_cny


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan, paid out at the start of year 1.

    Attributes
    ----------
    principal_cny : float
        At least 0.
    rate_percent : float
        Nominal rate per year, at least 0.
    years : int
        Until the last payment, years of grace included.
    kind : {"annuity", "equal-principal", "bullet"}
        Equal payments; equal repayments; all principal in the last year.
    grace_years : int
        First years without repayment, in which interest is paid and not added to the debt.
    subsidy_percent : float
        Points of the rate that a programme pays (an interest subsidy), at most the whole rate.
    subsidy_years : int
        First years in which it does.

    Raises
    ------
    UsageError
        For a figure out of its range, with what is allowed.
    """

    principal_cny: float
    rate_percent: float
    years: int
    kind: LoanKind = "annuity"
    grace_years: int = 0
    subsidy_percent: float = 0.0
    subsidy_years: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UsageError(f"no kind of loan {self.kind!r}; valid: {', '.join(KINDS)}")
        for name in ("principal_cny", "rate_percent", "subsidy_percent"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise UsageError(f"a loan's {name} is {value}; allowed are finite numbers from 0")
        if not 1 <= self.years <= MOST_YEARS:
            raise UsageError(f"a loan over {self.years} years; allowed are 1 to {MOST_YEARS}")
        if not 0 <= self.grace_years < self.years:
            raise UsageError(
                f"{self.grace_years} years of grace in a loan of {self.years}; allowed are 0 to {self.years - 1}"
            )
        if self.subsidy_years < 0:
            raise UsageError(f"an interest subsidy over {self.subsidy_years} years; allowed are numbers from 0")

    @property
    def schedule(self) -> tuple[LoanYear, ...]:
        """The years of the loan; principal adds up to what was borrowed and the last balance is 0."""
        balance = self.principal_cny
        rows = []
        for year in range(1, self.years + 1):
            interest = balance * self.rate_percent / 100
            # a subsidy above the rate would turn the loan into income, which no programme pays
            points = min(self.subsidy_percent, self.rate_percent) if year <= self.subsidy_years else 0.0
            principal = balance if year == self.years else self._repaid(year, balance, interest)
            subsidy = balance * points / 100
            balance -= principal
            rows.append(LoanYear(year, interest, subsidy, principal, balance))
        return tuple(rows)

    def _repaid(self, year: int, balance: float, interest: float) -> float:
        """Principal repaid in a year before the last one."""
        if year <= self.grace_years or self.kind == "bullet":
            return 0.0
        if self.kind == "equal-principal":
            return self.principal_cny / (self.years - self.grace_years)
        return annuity(self.principal_cny, self.rate_percent, self.years - self.grace_years) - interest


def annuity(principal_cny: float, rate_percent: float, years: int) -> float:
    """The equal yearly payment ``P r / (1 - (1 + r)^-n)`` that repays a loan in `years`, CNY."""
    rate = rate_percent / 100
    if rate == 0:
        return principal_cny / years
    return principal_cny * rate / -math.expm1(-years * math.log1p(rate))  # exact at tiny rates too
