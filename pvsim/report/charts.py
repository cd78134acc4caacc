"""Figures of a result's energy: each draws on an Axes, for the report, for files and for notebooks.

Hours are those of the weather's clock. What needs a load or money says so where there is none. ``language`` is "en",
"zh" or "it"; labels are in English where no font has the language's letters.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import UsageError
from pvsim.report.canvas import BLUE, DARK, GREEN, ORANGE, PALE, RED, SKY, month_ticks, numbered, styled, upright
from pvsim.studies.money import finance_block
from pvsim.weather.judge import climate_near

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pvsim.studies.result import Result

Array = NDArray[np.float64]

TENTH = 1.2816  # standard deviations from the mean of a normal spread to its outer tenths
SEASONS = {"summer": (6, 7, 8), "winter": (12, 1, 2)}  # months of the northern half of the earth
HELD_BACK = 0.0005  # of nominal energy: steps of the ledger that take less share a row of the waterfall
POINTS = 400  # of a curve over the hours of a year: more than a page can show


def draw_months(result: Result, ax: Axes, language: str = "en") -> None:
    """Draw the energy of the twelve months, MWh (kWh of a small plant), with how far single years part.

    The whiskers hold eight of ten years: the month's GHI over its mean, as the climate of the place has it. They are
    left out where no climate is near, and for a single random year.

    Parameters
    ----------
    result
        Of any scenario.
    ax
        The axes to draw on.
    language
        Of the labels.
    """
    with styled(language, ax) as say:
        unit = "MWh" if max(result.monthly_kwh) >= 1000 else "kWh"
        energy = np.array(result.monthly_kwh) / (1000 if unit == "MWh" else 1)
        spread = monthly_spread(result)
        whiskers = None if spread is None else TENTH * spread * np.maximum(energy, 0)
        ax.bar(range(12), energy, 0.72, color=BLUE, label=say.text("chart.months.mean"))
        if whiskers is not None:
            label = say.text("chart.months.spread")
            ax.errorbar(range(12), energy, whiskers, fmt="none", ecolor=DARK, elinewidth=1.0, capsize=3.0, label=label)
        top = float((energy + (0 if whiskers is None else whiskers)).max())
        ax.set_ylim(min(0.0, float(energy.min())) * 1.1, max(top, 1e-9) * 1.18)
        for i, value in enumerate(energy):  # at the foot of its bar, where no whisker is
            shown = say.number(value, 0 if top >= 100 else 1 if top >= 10 else 2)
            colour = "white" if value > 0.08 * top else DARK
            ax.annotate(shown, (i, 0), (0, 2), textcoords="offset points", ha="center", fontsize=8, color=colour)
        ax.set_ylabel(unit)
        month_ticks(ax, say)
        numbered(ax.yaxis, say)
        if whiskers is not None:
            ax.legend(loc="upper left", ncols=2)


def monthly_spread(result: Result) -> Array | None:
    """(12,) standard deviation of a month's GHI over its mean, by the climate of the place; None where none is near."""
    if not result.weather.has_ghi or result.weather.seed is not None:
        return None
    climate, _ = climate_near(result.weather)
    if climate is None:
        return None
    mean = np.array(climate.ghi_kwh_per_m2)
    spread: Array = np.divide(climate.ghi_sd_kwh_per_m2, mean, out=np.zeros(12), where=mean > 0)
    return spread


def draw_waterfall(result: Result, ax: Axes, language: str = "en") -> None:
    """Draw the loss ledger as a waterfall, % of nominal in-plane energy; steps below 0.05 % stand together in one row.

    Parameters
    ----------
    result
        Of any scenario; its light must not be 0.
    ax
        The axes to draw on; a high one, as each step is a row.
    language
        Of the labels.

    Raises
    ------
    UsageError
        For a plant in the dark.
    """
    lines = result.ledger
    nominal = lines[0].kwh
    if nominal <= 0:
        raise UsageError("there is no light on the planes: no ledger to draw")
    with styled(language, ax) as say:
        rows = [(say.known(f"ledger.{lines[0].name}", lines[0].name), 0.0, 100.0, DARK)]
        level, end = 100.0, 100 * lines[-1].kwh / nominal
        steps = [(b.name, 100 * (b.kwh - a.kwh) / nominal) for a, b in pairwise(lines)]
        shown = [(say.known(f"ledger.{n}", n), step) for n, step in steps if abs(step) >= 100 * HELD_BACK]
        rest = end - 100.0 - sum(step for _, step in shown)
        if abs(rest) >= 0.005:  # what rounds to 0.00 needs no row
            shown.append((say.text("chart.waterfall.other"), rest))
        for name, step in shown:
            colour = ORANGE if step < 0 else GREEN
            rows.append((name, min(level, level + step), max(level, level + step), colour))
            level += step
        rows.append((say.known(f"ledger.{lines[-1].name}", lines[-1].name), 0.0, end, BLUE))
        left = min(min(r[1] for r in rows[1:-1]) if len(rows) > 2 else 0.0, rows[-1][2])
        start = max(0.0, 5 * np.floor((left - 6) / 5))  # the first tens of per cent are the same for all
        for i, (_, low, high, colour) in enumerate(rows):
            ax.barh(i, high - max(low, start), 0.68, left=max(low, start), color=colour)
            whole = i in {0, len(rows) - 1}
            said = say.number(high if whole else high - low, 1 if whole else 2)
            sign = "" if whole else "+" if colour == GREEN else "-"
            ax.annotate(f"{sign}{said}%", (high, i), (4, 0), textcoords="offset points", va="center", fontsize=8)
        ax.set_yticks(range(len(rows)), [r[0] for r in rows])
        ax.invert_yaxis()
        ax.set_xlim(start, 106)
        upright(ax)
        ax.set_xlabel(say.text("chart.waterfall.x"))


def draw_heat_map(result: Result, ax: Axes, language: str = "en") -> None:
    """Draw AC power by hour of the day and day of the year, kW; the mean where the weather has several years.

    Parameters
    ----------
    result
        Of any scenario.
    ax
        The axes to draw on; its figure gets a bar of the colours.
    language
        Of the labels.
    """
    with styled(language, ax) as say:
        stamps = result.weather.axis.local_datetime64()
        of_year = (stamps.astype("datetime64[D]") - stamps.astype("datetime64[Y]")).astype(np.int64)
        grid = _mean_grid(_kw(result), _hour(result), of_year, 366)
        if np.isnan(grid[:, 365]).all():
            grid = grid[:, :365]
        ax.set_facecolor(PALE)  # gaps
        shown = ax.imshow(
            np.ma.masked_invalid(np.maximum(grid, 0)), aspect="auto", origin="lower", cmap="cividis", vmin=0.0,
            interpolation="nearest", extent=(0.0, float(grid.shape[1]), 0.0, 24.0),
        )  # fmt: skip
        bar = ax.figure.colorbar(shown, ax=ax, label=say.text("chart.heat.colour"), pad=0.02)
        numbered(bar.ax.yaxis, say)
        starts = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])
        ax.set_xticks(starts + 15, list(say.months))
        ax.set_yticks(range(0, 25, 4))
        ax.grid(False)
        ax.tick_params(axis="x", length=0)
        ax.set_ylabel(say.text("chart.heat.y", offset=result.weather.axis.utc_offset))


def draw_duration(result: Result, ax: Axes, language: str = "en") -> None:
    """Draw how many hours of a year the plant gives at least which power, kW.

    Parameters
    ----------
    result
        Of any scenario.
    ax
        The axes to draw on.
    language
        Of the labels.
    """
    with styled(language, ax) as say:
        kw = np.sort(_kw(result)[result.weather.covered()])[::-1]
        hours = np.arange(kw.size) * (result.weather.axis.step_minutes / 60 / result.weather.year_count)
        lit = max(int((kw > 0).sum()), 2)
        at = np.unique(np.linspace(0, lit - 1, POINTS).round().astype(np.intp))
        ax.fill_between(hours[at], kw[at], color=BLUE, alpha=0.25, linewidth=0)
        ax.plot(hours[at], kw[at], color=BLUE, label=say.text("chart.duration.power"))
        ax.axhline(result.system.ac_kw, color=DARK, linestyle="--", label=say.text("chart.duration.rating"))
        ax.set_xlim(0, None)
        ax.set_ylim(0, 1.25 * max(result.system.ac_kw, float(kw[0])))
        ax.set_xlabel(say.text("chart.duration.x"))
        ax.set_ylabel("kW")
        numbered(ax.xaxis, say)
        numbered(ax.yaxis, say)
        ax.legend(loc="center right")


def draw_day(result: Result, ax: Axes, season: str = "summer", language: str = "en") -> None:
    """Draw the mean day of a season: power of the plant, and with a load what becomes of it, kW.

    Parameters
    ----------
    result
        Of any scenario.
    ax
        The axes to draw on.
    season
        "summer" or "winter" of the place: June to August or December to February, and the other way round south of
        the equator.
    language
        Of the labels.

    Raises
    ------
    UsageError
        For another season.
    """
    if season not in SEASONS:
        raise UsageError(f"season {season!r}: there are {' and '.join(SEASONS)}")
    north = result.weather.latitude >= 0
    months = SEASONS[season] if north else SEASONS["winter" if season == "summer" else "summer"]
    with styled(language, ax) as say:
        rows = np.isin(result.weather.axis.month_index() + 1, months)
        hour = _hour(result)
        clock = (np.arange(hour.max() + 1) + 0.5) * 24 / (hour.max() + 1)

        def mean(values: Array) -> Array:
            return _mean_grid(values[rows], hour[rows], np.zeros(int(rows.sum()), dtype=np.int64), 1)[:, 0]

        ax.plot(clock, mean(_kw(result)), color=ORANGE, label=say.text("chart.day.pv"))
        use = result.use
        if use is not None:
            used, bought = mean(use.summed("self_used_kw")), mean(use.summed("imported_kw"))
            ax.fill_between(clock, used, color=BLUE, alpha=0.35, linewidth=0, label=say.text("chart.day.used"))
            ax.fill_between(
                clock, used, used + bought, color=PALE, alpha=0.6, linewidth=0, label=say.text("chart.day.bought")
            )
            ax.plot(clock, mean(use.summed("load_kw")), color=DARK, linestyle="--", label=say.text("chart.day.load"))
        ax.set_xlim(0, 24)
        top = 1.35 * max(float(np.nanmax(line.get_ydata())) for line in ax.lines)  # room for the legend
        shared = len(ax.get_shared_y_axes().get_siblings(ax)) > 1
        ax.set_ylim(0, max(top, ax.get_ylim()[1] if shared else 1e-9))
        numbered(ax.yaxis, say)
        ax.set_xticks(range(0, 25, 4))
        names = f"{say.months[months[0] - 1]}-{say.months[months[-1] - 1]}"
        ax.set_xlabel(say.text(f"chart.day.{season}", months=names))
        ax.set_ylabel("kW")
        ax.legend(loc="upper left", fontsize=7, ncols=2)


def draw_self_use(result: Result, ax: Axes, language: str = "en") -> None:
    """Draw by month where the load's energy comes from and what is exported, MWh.

    Parameters
    ----------
    result
        Of a scenario with a load.
    ax
        The axes to draw on.
    language
        Of the labels.

    Raises
    ------
    UsageError
        For a scenario without a load.
    """
    if result.use is None:
        raise UsageError("the scenario has no [load]: nothing says what is self-used")
    with styled(language, ax) as say:
        used, bought, sold = (
            np.array(result.use.by_month(f"{n}_kw")) / 1000 for n in ("self_used", "imported", "exported")
        )
        x = np.arange(12)
        ax.bar(x - 0.2, used, 0.4, color=BLUE, label=say.text("chart.use.used"))
        ax.bar(x - 0.2, bought, 0.4, bottom=used, color=PALE, label=say.text("chart.use.bought"))
        ax.bar(x + 0.2, used, 0.4, color=SKY, label=say.text("chart.use.pv"))
        ax.bar(
            x + 0.2, sold, 0.4, bottom=used, color=ORANGE, hatch="//", edgecolor="white",
            linewidth=0, label=say.text("chart.use.exported"),
        )  # fmt: skip
        month_ticks(ax, say)
        top = float(np.maximum(used + bought, used + sold).max())
        ax.set_ylim(0, max(top, 1e-9) * 1.3)
        numbered(ax.yaxis, say)
        ax.set_ylabel("MWh")
        ax.legend(loc="upper left", ncols=2)


def draw_cash_flow(result: Result, ax: Axes, language: str = "en") -> None:
    """Draw the owner's cash flow of each year after tax and debt, and its running sum, 10,000 CNY.

    Parameters
    ----------
    result
        Of a scenario with [finance].
    ax
        The axes to draw on.
    language
        Of the labels.

    Raises
    ------
    UsageError
        For a scenario without [finance].
    """
    if result.scenario.finance is None:
        raise UsageError("the scenario has no [finance]: there is no cash flow")
    years = finance_block(result)["years"]
    with styled(language, ax) as say:
        year = np.array([y["year"] for y in years])
        flow, total = (np.array([y[k] for y in years]) / 1e4 for k in ("cash_flow_cny", "cumulative_cny"))
        ax.bar(year, flow, 0.72, color=np.where(flow >= 0, BLUE, RED))
        ax.bar([year[0]], [0.0], 0.72, color=BLUE, label=say.text("chart.cash.flow"))  # for the legend alone
        ax.plot(year, total, color=DARK, marker=".", label=say.text("chart.cash.total"))
        ax.axhline(0, color=DARK, linewidth=0.8)
        ax.set_xlabel(say.text("chart.cash.x"))
        ax.set_ylabel(say.text("chart.cash.y"))
        numbered(ax.yaxis, say)
        ax.legend(loc="upper left")


def draw_uncertainty(result: Result, ax: Axes, language: str = "en") -> None:
    """Draw how likely which annual energy is, P50 to P99 of one year and of the long-term mean, and what is claimed.

    Parameters
    ----------
    result
        Of any scenario whose plant delivers energy.
    ax
        The axes to draw on.
    language
        Of the labels.

    Raises
    ------
    UsageError
        For a plant that delivers nothing.
    """
    if result.annual_kwh <= 0:
        raise UsageError("the plant delivers no energy: there is no spread to draw")
    with styled(language, ax) as say:
        one, long = result.budget.one_year(result.annual_kwh), result.budget.long_term(result.annual_kwh)
        share = np.linspace(0.001, 0.999, 299)
        for spread, colour, dash, key in ((one, BLUE, "-", "one"), (long, ORANGE, "--", "long")):
            mwh = [spread.exceeded_with(float(p)) / 1000 for p in share]
            ax.plot(mwh, 100 * share, color=colour, linestyle=dash, label=say.text(f"chart.sure.{key}"))
        for percent in (50, 75, 90, 99):
            reached = one.exceeded_with(percent / 100) / 1000
            ax.plot([reached], [percent], "o", color=BLUE, markersize=4)
            # left of the curve, where nothing else is but the line of a claim
            said = ax.annotate(
                f"P{percent}  {say.size(reached)}", (reached, percent), (-6, -9), textcoords="offset points",
                ha="right", fontsize=8,
            )  # fmt: skip
            said.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.8})
        claim = result.scenario.claim
        claimed = None if claim is None else claim.given().get("annual_kwh")
        if claimed is not None:
            ax.axvline(claimed / 1000, color=DARK, linestyle=":", label=say.text("chart.sure.claim"))
        ax.set_ylim(0, 104)
        numbered(ax.xaxis, say)
        ax.set_xlabel(say.text("chart.sure.x"))
        ax.set_ylabel(say.text("chart.sure.y"))
        ax.legend(loc="upper right")


def draw_budget(result: Result, ax: Axes, language: str = "en") -> None:
    """Draw the parts of the uncertainty and their root sum of squares, % of a year's energy.

    Parameters
    ----------
    result
        Of any scenario.
    ax
        The axes to draw on.
    language
        Of the labels.
    """
    with styled(language, ax) as say:
        parts = [(say.known(f"budget.{p.name}", p.name), p.sigma_percent, ORANGE) for p in result.budget.parts]
        every = float(np.sqrt(sum(sigma**2 for _, sigma, _ in parts)))
        rows = [*parts, (say.text("chart.budget.all"), every, BLUE)]
        ax.barh(range(len(rows)), [r[1] for r in rows], 0.6, color=[r[2] for r in rows])
        for i, (_, sigma, _) in enumerate(rows):
            ax.annotate(f"{say.number(sigma, 1)}%", (sigma, i), (4, 0), textcoords="offset points", va="center")
        ax.set_yticks(range(len(rows)), [r[0] for r in rows])
        ax.invert_yaxis()
        ax.set_xlim(0, 1.2 * every)
        upright(ax)
        ax.set_xlabel(say.text("chart.budget.x"))


# --- rows of the year ----------------------------------------------------------------------------------------


def _kw(result: Result) -> Array:
    """(T,) AC power of every row, kW; empty where there is no weather."""
    night = np.where(result.weather.covered(), 0.0 - result.found.plant.night_w / 1000, np.nan)
    night[result.found.rows] = result.found.p_ac / 1000
    return night


def _hour(result: Result) -> NDArray[np.int64]:
    """(T,) which row of its day a row is, by the weather's clock."""
    axis = result.weather.axis
    of_day = axis.local_datetime64() - axis.local_datetime64().astype("datetime64[D]")
    return np.asarray(of_day.astype("timedelta64[m]").astype(np.int64) // axis.step_minutes, dtype=np.int64)


def _mean_grid(values: Array, row: NDArray[np.int64], column: NDArray[np.int64], columns: int) -> Array:
    """(rows, columns) mean of what is known in each cell; empty where nothing is."""
    known = np.isfinite(values)
    size = (int(row.max()) + 1, columns)
    cell = row[known] * columns + column[known]
    count = np.bincount(cell, minlength=size[0] * columns)
    total = np.bincount(cell, values[known], minlength=size[0] * columns)
    mean: Array = np.divide(total, count, out=np.full(total.size, np.nan), where=count > 0)
    return mean.reshape(size)
