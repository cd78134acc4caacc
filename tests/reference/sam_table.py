"""The matrix of comparisons with SAM's PVWatts v8, and the tables that show how far apart the two are.

``PYTHONPATH=tests python -m reference.sam_table`` prints them; ``test_sam_matrix.py`` holds them to their limits, and
``README.md`` beside this file says what they show.

PVWatts v8 cannot be asked for "no low-light loss": its modules are single-diode models with a loss of their own. So
every case stands for both of its silicon modules, and for pvsim without a low-light loss and with that of the module.
The "standard" module hardly loses anything down to 400 W/m2, so it is the one that "none" can be held against.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from cases import NO_LOSSES, SHARED, scenario
from pvlib.irradiance import get_ground_diffuse as ground_diffuse
from reference import sam

import pvsim
from pvsim.physics.irradiance import diffuse_iam

PANELS, POWER_W = 100, 450.0
INVERTER_PERCENT, ALBEDO = 96.0, 0.2

# what the place's own climate gives, and what stands in a published file
PLACES: dict[str, dict[str, object]] = {
    "Chongqing": {"latitude": 29.58, "longitude": 106.47, "altitude": 260.0, "weather": {"station": "57516"}},
    "Beijing": {"latitude": 39.80, "longitude": 116.47, "altitude": 32.0, "weather": {"station": "54511"}},
    "Chongqing, EPW": {"file": "CHN_CQ_Chongqing.575160_TMYx.2011-2025.epw"},
    "Beijing, EPW": {"file": "CHN_Beijing.Beijing.545110_CSWD.epw"},
}
PLANES: dict[str, tuple[float, float, float]] = {  # tilt, azimuth, DC/AC
    "flat": (0.0, 180.0, 1.2),
    "10 S": (10.0, 180.0, 1.2),
    "30 S": (30.0, 180.0, 1.2),
    "10 E": (10.0, 90.0, 1.2),
    "10 W": (10.0, 270.0, 1.2),
    "30 E": (30.0, 90.0, 1.2),
    "30 W": (30.0, 270.0, 1.2),
    "40 SW": (40.0, 225.0, 1.2),
    "10 S, DC/AC 1.5": (10.0, 180.0, 1.5),
    "30 S, DC/AC 1.5": (30.0, 180.0, 1.5),
    "90 S": (90.0, 180.0, 1.2),  # beyond what is asked: much of its light comes from the ground
}
FACADE = "90 S"
MODULES: dict[str, tuple[sam.Module, bool]] = {  # SAM's module, and whether pvsim is given its low-light loss
    "standard, none": (sam.STANDARD, False),
    "standard, 2.0 %": (sam.STANDARD, True),
    "premium, none": (sam.PREMIUM, False),
    "premium, 3.3 %": (sam.PREMIUM, True),
}


@dataclasses.dataclass(frozen=True)
class Apart:
    """How far pvsim stands from SAM, as fractions (pvsim / SAM - 1), and the K by which its cells are warmer."""

    place: str
    plane: str
    module: str
    temperature: str
    annual_kwh: float
    sam_annual_kwh: float
    by_month: tuple[float, ...]
    poa: float
    dc: float
    warmer_k: float

    @property
    def year(self) -> float:
        """Of the year's AC energy."""
        return self.annual_kwh / self.sam_annual_kwh - 1

    @property
    def worst_month(self) -> float:
        """Of the month that lies furthest apart, with its sign."""
        return max(self.by_month, key=abs)

    @property
    def worst_month_number(self) -> int:
        """1 = January."""
        return self.by_month.index(self.worst_month) + 1


@dataclasses.dataclass(frozen=True)
class GroundLight:
    """Light from the ground: kWh/m2 a year on the plane, and the shares of it that pass the cover."""

    place: str
    plane: str
    kwh_per_m2: float  # pvlib's isotropic ground, which pvsim uses
    sam_kwh_per_m2: float
    share: float  # of all light on the plane
    passed: float
    sam_passed: float  # while the sun stands before the plane: SAM tells nothing of the other hours


def missing(place: str) -> str | None:
    """The file that a place needs and that is not at hand, or None."""
    name = PLACES[place].get("file")
    return str(name) if name and not (SHARED / "weather" / str(name)).exists() else None


def simulated(place: str, plane: str, module: str, temperature: str = "pvsyst") -> pvsim.Result:
    """pvsim's run of one case: Perez, coated glass on all light, no losses, nominal inverter efficiency."""
    tilt, azimuth, dc_ac_ratio = PLANES[plane]
    theirs, low_light = MODULES[module]
    tables = {
        "module": {
            "power_w": POWER_W,
            "area_m2": POWER_W / 1000 / theirs.efficiency,
            "gamma_percent_per_c": theirs.gamma_percent_per_c,
            "low_light_loss_percent": theirs.low_light_loss_percent if low_light else 0.0,
        },
        "inverter": {"dc_ac_ratio": dc_ac_ratio, "nominal_efficiency_percent": INVERTER_PERCENT},
        "losses": NO_LOSSES,
        "physics": {"transposition": "perez", "iam": "physical-ar", "temperature": temperature, "albedo": ALBEDO},
    }
    roof = {"panels": PANELS, "surface_tilt": tilt, "surface_azimuth": azimuth, "mounting": "rack"}
    at, folder = PLACES[place], None
    if "file" in at:
        folder = SHARED / "weather"
        tables |= {"weather": {"source": "file", "format": "epw", "path": at["file"]}}
        tables["site"] = header_place(folder / str(at["file"]))
    else:
        tables |= {"weather": at["weather"], "site": {k: v for k, v in at.items() if k != "weather"}}
    return pvsim.simulate(scenario(roof, folder=folder, **tables))


def header_place(epw: Path) -> dict[str, float]:
    """Where the file's own header says that it holds."""
    fields = epw.read_text(encoding="utf-8", errors="replace").splitlines()[0].split(",")
    return {"latitude": float(fields[6]), "longitude": float(fields[7]), "altitude": float(fields[9])}


def witness(plane: str, module: str, result: pvsim.Result, *, albedo: float = ALBEDO) -> pd.DataFrame:
    """SAM's hours of the same rows under the same sun, on the index of ours."""
    tilt, azimuth, dc_ac_ratio = PLANES[plane]
    weather = result.weather
    (sun_offset_minutes,) = set(weather.sun_offset_minutes)
    told = sam.run(
        result.hourly.tz_localize(None),
        place={
            "latitude": weather.latitude,
            "longitude": weather.longitude,
            "altitude": weather.altitude,
            "utc_offset_hours": 8.0,
        },
        surface_tilt=tilt,
        surface_azimuth=azimuth,
        array_type=sam.OPEN_RACK,
        capacity_kwp=PANELS * POWER_W / 1000,
        dc_ac_ratio=dc_ac_ratio,
        inverter_percent=INVERTER_PERCENT,
        albedo=albedo,
        module=MODULES[module][0],
        sun_offset_minutes=sun_offset_minutes,
    )
    return told.set_index(result.hourly.index)


def ground_light(place: str, plane: str) -> GroundLight:
    """Light from the ground in one case.

    SAM does not tell it apart, but adds the same again for twice the albedo.
    """
    module = next(iter(MODULES))
    tilt = PLANES[plane][0]
    result = simulated(place, plane, module)
    hours = result.hourly
    twice, once = (witness(plane, module, result, albedo=a) for a in (2 * ALBEDO, ALBEDO))
    ours = float(ground_diffuse(tilt, hours["ghi"], albedo=ALBEDO).sum()) / 1000
    front = once["transmitted"] > 0
    added = twice - once
    return GroundLight(
        place, plane, ours, float(added["poa_global"].sum()) / 1000,
        share=ours / (float(hours["poa_global"].sum()) / 1000),
        passed=diffuse_iam("physical-ar", tilt)[1],
        sam_passed=float(added["transmitted"][front].sum() / added["poa_global"][front].sum()),
    )  # fmt: skip


def _warmth(hours: pd.DataFrame) -> float:
    return float(np.average(hours["temp_cell"], weights=hours["poa_global"]))


def compare(place: str, plane: str, module: str, temperature: str = "pvsyst") -> Apart:
    """One case of the matrix."""
    result = simulated(place, plane, module, temperature)
    ours, told = result.hourly, witness(plane, module, result)
    months = ours.index.month
    by_month = ours["p_ac_kw"].groupby(months).sum() / told["p_ac_kw"].groupby(months).sum() - 1
    ratio = {n: float(ours[n].sum() / told[n].sum() - 1) for n in ("poa_global", "p_dc_kw")}
    return Apart(
        place, plane, module, temperature,
        float(ours["p_ac_kw"].sum()), float(told["p_ac_kw"].sum()), tuple(float(m) for m in by_month),
        ratio["poa_global"], ratio["p_dc_kw"], _warmth(ours) - _warmth(told),
    )  # fmt: skip


def rows() -> Iterator[Apart]:
    """Every case whose weather is at hand."""
    for place in PLACES:
        if not missing(place):
            for module in MODULES:
                for plane in PLANES:
                    yield compare(place, plane, module)


def main() -> None:
    """Print the tables: per cent by which pvsim lies above SAM."""
    print("| place | module, low light | plane | SAM kWh/kWp | light | DC | AC year | worst month | cells K |")
    print("|---|---|---|---:|---:|---:|---:|---:|---:|")
    for row in rows():
        yield_kwh = row.sam_annual_kwh / (PANELS * POWER_W / 1000)
        worst = f"{row.worst_month:+.1%} ({row.worst_month_number})"
        print(
            f"| {row.place} | {row.module} | {row.plane} | {yield_kwh:.0f} | {row.poa:+.2%} | {row.dc:+.2%} "
            f"| {row.year:+.2%} | {worst} | {row.warmer_k:+.1f} |"
        )
    print("\n| place | plane | ground light kWh/m2 | SAM / pvlib | share of all | passes cover | SAM |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for place in ("Chongqing", "Beijing"):
        for plane in ("10 S", "30 S", "40 SW", FACADE):
            light = ground_light(place, plane)
            print(
                f"| {place} | {plane} | {light.kwh_per_m2:.1f} | {light.sam_kwh_per_m2 / light.kwh_per_m2:.3f} "
                f"| {light.share:.1%} | {light.passed:.3f} | {light.sam_passed:.3f} |"
            )


if __name__ == "__main__":
    main()
