"""What stands beside the tonnes and is none of them: how much GDP their coal is, and the plant's own emissions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from pvsim.impact.groups import Answer
from pvsim.impact.registry import STATUS_TEXTS

NOT_CREDITS: Final = (
    "No sellable credits: these are accounts, each by the rule of its use; none of the tonnes is a certified reduction."
)
# Kinds of coal, in words: a GDP figure of one is no alternative to that of the other.
_COAL: Final = {"calorific": "calorific", "supply": "equivalent (supply rate)"}


@cache
def _data() -> Mapping[str, Mapping[str, str]]:
    text = files("pvsim").joinpath("data/context.csv").read_text(encoding="utf-8")
    return {row["id"]: row for row in csv.DictReader(io.StringIO(text))}


def gdp_context(answers: Iterable[Answer], place: str) -> list[dict[str, Any]]:
    """The coal of each kind as the energy of so many million yuan of GDP, where an intensity is on file.

    Returns
    -------
    list of dict
        JSON values ``name``, ``value``, ``unit``, ``source``, ``note``, one for each kind of coal; empty for a
        place without a published energy intensity.
    """
    row = next((r for r in _data().values() if r["id"].startswith("gdp-intensity-") and r["region"] == place), None)
    if row is None:
        return []
    intensity = float(row["value"])  # tce per 10,000 yuan
    return [
        {
            "name": f"GDP of the {_COAL[a.leading.method]} coal",
            "value": a.tonnes(a.leading) / intensity / 100.0,  # 100 times 10,000 yuan are a million
            "unit": "million yuan",
            "factor_id": a.leading.id,
            "source": f"{row['issuer']}, {row['document']}; seen: {row['where_seen']}",
            "note": f"at {row['value']} {row['unit']} of {place}; {row['note']}; {STATUS_TEXTS[row['status']]}",
        }
        for a in answers
        if a.leading.method in _COAL
    ]


def gdp_text(context: Iterable[Mapping[str, Any]]) -> str:
    """The same as a sentence; "" without context."""
    parts = [f"{entry['name'].removeprefix('GDP of ')} {entry['value']:,.1f} {entry['unit']}" for entry in context]
    if not parts:
        return ""
    entry = next(iter(context))
    return f"CONTEXT, GDP with as much energy: {'; '.join(parts)} ({entry['note']}; {entry['source']})"


def embodied() -> str:
    """One sentence on the emissions of making the plant, which are in none of the numbers."""
    low, high = _data()["embodied-pv-low"], _data()["embodied-pv-high"]
    return (
        f"Making and installing the plant emits about {low['value']} to {high['value']} g of CO2e per kWh of its life "
        f"({low['document']}, status {low['status']}), outside of all these numbers."
    )
