"""The terminal summary of a result: ASCII, at most 100 columns.

Everything here is read from the result document, so the text and the JSON cannot disagree.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

WIDTH = 100
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BAR = 40

Document = Mapping[str, Any]


def summary(document: Document) -> str:
    """The whole summary: what was asked and assumed, where it comes from, what it gives; the answer stands last."""
    parts = [
        printable(document["scenario"]["name"]),
        _assumptions(document),
        _weather(document),
        _system(document),
        _months(document),
        _ledger(document),
        _uncertainty(document),
        _impact(document),
        _claim(document) if "claim" in document else "",
        _answer(document),
        _notes(document),
    ]
    return "\n\n".join(p for p in parts if p) + "\n"


def printable(text: object) -> str:
    """Text that came from a file, with control characters shown instead of obeyed."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text))


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}"


def _wrap(text: str, indent: str = "  ", hang: str = "") -> str:
    return textwrap.fill(
        printable(text), WIDTH, initial_indent=indent, subsequent_indent=indent + hang, break_long_words=False
    )


def _answer(d: Document) -> str:
    energy, system, year = d["energy"], d["system"], d["uncertainty"]["one_year"]
    ratio = "n/a" if energy["performance_ratio"] is None else f"{energy['performance_ratio']:.3f}"
    rows = [
        _heading(f"{energy['annual_kwh']:,.0f} kWh in the first year"),
        f"  80 % interval of one year: {_interval(year)}",
        f"  {energy['specific_yield_kwh_per_kwp']:,.0f} kWh/kWp, {energy['kwh_per_panel']:,.0f} kWh per panel, "
        f"performance ratio {ratio}",
        f"  {system['panels']:,} panels, {system['dc_kwp']:,.0f} kWp DC, {system['ac_kw']:,.0f} kW AC",
    ]
    for kind, unit in (("coal", "tce"), ("co2", "t CO2")):
        for r in d["impact"][kind][:2]:
            tonnes = r["tce" if kind == "coal" else "t"]
            rows.append(f"  {tonnes:,.0f} {unit} by {r['factor_id']} ({r['kind']}; {_kwh_kind(r)})")
    return "\n".join(rows)


def _interval(spread: Mapping[str, float]) -> str:
    """P90 to P10 of a normal spread, which lie evenly about P50."""
    low, mid = spread["p90_kwh"], spread["p50_kwh"]
    unit, scale = ("GWh", 1e6) if mid >= 1e6 else ("MWh", 1e3)
    return f"{low / scale:,.2f} to {(2 * mid - low) / scale:,.2f} {unit}"


def _weather(d: Document) -> str:
    w = d["weather"]
    rows = [
        _heading("Weather"),
        _wrap(f"{w['source']}: {w['station']}, {w['years']}; {w['step_minutes']} min steps"),
        f"  GHI {w['ghi_kwh_per_m2']:,.0f} kWh/m2, DHI {w['dhi_kwh_per_m2']:,.0f}, DNI {w['dni_kwh_per_m2']:,.0f}; "
        f"mean air temperature {w['temp_air_mean_c']:.1f} C; coverage {w['coverage_fraction']:.1%}",
    ]
    rows += [f"  repaired: {name} {count}" for name, count in w["repairs"].items()]
    rows += [_wrap("from " + _source(s), hang="  ") for s in w["sources"]]
    return "\n".join(rows)


def _source(source: Mapping[str, Any]) -> str:
    order = ("ingredient", "issuer", "document", "period", "status")
    return "; ".join(str(source[k]) for k in order if source.get(k))


def _system(d: Document) -> str:
    rows = [
        _heading("Roof planes"),
        f"  {'':<24}{'panels':>9}{'tilt':>7}{'azimuth':>9}{'kWh/m2':>9}{'kWh':>13}",
    ]
    rows += [
        f"  {printable(p['name'])[:23]:<24}{p['panels']:>9,}{p['surface_tilt']:>7.1f}{p['surface_azimuth']:>9.0f}"
        f"{p['poa_kwh_per_m2']:>9,.0f}{p['annual_kwh']:>13,.0f}"
        for p in d["system"]["planes"][:20]
    ]
    more = len(d["system"]["planes"]) - 20
    if more > 0:
        rows.append(f"  ... and {more} more planes (all of them with --json)")
    return "\n".join(rows)


def _months(d: Document) -> str:
    monthly = d["energy"]["monthly_kwh"]
    top = max(monthly) or 1.0
    rows = [_heading("Months")]
    rows += [
        f"  {name} {kwh:>12,.0f} kWh  {'#' * round(BAR * kwh / top)}" for name, kwh in zip(MONTHS, monthly, strict=True)
    ]
    return "\n".join(rows)


def _ledger(d: Document) -> str:
    rows = [_heading("From the light on the roof to the meter")]
    for line in d["ledger"]:
        percent = line["percent_of_previous"]
        change = "" if percent is None else f"{percent - 100 + 0.0:+.2f} %".replace("-0.00", "+0.00")
        rows.append(f"  {line['name']:<24}{line['kwh']:>13,.0f} kWh {change:>9}  {line['basis']}")
    return "\n".join(rows)


def _uncertainty(d: Document) -> str:
    u = d["uncertainty"]
    rows = [
        _heading("How sure"),
        f"  {'':<26}{'P50':>12}{'P75':>12}{'P90':>12}{'P99':>12}  standard deviation",
    ]
    for label, key in (("one year, kWh", "one_year"), ("mean of 25 years' weather", "long_term")):
        s = u[key]
        cells = "".join(f"{s[k]:>12,.0f}" for k in ("p50_kwh", "p75_kwh", "p90_kwh", "p99_kwh"))
        rows.append(f"  {label:<26}{cells}  {s['sigma_percent']:.1f} %")
    largest = max(u["budget"], key=lambda p: p["sigma_percent"])["name"]
    rows += [
        _wrap(
            f"{p['name']}{' (the largest)' if p['name'] == largest else ''}: {p['sigma_percent']:g} %, {p['source']}",
            hang="  ",
        )
        for p in u["budget"]
    ]
    return "\n".join(rows)


def _impact(d: Document) -> str:
    rows = [_heading("What it avoids, by convention: never add these up")]
    for kind, unit in (("coal", "tce"), ("co2", "t")):
        rows.append("  standard coal" if kind == "coal" else "  CO2")
        for r in d["impact"][kind]:
            label = "t CO2" if unit == "t" else "tce"
            factor = f"{r['value']:g} {r['unit']}, {r['factor_id']} [{r['status']}]"
            rows.append(f"    {r[unit]:>10,.1f} {label:<6}{r['kind']:<20}{factor}")
            rows.append(_wrap(f"{_applies(r)}; {r['source']}", indent=" " * 21))
    rows.append("  status: R read on a public page, D derived, C second-hand copy (check the official notice)")
    return "\n".join(rows)


def _applies(row: Mapping[str, Any]) -> str:
    return f"{_kwh_kind(row)}{'; ' + row['note'] if row.get('note') else ''}"


def _kwh_kind(row: Mapping[str, Any]) -> str:
    return {"self_used": "self-used kWh", "exported": "exported kWh", "all": "all kWh"}[row["applies_to"]]


def _claim(d: Document) -> str:
    claim = d["claim"]
    rows = [_heading(f"The published claim: {claim['verdict']}")]
    for name, f in claim["fields"].items():
        simulated = "-" if f.get("simulated") is None else f"{f['simulated']:,.0f}"
        ratio = "" if f.get("ratio") is None else f"ratio {f['ratio']:.3f}"
        by = f" by {f['factor_id']}" if f.get("factor_id") else ""
        rows.append(f"  {name:<14}{f['claimed']:>13,.0f} claimed {simulated:>13} simulated{by}  {ratio}".rstrip())
    rows += [_wrap(f"{f['severity']}: {f['message']}", hang="  ") for f in claim["findings"]]
    return "\n".join(rows)


def _assumptions(d: Document) -> str:
    rows = [_heading("Assumed because the scenario does not say (change any of it there)")]
    rows += list(_defaults(d["assumptions"]))
    return "\n".join(rows)


def _defaults(assumptions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for a in assumptions:
        if a["default"]:
            value = f"{a['value']:g}" if isinstance(a["value"], int | float) else a["value"]
            unit = f" {a['unit']}" if a["unit"] else ""
            yield _wrap(f"{a['key']} = {value}{unit}: {a['reason']} ({a['source']})", hang="    ")


def _notes(d: Document) -> str:
    rows = [_wrap(f"warning: {text}", indent="", hang="  ") for text in d["warnings"]]
    v = d["versions"]
    rows.append(
        f"pvsim {v['pvsim']}, pvlib {v['pvlib']}, Python {v['python']}; scenario sha256 {d['scenario']['sha256'][:12]}"
    )
    return "\n".join(rows)
