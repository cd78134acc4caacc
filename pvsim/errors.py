"""The error tree of pvsim and the exit code of each branch.

::

    PvsimError            1  a run failed
    ├── UsageError        2  the command line was wrong
    ├── ScenarioError     3  the scenario file is invalid (holds every Problem found in it)
    └── WeatherError      4  weather is missing or invalid

Everything a user can do wrong ends in one of these, with a message that says what was found,
what is allowed and what to do; the command line prints it without a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass


class PvsimError(Exception):
    """Base of every error that pvsim raises on purpose; also a run that failed."""

    exit_code = 1


class UsageError(PvsimError):
    """The command line asks for something that does not exist."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a scenario file, with the place where it stands.

    ``key`` is the dotted path as a person would write it (``roof[0].panels``); ``line`` and
    ``column`` count from 1 and are None where no single place is to blame (a missing table).
    """

    key: str
    found: str
    allowed: str
    todo: str = ""
    line: int | None = None
    column: int | None = None
    source_line: str = ""

    def render(self, file: str) -> str:
        """``file:line: key: found; allowed; what to do``, and the source line below it."""
        place = file if self.line is None else f"{file}:{self.line}"
        if self.line is not None and self.column is not None:
            place += f":{self.column}"
        parts = [p for p in (self.found, self.allowed, self.todo) if p]
        head = f"{place}: {self.key + ': ' if self.key else ''}{'; '.join(parts)}"
        # an address may hold a login, which no message quotes
        line = "" if self.key == "weather.url" else self.source_line.strip()
        return f"{head}\n    {line}" if line else head


class ScenarioError(PvsimError):
    """A scenario file that cannot be run: all of its problems in one go."""

    exit_code = 3

    def __init__(self, file: str, problems: list[Problem] | tuple[Problem, ...]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__("\n".join(p.render(file) for p in self.problems))


class WeatherError(PvsimError):
    """Weather that is missing, too far away, or not fit to be used."""

    exit_code = 4
