"""A weather for a person to read: its months, how far it can be trusted, and as CSV for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from pvsim.errors import WeatherError
from pvsim.report.text import MONTHS, printable, station_share
from pvsim.weather.judge import Judgement
from pvsim.weather.record import SERIES, Weather

BAR = 24
DECIMALS = 3


def sky_document(weather: Weather) -> dict[str, Any]:
    """What ``pvsim weather show --json`` prints: months and sums of a weather, its clock, repairs and warnings."""
    months = weather.axis.month_index()
    covered = weather.covered()
    to_kwh = weather.axis.step_minutes / 60 / 1000 / weather.year_count

    def sums(name: str) -> list[float] | None:
        if not weather.has_ghi:
            return None
        rows = covered & np.isfinite(weather.series(name))
        return [float(x) for x in np.bincount(months[rows], weather.series(name)[rows], 12) * to_kwh]

    def means(name: str) -> list[float | None]:
        rows = np.isfinite(weather.series(name))
        count = np.bincount(months[rows], minlength=12)
        total = np.bincount(months[rows], weather.series(name)[rows], 12)
        return [float(t / n) if n else None for t, n in zip(total, count, strict=True)]

    return {
        "source": weather.source,
        "station": weather.station,
        **({"stations": [asdict(s) for s in weather.stations], "seed": weather.seed} if weather.stations else {}),
        "years": weather.years,
        "latitude": weather.latitude,
        "longitude": weather.longitude,
        "altitude": weather.altitude,
        "label": weather.label,
        "step_minutes": weather.axis.step_minutes,
        "sun_offset_minutes": list(weather.sun_offset_minutes),
        "coverage_fraction": float(covered.mean()),
        "monthly": {
            **{f"{name}_kwh_per_m2": sums(name) for name in ("ghi", "dhi", "dni")},
            "temp_air_mean_c": means("temp_air"),
            "wind_speed": means("wind_speed"),
        },
        "repairs": dict(weather.repairs),
        "warnings": list(weather.warnings),
        "sources": [asdict(s) for s in weather.sources],
    }


def check_document(weather: Weather, judgement: Judgement) -> dict[str, Any]:
    """What ``pvsim weather check --json`` prints: the verdict with its months."""
    climate = judgement.climate
    return {
        "trust": judgement.trust,
        "sentence": judgement.sentence,
        "level_ratio": judgement.level_ratio,
        "days_ratio": judgement.days_ratio,
        "climate": None if climate is None else {"id": climate.id, "name": climate.name, "period": climate.period},
        "months": [asdict(m) for m in judgement.months],
        "weather": sky_document(weather),
    }


def _head(d: Mapping[str, Any]) -> list[str]:
    first = printable(f"{d['station']}, {d['years']}")
    offsets = d["sun_offset_minutes"]
    shown = f"{offsets[0]:g}" if len(set(offsets)) == 1 else ", ".join(f"{m:g}" for m in offsets) + " (by month)"
    rows = [
        first,
        "-" * len(first),
        f"  {d['latitude']:.3f}, {d['longitude']:.3f}, {d['altitude']:.0f} m; rows of {d['step_minutes']} min; "
        f"coverage {d['coverage_fraction']:.1%}",
        f"  the sun stands {shown} minutes after a row's start",
    ]
    rows += ["  " + printable(station_share(s)) for s in d.get("stations", ())]
    rows += [f"  repaired: {printable(name)} {count}" for name, count in d["repairs"].items()]
    return rows


def _notes(d: Mapping[str, Any]) -> list[str]:
    return [printable(f"warning: {text}") for text in d["warnings"]]


def _cell(value: float | None, spec: str, width: int) -> str:
    return f"{'-' if value is None else format(value, spec):>{width}}"


def show_text(d: Mapping[str, Any]) -> str:
    """The months of a weather; ``d`` is ``sky_document``."""
    monthly = d["monthly"]
    empty = [None] * 12
    ghi, dhi, dni = (monthly[f"{n}_kwh_per_m2"] or empty for n in ("ghi", "dhi", "dni"))
    top = max((g or 0.0 for g in ghi), default=0.0) or 1.0
    rows = [
        *_head(d),
        "",
        f"  {'':<6}{'GHI':>9}{'DHI':>9}{'DNI':>9}{'temp':>8}{'wind':>7}",
        f"  {'':<6}{'kWh/m2':>9}{'kWh/m2':>9}{'kWh/m2':>9}{'C':>8}{'m/s':>7}",
    ]
    for i, name in enumerate(MONTHS):
        cells = "".join(_cell(v[i], ",.1f", 9) for v in (ghi, dhi, dni))
        air = _cell(monthly["temp_air_mean_c"][i], ".1f", 8) + _cell(monthly["wind_speed"][i], ".1f", 7)
        rows.append(f"  {name:<6}{cells}{air}  {'#' * round(BAR * (ghi[i] or 0.0) / top)}".rstrip())
    if monthly["ghi_kwh_per_m2"] is not None:
        rows.append(f"  {'year':<6}" + "".join(f"{sum(v):>9,.1f}" for v in (ghi, dhi, dni)))
    return "\n".join([*rows, *_notes(d)]) + "\n"


def check_text(d: Mapping[str, Any]) -> str:
    """The verdict with its months; ``d`` is ``check_document``. The sentence stands last."""
    sky = d["weather"]
    rows = _head(sky)
    against = (
        "" if d["climate"] is None else f" against the climate of {d['climate']['name']} ({d['climate']['period']})"
    )
    rows += [
        "",
        f"Month by month{against}",
        f"  {'':<6}{'GHI':>8}{'climate':>9}{'ratio':>7}{'diffuse':>9}{'noon':>7}{'closes':>8}{'sun at':>8}",
    ]
    for m in d["months"]:
        cells = _cell(m["ghi_kwh_per_m2"], ",.1f", 8) + _cell(m["climate_kwh_per_m2"], ",.1f", 9)
        cells += _cell(m["level_ratio"], ".2f", 7) + _cell(m["diffuse_fraction"], ".2f", 9)
        clock = (
            _cell(m["noon_minutes"], ".0f", 7)
            + _cell(m["closure_minutes"], ".0f", 8)
            + f"{m['sun_offset_minutes']:>8.0f}"
        )
        rows.append(f"  {MONTHS[m['month'] - 1]:<6}{cells}{clock}  {_beside(m['level_ratio'])}".rstrip())
    rows.append(
        "  GHI and climate in kWh/m2; noon, closes and sun at: minutes after a row's start, of GHI's noon, where the"
    )
    rows.append("  three columns agree best, and where the sun is put; the bar is the ratio, | is 1")
    if d["days_ratio"] is not None:
        rows.append(
            f"  days of a month part from the climate's by {d['days_ratio']:.2f} (chance: 0.13; up to 0.27 is trusted)"
        )
    return "\n".join([*rows, *_notes(sky), "", d["sentence"]]) + "\n"


def _beside(ratio: float | None) -> str:
    """A bar from 0 to 2 with a mark at 1."""
    if ratio is None:
        return ""
    bar = list(("#" * min(round(ratio * 10), 20)).ljust(20))
    bar[9] = "|"
    return "".join(bar).rstrip() + (">" if ratio > 2.05 else "")


def _which_year(weather: Weather) -> str:
    """Of a climate: typical or random."""
    if weather.source != "climate":
        return ""
    return ", typical year" if weather.seed is None else f", random year {weather.seed}"


def as_csv(weather: Weather) -> str:
    """A weather as plain CSV that ``format = "csv"`` reads back: pvlib's names, ISO 8601 times with offset.

    Means carry the start of their row (label "start"); values of a moment carry that moment (label "instant").

    Raises
    ------
    WeatherError : the clock of a file changes from month to month, which one label cannot say
    """
    offsets = set(weather.sun_offset_minutes)
    if len(offsets) > 1:
        raise WeatherError(
            f"{weather.station}: its clock changes from month to month, which one label cannot say; run a scenario "
            "with --out instead: hourly.csv has its rows"
        )
    offset, axis = offsets.pop(), weather.axis
    means = offset == axis.step_minutes / 2
    label, shift_s = ("start", 0) if means else ("instant", round(offset * 60))
    stamps = np.datetime_as_string(axis.local_datetime64() + np.timedelta64(shift_s, "s"), unit="s")
    head = [
        f"# {printable(weather.station)}, {printable(weather.years)}{_which_year(weather)}; written by pvsim",
        f"# latitude {weather.latitude:.5f}, longitude {weather.longitude:.5f}, altitude {weather.altitude:.1f}",
        f'# format = "csv", label = "{label}"; W/m2, degrees C, m/s',
        ",".join(("time", *SERIES)),
    ]
    columns = [getattr(weather, name) for name in SERIES]
    rows = [
        f"{stamp}{axis.utc_offset}," + ",".join("" if v != v else f"{v:.{DECIMALS}f}" for v in values)
        for stamp, values in zip(stamps.tolist(), zip(*(c.tolist() for c in columns), strict=True), strict=True)
    ]
    return "\n".join([*head, *rows]) + "\n"
