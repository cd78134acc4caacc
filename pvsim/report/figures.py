"""Figures of a weather: months against the climatology, hour by day, and the spread of its days.

No text of a file is drawn: names may hold what a font lacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from pvsim.physics.sun import DAY_S
from pvsim.report.canvas import BLUE, DARK, ORANGE, PALE, month_ticks, png_of, styled
from pvsim.weather.judge import Judgement
from pvsim.weather.level import day_clearness
from pvsim.weather.quality import days_of
from pvsim.weather.record import Weather

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def weather_figures(weather: Weather, judgement: Judgement) -> dict[str, bytes]:
    """File names and PNG bytes of the three figures."""

    def months(axes: Axes) -> None:
        draw_level(judgement, axes)
        ratio = judgement.level_ratio
        said = "" if ratio is None else f": {100 * (ratio - 1):+.0f} % a year against the climatology"
        axes.set_title(f"GHI by month{said}")

    def clearness(axes: Axes) -> None:
        _draw_clearness(weather, judgement, axes)

    return {
        "months.png": png_of(months, 8.0, 4.2),
        "hours.png": png_of(lambda axes: _draw_hours(weather, axes), 9.0, 4.2),
        "clearness.png": png_of(clearness, 8.0, 4.2),
    }


def draw_level(judgement: Judgement, ax: Axes, language: str = "en") -> None:
    """Draw bars of a weather's GHI beside those of its climate, with the ratio written above."""
    with styled(language, ax) as say:
        x = np.arange(12)
        own = [m.ghi_kwh_per_m2 or 0.0 for m in judgement.months]
        known = [m.climate_kwh_per_m2 or 0.0 for m in judgement.months]
        if judgement.climate is None:
            ax.bar(x, own, 0.6, color=BLUE, label=say.text("chart.level.own"))
        else:
            climate = say.text("chart.level.climate", period=judgement.climate.period)
            ax.bar(x - 0.2, own, 0.4, color=BLUE, label=say.text("chart.level.own"))
            ax.bar(x + 0.2, known, 0.4, color=ORANGE, label=climate)
            for i, m in enumerate(judgement.months):
                if m.level_ratio is not None:
                    place = (i, max(own[i], known[i]))
                    shown = say.number(m.level_ratio, 2)
                    ax.annotate(shown, place, ha="center", va="bottom", fontsize=7, color=DARK)
        month_ticks(ax, say)
        ax.set_ylim(0, max(*own, *known, 1e-9) * 1.25)
        ax.set_ylabel("kWh/m2")
        ax.legend(loc="upper left", ncols=2)


def _draw_hours(weather: Weather, axes: Axes) -> None:
    """GHI by day of the rows and hour of the local clock."""
    axes.set_title("GHI by day and hour of the clock")
    axis = weather.axis
    day = days_of(axis)
    within = ((axis.unixtime() + axis.utc_offset_minutes * 60) % DAY_S).astype(np.int64) // axis.step_s
    grid = np.full((DAY_S // axis.step_s, int(day[-1]) + 1), np.nan)
    grid[within, day] = weather.ghi
    image = axes.imshow(
        np.ma.masked_invalid(grid), aspect="auto", origin="lower", cmap="cividis", interpolation="nearest",
        extent=(0.0, float(grid.shape[1]), 0.0, 24.0), vmin=0.0,
    )  # fmt: skip
    axes.set_facecolor(PALE)  # gaps
    axes.grid(False)
    axes.set_xlabel("day; gaps are grey")
    axes.set_ylabel(f"hour of the clock, UTC{axis.utc_offset}")
    axes.set_yticks(range(0, 25, 3))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.figure.colorbar(image, ax=axes, label="W/m2")


def _draw_clearness(weather: Weather, judgement: Judgement, axes: Axes) -> None:
    """How often days have which clearness, against the climate's distribution over the same months."""
    axes.set_title("Daily clearness: GHI of a day over what enters the atmosphere")
    energy, possible, month = day_clearness(weather)
    lit = (possible > 0) & (energy > 0)
    edges = np.linspace(0, 0.9, 31)
    kt = energy[lit] / possible[lit]
    share = np.full(kt.size, 100 / max(kt.size, 1))
    axes.hist(np.clip(kt, 0, edges[-1]), edges.tolist(), weights=share, color=BLUE, alpha=0.75, label="this weather")
    if judgement.climate is not None:
        due = np.zeros(edges.size)
        for m in range(12):
            days = (month[lit] == m).sum() / max(lit.sum(), 1)
            due += days * np.interp(edges, judgement.climate.clearness_quantiles[m], judgement.climate.probabilities)
        axes.stairs(
            100 * np.diff(due), edges, color=ORANGE, linewidth=2, label=f"climatology {judgement.climate.period}"
        )
    axes.set_xlabel("clearness")
    axes.set_ylabel("% of the days")
    axes.legend()
