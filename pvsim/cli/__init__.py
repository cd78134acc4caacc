"""The command line: arguments in, text or JSON out. It computes nothing; ``weather`` has the commands of that name.

Imports stand inside the commands: ``--help``, ``check`` and ``convert`` answer without pvlib and pandas.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pvsim import __version__
from pvsim.cli.audit import add_audit
from pvsim.cli.compare import add_compare
from pvsim.cli.convert import add_convert
from pvsim.cli.layout import add_layout
from pvsim.cli.progress import working
from pvsim.cli.terminal import (
    EXIT_CODES,
    Commands,
    Parser,
    add_scenario,
    allowances,
    columns,
    command,
    complain,
    escaped,
    folder,
    warn,
    write_utf8,
)
from pvsim.cli.weather import add_weather
from pvsim.errors import PvsimError, UsageError

if TYPE_CHECKING:
    from pvsim.scenario.schema import Scenario
    from pvsim.studies.result import Result


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code. Results go to stdout, everything else to stderr."""
    try:
        _prepare_streams()
        args = _parser().parse_args(arguments)
        code: int = args.command(args)
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse: 0 after --help, 2 after a usage error; a signal: 128 + its number
        return stop.code if isinstance(stop.code, int) else 2
    except PvsimError as error:
        complain(str(error))
        return error.exit_code
    except BrokenPipeError:
        # the reader has gone (pvsim ... | head): leave quietly, and keep the interpreter from flushing into it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        complain("interrupted")
        return 130
    except ImportError as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # some packages wrap what interrupts their import
            return 130
        raise
    except OSError as error:
        # everything that is opened by name is reported by name: what is left is the standard output
        complain(f"standard output: cannot be written ({error.strerror or error})")
        return 1


def _prepare_streams() -> None:
    """Output that cannot kill the program: a stream that was closed, a console that lacks a character."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the process
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


# --- the arguments -----------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="pvsim",
        description="Hourly yield of rooftop photovoltaics, in kWh, standard coal and CO2.",
        epilog=f"examples:\n  pvsim new my_roof.toml\n  pvsim run my_roof.toml\n  pvsim convert 2.6GWh\n\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pvsim {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    own = (_add_explain, _add_schema)
    for add in (_add_new, _add_check, _add_run, add_layout, add_compare, add_weather, add_audit, add_convert, *own):
        add(commands)
    return parser


def _add_new(commands: Commands[Parser]) -> None:
    p = command(
        commands, "new", "write a commented scenario to start from",
        "my_roof.toml", "hall.toml --roof steel", "hall.toml --place 29.5,106.5",
    )  # fmt: skip
    p.add_argument("file", metavar="FILE", help="file to write; an existing one is never overwritten")
    p.add_argument("--roof", choices=["concrete", "steel"], help="racks on concrete (default), or both slopes of sheet")
    p.add_argument("--place", metavar="NAME", help="a known place, or LATITUDE,LONGITUDE (--place=-33.9,18.4)")
    p.set_defaults(command=_new)


def _add_check(commands: Commands[Parser]) -> None:
    p = command(commands, "check", "list everything that is wrong with a scenario", "my_roof.toml")
    add_scenario(p)
    p.set_defaults(command=_check)


def _add_run(commands: Commands[Parser]) -> None:
    p = command(
        commands, "run", "simulate a scenario and print what it yields",
        "roof.toml", "roof.toml --json", "roof.toml --out results", "roof.toml --out results --lang zh --pdf",
        "roof.toml --set losses.soiling_percent=5",
    )  # fmt: skip
    add_scenario(p)
    p.add_argument("--json", action="store_true", help="print the result document instead of the summary")
    p.add_argument(
        "--out", type=folder, metavar="DIR", help="write report.html, result.json, monthly.csv and hourly.csv there"
    )
    p.add_argument("--lang", choices=["en", "zh", "it"], help="with --out: language of the report (default: en)")
    p.add_argument("--xlsx", action="store_true", help="with --out: the tables as result.xlsx, too")
    p.add_argument("--pdf", action="store_true", help="with --out: print the report as report.pdf with Chromium")
    p.add_argument("--planes", action="store_true", help="with --out: a column for each plane in hourly.csv")
    p.add_argument("--overwrite", action="store_true", help="with --out: replace the result of another scenario")
    p.add_argument(
        "--allow-partial", action="store_true", help="accept weather that covers less than 90 %% of the year"
    )
    p.set_defaults(command=_run)


def _add_explain(commands: Commands[Parser]) -> None:
    p = command(
        commands, "explain", "say what a scenario key, a result number, a factor or a rule is, with its source",
        "soiling_percent", "roof.surface_azimuth", "losses", "performance_ratio", "coal-supply-2022",
        "coal-benchmark-price-chongqing",
    )  # fmt: skip
    p.add_argument(
        "key", metavar="KEY", help="a key of the scenario file, a name in a result, the id of a factor or a rule"
    )
    p.set_defaults(command=_explain)


def _add_schema(commands: Commands[Parser]) -> None:
    p = command(
        commands, "schema", "print the JSON Schema of scenario files, for completion in editors", "> pvsim.schema.json"
    )
    p.set_defaults(command=_schema)


# --- the commands ------------------------------------------------------------------------------------------


def _load(args: argparse.Namespace) -> Scenario:
    from pvsim.scenario.reader import load

    scenario = load(args.file, overrides=args.overrides, max_mb=args.max_scenario_mb)
    _say(args, *scenario.origin.notes)
    return scenario


def _say(args: argparse.Namespace, *texts: str) -> None:
    """What ``--verbose`` shows."""
    for text in texts if args.verbose else ():
        complain(text)


def _new(args: argparse.Namespace) -> int:
    from pvsim.scenario.starter import write_starter

    write_starter(args.file, roof=args.roof, place=args.place)
    from pvsim.scenario.reader import load
    from pvsim.studies.references import weather_at_hand

    try:
        weather_at_hand(load(args.file))
    except PvsimError as error:  # written all the same: a weather file makes it run
        complain(f"warning: it needs a weather file before it runs: {error}")
    print(escaped(f"{args.file}: written; run it with: pvsim run {args.file}"))
    return 0


def _check(args: argparse.Namespace) -> int:
    scenario = _load(args)
    from pvsim.scenario.suspicions import suspicions
    from pvsim.studies.references import check_references, weather_at_hand

    check_references(scenario, allow_path=args.allow_path)
    warn(args, suspicions(scenario))
    roofs = scenario.roof
    if roofs:
        sky = weather_at_hand(scenario, allow_distance=args.allow_distance)
        planes = sum(r.planes for r in roofs)
        counted = all(r.panels for r in roofs)
        panels = f"{sum(r.panels for r in roofs):,} panels" if counted else "as many panels as fit"
        print(escaped(f"{args.file}: valid; {planes} roof plane{'s' if planes > 1 else ''}, {panels}; {sky}"))
    else:
        print(escaped(f"{args.file}: valid; a claim without roofs: there is nothing to simulate"))
    return 0


def _run(args: argparse.Namespace) -> int:
    for option in ("lang", "xlsx", "pdf", "planes", "overwrite"):
        if getattr(args, option) and args.out is None:
            raise UsageError(f"--{option} goes with --out DIR")
    scenario = _load(args)
    if args.out is None:
        with working(args, "simulating"):
            document = _simulate(args, scenario).to_dict()
    else:
        from pvsim.report.folder import held

        browser = _browser(args)  # first: what is missing is said before the work
        with held(args.out, scenario.origin.sha256, overwrite=args.overwrite) as warnings:
            warn(args, (*warnings, *_fontless(args)))
            document = _written(args, scenario, browser)
        _say(args, f"written to {args.out}: {', '.join(f['name'] for f in document['files'])}, result.json")
    if args.json:  # the summary shows them itself
        warn(args, document["warnings"])
    _print(args, document)
    return 0


def _browser(args: argparse.Namespace) -> str | None:
    """What prints the PDF, if one is asked for."""
    if args.xlsx:
        from pvsim.report.workbook import check_library

        check_library()
    if not args.pdf:
        return None
    from pvsim.report.pdf import find_browser

    return find_browser()


def _fontless(args: argparse.Namespace) -> tuple[str, ...]:
    """That figures will not speak the report's language, where no font has its letters."""
    if args.lang != "zh":
        return ()
    from pvsim.report.canvas import drawable
    from pvsim.report.language import language_of

    return () if drawable(language_of("zh")).code == "zh" else (language_of("en").text("no_font"),)


def _written(args: argparse.Namespace, scenario: Scenario, browser: str | None) -> dict[str, Any]:
    """Simulate, and write what was found into the folder."""
    with working(args, "simulating") as progress:
        result = _simulate(args, scenario)
        from pvsim.report.files import write

        progress.say("writing the report")
        return write(
            result, args.out, planes=args.planes, language=args.lang or "en", workbook=args.xlsx, browser=browser
        )


def _simulate(args: argparse.Namespace, scenario: Scenario) -> Result:
    import pvsim

    _say(args, f"simulating {len(scenario.roof)} roof planes")
    result = pvsim.simulate(scenario, **allowances(args))
    _say(args, f"weather: {result.weather!r}, {result.found.rows.size} rows with light")
    return result


def _print(args: argparse.Namespace, document: dict[str, Any]) -> None:
    if args.json:
        from pvsim.report.files import as_json

        write_utf8(as_json(document))
    else:
        from pvsim.report.text import summary

        sys.stdout.write(summary(document, width=columns()))


def _explain(args: argparse.Namespace) -> int:
    from pvsim.report.facts import explain_fact, near_facts

    text = explain_fact(args.key, width=columns())
    if text is None:
        from pvsim.scenario.explain import explain

        try:
            text = explain(args.key)
        except UsageError as error:
            near = near_facts(args.key)
            raise UsageError(f"{error}; near ids: {', '.join(near)}" if near else str(error)) from None
    print(text.rstrip("\n"))
    return 0


def _schema(args: argparse.Namespace) -> int:
    del args
    from pvsim.scenario.jsonschema import json_schema

    write_utf8(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0
