"""Where PV goes and what covers the load, step by step: self-use, export, curtailment, a store, and the grid.

Everything behind one meter: several roofs are one PV power, their sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pvsim.energy.dispatch import Prices, optimal_wish
from pvsim.energy.storage import Array, Meter, Store, flows, grid_share, meter, self_use_wish, walk
from pvsim.errors import PvsimError

DISPATCHES = ("self-use", "optimal")
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Balance:
    """The balance of every step; kW (T,) where the name says nothing else.

    Attributes
    ----------
    pv_kw, load_kw : what was to be balanced; 0 in rows that are not covered
    self_used_direct_kw : PV that the load takes as it is made; negative where the inverters draw
    self_used_kw : that, and PV's part of what the store gives
    exported_kw, curtailed_kw : PV that goes to the grid, and PV that may not
    imported_kw : from the grid, with what charges the store
    charged_kw, discharged_kw : what the store takes and gives, of both origins, on its alternating side
    grid_charged_kw, grid_discharged_kw : the grid's part of both
    stored_kwh : content at the end of each step, kWh, with what always stays in it
    grid_stored_kwh : the grid's part of it, kWh
    storage_losses_kw : what the store turns to heat, of both origins
    step_hours : length of a step, h
    store : the store, or None

    Notes
    -----
    In every step::

        PV   = self_used_direct + exported + curtailed + (charged - grid_charged)
        load = self_used_direct + discharged + (imported - grid_charged)
        content = content before + (efficiency x charged - discharged / efficiency) x step

    The store is taken as well mixed, so what it gives is PV's and the grid's by their shares in it.
    """

    pv_kw: Array
    load_kw: Array
    self_used_direct_kw: Array
    self_used_kw: Array
    exported_kw: Array
    curtailed_kw: Array
    imported_kw: Array
    charged_kw: Array
    discharged_kw: Array
    grid_charged_kw: Array
    grid_discharged_kw: Array
    stored_kwh: Array
    grid_stored_kwh: Array
    storage_losses_kw: Array
    step_hours: float
    store: Store | None = None

    def sums(self, step_hours: float, year_count: float = 1) -> dict[str, float]:
        """Energies a year, kWh.

        Notes
        -----
        ``storage_losses_kwh`` is PV's part alone: what was lost of it, and what is still in the store after the
        last step. So ``PV = self_used + exported + curtailed + storage_losses`` exactly, and with the grid's
        own part of the losses (``grid_storage_losses_kwh``) ``load + that = self_used + imported``.

        Raises
        ------
        PvsimError
            When the step is another than that of the balance.
        """
        own = self.charged_kw - self.grid_charged_kw - (self.discharged_kw - self.grid_discharged_kw)
        return {
            "self_used_kwh": self._per_year(self.self_used_kw, step_hours, year_count),
            "exported_kwh": self._per_year(self.exported_kw, step_hours, year_count),
            "imported_kwh": self._per_year(self.imported_kw, step_hours, year_count),
            "curtailed_kwh": self._per_year(self.curtailed_kw, step_hours, year_count),
            "storage_losses_kwh": self._per_year(own, step_hours, year_count),
        }

    def grid_storage_losses_kwh(self, step_hours: float, year_count: float = 1) -> float:
        """Of what the grid charged, what did not come out again: lost, or still in the store; kWh a year."""
        return self._per_year(self.grid_charged_kw - self.grid_discharged_kw, step_hours, year_count)

    def _per_year(self, power_kw: Array, step_hours: float, year_count: float) -> float:
        if step_hours != self.step_hours:
            raise PvsimError(f"step_hours is {step_hours!r}; the balance was made with {self.step_hours!r}")
        return float(power_kw.sum()) * step_hours / year_count

    def checked(self) -> Balance:
        """The balance itself, once its identities and limits hold in every step.

        Raises
        ------
        PvsimError
            When one is broken by more than 1e-9 of the largest power (that of the content: or of the capacity):
            a defect of the balance, not of the input.
        """
        for name, off in self._defects().items():
            if len(off) and not off.max() <= TOLERANCE:
                row = int(np.argmax(off))
                raise PvsimError(f"the energy balance: {name} does not hold in row {row}; please report this")
        return self

    @property
    def _largest_kw(self) -> float:
        powers = (self.pv_kw, self.load_kw, self.charged_kw, self.discharged_kw, self.imported_kw)
        return max(1e-300, *(float(np.abs(power).max(initial=0.0)) for power in powers))

    def _defects(self) -> dict[str, Array]:
        """How far each rule is broken in each step, in parts of the largest power or of the capacity."""
        largest, direct = self._largest_kw, self.self_used_direct_kw
        own_charged = self.charged_kw - self.grid_charged_kw
        own_discharged = self.discharged_kw - self.grid_discharged_kw
        pv = direct + self.exported_kw + self.curtailed_kw + own_charged
        load = direct + self.discharged_kw + self.imported_kw - self.grid_charged_kw
        positive = [self.exported_kw, self.curtailed_kw, self.imported_kw, self.charged_kw, self.discharged_kw]
        positive += [self.grid_charged_kw, self.grid_discharged_kw, own_charged, own_discharged]
        positive += [self.storage_losses_kw]
        rules = {
            "PV = used directly + exported + curtailed + charged": np.abs(pv - self.pv_kw),
            "load = used directly + discharged + imported - charged from the grid": np.abs(load - self.load_kw),
            "self-use = used directly + PV's part of what is discharged": np.abs(
                direct + own_discharged - self.self_used_kw
            ),
            "no flow and no loss is negative": -np.min(positive, axis=0),
            "no step charges and discharges": np.minimum(self.charged_kw, self.discharged_kw),
        }
        return {name: off / largest for name, off in rules.items()} | self._defects_of_store()

    def _defects_of_store(self) -> dict[str, Array]:
        """The same for the rules of the store's content and power."""
        store = self.store or Store(0.0, 0.0, 1.0)
        efficiency, hours = store.one_way_efficiency, self.step_hours
        most = max(self._largest_kw * hours, store.capacity_kwh)
        moved = self.stored_kwh - np.concatenate([[store.least_kwh], self.stored_kwh[:-1]])
        grid_moved = np.diff(self.grid_stored_kwh, prepend=0.0)
        change = (efficiency * self.charged_kw - self.discharged_kw / efficiency) * hours
        grid_change = (efficiency * self.grid_charged_kw - self.grid_discharged_kw / efficiency) * hours
        lost = (self.charged_kw - self.discharged_kw - self.storage_losses_kw) * hours
        above_least = self.stored_kwh - store.least_kwh
        rules = {
            "the content moves by what is charged and discharged": np.abs(moved - change),
            "what is lost leaves the store": np.abs(moved - lost),
            "the grid's part of the content moves by its own flows": np.abs(grid_moved - grid_change),
            "the grid's part is a part": np.maximum(-self.grid_stored_kwh, self.grid_stored_kwh - above_least),
            "the store keeps within its content": np.maximum(above_least - store.usable_kwh, -above_least),
            "the store keeps within its power": (np.maximum(self.charged_kw, self.discharged_kw) - store.power_kw)
            * hours,
        }
        return {name: off / most for name, off in rules.items()}


def balance(
    pv_kw: ArrayLike,
    load_kw: ArrayLike,
    step_hours: float,
    *,
    export_limit_kw: float | None = None,
    store: Store | None = None,
    dispatch: str = "self-use",
    price_cny_per_kwh: ArrayLike | None = None,
    surplus_price_cny_per_kwh: ArrayLike | None = None,
    horizon: Literal["day", "year"] | str = "day",
    grid_charging: bool = False,
    covered: ArrayLike | None = None,
    first_hour: float = 0.0,
) -> Balance:
    """Balance PV against the load of one meter.

    Parameters
    ----------
    pv_kw : (T,) power of all roofs behind the meter, kW; negative where the inverters draw
    load_kw : (T,) what the site uses, kW
    step_hours : length of a step, h
    export_limit_kw : most that may go to the grid, kW; 0: nothing; None: any
    store : a store behind the meter, empty down to its least content before the first step; None: none
    dispatch : ``self-use``: surplus charges it, deficit empties it, nothing else; ``optimal``: what makes the
        bill least, knowing PV, load and prices ahead, see ``dispatch.optimal_wish``
    price_cny_per_kwh, surplus_price_cny_per_kwh : what import costs and export earns, CNY/kWh, (T,) or one
        number; only ``optimal`` reads them. Where export would cost, it curtails instead
    horizon : ``day`` or ``year``, of ``optimal``
    grid_charging : whether ``optimal`` may charge from the grid; self-use never does
    covered : (T,) rows that have values; the others give zeros and the store keeps its content. None: all
    first_hour : hour of the local day at which the first row begins; only where ``horizon`` breaks its days

    Raises
    ------
    PvsimError
        When lengths differ, a covered row has no value, the load is negative, the limit or the step is not
        possible, a name is unknown, or ``optimal`` has no prices.
    """
    rows = _covered(covered, np.shape(pv_kw))
    if not (np.isfinite(step_hours) and step_hours > 0):
        raise PvsimError(f"step_hours is {step_hours!r}; allowed is a finite number above 0")
    pv, load = _series("pv_kw", pv_kw, rows), _series("load_kw", load_kw, rows)
    if (load < 0).any():
        raise PvsimError(
            f"load_kw is {load.min()!r} in row {int(np.argmin(load))}; allowed is 0 or more: "
            "what the site uses, not what is left of it after PV"
        )
    if export_limit_kw is not None and not export_limit_kw >= 0:
        raise PvsimError(f"export_limit_kw is {export_limit_kw!r}; allowed is 0 or more, or None for no limit")
    if dispatch not in DISPATCHES:
        raise PvsimError(f"dispatch is {dispatch!r}; allowed are {', '.join(DISPATCHES)}")
    exportable = np.full(len(pv), np.inf if export_limit_kw is None else float(export_limit_kw))
    surplus, deficit = np.maximum(pv - load, 0.0), np.maximum(load - pv, 0.0)
    if dispatch == "self-use":
        at = meter(surplus, deficit, exportable, step_hours, store, covered=rows)
        return _balanced(pv, load, at, self_use_wish(at), store)
    prices = Prices(
        _series("price_cny_per_kwh", price_cny_per_kwh, rows),
        _series("surplus_price_cny_per_kwh", surplus_price_cny_per_kwh, rows),
    )
    exportable = np.where(prices.surplus_price_cny_per_kwh < 0, 0.0, exportable)
    at = meter(surplus, deficit, exportable, step_hours, store, covered=rows, grid_charging=grid_charging)
    return _balanced(pv, load, at, optimal_wish(at, prices, horizon=horizon, first_hour=first_hour), store)


def _balanced(pv: Array, load: Array, at: Meter, wish_kwh: Array, store: Store | None) -> Balance:
    """The balance of a wish of the store, kWh (T,)."""
    after, moved = walk(wish_kwh, at.usable_kwh)
    passed = flows(at, moved)
    grid_discharged, grid_stored = grid_share(at, passed, after)
    direct = np.minimum(pv, load)
    efficiency = at.one_way_efficiency
    return Balance(
        pv,
        load,
        direct,
        direct + passed.discharged_kw - grid_discharged,
        passed.exported_kw,
        passed.curtailed_kw,
        passed.imported_kw,
        passed.charged_kw,
        passed.discharged_kw,
        passed.grid_charged_kw,
        grid_discharged,
        after + (0.0 if store is None else store.least_kwh),
        grid_stored,
        passed.charged_kw * (1 - efficiency) + passed.discharged_kw * (1 / efficiency - 1),
        at.step_hours,
        store,
    )


def _covered(covered: ArrayLike | None, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    if len(shape) != 1:
        raise PvsimError(f"pv_kw has the shape {shape}; allowed is one value for each step, the sum of all roofs")
    rows = np.ones(shape, dtype=np.bool_) if covered is None else np.asarray(covered, dtype=np.bool_)
    if rows.shape != shape:
        raise PvsimError(f"covered has the shape {rows.shape}, pv_kw {shape}; allowed is the same number of steps")
    return rows


def _series(name: str, values: ArrayLike | None, rows: NDArray[np.bool_]) -> Array:
    """(T,) of finite floats, 0 where not covered."""
    if values is None:
        raise PvsimError(f"{name} is missing; the optimal dispatch needs a tariff: give the prices, or use self-use")
    series = np.asarray(values, dtype=np.float64)
    if series.ndim == 0 and name.endswith("cny_per_kwh"):
        series = np.full(rows.shape, float(series))
    if series.shape != rows.shape:
        raise PvsimError(f"{name} has the shape {series.shape}; allowed is {rows.shape}, one value for each step")
    absent = np.flatnonzero(rows & ~np.isfinite(series))
    if len(absent):
        todo = "give a tariff for all of them" if name.endswith("cny_per_kwh") else "mask them with covered"
        raise PvsimError(
            f"{name} has no finite value in {len(absent)} covered rows, the first is row {absent[0]} "
            f"({series[absent[0]]!r}); allowed are finite numbers: {todo}"
        )
    return np.where(rows, series, 0.0)
