"""Where the kWh go and what they are worth, in the terminal summary; everything is read from the result document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pvsim.report.text import MONTHS, heading, padded, printable

Document = Mapping[str, Any]

IRR_TEXTS = {"none": "none: the flows never turn", "not-unique": "not unique: the flows turn more than once"}


def use_lines(d: Document) -> list[str]:
    """Self-use by meter, month and tariff period, and against the size of the plant."""
    use, energy = d["use"], d["energy"]
    rows = [
        *heading("Where the energy goes"),
        f"  {energy['self_used_kwh']:,.0f} kWh self-used, {_percent(energy['self_use_fraction'])} of the PV and "
        f"{_percent(energy['self_sufficiency_fraction'])} of the load of {use['load_kwh']:,.0f}",
        f"  {energy['exported_kwh']:,.0f} exported, {energy['imported_kwh']:,.0f} imported, "
        f"{energy['curtailed_kwh']:,.0f} curtailed, {energy['storage_losses_kwh']:,.0f} lost in storage",
    ]
    if len(use["meters"]) > 1:
        rows.append(f"  {'meter':<24}{'PV':>12}{'load':>12}{'self-used':>12}{'share':>8}")
        rows += [
            f"  {padded(m['name'], 24)}{m['annual_kwh']:>12,.0f}{m['load_kwh']:>12,.0f}{m['self_used_kwh']:>12,.0f}"
            f"{_percent(m['self_use_fraction']):>8}"
            for m in use["meters"]
        ]
    rows.append(f"  {'kWh':<12}{'load':>12}{'self-used':>12}{'exported':>12}{'imported':>12}")
    monthly = use["monthly"]
    for month, *cells in zip(MONTHS, *(monthly[k] for k in _SERIES), strict=True):
        rows.append(f"  {month:<12}" + "".join(f"{c:>12,.0f}" for c in cells))
    for p in use["periods"]:
        name = printable(f"{p['name']} at {p['price_cny_per_kwh']:g}")
        rows.append(f"  {padded(name, 24)}" + "".join(f"{p[k]:>12,.0f}" for k in _SERIES))
    sizes = ", ".join(f"{s['dc_kwp']:,.0f} kWp {_percent(s['self_use_fraction'])}" for s in use["sizes"])
    rows.append(f"  self-use of other sizes, without storage: {sizes}")
    store = use["storage"]
    if store is not None:
        worth = "" if store["value_cny"] is None else f" and {store['value_cny']:,.0f} CNY with VAT in the first year"
        rows.append(f"  the store adds {store['self_used_kwh']:,.0f} self-used kWh{worth}, before demand charges")
    return [*rows, *(f"  {printable(note)}" for note in use["notes"]), *_rules(d)]


_SERIES = ("load_kwh", "self_used_kwh", "exported_kwh", "imported_kwh")


def _percent(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.1%}"


def _rules(d: Document) -> Iterator[str]:
    rules = d["rules"]
    if rules["floor_percent"] is None:
        yield printable(f"  self-use floor: none that is known ({rules['reason']})")
    else:
        kept = "kept" if rules["complies"] else "not kept"
        size = (
            ""
            if rules["largest_kwp"] is None
            else f"; the largest plant that keeps it has {rules['largest_kwp']:,.0f} kWp"
        )
        yield printable(
            f"  self-use floor {rules['floor_percent']:g} %: {kept} with {rules['share_percent']:.1f} %{size} "
            f"({rules['reason']}; {rules['source']}) [{rules['status']}]"
        )
    if rules["last_step_cny"] is not None:
        yield f"  the last 100 kWp bring {rules['last_step_cny']:,.0f} CNY a year, with VAT"
    if "surplus_price" in rules:
        price = rules["surplus_price"]
        yield printable(f"  surplus: {price['reason']} ({price['source']}) [{price['status']}]")


def finance_lines(d: Document) -> list[str]:
    """What the plant is worth to its owner, the years in short, and what a programme is worth."""
    f = d["finance"]
    rows = [
        *heading(f"What it is worth: {f['model']}, {len(f['years']) - 1} years at {f['discount_rate_percent']:g} %"),
        f"  investment {f['investment_cny']:,.0f} CNY without deductible VAT",
        f"  net present value {f['npv_cny']:,.0f} CNY, IRR {_irr(f)}, payback {_years(f['payback_years'])}, "
        f"discounted {_years(f['discounted_payback_years'])}",
        f"  without its loan {f['project_npv_cny']:,.0f} CNY; LCOE {_or_none(f['lcoe_cny_per_kwh'])} CNY/kWh nominal, "
        f"{_or_none(f['lcoe_real_cny_per_kwh'])} real; lowest DSCR {_or_none(f['dscr_min'])}",
        f"  first-year hours {f['first_year_equivalent_hours']:,.0f}; mean of all years {f['mean_kwh']:,.0f} kWh, "
        f"{f['mean_equivalent_hours']:,.0f} hours",
    ]
    for name, p in f["programme"].items():
        if p["programme_value_cny"]:
            rows.append(
                f"  {name.upper()}: {p['npv_cny']:,.0f} CNY; without grant and low interest "
                f"{p['npv_without_cny']:,.0f}: the grant is worth {p['grant_value_cny']:,.0f}, the loan "
                f"{p['loan_value_cny']:,.0f}"
            )
        else:
            rows.append(f"  {name.upper()}: net present value {p['npv_cny']:,.0f} CNY")
    if f["model"] != "own":
        rows.append(f"  the host's net present value {f['host_npv_cny']:,.0f} CNY")
    names = f"{'revenue':>13}{'opex':>11}{'tax':>11}{'debt':>12}{'cash flow':>14}{'DSCR':>7}"
    rows.append(f"  {'year':>6}{'MWh':>10}{names}")
    for y in f["years"]:
        if y["year"] <= 2 or y["year"] % 5 == 0:
            rows.append(
                f"  {y['year']:>6}{y['kwh'] / 1e3:>10,.0f}{y['revenue_cny']:>13,.0f}{y['opex_cny']:>11,.0f}"
                f"{y['tax_cny']:>11,.0f}{y['debt_service_cny']:>12,.0f}{y['cash_flow_cny']:>14,.0f}"
                f"{_or_none(y['dscr']):>7}"
            )
    return rows


def _irr(f: Mapping[str, Any]) -> str:
    return IRR_TEXTS[f["irr_status"]] if f["irr"] is None else f"{f['irr']:.1%}"


def _years(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} years"


def _or_none(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.2f}"


def answer_lines(d: Document) -> Iterator[str]:
    """What stands with the answer: self-use and worth."""
    energy = d["energy"]
    if energy["self_use_fraction"] is not None:
        yield (
            f"  {_percent(energy['self_use_fraction'])} self-used, which is "
            f"{_percent(energy['self_sufficiency_fraction'])} of the load"
        )
    if "finance" in d:
        f = d["finance"]
        yield f"  net present value {f['npv_cny']:,.0f} CNY, IRR {_irr(f)}, payback {_years(f['payback_years'])}"
