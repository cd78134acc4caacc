"""A first scenario file: it runs as it is, and every key that it leaves out stands in it, commented out.

A line that begins with ``#`` and a key, without a blank between, becomes a setting when the ``#`` is taken
off; all other comments are words. Values, units and reasons are those of the schema.
"""

from __future__ import annotations

import os
import re
import secrets
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pvsim.errors import PvsimError, UsageError
from pvsim.scenario.jsonschema import Key, Table, literal, tables
from pvsim.scenario.wording import closest, quoted, visible

SHEBANG = "#!/usr/bin/env -S pvsim run"
WIDTH = 100

# Latitude and longitude, degrees. Jianqiao park lies in Dadukou; Shapingba is the nearest station.
PLACES: Mapping[str, tuple[float, float]] = {
    "Jianqiao": (29.44, 106.46),
    "Dadukou": (29.44, 106.46),
    "Shapingba": (29.583, 106.467),
}
DEFAULT_PLACE = "Jianqiao"

# What a roof of each kind says: a concrete roof carries racks, on steel sheet the modules follow both slopes.
ROOFS: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "concrete": ({"panels": 400, "surface_tilt": 10.0, "mounting": "rack"},),
    "steel": (
        {"name": "east", "panels": 400, "surface_tilt": 5.0, "surface_azimuth": 90.0, "mounting": "steel-sheet"},
        {"name": "west", "panels": 400, "surface_tilt": 5.0, "surface_azimuth": 270.0, "mounting": "steel-sheet"},
    ),
}
DEFAULT_ROOF = "concrete"

_HEAD = """\
{shebang}
# A scenario of pvsim. It runs as it is: set the place and the panels, then: pvsim run FILE
# What is left out has a default. Lines such as "#altitude = 250.0" are keys that are not set: take
# off the # in front to set one. What is a key? pvsim explain KEY. Is it right? pvsim check FILE
# For completion in an editor: pvsim schema > pvsim.schema.json, and as second line of this file
#     #:schema ./pvsim.schema.json
"""

# Words of the starter's own, above the keys of a table.
_NOTES: Mapping[str, str] = {
    "weather": "Climates travel with pvsim (pvsim weather stations) and hold within 200 km of their stations. "
    'Elsewhere ask a provider (source = "pvgis", pvsim weather fetch), make one (pvsim weather climate) or bring a '
    "weather file (EPW, TMY3, PVGIS, SAM, NASA POWER, ERA5, "
    "Open-Meteo or CSV) and "
    'put it beside this one: source = "file" with path, without year and station; a CSV needs format and label.',
    "inverter": "The size is stated once: dc_ac_ratio, or ac_power_kw of one inverter with count; so is the "
    "efficiency: efficiency_percent or nominal_efficiency_percent.",
    "obstacle": "Take the # off [[obstacle]], too, and say length_m and width_m (or the outline) of its roof; for "
    "another write it again.",
    "claim": "It is compared with the result and never an input. Take the # off [claim], too.",
    "outage": "Take the # off [[outage]], too; for another period write it again.",
    "load": "Say its energy once: annual_kwh, monthly_kwh, or path of a series. Take the # off [load], too.",
    "loads": 'A roof takes it with load = "other"; it has the keys of [load].',
    "storage": "Take the # off [storage], too; it needs [load].",
    "tariff": "Take the # off [tariff], too; it needs [load]. No price is ever assumed.",
    "period": "Take the # off [[period]], too; for other hours write it again.",
    "finance": "Take the # off [finance], too; it needs [load] and [tariff].",
    "modules": 'A roof takes it with module = "other"; it has the keys of [module].',
    "inverters": 'A roof takes it with inverter = "other"; it has the keys of [inverter].',
}


def starter(*, roof: str | None = None, place: str | None = None, name: str | None = None) -> str:
    """The text of a first scenario file.

    Parameters
    ----------
    roof : str, optional
        "concrete" (one plane on racks, 10 degrees; the default) or "steel" (both slopes of a hall, 5 degrees).
    place : str, optional
        A known place, or latitude and longitude in degrees: "29.5,106.5".
    name : str, optional
        Title of the scenario; without one the file's name is taken.

    Raises
    ------
    UsageError
        For an unknown roof or place, coordinates that are none, or a name that cannot be written.
    """
    latitude, longitude = _coordinates(DEFAULT_PLACE if place is None else place)
    roofs = ROOFS.get(DEFAULT_ROOF if roof is None else roof)
    if roofs is None:
        raise UsageError(f"no roof is called {quoted(str(roof))}; there are: {', '.join(ROOFS)}")
    top: dict[str, Any] = {"schema": 1} | ({} if name is None else {"name": _title(name)})
    named = {table.name: table for table in tables()}
    site, roof_table = named.pop("site"), named.pop("roof")
    parts = [_HEAD.format(shebang=SHEBANG), *_keys(named.pop(""), top)]
    # the place and the roof come first: they are what everybody sets
    parts += _section(site, {"latitude": latitude, "longitude": longitude})
    parts += _roofs(roof_table, roofs)
    # an obstacle stands on the roof that is there
    shown = {"obstacle": {"roof": roofs[0]["name"]}} if "name" in roofs[0] else {}
    for table in named.values():
        parts += _section(table, {}, shown.get(table.name, {}))
    return "\n".join(parts) + "\n"


def write_starter(
    path: str | os.PathLike[str], *, roof: str | None = None, place: str | None = None, name: str | None = None
) -> Path:
    """Write a first scenario file, executable where files can be; an existing one is never touched.

    Parameters
    ----------
    path : str or path
        The file to write, in a folder that exists.
    roof, place, name : str, optional
        As in `starter`.

    Returns
    -------
    Path
        The file that was written.

    Raises
    ------
    UsageError
        When the file exists, its folder does not, or an option of `starter` is wrong.
    PvsimError
        When it cannot be written.
    """
    text = starter(roof=roof, place=place, name=name)
    file = Path(path)
    shown = visible(str(file))
    try:
        if not file.parent.is_dir():
            raise UsageError(f"{shown}: there is no folder {visible(str(file.parent))}; create it first")
        if os.path.lexists(file):
            raise FileExistsError
        _write_new(file, text.encode("utf-8"))
    except FileExistsError:
        what = "is a folder; give the name of a file in it" if file.is_dir() else "exists already and is left as it is"
        raise UsageError(f"{shown} {what}; another name is needed, such as {_free_name(file)}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise PvsimError(f"{shown} cannot be written: {visible(reason)}") from None
    return file


def _free_name(file: Path) -> str:
    """A name like the one that is taken, but free."""
    stem = file.stem if file.suffix == ".toml" else "my_roof"
    folder = file if file.is_dir() else file.parent
    return next(n for i in range(2, 1000) if not os.path.lexists(folder / (n := f"{visible(stem)}_{i}.toml")))


# --- what was asked for


def _coordinates(place: str) -> tuple[float, float]:
    """Latitude and longitude of a known place or of ``LAT,LON``."""
    known = {known.casefold(): where for known, where in PLACES.items()}
    if place.strip().casefold() in known:
        return known[place.strip().casefold()]
    number = r"\s*([+-]?\d{1,4}(?:\.\d{1,20})?)\s*"
    match = re.fullmatch(f"{number},{number}", place, re.ASCII)
    if match is None:
        guess = closest(place, PLACES)
        hint = f"; did you mean {guess}?" if guess else ""
        raise UsageError(
            f"no place is called {quoted(place)}{hint}; known are {', '.join(PLACES)}; "
            "for any other give latitude and longitude in degrees: --place 29.5,106.5"
        )
    latitude, longitude = float(match[1]), float(match[2])
    if abs(latitude) > 90:
        swapped = abs(longitude) <= 90 and abs(latitude) <= 180
        todo = f"; swapped? --place {longitude:g},{latitude:g}" if swapped else ""
        raise UsageError(f"{quoted(place)}: latitude {latitude:g} is not from -90 to 90 (degrees){todo}")
    if abs(longitude) > 180:
        todo = f"; west is negative: {longitude - 360:g}" if 180 < longitude <= 360 else ""
        raise UsageError(f"{quoted(place)}: longitude {longitude:g} is not from -180 to 180 (degrees){todo}")
    return latitude, longitude


def _title(name: str) -> str:
    if not 1 <= len(name) <= 200:
        raise UsageError(f"the name has {len(name)} characters; 1 to 200 are allowed")
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"the name {quoted(name)} cannot be written as UTF-8") from None
    return name


# --- the text


def _section(table: Table, live: Mapping[str, Any], shown: Mapping[str, Any] | None = None) -> Iterator[str]:
    """A table with its keys; commented out as a whole where an empty one would say something."""
    yield from _title_lines(table)
    header = table.header.replace("NAME", "other")
    yield header if table.may_be_empty or live else f"#{header}"
    # [modules.NAME] has the keys of [module], which stand there; a load without its energy would be refused
    if not table.many or table.listed or table.name == "loads":
        yield from _keys(table, live, shown)


def _roofs(table: Table, roofs: tuple[Mapping[str, Any], ...]) -> Iterator[str]:
    """Every plane; only the first lists the keys that are not set."""
    yield from _title_lines(table)
    for index, live in enumerate(roofs):
        yield ("" if index == 0 else "\n") + table.header
        given = (key for key in table.keys if key.name in live)
        yield from _keys(table, live) if index == 0 else (f"{k.name} = {literal(live[k.name])}" for k in given)


def _title_lines(table: Table) -> Iterator[str]:
    yield ""
    words = f"{table.description}. {_NOTES.get(table.name, '')}".strip()
    yield textwrap.fill(words, WIDTH, initial_indent="# ", subsequent_indent="# ", break_on_hyphens=False)


def _keys(table: Table, live: Mapping[str, Any], shown: Mapping[str, Any] | None = None) -> Iterator[str]:
    """A line for each key and what there is to say of it; those of ``live`` are set.

    ``shown`` are better values than the schema's examples for keys that are not set.
    """
    for key in sorted(table.keys, key=lambda k: k.name not in live):
        value = live.get(key.name, (shown or {}).get(key.name, key.example))
        setting = f"{'' if key.name in live else '#'}{key.name} = {literal(value)}"
        start = f"{setting}  # " if len(setting) < WIDTH // 2 else f"{setting}\n#     "
        # what stands before the words on the first line takes room there; a line break ends it
        before = " " * len(start.rpartition("\n")[2])
        words = textwrap.fill(
            _words(key, value), WIDTH, initial_indent=before, subsequent_indent="#     ", break_on_hyphens=False
        )
        yield start + words.removeprefix(before)


def _words(key: Key, value: object) -> str:
    """What a key is, its unit and its names, and what holds and why when nobody sets it."""
    names = f": {key.allowed}" if key.allowed.startswith("one of ") else ""
    what = f"{key.description}{key.in_unit}{names}."
    if key.field.is_required() or key.default is None:
        absent = "Required" if key.field.is_required() else f"If absent: {key.said('reason')}"
        return f"{what} {absent}." if key.table != "claim" else what
    reason = f": {key.said('reason')}" if key.said("reason") else ""
    # a value that is the default need not say it twice
    default = "Default" if value == key.default else f"Default {literal(key.default)}"
    return f"{what} {default}{reason}." if reason else what


# --- the file


def _write_new(file: Path, data: bytes) -> None:
    """Write a file that does not exist yet: whole or not at all, and never over another one.

    Raises
    ------
    FileExistsError
        Also when somebody else created it in the meantime.
    """
    draft = file.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        _create(draft, data)
        try:
            os.link(draft, file)  # unlike a rename it refuses to replace what is there
        except FileExistsError:
            raise
        except (OSError, NotImplementedError):  # a file system without links: take the name first, or be refused
            _create(file, b"")
            draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _create(file: Path, data: bytes) -> None:
    """Create a file, executable as far as the system and the umask let it be."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o777)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
