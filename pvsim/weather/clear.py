"""The cloudless sky, by pvlib's Ineichen and Perez (2002)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pvlib import atmosphere, clearsky

Array = NDArray[np.float64]

LINKE_TURBIDITY = 5.5  # fits the clearest days of CDSRD; pvlib's map, 2.7 to 3.9 here, is too clean
SPARE = 1.03  # of the clearest day of a month, so that its hours have room to vary
HIGHEST = 0.9  # of the extraterrestrial irradiance, for an hour of the clearest day
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


def lifted(ceiling: Array, extraterrestrial: Array, need: Array) -> Array:
    """A ceiling of hours that holds a given sum on each day: one turbidity is too dark for northern winters.

    Parameters
    ----------
    ceiling, extraterrestrial : (D, H) W/m2, on the horizontal
    need : (D,) sum of the hours that a day must be able to have

    Returns
    -------
    (D, H) the ceiling, below the extraterrestrial; in proportion higher on days that hold less than they need, though
    not above 0.9 of the extraterrestrial
    """
    top = np.minimum(ceiling, extraterrestrial)
    held = top.sum(axis=1)
    factor = np.maximum(need / np.where(held > 0, held, 1.0), 1.0)
    return np.asarray(np.maximum(top, np.minimum(top * factor[:, None], HIGHEST * extraterrestrial)))
