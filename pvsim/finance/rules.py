"""What the dated rules mean for one plant: self-use floor, price of surplus, income tax.

Numbers come from the rows of ``policies``; this module holds the conditions between them. Where no rule is known the
answer says so and has no number, and a price that nobody published is asked of the user.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final, Literal, get_args

from pvsim.errors import PvsimError, UsageError
from pvsim.finance.policies import Policy, in_force, policy
from pvsim.weather.places import find_place

Owner = Literal["self", "investor"]

_CHONGQING: Final = "Chongqing"
_SPLIT: Final = datetime.date(2025, 6, 1)  # Document 136: plants complete before it keep the old price
_STATUS_ORDER: Final = "RDCU"  # from read to common assumption


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for one plant.

    Attributes
    ----------
    value_percent : float or None
        None where no number is known or none applies; `reason` says which.
    source, status : str
        As in ``policies``; the status is the weakest one of what the answer rests on, "" where it rests on nothing.
    reason : str
        Why this one.
    """

    value_percent: float | None
    source: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class SurplusPrice:
    """What a surplus kWh brings in the years 1, 2, ..., CNY/kWh with VAT.

    ``unpriced_years`` are years for which no price is known: they stand at 0, which invents nothing.
    """

    by_year_cny_per_kwh: tuple[float, ...]
    unpriced_years: tuple[int, ...]
    source: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class TaxHoliday:
    """Whether three free and three half years are allowed, and the factors on the tax of the first years."""

    allowed: bool
    factors: tuple[float, ...]
    source: str
    status: str
    reason: str


def self_use_floor(
    region: str,
    district: str | None,
    on: datetime.date,
    capacity_kw: float,
    voltage_kv: float | None = None,
) -> Rule:
    """The least share of a year's output that a commercial or industrial plant must use itself.

    Parameters
    ----------
    region : str
        Province, as the factors spell it.
    district : str or None
        District or county, in English or Chinese.
    on : date
        The day on which the plant goes on line; rules are read as holding for plants from their own day on.
    capacity_kw : float
        AC power at the connection.
    voltage_kv : float or None
        Voltage of the connection; None leaves its rule out.

    Returns
    -------
    Rule
        In percent of the year's output. "In principle", says Chongqing's text: output above it is not forbidden, but
        must be sold on the market by the investor.
    """
    large = _large_plant(on, capacity_kw, voltage_kv)
    if large is not None:
        return large
    if region == _CHONGQING:
        return _chongqing_floor(district, on)
    local = [p for p in in_force("self-use-floor", region, on) if p.region == region and p.value is not None]
    if local:
        (row,) = local
        since = "" if row.valid_from else "; from when on it holds was not read"
        return Rule(row.value, row.source, row.status, f"the floor of {region}{since}")
    other = policy("self-use-floor-several-provinces")
    return Rule(
        None,
        "",
        "",
        f"no self-use floor is known for {region}; {other.value:g} % was read for several provinces that the source"
        " does not name: ask the local energy bureau",
    )


def _large_plant(on: datetime.date, capacity_kw: float, voltage_kv: float | None) -> Rule | None:
    """The rule of large plants, None where it does not hold."""
    power, voltage, rule = (policy(f"large-plant-{what}") for what in ("capacity", "voltage", "self-use"))
    if on < datetime.date.fromisoformat(rule.published):
        return None
    reasons = []
    if power.value is not None and capacity_kw > power.value * 1000:
        reasons.append(f"{capacity_kw:,.0f} kW are more than {power.value:g} MW")
    if voltage.value is not None and voltage_kv is not None and voltage_kv >= voltage.value:
        reasons.append(f"{voltage_kv:g} kV are at or above {voltage.value:g} kV")
    if not reasons:
        return None
    return Rule(rule.value, rule.source, rule.status, f"a large plant uses all its output: {' and '.join(reasons)}")


def _chongqing_floor(district: str | None, on: datetime.date) -> Rule:
    central, elsewhere = (policy(f"self-use-floor-chongqing-{where}") for where in ("central", "elsewhere"))
    inside, outside = policy("main-urban-area-chongqing"), policy("outside-main-urban-area-chongqing")
    start = central.valid_from
    if start is not None and on < start:
        why = f"on line before {start}: no floor is known for plants before the rule"
        return Rule(None, central.source, central.status, why)
    for row, area, where in ((central, inside, "in"), (elsewhere, outside, "outside of")):
        if district and _lies_in(district, area):
            why = f"{district} lies {where} the main urban area of {inside.value:g} districts and counties"
            return Rule(row.value, f"{row.source}; {area.source}", _weakest(row, area), why)
    found = "no district is given" if not district else f"{district!r} is no district of Chongqing that is known"
    allowed = f"{central.value:g} % in the main urban area, {elsewhere.value:g} % elsewhere"
    return Rule(None, central.source, central.status, f"{found}; {allowed}: name the district or county")


def _lies_in(district: str, area: Policy) -> bool:
    """Whether a district, in English or Chinese, is one of those that the row of an area lists."""
    members = {name.strip().casefold() for name in area.scope.split(";")}
    # named with its province, as Wuxi is a city elsewhere too
    place = find_place(f"{_CHONGQING} {district}")
    return district.strip().casefold() in members or (place is not None and place.name.casefold() in members)


def _weakest(*rows: Policy) -> str:
    return max((row.status for row in rows), key=_STATUS_ORDER.index)


def surplus_price(
    region: str,
    commissioned: datetime.date,
    *,
    years: int = 25,
    mechanism_share_percent: float | None = None,
    mechanism_price_cny_per_kwh: float | None = None,
    mechanism_years: int | None = None,
    market_price_cny_per_kwh: float | None = None,
) -> SurplusPrice:
    """What a surplus kWh brings, by year of operation (Document 136 and Chongqing's rules for it).

    A plant on line before 2025-06-01 gets the coal benchmark on its whole surplus (on a given mechanism share of it)
    for up to 20 years; a later one the mechanism share x mechanism price + the rest x market price for the term of the
    mechanism, and the market price after it.

    Parameters
    ----------
    mechanism_share_percent, mechanism_price_cny_per_kwh, mechanism_years, market_price_cny_per_kwh
        The result of the auction and the price of the market, with VAT. Needed for a plant from 2025-06-01 on; none of
        them was found on public pages.

    Raises
    ------
    UsageError
        For a later plant without them, and for a region whose benchmark is not in the table: it names what to give.
    """
    if commissioned >= _SPLIT:
        return _auctioned(
            years, mechanism_share_percent, mechanism_price_cny_per_kwh, mechanism_years, market_price_cny_per_kwh
        )
    if region != _CHONGQING:
        raise UsageError(
            f"no surplus price is known for {region} before {_SPLIT}; give it as surplus_price_cny_per_kwh (with VAT)"
        )
    row, term = (policy(f"surplus-{what}-before-2025-06-chongqing") for what in ("price", "term"))
    if row.value is None or term.value is None:
        raise PvsimError(f"{row.id} and {term.id} need a number each in pvsim/data/policies.csv")
    share = 100.0 if mechanism_share_percent is None else mechanism_share_percent
    if share < 100 and market_price_cny_per_kwh is None:
        raise UsageError(f"a mechanism share of {share:g} % leaves a rest: give market_price_cny_per_kwh (with VAT)")
    prices, unpriced = _by_year(years, int(term.value), share, row.value, market_price_cny_per_kwh)
    reason = (
        f"on line before {_SPLIT}: {row.value} CNY/kWh on {share:g} % of the surplus for up to {term.value:g} years"
    )
    if unpriced:
        reason += (
            f"; years {unpriced[0]} to {unpriced[-1]} count 0, as no price is known: give market_price_cny_per_kwh"
        )
    return SurplusPrice(prices, unpriced, row.source, _weakest(row, term), reason)


def _auctioned(
    years: int, share: float | None, price: float | None, term: int | None, market: float | None
) -> SurplusPrice:
    """The price of a plant from 2025-06-01 on, all of it given."""
    rule = policy("document-136-from-2025-06")
    given = {
        "mechanism_share_percent": share,
        "mechanism_price_cny_per_kwh": price,
        "mechanism_years": term,
        "market_price_cny_per_kwh": market,
    }
    if share is None or price is None or term is None or market is None:
        missing = ", ".join(name for name, value in given.items() if value is None)
        raise UsageError(
            f"a plant on line from {_SPLIT} sells its surplus at mechanism share x auctioned price + rest x market"
            f" price, which no public page gives; give {missing} (prices with VAT, share 0 without a won auction)"
        )
    prices, _ = _by_year(years, term, share, price, market)
    terms = f"{share:g} % at {price} and the rest at {market} CNY/kWh for {term} years, then {market}"
    reason = f"on line from {_SPLIT}: {terms}"
    return SurplusPrice(prices, (), f"given; {rule.source}", rule.status, reason)


def _by_year(
    years: int, term: int, share_percent: float, price: float, market: float | None
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Price of each year, and the years without one."""
    if not 0 <= share_percent <= 100:
        raise UsageError(f"mechanism_share_percent is {share_percent}; allowed are 0 to 100")
    rest = 0.0 if market is None else market
    share = share_percent / 100
    mixed = price * share + rest * (1 - share)
    unpriced = tuple(range(term + 1, years + 1)) if market is None else ()
    return tuple(mixed if year <= term else rest for year in range(1, years + 1)), unpriced


def three_free_three_half(owner: Owner) -> TaxHoliday:
    """Whether the income of a plant is free of income tax for three years and taxed at half for three more.

    Raises
    ------
    UsageError
        For an owner that is neither "self" nor "investor".
    """
    if owner not in get_args(Owner):
        raise UsageError(f"owner is {owner!r}; valid: {', '.join(get_args(Owner))}")
    row = policy("income-tax-three-free-three-half")
    if owner == "self":
        reason = "not for a plant that its owner built and uses; only for an investor who sells the power"
        return TaxHoliday(False, (), row.source, row.status, reason)
    reason = f"an investor who sells the power; {row.note}"
    return TaxHoliday(True, (0.0, 0.0, 0.0, 0.5, 0.5, 0.5), row.source, row.status, reason)


def income_tax(region: str, on: datetime.date, *, encouraged: bool = False) -> Rule:
    """The rate of corporate income tax: the general one, or that of encouraged industries in the West if told so.

    `encouraged` is the user's statement that 60 % of the owner's revenue is from encouraged industries.
    """
    western = policy("income-tax-western-region")
    if encouraged and western.holds_in(region) and western.holds_on(on):
        return Rule(western.value, western.source, western.status, "told: an encouraged industry in the Western Region")
    row = policy("income-tax-rate")
    why = "the general rate"
    if encouraged:
        why += f"; the rate of the Western Region does not hold in {region} on {on}"
    elif western.holds_in(region):
        why += f"; {western.value:g} % only for an encouraged industry, which must be told"
    return Rule(row.value, row.source, row.status, why)
