"""Climates on the command line: those that are shipped, the years they give, and climates of one's own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pvsim.cli.progress import working
from pvsim.cli.terminal import Commands, Parser, command, complain, coordinates, escaped, write_utf8, years_of
from pvsim.errors import UsageError

if TYPE_CHECKING:
    from pvsim.weather.record import Weather

HERE = "climate"  # what stands for "the climate of the place that is given"


def add_climate(below: Commands[Parser]) -> None:
    """Declare ``pvsim weather stations`` and ``pvsim weather climate``."""
    p = command(
        below, "stations", "list the climates that are shipped, and what to expect in every province",
        "", "--json", under="weather ",
    )  # fmt: skip
    p.add_argument("--json", action="store_true", help="print a document instead of the text")
    p.set_defaults(command=_stations)
    p = command(
        below, "climate", "make a climate file from daily irradiation, or from twelve monthly means",
        "--from daily.csv", "--from daily.csv kunming.json --name Kunming --years 1991-2017",
        "--from months.csv --place 25.02,102.68 --altitude 1892", under="weather ",
    )  # fmt: skip
    p.add_argument(
        "--from", dest="source", required=True, metavar="FILE", help="CSV of days or months; units in its header"
    )
    p.add_argument(
        "to", nargs="?", metavar="OUT", help="climate file to write (default: FILE's name .climate.json; - prints)"
    )
    p.add_argument("--name", help="of the station (default: the file's)")
    p.add_argument("--place", metavar="LAT,LON", help="where it was measured (default: the file's columns)")
    p.add_argument("--altitude", type=float, metavar="M", help="of that place, in m (default: the file's column)")
    p.add_argument("--years", metavar="FIRST-LAST", help="of daily data, or one YEAR (default: all)")
    p.add_argument("--tz", help="clock kept there: a zone or an offset (default: UTC+8 in China)")
    p.add_argument("--issuer", metavar="TEXT", help="who made the data; stands in every result that uses it")
    p.add_argument("--overwrite", action="store_true", help="replace the file if it exists")
    p.set_defaults(command=_climate)


def is_climate(what: str) -> bool:
    """Whether an argument names a climate: the word, a climate file, or a station when no such file exists."""
    if what.casefold() == HERE:
        return True
    path = Path(what)
    if path.name.casefold().endswith(".climate.json"):
        return True
    if _is_file(path):
        from pvsim.weather.atlas import holds_climate

        return path.suffix.casefold() == ".json" and holds_climate(path)
    # a name with a suffix or a folder is a file that is not there, and should be missed as one
    return not path.suffix and path.name == what


def _is_file(path: Path) -> bool:
    """Whether there is such a file; a name too long for one is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def climate_year(args: argparse.Namespace) -> Weather:
    """The year that a climate gives: at its station, or at a place."""
    from pvsim.weather.request import weather_at
    from pvsim.weather.site import STEP_MINUTES

    path = Path(args.file)
    here, own = args.file.casefold() == HERE, path.suffix.casefold() == ".json" or _is_file(path)
    if here and args.place is None:
        raise UsageError("climate needs --place LAT,LON, such as 29.44,106.46; or name a station")
    return weather_at(
        *(() if args.place is None else coordinates(args.place)),
        station=None if here or own else args.file,
        climate_file=None if here or not own else args.file,
        seed=args.seed,
        step_minutes=STEP_MINUTES if args.step_minutes is None else args.step_minutes,
        allow_distance=args.allow_distance,
    )


def _stations(args: argparse.Namespace) -> int:
    from pvsim.report.climates import stations_document, stations_text

    document = stations_document()
    if args.json:
        from pvsim.report.files import as_json

        write_utf8(as_json(document))
    else:
        sys.stdout.write(stations_text(document))
    return 0


def _climate(args: argparse.Namespace) -> int:
    from pvsim.report.climates import made_text
    from pvsim.report.folder import replace
    from pvsim.scenario.blocks import utc_offset_minutes
    from pvsim.scenario.fault import RefusedError
    from pvsim.weather.own import as_json, make_climate
    from pvsim.weather.table import Place

    source = Path(args.source)
    path = None if args.to == "-" else Path(args.to or f"{source.stem}.climate.json")
    if path is not None:
        _refuse_target(path, source, overwrite=args.overwrite)
    try:
        offset = None if args.tz is None else utc_offset_minutes(args.tz)
    except RefusedError as error:
        raise UsageError(f"--tz: {error}") from error
    place = None if args.place is None else Place(*coordinates(args.place))
    years = None if args.years is None else years_of(args.years)
    with working(args, f"weather: making a climate of {args.source}"):
        made = make_climate(
            source,
            name=args.name,
            place=place,
            altitude=args.altitude,
            years=years,
            utc_offset_minutes=offset,
            issuer=args.issuer,
        )
    text = as_json(made.document) + "\n"
    if path is None:
        write_utf8(text)
        for note in made.notes:
            complain(f"note: {note}")
        return 0
    replace(path, text.encode("utf-8"))
    print(escaped(made_text(str(path), made.document, made.notes)), end="")
    return 0


def _refuse_target(path: Path, source: Path, *, overwrite: bool) -> None:
    """A climate file ends in .json, does not replace its own source, and nothing without being told."""
    if path.suffix.casefold() != ".json":
        raise UsageError(f"{path}: a climate file ends in .json, by which a scenario knows it")
    if path.is_dir():
        raise UsageError(f"{path}: that is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}; create it first")
    if path.exists() and path.samefile(source) if source.exists() else False:
        raise UsageError(f"{path}: that is the file to read; give another name")
    if (path.exists() or path.is_symlink()) and not overwrite:
        raise UsageError(f"{path} exists already and is left as it is; give another name or --overwrite")
