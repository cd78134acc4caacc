"""The report: one HTML page that needs nothing else. No script, no link outside, no path; same result, same bytes.

Templates stand in ``templates``, what they say in ``locale``. All text is escaped where it is printed, with control
characters and marks of direction shown instead of obeyed; a value that is missing is an error, never "None".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np
from markupsafe import Markup

from pvsim.errors import UsageError
from pvsim.report import charts
from pvsim.report.band import draw_band
from pvsim.report.canvas import as_svg, chinese_font, drawable, figure_of, untouched
from pvsim.report.figures import draw_level
from pvsim.report.folder import replace
from pvsim.report.language import Language, language_of
from pvsim.report.roof_figures import draw_layout, draw_shading
from pvsim.report.text import MODEL, printable
from pvsim.studies.geometry import is_laid_out
from pvsim.weather.judge import Judgement, judge

if TYPE_CHECKING:
    from pvsim.studies.result import Result

Draw = Callable[..., None]
Document = Mapping[str, Any]

CHAPTERS = (
    "site", "roofs", "ledger", "months_table", "lifetime", "use", "money", "impact", "claim", "sure", "assumptions",
    "notes", "terms", "versions",
)  # fmt: skip
BLOCK_OF = {"use": "use", "money": "finance", "claim": "claim"}  # chapters that stand only where their block does
MOST, MANY = 50, 400  # rows of tables by plane and of the assumptions: a page of 1 MB holds no more
MOST_ROOFS, MOST_SHADES = 4, 2  # figures of them


def report(result: Result, document: Document, code: str = "en") -> str:
    """The report of a result as one HTML page.

    Parameters
    ----------
    result
        What a run found.
    document
        Its result document; with ``files``, their hashes are printed.
    code
        The language: "en", "zh" or "it".

    Raises
    ------
    UsageError
        For a language that pvsim does not speak.
    """
    language = language_of(code)
    judgement = judge(result.weather) if result.weather.has_ghi else None
    laid = [p for p in result.hardware.plans if is_laid_out(p) and p.laid is not None][:MOST_ROOFS]
    layouts = {f"layout{p.index}": (p.name, partial(draw_layout, result, roof=p.index)) for p in laid}
    planes = result.system.planes
    shaded = [i for i in range(len(planes)) if i in result.found.shaded_kwh_per_m2][:MOST_SHADES]
    shades = {f"shade{i}": (planes[i].name, partial(draw_shading, result, plane=i)) for i in shaded}
    with untouched():
        figures = _drawn(_figures(result, judgement), code)
        figures |= _drawn({name: (draw, 7.2, 4.4) for name, (_, draw) in layouts.items()}, code)
        figures |= _drawn({name: (draw, 7.2, 3.0) for name, (_, draw) in shades.items()}, code)
    month_rows, month_foot = _months(result, document, language)
    return (
        _environment(code)
        .get_template("report.html.j2")
        .render(
            d=document,
            one=document["uncertainty"]["one_year"],
            weather=result.weather,
            chapters=[c for c in CHAPTERS if c not in BLOCK_OF or BLOCK_OF[c] in document],
            figures=figures,
            figure_note="" if drawable(language) == language else language.text("no_font"),
            largest=_largest(document, language),
            step=_step(document, language),
            caution=_caution(document, language),
            whiskers=charts.monthly_spread(result) is not None,
            place_facts=_place(result, language),
            drawn_with=_drawn_with(),
            trust=_trust(result, judgement, language),
            resource_rows=_resource(judgement, result, language),
            month_rows=month_rows,
            month_foot=month_foot,
            layouts=[(name, roof) for name, (roof, _) in layouts.items()],
            shades=[(name, plane) for name, (plane, _) in shades.items()],
            assumed=document["assumptions"],
            models=MODEL,
            most=MOST,
            many=MANY,
        )
    )


def write_report(result: Result, path: str | Path, language: str = "en") -> None:
    """Write the report of a result as one HTML page.

    Parameters
    ----------
    result
        What a run found.
    path
        The file; an existing one is replaced.
    language
        "en", "zh" or "it".

    Raises
    ------
    UsageError
        For a language that pvsim does not speak.
    PvsimError
        When the file cannot be written.
    """
    replace(Path(path), report(result, result.to_dict(), language).encode("utf-8"))


# --- templates -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=3)
def _environment(code: str) -> jinja2.Environment:
    language = language_of(code)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("pvsim.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        optimized=False,  # a page is rendered once: folding constants takes longer than it saves
    )
    environment.globals.update(
        language=language, t=language.text, known=language.known, n=language.number, plain=language.plain,
        exact=language.exact,
        size=language.size,
        pct=language.percent, change=partial(_change, language), energy=language.energy, money=language.money,
        irr=partial(_irr, language),
    )  # fmt: skip
    return environment


def _shown(value: object) -> object:
    """What may be printed: our own markup, or text with nothing in it that acts on the reader."""
    if value is None:
        raise ValueError("a template prints None: say what it means")
    return value if isinstance(value, Markup | jinja2.Undefined) else printable(value)


def _change(language: Language, percent_of_previous: float | None) -> str:
    return "" if percent_of_previous is None else language.change(percent_of_previous - 100)


def _irr(language: Language, rate: float | None, status: str) -> str:
    return language.known(f"money.irr_{status}", language.text("none")) if rate is None else language.percent(rate)


# --- figures -------------------------------------------------------------------------------------------------


def _figures(result: Result, judgement: Judgement | None) -> dict[str, tuple[Draw, float, float]]:
    """By name: what draws it, and its width and height in inches."""
    found: dict[str, tuple[Draw, float, float]] = {
        "months": (partial(charts.draw_months, result), 7.2, 2.7),
        "heat": (partial(charts.draw_heat_map, result), 7.2, 2.7),
        "waterfall": (partial(charts.draw_waterfall, result), 7.2, 4.4),
        "summer": (partial(charts.draw_day, result, season="summer"), 4.4, 2.9),
        "winter": (partial(charts.draw_day, result, season="winter"), 4.4, 2.9),
        "duration": (partial(charts.draw_duration, result), 7.2, 2.5),
        "use": (partial(charts.draw_self_use, result), 7.2, 2.9),
        "cash": (partial(charts.draw_cash_flow, result), 7.2, 2.9),
        "band": (partial(draw_band, result), 7.2, 3.6),
        "sure": (partial(charts.draw_uncertainty, result), 7.2, 3.0),
        "budget": (partial(charts.draw_budget, result), 7.2, 1.9),
    }
    if judgement is not None:
        found["level"] = (partial(draw_level, judgement), 7.2, 2.5)
    return found


def _drawn(figures: Mapping[str, tuple[Draw, float, float]], code: str) -> dict[str, Markup]:
    """By name, as SVG; what has nothing to show, such as self-use without a load, is left out."""
    found = {}
    for name, (draw, width, height) in figures.items():
        with suppress(UsageError):
            figure = figure_of(partial(_on, draw, code), width, height)
            found[name] = Markup(as_svg(figure, name))  # noqa: S704 - matplotlib escapes what it writes
    return found


def _on(draw: Draw, code: str, axes: Any) -> None:
    draw(ax=axes, language=code)


# --- what the document does not hold in this form --------------------------------------------------------------


def _largest(d: Document, language: Language) -> str:
    name = max(d["uncertainty"]["budget"], key=lambda p: p["sigma_percent"])["name"]
    return language.known(f"budget.{name}", name)


def _caution(d: Document, language: Language) -> str:
    """What the figures are not, where they are not those of a year as it is to be expected."""
    if d["weather"].get("seed") is not None:
        return language.text("answer.caution_random", seed=d["weather"]["seed"])
    covered = d["weather"]["coverage_fraction"]
    return "" if covered > 0.999 else language.text("answer.caution_partial", percent=language.percent(covered))


def _place(result: Result, language: Language) -> list[tuple[str, str]]:
    """What decides prices and rules of the place, as far as the scenario says it."""
    site = result.scenario.site
    rows = [
        ("district", site.district),
        ("region", result.region),
        ("commissioned", site.commissioned and site.commissioned.isoformat()),
        ("owner", site.owner and language.text(f"site.{site.owner}")),
        ("voltage", site.voltage_kv and f"{language.exact(site.voltage_kv)} kV"),
    ]
    return [(language.text(f"site.{name}"), said) for name, said in rows if said]


def _drawn_with() -> list[tuple[str, str]]:
    """What the bytes of a page depend on and the result does not."""
    import matplotlib

    fonts = chinese_font() or "-"
    return [("matplotlib", matplotlib.__version__), ("jinja2", jinja2.__version__), ("font (zh)", fonts)]


def _step(d: Document, language: Language) -> str:
    minutes, offset = d["weather"]["step_minutes"], d["weather"]["sun_offset_minutes"]
    if isinstance(offset, list):
        return language.text("site.step_by_month", minutes=minutes)
    return language.text("site.step_value", minutes=minutes, offset=language.plain(offset))


def _trust(result: Result, judgement: Judgement | None, language: Language) -> str:
    """What the weather is worth against the climatology, in one sentence."""
    if judgement is None or judgement.level_ratio is None:
        return language.text("trust.unknown")
    own = result.weather.sum_kwh_per_m2(result.weather.ghi)
    kind = "own" if result.weather.source == "climate" else judgement.trust
    off = language.number(100 * (judgement.level_ratio - 1), 0 if kind != "own" else 1)
    return language.text(f"trust.{kind}", percent=off, climate=language.number(own / judgement.level_ratio))


def _resource(judgement: Judgement | None, result: Result, language: Language) -> list[list[str]]:
    """The months of the resource: GHI, the climatology's, their ratio, the diffuse share and the spread of years."""
    spread = charts.monthly_spread(result)
    rows = []
    for i, m in enumerate(() if judgement is None else judgement.months):
        rows.append([
            language.months[i],
            language.number(m.ghi_kwh_per_m2, 1),
            language.number(m.climate_kwh_per_m2, 1),
            language.number(m.level_ratio, 2),
            language.percent(m.diffuse_fraction, 0),
            language.percent(None if spread is None else float(spread[i]), 0),
        ])  # fmt: skip
    return rows


_MONTHLY = (
    ("ghi_kwh_per_m2", 1), ("poa_kwh_per_m2", 1), ("temp_air_mean_c", 1), ("energy_dc_kwh", 0), ("energy_ac_kwh", 0),
    ("specific_yield_kwh_per_kwp", 1), ("performance_ratio", 3),
)  # fmt: skip


def _months(result: Result, d: Document, language: Language) -> tuple[list[list[str]], list[str]]:
    """The monthly table and its line for the year."""
    table = result.monthly
    rows = [
        [language.months[i], *(language.number(float(table[name].iloc[i]), digits) for name, digits in _MONTHLY)]
        for i in range(12)
    ]
    weather = result.weather
    known = np.bincount(weather.axis.month_index(), weather.covered(), minlength=12) > 0
    rows = [row if known[i] else [row[0], *[language.text("none")] * len(_MONTHLY)] for i, row in enumerate(rows)]
    sums = {name: float(table[name].sum()) for name, _ in _MONTHLY}
    sums["temp_air_mean_c"] = d["weather"]["temp_air_mean_c"]
    sums["performance_ratio"] = d["energy"]["performance_ratio"]
    return rows, [language.text("page.all_year"), *(language.number(sums[name], digits) for name, digits in _MONTHLY)]
