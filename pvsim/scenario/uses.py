"""Rules on how load, storage, tariff and finance are stated: once, completely, and each with what it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pvsim.scenario.fault import Fault, Given, mapping, sequence
from pvsim.scenario.wording import closest, listed, quoted

_HOURS: Final = re.compile(r"\s*([0-9]{1,2})\s*-\s*([0-9]{1,2})\s*")
_STATED: Final = "annual_kwh, or monthly_kwh of 12 months, or path of a series"


def hours_of(text: str) -> tuple[int, int] | None:
    """First and last hour of "11-17"; None where it is no such text. "22-6" runs over midnight."""
    match = _HOURS.fullmatch(text)
    first, last = (int(match[1]), int(match[2])) if match else (0, 0)
    return (first, last) if first != last and first < 24 and last <= 24 else None


def use_faults(data: Given) -> Iterator[Fault]:
    """What each table needs, in the order of the file."""
    loads = mapping(data.get("loads"))
    load, storage = (mapping(data.get(name)) for name in ("load", "storage"))
    names = (mapping(roof).get("load") for roof in sequence(data.get("roof")))
    named = [name for name in names if name is None or isinstance(name, str)]
    given = {name for name in ("load", "storage", "tariff", "finance") if data.get(name) is not None}
    if "load" in given:
        yield from _load_faults(("load",), load)
    for name, other in loads.items():
        yield from _load_faults(("loads", name), mapping(other))
    for name in ("storage", "tariff", "finance"):
        if name in given and "load" not in given and not any(named):
            todo = "add [load] with annual_kwh, or remove it"
            yield Fault((name,), "given without a load", f"[{name}] belongs to a meter that has one", todo)
    if "finance" in given and "tariff" not in given:
        yield Fault(
            ("finance",),
            "given without [tariff]",
            "money needs the price of a kWh",
            "add [tariff]; no price is assumed",
        )
    if data.get("period") and "tariff" not in given:
        yield Fault(("period",), "given without [tariff]", "[[period]] belongs to a tariff", "add [tariff]")
    if storage.get("dispatch") == "optimal" and "tariff" not in given:
        yield Fault(("storage", "dispatch"), "optimal without [tariff]", "least cost needs prices", "add [tariff]")
    yield from _meter_faults(data, loads, storage)
    yield from _finance_faults(data)
    for index, period in enumerate(map(mapping, sequence(data.get("period")))):
        for place, text in enumerate(sequence(period.get("hours"))):
            if isinstance(text, str) and hours_of(text) is None:
                allowed = 'two hours of the day such as "11-17", or "22-6" over midnight'
                yield Fault(("period", index, "hours", place), f"{quoted(text)} are no hours", allowed)


def _load_faults(place: tuple[str, ...], load: Given) -> Iterator[Fault]:
    stated = [key for key in ("annual_kwh", "monthly_kwh", "path") if load.get(key)]
    if not stated:
        yield Fault(place, "says no energy", _STATED)
    elif len(stated) > 1:
        yield Fault((*place, stated[1]), f"given together with {stated[0]}", _STATED, "remove one of them")
    months = load.get("monthly_kwh")
    if isinstance(months, list | tuple) and months and len(months) != 12:
        yield Fault((*place, "monthly_kwh"), f"{len(months)} months", "12, January first")


def _meter_faults(data: Given, loads: Given, storage: Given) -> Iterator[Fault]:
    named = []
    for index, roof in enumerate(map(mapping, sequence(data.get("roof")))):
        name = roof.get("load")
        if name is None or isinstance(name, str):
            named.append(name)
        if isinstance(name, str) and name not in loads:
            guess = closest(name, loads)
            todo = f"did you mean {quoted(guess)}?" if guess else "add [loads.NAME] or remove the key"
            exists = f"there are: {listed(loads)}" if loads else "there are no [loads.NAME] tables"
            yield Fault(("roof", index, "load"), f"no [loads.NAME] is called {quoted(name)}", exists, todo)
    if any(named) and None in named and data.get("load") is None:
        yield Fault(
            ("roof", named.index(None)),
            "names no load",
            "every roof stands behind a meter",
            "add load = NAME, or [load]",
        )
    yield from _pooled_faults(data)
    at = storage.get("at")
    if isinstance(at, str) and at not in loads:
        yield Fault(("storage", "at"), f"no [loads.NAME] is called {quoted(at)}", f"there are: {listed(loads)}")
    elif isinstance(at, str) and at not in named:
        yield Fault(("storage", "at"), f"no roof stands behind {quoted(at)}", "the meter of a roof")
    if storage and at is None and len(set(named)) > 1:
        yield Fault(("storage",), "stands behind several meters", "at says which", 'add at = "NAME"')


def _pooled_faults(data: Given) -> Iterator[Fault]:
    """Roofs of one inverter stand behind one meter."""
    first: dict[object, tuple[int, object]] = {}
    for index, roof in enumerate(map(mapping, sequence(data.get("roof")))):
        inverter, load = roof.get("inverter"), roof.get("load")
        if not all(name is None or isinstance(name, str) for name in (inverter, load)):
            continue
        before, meter = first.setdefault(inverter, (index, load))
        if meter != load:
            yield Fault(
                ("roof", index, "load"),
                "its inverter also takes roofs of another meter",
                "inverters of one meter",
                "give it an [inverters.NAME] of its own",
                also=("roof", before, "load"),
            )


def _finance_faults(data: Given) -> Iterator[Fault]:
    """What the terms of [finance] need."""
    finance = mapping(data.get("finance"))
    needs = {"epc": "epc_discount_percent", "roof-rent": "roof_rent_cny_per_m2_year"}
    model = finance.get("model")
    key = needs.get(model) if isinstance(model, str) else None
    if key is not None and finance.get(key) is None:
        yield Fault(("finance",), f"model = {quoted(str(model))} without {key}", "it is what the contract is about")
    both = data.get("finance") is not None and data.get("storage") is not None
    if both and finance.get("storage_capex_cny_per_kwh") is None:
        why = "a store costs something; none is assumed"
        yield Fault(("finance",), "storage_capex_cny_per_kwh is not said", why)
    years, term, share = finance.get("years"), finance.get("loan_years"), finance.get("loan_share_percent")
    if share and isinstance(years, int) and (term if isinstance(term, int) else 10) > years:
        yield Fault(("finance", "years"), f"{years}, less than the term of the loan", "years that the loan ends in")
