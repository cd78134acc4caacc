"""Which single slip of the pen would explain a claim that contradicts itself?

Every printed figure is tried with the factors that people lose: ten, a thousand (MWh for kWh, kg for t), ten thousand
(万), the years of a lifetime; and with exchanged labels. What leaves no error and no doubt explains the claim. Two
slips at once are tried only by ten, where one does not do: more freedom would explain anything.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pvsim.impact.printed import Claim, Interval, implied, overlaps, printed, scaled
from pvsim.studies.arithmetic import GRID_KGCO2, HYDRO_RATIO, MOST_KGCE
from pvsim.studies.findings import Finding, amount, finding

Judge = Callable[[Claim], Sequence[Finding]]

# Unit, and how much less readily a slip is believed there: energies and tonnes carry the long Chinese units.
_FIGURES: Final = {
    "annual_kwh": ("kWh", 0.0), "total_kwh": ("kWh", 0.0), "saved_kwh": ("kWh", 0.0), "tce": ("t of coal", 0.1),
    "co2_t": ("t of CO2", 0.1), "panels": ("panels", 0.3), "capacity_kwp": ("kWp", 0.4), "area_m2": ("m2", 0.4),
}  # fmt: skip
_SCALES: Final = {"factor-of-ten": 10.0, "ten-thousand": 1e4, "thousand": 1e3, "hundred": 100.0}
_KG_FOR_T: Final = 0.2  # a thousand is lost between kg and t rather than between kWh and MWh
_TIE: Final = 0.31  # slips that are about as easy to believe are all named
_LIFETIMES: Final = (25.0, 20.0, 30.0)
_SWAPS: Final = (("tce", "co2_t"), ("co2_t", "nox_t"), ("co2_t", "so2_t"), ("co2_t", "dust_t"), ("tce", "dust_t"))
# What a slip must clear away; findings of other kinds stand by themselves, whatever the numbers of the rest.
_INDEPENDENT: Final = frozenset(
    (
        "pollutants-of-another-era",
        "dust-counted-twice",
        "dust-above-carbon",
        "pollutant-impossible",
        "area-against-panels",
    )
)


@dataclass(frozen=True, slots=True)
class _Slip:
    """What may have been meant instead: the changed columns, in words, its code, and how much it asks to believe."""

    code: str
    message: str
    changes: Mapping[str, Interval]
    cost: float


def slip_findings(claim: Claim, judge: Judge, found: Sequence[Finding]) -> list[Finding]:
    """The slip that explains what was found, with the severity of what it explains; none where nothing does.

    Parameters
    ----------
    claim
        Columns of ``claims.csv``.
    judge
        All other findings of a claim.
    found
        Those of this claim.
    """
    severity = _worst(found)
    if severity == "note":
        return []
    known = _recognised(found)
    singles = list(_singles(claim))
    said = {f["code"] for f in found}
    printed_figures = sum(printed(claim, name) is not None for name in _FIGURES)
    # two slips explain anything of two or three figures, and what 44/12 explains needs none
    try_pairs = severity == "error" and printed_figures > 3
    for slips in (singles, _pairs(singles) if try_pairs else ()):
        fits = []
        for slip in slips:
            if slip.code in said or not _likely({**claim, **slip.changes}):
                continue
            after = judge({**claim, **slip.changes})
            low = any(f["code"] == "yield-low" for f in after)
            if _worst(after) == "note" and _recognised(after) >= known and not low:
                fits.append((slip.cost - 0.6 * _recognised(after), slip.code, slip.message))
        if fits:
            fits.sort()
            cost, code, _ = fits[0]
            ways = "; or ".join(message for c, k, message in fits[:3] if c <= cost + _TIE and k == code)
            return [finding(severity, code, f"{ways}: then everything printed agrees")]
    return []


def _likely(claim: Claim) -> bool:
    """Whether the ratios of a claim could pass at all: the full judgement takes a hundred times as long."""
    ratios = implied(claim)
    limits = {"kgce_per_kwh": (0.1, MOST_KGCE), "kgco2_per_kwh": GRID_KGCO2, "kgco2_per_kgce": (HYDRO_RATIO, 6.0)}
    limits["kwh_per_kwp"] = (100.0, 3500.0)
    return all(ratios[name] is None or overlaps(ratios[name], *span) for name, span in limits.items())


def _worst(found: Sequence[Finding]) -> str:
    severities = {f["severity"] for f in found if f["code"] not in _INDEPENDENT}
    return next((s for s in ("error", "doubt") if s in severities), "note")


def _recognised(found: Sequence[Finding]) -> int:
    return sum(f["code"] in {"coal-convention", "co2-convention"} for f in found)


def _singles(claim: Claim) -> Iterator[_Slip]:
    """One figure off by a factor, tonnes of another basis, or two labels exchanged; each keeps its rounding."""
    for name, (unit, doubt) in _FIGURES.items():
        value = printed(claim, name)
        if value is None:
            continue
        for cost, (code, scale) in enumerate(_SCALES.items()):
            masses = code == "thousand" and name in ("tce", "co2_t")
            for meant in (_times(value, 1 / scale), _times(value, scale)):
                said = f"{amount(meant[1])} {unit} instead of {amount(value[1])}"
                yield _Slip(code, said, {name: meant}, 1.0 + 0.5 * cost + doubt - _KG_FOR_T * masses)
    yield from _lifetimes(claim)
    for one, other in _SWAPS:
        first, second = printed(claim, one), printed(claim, other)
        if first is not None and second is not None:
            yield _Slip("swapped-labels", f"with {one} and {other} exchanged", {one: second, other: first}, 1.2)


def _lifetimes(claim: Claim) -> Iterator[_Slip]:
    """Tonnes of a life beside the kWh of a year, and the reverse."""
    year = printed(claim, "annual_kwh")
    tonnes = {name: value for name in ("tce", "co2_t") if (value := printed(claim, name)) is not None}
    if year is None:
        return
    for cost, years in enumerate(_LIFETIMES):
        for names in dict.fromkeys([tuple(tonnes), *((n,) for n in tonnes)]):
            which = "the tonnes are" if len(names) == len(tonnes) else f"{names[0]} is" if names else ""
            said = f"{which} of some {years:g} years beside {amount(year[1])} kWh of one"
            changes = {name: _times(tonnes[name], 1 / years) for name in names}
            effort = 1.3 + 0.3 * cost + 0.2 * (len(names) < len(tonnes))
            if names:
                yield _Slip("lifetime-against-annual", said, changes, effort)
        said = f"{amount(year[1])} kWh are of some {years:g} years, the rest of one"
        yield _Slip("lifetime-against-annual", said, {"annual_kwh": _times(year, 1 / years)}, 1.4 + 0.3 * cost)


def _times(value: Interval, by: float) -> Interval:
    return scaled(value, by) or value


def _pairs(singles: Sequence[_Slip]) -> Iterator[_Slip]:
    """Two different figures each off by ten, or one of them beside exchanged labels."""
    usual = [s for s in singles if s.code in {"factor-of-ten", "swapped-labels"}]
    for a, b in itertools.combinations(usual, 2):
        if not a.changes.keys() & b.changes.keys():
            code = a.code if a.code != "factor-of-ten" else b.code
            yield _Slip(code, f"{a.message}, and {b.message}", {**a.changes, **b.changes}, a.cost + b.cost)
