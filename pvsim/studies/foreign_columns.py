"""Columns of PVsyst, SAM and PVWatts: which step a header names, and what its unit is worth."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST_NAME = 200

# PVsyst's names without blanks and underscores. EArrMPP comes before the limits of the inverter, as our DC does;
# EArray after them.
PVSYST = {
    "globhor": "ghi", "globinc": "poa", "globeff": "effective", "earrmpp": "dc", "earray": "dc", "eoutinv": "inverter",
    "egrid": "ac", "pr": "pr",
}  # fmt: skip
# Of SAM and PVWatts, the better column of a step first; the labels are those of ssc's outputs, as PySAM lists them,
# and of older versions.
SAM = (
    (
        "ghi",
        re.compile(r"^irradiance ghi (from weather file|calculated)|^(weather file )?global horizontal irradiance"),
    ),
    ("poa", re.compile(r"^poa (front |total )+irradiance \(?nominal|^nominal poa total irradiance")),
    ("poa", re.compile(r"^(daily average )?(plane of array|poa|solar) (irradiance|radiation)")),
    ("effective", re.compile(r"^poa (front |total )+irradiance after (shading soiling )?(reflection|module cover)")),
    ("dc", re.compile(r"^(dc inverter|inverter dc) input power|^(net )?dc array (power|output)|^array dc power")),
    (
        "ac",
        re.compile(r"^system power generated|^ac system (output|power)|^(net|monthly) ac (power|energy)|^ac energy"),
    ),
    ("inverter", re.compile(r"^ac inverter power|^inverter ac output power|^gross ac power")),
)
LUMPED = ("ac inverter power", "ac system output")  # of PVWatts, whichever program ran it
# in W or kWh, and whether it is a power (to be multiplied by hours) or per day
UNITS = {
    "w": (1e-3, True, False), "kw": (1.0, True, False), "mw": (1e3, True, False),
    "wh": (1e-3, False, False), "kwh": (1.0, False, False), "mwh": (1e3, False, False), "gwh": (1e6, False, False),
    "kwh/mo": (1.0, False, False),
    "w/m2": (1e-3, True, False), "kw/m2": (1.0, True, False),
    "wh/m2": (1e-3, False, False), "kwh/m2": (1.0, False, False), "kwh/m2/day": (1.0, False, True),
    "kwh/m2/d": (1.0, False, True), "kwh/m2.day": (1.0, False, True), "kwh/m2.mth": (1.0, False, False),
    "mj/m2": (1 / 3.6, False, False),
}  # fmt: skip
NUMBERS = {"w", "kw", "mw", "wh", "kwh", "mwh", "gwh", "kwh/mo"}


def name_of(cell: str) -> str:
    """A header without its unit, SAM's prefix and its case."""
    plain = re.sub(r"\|?\s*\([^()]*\)\s*$", "", cell.strip()[:LONGEST_NAME]).strip().lower()
    return re.sub(r"^(hourly data:|subarray 1)\s*", "", re.sub(r"\s+", " ", plain)).strip()


def columns_of(names: Sequence[str]) -> tuple[dict[str, int], bool]:
    """Where each step stands, and whether the names are PVsyst's."""
    short = [re.sub(r"[ _]", "", name) for name in names]
    found = {step: short.index(name) for name, step in reversed(PVSYST.items()) if name in short}
    if found.keys() - {"pr"}:
        return found, True
    for step, pattern in SAM:
        at = [i for i, name in enumerate(names) if pattern.search(name)]
        if at and step not in found:
            found[step] = at[0]
    if "inverter" in found and "ac" not in found and names[found["inverter"]].startswith(LUMPED):
        found["ac"] = found.pop("inverter")  # PVWatts: nothing follows
    found.pop("pr", None)
    return found, False


def plain_unit(unit: str) -> str:
    """A unit in lower case with m2, whatever became of the raised 2 on its way."""
    plain = re.sub(r"[\s\[\]()^]", "", unit).lower()
    if "/m" in plain:
        return re.sub(r"m[^a-z/.]*(?=/|\.|$)", "m2", plain)
    return re.sub(r"^([km]?wh?)(ac|dc)$", r"\1", plain)
