"""The table of a scenario that describes its place."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from typing import Literal

from pydantic import Field, field_validator

from pvsim.scenario.fault import Fault, RefusedError
from pvsim.scenario.fields import Block, Points, optional, several
from pvsim.scenario.wording import closest, quoted

_OFFSET = re.compile(r"([+-])(\d{2}):([0-5]\d)")
_TZ_ALLOWED = 'a zone without daylight saving such as "Asia/Shanghai", or an offset such as "+08:00"'


def utc_offset_minutes(tz: str) -> int:
    """The fixed offset from UTC of a zone name or of an offset such as "+08:00".

    Raises
    ------
    RefusedError
        Unknown zone, or one whose offset changes over 2025 (the year a typical year is written in).
    """
    match = _OFFSET.fullmatch(tz)
    if match:
        minutes = int(match[2]) * 60 + int(match[3])
        minutes = -minutes if match[1] == "-" else minutes
        if -12 * 60 <= minutes <= 14 * 60:
            return minutes
        fault = Fault((), f"{quoted(tz)} is no offset on Earth", "an offset from -12:00 to +14:00")
        raise RefusedError([fault])
    try:
        zone = zoneinfo.ZoneInfo(tz)
    except (KeyError, ValueError, OSError):
        guess = closest(tz, sorted(zoneinfo.available_timezones()))
        todo = f'did you mean "{guess}"?' if guess else 'China is "Asia/Shanghai"'
        raise RefusedError([Fault((), f"no time zone is called {quoted(tz)}", _TZ_ALLOWED, todo)]) from None
    start = datetime.datetime(2025, 1, 1, 12, tzinfo=zone)
    # Weekly, because a zone may move its clock for the month of Ramadan only.
    offsets = {(start + datetime.timedelta(weeks=w)).utcoffset() for w in range(53)}
    minutes_seen = sorted(int(o.total_seconds() // 60) for o in offsets if o is not None)
    if len(minutes_seen) > 1:
        shown = " and ".join(_offset_text(m) for m in minutes_seen)
        fault = Fault(
            (),
            f"{quoted(tz)} changes its clock over the year ({shown})",
            _TZ_ALLOWED,
            f'write a fixed offset: tz = "{_offset_text(minutes_seen[0])}"',
        )
        raise RefusedError([fault])
    return minutes_seen[0]


def _offset_text(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


class Site(Block):
    """[site]: where the roof is, and what decides its prices and rules."""

    latitude: float = Field(
        ge=-90, le=90, description="Latitude, north positive", json_schema_extra={"unit": "degrees"}, examples=[29.44]
    )
    longitude: float = Field(
        ge=-180,
        le=180,
        description="Longitude, east positive",
        json_schema_extra={"unit": "degrees"},
        examples=[106.46],
    )
    altitude: float | None = optional(
        "Height above sea level",
        unit="m",
        ge=-450,
        le=6000,
        reason="the altitude of the weather source",
        examples=[250.0],
    )
    tz: str | None = optional(
        'Time zone without daylight saving, or an offset such as "+08:00"',
        max_length=64,
        reason="the offset of the weather source; never longitude / 15, which gives +7 in Chongqing",
        examples=["Asia/Shanghai"],
    )
    horizon: str | None = optional(
        "File of the far horizon, azimuth and height in degrees: hides the sun and the sky behind it",
        min_length=1,
        max_length=1000,
        reason="an open horizon",
        examples=["horizon.csv"],
    )
    horizon_points: Points = several(
        "The far horizon as a list of azimuth (clockwise from north) and height",
        unit="degrees",
        reason="an open horizon",
        example=((0.0, 3.0), (90.0, 12.0), (180.0, 5.0), (270.0, 2.0)),
        min_length=4,
        max_length=3600,
    )
    district: str | None = optional(
        "District; picks local rules (self-use floor)",
        describes=True,
        min_length=1,
        max_length=100,
        reason="no local rule",
        examples=["Dadukou"],
    )
    region: str | None = optional(
        "Province or grid; picks the CO2 factors",
        min_length=1,
        max_length=100,
        reason="the province of the site",
        examples=["Chongqing"],
    )
    commissioned: datetime.date | None = optional(
        "Date of grid connection; decides prices and rules",
        reason="no rule that depends on the date",
        examples=[datetime.date(2022, 6, 30)],
        describes=True,
    )
    owner: Literal["self", "investor"] | None = optional(
        "Who owns the plant; decides tax",
        reason="no rule that depends on the owner",
        examples=["self"],
        describes=True,
    )
    voltage_kv: float | None = optional(
        "Voltage of the grid connection; decides rules",
        unit="kV",
        gt=0,
        le=1200,
        reason="no rule that depends on the voltage",
        examples=[10.0],
        describes=True,
    )

    export_limit_kw: float | None = optional(
        "Power that may be delivered at the meter; what lies above is curtailed",
        unit="kW",
        ge=0,
        le=1e7,
        reason="no limit",
        examples=[2000.0],
    )
    coldest_c: float | None = optional(
        "Coldest air in which the strings must not exceed the inverter's voltage",
        unit="C",
        ge=-60,
        le=40,
        reason="5 below the lowest of the weather, as one year seldom holds the record",
        examples=[-2.0],
    )
    hottest_c: float | None = optional(
        "Hottest air in which the strings must not fall below the MPPT range",
        unit="C",
        ge=-20,
        le=60,
        reason="3 above the highest of the weather, as one year seldom holds the record",
        examples=[43.0],
    )

    @field_validator("tz")
    @classmethod
    def _known_fixed_zone(cls, tz: str | None) -> str | None:
        if tz is not None:
            utc_offset_minutes(tz)
        return tz

    @property
    def utc_offset_minutes(self) -> int | None:
        """The fixed offset of `tz`; None leaves it to the weather source."""
        return None if self.tz is None else utc_offset_minutes(self.tz)
