"""The band of a claim: panel power against specific yield, with the published kWh as a curve."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from pvsim.errors import UsageError
from pvsim.impact.recognise import year_of
from pvsim.studies.panels import strongest_wp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pvsim.studies.audit import Audit

CLAIMED, PLACE, WEAK = "#0072B2", "#E69F00", "#666666"
DPI = 110


def draw_band(audit: Audit, ax: Axes) -> None:
    """Draw under which panel power and specific yield the published kWh hold.

    The curve is the published energy, its shade the rounding of what is printed; the horizontal band is what the
    place gives. Where they cross, the claim can be true. The right axis says which losses, against the horizontal
    irradiation, a yield leaves.

    Parameters
    ----------
    audit
        Of a claim that prints panels and the kWh of a year.
    ax
        The axes to draw on.

    Raises
    ------
    UsageError
        For a claim without panels or kWh of a year: there is no curve.
    """
    each, needed = audit.implied["kwh_per_panel"], audit.needed
    if each is None or needed is None:
        raise UsageError("the claim prints no panels or no kWh of a year: nothing ties panel power to yield")
    low, centre, high = audit.expected.yield_kwh_per_kwp
    watts = np.linspace(max(50.0, 0.7 * needed["panel_wp"][0]), 1.25 * needed["panel_wp"][2], 200)
    curve = [1e3 * e / watts for e in each]
    ax.axhspan(low, high, color=PLACE, alpha=0.25, linewidth=0, label=f"what the place gives ({audit.expected.name})")
    ax.axhline(centre, color=PLACE, linewidth=1)
    ax.fill_between(watts, curve[0], curve[2], color=CLAIMED, alpha=0.25, linewidth=0)
    ax.plot(watts, curve[1], color=CLAIMED, label="the published kWh, with their rounding")
    inside = (curve[0] <= high) & (curve[2] >= low) & (watts <= strongest_wp(year_of(audit.claim)))
    if inside.any():
        ax.axvspan(watts[inside][0], watts[inside][-1], color=WEAK, alpha=0.08, linewidth=0, label="both can be true")
    ax.plot(1e3 * each[1] / centre, centre, "o", color=CLAIMED)
    ax.annotate(
        f"{1e3 * each[1] / centre:,.0f} Wp at {centre:,.0f} kWh/kWp",
        (1e3 * each[1] / centre, centre), (8, 8), textcoords="offset points",
    )  # fmt: skip
    ax.set(xlabel="panel power (Wp)", ylabel="specific yield (kWh/kWp a year)", xlim=(watts[0], watts[-1]))
    ghi = audit.expected.ghi_kwh_per_m2[1]
    top = min(1.05 * curve[1][0], 1.05 * ghi)  # more than the light gives nobody
    ax.set_ylim(0.6 * low, max(top, 1.1 * high))
    right = ax.secondary_yaxis("right", functions=(_lost_of(ghi), _left_of(ghi)))
    right.set_ylabel(f"lost of {ghi:,.0f} kWh/m2 of horizontal irradiation (%)")
    ax.legend(loc="upper right", frameon=False, fontsize=9)


def _lost_of(ghi: float) -> Any:
    return lambda kwh_per_kwp: 100 * (1 - np.asarray(kwh_per_kwp) / ghi)


def _left_of(ghi: float) -> Any:
    return lambda percent: ghi * (1 - np.asarray(percent) / 100)


def band_png(audit: Audit) -> bytes | None:
    """The band as PNG, without a display and without any text of the claim; None where there is no curve."""
    if audit.needed is None or audit.implied["kwh_per_panel"] is None:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.5, 5.0), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    draw_band(audit, axes)
    axes.set_title("What must be true for the published kWh", loc="left", fontsize=11)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()
