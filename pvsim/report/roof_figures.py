"""Figures of the roofs: layout with rows and obstacles, sun path with what stands before it, and shade by month.

Each draws on an Axes, for notebooks; ``roof_figures`` makes PNG files of them, without a display. Names of roofs are
drawn as they are, never as formulas.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import UsageError
from pvsim.report.canvas import BLUE, DARK, ORANGE, RED, SKY, families, month_ticks, png_of, styled
from pvsim.report.text import printable
from pvsim.studies.geometry import CAUSES, is_laid_out, shading_block

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pvsim.physics.shade import Shade
    from pvsim.report.language import Language
    from pvsim.studies.result import Result
    from pvsim.studies.roofs import RoofPlan

Array = NDArray[np.float64]

CAUSE_COLOURS = (DARK, RED, BLUE, ORANGE)
MAX_FIGURES = 20
MAX_SHAPES = 500  # of a roof in SVG: more modules become a picture, or the page grows by a line for each
DAYS = (172, 80, 355)  # of a year: 21 June, 21 March and 21 December


def draw_layout(result: Result, ax: Axes, roof: int = 0, language: str = "en") -> None:
    """Draw a roof in plan: its outline, every module, what stands on it, and where north is.

    Parameters
    ----------
    result
        Of a scenario whose roof has ``length_m`` and ``width_m``, or an ``outline``.
    ax
        The axes to draw on.
    roof
        Number of the [[roof]] in the file, from 0.
    language
        Of the labels: "en", "zh" or "it".

    Raises
    ------
    UsageError
        For a roof that was not laid out.
    """
    plan = next((p for p in result.hardware.plans if p.index == roof), None)
    if plan is None or plan.laid is None or plan.outline is None:
        raise UsageError(f"roof[{roof}] was not laid out: it needs length_m and width_m, or outline")
    with styled(language, ax) as say:
        _plan(result, ax, plan, say)


def _plan(result: Result, ax: Axes, plan: RoofPlan, say: Language) -> None:
    from matplotlib.collections import PolyCollection

    if plan.laid is None or plan.outline is None:  # asked before
        return
    x0, y0, x1, y1 = plan.laid.corners.T
    boxes = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
    colours = np.where(plan.laid.face == 0, BLUE, SKY)
    modules = PolyCollection(list(boxes), facecolors=list(colours), edgecolors="white", linewidths=0.2)
    modules.set_rasterized(len(boxes) > MAX_SHAPES)
    ax.add_collection(modules)
    around = np.vstack([plan.outline, plan.outline[:1]])
    width = 1.2 if result.scenario.roof[plan.planes[0]].parapet_m is None else 3.0
    ax.plot(*around.T, color=DARK, linewidth=width)
    for obstacle, corners in plan.obstacles:
        if obstacle.kind == "stack":
            turn = np.linspace(0, 2 * np.pi, 40)
            corners = corners[0] + (obstacle.diameter_m or 0.0) / 2 * np.stack([np.cos(turn), np.sin(turn)], -1)
        if obstacle.kind == "wall":
            ax.plot(*corners.T, color=RED, linewidth=2)
        elif obstacle.height_m > 0:
            ax.fill(*corners.T, color=RED)
        else:
            ax.fill(*corners.T, facecolor="white", edgecolor=RED, linewidth=0.8)
    _north(ax, plan.y_azimuth)
    ax.set_aspect("equal")
    ax.grid(False)
    ax.set(xlabel=say.text("chart.layout.x"), ylabel=say.text("chart.layout.y"))
    faces = (plan.y_azimuth + 180) % 360
    title = "chart.layout.title" if len(plan.planes) > 1 else "chart.layout.title_one"
    said = say.text(title, modules=say.number(plan.laid.count), azimuth=say.number(faces))
    _titled(ax, f"{plan.name}: {said}")


def _titled(ax: Axes, text: str) -> None:
    """A title of text that may come from a file: a dollar starts no formula."""
    title = ax.set_title(printable(text), fontfamily=families())
    title.set_parse_math(False)


def _north(ax: Axes, y_azimuth: float) -> None:
    """An arrow to north in the corner above the plan."""
    angle = np.radians(-y_azimuth)
    x, y, dx, dy = 0.95, 1.06, 0.05 * float(np.sin(angle)), 0.05 * float(np.cos(angle))
    arrow = {"arrowstyle": "->", "color": DARK}
    ends = (x + dx, y + dy), (x - dx, y - dy)
    ax.annotate("", *ends, xycoords="axes fraction", arrowprops=arrow, annotation_clip=False)
    letter = (x + 1.7 * dx, y + 1.7 * dy)
    ax.annotate("N", letter, xycoords="axes fraction", ha="center", va="center", annotation_clip=False)


def draw_sun_path(result: Result, ax: Axes, plane: int = 0, language: str = "en") -> None:
    """Draw the sun's way over the sky on three days, and what stands before it from a plane.

    Parameters
    ----------
    result
        Of any scenario.
    ax
        The axes to draw on.
    plane
        Number of the plane, from 0.
    language
        Of the labels: "en", "zh" or "it".

    Raises
    ------
    UsageError
        For a plane that does not exist.
    """
    if not 0 <= plane < len(result.system.planes):
        raise UsageError(f"plane {plane}: there are planes 0 to {len(result.system.planes) - 1}")
    with styled(language, ax) as say:
        _sky(result, ax, plane, say)


def _sky(result: Result, ax: Axes, plane: int, say: Language) -> None:
    azimuth, elevation = np.arange(0.0, 361.0, 2.0), np.arange(0.0, 91.0, 1.0)
    shade = result.hardware.shades.get(plane)
    if shade is not None and shade.tables:
        hidden = _hidden(shade, azimuth, elevation)
        levels = [0.5, *range(10, 101, 10)]
        image = ax.contourf(azimuth, elevation, 100 * hidden.T, levels=levels, cmap="Oranges", vmin=0)
        ax.figure.colorbar(image, ax=ax, label=say.text("chart.sun.shade"), ticks=range(0, 101, 20))
    if shade is not None and shade.horizon is not None:
        height = np.interp(azimuth, *shade.horizon, period=360.0)
        ax.fill_between(azimuth, 0, height, color="#777777", label=say.text("chart.sun.horizon"), linewidth=0)
    shift = 180.0 if result.weather.latitude < 0 else 0.0
    for i, (day, style) in enumerate(zip(DAYS, ("-", "--", ":"), strict=True), start=1):
        path = _path(result, day)
        turned = (path[0] + shift) % 360
        order = np.argsort(turned)
        ax.plot((turned[order] - shift) % 360, path[1][order], style, color=BLUE, label=say.text(f"chart.sun.day{i}"))
    summary = result.system.planes[plane]
    ax.axvline(summary.surface_azimuth, color=DARK, linewidth=0.6)
    ax.set(xlabel=say.text("chart.sun.x"), ylabel=say.text("chart.sun.y"), xlim=(0, 360), ylim=(0, 90))
    ax.set_xticks(range(0, 361, 45), say.text("chart.sun.winds").split())
    ax.legend(loc="upper right")
    _titled(ax, f"{summary.name}: {say.text('chart.sun.title')}")


def _hidden(shade: Shade, azimuth: Array, elevation: Array) -> Array:
    """(A, E) share of the plane that near objects hide."""
    left = np.ones((azimuth.size, elevation.size))
    for table in shade.tables:
        left = left * (1 - table.at(azimuth[:, None], elevation[None, :]))
    return 1 - left


def _path(result: Result, day: int) -> Array:
    """(2, n) azimuth and elevation of the sun over a day at the site, by the analytic position pvlib has."""
    from pvlib import solarposition

    latitude = np.radians(result.weather.latitude)
    angle = np.radians(np.linspace(-179.5, 179.5, 360))
    declination = solarposition.declination_spencer71(day)
    zenith = solarposition.solar_zenith_analytical(latitude, angle, declination)
    azimuth = solarposition.solar_azimuth_analytical(latitude, angle, declination, zenith)
    up = zenith < np.pi / 2
    return np.asarray(np.degrees(np.stack([azimuth[up], np.pi / 2 - zenith[up]])))


def draw_shading(result: Result, ax: Axes, plane: int = 0, language: str = "en") -> None:
    """Draw by month how much of a plane's light is lost to what, in % of the light before any shade.

    Parameters
    ----------
    result
        Of a scenario with a horizon, obstacles or rows.
    ax
        The axes to draw on.
    plane
        Number of the plane, from 0.
    language
        Of the labels: "en", "zh" or "it".

    Raises
    ------
    UsageError
        For a plane that nothing shades.
    """
    light = result.found.shaded_kwh_per_m2.get(plane)
    if light is None:
        raise UsageError(f"plane {plane} has no horizon, obstacles or rows: nothing shades it")
    with styled(language, ax) as say:
        _lost(result, ax, plane, light, say)


def _lost(result: Result, ax: Axes, plane: int, light: Array, say: Language) -> None:
    lost = 100 * np.divide(light[:-1] - light[1:], light[0], out=np.zeros((4, 12)), where=light[0] > 0)
    bottom = np.zeros(12)
    for cause, share, colour in zip(CAUSES, lost, CAUSE_COLOURS, strict=True):
        if share.any():
            label = say.text(f"ledger.{cause.removesuffix('_percent').replace('_', ' ')}")
            ax.bar(np.arange(12), share, 0.7, bottom=bottom, color=colour, label=label)
            bottom = bottom + share
    month_ticks(ax, say)
    ax.set_ylabel(say.text("chart.shade.y"))
    ax.legend()
    summary = result.system.planes[plane]
    year = 100 * (1 - light[-1].sum() / light[0].sum()) if light[0].sum() > 0 else 0.0
    _titled(ax, f"{summary.name}: {say.text('chart.shade.title', percent=say.number(year, 1))}")


def roof_figures(result: Result) -> dict[str, bytes]:
    """File names and PNG bytes: layouts of the roofs, sun path and shade of the planes; of at most 20 each."""
    found: dict[str, bytes] = {}
    drawn = [p for p in result.hardware.plans if is_laid_out(p) and p.laid is not None]
    for plan in drawn[:MAX_FIGURES]:
        found[f"layout_{plan.index + 1}.png"] = _png(partial(draw_layout, result, roof=plan.index), 9.0, 6.0)
    shaded = [block["name"] for block in shading_block(result)]
    for plane, summary in list(enumerate(result.system.planes))[:MAX_FIGURES]:
        if plane and summary.name not in shaded:
            continue  # the sun over one free plane is that over any other
        found[f"sun_path_{plane + 1}.png"] = _png(partial(draw_sun_path, result, plane=plane), 9.0, 4.6)
        if summary.name in shaded:
            found[f"shading_{plane + 1}.png"] = _png(partial(draw_shading, result, plane=plane), 8.0, 4.2)
    return found


def _png(draw: Callable[..., None], width: float, height: float) -> bytes:
    return png_of(lambda axes: draw(ax=axes), width, height)
