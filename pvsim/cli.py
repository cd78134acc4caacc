"""The command line: arguments in, text or JSON out. It computes nothing.

Imports stand inside the commands: ``--help``, ``check`` and ``convert`` answer without pvlib and pandas.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pvsim import __version__
from pvsim.errors import PvsimError, UsageError

EXIT_CODES = "exit codes: 0 done, 1 run failed, 2 usage, 3 invalid scenario, 4 weather missing or invalid"


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code. Results go to stdout, everything else to stderr."""
    try:
        for stream in (
            sys.stdout,
            sys.stderr,
        ):  # a console that lacks a character shows its code instead of dying
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        args = _parser().parse_args(arguments)
        code: int = args.command(args)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse: 0 after --help, 2 after a usage error
        return stop.code if isinstance(stop.code, int) else 2
    except PvsimError as error:
        print(_escaped(str(error)), file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # the reader has gone (pvsim ... | head): leave quietly, and keep the interpreter from flushing into it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _escaped(text: str) -> str:
    """An error message that may quote a file: its control characters are shown, not obeyed."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pvsim",
        description="Hourly yield of rooftop photovoltaics, and what it saves in standard coal and CO2.",
        epilog=f"example: pvsim run scenarios/hikvision_jianqiao.toml   ({EXIT_CODES})",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pvsim {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(commands)
    _add_check(commands)
    _add_convert(commands)
    return parser


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    p = commands.add_parser(
        "run",
        help="simulate a scenario",
        description="Simulate a scenario file and print what it yields.",
        epilog="examples: pvsim run roof.toml | pvsim run roof.toml --json | pvsim run roof.toml --out results",
        allow_abbrev=False,
    )
    p.add_argument("file", type=Path, metavar="FILE", help="scenario file (TOML)")
    p.add_argument("--json", action="store_true", help="print the result document instead of the summary")
    p.add_argument("--out", type=Path, metavar="DIR", help="write result.json, monthly.csv and hourly.csv there")
    p.add_argument("--planes", action="store_true", help="with --out: a column for each plane in hourly.csv")
    p.add_argument(
        "--allow-partial", action="store_true", help="accept weather that covers less than 90 %% of the year"
    )
    p.set_defaults(command=_run)


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    p = commands.add_parser(
        "check",
        help="check a scenario file without running it",
        description="Read a scenario file and list everything that is wrong with it, each with its line.",
        epilog="example: pvsim check roof.toml",
        allow_abbrev=False,
    )
    p.add_argument("file", type=Path, metavar="FILE", help="scenario file (TOML)")
    p.set_defaults(command=_check)


def _add_convert(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    p = commands.add_parser(
        "convert",
        help="kWh to standard coal and CO2, by every convention",
        description="Convert an amount of electricity to standard coal and CO2, every convention with its source.",
        epilog='examples: pvsim convert 2.6GWh | pvsim convert "32.6 GWh" --region Chongqing --json',
        allow_abbrev=False,
    )
    p.add_argument("quantity", metavar="QUANTITY", help="amount with unit: 2.6GWh, 2,600,000kWh, 260万度")
    p.add_argument("--region", default="Chongqing", help="province of the meter (default: Chongqing)")
    p.add_argument("--json", action="store_true", help="print the rows as JSON")
    p.set_defaults(command=_convert)


def _run(args: argparse.Namespace) -> int:
    if args.planes and args.out is None:
        raise UsageError("--planes adds columns to hourly.csv; give --out DIR too")
    import pvsim

    result = pvsim.simulate(pvsim.load(args.file), allow_partial=args.allow_partial)
    from pvsim.report.files import as_json, write

    document = result.to_dict() if args.out is None else write(result, args.out, planes=args.planes)
    if args.json:
        sys.stdout.write(as_json(document))
    else:
        from pvsim.report.text import summary

        sys.stdout.write(summary(document))
        if args.out is not None:
            print(
                f"written to {args.out}: {', '.join(f['name'] for f in document['files'])}, result.json",
                file=sys.stderr,
            )
    for text in document["warnings"] if args.json else ():
        print(f"warning: {_escaped(text)}", file=sys.stderr)
    return 0


def _check(args: argparse.Namespace) -> int:
    from pvsim.scenario.reader import load
    from pvsim.studies.references import check_references

    scenario = load(args.file)
    check_references(scenario)
    panels = sum(r.panels for r in scenario.roof)
    if scenario.roof:
        print(f"{args.file}: valid; {len(scenario.roof)} roof planes, {panels:,} panels")
    else:
        print(f"{args.file}: valid; a claim without roofs, which can be converted but not simulated")
    return 0


def _convert(args: argparse.Namespace) -> int:
    from pvsim.impact.quantity import parse_quantity
    from pvsim.impact.table import conversion_json, conversion_table

    kwh = parse_quantity(args.quantity)
    if args.json:
        print(json.dumps(conversion_json(kwh, args.region), indent=2, ensure_ascii=False))
    else:
        print(conversion_table(kwh, args.region), end="")
    return 0
