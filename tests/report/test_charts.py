"""What figures show is what the result says: read back from the axes."""

from __future__ import annotations

import re
import warnings
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from cases import SCENARIOS, scenario
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

import pvsim
from pvsim.report import canvas
from pvsim.report.canvas import as_png, as_svg, figure_of
from pvsim.report.language import CODES, language_of
from pvsim.report.page import report

PLAIN = (
    pvsim.draw_months, pvsim.draw_waterfall, pvsim.draw_heat_map, pvsim.draw_duration, pvsim.draw_day,
    pvsim.draw_uncertainty, pvsim.draw_budget,
)  # fmt: skip
ALL = (*PLAIN, pvsim.draw_self_use, pvsim.draw_cash_flow)


@pytest.fixture(scope="module")
def plain():
    """The reference roof, which has neither load nor money."""
    return pvsim.simulate(pvsim.load(SCENARIOS / "hikvision_jianqiao.toml"))


@pytest.fixture(scope="module")
def paid():
    """A roof with load, storage, loan and grant."""
    return pvsim.simulate(pvsim.load(SCENARIOS / "green_loan.toml"))


@pytest.fixture
def ax():
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.subplots()


def heights(ax):
    return np.array([bar.get_height() for bar in ax.containers[0]])


def test_months_are_bars_of_the_months(plain, ax):
    pvsim.draw_months(plain, ax)
    assert heights(ax) == pytest.approx(np.array(plain.monthly_kwh) / 1000)
    assert [t.get_text() for t in ax.get_xticklabels()] == list(language_of("en").months)


def test_the_whiskers_hold_eight_of_ten_months_of_the_climate(plain, ax):
    """Half a whisker is 1.2816 standard deviations of the month's GHI as CDSRD has it: 12 to 30 % of a month."""
    pvsim.draw_months(plain, ax)
    segments = next(c for c in ax.collections if isinstance(c, LineCollection)).get_segments()
    half = np.array([(s[1, 1] - s[0, 1]) / 2 for s in segments])
    share = half / 1.2816 / (np.array(plain.monthly_kwh) / 1000)
    assert ((share > 0.10) & (share < 0.32)).all()
    # months are independent enough: their root sum of squares is near the year's spread of 6 %
    assert 0.04 < np.sqrt((half**2).sum()) / 1.2816 / (plain.annual_kwh / 1000) < 0.08


def test_a_small_plant_is_drawn_in_kwh(ax):
    small = pvsim.simulate(scenario({"panels": 1}))
    pvsim.draw_months(small, ax)
    assert heights(ax) == pytest.approx(np.array(small.monthly_kwh))
    assert ax.get_ylabel() == "kWh"


def test_a_random_year_and_a_far_place_have_no_whiskers(ax):
    one = pvsim.simulate(scenario(weather={"year": "random", "seed": 3}))
    pvsim.draw_months(one, ax)
    assert not any(isinstance(c, LineCollection) for c in ax.collections)


def test_the_waterfall_ends_at_the_performance_ratio(plain, ax):
    pvsim.draw_waterfall(plain, ax)
    ends = [bar.get_x() + bar.get_width() for container in ax.containers for bar in container]
    assert ends[0] == pytest.approx(100)
    assert ends[-1] == pytest.approx(100 * plain.performance_ratio)
    labels = [t.get_text() for t in ax.get_yticklabels()]
    assert "soiling" in labels
    assert "export limit" not in labels, "a step that takes nothing is left out"
    # each row is a step of its own, and what is left out stands together: the rows lead to the end
    taken = sum(c[0].get_width() * (1 if c[0].get_facecolor()[1] > 0.61 and c[0].get_facecolor()[0] < 0.1 else -1)
                for c in list(ax.containers)[1:-1])  # fmt: skip
    assert taken == pytest.approx(100 * plain.performance_ratio - 100, abs=0.006)
    share = {line.name: 100 * (line.kwh - before.kwh) / plain.ledger[0].kwh
             for before, line in pairwise(plain.ledger)}  # fmt: skip
    written = dict(zip(labels, (t.get_text() for t in ax.texts), strict=True))
    assert written["soiling"] == f"{share['soiling']:.2f}%"


def test_the_heat_map_holds_the_years_energy(plain, ax):
    pvsim.draw_heat_map(plain, ax)
    grid = np.asarray(ax.images[0].get_array())
    assert grid.shape == (24, 365)
    assert grid.sum() == pytest.approx(plain.annual_kwh, rel=1e-9)
    by_hour = plain.hourly["p_ac_kw"].groupby(plain.hourly.index.hour).sum()
    assert grid.sum(axis=1) == pytest.approx(by_hour.to_numpy())


def test_the_duration_curve_falls_and_holds_the_energy(plain, ax):
    pvsim.draw_duration(plain, ax)
    hours, kw = ax.lines[0].get_data()
    assert (np.diff(kw) <= 0).all()
    assert np.trapezoid(kw, hours) == pytest.approx(plain.annual_kwh, rel=0.005)
    assert ax.lines[1].get_ydata()[0] == plain.system.ac_kw


def test_the_mean_days_hold_the_energy_of_their_season(paid, ax):
    pvsim.draw_day(paid, ax, season="summer")
    clock, kw = ax.lines[0].get_data()
    assert clock.tolist() == [h + 0.5 for h in range(24)]
    assert kw.sum() * 92 == pytest.approx(sum(paid.monthly_kwh[5:8]), rel=1e-9)
    load = ax.lines[1].get_ydata()
    assert load.sum() * 92 == pytest.approx(sum(paid.use.by_month("load_kw")[5:8]), rel=1e-9)


def test_summer_is_where_the_sun_is_high(ax):
    def energy(latitude, longitude, season):
        figure = Figure()
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        result = pvsim.simulate(scenario(site={"latitude": latitude, "longitude": longitude}))
        pvsim.draw_day(result, axes, season=season)
        return axes.lines[0].get_ydata().sum(), axes.get_xlabel()

    (summer, label), (winter, _) = (energy(29.44, 106.46, s) for s in ("summer", "winter"))
    assert summer > 1.5 * winter
    assert label == "hour, summer (Jun-Aug)"


def test_self_use_by_month(paid, ax):
    pvsim.draw_self_use(paid, ax)
    used, bought, again, sold = (np.array([bar.get_height() for bar in c]) for c in ax.containers)
    assert (used == again).all()
    assert used + bought == pytest.approx(np.array(paid.use.by_month("load_kw")) / 1000)
    assert sold.sum() * 1000 == pytest.approx(paid.use.sums["exported_kwh"])


def test_the_cash_flow_sums_to_what_is_left(paid, ax):
    pvsim.draw_cash_flow(paid, ax)
    years = paid.to_dict()["finance"]["years"]
    assert heights(ax).sum() * 1e4 == pytest.approx(years[-1]["cumulative_cny"])
    assert ax.lines[0].get_ydata()[-1] * 1e4 == pytest.approx(years[-1]["cumulative_cny"])


def test_uncertainty_marks_the_percentiles_and_the_claim(plain, ax):
    pvsim.draw_uncertainty(plain, ax)
    mwh, percent = ax.lines[0].get_data()
    one = plain.to_dict()["uncertainty"]["one_year"]
    for p in (50, 75, 90, 99):
        assert np.interp(one[f"p{p}_kwh"] / 1000, mwh[::-1], percent[::-1]) == pytest.approx(p, abs=0.2)
    assert any(line.get_xdata()[0] == 2600 for line in ax.lines if len(line.get_xdata()) == 2)


def test_the_budget_adds_up_in_squares(plain, ax):
    pvsim.draw_budget(plain, ax)
    *parts, every = (bar.get_width() for bar in ax.containers[0])
    assert np.sqrt(np.sum(np.square(parts))) == pytest.approx(every)
    assert every == pytest.approx(plain.to_dict()["uncertainty"]["one_year"]["sigma_percent"])


@pytest.mark.parametrize("draw", [pvsim.draw_self_use, pvsim.draw_cash_flow])
def test_what_is_not_there_is_said(plain, ax, draw):
    with pytest.raises(pvsim.UsageError, match=r"\[load\]|\[finance\]"):
        draw(plain, ax)


def test_other_wrong_requests_are_said(plain, ax):
    with pytest.raises(pvsim.UsageError, match="season 'spring': there are summer and winter"):
        pvsim.draw_day(plain, ax, season="spring")
    with pytest.raises(pvsim.UsageError, match="language 'fr'"):
        pvsim.draw_months(plain, ax, language="fr")
    unclaimed = pvsim.simulate(scenario())
    with pytest.raises(pvsim.UsageError, match=r"no \[claim\]"):
        pvsim.draw_band(unclaimed, ax)


def test_nothing_to_see_raises_no_warning(ax):
    """A plant that draws more at night than it gives by day."""
    dark = pvsim.simulate(scenario({"panels": 1}, inverter={"ac_power_kw": 1.0, "night_consumption_w": 200.0}))
    assert dark.annual_kwh < 0
    for draw in (pvsim.draw_months, pvsim.draw_heat_map, pvsim.draw_duration, pvsim.draw_day, pvsim.draw_waterfall):
        figure_of(lambda axes, draw=draw: draw(dark, axes))
    with pytest.raises(pvsim.UsageError, match="delivers no energy"):
        pvsim.draw_uncertainty(dark, ax)


def test_the_band_of_a_result_is_that_of_its_claim(plain, ax):
    other = Figure()
    FigureCanvasAgg(other)
    audited = other.subplots()
    pvsim.draw_band(plain, ax)
    pvsim.draw_band(pvsim.audit(plain.scenario), audited)
    assert (ax.lines[1].get_ydata() == audited.lines[1].get_ydata()).all()


@pytest.mark.parametrize("draw", ALL, ids=lambda d: d.__name__)
@pytest.mark.parametrize("code", CODES)
def test_every_figure_in_every_language(paid, draw, code, tmp_path):
    if code == "zh" and canvas.chinese_font() is None:
        pytest.skip("no font with Chinese characters is installed")
    figure = figure_of(lambda axes: draw(paid, axes, language=code))
    svg = as_svg(figure, "one")
    if code == "en":
        assert svg == as_svg(figure_of(lambda axes: draw(paid, axes, language=code)), "one"), "not the same twice"
        assert as_png(figure).startswith(b"\x89PNG")
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert re.search(r"<text\b", svg), "text is kept as text"
    if code == "zh":
        assert re.search(r"[\u4e00-\u9fff]", svg)


def test_ids_of_two_figures_differ_and_refer_to_what_is_there(plain):
    draws = {"a": pvsim.draw_months, "b": pvsim.draw_duration}
    page = "".join(as_svg(figure_of(lambda axes, d=draw: d(plain, axes)), name) for name, draw in draws.items())
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    used = re.findall(r'xlink:href="#([^"]+)"|url\(#([^)]+)\)', page)
    assert used
    assert {a or b for a, b in used} <= set(ids)


def test_without_a_chinese_font_labels_are_english(plain, monkeypatch):
    monkeypatch.setattr(canvas, "CHINESE", ("No Such Family",))
    canvas.chinese_font.cache_clear()
    canvas._style.cache_clear()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            svg = as_svg(figure_of(lambda axes: pvsim.draw_months(plain, axes, language="zh")), "m")
        assert ">Jan<" in svg
        assert not re.search(r"[\u4e00-\u9fff]", svg)
    finally:
        canvas.chinese_font.cache_clear()
        canvas._style.cache_clear()


def test_the_style_leaves_the_users_settings_alone(plain, ax):
    import matplotlib

    before = dict(matplotlib.rcParams)
    for draw in PLAIN:
        figure_of(lambda axes, draw=draw: draw(plain, axes))
    assert dict(matplotlib.rcParams) == before


def test_the_users_own_settings_move_no_picture_and_no_page(plain):
    import matplotlib

    def made():
        picture = canvas.png_of(lambda axes: pvsim.draw_months(plain, axes), 4, 3)
        return picture, report(plain, plain.to_dict())

    expected = made()
    with matplotlib.rc_context({"font.size": 30, "text.usetex": True, "axes.facecolor": "red", "figure.dpi": 33}):
        assert made() == expected


def test_names_are_no_formulas_and_any_letter_is_drawn():
    name = r"$\foo$ <b>屋顶</b> \u202e 😀" + ' id="a" url(#b)'
    result = pvsim.simulate(scenario({"name": name, "length_m": 30.0, "width_m": 20.0}))
    svg = as_svg(figure_of(lambda axes: pvsim.draw_layout(result, axes)), "l")
    assert r"$\foo$ &lt;b&gt;屋顶&lt;/b&gt;" in svg
    assert "\u202e" not in svg
    assert re.search('id=("|&quot;)a("|&quot;) url\\(#b\\)', svg), "ids are made anew in tags alone"
