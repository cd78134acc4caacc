"""Derive the climate statistics that pvsim ships from the files they come from.

    python tests/derive_climate.py --weather DIR [--check]

DIR holds the daily radiation files and the EPW files named below (they are not shipped: their rights are not
ours). Without ``--check`` the files in ``pvsim/data/climate`` are written; with it they are compared, and the
exit code is 1 when a number differs by more than one unit in its last digit.

Radiation is what ``pvsim weather climate`` makes of the daily files, 1991 to 2017. What was decided here, of the air:

- **Temperature and wind of Chongqing** use the eight synoptic hours (02, 05 ... 23 h Beijing time) of the TMYx files.
  The rows between come from another series: cooler by 0.5 to 1 K and with 2.5 instead of 1.4 m/s, which makes
  a three-hourly saw of the raw mean day. That the synoptic rows are the reports of station 57516 is inferred
  from this; their 1.4 m/s agree with the station's CSWD year (1.45 m/s), whose own mean day is a staircase of
  six-hour steps. A value stamped hour h is the observation at h o'clock (there stands the files' sun, too).
- **Chengdu** has hourly reports of its airport in the TMYx file, without such a saw; **Beijing** only its CSWD year,
  whose rows are values of the moment Hour - 1, without rain.
- **A month of the same year in two TMYx files counts once.**
- **Temperature and clearness**: regressed on the normal score of the day's rank in its month, as the level
  of the TMYx radiation is too high but its order is not; a trend within the month is taken out. The twelve
  slopes are smoothed (1 2 1)/4, as one of them alone is uncertain by about 0.3 K.
- **The specific yield** of a station is that of pvsim itself: 10 degrees towards the equator, default loss budget.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import ndtri
from scipy.stats import rankdata

from pvsim import simulate
from pvsim.scenario.reader import from_dict
from pvsim.weather.dailies import read_record
from pvsim.weather.own import as_json
from pvsim.weather.statistics import Daily, radiation_of, rounded

OUT = Path(__file__).resolve().parents[1] / "pvsim" / "data" / "climate"
UTC_OFFSET_MINUTES = 480
RAIN = 33  # column of an EPW file, absent in its old form
YEARS = (1991, 2017)
STATIONS = {  # id: name, province
    "57516": ("Chongqing Shapingba", "Chongqing"),
    "57517": ("Chongqing Jiangjin", "Chongqing"),
    "57612": ("Chongqing Qijiang", "Chongqing"),
    "57502": ("Chongqing Dazu", "Chongqing"),
    "57432": ("Chongqing Wanzhou", "Chongqing"),
    "57348": ("Chongqing Fengjie", "Chongqing"),
    "57633": ("Chongqing Youyang", "Chongqing"),
    "56187": ("Chengdu Wenjiang", "Sichuan"),
    "57461": ("Yichang", "Hubei"),
    "57494": ("Wuhan", "Hubei"),
    "57816": ("Guiyang", "Guizhou"),
    "54511": ("Beijing", "Beijing"),
}


@dataclass(frozen=True)
class Hours:
    """Files with hours of temperature and wind: which hours of them are observations, and at which clock they stand."""

    name: str
    latitude: float
    longitude: float
    altitude: float
    files: tuple[str, ...]
    clock: tuple[int, ...]  # hours of the day, 0 to 23, whose values are used
    stamp_minus_clock: int  # 1: the row stamped Hour h is taken as h o'clock; 0: as h - 1 o'clock
    issuer: str
    method: str
    status: str
    wind_note: str
    has_rain: bool


ISSUER_TMYX, ISSUER_CSWD = "Climate.OneBuilding (NCEI ISD / ERA5)", "China Meteorological Administration (CSWD)"
AIR = {
    "57516": Hours(
        "Chongqing Shapingba", 29.58333, 106.46667, 259.6,
        ("CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw", "CHN_CQ_Chongqing.575160_TMYx.2007-2021.epw"),
        tuple(range(2, 24, 3)), 1, ISSUER_TMYX, "the eight synoptic hours",
        "synoptic hours of a compiled typical year, taken for observations of the station",
        "the rows between them are of another series (2.5 m/s) and left out. The station's CSWD year has 1.45 m/s, in "
        "six-hour steps.", True,
    ),
    "56187": Hours(
        "Chengdu Shuangliu airport", 30.579, 103.947, 495.3,
        ("CHN_SC_Chengdu-Shuangliu.AP.562940_TMYx.2011-2025.epw",),
        tuple(range(24)), 1, ISSUER_TMYX, "the hours of the airport",
        "hours of a compiled typical year, taken for observations of the airport", "as the file has them.", True,
    ),
    "54511": Hours(
        "Beijing", 39.8, 116.47, 31.3, ("CHN_Beijing.Beijing.545110_CSWD.epw",),
        tuple(range(24)), 0, ISSUER_CSWD, "the hours of the standard year", "a standard year; hours interpolated",
        "in steps of six hours, as the file has them.", False,
    ),
}  # fmt: skip


def radiation(folder: Path, station_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Place and the block "radiation" of a station."""
    path = folder / f"{station_id}.csv"
    record = read_record(path.name, path.read_text(encoding="utf-8"), years=YEARS)
    assert isinstance(record.data, Daily)
    assert record.station == station_id
    place = record.data.place
    block, _ = radiation_of(record.data, UTC_OFFSET_MINUTES)
    source = {
        "issuer": "Xi'an University of Architecture and Technology",
        "document": f"China Solar Radiation Daily Dataset (CDSRD), station {station_id}{digest(path)}",
        "period": "{}-{}".format(*YEARS),
        "method": "Daily GHI; missing days and days of zero or less take the mean of their month; "
        "clearness over pvsim's own extraterrestrial irradiation, for the months of 2025.",
        "status": "modelled from sunshine hours, temperature range and pressure; +-6 % in level",
    }
    where = {"latitude": place.latitude, "longitude": place.longitude, "altitude": place.altitude}
    return {k: round(float(v or 0.0), 5) for k, v in where.items()}, {"source": source} | block


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Each value's rank as a quantile of the standard normal."""
    return np.asarray(ndtri((rankdata(values) - 0.5) / values.size))


def read_epw_columns(path: Path) -> dict[str, np.ndarray]:
    """(365, 24) columns of an EPW file, and the (365,) year and month of each day."""
    rows = [line.split(",") for line in path.read_text(encoding="latin-1").splitlines()[8:]]
    columns = {"year": 0, "month": 1, "temp_air": 6, "ghi_extra": 10, "ghi": 13, "wind_speed": 21}
    if len(rows[0]) > RAIN:
        columns["rain"] = RAIN
    table = {k: np.array([float(r[c]) for r in rows]).reshape(365, 24) for k, c in columns.items()}
    return table | {k: table[k][:, 0].astype(int) for k in ("year", "month")}


def distinct_months(folder: Path, hours: Hours) -> list[list[dict[str, np.ndarray]]]:
    """For each calendar month, the months of the files, each year once; columns (days, 24)."""
    months: list[list[dict[str, np.ndarray]]] = [[] for _ in range(12)]
    for table in (read_epw_columns(folder / name) for name in hours.files):
        for m in range(12):
            one = {k: v[table["month"] == m + 1] for k, v in table.items()}
            if all(one["year"][0] != other["year"][0] for other in months[m]):
                months[m].append(one)
    return months


def observed(column: np.ndarray, hours: Hours) -> np.ndarray:
    """(days, N) the values at the hours of the clock that are used; column i of the file is stamped hour i + 1."""
    return column[:, [(c - hours.stamp_minus_clock) % 24 for c in hours.clock]]


def mean_day(months: list[dict[str, np.ndarray]], name: str, hours: Hours) -> np.ndarray:
    """(24,) mean of each clock hour, from a periodic spline through the means at the hours that are used."""
    values = np.mean([observed(one[name], hours).mean(axis=0) for one in months], axis=0)
    clock = np.append(hours.clock, hours.clock[0] + 24)
    spline = CubicSpline(clock, np.append(values, values[0]), bc_type="periodic").antiderivative()
    return np.diff([spline_integral(spline, hour) for hour in range(25)])


def spline_integral(antiderivative: Any, hour: float) -> float:
    """Integral from the first knot to ``hour`` of a periodic function, from its antiderivative."""
    first, last = antiderivative.x[0], antiderivative.x[-1]
    turns, rest = divmod(hour - first, last - first)
    return float(turns * antiderivative(last) + antiderivative(first + rest))


def day_ranges(month: dict[str, np.ndarray], hours: Hours) -> np.ndarray:
    """(days,) highest less lowest of the temperatures of each day."""
    return np.ptp(observed(month["temp_air"], hours), axis=1)


def per_score(months: list[dict[str, np.ndarray]], hours: Hours) -> tuple[float, float]:
    """Slopes of the day's mean and of its range (K) on the normal score of its clearness."""
    scores, trends, means, ranges = [], [], [], []
    for one in months:
        scores.append(normal_scores(one["ghi"].sum(axis=1)))  # within a month the rank of GHI is nearly that of Kt
        day = np.arange(scores[-1].size, dtype=float)
        trends.append(day - day.mean())
        t = observed(one["temp_air"], hours)
        means.append(t.mean(axis=1) - t.mean())
        ranges.append(day_ranges(one, hours) - day_ranges(one, hours).mean())
    # each month has a trend of its own, all share the slope on the score
    apart = np.zeros((len(months), sum(map(len, trends))))
    edges = np.cumsum([0, *map(len, trends)])
    for row, (a, b) in enumerate(pairwise(edges)):
        apart[row, a:b] = trends[row]
    x = np.column_stack([np.concatenate(scores), apart.T])
    fit = np.linalg.lstsq(x, np.column_stack([np.concatenate(means), np.concatenate(ranges)]), rcond=None)[0]
    return float(fit[0, 0]), float(fit[0, 1])


def air(folder: Path, hours: Hours) -> dict[str, Any]:
    """The block "air": temperature, wind and, where the files have it, rain."""
    months = distinct_months(folder, hours)
    slopes = np.array([per_score(m, hours) for m in months])
    smooth = (np.roll(slopes, 1, axis=0) + 2 * slopes + np.roll(slopes, -1, axis=0)) / 4
    years = sorted({int(one["year"][0]) for m in months for one in m})
    period = f"typical months of {years[0]}-{years[-1]}" if len(years) > 1 else "one typical year, as 2005"

    def source(method: str, status: str) -> dict[str, str]:
        names = "; ".join(f"{name}{digest(folder / name)}" for name in hours.files)
        return {"issuer": hours.issuer, "document": names, "period": period, "method": method, "status": status}

    found = {
        "name": hours.name,
        "latitude": hours.latitude,
        "longitude": hours.longitude,
        "altitude": hours.altitude,
        "temperature": {
            "source": source(
                f"Mean day of each month through {hours.method}; slopes of the day's mean and range on the normal "
                "score of its clearness, smoothed (1 2 1)/4 over the months.",
                hours.status,
            ),
            "profile_c": [rounded(mean_day(m, "temp_air", hours), 2) for m in months],
            "day_range_c": rounded([np.mean([day_ranges(one, hours).mean() for one in m]) for m in months], 2),
            "day_mean_c_per_score": rounded(smooth[:, 0], 3),
            "day_range_c_per_score": rounded(smooth[:, 1], 3),
        },
        "wind": {
            "source": source(
                f"Mean day of each month through {hours.method}, 10 m above ground; {hours.wind_note}", hours.status
            ),
            "profile_m_per_s": [rounded(mean_day(m, "wind_speed", hours), 2) for m in months],
        },
    }
    if hours.has_rain:
        found["rain"] = {
            "source": source("Sum of each month.", "one or two typical months each, not a normal"),
            "mm": rounded([np.mean([one["rain"].sum() for one in m]) for m in months], 1),
        }
    return found


def digest(path: Path) -> str:
    """The first digits of a file's hash, to put behind its name."""
    return f" (sha256 {hashlib.sha256(path.read_bytes()).hexdigest()[:12]})"


def specific_yield(station: dict[str, Any]) -> float:
    """kWh/kWp of the first year of a roof of the default kind, from the climate as it is shipped."""
    site = {k: station[k] for k in ("latitude", "longitude", "altitude")}
    roof = {"panels": 1000, "surface_tilt": 10}
    asked = {"site": site, "weather": {"station": station["id"]}, "roof": [roof]}
    return round(simulate(from_dict(asked, name=station["name"])).specific_yield_kwh_per_kwp, 1)


def derive(folder: Path) -> dict[str, Any]:
    """The documents of the stations, by file name."""
    documents = {}
    for station_id, (name, province) in STATIONS.items():
        place, block = radiation(folder, station_id)
        found: dict[str, Any] = {"schema": 1, "id": station_id, "name": name, "province": province} | place
        found |= {"utc_offset_minutes": UTC_OFFSET_MINUTES, "period": "{}-{}".format(*YEARS), "radiation": block}
        if station_id in AIR:
            found["air"] = air(folder, AIR[station_id])
        documents[f"{station_id}.json"] = found
    return documents


def index(documents: dict[str, Any], *, with_yield: bool) -> dict[str, Any]:
    """What is known of each station without opening its file."""
    keys = ("id", "name", "province", "latitude", "longitude", "altitude")
    rows = [
        {k: d[k] for k in keys}
        | {
            "has_air": "air" in d,
            "ghi_kwh_per_m2": round(math.fsum(d["radiation"]["ghi_kwh_per_m2"]), 1),
            "interannual_cv": d["radiation"]["interannual_cv"],
            "specific_yield_kwh_per_kwp": specific_yield(d) if with_yield else 0.0,
        }
        for d in documents.values()
    ]
    return {"schema": 1, "stations": rows}


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
    documents = derive(args.weather)
    if not args.check:
        for name, document in [*documents.items(), ("index.json", index(documents, with_yield=False))]:
            (OUT / name).write_text(as_json(document) + "\n", encoding="utf-8")
    documents["index.json"] = index(documents, with_yield=True)
    if not args.check:
        (OUT / "index.json").write_text(as_json(documents["index.json"]) + "\n", encoding="utf-8")
    found = [
        f"{name}{d}"
        for name, document in documents.items()
        for d in differences(document, json.loads((OUT / name).read_text(encoding="utf-8")))
    ]
    print("\n".join(found) if found else "the shipped climate is what its sources give" if args.check else "written")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
