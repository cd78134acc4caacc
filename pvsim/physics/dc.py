"""Direct current: from light on the cells to power at the modules' terminals.

Element-wise on (T, P): W/m2 and degrees C in, W out; ``chain`` holds the transposed memory order (b, D) that the
shapes below name. Each model is pvlib's: PVWatts with Marion's correction for low light (Dobos 2014,
doi:10.2172/1158421; Marion 2008, doi:10.1109/PVSC.2008.4922586), the single diode of CEC and of PVsyst
Sandia's array performance model (King et al. 2004) and the ADR efficiency surface (Driesse and
Stein 2020, doi:10.2172/1707261).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pvlib import pvarray, pvsystem, singlediode

Array = NDArray[np.float64]
Parameters = Mapping[str, Any]

STC_IRRADIANCE = 1000.0  # W/m2
STC_TEMP_CELL = 25.0  # degrees C
LOW_LIGHT_IRRADIANCE = 200.0  # W/m2, where data sheets state the loss of efficiency


@dataclass(frozen=True)
class Direct:
    """What the modules give, (b, D) each: W at the cells' temperature and at 25 degrees C, and V of one module.

    ``v_mp`` is None where the model knows no voltage.
    """

    power: Array
    cool: Array
    v_mp: Array | None = None


def low_light_k(low_light_loss_percent: float) -> float:
    """pvlib's ``k``: the power missing at 200 W/m2 as a share of nameplate.

    ``low_light_loss_percent`` is the relative loss of efficiency at 200 W/m2, so 3 % of 0.2 are 0.006.
    """
    return low_light_loss_percent / 100 * LOW_LIGHT_IRRADIANCE / STC_IRRADIANCE


def pvwatts(effective_irradiance: Array, temp_cell: Array, *, pdc0: Array, gamma_pdc: Array, k: Array) -> Direct:
    """PVWatts: nameplate, one temperature coefficient, one low-light correction.

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
    return Direct(np.maximum(power, 0), np.maximum(cool, 0))


def adr(effective_irradiance: Array, temp_cell: Array, *, pdc0: Array, **known: Array) -> Direct:
    """The efficiency surface of a measured matrix; ``pdc0`` is the power at STC."""
    nominal = pdc0 * effective_irradiance / STC_IRRADIANCE
    with np.errstate(divide="ignore", invalid="ignore"):  # without light there is no efficiency
        hot = pvarray.pvefficiency_adr(effective_irradiance, temp_cell, **known)
        cool = pvarray.pvefficiency_adr(effective_irradiance, STC_TEMP_CELL, **known)
    lit = effective_irradiance > 0
    return Direct(*(np.maximum(np.where(lit, nominal * eta, 0.0), 0.0) for eta in (hot, cool)))


def sapm(effective_irradiance: Array, temp_cell: Array, *, modules: Array, **known: Array) -> Direct:
    """Sandia's array performance model, electrical part, times the number of modules."""
    bright = np.maximum(effective_irradiance, DARKEST)  # its logarithm of no light is no number
    hot = pvsystem.sapm(bright, temp_cell, known)
    cool = pvsystem.sapm(bright, np.full_like(temp_cell, STC_TEMP_CELL), known)
    lit = effective_irradiance > 0
    power, at_25, v_mp = (np.where(lit, np.maximum(x, 0), 0) for x in (hot["p_mp"], cool["p_mp"], hot["v_mp"]))
    return Direct(power * modules, at_25 * modules, v_mp)


# --- single diode -------------------------------------------------------------------------------------------
#
# pvlib gives the five parameters of the diode at each irradiance and temperature and, by Bishop's arrangement (1988,
# doi:10.1016/0379-6787(88)90059-2), current, power and their slopes as explicit functions of the diode's voltage.
# pvlib's own search for the maximum starts from nothing and takes 3 to 60 ms a plane-year; here Newton's steps on the
# same functions start from a table that this search has filled, once for a module, so that two reach the last digits.

NODES, DARKEST, BRIGHTEST = 1024, 0.001, 2500.0  # of the table, evenly in the logarithm of W/m2
MIDDLE_C, HALF_C = 30.0, 55.0  # the temperatures of the table: what is warmer or colder takes Newton's steps
# From here on the table's voltage is within 1e-4 of a thermal voltage of the maximum; power is flat there, and 1e-9
# below it at most (tests/physics/test_diode.py). Dimmer light and thin film take Newton's steps.
FAINT = 2.0  # W/m2
NEAR = 1e-2  # of a thermal voltage: a step that is smaller leaves about its square to go
NEAR_V = 1e-5  # the same where the power is not flat: held at a voltage that is not that of its maximum
MAX_STEPS = 30
NEVER = np.inf  # NsVbi of a module without recombination losses

FIVE_PARAMETERS: Mapping[str, Callable[..., tuple[Array, ...]]] = MappingProxyType(
    {"cec": pvsystem.calcparams_cec, "pvsyst": pvsystem.calcparams_pvsyst}
)
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cec": ("alpha_sc", "a_ref", "I_L_ref", "I_o_ref", "R_sh_ref", "R_s", "Adjust"),
        "pvsyst": (
            *("alpha_sc", "gamma_ref", "mu_gamma", "I_L_ref", "I_o_ref", "R_sh_ref", "R_sh_0", "R_s"),
            *("cells_in_series", "R_sh_exp", "EgRef"),
        ),
    }
)
RECOMBINATION = ("d2mutau", "NsVbi")  # thin film in PVsyst's model; 0 and infinite elsewhere


def five_parameters(kind: str, irradiance: Any, temp_cell: Any, parameters: Parameters) -> tuple[Array, ...]:
    """The diode's five parameters as pvlib has them; ``kind`` is a key of ``FIVE_PARAMETERS``."""
    found = FIVE_PARAMETERS[kind](irradiance, temp_cell, **{key: parameters[key] for key in KEYS[kind]})
    return tuple(np.asarray(value) for value in found)


def _recombination(parameters: Parameters) -> dict[str, Any]:
    thin_film = np.any(np.asarray(parameters.get("d2mutau", 0.0)) > 0)
    return {key: parameters[key] for key in RECOMBINATION} if thin_film else {}


@lru_cache(maxsize=256)
def _table(kind: str, parameters: tuple[tuple[str, float], ...]) -> Array:
    """(NODES, 9): W per W/m2 at 25 C; the diode's voltage as a polynomial of temperature; their steps to the next node.

    The columns: efficiency and its step, five coefficients of rising power in ``_scaled`` temperature, and the steps
    of the first two. Filled by pvlib's own search.
    """
    known = dict(parameters)
    light = np.geomspace(DARKEST, BRIGHTEST, NODES)

    def searched(temperature: float) -> tuple[Array, Array]:
        five = five_parameters(kind, light, temperature, known)
        current, voltage, power = singlediode.bishop88_mpp(*five, **_recombination(known), method="newton")
        return voltage + current * five[2], power / light

    count = 5
    x = np.cos(np.pi * (np.arange(count) + 0.5) / count)  # Chebyshev's nodes
    volts = np.stack([searched(float(t))[0] for t in MIDDLE_C + HALF_C * x])
    coefficients = np.linalg.solve(np.vander(x, increasing=True), volts)
    watts = searched(STC_TEMP_CELL)[1]
    first, second = (np.diff(row, append=row[-1]) for row in coefficients[:2])
    return np.stack([watts, np.diff(watts, append=watts[-1]), *coefficients, first, second], axis=1)


def _start(kind: str, light: Array, temp_cell: Array, parameters: Parameters) -> tuple[Array, Array]:
    """Power at 25 C, W, and a first guess of the diode's voltage: (b, D) each, read from each module's table."""
    position = np.log(light / DARKEST)
    position *= (NODES - 1) / np.log(BRIGHTEST / DARKEST)
    node = np.minimum(position.astype(np.intp), NODES - 2)
    position -= node
    scaled = (temp_cell - MIDDLE_C) / HALF_C
    cool, guess = np.empty_like(light), np.empty_like(light)
    for row in range(len(light)):
        own = tuple((key, float(np.ravel(value)[min(row, np.size(value) - 1)])) for key, value in parameters.items())
        share, x = position[row], scaled[row]
        watts, more, c0, c1, c2, c3, c4, next0, next1 = _table(kind, own)[node[row]].T
        cool[row] = light[row] * (watts + share * more)
        guess[row] = c0 + share * next0 + x * (c1 + share * next1 + x * (c2 + x * (c3 + x * c4)))
    return cool, guess


def maximum_power(kind: str, light: Array, temp_cell: Array, parameters: Parameters) -> tuple[Array, Array, Array]:
    """Maximum power of one module, and its voltage there.

    Parameters
    ----------
    kind : a key of ``FIVE_PARAMETERS``
    light : (b, D) effective irradiance, W/m2
    temp_cell : (b, D) degrees C
    parameters : ``KEYS[kind]`` and ``RECOMBINATION``, (b, 1) each, in pvlib's units

    Returns
    -------
    power, cool, v_mp : (b, D) W, W at 25 degrees C, and V; 0 where there is no light
    """
    bright = np.maximum(light, DARKEST)
    five = five_parameters(kind, bright, temp_cell, parameters)
    extra = _recombination(parameters)
    cool, diode_voltage = _start(kind, bright, temp_cell, parameters)
    scarce = (bright < FAINT) | (bright > BRIGHTEST) | (np.abs(temp_cell - MIDDLE_C) > HALF_C)
    _climb(diode_voltage, five, extra, np.flatnonzero(scarce if not extra else np.ones_like(scarce)))
    _, v_mp, power = singlediode.bishop88(diode_voltage, *five, **extra)
    lit = light > 0
    dim = light < DARKEST
    if dim.any():  # below the table all is proportional to the light: less than a millionth of nameplate
        scale = np.where(dim, light / DARKEST, 1.0)
        power, cool = power * scale, cool * scale
    return np.maximum(power, 0.0), np.maximum(cool, 0.0), np.where(lit, v_mp, 0.0)


def _climb(diode_voltage: Array, five: tuple[Array, ...], extra: Mapping[str, Any], left: NDArray[np.intp]) -> None:
    """Newton's steps to dP/dV = 0, in place, at the flat positions where the table's guess is not there yet."""
    for _ in range(MAX_STEPS):
        if not left.size:
            return
        some = tuple(np.broadcast_to(p, diode_voltage.shape).flat[left] for p in five)
        few = {key: np.broadcast_to(value, diode_voltage.shape).flat[left] for key, value in extra.items()}
        step = _newton_step(diode_voltage.flat[left], some, few)
        diode_voltage.flat[left] += step
        left = left[np.abs(step) > NEAR * some[4]]


def _newton_step(diode_voltage: Array, five: tuple[Array, ...], extra: Mapping[str, Any]) -> Array:
    *_, slope, curvature = singlediode.bishop88(diode_voltage, *five, **extra, gradients=True)
    # far from the maximum the curve is not a parabola: no step beyond a few thermal voltages
    return np.asarray(np.clip(-slope / curvature, -4 * five[4], 4 * five[4]))


def power_at(kind: str, voltage: Array, light: Array, temp_cell: Array, parameters: Parameters) -> Array:
    """Power of one module that is held at a voltage, W (N,): never negative, zero beyond its open circuit.

    All arrays (N,), parameters too; used where strings leave the inverter's window.
    """
    five = five_parameters(kind, np.maximum(light, DARKEST), temp_cell, parameters)
    extra = _recombination(parameters)
    # where nothing flows the diode has the module's voltage: beyond the open circuit there is nothing to search
    current = singlediode.bishop88(voltage, *five, **extra)[0]
    held = np.flatnonzero((current > 0) & (voltage < np.asarray(parameters.get("NsVbi", NEVER))))
    some = [np.broadcast_to(value, voltage.shape)[held] for value in five]
    few = {key: np.broadcast_to(value, voltage.shape)[held] for key, value in extra.items()}
    diode_voltage = voltage[held] + (0.0 if extra else current[held] * some[2])
    for _ in range(MAX_STEPS if held.size else 0):
        # dV/dVd is above 1 and falls towards it: Newton's steps come from one side and cannot leave it
        _, at, _, _, grown, *_ = singlediode.bishop88(diode_voltage, *some, **few, gradients=True)
        step = (voltage[held] - at) / grown
        diode_voltage += step
        if (np.abs(step) < NEAR_V * some[4]).all():
            break
    power = np.zeros_like(voltage)
    power[held] = singlediode.bishop88(diode_voltage, *some, **few)[2]
    return np.maximum(power, 0.0)


def single_diode(kind: str, effective_irradiance: Array, temp_cell: Array, *, modules: Array, **known: Array) -> Direct:
    """The single-diode model of ``kind``, a key of ``FIVE_PARAMETERS``, times the number of modules."""
    power, cool, v_mp = maximum_power(kind, effective_irradiance, temp_cell, known)
    return Direct(power * modules, cool * modules, v_mp)


# --- the table ----------------------------------------------------------------------------------------------

MODULE: Mapping[str, Callable[..., Direct]] = MappingProxyType(
    {
        "pvwatts": pvwatts,
        "cec": partial(single_diode, "cec"),
        "pvsyst": partial(single_diode, "pvsyst"),
        "sapm": sapm,
        "adr": adr,
    }
)


def stc_power_w(model: str, parameters: Mapping[str, float]) -> float:
    """Power of what the parameters describe at 1000 W/m2 and 25 degrees C, W, by the model itself."""
    return _stc_power_w(model, tuple(parameters.items()))


@lru_cache(maxsize=256)
def _stc_power_w(model: str, parameters: tuple[tuple[str, float], ...]) -> float:
    columns: dict[str, Any] = {key: np.array([[value]]) for key, value in parameters}
    light, cells = np.array([[STC_IRRADIANCE]]), np.array([[STC_TEMP_CELL]])
    return float(MODULE[model](light, cells, **columns).power[0, 0])
