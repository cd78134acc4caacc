"""The starter: it runs as it is, and every line that it comments out is right when it is not."""

from __future__ import annotations

import errno
import os
import re
import stat
import threading
import tomllib
from pathlib import Path

import pytest

import pvsim
from pvsim.errors import PvsimError, UsageError
from pvsim.scenario import starter as module
from pvsim.scenario.jsonschema import tables
from pvsim.scenario.reader import load, parse
from pvsim.scenario.starter import DEFAULT_PLACE, PLACES, ROOFS, starter, write_starter
from pvsim.scenario.statements import DATASHEET_KEYS, RAIN_KEYS

VARIANTS = [
    {},
    {"roof": "steel"},
    {"roof": "concrete", "place": "Shapingba"},
    {"roof": "steel", "place": "29.5,106.5", "name": 'Halle "Süd" \\ 厂房'},
]
KEYS = {(t.name, k.name): k for t in tables() for k in t.keys if t.name not in ("modules", "inverters")}
SETTING = re.compile(r"^(#?)([a-z_0-9]+) = ")
HEADER = re.compile(r"^(#?)\[\[?([a-z]+)[\].]")

DATASHEET = (*DATASHEET_KEYS, "gamma_percent_per_c")
OUTAGE = ("start", "end", "lost_percent")

# What else must be set where a key cannot stand alone; "weather.source=" sets another value than the default.
COMPANIONS = {
    "weather.seed": ['weather.year="random"'],
    "weather.start_year": ['weather.source="pvgis"'],
    "weather.end_year": ['weather.source="pvgis"', "weather.start_year"],
    "weather.url": ['weather.source="url"'],
    "weather.path": ['weather.source="file"'],
    "weather.format": ['weather.source="file"', "weather.path"],
    "weather.label": ['weather.source="file"', "weather.path"],
    "weather.columns": ['weather.source="file"', "weather.path"],
    "roof.poa_column": ['weather.source="file"', "weather.path"],
    "roof.module_temperature_column": ['weather.source="file"', "weather.path"],
    "inverter.count": ["inverter.ac_power_kw"],
    **{f"module.{key}": [f"module.{k}" for k in DATASHEET if k != key] for key in DATASHEET if key[0] != "g"},
    "inverter.mppt_low_v": ["inverter.mppt_high_v"],
    "inverter.mppt_high_v": ["inverter.mppt_low_v"],
    **{f"losses.{key}": ["losses.soiling_percent_per_day"] for key in RAIN_KEYS},
    **{f"outage.{key}": ["outage", *(f"outage.{k}" for k in ("start", "end") if k != key)] for key in OUTAGE},
    "outage.inverter": ["outage", "outage.start", "outage.end", "inverters"],
    "roof.module": ["modules"],
    "roof.inverter": ["inverters"],
} | {f"claim.{key}": ["claim"] for table, key in KEYS if table == "claim"}
DRAWN = ["roof.length_m", "roof.width_m"]
COMPANIONS |= {
    "roof.length_m": ["roof.width_m"],
    "roof.width_m": ["roof.length_m"],
    "roof.parapet_m": DRAWN,
    "roof.spare_load_kg_per_m2": ["roof.array_kg_per_m2"],  # a rack with ballast is heavier than the example bears
    "module.length_m": ["module.width_m"],
    "module.width_m": ["module.length_m"],
}
KIND = {
    "x2_m": ['obstacle.kind="wall"', "obstacle.y2_m"],
    "y2_m": ['obstacle.kind="wall"', "obstacle.x2_m"],
    "diameter_m": ['obstacle.kind="stack"'],
}
for key_ in (key for table, key in KEYS if table == "obstacle"):
    needed = ["x_m", "y_m", *(() if key_ in KIND else ("length_m", "width_m"))]
    others_ = [f"obstacle.{k}" for k in needed if k != key_]
    COMPANIONS[f"obstacle.{key_}"] = [*DRAWN, "obstacle", *others_, *KIND.get(key_, ())]
# Of several roofs an obstacle names its own, and the starter shows the first one's name there.
OF_STEEL = ["obstacle.roof"]
SHOWN = {("steel", "obstacle.roof"): "east"}
LOAD = ["load", "load.annual_kwh"]
PRICE = [*LOAD, "tariff", "tariff.price_cny_per_kwh"]
STORE = [*PRICE, "storage", "storage.capacity_kwh", "storage.power_kw"]
PERIOD = [*PRICE, "period", "period.name", "period.hours"]
STATED = ("annual_kwh", "monthly_kwh", "path")
COMPANIONS |= {f"load.{key}": ["load"] if key in STATED else LOAD for table, key in KEYS if table == "load"}
for table_, needed in (("tariff", [*LOAD, "tariff"]), ("storage", STORE), ("period", PERIOD)):
    COMPANIONS |= {f"{t}.{k}": [n for n in needed if n != f"{t}.{k}"] for t, k in KEYS if t == table_}
COMPANIONS |= {f"finance.{key}": [*PRICE, "finance"] for table, key in KEYS if table == "finance"}
OTHER = ["loads", "loads.annual_kwh"]
COMPANIONS |= {f"loads.{key}": ["loads"] if key in STATED else OTHER for table, key in KEYS if table == "loads"}
BEHIND = [*OTHER, "roof.inverter", "inverters"]  # a meter shares no inverter with another
COMPANIONS |= {"storage.at": [*STORE, *BEHIND, "roof.load"], "roof.load": [*LOAD, *BEHIND]}


def uncommented(text: str, *wanted: str) -> str:
    """The text with these keys (``table.key``, ``table.key=value``) and headers (``table``) set."""
    values = dict(w.split("=", 1) for w in wanted if "=" in w)
    wanted = {w.split("=")[0] for w in wanted}
    table, lines, seen = "", [], set()
    for line in text.splitlines():
        if header := HEADER.match(line):
            table = header[2]
            if table in wanted:
                seen.add(table)
                line = line.removeprefix("#")
        elif setting := SETTING.match(line):
            path = f"{table}.{setting[2]}" if table else setting[2]
            if path in wanted and path not in seen:
                seen.add(path)
                line = f"{setting[2]} = {values[path]}" if path in values else line.removeprefix("#")
        lines.append(line)
    assert seen == wanted
    return "\n".join(lines)


def commented(text: str) -> list[tuple[str, str]]:
    """Table and name of every key that is commented out, in order."""
    table, found = "", []
    for line in text.splitlines():
        if header := HEADER.match(line):
            table = header[2]
        elif (setting := SETTING.match(line)) and setting[1]:
            found.append((table, setting[2]))
    return found


def as_lists(value: object) -> object:
    """A value of the schema as TOML reads it."""
    return [as_lists(v) for v in value] if isinstance(value, tuple) else value


def in_effect(scenario: pvsim.Scenario) -> dict:
    """What counts of a scenario, however it was stated."""
    blocks = ("module", "inverter", "losses")
    return scenario.model_dump() | {name: getattr(scenario, name).in_effect() for name in blocks}


# --- the text


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_the_starter_runs_as_it_is(options):
    scenario = parse(starter(**options), file="my_hall.toml")
    assert scenario.name == options.get("name", "my_hall")
    result = pvsim.simulate(scenario)
    assert 600 < result.specific_yield_kwh_per_kwp < 900
    assert result.warnings == ()


def test_the_roofs_are_those_of_the_options():
    (concrete,) = parse(starter()).roof
    assert (concrete.surface_tilt, concrete.surface_azimuth, concrete.mounting) == (10, None, "rack")
    steel = parse(starter(roof="steel")).roof
    assert [(r.surface_tilt, r.surface_azimuth, r.mounting) for r in steel] == [
        (5, 90, "steel-sheet"),
        (5, 270, "steel-sheet"),
    ]
    assert set(ROOFS) == {"concrete", "steel"}


@pytest.mark.parametrize("options", VARIANTS[:3], ids=str)
def test_lines_are_short_ascii_and_tidy(options):
    text = starter(**options)
    assert text.startswith("#!/usr/bin/env -S pvsim run\n") and text.endswith("\n") and not text.endswith("\n\n")
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 100
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


@pytest.mark.parametrize("roof", ROOFS)
def test_every_key_of_the_schema_stands_in_it(roof):
    text = starter(roof=roof)
    table, found = "", []
    for line in text.splitlines():
        if header := HEADER.match(line):
            table = header[2]
        elif setting := SETTING.match(line):
            found.append((table, setting[2]))
    repeated = len(ROOFS[roof][1]) if len(ROOFS[roof]) > 1 else 0
    assert set(found) == set(KEYS) and len(found) == len(KEYS) + repeated
    headers = {m[2] for m in map(HEADER.match, text.splitlines()) if m}
    assert headers == {t.name for t in tables() if t.name}


def test_what_is_set_is_required_or_asked_for():
    live = tomllib.loads(starter())
    assert {k: v for k, v in live.items() if v} == {
        "schema": 1,
        "site": {"latitude": 29.44, "longitude": 106.46},
        "roof": [{"panels": 400, "surface_tilt": 10.0, "mounting": "rack"}],
    }
    assert in_effect(parse(starter())) == in_effect(
        parse("[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 400\n")
    )


@pytest.mark.parametrize(("roof", "key"), [(r, k) for r in ROOFS for k in commented(starter(roof=r))])
def test_a_key_can_be_set_by_taking_off_its_sign(roof, key):
    """The line is valid by itself, with its companions where it has any, and a default changes nothing."""
    path = ".".join(filter(None, key))
    others = COMPANIONS.get(path, [])
    if roof == "steel" and key[0] == "obstacle":
        others = list(dict.fromkeys([*others, *OF_STEEL]))
    text = uncommented(starter(roof=roof), path, *others)
    scenario = parse(text)
    raw = tomllib.loads(text)
    inside = raw[key[0]] if key[0] else raw
    inside = inside["other"] if key[0] == "loads" else inside
    given = (inside[0] if isinstance(inside, list) else inside)[key[1]]
    declared = KEYS[key]
    assert given == SHOWN.get((roof, path), as_lists(declared.example))
    if declared.default is not None:
        without = [] if path == "weather.source" else others
        assert in_effect(scenario) == in_effect(parse(uncommented(starter(roof=roof), *without)))


def test_all_defaults_together_change_nothing():
    text = starter()
    paths = [f"{t}.{k}" for t, k in commented(text) if KEYS[t, k].default is not None and k != "count"]
    absent = (
        "outage.",
        "load.",
        "loads.",
        "storage.",
        "tariff.",
        "period.",
        "finance.",
        "obstacle.",
    )  # blocks that are not asked for
    paths = [p for p in paths if p.split(".")[1] not in RAIN_KEYS and not p.startswith(absent)]
    assert len(paths) >= 30
    assert in_effect(parse(uncommented(text, *paths))) == in_effect(parse(text))


def test_every_key_has_a_value_to_show():
    """Who adds a key with neither a default nor an example gives it an example."""
    assert [k.path for k in KEYS.values() if k.example is None or k.example == ""] == []


# --- options


@pytest.mark.parametrize(
    ("place", "where"),
    [
        ("Jianqiao", (29.44, 106.46)),
        ("dadukou", (29.44, 106.46)),
        ("Shapingba", (29.583, 106.467)),
        ("29.5,106.5", (29.5, 106.5)),
        (" +29.5 , 106.5 ", (29.5, 106.5)),
        ("-33.9,18", (-33.9, 18.0)),
        ("90,-180", (90.0, -180.0)),
    ],
)
def test_places(place, where):
    site = parse(starter(place=place)).site
    assert (site.latitude, site.longitude) == where


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("Atlantis", r'no place is called "Atlantis"; known are Jianqiao, Dadukou, Shapingba; .*29\.5,106\.5'),
        ("Dadukuo", "did you mean Dadukou"),
        ("", "no place"),
        ("29.5", "latitude and longitude"),
        ("29.5,106.5,3", "no place"),
        ("29.5;106.5", "no place"),
        ("nan,106.5", "no place"),
        ("1e1,106.5", "no place"),
        ("106.5,29.5", r"latitude 106\.5 is not from -90 to 90 \(degrees\); swapped\? --place 29\.5,106\.5"),
        ("91,106.5", r"latitude 91 .*\(degrees\)$"),
        ("29.5,200", "longitude 200 .* west is negative: -160"),
        ("29.5,-200", r"longitude -200 .*\(degrees\)$"),
        ("\x1b[31m", r"\\x1b"),
        ("\u0662\u0669,106", "no place"),
        ("x" * 10_000, r"x\.\.\."),
    ],
)
def test_wrong_places_are_answered(place, said):
    with pytest.raises(UsageError, match=said) as caught:
        starter(place=place)
    assert len(str(caught.value)) < 300


def test_the_places_are_those_of_the_shipped_data():
    from pvsim.weather.atlas import load_climate

    climate = load_climate("Chongqing Shapingba")
    assert PLACES["Shapingba"] == pytest.approx((climate.latitude, climate.longitude), abs=5e-4)
    assert DEFAULT_PLACE in PLACES


def test_unknown_roofs_and_impossible_names_are_answered():
    with pytest.raises(UsageError, match='no roof is called "tile"; there are: concrete, steel'):
        starter(roof="tile")
    with pytest.raises(UsageError, match="0 characters; 1 to 200"):
        starter(name="")
    with pytest.raises(UsageError, match="201 characters"):
        starter(name="x" * 201)
    with pytest.raises(UsageError, match="UTF-8"):
        starter(name="\udcff")


@pytest.mark.parametrize("name", ["厂房 1", 'a"b\\c', "tab\tline\nend", "\x00\x7f\x85\xad\u202e", "x" * 200, "#", " "])
def test_any_name_comes_back(name):
    assert parse(starter(name=name)).name == name


# --- the file


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_is_written_whole_and_executable(tmp_path):
    path = tmp_path / "roof.toml"
    assert write_starter(path, roof="steel") == path
    assert path.read_bytes() == starter(roof="steel").encode("ascii")
    assert load(path).name == "roof"
    assert inside(tmp_path) == ["roof.toml"]
    if os.name == "posix":
        umask = os.umask(0)
        os.umask(umask)
        assert stat.S_IMODE(path.stat().st_mode) == 0o777 & ~umask


def test_an_existing_file_is_left_as_it_is(tmp_path):
    path = tmp_path / "roof.toml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match=r"roof\.toml exists already and is left as it is"):
        write_starter(path)
    assert path.read_text(encoding="utf-8") == "mine"
    with pytest.raises(UsageError, match="is a folder"):
        write_starter(tmp_path)
    (tmp_path / "dangling.toml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="exists already"):
        write_starter(tmp_path / "dangling.toml")
    assert inside(tmp_path) == ["dangling.toml", "roof.toml"]


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(UsageError, match=r"there is no folder .*nowhere; create it first"):
        write_starter(tmp_path / "nowhere" / "roof.toml")
    with pytest.raises(UsageError, match="is a folder"):
        write_starter("")


def test_wrong_options_write_nothing(tmp_path):
    with pytest.raises(UsageError):
        write_starter(tmp_path / "roof.toml", place="Atlantis")
    assert inside(tmp_path) == []


@pytest.mark.parametrize("name", ["a\0b.toml", "x" * 300 + ".toml"])
def test_names_that_no_system_takes_are_said(tmp_path, name):
    with pytest.raises(PvsimError, match="cannot be written"):
        write_starter(tmp_path / name)
    assert inside(tmp_path) == []


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(file, data):
        file.write_bytes(data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "_create", full)
    with pytest.raises(PvsimError, match="cannot be written: No space left"):
        write_starter(tmp_path / "roof.toml")
    assert inside(tmp_path) == []


def test_a_file_system_without_links_will_do(tmp_path, monkeypatch):
    def no_links(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    path = write_starter(tmp_path / "roof.toml")
    assert path.read_text(encoding="utf-8") == starter()
    # and what appears in the meantime is not replaced either
    monkeypatch.setattr(os.path, "lexists", lambda _: False)
    with pytest.raises(UsageError, match="exists already"):
        write_starter(path, roof="steel")
    assert path.read_text(encoding="utf-8") == starter()
    assert inside(tmp_path) == ["roof.toml"]


def test_of_many_writers_one_wins(tmp_path):
    path, won, lost = tmp_path / "roof.toml", [], []
    together = threading.Barrier(8)

    def write(name: str) -> None:
        together.wait()
        try:
            write_starter(path, name=name)
            won.append(name)
        except UsageError:
            lost.append(name)

    threads = [threading.Thread(target=write, args=(f"writer {i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(lost) == 7
    assert load(path).name == won[0]
    assert inside(tmp_path) == ["roof.toml"]
