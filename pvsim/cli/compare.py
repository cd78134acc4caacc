"""``pvsim compare``: arguments in, text or JSON out. It computes nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pvsim.cli.progress import working
from pvsim.cli.terminal import Commands, Parser, add_allowances, allowances, columns, command, complain, write_utf8
from pvsim.errors import PvsimError, UsageError

if TYPE_CHECKING:
    from pvsim.scenario.schema import Scenario
    from pvsim.studies.result import Result

SHOWN = 6  # variants that fit beside each other


def add_compare(commands: Commands[Parser]) -> None:
    """Declare ``pvsim compare``."""
    p = command(
        commands, "compare", "lay variants side by side, or another tool's result beside ours, step by step",
        "a.toml b.toml", "a.toml b.toml c.toml --json", "roof.toml --with pvsyst_hourly.csv",
    )  # fmt: skip
    p.add_argument("files", nargs="+", metavar="FILE", help="scenario files (TOML); all are held against the first")
    p.add_argument(
        "--with", dest="with_file", metavar="RESULT",
        help="CSV of PVsyst, SAM or PVWatts or JSON of PVGIS, to hold against the first scenario",
    )  # fmt: skip
    p.add_argument("--json", action="store_true", help="print a document instead of the text")
    p.add_argument(
        "--allow-partial", action="store_true", help="accept weather that covers less than 90 %% of the year"
    )
    add_allowances(p)
    p.set_defaults(command=_compare)


def _compare(args: argparse.Namespace) -> int:
    if len(args.files) < 2 and args.with_file is None:
        raise UsageError("compare: two scenarios or more are needed, or one and --with RESULT")
    if len(args.files) > SHOWN and not args.json:
        raise UsageError(f"compare: {len(args.files)} variants; the text holds {SHOWN}, --json any number")
    scenarios, errors = _load(args)
    if errors and args.with_file is not None:  # else it is read when it is needed
        errors += _unreadable(args.with_file)
    for error in errors:
        complain(str(error))
    if errors:
        return errors[0].exit_code
    import pvsim

    comparison = pvsim.compare(_simulated(args, scenarios), args.with_file)
    if args.json:
        from pvsim.report.files import as_json

        write_utf8(as_json(comparison.to_dict()))
    else:
        from pvsim.report.compare import comparison_text

        sys.stdout.write(comparison_text(comparison.to_dict(), width=columns()))
    return 0


def _simulated(args: argparse.Namespace, scenarios: Sequence[Scenario]) -> list[Result]:
    """The results, in order; how far it is stands on the terminal."""
    import pvsim

    results: list[Result] = []
    with working(args, "compare") as line:
        for number, scenario in enumerate(scenarios, 1):
            line.say(f"compare: scenario {number} of {len(scenarios)}")
            results.append(pvsim.simulate(scenario, **allowances(args)))
    return results


def _load(args: argparse.Namespace) -> tuple[list[Scenario], list[PvsimError]]:
    """The scenarios, and what is wrong with any of them, all files and not only the first bad one."""
    from pvsim.scenario.reader import load

    scenarios: list[Scenario] = []
    errors: list[PvsimError] = []
    for file in dict.fromkeys(args.files):
        try:
            load(file)
        except PvsimError as error:
            errors.append(error)
    if errors:
        return [], errors
    from pvsim.studies.references import check_references, weather_at_hand

    for file in args.files:
        scenario = load(file)
        try:
            if not scenario.roof:
                raise UsageError(f"{file}: a claim without roofs: there is nothing to simulate")
            check_references(scenario, allow_path=args.allow_path)
            weather_at_hand(scenario, allow_distance=args.allow_distance)
        except PvsimError as error:
            if str(error) not in map(str, errors):
                errors.append(error)
        scenarios.append(scenario)
    return scenarios, errors


def _unreadable(file: str) -> list[PvsimError]:
    from pvsim.studies.foreign import read_foreign

    try:
        read_foreign(file)
    except PvsimError as error:
        return [error]
    return []
