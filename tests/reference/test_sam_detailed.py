"""Named modules and inverters against SAM's detailed model, Pvsamv1: 2 % a year of AC energy in two climates.

First pvlib's ModelChain stands beside SAM, part by part, so that the witness itself is known; then the package, once it
knows modules and inverters by name (``sam_detailed_table.PVSIM_KNOWS_NAMES``). ``README.md`` holds what was measured.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest
from reference import modelchain, sam_detailed, sam_detailed_table
from reference.sam_detailed_table import PLACES, PLANES, SYSTEMS, apart, inverter_of, module_of

pytest.importorskip("PySAM.Pvsamv1", reason="SAM is the second witness: install the bench extra (NREL-PySAM)")
pytestmark = pytest.mark.slow

YEAR = 0.02
cases = pytest.mark.parametrize(
    ("place", "system", "planes"), [(p, s, a) for p in PLACES for s in SYSTEMS for a in PLANES]
)
named_equipment = pytest.mark.skipif(
    not sam_detailed_table.PVSIM_KNOWS_NAMES, reason="modules and inverters cannot be named yet"
)


@functools.cache
def _sam(place: str, system: str, planes: str) -> pd.DataFrame:
    return sam_detailed_table.sam_hours(place, system, planes)


def _chain_on_sams_cells(place: str, system: str, planes: str, other: str | None = None) -> pd.DataFrame:
    """ModelChain behind SAM's cover and heat, with the module of another system where one is named."""
    return modelchain.run_from_cells(
        sam_detailed_table.sam_cells(_sam(place, system, planes), system, planes),
        sam_detailed_table.strings(system, planes),
        module=module_of(other or system),
        inverter=inverter_of(system),
    )


def _warmth(cells: pd.Series, light: pd.Series) -> float:
    return float(np.average(cells.fillna(0), weights=light))


@cases
def test_module_and_inverter_are_pvlibs(place, system, planes):
    """On the same light and heat, single diode and Sandia inverter give the same hours: two libraries, one result."""
    told, found = _sam(place, system, planes), _chain_on_sams_cells(place, system, planes)
    lit = told["p_dc_kw"] > 0
    assert found["p_dc"][lit].sum() / 1000 == pytest.approx(told["p_dc_kw"].sum(), rel=3e-4)
    assert found["p_ac"].sum() / 1000 == pytest.approx(told["p_ac_kw"].sum(), rel=3e-4)
    rating_kw = inverter_of(system)["Paco"] / 1000
    apart_kw = (found["p_ac"] / 1000 - told["p_ac_kw"])[told["p_dc_kw"] > 0.01 * rating_kw]
    assert apart_kw.abs().max() < 2e-3 * rating_kw


def test_another_module_is_noticed():
    told = _sam("Beijing", "multi, 51 kW", "10 S")
    other = _chain_on_sams_cells("Beijing", "multi, 51 kW", "10 S", other="mono PERC, 50 kW")
    assert abs(other["p_ac"].sum() / 1000 / told["p_ac_kw"].sum() - 1) > 0.02


@cases
def test_each_step_before_the_module_parts_no_more_than_its_model_explains(place, system, planes):
    told = _sam(place, system, planes)
    plain = sam_detailed_table.chain_hours(place, system, planes, "physical")
    for n in range(1, len(PLANES[planes]) + 1):
        light = told[f"poa_{n}"]
        assert plain[f"poa_{n}"].sum() == pytest.approx(light.sum(), rel=1e-3)
        transmitted = (light * told[f"cover_{n}"]).sum()
        cover = plain[f"effective_{n}"].sum() / transmitted - 1
        assert -0.025 < cover < -0.01, "Marion's integration of diffuse light takes more than SAM's equivalent angle"
        spectral = sam_detailed.light_on_cells(told, n, module_of(system)).sum() / transmitted
        assert 0.99 < spectral < 1.005
        warmer = _warmth(plain[f"temp_cell_{n}"], plain[f"poa_{n}"]) - _warmth(told[f"temp_cell_{n}"], light)
        assert abs(warmer) < 0.5, "both have the cell temperature by NOCT"


@cases
def test_modelchain_brackets_sam(place, system, planes):
    """ModelChain leaves out the reflection of diffuse light; with it, on coated glass, the year agrees."""
    told = _sam(place, system, planes)["p_ac_kw"]
    bare = sam_detailed_table.chain_hours(place, system, planes, "bare ModelChain")
    coated = sam_detailed_table.chain_hours(place, system, planes, "physical-ar", faiman=True)
    assert 0 < apart(bare["p_ac"] / 1000, told)[0] < 0.025
    assert -YEAR < apart(coated["p_ac"] / 1000, told)[0] < 0


@named_equipment
@cases
def test_year_agrees_with_sam(place, system, planes):
    """The default cover, and the heat model that knows the wind as SAM's does."""
    found = sam_detailed_table.simulated(place, system, planes)
    year, month = apart(found.hourly["p_ac_kw"], _sam(place, system, planes)["p_ac_kw"])
    assert abs(year) < YEAR, f"{year:+.2%} a year, {month:+.1%} in the worst month"


@named_equipment
@pytest.mark.parametrize("planes", ["10 S", "30 S"])
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("place", PLACES)
def test_year_agrees_with_sam_on_our_cell_temperatures(place, system, planes):
    """The default heat model knows no wind, which costs 0.4 % in Beijing: on the same heat the year agrees."""
    found = sam_detailed_table.simulated(place, system, planes, temperature="pvsyst")
    hours = found.hourly
    told = sam_detailed_table.sam_hours(place, system, planes, temp_cell=[hours["temp_cell"].to_numpy()])
    year, _ = apart(hours["p_ac_kw"], told["p_ac_kw"])
    assert abs(year) < YEAR, f"{year:+.2%} a year"


@named_equipment
@pytest.mark.parametrize("iam", ["physical", "physical-ar"])
@cases
def test_year_is_that_of_modelchain(place, system, planes, iam):
    """The same models called by other code; only the inverter's voltage window (5e-6 of the energy) is not in it."""
    found = sam_detailed_table.simulated(place, system, planes, iam=iam)
    told = sam_detailed_table.chain_hours(place, system, planes, iam, faiman=True)
    lit = told["p_dc"] > 0
    assert found.hourly["p_dc_kw"].sum() == pytest.approx(told["p_dc"].sum() / 1000, rel=1e-4)
    assert found.hourly["p_ac_kw"][lit].sum() == pytest.approx(told["p_ac"][lit].sum() / 1000, rel=1e-4)
