"""The text of a comparison: variants side by side, what makes the difference, and another tool step by step.

Everything here is read from the comparison's document, so the text and the JSON cannot disagree.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pvsim.report.text import MONTHS, WIDTH, fitted, heading, padded, printable

LABEL = 29
STEP = 32  # label of a step of another tool
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHOWN_BY_TWO = 3  # fewer differences leave room for points beside each
POINTS = 9
WORST_MONTHS = 3
MONTH_APART = 0.005  # a month whose ratio is that far from the year's is shown

Document = Mapping[str, Any]


def comparison_text(document: Document, width: int = WIDTH) -> str:
    """The whole text; the answer stands last.

    Parameters
    ----------
    document : what ``Comparison.to_dict`` gives
    width : columns of the terminal, 80 or more
    """
    several = len(document["variants"]) > 1
    blocks = [
        _variants(document, width),
        _scenarios(document) if several else [],
        _yields(document, width),
        _losses(document, width) if several else [],
        _shares(document, width) if several else [],
        _lineup(document) if "lineup" in document else [],
        _answer(document) if several else [],
        _warnings(document),
    ]
    return "\n\n".join("\n".join(fitted(line, width) for line in block) for block in blocks if block) + "\n"


def _letter(i: int) -> str:
    return LETTERS[i] if i < len(LETTERS) else f"#{i + 1}"


def _variants(d: Document, width: int) -> list[str]:
    rows = heading("Variants" if len(d["variants"]) > 1 else "Scenario")
    room = width - 6
    files = min(room // 2, 1 + max(len(printable(v["file"])) for v in d["variants"]))
    for i, v in enumerate(d["variants"]):
        rows.append(f"  {_letter(i)}  {padded(v['name'], room - files)} {padded(v['file'], files)}".rstrip())
    return rows


# --- variants -----------------------------------------------------------------------------------------------


def _scenarios(d: Document) -> list[str]:
    rows = heading("In what the scenarios differ")
    if not d["differences"]:
        return [*rows, "  no parameter differs"]
    for row in d["differences"]:
        values = [_value(v) for v in row["values"]]
        if len(values) == 2:
            said = " -> ".join(values)
        else:
            who = {v: [_letter(i) for i, other in enumerate(values) if other == v] for v in values}
            said = "; ".join(f"{', '.join(letters)} {v}" for v, letters in who.items())
        rows.append("  " + printable(f"{row['key']}: {said} {row['unit']}".rstrip()))
    return rows


def _value(value: object) -> str:
    if value is None:
        return "(none)"
    return f"{value:,.10g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _cells(width: int, count: int) -> int:
    """Width of a column, so that all of them fit."""
    return min(14, (width - 2 - LABEL) // count)


def _energy(kwh: Iterable[float | None], cell: int, spec: str = ",.0f") -> tuple[str, float, str]:
    """Unit, divisor and format of energies, so that the largest fits into a column."""
    most = max([1.0, *(abs(x or 0.0) for x in kwh)])
    finer = spec.replace(".0", ".1")
    units = (("kWh", 1.0, spec), ("MWh", 1e3, finer), ("GWh", 1e6, finer))
    return next((u for u in units if len(format(most / u[1], u[2])) < cell), units[-1])


def _left(d: Document, cell: int) -> tuple[str, float, str]:
    """The same for what the lines of the ledgers leave."""
    return _energy((c["kwh"] for line in d["ledger"] for c in line["cells"]), cell)


def _row(label: str, values: Iterable[float | None], spec: str, cell: int, scale: float = 1.0) -> str:
    cells = ("n/a" if v is None else _signless(format(v / scale, spec)) for v in values)
    return f"  {padded(label, LABEL)}" + "".join(f"{c:>{cell}}" for c in cells)


def _signless(text: str) -> str:
    """No minus before a zero."""
    return text.replace("-", "+" if text.startswith("-") else "-") if not text.strip("+-0.,") else text


def _head(label: str, d: Document, cell: int, first: int = 0) -> str:
    letters = (_letter(i) for i in range(first, len(d["variants"])))
    return f"  {label:<{LABEL}}" + "".join(f"{letter:>{cell}}" for letter in letters)


def _yields(d: Document, width: int) -> list[str]:
    variants = d["variants"]
    cell = _cells(width, len(variants))
    unit, scale, spec = _left(d, cell)

    def row(label: str, key: str, form: str, by: float = 1.0) -> str:
        return _row(label, (v[key] for v in variants), form, cell, by)

    first = variants[0]["annual_kwh"]
    against = [100 * (v["annual_kwh"] / first - 1) if first > 0 else None for v in variants]
    rows = [*heading("What they yield in a year" if len(variants) > 1 else "What it yields in a year")]
    rows += [_head("", d, cell)] if len(variants) > 1 else []
    rows.append(row(unit, "annual_kwh", spec, scale))
    if len(variants) > 1:
        rows.append(_row("  against A, %", against, "+.2f", cell))
    rows += [
        row(f"P90 of one year, {unit}", "p90_kwh", spec, scale),
        row(f"P10 of one year, {unit}", "p10_kwh", spec, scale),
        row("kWh/kWp", "specific_yield_kwh_per_kwp", ",.1f"),
        row("performance ratio", "performance_ratio", ".4f"),
        row("GHI, kWh/m2", "ghi_kwh_per_m2", ",.1f"),
        row("in-plane, kWh/m2", "poa_kwh_per_m2", ",.1f"),
        row("kWp DC", "dc_kwp", ",.1f"),
        row("kW AC", "ac_kw", ",.1f"),
    ]
    if any(v["coverage_fraction"] < 0.999 for v in variants):
        rows.append(_row("coverage, %: partial sums", (100 * v["coverage_fraction"] for v in variants), ".1f", cell))
    return rows


def _losses(d: Document, width: int) -> list[str]:
    cell = _cells(width, len(d["variants"]))
    unit, scale, spec = _left(d, cell)
    rows = [*heading("From the light on the roof to the meter, % of the line before"), _head("", d, cell)]
    for line in d["ledger"]:
        cells = line["cells"]
        if line is d["ledger"][0]:
            rows.append(_row(f"{line['name']}, {unit}", (c["kwh"] for c in cells), spec, cell, scale))
            continue
        lost = (None if (p := c["percent_of_previous"]) is None else p - 100 for c in cells)
        rows.append(_row(line["name"], lost, "+.2f", cell))
    rows.append(_row(f"delivered, {unit}", (v["annual_kwh"] for v in d["variants"]), spec, cell, scale))
    return rows


def _shares(d: Document, width: int) -> list[str]:
    """Which line has which share in the difference; lines that do not differ are left out."""
    count = len(d["variants"]) - 1
    points = POINTS if count < SHOWN_BY_TWO else 0
    cell = min(14, (width - 2 - LABEL) // count - points)
    first = d["variants"][0]["annual_kwh"]
    apart = [v["annual_kwh"] - first for v in d["variants"][1:]]
    shares = [c["contribution_kwh"] for line in d["ledger"] for c in line["cells"]]
    unit, scale, spec = _energy([*apart, *shares], cell, "+,.0f")

    def row(label: str, kwh: Sequence[float], changes: Sequence[float | None]) -> str:
        cells = (
            (f"{'' if p is None else _signless(format(p, '+.2f')):>{points}}" if points else "")
            + f"{_signless(format(k / scale, spec)):>{cell}}"
            for k, p in zip(kwh, changes, strict=True)
        )
        return f"  {padded(label, LABEL)}{''.join(cells)}".rstrip()

    none = [None] * count
    head = ((f"{'points':>{points}}" if points else "") + f"{_letter(i) + ' - A':>{cell}}" for i in range(1, count + 1))
    rows = [*heading(f"What makes the difference to A, {unit}: its lines add up"), " " * (2 + LABEL) + "".join(head)]
    for line in d["ledger"]:
        cells = line["cells"][1:]
        kwh = [c["contribution_kwh"] for c in cells]
        if any(abs(k) >= 0.5 for k in kwh):
            rows.append(row(line["name"], kwh, [c["change_percent"] for c in cells]))
        for part in d["nominal"] if line is d["ledger"][0] else ():
            if any(abs(k) >= 0.5 for k in part["contribution_kwh"]):
                rows.append(row(f"  of it {part['name']}", part["contribution_kwh"][1:], none))
    return [*rows, row("delivered", apart, none)]


def _answer(d: Document) -> list[str]:
    first = d["variants"][0]["annual_kwh"]
    rows = []
    for i, v in enumerate(d["variants"][1:], 1):
        apart = v["annual_kwh"] - first
        if abs(apart) < 0.5:
            rows.append(f"{_letter(i)} yields what A yields")
            continue
        percent = f" ({100 * abs(apart) / first:.2f} %)" if first > 0 else ""
        shares = [(abs(line["cells"][i]["contribution_kwh"]), line) for line in d["ledger"]]
        line = max(shares, key=_size)[1]
        share = line["cells"][i]["contribution_kwh"]
        parts = [(abs(p["contribution_kwh"][i]), p) for p in d["nominal"]]
        of_it = f" ({max(parts, key=_size)[1]['name']})" if line is d["ledger"][0] else ""
        rows.append(
            f"{_letter(i)} yields {abs(apart):,.0f} kWh{percent} {'more' if apart > 0 else 'less'} than A; the largest "
            f"share is that of {line['name']}{of_it}, {share:+,.0f} kWh"
        )
    return rows


def _size(pair: tuple[float, Document]) -> float:
    return pair[0]


def _warnings(d: Document) -> list[str]:
    said: dict[str, list[str]] = {}
    for i, v in enumerate(d["variants"]):
        for text in v["warnings"]:
            said.setdefault(text, []).append(_letter(i))
    many = len(d["variants"]) > 1
    return [printable(f"warning: {', '.join(who) + ': ' if many else ''}{text}") for text, who in said.items()]


# --- another tool -------------------------------------------------------------------------------------------


def _lineup(d: Document) -> list[str]:
    up = d["lineup"]
    tool = up["tool"]
    rows = heading(printable(f"{tool} beside pvsim: {up['file']} ({up['kind']}) against A"))
    if not up["steps"]:
        return [*rows, "  there is no step that both have", *_lineup_notes(up)]
    months = "12 months" if len(up["compared"]) == 12 else ", ".join(MONTHS[m - 1] for m in up["compared"]) + " only"
    theirs = "unknown" if up["theirs_kwp"] is None else f"{up['theirs_kwp']:,.6g} kWp"
    rows += [
        f"  {months}, {up['scale']}; {up['ours_kwp']:,.6g} kWp here, {theirs} there",
        "",
        f"  {'':<{STEP}}{'pvsim':>12}{tool:>12}{'ratio':>8}{'step':>8}",
    ]
    for s in up["steps"]:
        spec = ",.1f" if s["unit"] != "kWh" or s["ours"] < 1000 else ",.0f"
        mark = " first" if s["name"] == up["first"] else " most" if s["name"] == up["largest"] else ""
        label = f"{s['title']}, {s['unit']}"
        rows.append(
            f"  {label:<{STEP}}{s['ours']:>12{spec}}{s['theirs']:>12{spec}}"
            f"{_ratio(s['ratio']):>8}{_ratio(s['step_ratio']):>8}{mark}"
        )
    rows += ["", *(f"  {line}" for line in _parting(up))]
    if up["losses"]:
        rows += ["", f"  {'losses as ' + tool + ' has them, %':<{STEP}}{'pvsim':>12}{tool:>12}{'points':>8}"]
        rows += [_stated(s) for s in up["losses"]]
        rows += [f"  {line}" for line in _most_stated(up)]
    rows += _worst(up)
    return [*rows, *_lineup_notes(up)]


def _ratio(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.4f}"


def _parting(up: Document) -> Iterator[str]:
    """Where the two part first and most, and what stands there on our side."""
    steps = {s["name"]: s for s in up["steps"]}
    if up["first"] is None:
        yield f"{up['tool']} and pvsim agree within 1 % at every step"
    elif up["first"] == up["largest"]:
        yield f"They part first, and most, at {_said(steps[up['first']], up['tool'])}"
    else:
        yield f"They part first at {_said(steps[up['first']], up['tool'])}"
        yield f"They part most at {_said(steps[up['largest']], up['tool'])}"


def _said(step: Document, tool: str) -> str:
    off = 100 * (step["step_ratio"] - 1)
    return (
        f"{step['title']}: {tool} has {abs(off):.1f} % {'more' if off > 0 else 'less'} by this step alone; "
        f"in pvsim it holds {', '.join(step['contains'])}"
    )


def _stated(row: Document) -> str:
    ours, theirs = row["ours_percent"], row["theirs_percent"]
    points = "" if ours is None or theirs is None else f"{theirs - ours:+.2f}"
    cells = "".join("n/a".rjust(12) if v is None else f"{_signless(format(v, '+.2f')):>12}" for v in (ours, theirs))
    return f"  {row['name']:<{STEP}}{cells}{_signless(points):>8}".rstrip()


def _most_stated(up: Document) -> Iterator[str]:
    """Which of the stated losses differs most."""
    both = [s for s in up["losses"] if s["name"] != "total" and None not in (s["ours_percent"], s["theirs_percent"])]
    apart = [(abs(s["theirs_percent"] - s["ours_percent"]), s) for s in both]
    if apart and max(apart, key=_size)[0] > 1:
        largest = max(apart, key=_size)[1]
        more = "less" if largest["theirs_percent"] > largest["ours_percent"] else "more"
        yield f"Of these the most is {largest['name']}: {up['tool']} loses {more}"


def _worst(up: Document) -> list[str]:
    """The months whose last common step lies farthest from the ratio of all of them; none where they go together."""

    def apart(month: Document) -> float:
        ratio = month["steps"][-1]["ratio"]
        return math.inf if ratio is None or not year else abs(math.log(ratio / year))

    if not up["months"]:
        return []
    last = up["months"][0]["steps"][-1]["name"]
    year = next(s["ratio"] for s in up["steps"] if s["name"] == last)
    months = [m for m in sorted(up["months"], key=apart, reverse=True)[:WORST_MONTHS] if apart(m) > MONTH_APART]
    if not months:
        return []
    titles = "".join(f"{s['title'].split()[0]:>12}" for s in months[0]["steps"])
    rows = ["", f"  {'months unlike the year':<{LABEL - 1}}{titles}"]
    for m in months:
        ratios = "".join(f"{_ratio(s['ratio']):>12}" for s in m["steps"])
        rows.append(f"  {MONTHS[m['month'] - 1]:<{LABEL - 1}}{ratios}")
    return rows


def _lineup_notes(up: Document) -> list[str]:
    return [printable(f"  note: {text}") for text in up["notes"]]
