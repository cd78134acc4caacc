"""Is a published claim possible, and with which conventions was it written?

Printed figures are intervals (`rounding_interval`); their ratios are matched with every factor on
file, and against a simulated roof with its P90 to P10 of one year. Each check appends findings;
the verdict is the worst of them: an error makes a claim inconsistent, a doubt doubtful.

Rules and limits: ``reference/factors.md``, "Arithmetic that the audit can stand on" (pure carbon
of 29.31/32.8 x 44/12 = 3.28 t of CO2 per tce; 7 % between panels x watts and the capacity; yield
against 1.05 and 0.95 of the local horizontal irradiation, 1.15 and 1.05 north of 35 N and on
the plateau).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pvsim.errors import PvsimError
from pvsim.impact.factors import find, load_factors
from pvsim.impact.recognise import (
    Claim,
    Interval,
    calorific_with_average,
    conventions,
    energy_of_a_year,
    energy_of_tonnes,
    implied,
    number,
    of_a_year,
    printed,
    rounding_interval,
)

Finding = dict[str, str]

CARBON_CEILING: Final = 29.31 / 32.8 * 44.0 / 12.0  # t of CO2 per tce, if coal were pure carbon
CAPACITY_TOLERANCE: Final = 0.07
LARGEST_PANEL_WP: Final = 1000.0  # no module on a roof has more
_PLATEAU_M: Final = 2500.0  # the Tibetan plateau; nothing east of it that carries roofs is as high
_VERDICTS: Final = {"note": "consistent", "doubt": "doubtful", "error": "inconsistent"}


@dataclass(frozen=True, slots=True)
class _Simulated:
    """What the simulation of the claimed roof says: energies in kWh of one year, exceedance P."""

    annual_kwh: float
    p10_kwh: float
    p90_kwh: float
    p01_kwh: float
    p99_kwh: float
    panels: float
    dc_kwp: float
    impact: Mapping[str, Sequence[Mapping[str, Any]]]
    ghi_kwh_per_m2: float | None
    latitude: float | None
    altitude: float | None

    def __post_init__(self) -> None:
        order = (self.p99_kwh, self.p90_kwh, self.p10_kwh, self.p01_kwh)
        if not all(map(math.isfinite, order)) or list(order) != sorted(order):
            raise PvsimError(f"exceedance needs P99 <= P90 <= P10 <= P1, found {order} kWh")
        if not (self.panels > 0 and self.dc_kwp > 0 and self.annual_kwh >= 0):
            raise PvsimError("a claim is compared with a roof that has panels and kWp above 0 and no negative kWh")


def compare_claim(
    claim: Claim,
    *,
    annual_kwh: float,
    p10_kwh: float,
    p90_kwh: float,
    p01_kwh: float,
    p99_kwh: float,
    panels: float,
    dc_kwp: float,
    impact: Mapping[str, Sequence[Mapping[str, Any]]],
    ghi_kwh_per_m2: float | None = None,
    latitude: float | None = None,
    altitude: float | None = None,
    partial: bool = False,
) -> dict[str, Any]:
    """Compare a claim with the simulated roof: the block ``claim`` of the result document.

    Parameters
    ----------
    claim
        Columns of ``claims.csv`` and ``saved_kwh``; blank texts count as not printed.
    annual_kwh, p10_kwh, p90_kwh, p01_kwh, p99_kwh
        Simulated energy of one year and its exceedances (P90 is below P10).
    panels, dc_kwp
        The simulated roof.
    impact
        The block ``impact`` of the same run (`pvsim.impact.convert.impact_block`): its latest
        supply rate and its first average, which leads, are what the printed tonnes are compared with.
    ghi_kwh_per_m2, latitude, altitude
        Horizontal irradiation of the place in a year, degrees north, m; without the first the yield
        is not held against it.
    partial
        Whether the simulated year has gaps: then the claim is held against itself only.

    Returns
    -------
    dict
        ``fields`` (only what the claim prints), ``verdict``, ``findings``, and beside the contract
        ``implied`` and ``conventions``.
    """
    sim = _Simulated(
        annual_kwh=annual_kwh,
        p10_kwh=p10_kwh,
        p90_kwh=p90_kwh,
        p01_kwh=p01_kwh,
        p99_kwh=p99_kwh,
        panels=panels,
        dc_kwp=dc_kwp,
        impact=impact,
        ghi_kwh_per_m2=ghi_kwh_per_m2,
        latitude=latitude,
        altitude=altitude,
    )
    fields = _fields(claim, sim)
    if partial:
        said = "the weather has gaps, so the simulated energy is a partial sum: nothing was compared with it"
        return _block(claim, fields, [*arithmetic_findings(claim), _finding("doubt", "partial-weather", said)])
    findings = [
        *_energy_findings(claim, sim),
        *_roof_findings(fields, sim),
        *_needed_findings(claim, sim),
        *_irradiation_findings(claim, sim),
        *arithmetic_findings(claim),
        *_tonnes_findings(fields),
        *_tonnes_alone_findings(claim, fields, sim),
    ]
    tonnes = any(fields.get(name, {}).get("simulated") for name in ("tce", "co2_t"))
    if not tonnes and energy_of_a_year(claim) is None:
        findings.append(_finding("doubt", "nothing-compared", "neither energy nor tonnes of a year to compare"))
    return _block(claim, fields, findings)


def _block(claim: Claim, fields: dict[str, dict[str, Any]], findings: list[Finding]) -> dict[str, Any]:
    return {
        "fields": fields,
        "verdict": verdict(findings),
        "findings": findings,
        "implied": {name: None if v is None else list(v) for name, v in implied(claim).items()},
        "conventions": conventions(claim),
    }


def verdict(findings: Sequence[Finding]) -> str:
    """``consistent``, ``doubtful`` or ``inconsistent``: the worst of the findings."""
    found = {finding["severity"] for finding in findings}
    return next((_VERDICTS[s] for s in ("error", "doubt") if s in found), "consistent")


def arithmetic_findings(claim: Claim) -> list[Finding]:
    """What the printed figures say about each other, without any simulation."""
    known, ratios = conventions(claim), implied(claim)
    return [
        *_coal_findings(claim, ratios["kgce_per_kwh"], known["coal"]),
        *_co2_findings(ratios, known["co2"]),
        *_ceiling_findings(ratios, known),
        *_capacity_findings(claim, ratios["wp_per_panel"]),
    ]


def _finding(severity: str, code: str, message: str) -> Finding:
    return {"code": code, "severity": severity, "message": message}


def _span(interval: Interval, unit: str) -> str:
    low, best, high = interval
    return f"{best:.4g} {unit} ({low:.4g} to {high:.4g} with the rounding)"


# Figures of the claim against each other


def _coal_findings(claim: Claim, ratio: Interval | None, known: Sequence[str]) -> list[Finding]:
    kwh, tce = energy_of_tonnes(claim), printed(claim, "tce")
    if ratio is None or kwh is None or tce is None:
        return []
    said = f"{tce[1]:,.10g} t / {kwh[1]:,.10g} kWh = {_span(ratio, 'kgce/kWh')}"
    if not known:
        factors = [f.value for f in load_factors().values() if f.kind == "coal"]
        if ratio[0] > 2 * max(factors) or ratio[2] < min(factors) / 2:
            why = f"no plant is near it ({min(factors):g} to {max(factors):g}); kg instead of t, or another energy?"
            return [_finding("error", "coal-impossible", f"{said}: {why}")]
        return [_finding("doubt", "coal-convention-unknown", f"{said}: no coal factor on file is near it")]
    best = find(known[0])
    fine = tce[2] - tce[0] <= 2e-3 * tce[1]  # of three digits and fewer, many factors are "exact"
    exact = fine and tce[0] <= best.value * kwh[1] / 1000.0 <= tce[2]
    others = f"; {', '.join(known[1:4])} also fit" if known[1:] else ""
    told = f"{said}: written with {best.id}, {best.boundary}"
    last = ", exact to the last printed digit" if exact else ""
    return [_finding("note", "coal-convention", told + last + others)]


def _co2_findings(ratios: Mapping[str, Interval | None], known: Sequence[str]) -> list[Finding]:
    ratio, per_coal = ratios["kgco2_per_kwh"], ratios["kgco2_per_kgce"]
    if ratio is None and per_coal is None:
        return []
    parts = [_span(i, u) for i, u in ((ratio, "kg of CO2/kWh"), (per_coal, "t of CO2/tce")) if i]
    said = " and ".join(parts)
    if known:
        others = f"; {', '.join(known[1:4])} also fit" if known[1:] else ""
        return [_finding("note", "co2-convention", f"{said}: written with {known[0]}{others}")]
    top = max((f for f in load_factors().values() if f.kind == "co2"), key=lambda f: f.value)
    if ratio is not None and ratio[0] > top.value:
        why = f"not explained by the electricity: the highest CO2 factor on file is {top.value} ({top.id})"
        return [_finding("doubt", "co2-not-explained-by-electricity", f"{said}: {why}")]
    return [_finding("doubt", "co2-convention-unknown", f"{said}: no CO2 factor on file is near it")]


def _ceiling_findings(ratios: Mapping[str, Interval | None], known: Mapping[str, Sequence[str]]) -> list[Finding]:
    """More CO2 than the carbon of the coal: impossible, unless the two count different things."""
    per_coal, per_kwh = ratios["kgco2_per_kgce"], ratios["kgco2_per_kwh"]
    if per_coal is not None and per_coal[0] > CARBON_CEILING:
        said = f"{_span(per_coal, 't of CO2/tce')} is above {CARBON_CEILING:.2f}, the CO2 of pure carbon"
        # Calorific coal is the heat of the kWh, not what a plant burns; CO2 by a grid factor may exceed it.
        why = "calorific coal beside CO2 of the grid are two kinds, not to be divided"
        if known["co2"] and known["coal"] and find(known["coal"][0]).method == "calorific":
            return [_finding("note", "unlike-kinds", f"{said}; {why}")]
        if ratios["kgce_per_kwh"] is None and calorific_with_average(per_coal):
            return [_finding("doubt", "unlike-kinds", f"{said}; perhaps {why}: no kWh are printed to tell")]
        return [_finding("error", "co2-above-carbon", f"{said}: no coal can give that")]
    # No plant burns more for a kWh than the highest coal factor on file.
    most = CARBON_CEILING * max(f.value for f in load_factors().values() if f.kind == "coal")
    if per_coal is None and per_kwh is not None and per_kwh[0] > most:
        said = f"{_span(per_kwh, 'kg of CO2/kWh')} is above {most:.2f}"
        return [_finding("error", "co2-above-carbon", f"{said}: no coal plant can give that")]
    return []


def _capacity_findings(claim: Claim, wp_per_panel: Interval | None) -> list[Finding]:
    """Printed panels x watts against the printed capacity; 7 % apart may be rounding or spare strings."""
    watts = number(claim, "panel_wp")
    if watts is None or wp_per_panel is None:
        return []
    low, best, high = wp_per_panel
    if low * (1 - CAPACITY_TOLERANCE) <= watts <= high * (1 + CAPACITY_TOLERANCE):
        return []
    said = f"capacity / panels is {best:,.0f} Wp, but {watts:,.10g} Wp are printed; the capacity may be AC"
    return [_finding("doubt", "panels-watts-capacity", said)]


# The claim against the simulated roof


def _fields(claim: Claim, sim: _Simulated) -> dict[str, dict[str, Any]]:
    """Printed beside simulated, for what the claim prints; null where nothing was simulated."""
    supply = [r for r in sim.impact.get("coal", ()) if r["kind"] == "supply"]
    coal = max(supply, key=lambda r: r["year"], default=None)
    co2 = next((r for r in sim.impact.get("co2", ()) if r["kind"] == "average"), None)
    # Tonnes of a lifetime, or of electricity saved elsewhere, are not those of the roof's year.
    comparable = of_a_year(claim) and number(claim, "saved_kwh") is None
    simulated: dict[str, float | None] = {
        "annual_kwh": sim.annual_kwh,
        "panels": sim.panels,
        "capacity_kwp": sim.dc_kwp,
        "panel_wp": sim.dc_kwp * 1e3 / sim.panels,
        "tce": coal["tce"] if coal and comparable else None,
        "co2_t": co2["t"] if co2 and comparable else None,
    }
    fields: dict[str, dict[str, Any]] = {}
    for name, value in simulated.items():
        claimed = number(claim, name)
        if claimed is not None:
            ratio = claimed / value if value else None
            fields[name] = {"claimed": claimed, "simulated": value, "ratio": ratio}
    for name, source in (("tce", coal), ("co2_t", co2)):
        if name in fields:
            fields[name]["factor_id"] = source["factor_id"] if source else None
    return fields


def _energy_findings(claim: Claim, sim: _Simulated) -> list[Finding]:
    year = energy_of_a_year(claim)
    if year is None:
        return [_finding("note", "energy-not-printed", "no energy of a year is printed; it was not compared")]
    said = f"{year[1]:,.10g} kWh claimed, {sim.annual_kwh:,.0f} simulated"
    narrow, wide = (sim.p90_kwh, sim.p10_kwh), (sim.p99_kwh, sim.p01_kwh)
    for severity, code, (low, high), names in (
        ("note", "energy-consistent", narrow, "P90 to P10"),
        ("doubt", "energy-doubtful", wide, "P99 to P1"),
    ):
        if year[0] <= high and year[2] >= low:
            where = f"within {names} of one year, {low:,.0f} to {high:,.0f} kWh"
            return [_finding(severity, code, f"{said}: {where}")]
    where = f"outside P99 to P1 of one year, {wide[0]:,.0f} to {wide[1]:,.0f} kWh"
    return [_finding("error", "energy-inconsistent", f"{said}: {where}")]


def _roof_findings(fields: Mapping[str, Mapping[str, Any]], sim: _Simulated) -> list[Finding]:
    """Whether the simulated roof is the claimed one; otherwise its yield says little."""
    found = []
    tolerances = {"panels": 0.0, "capacity_kwp": CAPACITY_TOLERANCE, "panel_wp": CAPACITY_TOLERANCE}
    for name, tolerance in tolerances.items():
        if name in fields:
            claimed, simulated = fields[name]["claimed"], fields[name]["simulated"]
            low, high = rounding_interval(claimed)
            if not low * (1 - tolerance) <= simulated <= high * (1 + tolerance):
                said = f"{name}: {claimed:,.10g} claimed, {simulated:,.10g} simulated: not the same roof"
                found.append(_finding("doubt", "another-roof", said))
    return found


def _needed_findings(claim: Claim, sim: _Simulated) -> list[Finding]:
    """What would have to be true for the claimed energy."""
    kwh, panels = number(claim, "annual_kwh"), number(claim, "panels")
    if kwh is None or sim.annual_kwh == 0:
        return []
    count = panels or sim.panels
    # A high yield needs a small panel: P10 gives the lower end.
    most, mid, least = (1e3 * sim.dc_kwp / max(e, 1e-9) for e in (sim.p90_kwh, sim.annual_kwh, sim.p10_kwh))
    each = kwh / count
    watt_span = f"{each * mid:,.0f} Wp ({each * least:,.0f} to {each * most:,.0f})"
    yield_span = f"{1e3 / mid:,.0f} kWh/kWp ({1e3 / most:,.0f} to {1e3 / least:,.0f}, P90 to P10)"
    power = f"{each:,.0f} kWh per panel need panels of {watt_span} at the simulated {yield_span}"
    watts = sim.dc_kwp * 1e3 / sim.panels
    needed = f"with panels of {watts:,.0f} Wp, {kwh:,.10g} kWh need {each / watts * 1e3:,.0f} kWh/kWp"
    return [
        _finding("error" if each * least > LARGEST_PANEL_WP else "note", "panel-power-needed", power),
        _finding("note", "specific-yield-needed", f"{needed}; {1e3 / mid:,.0f} are simulated"),
    ]


def _irradiation_findings(claim: Claim, sim: _Simulated) -> list[Finding]:
    """A fixed plane cannot give many more kWh per kWp than the sun gives kWh per m2."""
    ratio, ghi = implied(claim)["kwh_per_kwp"], sim.ghi_kwh_per_m2
    if ratio is None or ghi is None:
        return []
    high_up = (sim.latitude or 0.0) > 35.0 or (sim.altitude or 0.0) > _PLATEAU_M
    doubtful, impossible = (1.05, 1.15) if high_up else (0.95, 1.05)
    said = f"{_span(ratio, 'kWh/kWp')} at {ghi:,.0f} kWh/m2 of horizontal irradiation"
    hint = "first consider that the printed capacity may be AC"
    if ratio[0] > impossible * ghi:
        return [_finding("error", "yield-impossible", f"{said}: above {impossible} of it; {hint}")]
    if ratio[0] > doubtful * ghi:
        return [_finding("doubt", "yield-high", f"{said}: above {doubtful} of it; {hint}")]
    return []


def _tonnes_findings(fields: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    return [
        _finding(
            "note",
            f"{name.removesuffix('_t')}-against-simulation",
            f"{f['claimed']:,.10g} t claimed, "
            + (
                "which are not those of one year of this roof: not compared"
                if f["simulated"] is None
                else f"{f['simulated']:,.0f} t simulated with {f['factor_id']}"
            ),
        )
        for name in ("tce", "co2_t")
        if (f := fields.get(name))
    ]


def _tonnes_alone_findings(claim: Claim, fields: Mapping[str, Mapping[str, Any]], sim: _Simulated) -> Iterator[Finding]:
    """Tonnes without their kWh: could any factor on file make them from what the roof yields?"""
    if energy_of_a_year(claim) is not None:
        return
    for name, kind in (("tce", "coal"), ("co2_t", "co2")):
        tonnes = printed(claim, name)
        if tonnes is None or not fields.get(name, {}).get("simulated"):
            continue
        values = [f.value for f in load_factors().values() if f.kind == kind]
        least, most = tonnes[0] * 1e3 / max(values), tonnes[2] * 1e3 / min(values)
        said = f"{tonnes[1]:,.10g} t stand for {least:,.0f} to {most:,.0f} kWh by the factors on file"
        where = f"P99 to P1 of one year, {sim.p99_kwh:,.0f} to {sim.p01_kwh:,.0f} kWh"
        if most < sim.p99_kwh or least > sim.p01_kwh:
            yield _finding("error", f"{name.removesuffix('_t')}-inconsistent", f"{said}: outside {where}")
        else:
            yield _finding("note", f"{name.removesuffix('_t')}-possible", f"{said}: this meets {where}")
