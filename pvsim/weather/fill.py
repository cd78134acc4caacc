"""Totals distributed in proportion to shares, below a ceiling."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FULL = 1 - 1e-9  # of what a ceiling can hold: at exactly all of it the shares are no longer determined


def fill(shares: Array, ceiling: Array, total: Array) -> Array:
    """Distribute totals in proportion to shares, nothing above its ceiling.

    Parameters
    ----------
    shares, ceiling : (G, N) not negative; shares are positive wherever the ceiling is
    total : (G,) below the sum of the row's ceiling

    Returns
    -------
    (G, N) min(factor of the row * shares, ceiling), each row with its total. What a capped member cannot
    hold goes to the others, again and again until none is above; each round caps at least one.
    """
    full = np.zeros(shares.shape, dtype=np.bool_)
    values = shares
    for _ in range(shares.shape[1] + 1):
        rest = total - np.where(full, ceiling, 0.0).sum(axis=1)
        base = np.where(full, 0.0, shares).sum(axis=1)
        factor = rest / np.where(base > 0, base, 1.0)
        values = np.where(full, ceiling, factor[:, None] * shares)
        above = values > ceiling
        if not above.any():
            break
        full |= above
    return values
