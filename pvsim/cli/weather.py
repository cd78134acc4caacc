"""``pvsim weather``: arguments in, text, JSON, figures or a CSV out. It computes nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pvsim.cli.climate import add_climate, climate_year, is_climate
from pvsim.cli.online import PROVIDERS, add_online
from pvsim.cli.progress import working
from pvsim.cli.terminal import (
    Commands,
    Parser,
    add_allowances,
    allowances,
    command,
    coordinates,
    escaped,
    folder,
    write_utf8,
    years_of,
)
from pvsim.errors import UsageError, WeatherError

if TYPE_CHECKING:
    from pvsim.weather.judge import Judgement
    from pvsim.weather.record import Weather

# Names of the weather room, which is not imported before it is needed; a test holds them together.
FORMATS = ("epw", "tmy3", "pvgis", "sam", "nasa-power", "era5", "cams", "openmeteo", "csv")
LABELS = ("start", "center", "end", "instant")
COLUMNS = ("time", "ghi", "dhi", "dni", "temp_air", "wind_speed")


def add_weather(commands: Commands[Parser]) -> None:
    """Declare ``pvsim weather`` and what stands below it."""
    p = command(
        commands, "weather", "look at a weather: its months, its faults, its level; make a climate of your own",
        "stations", "show climate --place 29.44,106.46", "show Dazu", "check station.epw",
        "export Dazu year.csv --seed 7 --step-minutes 15", "climate --from daily.csv",
    )  # fmt: skip
    below = p.add_subparsers(title="commands", metavar="COMMAND", required=True)
    show = command(
        below, "show", "print the months of a weather, its clock and what was mended",
        "station.epw", "Dazu", "climate --place 29.44,106.46", under="weather ",
    )  # fmt: skip
    check = command(
        below, "check", "say how far a weather can be trusted: against the climatology, month by month",
        "station.epw", "station.epw --out figures", "my_roof.toml --json", under="weather ",
    )  # fmt: skip
    export = command(
        below, "export", "write a weather as CSV, as the run would use it",
        "station.epw station.csv", "Dazu year.csv --seed 7", under="weather ",
    )  # fmt: skip
    for q, does in ((show, _weather_show), (check, _weather_check), (export, _weather_export)):
        q.add_argument(
            "file", metavar="WHAT",
            help="weather file, scenario (.toml), climate file (.json) or station; with --place climate or a provider",
        )  # fmt: skip
        q.add_argument("--format", choices=FORMATS, help="of a weather file (default: recognised by its content)")
        q.add_argument("--label", choices=LABELS, help="where in its row the time of a CSV row stands")
        q.add_argument(
            "--column", dest="columns", action="append", default=[], metavar="NAME=HEADER",
            help="header of a CSV for one of pvlib's names: ghi=G_Gh",
        )  # fmt: skip
        q.add_argument("--place", metavar="LAT,LON", help="where the roof is (default: the place of WHAT)")
        q.add_argument("--years", metavar="FIRST-LAST", help="of a provider (default: PVGIS' typical year)")
        q.add_argument("--seed", type=int, metavar="N", help="a random year of a climate (default: its typical year)")
        q.add_argument("--step-minutes", type=int, metavar="N", help="of a climate's year: 60, 30, 15 or 10")
        add_allowances(q)
        q.set_defaults(command=does)
    for q in (show, check):
        q.add_argument("--json", action="store_true", help="print a document instead of the text")
        q.add_argument("--out", type=folder, metavar="DIR", help="draw figures there: months, hours, clearness (PNG)")
    export.add_argument("to", metavar="OUT", help="CSV file to write")
    export.add_argument("--overwrite", action="store_true", help="replace the file if it exists")
    add_climate(below)
    add_online(below)


def _sky(args: argparse.Namespace) -> Weather:
    """The weather that is asked for; a large file is read for some seconds."""
    with working(args, f"weather: reading {args.file}"):
        return _read(args)


def _read(args: argparse.Namespace) -> Weather:
    """The weather of a scenario, of a climate, or of a weather file at its own place."""
    of_file = [f"--{k}" for k in ("format", "label") if getattr(args, k)] + ["--column"] * bool(args.columns)
    of_climate = [f"--{k.replace('_', '-')}" for k in ("seed", "step_minutes") if getattr(args, k) is not None]
    if args.file.casefold().endswith(".toml"):
        given = of_file + of_climate + [f"--{name}" for name in ("place", "years") if getattr(args, name)]
        if given:
            raise UsageError(f"{given[0]} goes with a weather file or a climate; a scenario says it itself")
        from pvsim.scenario.reader import load
        from pvsim.studies.asked import Allowed
        from pvsim.studies.run import weather_of

        flags = allowances(args)
        return weather_of(load(args.file), Allowed(**{name.removeprefix("allow_"): on for name, on in flags.items()}))
    if args.file in PROVIDERS:
        if of_file + of_climate or args.place is None:
            raise UsageError(
                f"{args.file} needs --place LAT,LON and, but for PVGIS, --years; no other option of a weather"
            )
        from pvsim.weather.request import fetch_weather

        first, last = (None, None) if args.years is None else years_of(args.years)
        at = coordinates(args.place)
        return fetch_weather(args.file, *at, start_year=first, end_year=last, offline=args.offline)
    if args.years is not None:
        raise UsageError(f"--years goes with a provider ({', '.join(PROVIDERS)})")
    if is_climate(args.file):
        if of_file:
            raise UsageError(f"{of_file[0]} goes with a weather file, not with a climate")
        return climate_year(args)
    if of_climate:
        raise UsageError(f"{of_climate[0]} goes with a climate; {args.file} is read as a weather file")
    columns = dict(part.partition("=")[::2] for part in args.columns)
    for name, header in columns.items():
        if not header or name not in COLUMNS:
            raise UsageError(f"--column {name}: write NAME=HEADER with NAME one of {', '.join(COLUMNS)}")
    from pvsim.weather.files import read_weather
    from pvsim.weather.table import FileRequest, Place

    place = None if args.place is None else Place(*coordinates(args.place))
    return read_weather(
        FileRequest(Path(args.file), place, args.format, args.label, columns, allow_distance=args.allow_distance)
    )


def _weather_show(args: argparse.Namespace) -> int:
    weather = _sky(args)
    from pvsim.report.sky import show_text, sky_document

    if args.out is not None:
        from pvsim.weather.judge import judge

        _draw(args, weather, judge(weather))
    _tell(args, sky_document(weather), show_text)
    return 0


def _weather_check(args: argparse.Namespace) -> int:
    weather = _sky(args)
    from pvsim.report.sky import check_document, check_text
    from pvsim.weather.judge import judge

    judgement = judge(weather)
    if args.out is not None:
        _draw(args, weather, judgement)
    _tell(args, check_document(weather, judgement), check_text)
    return WeatherError.exit_code if judgement.hopeless else 0


def _draw(args: argparse.Namespace, weather: Weather, judgement: Judgement) -> None:
    from pvsim.report.figures import weather_figures
    from pvsim.report.folder import made, replace

    made(args.out)
    with working(args, "weather: drawing figures"):
        for name, png in weather_figures(weather, judgement).items():
            replace(args.out / name, png)


def _tell(args: argparse.Namespace, document: dict[str, Any], as_text: Callable[[dict[str, Any]], str]) -> None:
    if args.json:
        from pvsim.report.files import as_json

        write_utf8(as_json(document))
    else:
        sys.stdout.write(as_text(document))


def _weather_export(args: argparse.Namespace) -> int:
    weather = _sky(args)
    from pvsim.report.folder import replace
    from pvsim.report.sky import as_csv

    path = Path(args.to)
    if path.exists() and not args.overwrite:
        raise UsageError(f"{args.to} exists already and is left as it is; give another name or --overwrite")
    if not path.parent.is_dir():
        raise UsageError(f"{args.to}: there is no folder {path.parent}; create it first")
    text = as_csv(weather)
    replace(path, text.encode("utf-8"))
    print(escaped(f"{args.to}: {weather.axis.rows} rows written"))
    return 0
