"""Read an amount of electricity as people write it: "2.6 GWh", "1.4 million kWh", "260万度"."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal
from typing import Final, NoReturn

from pvsim.errors import UsageError

# kWh per unit; texts, so that the product is exact in decimal and 1.1 GWh is 1100000.0 kWh.
_UNITS: Final = {
    "wh": "1e-3", "kwh": "1", "mwh": "1e3", "gwh": "1e6", "twh": "1e9",
    "瓦时": "1e-3", "千瓦时": "1", "度": "1", "度电": "1", "兆瓦时": "1e3", "吉瓦时": "1e6",
}  # fmt: skip
_WORDS: Final = {
    "": "1", "thousand": "1e3", "million": "1e6", "billion": "1e9",
    "万": "1e4", "十万": "1e5", "百万": "1e6", "千万": "1e7", "亿": "1e8",
}  # fmt: skip
_ALLOWED: Final = (
    "allowed is a number above 0 with Wh, kWh, MWh, GWh, TWh, 千瓦时 or 度, and before it, if you like, "
    'thousand, million, billion, 万 or 亿: "2.6 GWh", "2,600,000 kWh", "1.4 million kWh", "260万度"'
)
_LONGEST: Final = 80  # characters; no written amount is longer
_NUMBER: Final = re.compile(r"([0-9.](?:[0-9.,]| (?=[0-9]))*)(e[+-]?[0-9]{1,3})?", re.IGNORECASE)
_PLAIN: Final = re.compile(r"[0-9]+(\.[0-9]*)?|\.[0-9]+")
# A group never starts with 0: "0,260 GWh" is a decimal comma.
_GROUPED: Final = re.compile(r"[1-9][0-9]{0,2}(([, ])[0-9]{3})(\2[0-9]{3})*(\.[0-9]+)?")


def parse_quantity(text: str, *, zero: bool = False) -> float:
    """Electricity in kWh from a text such as ``"2.6 GWh"``; upper and lower case do not count.

    A comma or a space groups thousands (``2,600,000``); a comma as decimal sign is refused, because it cannot
    be told from a group in every text. `zero` allows an amount of zero, as of a part.

    Raises
    ------
    UsageError
        For anything that is not one amount above zero; says what was understood and what is allowed.
    """
    if len(text) > _LONGEST:
        _refuse(text[:_LONGEST] + "...", f"it has {len(text)} characters")
    clean = " ".join(unicodedata.normalize("NFKC", text).split())
    if clean.startswith(("-", "\N{MINUS SIGN}")):
        _refuse(text, "it is negative")
    match = _NUMBER.match(clean)
    if match is None:
        _refuse(text, "it does not start with a number")
    rest = clean[match.end() :].strip()
    number = _digits(text, match[1].strip(), rest) + (match[2] or "")
    kwh = float(Decimal(number) * _scale(text, match[0].strip(), rest))
    if not (math.isfinite(kwh) and (kwh > 0 or zero)):
        _refuse(text, "it is zero" if kwh == 0 else "it is not a finite number")
    return kwh


def _digits(text: str, digits: str, rest: str) -> str:
    """The digits without their grouping; refuses what can be read in two ways."""
    if _PLAIN.fullmatch(digits):
        return digits
    if _GROUPED.fullmatch(digits):
        return digits.replace(",", "").replace(" ", "")
    if digits.count(",") == 1 and digits.replace(",", "").isdigit():
        point = f"{digits.replace(',', '.')} {rest}".strip()
        _refuse(text, f"the comma in {digits!r} is no thousands separator; write {point}")
    _refuse(text, f"{digits!r} is not one number; write it without separators, with a point before decimals")


def _scale(text: str, number: str, rest: str) -> Decimal:
    """KWh per counted unit, from what stands behind the number."""
    # Traditional script, and the ways to write kW·h.
    plain = rest.casefold().translate(str.maketrans("萬億時", "万亿时", " ·⋅-"))
    for word in sorted(_WORDS, key=len, reverse=True):
        unit = plain.removeprefix(word)
        if plain.startswith(word) and unit in _UNITS:
            return Decimal(_WORDS[word]) * Decimal(_UNITS[unit])
    if not plain or plain in _WORDS:
        _refuse(text, f"understood the number {number}, but there is no unit behind it")
    _refuse(text, f"understood the number {number}, but not the unit {rest!r}")


def _refuse(text: str, why: str) -> NoReturn:
    raise UsageError(f"cannot read {text!r} as an amount of electricity: {why}; {_ALLOWED}")
