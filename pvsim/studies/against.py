"""A claim against the simulated roof: the block ``claim`` of the result document.

The claimed energy is held against P90 to P10 of one year, tonnes against the factors of the run; each check appends
findings, beside those of the claim's own arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pvsim.errors import PvsimError
from pvsim.impact.printed import Claim, energy_of_a_year, implied, number, of_a_year, printed, rounding_interval
from pvsim.impact.recognise import conventions, factors_of
from pvsim.studies.arithmetic import arithmetic_findings
from pvsim.studies.expected import NORTH, yield_limits
from pvsim.studies.findings import Finding, finding, span, verdict
from pvsim.studies.panels import CAPACITY_TOLERANCE, panel_findings
from pvsim.studies.slips import slip_findings

LARGEST_PANEL_WP: Final = 1000.0  # no module on a roof has more
_PLATEAU_M: Final = 2500.0  # the Tibetan plateau; nothing east of it that carries roofs is as high


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
    lifetime_factors: Sequence[float]

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
    lifetime_factors: Sequence[float] = (),
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
    lifetime_factors
        Energy of each year of the roof's life over that of the first; a printed total of years is held against
        their mean.
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
        lifetime_factors=lifetime_factors,
    )
    fields = _fields(claim, sim)
    if partial:
        said = "the weather has gaps, so the simulated energy is a partial sum: nothing was compared with it"
        return _block(claim, fields, [*_own_findings(claim), finding("doubt", "partial-weather", said)])
    findings = [
        *_energy_findings(claim, sim),
        *_roof_findings(fields, sim),
        *_needed_findings(claim, sim),
        *_irradiation_findings(claim, sim),
        *_own_findings(claim),
        *_tonnes_findings(fields),
        *_tonnes_alone_findings(claim, fields, sim),
    ]
    findings += slip_findings(claim, _own_findings, findings)
    tonnes = any(fields.get(name, {}).get("simulated") for name in ("tce", "co2_t"))
    if not tonnes and energy_of_a_year(claim) is None:
        findings.append(finding("doubt", "nothing-compared", "neither energy nor tonnes of a year to compare"))
    return _block(claim, fields, findings)


def _block(claim: Claim, fields: dict[str, dict[str, Any]], findings: list[Finding]) -> dict[str, Any]:
    return {
        "fields": fields,
        "verdict": verdict(findings),
        "findings": findings,
        "implied": {name: None if v is None else list(v) for name, v in implied(claim).items()},
        "conventions": conventions(claim),
    }


def _own_findings(claim: Claim) -> list[Finding]:
    return [*arithmetic_findings(claim), *panel_findings(claim)]


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
        return [finding("note", "energy-not-printed", "no energy of a year is printed; it was not compared")]
    kept, of_what = _kept(claim, sim)
    said = f"{year[1]:,.10g} kWh claimed, {kept * sim.annual_kwh:,.0f} simulated{of_what}"
    narrow, wide = (kept * sim.p90_kwh, kept * sim.p10_kwh), (kept * sim.p99_kwh, kept * sim.p01_kwh)
    for severity, code, (low, high), names in (
        ("note", "energy-consistent", narrow, "P90 to P10"),
        ("doubt", "energy-doubtful", wide, "P99 to P1"),
    ):
        if year[0] <= high and year[2] >= low:
            where = f"within {names} of one year, {low:,.0f} to {high:,.0f} kWh"
            return [finding(severity, code, f"{said}: {where}")]
    where = f"outside P99 to P1 of one year, {wide[0]:,.0f} to {wide[1]:,.0f} kWh"
    return [finding("error", "energy-inconsistent", f"{said}: {where}")]


def _kept(claim: Claim, sim: _Simulated) -> tuple[float, str]:
    """What is left of the first year's energy in the years of a printed total, in the mean; and how that is said."""
    years = number(claim, "basis_years")
    count = min(len(sim.lifetime_factors), round(years)) if years is not None else 0
    if number(claim, "annual_kwh") is not None or count < 2:
        return 1.0, ""
    return math.fsum(sim.lifetime_factors[:count]) / count, f" in the mean of {count} years"


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
                found.append(finding("doubt", "another-roof", said))
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
        finding("error" if each * least > LARGEST_PANEL_WP else "note", "panel-power-needed", power),
        finding("note", "specific-yield-needed", f"{needed}; {1e3 / mid:,.0f} are simulated"),
    ]


def _irradiation_findings(claim: Claim, sim: _Simulated) -> list[Finding]:
    """A fixed plane cannot give many more kWh per kWp than the sun gives kWh per m2."""
    ratio, ghi = implied(claim)["kwh_per_kwp"], sim.ghi_kwh_per_m2
    if ratio is None or ghi is None:
        return []
    doubtful, impossible = yield_limits(bright=(sim.latitude or 0.0) > NORTH or (sim.altitude or 0.0) > _PLATEAU_M)
    said = f"{span(ratio, 'kWh/kWp')} at {ghi:,.0f} kWh/m2 of horizontal irradiation"
    hint = "first consider that the printed capacity may be AC"
    if ratio[0] > impossible * ghi:
        return [finding("error", "yield-impossible", f"{said}: above {impossible} of it; {hint}")]
    if ratio[0] > doubtful * ghi:
        return [finding("doubt", "yield-high", f"{said}: above {doubtful} of it; {hint}")]
    return []


def _tonnes_findings(fields: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    return [
        finding(
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
        values = [f.value for f in factors_of(kind)]
        least, most = tonnes[0] * 1e3 / max(values), tonnes[2] * 1e3 / min(values)
        said = f"{tonnes[1]:,.10g} t stand for {least:,.0f} to {most:,.0f} kWh by the factors on file"
        where = f"P99 to P1 of one year, {sim.p99_kwh:,.0f} to {sim.p01_kwh:,.0f} kWh"
        if most < sim.p99_kwh or least > sim.p01_kwh:
            yield finding("error", f"{name.removesuffix('_t')}-inconsistent", f"{said}: outside {where}")
        else:
            yield finding("note", f"{name.removesuffix('_t')}-possible", f"{said}: this meets {where}")
