"""The numbers of a published text with their units, as English, Chinese and Italian writers print them.

A text is first cleaned (full-width and traditional characters become plain ones, places are kept), then its
dates and names are set apart, then every number is taken with its scale word ("million", "万", "mila"), its
bound ("over", "余", "quasi") and its unit. What a number stands for is decided in `pvsim.studies.sentence`.
The words stand in ``pvsim/data/claim_words.toml``.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

WORDS: Final[dict[str, Any]] = tomllib.loads(files("pvsim.data").joinpath("claim_words.toml").read_text("utf-8"))
_SIMPLE: Final = str.maketrans(WORDS["script"]["traditional"], WORDS["script"]["simplified"])
_SUPERSCRIPTS: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def pattern(text: str) -> re.Pattern[str]:
    """A compiled expression in which upper and lower case are alike."""
    return re.compile(text, re.IGNORECASE)


_SCALES: Final = [Decimal(value) for value in WORDS["scale"].values()]
_SCALE: Final = pattern("[ -]?(?:" + "|".join(f"({words})" for words in WORDS["scale"]) + ")")
_VALUES: Final = list(WORDS["word"].values())
_WORD: Final = pattern(r"(?<![\w'-])(?:" + "|".join(f"({w})" for w in WORDS["word"]) + r")(?:(?![a-z])|(?=mila|cento))")
_UNITS: Final = WORDS["unit"]
_UNIT: Final = pattern(r"[\s-]*(?:(?:of|di|d'|个|的)\s*)?(?:" + "|".join(f"({unit['words']})" for unit in _UNITS) + ")")
_BOUND: Final = {name: pattern(words) for name, words in WORDS["bound"].items()}
_LANGUAGE: Final = {name: pattern(words) for name, words in WORDS["language"].items()}
_HAN_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"\u3007": 0, "两": 2}
_HAN_SCALES: Final = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_DIGITS: Final = (
    r"(?P<digits>(?<![0-9])[0-9]{1,3}(?:[ '\u2019][0-9]{3})+(?![0-9])(?:[.,][0-9]+)?"
    r"|[0-9]+(?:[.,][0-9]+)*|(?<![0-9.])\.[0-9]+)"
    r"(?P<power>e[+-]?[0-9]{1,2}(?![0-9])|\s?[\u00d7x*]\s?10\^[0-9]{1,2}(?![0-9]))?"
)
_HAN: Final = (
    r"(?P<han>(?<![数几上零一二两三四五六七八九十百千万亿])"
    r"(?:[零\u3007一二两三四五六七八九十万亿]|百(?!分)|千(?![瓦克伏米焦卡]))+(?:点[零一二三四五六七八九]+)?)"
)
_NUMBER: Final = pattern(f"{_DIGITS}|{_HAN}")
_NAMES: Final = pattern(
    r"(?<![a-z])(?:[cs]o|no)2(?=e?q?(?![a-z0-9]))|[ctg]o2(?=e?q?(?![a-z0-9]))|pm ?2\.5|pm ?10(?![0-9])"
    r"|(?<![a-z0-9])k?m[23](?![0-9])|(?<=/)m2|十[一二三四五]五(?=规划|期间|时期)"
)
_MONEY_BEFORE: Final = pattern(r"(?:rmb|cny|usd|us ?\$|\$|€|¥|£|eur(?:os?)?|hk\$)\s*$")
_ORDINAL_BEFORE: Final = pattern(r"(?:第|(?<![a-z])(?:no\.?|n\.|phase|zone|stage|fase|lotto|building|unit|block))\s*$")
_GROUPS: Final = re.compile(r"[1-9][0-9]{0,2}([.,])[0-9]{3}(?:\1[0-9]{3})*")
_HUNDREDS: Final = re.compile(r"(?<=mila) ?[0-9]{3}(?![0-9.,])")
_MORE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MONTH: Final = WORDS["month"]["all"]
_YEAR: Final = r"(?:19[5-9]|20[0-9])[0-9]"
_DATES: Final = tuple(
    pattern(text)
    for text in (
        rf"(?<![0-9])(?P<y>{_YEAR}) ?年(?P<m>[0-9]{{1,2}})月[-~至到—\u2013]{_YEAR} ?年(?P<m2>[0-9]{{1,2}})月",
        rf"(?<![0-9])(?P<y>{_YEAR}) ?年(?:(?P<m>[0-9]{{1,2}})月(?:份)?(?:[-~至到—\u2013](?P<m2>[0-9]{{1,2}})月"
        r"|(?P<d>[0-9]{1,2})[日号])?)?",
        r"(?<![0-9.])(?P<m>[0-9]{1,2})[-~至到—\u2013](?P<m2>[0-9]{1,2})月",
        r"(?<![0-9])(?P<m>[0-9]{1,2})月(?:[-~至到—\u2013](?P<m2>[0-9]{1,2})月|(?P<d>[0-9]{1,2})[日号])?",
        rf"(?<![0-9.,])(?P<y>{_YEAR})(?P<s>[-/.])(?P<m>0?[1-9]|1[0-2])(?P=s)(?P<d>[0-3]?[0-9])(?![0-9]|[.,][0-9])",
        rf"(?<![0-9.,])(?P<y>{_YEAR})-(?P<m>0[1-9]|1[0-2])(?![0-9]|[.,][0-9])",
        rf"(?<![0-9.,])(?P<d>[0-3]?[0-9])(?:st|nd|rd|th|°|º)? (?:of )?(?P<n>{_MONTH})\.?,?(?: (?P<y>{_YEAR}))?"
        r"(?![0-9])",
        rf"(?P<n>(?<![a-z]){_MONTH})\s?(?:and|to|through|until|e|a|-|\u2013|al?) (?P<n2>{_MONTH})"
        rf"(?: (?:of |del )?(?P<y>{_YEAR}))?(?![0-9])",
        rf"(?P<n>(?<![a-z]){_MONTH})\.? (?P<d>[0-3]?[0-9])(?:st|nd|rd|th)?(?:,? (?P<y>{_YEAR}))?(?![0-9.,%])",
        rf"(?P<n>(?<![a-z]){_MONTH})\.?,? (?:of |del )?(?P<y>{_YEAR})(?![0-9]|[.,][0-9])",
        rf"(?<![a-z])(?:in|during|a|nel mese di|month of) (?P<n>{_MONTH})",
    )
)
_YEAR_BEFORE: Final = pattern(r"(?<![a-z])(?:in|nel|dal|since|anno|year)\s*$")  # "nel 2023 ha prodotto" is no area
_BARE_YEAR: Final = re.compile(rf"{_YEAR}")


@dataclass(frozen=True, slots=True)
class Clean:
    """A text with plain characters, and the place of each of them in the text as written."""

    raw: str
    text: str
    places: tuple[int, ...]

    def written(self, start: int, end: int) -> str:
        """The characters of the original behind a stretch of the clean text."""
        return self.raw[self.places[start] : self.places[end - 1] + 1].strip() if end > start else ""


@dataclass(slots=True)
class Number:
    """A number of a text: where it stands, its value (None where it is not one number), its unit."""

    start: int
    digits_end: int
    end: int
    value: float | None
    kind: str = ""
    scale: float = 1.0
    substance: str = ""
    bound: str = ""
    remark: str = ""
    iso: str = ""
    months: int = 0
    year: int | None = None


def clean(raw: str) -> Clean:
    """The text in plain, simplified characters; a wide comma stays one unless wide digits surround it."""
    out: list[str] = []
    places: list[int] = []
    for i, char in enumerate(raw):
        plain = " " if char in "\t\r\u200b" else unicodedata.normalize("NFKC", char).translate(_SIMPLE)
        if char in "\uff0c\uff1a\uff1b" and not (
            char == "\uff0c" and raw[i - 1 : i] in _WIDE and raw[i + 1 : i + 2] in _WIDE
        ):
            plain = char
        if char in _SUPERSCRIPTS and out and out[-1].isdigit():
            # 10⁶ is no 106; a footnote mark is no digit of its number.
            plain = plain if raw[i - 1] in _SUPERSCRIPTS else "^" + plain
        out += plain
        places += [i] * len(plain)
    return Clean(raw, "".join(out), tuple(places))


_WIDE: Final = frozenset(map(chr, range(0xFF10, 0xFF1A)))  # full-width digits


def language(text: str) -> str:
    """``it``, ``en``, ``zh``, or nothing where the words do not tell; it decides what a comma means."""
    found = {name: len(words.findall(text)) for name, words in _LANGUAGE.items()}
    if found["it"] != found["en"]:
        return "it" if found["it"] > found["en"] else "en"
    return "zh" if re.search("[\u4e00-\u9fff]", text) else ""


def decimal_sign(text: str, said: str) -> str:
    """The decimal sign of a text: that of its language, else of a number that can be read in one way only."""
    if said:
        return "," if said == "it" else "."
    comma = re.search(r"[0-9]\.[0-9]{3}\.[0-9]{3}|(?<![0-9.,])[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})(?![0-9]|[.,][0-9])", text)
    point = re.search(r"[0-9],[0-9]{3},[0-9]{3}|(?<![0-9.,])[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})(?![0-9]|[.,][0-9])", text)
    return "," if comma and not point else "." if point and not comma else ""


def plain_digits(digits: str, sign: str) -> tuple[str, str]:
    """Digits without grouping and with a point, or nothing; and a remark where they can be read in two ways."""
    digits = re.sub(r"[ '\u2019]", "", digits)
    marks = [c for c in digits if c in ".,"]
    if not marks:
        return digits, ""
    last = marks[-1]
    whole, _, rest = digits.rpartition(last)
    grouped = _GROUPS.fullmatch(digits)
    if len(set(marks)) == 2:
        groups = _GROUPS.fullmatch(whole)
        return (re.sub("[.,]", "", whole) + "." + rest, "") if groups else ("", "")
    if len(marks) > 1:
        return (re.sub("[.,]", "", digits), "") if grouped else ("", "")
    if grouped and last != (sign or "."):
        return whole + rest, "" if sign else f"{digits}: the {'comma' if last == ',' else 'point'} is taken as grouping"
    if grouped and not sign:
        return f"{whole}.{rest}", f"{digits}: the point is taken as decimal sign; the text does not tell"
    if last == "," and sign == ".":
        # "2,6 million" in an English text can only be 2.6; four digits behind a comma are a slip.
        return (f"{whole}.{rest}", f"{digits}: the comma is taken as decimal sign") if len(rest) < 3 else ("", "")
    return f"{whole or '0'}.{rest}", ""


def han_number(text: str) -> Decimal | None:
    """The value of a number in Chinese numerals; None for scale words without a digit."""
    whole, _, fraction = text.partition("点")
    if not any(c in _HAN_DIGITS or c == "十" for c in whole):
        return None
    if all(c in _HAN_DIGITS for c in whole):
        total = int("".join(str(_HAN_DIGITS[c]) for c in whole))
    else:
        total = _han_whole(whole)
    return Decimal(total) + (Decimal("0." + "".join(str(_HAN_DIGITS[c]) for c in fraction)) if fraction else 0)


def _han_whole(text: str) -> int:
    total = section = digit = 0
    for c in text:
        if c in _HAN_DIGITS:
            digit = _HAN_DIGITS[c]
        elif _HAN_SCALES[c] < 10**4:
            section, digit = section + (digit or 1) * _HAN_SCALES[c], 0
        elif total >= _HAN_SCALES[c]:
            total, section, digit = total + (section + digit) * _HAN_SCALES[c], 0, 0
        else:
            total, section, digit = (total + section + digit) * _HAN_SCALES[c], 0, 0
    return total + section + digit


@cache
def _month_number(name: str) -> int:
    return next(i for i, names in enumerate(WORDS["month"]["names"], 1) if name.startswith(tuple(names.split("|"))))


def _dates(text: str) -> Iterator[Number]:
    """Dates, as far as they are written as such; earlier patterns win."""
    taken: list[tuple[int, int]] = []
    for form in _DATES:
        for match in form.finditer(text):
            found = match.groupdict()
            if any(a < match.end() and match.start() < b for a, b in taken):
                continue
            month = _month_number(found["n"].casefold()) if found.get("n") else int(found.get("m") or 0)
            last = _month_number(found["n2"].casefold()) if found.get("n2") else int(found.get("m2") or 0)
            if month > 12 or last > 12 or int(found.get("d") or 0) > 31:
                continue
            taken.append(match.span())
            yield _date(match, found, month, last)


def _date(match: re.Match[str], found: dict[str, Any], month: int, last: int) -> Number:
    year = int(found["y"]) if found.get("y") else None
    parts = [f"{year}"] if year else []
    day = int(found.get("d") or 0)
    if year and month and not last:
        parts += [f"{month:02}"] + ([f"{day:02}"] if day else [])
    months = (last - month) % 12 + 1 if last else 1 if month and not day else 0
    return Number(
        *(match.start(), match.end(), match.end(), float(year or month), "date"),
        iso="-".join(parts), months=months, year=year,
    )  # fmt: skip


def numbers(text: str, sign: str) -> list[Number]:
    """Every number of a clean text in order, dates among them; letters of names (CO2) are none."""
    dates = list(_dates(text))
    closed = [(d.start, d.end) for d in dates] + [m.span() for m in _NAMES.finditer(text)]
    found, at = dates, 0
    for match in sorted([*_NUMBER.finditer(text), *_WORD.finditer(text)], key=lambda m: m.start()):
        if match.start() < at or any(a < match.end() and match.start() < b for a, b in closed):
            continue
        number = _number(text, match, sign)
        if number is not None:
            found.append(number)
            at = number.end
    found.sort(key=lambda n: n.start)
    for one, two in pairwise(found):
        if not one.kind and text[one.end : two.start] in ("", " ", "^") and two.kind not in ("date", "watts"):
            one.value = two.value = None  # digits run together with a footnote mark or a broken group
    return found


def _number(text: str, match: re.Match[str], sign: str) -> Number | None:
    remark, spelled = "", match.re is _WORD
    value: Decimal | None
    if spelled:
        value = Decimal(str(_VALUES[(match.lastindex or 1) - 1]))
    elif match["han"]:
        value, spelled = han_number(match["han"]), True
        if value is None:
            return None
    else:
        digits, remark = plain_digits(match["digits"], sign)
        power = re.sub(r"[^0-9e+-]", "", (match["power"] or "").replace("10^", "e"))
        value = Decimal(digits + power) if digits else None
    number = _measured(text, match, value)
    if (
        number.kind == "panels"
        and not spelled
        and number.value == float(value or 0)
        and _GROUPS.fullmatch(match["digits"])
    ):
        # Panels have no decimals: "8.000 panels" are 8000 in any language.
        number.value, remark = float(re.sub("[.,]", "", match["digits"])), ""
    number.remark = remark
    if spelled and not number.kind and not (match.re is _NUMBER and len(match["han"]) > 1 and number.end):
        return None
    return number


def _measured(text: str, match: re.Match[str], value: Decimal | None) -> Number:
    """A number with its scale, bound and unit, read on from behind its digits."""
    at, bound = _over(text, match.end())
    factor = Decimal(1)
    while (scale := _SCALE.match(text, at)) and factor < Decimal("1e9"):
        step = _SCALES[(scale.lastindex or 1) - 1]
        at, factor = scale.end(), factor * step
        more = _MORE.match(text, at) if step in (Decimal("1e4"), Decimal("1e8")) else None
        if step == 1000 and match.re is _NUMBER:
            more = _HUNDREDS.match(text, at)  # "503mila 800"
        if more is not None and value is not None:  # 3亿5000万, 1万8240
            value, factor, at = *_compound(text, more, value * factor), at
            at = more.end()
    at, more_bound = _over(text, at)
    unit = _UNIT.match(text, at)
    number = Number(match.start(), at, at, None, bound=bound or more_bound)
    if value is not None:
        number.value = _finite(value * factor)
    year = match.re is _NUMBER and bool(_BARE_YEAR.fullmatch(match[0])) and at == match.end()
    if _MONEY_BEFORE.search(text, max(0, match.start() - 8), match.start()):
        number.kind = "money"
    elif _ORDINAL_BEFORE.search(text, max(0, match.start() - 10), match.start()):
        number.kind = "ordinal"
    elif unit is not None and not (year and _YEAR_BEFORE.search(text, max(0, match.start() - 9), match.start())):
        _take_unit(number, text, unit)
    elif year:
        number.kind, number.iso, number.year = "date", match[0], int(match[0])
    if not number.bound:
        number.bound = _bound_before(text, match.start())
    return number


def _compound(text: str, more: re.Match[str], high: Decimal) -> tuple[Decimal, Decimal]:
    """The sum of a number in two steps; a scale word behind the second step belongs to it alone."""
    scale = _SCALE.match(text, more.end())
    step = _SCALES[(scale.lastindex or 1) - 1] if scale else Decimal(1)
    return high / step + Decimal(more[0]), Decimal(1)


def _take_unit(number: Number, text: str, match: re.Match[str]) -> None:
    unit = _UNITS[(match.lastindex or 1) - 1]
    number.kind, number.scale, number.substance = unit["kind"], float(unit.get("scale", 1)), unit.get("substance", "")
    number.end, behind = _over(text, match.end())
    number.bound = number.bound or behind
    if number.value is not None and "scale" in unit:
        number.value = _finite(Decimal(repr(number.value)) * Decimal(unit["scale"]))


def _finite(value: Decimal) -> float | None:
    number = float(value)
    return number if math.isfinite(number) else None


def _over(text: str, at: int) -> tuple[int, str]:
    match = _BOUND["over_behind"].match(text, at)
    return (match.end(), "over") if match else (at, "")


def _bound_before(text: str, start: int) -> str:
    before = text[max(0, start - 24) : start]
    while match := _BOUND["about_before"].search(before):
        before = before[: match.start()]
    for name in ("nearly", "over"):
        # "no less than" ends like "less than": the longer word wins.
        if _BOUND[f"{name}_before"].search(before):
            return "over" if _BOUND["over_before"].search(before) and name == "nearly" else name
    return ""
