"""A project and its energy that the tests of money share."""

from __future__ import annotations

from typing import Any

from pvsim.finance.project import Project, YearsEnergy


def project(**changes: Any) -> Project:
    """3.6 MWp at 3.5 CNY/W, opex 40 CNY/kW, 6 % discount."""
    given = {"dc_kwp": 3600.0, "capex_cny_per_w": 3.5, "opex_cny_per_kw_year": 40.0, "discount_rate_percent": 6.0}
    return Project(**(given | changes))


def energy(years: int = 25, **changes: Any) -> YearsEnergy:
    """2.7 GWh, 70 % self-used at 0.65 and the rest at 0.3964 CNY/kWh, ageing by 0.6 % a year."""
    made = [2.7e6 * 0.994**year for year in range(years)]
    given = {
        "self_used_kwh": [0.7 * kwh for kwh in made],
        "exported_kwh": [0.3 * kwh for kwh in made],
        "self_use_price_cny_per_kwh": 0.65,
        "surplus_price_cny_per_kwh": 0.3964,
    }
    return YearsEnergy.of(**(given | changes))


def toy(**changes: Any) -> Project:
    """1 kWp for 113,000 CNY with VAT, so 100,000 without, over 3 years without residual value."""
    given = {
        "dc_kwp": 1.0,
        "capex_cny_per_w": 113.0,
        "opex_cny_per_kw_year": 1000.0,
        "discount_rate_percent": 10.0,
        "years": 3,
        "depreciation_years": 4,
        "residual_percent": 0.0,
    }
    return Project(**(given | changes))


def toy_energy(self_used: float = 40_000.0) -> YearsEnergy:
    """A price of 1.13 with VAT, so a self-used kWh is 1 CNY."""
    return YearsEnergy.of(
        self_used_kwh=[self_used] * 3,
        exported_kwh=[10_000.0] * 3,
        self_use_price_cny_per_kwh=1.13,
        surplus_price_cny_per_kwh=0.565,
    )
