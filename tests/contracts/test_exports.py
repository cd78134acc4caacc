"""What the namespace offers, what it costs to ask for little, and that both sides of a table agree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import pvsim
from pvsim.physics import dc, irradiance, thermal
from pvsim.scenario.schema import Module, Physics, Roof
from pvsim.scenario.statements import MODELS_OF

ROOT = Path(__file__).resolve().parents[2]
SCENARIO = "scenarios/hikvision_jianqiao.toml"
HEAVY = {"pvlib", "pandas", "numpy", "scipy", "matplotlib"}


# --- the namespace ------------------------------------------------------------------------------------------


def test_all_is_what_the_namespace_offers():
    assert sorted(pvsim._HOME) == sorted(pvsim.__all__)
    assert len(set(pvsim.__all__)) == len(pvsim.__all__)
    assert set(pvsim.__all__) <= set(dir(pvsim))


@pytest.mark.parametrize("name", pvsim.__all__)
def test_every_name_resolves_and_is_explained(name):
    offered = getattr(pvsim, name)
    assert offered.__name__ == name
    assert offered.__module__ == pvsim._HOME[name]
    # pydantic and dataclasses hand a docstring down or make one up; this must be its own
    assert vars(offered).get("__doc__") or offered.__doc__
    assert not (offered.__doc__ or "").startswith(f"{name}(")


def test_what_type_checkers_see_is_what_runs():
    """The imports under TYPE_CHECKING and the table of homes say the same."""
    source = Path(pvsim.__file__).read_text(encoding="utf-8")
    found = {
        name.strip(): module
        for module, names in re.findall(r"^    from (pvsim[\w.]*) import (\([^)]*\)|.+)$", source, re.MULTILINE)
        for name in names.strip("()").split(",")
        if name.strip()
    }
    assert found == pvsim._HOME


def test_an_unknown_name_says_what_there_is():
    with pytest.raises(AttributeError, match=r"no attribute 'simulat'.*simulate_many"):
        _ = pvsim.simulat


# --- what a process imports ---------------------------------------------------------------------------------


def imported_by(*arguments: str) -> tuple[set[str], str]:
    """Top-level packages that a new interpreter imports, and its output."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    lines = re.findall(r"^import time:[ \d]+\|[ \d]+\| +([\w.]+)$", done.stderr, re.MULTILINE)
    return {name.split(".")[0] for name in lines}, done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("-c", "import pvsim; assert pvsim.__version__; pvsim.load, pvsim.convert, pvsim.ScenarioError"),
        ("-m", "pvsim", "--help"),
        ("-m", "pvsim", "--version"),
        ("-m", "pvsim", "run", "--help"),
        ("-m", "pvsim", "compare", "--help"),
        ("-m", "pvsim", "check", SCENARIO),
        ("-m", "pvsim", "convert", "2.6GWh"),
        ("-m", "pvsim", "convert", "2.6GWh", "--json"),
        ("-m", "pvsim", "explain", "soiling_percent"),
        ("-m", "pvsim", "explain", "coal-supply-2022"),
        ("-m", "pvsim", "explain", "coal-benchmark-price-chongqing"),
    ],
    ids=" ".join,
)
def test_small_questions_import_no_heavy_package(arguments):
    packages, _ = imported_by(*arguments)
    assert "pvsim" in packages
    assert packages & HEAVY == set()


def test_import_alone_needs_nothing_else():
    packages, _ = imported_by("-c", "import pvsim")
    assert packages & (HEAVY | {"pydantic"}) == set()


def test_a_run_draws_nothing():
    packages, output = imported_by("-m", "pvsim", "run", SCENARIO, "--json")
    assert {"pvlib", "numpy"} <= packages  # the measurement sees what is there
    assert packages & {"matplotlib", "jinja2", "PIL"} == set()
    assert json.loads(output)["schema"] == 1


# --- names of models ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "model", "field"),
    [
        (irradiance.DECOMPOSITION, Physics, "decomposition"),
        (irradiance.TRANSPOSITION, Physics, "transposition"),
        (irradiance.IAM, Physics, "iam"),
        (thermal.TEMPERATURE, Physics, "temperature"),
        (thermal.HEAT_LOSS_W_PER_M2K, Roof, "mounting"),
        (thermal._SAPM_MOUNTING, Roof, "mounting"),
    ],
    ids=["decomposition", "transposition", "iam", "temperature", "heat loss", "sapm mounting"],
)
def test_model_tables_have_the_names_of_the_schema(table, model, field):
    """Physics cannot import the schema, so this is where the two are held together, order included."""
    allowed = typing.get_args(model.model_fields[field].annotation)
    assert tuple(table) == allowed
    assert len(allowed) >= 1


@pytest.mark.parametrize("model", [Physics, Roof, Module])
def test_defaults_are_names_of_models(model):
    for field in model.model_fields.values():
        if typing.get_origin(field.annotation) is typing.Literal:
            assert field.default in typing.get_args(field.annotation)


def test_module_models_are_those_of_the_schema():
    """A single diode is computed by the equations of CEC or of PVsyst, as its parameters are; the others by name."""
    (named, _) = typing.get_args(Module.model_fields["model"].annotation)
    assert set(dc.MODULE) == (set(typing.get_args(named)) - {"single-diode"}) | set(dc.FIVE_PARAMETERS)
    assert {model for models in MODELS_OF.values() for model in models} == set(typing.get_args(named))


def test_losses_of_the_ledger_are_keys_of_the_scenario():
    from pvsim.physics import ledger
    from pvsim.scenario.schema import Losses
    from pvsim.scenario.statements import RAIN_KEYS, SOILING_WAYS

    used = {f"{name}_percent" for name in (*ledger.DC_LOSSES, *ledger.AC_LOSSES, "shading", "soiling")}
    # the ageing of later years belongs to a life, not to the first year's ledger; the others are ways of soiling
    soiling = {*SOILING_WAYS, *RAIN_KEYS} - {"soiling_percent"}
    # what takes from the light on the back of modules is in the line of its gain
    rear = {"rear_shading_percent", "rear_mismatch_percent"}
    assert set(Losses.model_fields) - used == {"annual_degradation_percent"} | soiling | rear
    assert used <= set(Losses.model_fields)
