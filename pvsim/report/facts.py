"""What ``pvsim explain ID`` says of a factor or a policy: the fact, what it holds for, and where it is from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from pvsim.finance.policies import KINDS, Policy, load_policies
from pvsim.impact.factors import Factor, load_factors
from pvsim.report.text import WIDTH, fitted, printable

MAX_LENGTH = 60  # of an id that is asked for; longer ones are like none
_LABEL = 14


def explain_fact(fact_id: str, width: int = WIDTH) -> str | None:
    """What a factor or a policy is.

    Parameters
    ----------
    fact_id : str
        ``coal-supply-2022``, ``self-use-floor-jilin``: an id of ``factors.csv`` or ``policies.csv``; case does not
        count.
    width : int
        Columns of the terminal. ASCII, but for what a source is called.

    Returns
    -------
    str or None
        None where there is no such id.
    """
    key = fact_id.strip().casefold()
    factor = next((f for name, f in load_factors().items() if name.casefold() == key), None)
    if factor is not None:
        return _text(f"{factor.id}, a factor", _factor_rows(factor), width)
    policy = load_policies().get(key)
    if policy is not None:
        return _text(f"{policy.id}, a price or rule", _policy_rows(policy), width)
    return None


def near_facts(fact_id: str) -> tuple[str, ...]:
    """At most three ids that were probably meant, the nearest first."""
    key = fact_id.strip().casefold()
    if len(key) > MAX_LENGTH:
        return ()
    return tuple(difflib.get_close_matches(key, [*load_factors(), *load_policies()], n=3, cutoff=0.7))


def _text(head: str, rows: Iterable[tuple[str, str]], width: int) -> str:
    """The heading and its rows ``label:  text``, wrapped under themselves; rows without text are left out."""
    lines = [head]
    for label, text in rows:
        if text:
            first, *rest = fitted(printable(text), width - _LABEL - 2).splitlines()
            lines += [f"  {label + ':':<{_LABEL}}{first}", *(f"{'':{_LABEL + 2}}{line.strip()}" for line in rest)]
    return "\n".join(lines) + "\n"


def _factor_rows(factor: Factor) -> Iterator[tuple[str, str]]:
    yield "value", f"{factor.value:.10g} {factor.unit}"
    yield "what it is", factor.boundary
    yield "kind", factor.kind if factor.method == factor.kind else f"{factor.kind}, {factor.method}"
    yield "region", _region(factor.region)
    yield "year", "none" if factor.data_year is None else f"{factor.data_year}, which the value describes"
    yield "applies to", _applies_to(factor)
    yield from _source_rows(factor)


def _applies_to(factor: Factor) -> str:
    if factor.comparison_only:
        return "nothing: it serves to recognise claims, never to compute a result"
    if factor.kind not in {"coal", "co2"}:
        return "no result: only coal and CO2 are computed"
    return {"self_used": "self-used kWh only", "all": "every kWh generated"}[factor.applies_to]


def _policy_rows(policy: Policy) -> Iterator[tuple[str, str]]:
    unit = "" if policy.unit == "1" else f" {policy.unit}"
    if policy.value is not None:
        high = "" if policy.value_high is None else f" to {policy.value_high:.10g}"
        yield "value", f"{policy.value:.10g}{high}{unit}"
    else:
        yield "value", "none: a rule in words"
    yield "what it is", KINDS[policy.kind]
    yield "kind", policy.kind
    yield "region", _region(policy.region)
    yield "valid", _validity(policy)
    yield "applies to", policy.scope
    yield from _source_rows(policy)


def _validity(policy: Policy) -> str:
    start = f"from {policy.valid_from}" if policy.valid_from else ""
    end = f"to {policy.valid_to}" if policy.valid_to else ""
    return " ".join(part for part in (start, end) if part) or "dates open or not known"


def _region(region: str) -> str:
    return "CN, the whole country" if region == "CN" else region


def _source_rows(fact: Factor | Policy) -> Iterator[tuple[str, str]]:
    yield "issuer", fact.issuer
    yield "document", fact.document
    yield "published", fact.published
    yield "status", f"{fact.status}, {fact.status_text}"
    yield "seen", fact.where_seen
    yield "note", fact.note
