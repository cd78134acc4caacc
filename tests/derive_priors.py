"""Derive ``pvsim/data/climate/provinces.csv`` from the shipped climates and published annual GHI of more stations.

    python tests/derive_priors.py [--check]

- **GHI**: the mean of the stations that lie in the province, else of those round it; plausible is what lies within 10 %
  of any of them. The stations are those that pvsim ships and seven more of the same dataset (CDSRD, 1991-2017).
- **Yield over GHI** is pvsim's own, at the shipped stations: as it is by default (10 degrees towards the equator), flat
  with every loss at the high end of its range, and at the best of the tilts 0, 10 ... 40 with all at their low ends.
  Between the stations it follows GHI in straight lines: sunnier places have more beam, and gain more by tilt.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from pathlib import Path

import numpy as np

from pvsim import simulate
from pvsim.scenario.reader import from_dict
from pvsim.weather.atlas import Listed, stations

OUT = Path(__file__).resolve().parents[1] / "pvsim" / "data" / "climate" / "provinces.csv"
WITHIN = 0.1
SOURCE = "CDSRD, means of 1991-2017; yields by pvsim"
# of the same dataset, not shipped: mean annual GHI of 1991-2017, kWh/m2
MORE = {
    "Kunming": 1572.0, "Shanghai Baoshan": 1208.0, "Guangzhou": 1243.0, "Tianjin": 1329.0, "Shenyang": 1323.0,
    "Urumqi": 1492.0, "Lhasa": 1990.0,
}  # fmt: skip
OWN = {
    "Beijing": ("Beijing",), "Tianjin": ("Tianjin",), "Liaoning": ("Shenyang",), "Shanghai": ("Shanghai Baoshan",),
    "Hubei": ("Yichang", "Wuhan"), "Guangdong": ("Guangzhou",), "Sichuan": ("Chengdu Wenjiang",),
    "Guizhou": ("Guiyang",), "Yunnan": ("Kunming",), "Tibet": ("Lhasa",), "Xinjiang": ("Urumqi",),
    "Chongqing": ("Chongqing Shapingba", "Chongqing Jiangjin", "Chongqing Qijiang", "Chongqing Dazu",
                  "Chongqing Wanzhou", "Chongqing Fengjie", "Chongqing Youyang"),
}  # fmt: skip
# where the province reaches another climate than its stations', those beyond it bound the range, too
BEYOND = {
    "Sichuan": ("Kunming", "Lhasa"), "Yunnan": ("Guiyang",), "Guizhou": ("Kunming",), "Liaoning": ("Beijing",),
    "Tibet": ("Urumqi",), "Xinjiang": ("Beijing", "Lhasa"),
}  # fmt: skip
ROUND = {
    "Anhui": ("Shanghai Baoshan", "Wuhan"), "Fujian": ("Guangzhou", "Shanghai Baoshan"),
    "Gansu": ("Urumqi", "Lhasa", "Beijing"), "Guangxi": ("Guangzhou", "Guiyang"), "Hainan": ("Guangzhou", "Kunming"),
    "Hebei": ("Beijing", "Tianjin"), "Heilongjiang": ("Shenyang",), "Henan": ("Wuhan", "Tianjin"),
    "Hunan": ("Guiyang", "Wuhan", "Guangzhou"), "Inner Mongolia": ("Beijing", "Shenyang", "Urumqi"),
    "Jiangsu": ("Shanghai Baoshan", "Wuhan", "Tianjin"), "Jiangxi": ("Wuhan", "Guangzhou", "Shanghai Baoshan"),
    "Jilin": ("Shenyang",), "Ningxia": ("Beijing", "Urumqi", "Lhasa"), "Qinghai": ("Urumqi", "Lhasa"),
    "Shaanxi": ("Yichang", "Beijing", "Urumqi"), "Shandong": ("Tianjin", "Shanghai Baoshan"),
    "Shanxi": ("Beijing", "Tianjin", "Urumqi"), "Zhejiang": ("Shanghai Baoshan",),
}  # fmt: skip
# the honest range of each loss, percent: low end and high end
LOSSES = {
    "soiling": (1.5, 6.0), "shading": (0.5, 3.0), "mismatch": (0.5, 2.0), "dc_wiring": (0.5, 1.5),
    "connections": (0.1, 0.5), "lid": (0.3, 2.0), "nameplate": (0.0, 0.75), "ac_wiring": (0.4, 1.0),
    "transformer": (0.0, 1.2), "availability": (1.0, 3.0),
}  # fmt: skip


def specific_yield(station: Listed, tilt: float, end: int | None) -> float:
    """kWh/kWp of a first year; ``end`` 0 takes the low ends of the losses, 1 the high ones."""
    site = {k: getattr(station, k) for k in ("latitude", "longitude", "altitude")}
    losses = {} if end is None else {"losses": {f"{k}_percent": v[end] for k, v in LOSSES.items()}}
    roof = {"panels": 1000, "surface_tilt": tilt}
    asked = {"site": site, "weather": {"station": station.id}, "roof": [roof]} | losses
    return simulate(from_dict(asked, name=station.name)).specific_yield_kwh_per_kwp


def ratios() -> tuple[np.ndarray, np.ndarray]:
    """(N,) GHI of the shipped stations in rising order, and (3, N) yield over GHI: usual, lowest, highest."""
    ordered = sorted(stations(), key=lambda s: s.ghi_kwh_per_m2)
    found = [
        (
            specific_yield(s, 10.0, None),
            specific_yield(s, 0.0, 1),
            max(specific_yield(s, float(t), 0) for t in range(0, 41, 10)),
        )
        for s in ordered
    ]
    ghi = np.array([s.ghi_kwh_per_m2 for s in ordered])
    return ghi, np.array(found).T / ghi


def derive() -> str:
    """The text of the file."""
    known = {s.name: s.ghi_kwh_per_m2 for s in stations()} | MORE
    ghi, (usual, lowest, highest) = ratios()
    out = io.StringIO()
    out.write("# Coarse priors, written by tests/derive_priors.py, which says how: for sanity checks only\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["province", "ghi_kwh_per_m2", "ghi_low_kwh_per_m2", "ghi_high_kwh_per_m2", "yield_kwh_per_kwp",
         "yield_low_kwh_per_kwp", "yield_high_kwh_per_kwp", "stations", "own", "source"]
    )  # fmt: skip
    for province in sorted(OWN | ROUND):
        names = OWN.get(province) or ROUND[province]
        level = float(np.mean([known[n] for n in names]))
        bounds = [known[n] for n in (*names, *BEYOND.get(province, ()))]
        low, high = min(bounds) * (1 - WITHIN), max(bounds) * (1 + WITHIN)
        yields = (
            level * np.interp(level, ghi, usual),
            low * np.interp(low, ghi, lowest),
            high * np.interp(high, ghi, highest),
        )
        shown = "; ".join((*names, *BEYOND.get(province, ())))
        figures = [f"{round(x, -1):.0f}" for x in (level, low, high, *map(float, yields))]
        writer.writerow([province, *figures, shown, "yes" if province in OWN else "no", SOURCE])
    return out.getvalue()


def main() -> int:
    """Write or compare."""
    parser = argparse.ArgumentParser(description="derive pvsim/data/climate/provinces.csv")
    parser.add_argument("--check", action="store_true", help="compare with the shipped file, change nothing")
    args = parser.parse_args()
    found = derive()
    if args.check:
        same = found == OUT.read_text(encoding="utf-8")
        print("the shipped priors are what their sources give" if same else "the shipped priors differ")
        return 0 if same else 1
    OUT.write_text(found, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
