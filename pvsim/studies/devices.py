"""One module and one table of inverters, ready to be computed, however the scenario states them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from pvsim.physics import ac, dc
from pvsim.physics.irradiance import Glass

USUAL_SIDES = (2.094, 1.038)  # m, of the usual 450 Wp half-cut module


@dataclass(frozen=True)
class Volts:
    """Voltages of one module at STC, V, and the change of the open circuit, V/K."""

    v_oc: float
    v_mp: float
    beta_voc: float


@dataclass(frozen=True)
class PvModule:
    """One module, ready to be computed.

    ``model`` is a key of ``dc.MODULE`` and ``parameters`` are its keywords for a single module; ``stated`` says
    how the scenario names it. ``lid_percent`` and ``glass`` are None where the module says nothing of them. ``scale``
    is the power of another class of the same series over that of the parameters; ``long_side_m`` is None where only
    the area is known.
    """

    title: str
    stated: str
    model: str
    power_w: float
    area_m2: float
    parameters: Mapping[str, float]
    source: str
    gamma_percent_per_c: float | None = None
    lid_percent: float | None = None
    glass: Glass | None = None
    volts: Volts | None = None
    area_assumed: bool = False
    scale: float = 1.0
    notes: tuple[str, ...] = ()
    long_side_m: float | None = None

    @property
    def sides_m(self) -> tuple[float, float]:
        """Long and short side; where only the area is known, with sides as those of the usual module."""
        long = (
            math.sqrt(self.area_m2 * USUAL_SIDES[0] / USUAL_SIDES[1]) if self.long_side_m is None else self.long_side_m
        )
        return max(long, self.area_m2 / long), min(long, self.area_m2 / long)

    def of(self, panels: int) -> dict[str, float]:
        """The parameters of so many modules."""
        known = dict(self.parameters)
        if "pdc0" in known:
            return known | {"pdc0": known["pdc0"] * panels * self.scale}
        return known | {"modules": panels * self.scale}

    @property
    def stc_w(self) -> float:
        """Power at STC by the module's own model, W."""
        return dc.stc_power_w(self.model, self.of(1))


@dataclass(frozen=True)
class PvInverter:
    """The inverters of one table, ready to be computed; ``unit`` pools them."""

    title: str
    unit: ac.Inverter
    rated_w: float  # of one
    count: int
    source: str
    vdc_max_v: float | None = None
    vdc_rated_v: float | None = None
    window_v: tuple[float, float] | None = None
    counted: str = ""  # why there are so many, where the scenario does not say
    notes: tuple[str, ...] = ()
