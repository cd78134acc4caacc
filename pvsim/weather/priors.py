"""What annual irradiation and yield to expect in a province: coarse, for sanity checks where no station is near.

``data/climate/provinces.csv`` is written by ``tests/derive_priors.py``, which says how.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


@dataclass(frozen=True)
class Prior:
    """A province.

    Attributes
    ----------
    ghi_kwh_per_m2 : mean of its own stations, else of those round it; low and high: the range that is plausible
    yield_kwh_per_kwp : first year at 10 degrees with the default losses; low: flat, with every loss at its high end in
        the darkest part; high: at the best tilt, with every loss at its low end in the brightest
    stations : what it was taken from
    own : whether these lie in the province
    source : who says so
    """

    province: str
    ghi_kwh_per_m2: float
    ghi_low_kwh_per_m2: float
    ghi_high_kwh_per_m2: float
    yield_kwh_per_kwp: float
    yield_low_kwh_per_kwp: float
    yield_high_kwh_per_kwp: float
    stations: str
    own: bool
    source: str


@lru_cache(maxsize=1)
def priors() -> tuple[Prior, ...]:
    """All provinces, in alphabetical order."""
    text = (files("pvsim") / "data" / "climate" / "provinces.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        Prior(
            province=row["province"],
            ghi_kwh_per_m2=float(row["ghi_kwh_per_m2"]),
            ghi_low_kwh_per_m2=float(row["ghi_low_kwh_per_m2"]),
            ghi_high_kwh_per_m2=float(row["ghi_high_kwh_per_m2"]),
            yield_kwh_per_kwp=float(row["yield_kwh_per_kwp"]),
            yield_low_kwh_per_kwp=float(row["yield_low_kwh_per_kwp"]),
            yield_high_kwh_per_kwp=float(row["yield_high_kwh_per_kwp"]),
            stations=row["stations"],
            own=row["own"] == "yes",
            source=row["source"],
        )
        for row in csv.DictReader(lines)
    )


def prior_of(province: str) -> Prior | None:
    """That of a province by its English name; None where there is none."""
    return next((p for p in priors() if p.province == province), None)
