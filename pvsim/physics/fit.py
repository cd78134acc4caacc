"""From what is printed of a module or an inverter to the parameters of pvlib's models.

Plain numbers in, plain numbers out, in the units of pvlib: A, V, ohm, W; temperature coefficients per K. The fits
are pvlib's (``ivtools``, ``pvarray``, ``inverter``); what stands here feeds them and judges what they found.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pvlib import inverter, pvarray, pvsystem, singlediode
from pvlib.ivtools import sdm
from scipy import constants
from scipy.optimize import brentq

from pvsim.errors import PvsimError

Array = NDArray[np.float64]

STEP = 10.0  # percent, in which the sixth parameter of the CEC model is searched, from 0 to 60 on both sides
ADJUSTS = (0.0, *(side * STEP * i for i in range(1, 7) for side in (1, -1)))
WARM_C = 50.0  # with 25 the temperatures between which a power coefficient is taken, as its test does


def _max_power(five: Sequence[float]) -> float:
    return float(singlediode.bishop88_mpp(*five, method="newton")[2])


def _gamma_of(fitted: Mapping[str, float]) -> float:
    """Relative change of maximum power per K at 1000 W/m2."""
    cool, warm = (_max_power(pvsystem.calcparams_cec(1000.0, t, **fitted)) for t in (25.0, WARM_C))
    return (warm / cool - 1) / (WARM_C - 25.0)


def _desoto(data: Mapping[str, float], adjust: float) -> dict[str, float] | None:
    """The De Soto parameters with coefficients turned by the CEC model's Adjust, or None where there are none."""
    own = dict(data) | {
        "alpha_sc": data["alpha_sc"] * (1 - adjust / 100),
        "beta_voc": data["beta_voc"] * (1 + adjust / 100),
    }
    start = sdm.fit_desoto_batzelis(**{k: own[k] for k in ("v_mp", "i_mp", "v_oc", "i_sc", "alpha_sc", "beta_voc")})
    near = {"IL_0": "I_L_ref", "Io_0": "I_o_ref", "Rs_0": "R_s", "Rsh_0": "R_sh_ref", "a_0": "a_ref"}
    for guess in ({key: start[name] for key, name in near.items()}, {}):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of steps that the search discards
                found, _ = sdm.fit_desoto(**own, init_guess=guess)
        except RuntimeError:
            continue
        known = {key: float(found[key]) for key in near.values()}
        if min(known.values()) > 0:
            return known | {"alpha_sc": data["alpha_sc"], "Adjust": adjust}
    return None


@lru_cache(maxsize=256)
def cec_from_datasheet(
    v_mp: float, i_mp: float, v_oc: float, i_sc: float, alpha_sc: float, beta_voc: float, gamma_pmp: float, cells: int
) -> dict[str, float]:
    """The six parameters of pvlib's ``calcparams_cec`` that meet a datasheet, its power coefficient included.

    The five parameters are De Soto's (2006) by ``pvlib.ivtools.sdm.fit_desoto``; the sixth turns the coefficients
    of current and voltage against each other until power falls with temperature as the sheet says (Dobos 2012,
    doi:10.1115/1.4005759).

    Parameters
    ----------
    v_mp, i_mp, v_oc, i_sc : V and A at standard test conditions
    alpha_sc, beta_voc : A/K and V/K
    gamma_pmp : 1/K
    cells : in series

    Raises
    ------
    PvsimError
        When no single diode has these values.
    """
    data = {
        "v_mp": v_mp, "i_mp": i_mp, "v_oc": v_oc, "i_sc": i_sc,
        "alpha_sc": alpha_sc, "beta_voc": beta_voc, "cells_in_series": cells,
    }  # fmt: skip

    def off(adjust: float) -> float:
        found = _desoto(data, adjust)
        return np.nan if found is None else _gamma_of(found) - gamma_pmp

    gaps: dict[float, float] = {}
    for adjust in ADJUSTS:  # from nothing outwards, as far as two neighbours have the coefficient between them
        gaps[adjust] = off(adjust)
        for near in (adjust - STEP, adjust + STEP):
            if gaps[adjust] * gaps.get(near, np.nan) <= 0:
                return _at(data, float(brentq(off, *sorted((adjust, near)), xtol=1e-6)))
    known = {adjust: gap for adjust, gap in gaps.items() if np.isfinite(gap)}
    if not known:
        raise PvsimError("no single diode with positive resistances has these values")
    nearest = min(known.values(), key=abs)
    raise PvsimError(
        f"no single diode with these values changes its power by {100 * gamma_pmp:g} %/C; the nearest has "
        f"{100 * (gamma_pmp + nearest):.3f} %/C"
    )


def _at(data: Mapping[str, float], adjust: float) -> dict[str, float]:
    found = _desoto(data, adjust)
    if found is None:
        raise PvsimError("no single diode with positive resistances has these values")
    return found


def pvsyst_currents(
    v_oc: float, i_sc: float, thermal_v: float, r_s: float, r_sh: float, d2mutau: float = 0.0, ns_vbi: float = np.inf
) -> tuple[float, float]:
    """Light and saturation current of PVsyst's diode, A, from its open and its short circuit.

    With the other parameters known the diode equation is linear in these two.

    Parameters
    ----------
    v_oc, i_sc : V and A at reference conditions
    thermal_v : ideality x cells in series x thermal voltage of a cell, V
    r_s, r_sh : ohm at reference conditions
    d2mutau, ns_vbi : recombination in thin film, V; 0 and infinite elsewhere
    """
    at_open, at_short = v_oc, i_sc * r_s  # voltage over the diode
    matrix = np.array([[1 - d2mutau / (ns_vbi - v), -np.expm1(v / thermal_v)] for v in (at_open, at_short)])
    light, saturation = np.linalg.solve(matrix, [at_open / r_sh, i_sc + at_short / r_sh])
    return float(light), float(saturation)


def thermal_voltage(ideality: float, cells: float, temp_cell: float = 25.0) -> float:
    """Ideality x cells x kT/q, V: pvlib's ``nNsVth`` at a temperature in degrees C."""
    return float(ideality * cells * constants.k / constants.e * (temp_cell + 273.15))


def adr_from_matrix(irradiance: Array, temp_cell: Array, p_mp: Array) -> tuple[dict[str, float], float, float]:
    """The efficiency surface of a measured matrix, by ``pvlib.pvarray.fit_pvefficiency_adr``.

    Returns
    -------
    parameters : of ``pvlib.pvarray.pvefficiency_adr``, ``k_a`` such that STC is 1
    power_w : at STC by the surface
    worst : largest deviation of the surface from the matrix, as a fraction of the measured power
    """
    efficiency = p_mp / irradiance
    found = pvarray.fit_pvefficiency_adr(irradiance, temp_cell, efficiency / efficiency.max())
    fitted = {key: float(value) for key, value in found.items()}
    stc = float(pvarray.pvefficiency_adr(1000.0, 25.0, **fitted))
    surface = pvarray.pvefficiency_adr(irradiance, temp_cell, **fitted) * efficiency.max() * irradiance
    fitted["k_a"] /= stc
    return fitted, stc * float(efficiency.max()) * 1000.0, float(np.abs(surface / p_mp - 1).max())


def pvsyst_from_matrix(matrix: Mapping[str, Array], cells: int) -> dict[str, float]:
    """PVsyst's diode from an IEC 61853-1 matrix with its currents and voltages.

    By ``pvlib.ivtools.sdm.fit_pvsyst_iec61853_sandia_2025``; ``matrix`` has its columns, N rows each.
    """
    found = sdm.fit_pvsyst_iec61853_sandia_2025(
        matrix["irradiance"], matrix["temp_cell"], matrix["i_sc"], matrix["v_oc"], matrix["i_mp"], matrix["v_mp"],
        cells_in_series=cells,
    )  # fmt: skip
    return {key: float(value) for key, value in found.items()}


@dataclass(frozen=True)
class Curve:
    """What an inverter takes and gives at one voltage: W in, W out, (N,) each."""

    voltage_v: float
    power_in_w: Array
    power_out_w: Array


def sandia_from_curves(curves: Sequence[Curve], limit_w: float, night_w: float) -> tuple[dict[str, float], float]:
    """Sandia's inverter from curves at three voltages, the lowest first, by ``pvlib.inverter.fit_sandia``.

    Returns the parameters and the largest deviation of its efficiency from the curves above a tenth of the
    rating, as a fraction.
    """
    level = np.concatenate(
        [[name] * c.power_in_w.size for name, c in zip(("Vmin", "Vnom", "Vmax"), curves, strict=True)]
    )
    taken, given = (np.concatenate([getattr(c, part) for c in curves]) for part in ("power_in_w", "power_out_w"))
    voltage = np.concatenate([np.full(c.power_in_w.size, c.voltage_v) for c in curves])
    found = {k: float(v) for k, v in inverter.fit_sandia(given, taken, voltage, level, limit_w, night_w).items()}
    # a curve without self-consumption has none at any voltage, and pvlib's fit divides by it
    found = {key: value if np.isfinite(value) or key not in ("C2", "C3") else 0.0 for key, value in found.items()}
    some = (given > 0.1 * limit_w) & (given < limit_w)
    worst = np.abs(inverter.sandia(voltage[some], taken[some], found) - given[some]) / taken[some]
    return found, float(worst.max(initial=0.0))
