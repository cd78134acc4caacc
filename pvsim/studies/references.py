"""What a scenario names that lives in another room: the province and the factors it asks for."""

from __future__ import annotations

from collections.abc import Iterator

from pvsim.errors import Problem, PvsimError, ScenarioError
from pvsim.impact.factors import usable
from pvsim.impact.regions import province
from pvsim.scenario.schema import Scenario


def check_references(scenario: Scenario) -> None:
    """Refuse a scenario that names what does not exist, all such names at once.

    Raises
    ------
    ScenarioError
        With the line of each name.
    """
    problems = list(_problems(scenario))
    if problems:
        raise ScenarioError(scenario.origin.file, problems)


def _problems(scenario: Scenario) -> Iterator[Problem]:
    if scenario.site.region is not None:
        try:
            province(scenario.site.region)
        except PvsimError as error:
            yield scenario.problem("site.region", str(error), "")
    for i, factor_id in enumerate(scenario.impact.factors):
        try:
            usable(factor_id)
        except PvsimError as error:
            yield scenario.problem(f"impact.factors[{i}]", str(error), "")
