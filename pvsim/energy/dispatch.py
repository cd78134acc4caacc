"""The dispatch of a store that costs least: a linear programme, by the day with a look ahead or over all steps.

Cost = import x price - export x surplus price. PV covers the load first, always; the store never exports.
Whatever has no linear form (charging from the grid where exported PV earns more than that costs, or where the
grid pays for taking) becomes a yes or no of its step, and the programme a mixed-integer one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pvsim.energy.storage import Array, Meter, flows, self_use_wish, walk
from pvsim.errors import PvsimError

HORIZONS = ("day", "year")
# Below this part of what the store moves in a step, a move is the solver's noise.
NOISE = 1e-8
# How near to the best possible saving a programme with yes-or-no steps must come, and how long it may look for it.
GAP = 1e-3
NODES = 50


@dataclass(frozen=True)
class Prices:
    """What a kWh costs and what one earns, CNY/kWh (T,) each."""

    price_cny_per_kwh: Array
    surplus_price_cny_per_kwh: Array

    def part(self, rows: slice) -> Prices:
        """The same prices in some of their steps."""
        return Prices(self.price_cny_per_kwh[rows], self.surplus_price_cny_per_kwh[rows])


def cost_cny(at: Meter, prices: Prices, moved_kwh: Array) -> float:
    """What the grid's bill comes to, CNY, when the store moves by these energies, kWh (T,)."""
    passed = flows(at, moved_kwh)
    bill = passed.imported_kw @ prices.price_cny_per_kwh - passed.exported_kw @ prices.surplus_price_cny_per_kwh
    return float(bill * at.step_hours)


def optimal_wish(at: Meter, prices: Prices, *, horizon: str, first_hour: float = 0.0) -> Array:
    """Change of the content in each step that makes the bill least, kWh (T,).

    Parameters
    ----------
    at : the meter, T steps
    prices : of each step; finite
    horizon : ``day``: each local day is planned together with the next one, and only the day itself is carried
        out, so that the last hours are not emptied blindly; ``year``: one plan for all steps
    first_hour : hour of the local day at which the first step begins

    Raises
    ------
    PvsimError
        When the horizon has another name, or the solver finds no plan (a defect: doing nothing is always one).

    Notes
    -----
    Energy that is left at the end of a plan is worth nothing to it. Without yes-or-no steps a plan is the optimum;
    with them it comes within ``GAP`` of the largest possible saving against an idle store, if that is found within
    ``NODES`` nodes of the search. No plan is carried out that costs more than
    self-use does, neither for a day with its look ahead nor over all steps.
    """
    if horizon not in HORIZONS:
        raise PvsimError(f"horizon is {horizon!r}; allowed are {', '.join(HORIZONS)}")
    count = len(at.surplus_kw)
    wish = np.zeros(count)
    content = 0.0
    for begin, end, look in _windows(count, at.step_hours, horizon, first_hour):
        rows = slice(begin, look)
        planned = _no_worse(at.part(rows), prices.part(rows), content)
        wish[begin:end] = planned[: end - begin]
        content = float(walk(wish[begin:end], at.usable_kwh, content)[0][-1])
    # a look of two days may spend what self-use keeps for the third
    greedy = self_use_wish(at)
    costs = [cost_cny(at, prices, walk(moves, at.usable_kwh)[1]) for moves in (wish, greedy)]
    return wish if costs[0] <= costs[1] else greedy


def _windows(count: int, step_hours: float, horizon: str, first_hour: float) -> list[tuple[int, int, int]]:
    """First row, end of what is carried out, end of what is looked at; one for each plan."""
    if horizon == "year":
        return [(0, count, count)]
    day = max(round(24 / step_hours), 1)
    first = max(round((24 - first_hour % 24) / step_hours), 1)
    ends = [*range(min(first, count), count, day), count]
    begins = [0, *ends[:-1]]
    return [(begin, end, min(end + day, count)) for begin, end in zip(begins, ends, strict=True)]


def _no_worse(at: Meter, prices: Prices, start_kwh: float) -> Array:
    """The plan for these steps, or self-use where that costs less."""
    if not (at.charge_kw.any() or start_kwh > 0):
        return np.zeros(len(at.surplus_kw))  # nothing to move: a dull winter day needs no solver
    planned = _plan(at, prices, start_kwh)
    greedy = self_use_wish(at)
    costs = [cost_cny(at, prices, walk(moves, at.usable_kwh, start_kwh)[1]) for moves in (planned, greedy)]
    return planned if costs[0] <= costs[1] else greedy


def _plan(at: Meter, prices: Prices, start_kwh: float) -> Array:
    """The cheapest plan found for these steps: the change of the content in each, kWh (n,).

    Notes
    -----
    Without yes-or-no steps it is the optimum. With them, the programme without their whole numbers gives a bound,
    and what it does, netted, a plan; where that is not good enough, the same with its answers held fast; where
    neither is, the mixed-integer programme, for so many nodes: a limit in seconds would depend on the machine.
    """
    programme = _programme(at, prices, start_kwh)
    if programme is None:
        return np.zeros(len(at.surplus_kw))

    def cost(wish: Array) -> float:
        return cost_cny(at, prices, walk(wish, at.usable_kwh, start_kwh)[1])

    plan, objective = programme.solved()
    if not len(programme.binary):
        return plan
    # the objective is the change of the bill, and never above that of doing nothing
    enough = cost_cny(at, prices, np.zeros_like(plan)) + objective * (1 - GAP)
    if cost(plan) <= enough:
        return plan
    charged = plan / (at.one_way_efficiency * at.step_hours)
    answers = (charged > at.surplus_kw * (1 + NOISE))[programme.binary]
    plan = min(plan, programme.solved(answers)[0], key=cost)
    if cost(plan) <= enough:
        return plan
    return min(plan, programme.solved(whole=True)[0], key=cost)


@dataclass(frozen=True)
class _Programme:
    """A programme in the solver's form; ``energy_unit`` in kWh makes energies of its numbers."""

    objective: Array
    most: Array
    matrix: object
    lower: Array
    upper: Array
    binary: NDArray[np.intp]
    efficiency: float
    energy_unit: float

    def solved(self, answers: NDArray[np.bool_] | None = None, *, whole: bool = False) -> tuple[Array, float]:
        """Change of the content, kWh (n,), and the objective, CNY; yes-or-no steps relaxed, answered or whole."""
        from scipy.optimize import Bounds, LinearConstraint, milp

        m = len(self.binary)
        rest = len(self.most) - m
        least, most = np.zeros(rest + m), self.most.copy()
        if answers is not None:
            least[rest:] = most[rest:] = answers
        found = milp(
            self.objective,
            integrality=np.repeat([0, 1], [rest, m]) if whole else None,
            bounds=Bounds(least, most),
            constraints=LinearConstraint(self.matrix, self.lower, self.upper),
            options={"mip_rel_gap": GAP, "node_limit": NODES} if whole else {},
        )
        if found.x is None and (whole or answers is not None):
            return np.zeros(rest // 5), np.inf  # answers that fit no plan, or none within the nodes: others remain
        if found.x is None:
            raise PvsimError(f"no dispatch of the store was found: {found.message}; please report this")
        x = found.x[: rest // 5 * 4].reshape(4, -1)
        change = x[:3].sum(axis=0) * self.efficiency - x[3] / self.efficiency
        return np.where(np.abs(change) > NOISE, change, 0.0) * self.energy_unit, float(found.fun) * self.energy_unit


def _programme(at: Meter, prices: Prices, start_kwh: float) -> _Programme | None:
    """State one programme; None where the store may do nothing.

    Notes
    -----
    Columns, n each: charged from what would be curtailed (costs nothing), from what would be exported (costs the
    surplus price), from the grid (costs the price); discharged (saves the price); the content. Where these three
    prices rise, the cheapest is taken first by itself. Powers are in units of the largest that the store moves and
    energies in this power for a step: the solver's tolerances are absolute.
    """
    n = len(at.surplus_kw)
    unit = max(float(at.charge_kw.max()), float(at.discharge_kw.max()))
    if unit == 0:
        return None
    energy_unit = unit * at.step_hours
    price, surplus_price = prices.price_cny_per_kwh, np.maximum(prices.surplus_price_cny_per_kwh, 0.0)
    free = np.minimum(at.charge_kw, np.maximum(at.surplus_kw - at.exportable_kw, 0.0)) / unit
    exportable = np.maximum(np.minimum(at.charge_kw, at.surplus_kw) / unit - free, 0.0)
    grid = np.maximum(at.charge_kw / unit - free - exportable, 0.0)
    out = at.discharge_kw / unit
    # a yes or no only where the three prices do not rise, or where it would pay to charge and discharge at once
    binary = np.flatnonzero((grid > 0) & np.where(at.surplus_kw > 0, price < surplus_price, (price < 0) & (out > 0)))
    matrix, lower, upper = _rows(at.one_way_efficiency, start_kwh / energy_unit, free + exportable, grid, out, binary)
    yes = np.ones(len(binary))
    return _Programme(
        np.concatenate([np.zeros(n), surplus_price, price, -price, np.zeros(n), 0 * yes]),
        np.concatenate([free, exportable, grid, out, np.full(n, at.usable_kwh / energy_unit), yes]),
        matrix,
        lower,
        upper,
        binary,
        at.one_way_efficiency,
        energy_unit,
    )


def _rows(
    efficiency: float, start: float, surplus: Array, grid: Array, out: Array, binary: NDArray[np.intp]
) -> tuple[object, Array, Array]:
    """The rows of the programme and their limits: n of the content, then two for each yes-or-no step.

    ``content - content before - efficiency x charged + discharged / efficiency = 0``; with y = 1 where the grid
    charges: ``from grid <= its most x y``, and ``discharged - from surplus + (most of both) y <= most discharged``,
    which has all of the surplus taken before the grid, and nothing discharged beside it.
    """
    from scipy.sparse import csc_array

    n, m = len(surplus), len(binary)
    t, one, b = np.arange(n), np.ones(n), np.arange(m)
    first, second, y = n + b, n + m + b, 5 * n + b
    bulk = [
        *((t, k * n + t, -efficiency * one) for k in range(3)),
        (t, 3 * n + t, one / efficiency),
        (t, 4 * n + t, one),
        (t[1:], 4 * n + t[:-1], -one[1:]),
        (first, 2 * n + binary, np.ones(m)),
        (first, y, -grid[binary]),
        (second, 3 * n + binary, np.ones(m)),
        (second, binary, -np.ones(m)),
        (second, n + binary, -np.ones(m)),
        (second, y, (surplus + out)[binary]),
    ]
    rows, columns, values = (np.concatenate([entry[i] for entry in bulk]) for i in range(3))
    matrix = csc_array((values, (rows, columns)), shape=(n + 2 * m, 5 * n + m))
    content = np.zeros(n)
    content[0] = start
    nothing = np.full(2 * m, -np.inf)
    return (
        matrix,
        np.concatenate([content, nothing]),
        np.concatenate([content, np.zeros(m), out[binary]]),
    )
