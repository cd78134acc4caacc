"""What must be true for a claim: the panel, the yield and the losses that its figures need, and its missing CO2."""

from __future__ import annotations

import math
from typing import Any, Final

from pvsim.impact.convert import convert
from pvsim.impact.factors import Factor
from pvsim.impact.printed import Claim, Interval, energy_of_tonnes, number, printed, scaled
from pvsim.impact.recognise import factors_of, year_of
from pvsim.impact.regions import NATIONAL, PROVINCES
from pvsim.studies.expected import Expected
from pvsim.studies.panels import strongest_wp

STEP_WP: Final = 50  # between the panel powers that are listed
LARGEST_WP: Final = 1500  # where the list ends


def needed(claim: Claim, at: Expected, per_panel: Interval | None, per_kwp: Interval | None) -> dict[str, Any] | None:
    """The set of inputs under which the printed kWh of a roof hold; None where no kWh of a year are implied.

    Parameters
    ----------
    claim
        Columns of ``claims.csv``.
    at
        What its place gives.
    per_panel, per_kwp
        Implied kWh of a year per panel and per kWp.

    Returns
    -------
    dict
        ``specific_yield_kwh_per_kwp`` and ``panel_wp`` (or ``capacity_kwp`` where no panels are printed) as
        [low, best, high], and ``points`` along the band: for a panel of so many W the yield that the printed kWh
        need, the losses against the horizontal irradiation that this yield leaves, and whether both can be.
    """
    if per_panel is not None:
        return _of_panels(claim, at, per_panel)
    kwh = printed(claim, "annual_kwh")
    if kwh is None:
        return None
    low, centre, high = at.yield_kwh_per_kwp
    answer: dict[str, Any] = {"specific_yield_kwh_per_kwp": list(at.yield_kwh_per_kwp), "place": at.name}
    if per_kwp is None:
        return answer | {"capacity_kwp": [kwh[1] / high, kwh[1] / centre, kwh[1] / low]}
    return answer | {"losses_percent": _losses(per_kwp, at)}


def _of_panels(claim: Claim, at: Expected, per_panel: Interval) -> dict[str, Any]:
    low, centre, high = at.yield_kwh_per_kwp
    watts = [1e3 * per_panel[1] / y for y in (high, centre, low)]
    strongest = strongest_wp(year_of(claim))
    points = []
    # the band of an impossible claim may reach to any power: only modules that there may be are listed
    for power in range(_below(watts[0]), min(_below(watts[2]) + 2 * STEP_WP, LARGEST_WP), STEP_WP):
        needs = scaled(per_panel, 1e3 / power)
        if needs is not None:
            holds = needs[0] <= high and needs[2] >= low and power <= strongest
            point = {"panel_wp": float(power), "specific_yield_kwh_per_kwp": list(needs)}
            points.append(point | {"losses_percent": _losses(needs, at), "holds": holds})
    return {
        "specific_yield_kwh_per_kwp": list(at.yield_kwh_per_kwp),
        "place": at.name,
        "panel_wp": watts,
        "points": points,
    }


def _below(watts: float) -> int:
    return max(STEP_WP, STEP_WP * math.floor(watts / STEP_WP))


def _losses(per_kwp: Interval, at: Expected) -> list[float]:
    """What a yield leaves of the horizontal irradiation as losses, in percent; negative where it is more than that."""
    ghi = at.ghi_kwh_per_m2[1]
    return [100.0 * (1.0 - y / ghi) + 0.0 for y in (per_kwp[2], per_kwp[1], per_kwp[0])]


def missing_co2(claim: Claim) -> list[dict[str, Any]]:
    """The CO2 that a claim does not print, under each convention, in t as [low, best, high]; empty where it does.

    Conventions of the press are those that other texts would print; ``computes`` is false for them.
    """
    kwh, tce = energy_of_tonnes(claim), printed(claim, "tce")
    if number(claim, "co2_t") is not None or kwh is None:
        return []
    place = str(claim.get("province") or "")
    official = [c.factor for c in convert(kwh[1], place if place in PROVINCES else NATIONAL) if c.factor.kind == "co2"]
    press = [f for f in factors_of("co2") if f.method == "press"]
    rows = [_row(f, kwh) for f in (*official, *press)]
    if tce is not None:
        rows += [_row(f, scaled(tce, 1e3) or tce) for f in factors_of("co2_per_tce") if "error" not in f.boundary]
    return rows


def _row(factor: Factor, of: Interval) -> dict[str, Any]:
    tonnes = scaled(of, factor.value / 1e3) or of
    return {
        "factor_id": factor.id,
        "t": list(tonnes),
        "kind": factor.method,
        "applies_to": factor.applies_to,
        "computes": not factor.comparison_only,
    }
