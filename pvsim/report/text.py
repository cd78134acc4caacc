"""The terminal summary of a result: ASCII of our own, names as they are, 80 to 100 columns.

Everything here is read from the result document, so the text and the JSON cannot disagree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

WIDTH = 100
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BAR = 40
MAX_PLANES = 20

Document = Mapping[str, Any]


def summary(document: Document, width: int = WIDTH) -> str:
    """The whole summary: what was asked and assumed, where it comes from, what it gives; the answer stands last.

    Parameters
    ----------
    document : the result document
    width : columns of the terminal, 80 or more
    """
    blocks = [
        [printable(document["scenario"]["name"])],
        _assumptions(document),
        _weather(document),
        _system(document),
        *_roofs(document),
        _months(document),
        _ledger(document, width),
        _lifetime(document),
        _uncertainty(document),
        _ensemble(document) if "ensemble" in document else [],
        _random_years(document) if "random_years" in document else [],
        *_where_and_worth(document),
        _impact(document),
        _claim(document) if "claim" in document else [],
        _answer(document),
        _notes(document),
    ]
    return "\n\n".join("\n".join(fitted(line, width) for line in block) for block in blocks if block) + "\n"


def _roofs(d: Document) -> Iterator[list[str]]:
    """Layout and shade, where they were asked for."""
    from pvsim.report.roofs import roof_lines  # it is written with what stands here

    yield roof_lines(d)


def _where_and_worth(d: Document) -> Iterator[list[str]]:
    """Self-use and money, where they were asked for."""
    from pvsim.report.money import finance_lines, use_lines  # they are written with what stands here

    yield use_lines(d) if "use" in d else []
    yield finance_lines(d) if "finance" in d else []


def printable(text: object) -> str:
    """Text that came from a file, with control characters shown instead of obeyed."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text))


def heading(text: str) -> list[str]:
    """A heading and the line below it."""
    return [text, "-" * len(text)]


def _wide(text: str) -> int:
    """Columns that a text takes on a terminal, where Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fitted(line: str, width: int) -> str:
    """A line broken to the width, at blanks where there are any, its rest further in than its start."""
    if _wide(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip())] + "  "
    rows, row = [], ""
    for word in re.findall(r"\s*\S+", line):
        if row.strip() and _wide(row + word) > width:
            rows.append(row)
            row = indent + word.lstrip()
        else:
            row += word
        while _wide(row) > width:  # a word longer than a line
            cut = next(n for n in range(len(row), 0, -1) if _wide(row[:n]) <= width)
            rows.append(row[:cut])
            row = indent + row[cut:]
    return "\n".join([*rows, row])


def _answer(d: Document) -> list[str]:
    energy, system, year = d["energy"], d["system"], d["uncertainty"]["one_year"]
    ratio = _or_none(energy["performance_ratio"], ".3f")
    interval = [] if d["weather"].get("seed") is not None else [f"  80 % interval of one year: {_interval(year)}"]
    rows = [
        *heading(f"{energy['annual_kwh']:,.0f} kWh {of_what(d)}"),
        *interval,
        f"  {energy['specific_yield_kwh_per_kwp']:,.0f} kWh/kWp, {energy['kwh_per_panel']:,.0f} kWh per panel, "
        f"performance ratio {ratio}",
        f"  {system['panels']:,} panels, {system['dc_kwp']:,.0f} kWp DC, {system['ac_kw']:,.0f} kW AC",
    ]
    coal, co2 = d["impact"]["coal"], d["impact"]["co2"]
    rows += [f"  {r['tce']:,.0f} tce: {MEANING[r['kind']]} ({r['factor_id']})" for r in coal[:2]]
    for r in co2[:1]:
        known = energy["self_use_fraction"] is not None
        condition = " of what is self-used" if known else " if all of it is self-used"
        condition = condition if r["applies_to"] == "self_used" else ""
        rows.append(f"  {r['t']:,.0f} t CO2{condition}: {MEANING[r['kind']]} ({r['factor_id']})")
    from pvsim.report.money import answer_lines

    return [*rows, *answer_lines(d)]


# what the figures that stand beside the energy answer, so that nobody takes one for another
MEANING = {
    "calorific": "heat content of the kWh, for energy statistics",
    "supply": "coal that thermal plants burn for them",
    "average": "company inventory, location-based",
}


def of_what(d: Document) -> str:
    """Which year the annual energy is of, or that it is none."""
    years = len(d["energy"].get("by_year", ()))
    if years and d["weather"]["coverage_fraction"] > 0.999:
        return f"a year, mean of the weather of {d['weather']['years']}, unaged"
    covered, seed = d["weather"]["coverage_fraction"], d["weather"].get("seed")
    if seed is not None:
        return f"in one random year (seed {seed}), NOT the mean of many"
    return (
        "in the first year" if covered > 0.999 else f"in the {covered:.1%} of the hours that have weather, NOT a year"
    )


def _or_none(value: float | None, spec: str) -> str:
    return "n/a" if value is None else format(value, spec)


def _interval(spread: Mapping[str, float]) -> str:
    """P90 to P10 of a normal spread, which lie evenly about P50."""
    low, mid = spread["p90_kwh"], spread["p50_kwh"]
    unit, scale = ("GWh", 1e6) if mid >= 1e6 else ("MWh", 1e3)
    return f"{low / scale:,.2f} to {(2 * mid - low) / scale:,.2f} {unit}"


def _weather(d: Document) -> list[str]:
    w = d["weather"]
    rows = [
        *heading("Weather"),
        "  " + printable(f"{w['source']}: {w['station']}, {w['years']}; {w['step_minutes']} min steps"),
        f"  {_light(w)}; "
        f"mean air temperature {_or_none(w['temp_air_mean_c'], '.1f')} C; coverage {w['coverage_fraction']:.1%}",
    ]
    rows += [f"  repaired: {name} {count}" for name, count in w["repairs"].items()]
    offsets = w["sun_offset_minutes"]
    if w["source"] == "file" and isinstance(offsets, list):
        rows.append(
            "  the sun stands, by month, " + ", ".join(f"{m:g}" for m in offsets) + " minutes after a row's start"
        )
    elif w["source"] == "file":
        rows.append(f"  the sun stands {offsets:g} minutes after a row's start")
    rows += ["  " + printable(station_share(s)) for s in w.get("stations", ())]
    rows += ["  " + printable("from " + _source(s)) for s in w["sources"]]
    return rows


def station_share(s: Mapping[str, Any]) -> str:
    """A station of the climate: how far, how high, and how much it counts."""
    title = s["name"] if s["id"] in s["name"] else f"{s['name']} ({s['id']})"
    return f"{s['weight']:.1%} of {title}, {s['distance_km']:.0f} km away at {s['altitude']:.0f} m"


def _light(w: Mapping[str, Any]) -> str:
    if w["ghi_kwh_per_m2"] is None:
        return "in-plane irradiance measured, none on the horizontal"
    return f"GHI {w['ghi_kwh_per_m2']:,.0f} kWh/m2, DHI {w['dhi_kwh_per_m2']:,.0f}, DNI {w['dni_kwh_per_m2']:,.0f}"


def _source(source: Mapping[str, Any]) -> str:
    order = ("ingredient", "issuer", "document", "period", "status")
    return "; ".join(str(source[k]) for k in order if source.get(k))


def _system(d: Document) -> list[str]:
    planes = d["system"]["planes"]
    rows = [
        *heading("Roof planes"),
        f"  {'':<24}{'panels':>9}{'tilt':>7}{'azimuth':>9}{'kWh/m2':>9}{'kWh':>14}",
    ]
    for p in planes[:MAX_PLANES]:
        figures = f"{p['panels']:>9,}{p['surface_tilt']:>7.1f}{p['surface_azimuth']:>9.0f}"
        rows.append(f"  {padded(p['name'], 24)}{figures}{p['poa_kwh_per_m2']:>9,.0f} {p['annual_kwh']:>13,.0f}")
    more = len(planes) - MAX_PLANES
    if more > 0:
        rows.append(f"  ... and {more} more planes (all of them with --json)")
    return rows + _equipment(d)


MODEL = {
    "pvwatts": "PVWatts", "cec": "single diode (CEC)", "pvsyst": "single diode (PVsyst)", "sapm": "Sandia (SAPM)",
    "adr": "efficiency surface (ADR)", "sandia": "Sandia",
}  # fmt: skip


def _equipment(d: Document) -> list[str]:
    """Modules and inverters with the model that computes them, and what inverters lose by cause."""
    rows = []
    for m in d["system"]["modules"]:
        rows.append("  " + printable(f"{m['name']}: {m['power_w']:g} W, {MODEL[m['model']]}; {m['source']}"))
    for i in d["system"]["inverters"]:
        lost = (
            ("voltage_window_kwh", "outside of its voltages"),
            ("clipped_kwh", "clipped"),
            ("night_kwh", "at night"),
        )
        causes = [f"{i[key]:,.0f} kWh {what}" for key, what in lost if i[key] >= 0.5]
        size = f"{i['ac_kw']:,.0f} kW for {i['dc_kwp']:,.0f} kWp"
        rows.append(
            "  "
            + printable(
                f"{i['name']}: {size}, {MODEL[i['model']]}; {', '.join(causes) or 'nothing clipped'}; {i['source']}"
            )
        )
    return rows


def padded(text: str, width: int) -> str:
    """A name cut and filled to so many columns of a terminal, where Chinese characters take two."""
    shown, used = "", 0
    for character in printable(text):
        if used + _wide(character) > width - 1:
            break
        shown, used = shown + character, used + _wide(character)
    return shown + " " * (width - used)


def _months(d: Document) -> list[str]:
    monthly = d["energy"]["monthly_kwh"]
    top = max(monthly) or 1.0
    rows = heading("Months")
    rows += [f"  {y['year']} {y['annual_kwh']:>11,.0f} kWh" for y in d["energy"].get("by_year", ())]
    rows += [
        f"  {name} {kwh:>12,.0f} kWh  {'#' * round(BAR * kwh / top)}" for name, kwh in zip(MONTHS, monthly, strict=True)
    ]
    return rows


def _ledger(d: Document, width: int) -> list[str]:
    rows = heading("From the light on the roof to the meter")
    for line in d["ledger"]:
        percent = line["percent_of_previous"]
        change = "" if percent is None else f"{percent - 100 + 0.0:+.2f} %".replace("-0.00", "+0.00")
        row = f"  {line['name']:<24}{line['kwh']:>13,.0f} kWh {change:>9}"
        rows.append(f"{row}  {line['basis']}" if width >= WIDTH else row.rstrip())
    return rows


SHOWN_YEARS = (1, 2, 5, 10, 15, 20, 25)


def _lifetime(d: Document) -> list[str]:
    """The 25-year table, a few of its years: all of them with --json."""
    life = d["lifetime"]
    years = [y for y in life["years"] if y["year"] in SHOWN_YEARS]
    return [
        *heading(f"{len(life['years'])} years of this weather, modules ageing"),
        "  year        " + "".join(f"{y['year']:>12}" for y in years),
        "  factor      " + "".join(f"{y['factor']:>12.3f}" for y in years),
        "  kWh         " + "".join(f"{y['annual_kwh']:>12,.0f}" for y in years),
        "  hours       " + "".join(f"{y['equivalent_hours']:>12,.0f}" for y in years),
        f"  mean {life['mean_kwh']:,.0f} kWh a year ({life['mean_equivalent_hours']:,.0f} hours at nameplate), "
        f"{life['total_kwh']:,.0f} kWh in all",
    ]


def _uncertainty(d: Document) -> list[str]:
    u = d["uncertainty"]
    rows = [
        *heading("How sure"),
        f"  {'':<24}{'P50':>11}{'P75':>11}{'P90':>11}{'P99':>11}  sigma",
    ]
    for label, key in (("one year, kWh", "one_year"), ("mean of 25 years, unaged", "long_term")):
        s = u[key]
        cells = "".join(f"{s[k]:>11,.0f}" for k in ("p50_kwh", "p75_kwh", "p90_kwh", "p99_kwh"))
        rows.append(f"  {label:<24}{cells}{s['sigma_percent']:>5.1f} %")
    rows.append("  P90 is reached or passed with 90 % probability; the mean of 25 years leaves ageing out")
    if d["weather"].get("seed") is not None:
        rows.append("  round the one random year of this run: for the roof's own figures take the typical year")
    largest = max(u["budget"], key=lambda p: p["sigma_percent"])["name"]
    for part in u["budget"]:
        mark = " (the largest)" if part["name"] == largest else ""
        rows.append("  " + printable(f"{part['name']}{mark}: {part['sigma_percent']:g} %, {part['source']}"))
    return rows


def _ensemble(d: Document) -> list[str]:
    """The same roof under the sources that the scenario lists."""
    rows = heading("The same roof under other sources of weather")
    for m in d["ensemble"]["members"]:
        if m["annual_kwh"] is None:
            rows.append("  " + printable(f"{m['name']}: refused, {m['refused']}"))
            continue
        ghi = "" if m["ghi_kwh_per_m2"] is None else f"  GHI {m['ghi_kwh_per_m2']:,.0f} kWh/m2"
        ratio = m["annual_kwh"] / d["energy"]["annual_kwh"] if d["energy"]["annual_kwh"] else None
        partial = "" if m["coverage_fraction"] > 0.999 else f", coverage {m['coverage_fraction']:.1%}: a partial sum"
        share = f"{_or_none(ratio, '.3f')} of this run's{ghi}"
        rows.append(f"  {m['annual_kwh']:>13,.0f} kWh  {share}  {printable(m['name'] + partial)}")
        rows += [printable(f"      {text}") for text in m["warnings"]]
    s = d["ensemble"]["spread"]
    if s is not None:
        sigma = "" if s["sigma_percent"] is None else f", standard deviation {s['sigma_percent']:.1f} %"
        rows.append(f"  {s['lowest_kwh']:,.0f} to {s['highest_kwh']:,.0f} kWh, mean {s['mean_kwh']:,.0f}{sigma}")
    return rows


def _random_years(d: Document) -> list[str]:
    """The spread of single years of the climate; the budget's interannual part is that of weather alone, too."""
    s, years = d["random_years"]["spread"], d["random_years"]["members"]
    known = s["sigma_percent"] / len(years) ** 0.5
    cells = "".join(f"{s[k]:>11,.0f}" for k in ("lowest_kwh", "p90_kwh", "p50_kwh", "p10_kwh", "highest_kwh"))
    return [
        *heading(f"{len(years)} random years of the climate (seeds {years[0]['seed']} to {years[-1]['seed']})"),
        f"  {'':<24}{'lowest':>11}{'P90':>11}{'P50':>11}{'P10':>11}{'highest':>11}  sigma",
        f"  {'single years, kWh':<24}{cells}{s['sigma_percent']:>5.1f} %",
        f"  mean {s['mean_kwh']:,.0f} kWh; their GHI {s['ghi_mean_kwh_per_m2']:,.0f} kWh/m2, "
        f"sigma {s['ghi_sigma_percent']:.1f} %",
        f"  of weather alone: the P90 of the budget has level, models and losses as well; {len(years)} years know "
        f"their mean to {known:.1f} %",
    ]


def _impact(d: Document) -> list[str]:
    rows = heading("What it avoids, by convention: never add these up")
    for kind, unit in (("coal", "tce"), ("co2", "t")):
        rows.append("  standard coal" if kind == "coal" else "  CO2")
        for r in d["impact"][kind]:
            label = "t CO2" if unit == "t" else "tce"
            factor = f"{r['factor_id']}: {r['value']:g} {r['unit']}, {r['kind']} [{r['status']}]"
            rows.append(f"  {r[unit]:>11,.1f} {label:<5}  {factor}")
            rows.append(" " * 21 + printable(f"{_applies(r)}; {r['source']}"))
    rows.append("  status: R read on a public page, D derived, C second-hand copy (check the official notice)")
    return rows


def _applies(row: Mapping[str, Any]) -> str:
    note = row.get("note") or ""
    # of self-used kWh the note itself says on what condition they are counted
    return note if row["applies_to"] == "self_used" and note else "; ".join(filter(None, (_kwh_kind(row), note)))


def _kwh_kind(row: Mapping[str, Any]) -> str:
    return {"self_used": "if all is self-used", "exported": "exported kWh", "all": "all kWh"}[row["applies_to"]]


def _claim(d: Document) -> list[str]:
    claim = d["claim"]
    rows = heading(f"The published claim: {claim['verdict']}")
    for name, f in claim["fields"].items():
        simulated = "-" if f.get("simulated") is None else f"{f['simulated']:,.0f}"
        ratio = "" if f.get("ratio") is None else f"ratio {f['ratio']:.3f}"
        by = f" by {f['factor_id']}" if f.get("factor_id") else ""
        rows.append(f"  {name:<14}{_plain(f['claimed']):>13} claimed {simulated:>13} simulated{by}  {ratio}".rstrip())
    rows += ["  " + printable(f"{f['severity']}: {f['message']}") for f in claim["findings"]]
    return rows


def _plain(value: float) -> str:
    """A number as people write it: whole from 100 on, else with the digits that it has."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.6g}"


def _assumptions(d: Document) -> list[str]:
    return [
        *heading("Assumed because the scenario does not say (change any of it there)"),
        *_defaults(d["assumptions"]),
    ]


def _defaults(assumptions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """One line for each default; roofs that share one share its line."""
    keys: dict[str, list[str]] = {}
    for a in assumptions:
        if a["default"]:
            value = f"{a['value']:g}" if isinstance(a["value"], int | float) else a["value"]
            unit = f" {a['unit']}" if a["unit"] else ""
            key = re.sub(r"^roof\[\d+\]", "roof[]", a["key"])
            said = f"{key} = {value}{unit}: {a['reason']} ({a['source']})"
            keys.setdefault(said, []).append(a["key"])
    for said, found in keys.items():
        yield "  " + printable(
            said.replace("roof[]", found[0].split(".")[0] if len(found) == 1 else f"{len(found)} roofs", 1)
        )


def _notes(d: Document) -> list[str]:
    rows = [printable(f"warning: {text}") for text in d["warnings"]]
    v = d["versions"]
    rows.append(
        f"pvsim {v['pvsim']}, pvlib {v['pvlib']}, Python {v['python']}; scenario sha256 {d['scenario']['sha256'][:12]}"
    )
    return rows
