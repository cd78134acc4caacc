"""The tables of a scenario that hold losses, model names, uncertainty, impact and the claim."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from pvsim.scenario.fault import refuse
from pvsim.scenario.fields import JUDGEMENT, Block, Dates, Percents, Texts, choice, optional, several
from pvsim.scenario.statements import loss_faults

_SITE = "new flat factory roof in Chongqing"


def _loss(default: float, description: str, reason: str, source: str = JUDGEMENT, **bounds: Any) -> Any:
    limits = {"ge": 0, "lt": 100} | bounds
    return choice(default, description, unit="%", reason=reason, source=source, **limits)


DEFAULT_SOILING_PERCENT = 3.0


class Losses(Block):
    """[losses]: named items, each with its own reason; never one lumped number."""

    soiling_percent: float | None = optional(
        "Dust and dirt on the modules, the same all year",
        unit="%",
        reason=f"{_SITE}: industrial dust, low tilt, dry dull winter, 1 to 2 cleanings a year; range 1.5 to 6",
        source="Frontiers in Energy Research 2021, 665411 (4.7 % current loss in one summer); level: " + JUDGEMENT,
        holds=DEFAULT_SOILING_PERCENT,
        ge=0,
        lt=100,
    )
    soiling_monthly_percent: Percents = several(
        "Dust and dirt by month, January first",
        unit="%",
        reason="soiling_percent, the same all year",
        example=(4.0, 4.0, 3.0, 2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0, 4.0),
        min_length=12,
        max_length=12,
    )
    soiling_percent_per_day: float | None = optional(
        "Dust that a dry day adds, which rain washes off (Kimber): that of the weather file, or made for the climate",
        unit="%/day",
        gt=0,
        le=5,
        reason="soiling_percent, the same all year",
        source="Kimber et al. 2006 in pvlib: 0.1 to 0.3 in California",
        examples=[0.15],
    )
    cleaning_rain_mm: float | None = optional(
        "Rain within 24 hours that cleans", unit="mm", gt=0, le=200, reason="Kimber et al. 2006 in pvlib", holds=6.0
    )
    soiling_grace_days: int | None = optional(
        "Days after such rain without new dust",
        unit="days",
        ge=0,
        le=365,
        reason="Kimber et al. 2006 in pvlib",
        holds=14,
    )
    soiling_max_percent: float | None = optional(
        "Soiling beyond which it does not grow",
        unit="%",
        gt=0,
        lt=100,
        reason="Kimber et al. 2006 in pvlib",
        holds=30.0,
    )
    cleaning_dates: Dates = several(
        "Days on which the modules are washed; of a climate's year the year does not matter",
        reason="rain alone",
        example=(datetime.date(2025, 4, 1),),
        max_length=366,
    )
    shading_percent: float = _loss(
        1.5, "Shade from near and far objects", "parapets, skylights, fans, hills; range 0.5 to 3"
    )
    rear_shading_percent: float = _loss(
        5.0, "Shade of rack and cables on the back of bifacial modules", "PVsyst starts from 5; general knowledge"
    )
    rear_mismatch_percent: float = _loss(
        10.0, "Unequal light on the back of bifacial modules", "PVsyst starts from 10; general knowledge"
    )
    mismatch_percent: float = _loss(
        1.0, "Unequal modules on one string", "sorted modules, two strings per MPPT; range 0.5 to 2"
    )
    dc_wiring_percent: float = _loss(0.8, "DC cables, of energy", "1.5 % at full power, load squared; range 0.5 to 1.5")
    connections_percent: float = _loss(0.3, "Plugs and diodes", "range 0.1 to 0.5", "PVWatts has 0.5; " + JUDGEMENT)
    lid_percent: float = _loss(
        1.0,
        "Light-induced degradation in the first days",
        "p-type PERC; n-type 0.5; range 0.3 to 2",
        "PVsyst help 1 to 3 % (p-type), PVWatts 1.5; " + JUDGEMENT,
    )
    nameplate_percent: float = _loss(
        0.0,
        "Power missing from the nameplate; negative if there is more",
        "sorting 0 to +3 % against a laboratory uncertainty of 3 %",
        ge=-5,
        lt=None,
        le=20,
    )
    ac_wiring_percent: float = _loss(0.7, "AC cables", "100 to 300 m to the distribution board; range 0.4 to 1")
    transformer_percent: float = _loss(
        0.8, "Transformer before the meter", "metered at 10 kV; 0 if metered at 400 V, up to 1.2"
    )
    availability_percent: float = _loss(
        2.0,
        "Standstill without a date; where [[outage]] is given and this is not, 0",
        "99 % is the market's promise, fleets are nearer 97 %; range 1 to 3",
        "published fleet availability; level: " + JUDGEMENT,
    )
    first_year_degradation_percent: float = _loss(
        0.0, "Loss in the first year beyond LID", "a manufacturer's first-year figure already contains LID"
    )
    annual_degradation_percent: float = _loss(
        0.6,
        "Loss of power per year after the first; not in annual_kwh, which is the first year",
        "measured on fleets, not the warranty's figure; range 0.4 to 0.9",
        "NREL fleet studies, -0.48 to -0.75 % a year",
        lt=None,
        le=10,
    )

    @model_validator(mode="after")
    def _soiling_once(self) -> Losses:
        refuse(loss_faults(self.given()))
        return self

    @property
    def effective_soiling_percent(self) -> float | None:
        """The constant soiling; None where it changes over the year."""
        if self.soiling_monthly_percent or self.soiling_percent_per_day is not None:
            return None
        return DEFAULT_SOILING_PERCENT if self.soiling_percent is None else self.soiling_percent

    @property
    def rain(self) -> dict[str, float]:
        """What soiling by rain counts with: its keys without unit, percent as fractions."""
        return {
            "rate": (self.soiling_percent_per_day or 0.0) / 100,
            "threshold": self.cleaning_rain_mm or 6.0,
            "grace": 14 if self.soiling_grace_days is None else self.soiling_grace_days,
            "most": (self.soiling_max_percent or 30.0) / 100,
        }

    def in_effect(self) -> dict[str, Any]:
        """What counts: one way of soiling, with its defaults."""
        values = {key: value for key, value in super().in_effect().items() if value != ()}
        if self.effective_soiling_percent is not None:
            return {"soiling_percent": self.effective_soiling_percent} | values
        if self.soiling_percent_per_day is None:
            return values
        rain = self.rain
        filled = {"cleaning_rain_mm": rain["threshold"], "soiling_grace_days": rain["grace"]}
        return filled | {"soiling_max_percent": 100 * rain["most"]} | values


class Outage(Block):
    """[[outage]]: a period in which inverters stand still."""

    start: datetime.date = Field(
        description="First day of the standstill; of a climate's year the year does not matter",
        examples=[datetime.date(2025, 2, 1)],
        json_schema_extra={"unit": ""},
    )
    end: datetime.date = Field(
        description="Last day of the standstill, which counts whole",
        examples=[datetime.date(2025, 2, 3)],
        json_schema_extra={"unit": ""},
    )
    inverter: str | None = optional(
        "Name of the [inverters.NAME] that stands still", reason="all inverters", examples=["other"]
    )
    lost_percent: float = choice(
        100.0, "Share of it that stands still", unit="%", gt=0, le=100, reason="all of it", source="pvsim design"
    )


class Physics(Block):
    """[physics]: model names; every stage has one table of the same names."""

    decomposition: Literal["erbs", "erbs-driesse", "boland", "orgill-hollands"] = choice(
        "erbs",
        "Splits global irradiance into beam and diffuse",
        reason="the choice moves the yield by less than 1 % at low tilt",
        source="Erbs et al. 1982 in pvlib; runs with pvlib 0.16.1",
    )
    transposition: Literal["hay-davies", "perez", "perez-driesse", "reindl", "isotropic"] = choice(
        "hay-davies",
        "Sky diffuse light onto the tilted plane",
        reason="the choice moves the yield by less than 1 % at low tilt",
        source="Hay and Davies 1980 in pvlib; runs with pvlib 0.16.1",
    )
    iam: Literal["physical-ar", "physical", "beam-only", "none"] = choice(
        "physical-ar",
        "Reflection at flat incidence; physical-ar: coated glass, on beam and diffuse",
        reason="two thirds of the light is diffuse: leaving its reflection out overstates energy by 3.1 %",
        source="Marion 2017 in pvlib, n_ar = 1.29; runs with pvlib 0.16.1",
    )
    temperature: Literal["pvsyst", "faiman", "sapm"] = choice(
        "pvsyst",
        "Cell temperature model",
        reason="one heat-loss factor per mounting: rack 29, steel-sheet 22, flush 20, insulated 15 W/m2K",
        source="pvlib documentation (29, 15); 22 and 20: " + JUDGEMENT,
    )
    partial_shade: Literal["martinez", "linear"] = choice(
        "martinez",
        "What partial shade of rows and obstacles does to strings, beyond the light that is gone",
        reason="cells behind one bypass diode lose the beam together; linear: every cell works by itself",
        source="Martinez-Moreno et al. 2010 in pvlib (direct_martinez)",
    )
    albedo: float = choice(
        0.2,
        "Share of light that the surroundings reflect",
        ge=0,
        le=1,
        reason="customary; hardly matters at low tilt",
        source="pvlib's albedo table (urban 0.18); " + JUDGEMENT,
    )


class Impact(Block):
    """[impact]: factors asked for beside the default of each kind, of pvsim's table or of a file."""

    path: str | None = optional(
        "CSV file of your own factors, with the columns of pvsim's table; factors names those that are used",
        min_length=1,
        max_length=1000,
        reason="pvsim's own table alone",
        examples=["my_factors.csv"],
    )
    factors: Texts = choice(
        (),
        "Factor ids of pvsim's factor table, or of the file of path",
        reason="the default of each kind",
        source="pvsim design",
        max_length=200,
    )


class Uncertainty(Block):
    """[uncertainty]: standard deviations; one year 9.6 % together, the long-term mean 7.6 %."""

    resource_level_percent: float = choice(
        6.5,
        "Long-term irradiation at the site",
        unit="%",
        ge=0,
        le=50,
        reason="shared by all roofs and all years: it does not average out",
        source=JUDGEMENT + "; anchor: Thevenard and Pelland, Toronto, 8.7 / 7.9 % in all",
    )
    interannual_percent: float = choice(
        6.0,
        "One year against the mean",
        unit="%",
        ge=0,
        le=50,
        reason="independent from year to year: 1.2 % in a 25-year mean",
        source="observed spread 6.6 %, of independent months 5.6 %; " + JUDGEMENT,
    )
    model_percent: float = choice(
        2.5,
        "The simulation itself",
        unit="%",
        ge=0,
        le=50,
        reason="split and transposition 1.5, module and heat 2",
        source=JUDGEMENT,
    )
    losses_percent: float = choice(
        2.7,
        "The loss items",
        unit="%",
        ge=0,
        le=50,
        reason="soiling 2.5, availability 1",
        source=JUDGEMENT,
    )


def _said(description: str, unit: str, example: float) -> Any:
    """A published number: positive, finite, of any size that has been printed."""
    return Field(None, gt=0, le=1e15, description=description, examples=[example], json_schema_extra={"unit": unit})


def _text(description: str, example: str) -> Any:
    return Field(None, max_length=5000, description=description, examples=[example])


class Claim(Block):
    """[claim]: what was published; compared with the result, never an input. Columns of claims.csv."""

    id: str | None = _text("Identifier of the claim", "my-claim")
    url: str | None = _text("Address of the page", "https://example.org/page")
    url_kind: str | None = _text("original, republication or mirror", "original")
    date: str | datetime.date | None = Field(None, description="Date as printed", examples=[datetime.date(2022, 6, 30)])
    place: str | None = _text("Place as printed", "Dadukou")
    province: str | None = _text("Province", "Chongqing")
    what: str | None = _text("What is claimed about", "rooftop plant of a factory")
    kind: str | None = _text("rooftop, carport, ground, aggregate, other, efficiency or rule_of_thumb", "rooftop")
    panels: int | None = _said("Number of modules", "modules", 8000)
    panel_wp: float | None = _said("Power of one module", "W", 450.0)
    capacity_kwp: float | None = _said("DC power", "kWp", 3600.0)
    annual_kwh: float | None = _said("Energy per year", "kWh", 2.6e6)
    total_kwh: float | None = _said("Energy over the lifetime or to date", "kWh", 65e6)
    basis_years: float | None = _said("Years that total_kwh covers", "years", 25.0)
    saved_kwh: float | None = _said("Electricity saved, where nothing is generated", "kWh", 2.6e6)
    tce: float | None = _said("Standard coal", "t", 930.0)
    co2_t: float | None = _said("Carbon dioxide", "t", 1500.0)
    so2_t: float | None = _said("Sulphur dioxide", "t", 50.0)
    nox_t: float | None = _said("Nitrogen oxides", "t", 40.0)
    dust_t: float | None = _said("Dust", "t", 400.0)
    raw_coal_t: float | None = _said("Coal that is called raw, not standard", "t", 1300.0)
    area_m2: float | None = _said("Area that is printed", "m2", 20000.0)
    over: str | None = _text('Names of the figures that are printed as "over" so much', "panels")
    nearly: str | None = _text('Names of the figures that are printed as "nearly" so much', "annual_kwh tce")
    lifetime_or_annual: Literal["annual", "lifetime", "cumulative", "unstated"] | None = Field(
        None, description="What the tonnes refer to", examples=["annual"]
    )
    quote: str | None = _text("The words of the publication", "about 2.6 million kWh a year")
    notes: str | None = _text("Remarks", "the roof's area is not said")
    source: str | None = _text("Who published it, where", "name of the paper, title, date")
