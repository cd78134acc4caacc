"""A result as a small HTML fragment, which notebooks show in place of a repr. Everything from a file is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from pvsim.report.text import printable

Document = Mapping[str, Any]


def fragment(document: Document) -> str:
    """Headline figures, percentiles, months and ledger of a result document, as tables."""
    energy, one_year = document["energy"], document["uncertainty"]["one_year"]
    ratio = energy["performance_ratio"]
    headline = [
        ("first year", f"{energy['annual_kwh']:,.0f} kWh"),
        ("P90 to P50 of one year", f"{one_year['p90_kwh']:,.0f} to {one_year['p50_kwh']:,.0f} kWh"),
        ("specific yield", f"{energy['specific_yield_kwh_per_kwp']:,.0f} kWh/kWp"),
        ("performance ratio", "n/a" if ratio is None else f"{ratio:.3f}"),
        ("system", f"{document['system']['panels']:,} panels, {document['system']['dc_kwp']:,.0f} kWp"),
        ("weather", f"{document['weather']['station']}, {_light(document['weather']['ghi_kwh_per_m2'])}"),
    ]
    headline += [(r["factor_id"], f"{r['tce']:,.0f} tce ({r['kind']})") for r in document["impact"]["coal"]]
    headline += [(r["factor_id"], f"{r['t']:,.0f} t CO2 ({r['kind']})") for r in document["impact"]["co2"][:1]]
    months = [(f"{m:02d}", f"{kwh:,.0f}") for m, kwh in enumerate(energy["monthly_kwh"], start=1)]
    ledger = [(line["name"], f"{line['kwh']:,.0f}", _change(line)) for line in document["ledger"]]
    warnings = "".join(f"<p>warning: {_safe(text)}</p>" for text in document["warnings"])
    return (
        f"<div><h4>{_safe(document['scenario']['name'])}</h4>{table(headline)}{warnings}"
        f"<details><summary>months</summary>{table(months, ('month', 'kWh'))}</details>"
        f"<details><summary>loss ledger</summary>{table(ledger, ('step', 'kWh left', 'change'))}</details></div>"
    )


def _change(line: Mapping[str, Any]) -> str:
    percent = line["percent_of_previous"]
    return "" if percent is None else f"{percent - 100:+.2f} %"


def table(rows: Iterable[tuple[str, ...]], head: tuple[str, ...] = ()) -> str:
    """Rows of text as an HTML table; every cell is escaped."""
    top = f"<tr>{''.join(f'<th>{_safe(cell)}</th>' for cell in head)}</tr>" if head else ""
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table>{top}{body}</table>"


def _safe(text: object) -> str:
    return escape(printable(text))


def _light(ghi_kwh_per_m2: float | None) -> str:
    return "in-plane irradiance measured" if ghi_kwh_per_m2 is None else f"GHI {ghi_kwh_per_m2:,.0f} kWh/m2"
