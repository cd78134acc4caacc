"""The tables of a scenario that describe place and hardware."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pvsim.scenario.fields import JUDGEMENT, Block, choice, optional
from pvsim.scenario.rules import Fault, RefusedError, composed, inverter_faults, refuse
from pvsim.scenario.wording import closest, quoted

_OFFSET = re.compile(r"([+-])(\d{2}):([0-5]\d)")
_TZ_ALLOWED = 'a zone without daylight saving such as "Asia/Shanghai", or an offset such as "+08:00"'

AREA_OF_450_W_M2 = 2.094 * 1.038  # the usual 450 Wp half-cut module
EFFICIENCY = 0.207  # of that module, taken for any other power
DEFAULT_DC_AC_RATIO = 1.2
DEFAULT_EFFICIENCY_PERCENT = 98.0


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
        "District; picks local rules (no rule uses it yet)",
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
        "Date of grid connection; decides prices, tax and rules (nothing uses it yet)",
        reason="no rule that depends on the date",
        examples=[datetime.date(2022, 6, 30)],
        describes=True,
    )
    owner: Literal["self", "investor"] | None = optional(
        "Who owns the plant; decides prices, tax and rules (nothing uses it yet)",
        reason="no rule that depends on the owner",
        examples=["self"],
        describes=True,
    )
    voltage_kv: float | None = optional(
        "Voltage of the grid connection (nothing uses it yet)",
        unit="kV",
        gt=0,
        le=1200,
        reason="no rule that depends on the voltage",
        examples=[10.0],
        describes=True,
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


class Module(Block):
    """[module] or [modules.NAME]: one PV module."""

    power_w: float = choice(
        450.0,
        "Nameplate power of one module at standard test conditions",
        unit="W",
        ge=1,
        le=1000,
        reason="mono-PERC half-cut module of vintage 2021-22",
        source=JUDGEMENT,
    )
    gamma_percent_per_c: float = choice(
        -0.35,
        "Power change per degree of cell temperature",
        unit="%/C",
        ge=-2,
        le=0,
        reason="typical for mono-PERC of 2021-22; n-type modules are nearer -0.29",
        source="module datasheets; " + JUDGEMENT,
    )
    low_light_loss_percent: float = choice(
        3.0,
        "Relative efficiency lost at 200 W/m2",
        unit="%",
        ge=0,
        le=20,
        reason="half of the energy comes below about 440 W/m2; fits: 3.3 (450 W PERC), 2.3 (580 W n-type)",
        source="six-parameter fits of datasheets with pvlib",
    )
    area_m2: float | None = optional(
        "Area of one module",
        unit="m2",
        ge=0.1,
        le=5,
        reason="450 W: 2.094 m x 1.038 m; other powers at 20.7 % efficiency",
        source=JUDGEMENT,
        examples=[2.17],
    )
    model: Literal["pvwatts"] = choice(
        "pvwatts",
        "Module model",
        reason="power, temperature coefficient and low-light loss are all that is known of most roofs",
        source="pvlib pvwatts_dc",
    )

    @field_validator("gamma_percent_per_c")
    @classmethod
    def _percent_not_fraction(cls, gamma: float) -> float:
        if 0 < abs(gamma) < 0.02:  # no module is that insensitive; 0 switches the effect off on purpose
            fault = Fault(
                (),
                f"{gamma:g} looks like a fraction",
                "a number from -2 to -0.02 (%/C), or 0",
                f"percent per C, not a fraction: did you mean {100 * gamma:g}?",
            )
            raise RefusedError([fault])
        return gamma

    @property
    def effective_area_m2(self) -> float:
        """Area of one module: given, or of the usual 450 Wp module, or at that module's efficiency."""
        if self.area_m2 is not None:
            return self.area_m2
        return AREA_OF_450_W_M2 if self.power_w == 450 else self.power_w / 1000 / EFFICIENCY


class Inverter(Block):
    """[inverter] or [inverters.NAME]: size and efficiency of the inverters.

    The keys hold what was given; `effective_*` and `total_ac_kw` hold what counts.
    """

    dc_ac_ratio: float | None = optional(
        "DC nameplate power over AC rating",
        ge=0.1,
        le=5,
        reason="1.2 unless ac_power_kw is given; from 1.1 to 1.4 the energy moves by 0.4 % in Chongqing",
        source=JUDGEMENT,
        holds=DEFAULT_DC_AC_RATIO,
    )
    ac_power_kw: float | None = optional(
        "AC rating of one inverter", unit="kW", gt=0, le=1e6, reason="DC power / dc_ac_ratio", examples=[100.0]
    )
    count: int | None = optional("Number of inverters", ge=1, le=1_000_000, reason="one of that rating", holds=1)
    efficiency_percent: float | None = optional(
        "European (energy-weighted) efficiency; the part-load curve is scaled to it",
        unit="%",
        ge=50,
        le=100,
        reason="usual for string inverters; pvlib's PVWatts curve then delivers 97.4 % in Chongqing, "
        "where CEC coefficients of three of 50 to 125 kW deliver 98.2 to 98.4 %",
        source="CEC coefficients run with pvlib; " + JUDGEMENT,
        holds=DEFAULT_EFFICIENCY_PERCENT,
    )
    nominal_efficiency_percent: float | None = optional(
        "pvlib's eta_inv_nom", unit="%", ge=50, le=100, reason="efficiency_percent holds instead", examples=[98.4]
    )

    @model_validator(mode="after")
    def _stated_once(self) -> Inverter:
        refuse(inverter_faults(self.given()))
        return self

    @property
    def effective_dc_ac_ratio(self) -> float | None:
        """The ratio that sizes the inverter; None where ac_power_kw does."""
        if self.ac_power_kw is not None:
            return None
        return DEFAULT_DC_AC_RATIO if self.dc_ac_ratio is None else self.dc_ac_ratio

    @property
    def total_ac_kw(self) -> float | None:
        """ac_power_kw times count (1 if not given); None where dc_ac_ratio sizes the inverter."""
        return None if self.ac_power_kw is None else self.ac_power_kw * (self.count or 1)

    @property
    def effective_efficiency_percent(self) -> float | None:
        """The energy-weighted efficiency; None where nominal_efficiency_percent is given."""
        if self.nominal_efficiency_percent is not None:
            return None
        return DEFAULT_EFFICIENCY_PERCENT if self.efficiency_percent is None else self.efficiency_percent

    def in_effect(self) -> dict[str, float | int]:
        """Size and efficiency as they count, whichever way they were stated."""
        values = {
            "dc_ac_ratio": self.effective_dc_ac_ratio,
            "ac_power_kw": self.ac_power_kw,
            "count": None if self.ac_power_kw is None else (self.count or 1),
            "efficiency_percent": self.effective_efficiency_percent,
            "nominal_efficiency_percent": self.nominal_efficiency_percent,
        }
        return {key: value for key, value in values.items() if value is not None}


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
