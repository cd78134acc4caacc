"""Published sentences in three languages become claims, and no number is lost."""

import csv
import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studies.sentences import FUHUANG, HIKVISION, SENTENCES

from pvsim.errors import UsageError
from pvsim.scenario.budget import Claim
from pvsim.studies.sentence import LONGEST_TEXT, read_claim

CLAIMS = Path(__file__).resolve().parents[3] / "shared" / "claims" / "claims.csv"
COLUMNS = (
    *("panels", "panel_wp", "capacity_kwp", "annual_kwh", "total_kwh", "basis_years"),
    *("tce", "co2_t", "so2_t", "nox_t", "dust_t"),
)
EXTRA = ("saved_kwh", "raw_coal_t", "lifetime_or_annual", "over", "nearly")
# What the quote does not print, or prints in a way that cannot be read, and the row took from elsewhere.
DIFFER = {
    "CQ02": "the 25 years are not in the quote, so the energy reads as that of a year",
    "ZJ03": "the months are not in the quote, so the energy reads as that of a year",
    "JS05": "Japanese",
    "SD02": "Japanese",
    "GS02": "digits run together with footnote marks",
}


def claim_of(text):
    claim = dict(read_claim(text).claim)
    assert claim.pop("quote") == text
    return claim


@pytest.mark.parametrize(("text", "columns"), SENTENCES, ids=[text[:50] for text, _ in SENTENCES])
def test_press(text, columns):
    claim = claim_of(text)
    said = {k: v for k, v in claim.items() if k in COLUMNS + EXTRA or k in columns}
    asked = ("over", "nearly")  # compared where the table names them
    assert {k: v for k, v in said.items() if k not in asked or k in columns} == columns


def unseen():
    with (Path(__file__).parent / "unseen_sentences.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# What these sentences say and the reader does not take: the span of single days, a life named for a yearly mean,
# and a number of two words that no other text has ("1,344 milioni 700mila")
UNSEEN_APART = {"zh07", "it05", "it06"}


@pytest.mark.parametrize("row", unseen(), ids=lambda row: row["id"])
def test_sentences_that_the_rules_were_not_written_with(row):
    """Figures as another reader took them; the area was not asked of that reader."""
    asked = json.loads(row["expected"])
    claim = {k: v for k, v in claim_of(row["text"]).items() if k in COLUMNS + EXTRA}
    found = {k: v for k, v in claim.items() if k in asked or k not in ("over", "nearly", "lifetime_or_annual")}
    agrees = found == pytest.approx(asked) if all(isinstance(v, float | int) for v in asked.values()) else all(
        found.get(k) == (pytest.approx(v) if isinstance(v, float | int) else v) for k, v in asked.items()
    ) and set(found) <= set(asked)  # fmt: skip
    assert agrees != (row["id"] in UNSEEN_APART), (found, asked)


def test_the_table_is_long_enough():
    assert len(SENTENCES) >= 60


@pytest.mark.parametrize("group", [HIKVISION, FUHUANG], ids=["generated", "saved"])
def test_three_languages_are_one_claim(group):
    first, *others = [claim_of(text) for text in group]
    for text, other in zip(group[1:], others, strict=True):
        assert other == first, text


def rows():
    if not CLAIMS.exists():
        return []
    with CLAIMS.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["quote"]]


def test_quotes_agree_with_their_rows():
    if not CLAIMS.exists():
        pytest.skip("claims.csv is not at hand: the optional folder ../shared is absent")
    agree = 0
    for row in rows():
        if row["id"] in DIFFER:
            continue
        claim = read_claim(row["quote"]).claim
        for name in set(COLUMNS) & set(claim):
            assert claim[name] == pytest.approx(float(row[name])), (row["id"], name)
            agree += 1
    assert agree >= 110


def test_a_claim_fits_the_scenario():
    for text, _ in SENTENCES:
        claim = {k: v for k, v in read_claim(text).claim.items() if k not in ("over", "nearly", "raw_coal_t")}
        Claim(**claim)


# --- numbers and units -------------------------------------------------------------------------------------

ENGLISH = {"": 0, " thousand": 3, " million": 6, " billion": 9}
ITALIAN = {"": 0, " mila": 3, " milioni di": 6, " miliardi di": 9}
CHINESE = {"": 0, "万": 4, "亿": 8, "千万": 7, "百万": 6}
UNITS = {"kWh": 0, "MWh": 3, "GWh": 6}


def grouped(digits, decimals, group, point):
    whole, fraction = divmod(digits, 10**decimals)
    return f"{whole:,}".replace(",", group) + (f"{point}{fraction:0{decimals}d}" if decimals else "")


@given(
    digits=st.integers(min_value=1, max_value=10**7),
    decimals=st.integers(min_value=0, max_value=4),
    unit=st.sampled_from(list(UNITS)),
    language=st.sampled_from(["en", "it", "zh"]),
    data=st.data(),
)
def test_a_number_in_the_habit_of_its_language_reads_back(digits, decimals, unit, language, data):
    scales = {"en": ENGLISH, "it": ITALIAN, "zh": CHINESE}[language]
    scale = data.draw(st.sampled_from(list(scales)))
    exponent = scales[scale] + UNITS[unit] - decimals
    if digits * 10.0**exponent > 1e15 or digits * 10.0**exponent == 1.0:
        return
    if language == "en":
        text = f"The plant generates {grouped(digits, decimals, ',', '.')}{scale} {unit} a year."
    elif language == "it":
        text = f"L'impianto produce {grouped(digits, decimals, '.', ',')}{scale} {unit} all'anno."
    else:
        unit_zh = {"kWh": "千瓦时", "MWh": "兆瓦时", "GWh": "吉瓦时"}[unit]
        text = f"年发电量约{grouped(digits, decimals, data.draw(st.sampled_from(['', ','])), '.')}{scale}{unit_zh}。"
    assert read_claim(text).claim["annual_kwh"] == float(f"{digits}e{exponent}")


@given(st.integers(min_value=1, max_value=9999), st.sampled_from(["", "万", "亿"]))
def test_chinese_numerals_read_back(number, scale):
    numeral = ""
    for place, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        if digit:
            numeral += "零一二三四五六七八九"[digit] + name
        elif numeral and not numeral.endswith("零") and number % place:
            numeral += "零"
    claim = read_claim(f"每年节约标准煤{numeral}{scale}吨").claim
    assert claim["tce"] == number * {"": 1, "万": 10**4, "亿": 10**8}[scale]


CLAUSES = {
    "en": ["over 8,000 panels", "2.6 million kWh a year", "930 tonnes of standard coal", "1,500 t of CO2 avoided"],
    "it": [
        "oltre 8.000 pannelli",
        "2,6 milioni di kWh all'anno",
        "930 tonnellate di carbone",
        "1.500 t di CO2 evitate",
    ],
    "zh": ["8000多块光伏板", "年发电量260万千瓦时", "节约标准煤930吨", "减排二氧化碳1500吨"],
}


@given(st.sampled_from(["en", "it", "zh"]).flatmap(lambda lang: st.permutations(CLAUSES[lang])))
def test_the_order_of_clauses_does_not_matter(clauses):
    claim = claim_of(", ".join(clauses))
    expected = {"panels": 8000, "annual_kwh": 2.6e6, "tce": 930, "co2_t": 1500, "over": "panels"}
    assert claim == {**expected, "lifetime_or_annual": "annual"}


PIECES = st.sampled_from(
    ["8,000 panels", "2.6 GWh a year", "930吨", "标准煤", "12.5", "3-4", "in 2023", "7月", "CO2 5 t", "25 anni", "40%",
     "5 km", "¥3",
     "2.600", "1e5 kWh", "三百万千瓦时", "0.4 kg/kWh", "e", "and", ",", ".", ";", "第3期", "99 zork"]
)  # fmt: skip


@given(st.lists(PIECES, min_size=1, max_size=12))
def test_no_digits_are_lost(pieces):
    text = "1 MW; " + " ".join(pieces)
    reading = read_claim(text)
    kept = " ".join([f.text for f in reading.figures] + list(reading.unread))
    for digits in re.findall(r"[0-9]+(?:[.,][0-9]+)*", text.replace("CO2", "CO")):
        assert digits in kept


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text):
    try:
        reading = read_claim(text)
    except UsageError:
        return
    assert reading.claim["quote"] == text


@given(st.text(alphabet="0123456789.,万亿千百十年月日吨度kWhMtCO2² e-+%块余of/()一二三", max_size=60))
def test_any_heap_of_digits_and_units_is_read_or_refused(text):
    test_any_text_is_read_or_refused.hypothesis.inner_test(text)


# --- one by one --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "factors"),
    [
        ("With 0.5568 kgCO2/kWh of 2021 for 2.6 GWh a year", ((0.5568, "kgCO2/kWh", 2021),)),
        ("按每度电0.4千克标准煤计算,年发电260万度", ((0.4, "kgce/kWh", None),)),
        ("每节约1千瓦时电,减排0.997千克二氧化碳", ((0.997, "kgCO2/kWh", None),)),
        ("330 gce/kWh and 0.5703 tCO2/MWh", ((0.33, "kgce/kWh", None), (0.5703, "kgCO2/kWh", None))),
        ("0,5568 kg di CO2 per kWh per l'anno 2021, 2,6 GWh all'anno", ((0.5568, "kgCO2/kWh", 2021),)),
    ],
)
def test_factors_are_kept_apart(text, factors):
    reading = read_claim(text)
    assert reading.factors == factors
    assert "tce" not in reading.claim and "co2_t" not in reading.claim


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("930 t of coal a year", "taken as standard coal"),
        ("每年节约原煤2582吨,年发电956万度", "raw coal"),
        ("2.6 GWh a year in phase 1, 3 GWh a year in phase 2", "3 GWh was not used"),
        ("500 kVA, 0.5 GWh a year", "kVA is AC"),
        ("2.6 GWh", "taken as that of a year"),
        ("240 tep, 1,1 GWh all'anno", "oil equivalent"),
        ("年发电量360万千瓦,装机容量3兆瓦", "no energy"),
        ("2.600 kWh", "does not tell"),
        ("2.5-2.6 million kWh a year, 1 MW", "range"),
        ("2,6 million kWh a year from the plant", "decimal sign"),
    ],
)
def test_doubts_are_said(text, note):
    assert any(note in said for said in read_claim(text).notes), read_claim(text).notes


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("a" * (LONGEST_TEXT + 1), "5001 characters"),
        ("The roof cost 5 million yuan.", "found 5 million"),
        ("A green roof", "no number"),
    ],
)
def test_refused(text, why):
    with pytest.raises(UsageError, match=why):
        read_claim(text)


def test_unread_numbers_come_with_their_words():
    (unread,) = read_claim("1 MW and 17 zork of it").unread
    assert "17 zork" in unread


def test_a_text_takes_a_few_milliseconds():
    start = time.perf_counter()
    for text, _ in SENTENCES:
        read_claim(text)
    assert (time.perf_counter() - start) / len(SENTENCES) < 0.02
