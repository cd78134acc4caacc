"""The table of a scenario that says what the plant costs and who pays for it."""

from __future__ import annotations

from typing import Any, Literal

from pvsim.scenario.fields import JUDGEMENT, Block, choice, optional

_POLICY = "pvsim's table of policies: {}"


class Finance(Block):
    """[finance]: investment, loan, grant and tax of the plant's owner."""

    model: Literal["own", "epc", "roof-rent"] = choice(
        "own",
        "Who owns the plant: its user, an investor who sells to him at a discount, or one who rents the roof",
        reason="generates and uses its own electricity",
        source="pvsim design",
    )
    capex_cny_per_w: float = choice(
        3.4, "Investment per W of DC power, with VAT", unit="CNY/W", gt=0, le=50,
        reason="published rooftop projects since 2021 cost 3.2 to 4.4",
        source=_POLICY.format("investment-rooftop-since-2021"),
    )  # fmt: skip
    storage_capex_cny_per_kwh: float | None = optional(
        "Investment per kWh of storage, with VAT", unit="CNY/kWh", ge=0, le=10000,
        reason="asked for where there is storage",
        examples=[1000.0],
    )  # fmt: skip
    opex_cny_per_kw_year: float = choice(
        50.0, "Operation, cleaning and insurance per kW of DC power and year", unit="CNY/(kW year)", ge=0, le=1000,
        reason="about 1.5 % of the investment", source=JUDGEMENT,
    )  # fmt: skip
    opex_growth_percent: float = choice(
        2.0, "Rise of the operating costs a year", unit="%", ge=-10, le=20, reason="wages", source=JUDGEMENT
    )
    inverter_replacement_cny_per_w: float = choice(
        0.15, "New inverters per W of AC power", unit="CNY/W", ge=0, le=5, reason="string inverters", source=JUDGEMENT
    )
    inverter_replacement_year: int = choice(
        13, "Year in which inverters are replaced; 0 for never", ge=0, le=50,
        reason="half of the plant's life", source=JUDGEMENT,
    )  # fmt: skip
    grant_cny: float = choice(
        0.0,
        "Grant when the plant is built",
        unit="CNY",
        ge=0,
        le=1e10,
        reason="none unless awarded",
        source="pvsim design",
    )
    grant_cny_per_kwh: float = choice(
        0.0,
        "Grant for every kWh generated",
        unit="CNY/kWh",
        ge=0,
        le=5,
        reason="none unless awarded",
        source="pvsim design",
    )
    grant_years: int = choice(
        0, "Years in which it is paid", unit="years", ge=0, le=50, reason="none unless awarded", source="pvsim design"
    )
    loan_share_percent: float = choice(
        0.0,
        "Share of the investment that is borrowed",
        unit="%",
        ge=0,
        le=100,
        reason="own money",
        source="pvsim design",
    )
    loan_rate_percent: float = choice(
        3.5, "Interest of the loan", unit="%", ge=0, le=30, reason="near the five-year loan prime rate of 2025",
        source=JUDGEMENT,
    )  # fmt: skip
    loan_years: int = choice(
        10, "Term of the loan", unit="years", ge=1, le=50, reason="customary", source="finance scripts in public code"
    )
    loan_kind: Literal["annuity", "equal-principal", "bullet"] = choice(
        "equal-principal", "How it is paid back", reason="customary in China", source="finance scripts in public code"
    )
    loan_grace_years: int = choice(
        0, "First years in which interest alone is paid", unit="years", ge=0, le=20, reason="none unless agreed",
        source="pvsim design",
    )  # fmt: skip
    interest_subsidy_percent: float = choice(
        0.0, "Percentage points of interest that a programme pays", unit="%", ge=0, le=30, reason="none unless awarded",
        source="pvsim design",
    )  # fmt: skip
    interest_subsidy_years: int = choice(
        0, "Years in which it is paid", unit="years", ge=0, le=50, reason="none unless awarded", source="pvsim design"
    )
    market_rate_percent: float = choice(
        3.5, "Interest without the programme, for what it is worth", unit="%", ge=0, le=30,
        reason="near the five-year loan prime rate of 2025", source=JUDGEMENT,
    )  # fmt: skip
    discount_rate_percent: float = choice(
        6.0, "Discount rate of the owner's cash flow, nominal", unit="%", ge=0, le=50, reason="industrial owner",
        source=JUDGEMENT,
    )  # fmt: skip
    inflation_percent: float = choice(
        2.0, "Inflation, for the real LCOE", unit="%", ge=-5, le=30, reason="long-term mean", source=JUDGEMENT
    )
    tariff_growth_percent: float = choice(
        0.0, "Rise of the tariff a year", unit="%", ge=-10, le=20, reason="not foreseen", source=JUDGEMENT
    )
    years: int = choice(25, "Years that are counted", ge=1, le=40, reason="life of the plant", source="pvsim design")
    vat_percent: float = choice(
        13.0, "VAT in tariff, surplus price and investment; 0 for who pays none", unit="%", ge=0, le=50,
        reason="a general taxpayer saves tariff / 1.13", source=_POLICY.format("vat-rate"),
    )  # fmt: skip
    income_tax_percent: float = choice(
        25.0, "Income tax", unit="%", ge=0, le=60, reason="15 % in the Western Region or for high-tech firms: say so",
        source=_POLICY.format("income-tax-rate"),
    )  # fmt: skip
    three_free_three_half: bool = choice(
        False, "Three years without income tax, three with half",
        reason="excluded for plants built and used by their owner",
        source=_POLICY.format("income-tax-three-free-three-half"),
    )  # fmt: skip
    depreciation_years: int = choice(
        20, "Years of straight-line depreciation", unit="years", ge=1, le=40, reason="customary; the tax minimum is 10",
        source=_POLICY.format("depreciation-years"),
    )  # fmt: skip
    residual_percent: float = choice(
        5.0, "What is left of the investment at the end", unit="%", ge=0, le=50, reason="customary",
        source=_POLICY.format("depreciation-residual"),
    )  # fmt: skip
    epc_discount_percent: float | None = optional(
        "What the host of an energy-performance contract pays less than the tariff", unit="%", ge=0, le=100,
        reason="asked for with model epc", examples=[15.0],
    )  # fmt: skip
    roof_rent_cny_per_m2_year: float | None = optional(
        "Rent of the roof per module area", unit="CNY/(m2 year)", ge=0, le=1000,
        reason="asked for with model roof-rent",
        examples=[5.0],
    )  # fmt: skip

    def in_effect(self) -> dict[str, Any]:
        """What counts: without a loan or a grant their terms mean nothing."""
        values = super().in_effect()
        unused = set()
        if self.loan_share_percent == 0:
            unused |= {k for k in values if k.startswith(("loan_", "interest_"))} - {"loan_share_percent"}
            unused |= {"market_rate_percent"}
        if self.grant_cny_per_kwh == 0:
            unused |= {"grant_years"}
        return {k: v for k, v in values.items() if k not in unused}
