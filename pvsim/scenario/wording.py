"""How keys and values are written in messages: short, quoted, with invisible characters shown."""

from __future__ import annotations

import datetime
import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from pvsim.scenario.positions import KeyPath

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_MAX_SHOWN = 60
# Control, format (zero-width, right-to-left override), surrogate, private, unassigned, separators.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def visible(text: str) -> str:
    r"""The text with control, zero-width and direction characters as ASCII escapes (``\u202e``)."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in _INVISIBLE else c for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def shortened(text: str, limit: int = _MAX_SHOWN) -> str:
    """The text cut to ``limit`` characters, with dots where something is missing."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def quoted(text: str) -> str:
    """A text in double quotes, short and visible."""
    return f'"{shortened(visible(shortened(text, _MAX_SHOWN + 1)))}"'


def show(value: object) -> str:
    """A value as found, as a person would write it in TOML; tables and lists by name only.

    Never `repr`: a deeply nested value would exhaust the stack and a huge integer refuses `str`.
    """
    if isinstance(value, bool):
        return f"{'true' if value else 'false'} (a truth value)"
    if isinstance(value, str):
        return f"{quoted(value)} (text)"
    if isinstance(value, int):
        return str(value) if abs(value) < 10**30 else "an integer of more than 30 digits"
    if isinstance(value, float):
        return str(value)
    if isinstance(value, datetime.date | datetime.time):
        return f"{value.isoformat()} ({'date and time' if hasattr(value, 'hour') else 'a date'})"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list | tuple):
        tables = bool(value) and all(isinstance(v, Mapping) for v in value)
        return "a list of tables" if tables else "a list"
    return "nothing" if value is None else f"a value of type {type(value).__name__}"


def is_number(value: object) -> bool:
    """Whether the value is a real number and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def dotted(path: KeyPath) -> str:
    """A key path as a person would write it: ``roof[0].panels``, ``modules."a.b".power_w``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        name = part if _BARE.fullmatch(part) else quoted(part)
        text += f".{name}" if text else name
    return text


def listed(names: Iterable[str]) -> str:
    """Names in a row, quoted where they are not plain keys; at most twenty of them."""
    shown = [n if _BARE.fullmatch(n) else quoted(n) for n in names]
    return ", ".join(shown[:20]) + (f" and {len(shown) - 20} more" if len(shown) > 20 else "")


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant, or None.

    Users write ``tilt`` for ``surface_tilt`` and ``soiling`` for ``soiling_percent``: the words of a
    candidate count as much as the whole of it.
    """
    if len(name) > _MAX_SHOWN:
        return None
    scored = [(_likeness(name.lower(), c), c) for c in candidates]
    best = max(scored, key=lambda s: s[0], default=(0.0, ""))
    return best[1] if best[0] >= 0.7 else None


def _likeness(name: str, candidate: str) -> float:
    whole = candidate.lower()
    if len(name) >= 3 and whole.startswith(name):
        return 0.95
    words = whole.split("_")
    # The unit at the end says nothing about what was meant.
    parts = {"_".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1)}
    parts -= {"percent", "w", "kw", "m2", "kv", "c", "t", "kwh"}
    scores = [0.95 * _ratio(name, part) for part in parts - {whole}]
    return max([_ratio(name, whole), *scores])


def _ratio(one: str, other: str) -> float:
    return float(difflib.SequenceMatcher(None, one, other).ratio())
