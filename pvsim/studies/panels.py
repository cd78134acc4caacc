"""Panels, watts, capacity and area of a claim against each other, and against the modules of its date.

Powers of the strongest modules by year are general knowledge; they serve to doubt a claim, never to compute one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pvsim.impact.printed import (
    Claim,
    Interval,
    energy_of_a_year,
    implied,
    overlaps,
    printed,
    product,
    ratio,
    saves,
    scaled,
)
from pvsim.impact.recognise import year_of
from pvsim.studies.findings import Finding, amount, finding

CAPACITY_TOLERANCE: Final = 0.07  # panels x watts against the capacity: rounding, spare strings
LARGEST_DC_AC: Final = 1.6  # of panels x watts over a capacity that is AC
# The strongest module on the market at the end of a year, W: general knowledge; between them it grows evenly.
STRONGEST_WP: Final[Mapping[int, float]] = {
    2005: 220.0, 2010: 300.0, 2013: 330.0, 2016: 365.0, 2018: 420.0, 2019: 460.0, 2020: 600.0, 2021: 670.0,
    2023: 720.0, 2026: 800.0,
}  # fmt: skip
WEAKEST_WP: Final = 40.0  # thin film of 2008; less is no panel
WEAK_WP: Final = 150.0
WEAK_SHARE: Final = 0.35  # of the strongest on the market; since 2012 nothing weaker goes onto a factory
CRYSTALLINE_FROM: Final = 2012
STRONGEST_W_PER_M2: Final = 250.0  # of module area: 25 %, the best on sale
DENSE_W_PER_M2: Final = 230.0
IMPOSSIBLE_W_PER_M2: Final = 400.0  # the area that is printed may be one of several
LARGEST_PANEL_M2: Final = 3.2


def capacity_of(claim: Claim) -> Interval | None:
    """The DC power of a claim in kWp: printed, else panels times watts."""
    return printed(claim, "capacity_kwp") or scaled(product(printed(claim, "panels"), printed(claim, "panel_wp")), 1e-3)


def strongest_wp(year: int | None) -> float:
    """The strongest module that could be bought in a year, W; the strongest of all without a year."""
    years = sorted(STRONGEST_WP)
    if year is None or year >= years[-1]:
        return STRONGEST_WP[years[-1]]
    if year <= years[0]:
        return STRONGEST_WP[years[0]]
    after = next(y for y in years if y > year)
    before = years[years.index(after) - 1]
    share = (year - before) / (after - before)
    return STRONGEST_WP[before] * (1 - share) + STRONGEST_WP[after] * share


def panel_findings(claim: Claim) -> list[Finding]:
    """Panels, watts, capacity and area against each other and against the modules of the date."""
    return [
        *_watts_findings(claim, implied(claim)["wp_per_panel"]),
        *_area_findings(claim),
        *_kva_findings(claim),
    ]


def _watts_findings(claim: Claim, wp_per_panel: Interval | None) -> Iterator[Finding]:
    """Watts per panel: printed against computed, and against the modules of the time."""
    watts, year = printed(claim, "panel_wp"), year_of(claim)
    strongest = strongest_wp(year)
    when = "on the market" if year is None else f"on the market by {year}"
    if watts is not None and wp_per_panel is not None:
        yield from _capacity_findings(watts, wp_per_panel)
    both = ((watts, "printed"), (wp_per_panel, "capacity / panels"))
    alike = watts is not None and overlaps(wp_per_panel, 0.9 * watts[0], 1.1 * watts[2])
    for interval, name in both[:1] if alike else both:
        if interval is None:
            continue
        said = f"{name}: {interval[1]:,.0f} W per panel"
        if interval[0] > strongest * (1.15 if year else 1.0):
            yield finding("error", "panel-power-impossible", f"{said}; the strongest {when} had about {strongest:,.0f}")
        elif interval[0] > strongest:
            yield finding("doubt", "panel-power-high", f"{said}; the strongest {when} had about {strongest:,.0f}")
        elif interval[2] < WEAKEST_WP:
            yield finding("error", "panel-power-impossible", f"{said}: no panel is that weak; cells, or another unit?")
        elif year is not None and year >= CRYSTALLINE_FROM and interval[2] < WEAK_SHARE * strongest:
            yield finding("doubt", "panel-power-low", f"{said}: such panels were gone by {year}")


def _capacity_findings(watts: Interval, wp_per_panel: Interval) -> Iterator[Finding]:
    """Printed panels x watts against the printed capacity; 7 % apart may be rounding or spare strings."""
    low, best, high = wp_per_panel
    if low * (1 - CAPACITY_TOLERANCE) <= watts[2] and watts[0] <= high * (1 + CAPACITY_TOLERANCE):
        return
    said = f"capacity / panels is {best:,.0f} Wp, but {amount(watts[1])} Wp are printed"
    if high < watts[0] and watts[0] < LARGEST_DC_AC * high:
        yield finding("doubt", "panels-watts-capacity", f"{said}; the capacity may be AC")
    elif watts[2] < low and low < (1 + 3 * CAPACITY_TOLERANCE) * watts[2]:
        yield finding("doubt", "panels-watts-capacity", f"{said}; some panels are not counted?")
    else:
        yield finding("error", "panels-watts-capacity", f"{said}: no AC rating explains that")


def _area_findings(claim: Claim) -> Iterator[Finding]:
    """Printed area against what is said to lie on it."""
    area, capacity, panels = printed(claim, "area_m2"), capacity_of(claim), printed(claim, "panels")
    if area is None:
        return
    dense = scaled(ratio(capacity, area), 1e3)
    if dense is not None and dense[0] > DENSE_W_PER_M2:
        severity = "error" if dense[0] > IMPOSSIBLE_W_PER_M2 else "doubt"
        said = f"{amount(capacity[1] if capacity else 0)} kWp / {amount(area[1])} m2 = {dense[1]:,.0f} W/m2"
        yield finding(severity, "area-too-small", f"{said}: modules have at most {STRONGEST_W_PER_M2:g} W/m2")
    each = ratio(area, panels)
    if each is None or panels is None:
        return
    said = f"{amount(area[1])} m2 / {amount(panels[1])} panels = {each[1]:.2g} m2 a panel"
    if each[2] < 0.6:
        yield finding("error", "area-too-small", f"{said}: no panel is that small")
    elif each[0] > LARGEST_PANEL_M2 and re.search(r"modules|组件|組件|panels of|moduli", str(claim.get("quote") or "")):
        yield finding("doubt", "area-against-panels", f"{said}, and no module has more than {LARGEST_PANEL_M2}")


def is_in_kva(claim: Claim) -> bool:
    """Whether the words of a claim have its capacity in kVA, so of inverters or transformers."""
    texts = " ".join(str(claim.get(name) or "") for name in ("quote", "notes"))
    return printed(claim, "capacity_kwp") is not None and bool(re.search(r"kVA|千伏安", texts))


def _kva_findings(claim: Claim) -> Iterator[Finding]:
    """A capacity in kVA is that of inverters or transformers: kWh per kVA is no specific yield."""
    if is_in_kva(claim) and not saves(claim):
        year = energy_of_a_year(claim)
        hint = "" if year is None else "; kWh per kVA are no kWh per kWp"
        yield finding("note", "capacity-in-kva", f"the capacity is printed in kVA, so it is AC{hint}")
