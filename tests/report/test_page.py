"""The report: what it says is the result, what comes from a file stays text, and nothing of the machine is in it."""

from __future__ import annotations

import dataclasses
import getpass
import re
import socket
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from cases import ROOT, SCENARIOS, SITE, scenario, write_epw

import pvsim
from pvsim.report import canvas
from pvsim.report.language import CODES, language_of
from pvsim.report.page import CHAPTERS, report

VOID = {"meta", "link", "br", "img", "hr", "input"}
ELEMENTS = {
    "html", "head", "meta", "link", "title", "style", "body", "main", "nav", "section", "footer", "h1", "h2", "h3", "p",
    "small", "b", "span", "div", "ol", "ul", "li", "a", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "dl",
    "dt", "dd", "figure", "figcaption",
}  # fmt: skip
DRAWN = {"svg", "g", "path", "rect", "defs", "use", "text", "tspan", "clippath", "image", "style", "pattern", "title"}
EVIL = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', r"$\foo$ $x^{$", "\u202e0001\u202c",
    "=cmd|' /C calc'!A0", "{{ 7*7 }}{% for %}", "javascript:alert(1)", "</title></style><svg onload=alert(1)>",
    "a\x1b[31mb",
)  # fmt: skip


class Page(HTMLParser):
    """Elements, attributes and text; elements that do not close raise."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, bool]] = []  # and whether it stands in a drawing
        self.attributes: list[tuple[str, str | None]] = []
        self.text, self.path = "", []
        self.feed(text)
        assert self.path == [], f"left open: {self.path}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, "svg" in self.path))
        self.attributes += attrs
        if tag not in VOID:
            self.path.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, "svg" in self.path))
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.path.pop() == tag

    def handle_data(self, data):
        if "style" not in self.path:
            self.text += data


def page_of(result, code="en"):
    return report(result, result.to_dict(), code)


@pytest.fixture(scope="module")
def paid():
    return pvsim.simulate(pvsim.load(SCENARIOS / "green_loan.toml"))


@pytest.fixture(scope="module")
def pages(paid):
    return {code: page_of(paid, code) for code in CODES}


@pytest.fixture(scope="module")
def bare():
    return pvsim.simulate(scenario())


@pytest.mark.parametrize("code", CODES)
def test_the_answer_stands_first(paid, pages, code):
    language, d = language_of(code), paid.to_dict()
    first = pages[code].split("<nav")[0]
    for shown in (
        language.energy(d["energy"]["annual_kwh"]),
        language.number(d["energy"]["specific_yield_kwh_per_kwp"]),
        language.number(d["energy"]["performance_ratio"], 3),
        language.percent(d["energy"]["self_use_fraction"]),
        language.number(d["impact"]["coal"][0]["tce"]),
        d["impact"]["coal"][0]["factor_id"],
        language.number(d["impact"]["co2"][0]["t"]),
        language.money(d["finance"]["npv_cny"]),
        language.number(d["finance"]["payback_years"], 1),
        language.energy(d["uncertainty"]["one_year"]["p90_kwh"]),
    ):
        assert shown in first


@pytest.mark.parametrize("code", CODES)
def test_every_number_of_the_tables_is_there(paid, pages, code):
    language, d, text = language_of(code), paid.to_dict(), Page(pages[code]).text
    found = [language.number(line["kwh"]) for line in d["ledger"]]
    found += [language.number(y["annual_kwh"]) for y in d["lifetime"]["years"]]
    found += [language.number(y["cash_flow_cny"]) for y in d["finance"]["years"]]
    found += [language.number(x) for x in d["use"]["monthly"]["imported_kwh"]]
    found += [language.number(r["t"], 1) for r in d["impact"]["co2"]]
    found += [a["key"] for a in d["assumptions"]] + [a["reason"] for a in d["assumptions"] if a["default"]]
    found += [d["scenario"]["sha256"], *d["versions"].values()]
    assert [shown for shown in found if shown not in text] == []


@pytest.mark.parametrize("code", CODES)
def test_one_page_that_needs_nothing_else(pages, code):
    raw = pages[code]
    assert len(raw.encode("utf-8")) < 1_000_000
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in raw
    page = Page(raw)
    assert {tag for tag, drawn in page.tags if not drawn} <= ELEMENTS | {"svg"}
    assert {tag for tag, drawn in page.tags if drawn} <= DRAWN
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in {"href", "xlink:href", "src"}:
            assert value.startswith(("#", "data:")), value
    assert "@import" not in raw
    assert not re.search(r"url\((?!#)", raw)
    assert f'lang="{"zh-CN" if code == "zh" else code}"' in raw
    assert not re.search(r"\b(None|nan|inf|Undefined)\b", page.text)


def test_the_same_result_gives_the_same_bytes(paid, pages):
    again = pvsim.simulate(pvsim.load(SCENARIOS / "green_loan.toml"))
    assert page_of(again) == pages["en"]


def test_anchors_lead_somewhere_and_ids_are_unique(pages):
    raw = pages["en"]
    ids = re.findall(r'\bid="([^"]+)"', raw)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'<a href="#([^"]+)"', raw)) <= set(ids)


def test_chapters_stand_only_where_they_were_asked_for(bare, pages):
    plain = page_of(bare)
    for chapter in ("use", "money", "claim"):
        assert f'id="{chapter}"' not in plain
    for chapter in ("use", "money"):
        assert f'id="{chapter}"' in pages["en"]
    assert "<h3>Layout</h3>" not in plain
    assert all(f'id="{c}"' in plain for c in CHAPTERS if c not in {"use", "money", "claim"})


def test_a_claim_is_judged_on_the_first_page():
    page = page_of(pvsim.simulate(pvsim.load(SCENARIOS / "hikvision_jianqiao.toml")), "zh")
    assert language_of("zh").text("answer.claim", verdict="相符") in page.split("<nav")[0]
    assert "2,600,000" in page
    assert 'id="band-' in page


def test_what_comes_from_a_file_stays_text():
    """X4 to X7: the page has the elements and attributes of a harmless one, whatever names hold."""
    roofs = [{"name": evil, "load": EVIL[0]} for evil in EVIL]
    roofs[0] |= {"length_m": 60.0, "width_m": 40.0, "pitch_m": 3.0}
    made = scenario(
        *roofs,
        name="".join(EVIL)[:190],
        claim={"annual_kwh": 2e5, "source": EVIL[0]},
        loads={EVIL[0]: {"annual_kwh": 1e5, "profile": "two-shift"}},
        site=SITE | {"district": EVIL[1]},
    )
    harmless = scenario(
        *({**roof, "name": f"roof {i}", "load": "a"} for i, roof in enumerate(roofs)),
        name="harmless",
        claim={"annual_kwh": 2e5, "source": "a"},
        loads={"a": {"annual_kwh": 1e5, "profile": "two-shift"}},
        site=SITE | {"district": "a"},
    )
    # what cannot be seen in a name is warned of, and a warning more is a line more
    results = [dataclasses.replace(pvsim.simulate(s), warnings=(s.name,)) for s in (made, harmless)]
    found, expected = (Page(page_of(r)) for r in results)
    assert found.tags == expected.tags
    assert [n for n, _ in found.attributes] == [n for n, _ in expected.attributes]
    for evil in EVIL:
        shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in evil)
        assert found.text.count(shown) >= 2, shown
    assert not any(ord(c) < 32 and c != "\n" for c in found.text)
    assert not set(found.text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def test_nothing_of_the_machine_is_in_it(pages):
    """X17."""
    user, host = getpass.getuser(), socket.gethostname()
    for raw in pages.values():
        for place in (str(Path.home()), str(ROOT), "/tmp", f"/{user}/", f"{user}@", f"@{host}", f"{host}."):
            assert place not in raw


def test_without_a_chinese_font_one_line_says_so(bare, monkeypatch):
    monkeypatch.setattr(canvas, "CHINESE", ("No Such Family",))
    canvas.chinese_font.cache_clear()
    canvas._style.cache_clear()
    try:
        page = page_of(bare, "zh")
    finally:
        canvas.chinese_font.cache_clear()
        canvas._style.cache_clear()
    assert page.count(language_of("zh").text("no_font")) == 1
    assert ">Jan<" in page


def test_where_nothing_applies_the_page_still_stands():
    """No light on the horizontal is known, no energy is delivered, gaps, several years: each is said in words."""
    nothing = pvsim.simulate(scenario({"panels": 1}, inverter={"ac_power_kw": 1.0, "night_consumption_w": 200.0}))
    random = pvsim.simulate(scenario(weather={"year": "random", "seed": 5}))
    page = page_of(nothing)
    assert 'id="sure-' not in page
    once = page_of(random)
    assert "in one random year (seed 5), not the mean of many" in once
    assert "With a probability of 90% a year delivers" not in once.split("<nav")[0]
    assert once.count("take the typical year") == 4, "on the first page and in each chapter that speaks of years"
    assert "whiskers" not in once


def test_part_of_a_year_is_no_year(tmp_path):
    """What is summed over the hours with weather is not called a year's, and no percentile is promised."""
    weather = pvsim.weather_at(29.44, 106.46)
    gaps = {name: np.where(np.arange(8760) < 7000, weather.series(name), 9999.0) for name in ("ghi", "dhi", "dni")}
    write_epw(tmp_path / "a.epw", weather, **gaps)  # 9999 is the format's word for missing
    source = {"source": "file", "format": "epw", "path": "a.epw"}
    part = pvsim.simulate(scenario(folder=tmp_path, weather=source), allow_partial=True)
    page = page_of(part)
    first = page.split("<nav")[0]
    assert "not a year" in first
    assert "With a probability of 90%" not in first
    assert page.count("belong to that part of a year") == 4
    assert "a.epw" in page
    digest = next(s["method"] for s in part.to_dict()["weather"]["sources"] if "sha256" in s["method"])
    assert escape(digest) in page, "the report can be tied to its file"
    assert re.search(r'<td class="t">Dec</td><td class="n">n/a</td>', page), "a month without weather is not 0"


def test_numbers_of_a_small_roof_say_something():
    first = page_of(pvsim.simulate(scenario({"panels": 1}))).split("<nav")[0]
    assert "One panel, 0.45 kWp DC and 0.38 kW AC on one roof plane" in first
    assert re.search(r'"headline">34\d kWh<', first)


def test_many_planes_stay_within_a_page():
    many = pvsim.simulate(scenario(*({"name": f"roof {i}", "surface_azimuth": float(i)} for i in range(120))))
    page = page_of(many)
    assert len(page.encode("utf-8")) < 1_000_000
    assert "... and 70 more" in page


def test_a_report_is_written_from_python(paid, pages, tmp_path):
    pvsim.write_report(paid, tmp_path / "a.html", language="it")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == pages["it"]
    with pytest.raises(pvsim.UsageError, match="language 'es'"):
        pvsim.write_report(paid, tmp_path / "b.html", language="es")
    assert not (tmp_path / "b.html").exists()
