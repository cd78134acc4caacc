"""The tables of a scenario that say where the energy goes: load, storage, tariff and its periods."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from pvsim.scenario.fields import JUDGEMENT, Block, FromList, Texts, choice, optional

_ASKED = "not known: industrial prices were not found and are never assumed"
Months = Annotated[tuple[Annotated[float, Field(ge=0, le=1e10)], ...], FromList]
MonthNumbers = Annotated[tuple[Annotated[int, Field(ge=1, le=12)], ...], FromList]


class Load(Block):
    """[load]: what the buildings behind the meter use."""

    annual_kwh: float | None = optional(
        "Electricity used in a year", unit="kWh", gt=0, le=1e10, reason="the sum of the file or of the months",
        examples=[6e6],
    )  # fmt: skip
    monthly_kwh: Months = Field(
        (), description="Electricity used in January to December", examples=[[480.0] * 12], max_length=12,
        json_schema_extra={"unit": "kWh", "reason": "spread by the shape", "source": ""},
    )  # fmt: skip
    profile: Literal["one-shift", "two-shift", "three-shift", "continuous", "office", "warehouse", "school"] = choice(
        "two-shift", "Shape of the days", reason="usual in assembly; a metered series knows better", source=JUDGEMENT
    )
    path: str | None = optional(
        "CSV with time and load in kW or kWh", min_length=1, max_length=1000, reason="no series: the shape is made",
        examples=["load.csv"],
    )  # fmt: skip
    column: str | None = optional(
        "Its column", describes=True, max_length=200, reason="the only one beside time", examples=["load_kw"]
    )
    align: Literal["weekday", "date"] = choice(
        "weekday",
        "How a series of another year meets the weather's",
        reason="a Monday stays a Monday: the load follows the week, not the date",
        source="pvsim design",
    )
    work_days: Literal["mon-fri", "mon-sat", "all"] | None = optional(
        "Days of the week that are worked", reason="those of the profile", examples=["mon-sat"]
    )
    holidays: Literal["china", "none"] = choice(
        "china", "Public holidays", reason="a factory in China keeps them", source="State Council notices"
    )
    spring_festival_stop_days: int | None = optional(
        "Length of the stop round the Spring Festival", unit="days", ge=0, le=60,
        reason="that of the profile: 10 for works, 7 for warehouses, none for offices and schools", examples=[10],
    )  # fmt: skip
    cooling_percent: float = choice(
        0.0, "Share of the year's electricity that follows the heat", unit="%", ge=0, le=90,
        reason="process loads hardly follow it; offices have 20 to 40", source=JUDGEMENT,
    )  # fmt: skip
    cooling_from_c: float = choice(
        24.0, "Air temperature above which cooling runs", unit="C", ge=10, le=40,
        reason="usual set point of rooms less their own heat", source=JUDGEMENT,
    )  # fmt: skip

    def in_effect(self) -> dict[str, Any]:
        """What counts: a series has its own shape."""
        values = super().in_effect()
        made = ("profile", "holidays", "cooling_percent", "cooling_from_c")
        unused = made if self.path is not None else ("align",)
        return {key: value for key, value in values.items() if key not in unused}


class Storage(Block):
    """[storage]: a battery behind the meter; it never exports."""

    capacity_kwh: float = Field(
        gt=0, le=1e7, description="Usable content", json_schema_extra={"unit": "kWh"}, examples=[1000.0]
    )
    power_kw: float = Field(
        gt=0, le=1e7, description="Largest power in and out, on the AC side", json_schema_extra={"unit": "kW"},
        examples=[500.0],
    )  # fmt: skip
    round_trip_efficiency_percent: float = choice(
        88.0, "What comes back of what goes in, AC to AC", unit="%", gt=30, le=100,
        reason="cells 95 to 97, two conversions at 97 to 98, cooling", source=JUDGEMENT,
    )  # fmt: skip
    dispatch: Literal["self-use", "optimal"] = choice(
        "self-use",
        "How it is run: surplus first, or at least cost under the tariff",
        reason="needs no forecast and no tariff",
        source="pvsim design",
    )
    horizon: Literal["day", "year"] = choice(
        "day", "How far the optimal dispatch looks ahead", reason="days ahead are hardly known", source="pvsim design"
    )
    grid_charging: bool = choice(
        False, "Whether the optimal dispatch may charge from the grid", reason="no arbitrage unless asked for",
        source="pvsim design",
    )  # fmt: skip
    at: str | None = optional(
        "Name of the [loads.NAME] whose meter it stands behind", reason="the only meter", max_length=200,
        examples=["other"],
    )  # fmt: skip


class Tariff(Block):
    """[tariff]: what a kWh costs and brings, with VAT; [[period]] tables say when."""

    price_cny_per_kwh: float | None = optional(
        "Price of a kWh from the grid, with VAT, without demand charge; of the hours that no [[period]] names",
        unit="CNY/kWh", ge=0, le=10, reason=_ASKED, examples=[0.68],
    )  # fmt: skip
    surplus_price_cny_per_kwh: float | None = optional(
        "Price of a kWh that is fed in, with VAT", unit="CNY/kWh", ge=0, le=10,
        reason="in Chongqing the benchmark for plants on line before 2025-06-01", examples=[0.3964],
    )  # fmt: skip
    demand_charge_cny_per_kw_month: float = choice(
        0.0, "Charge on the highest power drawn in a month, with VAT", unit="CNY/(kW month)", ge=0, le=1000,
        reason="not known; the transformer's own charge is not saved by PV", source=JUDGEMENT,
    )  # fmt: skip
    mechanism_share_percent: float | None = optional(
        "Share of the surplus under the mechanism price (Document 136)", unit="%", ge=0, le=100,
        reason="none before 2025-06-01; later it must be said", examples=[60.0],
    )  # fmt: skip
    mechanism_price_cny_per_kwh: float | None = optional(
        "Mechanism price of the auction", unit="CNY/kWh", ge=0, le=10, reason=_ASKED, examples=[0.35]
    )
    mechanism_years: int | None = optional(
        "Term of the mechanism price", unit="years", ge=1, le=50, reason=_ASKED, examples=[12]
    )
    market_price_cny_per_kwh: float | None = optional(
        "Market price of the rest of the surplus", unit="CNY/kWh", ge=0, le=10, reason=_ASKED, examples=[0.25]
    )
    path: str | None = optional(
        "CSV with time, price_cny_per_kwh and surplus_price_cny_per_kwh, for series", min_length=1, max_length=1000,
        reason="no series", examples=["prices.csv"],
    )  # fmt: skip
    source: str | None = optional(
        "Who says these prices, and when",
        describes=True,
        max_length=500,
        reason="assumed",
        examples=["bill of 2025-07"],
    )


class Period(Block):
    """[[period]]: hours of the tariff with a price of their own; of two that meet the first holds."""

    name: str = Field(
        min_length=1, max_length=60, description="What it is called", examples=["peak"], json_schema_extra={"unit": ""}
    )
    hours: Texts = Field(
        min_length=1, max_length=24, description="Hours of the local clock, from and to",
        json_schema_extra={"unit": ""}, examples=[["11-17", "20-22"]],
    )  # fmt: skip
    months: MonthNumbers = Field(
        (), max_length=12, description="Months in which it holds", examples=[[7, 8]],
        json_schema_extra={"unit": "", "reason": "all of them", "source": ""},
    )  # fmt: skip
    days: Literal["all", "work", "rest"] = choice(
        "all", "Days on which it holds: all, Monday to Friday, or Saturday and Sunday",
        reason="Chinese tariffs hardly know the weekend", source=JUDGEMENT,
    )  # fmt: skip
    price_cny_per_kwh: float | None = optional(
        "Price from the grid in it", unit="CNY/kWh", ge=0, le=10, reason="that of [tariff]", examples=[0.95]
    )
    surplus_price_cny_per_kwh: float | None = optional(
        "Price of what is fed in", unit="CNY/kWh", ge=0, le=10, reason="that of [tariff]", examples=[0.3]
    )
