"""``pvsim weather fetch`` and ``pvsim weather cache``: arguments in, text or JSON out. It computes nothing."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from pvsim.cli.progress import working
from pvsim.cli.terminal import (
    Commands,
    Parser,
    add_allowances,
    allowances,
    command,
    coordinates,
    escaped,
    write_utf8,
    years_of,
)
from pvsim.errors import UsageError, WeatherError

if TYPE_CHECKING:
    from pvsim.weather.table import FileRequest, OnlineRequest

PROVIDERS = ("pvgis", "nasa-power", "era5", "cams", "openmeteo")  # of the weather room; a test holds them together


def add_online(below: Commands[Parser]) -> None:
    """Declare ``pvsim weather fetch`` and ``pvsim weather cache``."""
    p = command(
        below, "fetch", "fetch weather of a provider once, and keep it for runs without a network",
        "--source pvgis --place 29.44,106.46", "--source nasa-power --place 29.44,106.46 --years 2019-2023",
        "my_roof.toml", under="weather ",
    )  # fmt: skip
    p.add_argument("file", nargs="?", metavar="FILE", help="scenario (TOML): all that it asks of providers")
    p.add_argument("--source", choices=PROVIDERS, help="provider")
    p.add_argument("--place", metavar="LAT,LON", help="where the roof is")
    p.add_argument("--years", metavar="FIRST-LAST", help="whole years, or one YEAR (default: PVGIS' typical year)")
    p.add_argument("--refresh", action="store_true", help="ask again, whatever the cache has")
    p.add_argument("--json", action="store_true", help="print a document instead of the text")
    add_allowances(p)
    p.set_defaults(command=_fetch)
    p = command(below, "cache", "list, check or remove what was fetched", "list", "verify", "clear", under="weather ")
    p.add_argument(
        "action", choices=("list", "verify", "clear"),
        help="list: what is there; verify: set damaged entries aside, exit code 4 if there are any; clear: remove all",
    )  # fmt: skip
    p.add_argument("--json", action="store_true", help="print a document instead of the text")
    p.set_defaults(command=_cache)


def _fetch(args: argparse.Namespace) -> int:
    if args.refresh and args.offline:
        raise UsageError("--refresh asks again, which --offline forbids")
    from pvsim.report.online import fetched_document, fetched_text
    from pvsim.weather.judge import judge
    from pvsim.weather.online.source import answers_of, weather_from

    documents: list[dict[str, Any]] = []
    for online, file in _requests(args):
        with working(args, f"weather: asking {online.source}"):
            answers = answers_of(online, file)
            weather = weather_from(online, file, answers)
        documents.append(fetched_document(answers, weather, judge(weather)))
        if not args.json:
            sys.stdout.write(fetched_text(documents[-1]))
            sys.stdout.flush()
    if args.json:
        from pvsim.report.files import as_json

        write_utf8(as_json({"fetched": documents}))
    return 0


def _requests(args: argparse.Namespace) -> list[tuple[OnlineRequest, FileRequest]]:
    """What is to be fetched: as a scenario says, or as the options do."""
    options = [f"--{name}" for name in ("source", "place", "years") if getattr(args, name) is not None]
    if args.file is not None:
        if options:
            raise UsageError(f"{options[0]} goes without a scenario, which says it itself")
        from pvsim.scenario.reader import load
        from pvsim.studies.asked import Allowed, online_requests
        from pvsim.studies.references import check_references

        scenario = load(args.file)
        check_references(scenario, allow_path=args.allow_path)
        flags = {name.removeprefix("allow_"): on for name, on in allowances(args).items()}
        found = online_requests(scenario, Allowed(**flags, refresh=args.refresh))
        if not found:
            raise UsageError(f"{args.file}: asks no provider: its [weather] source is {scenario.weather.source!r}")
        return found
    if args.source is None or args.place is None:
        raise UsageError("fetch needs --source and --place LAT,LON, or a scenario")
    from pathlib import Path

    from pvsim.weather.table import FileRequest, OnlineRequest, Place

    first, last = (None, None) if args.years is None else years_of(args.years)
    place = Place(*coordinates(args.place))
    online = OnlineRequest(args.source, first, last, offline=args.offline, refresh=args.refresh)
    return [(online, FileRequest(Path(), place))]


def _cache(args: argparse.Namespace) -> int:
    from pvsim.report.online import cache_document, cache_text
    from pvsim.weather.online import cache

    if args.action == "clear":
        count, size = cache.clear()
        print(escaped(f"{cache.folder()}: {count} files removed, {size / 1e6:.2f} MB"))
        return 0
    found = list(cache.entries())
    damaged = [entry for entry in found if entry.fault not in (None, cache.FOREIGN)]
    document = cache_document(str(cache.folder()), found, [path.name for path in cache.unused(found)])
    aside = [cache.set_aside(entry) for entry in damaged if args.action == "verify"]
    if args.json:
        from pvsim.report.files import as_json

        write_utf8(as_json(document))
    else:
        sys.stdout.write(cache_text(document))
        if args.action == "verify":
            done = "set aside" if all(aside) else "left where they are, as the folder cannot be written"
            what = f"{len(damaged)} damaged and {done}" if damaged else "none damaged"
            print(f"{len(found)} checked: {what}")
    return WeatherError.exit_code if args.action == "verify" and damaged else 0
