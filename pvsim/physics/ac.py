"""Alternating current: the inverters.

(T, I) arrays: T rows, I inverters; W in, W out. pvlib's PVWatts inverter (Dobos 2014, doi:10.2172/1158421).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pvlib import inverter

Array = NDArray[np.float64]

# European efficiency: weights at shares of rated DC power (EN 50530); made for dull climates such as Chongqing's.
EURO_LOAD = np.array([0.05, 0.10, 0.20, 0.30, 0.50, 1.00])
EURO_WEIGHT = np.array([0.03, 0.06, 0.13, 0.10, 0.48, 0.20])


def nominal_efficiency(weighted_efficiency: float) -> float:
    """pvlib's ``eta_inv_nom`` whose part-load curve has this European efficiency (both fractions).

    The PVWatts curve is proportional to its nominal efficiency, so one evaluation finds the factor.
    """
    eta_at_one = inverter.pvwatts(EURO_LOAD, 1.0, eta_inv_nom=1.0) / EURO_LOAD
    return weighted_efficiency / float(EURO_WEIGHT @ eta_at_one)


def clip(p_dc: Array, pdc0: Array) -> Array:
    """DC power that the inverters accept, W: what lies above ``pdc0`` is clipped."""
    return np.minimum(p_dc, pdc0)


def convert(p_dc: Array, pdc0: Array, eta_inv_nom: Array) -> Array:
    """AC power, W (T, I), of accepted DC power; ``pdc0`` = rated AC power / ``eta_inv_nom``, (I,)."""
    return np.asarray(inverter.pvwatts(p_dc, pdc0, eta_inv_nom=eta_inv_nom))
