"""What a programme of grant and low-interest loan is worth to a plant: the same project with and without each part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from pvsim.errors import UsageError
from pvsim.finance.cash import CashFlow, cash_flow
from pvsim.finance.project import Project, YearsEnergy

# long-term mean: sigma of 7.6 % makes P90 = 0.90 x P50
ENERGY_FACTORS: Final[Mapping[str, float]] = MappingProxyType({"P50": 1.0, "P90": 0.90})


@dataclass(frozen=True, slots=True)
class ProgrammeValue:
    """The worth of a programme at one energy.

    Attributes
    ----------
    energy_factor : float
        What the energy of all years was multiplied by.
    programme, without_grant, without_loan, without_both : CashFlow
        As given; without grants; with the loan at the market rate and without subsidy; with neither.
    """

    energy_factor: float
    programme: CashFlow
    without_grant: CashFlow
    without_loan: CashFlow
    without_both: CashFlow

    @property
    def grant_value_cny(self) -> float:
        """NPV that the project loses without its grants, CNY; less than the grant where that lowers depreciation."""
        return self.programme.npv_cny - self.without_grant.npv_cny

    @property
    def loan_value_cny(self) -> float:
        """NPV that it loses with a loan at the market rate, CNY."""
        return self.programme.npv_cny - self.without_loan.npv_cny

    @property
    def programme_value_cny(self) -> float:
        """NPV that it loses without both, CNY.

        It is the sum of the two while taxes are linear; carried losses that lapse part them.
        """
        return self.programme.npv_cny - self.without_both.npv_cny

    @property
    def tips_the_balance(self) -> bool:
        """Whether the project is worth building with the programme and not without it."""
        return self.programme.npv_cny >= 0 > self.without_both.npv_cny


def programme_value(
    project: Project,
    energy: YearsEnergy,
    market_loan_rate_percent: float,
    energy_factors: Mapping[str, float] = ENERGY_FACTORS,
) -> dict[str, ProgrammeValue]:
    """The net present value of a project with and without its grant and its low-interest loan.

    Parameters
    ----------
    project : Project
        With the grants and the loan of the programme.
    energy : YearsEnergy
        At P50.
    market_loan_rate_percent : float
        Rate of the same loan without the programme.
    energy_factors : mapping
        Name to factor on the energy of all years. The default P90 is that of the long-term mean of the four-line
        budget; a run has its own.

    Returns
    -------
    dict
        By the names of `energy_factors`.

    Raises
    ------
    UsageError
        For a market rate below what the borrower pays, and for a factor that is not positive.
    """
    if market_loan_rate_percent < project.loan_rate_percent:
        raise UsageError(
            f"market_loan_rate_percent is {market_loan_rate_percent}, below the programme's {project.loan_rate_percent}"
        )
    for name, factor in energy_factors.items():
        if not factor > 0:
            raise UsageError(f"energy_factors[{name!r}] is {factor}; allowed are numbers above 0")
    bare = replace(project, grant_cny=0.0, grant_cny_per_kwh=0.0, grant_years=0)
    variants = (
        project,
        bare,
        _at_market(project, market_loan_rate_percent),
        _at_market(bare, market_loan_rate_percent),
    )
    found = {}
    for name, factor in energy_factors.items():
        years = energy if factor == 1 else energy.scaled(factor)
        found[name] = ProgrammeValue(factor, *(cash_flow(variant, years) for variant in variants))
    return found


def _at_market(project: Project, rate_percent: float) -> Project:
    """The project with its loan at another rate and without subsidy."""
    return replace(project, loan_rate_percent=rate_percent, loan_subsidy_percent=0.0, loan_subsidy_years=0)
