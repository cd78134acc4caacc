"""Figures of a weather as PNG: months against the climatology, hour by day, and the spread of its days.

Drawn on matplotlib's own canvas, without a display and without its global state. No text of a file is drawn: names
may hold what a font lacks, and a dollar would start a formula.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pvsim.physics.sun import DAY_S
from pvsim.report.text import MONTHS
from pvsim.weather.judge import Judgement
from pvsim.weather.level import day_clearness
from pvsim.weather.quality import days_of
from pvsim.weather.record import Weather

OWN, KNOWN = "#2a78b5", "#e8912d"
DPI = 110


def weather_figures(weather: Weather, judgement: Judgement) -> dict[str, bytes]:
    """File names and PNG bytes of the three figures."""
    return {
        "months.png": _png(_months(weather, judgement)),
        "hours.png": _png(_hours(weather)),
        "clearness.png": _png(_clearness(weather, judgement)),
    }


def _png(figure: Figure) -> bytes:
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def _axes(title: str, width: float = 8.0, height: float = 4.2) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=11)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _months(weather: Weather, judgement: Judgement) -> Figure:
    """Bars of the weather beside those of the climate, with the ratio written above."""
    ratio = judgement.level_ratio
    said = "" if ratio is None else f": {100 * (ratio - 1):+.0f} % a year against the climatology"
    figure, axes = _axes(f"GHI by month{said}")
    x = np.arange(12)
    own = [m.ghi_kwh_per_m2 or 0.0 for m in judgement.months]
    known = [m.climate_kwh_per_m2 for m in judgement.months]
    if judgement.climate is None:
        axes.bar(x, own, 0.6, color=OWN, label="this weather")
    else:
        axes.bar(x - 0.2, own, 0.4, color=OWN, label="this weather")
        axes.bar(x + 0.2, [k or 0.0 for k in known], 0.4, color=KNOWN, label=f"climatology {judgement.climate.period}")
        for i, m in enumerate(judgement.months):
            if m.level_ratio is not None:
                top = max(m.ghi_kwh_per_m2 or 0.0, m.climate_kwh_per_m2 or 0.0)
                axes.annotate(f"{m.level_ratio:.2f}", (i, top), ha="center", va="bottom", fontsize=8, color="#444444")
    axes.set_xticks(x, MONTHS)
    axes.set_ylabel("kWh/m2")
    axes.legend(frameon=False, loc="upper left")
    return figure


def _hours(weather: Weather) -> Figure:
    """GHI by day of the rows and hour of the local clock."""
    figure, axes = _axes("GHI by day and hour of the clock", 9.0, 4.2)
    axis = weather.axis
    day = days_of(axis)
    within = ((axis.unixtime() + axis.utc_offset_minutes * 60) % DAY_S).astype(np.int64) // axis.step_s
    grid = np.full((DAY_S // axis.step_s, int(day[-1]) + 1), np.nan)
    grid[within, day] = weather.ghi
    image = axes.imshow(
        np.ma.masked_invalid(grid), aspect="auto", origin="lower", cmap="inferno", interpolation="nearest",
        extent=(0.0, float(grid.shape[1]), 0.0, 24.0), vmin=0.0,
    )  # fmt: skip
    axes.set_facecolor("#bbbbbb")  # gaps
    axes.set_xlabel("day; gaps are grey")
    axes.set_ylabel(f"hour of the clock, UTC{axis.utc_offset}")
    axes.set_yticks(range(0, 25, 3))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.colorbar(image, ax=axes, label="W/m2")
    return figure


def _clearness(weather: Weather, judgement: Judgement) -> Figure:
    """How often days have which clearness, against the climate's distribution over the same months."""
    figure, axes = _axes("Daily clearness: GHI of a day over what enters the atmosphere")
    energy, possible, month = day_clearness(weather)
    lit = (possible > 0) & (energy > 0)
    edges = np.linspace(0, 0.9, 31)
    kt = energy[lit] / possible[lit]
    share = np.full(kt.size, 100 / max(kt.size, 1))
    axes.hist(np.clip(kt, 0, edges[-1]), edges, weights=share, color=OWN, alpha=0.75, label="this weather")
    if judgement.climate is not None:
        due = np.zeros(edges.size)
        for m in range(12):
            days = (month[lit] == m).sum() / max(lit.sum(), 1)
            due += days * np.interp(edges, judgement.climate.clearness_quantiles[m], judgement.climate.probabilities)
        axes.stairs(
            100 * np.diff(due), edges, color=KNOWN, linewidth=2, label=f"climatology {judgement.climate.period}"
        )
    axes.set_xlabel("clearness")
    axes.set_ylabel("% of the days")
    axes.legend(frameon=False)
    return figure
