"""The independent witness: pvlib's ModelChain, one plane at a time, on pandas Series.

It shares no code with the package: it takes plain numbers and a DataFrame whose index is the moment of the
sun in each row, so a wrong unit, order, azimuth or factor in the package shows as a difference. That moment is
the caller's: the clock of a file is held against pvlib's own reading of it in a test of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from pvlib import iam
from pvlib.location import Location
from pvlib.modelchain import ModelChain
from pvlib.pvsystem import Array, FixedMount, PVSystem

# pvlib gives each of these a value of its own unless it is told otherwise
NAMED_LOSSES = (
    *("shading", "snow", "mismatch", "wiring", "connections"),
    *("lid", "nameplate_rating", "age", "availability"),
)


class _SameSun(Location):
    """A place whose sun does not depend on the weather.

    ModelChain hands the air temperature of every hour to the refraction, which moves a year by up to 7e-6;
    the package computes one sun for a site, at pvlib's default of 12 degrees C.
    """

    def get_solarposition(self, times, pressure=None, temperature=12, **kwargs):
        return super().get_solarposition(times, pressure=pressure, **kwargs)


def run(
    weather: pd.DataFrame,
    *,
    latitude: float,
    longitude: float,
    altitude: float,
    surface_tilt: float,
    surface_azimuth: float,
    pdc0_w: float,
    gamma_pdc: float,
    temperature_model: str,
    temperature_parameters: dict[str, float],
    transposition: str,
    albedo: float,
    inverter_pdc0_w: float,
    eta_inv_nom: float,
    dc_loss_percent: float = 0.0,
) -> pd.DataFrame:
    """Hourly ``poa_global``, ``temp_cell``, ``p_dc`` and ``p_ac`` (W) of one plane on its own inverter."""
    heat = dict(temperature_parameters)
    module = {"pdc0": pdc0_w, "gamma_pdc": gamma_pdc}
    if "module_efficiency" in heat:  # PVSystem looks for this one among the module's parameters
        module["module_efficiency"] = heat.pop("module_efficiency")
    array = Array(
        FixedMount(surface_tilt, surface_azimuth),
        albedo=albedo,
        module_parameters=module,
        temperature_model_parameters=heat,
    )
    system = PVSystem(
        arrays=[array],
        inverter_parameters={"pdc0": inverter_pdc0_w, "eta_inv_nom": eta_inv_nom},
        losses_parameters=dict.fromkeys(NAMED_LOSSES, 0.0) | {"soiling": dc_loss_percent},
    )
    chain = ModelChain(
        system,
        _SameSun(latitude, longitude, altitude=altitude),
        transposition_model=transposition,
        aoi_model="physical",
        spectral_model="no_loss",
        temperature_model=temperature_model,
        dc_model="pvwatts",
        ac_model="pvwatts",
        losses_model="pvwatts",
    )
    chain.run_model(weather)
    found = chain.results
    return pd.DataFrame(
        {
            "poa_global": found.total_irrad["poa_global"],
            "temp_cell": found.cell_temperature,
            "p_dc": found.dc,
            "p_ac": found.ac,
        }
    )


class Strings(NamedTuple):
    """Equal strings of one plane."""

    surface_tilt: float
    surface_azimuth: float
    modules_in_series: int
    strings: int


def run_named(
    weather: pd.DataFrame,
    planes: Sequence[Strings],
    *,
    latitude: float,
    longitude: float,
    altitude: float,
    module: Mapping[str, float],
    inverter: Mapping[str, float],
    temperature_model: str,
    temperature_parameters: Mapping[str, float],
    albedo: float,
    glass: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Hours of a CEC module (De Soto with the CEC's correction) in one or more planes on one Sandia inverter.

    Parameters
    ----------
    module, inverter : rows of ``pvlib.pvsystem.retrieve_sam("CECMod")`` and ``("CECInverter")``
    glass : arguments of ``pvlib.iam.physical`` for a cover that reflects beam, sky and ground, each by its own
        factor (Marion 2017); None is ModelChain as it is, which reflects the beam alone, by plain glass

    Returns
    -------
    ``p_dc`` and ``p_ac`` (W) of all, and of each plane n = 1, 2 ...: ``poa_n``, ``effective_n``, ``temp_cell_n``,
    ``v_mp_n`` of a string
    """
    arrays = [
        Array(
            FixedMount(p.surface_tilt, p.surface_azimuth),
            albedo=albedo,
            module_parameters=dict(module),
            temperature_model_parameters=dict(temperature_parameters),
            modules_per_string=p.modules_in_series,
            strings=p.strings,
        )
        for p in planes
    ]
    chain = ModelChain(
        PVSystem(arrays=arrays, inverter_parameters=dict(inverter)),
        _SameSun(latitude, longitude, altitude=altitude),
        transposition_model="perez",
        aoi_model="physical",
        spectral_model="no_loss",
        temperature_model=temperature_model,
        dc_model="cec",
        ac_model="sandia",
        losses_model="no_loss",
    )
    with np.errstate(invalid="ignore", divide="ignore"):  # pvlib's single diode divides 0 by 0 at night
        chain.run_model(weather)
        if glass is not None:
            chain.run_model_from_effective_irradiance(_reflected(chain, planes, glass))
    return _named_hours(chain, len(planes))


def run_from_cells(
    light: Sequence[pd.DataFrame],
    planes: Sequence[Strings],
    *,
    module: Mapping[str, float],
    inverter: Mapping[str, float],
) -> pd.DataFrame:
    """As above from ``effective_irradiance``, ``poa_global`` and ``cell_temperature`` of each plane: no sun, no sky."""
    arrays = [
        Array(
            FixedMount(p.surface_tilt, p.surface_azimuth),
            module_parameters=dict(module),
            temperature_model_parameters={"noct": 45.0, "module_efficiency": 0.2},  # asked for, not used
            modules_per_string=p.modules_in_series,
            strings=p.strings,
        )
        for p in planes
    ]
    chain = ModelChain(
        PVSystem(arrays=arrays, inverter_parameters=dict(inverter)),
        Location(0, 0),
        aoi_model="no_loss",
        spectral_model="no_loss",
        temperature_model="noct_sam",
        dc_model="cec",
        ac_model="sandia",
        losses_model="no_loss",
    )
    with np.errstate(invalid="ignore", divide="ignore"):  # as above
        chain.run_model_from_effective_irradiance(list(light))
    return _named_hours(chain, len(planes))


def _each(found) -> tuple:
    """ModelChain gives a bare value for one array, a tuple for more."""
    return found if isinstance(found, tuple) else (found,)


def _reflected(chain: ModelChain, planes: Sequence[Strings], glass: Mapping[str, float]) -> list[pd.DataFrame]:
    frames = []
    found = chain.results
    columns = (found.total_irrad, found.aoi, found.cell_temperature)
    for plane, light, aoi, cells in zip(planes, *map(_each, columns), strict=True):
        diffuse = iam.marion_diffuse("physical", plane.surface_tilt, **glass)
        effective = (
            light["poa_direct"] * iam.physical(aoi, **glass)
            + light["poa_sky_diffuse"] * diffuse["sky"]
            + light["poa_ground_diffuse"] * diffuse["ground"]
        )
        parts = {"effective_irradiance": effective, "poa_global": light["poa_global"], "cell_temperature": cells}
        frames.append(pd.DataFrame(parts))
    return frames


def _named_hours(chain: ModelChain, planes: int) -> pd.DataFrame:
    found = chain.results
    dc, light, effective, cells = map(
        _each, (found.dc, found.total_irrad, found.effective_irradiance, found.cell_temperature)
    )
    columns = {"p_dc": sum(d["p_mp"] for d in dc), "p_ac": found.ac}
    for n in range(planes):
        columns |= {
            f"poa_{n + 1}": light[n]["poa_global"],
            f"effective_{n + 1}": effective[n],
            f"temp_cell_{n + 1}": cells[n],
            f"v_mp_{n + 1}": dc[n]["v_mp"],
        }
    return pd.DataFrame(columns)
