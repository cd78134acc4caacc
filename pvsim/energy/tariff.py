"""What a kWh costs and brings in each step: a price for all hours, and spells of hours with prices of their own.

No price of electricity is shipped or assumed: industrial prices were not found on public pages. Prices are CNY per kWh
with VAT.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pvsim.energy.meter import read_rows
from pvsim.errors import PvsimError, UsageError

Array = NDArray[np.float64]
REST_DAYS = (5, 6)  # Saturday, Sunday, counted from Monday


@dataclass(frozen=True, slots=True)
class Spell:
    """Hours with prices of their own.

    Attributes
    ----------
    hours : first and last hour of the local clock, (22, 6) over midnight
    months : 1 to 12; none: all
    days : "all", "work" (Monday to Friday) or "rest"
    price_cny_per_kwh, surplus_price_cny_per_kwh : None: those of the other hours
    """

    name: str
    hours: tuple[tuple[int, int], ...]
    months: tuple[int, ...] = ()
    days: str = "all"
    price_cny_per_kwh: float | None = None
    surplus_price_cny_per_kwh: float | None = None

    def holds(self, local: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """(T,) whether each row, by its start, lies in the spell."""
        minutes = local.astype("datetime64[m]").astype(np.int64)
        hour = minutes // 60 % 24
        inside = np.zeros(local.size, dtype=np.bool_)
        for first, last in self.hours:
            inside |= (hour >= first) & (hour < last) if first < last else (hour >= first) | (hour < last)
        if self.months:
            inside &= np.isin(local.astype("datetime64[M]").astype(np.int64) % 12 + 1, self.months)
        if self.days != "all":
            resting = np.isin((minutes // 1440 + 3) % 7, REST_DAYS)  # 1 January 1970 was a Thursday
            inside &= resting if self.days == "rest" else ~resting
        return inside


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of each row, CNY/kWh with VAT; ``spell`` is the index of its name in ``names``, the last for the rest."""

    price_cny_per_kwh: Array
    surplus_price_cny_per_kwh: Array
    spell: NDArray[np.intp]
    names: tuple[str, ...]


def prices(
    local: NDArray[np.datetime64], spells: Sequence[Spell], price: float | None, surplus_price: float | None
) -> Prices:
    """The prices of rows (T,); of two spells that meet the first holds.

    Parameters
    ----------
    local : (T,) start of each row on the local clock
    spells : hours with prices of their own
    price, surplus_price : of all other hours, CNY/kWh; None where the spells say it for all

    Raises
    ------
    UsageError
        When some hour has no price.
    """
    spell = np.full(local.size, len(spells), dtype=np.intp)
    for index in reversed(range(len(spells))):
        spell[spells[index].holds(local)] = index
    bought = [price if s.price_cny_per_kwh is None else s.price_cny_per_kwh for s in spells]
    sold = [surplus_price if s.surplus_price_cny_per_kwh is None else s.surplus_price_cny_per_kwh for s in spells]
    names = (*(s.name for s in spells), "other hours" if spells else "all hours")
    return Prices(
        _of_rows("price_cny_per_kwh", [*bought, price], spell, names, local),
        _of_rows("surplus_price_cny_per_kwh", [*sold, surplus_price], spell, names, local),
        spell,
        names,
    )


def _of_rows(
    key: str,
    values: Sequence[float | None],
    spell: NDArray[np.intp],
    names: Sequence[str],
    local: NDArray[np.datetime64],
) -> Array:
    known = np.array([np.nan if v is None else v for v in values], dtype=np.float64)[spell]
    lacking = np.flatnonzero(np.isnan(known))
    if lacking.size:
        when = str(local[lacking[0]])[:16].replace("T", " ")
        raise UsageError(
            f"{key}: no price for {names[spell[lacking[0]]]}, such as {when}; give it in [tariff] or in every "
            "[[period]] (no price is assumed)"
        )
    return known


def with_series(rates: Prices, series: Mapping[str, Array]) -> Prices:
    """The prices with those of a series, of each row, in their place; it has a spell of its own."""
    return Prices(
        series.get("price_cny_per_kwh", rates.price_cny_per_kwh),
        series.get("surplus_price_cny_per_kwh", rates.surplus_price_cny_per_kwh),
        np.zeros_like(rates.spell),
        ("series",),
    )


def price_series(path: Path, local: NDArray[np.datetime64], utc_offset_minutes: int) -> dict[str, Array]:
    """Prices of each row from a CSV with ``time`` and ``price_cny_per_kwh`` or ``surplus_price_cny_per_kwh``.

    A price holds until the next one of its year, whichever year that is: month, day and hour decide.

    Raises
    ------
    PvsimError
        When the file is no such CSV, begins after 1 January, or has neither column.
    """
    found = {}
    lacking = []
    for name in ("price_cny_per_kwh", "surplus_price_cny_per_kwh"):
        try:
            rows = read_rows(path, name, utc_offset_minutes)
        except PvsimError as error:
            if "no column" not in str(error):
                raise
            lacking.append(str(error))
            continue
        said = _minute_of_year(rows.minute.astype("datetime64[m]"))
        order = np.argsort(said, kind="stable")
        at = np.searchsorted(said[order], _minute_of_year(local), side="right") - 1
        if (at < 0).any():
            raise PvsimError(f"{path.name}: {name} has no price for the first hours of the year")
        found[name] = rows.value[order][at]
    if not found:
        raise PvsimError(lacking[0])
    return found


def _minute_of_year(moments: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Minutes since 1 January, as if there were no 29 February."""
    years = moments.astype("datetime64[Y]")
    minutes = (moments.astype("datetime64[m]") - years.astype("datetime64[m]")).astype(np.int64)
    leap = (years.astype(np.int64) + 1970) % 4 == 0
    march = 59 * 1440
    plain: NDArray[np.int64] = np.where(leap & (minutes >= march + 1440), minutes - 1440, minutes)
    return plain


def demand_charge_cny(power_kw: Array, months: NDArray[np.intp], cny_per_kw_month: float) -> float:
    """The charge on the highest mean power of each month, CNY; ``months`` (T,) counts them over all years."""
    if cny_per_kw_month == 0 or not power_kw.size:
        return 0.0
    highest = np.zeros(int(months.max()) + 1)
    np.maximum.at(highest, months, power_kw)
    return float(highest.sum()) * cny_per_kw_month
