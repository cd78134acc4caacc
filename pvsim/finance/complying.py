"""The largest plant that keeps a self-use floor, and what its last kilowatts are worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pvsim.errors import UsageError


@dataclass(frozen=True, slots=True)
class ComplyingSize:
    """The largest plant that keeps the floor: its power, its self-use share, and what its last step is worth.

    ``last_step_cny`` is the value of the size less that of a plant smaller by ``step_kw``; None where no value was
    asked or the plant is smaller than a step.
    """

    size_kw: float
    share_percent: float
    step_kw: float
    last_step_cny: float | None


def complying_size(
    share: Callable[[float], float],
    floor_percent: float,
    *,
    smallest_kw: float = 1.0,
    largest_kw: float,
    tolerance_kw: float = 0.1,
    value: Callable[[float], float] | None = None,
    step_kw: float = 100.0,
) -> ComplyingSize | None:
    """The largest plant whose year's self-use share meets a floor, by bisection.

    Parameters
    ----------
    share : callable
        Self-used over generated energy of the year, a fraction, of a plant of so many kW; it must not rise with size.
    floor_percent : float
        As in a `Rule`.
    smallest_kw, largest_kw, tolerance_kw : float
        Where to look, and how finely; the size found meets the floor.
    value : callable or None
        What a plant of so many kW is worth (its NPV), CNY.

    Returns
    -------
    ComplyingSize or None
        None where even the smallest plant misses the floor.

    Raises
    ------
    UsageError
        For a range that is none, and for a share that rises with size.
    """
    if not 0 < smallest_kw < largest_kw:
        raise UsageError(f"sizes from {smallest_kw} to {largest_kw} kW; the first must be above 0 and below the second")
    floor = floor_percent / 100
    low, high = (smallest_kw, share(smallest_kw)), (largest_kw, share(largest_kw))
    if low[1] < floor:
        return None
    if high[1] >= floor:
        low = high
    while low is not high and high[0] - low[0] > tolerance_kw:
        middle = (low[0] + high[0]) / 2
        probe = (middle, share(middle))
        if not high[1] - 1e-9 <= probe[1] <= low[1] + 1e-9:
            raise UsageError(
                f"the self-use share rises with size near {middle:,.0f} kW; a bisection needs one that falls"
            )
        low, high = (probe, high) if probe[1] >= floor else (low, probe)
    size = low[0]
    last = value(size) - value(size - step_kw) if value is not None and size > step_kw else None
    return ComplyingSize(size, low[1] * 100, step_kw, last)
