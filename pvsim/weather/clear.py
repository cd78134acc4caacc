"""The cloudless sky, by pvlib's Ineichen and Perez (2002)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pvlib import atmosphere, clearsky

Array = NDArray[np.float64]

LINKE_TURBIDITY = 5.5  # fits the clearest days of CDSRD; pvlib's map, 2.7 to 3.9 here, is too clean
CEILING = 1.1  # cloud edges lift an hour above the clear sky, hardly by more than a tenth


def clear_sky(apparent_zenith: Array, dni_extra: Array, altitude: float, linke_turbidity: float) -> tuple[Array, Array]:
    """GHI and DNI of a cloudless sky.

    Parameters
    ----------
    apparent_zenith : (T,) degrees; below the horizon both are zero
    dni_extra : (T,) W/m2
    altitude : m
    linke_turbidity : 2 in very clean air, 4 to 6 over Chongqing

    Returns
    -------
    ghi, dni : (T,) W/m2
    """
    zenith = np.minimum(apparent_zenith, 90.0)
    airmass = atmosphere.get_absolute_airmass(atmosphere.get_relative_airmass(zenith), atmosphere.alt2pres(altitude))
    clear = clearsky.ineichen(zenith, airmass, linke_turbidity, altitude=altitude, dni_extra=dni_extra)
    up = apparent_zenith < 90.0
    return np.where(up, clear["ghi"], 0.0), np.where(up, clear["dni"], 0.0)
