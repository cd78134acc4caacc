"""What a place and a date allow: kWh of a kWp and watts of a panel, for claims that no roof was simulated for.

The place is that of the nearest climates, interpolated as a run does it; else the prior of the province; else all of
China. Limits of the yield are those of ``reference/factors.md``: a fixed plane above 1.05 of the place's horizontal
irradiation is an error, above 0.95 a doubt; 1.15 and 1.05 north of 35 N and on the plateau.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pvsim.impact.printed import (
    WHOLE_YEAR,
    Claim,
    Interval,
    implied,
    number,
    printed,
    ratio,
    saves,
)
from pvsim.impact.recognise import year_of
from pvsim.studies.findings import Finding, finding, span
from pvsim.studies.panels import WEAK_WP, WEAKEST_WP, capacity_of, is_in_kva, panel_findings, strongest_wp
from pvsim.weather.atlas import climate_at, nearest_station, weights_at
from pvsim.weather.places import Place, find_place, places
from pvsim.weather.priors import Prior, prior_of, priors

FARTHEST_KM: Final = 100.0  # of a climate that speaks for a place; beyond it the prior of the province
NORTH: Final = 35.0
PLATEAU: Final = frozenset({"Tibet", "Qinghai"})
HOURS_OF_A_YEAR: Final = 8760.0
NARROW_PRIOR: Final = 1.25  # of a province whose brightest part has less more than its middle: then the middle tells
AC_OR_TRACKER: Final = 1.4  # what a ground plant may have more: DC over AC of 1.4, or a tracker
# From the budget of a run: 9.6 % one year, 7.6 % the long-term mean; 25-year mean over first year 0.927. Press
# figures are the one or the other, so what is plausible reaches from P90 of the mean to P10 of the first year.
FIRST_YEAR_P10: Final = 1.0 + 1.2816 * 0.096
LONG_TERM_P90: Final = 0.927 * (1.0 - 1.2816 * 0.076)


@dataclass(frozen=True, slots=True)
class Expected:
    """What to expect of a kWp at a place.

    ``ghi_kwh_per_m2`` and ``yield_kwh_per_kwp`` are [low, centre, high]; the yield reaches from P90 of the 25-year
    mean to P10 of the first year at a climate, and over the range of the prior elsewhere. ``bright`` says that the
    limits of the north and the plateau hold; ``latitude`` and ``longitude`` in degrees are None without a place.
    """

    name: str
    ghi_kwh_per_m2: Interval
    yield_kwh_per_kwp: Interval
    bright: bool
    latitude: float | None = None
    longitude: float | None = None


def expected_at(latitude: float, longitude: float) -> Expected | None:
    """What the climates round a place say (degrees); None where none is near."""
    if nearest_station(latitude, longitude)[1] > FARTHEST_KM:
        return None
    shares = weights_at(latitude, longitude)
    ghi = math.fsum(s.ghi_kwh_per_m2 * w for s, w in shares)
    first_year = math.fsum(s.specific_yield_kwh_per_kwp * w for s, w in shares)
    low, high = first_year * LONG_TERM_P90, first_year * FIRST_YEAR_P10
    name = f"climate of {shares[0][0].name}" + (" and neighbours" if shares[1:] else "")
    return Expected(name, (ghi, ghi, ghi), (low, math.sqrt(low * high), high), latitude > NORTH, latitude, longitude)


def expected_of(claim: Claim) -> Expected:
    """What to expect where the claim is about: its place by name, else its province, else all of China."""
    place = place_of(claim)
    if place is None:
        return _anywhere()
    if place.latitude is not None and place.longitude is not None:
        near = expected_at(place.latitude, place.longitude)
        if near is not None:
            return near
    prior = prior_of(place.province)
    return _anywhere() if prior is None else _of_prior(prior, place)


def place_of(claim: Claim) -> Place | None:
    """The most specific place that a claim names, beside its province."""
    province = str(claim.get("province") or "")
    found = [find_place(f"{claim.get(name) or ''} {province}") for name in ("place", "what", "quote")]
    named = [place for place in found if place is not None]
    return next((place for place in named if place.kind != "province"), named[0] if named else None)


def _of_prior(prior: Prior, place: Place) -> Expected:
    """A province, at the place in it; without one at the middle of its cities, which tells its seasons."""
    ghi = (prior.ghi_low_kwh_per_m2, prior.ghi_kwh_per_m2, prior.ghi_high_kwh_per_m2)
    yields = (prior.yield_low_kwh_per_kwp, prior.yield_kwh_per_kwp, prior.yield_high_kwh_per_kwp)
    spots = [place] if place.latitude is not None else [p for p in places() if p.province == prior.province]
    seats = [(p.latitude, p.longitude) for p in spots if p.latitude is not None and p.longitude is not None]
    latitude, longitude = (math.fsum(seat[i] for seat in seats) / len(seats) for i in (0, 1))
    bright = latitude > NORTH or prior.province in PLATEAU
    return Expected(f"prior of {prior.province}", ghi, yields, bright, latitude, longitude)


def _anywhere() -> Expected:
    rows = priors()
    ghi = [f(getattr(p, f"ghi_{n}kwh_per_m2") for p in rows) for f, n in ((min, "low_"), (max, "high_"))]
    yields = [f(getattr(p, f"yield_{n}kwh_per_kwp") for p in rows) for f, n in ((min, "low_"), (max, "high_"))]
    middles = [math.sqrt(pair[0] * pair[1]) for pair in (ghi, yields)]
    return Expected("all of China", (ghi[0], middles[0], ghi[1]), (yields[0], middles[1], yields[1]), bright=True)


def physical_findings(claim: Claim, at: Expected) -> list[Finding]:
    """The claim against the sun of its place and the modules of its date."""
    ratios = implied(claim)
    return [
        *_yield_findings(claim, ratios["kwh_per_kwp"], at),
        *_months_findings(claim, at),
        *_power_needed_findings(claim, ratios, at),
        *panel_findings(claim),
    ]


# --- a year


def _yield_findings(claim: Claim, per_kwp: Interval | None, at: Expected) -> Iterator[Finding]:
    if per_kwp is None:
        return
    in_kva = is_in_kva(claim)
    said = span(per_kwp, "kWh/kVA" if in_kva else "kWh/kWp")
    if per_kwp[0] > HOURS_OF_A_YEAR:
        yield finding("error", "yield-impossible", f"{said}: a year has {HOURS_OF_A_YEAR:,.0f} hours")
        return
    doubtful, impossible = yield_limits(bright=at.bright)
    _, middle, ghi = at.ghi_kwh_per_m2
    where = f"at {ghi:,.0f} kWh/m2 of horizontal irradiation ({at.name})"
    hint = "first consider that the printed capacity may be AC"
    ground = claim.get("kind") in {"ground", "other"}
    if per_kwp[0] > impossible * ghi * (AC_OR_TRACKER if ground else 1.0):
        yield finding("error", "yield-impossible", f"{said} {where}: above {impossible} of it; {hint}")
    elif per_kwp[0] > doubtful * ghi:
        yield finding("doubt", "yield-high", f"{said} {where}: above {doubtful} of it; {hint}")
    elif ghi < NARROW_PRIOR * middle and per_kwp[1] > impossible * middle:
        where = f"above {impossible} of {middle:,.0f} kWh/m2, the middle of the {at.name}"
        yield finding("doubt", "yield-high", f"{said}: {where}; {hint}")
    elif in_kva:
        return  # AC: nothing to hold it against but the sun
    elif per_kwp[2] < at.yield_kwh_per_kwp[0]:
        yield _low_yield(said, per_kwp, at)
    else:
        low, _, high = at.yield_kwh_per_kwp
        side = "above the" if per_kwp[0] > high else "with its rounding in the" if per_kwp[1] > high else "within the"
        yield finding("note", "yield-plausible", f"{said}: {side} {low:,.0f} to {high:,.0f} of {at.name}")


def yield_limits(*, bright: bool) -> tuple[float, float]:
    """Doubtful and impossible kWh per kWp of a fixed plane, over the horizontal irradiation of its place."""
    return (1.05, 1.15) if bright else (0.95, 1.05)


def _low_yield(said: str, per_kwp: Interval, at: Expected) -> Finding:
    low = at.yield_kwh_per_kwp[0]
    where = f"{said}: {low:,.0f} and more are usual ({at.name})"
    if per_kwp[2] < 0.3 * low:
        return finding("error", "yield-impossible", f"{where}; so little is another unit or a part of the year")
    severity = "doubt" if per_kwp[2] < 0.75 * low else "note"
    return finding(severity, "yield-low", f"{where}; deep shade, months missing, or more kWp than stand there?")


# --- some months

LEAST_OF_LIGHT, LOW_OF_LIGHT = 0.2, 0.4  # kWh/kWp over kWh/m2, where 0.8 is usual

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH: Final = (
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    "|Nov(?:ember)?|Dec(?:ember)?"
)
_ITALIAN: Final = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
    *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
_MONTH: Final = rf"\b(?:(?P<en>{_ENGLISH})|(?i:(?P<it>{'|'.join(_ITALIAN)})))\b|(?<![0-9])(?P<zh>1[0-2]|[1-9])月"
_NAMED: Final = re.compile(_MONTH)
_SHORT_RANGE: Final = re.compile(r"(?<![0-9])(1[0-2]|[1-9])\s*[-~至到—\u2013]\s*(1[0-2]|[1-9])月")
# Parts of a year by their names, first and last month.
_PARTS: Final = {
    r"上半年|first half|primo semestre": (1, 6), r"下半年|second half|secondo semestre": (7, 12),
    r"前三个?季度|first three quarters|primi tre trimestri": (1, 9),
    r"一季度|first quarter|primo trimestre": (1, 3), r"二季度|second quarter|secondo trimestre": (4, 6),
    r"三季度|third quarter|terzo trimestre": (7, 9), r"四季度|fourth quarter|quarto trimestre": (10, 12),
}  # fmt: skip


def months_of(claim: Claim) -> tuple[int, ...]:
    """The months (1 to 12) that a claim about a part of a year names; two are a range, also over the turn of a year."""
    for text in (str(claim.get(name) or "") for name in ("what", "quote")):
        part = next((span for words, span in _PARTS.items() if re.search(words, text, re.IGNORECASE)), None)
        short = _SHORT_RANGE.search(text)
        if part is not None:
            return _all_between(*part)
        if short is not None:
            return _all_between(int(short[1]), int(short[2]))
        found = [_number_of(match) for match in _NAMED.finditer(text)]
        if len(found) == 2:
            return _all_between(*found)
        if found:
            return tuple(dict.fromkeys(found))
    return ()


def _number_of(match: re.Match[str]) -> int:
    if match["zh"]:
        return int(match["zh"])
    return _MONTHS.index(match["en"][:3].casefold()) + 1 if match["en"] else _ITALIAN.index(match["it"].casefold()) + 1


def _all_between(first: int, last: int) -> tuple[int, ...]:
    return tuple((first - 1 + i) % 12 + 1 for i in range((last - first) % 12 + 1))


def _months_findings(claim: Claim, at: Expected) -> Iterator[Finding]:
    """A claim about some months against those months, or against the brightest of their number."""
    total, years, capacity = printed(claim, "total_kwh"), number(claim, "basis_years"), capacity_of(claim)
    if total is None or years is None or years >= WHOLE_YEAR or capacity is None or saves(claim):
        return
    count = max(1, round(12 * years))
    named = months_of(claim)
    window = named if len(named) == count else None
    light, dark, spread, names = _light_of(at, count, window)
    per_kwp = ratio(total, capacity)
    if per_kwp is None:
        return
    said = f"{span(per_kwp, 'kWh/kWp')} in {names}: {light:,.0f} kWh/m2 of irradiation in the mean"
    if per_kwp[0] > 1.05 * light * (1 + 2.5 * spread):
        yield finding("error", "months-impossible", f"{said} ({at.name}): no year makes that of them")
    elif per_kwp[0] > 0.95 * light * (1 + spread):
        yield finding("doubt", "months-high", f"{said} ({at.name}): a bright year would be needed")
    elif per_kwp[2] < LEAST_OF_LIGHT * dark:
        yield finding("error", "months-impossible", f"{said} ({at.name}): so little is another unit or a part of them")
    elif per_kwp[2] < LOW_OF_LIGHT * dark:
        yield finding("doubt", "months-low", f"{said} ({at.name}): deep shade, or fewer days?")
    else:
        yield finding("note", "months-plausible", f"{said} ({at.name})")


def _light_of(at: Expected, count: int, window: tuple[int, ...] | None) -> tuple[float, float, float, str]:
    """Irradiation of some months with the most that a tilt adds, the least they may have, their spread, their names."""
    if at.latitude is None or at.longitude is None:
        # no month of any shipped station has more than 16 % of its year
        light = at.ghi_kwh_per_m2[2] * min(1.0, 0.16 * count)
        return light, 0.02 * count * at.ghi_kwh_per_m2[0], 0.15 / math.sqrt(count), f"{count} months"
    climate = climate_at(at.latitude, at.longitude)
    # where a province speaks, the seasons are those of the nearest climate, its level that of the brightest part
    level = at.ghi_kwh_per_m2[2] / math.fsum(climate.ghi_kwh_per_m2)
    light_of = [level * g * _tilt_gain(m, at.latitude) for m, g in enumerate(climate.ghi_kwh_per_m2)]
    windows = [tuple((first + i) % 12 + 1 for i in range(count)) for first in range(12)]
    chosen = window or max(windows, key=lambda w: sum(light_of[m - 1] for m in w))
    light = sum(light_of[m - 1] for m in chosen)
    spread = level * math.sqrt(sum(climate.ghi_sd_kwh_per_m2[m - 1] ** 2 for m in chosen)) / light
    names = ", ".join(_MONTHS[m - 1].title() for m in chosen)
    dull = at.ghi_kwh_per_m2[0] / math.fsum(climate.ghi_kwh_per_m2)
    least = min(sum(dull * climate.ghi_kwh_per_m2[m - 1] for m in w) for w in ([window] if window else windows))
    return light, least, spread, names if window else f"the brightest {count} months ({names})"


def _tilt_gain(month: int, latitude: float) -> float:
    """The most that a fixed plane has over the horizontal in a month (0 to 11): the beam, half of the light, at right
    angles at noon; declination by Cooper (1969) in mid-month.
    """
    declination = 23.45 * math.sin(math.radians(360.0 * (284 + 15 + 30.4 * month) / 365.0))
    height = math.cos(math.radians(min(80.0, abs(latitude - declination))))
    return 0.5 + 0.5 / height


def _power_needed_findings(claim: Claim, ratios: Mapping[str, Interval | None], at: Expected) -> Iterator[Finding]:
    """The panel that the printed kWh need, where no capacity says what was installed."""
    each = ratios["kwh_per_panel"]
    if each is None or ratios["kwh_per_kwp"] is not None:
        return
    low, centre, high = at.yield_kwh_per_kwp
    best, least, most = 1e3 * each[1] / centre, 1e3 * each[1] / high, 1e3 * each[1] / low
    where = f"{low:,.0f} to {high:,.0f} kWh/kWp ({at.name})"
    said = f"{each[1]:,.0f} kWh per panel need panels of {best:,.0f} Wp ({least:,.0f} to {most:,.0f}) at {where}"
    year = year_of(claim)
    strongest = strongest_wp(year)
    # at the brightest yield and the edge of the rounding
    if 1e3 * each[0] / high > strongest * (1.15 if year else 1.0):
        yield finding("error", "panel-power-needed", f"{said}: the strongest had about {strongest:,.0f}")
    elif 1e3 * each[2] / low < WEAKEST_WP * 1.5:
        yield finding("error", "panel-power-needed", f"{said}: no panel is that weak")
    elif 1e3 * each[0] / high > strongest or 1e3 * each[2] / low < WEAK_WP:
        yield finding("doubt", "panel-power-needed", f"{said}: hardly any panel is like that")
    else:
        yield finding("note", "panel-power-needed", said)
