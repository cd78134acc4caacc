"""Where one ingredient of the weather comes from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Issuer, document, period, method and status of one ingredient; the result document shows these keys."""

    ingredient: str
    issuer: str
    document: str
    period: str
    method: str
    status: str


@dataclass(frozen=True)
class StationShare:
    """A station that a climate was taken from: how far away it is, how high it lies, and its share of one."""

    id: str
    name: str
    distance_km: float
    altitude: float
    weight: float
