"""Cell temperature by mounting.

Element-wise on (T, P): irradiance in W/m2, temperatures in degrees C, wind in m/s. Formulas are pvlib's;
the table below says which parameters stand for which way of mounting, and where they come from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pvlib import temperature

from pvsim.errors import PvsimError

Array = NDArray[np.float64]

# PVsyst's heat-loss factor u_c in W/m2K, u_v = 0. rack and insulated: pvlib's own "freestanding" and "insulated";
# steel-sheet (parallel to the sheet, 8 to 15 cm of gap) and flush lie between them: a judgement.
_PVSYST = temperature.TEMPERATURE_MODEL_PARAMETERS["pvsyst"]
HEAT_LOSS_W_PER_M2K: Mapping[str, float] = MappingProxyType(
    {
        "rack": _PVSYST["freestanding"]["u_c"],
        "steel-sheet": 22.0,
        "flush": 20.0,
        "insulated": _PVSYST["insulated"]["u_c"],
    }
)

# SAPM's mountings (King et al. 2004, pvlib's table): glass-polymer on racks, glass-glass close to a roof.
_SAPM = temperature.TEMPERATURE_MODEL_PARAMETERS["sapm"]
_SAPM_MOUNTING: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "rack": _SAPM["open_rack_glass_polymer"],
        "steel-sheet": _SAPM["close_mount_glass_glass"],
        "flush": _SAPM["close_mount_glass_glass"],
        "insulated": _SAPM["insulated_back_glass_polymer"],
    }
)

FAIMAN_U0, FAIMAN_U1 = 25.0, 6.84  # Faiman 2008, open rack: the defaults of pvlib.temperature.faiman

COLDEST_CELL_C, HOTTEST_CELL_C = -60.0, 120.0  # outside of this an input is wrong, not the weather


def _pvsyst(mounting: str, module_efficiency: float) -> dict[str, float]:
    return {"u_c": HEAT_LOSS_W_PER_M2K[mounting], "u_v": 0.0, "module_efficiency": module_efficiency}


def _faiman(mounting: str, module_efficiency: float) -> dict[str, float]:
    del module_efficiency  # Faiman's factors contain it
    # published for open racks only; other mountings scaled as the PVsyst factors are: a judgement
    share = HEAT_LOSS_W_PER_M2K[mounting] / HEAT_LOSS_W_PER_M2K["rack"]
    return {"u0": FAIMAN_U0 * share, "u1": FAIMAN_U1 * share}


def _sapm(mounting: str, module_efficiency: float) -> dict[str, float]:
    del module_efficiency  # SAPM's coefficients contain it
    return dict(_SAPM_MOUNTING[mounting])


TEMPERATURE: Mapping[str, tuple[Callable[..., Array], Callable[[str, float], dict[str, float]]]] = MappingProxyType(
    {
        "pvsyst": (temperature.pvsyst_cell, _pvsyst),
        "faiman": (temperature.faiman, _faiman),
        "sapm": (temperature.sapm_cell, _sapm),
    }
)


def parameters(model: str, mounting: str, module_efficiency: float) -> dict[str, float]:
    """Keyword arguments of the model for one plane.

    Parameters
    ----------
    model : a key of ``TEMPERATURE``
    mounting : a key of ``HEAT_LOSS_W_PER_M2K``
    module_efficiency : at STC, as a fraction
    """
    return TEMPERATURE[model][1](mounting, module_efficiency)


def module_rise(mounting: str) -> float:
    """K by which the cell is warmer than the module's back at 1000 W/m2: SAPM's deltaT of the mounting."""
    return float(_SAPM_MOUNTING[mounting]["deltaT"])


def cell_from_module(module_temperature: Array, poa_global: Array, rise: Array) -> Array:
    """Cell temperature from a measured temperature of the module's back, degrees C (T, P); ``rise`` as above."""
    return np.asarray(temperature.sapm_cell_from_module(module_temperature, poa_global, rise))


def temp_cell(model: str, poa_global: Array, temp_air: Array, wind_speed: Array, planes: Mapping[str, Array]) -> Array:
    """Cell temperature, degrees C (T, P).

    Parameters
    ----------
    model : a key of ``TEMPERATURE``
    poa_global : (T, P) before incidence losses, as ModelChain does
    temp_air, wind_speed : (T,)
    planes : the arguments of ``parameters``, one array entry a plane

    """
    return np.asarray(TEMPERATURE[model][0](poa_global, temp_air, wind_speed, **planes))


def refuse_impossible(cells: Array, rows: NDArray[np.intp]) -> None:
    """Refuse cell temperatures that no module survives; ``rows`` (D,) number the columns of ``cells`` (P, D).

    Raises
    ------
    PvsimError
        With the row, when a cell would be colder than -60 or hotter than 120 degrees C, or not a number.
    """
    if cells.min(initial=0.0) >= COLDEST_CELL_C and cells.max(initial=0.0) <= HOTTEST_CELL_C:
        return
    worst = int(np.argmax(~((cells >= COLDEST_CELL_C) & (cells <= HOTTEST_CELL_C)).all(axis=0)))
    column = cells[:, worst]
    value = column[np.argmax(np.abs(column))]
    raise PvsimError(
        f"a cell of {value:.0f} degrees C in row {rows[worst]} of the weather (the first row is 0); between "
        f"{COLDEST_CELL_C:.0f} and {HOTTEST_CELL_C:.0f} is possible; check temp_air, wind_speed and irradiance there"
    )
