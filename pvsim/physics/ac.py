"""Alternating current: the inverters.

(n, D) arrays: n inputs of one inverter table, D rows; W and V in, W out. pvlib's PVWatts inverter (Dobos 2014,
doi:10.2172/1158421) and Sandia's with several inputs (King et al. 2007, doi:10.2172/920449; Hansen et al. 2022).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from pvlib import inverter

Array = NDArray[np.float64]

# European efficiency: weights at shares of rated power (EN 50530); made for dull climates such as Chongqing's.
EURO_LOAD = np.array([0.05, 0.10, 0.20, 0.30, 0.50, 1.00])
EURO_WEIGHT = np.array([0.03, 0.06, 0.13, 0.10, 0.48, 0.20])


@dataclass(frozen=True)
class Inverter:
    """Equal inverters that share what their planes give.

    Attributes
    ----------
    model : a key of ``INVERTER``
    parameters : of one inverter: ``pdc0`` (W) and ``eta_inv_nom`` of PVWatts, or those of pvlib's Sandia model
    rated_w : AC rating of one, W
    count : how many there are; PVWatts' curve does not depend on it
    night_w : what one draws where it delivers nothing, W
    window_v : the range of its MPP trackers, V; None where it is not known or the strings are not
    """

    model: str
    parameters: Mapping[str, float]
    rated_w: float
    count: int = 1
    night_w: float = 0.0
    window_v: tuple[float, float] | None = field(default=None)


def nominal_efficiency(weighted_efficiency: float) -> float:
    """pvlib's ``eta_inv_nom`` whose part-load curve has this European efficiency (both fractions).

    The PVWatts curve is proportional to its nominal efficiency, so one evaluation finds the factor.
    """
    eta_at_one = inverter.pvwatts(EURO_LOAD, 1.0, eta_inv_nom=1.0) / EURO_LOAD
    return weighted_efficiency / float(EURO_WEIGHT @ eta_at_one)


def _pvwatts(p_dc: Array, v_dc: Array | None, own: Mapping[str, float]) -> tuple[Array, Array]:
    del v_dc  # PVWatts knows no voltage
    pooled = p_dc.sum(axis=0)
    taken = np.minimum(pooled, own["pdc0"])
    return taken, np.asarray(inverter.pvwatts(taken, own["pdc0"], eta_inv_nom=own["eta_inv_nom"]))


def _sandia(p_dc: Array, v_dc: Array | None, own: Mapping[str, float]) -> tuple[Array, Array]:
    pooled = p_dc.sum(axis=0)
    # an input without a voltage of its own is taken at the one where the inverter was rated
    voltages = np.full_like(p_dc, own["Vdco"]) if v_dc is None else np.where(np.isnan(v_dc), own["Vdco"], v_dc)
    if len(p_dc) == 1:
        voltage = voltages[0]
        given = inverter.sandia(voltage, pooled, own)
    else:
        share = np.divide(p_dc, pooled, out=np.full_like(p_dc, 1 / len(p_dc)), where=pooled > 0)
        voltage = (share * voltages).sum(axis=0)
        some = np.maximum(pooled, np.finfo(np.float64).tiny)  # pvlib divides by it
        given = inverter.sandia_multi(list(voltages), list(share * some), own)
    # the model's own definition: at this DC power it reaches Paco
    limit = own["Pdco"] * (1 + own["C1"] * (voltage - own["Vdco"]))
    return np.minimum(pooled, np.where(given >= own["Paco"], limit, pooled)), np.maximum(given, 0.0)


INVERTER: Mapping[str, Callable[[Array, Array | None, Mapping[str, float]], tuple[Array, Array]]] = MappingProxyType(
    {"pvwatts": _pvwatts, "sandia": _sandia}
)


def convert(unit: Inverter, p_dc: Array, v_dc: Array | None) -> tuple[Array, Array]:
    """DC power that the inverters take, and AC power that they give, W (D,) each; never negative.

    Parameters
    ----------
    unit : the inverters
    p_dc : (n, D) of the n planes on them, W
    v_dc : (n, D) of their strings, V, NaN where not known; None where none is

    Notes
    -----
    What lies between the pooled DC power and what is taken was clipped; the consumption of inverters that
    deliver nothing is not in it.
    """
    if unit.count == 1:
        return INVERTER[unit.model](p_dc, v_dc, unit.parameters)
    taken, given = INVERTER[unit.model](p_dc / unit.count, v_dc, unit.parameters)
    return taken * unit.count, given * unit.count


# --- from the inverters to the meter -------------------------------------------------------------------------


@dataclass(frozen=True)
class AcLosses:
    """What is lost behind the inverters.

    Attributes
    ----------
    fractions : (n,) lost of the energy, in the order of the ledger; the last is availability
    running : (I, D) share of each inverter that runs in each row; None: all of it always
    limit_w : power that may be delivered; None: any
    """

    fractions: Array
    running: Array | None = None
    limit_w: float | None = None


@dataclass(frozen=True)
class Plant:
    """What stands between the planes' strings and the meter.

    Attributes
    ----------
    inverter_index : (P,) which inverter each plane feeds, 0 to I - 1
    inverters : I of them
    share_of_night : (P,) of its inverter's consumption that each plane bears
    losses : behind the inverters
    dark_rows : rows with weather but without light, in which the inverters only draw
    """

    inverter_index: NDArray[np.intp]
    inverters: Sequence[Inverter]
    share_of_night: Array
    losses: AcLosses
    dark_rows: int

    @property
    def night_w(self) -> float:
        """What all inverters draw where none delivers, W."""
        return float(sum(unit.night_w * unit.count for unit in self.inverters))


@dataclass(frozen=True)
class Delivery:
    """What comes of the DC power: W (D,) at the meter, and the sums over rows of each plane's share, W (L, P).

    The lines of ``sums``: after the inverters' efficiency, their clipping, their consumption without light, each of
    the fractional losses (the last with the outages in it), and the limit.
    """

    p_ac: Array
    sums: Array


def deliver(plant: Plant, p_dc: Array, v_dc: Array | None) -> Delivery:
    """Pool planes on their inverters, convert, and bring the power to the meter.

    Parameters
    ----------
    plant : P planes on I inverters
    p_dc, v_dc : (P, D) W, and V of the strings or None

    Notes
    -----
    Each inverter's AC power is shared among its planes by their DC power in each row. Consumption is drawn at the
    meter: cables and standstill do not shrink it.
    """
    losses, night_share = plant.losses, plant.share_of_night
    left = np.cumprod(1 - losses.fractions)
    efficient, clipped, night, running = (np.empty(len(p_dc)) for _ in range(4))
    total, drawn = np.zeros(p_dc.shape[1]), np.zeros(p_dc.shape[1])
    per_watt_of = []
    for i, unit in enumerate(plant.inverters):
        # a slice where one inverter takes all: a mask would copy a year of every plane
        members = slice(None) if len(plant.inverters) == 1 else np.flatnonzero(plant.inverter_index == i)
        own = p_dc[members]
        taken, given = convert(unit, own, None if v_dc is None else v_dc[members])
        pooled = own.sum(axis=0)
        per_watt = _over(given, pooled)
        clipped[members] = own @ per_watt
        efficient[members] = own @ _over(given, taken) if (taken < pooled).any() else clipped[members]
        idle = (given <= 0) * (unit.night_w * unit.count)
        night[members] = night_share[members] * (idle.sum() + unit.night_w * unit.count * plant.dark_rows)
        drawn += idle
        if losses.running is not None:
            per_watt *= losses.running[i]
            given = given * losses.running[i]
        running[members] = own @ per_watt if losses.running is not None else clipped[members]
        per_watt_of.append((members, per_watt))
        total += given
    total *= left[-1]
    sums = [efficient, clipped, clipped - night, *(clipped * f - night for f in left[:-1]), running * left[-1] - night]
    if losses.limit_w is None:
        return Delivery(total - drawn, np.stack([*sums, sums[-1]]))
    passed = np.minimum(1.0, _over(np.full_like(total, losses.limit_w), total))
    limited = np.empty(len(p_dc))
    for members, per_watt in per_watt_of:
        limited[members] = left[-1] * (p_dc[members] @ (per_watt * np.where(total > 0, passed, 1.0))) - night[members]
    return Delivery(np.minimum(total, losses.limit_w) - drawn, np.stack([*sums, limited]))


def _over(part: Array, whole: Array) -> Array:
    """Part by whole, 0 where there is none."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
