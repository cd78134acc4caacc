"""What ``pvsim convert`` prints: one group per question, so that unlike kinds do not read as alternatives.

Plain ASCII and at most 100 columns, for any terminal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable
from typing import Any, Final

from pvsim.impact.convert import Conversion, convert, row
from pvsim.impact.factors import STATUS_TEXTS, Factor, load_factors
from pvsim.impact.regions import province

WIDTH: Final = 100

# Heading, what it is for, and the methods of its rows.
_GROUPS: Final = (
    ("1  COAL, CALORIFIC", "heat content of the kWh: energy statistics, electricity saved", ("calorific",)),
    (
        "2  COAL, EQUIVALENT",
        "what thermal plants burn to supply the kWh, latest year",
        ("supply", "equivalent"),
    ),
    (
        "3  CO2, LOCATION-BASED AVERAGE",
        "company inventory; holds for self-used kWh only: computed as if all of it is self-used on site",
        ("average",),
    ),
    (
        "3b CO2, MARKET-BASED RESIDUAL",
        "company inventory, only if the green certificates are kept; self-used kWh only, as above",
        ("residual", "fossil"),
    ),
    (
        "4  CO2, PROJECT MARGIN",
        "emissions that the project avoids in its grid, on all kWh alike",
        ("combined-margin", "operating-margin", "build-margin"),
    ),
    ("5  CO2e, LIFE-CYCLE FOOTPRINT", "of grid electricity; self-used kWh only, as above", ("footprint",)),
)


def conversion_table(kwh: float, region: str = "Chongqing", width: int = WIDTH) -> str:
    """The terminal text for `kwh` (kWh) used in `region`, in `width` columns; errors are those of `convert`."""
    rows = convert(kwh, region)
    place = province(region)
    said = "each group answers another question; never add or swap them."
    blocks = [_wrap(f"{kwh:,.10g} kWh, {place}: {said}", width)]
    for title, purpose, methods in _GROUPS:
        group = [c for c in rows if c.factor.method in methods]
        if not group:
            blocks.append(_wrap(f"{title}: no value for {place} on file", width))
            continue
        lines = [_wrap(f"{title}: {purpose}", width), *(_line(c.factor, c.tonnes, width) for c in group)]
        if "supply" in methods:
            lines.append(_older_years(kwh, width))
        blocks.append("\n".join(lines + _remarks(group, width)))
    blocks += [_recognition(kwh, width), _legend(width)]
    return "\n\n".join(blocks)


def conversion_json(kwh: float, region: str = "Chongqing") -> list[dict[str, Any]]:
    """The rows of `conversion_table` that may be computed with, as JSON values, coal first.

    The keys are those of ``impact`` in the result document, and ``group`` ("coal" or "co2").
    """
    return [{"group": c.factor.kind} | row(c) for c in convert(kwh, region)]


def _line(factor: Factor, tonnes: float, width: int) -> str:
    unit = "tce" if factor.kind == "coal" else "t"
    value = f"{factor.value:.6g} {factor.unit}"
    year = factor.data_year or "-"
    named = ", ".join(part for part in (factor.issuer, factor.document) if part)
    start = f"   {factor.id:<26} {value:>15} {tonnes:>12,.1f} {unit:<3} {year:>4} {factor.status}  "
    if width >= WIDTH:
        return start + textwrap.shorten(named, width - len(start), placeholder=" ..")
    return f"{start.rstrip()}\n{_wrap(named, width, indent=6)}"  # narrow: the source stands below its number


def _older_years(kwh: float, width: int) -> str:
    """Supply rates of other years in one paragraph: they recognise the year of an old claim."""
    rows = _rows(lambda f: f.method == "supply" and not f.comparison_only)
    latest = max(f.data_year or 0 for f in rows)
    old = [f"{f.data_year} {_amount(f, kwh)}" for f in rows if f.data_year != latest]
    return _wrap("other years, tce: " + ", ".join(old), width, indent=3)


def _amount(factor: Factor, kwh: float) -> str:
    return f"{kwh * factor.value / 1000.0:,.1f}"


def _remarks(group: Iterable[Conversion], width: int) -> list[str]:
    """The notes that change how a row is read: which average leads, and superseded editions."""
    return [_wrap(f"{c.factor.id}: {c.remark}", width, indent=3) for c in group if c.remark]


def _recognition(kwh: float, width: int) -> str:
    """Press conventions and general knowledge, apart from everything that may be computed with."""
    press = _rows(lambda f: f.comparison_only and f.unit in {"kgce/kWh", "kgCO2/kWh"} and f.status != "U")
    general = _rows(lambda f: f.status == "U" and f.method == "supply")
    head = _wrap("PRESS CONVENTIONS: to recognise a claim, never to compute with (what such a text would print)", width)
    press.sort(key=lambda f: (f.kind != "coal", -f.value))
    lines = [_line(f, kwh * f.value / 1000.0, width) for f in press]
    known = ", ".join(f"{f.data_year} {_amount(f, kwh)}" for f in general)
    tail = _wrap(f"supply rates of general knowledge (U), tce: {known}", width, indent=3)
    return "\n".join([head, *lines, tail])


def _rows(wanted: Callable[[Factor], bool]) -> list[Factor]:
    return [f for f in load_factors().values() if wanted(f)]


def _legend(width: int) -> str:
    return _wrap("Status: " + ", ".join(f"{letter} {text}" for letter, text in STATUS_TEXTS.items()) + ".", width)


def _wrap(text: str, width: int, indent: int = 0) -> str:
    # Hyphens stand inside factor ids, so lines break at spaces only.
    return textwrap.fill(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 3),
        break_on_hyphens=False,
    )
