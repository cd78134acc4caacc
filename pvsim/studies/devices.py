"""One module and one table of inverters, ready to be computed, however the scenario states them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pvsim.physics import ac, dc
from pvsim.physics.irradiance import Glass


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
    is the power of another class of the same series over that of the parameters.
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
