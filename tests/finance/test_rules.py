"""What the dated rules mean for one plant, and the largest plant that keeps a floor."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import UsageError
from pvsim.finance.complying import complying_size
from pvsim.finance.policies import policy
from pvsim.finance.rules import income_tax, self_use_floor, surplus_price, three_free_three_half
from pvsim.weather.places import places

FIRST = datetime.date(2025, 8, 4)
BEFORE = FIRST - datetime.timedelta(days=1)
OLD, NEW = datetime.date(2022, 6, 30), datetime.date(2025, 6, 1)
CENTRAL = [
    "Yuzhong", "Dadukou", "Jiangbei", "Shapingba", "Jiulongpo", "Nan'an", "Beibei", "Yubei", "Banan", "Fuling",
    "Changshou", "Jiangjin", "Hechuan", "Yongchuan", "Nanchuan", "Qijiang", "Dazu", "Bishan", "Tongliang", "Tongnan",
    "Rongchang", "Dianjiang",
]  # fmt: skip
ELSEWHERE = [
    "Wanzhou", "Qianjiang", "Kaizhou", "Liangping", "Wulong", "Chengkou", "Fengdu", "Zhongxian", "Yunyang", "Fengjie",
    "Wushan", "Wuxi", "Shizhu", "Xiushan", "Youyang", "Pengshui",
]  # fmt: skip


# --- self-use floor -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("district", [*CENTRAL, "dadukou", "大渡口区", "垫江县", "Liangjiang New Area", "Wansheng"])
def test_the_main_urban_area_has_twenty_percent(district):
    rule = self_use_floor("Chongqing", district, FIRST, 3000)
    assert rule.value_percent == 20
    assert rule.status == "C"  # the list of districts is a second-hand copy
    assert "in the main urban area of 22" in rule.reason and "baike" in rule.source


@pytest.mark.parametrize("district", [*ELSEWHERE, "忠县", "巫溪", "Zhong County"])
def test_elsewhere_it_is_forty(district):
    rule = self_use_floor("Chongqing", district, FIRST, 3000)
    assert rule.value_percent == 40
    assert rule.status == "U"


def test_the_lists_are_all_districts_of_chongqing_once():
    assert (len(CENTRAL), len(ELSEWHERE)) == (22, 16)
    assert not set(CENTRAL) & set(ELSEWHERE)
    known = {p.name for p in places() if p.province == "Chongqing" and p.kind == "district"}
    assert known - set(CENTRAL) - set(ELSEWHERE) == {"Liangjiang New Area", "Jianqiao"}
    listed = policy("main-urban-area-chongqing").scope.split("; ")
    assert listed[:22] == sorted(CENTRAL, key=listed.index) and len(listed) == 26
    assert policy("outside-main-urban-area-chongqing").scope.split("; ") == ELSEWHERE


@pytest.mark.parametrize("district", [None, "", "Atlantis", "Jianqiao", "Hangzhou"])
def test_an_unknown_district_has_no_number_and_says_what_to_give(district):
    rule = self_use_floor("Chongqing", district, FIRST, 3000)
    assert rule.value_percent is None
    assert "20 % in the main urban area, 40 % elsewhere: name the district" in rule.reason


def test_before_the_rule_no_floor_is_known():
    rule = self_use_floor("Chongqing", "Dadukou", BEFORE, 3000)
    assert rule.value_percent is None and "before 2025-08-04" in rule.reason


@pytest.mark.parametrize(
    ("capacity", "voltage", "on", "floor"),
    [
        (6000, 10, FIRST, 20),
        (6000.1, 10, FIRST, 100),
        (3000, 35, FIRST, 100),
        (3000, 34.9, FIRST, 20),
        (3000, None, FIRST, 20),
        (7000, None, datetime.date(2025, 1, 17), 100),
        (7000, 110, datetime.date(2025, 1, 16), None),
    ],
)
def test_large_plants_use_everything_themselves(capacity, voltage, on, floor):
    assert self_use_floor("Chongqing", "Dadukou", on, capacity, voltage).value_percent == floor


def test_large_plants_are_large_everywhere():
    rule = self_use_floor("Hubei", None, FIRST, 9000, 110)
    assert rule.value_percent == 100 and rule.status == "R"
    assert "9,000 kW are more than 6 MW and 110 kV" in rule.reason


def test_other_provinces():
    assert self_use_floor("Jilin", None, FIRST, 3000).value_percent == 80
    rule = self_use_floor("Hubei", None, FIRST, 3000)
    assert (rule.value_percent, rule.source, rule.status) == (None, "", "")
    assert "no self-use floor is known for Hubei" in rule.reason


# --- surplus ------------------------------------------------------------------------------------------------


def test_an_old_plant_has_the_benchmark_for_twenty_years():
    price = surplus_price("Chongqing", OLD)
    assert price.by_year_cny_per_kwh == (0.3964,) * 20 + (0.0,) * 5
    assert price.unpriced_years == (21, 22, 23, 24, 25)
    assert "count 0, as no price is known" in price.reason
    priced = surplus_price("Chongqing", OLD, market_price_cny_per_kwh=0.2)
    assert priced.by_year_cny_per_kwh[19:] == (0.3964, 0.2, 0.2, 0.2, 0.2, 0.2)
    assert priced.unpriced_years == ()
    assert surplus_price("Chongqing", OLD, years=20).unpriced_years == ()


def test_an_old_plant_with_a_share_has_the_market_for_the_rest():
    price = surplus_price("Chongqing", OLD, mechanism_share_percent=80, market_price_cny_per_kwh=0.2)
    assert price.by_year_cny_per_kwh[0] == pytest.approx(0.8 * 0.3964 + 0.2 * 0.2)
    with pytest.raises(UsageError, match="give market_price_cny_per_kwh"):
        surplus_price("Chongqing", OLD, mechanism_share_percent=80)


def test_a_new_plant_needs_its_auction():
    with pytest.raises(UsageError, match="give mechanism_share_percent, mechanism_price_cny_per_kwh, mechanism_years"):
        surplus_price("Chongqing", NEW)
    with pytest.raises(UsageError, match="give market_price_cny_per_kwh "):
        surplus_price("Chongqing", NEW, mechanism_share_percent=80, mechanism_price_cny_per_kwh=0.3, mechanism_years=12)
    price = surplus_price(
        "Chongqing",
        NEW,
        mechanism_share_percent=80,
        mechanism_price_cny_per_kwh=0.3,
        mechanism_years=12,
        market_price_cny_per_kwh=0.2,
    )
    assert price.by_year_cny_per_kwh == pytest.approx([0.28] * 12 + [0.2] * 13)
    assert price.source.startswith("given; ")


def test_surplus_that_nobody_knows_is_asked_for():
    with pytest.raises(UsageError, match=r"no surplus price is known for Hubei.*surplus_price_cny_per_kwh"):
        surplus_price("Hubei", OLD)
    with pytest.raises(UsageError, match="allowed are 0 to 100"):
        surplus_price("Chongqing", OLD, mechanism_share_percent=101, market_price_cny_per_kwh=0.2)


# --- taxes --------------------------------------------------------------------------------------------------


def test_the_tax_holiday_is_for_investors():
    refused, allowed = three_free_three_half("self"), three_free_three_half("investor")
    assert not refused.allowed and "Caishui [2008] 46" in refused.source
    assert allowed.factors == (0, 0, 0, 0.5, 0.5, 0.5) and "contested" in allowed.reason
    with pytest.raises(UsageError, match="valid: self, investor"):
        three_free_three_half("bank")


def test_the_western_rate_only_if_told():
    assert income_tax("Chongqing", NEW).value_percent == 25
    assert "15 % only for an encouraged industry" in income_tax("Chongqing", NEW).reason
    assert income_tax("Chongqing", NEW, encouraged=True).value_percent == 15
    assert income_tax("Hubei", NEW, encouraged=True).value_percent == 25
    assert income_tax("Chongqing", datetime.date(2031, 1, 1), encouraged=True).value_percent == 25


# --- the size that complies ---------------------------------------------------------------------------------


@given(st.floats(100, 5000), st.floats(5, 95))
def test_the_size_of_a_flat_load_is_its_closed_form(load, floor):
    """A load that takes the first kW of a plant and no more: the share is load / size."""
    found = complying_size(lambda size: min(1.0, load / size), floor, largest_kw=1e6)
    assert found.size_kw == pytest.approx(load / (floor / 100), abs=0.2)
    assert found.share_percent >= floor
    assert found.last_step_cny is None


def test_the_last_hundred_kilowatts_are_worth_their_difference():
    found = complying_size(lambda s: min(1.0, 1000 / s), 40, largest_kw=9000, value=lambda s: 1000 * s - 0.1 * s**2)
    s = found.size_kw
    assert s == pytest.approx(2500, abs=0.2)
    assert found.last_step_cny == pytest.approx(1000 * 100 - 0.1 * (s**2 - (s - 100) ** 2))


def test_a_floor_that_never_or_always_holds():
    assert complying_size(lambda s: 0.1, 40, largest_kw=9000) is None
    always = complying_size(lambda s: 0.5, 40, largest_kw=9000)
    assert (always.size_kw, always.share_percent) == (9000, 50)
    small = complying_size(lambda s: 0.5, 40, largest_kw=50, value=lambda s: s)
    assert small.last_step_cny is None


def test_a_share_that_rises_is_refused():
    with pytest.raises(UsageError, match="rises with size"):
        complying_size(lambda s: 0.9 if s == 1 else (0.95 if s < 9000 else 0.1), 40, largest_kw=9000)
    with pytest.raises(UsageError, match="sizes from"):
        complying_size(lambda s: 0.5, 40, smallest_kw=10, largest_kw=5)
