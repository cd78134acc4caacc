"""Speed as ratios: the program against the import of pvlib, warm runs and extra planes against ModelChain.

    python tests/bench/bench_run.py [--pairs 7]

Times of a shared machine wander; ratios of two things measured in turns wander less. Every figure is printed
as minimum and median of its repetitions, every ratio says which of the two it is made of. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import functools
import io
import itertools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
from pvlib.location import Location
from pvlib.modelchain import ModelChain
from pvlib.pvsystem import Array, FixedMount, PVSystem

import pvsim
from pvsim.scenario.reader import from_dict
from pvsim.weather.atlas import climate_at
from pvsim.weather.files import read_weather
from pvsim.weather.generator import Site, random_year, typical_year
from pvsim.weather.own import make_climate
from pvsim.weather.table import FileRequest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from cases import write_daily, write_epw  # noqa: E402 - what tests share lies beside this folder

SCENARIO = "scenarios/hikvision_jianqiao.toml"
SITE = {"latitude": 29.44, "longitude": 106.46, "altitude": 250.0}
FEW, MANY = 2, 42  # planes; an extra plane of pvsim measured over MANY - FEW, to stand out of the noise
CHAIN_MANY = 10  # ModelChain is slow enough to need fewer
W_PER_PANEL, PANELS = 450.0, 100
CEC_MODULE, CEC_INVERTER = (
    "LONGi Green Energy Technology Co._ Ltd. LR6-72PH-370M",
    "Chint Power Systems America: CPS SCA50KTL-DO/US-480 [480V]",
)
IN_SERIES = 15


@dataclass(frozen=True)
class Timing:
    """Seconds of the repetitions of one thing."""

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        return min(self.seconds)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def both(self) -> tuple[float, float]:
        return self.least, self.median

    def line(self, what: str) -> str:
        return f"  {what:<46} {self.least * 1e3:9.1f} / {self.median * 1e3:9.1f} ms   n = {len(self.seconds)}"


def in_turns(times: int, *things: Callable[[], object]) -> tuple[Timing, ...]:
    """Run things alternately, so that a busy minute falls on all of them; the first round warms up."""
    rounds = []
    for _ in range(times + 1):
        row = []
        for thing in things:
            start = time.perf_counter()
            thing()
            row.append(time.perf_counter() - start)
        rounds.append(row)
    return tuple(Timing(column) for column in zip(*rounds[1:], strict=True))


def process(*arguments: str) -> Callable[[], object]:
    """A whole interpreter, from start to exit."""
    command = [sys.executable, *arguments]
    return lambda: subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def orientations(count: int, shift: int) -> list[tuple[float, float]]:
    """Tilt and azimuth of planes that all differ; another shift gives other planes."""
    return [(3.0 + (shift + 1.7 * i) % 24, (90.0 + 7 * i + 3 * shift) % 360) for i in range(count)]


def scenario(planes: list[tuple[float, float]]) -> pvsim.Scenario:
    roofs = [
        {"name": f"plane {i}", "panels": PANELS, "surface_tilt": tilt, "surface_azimuth": azimuth}
        for i, (tilt, azimuth) in enumerate(planes)
    ]
    return from_dict({"site": SITE, "roof": roofs})


def new_scenarios(count: int, different: int) -> Iterator[pvsim.Scenario]:
    """Scenarios of the one site in turn, no two neighbours alike: remembered results would not help."""
    made = [scenario(orientations(count, shift)) for shift in range(different)]
    for one in made:
        pvsim.simulate(one)  # the site's sun, its year and the diffuse factors of these tilts are then known
    return itertools.cycle(made)


def unseen_tilts(count: int) -> Iterator[pvsim.Scenario]:
    """Scenarios whose tilts occur once: the diffuse factors of the glass have to be integrated each time."""
    made = [scenario([(5.01 + 0.1 * n + 0.01 * i, 170.0 + i) for i in range(count)]) for n in range(100)]
    return iter(made)


def model_chain(count: int, weather: pd.DataFrame) -> Callable[[], object]:
    """The same year through pvlib's ModelChain: PVWatts modules, SAPM temperature, physical glass."""
    heat = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_polymer"]
    dc_w = W_PER_PANEL * PANELS
    system = PVSystem(
        arrays=[
            Array(
                FixedMount(tilt, azimuth),
                module_parameters={"pdc0": dc_w, "gamma_pdc": -0.0035},
                temperature_model_parameters=heat,
            )
            for tilt, azimuth in orientations(count, 0)
        ],
        inverter_parameters={"pdc0": dc_w * count / 1.2},
    )
    place = Location(SITE["latitude"], SITE["longitude"], altitude=SITE["altitude"])
    chain = ModelChain(system, place, aoi_model="physical", spectral_model="no_loss", losses_model="pvwatts")
    return lambda: chain.run_model(weather)


def named_scenarios(count: int, different: int) -> Iterator[pvsim.Scenario]:
    """Scenarios of single-diode modules on Sandia inverters, by name, in turn."""
    made = []
    for shift in range(different):
        roofs = [
            {"name": f"plane {i}", "panels": 7 * IN_SERIES, "surface_tilt": tilt, "surface_azimuth": azimuth}
            | {"modules_in_series": IN_SERIES}
            for i, (tilt, azimuth) in enumerate(orientations(count, shift))
        ]
        tables = {"module": {"name": CEC_MODULE}, "inverter": {"name": CEC_INVERTER, "count": 1}}
        made.append(from_dict({"site": SITE, "roof": roofs} | tables))
    for one in made:
        pvsim.simulate(one)
    return itertools.cycle(made)


def model_chain_cec(count: int, weather: pd.DataFrame) -> Callable[[], object]:
    """The same modules and inverter through ModelChain, by its own methods for CEC and Sandia."""
    modules, inverters = pvlib.pvsystem.retrieve_sam("CECMod"), pvlib.pvsystem.retrieve_sam("CECInverter")
    heat = pvlib.temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]["open_rack_glass_polymer"]
    names = ["".join(c if c.isalnum() else "_" for c in name) for name in (CEC_MODULE, CEC_INVERTER)]
    system = PVSystem(
        arrays=[
            Array(
                FixedMount(tilt, azimuth),
                module_parameters=modules[names[0]],
                temperature_model_parameters=heat,
                modules_per_string=IN_SERIES,
                strings=7,
            )
            for tilt, azimuth in orientations(count, 0)
        ],
        inverter_parameters=inverters[names[1]],
    )
    place = Location(SITE["latitude"], SITE["longitude"], altitude=SITE["altitude"])
    chain = ModelChain(system, place, dc_model="cec", ac_model="sandia", aoi_model="physical", spectral_model="no_loss")
    return lambda: chain.run_model(weather)


def cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        return next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"


def report_machine() -> None:
    versions = f"Python {platform.python_version()}, pvlib {pvlib.__version__}, numpy {np.__version__}"
    print(f"{cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}")
    print(f"pvsim {pvsim.__version__}, {versions}, pandas {pd.__version__}")
    if hasattr(os, "getloadavg"):
        print(f"load before: {os.getloadavg()[0]:.1f}")
    print("times: minimum / median\n")


def report_processes(pairs: int) -> None:
    run, bare, empty = in_turns(
        pairs,
        process("-m", "pvsim", "run", SCENARIO, "--json"),
        process("-c", "import pvlib"),
        process("-c", "pass"),
    )
    each = [a / b for a, b in zip(run.seconds, bare.seconds, strict=True)]
    print("whole processes")
    print(run.line("pvsim run --json, one plane"))
    print(bare.line("python -c 'import pvlib'"))
    print(empty.line("python -c pass"))
    print(f"  {'ratio of the pairs':<46} {min(each):9.2f} / {statistics.median(each):9.2f}      (goal: at most 1.5)\n")


def report_warm() -> None:
    few, unseen, many = new_scenarios(FEW, 8), unseen_tilts(FEW), new_scenarios(MANY, 2)
    weather = pvsim.simulate(next(few)).hourly[["ghi", "dhi", "dni", "temp_air", "wind_speed"]]
    ours_few, ours_unseen, chain_few = in_turns(
        12, lambda: pvsim.simulate(next(few)), lambda: pvsim.simulate(next(unseen)), model_chain(FEW, weather)
    )
    ours_many, chain_many = in_turns(6, lambda: pvsim.simulate(next(many)), model_chain(CHAIN_MANY, weather))
    print("warm: another scenario of a site whose sun and year are known, without its document")
    print(ours_few.line(f"pvsim, {FEW} planes"))
    print(ours_unseen.line(f"pvsim, {FEW} planes at tilts never seen before"))
    print(chain_few.line(f"ModelChain, {FEW} planes"))
    print(ratio("ratio", ours_few.both, chain_few.both))
    print(ratio("ratio with tilts never seen", ours_unseen.both, chain_few.both) + "\n")
    more = a_plane_more(ours_many, ours_few, MANY - FEW)
    chain_more = a_plane_more(chain_many, chain_few, CHAIN_MANY - FEW)
    print("an extra plane")
    print(ours_many.line(f"pvsim, {MANY} planes"))
    print(chain_many.line(f"ModelChain, {CHAIN_MANY} planes"))
    print(f"  {'pvsim, a plane more':<46} {more[0] * 1e3:9.2f} / {more[1] * 1e3:9.2f} ms")
    print(f"  {'ModelChain, a plane more':<46} {chain_more[0] * 1e3:9.2f} / {chain_more[1] * 1e3:9.2f} ms")
    print(ratio("ratio", more, chain_more))


def report_diode() -> None:
    """Single diode and Sandia inverter, with the ledger's second solve at 25 degrees C, against ModelChain's CEC."""
    named = named_scenarios(FEW, 8)
    weather = pvsim.simulate(next(named)).hourly[["ghi", "dhi", "dni", "temp_air", "wind_speed"]]
    # each alone, as the goal was measured: the arrays of ModelChain in between cost the next run a fifth
    (ours,), (chain,) = in_turns(24, lambda: pvsim.simulate(next(named))), in_turns(3, model_chain_cec(FEW, weather))
    print("\nsingle diode and Sandia inverter, warm")
    print(ours.line(f"pvsim, {FEW} planes with their ledger"))
    print(chain.line(f"ModelChain, CEC, {FEW} planes"))
    print(ratio("ratio", ours.both, chain.both, goal=60))


def report_files(pairs: int) -> None:
    """What a weather file adds: whole runs with and without one; reading and checking beside pvlib's bare reader."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "year.epw"
        write_epw(path, pvsim.simulate(scenario(orientations(1, 0))).weather)
        text = path.read_text(encoding="utf-8")
        asked = Path(folder) / "file.toml"
        roof = "[site]\nlatitude = 29.44\nlongitude = 106.46\naltitude = 250\n[[roof]]\npanels = 100\n"
        asked.write_text(roof + '[weather]\nsource = "file"\npath = "year.epw"\n', encoding="utf-8")
        plain = Path(folder) / "climate.toml"
        plain.write_text(roof, encoding="utf-8")
        with_file, without = in_turns(pairs, *(process("-m", "pvsim", "run", str(p), "--json") for p in (asked, plain)))
        ours, bare = in_turns(
            15,
            lambda: read_weather(FileRequest(path, format="epw")),
            lambda: pvlib.iotools.read_epw(io.StringIO(text)),
        )
    added = [a - b for a, b in zip(with_file.seconds, without.seconds, strict=True)]
    print("\nan EPW file")
    print(with_file.line("pvsim run --json with an EPW file"))
    print(without.line("pvsim run --json with the climate"))
    print(
        f"  {'added by the file, of the pairs':<46} {min(added) * 1e3:9.1f} / {statistics.median(added) * 1e3:9.1f} ms"
    )
    print(ours.line("read and checked, warm"))
    print(bare.line("pvlib.iotools.read_epw alone, warm"))
    each = [a / b for a, b in zip(ours.seconds, bare.seconds, strict=True)]
    print(f"  {'ratio of the pairs':<46} {min(each):9.2f} / {statistics.median(each):9.2f}")


def report_years() -> None:
    """What a generated year costs beside the sun's own positions in pvlib, and what a climate of one's own."""
    climate = climate_at(SITE["latitude"], SITE["longitude"])
    site = Site(SITE["latitude"], SITE["longitude"], SITE["altitude"], 480)
    fine = replace(site, step_minutes=10)
    hours = pd.date_range("2025-01-01", periods=8760, freq="h", tz="Asia/Shanghai")
    seeds = itertools.count()
    fresh = typical_year.__wrapped__  # what the cache would answer is no measure
    typical, chance, steps, sun = in_turns(
        20,
        lambda: fresh(climate, site),
        lambda: random_year(climate, site, next(seeds)),
        lambda: fresh(climate, fine),
        lambda: pvlib.solarposition.get_solarposition(hours, SITE["latitude"], SITE["longitude"]),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "daily.csv"
        write_daily(path, climate, years=27)
        (made,) = in_turns(3, lambda: make_climate(path))
    print("\na generated year, warm: the sky of the place is known")
    print(typical.line("typical year of hours  (goal: at most 6 ms)"))
    print(chance.line("random year of hours"))
    print(steps.line("typical year in steps of 10 minutes"))
    print(sun.line("pvlib's solar positions of the hours"))
    each = [a / b for a, b in zip(typical.seconds, sun.seconds, strict=True)]
    print(f"  {'ratio of the pairs':<46} {min(each):9.2f} / {statistics.median(each):9.2f}")
    print(made.line("a climate from 27 years of days"))


def report_use() -> None:
    """Load, tariff by hours and a store, beside the same year without them."""
    plain = {"site": SITE, "roof": [{"panels": 5000}]}
    use = {
        "load": {"annual_kwh": 3e6, "profile": "two-shift"},
        "tariff": {"price_cny_per_kwh": 0.62, "surplus_price_cny_per_kwh": 0.3964},
        "period": [{"name": "peak", "hours": ["11-17", "20-22"], "price_cny_per_kwh": 0.93}],
        "storage": {"capacity_kwh": 1000.0, "power_kw": 500.0},
    }
    tilts = iter(np.linspace(3.0, 30.0, 10_000))

    def run(more: dict[str, object]) -> pvsim.Result:
        roof = {"panels": 5000, "surface_tilt": float(next(tilts))}
        return pvsim.simulate(from_dict(plain | {"roof": [roof]} | more))

    without, with_use = in_turns(30, lambda: run({}), lambda: run(use))
    more = [b - a for a, b in zip(without.seconds, with_use.seconds, strict=True)]
    print("\nload, tariff by hours and a store, warm  (goal: at most 30 ms)")
    print(with_use.line("a year of hours with them"))
    print(without.line("without"))
    print(f"  {'they add':<46} {min(more) * 1e3:9.1f} / {statistics.median(more) * 1e3:9.1f} ms")


def report_roofs() -> None:
    """Rows, a layout, obstacles and the back of modules, each beside the bare plane of the same year."""
    bare = {"panels": 8000}
    drawn = bare | {"pitch_m": 2.75, "length_m": 230.0, "width_m": 120.0}
    box = {"x_m": 115.0, "y_m": 60.0, "length_m": 12.0, "width_m": 4.0, "height_m": 2.5}
    kinds: dict[str, dict[str, object]] = {
        "a bare plane": {"roof": [bare]},
        "the same in rows": {"roof": [bare | {"pitch_m": 2.75}]},
        "with its back": {
            "roof": [bare | {"pitch_m": 2.75, "clearance_m": 0.5}],
            "module": {"bifaciality_percent": 70.0},
        },
        "laid out, 8,000 of 8,700 modules": {"roof": [drawn]},
        "with a parapet and four boxes": {"roof": [drawn | {"parapet_m": 1.1}], "obstacle": [box] * 4},
    }
    scenarios = [from_dict({"site": SITE} | more) for more in kinds.values()]
    timings = in_turns(15, *(functools.partial(pvsim.simulate, s) for s in scenarios))
    print("\nroofs, warm")
    for name, timing in zip(kinds, timings, strict=True):
        print(timing.line(name))
        if name != "a bare plane":
            each = [a / b for a, b in zip(timing.seconds, timings[0].seconds, strict=True)]
            print(f"  {'ratio of the pairs':<46} {min(each):9.1f} / {statistics.median(each):9.1f}")


def a_plane_more(many: Timing, few: Timing, planes: int) -> tuple[float, float]:
    """Seconds of one more plane, from the minima and from the medians."""
    return (many.least - few.least) / planes, (many.median - few.median) / planes


def ratio(what: str, ours: tuple[float, float], reference: tuple[float, float], goal: int = 15) -> str:
    least, median = (b / a for a, b in zip(ours, reference, strict=True))
    return f"  {what:<46} {f'1/{least:.0f}':>9} / {f'1/{median:.0f}':>9}      (goal: at most 1/{goal})"


def report_report(pairs: int) -> None:
    """What the report with its figures adds to a run that writes the tables."""
    tables = (
        "import sys, pathlib, pvsim; from pvsim.report import files, text; "
        f"result = pvsim.simulate(pvsim.load({SCENARIO!r})); document = result.to_dict(); "
        "files.hourly_csv(result); result.monthly.to_csv(); files.as_json(document); text.summary(document)"
    )
    with tempfile.TemporaryDirectory() as folder:
        whole, without, bare = in_turns(
            pairs,
            process("-m", "pvsim", "run", SCENARIO, "--out", folder),
            process("-c", tables),
            process("-c", "import pvlib"),
        )
    rows = list(zip(whole.seconds, without.seconds, bare.seconds, strict=True))
    added, each = [w - t for w, t, _ in rows], [(w - t) / b for w, t, b in rows]
    print("\na report with all of its figures")
    print(whole.line("pvsim run --out"))
    print(without.line("the same tables and document without a report"))
    print(f"  {'added by the report':<46} {min(added):9.2f} / {statistics.median(added):9.2f} s    (goal: at most 2)")
    print(f"  {'ratio of what is added to import pvlib':<46} {min(each):9.2f} / {statistics.median(each):9.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7, help="pairs of whole processes (default: 7)")
    pairs = parser.parse_args().pairs
    warnings.simplefilter("ignore")  # pandas announces changes inside pvlib; their printing would be timed
    report_machine()
    report_processes(pairs)
    report_warm()
    report_diode()
    report_files(pairs)
    report_years()
    report_use()
    report_roofs()
    report_report(pairs)


if __name__ == "__main__":
    main()
