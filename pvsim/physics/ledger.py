"""The loss ledger: from nominal in-plane energy to delivered kWh, line by line.

SAM's stages in PVsyst's order. Each line holds the energy that is left after its step, so the last line is
the delivered energy and every step can be checked by hand: kwh = previous kwh x percent_of_previous / 100.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import PvsimError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """One line of the ledger: its name, the stage it belongs to and what its number rests on."""

    name: str
    stage: str
    basis: str


STEPS: tuple[Step, ...] = (
    Step("nominal in-plane energy", "irradiance", "nameplate x unshaded irradiation"),
    Step("horizon", "irradiance", "site.horizon, hour by hour"),
    Step("obstacles", "irradiance", "obstacle, parapet_m, shading_table, hour by hour"),
    Step("rows", "irradiance", "roof.pitch_m, hour by hour"),
    Step("partial shade", "irradiance", "physics.partial_shade, hour by hour"),
    Step("shading", "irradiance", "losses.shading_percent"),
    Step("incidence", "irradiance", "physics.iam, hour by hour"),
    Step("soiling", "irradiance", "losses.soiling_percent"),
    Step("rear gain", "irradiance", "module.bifaciality_percent, hour by hour"),
    Step("nominal dc energy", "dc", "the modules' own power at STC"),
    Step("low light", "dc", "module model at 25 C, hour by hour"),
    Step("temperature", "dc", "module model, hour by hour"),
    Step("lid", "dc", "losses.lid_percent"),
    Step("first-year degradation", "dc", "losses.first_year_degradation_percent"),
    Step("nameplate", "dc", "losses.nameplate_percent"),
    Step("mismatch", "dc", "losses.mismatch_percent"),
    Step("dc wiring", "dc", "losses.dc_wiring_percent"),
    Step("connections", "dc", "losses.connections_percent"),
    Step("voltage window", "inverter", "strings against the MPPT range, hour by hour"),
    Step("inverter efficiency", "inverter", "part-load curve, hour by hour"),
    Step("inverter clipping", "inverter", "power above the rating, hour by hour"),
    Step("night consumption", "inverter", "inverter.night_consumption_w"),
    Step("ac wiring", "ac", "losses.ac_wiring_percent"),
    Step("transformer", "ac", "losses.transformer_percent"),
    Step("availability", "ac", "losses.availability_percent, outage"),
    Step("export limit", "ac", "site.export_limit_kw, hour by hour"),
    Step("delivered", "delivered", "at the meter"),
)

GEOMETRIC = ("horizon", "obstacles", "rows", "partial shade")
DC_LOSSES = ("lid", "first_year_degradation", "nameplate", "mismatch", "dc_wiring", "connections")
AC_LOSSES = ("ac_wiring", "transformer", "availability")


@dataclass(frozen=True)
class LedgerLine:
    """A line as the result prints it; ``percent_of_previous`` is None in the first, ``source`` says who set it."""

    name: str
    stage: str
    basis: str
    source: str
    kwh: float
    percent_of_previous: float | None


def running_products(losses: Array) -> Array:
    """What is left after each of these fractional losses (n, ...) in turn: (1 - a), (1 - a)(1 - b), ..."""
    return np.asarray(np.cumprod(1.0 - losses, axis=0), dtype=np.float64)


def lines(kwh: Array, delivered_kwh: float, sources: Mapping[str, str] | None = None) -> tuple[LedgerLine, ...]:
    """The ledger of (L,) energies, one for each of ``STEPS``; ``sources`` by the name of the step.

    Raises
    ------
    PvsimError
        When the last line is not the delivered energy to 1e-9: a defect of the chain, not of the input.
    """
    if abs(kwh[-1] - delivered_kwh) > 1e-9 * max(abs(delivered_kwh), 1.0):
        raise PvsimError(f"the loss ledger ends at {kwh[-1]!r} kWh, the meter at {delivered_kwh!r}: please report this")
    said = sources or {}
    previous = [None, *(float(x) for x in kwh[:-1])]
    return tuple(
        LedgerLine(
            step.name,
            step.stage,
            step.basis,
            said.get(step.name, ""),
            float(now),
            None if not before else 100.0 * float(now) / before,
        )
        for step, now, before in zip(STEPS, kwh, previous, strict=True)
    )
