"""Derive the climate statistics that pvsim ships from the files they come from.

    python tests/derive_climate.py --weather DIR [--check]

DIR holds the daily radiation file and the EPW files named below (they are not shipped: their rights are not
ours). Without ``--check`` the files in ``pvsim/data/climate`` are written; with it they are compared, and the
exit code is 1 when a number differs by more than one unit in its last digit.

What was decided here, and why:

- **Monthly GHI**: a day counts when its GHI is positive; a missing day or one of zero or less gets the mean
  of the counted days of its own month and year, a month without any counted day (April 2017) the mean of all
  counted days of that calendar month. Of the treatments tried, only this one reproduces means, standard
  deviations and annual sum of the published table to their last digit.
- **Clearness of a month** is that GHI over the extraterrestrial irradiation of the month in 2025, the year
  in which the typical year is written: so the generated year has the station's GHI at the station.
- **Persistence of the generator**: it gives every month the same set of days, so it has nothing of the
  difference between years that a correlation over all years holds, and its copula is normal while clear
  spells last longer than that. Its correlation is therefore tuned, month by month, until the mean of the
  single-month correlation over many seeds is that of the data.
- **Temperature and wind** use the eight synoptic hours (02, 05 ... 23 h Beijing time) of the TMYx files.
  The rows between come from another series: cooler by 0.5 to 1 K and with 2.5 instead of 1.4 m/s, which makes
  a three-hourly saw of the raw mean day. That the synoptic rows are the reports of station 57516 is inferred
  from this; their 1.4 m/s agree with the station's CSWD year (1.45 m/s), whose own mean day is a staircase of
  six-hour steps. A value stamped hour h is the observation at h o'clock (there stands the files' sun, too).
- **A month of the same year in both TMYx files counts once.**
- **Temperature and clearness**: regressed on the normal score of the day's rank in its month, as the level
  of the TMYx radiation is too high but its order is not; a trend within the month is taken out. The twelve
  slopes are smoothed (1 2 1)/4, as one of them alone is uncertain by about 0.3 K.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import ndtri
from scipy.stats import rankdata

from pvsim.physics.sun import TimeAxis, sun_over
from pvsim.weather.climate import climate_from
from pvsim.weather.generator import DAYS, SLICES, SPIN_UP_DAYS, daily_clearness, day_scores, normals

OUT = Path(__file__).resolve().parents[1] / "pvsim" / "data" / "climate"
PLACE = {"latitude": 29.58333, "longitude": 106.46667, "altitude": 259.6, "utc_offset_minutes": 480}
FIRST_YEAR, LAST_YEAR, TYPICAL_YEAR = 1991, 2017, 2025
DAILY = "57516.csv"
TMYX = ("CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw", "CHN_CQ_Chongqing.575160_TMYx.2007-2021.epw")
PROBABILITIES = (0, 0.01, 0.02, *(i / 20 for i in range(1, 20)), 0.98, 0.99, 1)
SYNOPTIC_HOURS = np.arange(2, 24, 3)
MJ_PER_KWH = 3.6
TUNING_SEEDS = range(10_000, 10_500)  # far from those that tests and users take


def h0_kwh_per_m2(axis: TimeAxis) -> np.ndarray:
    """(days,) extraterrestrial irradiation on the horizontal of each local day, from pvsim's own sun."""
    sun = sun_over(axis, (30.0,) * 12, PLACE["latitude"], PLACE["longitude"], PLACE["altitude"])
    power = sun.dni_extra * np.cos(np.radians(sun.zenith)) * sun.sunlit_fraction
    return power.reshape(-1, 24).sum(axis=1) / 1000


def read_daily(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Every day of the period and its GHI in kWh/m2, nan where it is missing or not positive."""
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    table = table[(table[:, 4] >= FIRST_YEAR) & (table[:, 4] <= LAST_YEAR)]
    stamps = [f"{int(y)}-{int(m):02d}-{int(d):02d}" for y, m, d in table[:, 4:7]]
    days = np.arange(f"{FIRST_YEAR}-01-01", f"{LAST_YEAR + 1}-01-01", dtype="datetime64[D]")
    ghi = np.full(days.size, np.nan)
    ghi[(np.array(stamps, "datetime64[D]") - days[0]).astype(int)] = table[:, 7] / MJ_PER_KWH
    return days, np.where(ghi > 0, ghi, np.nan)


def monthly_totals(days: np.ndarray, ghi: np.ndarray) -> np.ndarray:
    """(years, 12) GHI of each month, gaps filled as the module says."""
    month = days.astype("datetime64[M]").astype(int)
    totals = []
    for m in np.unique(month):
        values = ghi[month == m]
        known = values[np.isfinite(values)]
        mean = known.mean() if known.size else np.nanmean(ghi[month % 12 == m % 12])
        totals.append(mean * values.size)
    return np.array(totals).reshape(-1, 12)


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Each value's rank as a quantile of the standard normal; nan stays nan."""
    scores = np.full(values.shape, np.nan)
    known = np.isfinite(values)
    scores[known] = ndtri((rankdata(values[known]) - 0.5) / known.sum())
    return scores


def lag_1(values: np.ndarray) -> float:
    """Correlation of each value with the next one, over the pairs that are both known."""
    pairs = np.isfinite(values[:-1]) & np.isfinite(values[1:])
    return float(np.corrcoef(values[:-1][pairs], values[1:][pairs])[0, 1])


def radiation(folder: Path) -> dict[str, Any]:
    """The block "radiation"."""
    days, ghi = read_daily(folder / DAILY)
    totals = monthly_totals(days, ghi)
    offset = PLACE["utc_offset_minutes"]
    start = TimeAxis.of_year(FIRST_YEAR, 60, offset).start_s
    kt = ghi / h0_kwh_per_m2(TimeAxis(start, 60, days.size * 24, offset))
    month = days.astype("datetime64[M]").astype(int)
    typical = np.arange(f"{TYPICAL_YEAR}-01-01", f"{TYPICAL_YEAR + 1}-01-01", dtype="datetime64[D]")
    h0 = h0_kwh_per_m2(TimeAxis.of_year(TYPICAL_YEAR, 60, offset))
    h0_months = np.bincount(typical.astype("datetime64[M]").astype(int) % 12, h0)
    # other months become gaps, so that no pair spans two Januaries
    by_month = [np.where(month % 12 == m, kt, np.nan) for m in range(12)]
    single = [[kt[month == k] for k in np.unique(month) if k % 12 == m] for m in range(12)]
    return {
        "source": {
            "issuer": "Xi'an University of Architecture and Technology",
            "document": f"China Solar Radiation Daily Dataset (CDSRD), station 57516{digest(folder / DAILY)}",
            "period": f"{FIRST_YEAR}-{LAST_YEAR}",
            "method": "Daily GHI; missing days and days of zero or less take the mean of their month; "
            f"clearness over pvsim's own extraterrestrial irradiation, for the months of {TYPICAL_YEAR}.",
            "status": "modelled from sunshine hours, temperature range and pressure; +-6 % in level",
        },
        "ghi_kwh_per_m2": rounded(totals.mean(axis=0), 4),
        "ghi_sd_kwh_per_m2": rounded(totals.std(axis=0, ddof=1), 4),
        "interannual_cv": round(float(totals.sum(axis=1).std(ddof=1) / totals.sum(axis=1).mean()), 5),
        "clearness": rounded(totals.mean(axis=0) / h0_months, 7),
        "probabilities": list(PROBABILITIES),
        "clearness_quantiles": [rounded(np.nanquantile(k, PROBABILITIES), 5) for k in by_month],
        "lag_1_normal_score": rounded([lag_1(normal_scores(k)) for k in by_month], 4),
        "lag_1_single_month": rounded(
            [np.mean([lag_1(k) for k in months if np.isfinite(k).sum() > 20]) for months in single], 4
        ),
    }


def read_tmyx(path: Path) -> dict[str, np.ndarray]:
    """(365, 24) columns of an EPW file, and the (365,) year and month of each day."""
    rows = [line.split(",") for line in path.read_text(encoding="latin-1").splitlines()[8:]]
    columns = {"year": 0, "month": 1, "temp_air": 6, "ghi": 13, "wind_speed": 21, "rain": 33}
    table = {k: np.array([float(r[c]) for r in rows]).reshape(365, 24) for k, c in columns.items()}
    return table | {k: table[k][:, 0].astype(int) for k in ("year", "month")}


def distinct_months(folder: Path) -> list[list[dict[str, np.ndarray]]]:
    """For each calendar month, the months of the TMYx files, each year once; columns (days, 24)."""
    months: list[list[dict[str, np.ndarray]]] = [[] for _ in range(12)]
    for table in (read_tmyx(folder / name) for name in TMYX):
        for m in range(12):
            one = {k: v[table["month"] == m + 1] for k, v in table.items()}
            if all(one["year"][0] != other["year"][0] for other in months[m]):
                months[m].append(one)
    return months


def synoptic(column: np.ndarray) -> np.ndarray:
    """(days, 8) the observations at 02, 05 ... 23 h; column i of the file is stamped hour i + 1."""
    return column[:, SYNOPTIC_HOURS - 1]


def mean_day(months: list[dict[str, np.ndarray]], name: str) -> np.ndarray:
    """(24,) mean of each clock hour, from a periodic spline through the eight synoptic means."""
    values = np.mean([synoptic(one[name]).mean(axis=0) for one in months], axis=0)
    hours = np.append(SYNOPTIC_HOURS, SYNOPTIC_HOURS[0] + 24)
    spline = CubicSpline(hours, np.append(values, values[0]), bc_type="periodic").antiderivative()
    return np.diff([spline_integral(spline, hour) for hour in range(25)])


def spline_integral(antiderivative: Any, hour: float) -> float:
    """Integral from the first knot to ``hour`` of a periodic function, from its antiderivative."""
    first, last = antiderivative.x[0], antiderivative.x[-1]
    turns, rest = divmod(hour - first, last - first)
    return float(turns * antiderivative(last) + antiderivative(first + rest))


def day_ranges(month: dict[str, np.ndarray]) -> np.ndarray:
    """(days,) highest less lowest of the eight temperatures of each day."""
    return np.ptp(synoptic(month["temp_air"]), axis=1)


def per_score(months: list[dict[str, np.ndarray]]) -> tuple[float, float]:
    """Slopes of the day's mean and of its range (K) on the normal score of its clearness."""
    scores, trends, means, ranges = [], [], [], []
    for one in months:
        scores.append(normal_scores(one["ghi"].sum(axis=1)))  # within a month the rank of GHI is nearly that of Kt
        day = np.arange(scores[-1].size, dtype=float)
        trends.append(day - day.mean())
        t = synoptic(one["temp_air"])
        means.append(t.mean(axis=1) - t.mean())
        ranges.append(day_ranges(one) - day_ranges(one).mean())
    # each month has a trend of its own, all share the slope on the score
    apart = np.zeros((len(months), sum(map(len, trends))))
    edges = np.cumsum([0, *map(len, trends)])
    for row, (a, b) in enumerate(pairwise(edges)):
        apart[row, a:b] = trends[row]
    x = np.column_stack([np.concatenate(scores), apart.T])
    fit = np.linalg.lstsq(x, np.column_stack([np.concatenate(means), np.concatenate(ranges)]), rcond=None)[0]
    return float(fit[0, 0]), float(fit[0, 1])


def tmyx_source(folder: Path, method: str, status: str) -> dict[str, str]:
    """The source block of what comes from the TMYx files."""
    names = "; ".join(f"{name}{digest(folder / name)}" for name in TMYX)
    return {
        "issuer": "Climate.OneBuilding (NCEI ISD / ERA5)",
        "document": names,
        "period": "typical months of 2007-2025",
        "method": method,
        "status": status,
    }


def other_blocks(folder: Path) -> dict[str, Any]:
    """The blocks "temperature", "wind" and "rain"."""
    months = distinct_months(folder)
    slopes = np.array([per_score(m) for m in months])
    smooth = (np.roll(slopes, 1, axis=0) + 2 * slopes + np.roll(slopes, -1, axis=0)) / 4
    observed = "synoptic hours of a compiled typical year, taken for observations of the station"
    return {
        "temperature": {
            "source": tmyx_source(
                folder,
                "Mean day of each month through the eight synoptic hours; slopes of the day's mean and range "
                "on the normal score of its clearness, smoothed (1 2 1)/4 over the months.",
                observed,
            ),
            "profile_c": [rounded(mean_day(m, "temp_air"), 2) for m in months],
            "day_range_c": rounded([np.mean([day_ranges(one).mean() for one in m]) for m in months], 2),
            "day_mean_c_per_score": rounded(smooth[:, 0], 3),
            "day_range_c_per_score": rounded(smooth[:, 1], 3),
        },
        "wind": {
            "source": tmyx_source(
                folder,
                "Mean day of each month through the eight synoptic hours, 10 m above ground; the rows "
                "between them are of another series (2.5 m/s) and left out. The station's CSWD year has "
                "1.45 m/s, in six-hour steps.",
                observed,
            ),
            "profile_m_per_s": [rounded(mean_day(m, "wind_speed"), 2) for m in months],
        },
        "rain": {
            "source": tmyx_source(folder, "Sum of each month.", "one or two typical months each, not a normal"),
            "mm": rounded([np.mean([one["rain"].sum() for one in m]) for m in months], 1),
        },
    }


def digest(path: Path) -> str:
    """The first digits of a file's hash, to put behind its name."""
    return f" (sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:12]})"


def rounded(values: Any, digits: int) -> list[float]:
    """Plain floats of so many decimals."""
    return [round(float(v), digits) for v in values]


def generator_lag_1(document: dict[str, Any]) -> list[float]:
    """Correlation of the generator's series that gives its single months that of the data, on average."""
    target = np.array(document["radiation"]["lag_1_single_month"])
    noise = [normals(seed, SPIN_UP_DAYS + DAYS) for seed in TUNING_SEEDS]
    rho = np.array(document["radiation"]["lag_1_normal_score"])
    for _ in range(6):
        document["radiation"]["lag_1_generator"] = rho.tolist()
        climate = climate_from(document, "57516.json")
        years = [daily_clearness(climate, day_scores(climate, n)) for n in noise]
        found = np.mean([[lag_1(kt[days]) for days in SLICES] for kt in years], axis=0)
        rho = np.clip(rho + target - found, 0, 0.9)
    return rounded(rho, 3)


def derive(folder: Path) -> dict[str, Any]:
    """Both shipped documents, by file name."""
    station = {"id": "57516", "name": "Chongqing Shapingba", "province": "Chongqing"} | PLACE
    climate = {"schema": 1, **station, "period": f"{FIRST_YEAR}-{LAST_YEAR}", "radiation": radiation(folder)}
    climate |= other_blocks(folder)
    climate["radiation"]["lag_1_generator"] = generator_lag_1(climate)
    return {"57516.json": climate, "index.json": {"schema": 1, "stations": [station]}}


def dump(value: Any, indent: str = "") -> str:
    """JSON with one row of numbers a line."""
    deeper = indent + "  "
    if isinstance(value, dict):
        items = [f"{deeper}{json.dumps(k)}: {dump(v, deeper)}" for k, v in value.items()]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], list | dict):
        return "[\n" + ",\n".join(deeper + dump(v, deeper) for v in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def differences(new: Any, old: Any, place: str = "") -> list[str]:
    """Where two documents differ, numbers by more than one unit in the old one's last digit."""
    if isinstance(new, dict) and isinstance(old, dict) and new.keys() == old.keys():
        return [d for k in new for d in differences(new[k], old[k], f"{place}.{k}")]
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        return [d for i, pair in enumerate(zip(new, old, strict=True)) for d in differences(*pair, f"{place}[{i}]")]
    if isinstance(new, float) and isinstance(old, int | float):
        unit = 10.0 ** -len(str(float(old)).partition(".")[2])
        return [] if math.isclose(new, old, rel_tol=0, abs_tol=1.01 * unit) else [f"{place}: {old} -> {new}"]
    return [] if new == old else [f"{place}: {old!r} -> {new!r}"]


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description="derive pvsim/data/climate from its sources")
    parser.add_argument("--weather", type=Path, required=True, help="folder with the source files")
    parser.add_argument("--check", action="store_true", help="compare with the shipped files, change nothing")
    args = parser.parse_args()
    found: list[str] = []
    for name, document in derive(args.weather).items():
        path = OUT / name
        if args.check:
            found += [f"{name}{d}" for d in differences(document, json.loads(path.read_text(encoding="utf-8")))]
        else:
            path.write_text(dump(document) + "\n", encoding="utf-8")
    print("\n".join(found) if found else "the shipped climate is what its sources give" if args.check else "written")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
