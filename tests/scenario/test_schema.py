"""The values of a scenario: defaults with their reasons, derived values, frozenness."""

import datetime
import pickle
import subprocess
import sys
import types
import typing
from pathlib import Path

import pytest
from pydantic import ValidationError

from pvsim.scenario.blocks import utc_offset_minutes
from pvsim.scenario.fault import RefusedError
from pvsim.scenario.reader import from_dict, parse
from pvsim.scenario.schema import (
    Block,
    Claim,
    Impact,
    Inverter,
    Losses,
    Module,
    Obstacle,
    Outage,
    Physics,
    Roof,
    Scenario,
    Site,
    Uncertainty,
    WeatherBlock,
    assumptions,
)

GOOD = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 8000\n"
BLOCKS = [Site, WeatherBlock, Module, Inverter, Roof, Obstacle, Losses, Outage, Physics, Claim, Impact, Uncertainty]


def test_minimal_scenario_has_every_default():
    s = parse(GOOD, file="hall.toml")
    assert (s.schema_version, s.name, s.claim, s.modules, s.inverters) == (1, "hall", None, {}, {})
    assert s.site == Site(latitude=29.44, longitude=106.46)
    assert s.weather == WeatherBlock() and (s.weather.source, s.weather.year) == ("climate", "typical")
    assert s.module.in_effect() == {
        "power_w": 450,
        "model": "pvwatts",
        "gamma_percent_per_c": -0.35,
        "low_light_loss_percent": 3,
    }
    assert s.outage == ()
    (roof,) = s.roof
    assert (roof.name, roof.panels, roof.surface_tilt, roof.mounting) == ("roof 1", 8000, 10, "rack")
    assert roof.surface_azimuth is None
    assert list(s.losses.in_effect().values()) == [3, 1.5, 5, 10, 1, 0.8, 0.3, 1, 0, 0.7, 0.8, 2, 0, 0.6]
    assert list(s.physics.in_effect().values()) == ["erbs", "hay-davies", "physical-ar", "pvsyst", "martinez", 0.2]
    assert list(s.uncertainty.in_effect().values()) == [6.5, 6, 2.5, 2.7]
    assert s.impact.factors == ()


def test_every_key_has_a_description_and_every_default_a_reason():
    for block in BLOCKS:
        for key, field in block.model_fields.items():
            assert field.description, (block, key)
            extra = field.json_schema_extra or {}
            if block is not Claim and not field.is_required():
                assert extra["reason"], (block, key)
                assert extra["source"] or field.default in (None, ()), (block, key)
            if (
                block is not Claim
                and not field.is_required()
                and not isinstance(field.default, str)
                and field.default not in (None, ())
            ):
                assert extra["unit"] or key == "albedo", (block, key)


def test_models_are_strict_frozen_and_closed():
    for block in [Scenario, *BLOCKS]:
        assert issubclass(block, Block)
        config = block.model_config
        assert config["strict"] and config["frozen"] and config["extra"] == "forbid"
    with pytest.raises(ValidationError):
        Module(power_w="450")
    with pytest.raises(ValidationError):
        Module().power_w = 3
    with pytest.raises(ValidationError):
        Roof(panels=True)


def test_inverter_effective_values():
    default = Inverter()
    assert (default.effective_dc_ac_ratio, default.total_ac_kw) == (1.2, None)
    assert default.effective_efficiency_percent == 98
    sized = Inverter(ac_power_kw=100, count=30, nominal_efficiency_percent=96)
    assert (sized.effective_dc_ac_ratio, sized.total_ac_kw) == (None, 3000)
    assert sized.effective_efficiency_percent is None
    assert Inverter(ac_power_kw=100).total_ac_kw == 100
    with pytest.raises(ValidationError, match="stated once"):
        Inverter(ac_power_kw=100, dc_ac_ratio=1.2)


def test_weather_rules_hold_for_python_too():
    assert WeatherBlock(source="file", path="x.epw", format="epw").path == "x.epw"
    for bad in (
        {"source": "file"},
        {"path": "x"},
        {"source": "file", "path": "x", "format": "epw", "year": "typical"},
    ):
        with pytest.raises(ValidationError):
            WeatherBlock(**bad)


def test_azimuth_towards_the_equator():
    roof = Roof(panels=1)
    assert [roof.azimuth_at(lat) for lat in (29.44, 0.0, -33.0)] == [180, 180, 0]
    assert Roof(panels=1, surface_azimuth=90).azimuth_at(-33) == 90


@pytest.mark.parametrize(
    ("tz", "minutes"),
    [
        ("Asia/Shanghai", 480),
        ("+08:00", 480),
        ("-03:30", -210),
        ("UTC", 0),
        ("Asia/Kathmandu", 345),
        ("+14:00", 840),
    ],
)
def test_fixed_offsets(tz, minutes):
    assert utc_offset_minutes(tz) == minutes
    assert Site(latitude=0, longitude=0, tz=tz).utc_offset_minutes == minutes


@pytest.mark.parametrize("tz", ["Europe/Rome", "America/New_York", "Africa/Casablanca", "", "+8", "+08:60", "x\0y"])
def test_no_fixed_offset(tz):
    with pytest.raises(RefusedError):
        utc_offset_minutes(tz)


def test_roof_names_and_references():
    s = parse(
        GOOD
        + 'module = "n"\n[[roof]]\npanels = 2\nname = "东"\n[[roof]]\npanels = 3\ninverter = "i"\n'
        + "[modules.n]\npower_w = 580\n[inverters.i]\ndc_ac_ratio = 1.3\n"
    )
    assert [r.name for r in s.roof] == ["roof 1", "东", "roof 3"]
    assert [s.module_of(r).effective_power_w for r in s.roof] == [580, 450, 450]
    assert [s.inverter_of(r).effective_dc_ac_ratio for r in s.roof] == [1.2, 1.2, 1.3]


def test_claim_without_roofs():
    s = parse("[site]\nlatitude = 29\nlongitude = 106\n[claim]\nsaved_kwh = 32.6e6\ntce = 4007\ndate = 2024-05-01\n")
    assert s.roof == ()
    assert s.claim.saved_kwh == 32.6e6
    assert s.claim.date == datetime.date(2024, 5, 1)
    assert [a.key for a in assumptions(s)] == ["site.latitude", "site.longitude"]


def test_claim_has_the_columns_of_the_claims_table():
    columns = {"id", "url", "url_kind", "date", "place", "province", "what", "kind", "panels", "panel_wp"}
    columns |= {"capacity_kwp", "annual_kwh", "total_kwh", "basis_years", "tce", "co2_t", "so2_t", "nox_t"}
    columns |= {"dust_t", "lifetime_or_annual", "quote", "notes"}
    beside = {"source", "saved_kwh", "raw_coal_t", "area_m2", "over", "nearly"}
    assert set(Claim.model_fields) == columns | beside


def test_problem_has_the_line_of_the_key_or_of_its_table():
    s = parse(GOOD + '[modules."a.b"]\npower_w = 400\n')
    assert s.problem("roof[0].panels", "x", "y").line == 5
    assert s.problem("roof[0].surface_tilt", "x", "y").line == 4
    assert s.problem('modules."a.b".gamma_percent_per_c', "x", "y").line == 6
    assert s.problem("losses.soiling_percent", "x", "y").line is None
    assert s.problem("site.tz", "found", "allowed", "todo").render("f") == "f:1: site.tz: found; allowed; todo"


def test_assumptions_of_the_minimal_scenario():
    rows = {a.key: a for a in assumptions(parse(GOOD, file="/home/someone/hall.toml"))}
    assert {"site.latitude", "weather.source", "module.power_w", "inverter.dc_ac_ratio"} <= set(rows)
    assert {"roof[0].panels", "roof[0].surface_tilt", "losses.lid_percent", "physics.iam"} <= set(rows)
    assert {"inverter.efficiency_percent", "uncertainty.model_percent"} <= set(rows)
    assert not any(k.startswith(("claim", "name", "impact")) for k in rows)
    assert not {
        "site.tz",
        "site.altitude",
        "roof[0].surface_azimuth",
        "roof[0].name",
        "module.area_m2",
    } & set(rows)
    given_keys = {a.key for a in rows.values() if not a.default}
    assert given_keys == {"site.latitude", "site.longitude", "roof[0].panels"}
    soiling = rows["losses.soiling_percent"]
    assert (soiling.value, soiling.unit, soiling.default) == (3.0, "%", True)
    assert "dust" in soiling.reason and "2021" in soiling.source
    assert rows["inverter.dc_ac_ratio"].value == 1.2
    assert all(a.reason and a.source for a in rows.values())
    assert "/home" not in repr(rows)


def test_assumptions_of_given_values():
    s = parse(
        GOOD
        + 'name = "hall"\nmodule = "n"\nsurface_azimuth = 90\n[modules.n]\npower_w = 580\n[modules.unused]\n'
        + '[inverter]\nac_power_kw = 3000\n[impact]\nfactors = ["a", "b"]\n[claim]\ntce = 930\n'
    )
    rows = {a.key: a for a in assumptions(s)}
    assert rows["modules.n.power_w"].value == 580
    assert not any(k.startswith(("module.", "modules.unused", "claim")) for k in rows)
    assert (rows["roof[0].surface_azimuth"].reason, rows["roof[0].surface_azimuth"].source) == (
        "given in the scenario",
        "scenario.toml",
    )
    assert rows["inverter.count"].value == 1 and rows["inverter.count"].default
    assert "inverter.dc_ac_ratio" not in rows
    assert rows["impact.factors"].value == "a, b"


def test_scenarios_can_be_sent_to_workers_and_compared():
    s = parse(GOOD)
    copy = pickle.loads(pickle.dumps(s))
    assert copy == s
    assert copy.origin == s.origin


def test_json_schema():
    schema = Scenario.model_json_schema()
    assert "schema" in schema["properties"]
    assert schema["$defs"]["Losses"]["properties"]["soiling_percent"]["unit"] == "%"


def test_direct_construction():
    s = Scenario(site=Site(latitude=-33, longitude=18), roof=[Roof(panels=3)])
    assert s.roof[0].name == "roof 1"
    assert s.origin.file == "scenario"
    with pytest.raises(ValidationError, match="is called"):
        Scenario(site=s.site, roof=(Roof(panels=3, module="x"),))
    assert from_dict(s.model_dump(by_alias=True, exclude_unset=True)).roof == s.roof


def test_no_free_annotations():
    """Every key is of a kind that the messages can describe."""
    for block in BLOCKS:
        for key, field in block.model_fields.items():
            kind = field.annotation
            if typing.get_origin(kind) in (types.UnionType, typing.Union):
                kind = next(a for a in typing.get_args(kind) if a is not type(None))
            known = kind in (float, int, str, datetime.date) or (isinstance(kind, type) and issubclass(kind, Block))
            assert known or typing.get_origin(kind) in (typing.Literal, tuple), (block, key)


def test_import_is_light():
    code = (
        "import sys, pvsim.scenario.reader\n"
        "print([m for m in ('numpy', 'pandas', 'pvlib', 'scipy', 'matplotlib') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.strip() == "[]"
