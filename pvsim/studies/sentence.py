"""Read a published sentence into a claim: figures with their units, in English, Chinese and Italian.

`read_claim` gives the columns of ``claims.csv`` and loses no number: each one is in ``figures``, in
``factors``, or in ``unread``. Rules come from grammar and units alone.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from pvsim.errors import UsageError
from pvsim.studies.clauses import AUDITED, MARKER, VERB, Basis, Words
from pvsim.studies.vocabulary import WORDS, Clean, clean, decimal_sign, language, numbers, pattern

LONGEST_TEXT: Final = 5000  # characters
_COLUMN: Final = {
    "standard coal": "tce", "coal": "tce", "CO2": "co2_t", "carbon": "co2_t", "emissions": "co2_t",
    "SO2": "so2_t", "NOx": "nox_t", "dust": "dust_t", "raw coal": "raw_coal_t",
}  # fmt: skip
_TAKEN_AS: Final = {
    "coal": "coal of unstated kind is taken as standard coal",
    "carbon": "tonnes of carbon are taken as CO2",
    "emissions": "emissions of unstated kind are taken as CO2",
    "raw coal": "raw coal: not standard coal",
}
_KIND: Final = {name: pattern(words) for name, words in WORDS["kind"].items()}
_ABOUT: Final = pattern(r"(?:about|around|approximately|circa|约)\s*$")
_ANNUAL_BEHIND: Final = pattern(r"\s*(?:of (?:clean |green )?electricity )?(?:" + WORDS["marker"]["annual"] + ")")
_MOST_KG_PER_KWH: Final = 10.0  # a mass per kWh above this is no factor
_LARGEST: Final = 1e15
_OF_A_PANEL: Final = frozenset(
    ("of", "da", "di", "with", "each of", "x", "\N{MULTIPLICATION SIGN}", "*")
)  # "5,000 modules of 1,200 W"
_PANEL_W: Final = (50.0, 1000.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that was understood; ``column`` is empty where the audit has no use for it."""

    column: str
    value: float
    text: str
    meaning: str
    bound: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as a claim, with every figure found and what was not understood.

    ``factors`` are the factors that the text names: value, ``kgCO2/kWh`` or ``kgce/kWh``, year or None.
    """

    claim: dict[str, float | str]
    figures: tuple[Figure, ...]
    unread: tuple[str, ...]
    notes: tuple[str, ...]
    factors: tuple[tuple[float, str, int | None], ...] = ()


@dataclass(slots=True)
class _Draft:
    """A reading while it is made."""

    source: Clean
    words: Words
    bases: dict[int, Basis] = field(default_factory=dict)
    claim: dict[str, float | str] = field(default_factory=dict)
    figures: dict[int, Figure] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    factors: list[tuple[float, str, int | None]] = field(default_factory=list)
    bounds: dict[str, list[str]] = field(default_factory=lambda: {"over": [], "nearly": []})

    def note(self, text: str) -> None:
        if text and text not in self.notes:
            self.notes.append(text)

    def figure(self, i: int, column: str, meaning: str, value: float | None = None) -> None:
        n = self.words.numbers[i]
        text = self.words.text
        start, behind = n.start, _ANNUAL_BEHIND.match(text, n.end)
        if (about := _ABOUT.search(text, max(0, start - 20), start)) is not None:
            start = about.start()
        end = behind.end() if behind and n.kind in ("energy", "mass") else n.end
        shown = (n.value or 0.0) if value is None else value
        self.figures[i] = Figure(column, shown, self.source.written(start, end), meaning, n.bound)

    def put(self, i: int, column: str, meaning: str, value: float | None = None) -> bool:
        """One figure into its column; of two different ones the first stays."""
        n = self.words.numbers[i]
        amount = (n.value or 0.0) if value is None else value
        held = self.claim.get(column)
        if held is not None and held != amount:
            written = self.source.written(n.start, n.end)
            self.note(f"two figures for {meaning}: {written} was not used")
            self.figure(i, "", f"{meaning}: a second figure, not used", amount)
            return False
        self.figure(i, column, meaning, amount)
        if held is None:
            self.claim[column] = amount
            if n.bound:
                self.bounds[n.bound].append(column)
        return True

    def lose(self, i: int, why: str = "") -> None:
        n = self.words.numbers[i]
        a, b = max(0, n.start - 12), min(len(self.words.text), n.end + 12)
        self.unread.append(" ".join(self.source.written(a, b).split()))
        self.note(why)


def read_claim(text: str) -> Reading:
    """The figures of a published sentence or short paragraph, as a claim with the columns of ``claims.csv``.

    Raises
    ------
    UsageError
        For an empty text, one of more than 5,000 characters, and one without a figure that an audit can use.

    Examples
    --------
    >>> read_claim("8000 panels, 2.6 million kWh a year, 930 tce").claim["annual_kwh"]
    2600000.0
    """
    if not text.strip():
        raise UsageError("the text to read is empty; give a sentence with figures, such as " + _SAMPLE)
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"the text has {len(text)} characters, at most {LONGEST_TEXT} are read; give the sentences")
    source = clean(text)
    said = language(source.text)
    sign = decimal_sign(source.text, said)
    draft = _Draft(source, Words(source.text, numbers(source.text, sign)))
    for n in draft.words.numbers:
        draft.note(n.remark)
    draft.words.share_units()
    draft.words.name_substances()
    _find_factors(draft)
    _find_bases(draft)
    for i in range(len(draft.words.numbers)):
        if i not in draft.figures:
            _read_number(draft, i)
    _read_masses(draft)
    return _finished(draft, text)


_SAMPLE: Final = '"8000 panels, 2.6 million kWh a year, 930 tonnes of standard coal"'


def _find_factors(draft: _Draft) -> None:
    """Kilograms for each kWh: factors that the text names, never tonnes of the claim."""
    words, before = draft.words, -1
    for i, n in enumerate(words.numbers):
        if n.kind != "mass" or n.value is None:
            continue
        low, _ = words.clause(n.start)
        if i and words.numbers[i - 1].kind == "energy" and words.numbers[i - 1].value == 1.0:
            low = min(low, words.clause(words.numbers[i - 1].start)[0])  # "for each 1 kWh, 0.997 kg"
        behind = VERB["behind_each"].match(words.text, n.end)
        small = n.value * 1e3 <= _MOST_KG_PER_KWH
        # "for each kWh 0.4 kg of coal, 0.997 kg of CO2": the words before the first hold for the next one.
        ahead = small and (VERB["each"].search(words.text, low, n.start) or (before >= 0 and before == i - 1))
        if not behind and VERB["per_other"].match(words.text, n.end):
            draft.figure(i, "", "factor: tonnes for each unit of something, not audited")
        elif behind or ahead:
            before = i
            per = 1e3 if behind and behind["unit"][0] in "mM兆" else 1.0
            _take_factor(draft, i, round(n.value * 1e3 / per, 12))


def _take_factor(draft: _Draft, i: int, value: float) -> None:
    words, n = draft.words, draft.words.numbers[i]
    column = _COLUMN.get(n.substance, "")
    unit = {"tce": "kgce/kWh", "co2_t": "kgCO2/kWh"}.get(column, "")
    draft.figure(i, "", f"factor: {unit or 'of an unstated substance'}", value)
    if unit:
        a, b = words.clause(n.start)
        years = [(abs(d.start - n.start), d.year) for d in words.numbers if d.year and a <= d.start < b]
        draft.factors.append((value, unit, min(years)[1] if years else None))


def _find_bases(draft: _Draft) -> None:
    """The span of every energy and mass: said by its words, else that of the one before it in the sentence."""
    words, last, stop = draft.words, Basis(), -1
    for i, n in enumerate(words.numbers):
        if n.kind not in ("energy", "mass") or i in draft.figures:
            continue
        first = sum(s < n.start for s in words.stops)  # which sentence it is
        basis = words.basis(i)
        if not basis.kind and (first == stop or n.kind == "mass") and last.kind != "day":
            basis = last
        draft.bases[i] = basis
        if basis.kind:
            last, stop = basis, first


def _read_number(draft: _Draft, i: int) -> None:
    n = draft.words.numbers[i]
    text = draft.words.text
    minus = n.start > 0 and text[n.start - 1] in "-\u2212" and not text[max(0, n.start - 2) : n.start - 1].strip()
    if n.value is None or not n.kind or (n.kind in AUDITED and (minus or not 0 < n.value <= _LARGEST)):
        digits = draft.source.written(n.start, n.digits_end)
        draft.lose(i, f"{digits} is not one number that can be read" if n.value is None else "")
    elif n.kind == "energy":
        _read_energy(draft, i)
    elif n.kind in ("power", "apparent", "watts"):
        _read_power(draft, i)
    elif n.kind == "panels":
        if n.value.is_integer():
            draft.put(i, "panels", "panels")
        else:
            draft.lose(i, f"{n.value:g} panels is no whole number")
    elif n.kind == "square metres" and n.value > 1.0:  # "for each square metre" is no area
        draft.put(i, "area_m2", "area")
    elif n.kind == "range":
        draft.figure(i, "", "one end of a range: not used")
        draft.note("a range was printed: neither of its ends was used")
    elif n.kind == "toe":
        draft.figure(i, "", "oil equivalent: not audited")
        draft.note("tonnes of oil equivalent (tep, toe) are not tonnes of standard coal")
    elif n.kind == "date":
        draft.figure(i, "", "date")
    elif n.kind != "mass":
        draft.figure(i, "", f"{n.kind}: not audited")


def _read_energy(draft: _Draft, i: int) -> None:
    words, n, basis = draft.words, draft.words.numbers[i], draft.bases[i]
    verb = words.verb(i)
    one = n.value == 1.0 or MARKER["per_unit"].search(words.text, words.previous_end(i, words.part(i)[0]), n.start)
    if one or basis.kind == "day" or verb in ("use", "storage"):
        meaning = "of a day" if basis.kind == "day" else f"of {verb}" if verb in ("use", "storage") else "for each unit"
        draft.figure(i, "", f"energy {meaning}: not audited".replace("of use", "used"))
        return
    if verb == "save":
        if not VERB["solar"].search(words.text) or _another_is_made(draft, i):
            draft.put(i, "saved_kwh", "electricity saved")
            return
        draft.note("electricity 'saved' by a plant that generates is taken as generated")
    if basis.kind in ("lifetime", "cumulative"):
        if draft.put(i, "total_kwh", f"energy, {basis.kind}") and basis.years:
            draft.claim["basis_years"] = round(basis.years, 4)
            draft.claim["lifetime_or_annual"] = basis.kind
            if basis.said_by is not None and words.numbers[basis.said_by].kind != "date":
                draft.figure(basis.said_by, "basis_years", "years of the energy", round(basis.years, 4))
        return
    if not basis.kind:
        draft.note("the text does not say which span the energy belongs to; it is taken as that of a year")
    draft.put(i, "annual_kwh", "energy of a year")


def _another_is_made(draft: _Draft, i: int) -> bool:
    """Whether another energy of the text is said to be generated."""
    return any(
        j != i and draft.words.verb(j) == "make" for j, n in enumerate(draft.words.numbers) if n.kind == "energy"
    )


def _read_power(draft: _Draft, i: int) -> None:
    words, n = draft.words, draft.words.numbers[i]
    text, value = words.text, n.value or 0.0
    low, _ = words.part(i)
    before = text[words.previous_end(i, low) : n.start]
    if n.kind == "watts":
        behind_panels = i > 0 and words.numbers[i - 1].kind == "panels" and before.strip() in _OF_A_PANEL
        if behind_panels or VERB["of_a_panel"].search(before):
            draft.put(i, "panel_wp", "power of a panel")
            return
        peak = text[n.start : n.end].casefold().rstrip().endswith(("p", "peak", "picco", "峰"))
        if _PANEL_W[0] <= value <= _PANEL_W[1] and (peak or VERB["solar"].search(text) or _has_panels(words)):
            draft.put(i, "panel_wp", "power of a panel")
            return
        value /= 1e3
        if value < 1.0:
            draft.figure(i, "", "power in W: not audited")
            return
    many = i > 0 and words.numbers[i - 1].kind == "sites"  # "12 inverters of 300 kW"
    beside = text[max(low, words.numbers[i - 1].start) : n.start] if many else before
    if VERB["storage"].search(beside) or VERB["storage_behind"].match(text, n.end):
        draft.figure(i, "", "power of storage or inverters: not audited")
    elif VERB["make"].search(before) and MARKER["annual"].search(before) and not VERB["capacity"].search(before):
        draft.lose(i, "a yearly output printed in kW or MW is no energy; it was not read")
    else:
        if n.kind == "apparent":
            draft.note("capacity in kVA is AC")
        draft.put(i, "capacity_kwp", "capacity", value)


def _has_panels(words: Words) -> bool:
    return any(n.kind == "panels" for n in words.numbers) or bool(re.search(r"panel|modul|pannell", words.text, re.I))


def _read_masses(draft: _Draft) -> None:
    """Tonnes of one span: that of the most substances; those of another span are said, not used."""
    words, claim = draft.words, draft.claim
    own = "saved" if "saved_kwh" in claim else "annual" if "annual_kwh" in claim else ""
    masses = {
        i: draft.bases[i].kind
        for i, n in enumerate(words.numbers)
        if i not in draft.figures and i in draft.bases and n.kind == "mass" and n.value and 0 < n.value <= _LARGEST
    }
    counts = Counter(kind for kind in masses.values() if kind)
    main = max(counts, key=lambda kind: (counts[kind], kind == "annual")) if counts else ""
    for i, kind in masses.items():
        substance = words.numbers[i].substance
        if not substance:
            draft.lose(i, "tonnes of an unstated substance were not used")
        elif kind and kind != main:
            draft.figure(i, "", f"{substance}, {kind}: not used")
            draft.note(f"tonnes of two spans: those that are {kind} were not used")
        else:
            draft.note(_TAKEN_AS.get(substance, ""))
            draft.put(i, _COLUMN[substance], substance)
    energies = [draft.bases[i].kind for i, f in draft.figures.items() if f.column in ("annual_kwh", "total_kwh")]
    span = main or ("annual" if own else energies[0] if energies else "unstated")
    claim["lifetime_or_annual"] = span
    if main == "annual" and energies and "annual" not in energies and "" not in energies and "saved_kwh" not in claim:
        draft.note(f"bases mixed: the energy is {energies[0]}, the tonnes are of a year")


def _finished(draft: _Draft, text: str) -> Reading:
    claim, words = draft.claim, draft.words
    if not any(isinstance(value, float) for value in claim.values()) and not draft.factors:
        seen = ", ".join(words.text[n.start : n.end] for n in words.numbers[:12]) or "no number"
        raise UsageError(
            f"no figure was understood that an audit can use; found {seen}; understood are panels, W, kWp, MW, kWh, "
            f"tonnes of standard coal, CO2, SO2, NOx or dust in English, Chinese or Italian, such as {_SAMPLE}"
        )
    for bound, columns in draft.bounds.items():
        if columns:
            claim[bound] = " ".join(columns)
    dates = [n for n in words.numbers if n.kind == "date" and n.iso]
    started = [n for n in dates if MARKER["start"].search(words.text, *words.clause(n.start))]
    dates = [n for n in dates if n.year not in {year for _, _, year in draft.factors}]  # that is a factor's own
    past = [n for n in dates if not MARKER["until"].search(words.text, max(0, n.start - 16), n.start)]
    if started or past:
        claim["date"] = (started or past)[0].iso
    if (place := words.place()) is not None:
        claim["place"] = draft.source.written(*place).lstrip("于在")
    if isinstance(panels := claim.get("panels"), float):
        claim["panels"] = int(panels)
    if kind := _kind(draft):
        claim["kind"] = kind
    claim["quote"] = text
    notes = list(dict.fromkeys([*draft.notes, *words.remarks]))
    figures = tuple(draft.figures[i] for i in sorted(draft.figures))
    return Reading(claim, figures, tuple(draft.unread), tuple(notes), tuple(draft.factors))


def _kind(draft: _Draft) -> str:
    if "saved_kwh" in draft.claim and not {"annual_kwh", "total_kwh"} & set(draft.claim):
        return "efficiency"
    return next((name for name, words in _KIND.items() if words.search(draft.words.text)), "")
