"""The same roof under several sources of weather, or in several years of one: each, and how far they part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles, stdev

AT_CLIMATE = "@climate"
WHOLE = 0.99  # of the rows: a source with larger gaps is no year to compare


@dataclass(frozen=True)
class Member:
    """One source: its name in the scenario, what it calls its place, annual GHI and energy; or why it was refused.

    A source with gaps gives a partial sum, which the spread leaves out.
    """

    name: str
    station: str | None
    ghi_kwh_per_m2: float | None
    annual_kwh: float | None
    refused: str | None = None
    coverage_fraction: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spread:
    """Of the energies of the sources that could be used; the deviation is None for fewer than two."""

    lowest_kwh: float
    mean_kwh: float
    highest_kwh: float
    sigma_percent: float | None


@dataclass(frozen=True)
class RandomYear:
    """One year of the climate as it may fall: GHI and energy."""

    seed: int
    ghi_kwh_per_m2: float
    annual_kwh: float


@dataclass(frozen=True)
class YearSpread:
    """How far single years part: of energy, and of GHI; ``p90_kwh`` is passed by nine years of ten."""

    lowest_kwh: float
    p90_kwh: float
    p50_kwh: float
    p10_kwh: float
    highest_kwh: float
    mean_kwh: float
    sigma_percent: float
    ghi_mean_kwh_per_m2: float
    ghi_sigma_percent: float


def year_spread(years: Sequence[RandomYear]) -> YearSpread:
    """Of two years or more."""
    kwh, ghi = [y.annual_kwh for y in years], [y.ghi_kwh_per_m2 for y in years]
    tenths = quantiles(kwh, n=10, method="inclusive")
    mean, light = fmean(kwh), fmean(ghi)
    return YearSpread(
        lowest_kwh=min(kwh),
        p90_kwh=tenths[0],
        p50_kwh=tenths[4],
        p10_kwh=tenths[8],
        highest_kwh=max(kwh),
        mean_kwh=mean,
        sigma_percent=100 * stdev(kwh) / mean if mean > 0 else 0.0,
        ghi_mean_kwh_per_m2=light,
        ghi_sigma_percent=100 * stdev(ghi) / light,
    )


def member_of(name: str) -> tuple[str | None, str]:
    """Path and level of a member: "climate" has no path, "FILE@climate" the climate's level."""
    if name == "climate":
        return None, "source"
    if name.endswith(AT_CLIMATE):
        return name.removesuffix(AT_CLIMATE), "climate"
    return name, "source"


def spread(members: Sequence[Member]) -> Spread | None:
    """How far the members part; None if none could be used."""
    kwh = [m.annual_kwh for m in members if m.annual_kwh is not None and (m.coverage_fraction or 1.0) >= WHOLE]
    if not kwh:
        return None
    mean = fmean(kwh)
    sigma = 100 * stdev(kwh) / mean if len(kwh) > 1 and mean > 0 else None
    return Spread(min(kwh), mean, max(kwh), sigma)
