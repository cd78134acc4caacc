"""Modules and inverters by name: pvsim's own catalog, and the tables of CEC and Sandia that pvlib ships.

The tables are read as text, so that a scenario is checked without pvlib; only the run makes numbers of a row. A name
is found however it is punctuated: ``Canadian Solar Inc. CS5P-220M`` is pvlib's ``Canadian_Solar_Inc__CS5P_220M``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from pvsim.scenario.wording import quoted

MODULE_TABLES = {"catalog": "modules.csv", "cec": "sam-library-cec-modules-*", "sandia": "sam-library-sandia-modules-*"}
INVERTER_TABLES = {"catalog": "inverters.csv", "cec": "sam-library-cec-inverters-*"}
SHOWN = 5  # names that are offered where one is not known


@dataclass(frozen=True)
class Entry:
    """One row of a table: its table (``catalog``, ``cec`` or ``sandia``), its name there, and its cells."""

    table: str
    name: str
    cells: Mapping[str, str]
    file: str

    def number(self, column: str) -> float | None:
        """A cell as a number, None where it is empty or not one."""
        try:
            return float(self.cells.get(column, ""))
        except ValueError:
            return None


def find_module(name: str) -> Entry | None:
    """The module of this name, or None."""
    return _find(name, MODULE_TABLES)


def find_inverter(name: str) -> Entry | None:
    """The inverter of this name, or None."""
    return _find(name, INVERTER_TABLES)


def suggested(name: str, kind: str) -> str:
    """What to do about a name that is not known; ``kind`` is "module" or "inverter"."""
    tables = MODULE_TABLES if kind == "module" else INVERTER_TABLES
    found = _alike(name, {e.name: e for table in tables for e in _table(table, tables[table]).values()}.values())
    near = f"near it are {', '.join(quoted(e.name) for e in found)}" if found else "nothing is near it"
    own = ", ".join(map(quoted, catalog_names(kind)[:3]))
    return f"{near}; the catalog has {own} ... (pvsim explain {kind}.name lists it)"


def catalog_names(kind: str) -> tuple[str, ...]:
    """The names of pvsim's own catalog."""
    tables = MODULE_TABLES if kind == "module" else INVERTER_TABLES
    return tuple(dict.fromkeys(entry.name for entry in _table("catalog", tables["catalog"]).values()))


def _find(name: str, tables: Mapping[str, str]) -> Entry | None:
    """As written, else as pvlib writes it, else by letters and digits alone: a few names differ in a bracket only."""
    for key in (name, _as_pvlib(name), _key(name)):
        for table, file in tables.items():
            if found := _table(table, file).get(key):
                return found
    return None


def _as_pvlib(name: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in name)


def _key(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


@cache
def _table(table: str, pattern: str) -> Mapping[str, Entry]:
    """A table by its names: as they stand, as pvlib has them, and by their letters and digits."""
    if table == "catalog":
        text, file = files("pvsim").joinpath("data", pattern).read_text(encoding="utf-8"), pattern
    else:
        spec = find_spec("pvlib")  # finds the package without importing it
        folder = Path((spec.submodule_search_locations or [""])[0] if spec else "", "data")
        path = max(folder.glob(f"{pattern}.csv"))
        text, file = path.read_text(encoding="utf-8"), path.name
    header, *rows = csv.reader(io.StringIO(text))
    header = [column.replace(" ", "_") for column in header]  # as pvlib does
    rows = rows if table == "catalog" else rows[2:]  # below SAM's names stand units and variables
    found: dict[str, Entry] = {}
    for cells in rows:
        if cells:
            entry = Entry(table, cells[0], dict(zip(header, cells, strict=False)), file)
            for key in (entry.name, _as_pvlib(entry.name), _key(entry.name)):
                found.setdefault(key, entry)
    return found


def _alike(name: str, entries: Iterable[Entry]) -> list[Entry]:
    """The names that share most runs of three letters with this one."""
    wanted = _trigrams(name)
    scored = [(2 * len(wanted & (own := _trigrams(e.name))) / max(1, len(wanted) + len(own)), e) for e in entries]
    best = sorted((pair for pair in scored if pair[0] > 0.3), key=lambda pair: (-pair[0], pair[1].name))
    return [entry for _, entry in best[:SHOWN]]


def _trigrams(name: str) -> set[str]:
    key = _key(name[:200])
    return {key[i : i + 3] for i in range(len(key) - 2)}
