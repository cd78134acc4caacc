"""What ``pvsim convert --years`` prints below the table of one year."""

from __future__ import annotations

from typing import Final

from pvsim.impact.lifetime import RULE, KindOfLife, Lifetime
from pvsim.impact.table import WIDTH, wrap

# Columns of the year table: the leading factor of each kind, in the order of the groups.
_COLUMNS: Final = ("calorific", "supply", "average", "residual", "combined-margin", "footprint")
_WIDE: Final = 1e7  # from here on four digits must do


def lifetime_table(life: Lifetime, width: int = WIDTH) -> str:
    """Totals of each kind, constant and changing side by side, what the change rests on, and a table of years."""
    head = wrap(
        f"LIFETIME, {len(life.annual_kwh)} years, {life.total_kwh:,.10g} kWh, {life.degradation_percent:g} % less each "
        "year after the first; each line answers another question: never add them up; averages, residual and footprint "
        "hold for self-used kWh, as above",
        width,
    )
    columns = f"   {'':<26} {'constant':>14}" + (f" {'changing':>14}" if life.varied else "")
    blocks = ["\n".join([head, columns, *(_total(kind, varied=life.varied) for kind in life.kinds)])]
    if life.varied:
        said: dict[str, list[str]] = {}
        for kind in life.kinds:
            said.setdefault(kind.course.said, []).append(kind.conversion.factor.id)
        notes = [wrap(f"{', '.join(ids)}: {text}", width, indent=3) for text, ids in said.items()]
        blocks[0] += "\n" + "\n".join(notes)
    return "\n\n".join([*blocks, _years(life), wrap(f"Rule: {RULE}.", width)])


def _total(kind: KindOfLife, *, varied: bool) -> str:
    factor = kind.conversion.factor
    unit = "tce" if factor.kind == "coal" else "t"
    changing = f" {_number(kind.total, 1):>14}" if varied else ""
    return f"   {factor.id:<26} {_number(kind.constant_total, 1):>14}{changing} {unit}"


def _years(life: Lifetime) -> str:
    """One line a year: energy, and tonnes by the leading factor of each kind."""
    leading: dict[str, KindOfLife] = {}
    for kind in life.kinds:
        if not kind.conversion.own:
            leading.setdefault(kind.conversion.factor.method, kind)
    shown = [(name, leading[name]) for name in _COLUMNS if name in leading]
    heads = "".join(f"{name.removeprefix('combined-'):>10}" for name, _ in shown)
    units = "".join(f"{'tce' if kind.conversion.factor.kind == 'coal' else 't':>10}" for _, kind in shown)
    lines = [f"   year{'MWh':>12}{heads}", f"       {'':>12}{units}"]
    for n, kwh in enumerate(life.annual_kwh):
        year = n + 1 if life.first_year is None else life.first_year + n
        cells = "".join(f"{_number(kind.tonnes[n], 0):>10}" for _, kind in shown)
        lines.append(f"   {year:>4}{_number(kwh / 1000.0, 1):>12}{cells}")
    return "\n".join(lines)


def _number(x: float, digits: int) -> str:
    return f"{x:,.{digits}f}" if x < _WIDE else f"{x:.4g}"
