"""What the plant is worth: its tariff, rules and finance block as a cash flow of its years."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import CubicSpline

from pvsim.energy.tariff import demand_charge_cny
from pvsim.errors import PvsimError, ScenarioError
from pvsim.finance.complying import complying_size
from pvsim.finance.owners import Sides, epc, own, roof_rent
from pvsim.finance.policies import policy
from pvsim.finance.programme import ProgrammeValue, programme_value
from pvsim.finance.project import Project, YearsEnergy
from pvsim.finance.rules import self_use_floor
from pvsim.scenario.money import Finance
from pvsim.studies.use import Use, aged, at_size

if TYPE_CHECKING:
    from pvsim.studies.result import Result

LAST_STEP_KW = 100.0
TAKES_ALL = 0.999
BALANCED = 9  # years of a life that are balanced
LARGEST_TIMES = 20.0  # of the plant, up to which a complying size is sought
DEFAULT_DATE = datetime.date(2025, 12, 31)  # rules of a plant whose date is not said: the newest that are on file


def first_year(use: Use, charge: float) -> dict[str, float]:
    """What PV and storage save and bring in a year, CNY with VAT: by energy, by demand charge, by surplus."""
    rates = use.prices
    if rates is None:
        raise PvsimError("money needs [tariff]; no price is assumed")
    months = use.months + 12 * _year_of(use)
    saved = demand = surplus = 0.0
    for meter in use.meters:
        settled = meter.balance
        saved += use.kwh((settled.load_kw - settled.imported_kw) * rates.price_cny_per_kwh)
        surplus += use.kwh(settled.exported_kw * rates.surplus_price_cny_per_kwh)
        with_pv, without = (demand_charge_cny(p, months, charge) for p in (settled.imported_kw, settled.load_kw))
        demand += (without - with_pv) / use.year_count
    return {"energy_cny": saved, "demand_cny": demand, "surplus_cny": surplus}


def _charge(result: Result) -> float:
    tariff = result.scenario.tariff
    return 0.0 if tariff is None else tariff.demand_charge_cny_per_kw_month


def _year_of(use: Use) -> Any:
    """(T,) number of the year of each row, from the months that begin anew."""
    return np.concatenate([[0], np.cumsum((use.months[:-1] == 11) & (use.months[1:] == 0))])


def years_energy(result: Result, block: Finance) -> YearsEnergy:
    """Energy and prices of the years 1 to ``block.years`` with ageing modules.

    Each year's kWh are those of the 25-year table. Self-use, curtailment and losses in the store are balanced in up
    to ``BALANCED`` of the years; those between lie on the cubic spline through these, as they bend little. What is
    left is exported.
    """
    use = result.use
    if use is None or use.prices is None:
        raise PvsimError("finance needs [load] and [tariff]")
    loss = result.scenario.losses.annual_degradation_percent / 100
    factors = np.array([max(0.0, 1 - loss * year) for year in range(block.years)])
    nodes = np.unique(factors[np.linspace(0, block.years - 1, min(BALANCED, block.years)).round().astype(int)])[::-1]
    sums = use.sums
    new = sums | {"kwh": result.annual_kwh}
    found = [new if node == 1.0 else aged(result, node) for node in nodes]
    if result.scenario.storage is not None and result.scenario.storage.dispatch == "optimal":
        # aged years are balanced by self-use; what the optimal dispatch adds to it shrinks with the modules
        plain = aged(result, 1.0)
        found = [
            new if node == 1.0 else f | {name: f[name] + (new[name] - plain[name]) * node for name in _KEPT}
            for node, f in zip(nodes, found, strict=True)
        ]
    kwh = _lifetime_kwh(result, _along(nodes, [f["kwh"] for f in found], factors))
    rows = {name: _along(nodes, [f[name] for f in found], factors) for name in _KEPT}
    exported = np.maximum(kwh - sum(rows.values()), 0.0)
    rows["self_used_kwh"] = kwh - exported - rows["curtailed_kwh"] - rows["storage_losses_kwh"]
    money = first_year(use, _charge(result))
    used = sums["self_used_kwh"]
    price = (money["energy_cny"] + money["demand_cny"]) / used if used > 0 else 0.0
    return YearsEnergy.of(
        self_used_kwh=rows["self_used_kwh"].tolist(),
        exported_kwh=exported.tolist(),
        curtailed_kwh=rows["curtailed_kwh"].tolist(),
        storage_losses_kwh=rows["storage_losses_kwh"].tolist(),
        self_use_price_cny_per_kwh=price,
        surplus_price_cny_per_kwh=_surplus(result, use, money, block.years),
    )


_KEPT = ("self_used_kwh", "curtailed_kwh", "storage_losses_kwh")


def _lifetime_kwh(result: Result, along: Any) -> Any:
    """The kWh of each year: those of the lifetime table as far as it goes."""
    table = [y.annual_kwh for y in result.lifetime][: along.size]
    return np.concatenate([table, along[len(table) :]])


def _along(nodes: Any, values: list[float], factors: Any) -> Any:
    """Values of the nodes, which fall, on all factors."""
    if len(nodes) == 1:
        return np.full(factors.size, values[0])
    return np.maximum(CubicSpline(nodes[::-1], values[::-1])(factors), 0.0)


def _surplus(result: Result, use: Use, money: dict[str, float], years: int) -> list[float]:
    """The surplus price of each year: the mean of what is exported, the part by the rules as they change."""
    rates, exported = use.prices, use.summed("exported_kw")
    if rates is None:
        raise PvsimError("money needs [tariff]")
    total = float(exported.sum())
    weights = exported / total if total > 0 else np.full(exported.size, 1.0 / exported.size)
    mean = float(weights @ rates.surplus_price_cny_per_kwh)
    if use.surplus is None:
        return [mean] * years
    own = np.array([p.surplus_price_cny_per_kwh is not None for p in result.scenario.period] + [False])
    by_rule = float(weights[~own[rates.spell]].sum())
    first = use.surplus.by_year_cny_per_kwh[0]
    return [mean + by_rule * (price - first) for price in use.surplus.by_year_cny_per_kwh[:years]]


def project_of(result: Result, block: Finance) -> Project:
    """The plant as an investment."""
    storage = result.scenario.storage
    battery = 0.0
    if storage is not None:
        if block.storage_capex_cny_per_kwh is None:
            raise PvsimError("storage_capex_cny_per_kwh is not said; a store costs something, and none is assumed")
        battery = block.storage_capex_cny_per_kwh * storage.capacity_kwh
    owner = result.scenario.site.owner or ("self" if block.model == "own" else "investor")
    replaced, ac_per_dc = block.inverter_replacement_year, result.system.ac_kw / result.system.dc_kwp
    return Project(
        dc_kwp=result.system.dc_kwp,
        capex_cny_per_w=block.capex_cny_per_w,
        discount_rate_percent=block.discount_rate_percent,
        opex_cny_per_kw_year=block.opex_cny_per_kw_year,
        years=block.years,
        owner=owner,
        capex_storage_cny=battery,
        vat_payer=block.vat_percent > 0,
        vat_percent=block.vat_percent,
        opex_growth_percent=block.opex_growth_percent,
        inverter_replacement_cny_per_w=block.inverter_replacement_cny_per_w * ac_per_dc,
        inverter_replacement_years=(replaced,) if 0 < replaced <= block.years else (),
        grant_cny=block.grant_cny,
        grant_cny_per_kwh=block.grant_cny_per_kwh,
        grant_years=block.grant_years,
        loan_share_percent=block.loan_share_percent,
        loan_rate_percent=block.loan_rate_percent,
        loan_years=min(block.loan_years, block.years) if block.loan_share_percent == 0 else block.loan_years,
        loan_kind=block.loan_kind,
        loan_grace_years=0 if block.loan_share_percent == 0 else block.loan_grace_years,
        loan_subsidy_percent=block.interest_subsidy_percent,
        loan_subsidy_years=block.interest_subsidy_years,
        tariff_growth_percent=block.tariff_growth_percent,
        inflation_percent=block.inflation_percent,
        income_tax_percent=block.income_tax_percent,
        three_free_three_half=block.three_free_three_half,
        depreciation_years=block.depreciation_years,
        residual_percent=block.residual_percent,
    )


def finance_block(result: Result) -> dict[str, Any]:
    """The block ``finance`` of the result document.

    Raises
    ------
    ScenarioError
        For what a cash flow cannot have, at ``[finance]``.
    """
    scenario = result.scenario
    block = scenario.finance
    if block is None:
        raise PvsimError("the scenario has no [finance]")
    try:
        project, energy = project_of(result, block), years_energy(result, block)
        sides = _sides(result, block, project, energy)
        programme = _programme(result, block, project, energy)
    except PvsimError as error:
        raise ScenarioError(scenario.origin.file, [scenario.problem("finance", str(error), "")]) from error
    rates = {name: asdict_of(value) for name, value in programme.items()}
    mean = sum(row.kwh for row in sides.owner.years[1:]) / block.years
    return sides.owner.to_dict() | {
        "model": sides.model,
        "investment_cny": project.investment_cny,
        "first_year_equivalent_hours": result.annual_kwh / result.system.dc_kwp,
        "mean_kwh": mean,
        "mean_equivalent_hours": mean / result.system.dc_kwp,
        "first_year": first_year(
            result.use, 0.0 if scenario.tariff is None else scenario.tariff.demand_charge_cny_per_kw_month
        )
        if result.use is not None
        else None,
        "programme": rates,
        "host_npv_cny": sides.host_npv_cny,
        "host": [asdict(row) for row in sides.host],
    }


def _programme(result: Result, block: Finance, project: Project, energy: YearsEnergy) -> Mapping[str, ProgrammeValue]:
    """What grant and low interest are worth to the plant's owner; nothing where he pays rent, which stands apart."""
    if block.model == "roof-rent":
        return {}
    if block.model == "epc":
        left = 1 - (block.epc_discount_percent or 0.0) / 100
        paid = tuple(price * left for price in energy.self_use_price_cny_per_kwh)
        energy = replace(energy, self_use_price_cny_per_kwh=paid)
    factors = {"p50": 1.0, "p90": max(1e-9, result.budget.long_term(1.0).exceeded_with(0.90))}
    return programme_value(project, energy, max(block.market_rate_percent, block.loan_rate_percent), factors)


def asdict_of(value: Any) -> dict[str, float | None]:
    """What a programme is worth at one energy, in CNY, and the owner's measures with it and without."""
    return {
        "npv_cny": value.programme.npv_cny,
        "irr": value.programme.irr,
        "dscr_min": value.programme.dscr_min,
        "npv_without_cny": value.without_both.npv_cny,
        "irr_without": value.without_both.irr,
        "grant_value_cny": value.grant_value_cny,
        "loan_value_cny": value.loan_value_cny,
        "programme_value_cny": value.programme_value_cny,
    }


def _sides(result: Result, block: Finance, project: Project, energy: YearsEnergy) -> Sides:
    if block.model == "own":
        return own(project, energy)
    if block.model == "epc":
        if block.epc_discount_percent is None:
            raise PvsimError("epc_discount_percent is not said; it is what the contract is about")
        return epc(project, energy, block.epc_discount_percent)
    if block.roof_rent_cny_per_m2_year is None:
        raise PvsimError("roof_rent_cny_per_m2_year is not said; it is what the contract is about")
    rent = block.roof_rent_cny_per_m2_year
    return roof_rent(project, energy, rent_cny_per_m2_year=rent, area_m2=result.system.module_area_m2)


def rules_block(result: Result) -> dict[str, Any]:
    """The block ``rules``: the self-use floor against the year's share, and where the surplus price comes from."""
    use, site = result.use, result.scenario.site
    if use is None:
        raise PvsimError("the scenario has no load")
    on = site.commissioned or DEFAULT_DATE
    # each meter is a plant of its own: the largest decides whether the rule of large plants holds
    floor = self_use_floor(result.region, site.district, on, max(_capacity_kw(result)), site.voltage_kv)
    share = 100 * use.sums["self_used_kwh"] / result.annual_kwh if result.annual_kwh > 0 else None
    found: dict[str, Any] = {
        "floor_percent": floor.value_percent,
        "share_percent": share,
        "complies": None if floor.value_percent is None or share is None else share >= floor.value_percent,
        "status": floor.status,
        "reason": floor.reason,
        "source": floor.source,
        "largest_kwp": None,
        "last_step_cny": _last_step(result, use),
    }
    if floor.value_percent is not None and all(meter.store is None for meter in use.meters):
        found["largest_kwp"] = _largest_kwp(result, use, floor.value_percent)
    if use.surplus is not None:
        surplus = use.surplus
        found["surplus_price"] = {
            "price_cny_per_kwh": surplus.by_year_cny_per_kwh[0],
            "status": surplus.status,
            "reason": surplus.reason,
            "source": surplus.source,
        }
    return found


def _largest_kwp(result: Result, use: Use, floor_percent: float) -> float | None:
    """The largest plant under this load that keeps the floor; None without a plant, or where no limit was found."""
    kwp, power = result.system.dc_kwp, policy("large-plant-capacity").value or 6.0
    if result.annual_kwh <= 0:
        return None
    # above the power of large plants another rule holds
    small = max(_capacity_kw(result)) <= power * 1000
    most = power * 1000 * kwp / result.system.ac_kw if small else LARGEST_TIMES * kwp
    if small and at_size(use, most / kwp)["self_use_fraction"] > TAKES_ALL:
        return None  # the load takes all of it, and of a large plant too
    size = complying_size(
        lambda kw: at_size(use, kw / kwp)["self_use_fraction"],
        floor_percent,
        smallest_kw=min(1.0, most / 10),
        largest_kw=most,
    )
    if size is None or (size.size_kw >= 0.999 * most and not small):
        return None
    return size.size_kw


def _capacity_kw(result: Result) -> list[float]:
    """AC rating behind each meter."""
    units = [inverter.unit for inverter in result.hardware.inverters.values()]
    meters = () if result.use is None else result.use.meters
    return [sum(units[i].rated_w * units[i].count for i in meter.inverters) / 1000 for meter in meters]


def _last_step(result: Result, use: Use) -> float | None:
    """What the last 100 kWp bring in a year, CNY with VAT; None without a tariff or with a smaller plant."""
    rates, kwp = use.prices, result.system.dc_kwp
    if rates is None or kwp <= LAST_STEP_KW:
        return None

    limit = use.export_limit_kw

    def worth(share: float) -> float:
        total = 0.0
        for meter in use.meters:
            pv = meter.balance.pv_kw * share
            taken = np.minimum(pv, meter.balance.load_kw)
            left = pv - taken if limit is None else np.minimum(pv - taken, limit)
            total += use.kwh(taken * rates.price_cny_per_kwh + left * rates.surplus_price_cny_per_kwh)
        return total

    return worth(1.0) - worth(1.0 - LAST_STEP_KW / kwp)
