"""A broken rule of a scenario, and what rules need to read values whose types nobody has checked yet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pvsim.scenario.positions import KeyPath

Given = Mapping[str, object]


@dataclass(frozen=True)
class Fault:
    """A broken rule: where (relative to the block), what was found, what is allowed, what to do.

    ``also`` is the other place that takes part in it.
    """

    path: KeyPath
    found: str
    allowed: str
    todo: str = ""
    also: KeyPath | None = None

    def below(self, parent: KeyPath) -> Fault:
        """The same fault as seen from the block that holds this one."""
        also = None if self.also is None else (*parent, *self.also)
        return replace(self, path=(*parent, *self.path), also=also)


class RefusedError(ValueError):
    """What a model raises for faults; a ValueError, because that is what pydantic collects."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.found}; {f.allowed}" for f in faults))


def refuse(faults: Iterator[Fault]) -> None:
    """Raise a `RefusedError` if there are any faults."""
    found = list(faults)
    if found:
        raise RefusedError(found)


def composed(name: str) -> str:
    """A name in composed characters, so that one word typed in two ways stays one name."""
    return unicodedata.normalize("NFC", name)


def mapping(value: object) -> Given:
    """A table as such, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def sequence(value: object) -> Sequence[object]:
    """A list as such, an empty one for anything else."""
    return value if isinstance(value, list | tuple) else ()


def number(value: object) -> float:
    """A number as such, 0 for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
