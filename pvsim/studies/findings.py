"""What an audit finds, and the verdict that follows: an error makes a claim inconsistent, a doubt doubtful."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pvsim.impact.printed import Interval

# code, severity ("note", "doubt" or "error") and message: the arithmetic in one line
Finding = dict[str, str]

_VERDICTS: Final = {"note": "consistent", "doubt": "doubtful", "error": "inconsistent"}


def finding(severity: str, code: str, message: str) -> Finding:
    """One finding."""
    return {"code": code, "severity": severity, "message": message}


def verdict(findings: Sequence[Finding]) -> str:
    """``consistent``, ``doubtful`` or ``inconsistent``: the worst of the findings."""
    found = {f["severity"] for f in findings}
    return next((_VERDICTS[s] for s in ("error", "doubt") if s in found), "consistent")


def span(interval: Interval, unit: str) -> str:
    """A ratio with its rounding, in words."""
    low, best, high = map(short, interval)
    return f"{best} {unit} ({low} to {high} with the rounding)"


def short(value: float) -> str:
    """A ratio in four digits, large ones whole."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def amount(value: float) -> str:
    """A printed figure as a sentence has it: thousands grouped, no digit lost."""
    return f"{value:,.10g}"
