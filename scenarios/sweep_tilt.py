#!/usr/bin/env python3
"""Which tilt and direction yield most: all roofs of a scenario are turned to each tilt and azimuth, and simulated.

For example::

    python scenarios/sweep_tilt.py my_roof.toml --tilts 0,5,10,15 --azimuths 180 --out tilt.png
"""

from __future__ import annotations

import argparse
import sys
from itertools import product
from pathlib import Path

import pvsim

REFERENCE = Path(__file__).with_name("hikvision_jianqiao.toml")
OF_THE_BUILDING = ("gable", "saw-tooth")  # modules lie on these slopes as they were built


def numbers(text: str) -> list[float]:
    """``0,5,10`` as numbers; whether they are possible angles, the scenario judges."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise pvsim.UsageError(f"found {text!r}; numbers with commas between them are needed: 0,5,10") from None


def turned(scenario: pvsim.Scenario, tilt: float, azimuth: float) -> pvsim.Scenario:
    """The scenario with all of its roofs at this tilt and azimuth; the building below stays as it stands."""
    changes = {}
    for i, roof in enumerate(scenario.roof):
        if roof.shape in OF_THE_BUILDING:
            raise pvsim.UsageError(
                f'{scenario.name}: roof[{i}] has shape = "{roof.shape}", whose slope is the building\'s and cannot be '
                'swept; planes, "racks" and "east-west" can'
            )
        if roof.is_drawn and roof.plan_azimuth is None:  # by default the plan would turn with the modules
            changes[f"roof[{i}].plan_azimuth"] = (roof.azimuth_at(scenario.site.latitude) + 180) % 360
        changes |= {f"roof[{i}].surface_tilt": tilt, f"roof[{i}].surface_azimuth": azimuth}
    return scenario.changed(changes)


def draw(rows: list[tuple[float, float, pvsim.Result]], title: str, path: Path) -> None:
    """Specific yield over tilt, a line for each azimuth."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for azimuth in dict.fromkeys(row[1] for row in rows):
        line = sorted((tilt, result.specific_yield_kwh_per_kwp) for tilt, a, result in rows if a == azimuth)
        axes.plot(*zip(*line, strict=True), marker="o", label=f"{azimuth:g}")
    axes.set(xlabel="tilt (degrees)", ylabel="kWh/kWp", title=title)
    axes.legend(title="azimuth", frameon=False)
    try:
        figure.savefig(path, format="png", dpi=150)
    except OSError as error:
        raise pvsim.UsageError(f"{path}: cannot be written: {error.strerror}") from error


def run() -> None:
    """Ask, simulate, print."""
    parser = argparse.ArgumentParser(description="Yield by tilt and azimuth of a scenario's roofs.")
    parser.add_argument("file", nargs="?", default=REFERENCE, type=Path, help="default: the reference roof")
    parser.add_argument("--tilts", type=numbers, default="0,5,10,15,20,25,30", help="degrees; default %(default)s")
    parser.add_argument("--azimuths", type=numbers, default="90,135,180,225,270", help="clockwise from north, likewise")
    parser.add_argument("--out", type=Path, metavar="FILE.png", help="draw it as well")
    asked = parser.parse_args()

    scenario = pvsim.load(asked.file)
    angles = list(product(asked.tilts, asked.azimuths))
    results = pvsim.simulate_many([turned(scenario, *pair) for pair in angles])
    best = max(results, key=lambda result: result.annual_kwh)
    print(f"{scenario.name}: {best.system.panels:,} panels, {best.system.dc_kwp:,.0f} kWp")
    print(f"{'tilt':>6}{'azimuth':>9}{'kWh':>14}{'kWh/kWp':>10}{'% of best':>11}")
    for (tilt, azimuth), result in zip(angles, results, strict=True):
        kwh = result.annual_kwh
        share = 100 * kwh / (best.annual_kwh or 1.0)
        mark = "  best" if result is best else ""
        print(f"{tilt:6g}{azimuth:9g}{kwh:14,.0f}{result.specific_yield_kwh_per_kwp:10.1f}{share:11.1f}{mark}")
    print("Shade of one row on the next is counted where a roof says its pitch_m or ground_coverage_ratio.")
    for note in dict.fromkeys(note for result in results for note in result.warnings):
        print(f"warning: {note}")
    if asked.out:
        draw([(*pair, result) for pair, result in zip(angles, results, strict=True)], scenario.name, asked.out)


if __name__ == "__main__":
    try:
        run()
    except pvsim.PvsimError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
