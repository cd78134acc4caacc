"""What fits on the roofs, what shades them and what a cleaning is worth, as text; read from the result document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pvsim.report.text import MONTHS, WIDTH, fitted, heading, padded, printable

Document = Mapping[str, Any]

MAX_ROOFS = 20


def layout_text(document: Document, width: int = WIDTH) -> str:
    """The roofs of a result document alone, as ``pvsim layout`` prints them."""
    blocks = [[printable(document["scenario"]["name"])], roof_lines(document)]
    if not any(document.get(block) for block in ("roofs", "shading", "cleaning")):
        blocks.append(["No roof has a shape, an outline or anything that shades it: length_m and width_m, or pitch_m."])
    warnings = [f"note: {printable(w)}" for w in document["warnings"]]
    blocks.append(warnings)
    return "\n\n".join("\n".join(fitted(line, width) for line in block) for block in blocks if block) + "\n"


def roof_lines(d: Document) -> list[str]:
    """What fits, what shades, what soils; empty where nothing of it was asked."""
    rows: list[str] = []
    for roof in d.get("roofs", ())[:MAX_ROOFS]:
        rows += ["", *_roof(roof)]
    shading = d.get("shading", ())
    if shading:
        rows += ["", *_shading(shading[:MAX_ROOFS])]
    if "cleaning" in d:
        rows += ["", *_cleaning(d["cleaning"])]
    return [*heading("Roofs: what fits, what shades, what soils"), *rows[1:]] if rows else []


def _roof(r: Mapping[str, Any]) -> Iterator[str]:
    planes = "" if len(r["planes"]) == 1 else f" on {len(r['planes'])} planes"
    yield f"  {printable(r['name'])}: {r['shape']}, {r['panels']:,} panels{planes}"
    if r["panels_fit"] is not None:
        size = f"{r['module_length_m']:.3f} m x {r['module_width_m']:.3f} m"
        yield (
            f"    {r['panels_fit']:,} modules of {size} fit on {r['roof_area_m2']:,.0f} m2; they cover "
            f"{r['covered_fraction']:.0%} of the {r['usable_area_m2']:,.0f} m2 within the setbacks"
        )
    if r["pitch_m"] is not None:
        yield f"    rows {r['pitch_m']:.2f} m apart, ground coverage ratio {r['ground_coverage_ratio']:.2f}"
    asked = r["solstice_pitch_m"]
    if asked is not None:
        first, last = r["solstice_clock"]
        kept = "kept" if r["pitch_m"] >= asked - 1e-9 else "not kept"
        yield (
            f"    free of shade from 09:00 to 15:00 true solar time of the shortest day ({first} to {last} by the "
            f"clock) from {asked:.2f} m on: {kept}"
        )
    spare = r["spare_load_kg_per_m2"]
    borne = "; what the roof bears is not said" if spare is None else f", {spare:g} to spare"
    yield f"    modules, rails and ballast weigh {r['array_kg_per_m2']:g} kg/m2{borne}"


def _shading(planes: list[Mapping[str, Any]]) -> Iterator[str]:
    yield (
        f"  {'% of the light lost to':<28}{'horizon':>9}{'obstacles':>11}{'rows':>7}{'partial':>9}{'all':>7}{'back':>8}"
    )
    for p in planes:
        yield (
            f"  {padded(p['name'], 28)}{p['horizon_percent']:>9.2f}{p['obstacles_percent']:>11.2f}"
            f"{p['rows_percent']:>7.2f}{p['partial_shade_percent']:>9.2f}{p['shaded_percent']:>7.2f}"
            f"{p['rear_gain_percent']:>+8.2f}"
        )
    yield f"  {'by month':<18}" + "".join(f"{m:>5}" for m in MONTHS)
    for p in planes:
        yield f"  {padded(p['name'], 18)}" + "".join(f"{x:>5.1f}" for x in p["monthly_percent"])


def _cleaning(c: Mapping[str, Any]) -> Iterator[str]:
    yield f"  dirt takes {c['energy_lost_percent']:.2f} % of the year's energy"
    for one in c["dates"]:
        yield f"  cleaning on {one['date'][5:]}: {_worth(one)}"
    if c["best"] is not None:
        more = "one more" if c["dates"] else "one"
        yield f"  {more} cleaning on {c['best']['date'][5:]} would add {_worth(c['best'])}"


def _worth(one: Mapping[str, Any]) -> str:
    value = one["value_cny"]
    return f"{one['kwh']:,.0f} kWh" + ("" if value is None else f", {value:,.0f} CNY with VAT in the first year")
