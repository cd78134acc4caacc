"""What ``pvsim convert`` prints: one group per question, so that unlike kinds do not read as alternatives.

Plain ASCII and at most 100 columns, for any terminal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pvsim.impact.context import NOT_CREDITS, embodied, gdp_context, gdp_text
from pvsim.impact.convert import Conversion, convert, row
from pvsim.impact.factors import STATUS_TEXTS, Factor, load_factors
from pvsim.impact.groups import GROUPS, Answer, Group, answers, group_row
from pvsim.impact.regions import province

WIDTH: Final = 100
_NARROWEST: Final = 12  # columns that a source needs beside its number


def conversion_table(
    kwh: float,
    region: str = "Chongqing",
    width: int = WIDTH,
    *,
    self_used_kwh: float | None = None,
    year: int | None = None,
    asked: tuple[str, ...] = (),
    own_factors: Mapping[str, Factor] | None = None,
) -> str:
    """The terminal text for `kwh` (kWh) in `width` columns; the other arguments and errors are those of `convert`."""
    rows = convert(kwh, region, self_used_kwh=self_used_kwh, year=year, asked=asked, own_factors=own_factors)
    place = province(region)
    said = "each group answers another question; never add or swap them."
    used = "" if self_used_kwh is None else f", {self_used_kwh:,.10g} of them self-used"
    blocks = [wrap(f"{kwh:,.10g} kWh{used}, {place}: {said}", width)]
    found = dict(answers(rows, place, year))
    for group in GROUPS:
        if group not in found:
            more = [c for c in rows if c.factor.method in group.methods]
            blocks.append("\n".join([wrap(f"{group.title}: no value for {place} on file", width), *_rows(more, width)]))
            continue
        answer = found[group]
        lines = [wrap(f"{group.title}: {_purpose(group, self_used_kwh)}", width), *_rows(answer.rows, width)]
        lines.append(wrap(_range(answer), width, indent=3))
        if "supply" in group.methods:
            lines.append(_older_years(kwh, answer.leading, width))
        blocks.append("\n".join(lines + _remarks(answer.rows, width)))
    blocks.append(_recognition(kwh, width))
    if context := gdp_text(gdp_context(found.values(), place)):
        blocks.append(wrap(context, width))
    blocks.append("\n".join(wrap(text, width) for text in (_legend(), NOT_CREDITS, embodied())))
    return "\n\n".join(blocks)


def conversion_json(kwh: float, region: str = "Chongqing", **how: Any) -> list[dict[str, Any]]:
    """The rows of `conversion_table` that may be computed with, as JSON values, coal first.

    The keys are those of ``impact`` in the result document, and ``group`` ("coal" or "co2"). Further arguments
    are those of `convert`.
    """
    return [{"group": c.factor.kind} | row(c) for c in convert(kwh, region, **how)]


def conversion_document(kwh: float, region: str = "Chongqing", **how: Any) -> dict[str, Any]:
    """What ``pvsim convert --json`` prints: the rows of `conversion_json`, low and high of each kind, the context.

    Arguments and errors are those of `convert`.
    """
    place, year = province(region), how.get("year")
    found = [answer for _, answer in answers(convert(kwh, region, **how), place, year)]
    return {
        "kwh": kwh,
        "self_used_kwh": how.get("self_used_kwh"),
        "region": place,
        "year": year,
        "rows": conversion_json(kwh, region, **how),
        "groups": [group_row(answer) for answer in found],
        "context": gdp_context(found, place),
        "not_credits": NOT_CREDITS,
        "embodied": embodied(),
    }


def _purpose(group: Group, self_used_kwh: float | None) -> str:
    if not group.self_used:
        return group.purpose
    return f"{group.purpose}{': as if all of it is self-used on site' if self_used_kwh is None else ''}"


def _range(answer: Answer) -> str:
    """Between which numbers of this kind the answer can lie, and who says so."""
    low, high = answer.tonnes(answer.low), answer.tonnes(answer.high)
    if answer.low == answer.high:
        return f"from {low:,.1f} to {high:,.1f} {answer.group.unit}: one value of this kind"
    return f"from {low:,.1f} ({answer.low.id}) to {high:,.1f} {answer.group.unit} ({answer.high.id})"


def _rows(group: Iterable[Conversion], width: int) -> list[str]:
    return [_line(c.factor, c.tonnes, width, own=c.own) for c in group]


def _line(factor: Factor, tonnes: float, width: int, *, own: bool = False) -> str:
    unit = "tce" if factor.kind == "coal" else "t"
    value = f"{factor.value:.6g} {factor.unit}"
    year = factor.data_year or "-"
    named = ", ".join(part for part in ("own" if own else "", factor.issuer, factor.document) if part)
    start = f"   {factor.id:<26} {value:>15} {tonnes:>12,.1f} {unit:<3} {year:>4} {factor.status}  "
    if width >= WIDTH and width - len(start) >= _NARROWEST:
        return start + textwrap.shorten(named, width - len(start), placeholder=" ..")
    # narrow, or a long id: the source stands below its number
    return f"{start.rstrip()}\n{wrap(textwrap.shorten(named, 4 * width, placeholder=' ..'), width, indent=6)}"


def _older_years(kwh: float, shown: Factor, width: int) -> str:
    """Supply rates of other years in one paragraph: they recognise the year of an old claim."""
    rows = _registry(lambda f: f.method == "supply" and not f.comparison_only and f != shown)
    old = [f"{f.data_year} {_amount(f, kwh)}" for f in rows]
    return wrap("other years, tce: " + ", ".join(old), width, indent=3)


def _amount(factor: Factor, kwh: float) -> str:
    return f"{kwh * factor.value / 1000.0:,.1f}"


def _remarks(group: Iterable[Conversion], width: int) -> list[str]:
    """The notes that change how a row is read: which average leads, other years, superseded editions."""
    return [wrap(f"{c.factor.id}: {c.remark}", width, indent=3) for c in group if c.remark]


def _recognition(kwh: float, width: int) -> str:
    """Press conventions and general knowledge, apart from everything that may be computed with."""
    press = _registry(lambda f: f.comparison_only and f.unit in {"kgce/kWh", "kgCO2/kWh"} and f.status != "U")
    general = _registry(lambda f: f.status == "U" and f.method == "supply")
    head = wrap("PRESS CONVENTIONS: to recognise a claim, never to compute with (what such a text would print)", width)
    press.sort(key=lambda f: (f.kind != "coal", -f.value))
    lines = [_line(f, kwh * f.value / 1000.0, width) for f in press]
    known = ", ".join(f"{f.data_year} {_amount(f, kwh)}" for f in general)
    tail = wrap(f"supply rates of general knowledge (U), tce: {known}", width, indent=3)
    return "\n".join([head, *lines, tail])


def _registry(wanted: Callable[[Factor], bool]) -> list[Factor]:
    return [f for f in load_factors().values() if wanted(f)]


def _legend() -> str:
    return "Status: " + ", ".join(f"{letter} {text}" for letter, text in STATUS_TEXTS.items()) + "."


def wrap(text: str, width: int, indent: int = 0) -> str:
    """A paragraph in `width` columns, its later lines indented further."""
    # Hyphens stand inside factor ids, so lines break at spaces only.
    return textwrap.fill(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 3),
        break_on_hyphens=False,
    )
