"""Climates for a person to read: those that are shipped, what to expect in each province, and one just made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import fsum
from pathlib import Path
from typing import Any

from pvsim.report.text import MONTHS, printable
from pvsim.weather.atlas import stations
from pvsim.weather.priors import priors

BAR = 24
MOST_NAMED = 3


def stations_document() -> dict[str, Any]:
    """What ``pvsim weather stations --json`` prints: the shipped climates and the priors of the provinces."""
    return {"stations": [asdict(s) for s in stations()], "provinces": [asdict(p) for p in priors()]}


def stations_text(d: Mapping[str, Any]) -> str:
    """Both tables; ``d`` is ``stations_document``."""
    rows = [
        "Climates that are shipped (radiation 1991-2017)",
        f"  {'id':<7}{'name':<22}{'lat':>7}{'lon':>8}{'m':>6}{'GHI':>7}{'cv':>8}{'yield':>7}  air",
    ]
    for s in d["stations"]:
        rows.append(
            f"  {s['id']:<7}{s['name']:<22}{s['latitude']:>7.2f}{s['longitude']:>8.2f}{s['altitude']:>6.0f}"
            f"{s['ghi_kwh_per_m2']:>7,.0f}{100 * s['interannual_cv']:>6.1f} %{s['specific_yield_kwh_per_kwp']:>7,.0f}"
            f"  {'own' if s['has_air'] else 'of the nearest'}"
        )
    rows += [
        "  GHI in kWh/m2 a year, cv: the spread of single years, yield in kWh/kWp of a first year at 10 degrees",
        "  towards the equator with the default losses; air: temperature and wind",
        "",
        "What to expect where no station is near: coarse, for sanity checks only",
        f"  {'province':<16}{'GHI':>7}{'plausible':>14}{'yield':>8}{'plausible':>14}  from",
    ]
    for p in d["provinces"]:
        light = f"{p['ghi_low_kwh_per_m2']:,.0f}-{p['ghi_high_kwh_per_m2']:,.0f}"
        energy = f"{p['yield_low_kwh_per_kwp']:,.0f}-{p['yield_high_kwh_per_kwp']:,.0f}"
        rows.append(
            f"  {p['province']:<16}{p['ghi_kwh_per_m2']:>7,.0f}{light:>14}{p['yield_kwh_per_kwp']:>8,.0f}{energy:>14}"
            f"  {_few(p['stations'])}{'' if p['own'] else ' (round it)'}"
        )
    rows.append(
        "  of the same dataset, most of them not shipped; a province that reaches into another climate has a wide range"
    )
    return "\n".join(rows) + "\n"


def _few(stations: str) -> str:
    names = stations.split("; ")
    return stations if len(names) <= MOST_NAMED else f"{names[0]} and {len(names) - 1} more"


def made_text(path: str, document: Mapping[str, Any], notes: Sequence[str]) -> str:
    """What a climate that was just written says, and how a scenario names it."""
    radiation = document["radiation"]
    ghi = radiation["ghi_kwh_per_m2"]
    rows = [
        printable(f"{path}: the climate of {document['name']}, {document['period']}"),
        f"  {document['latitude']:.3f}, {document['longitude']:.3f}, {document['altitude']:.0f} m",
        f"  GHI {fsum(ghi):,.0f} kWh/m2 a year; single years spread by {100 * radiation['interannual_cv']:.1f} %",
    ]
    rows += [
        f"  {name} {value:>7,.1f}  {'#' * round(BAR * value / max(ghi))}"
        for name, value in zip(MONTHS, ghi, strict=True)
    ]
    rows += [printable(f"note: {text}") for text in notes]
    rows += [
        "use it in a scenario beside it:",
        "  [weather]",
        f"  path = {json.dumps(Path(path).name, ensure_ascii=False)}",
    ]
    return "\n".join(rows) + "\n"
