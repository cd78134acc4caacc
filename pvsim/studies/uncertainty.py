"""How sure a yield is: a budget of independent parts, and the percentiles that follow.

Four parts, added as squares: the level of the resource, the weather of the year, the models, the losses.
The resource level is one number for all roofs and all years of a place: it does not average out, neither
over 25 years nor over a fleet. In the long-term mean only the weather of the years does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

LONG_TERM_YEARS = 25

# share of years (or of truths) that reach at least the value
EXCEEDANCE = (("p50_kwh", 0.50), ("p75_kwh", 0.75), ("p90_kwh", 0.90), ("p99_kwh", 0.99))


@dataclass(frozen=True)
class Part:
    """One line of the budget; ``averages_out`` says whether it shrinks with the number of years."""

    name: str
    sigma_percent: float
    source: str
    averages_out: bool = False


@dataclass(frozen=True)
class Spread:
    """A normal distribution of annual energy."""

    p50_kwh: float
    sigma_percent: float

    def exceeded_with(self, probability: float) -> float:
        """Annual kWh that is exceeded with this probability: 0.9 gives P90; never below zero."""
        score = NormalDist().inv_cdf(1 - probability)
        return max(0.0, self.p50_kwh * (1 + score * self.sigma_percent / 100))

    def to_dict(self) -> dict[str, float]:
        """The keys of the result document."""
        return {name: self.exceeded_with(p) for name, p in EXCEEDANCE} | {"sigma_percent": self.sigma_percent}


@dataclass(frozen=True)
class Budget:
    """The parts, and what they come to for one year and for the mean of many."""

    parts: tuple[Part, ...]

    def sigma_percent(self, years: int = 1) -> float:
        """Root sum of squares; parts that average out are divided by the square root of ``years``."""
        return math.sqrt(sum(p.sigma_percent**2 / (years if p.averages_out else 1) for p in self.parts))

    def one_year(self, annual_kwh: float) -> Spread:
        """What a single year may bring."""
        return Spread(annual_kwh, self.sigma_percent())

    def long_term(self, annual_kwh: float) -> Spread:
        """The mean of 25 years' weather, ageing left out: a P90 of this is not a P90 of a year."""
        return Spread(annual_kwh, self.sigma_percent(LONG_TERM_YEARS))
