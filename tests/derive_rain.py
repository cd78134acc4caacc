"""Derive the rain of the climates that pvsim ships from the EPW files it comes from.

    python tests/derive_rain.py --weather DIR [--check]

DIR holds the EPW files that ``derive_climate`` names. Without ``--check`` pvsim/data/climate/rain.json is written; with
it they are compared, and the exit code is 1 when a number differs by more than one unit in its last digit. What was
decided here, and why:

- **Which files**: of Chongqing the TMYx files of 2007-2021 and 2011-2025, 20 different months, whose rain is ERA5's,
  hour by hour. That of 2004-2018 holds sums of reports, but wrongly spread: 132 of its 353 wet hours stand at 08 h, and
  a sum runs on from there in lumps of up to 7 mm an hour, after it fell (80 mm on 18 September 2014 in 16 rows of 5.0).
  Its sums are not used; the number of its wet days is a witness. The CSWD years have zeros or 999 throughout, so
  Beijing has no rain here. Chengdu's is that of its airport Shuangliu, 20 km from Wenjiang in the same plain, one month
  of each.
- **A wet day has 1 mm, not 0.1 mm**: ERA5 drizzles. At 0.1 mm Chongqing has 247 wet days a year, at 1 mm 165; the
  reports of the third file have 156 of 0.1 mm, and weather-and-climate.com has 12 in January and 16 in June (here 12
  and 20; at 0.1 mm 20 and 24). C. Zhou and K. Wang, J. Climate 30(16), 2017: eight reanalyses over China have light
  rain too often by 31.5 % and more, and heavy rain too rarely.
- **The sum of a month is that of all its hours**, the same as ``air.rain`` of the climate: the 2 % below 1 mm a day go
  to the wet days. 1,408 mm a year in Chongqing is above what the literature has (1,000 to 1,350), as one or two months
  that were chosen by their temperature and sun are no normal. Nothing is scaled.
- **What soiling makes of it**, with Kimber's defaults and 0.15 % a day: Chongqing loses 0.21 % of its light, in the two
  files' own rows 0.19 and 0.36 %. It hangs on few days with 6 mm in winter: with nine tenths of the rain it is 0.31 %,
  with eight tenths 0.45 %. Chengdu's one January, February, March and April have none, and 6 % of the light are lost.
- **Rank correlation**: Spearman's, of the day's clearness (its GHI over its extraterrestrial) and its rain, days below
  1 mm being dry; the mean of the months at hand, smoothed (1 2 1)/4 over the year, as that of 30 days is uncertain by
  0.15. The level of these files' GHI is too high; ranks do not ask for it.
"""

from __future__ import annotations

import argparse
import calendar
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from derive_climate import AIR, OUT, differences, digest, distinct_months
from scipy.stats import spearmanr

from pvsim.weather.own import as_json
from pvsim.weather.statistics import rounded

NAME = "rain.json"
WET_DAY_MM = 1.0
CLEANING_MM = 6.0  # Kimber et al. 2006, the default of losses.cleaning_rain_mm
MISSING = 999.0
PROBABILITIES = tuple(i / 20 for i in range(21))
STATIONS = {"57516": "57516", "56294": "56187"}  # of the rain: the one whose files derive_climate reads it from


def station(folder: Path, station_id: str) -> dict[str, Any]:
    """The rain of a station, by month."""
    hours = AIR[STATIONS[station_id]]
    months = distinct_months(folder, hours)
    assert all((one["rain"] < MISSING).all() for m in months for one in m)
    daily = [[(one["rain"].sum(axis=1), one) for one in m] for m in months]
    wet = [[np.where(rain >= WET_DAY_MM, rain, 0.0) for rain, _ in m] for m in daily]
    ranks = np.array([np.mean([rank_correlation(one, w) for w, (_, one) in zip(*pair, strict=True)])
                      for pair in zip(wet, daily, strict=True)])  # fmt: skip
    years = sorted({int(one["year"][0]) for m in months for one in m})
    return {
        "id": station_id,
        "name": hours.name,
        "latitude": hours.latitude,
        "longitude": hours.longitude,
        "source": {
            "issuer": hours.issuer,
            "document": "; ".join(f"{name}{digest(folder / name)}" for name in hours.files),
            "period": f"{sum(map(len, months))} typical months of {years[0]}-{years[-1]}",
            "method": "Sums of the months; share and quantiles of days with 1 mm or more; rank correlation of a day's "
            "clearness and rain, smoothed (1 2 1)/4 over the months.",
            "status": f"reanalysis (ERA5), one or two typical months each, not a normal{without_cleaning(wet)}",
        },
        "mm": rounded([np.mean([one["rain"].sum() for one in m]) for m in months], 1),
        "wet_day_share": rounded([np.mean([(w > 0).mean() for w in m]) for m in wet], 3),
        "rank_correlation": rounded((np.roll(ranks, 1) + 2 * ranks + np.roll(ranks, -1)) / 4, 3),
        "probabilities": list(PROBABILITIES),
        "wet_day_mm": [
            rounded(np.quantile(pooled[pooled > 0], PROBABILITIES), 2) for pooled in map(np.concatenate, wet)
        ],
    }


def without_cleaning(wet: list[list[np.ndarray]]) -> str:
    """Which months have no day that washes: dust then grows through them, and a reader should see why."""
    names = [calendar.month_abbr[m + 1] for m, month in enumerate(wet) if max(w.max() for w in month) < CLEANING_MM]
    return f"; no day with {CLEANING_MM:g} mm in {', '.join(names)}" if names else ""


def rank_correlation(month: dict[str, np.ndarray], rain: np.ndarray) -> float:
    """Spearman's rank correlation of a month's daily clearness and rain."""
    return float(spearmanr(month["ghi"].sum(axis=1) / month["ghi_extra"].sum(axis=1), rain).statistic)


def derive(folder: Path) -> dict[str, Any]:
    """The document."""
    return {"schema": 1, "stations": [station(folder, i) for i in STATIONS]}


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description="derive pvsim/data/climate/rain.json from its sources")
    parser.add_argument("--weather", type=Path, required=True, help="folder with the source files")
    parser.add_argument("--check", action="store_true", help="compare with the shipped file, change nothing")
    args = parser.parse_args()
    document = derive(args.weather)
    if not args.check:
        (OUT / NAME).write_text(as_json(document) + "\n", encoding="utf-8")
    found = differences(document, json.loads((OUT / NAME).read_text(encoding="utf-8")))
    print("\n".join(found) if found else "the shipped rain is what its sources give" if args.check else "written")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
