#!/usr/bin/env python3
"""How far the sources of weather part: the same roof under the climate, the stations near it, years, files, providers.

For example::

    python scenarios/compare_sources.py my_roof.toml --weather year.epw --weather mast.csv,label=end,level=climate
    python scenarios/compare_sources.py --provider pvgis --provider nasa-power,start_year=2019,end_year=2023
"""

from __future__ import annotations

import argparse
import heapq
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pvsim

REFERENCE = Path(__file__).with_name("hikvision_jianqiao.toml")
CLIMATE = {"source": "climate"}
Source = tuple[str, dict[str, Any]]  # what it is called, and the changes that ask for it


def on_globe(latitude: float, longitude: float) -> tuple[float, float, float]:
    """The point in km from the centre of the earth: near ones are as far apart as the chord between them."""
    north, east = math.radians(latitude), math.radians(longitude)
    return 6371 * math.cos(north) * math.cos(east), 6371 * math.cos(north) * math.sin(east), 6371 * math.sin(north)


def sources(scenario: pvsim.Scenario, asked: argparse.Namespace) -> Iterator[Source]:
    """The climate, the nearest stations, the scenario's own weather, and the files and providers that are asked for."""
    yield "climate of the place", {"weather": CLIMATE}
    here = on_globe(scenario.site.latitude, scenario.site.longitude)
    far = [(math.dist(here, on_globe(s.latitude, s.longitude)), s.name) for s in pvsim.stations()]
    for km, name in heapq.nsmallest(asked.stations, far):
        yield f"station {name}, {km:.0f} km", {"weather": CLIMATE | {"station": name}}
    own = scenario.weather
    if own.path or own.source != "climate":
        yield f"as the scenario says: {own.path or own.url or own.source}", {}
    for file, keys in asked.weather:
        # a relative path would start at the scenario's folder
        changes = {"weather": {"source": "file", "path": str(file.resolve())}}
        yield " ".join((file.name, *keys.values())), changes | {f"weather.{key}": keys[key] for key in keys}

    for name, keys in asked.provider:
        changes = {"weather": {"source": name}} | {f"weather.{key}": year for key, year in keys.items()}
        yield " ".join((name, *map(str, keys.values()))), changes


def provider(text: str) -> tuple[str, dict[str, int]]:
    """``nasa-power,start_year=2019`` as a source and keys of [weather]."""
    name, *keys = text.split(",")
    try:
        return name, {key: int(year) for key, year in (part.split("=", 1) for part in keys)}
    except ValueError:
        wanted = "a name and years, with commas between them: nasa-power,start_year=2019"
        raise pvsim.UsageError(f"--provider {text}: {wanted}") from None


def weather_file(text: str) -> tuple[Path, dict[str, str]]:
    """``mast.csv,label=end`` as a path and keys of [weather]."""
    file, *keys = text.split(",")
    if not all("=" in key for key in keys):
        raise pvsim.UsageError(f"--weather {text}: a file and KEY=VALUE, with commas between them: mast.csv,label=end")
    return Path(file), dict(key.split("=", 1) for key in keys)


def compare(file: Path, asked: argparse.Namespace) -> None:
    """Run one scenario under every source; print each, and the largest over the smallest."""
    scenario = pvsim.load(file)
    if not scenario.roof:
        raise pvsim.UsageError(f"{file}: no [[roof]] to simulate")
    seeds = range(1, asked.years + 1)
    years = [(f"random year {n}", {"weather": CLIMATE | {"year": "random", "seed": n}}) for n in seeds]
    groups = {"sources": list(sources(scenario, asked)), "random years": years}
    width = max(len(name) for group in groups.values() for name, _ in group)
    print(f"{scenario.name}\n{'':{width}}{'GHI kWh/m2':>12}{'kWh':>14}{'kWh/kWp':>10}{'ratio':>8}")
    first, ends = None, []
    allowed = {"allow_path": True, "allow_network": asked.allow_network, "offline": asked.offline}
    for what, group in groups.items():
        found: dict[str, float] = {}
        for name, changes in group:
            try:
                result = pvsim.simulate(scenario.changed(changes) if changes else scenario, **allowed)
            except pvsim.PvsimError as error:  # of this source; the others can still be compared
                print(f"{name:{width}}  refused: {' '.join(str(error).removeprefix(f'{file}: ').split())}")
                continue
            kwh, weather = result.annual_kwh, result.weather
            first = first or kwh
            ghi = f"{weather.sum_kwh_per_m2(weather.ghi):,.0f}" if weather.has_ghi else "-"
            ratio = f"{kwh / first:.3f}" if first else "-"
            print(f"{name:{width}}{ghi:>12}{kwh:14,.0f}{result.specific_yield_kwh_per_kwp:10.1f}{ratio:>8}")
            found[name] = kwh
        if len(found) > 1 and min(found.values()) > 0:
            high, low = max(found, key=found.__getitem__), min(found, key=found.__getitem__)
            ends.append(f"{len(found)} {what}, largest / smallest: {found[high] / found[low]:.3f} ({high} / {low})")
    for end in ends:
        print(end)


def run() -> None:
    """Ask, and compare each scenario."""
    parser = argparse.ArgumentParser(description="The same roof under every source of weather that is at hand.")
    parser.add_argument("files", nargs="*", default=[REFERENCE], type=Path, help="default: the reference roof")
    parser.add_argument("--stations", type=int, default=4, help="how many of the nearest; default %(default)s")
    parser.add_argument("--years", type=int, default=5, help="how many random years; default %(default)s")
    told = "a weather file, with format, label, level of [weather]; may be repeated"
    parser.add_argument(
        "--weather", type=weather_file, action="append", default=[], metavar="FILE[,KEY=VALUE]", help=told
    )
    told = "of weather (network or cache), with start_year and end_year of [weather]; may be repeated"
    parser.add_argument("--provider", type=provider, action="append", default=[], metavar="NAME[,KEY=YEAR]", help=told)
    parser.add_argument("--offline", action="store_true", help="of providers only what is in the cache")
    parser.add_argument("--allow-network", action="store_true", help="a scenario's weather.url may be asked")
    asked = parser.parse_args()
    for file in asked.files:
        compare(file, asked)


if __name__ == "__main__":
    try:
        run()
    except pvsim.PvsimError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
