"""What is allowed but probably not meant: said as a warning, never changed."""

from __future__ import annotations

from collections.abc import Iterator

from pvsim.scenario.schema import Scenario
from pvsim.scenario.wording import visible

USUAL_POWER_W = (150, 800)
LARGE_LOSS_PERCENT = 30
BEST_EFFICIENCY_PERCENT = 99  # the peak of the curve lies up to 0.9 % above its weighted efficiency
FRACTION_BELOW_PERCENT = 0.1  # below any loss worth naming, and where 0.03 for "3 %" falls
FRACTION_BELOW_PERCENT_OF = {
    "soiling_percent": 0.5,
    "shading_percent": 0.3,
    "availability_percent": 0.3,
}  # seldom so small


def suspicions(scenario: Scenario) -> tuple[str, ...]:
    """Warnings about a valid scenario, in the order of the file."""
    return (*_fractions(scenario), *_unusual(scenario), *_names(scenario), *_unused(scenario))


def _unusual(scenario: Scenario) -> Iterator[str]:
    """Sizes that exist but are rare: a digit too many or too few looks like this."""
    for table, module in (("module", scenario.module), *((f"modules.{n}", m) for n, m in scenario.modules.items())):
        power_w = module.effective_power_w
        if power_w is not None and not USUAL_POWER_W[0] <= power_w <= USUAL_POWER_W[1]:
            low, high = USUAL_POWER_W
            yield f"{table}.power_w = {power_w:g} W is unusual for one module; {low} to {high} is common"
    for table, inverter in (
        ("inverter", scenario.inverter),
        *((f"inverters.{n}", i) for n, i in scenario.inverters.items()),
    ):
        efficiency = inverter.efficiency_percent or inverter.nominal_efficiency_percent or 0.0
        if efficiency > BEST_EFFICIENCY_PERCENT:
            yield f"{table} of {efficiency:g} %: in some hours pvlib's PVWatts curve gives more AC than it takes DC"
    for key, value in scenario.losses.given().items():
        loss = key.endswith("_percent") and key != "soiling_max_percent"  # which is a bound, no loss
        if loss and isinstance(value, int | float) and value > LARGE_LOSS_PERCENT:
            yield f"losses.{key} = {value:g} % is an unusually large loss"


def _unused(scenario: Scenario) -> Iterator[str]:
    """Tables that no roof uses: a name was forgotten, or misspelt in the roof."""
    for kind, own in (("module", scenario.module), ("inverter", scenario.inverter)):
        named = {getattr(roof, kind) for roof in scenario.roof}
        for name in getattr(scenario, f"{kind}s"):
            if name not in named:
                yield f'[{kind}s.{visible(name)}] is used by no roof; a roof names it with {kind} = "{visible(name)}"'
        if scenario.roof and None not in named and own.given():
            yield f"[{kind}] is used by no roof: every roof names another"


def _fractions(scenario: Scenario) -> Iterator[str]:
    """Percent keys whose value looks like a fraction."""
    modules = ((f"modules.{name}", module) for name, module in scenario.modules.items())
    tables = (("module", scenario.module), *modules, ("losses", scenario.losses), ("uncertainty", scenario.uncertainty))
    for table, block in tables:
        for key, value in block.given().items():
            if not key.endswith("_percent") or not isinstance(value, int | float):
                continue
            if 0 < abs(value) < FRACTION_BELOW_PERCENT_OF.get(key, FRACTION_BELOW_PERCENT):
                meant = f"{value * 100:g}"
                yield f"{table}.{key} = {value:g} %: is a fraction meant? {meant} % is written {meant}"


def _names(scenario: Scenario) -> Iterator[str]:
    """Names with characters that cannot be seen or that turn the text around."""
    named = [("name", scenario.name), *((f"roof[{i}].name", r.name) for i, r in enumerate(scenario.roof))]
    for key, name in named:
        if visible(name) != name:
            yield f"{key} holds characters that cannot be seen: {visible(name)}"
