"""The cash flow of a plant, year by year, before and after debt and tax.

Year 0 is the investment; flows of a year fall at its end. The owner's flow of a year is::

    savings + surplus + grants - opex - replacement - tax - debt service + scrap value

and its net present value is the sum of ``cash_flow_cny / (1 + rate)^year``. The view of the project is the same table
without the loan. Savings and sales are without VAT for a general taxpayer; surcharges on VAT are left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from pvsim.errors import UsageError
from pvsim.finance.loan import LoanYear
from pvsim.finance.measures import IrrStatus, dscr, irr, lcoe_nominal, lcoe_real, npv, payback
from pvsim.finance.project import LOSS_YEARS, Project, YearsEnergy
from pvsim.finance.rules import three_free_three_half

__all__ = ["CashFlow", "CashYear", "Project", "YearsEnergy", "cash_flow", "income_taxes", "year_table"]

_NO_LOAN: Final = LoanYear(0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CashYear:
    """One year of the table, CNY and kWh; the keys of ``finance.years`` in the result document.

    Attributes
    ----------
    kwh
        Generated: self-used, exported, curtailed and lost in storage together.
    revenue_cny
        ``savings_cny + surplus_cny``, without VAT; grants stand beside it.
    investment_cny, loan_cny
        Paid for the plant, and borrowed, in year 0.
    opex_cny
        Running costs, with rent where the roof is rented.
    depreciation_cny
        Of the plant in the tax books; no flow.
    tax_cny
        Income tax; negative is the tax that the owner saves elsewhere.
    interest_cny, principal_cny, debt_service_cny, loan_balance_cny
        After the interest subsidy; what is owed at the end of the year.
    dscr
        ``(revenue + grants - opex - replacement - tax) / debt service``, None where nothing is due.
    """

    year: int
    kwh: float = 0.0
    self_used_kwh: float = 0.0
    exported_kwh: float = 0.0
    curtailed_kwh: float = 0.0
    storage_losses_kwh: float = 0.0
    savings_cny: float = 0.0
    surplus_cny: float = 0.0
    revenue_cny: float = 0.0
    grant_cny: float = 0.0
    investment_cny: float = 0.0
    loan_cny: float = 0.0
    opex_cny: float = 0.0
    replacement_cny: float = 0.0
    depreciation_cny: float = 0.0
    tax_cny: float = 0.0
    interest_cny: float = 0.0
    principal_cny: float = 0.0
    debt_service_cny: float = 0.0
    loan_balance_cny: float = 0.0
    residual_cny: float = 0.0
    cash_flow_cny: float = 0.0
    cumulative_cny: float = 0.0
    dscr: float | None = None


@dataclass(frozen=True, slots=True)
class CashFlow:
    """A table of years with what it is worth.

    ``npv_cny``, ``irr`` and the paybacks are the owner's, after tax and debt; those with ``project_`` are the same
    plant without its loan. ``lcoe_cny_per_kwh`` (nominal) and ``lcoe_real_cny_per_kwh`` are costs before tax, debt and
    grants, without deductible VAT, over the kWh self-used and exported; None where there are none.
    """

    discount_rate_percent: float
    years: tuple[CashYear, ...]
    project_years: tuple[CashYear, ...]
    npv_cny: float
    irr: float | None
    irr_status: IrrStatus
    payback_years: float | None
    discounted_payback_years: float | None
    project_npv_cny: float
    project_irr: float | None
    project_irr_status: IrrStatus
    project_payback_years: float | None
    lcoe_cny_per_kwh: float | None
    lcoe_real_cny_per_kwh: float | None
    dscr_min: float | None

    @property
    def flows(self) -> tuple[float, ...]:
        """The owner's flows from year 0, CNY."""
        return tuple(row.cash_flow_cny for row in self.years)

    def to_dict(self) -> dict[str, Any]:
        """The block ``finance`` of the result document."""
        document = {name: getattr(self, name) for name in self.__slots__ if name not in {"years", "project_years"}}
        return document | {"years": [asdict(row) for row in self.years]}


def cash_flow(project: Project, energy: YearsEnergy, other_costs_cny: Sequence[float] = ()) -> CashFlow:
    """The cash flow of a plant and its measures.

    Parameters
    ----------
    project : Project
        Costs, loan, taxes.
    energy : YearsEnergy
        Energy and prices of the years 1 to ``project.years`` at least.
    other_costs_cny : sequence of float
        Further running costs by year from year 1, such as rent; added to ``opex_cny``.

    Raises
    ------
    UsageError
        For energy of fewer years than the project has.
    """
    own = year_table(project, energy, other_costs_cny)
    free = replace(project, loan_share_percent=0.0)
    alone = own if project.loan_share_percent == 0 else year_table(free, energy, other_costs_cny)
    rate = project.discount_rate_percent / 100
    flows, project_flows = ([row.cash_flow_cny for row in table] for table in (own, alone))
    costs = [row.investment_cny + row.opex_cny + row.replacement_cny - row.residual_cny for row in own]
    delivered = [row.self_used_kwh + row.exported_kwh for row in own]
    inflation = project.inflation_percent / 100
    (value, status), (project_value, project_status) = irr(flows), irr(project_flows)
    return CashFlow(
        discount_rate_percent=project.discount_rate_percent,
        years=own,
        project_years=alone,
        npv_cny=npv(rate, flows),
        irr=value,
        irr_status=status,
        payback_years=payback(flows),
        discounted_payback_years=payback(flows, rate),
        project_npv_cny=npv(rate, project_flows),
        project_irr=project_value,
        project_irr_status=project_status,
        project_payback_years=payback(project_flows),
        lcoe_cny_per_kwh=lcoe_nominal(costs, delivered, rate) if any(delivered) else None,
        lcoe_real_cny_per_kwh=lcoe_real(costs, delivered, rate, inflation) if any(delivered) else None,
        dscr_min=min((row.dscr for row in own if row.dscr is not None), default=None),
    )


def year_table(project: Project, energy: YearsEnergy, other_costs_cny: Sequence[float] = ()) -> tuple[CashYear, ...]:
    """The rows of the years 0 to ``project.years``; parameters and errors as for `cash_flow`."""
    if energy.years < project.years:
        raise UsageError(f"energy of {energy.years} years for a table of {project.years}; give every year")
    if other_costs_cny and len(other_costs_cny) < project.years:
        raise UsageError(
            f"further costs of {len(other_costs_cny)} years for a table of {project.years}; give every year"
        )
    schedule = project.loan.schedule if project.loan_share_percent else ()
    if len(schedule) > project.years:
        raise UsageError(f"a loan over {len(schedule)} years outlives a table of {project.years}")
    first = CashYear(
        0,
        investment_cny=project.investment_cny,
        grant_cny=project.grant_cny,
        loan_cny=project.loan.principal_cny,
        loan_balance_cny=project.loan.principal_cny,
    )
    rows = [_before_tax(project, energy, year, other_costs_cny, schedule) for year in range(1, project.years + 1)]
    taxes = income_taxes(project, _taxable(project, rows))
    taxed = [replace(row, tax_cny=tax) for row, tax in zip(rows, taxes, strict=True)]
    return _summed([first, *taxed])


def _before_tax(
    project: Project, energy: YearsEnergy, year: int, other_costs: Sequence[float], schedule: Sequence[LoanYear]
) -> CashYear:
    """A year with everything but its tax and its sums."""
    at = year - 1
    self_used, exported = energy.self_used_kwh[at], energy.exported_kwh[at]
    lost = energy.curtailed_kwh[at] + energy.storage_losses_kwh[at]
    tariff = energy.self_use_price_cny_per_kwh[at] * _growth(project.tariff_growth_percent, at)
    surplus = energy.surplus_price_cny_per_kwh[at] * _growth(project.surplus_growth_percent, at)
    savings, sales = self_used * tariff / project.vat_factor, exported * surplus / project.vat_factor
    opex = project.dc_kwp * project.opex_cny_per_kw_year * _growth(project.opex_growth_percent, at)
    times = project.inverter_replacement_years.count(year)
    debt = schedule[at] if at < len(schedule) else _NO_LOAN
    granted = project.grant_cny_per_kwh if year <= project.grant_years else 0.0
    return CashYear(
        year,
        kwh=self_used + exported + lost,
        self_used_kwh=self_used,
        exported_kwh=exported,
        curtailed_kwh=energy.curtailed_kwh[at],
        storage_losses_kwh=energy.storage_losses_kwh[at],
        savings_cny=savings,
        surplus_cny=sales,
        revenue_cny=savings + sales,
        grant_cny=granted * (self_used + exported),
        opex_cny=opex + (other_costs[at] if other_costs else 0.0),
        replacement_cny=times * project.borne(project.dc_kwp * 1000 * project.inverter_replacement_cny_per_w),
        depreciation_cny=_depreciation(project, year),
        interest_cny=debt.interest_paid_cny,
        principal_cny=debt.principal_cny,
        debt_service_cny=debt.debt_service_cny,
        loan_balance_cny=debt.balance_cny,
        # scrap is worth the booked share of the whole plant, also where a grant paid a part of it
        residual_cny=project.investment_cny * project.residual_percent / 100 if year == project.years else 0.0,
    )


def _growth(percent: float, years: int) -> float:
    return float((1 + percent / 100) ** years)


def _depreciation(project: Project, year: int) -> float:
    """Straight line down to the residual value, from year 1 on."""
    if year > project.depreciation_years:
        return 0.0
    return project.depreciation_base_cny * (1 - project.residual_percent / 100) / project.depreciation_years


def _taxable(project: Project, rows: Sequence[CashYear]) -> list[float]:
    """Taxable income of the years, CNY: losses negative."""
    taxable = [
        row.revenue_cny + row.grant_cny - row.opex_cny - row.replacement_cny - row.depreciation_cny - row.interest_cny
        for row in rows
    ]
    if not project.grant_lowers_base:
        taxable[0] += project.grant_cny
    # what the books still hold when the plant goes is a loss, a scrap value above it a gain
    booked = project.depreciation_base_cny - math.fsum(row.depreciation_cny for row in rows)
    taxable[-1] += rows[-1].residual_cny - booked
    return taxable


def income_taxes(project: Project, taxable_cny: Sequence[float]) -> list[float]:
    """Income tax of the years, CNY.

    In a company a loss lowers the tax on its other income at once: the tax is negative. A project of its own carries a
    loss forward for five years, the oldest first (Enterprise Income Tax Law, art. 18). In a tax holiday the factors of
    `rules.three_free_three_half` count on gains and losses alike, from year 1 on.
    """
    factors = three_free_three_half(project.owner).factors if project.three_free_three_half else ()
    rate = project.income_tax_percent / 100
    taxes = []
    losses: list[list[float]] = []  # year and what is left of its loss, oldest first
    for year, income in enumerate(taxable_cny):
        rest = income
        if project.tax_losses == "carry":
            losses = [loss for loss in losses if loss[0] >= year - LOSS_YEARS and loss[1] > 0]
            for loss in losses:
                used = min(max(rest, 0.0), loss[1])
                loss[1] -= used
                rest -= used
            if rest < 0:
                losses.append([year, -rest])
                rest = 0.0
        taxes.append(rest * rate * (factors[year] if year < len(factors) else 1.0))
    return taxes


def _summed(rows: Sequence[CashYear]) -> tuple[CashYear, ...]:
    """The rows with flow, running sum and debt cover."""
    before_debt = [row.revenue_cny + row.grant_cny - row.opex_cny - row.replacement_cny - row.tax_cny for row in rows]
    covers = dscr(before_debt, [row.debt_service_cny for row in rows])
    found: list[CashYear] = []
    total = 0.0
    for row, available, cover in zip(rows, before_debt, covers, strict=True):
        flow = available + row.residual_cny - row.debt_service_cny - row.investment_cny + row.loan_cny
        total += flow
        found.append(replace(row, cash_flow_cny=flow, cumulative_cny=total, dscr=cover))
    return tuple(found)
