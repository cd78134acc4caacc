"""What the words round a number say: its substance, the span of time it belongs to, saved or generated.

Rules of grammar, nearest words first: the part of a clause between two "and", the clause between two
commas, clauses without figures before and behind it, and what the figure before it was said to be.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from pvsim.studies.vocabulary import WORDS, Number, pattern

MARKER: Final = {name: pattern(words) for name, words in WORDS["marker"].items()}
VERB: Final = {name: pattern(words) for name, words in WORDS["verb"].items()}
AUDITED: Final = frozenset({"energy", "power", "apparent", "watts", "mass", "panels", "toe"})
_COUNTED: Final = frozenset({"year", "money", "percentage"})
WEAK: Final = frozenset({"carbon", "emissions"})  # words that only tell where nothing better stands
_REACH: Final = 400  # characters; words farther away say nothing about a number, and reading stays quick
_LONG_LIFE: Final = 10.0  # "25 years" is a life, "3 years" only where the words say so
_CUT: Final = re.compile(
    r"[\uff0c、\uff1b;。\uff01\uff1f!?\n\uff1a()\uff08\uff09【】…]|,(?![0-9])|(?<![0-9]),|:(?![0-9])|\.(?=\s|\.|$)(?<!approx\.)(?<!\bca\.)(?<!No\.)"
)
_STOP: Final = re.compile(r"[。\uff01\uff1f!?\n\uff1b;]|(?<!approx)(?<!\bca)(?<!\bNo)(?<![. ])\.(?=\s|$)")
_AND: Final = pattern(r"\s(?:and|while|e|ed|mentre)\s|[和及与并]|以及|同时")
_JOINED: Final = pattern(r"[\s、\uff0c,/]*(?:(?:and|和|及|与|e|ed|以及|&)\s*)?(?:the |di |d'|l'|dell')?\s*")
_SUBSTANCE: Final = pattern("|".join(f"({words})" for words in WORDS["substance"].values()))
_SUBSTANCES: Final = tuple(WORDS["substance"])
_DIRECT: Final = pattern(
    r"[\s(]*(?:(?:of|di|d'|del|della|the|less|fewer|in|equivalents?|equivalenti?|annual|harmful|emissions?|emissioni|的"
    r"|meno|worth|a year|per year|each year|annually|all'anno|l'anno|annue|ogni anno)\s*)*"
)
_PLACE: Final = re.compile(
    r"(?<![a-zA-Z])(?:in|at|near|a|ad|presso|di)\s+"
    r"((?!(?:CO2|China|Cina|PV|MW|GW)\b)[A-Z][a-zA-Z'\u2019-]{2,}(?:\s[A-Z][a-zA-Z'\u2019-]+){0,3})"
    r"|((?:[\u4e00-\u9fff]{2,3}(?:省|市))?[\u4e00-\u9fff]{2,3}(?:[市区县州](?![域内年月])))"
)
_MONTHS: Final = pattern(WORDS["month"]["all"])
_PANELS_BEFORE: Final = pattern(
    r"(?:panels?|modules?|组件|光伏板|电池板|pannelli|moduli)"
    r"(?:总?数量?)?[\s:\uff1a=是为达到约]*$"
)
_PANELS_BEHIND: Final = pattern(r"[\s-]*(?:[a-z-]{1,25} ){0,2}(?:panels?|modules?|组件|光伏板)")
_SHARED: Final = pattern(r"\s*(,|-|~|\u2013|—|至|to|a|or|o|and|e|和|、)\s*")
_RANGE: Final = frozenset({"-", "~", "\u2013", "—", "至", "to", "a"})
_NOT_IN: Final = pattern(r"(?:截至|截止|[到至自从]|to|until|by|since|from|dal?|entro|fino ad?)\s*$")
_MEASURED_MONTHS: Final = {"half_year": 6, "quarter": 3, "three_quarters": 9}


@dataclass(frozen=True, slots=True)
class Basis:
    """The span of a figure: ``annual``, ``lifetime``, ``cumulative``, ``day`` or nothing, and its years."""

    kind: str = ""
    years: float | None = None
    said_by: int | None = None  # index of the number that says the years


@dataclass(slots=True)
class Words:
    """A clean text with its numbers, cut into sentences and clauses."""

    text: str
    numbers: Sequence[Number]
    remarks: list[str] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        inside = [(n.start, n.end) for n in self.numbers]
        self.cuts = [m.start() for m in _CUT.finditer(self.text) if m[0] != "、" and not _within(m.start(), inside)]
        self.stops = [m.start() for m in _STOP.finditer(self.text) if not _within(m.start(), inside)]

    def sentence(self, at: int) -> tuple[int, int]:
        """First and last place of the sentence round a place."""
        return _near(at, _between(self.stops, at, len(self.text)))

    def clause(self, at: int) -> tuple[int, int]:
        """First and last place of the clause round a place."""
        return _near(at, _between(self.cuts, at, len(self.text)))

    def previous_end(self, i: int, start: int) -> int:
        """The end of the last number before number `i` that is more than a date, not before `start`."""
        ends = [n.end for n in self.numbers[:i] if n.kind not in ("date", "")]
        return max(start, ends[-1]) if ends else start

    def part(self, i: int) -> tuple[int, int]:
        """The part of the clause of number `i` that no "and" divides from it."""
        n = self.numbers[i]
        low, high = self.clause(n.start)
        for other in self.numbers[:i]:
            if other.kind in AUDITED and low <= other.end:
                low = max([low, *(m.start() for m in _AND.finditer(self.text, other.end, n.start))])
        after = next((o for o in self.numbers[i + 1 :] if o.kind in AUDITED and o.start < high), None)
        joint = _AND.search(self.text, n.end, after.start) if after else None
        return low, joint.start() if joint else high

    def scopes(self, i: int) -> Iterator[tuple[int, int]]:
        """Where to look for the span of number `i`, nearest first."""
        yield self.part(i)
        low, high = self.clause(self.numbers[i].start)
        yield low, high
        first, last = self.sentence(self.numbers[i].start)
        for forward in (False, True):
            a, b = low, high
            while (b < last) if forward else (a > first):
                a, b = self.clause(b + 1 if forward else a - 2)
                a, b = max(a, first), min(b, last)
                if b <= a:
                    continue
                if any(n.kind in AUDITED and a <= n.start < b for n in self.numbers):
                    break
                yield a, b

    def basis(self, i: int) -> Basis:
        """The span that the nearest words give number `i`."""
        for a, b in self.scopes(i):
            marks = sorted(self._marks(a, b, self.numbers[i]))
            if marks:
                return self._spanned(marks, a, b, i)
        if MARKER["total"].search(self.text, *self.clause(self.numbers[i].start)):
            by = self._life_said(i)
            return Basis("lifetime", self.numbers[by].value, by) if by is not None else Basis()
        return Basis()

    def _marks(self, a: int, b: int, number: Number) -> Iterator[tuple[int, str, int]]:
        """(distance, kind, index of a number or -1) of all that tells a span between two places."""

        def far(start: int, end: int) -> int:
            return max(number.start - end, start - number.end, 0)

        said = False  # a date says least: "in 2023 it made 2.6 GWh" is a year's energy only where nothing else is said
        for name, kind in (("annual", "annual"), ("life", "life"), ("cumulative", "sum"), ("per_day", "day")):
            for m in MARKER[name].finditer(self.text, a, b):
                said = said or kind != "sum"
                yield far(*m.span()), kind, -1
        for name in _MEASURED_MONTHS:
            for m in MARKER[name].finditer(self.text, a, b):
                yield far(*m.span()), name, -1
        for j, other in enumerate(self.numbers):
            if not a <= other.start < b or other is number:
                continue
            kind = self._span_of_number(other, a, b)
            if kind and not (kind == "dated" and said):
                yield far(other.start, other.end), kind, j

    def _span_of_number(self, n: Number, a: int, b: int) -> str:
        """``years``, ``months`` or ``dated`` where a number of a clause tells a span, else nothing."""
        clause = self.text[a:b]
        if n.kind == "date":
            open_ended = n.months < 2 and _NOT_IN.search(self.text, max(0, n.start - 9), n.start)
            if open_ended or MARKER["start"].search(clause):
                return ""
            return "months" if n.months else "dated" if n.year and len(n.iso) == 4 else ""
        if n.value is None or n.kind not in ("year", "month") or MARKER["not_life"].search(clause):
            return ""
        if n.kind == "month":
            return "months"
        told = re.search(r"(?:over|past|last|first|近|过去|前|ultimi|primi)\s*(?:the )?\S*\s*$", self.text[a : n.start])
        return "years" if n.value >= _LONG_LIFE or (n.value > 1 and told) else "annual" if n.value == 1 else ""

    def _spanned(self, marks: Sequence[tuple[int, str, int]], a: int, b: int, i: int) -> Basis:
        nearest = marks[0][1]
        if nearest in ("annual", "day"):
            return Basis(nearest)
        kinds = {kind for _, kind, _ in marks}
        measured = next((kind for _, kind, _ in marks if kind in _MEASURED_MONTHS), nearest)
        nearest = measured if nearest == "sum" else nearest  # "in the first half so far": the half is what is said
        if kinds <= {"dated", "sum"} and "dated" in kinds:
            return Basis("annual")
        if nearest in _MEASURED_MONTHS:
            return Basis("cumulative", _MEASURED_MONTHS[nearest] / 12)
        for _, kind, j in marks:
            if kind == "months" and nearest != "life":
                n = self.numbers[j]
                months = n.months if n.kind == "date" else n.value or 0.0
                return Basis("cumulative", round(months / 12, 4), j)
        by = next((j for _, kind, j in marks if kind == "years"), None)
        coming = "sum" in kinds and MARKER["future"].search(self.text, a, b)
        if by is None and ("life" in kinds or coming):
            by = self._life_said(i)
        years = self.numbers[by].value if by is not None else None
        long = "life" in kinds or coming or (years or 0.0) >= _LONG_LIFE
        return Basis("lifetime" if long else "cumulative", years, by)

    def _life_said(self, i: int) -> int | None:
        """The life that stands anywhere in the text, the nearest first."""
        lives = [
            (abs(n.start - self.numbers[i].start), j)
            for j, n in enumerate(self.numbers)
            if n.kind == "year" and self._span_of_number(n, *self.clause(n.start)) == "years"
        ]
        return min(lives)[1] if lives else None

    def verb(self, i: int) -> str:
        """``save``, ``make``, ``use`` or ``storage``: what is done with the electricity of number `i`."""
        n = self.numbers[i]
        low, high = self.clause(n.start)
        back = _last(self.text, low, n.start, ("save", "make", "use", "storage"))
        if back:
            return back
        after = next((o.start for o in self.numbers[i + 1 :] if o.kind in AUDITED), high)
        ahead = _first(self.text, n.end, min(after, high), ("save", "make", "use", "storage"))
        if not ahead and VERB["efficiency"].search(self.text):
            # "Annual savings of the retrofit: 4,007 tce, 32.6 GWh": the word opens the whole list.
            ahead = _last(self.text, self.sentence(n.start)[0], n.start, ("save", "make"))
        return ahead

    def place(self) -> tuple[int, int] | None:
        """Where the first name of a place stands."""
        for match in _PLACE.finditer(self.text):
            span = match.span(1 if match[1] else 2)
            if not _MONTHS.fullmatch(self.text[span[0] : span[1]].split()[0]):
                return span
        return None

    def share_units(self) -> None:
        """A unit behind the second of two numbers holds for both; a range is no figure of a claim."""
        for one, two in reversed(list(pairwise(self.numbers))):
            joint = _SHARED.fullmatch(self.text, one.end, two.start)
            if one.kind or one.value is None or not joint or two.kind not in AUDITED | _COUNTED:
                continue
            if joint[1].casefold() in _RANGE:
                one.kind = two.kind = "range"
            elif two.kind == "mass":
                one.kind, one.value, one.substance = "mass", one.value * two.scale, two.substance
        for one, two in pairwise(self.numbers):  # "13,000 280-watt modules"
            apart = self.text[one.end : two.start].strip(" -")
            if not one.kind and not apart and two.kind == "watts" and _PANELS_BEHIND.match(self.text, two.end):
                one.kind = "panels"
        for n in self.numbers:
            if not n.kind and n.value is not None and _PANELS_BEFORE.search(self.text, max(0, n.start - 24), n.start):
                n.kind = "panels"

    def name_substances(self) -> None:
        """Give every mass its substance: fixed by its unit, just behind it, before it, or in a list of its own."""
        queue: list[str] = []
        for i, n in enumerate(self.numbers):
            if n.kind != "mass":
                continue
            if n.substance or self.take_direct(n):
                queue = []
                continue
            before = self._before(i)
            if not before and queue:
                n.substance = queue.pop(0)
                continue
            n.substance, queue = self._from_before(i, before)
            if not n.substance:
                after = next((o.start for o in self.numbers[i + 1 :]), len(self.text))
                seen = _named(self.text, n.end, min(after, self.clause(n.start)[1]))
                n.substance = next((name for name, _, _ in seen), "")

    def take_direct(self, n: Number) -> bool:
        """A substance just behind a unit: "930 tonnes of standard coal"; the number then ends behind it."""
        joint = _DIRECT.match(self.text, n.end)
        found = _SUBSTANCE.match(self.text, joint.end()) if joint else None
        if found is None and joint is not None and joint.end() > n.end:
            # The word "emissions" may itself have been passed over as one that joins.
            found = next((m for m in _SUBSTANCE.finditer(self.text, n.end, joint.end())), None)
        if found is None:
            return False
        n.substance, n.end = _SUBSTANCES[(found.lastindex or 1) - 1], found.end()
        return True

    def _before(self, i: int) -> list[tuple[str, int, int]]:
        first, _ = self.sentence(self.numbers[i].start)
        return _named(self.text, self.previous_end(i, first), self.numbers[i].start)

    def _from_before(self, i: int, before: list[tuple[str, int, int]]) -> tuple[str, list[str]]:
        """The substance of a mass from the words before it, and those left for the masses that follow."""
        strong = [found for found in before if found[0] not in WEAK] or before[-1:]
        if not strong:
            return "", []
        run = [strong[-1]]
        for found in reversed(strong[:-1]):
            if not _JOINED.fullmatch(self.text, found[2], run[0][1]) or found[0] == run[0][0]:
                break
            run.insert(0, found)
        if len(run) == 1:
            return run[0][0], []
        followers = 0
        for j in range(i + 1, len(self.numbers)):
            other = self.numbers[j]
            if other.kind != "mass" or other.substance or self._before(j) or self._has_direct(other):
                break
            followers += 1
        names = [name for name, _, _ in run]
        if followers + 1 == len(names):
            return names[0], names[1:]
        self.remarks.append(f"one figure for {', '.join(names)} together; it is taken as {names[0]}")
        return names[0], []

    def _has_direct(self, n: Number) -> bool:
        joint = _DIRECT.match(self.text, n.end)
        return bool(joint and _SUBSTANCE.match(self.text, joint.end()))


def _within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    i = bisect_right(spans, (at, len(spans) + at + 1)) - 1
    return i >= 0 and spans[i][0] <= at < spans[i][1]


def _between(cuts: Sequence[int], at: int, end: int) -> tuple[int, int]:
    i = bisect_right(cuts, at)
    return cuts[i - 1] + 1 if i else 0, cuts[i] if i < len(cuts) else end


def _near(at: int, span: tuple[int, int]) -> tuple[int, int]:
    return max(span[0], at - _REACH), min(span[1], at + _REACH)


def _named(text: str, a: int, b: int) -> list[tuple[str, int, int]]:
    return [(_SUBSTANCES[(m.lastindex or 1) - 1], m.start(), m.end()) for m in _SUBSTANCE.finditer(text, a, b)]


def _spots(text: str, a: int, b: int, names: Sequence[str]) -> list[tuple[int, int, str]]:
    """Places of verbs; of two that begin alike the longer one counts ("reduce consumption" is no use)."""
    found = sorted((m.start(), -m.end(), name) for name in names for m in VERB[name].finditer(text, a, b))
    kept: list[tuple[int, int, str]] = []
    for start, end, name in found:
        if not kept or start >= kept[-1][1]:
            kept.append((start, -end, name))
    return kept


def _last(text: str, a: int, b: int, names: Sequence[str]) -> str:
    spots = _spots(text, a, b, names)
    return spots[-1][2] if spots else ""


def _first(text: str, a: int, b: int, names: Sequence[str]) -> str:
    spots = _spots(text, a, b, names)
    return spots[0][2] if spots else ""
