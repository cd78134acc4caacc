"""The gazetteer: its rows are where they should be, and texts are read as a reader would."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.impact.regions import PROVINCES
from pvsim.weather import places as gazetteer
from pvsim.weather.places import Place, find_place, places

# South, north, west and east ends of each province, rounded outwards.
BOXES = {
    "Anhui": (29.3, 34.7, 114.8, 119.7), "Beijing": (39.4, 41.1, 115.4, 117.6), "Chongqing": (28.1, 32.3, 105.2, 110.3),
    "Fujian": (23.5, 28.4, 115.8, 120.8), "Gansu": (32.5, 42.9, 92.2, 108.8), "Guangdong": (20.1, 25.6, 109.6, 117.4),
    "Guangxi": (20.8, 26.5, 104.4, 112.1), "Guizhou": (24.6, 29.3, 103.5, 109.7), "Hainan": (3.8, 20.3, 108.5, 117.9),
    "Hebei": (36.0, 42.7, 113.4, 119.9), "Heilongjiang": (43.3, 53.6, 121.1, 135.2),
    "Henan": (31.3, 36.4, 110.3, 116.7), "Hubei": (29.0, 33.4, 108.3, 116.2), "Hunan": (24.6, 30.2, 108.7, 114.3),
    "Inner Mongolia": (37.4, 53.4, 97.1, 126.1), "Jiangsu": (30.7, 35.2, 116.3, 122.0),
    "Jiangxi": (24.4, 30.2, 113.5, 118.5), "Jilin": (40.8, 46.4, 121.6, 131.4), "Liaoning": (38.7, 43.5, 118.8, 125.8),
    "Ningxia": (35.2, 39.4, 104.2, 107.7), "Qinghai": (31.5, 39.3, 89.4, 103.1), "Shaanxi": (31.7, 39.6, 105.4, 111.3),
    "Shandong": (34.3, 38.5, 114.7, 122.8), "Shanghai": (30.6, 31.9, 120.8, 122.3),
    "Shanxi": (34.5, 40.8, 110.2, 114.6), "Sichuan": (26.0, 34.4, 97.3, 108.6), "Tianjin": (38.5, 40.3, 116.7, 118.1),
    "Tibet": (26.8, 36.6, 78.3, 99.2), "Xinjiang": (34.3, 49.2, 73.4, 96.5), "Yunnan": (21.1, 29.3, 97.5, 106.2),
    "Zhejiang": (27.0, 31.2, 118.0, 123.2),
}  # fmt: skip
STATIONS = json.loads((files("pvsim") / "data" / "climate" / "index.json").read_text(encoding="utf-8"))["stations"]


# --- the rows -----------------------------------------------------------------------------------------------


def test_provinces_are_those_of_the_factors():
    assert {p.province: p.chinese for p in places() if p.kind == "province"} == PROVINCES
    assert {p.province for p in places()} == set(PROVINCES) == set(BOXES)
    placed = {p.name for p in places() if p.kind == "province" and p.latitude is not None}
    assert placed == {"Beijing", "Chongqing", "Shanghai", "Tianjin"}


@pytest.mark.parametrize("province", BOXES)
def test_every_place_lies_in_its_province(province):
    south, north, west, east = BOXES[province]
    for place in (p for p in places() if p.province == province and p.kind != "province"):
        assert south <= place.latitude <= north and west <= place.longitude <= east, place


def test_counts():
    """333 prefectures, and six cities, counties and districts that stand directly under a province."""
    kinds = Counter(p.kind for p in places())
    assert kinds["province"] == 31 and kinds["city"] == 333 + 6
    chongqing = {p.chinese for p in places() if p.province == "Chongqing" and p.kind == "district"}
    assert len(chongqing - {"两江新区", "建桥"}) == 38 and {"两江新区", "建桥"} <= chongqing


def test_names_are_unique_in_a_province_and_chinese_ones_everywhere():
    assert max(Counter((p.province, p.name, p.kind) for p in places()).values()) == 1
    assert max(Counter(p.chinese for p in places()).values()) == 1


def test_every_row_says_that_it_is_general_knowledge():
    text = (files("pvsim") / "data" / "places.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines()[1:]]
    assert {row[5] for row in rows} == {"U"}
    assert {row[6] for row in rows} == set(gazetteer.KINDS)


@pytest.mark.parametrize("station", STATIONS, ids=lambda s: s["name"])
def test_stations_are_found_near_where_they_stand(station):
    place = find_place(station["name"])
    assert place.province == station["province"]
    assert place.latitude == pytest.approx(station["latitude"], abs=0.2)
    assert place.longitude == pytest.approx(station["longitude"], abs=0.3)


def test_tables_name_places_that_exist():
    chinese = {p.chinese for p in places()}
    assert gazetteer._WORDS | set(gazetteer._NOT_BEFORE) | set(gazetteer._NOT_AFTER) <= chinese
    assert {p.name for p in places()} >= gazetteer._COMMON
    assert set(gazetteer._SUFFIX) == set(gazetteer.KINDS) - {"province"}
    letters = Counter(p.name.lower() for p in places() if p.kind == "city")
    assert {name for name, count in letters.items() if count > 1} == set(gazetteer.DEFAULT_PROVINCE)
    assert len(gazetteer._TRADITIONAL) == len(gazetteer._SIMPLIFIED) == len(set(gazetteer._TRADITIONAL))


# --- texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "province"),
    [
        ("Beibei, Chongqing", "Beibei", "Chongqing"),
        ("杭州某厂", "Hangzhou", "Zhejiang"),
        ("Jintang, Chengdu", "Jintang", "Sichuan"),
        ("Jianqiao Park, Dadukou", "Jianqiao", "Chongqing"),
        ("大渡口建桥工业园", "Dadukou", "Chongqing"),
        ("重慶市九龍坡區", "Jiulongpo", "Chongqing"),
        ("重庆某屋顶", "Chongqing", "Chongqing"),
        ("Liangjiang New Area", "Liangjiang New Area", "Chongqing"),
        ("the Hangzhou company's plant in Dadukou", "Dadukou", "Chongqing"),
        ("Zhong County", "Zhongxian", "Chongqing"),
        ("四川省内江市", "Neijiang", "Sichuan"),
        ("Xian", "Xi'an", "Shaanxi"),
        ("XI\u2019AN", "Xi'an", "Shaanxi"),
        ("Xi an", "Xi'an", "Shaanxi"),
        ("MAANSHAN steel", "Ma'anshan", "Anhui"),
        ("Ma An Shan", "Ma'anshan", "Anhui"),
        ("Hang Zhou", "Hangzhou", "Zhejiang"),
        ("Zhao Qing of Wuhan", "Wuhan", "Hubei"),
        ("Ürümqi", "Urumqi", "Xinjiang"),
        ("Lüliang", "Luliang", "Shanxi"),
        ("Hulun Buir", "Hulunbuir", "Inner Mongolia"),
        ("Xizang", "Tibet", "Tibet"),
        ("內蒙古包頭", "Baotou", "Inner Mongolia"),
    ],
)
def test_a_text_is_read(text, name, province):
    found = find_place(text)
    assert (found.name, found.province) == (name, province)


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("Suzhou", "苏州"), ("Suzhou, Anhui", "宿州"), ("安徽 Suzhou", "宿州"), ("宿州", "宿州"),
        ("Taizhou", "台州"), ("Taizhou in Jiangsu", "泰州"), ("Yichun (Heilongjiang)", "伊春"), ("Yichun", "宜春"),
        ("Fuzhou", "福州"), ("Jiangxi's Fuzhou", "抚州"), ("Yulin", "榆林"), ("Guangxi Yulin", "玉林"),
        ("Wuxi", "无锡"), ("Wuxi, Chongqing", "巫溪"), ("Wuxi County", "巫溪"),
        ("Qianjiang", "潜江"), ("Qianjiang District, Chongqing", "黔江"),
        ("Henan", "河南"), ("Hunan", "湖南"), ("Shanxi", "山西"), ("Shaanxi", "陕西"),
        ("Hebei", "河北"), ("Hubei", "湖北"),
        ("Jilin", "吉林"), ("Jilin City", "吉林市"), ("吉林省", "吉林"), ("吉林市", "吉林市"), ("吉林市场", "吉林"),
        ("Hainan", "海南"), ("青海省海南州", "海南州"), ("Chaoyang, Beijing", "北京"), ("北京市朝阳区", "北京"),
        ("朝阳市", "朝阳"), ("Chaoyang", "朝阳"),
        ("Jiangbei", "江北"), ("Jiangbei, Ningbo", "宁波"), ("南京江北新区", "南京"), ("Nan'an, Chongqing", "南岸"),
        ("浙江西部", "浙江"), ("国内江苏", "江苏"), ("西宁夏季", "西宁"), ("上海南部", "上海"), ("陕西安康", "安康"),
        ("山东日照", "日照"), ("日照市", "日照"), ("大同", "大同"), ("江北, 重庆", "江北"), ("重庆长寿", "长寿"),
        ("中国德州", "德州"), ("上海 南京路", "上海"), ("Nanjing Road, Shanghai", "上海"),
    ],
)  # fmt: skip
def test_namesakes_and_words_that_meet(text, chinese):
    assert find_place(text).chinese == chinese


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "Central", "a ban an import", "Hong he said", "Jian Li", "Suzhouesque", "x2Suzhou", "photovoltaic",
        "日照充足", "年日照时数 1200 小时", "长寿命组件", "最大连续功率", "确保定期维护", "白银价格", "各位来宾",
        "阿里巴巴", "人造大理石", "经济南北", "美国德州", "强大足以", "平安顺利", "扩大同比", "Nanjing Road",
        "中山大学", "修建桥梁",
    ],
)  # fmt: skip
def test_nothing_is_read_into_a_text(text):
    assert find_place(text) is None


# --- properties ---------------------------------------------------------------------------------------------

ANY = st.sampled_from(places())
NOISE = st.sampled_from(["", "a factory in ", "8,000 panels; ", "某厂 ", "2.6 GWh, "])


@given(ANY, NOISE, st.sampled_from([str, str.upper, str.lower]))
def test_a_name_with_its_province_is_found(place: Place, noise: str, case):
    assert find_place(f"{noise}{case(place.name)}, {place.province}") == place


@given(ANY, st.sampled_from(["", "'", "\u2019", " "]))
def test_apostrophes_do_not_count(place: Place, mark: str):
    if place.name != "Ji'an" or mark:
        assert find_place(f"{place.name.replace(chr(39), mark)} {place.province}") == place


@given(ANY, NOISE)
def test_a_chinese_name_is_found(place: Place, noise: str):
    assert find_place(place.chinese) == place
    province = PROVINCES[place.province]
    assert find_place(f"{noise}{province}{place.chinese if place.chinese != province else ''}") == place


@given(ANY)
def test_traditional_characters_read_the_same(place: Place):
    back = str.maketrans(gazetteer._SIMPLIFIED, gazetteer._TRADITIONAL)
    assert find_place(place.chinese.translate(back)) == place


@given(ANY, st.sampled_from(["x", "q", "7", "_"]))
def test_a_name_inside_a_word_is_none(place: Place, letter: str):
    word = place.name.replace(" ", "").replace("'", "")
    assert find_place(f"{letter}{word}") is None and find_place(f"{word}{letter}") is None


@given(ANY, ANY)
def test_the_more_specific_wins(one: Place, other: Place):
    found = find_place(f"{one.name} {one.province}; {other.name} {other.province}")
    ranks = [gazetteer.KINDS.index(p.kind) for p in (one, other)]
    assert gazetteer.KINDS.index(found.kind) == min(ranks)


@given(st.text(max_size=300))
def test_any_text_is_answered(text: str):
    assert find_place(text) is None or find_place(text) in places()


def test_finding_is_quick():
    text = "The factory in Jianqiao Park, Dadukou District, Chongqing has 8,000 panels; 杭州某厂另有八千余块。" * 3
    find_place(text)
    rounds = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(20):
            find_place(text)
        rounds.append((time.perf_counter() - start) / 20)
    assert min(rounds) < 1e-3


def test_it_needs_no_heavy_package():
    code = (
        "import sys; from pvsim.weather.places import find_place; assert find_place('Beibei'); "
        "assert not {'numpy', 'pandas', 'pvlib', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
