"""Is a published claim possible, and with which conventions was it written?

Printed figures are intervals (`pvsim.impact.printed`); their ratios are matched with every factor on file, with the sun
of the place and with the modules of the date. Each check appends findings; the verdict is the worst of them. Nothing is
simulated here: `pvsim run` holds a claim against its own roof.

Rules and limits: ``reference/factors.md``, "Arithmetic that the audit can stand on".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pvsim.errors import UsageError
from pvsim.impact.labels import check_label
from pvsim.impact.printed import Claim, Interval, implied, number
from pvsim.impact.recognise import Recovered, conventions, recovered
from pvsim.impact.regions import NATIONAL
from pvsim.studies.arithmetic import arithmetic_findings
from pvsim.studies.claims import word_problems
from pvsim.studies.expected import Expected, expected_at, expected_of, physical_findings, place_of
from pvsim.studies.findings import Finding, finding, verdict
from pvsim.studies.needed import missing_co2, needed
from pvsim.studies.slips import slip_findings
from pvsim.weather.places import find_place

if TYPE_CHECKING:
    from pvsim.scenario.schema import Scenario
    from pvsim.studies.sentence import Reading

# Any of them can be audited; a claim without one says nothing of energy.
FIGURES = ("annual_kwh", "total_kwh", "saved_kwh", "tce", "co2_t", "panels", "capacity_kwp")


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found out about one claim.

    Attributes
    ----------
    claim : columns of ``claims.csv`` that it prints
    implied : ratios as (low, best, high) with the rounding of what is printed, None where something is not printed
    conventions : ids of ``factors.csv`` for ``coal`` and ``co2``, best first; all lie inside the implied ratio
    findings : code, severity ("note", "doubt", "error") and message: the arithmetic in one line
    verdict : "consistent", "doubtful" or "inconsistent", the worst of the findings
    expected : what its place gives
    needed : the inputs under which its kWh hold (`pvsim.studies.needed.needed`)
    missing_co2 : the CO2 that it does not print, under each convention
    recovered : kWh that it does not print, from tonnages that agree
    reading : of a text, what was understood and what was not
    """

    claim: Claim
    implied: Mapping[str, Interval | None]
    conventions: Mapping[str, Sequence[str]]
    findings: Sequence[Finding]
    verdict: str
    expected: Expected
    needed: Mapping[str, Any] | None
    missing_co2: Sequence[Mapping[str, Any]]
    recovered: Recovered | None
    reading: Reading | None = None

    @property
    def id(self) -> str:
        """The identifier of the claim, or an empty text."""
        return str(self.claim.get("id") or "")

    def to_dict(self) -> dict[str, Any]:
        """What ``pvsim audit --json`` prints of a claim."""
        found: dict[str, Any] = {
            "id": self.id,
            "claim": dict(self.claim),
            "implied": {name: None if v is None else list(v) for name, v in self.implied.items()},
            "conventions": {kind: list(ids) for kind, ids in self.conventions.items()},
            "findings": [dict(f) for f in self.findings],
            "verdict": self.verdict,
            "expected": {
                "place": self.expected.name,
                "ghi_kwh_per_m2": list(self.expected.ghi_kwh_per_m2),
                "yield_kwh_per_kwp": list(self.expected.yield_kwh_per_kwp),
            },
            "needed": self.needed,
            "missing_co2": [dict(row) for row in self.missing_co2],
            "recovered": None
            if self.recovered is None
            else {"kwh": list(self.recovered.kwh), "factor_ids": list(self.recovered.factor_ids)},
        }
        if self.reading is not None:
            found["understood"] = [
                {"text": f.text, "column": f.column, "value": f.value, "meaning": f.meaning, "bound": f.bound}
                for f in self.reading.figures
            ]
            found["unread"] = list(self.reading.unread)
            found["notes"] = list(self.reading.notes)
        return found


def audit(claim: Mapping[str, Any] | Scenario | str, *, place: str | None = None) -> Audit:
    """Audit one published claim, without simulating anything.

    Parameters
    ----------
    claim
        Columns of ``claims.csv`` (and ``saved_kwh``) with their values, blank ones left out or empty; or a scenario
        with a ``[claim]``; or the words of a publication in English, Chinese or Italian.
    place
        Name of the place, where the claim does not say it ("Beibei", "Chengdu, Sichuan").

    Raises
    ------
    UsageError
        For a scenario without ``[claim]``, a claim without any figure, an unknown place, and a text without figures.
    PvsimError
        For a figure that is no finite number above zero.
    """
    reading = None
    if isinstance(claim, str):
        from pvsim.studies.sentence import read_claim

        reading = read_claim(claim)
        columns: dict[str, Any] = dict(reading.claim)
        at = None
    elif isinstance(claim, Mapping):
        columns, at = _with_area(dict(claim)), None
    else:
        columns, at = _of_scenario(claim)
    if place is not None:
        columns["place"], at = _named(place), None
    wrong = word_problems(columns)
    if wrong:
        raise UsageError("; ".join(f"claim.{p.key}: {p.found}; allowed: {p.allowed}" for p in wrong))
    if not any(number(columns, name) is not None for name in FIGURES):
        raise UsageError(f"the claim has none of {', '.join(FIGURES)}: there is nothing to audit")
    where = place_of(columns)
    if not columns.get("province") and where is not None:
        columns["province"] = where.province  # picks the factors, as a scenario's region does
    return _audited(columns, at or expected_of(columns), reading)


def _with_area(columns: dict[str, Any]) -> dict[str, Any]:
    """A claim with the area that its quotation prints: claims.csv has no column for it."""
    from pvsim.studies.sentence import read_claim

    quote = str(columns.get("quote") or "")
    if columns.get("area_m2") or not any(unit in quote for unit in ("m2", "m²", "平", "quadr", "square", "sq")):
        return columns
    try:
        area = read_claim(quote).claim.get("area_m2")
    except UsageError:
        return columns
    return columns if area is None else columns | {"area_m2": area}


def _named(place: str) -> str:
    if find_place(place) is None:
        raise UsageError(f"place {place!r} is not on file; allowed are provinces, cities and Chongqing's districts")
    return place


def _of_scenario(scenario: Scenario) -> tuple[dict[str, Any], Expected | None]:
    """The claim of a scenario, with the place and the date that the scenario knows."""
    if scenario.claim is None:
        raise UsageError(f"{scenario.origin.file}: no [claim] to audit; add one with what was published")
    columns: dict[str, Any] = dict(scenario.claim.given())
    site = scenario.site
    if columns.get("date"):
        columns["date"] = str(columns["date"])  # TOML has dates of its own
    if not columns.get("date") and site is not None and site.commissioned is not None:
        columns["date"] = str(site.commissioned)
    columns.setdefault("id", scenario.name)
    if site is None:
        return columns, None
    if site.region and not columns.get("province"):
        columns["province"] = site.region
    return columns, expected_at(site.latitude, site.longitude)


def _label_findings(reading: Reading | None) -> Iterator[Finding]:
    """Factors that a text names: a number under the label of another one."""
    for value, unit, year in reading.factors if reading is not None else ():
        method = "average" if unit == "kgCO2/kWh" else "supply"
        wrong = check_label(value, unit, method=method, region=NATIONAL, year=year) if year is not None else None
        if wrong is not None:
            yield finding("doubt", "mislabelled-factor", wrong)


def _audited(claim: Claim, at: Expected, reading: Reading | None) -> Audit:
    def judge(other: Claim) -> list[Finding]:
        return [*arithmetic_findings(other), *physical_findings(other, at)]

    found = judge(claim)
    found = [*slip_findings(claim, judge, found), *found, *_label_findings(reading)]
    if claim.get("place") and place_of(claim) is None:
        said = f"place {str(claim['place'])!r} is not on file: held against {at.name}"
        found.append(finding("note", "place-unknown", said))
    ratios = implied(claim)
    if not any(ratios.values()) and not found:
        said = "no two of its figures can be held against each other, nor against its place"
        found.append(finding("note", "nothing-to-check", said))
    return Audit(
        claim={k: v for k, v in claim.items() if v not in (None, "")},
        implied=ratios,
        conventions=conventions(claim),
        findings=sorted(found, key=lambda f: ("error", "doubt", "note").index(f["severity"])),
        verdict=verdict(found),
        expected=at,
        needed=needed(claim, at, ratios["kwh_per_panel"], ratios["kwh_per_kwp"]),
        missing_co2=missing_co2(claim),
        recovered=recovered(claim),
        reading=reading,
    )
