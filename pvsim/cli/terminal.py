"""What every command shares: how its arguments are declared, and how it speaks."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from pvsim.errors import UsageError

Commands = argparse._SubParsersAction  # argparse has no public name for what add_subparsers returns

MIN_WIDTH, MAX_WIDTH = 80, 100

EXIT_CODES = """exit codes:
  0  done
  1  the run failed (output folder, impossible numbers)
  2  the command line was wrong
  3  the scenario file is invalid
  4  weather is missing or invalid
  130, 143  interrupted, terminated"""


class Parser(argparse.ArgumentParser):
    """argparse, but what it quotes from the command line cannot drive the terminal."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the usage, and leave with code 2."""
        if message.startswith("unrecognized arguments") and "=" in message:
            message += " (a setting needs --set, and quotes where it has blanks: --set 'roof.hall A.panels=100')"
        super().error(escaped(message))


def command(commands: Commands[Parser], name: str, text: str, *examples: str, under: str = "") -> Parser:
    """Declare a command: what it does in one line, and examples of its arguments; ``under`` names those above it."""
    return commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog="\n".join(["examples:", *(f"  pvsim {under}{name} {e}".rstrip() for e in examples), "", EXIT_CODES]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def add_allowances(p: argparse.ArgumentParser) -> None:
    """What is refused unless it is asked for."""
    p.add_argument("--allow-path", action="store_true", help="weather files may lie outside of the scenario's folder")
    p.add_argument(
        "--allow-distance", action="store_true", help="climate or weather file may be from more than 200 km away"
    )
    p.add_argument("--allow-network", action="store_true", help="the address of weather.url may be asked")
    p.add_argument("--offline", action="store_true", help="of a provider's weather only what is in the cache")


def allowances(args: argparse.Namespace) -> dict[str, bool]:
    """The flags of ``pvsim.simulate``, as the command line has them."""
    names = ("allow_partial", "allow_path", "allow_distance", "allow_network", "offline")
    return {name: getattr(args, name, False) for name in names}


def folder(text: str) -> Path:
    """The folder that an argument names."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name is no folder; write . for this one")
    return Path(text)


def coordinates(text: str) -> tuple[float, float]:
    """Latitude and longitude of ``--place``."""
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        latitude = longitude = 999.0
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise UsageError(f"--place {text}: latitude and longitude in degrees are needed, such as 29.5,106.5")
    return latitude, longitude


def years_of(text: str) -> tuple[int, int]:
    """First and last year of ``--years``."""
    found = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", text.strip())
    if found is None:
        raise UsageError(f"--years {text}: first and last year are needed, such as 1991-2017")
    first, last = int(found[1]), int(found[2] or found[1])
    if last < first:
        raise UsageError(f"--years {text}: the last year comes before the first")
    return first, last


def columns() -> int:
    """Width of the text: the terminal's, within what was laid out for."""
    width = shutil.get_terminal_size((MAX_WIDTH, 24)).columns if sys.stdout.isatty() else MAX_WIDTH
    return min(max(width, MIN_WIDTH), MAX_WIDTH)


def complain(text: str) -> None:
    """Say something on stderr; when nobody listens there, the exit code still speaks."""
    with suppress(OSError):
        print(escaped(text), file=sys.stderr, flush=True)


def write_utf8(text: str) -> None:
    """JSON is UTF-8 whatever the console speaks: the same bytes everywhere."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    buffer.write(text.encode("utf-8"))
    buffer.flush()


def escaped(text: str) -> str:
    """A message that may quote a file: its control characters are shown, not obeyed."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode("ascii") for c in text)


def add_scenario(p: argparse.ArgumentParser) -> None:
    """What every command that reads a scenario takes."""
    p.add_argument("file", metavar="FILE", help="scenario file (TOML)")
    p.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a value for this run: losses.soiling_percent=5, roof[0].panels=100, 'roof.hall A.panels=100'",
    )
    p.add_argument("--max-scenario-mb", type=_megabytes, default=5.0, metavar="MB", help="largest file (default: 5)")
    add_allowances(p)
    p.add_argument("-q", "--quiet", action="store_true", help="no warnings on stderr")
    p.add_argument("-v", "--verbose", action="store_true", help="say on stderr what is done")


def _megabytes(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size in MB, a number above 0 and at most 1000")
    return value


def warn(args: argparse.Namespace, texts: Sequence[str]) -> None:
    """Warnings on stderr, unless ``--quiet`` asks for none."""
    for text in () if args.quiet else texts:
        complain(f"warning: {text}")
