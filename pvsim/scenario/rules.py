"""Rules between the keys of a scenario, as plain functions over what was given.

They take mappings of the given keys and do not trust types, so that the reader can apply them to a
file whose single values are wrong too; the models of `schema` apply the same functions to themselves.
None counts as not given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from pvsim.scenario.fault import Fault, Given, composed, mapping, sequence
from pvsim.scenario.roof_rules import roof_faults
from pvsim.scenario.statements import inverter_faults, loss_faults, module_statement_faults, outage_faults
from pvsim.scenario.uses import use_faults
from pvsim.scenario.weather_rules import weather_faults
from pvsim.scenario.wording import closest, listed, quoted

_MAX_GUESSES = 20  # "did you mean" is slow, and a hostile file could ask it ten thousand times


def effective_roof_name(roof: Given, index: int) -> str:
    """The given name in composed characters, or "roof 1" for the first roof and so on."""
    name = roof.get("name")
    return composed(name) if isinstance(name, str) and name else f"roof {index + 1}"


def roof_name_faults(roofs: Sequence[Given]) -> Iterator[Fault]:
    """Names are unique, also when upper and lower case or composed characters are set aside."""
    first: dict[str, int] = {}
    for index, roof in enumerate(roofs):
        name = effective_roof_name(roof, index)
        same = first.setdefault(name.casefold(), index)
        if same != index:
            yield Fault(
                ("roof", index, "name"),
                f"{quoted(name)} is the name of another roof",
                "every roof has its own name (upper and lower case count as equal)",
                also=("roof", same, "name"),
            )


def reference_faults(roofs: Sequence[Given], key: str, known: Given) -> Iterator[Fault]:
    """``module = "NAME"`` of a roof names an existing ``[modules.NAME]``; likewise inverters."""
    exists = f"there are: {listed(known)}" if known else f"there are no [{key}s.NAME] tables"
    guesses: dict[str, str | None] = {}
    composed_names = {composed(name) for name in known}
    for index, roof in enumerate(roofs):
        name = roof.get(key)
        if not isinstance(name, str) or composed(name) in composed_names:
            continue
        if len(guesses) < _MAX_GUESSES and name not in guesses:
            guesses[name] = closest(name, islice(known, 100))
        guess = guesses.get(name)
        todo = f"did you mean {quoted(guess)}?" if guess else f"add [{key}s.NAME] or remove the key"
        yield Fault(("roof", index, key), f"no [{key}s.NAME] is called {quoted(name)}", exists, todo)


def measured_faults(roofs: Sequence[Given], weather: Given) -> Iterator[Fault]:
    """Measured columns are columns of a weather file."""
    if weather.get("source", "climate") == "file":
        measured = any(roof.get("poa_column") is not None for roof in roofs)
        for key in ("level", "ghi_kwh_per_m2"):
            if measured and weather.get(key) not in (None, "source"):
                yield Fault(
                    ("weather", key), "given with a measured poa_column", "it moves the sky, not what was measured",
                    f"remove {key} or poa_column",
                )  # fmt: skip
        return
    for index, roof in enumerate(roofs):
        for key in ("poa_column", "module_temperature_column"):
            if roof.get(key) is not None:
                yield Fault(
                    ("roof", index, key), "given without a weather file", 'a column of the file of source = "file"',
                    'add [weather] source = "file" with path, or remove it',
                )  # fmt: skip


def scenario_faults(data: Given) -> Iterator[Fault]:
    """The rules that span several tables."""
    roofs = [mapping(r) for r in sequence(data.get("roof"))]
    if data.get("roof") in (None, [], ()) and data.get("claim") is None:
        yield Fault(
            ("roof",),
            "no [[roof]]",
            "at least one [[roof]] with panels, or a [claim] to audit",
            "add [[roof]] and below it panels = 8000",
        )
    yield from roof_name_faults(roofs)
    yield from roof_faults(data)
    yield from measured_faults(roofs, mapping(data.get("weather")))
    yield from outage_faults(data)
    yield from use_faults(data)
    site = mapping(data.get("site"))
    cold, hot = (site.get(key) for key in ("coldest_c", "hottest_c"))
    if isinstance(cold, int | float) and isinstance(hot, int | float) and cold >= hot:
        yield Fault(("site", "coldest_c"), f"{cold:g} C is not below hottest_c = {hot:g} C", "coldest_c < hottest_c")
    for key in ("module", "inverter"):
        yield from reference_faults(roofs, key, mapping(data.get(f"{key}s")))


def all_faults(data: Given) -> Iterator[Fault]:
    """Every rule on the tables of a whole file, faults with their full paths."""
    yield from (f.below(("weather",)) for f in weather_faults(mapping(data.get("weather"))))
    yield from (f.below(("losses",)) for f in loss_faults(mapping(data.get("losses"))))
    yield from (f.below(("module",)) for f in module_statement_faults(mapping(data.get("module"))))
    for name, module in mapping(data.get("modules")).items():
        yield from (f.below(("modules", name)) for f in module_statement_faults(mapping(module)))
    yield from (f.below(("inverter",)) for f in inverter_faults(mapping(data.get("inverter"))))
    for name, inverter in mapping(data.get("inverters")).items():
        yield from (f.below(("inverters", name)) for f in inverter_faults(mapping(inverter)))
    yield from scenario_faults(data)
