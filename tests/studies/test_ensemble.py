"""The same roof under several sources: each with its energy or the reason why not, and the spread."""

from __future__ import annotations

import shutil

import pytest
from cases import scenario, shared_weather, write_epw

import pvsim
from pvsim.errors import ScenarioError
from pvsim.report.text import summary
from pvsim.studies.ensemble import Member, member_of, spread

TMYX = "CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw"
CSWD = "CHN_CQ_Chongqing.Shapingba.575160_CSWD.epw"
REJECT = "CHN_CQ_Chongqing.575160_TMYx.2004-2018.epw"
SITE = {"latitude": 29.58, "longitude": 106.46}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("sources")
    for name in (TMYX, CSWD, REJECT):
        shutil.copy(shared_weather(name), where)
    return where


def test_published_sources_of_one_city_part_as_they_are_known_to(folder):
    sources = ["climate", CSWD, TMYX, f"{TMYX}@climate", REJECT, f"{REJECT}@climate"]
    result = pvsim.simulate(scenario(site=SITE, folder=folder, weather={"ensemble": sources}))
    found = {m.name: m for m in result.members}
    assert list(found) == sources
    assert found["climate"].annual_kwh == pytest.approx(result.annual_kwh, rel=1e-12)
    assert found[CSWD].ghi_kwh_per_m2 == pytest.approx(848, abs=1)
    assert 1.2 < found[TMYX].annual_kwh / result.annual_kwh < 1.35
    assert found[f"{TMYX}@climate"].annual_kwh == pytest.approx(result.annual_kwh, rel=0.02)
    assert found[f"{TMYX}@climate"].ghi_kwh_per_m2 == pytest.approx(934, abs=2)
    assert found[REJECT].annual_kwh is None and "neither level nor shape" in found[REJECT].refused
    document = result.to_dict()["ensemble"]
    used = [m.annual_kwh for m in result.members if m.annual_kwh is not None]
    assert document["spread"]["lowest_kwh"] == min(used) and document["spread"]["highest_kwh"] == max(used)
    assert document["spread"]["mean_kwh"] == pytest.approx(sum(used) / len(used))
    said = summary(result.to_dict())
    assert f"{TMYX}@climate" in said and "refused, " in said and "standard deviation" in said


def test_one_source_has_no_spread(tmp_path):
    assert spread([]) is None
    assert spread([Member("a", None, None, None, "why")]) is None
    one = spread([Member("a", "x", 934.0, 100.0)])
    assert (one.lowest_kwh, one.highest_kwh, one.sigma_percent) == (100.0, 100.0, None)
    two = spread([Member("a", "x", 934.0, 90.0), Member("b", "y", 900.0, 110.0)])
    assert two.mean_kwh == 100 and two.sigma_percent == pytest.approx(100 * 20 / 2**0.5 / 100)


def test_names_of_members():
    assert member_of("climate") == (None, "source")
    assert member_of("a.epw") == ("a.epw", "source")
    assert member_of("sub/a.epw@climate") == ("sub/a.epw", "climate")


def test_members_lie_in_the_folder_of_the_scenario(tmp_path):
    made = scenario(folder=tmp_path, weather={"ensemble": ["climate", "../other.epw"]})
    with pytest.raises(ScenarioError, match=r"weather\.ensemble\[1\].*outside of the scenario's folder"):
        pvsim.simulate(made)
    with pytest.raises(ScenarioError, match="is an address"):
        pvsim.simulate(scenario(folder=tmp_path, weather={"ensemble": ["https://example.org/a.epw"]}))


def test_a_member_that_is_not_there_says_so_and_the_others_run(tmp_path):
    year = pvsim.simulate(scenario()).weather
    write_epw(tmp_path / "year.epw", year)
    made = scenario(folder=tmp_path, weather={"ensemble": ["nowhere.epw", "year.epw"]})
    gone, there = pvsim.simulate(made).members
    assert gone.annual_kwh is None and "No such file" in gone.refused
    assert there.annual_kwh == pytest.approx(pvsim.simulate(scenario()).annual_kwh, rel=1e-5)


def test_a_source_with_gaps_is_said_and_left_out_of_the_spread(tmp_path):
    year = pvsim.simulate(scenario()).weather
    ghi = year.ghi.copy()
    ghi[4000:4600] = 9999
    write_epw(tmp_path / "gaps.epw", year, ghi=ghi)
    result = pvsim.simulate(scenario(folder=tmp_path, weather={"ensemble": ["climate", "gaps.epw"]}))
    gaps = result.members[1]
    assert gaps.coverage_fraction < 0.96 and any("partial sum" in w for w in gaps.warnings)
    assert result.to_dict()["ensemble"]["spread"]["lowest_kwh"] == pytest.approx(result.annual_kwh, rel=1e-12)
    assert "a partial sum" in summary(result.to_dict())


def test_without_an_ensemble_there_is_no_block():
    assert "ensemble" not in pvsim.simulate(scenario()).to_dict()
