"""The independent witness: pvlib's ModelChain, one plane at a time, on pandas Series.

It shares no code with the package: it takes plain numbers and a DataFrame whose index is the moment of the
sun in each row, so a wrong unit, order, azimuth or factor in the package shows as a difference. That moment is
the caller's: the clock of a file is held against pvlib's own reading of it in a test of its own.
"""

from __future__ import annotations

import pandas as pd
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
