"""Where the rows' times stand in their rows: what a stated label implies, and when the light contradicts it."""

from __future__ import annotations

import numpy as np

from pvsim.errors import WeatherError
from pvsim.weather.clock import BETTER, EXACT_RMS, TOLERANCE_MIN, Clock
from pvsim.weather.table import Table

UNVERIFIED_MIN = 5.0  # a noon this far from the label's, where nothing else can tell
FAR_MIN = 45.0  # of a month's noon from the label's: no cloud does that
EXCESS_RMS = 5.0  # W/m2 of closure that another clock explains: some 5 minutes
USUAL_RMS, BAD_RMS = 15.0, 30.0  # W/m2: beyond the first closure is worth a word, beyond the second a doubt


def _stamp_minutes(label: str, step_minutes: int, nominal: float) -> float:
    """Where the stamp stands, counted from the row's start."""
    return {"start": 0.0, "center": step_minutes / 2, "end": float(step_minutes), "instant": nominal}[label]


def candidates_by_label(label: str, step_minutes: int, nominal: float) -> tuple[float, ...]:
    """Minutes from the row's start to the sun if the stated label is right, then if another one were."""
    stamp, half = _stamp_minutes(label, step_minutes, nominal), step_minutes / 2
    return tuple(dict.fromkeys((nominal, stamp + half, stamp, stamp - half)))


def _fitting(label: str, step_minutes: int, nominal: float, offset: float) -> str:
    """The label with which the sun would stand at this offset."""
    after = offset - _stamp_minutes(label, step_minutes, nominal)
    return "start" if after > step_minutes / 4 else "end" if after < -step_minutes / 4 else "center"


def _guess(months: list[int]) -> str:
    """Why some months (0 to 11) may have another clock: summer time only if they lie between March and October."""
    if min(months) >= 2 and max(months) <= 9:
        return "is the clock put forward in summer? Write the offset that holds in each row, or standard time"
    return "was the logger's clock set, or is one side of the days dimmed by fog or hills? Write one standard time"


def refuse_label(table: Table, clock: Clock, clocks: tuple[float, ...], step_minutes: int) -> None:
    """Refuse a stated label that the light contradicts, and name the one that fits.

    The noon decides; where rows are so short that it cannot, closure does.

    Raises
    ------
    WeatherError
    """
    nominal = clocks[0]
    rows = zip(clock.sun_offset_minutes, clock.noon_minutes, clock.closure_minutes, strict=True)
    # where the columns close at the stated clock, a lopsided sky moved the month's noon
    closes = clock.closure_rms <= USUAL_RMS
    other = [
        i
        for i, (taken, noon, closing) in enumerate(rows)
        if taken != nominal or (abs(noon - nominal) > FAR_MIN and not (closes and closing == nominal))
    ]
    if other:
        found = clock.sun_offset_minutes[other[0]]
        if found == nominal:  # a clock that no label explains
            found = round(clock.noon_minutes[other[0]] / 15) * 15.0
        fits = _fitting(table.label, step_minutes, nominal, found)
        if len(other) < 12:
            months = ", ".join(str(i + 1) for i in other)
            raise WeatherError(
                f"{table.name}: in month {months} the light is {found - nominal:+.0f} minutes off the clock of the "
                f"other months: {_guess(other)}"
            )
        zone = f"{table.utc_offset_minutes / 60:+g}"
        raise WeatherError(
            f"{table.name}: label = {table.label!r} puts the sun {nominal - found:+.0f} minutes from where the noon of "
            f"its light stands; label = {fits!r} fits (or the offset from UTC is not {zone}; or fog and hills dim one "
            "side of its days)"
        )
    if step_minutes / 2 <= TOLERANCE_MIN and clock.best_minutes != nominal and clock.closure_rms > EXACT_RMS:
        fits = _fitting(table.label, step_minutes, nominal, clock.best_minutes)
        noon = float(np.nanmedian(clock.noon_minutes))
        agreed = clock.excess_rms > EXCESS_RMS and abs(noon - clock.best_minutes) < abs(noon - nominal)
        if fits != table.label and (agreed or clock.best_rms < BETTER * clock.closure_rms):
            raise WeatherError(
                f"{table.name}: with label = {table.label!r} GHI and DHI + DNI cos(zenith) part by "
                f"{clock.closure_rms:.0f} W/m2 rms, with another by {clock.best_rms:.0f}; label = {fits!r} fits"
            )


def clock_notes(table: Table, clock: Clock, nominal: float, step_minutes: int) -> tuple[str, ...]:
    """What was found out about the clock that the file itself does not say."""
    offsets = clock.sun_offset_minutes
    if any(m != nominal for m in offsets):
        shown = f"{offsets[0]:g}" if len(set(offsets)) == 1 else ", ".join(f"{m:g}" for m in offsets) + " by month"
        return (
            f"the light of {table.name} stands {shown} minutes after the start of its rows by its noon, where the "
            f"format says {nominal:g}: the sun was put there",
        )
    short = table.stated and step_minutes <= 2 * TOLERANCE_MIN
    if short and clock.excess_rms > EXCESS_RMS:
        fits = _fitting(table.label, step_minutes, nominal, clock.best_minutes)
        if fits != table.label:
            return (f"{table.name}: its three columns close better with label = {fits!r} than with {table.label!r}",)
    if short and not clock.closure_rms <= EXACT_RMS:  # or there is no closure
        stray = clock.stray_minutes
        if abs(stray) > UNVERIFIED_MIN:
            return (
                f"{table.name}: the noon of its light is {abs(stray):.0f} minutes from the one that label = "
                f"{table.label!r} gives: in rows of {step_minutes} minutes nothing can tell if that is right",
            )
    return ()


def closing_notes(clock: Clock) -> tuple[str, ...]:
    """A warning when GHI and DHI + DNI cos(zenith) part by more than good data do, graded by how far."""
    rms = clock.closure_rms
    if not np.isfinite(rms) or (clock.dni_usable and rms <= USUAL_RMS):
        return ()
    what = f"the file's three irradiance columns disagree by {rms:.0f} W/m2 rms (GHI against DHI + DNI cos(zenith))"
    if not clock.dni_usable:
        return (f"{what} at the clock of its GHI: DNI was made anew from GHI - DHI",)
    if rms <= BAD_RMS:
        return (f"{what}: usual for three instruments, and of little weight for flat roofs",)
    return (f"{what}: its beam is not to be trusted much, nor what tilt and direction make of it",)
