"""Named modules and inverters: SAM's detailed model beside pvlib's ModelChain and the package, and the table of it.

``PYTHONPATH=tests python -m reference.sam_detailed_table`` prints it; ``test_sam_detailed.py`` holds it to its limits.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from cases import NO_LOSSES, scenario
from pvlib.pvsystem import retrieve_sam
from reference import modelchain, sam_detailed, sam_table
from reference.modelchain import Strings

import pvsim

PVSIM_KNOWS_NAMES = True  # the one switch: True once [module] name, [inverter] name and modules_in_series exist

ALBEDO = sam_table.ALBEDO
PLAIN = {"n": 1.526, "K": 4.0, "L": 0.002}  # SAM's CEC cover is this glass on beam
GLASS = {"physical": PLAIN, "physical-ar": PLAIN | {"n_ar": 1.29}, "bare ModelChain": None}  # by the package's iam
FAIMAN = {"u0": 25.0, "u1": 6.84}


class System(NamedTuple):
    """What is built of one module and one inverter."""

    module: str
    inverter: str
    modules_in_series: int
    strings: int  # of all planes


SYSTEMS = {
    "mono PERC, 50 kW": System(
        "LONGi_Green_Energy_Technology_Co___Ltd__LR6_72PH_370M",
        "Chint_Power_Systems_America__CPS_SCA50KTL_DO_US_480__480V_",
        15,  # in both climates open voltage at the coldest stays below the inverter's 850 V
        10,
    ),
    "multi, 51 kW": System("Jinko_Solar_Co___Ltd_JKM350P_72", "KACO__blueplanet_50_0_TL3_M1__480V_", 15, 12),
}
PLANES: dict[str, tuple[tuple[float, float], ...]] = {
    "10 S": ((10.0, 180.0),),
    "30 S": ((30.0, 180.0),),
    "10 E + 10 W": ((10.0, 90.0), (10.0, 270.0)),
}
PLACES = ("Chongqing", "Beijing")


@functools.cache
def module_of(system: str) -> dict[str, Any]:
    """The row of the CEC's table of modules."""
    return retrieve_sam("CECMod")[SYSTEMS[system].module].to_dict()


@functools.cache
def inverter_of(system: str) -> dict[str, Any]:
    """The row of the CEC's table of inverters."""
    return retrieve_sam("CECInverter")[SYSTEMS[system].inverter].to_dict()


@functools.cache
def year(place: str) -> pvsim.Result:
    """A run of the package whose rows of weather and whose sun all of them share."""
    return sam_table.simulated(place, "flat", "standard, none")


def strings(system: str, planes: str) -> list[Strings]:
    """The strings of a system, shared out equally."""
    built = SYSTEMS[system]
    each = built.strings // len(PLANES[planes])
    return [Strings(tilt, azimuth, built.modules_in_series, each) for tilt, azimuth in PLANES[planes]]


def sam_hours(place: str, system: str, planes: str, temp_cell: list[np.ndarray] | None = None) -> pd.DataFrame:
    """SAM's hours; ``temp_cell`` gives it the cell temperatures of each plane."""
    result = year(place)
    weather = result.weather
    laid = [
        sam_detailed.Plane(*s, None if temp_cell is None else temp_cell[n].tolist())
        for n, s in enumerate(strings(system, planes))
    ]
    told = sam_detailed.run(
        result.hourly.tz_localize(None),
        laid,
        place={
            "latitude": weather.latitude,
            "longitude": weather.longitude,
            "altitude": weather.altitude,
            "utc_offset_hours": 8.0,
        },
        module=module_of(system),
        inverter=inverter_of(system),
        albedo=ALBEDO,
    )
    return told.set_index(result.hourly.index)


def sam_cells(told: pd.DataFrame, system: str, planes: str) -> list[pd.DataFrame]:
    """What SAM's cells see: light and heat, as ModelChain takes them."""
    return [
        pd.DataFrame(
            {
                "effective_irradiance": sam_detailed.light_on_cells(told, n, module_of(system)),
                "poa_global": told[f"poa_{n}"],
                "cell_temperature": told[f"temp_cell_{n}"],
            }
        )
        for n in range(1, len(PLANES[planes]) + 1)
    ]


def noct(system: str) -> dict[str, float]:
    """SAM's cell temperature by NOCT as pvlib has it: low building, open rack."""
    module = module_of(system)
    efficiency = module["I_mp_ref"] * module["V_mp_ref"] / 1000 / module["A_c"]
    return {"noct": module["T_NOCT"], "module_efficiency": efficiency, "array_height": 1, "mount_standoff": 4}


@functools.cache
def chain_hours(place: str, system: str, planes: str, glass: str, *, faiman: bool = False) -> pd.DataFrame:
    """ModelChain's hours under the same sun, on the index of the package's."""
    result = year(place)
    weather, sun = result.weather, result.weather.sun()
    names = ("ghi", "dhi", "dni", "temp_air", "wind_speed")
    moments = pd.to_datetime(sun.unixtime, unit="s", utc=True)
    told = modelchain.run_named(
        pd.DataFrame({n: getattr(weather, n) for n in names}, index=moments),
        strings(system, planes),
        latitude=weather.latitude,
        longitude=weather.longitude,
        altitude=weather.altitude,
        module=module_of(system),
        inverter=inverter_of(system),
        temperature_model="faiman" if faiman else "noct_sam",
        temperature_parameters=FAIMAN if faiman else noct(system),
        albedo=ALBEDO,
        glass=GLASS[glass],
    )
    return told.set_index(result.hourly.index)


def simulated(
    place: str, system: str, planes: str, *, iam: str = "physical-ar", temperature: str = "faiman"
) -> pvsim.Result:
    """The package's run of the same, by the names of module and inverter."""
    at = sam_table.PLACES[place]
    built = SYSTEMS[system]
    roofs = [
        {
            "name": f"plane {n}",
            "panels": s.modules_in_series * s.strings,
            "modules_in_series": s.modules_in_series,
            "surface_tilt": s.surface_tilt,
            "surface_azimuth": s.surface_azimuth,
            "mounting": "rack",
        }
        for n, s in enumerate(strings(system, planes), start=1)
    ]
    tables = {
        "site": {k: v for k, v in at.items() if k != "weather"},
        "weather": at["weather"],
        "module": {"name": built.module, "model": "single-diode"},
        "inverter": {"name": built.inverter, "count": 1},
        "losses": NO_LOSSES,
        "physics": {"transposition": "perez", "iam": iam, "temperature": temperature, "albedo": ALBEDO},
    }
    return pvsim.simulate(scenario(*roofs, **tables))


def apart(ours: pd.Series, told: pd.Series) -> tuple[float, float]:
    """Relative difference of the year, and of the month that lies furthest apart."""
    months = ours.groupby(ours.index.month).sum() / told.groupby(told.index.month).sum() - 1
    return float(ours.sum() / told.sum() - 1), float(months.loc[months.abs().idxmax()])


def main() -> None:
    """Print the tables: per cent by which each lies above SAM, AC energy of the year (of the worst month)."""
    print(
        "| place | system | planes | SAM kWh/kWp | SAM's cells | ModelChain | plain glass | + faiman | coated glass |"
    )
    print("|---|---|---|---:|---:|---:|---:|---:|---:|")
    cases = [(place, system, planes) for place in PLACES for system in SYSTEMS for planes in PLANES]
    for case in cases:
        _print(case, _of_modelchain(*case))
    if not PVSIM_KNOWS_NAMES:
        return
    print(
        "\n| place | system | planes | SAM kWh/kWp | pvsim, faiman | pvsim, pvsyst | pvsim and SAM on pvsyst's cells |"
    )
    print("|---|---|---|---:|---:|---:|---:|")
    for case in cases:
        _print(case, _of_pvsim(*case))


def _cells(result: pvsim.Result) -> np.ndarray:
    """(8760,) cell temperature, degrees C: the mean of the planes, which is all that the hours tell."""
    return result.hourly["temp_cell"].to_numpy()


def _print(case: tuple[str, str, str], columns: list[tuple[float, float]]) -> None:
    _, system, planes = case
    power_kw = module_of(system)["STC"] * sum(s.modules_in_series * s.strings for s in strings(system, planes)) / 1000
    told = sam_hours(*case)["p_ac_kw"].sum() / power_kw
    print(f"| {' | '.join(case)} | {told:.0f} | {' | '.join(f'{y:+.2%} ({m:+.1%})' for y, m in columns)} |")


def _of_modelchain(place: str, system: str, planes: str) -> list[tuple[float, float]]:
    told = sam_hours(place, system, planes)
    laid, cells = strings(system, planes), sam_cells(told, system, planes)
    ours = [
        modelchain.run_from_cells(cells, laid, module=module_of(system), inverter=inverter_of(system)),
        chain_hours(place, system, planes, "bare ModelChain"),
        chain_hours(place, system, planes, "physical"),
        chain_hours(place, system, planes, "physical", faiman=True),
        chain_hours(place, system, planes, "physical-ar", faiman=True),
    ]
    return [apart(o["p_ac"] / 1000, told["p_ac_kw"]) for o in ours]


def _of_pvsim(place: str, system: str, planes: str) -> list[tuple[float, float]]:
    told = sam_hours(place, system, planes)["p_ac_kw"]
    windy, calm = (simulated(place, system, planes, temperature=t) for t in ("faiman", "pvsyst"))
    found = [apart(r.hourly["p_ac_kw"], told) for r in (windy, calm)]
    on_our_cells = sam_hours(place, system, planes, temp_cell=[_cells(calm)] * len(PLANES[planes]))
    return [*found, apart(calm.hourly["p_ac_kw"], on_our_cells["p_ac_kw"])]


if __name__ == "__main__":
    main()
