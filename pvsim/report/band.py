"""The band of a claim: panel power against specific yield, with the published kWh as a curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pvsim.errors import UsageError
from pvsim.impact.recognise import year_of
from pvsim.report.canvas import BLUE, DARK, ORANGE, png_of, styled
from pvsim.studies.audit import Audit
from pvsim.studies.audit import audit as audit_claim
from pvsim.studies.panels import strongest_wp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pvsim.studies.result import Result


def draw_band(audit: Audit | Result, ax: Axes, language: str = "en") -> None:
    """Draw under which panel power and specific yield the published kWh hold.

    The curve is the published energy, its shade the rounding of what is printed; the horizontal band is what the
    place gives. Where they cross, the claim can be true. The right axis says which losses, against the horizontal
    irradiation, a yield leaves.

    Parameters
    ----------
    audit
        What an audit found of a claim that prints panels and the kWh of a year, or the result of a scenario with such
        a claim, which is audited first.
    ax
        The axes to draw on.
    language
        Of the labels: "en", "zh" or "it".

    Raises
    ------
    UsageError
        For a claim without panels or kWh of a year: there is no curve.
    """
    audited = audit if isinstance(audit, Audit) else _audited(audit)
    each, needed = audited.implied["kwh_per_panel"], audited.needed
    if each is None or needed is None:
        raise UsageError("the claim prints no panels or no kWh of a year: nothing ties panel power to yield")
    low, centre, high = audited.expected.yield_kwh_per_kwp
    watts = np.linspace(max(50.0, 0.7 * needed["panel_wp"][0]), 1.25 * needed["panel_wp"][2], 200)
    curve = [1e3 * e / watts for e in each]
    with styled(language, ax) as say:
        gives = say.text("chart.band.place", place=audited.expected.name)
        ax.axhspan(low, high, color=ORANGE, alpha=0.25, linewidth=0, label=gives)
        ax.axhline(centre, color=ORANGE, linewidth=1)
        ax.fill_between(watts, curve[0], curve[2], color=BLUE, alpha=0.25, linewidth=0)
        ax.plot(watts, curve[1], color=BLUE, label=say.text("chart.band.claimed"))
        inside = (curve[0] <= high) & (curve[2] >= low) & (watts <= strongest_wp(year_of(audited.claim)))
        if inside.any():
            both = say.text("chart.band.both")
            ax.axvspan(watts[inside][0], watts[inside][-1], color=DARK, alpha=0.08, linewidth=0, label=both)
        meets = 1e3 * each[1] / centre
        ax.plot(meets, centre, "o", color=BLUE)
        ax.annotate(
            say.text("chart.band.meets", power=say.number(meets), hours=say.number(centre)),
            (meets, centre), (8, 8), textcoords="offset points",
        )  # fmt: skip
        ax.set(xlabel=say.text("chart.band.x"), ylabel=say.text("chart.band.y"), xlim=(watts[0], watts[-1]))
        ghi = audited.expected.ghi_kwh_per_m2[1]
        top = min(1.05 * curve[1][0], 1.05 * ghi)  # more than the light gives nobody
        ax.set_ylim(0.6 * low, max(top, 1.1 * high))
        right = ax.secondary_yaxis("right", functions=(_lost_of(ghi), _left_of(ghi)))
        right.set_ylabel(say.text("chart.band.lost", ghi=say.number(ghi)))
        ax.legend(loc="lower left")


def _audited(result: Result) -> Audit:
    if result.scenario.claim is None:
        raise UsageError("the scenario has no [claim]: there is nothing to hold against the place")
    return audit_claim(result.scenario)


def _lost_of(ghi: float) -> Any:
    return lambda kwh_per_kwp: 100 * (1 - np.asarray(kwh_per_kwp) / ghi)


def _left_of(ghi: float) -> Any:
    return lambda percent: ghi * (1 - np.asarray(percent) / 100)


def band_png(audited: Audit) -> bytes | None:
    """The band as PNG, without a display and without any text of the claim; None where there is no curve."""
    if audited.needed is None or audited.implied["kwh_per_panel"] is None:
        return None

    def draw(axes: Axes) -> None:
        draw_band(audited, axes)
        axes.set_title("What must be true for the published kWh")

    return png_of(draw, 8.5, 5.0)
