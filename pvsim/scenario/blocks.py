"""The tables of a scenario that describe place and hardware."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from typing import Literal

from pydantic import Field, field_validator

from pvsim.scenario.fault import Fault, RefusedError, composed
from pvsim.scenario.fields import JUDGEMENT, Block, choice, optional
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
        "File of the far horizon: azimuth and height in degrees, which hide the beam",
        min_length=1,
        max_length=1000,
        reason="an open horizon",
        examples=["horizon.csv"],
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


class Roof(Block):
    """[[roof]]: one plane of modules."""

    name: str = choice(
        "",
        "Name of the roof",
        min_length=1,
        max_length=64,
        reason='"roof 1", "roof 2" ... in the order of the file',
        source="pvsim design",
        examples=["roof 1"],
    )
    panels: int = Field(
        ge=1, le=10_000_000, description="Number of modules", json_schema_extra={"unit": "modules"}, examples=[400]
    )
    surface_tilt: float = choice(
        10.0,
        "Tilt from horizontal",
        unit="degrees",
        ge=0,
        le=90,
        reason="factory preset: rack on a flat concrete roof; modules parallel to a steel sheet take its slope",
        source=JUDGEMENT,
    )
    surface_azimuth: float | None = optional(
        "Direction the plane faces, clockwise from north: east 90, south 180, west 270",
        unit="degrees",
        ge=0,
        lt=360,
        reason="towards the equator: 180 north of it, 0 south of it",
        examples=[180.0],
    )
    mounting: Literal["rack", "steel-sheet", "flush", "insulated"] = choice(
        "rack",
        "How the modules are mounted; decides how warm they get",
        reason="concrete roof with open rack; steel-sheet alone costs 1.3 % in Chongqing",
        source="PVsyst heat-loss factors as in pvlib's documentation; " + JUDGEMENT,
    )
    capacity_kwp: float | None = optional(
        "Nameplate DC power of the roof, to check panels and power_w by",
        unit="kWp",
        gt=0,
        le=1e7,
        reason="panels x power_w",
        examples=[180.0],
    )
    area_m2: float | None = optional(
        "Area of the plane, to check that the modules fit",
        unit="m2",
        gt=0,
        le=1e8,
        reason="not checked",
        examples=[1000.0],
    )
    modules_in_series: int | None = optional(
        "Modules in one string; decides its voltage",
        unit="modules",
        ge=1,
        le=200,
        reason="as many as bring the string nearest to the inverter's rated voltage, where both voltages are known",
        examples=[18],
    )
    shading_percent: float | None = optional(
        "Shade on this plane", unit="%", ge=0, lt=100, reason="losses.shading_percent", examples=[2.0]
    )
    soiling_percent: float | None = optional(
        "Dust and dirt on this plane", unit="%", ge=0, lt=100, reason="what [losses] says of soiling", examples=[4.0]
    )
    poa_column: str | None = optional(
        "Measured in-plane column of the weather file, used instead of transposition",
        min_length=1,
        max_length=100,
        reason="in-plane irradiance is computed",
        examples=["poa_global"],
    )
    module_temperature_column: str | None = optional(
        "Measured column of the weather file, back of the module, used instead of the temperature model",
        min_length=1,
        max_length=100,
        reason="cell temperature is computed",
        examples=["module_temperature"],
    )
    module: str | None = optional("Name of a [modules.NAME]", reason="[module]", examples=["other"])
    load: str | None = optional(
        "Name of the [loads.NAME] of its meter",
        min_length=1,
        max_length=200,
        reason="[load], the only meter",
        examples=["other"],
    )
    inverter: str | None = optional("Name of an [inverters.NAME]", reason="[inverter]", examples=["other"])

    @field_validator("module", "inverter")
    @classmethod
    def _compose(cls, name: str | None) -> str | None:
        return None if name is None else composed(name)

    def azimuth_at(self, latitude: float) -> float:
        """surface_azimuth, or the direction of the equator where it was not given."""
        if self.surface_azimuth is not None:
            return self.surface_azimuth
        return 180.0 if latitude >= 0 else 0.0
