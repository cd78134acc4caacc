"""What all figures share: one style, fonts that hold the language's letters, and how an Axes becomes SVG or PNG.

Drawn on matplotlib's own canvas, without a display and without its global state. Formulas are off in the style: a
dollar in a name starts nothing.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Literal

from pvsim.report.language import CODES, Language, language_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

STYLE = "pvsim.mplstyle"
# colours by what they show, the same in every figure
BLUE, ORANGE, DARK, SKY, RED, GREEN, PALE = "#0072B2", "#E69F00", "#333333", "#56B4E9", "#D55E00", "#009E73", "#bbbbbb"
SVG_DPI = 150  # of what is a picture in a page: the heat map, and the modules of a large roof
LATIN = "DejaVu Sans"  # comes with matplotlib
# families with simplified Chinese, as Linux, Windows and macOS name them
CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "SimSun", "PingFang SC", "Hiragino Sans GB", "Heiti SC",
    "Droid Sans Fallback", "Noto Sans CJK JP", "Arial Unicode MS",
)  # fmt: skip


@lru_cache(maxsize=1)
def chinese_font() -> str | None:
    """The first installed family that has Chinese characters; None where none has."""
    from matplotlib import font_manager

    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE if name in installed), None)


def drawable(language: Language) -> Language:
    """The language of a figure's labels: English where no font has the letters of the one that was asked for."""
    return language if language.code != "zh" or chinese_font() else language_of("en")


@contextmanager
def styled(code: str = "en", ax: Axes | None = None) -> Iterator[Language]:
    """The style of all figures while it lasts; gives the language that labels of ``ax`` can be drawn in.

    Raises
    ------
    UsageError
        For a language that pvsim does not speak.
    """
    from matplotlib import rc_context

    language = drawable(language_of(code))
    with rc_context(_style(language.code)):
        if ax is not None:
            _dress(ax)
        yield language
        if language.code == "zh" and ax is not None:  # the Axes brought texts of its own, made for other letters
            from matplotlib.text import Text

            for text in ax.figure.findobj(Text):
                text.set_fontfamily(families())


def _dress(ax: Axes) -> None:
    """Give an Axes that was made elsewhere what the style would have given it; within the style."""
    from matplotlib import rcParams

    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    _grid(ax, "y")
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(size=rcParams["axes.labelsize"], color=rcParams["axes.labelcolor"])
        axis.set_tick_params(labelsize=rcParams["xtick.labelsize"], labelcolor=rcParams["xtick.color"])


def _grid(ax: Axes, axis: Literal["x", "y"]) -> None:
    from matplotlib import rcParams

    ax.grid(True, axis=axis, color=rcParams["grid.color"], linewidth=rcParams["grid.linewidth"])


def upright(ax: Axes) -> None:
    """Lines of the grid that stand, for bars that lie."""
    ax.grid(False, axis="y")
    _grid(ax, "x")


@lru_cache(maxsize=len(CODES))
def _style(code: str) -> Any:
    """The style file, with fonts for the letters of a language: each further font costs time with every text."""
    from matplotlib import rc_params_from_file

    with as_file(files("pvsim") / "report" / STYLE) as path:
        found = dict(rc_params_from_file(path, use_default_template=False))
    return found | {"font.family": families() if code == "zh" else [LATIN]}


def families() -> list[str]:
    """The fonts that names from a file are drawn with, whatever the language."""
    chinese = chinese_font()
    return [LATIN, *([chinese] if chinese else [])]


@contextmanager
def untouched() -> Iterator[None]:
    """matplotlib as it comes: no setting of a user's own file moves a page or a picture."""
    from matplotlib import rc_context, rcdefaults

    with rc_context():
        rcdefaults()
        yield


def figure_of(draw: Callable[[Axes], None], width: float = 7.2, height: float = 3.2) -> Figure:
    """A figure of so many inches with one Axes that ``draw`` fills."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(width, height))
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        draw(axes)
        for inside in (*axes.patches, *axes.lines, *axes.collections, *axes.images):
            inside.set_in_layout(False)  # clipped to the frame: measuring them takes a fifth of the layout
        # laid out here, where letters are measured fast, and once: not again with every way of saving
        with _any_letters():
            figure.tight_layout()
        figure.set_layout_engine("none")
    return figure


def png_of(draw: Callable[[Axes], None], width: float, height: float) -> bytes:
    """What ``draw`` makes of an Axes as PNG, whatever the user's own settings are."""
    with untouched():
        return as_png(figure_of(draw, width, height))


def as_png(figure: Figure) -> bytes:
    """A figure as PNG: the same bytes for the same figure."""
    buffer = io.BytesIO()
    with styled(), _any_letters():
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def as_svg(figure: Figure, name: str) -> str:
    """A figure as an SVG element for a page: text stays text, ids start with ``name``, the same for the same figure."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    figure.set_dpi(SVG_DPI)
    with styled(), _any_letters(), rc_context({"svg.hashsalt": "pvsim"}):
        # not savefig, which draws three times to learn what a page does not need
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    # a page has many figures: the ids of one must not be those of another; a name that is drawn stays as it is
    text = re.sub(r"<[^>]+>", lambda tag: re.sub(r'(\bid="|xlink:href="#|url\(#)', rf"\g<1>{name}-", tag[0]), text)
    # as wide as the page lets it be
    first, rest = text.split(">", 1)
    return re.sub(r' (width|height)="[^"]*"', "", first) + ">" + rest.strip()


@contextmanager
def _any_letters() -> Iterator[None]:
    """No complaint of matplotlib's about a name's letters: a page's reader has fonts of his own, a PNG shows a box."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def numbered(axis: Axis, language: Language) -> None:
    """Numbers along an axis as the language writes them."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: language.plain(value)))


def month_ticks(ax: Axes, language: Language) -> None:
    """The twelve months along x, at 0 to 11."""
    ax.set_xticks(range(12), list(language.months))
    ax.set_xlim(-0.6, 11.6)
    ax.grid(False, axis="x")
