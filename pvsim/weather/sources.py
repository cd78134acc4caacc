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
