"""The table of a scenario that says where its weather comes from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from pvsim.scenario.fault import refuse
from pvsim.scenario.fields import Block, Texts, choice, optional
from pvsim.scenario.weather_rules import weather_faults

MAX_SEED, DEFAULT_SEED = 10_000_000, 1  # random_years go on from it
_MAPPED = "the file's header has pvlib's name"


class Columns(Block):
    """weather.columns: the headers of a CSV file for pvlib's names."""

    time: str | None = optional("Times of the rows, ISO 8601 with offset", reason=_MAPPED, examples=["Date"])
    ghi: str | None = optional("Global horizontal irradiance", reason=_MAPPED, examples=["G_Gh"])
    dhi: str | None = optional("Diffuse horizontal irradiance", reason=_MAPPED, examples=["G_Dh"])
    dni: str | None = optional("Direct normal irradiance", reason=_MAPPED, examples=["G_Bn"])
    temp_air: str | None = optional("Temperature of the air", reason=_MAPPED, examples=["Ta"])
    wind_speed: str | None = optional("Wind speed", reason=_MAPPED, examples=["FF"])
    rainfall: str | None = optional("Rain in mm in the row, for soiling by rain", reason=_MAPPED, examples=["Rain"])
    poa_global: str | None = optional("In-plane irradiance, for poa_column", reason=_MAPPED, examples=["G_Gk"])
    module_temperature: str | None = optional(
        "Temperature of the module's back, for module_temperature_column", reason=_MAPPED, examples=["Tm"]
    )


class WeatherBlock(Block):
    """[weather]: where irradiance, temperature and wind come from."""

    source: Literal["climate", "file", "pvgis", "nasa-power", "era5", "cams", "openmeteo", "url"] = choice(
        "climate",
        "Where the weather comes from",
        reason="statistics of daily radiation travel with pvsim: no download, no file",
        source="pvsim design",
    )
    year: Literal["typical", "random"] = choice(
        "typical",
        "Which year of the climate",
        reason="monthly irradiation at its long-term mean; written as 2025",
        source="pvsim design",
    )
    seed: int | None = optional(
        "Which of the random years; the first one of random_years",
        ge=0,
        le=MAX_SEED,
        reason="1, where a random year is asked for: any number names one year among many alike",
        examples=[7],
    )
    random_years: int | None = optional(
        "How many random years of the climate are run beside, for the spread of single years",
        unit="years",
        ge=2,
        le=1000,
        reason="no other years",
        examples=[100],
    )
    step_minutes: Literal[60, 30, 15, 10] = choice(
        60,
        "Step of a year of the climate",
        reason="annual energy moves by less than 0.5 %; finer steps show clipping and peaks",
        source="pvsim design",
        unit="min",
    )
    station: str | None = optional(
        "Climate station by name",
        min_length=1,
        max_length=100,
        reason="what the stations round the place say, weighted by distance",
        examples=["Chongqing Shapingba"],
    )
    ghi_kwh_per_m2: float | None = optional(
        "Annual global horizontal irradiation to which the year is rescaled",
        unit="kWh/m2",
        ge=500,
        le=2800,
        reason="the level of the source itself",
        examples=[934.0],
    )
    start_year: int | None = optional(
        "First year that a provider is asked for, in UTC",
        ge=1940,
        le=2100,
        reason="a typical year, where the provider has one",
        examples=[2019],
    )
    end_year: int | None = optional(
        "Last year that a provider is asked for, in UTC",
        ge=1940,
        le=2100,
        reason="the year that start_year names",
        examples=[2023],
    )
    url: str | None = optional(
        "Address of a weather file, asked only with --allow-network",
        min_length=1,
        max_length=2000,
        reason="no address",
        examples=["https://example.org/year.epw"],
    )
    path: str | None = optional(
        "Weather file; with source climate a climate file of your own, made by pvsim weather climate",
        min_length=1,
        max_length=1000,
        reason="no weather file",
        examples=["weather.epw"],
    )
    format: Literal["epw", "tmy3", "pvgis", "sam", "nasa-power", "era5", "cams", "openmeteo", "csv"] | None = optional(
        "Format of the weather file", reason="recognised by its content", examples=["epw"]
    )
    label: Literal["start", "center", "end", "instant"] | None = optional(
        "Where in its row the time of a CSV row stands; instant: values of a moment",
        reason="the format says it; a CSV needs it",
        examples=["end"],
    )
    columns: Columns | None = optional(
        "Headers of a CSV file for pvlib's names",
        describes=True,
        reason="the headers are pvlib's names",
        examples=[{"ghi": "G_Gh", "temp_air": "Ta"}],
    )
    level: Literal["source", "climate"] = choice(
        "source",
        "Whose irradiation holds: that of the file, or its days mapped onto the climate's clearness",
        reason="a file is used as it is; climate keeps its hours and changes their level",
        source="pvsim design",
    )
    ensemble: Texts = Field(
        (),
        max_length=20,
        description="The same roof under others: climate, a file, a provider, or NAME@climate at the climate's level",
        json_schema_extra={"reason": "one source", "describes": True, "unit": "", "source": "pvsim design"},
        examples=[["climate", "weather.epw", "weather.epw@climate"]],
    )

    @model_validator(mode="after")
    def _one_source(self) -> WeatherBlock:
        refuse(weather_faults(self.given()))
        return self

    def in_effect(self) -> dict[str, Any]:
        """What counts: the year of the climate means nothing to a file, the level of a file nothing to a climate."""
        values = super().in_effect()
        unused = ("level",) if self.source == "climate" else ("year", "step_minutes")
        return {key: value for key, value in values.items() if key not in unused}

    @property
    def first_seed(self) -> int:
        """The seed that holds."""
        return DEFAULT_SEED if self.seed is None else self.seed
