"""What a rooftop plant costs, earns and is taxed by: the inputs of a cash flow, with the reason of each default.

No price of electricity has a default: industrial tariffs were not found on public pages and surplus of new plants is
sold at auctioned prices, so both come from the user.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Final, Literal, Self, get_args

from pvsim.errors import UsageError
from pvsim.finance.loan import Loan, LoanKind
from pvsim.finance.rules import Owner, three_free_three_half

TaxLosses = Literal["company", "carry"]

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "capex_with_vat": "prices of plants are usually quoted with VAT; a general taxpayer deducts it as input VAT",
        "vat_payer": "a factory is a general taxpayer: what it saves or sells counts without VAT",
        "vat_percent": "the rate for goods and electricity; both sides of a divisor of 1.13",
        "income_tax_percent": "the general rate; 15 % in the Western Region or for high-tech firms only if told",
        "tax_losses": "company: a loss of the plant lowers the tax of a profitable owner at once; carry: a project "
        "company of its own carries it forward for 5 years, oldest first, and what is left is lost",
        "depreciation_years": "customary for plants of this kind; the law's least is 10 years for machinery",
        "residual_percent": "customary; booked out and received as scrap value in the last year",
        "grant_lowers_base": "fiscal money for a stated purpose is no income and its assets are not depreciated; "
        "false: the grant is taxed as income of the first year",
        "opex_growth_percent": "no forecast: costs stay at today's prices unless told",
        "tariff_growth_percent": "no forecast: prices stay as given unless told",
        "surplus_growth_percent": "a mechanism price is fixed for its term",
        "inverter_replacement_years": "the middle of a life of 25 years; an expense of its year",
        "inflation_percent": "no forecast; only the real LCOE needs one",
    }
)
LOSS_YEARS: Final = 5  # for how long a loss is carried forward, Enterprise Income Tax Law art. 18
MOST_YEARS: Final = 100

_PERCENT_OF_WHOLE: Final = frozenset({"loan_share_percent", "income_tax_percent", "residual_percent"})
_MAY_FALL: Final = frozenset(
    {
        "opex_growth_percent",
        "tariff_growth_percent",
        "surplus_growth_percent",
        "inflation_percent",
        "discount_rate_percent",
    }
)
_COUNTS: Final = frozenset({"loan_years", "loan_grace_years", "loan_subsidy_years", "grant_years"})


@dataclass(frozen=True, slots=True)
class YearsEnergy:
    """Where the energy of the years 1, 2, ... goes, and the prices it has in its year before any growth.

    All rows have the same length; degradation is the caller's. Prices are means over the year's kWh, CNY/kWh with VAT.
    """

    self_used_kwh: tuple[float, ...]
    exported_kwh: tuple[float, ...]
    curtailed_kwh: tuple[float, ...]
    storage_losses_kwh: tuple[float, ...]
    self_use_price_cny_per_kwh: tuple[float, ...]
    surplus_price_cny_per_kwh: tuple[float, ...]

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) != 1 or not self.self_used_kwh:
            raise UsageError(f"rows of energy and prices need one length of at least 1 year; found {lengths}")
        for name in lengths:
            bad = [v for v in getattr(self, name) if not (math.isfinite(v) and (v >= 0 or "price" in name))]
            if bad:
                raise UsageError(
                    f"{name} holds {bad[0]}; allowed are finite numbers{'' if 'price' in name else ' from 0'}"
                )

    @classmethod
    def of(
        cls,
        *,
        self_used_kwh: Sequence[float],
        exported_kwh: Sequence[float],
        self_use_price_cny_per_kwh: float | Sequence[float],
        surplus_price_cny_per_kwh: float | Sequence[float],
        curtailed_kwh: float | Sequence[float] = 0.0,
        storage_losses_kwh: float | Sequence[float] = 0.0,
    ) -> Self:
        """From arrays or lists; a single number holds for every year."""
        years = len(self_used_kwh)

        def row(values: float | Sequence[float]) -> tuple[float, ...]:
            return (float(values),) * years if isinstance(values, int | float) else tuple(float(v) for v in values)

        return cls(
            row(self_used_kwh),
            row(exported_kwh),
            row(curtailed_kwh),
            row(storage_losses_kwh),
            row(self_use_price_cny_per_kwh),
            row(surplus_price_cny_per_kwh),
        )

    @property
    def years(self) -> int:
        """How many years there are."""
        return len(self.self_used_kwh)

    def scaled(self, factor: float) -> YearsEnergy:
        """The same years with all energy times a factor, as for P90.

        That keeps the share of self-use; in truth a duller year has a higher one, so P90 is slightly on the safe side.
        """
        energy = {
            field.name: tuple(v * factor for v in getattr(self, field.name))
            for field in fields(self)
            if field.name.endswith("_kwh") and "price" not in field.name
        }
        return replace(self, **energy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A plant as an investment. Money is CNY, percent are percent, ``REASONS`` has why a default is what it is.

    Attributes
    ----------
    dc_kwp, capex_cny_per_w, capex_storage_cny
        Size, price of the plant per watt of DC power, and price of its storage.
    capex_with_vat, vat_payer, vat_percent
        Whether capex and replacement are given with VAT; whether the owner is a general taxpayer, who deducts input
        VAT (in the year it is paid) and counts savings and sales without VAT. Who is none bears the VAT of capex and
        saves the whole tariff; the few percent that he owes on sales are left out.
    opex_cny_per_kw_year, opex_growth_percent
        Per kWp and year, without VAT, in year 1; growth from year 2 on.
    inverter_replacement_cny_per_w, inverter_replacement_years
        Per watt of DC power, in each of these years.
    grant_cny, grant_lowers_base, grant_cny_per_kwh, grant_years
        Paid in year 0; what it does to depreciation; and a grant per kWh delivered in the first years, which is
        income. Both are without VAT.
    loan_share_percent, loan_rate_percent, loan_years, loan_kind, loan_grace_years, loan_subsidy_percent,
    loan_subsidy_years
        Share of the investment (without deductible VAT, before grants) that a loan pays; see `finance.loan.Loan`.
    discount_rate_percent, years
        Nominal rate of the owner, and length of the table.
    owner
        "self" (the factory builds and uses the plant) or "investor"; decides the tax holiday.
    """

    dc_kwp: float
    capex_cny_per_w: float
    discount_rate_percent: float
    opex_cny_per_kw_year: float
    years: int = 25
    owner: Owner = "self"
    capex_storage_cny: float = 0.0
    capex_with_vat: bool = True
    vat_payer: bool = True
    vat_percent: float = 13.0
    opex_growth_percent: float = 0.0
    inverter_replacement_cny_per_w: float = 0.0
    inverter_replacement_years: tuple[int, ...] = (13,)
    grant_cny: float = 0.0
    grant_lowers_base: bool = True
    grant_cny_per_kwh: float = 0.0
    grant_years: int = 0
    loan_share_percent: float = 0.0
    loan_rate_percent: float = 0.0
    loan_years: int = 10
    loan_kind: LoanKind = "annuity"
    loan_grace_years: int = 0
    loan_subsidy_percent: float = 0.0
    loan_subsidy_years: int = 0
    tariff_growth_percent: float = 0.0
    surplus_growth_percent: float = 0.0
    inflation_percent: float = 0.0
    income_tax_percent: float = 25.0
    tax_losses: TaxLosses = "company"
    three_free_three_half: bool = False
    depreciation_years: int = 20
    residual_percent: float = 5.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                _check_number(field.name, value)
        for name in ("years", "depreciation_years"):
            if not 1 <= getattr(self, name) <= MOST_YEARS:
                raise UsageError(f"{name} is {getattr(self, name)}; allowed are 1 to {MOST_YEARS}")
        if self.tax_losses not in get_args(TaxLosses):
            raise UsageError(f"tax_losses is {self.tax_losses!r}; valid: {', '.join(get_args(TaxLosses))}")
        if self.grant_lowers_base and self.grant_cny > self.investment_cny:
            raise UsageError(
                f"grant_cny is {self.grant_cny:,.0f}, more than the investment of {self.investment_cny:,.0f} CNY"
                " without deductible VAT; check the grant, or say grant_lowers_base = false"
            )
        if self.three_free_three_half and not (holiday := three_free_three_half(self.owner)).allowed:
            raise UsageError(f"three_free_three_half: {holiday.reason}; source: {holiday.source}")
        _ = self.loan  # refuses what a loan cannot be

    @property
    def vat_factor(self) -> float:
        """What tariffs and surplus prices are divided by: 1.13 for a general taxpayer, else 1."""
        return 1 + self.vat_percent / 100 if self.vat_payer else 1.0

    def borne(self, cny: float) -> float:
        """What a purchase costs its owner: without VAT for a general taxpayer, with it for everybody else, CNY."""
        vat = 1 + self.vat_percent / 100
        without = cny / vat if self.capex_with_vat else cny
        return without if self.vat_payer else without * vat

    @property
    def investment_cny(self) -> float:
        """What plant and storage cost the owner, before grants, CNY."""
        return self.borne(self.dc_kwp * 1000 * self.capex_cny_per_w + self.capex_storage_cny)

    @property
    def depreciation_base_cny(self) -> float:
        """What is written off: the investment, less the up-front grant where it lowers the base, CNY."""
        return self.investment_cny - (self.grant_cny if self.grant_lowers_base else 0.0)

    @property
    def loan(self) -> Loan:
        """The loan that pays its share of the investment."""
        return Loan(
            self.investment_cny * self.loan_share_percent / 100,
            self.loan_rate_percent,
            self.loan_years,
            self.loan_kind,
            self.loan_grace_years,
            self.loan_subsidy_percent,
            self.loan_subsidy_years,
        )


def _check_number(name: str, value: float) -> None:
    """Refuse a number that its key cannot have."""
    least, most = 0.0, 100.0 if name in _PERCENT_OF_WHOLE else math.inf
    if name in _MAY_FALL:
        least, most = -99.0, 1000.0
    if not (math.isfinite(value) and least <= value <= most):
        allowed = f"{least:g} to {most:g}" if math.isfinite(most) else f"finite numbers from {least:g}"
        raise UsageError(f"{name} is {value}; allowed are {allowed}")
    if name == "dc_kwp" and value == 0:
        raise UsageError("dc_kwp is 0; a plant has some power")
    if name in _COUNTS and value != int(value):
        raise UsageError(f"{name} is {value}; allowed are whole years")
