"""Published claims: what is found in them, by their own arithmetic, their place and their date.

Labels were set by reading every row: ``claims_judged.csv`` for the claims of the shared folder, and
``unseen_claims.csv`` with ``unseen_judged.csv`` for claims that the rules were not written with.
"""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pvsim
from pvsim.errors import PvsimError, UsageError
from pvsim.impact.factors import load_factors
from pvsim.impact.printed import printed, rounding_interval
from pvsim.studies.claims import FIGURES, read_claims

HERE = Path(__file__).parent
CLAIMS = HERE.parents[2] / "shared/claims/claims.csv"
HIKVISION = {"panels": 8000, "annual_kwh": 2.6e6, "tce": 930, "place": "Jianqiao Park, Dadukou", "kind": "rooftop"}
FUHUANG = {"annual_kwh": 32.6e6, "tce": 4007, "co2_t": 42000, "nox_t": 170, "kind": "efficiency", "place": "Beibei"}
SEVERITY = ("consistent", "doubtful", "inconsistent")


def table(name):
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def codes(audit, *severities):
    return {f["code"] for f in audit.findings if not severities or f["severity"] in severities}


# --- the two claims of the seed


def test_hikvision_is_consistent():
    found = pvsim.audit(HIKVISION)
    assert found.verdict == "consistent"
    assert found.implied["kgce_per_kwh"] == pytest.approx((0.349, 0.3577, 0.367), abs=5e-4)
    coal = found.conventions["coal"]
    assert {"coal-press-0.36", "coal-press-0.357", "coal-press-0.35"} <= set(coal)
    assert coal[0] in {"coal-press-0.357", "coal-press-0.36"}
    assert not [i for i in coal if i in {"coal-press-0.4", "coal-press-0.33", "coal-press-0.305"} or "calorific" in i]
    low, centre, high = found.needed["panel_wp"]
    assert (low, centre, high) == pytest.approx((380, 440, 510), abs=6)
    assert [p["panel_wp"] for p in found.needed["points"] if p["holds"]] == [400, 450, 500]


def test_hikvision_misses_its_co2_and_is_told_under_each_convention():
    rows = {r["factor_id"]: r for r in pvsim.audit(HIKVISION | {"province": "Chongqing"}).missing_co2}
    assert rows["co2-average-chongqing-2023"]["t"][1] == pytest.approx(1451, abs=0.5)
    assert rows["co2-cm-central-2019"]["t"][1] == pytest.approx(1860, abs=0.5)
    assert rows["co2-press-0.997"]["t"][1] == pytest.approx(2592, abs=0.5)
    assert rows["co2-per-tce-2.6"]["t"] == pytest.approx([2405, 2418, 2431])
    assert {i for i, r in rows.items() if not r["computes"]} == {i for i in rows if "press" in i or "per-tce" in i}
    assert pvsim.audit(HIKVISION | {"co2_t": 2600}).missing_co2 == []


def test_fuhuang_is_calorific_and_its_co2_is_not_explained():
    found = pvsim.audit(FUHUANG)
    assert found.conventions["coal"] == ["coal-calorific-gbt2589"]
    assert found.conventions["co2"] == []
    assert found.verdict == "inconsistent"
    assert {"co2-not-explained-by-electricity", "co2-above-carbon"} <= codes(found)
    assert any("exact to the last printed digit" in f["message"] for f in found.findings)
    assert found.implied["kwh_per_kwp"] is None  # saved, not generated


# --- claims that were judged by reading them


@pytest.mark.skipif(not CLAIMS.exists(), reason="the shared claims are not beside the project")
def test_every_shared_claim_is_found_right_or_wrong_for_its_reason():
    """Precision and recall of doubts and errors are 1 here, as the rules were written with these rows at hand."""
    judged = table("claims_judged.csv")
    audits = {a.id: a for a in map(pvsim.audit, read_claims(CLAIMS))}
    assert list(audits) == list(judged)
    for claim_id, row in judged.items():
        found = audits[claim_id]
        assert found.verdict == row["verdict"], (claim_id, row["why"], found.findings)
        assert set(row["codes"].split()) <= codes(found, "doubt", "error"), (claim_id, row["why"])


def test_unseen_claims_are_judged_as_their_readers_did():
    judged = table("unseen_judged.csv")
    audits = {a.id: a for a in map(pvsim.audit, read_claims(HERE / "unseen_claims.csv"))}
    assert set(audits) == set(judged)
    apart = {}
    for claim_id, row in judged.items():
        fair = {row["verdict"], *filter(None, row["accept"].replace(" ", "").split(";"))}
        if audits[claim_id].verdict not in fair:
            apart[claim_id] = (row["verdict"], audits[claim_id].verdict)
    assert apart == {}


def test_no_right_claim_is_called_impossible_and_few_wrong_ones_pass():
    """Strictly by the first judgement of the reader, without what would be fair too."""
    judged = {i: row["verdict"] for i, row in table("unseen_judged.csv").items()}
    audits = {a.id: a.verdict for a in map(pvsim.audit, read_claims(HERE / "unseen_claims.csv"))}
    flagged, wrong = ({i for i, v in found.items() if v != "consistent"} for found in (audits, judged))
    assert not [i for i, v in judged.items() if v == "consistent" and audits[i] == "inconsistent"]
    assert len(flagged & wrong) / len(flagged) >= 0.95  # precision
    assert len(flagged & wrong) / len(wrong) >= 0.90  # recall


def test_conventions_lie_inside_the_interval_and_are_all_that_do():
    factors = load_factors()
    for claim in read_claims(HERE / "unseen_claims.csv"):
        found = pvsim.audit(claim)
        spans = {"coal": found.implied["kgce_per_kwh"], "co2": found.implied["kgco2_per_kwh"]}
        spans["co2_per_tce"] = found.implied["kgco2_per_kgce"]
        inside = {i for i, f in factors.items() if (s := spans.get(f.kind)) and s[0] <= f.value <= s[2]}
        assert {*found.conventions["coal"], *found.conventions["co2"]} == inside


# --- properties


def rounded(value, digits):
    """A figure as a paper prints it."""
    return float(f"{value:.{digits - 1}e}")


COAL = [f for f in load_factors().values() if f.kind == "coal" and f.value > 0.28]
CO2 = [f for f in load_factors().values() if f.kind == "co2" and f.method in {"press", "average"}]


@given(
    kwh=st.floats(1e5, 1e9), coal=st.sampled_from(COAL), co2=st.sampled_from(CO2), digits=st.integers(2, 6),
)  # fmt: skip
def test_a_claim_made_with_factors_names_them(kwh, coal, co2, digits):
    assume(co2.value / coal.value < 2.9)  # a pair that coal can give
    claim = {
        "annual_kwh": rounded(kwh, digits),
        "tce": rounded(kwh * coal.value / 1e3, digits),
        "co2_t": rounded(kwh * co2.value / 1e3, digits),
    }
    found = pvsim.audit(claim)
    assert coal.id in found.conventions["coal"]
    assert co2.id in found.conventions["co2"]
    assert found.verdict != "inconsistent"


@given(
    kwh=st.floats(1e5, 1e9), coal=st.sampled_from(COAL), name=st.sampled_from(["annual_kwh", "tce"]),
    scale=st.sampled_from([0.1, 10.0, 1e-4, 1e4, 1e-3, 1e3]), digits=st.integers(3, 5),
)  # fmt: skip
def test_a_slip_by_ten_and_more_is_impossible_and_explained(kwh, coal, name, scale, digits):
    claim = {"annual_kwh": rounded(kwh, digits), "tce": rounded(kwh * coal.value / 1e3, digits)}
    slipped = claim | {name: claim[name] * scale}
    found = pvsim.audit(slipped)
    assert found.verdict == "inconsistent"
    assert codes(found, "error") & {"factor-of-ten", "ten-thousand", "thousand", "lifetime-against-annual"}


@given(kwh=st.floats(1e5, 1e9), coal=st.sampled_from(COAL), years=st.integers(20, 30))
def test_tonnes_of_a_life_beside_the_kwh_of_a_year(kwh, coal, years):
    claim = {"annual_kwh": rounded(kwh, 4), "tce": rounded(kwh * coal.value * years / 1e3, 4)}
    assert pvsim.audit(claim).verdict == "inconsistent"
    lifetime = {"total_kwh": rounded(kwh * years, 4), "basis_years": years, "tce": claim["tce"]}
    assert pvsim.audit(lifetime | {"lifetime_or_annual": "lifetime"}).verdict == "consistent"


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIGURES), st.floats(1e-3, 1e12), min_size=1))
def test_any_figures_are_audited_and_the_document_is_json(claim):
    try:
        found = pvsim.audit(claim)
    except UsageError as error:
        assert "nothing to audit" in str(error)
        return
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    worst = max((("note", "doubt", "error").index(f["severity"]) for f in found.findings), default=0)
    assert document["verdict"] == SEVERITY[worst]
    for interval in document["implied"].values():
        assert interval is None or interval[0] <= interval[1] <= interval[2]


@given(st.floats(1e-3, 1e12), st.sampled_from(["", "over", "nearly"]))
def test_words_open_the_interval_to_their_side(x, bound):
    low, best, high = printed({"tce": x, **({bound: "tce"} if bound else {})}, "tce")
    plain_low, plain_high = rounding_interval(x)
    assert best == x
    assert (low, high) == {
        "": (plain_low, plain_high),
        "over": (x, pytest.approx(x + 2 * (plain_high - x))),
        "nearly": (pytest.approx(x - 2 * (x - plain_low)), x),
    }[bound]


@given(st.integers(200, 800), st.integers(10, 50_000), st.floats(0.3, 3.0))
def test_watts_and_panels_and_capacity(watts, panels, off):
    claim = {"panels": panels, "panel_wp": watts, "capacity_kwp": panels * watts * off / 1e3}
    found = codes(pvsim.audit(claim), "doubt", "error")
    assume(not 0.8 < off < 1.2 or 0.95 < off < 1.05)
    assert ("panels-watts-capacity" in found) == (not 0.95 < off < 1.05)


# --- place and date


@pytest.mark.parametrize(
    ("claim", "verdict", "code"),
    [
        ({"place": "Dadukou", "capacity_kwp": 1003, "annual_kwh": 1.213e6}, "inconsistent", "yield-impossible"),
        ({"place": "Dadukou", "capacity_kwp": 1003, "annual_kwh": 0.953e6}, "doubtful", "yield-high"),
        ({"place": "Dadukou", "capacity_kwp": 1003, "annual_kwh": 0.753e6}, "consistent", "yield-plausible"),
        ({"place": "Dadukou", "capacity_kwp": 1003, "annual_kwh": 0.413e6}, "doubtful", "yield-low"),
        ({"place": "Dadukou", "capacity_kwp": 1003, "annual_kwh": 0.0753e6}, "inconsistent", "yield-impossible"),
        ({"place": "Lhasa, Tibet", "capacity_kwp": 1003, "annual_kwh": 1.85e6}, "consistent", "yield-plausible"),
        ({"capacity_kwp": 1003, "annual_kwh": 9.53e6}, "inconsistent", "yield-impossible"),
        ({"place": "重庆", "panels": 8123, "annual_kwh": 26.1e6}, "inconsistent", "panel-power-needed"),
        ({"place": "重庆", "panels": 8123, "annual_kwh": 0.261e6}, "inconsistent", "panel-power-needed"),
        ({"date": "2013-05-01", "panels": 1003, "panel_wp": 620}, "inconsistent", "panel-power-impossible"),
        ({"date": "2024-05-01", "panels": 1003, "panel_wp": 620}, "consistent", "nothing-to-check"),
        ({"capacity_kwp": 1600, "area_m2": 8000}, "consistent", "nothing-to-check"),
        ({"capacity_kwp": 1600, "area_m2": 5000}, "doubtful", "area-too-small"),
        ({"capacity_kwp": 1600, "area_m2": 2500}, "inconsistent", "area-too-small"),
        ({"capacity_kwp": 1600, "quote": "利用屋顶2500平方米,装机1.6兆瓦"}, "inconsistent", "area-too-small"),
        ({"panels": 8123, "area_m2": 50000, "quote": "5万平方米光伏组件"}, "doubtful", "area-against-panels"),
        ({"panels": 8123, "area_m2": 50000, "quote": "屋顶面积5万平方米"}, "consistent", "nothing-to-check"),
    ],
)
def test_what_place_and_date_allow(claim, verdict, code):
    found = pvsim.audit(claim)
    assert found.verdict == verdict, found.findings
    assert code in codes(found)


@pytest.mark.parametrize(
    ("what", "kwh", "verdict"),
    [
        ("output of July 2024", 124e3, "consistent"),
        ("output of December 2023", 124e3, "inconsistent"),
        ("output of December 2023", 24.3e3, "consistent"),
        ("output", 124e3, "consistent"),  # some month: the brightest could
        ("output", 243e3, "inconsistent"),
    ],
)
def test_a_month_is_held_against_itself_and_never_annualised(what, kwh, verdict):
    claim = {"place": "Banan", "capacity_kwp": 1003, "total_kwh": kwh, "basis_years": 1 / 12, "what": what}
    found = pvsim.audit(claim | {"lifetime_or_annual": "cumulative"})
    assert found.implied["kwh_per_kwp"] is None
    assert found.verdict == verdict, found.findings


def test_winters_of_the_north_are_darker_than_their_summers():
    month = {"province": "Hebei", "capacity_kwp": 1003, "total_kwh": 157e3, "basis_years": 1 / 12}
    assert pvsim.audit(month | {"what": "May 2023"}).verdict == "consistent"
    assert pvsim.audit(month | {"what": "December 2023"}).verdict != "consistent"


@pytest.mark.parametrize(
    ("text", "place", "verdict", "months"),
    [
        # no month is named by "decreasing", "market" or "may"
        ("The 10 MW roof generated 1.2 million kWh in one month, decreasing emissions by 900 t of CO2 and may sell on "
         "the market", "Chongqing", "consistent", "brightest 1 months"),
        ("L'impianto da 1,5 MW ha prodotto 600 MWh da gennaio a marzo 2024", "Nanjing", "doubtful", "Jan, Feb, Mar"),
        ("12兆瓦光伏电站2024年1-3月发电150万千瓦时", "成都", "consistent", "Jan, Feb, Mar"),
        ("上半年1兆瓦光伏电站累计发电400万度", "武汉", "inconsistent", "Jan, Feb, Mar, Apr, May, Jun"),
        ("1兆瓦光伏电站从2023年11月至2024年2月累计发电18万度", "武汉", "consistent", "Nov, Dec, Jan, Feb"),
        ("10 MW of solar panels made 4,000 kWh in July 2024", "Chongqing", "inconsistent", "Jul"),
    ],
)  # fmt: skip
def test_months_are_those_that_the_text_names(text, place, verdict, months):
    found = pvsim.audit(text, place=place)
    said = {f["code"]: f["message"] for f in found.findings}
    assert any(months in said.get(code, "") for code in ("months-plausible", "months-high", "months-impossible"))
    assert found.verdict == verdict, found.findings


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        # the brightest part of a wide province may have it; without a place so may Tibet
        ({"place": "Panzhihua", "capacity_kwp": 1003, "annual_kwh": 1.41e6}, "consistent"),
        ({"capacity_kwp": 1003, "annual_kwh": 1.75e6, "kind": "rooftop"}, "consistent"),
        ({"province": "Hubei", "capacity_kwp": 1003, "annual_kwh": 1.303e6}, "doubtful"),
    ],
)
def test_a_province_is_as_bright_as_its_brightest_part(claim, verdict):
    assert pvsim.audit(claim).verdict == verdict


def test_the_place_picks_the_factors_too():
    text = "8000 panels, 2.6 million kWh a year, 930 tce"
    assert "co2-average-chongqing-2023" in [r["factor_id"] for r in pvsim.audit(text, place="Dadukou").missing_co2]
    found = pvsim.audit("2.6 million kWh a year, 1,451 t of CO2", place="Chengdu")
    assert found.conventions["co2"][0] != "co2-average-chongqing-2023"
    assert "place-unknown" in codes(pvsim.audit("1 TWh a year from 1 GW in Dubai"))


def test_tonnes_of_a_year_beside_the_energy_of_a_life():
    text = "The 20 MW plant will generate 450 million kWh over 25 years, saving {} tonnes of standard coal per year"
    assert "coal-press-0.305" in pvsim.audit(text.format("5,490")).conventions["coal"]
    assert pvsim.audit(text.format("5,490,000")).verdict == "inconsistent"


# --- slips


@pytest.mark.parametrize(
    ("claim", "code", "said"),
    [
        ({"annual_kwh": 2.6e6, "tce": 0.93}, "thousand", "930 t of coal instead of 0.93"),
        ({"capacity_kwp": 20003, "area_m2": 20000}, "factor-of-ten", "200,000 m2 instead of 20,000"),
        ({"panels": 5003, "panel_wp": 550, "capacity_kwp": 27516}, "factor-of-ten", "2,751.6 kWp instead of 27,516"),
        ({"annual_kwh": 1.4e7, "capacity_kwp": 10003, "place": "Dadukou"}, None, ""),
        ({"annual_kwh": 1.003e7, "tce": 3009, "co2_t": 11033}, None, ""),
    ],
)
def test_slips_are_named_where_one_change_explains_all(claim, code, said):
    found = {f["code"]: f["message"] for f in pvsim.audit(claim).findings}
    if code is None:
        assert not set(found) & {"factor-of-ten", "ten-thousand", "thousand", "hundred", "lifetime-against-annual"}
    else:
        assert said in found[code]


# --- what the pollutants, the labels and the totals say


@pytest.mark.parametrize(
    ("claim", "code", "severity"),
    [
        ({"annual_kwh": 1.23e6, "tce": 615}, "raw-coal", "doubt"),
        ({"annual_kwh": 1.23e6, "tce": 442.8, "co2_t": 1623}, "co2-above-carbon", "error"),
        ({"annual_kwh": 1.23e6, "tce": 1226.3, "co2_t": 442.8}, "swapped-labels", "error"),
        ({"annual_kwh": 1.23e6, "tce": 442.8, "co2_t": 301.1}, "co2-is-carbon", "doubt"),
        ({"annual_kwh": 1.23e6, "tce": 442.8, "dust_t": 512.3}, "dust-above-coal", "error"),
        ({"annual_kwh": 1.23e6, "co2_t": 1226.3, "dust_t": 412.3}, "dust-above-carbon", "error"),
        ({"annual_kwh": 1.23e6, "co2_t": 1226.3, "dust_t": 334.6}, "dust-counted-twice", "doubt"),
        ({"annual_kwh": 1.23e6, "so2_t": 36.9, "nox_t": 18.45}, "pollutants-of-another-era", "doubt"),
        ({"annual_kwh": 1.23e6, "so2_t": 1.23, "date": "2010"}, "pollutants-of-another-era", "note"),
        ({"annual_kwh": 1.23e6, "so2_t": 1.23, "date": "2024"}, "pollutants-of-another-era", "doubt"),
        ({"annual_kwh": 1.23e6, "so2_t": 0.101, "date": "2024"}, None, ""),
        ({"annual_kwh": 1.23e6, "tce": 151.2, "co2_t": 686.5}, "unlike-kinds", "note"),
        ({"annual_kwh": 1.23e6, "tce": 369.9, "co2_t": 304.1}, "unlike-kinds", "note"),
        ({"annual_kwh": 1.23e6, "total_kwh": 3.07e6, "basis_years": 25}, "lifetime-against-annual", "error"),
        ({"annual_kwh": 1.23e6, "raw_coal_t": 615}, "raw-coal-convention", "note"),
        ({"annual_kwh": 1e7, "tce": 4270}, "raw-coal", "doubt"),
        ({"tce": 5000, "co2_t": 18333}, "co2-above-carbon", "error"),
        ({"annual_kwh": 9568500, "raw_coal_t": 2582.56, "co2_t": 7073}, "raw-coal-label", "doubt"),
        ({"annual_kwh": 1.23e6, "capacity_kwp": 1250, "quote": "1250 kVA"}, "capacity-in-kva", "note"),
    ],
)
def test_what_the_arithmetic_finds(claim, code, severity):
    found = {f["code"]: f["severity"] for f in pvsim.audit(claim).findings}
    if code is None:
        assert "pollutants-of-another-era" not in found
    else:
        assert found.get(code) == severity, found


@given(st.integers(50, 999))
def test_a_tenth_digit_is_no_rounding(tens):
    """A figure that was divided to try a slip keeps the rounding of what was printed."""
    claim = {"annual_kwh": 2.6e6, "tce": 930, "co2_t": 10 * tens, "place": "Dadukou", "lifetime_or_annual": "annual"}
    assert pvsim.audit(claim).verdict in SEVERITY


@pytest.mark.parametrize("years", [20, 25, 30])
def test_co2_of_a_life_beside_the_kwh_of_a_year(years):
    found = pvsim.audit({"annual_kwh": 2.6e6, "tce": 930, "co2_t": 2592 * years})
    assert found.verdict == "inconsistent"
    # 20 years of 0.997 are 25 years of 0.785: within the rounding either is right
    assert any("years beside" in f["message"] for f in found.findings)


def test_three_tonnages_recover_the_kwh_that_were_not_printed():
    kwh = 16.07e6
    found = pvsim.audit({"tce": kwh * 0.328e-3, "co2_t": kwh * 0.997e-3, "dust_t": kwh * 0.272e-3})
    assert found.recovered.kwh[1] == pytest.approx(kwh, rel=0.01)
    assert found.recovered.factor_ids == ("coal-press-0.328", "co2-press-0.997", "dust-press")
    assert found.conventions["coal"] == []  # no interval of its own
    assert pvsim.audit({"tce": 5271, "co2_t": 16022}).recovered is None  # two would fit anything


def test_a_factor_that_a_text_gives_the_wrong_year_is_named():
    text = "With the grid factor of 0.5366 kgCO2/kWh of 2021 the 2.6 GWh a year avoid 1,395 t of CO2."
    said = {f["code"]: f["message"] for f in pvsim.audit(text).findings}
    assert "co2-average-cn-2022" in said["mislabelled-factor"]
    right = text.replace("0.5366", "0.5568").replace("1,395", "1,448")
    assert "mislabelled-factor" not in codes(pvsim.audit(right))


# --- what may be audited


def test_a_scenario_brings_its_place_and_date():
    scenario = pvsim.load(HERE.parents[1] / "scenarios/hikvision_jianqiao.toml")
    found = pvsim.audit(scenario)
    assert found.verdict == "consistent"
    assert "Shapingba" in found.expected.name
    with pytest.raises(UsageError, match=r"no \[claim\] to audit"):
        pvsim.audit(pvsim.load(HERE.parents[1] / "scenarios/own_roof.toml"))


@pytest.mark.parametrize("claim", [{}, {"basis_years": 25}, {"panels": " ", "id": "x"}])
def test_a_claim_without_figures_is_refused(claim):
    with pytest.raises(UsageError, match="nothing to audit"):
        pvsim.audit(claim)


@pytest.mark.parametrize("words", [{"lifetime_or_annual": "weekly"}, {"over": "foo"}])
def test_words_that_mean_nothing_are_refused(words):
    with pytest.raises(UsageError, match="allowed: "):
        pvsim.audit(HIKVISION | words)


def test_large_modules_are_modules():
    found = pvsim.audit("5,000 modules of 1,200 W, 6 MW")
    assert found.claim["panel_wp"] == 1200
    assert found.claim["capacity_kwp"] == 6000


def test_a_place_that_is_not_on_file_is_refused():
    with pytest.raises(UsageError, match="place 'Atlantis' is not on file"):
        pvsim.audit(HIKVISION, place="Atlantis")
    assert "Chengdu" in pvsim.audit(HIKVISION, place="Chengdu").expected.name


@pytest.mark.parametrize("value", ["many", "nan", "-3", "inf", "0", "1e-320", 1e300, True, [1, 2]])
def test_a_figure_that_is_none_is_refused(value):
    with pytest.raises(PvsimError, match=r"claim\.annual_kwh"):
        pvsim.audit({"annual_kwh": value})
