"""Direct current: from light on the cells to power at the modules' terminals.

Element-wise on (T, P): W/m2 and degrees C in, W out. pvlib's PVWatts module with Marion's correction for
low light (Dobos 2014, doi:10.2172/1158421; Marion 2008, doi:10.1109/PVSC.2008.4922586).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pvlib import pvsystem

Array = NDArray[np.float64]

STC_IRRADIANCE = 1000.0  # W/m2
STC_TEMP_CELL = 25.0  # degrees C
LOW_LIGHT_IRRADIANCE = 200.0  # W/m2, where data sheets state the loss of efficiency


def low_light_k(low_light_loss_percent: float) -> float:
    """pvlib's ``k``: the power missing at 200 W/m2 as a share of nameplate.

    ``low_light_loss_percent`` is the relative loss of efficiency at 200 W/m2, so 3 % of 0.2 are 0.006.
    """
    return low_light_loss_percent / 100 * LOW_LIGHT_IRRADIANCE / STC_IRRADIANCE


def pvwatts(
    effective_irradiance: Array, temp_cell: Array, pdc0: Array, gamma_pdc: Array, k: Array
) -> tuple[Array, Array]:
    """DC power at the cells' temperature and at 25 degrees C, W: (T, P) each.

    This is ``pvlib.pvsystem.pvwatts_dc(..., k=k, cap_adjustment=True)`` to the last digits, arranged so that the
    costly quartic of Marion's correction is asked of pvlib only where it applies, up to 200 W/m2: above, the
    power missing at 200 W/m2 shrinks in proportion to the distance from 1000 W/m2 and then stays zero.
    """
    dull = np.minimum(effective_irradiance, LOW_LIGHT_IRRADIANCE)
    missing = pvsystem.pvwatts_dc(dull, STC_TEMP_CELL, pdc0, gamma_pdc)
    missing -= pvsystem.pvwatts_dc(dull, STC_TEMP_CELL, pdc0, gamma_pdc, k=k)
    missing *= np.clip((STC_IRRADIANCE - effective_irradiance) / (STC_IRRADIANCE - LOW_LIGHT_IRRADIANCE), 0, 1)
    power = pvsystem.pvwatts_dc(effective_irradiance, temp_cell, pdc0, gamma_pdc) - missing
    cool = pvsystem.pvwatts_dc(effective_irradiance, STC_TEMP_CELL, pdc0, gamma_pdc) - missing
    return np.maximum(power, 0), np.maximum(cool, 0)


MODULE: Mapping[str, Callable[..., tuple[Array, Array]]] = MappingProxyType({"pvwatts": pvwatts})
