"""What reports and figures say, in English, Chinese and Italian, and how each writes numbers.

One catalogue per language in ``locale``; they have the same keys and the same placeholders.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pvsim.errors import UsageError

CODES = ("en", "zh", "it")
NAMES = {"en": "English", "zh": "Chinese", "it": "Italian"}


@dataclass(frozen=True)
class Language:
    """A language: its code, what it says by key, and its habits with numbers."""

    code: str
    texts: Mapping[str, str]

    def text(self, key: str, **values: object) -> str:
        """What stands under a key of the catalogue, its placeholders filled.

        Raises
        ------
        KeyError
            For a key that the catalogue lacks: a defect of the program, which the tests find.
        """
        return self.texts[key].format(**values) if values else self.texts[key]

    def known(self, key: str, otherwise: str) -> str:
        """What stands under a key, or, for a word that no catalogue has, the word itself."""
        return self.texts.get(key, otherwise)

    def number(self, value: float | None, decimals: int = 0) -> str:
        """A number with the language's separators; None as its "n/a"."""
        if value is None or value != value:
            return self.texts["none"]
        shown = f"{value:,.{decimals}f}"
        if not any(c in "123456789" for c in shown):
            shown = shown.lstrip("-")  # no minus zero
        marks = {",": self.texts["habits.thousands"], ".": self.texts["habits.decimal"]}
        return "".join(marks.get(c, c) for c in shown)

    def size(self, value: float | None) -> str:
        """A number with as many digits as say something: three, but whole from 100 on."""
        if value is None or value == round(value):
            return self.number(value)
        return self.number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)

    def plain(self, value: float | None) -> str:
        """A number as people write it: whole from 100 on, else with the digits that it has."""
        if value is None or abs(value) >= 100:
            return self.number(value)
        digits = f"{value:.6g}"
        return self.number(value, len(digits.partition(".")[2]) if "e" not in digits else 9)

    def exact(self, value: float) -> str:
        """A number with all the digits that it was given with, up to ten."""
        digits = f"{value:.10g}"
        return digits if "e" in digits else self.number(value, len(digits.partition(".")[2]))

    def percent(self, fraction: float | None, decimals: int = 1) -> str:
        """A fraction in per cent."""
        return self.text("none") if fraction is None else f"{self.number(100 * fraction, decimals)}%"

    def change(self, percent: float | None) -> str:
        """By how many per cent something grows or shrinks, with its sign."""
        if percent is None:
            return ""
        shown = self.number(percent, 2)
        return f"{shown}%" if shown.startswith("-") else f"+{shown}%"

    def energy(self, kwh: float | None) -> str:
        """Energy in the unit in which the language speaks of a plant's year; a small plant's in kWh."""
        if kwh is None:
            return self.texts["none"]
        scaled = kwh / float(self.texts["habits.energy_kwh"])
        if abs(scaled) < 10:
            return self.text("habits.energy_small", value=self.size(kwh))
        return self.text("habits.energy", value=self.number(scaled, 0 if abs(scaled) >= 1000 else 1))

    def money(self, cny: float | None) -> str:
        """Yuan in the unit in which the language speaks of a plant's cost."""
        if cny is None:
            return self.texts["none"]
        scale = float(self.texts["habits.money_cny"])
        if abs(cny) < float(self.texts["habits.money_from_cny"]):
            return self.text("habits.money_small", value=self.number(cny))
        return self.text("habits.money", value=self.number(cny / scale, 2 if scale > 1e5 else 1))

    @property
    def months(self) -> tuple[str, ...]:
        """The short names of the twelve months."""
        return tuple(self.texts[f"months.{m}"] for m in range(1, 13))


@lru_cache(maxsize=len(CODES))
def language_of(code: str) -> Language:
    """The language of a code.

    Raises
    ------
    UsageError
        For a code that pvsim does not speak.
    """
    if code not in CODES:
        spoken = ", ".join(f"{c} ({NAMES[c]})" for c in CODES)
        raise UsageError(f"language {code!r}: pvsim writes {spoken}")
    raw = (files("pvsim") / "report" / "locale" / f"{code}.toml").read_text(encoding="utf-8")
    return Language(code, dict(_flat(tomllib.loads(raw))))


def _flat(table: Mapping[str, Any], before: str = "") -> Any:
    """Keys of nested tables joined by dots."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value
