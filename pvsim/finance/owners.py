"""Who owns the plant on a factory's roof, and what it brings to each side: own, performance contract, rented roof.

The two sides are the host, whose roof and load it is, and the investor, who pays for the plant. Money between them
(the price of the power, the rent) is income of one and cost of the other, so it moves value and makes none; only a
difference in their taxes does. Flows are CNY by year from year 0, without VAT where the taker is a general taxpayer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from pvsim.errors import UsageError
from pvsim.finance.cash import CashFlow, cash_flow
from pvsim.finance.measures import npv
from pvsim.finance.project import Project, YearsEnergy

Model = Literal["own", "epc", "roof-rent"]
MODELS: Final[tuple[str, ...]] = get_args(Model)
Sale = Literal["grid", "host"]


@dataclass(frozen=True, slots=True)
class HostYear:
    """A year of the host who does not own the plant, CNY: cheaper power, rent, the tax on both."""

    year: int
    savings_cny: float
    rent_cny: float
    tax_cny: float
    cash_flow_cny: float


@dataclass(frozen=True, slots=True)
class Sides:
    """What the plant brings to its owner and to the host.

    ``owner`` is the investor's cash flow, or the factory's own in the model ``own``, where ``host`` is empty.
    ``host_npv_cny`` is at the host's discount rate.
    """

    model: Model
    owner: CashFlow
    host: tuple[HostYear, ...]
    host_npv_cny: float

    @property
    def flows(self) -> tuple[float, ...]:
        """Both sides together by year, CNY."""
        host = [row.cash_flow_cny for row in self.host] or [0.0] * len(self.owner.years)
        return tuple(a + b for a, b in zip(self.owner.flows, host, strict=True))


def own(project: Project, energy: YearsEnergy) -> Sides:
    """The factory builds and uses the plant: every self-used kWh saves the tariff."""
    return Sides("own", cash_flow(project, energy), (), 0.0)


def epc(
    project: Project,
    energy: YearsEnergy,
    discount_percent: float,
    *,
    host_income_tax_percent: float | None = None,
    host_discount_rate_percent: float | None = None,
) -> Sides:
    """An energy performance contract: an investor owns the plant, the host buys its power at a discount on the tariff.

    Parameters
    ----------
    project : Project
        The investor's, with ``owner = "investor"`` if a tax holiday is claimed.
    energy : YearsEnergy
        With the host's tariff as price of self-use; surplus goes to the investor.
    discount_percent : float
        Off the tariff of each self-used kWh, 0 to 100.
    host_income_tax_percent, host_discount_rate_percent : float or None
        None takes those of the project.

    Raises
    ------
    UsageError
        For a discount out of its range, and as `cash_flow`.
    """
    sold = _discounted(energy, discount_percent)
    savings = _saved(project, energy, discount_percent)
    rent = [0.0] * project.years
    host, worth = _host(project, savings, rent, host_income_tax_percent, host_discount_rate_percent)
    return Sides("epc", cash_flow(project, sold), host, worth)


def roof_rent(
    project: Project,
    energy: YearsEnergy,
    *,
    rent_cny_per_m2_year: float | None = None,
    area_m2: float | None = None,
    rent_cny_per_kw_year: float | None = None,
    rent_growth_percent: float = 0.0,
    sale: Sale = "grid",
    discount_percent: float = 0.0,
    host_income_tax_percent: float | None = None,
    host_discount_rate_percent: float | None = None,
) -> Sides:
    """An investor rents the roof and sells the power to the grid, or to the host and the rest to the grid.

    Parameters
    ----------
    rent_cny_per_m2_year, area_m2, rent_cny_per_kw_year : float or None
        Rent without VAT, per m2 of a roof of so many m2 or per kWp of the plant: one of the two ways.
    rent_growth_percent : float
        Per year from year 2 on.
    sale : {"grid", "host"}
        ``"grid"``: every delivered kWh is exported at the surplus price, so the plant has no self-use and can miss a
        self-use floor; ``"host"``: as `epc`, at `discount_percent` off the tariff.

    Raises
    ------
    UsageError
        For no rent or two, a wrong sale, and as `epc`.
    """
    first = _rent(project, rent_cny_per_m2_year, area_m2, rent_cny_per_kw_year)
    rent = [first * (1 + rent_growth_percent / 100) ** year for year in range(project.years)]
    if not all(math.isfinite(paid) and paid >= 0 for paid in rent):
        raise UsageError(f"a rent of {first} CNY a year growing by {rent_growth_percent} %; allowed are amounts from 0")
    if sale == "grid":
        if discount_percent:
            raise UsageError('discount_percent is for power sold to the host; say sale = "host" or leave it out')
        sold, savings = _exported(energy), [0.0] * project.years
    elif sale == "host":
        sold, savings = _discounted(energy, discount_percent), _saved(project, energy, discount_percent)
    else:
        raise UsageError(f"sale is {sale!r}; valid: {', '.join(get_args(Sale))}")
    host, worth = _host(project, savings, rent, host_income_tax_percent, host_discount_rate_percent)
    return Sides("roof-rent", cash_flow(project, sold, rent), host, worth)


def _discounted(energy: YearsEnergy, discount_percent: float) -> YearsEnergy:
    """The energy with self-use at the price that the host pays for it."""
    if not 0 <= discount_percent <= 100:
        raise UsageError(f"discount_percent is {discount_percent}; allowed are 0 to 100")
    prices = tuple(price * (1 - discount_percent / 100) for price in energy.self_use_price_cny_per_kwh)
    return replace(energy, self_use_price_cny_per_kwh=prices)


def _saved(project: Project, energy: YearsEnergy, discount_percent: float) -> list[float]:
    """What the discount saves the host in the years of the project, CNY without VAT."""
    growth = 1 + project.tariff_growth_percent / 100
    pairs = zip(energy.self_used_kwh, energy.self_use_price_cny_per_kwh, strict=True)
    full = [kwh * tariff * growth**year for year, (kwh, tariff) in enumerate(pairs)]
    return [value * discount_percent / 100 / project.vat_factor for value in full[: project.years]]


def _exported(energy: YearsEnergy) -> YearsEnergy:
    """The energy with everything that is delivered going to the grid."""
    delivered = tuple(a + b for a, b in zip(energy.self_used_kwh, energy.exported_kwh, strict=True))
    return replace(energy, self_used_kwh=(0.0,) * energy.years, exported_kwh=delivered)


def _rent(project: Project, per_m2: float | None, area_m2: float | None, per_kw: float | None) -> float:
    """The rent of year 1, CNY, from the one way in which it is given."""
    if (per_m2 is None) == (per_kw is None):
        raise UsageError("give the rent one way: rent_cny_per_m2_year with area_m2, or rent_cny_per_kw_year")
    if per_kw is not None:
        return per_kw * project.dc_kwp
    if area_m2 is None or per_m2 is None:
        raise UsageError("rent_cny_per_m2_year needs area_m2, the rented area")
    return per_m2 * area_m2


def _host(
    project: Project, savings: list[float], rent: list[float], tax_percent: float | None, rate_percent: float | None
) -> tuple[tuple[HostYear, ...], float]:
    """The host's years from year 0 and their net present value."""
    tax = (project.income_tax_percent if tax_percent is None else tax_percent) / 100
    rate = (project.discount_rate_percent if rate_percent is None else rate_percent) / 100
    rows = [HostYear(0, 0.0, 0.0, 0.0, 0.0)]
    for year, (saved, paid) in enumerate(zip(savings, rent, strict=True), start=1):
        due = (saved + paid) * tax
        rows.append(HostYear(year, saved, paid, due, saved + paid - due))
    return tuple(rows), npv(rate, [row.cash_flow_cny for row in rows])
