"""Audited claims for a person to read, and as a table; everything is read from what ``--json`` prints.

One claim is told in full; of many, what was found wrong and the conventions, and at the end how many of each verdict.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pvsim.report.text import WIDTH, fitted, heading, printable
from pvsim.studies.findings import short

Document = Mapping[str, Any]

_UNITS = {
    "panels": "panels", "panel_wp": "Wp a panel", "capacity_kwp": "kWp", "annual_kwh": "kWh a year",
    "total_kwh": "kWh in all", "basis_years": "years", "saved_kwh": "kWh saved", "tce": "tce", "co2_t": "t of CO2",
    "so2_t": "t of SO2", "nox_t": "t of NOx", "dust_t": "t of dust", "raw_coal_t": "t of raw coal", "area_m2": "m2",
}  # fmt: skip
_RATIOS = {
    "kgce_per_kwh": "kgce/kWh", "kgco2_per_kwh": "kg of CO2/kWh", "kgco2_per_kgce": "t of CO2/tce",
    "kwh_per_kwp": "kWh/kWp", "kwh_per_panel": "kWh per panel", "wp_per_panel": "Wp per panel",
    "kgso2_per_kwh": "kg of SO2/kWh", "kgnox_per_kwh": "kg of NOx/kWh", "kgdust_per_kwh": "kg of dust/kWh",
}  # fmt: skip
_FOR = {"self_used": "for self-used kWh only", "all": "for all kWh", "exported": "for exported kWh only"}
_VERDICTS = ("consistent", "doubtful", "inconsistent")


def audit_text(documents: Sequence[Document], width: int = WIDTH) -> str:
    """What ``pvsim audit`` prints.

    Parameters
    ----------
    documents : one object of ``--json`` for each claim
    width : columns of the terminal, 80 or more
    """
    alone = len(documents) == 1
    blocks = [[*_claim(d, alone=alone)] for d in documents]
    if not alone:
        counts = {v: sum(d["verdict"] == v for d in documents) for v in _VERDICTS}
        told = ", ".join(f"{n} {v}" for v, n in counts.items())
        blocks.append([*heading(f"{len(documents)} claims: {told}"), *_by_verdict(documents)])
    return "\n\n".join("\n".join(fitted(line, width) for line in block) for block in blocks) + "\n"


def _by_verdict(documents: Sequence[Document]) -> Iterator[str]:
    for verdict in _VERDICTS[1:]:
        ids = [printable(d["id"] or f"claim {i}") for i, d in enumerate(documents, 1) if d["verdict"] == verdict]
        if ids:
            yield f"  {verdict}: {', '.join(ids)}"


def _claim(d: Document, *, alone: bool) -> Iterator[str]:
    claim = d["claim"]
    name = ", ".join(printable(claim[k]) for k in ("what", "place") if claim.get(k))
    yield from heading(
        " ".join(filter(None, [printable(d["id"]), f"({name})" if name and d["id"] else name])) or "claim"
    )
    yield from _reading(d)
    yield f"  printed: {_printed(claim)}"
    ratios = [f"{_span(v)} {_RATIOS[k]}" for k, v in d["implied"].items() if v]
    if ratios:
        yield f"  ratios, with the rounding: {', '.join(ratios)}"
    yield from _conventions(d)
    for finding in d["findings"]:
        if alone or finding["severity"] != "note":
            yield f"  {finding['severity']}: {printable(finding['message'])} [{finding['code']}]"
    if alone:
        yield from _needed(d)
        yield from _missing(d)
    yield f"  verdict: {d['verdict']}"


def _reading(d: Document) -> Iterator[str]:
    """What was understood of a text, and what was not."""
    for figure in d.get("understood", ()):
        unit = _UNITS.get(figure["column"], "")
        value = f"{figure['value']:,.10g} {unit}".strip()
        bound = {"over": " and more", "nearly": " and less"}.get(figure["bound"], "")
        yield f"  read: {printable(figure['text'])} -> {value}{bound} ({figure['meaning']})"
    for text in d.get("unread", ()):
        yield f"  not understood: {printable(text)}"
    for text in d.get("notes", ()):
        yield f"  remark: {printable(text)}"


def _printed(claim: Mapping[str, Any]) -> str:
    bounds = {name: bound for bound in ("over", "nearly") for name in str(claim.get(bound, "")).split()}
    shown = [
        f"{bounds[k] + ' ' if k in bounds else ''}{float(claim[k]):,.10g} {unit}"
        for k, unit in _UNITS.items()
        if k in claim
    ]
    basis = claim.get("lifetime_or_annual")
    return ", ".join(shown) + (f" ({basis})" if basis and basis != "annual" else "")


def _span(interval: Sequence[float]) -> str:
    low, best, high = map(short, interval)
    return f"{best} ({low} to {high})"


def _conventions(d: Document) -> Iterator[str]:
    for kind, ratios in (("coal", ("kgce_per_kwh",)), ("co2", ("kgco2_per_kwh", "kgco2_per_kgce"))):
        if any(d["implied"][r] for r in ratios):
            ids = d["conventions"][kind]
            shown = ", ".join(ids[:4]) + (f" and {len(ids) - 4} more" if len(ids) > 4 else "")
            yield f"  {'CO2' if kind == 'co2' else kind} by: {shown or 'no factor on file'}"
    if d["conventions"]["pollutants"]:
        yield f"  pollutants by: {', '.join(d['conventions']['pollutants'])}"


def _needed(d: Document) -> Iterator[str]:
    needed = d["needed"]
    if needed is None:
        return
    low, _, high = needed["specific_yield_kwh_per_kwp"]
    if needed["place"] == "all of China":
        yield "  no place is named; --place NAME narrows the range"
    yield f"  what must be true, at {low:,.0f} to {high:,.0f} kWh/kWp ({needed['place']}):"
    if "panel_wp" in needed:
        least, best, most = needed["panel_wp"]
        yield f"    panels of {least:,.0f} to {most:,.0f} Wp, in the middle {best:,.0f}; for a panel of"
        for point in needed["points"]:
            first, middle, last = point["specific_yield_kwh_per_kwp"]
            losses = point["losses_percent"][1]
            holds = "" if point["holds"] else "  not at this place and date"
            watts = f"{point['panel_wp']:,.0f} Wp"
            yields = f"{middle:,.0f} kWh/kWp ({first:,.0f} to {last:,.0f})"
            yield f"    {watts:>8}: {yields}, {losses:.0f} % lost of the horizontal irradiation{holds}"
    elif "capacity_kwp" in needed:
        least, best, most = needed["capacity_kwp"]
        yield f"    {least:,.0f} to {most:,.0f} kWp, in the middle {best:,.0f}"
    else:
        least, best, most = needed["losses_percent"]
        spread = f"{round(least) + 0:d} to {round(most) + 0:d}"
        yield f"    {best:.0f} % ({spread}) of the horizontal irradiation is lost before the meter"


def _missing(d: Document) -> Iterator[str]:
    rows = d["missing_co2"]
    if not rows:
        return
    yield "  CO2 is not printed; it would be, each by its own convention and none to be added:"
    for row in rows:
        low, best, high = row["t"]
        use = f"{row['kind']}, {_FOR[row['applies_to']]}" if row["computes"] else "only to recognise a claim"
        yield f"    {best:>12,.0f} t ({low:,.0f} to {high:,.0f}) by {row['factor_id']}: {use}"


def audit_csv(documents: Sequence[Document]) -> str:
    """One row a claim: verdict, ratios (best), conventions and codes of what was found."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "verdict", *_RATIOS, "coal", "co2", "errors", "doubts"])
    for d in documents:
        ratios = [f"{v[1]:.6g}" if v else "" for v in (d["implied"][r] for r in _RATIOS)]
        codes = [" ".join(f["code"] for f in d["findings"] if f["severity"] == s) for s in ("error", "doubt")]
        ids = [" ".join(d["conventions"][kind]) for kind in ("coal", "co2")]
        writer.writerow([_cell(d["id"]), d["verdict"], *ratios, *ids, *codes])
    return out.getvalue()


def _cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    shown = printable(text)
    return f"'{shown}" if shown[:1] in set("=+-@\t\r") else shown
