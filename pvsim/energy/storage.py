"""A store behind the meter: its limits, how its content moves, and what passes the meter for each move.

Whatever decides, a step of the store is one number: the energy by which its content changes, kWh at the cells,
positive in. From it follow what is charged, discharged, exported, curtailed and imported; a store can therefore
never charge and discharge in the same step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pvsim.errors import PvsimError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Store:
    """A battery behind the meter, with equal losses on the way in and out.

    Attributes
    ----------
    capacity_kwh : energy it can hold, kWh at the cells; 0 is no store
    power_kw : most it takes and most it gives, kW on the alternating side; 0 is no store
    round_trip_efficiency : fraction of the energy put in that comes out again; each way has its square root
    least_soc_fraction : share of the capacity that always stays in it. It is there before the first step, and
        belongs to neither the roof nor the grid

    Raises
    ------
    PvsimError
        When a value is outside of what is allowed.
    """

    capacity_kwh: float
    power_kw: float
    round_trip_efficiency: float
    least_soc_fraction: float = 0.0

    def __post_init__(self) -> None:
        for name in ("capacity_kwh", "power_kw"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise PvsimError(f"store.{name} is {value!r}; allowed is a finite number from 0")
        if not 0 < self.round_trip_efficiency <= 1:
            raise PvsimError(
                f"store.round_trip_efficiency is {self.round_trip_efficiency!r}; "
                "allowed is a fraction above 0 and up to 1, such as 0.88"
            )
        if not 0 <= self.least_soc_fraction < 1:
            raise PvsimError(
                f"store.least_soc_fraction is {self.least_soc_fraction!r}; allowed is a fraction from 0 to below 1"
            )

    @property
    def one_way_efficiency(self) -> float:
        """Fraction that survives charging, and again discharging."""
        return math.sqrt(self.round_trip_efficiency)

    @property
    def least_kwh(self) -> float:
        """Energy that always stays in it, kWh."""
        return self.capacity_kwh * self.least_soc_fraction

    @property
    def usable_kwh(self) -> float:
        """Energy between its least and its full content, kWh."""
        return self.capacity_kwh - self.least_kwh


@dataclass(frozen=True)
class Meter:
    """What the meter sees before the store does anything, and what the store may do; kW (T,) each.

    Attributes
    ----------
    surplus_kw : PV that the load does not take
    deficit_kw : load that PV does not cover, with what the inverters draw at night
    exportable_kw : most that may go to the grid, inf where nothing limits it
    charge_kw : most that the store may take: of the surplus alone, or also from the grid
    discharge_kw : most that it may give: never more than the deficit, so it never exports
    step_hours : length of a step, h
    one_way_efficiency : fraction that survives charging, and again discharging
    usable_kwh : energy that the store can hold above its least content, kWh
    """

    surplus_kw: Array
    deficit_kw: Array
    exportable_kw: Array
    charge_kw: Array
    discharge_kw: Array
    step_hours: float
    one_way_efficiency: float
    usable_kwh: float

    def part(self, rows: slice) -> Meter:
        """The same meter in some of its steps."""
        return Meter(
            self.surplus_kw[rows],
            self.deficit_kw[rows],
            self.exportable_kw[rows],
            self.charge_kw[rows],
            self.discharge_kw[rows],
            self.step_hours,
            self.one_way_efficiency,
            self.usable_kwh,
        )


@dataclass(frozen=True)
class Flows:
    """What passes in each step, kW (T,); ``charged_kw`` holds ``grid_charged_kw``."""

    charged_kw: Array
    grid_charged_kw: Array
    discharged_kw: Array
    exported_kw: Array
    curtailed_kw: Array
    imported_kw: Array


def meter(
    surplus_kw: Array,
    deficit_kw: Array,
    exportable_kw: Array,
    step_hours: float,
    store: Store | None,
    *,
    covered: NDArray[np.bool_],
    grid_charging: bool = False,
) -> Meter:
    """The limits of every step for a store; without one, all that it may do is 0."""
    power = np.where(covered, 0.0 if store is None or store.usable_kwh == 0 else store.power_kw, 0.0)
    return Meter(
        surplus_kw,
        deficit_kw,
        exportable_kw,
        power if grid_charging else np.minimum(power, surplus_kw),
        np.minimum(power, deficit_kw),
        step_hours,
        1.0 if store is None else store.one_way_efficiency,
        0.0 if store is None else store.usable_kwh,
    )


def walk(wanted_kwh: Array, usable_kwh: float, start_kwh: float = 0.0) -> tuple[Array, Array]:
    """Content after each step, and what it really moved by, kWh (T,) each.

    Parameters
    ----------
    wanted_kwh : (T,) change of the content that is wished for
    usable_kwh : most it can hold; least is 0
    start_kwh : content before the first step
    """
    content = start_kwh
    contents = []
    for wish in wanted_kwh.tolist():  # floats of Python: a loop over numpy's is several times slower
        content += wish
        if content < 0.0:
            content = 0.0
        elif content > usable_kwh:
            content = usable_kwh
        contents.append(content)
    after = np.array(contents, dtype=np.float64)
    before = np.concatenate([[start_kwh], after[:-1]])
    free = before + wanted_kwh
    # the wish itself where no limit was met: the difference of two large contents has lost its last digits
    moved = np.where((free >= 0) & (free <= usable_kwh), wanted_kwh, after - before)
    return after, moved


def self_use_wish(at: Meter) -> Array:
    """The greedy wish, kWh (T,): all of the surplus in, all of the deficit out, nothing from or to the grid."""
    into = np.minimum(at.charge_kw, at.surplus_kw) * at.one_way_efficiency
    return np.asarray((into - at.discharge_kw / at.one_way_efficiency) * at.step_hours, dtype=np.float64)


def flows(at: Meter, moved_kwh: Array) -> Flows:
    """What passes the meter when the content moves by these energies, kWh (T,).

    The store takes of the surplus first and only then from the grid; what is left is exported up to the limit,
    and the rest is curtailed.
    """
    moved_kw = moved_kwh / at.step_hours
    charged = np.minimum(np.maximum(moved_kw, 0.0) / at.one_way_efficiency, at.charge_kw)
    discharged = np.minimum(np.maximum(-moved_kw, 0.0) * at.one_way_efficiency, at.discharge_kw)
    of_surplus = np.minimum(charged, at.surplus_kw)
    grid_charged = charged - of_surplus
    left = at.surplus_kw - of_surplus
    exported = np.minimum(left, at.exportable_kw)
    imported = at.deficit_kw - discharged + grid_charged
    return Flows(charged, grid_charged, discharged, exported, left - exported, imported)


def grid_share(at: Meter, passed: Flows, after_kwh: Array) -> tuple[Array, Array]:
    """Of what is discharged and of the content, the part that came from the grid: kW and kWh (T,).

    The store is taken as well mixed: what leaves it in a step has the shares of what was in it before.
    """
    if not passed.grid_charged_kw.any():
        return np.zeros_like(after_kwh), np.zeros_like(after_kwh)
    efficiency, hours = at.one_way_efficiency, at.step_hours
    into = (passed.grid_charged_kw * (efficiency * hours)).tolist()
    out = (passed.discharged_kw * (hours / efficiency)).tolist()
    own = content = 0.0
    given, kept = [], []
    for gained, lost, after in zip(into, out, after_kwh.tolist(), strict=True):
        leaves = own * min(lost / content, 1.0) if content > 0 else 0.0
        own = min(own + gained - leaves, after)
        content = after
        given.append(leaves)
        kept.append(own)
    return np.array(given) * (efficiency / hours), np.array(kept)
