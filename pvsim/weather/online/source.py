"""Weather of a provider: from the cache, or fetched, checked against what was asked, and kept."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pvlib

from pvsim import __version__
from pvsim.errors import WeatherError
from pvsim.weather.china import clock_of
from pvsim.weather.files import READERS, recognised, weather_of
from pvsim.weather.online import cache
from pvsim.weather.online.address import checked_url, own_bytes
from pvsim.weather.online.cache import Side
from pvsim.weather.online.plan import AIR_OF, address_identity, asked_of, identity_of, names_of
from pvsim.weather.online.providers import Asked, Provider, provider_of
from pvsim.weather.online.secrets import redacted
from pvsim.weather.online.transport import words_of
from pvsim.weather.plain import read_csv
from pvsim.weather.record import Weather
from pvsim.weather.sources import Source
from pvsim.weather.table import FileRequest, OnlineRequest, Place, Table
from pvsim.weather.text import text_of

LEAST_ROWS = 0.9  # of the hours that were asked: years that have just ended lack their last days
DAY_S = 86_400
LATE_ROWS = 48  # hours without a value at the end: the night of the clock, and a day
MOST_KEPT = 8


@dataclass(frozen=True)
class Answer:
    """An answer, checked; whether it came from the cache, and is in it now; and what a reader must know of it."""

    side: Side
    table: Table
    cached: bool
    notes: tuple[str, ...]
    kept: bool = True
    title: str = ""
    use: str = ""
    terms: str = ""


def online_weather(online: OnlineRequest, request: FileRequest) -> Weather:
    """The weather of a provider or an address, for the roof's place.

    Parameters
    ----------
    online : who is asked, and for which years
    request : the place, and what else a weather file is asked for

    Raises
    ------
    WeatherError
        Nothing can be had, with the reason; or as of ``files.read_weather``.
    """
    return weather_from(online, request, answers_of(online, request))


def weather_from(online: OnlineRequest, request: FileRequest, answers: tuple[Answer, ...]) -> Weather:
    """The weather that answers hold, for the roof's place.

    Raises
    ------
    WeatherError : as of ``files.weather_of``
    """
    table = answers[0].table if len(answers) == 1 else with_air(answers[0].table, answers[1].table)
    request, told = _on_clock(online, request)
    weather = weather_of(table, request, (*told, *dict.fromkeys(n for a in answers for n in a.notes)))
    made = weather.sources[0].method
    what = ("all series",) if len(answers) == 1 else ("irradiance", "temperature and wind")
    sources = tuple(
        Source(
            ingredient, a.table.issuer, f"{a.title} {a.side.version}: {a.side.dataset}, fetched {a.side.fetched}",
            a.table.years, f"{made if i == 0 else ''}sha256 {a.side.sha256}; terms: {a.terms}", f"as given; {a.use}",
        )
        for i, (ingredient, a) in enumerate(zip(what, answers, strict=True))
    )  # fmt: skip
    return replace(weather, source=online.source, sources=sources)


def answers_of(online: OnlineRequest, request: FileRequest) -> tuple[Answer, ...]:
    """The answers that a weather is made of: one, or one for the light and one for the air.

    Raises
    ------
    WeatherError
    """
    if online.source == "url":
        return (_of_address(online, request),)
    place = request.place
    if place is None:
        raise WeatherError("weather from a provider needs a place: latitude and longitude")
    return tuple(_of_provider(provider_of(name), place, online, request) for name in names_of(online.source))


def _on_clock(online: OnlineRequest, request: FileRequest) -> tuple[FileRequest, tuple[str, ...]]:
    """Providers speak UTC, whose days are nobody's: those of the place, where its clock is known."""
    place = request.place
    if online.source == "url" or request.utc_offset_minutes is not None or place is None:
        return request, ()
    offset = clock_of(place.latitude, place.longitude)
    if offset is None:
        return request, (
            "its days, loads and prices are those of UTC: [site] tz does not say which clock is kept; write it there",
        )
    return replace(request, utc_offset_minutes=offset), ()


# --- a provider ----------------------------------------------------------------------------------------------


def _of_provider(provider: Provider, place: Place, online: OnlineRequest, file: FileRequest) -> Answer:
    asked = asked_of(provider, place, online.start_year, online.end_year)
    years = "a typical year" if asked.years is None else "-".join(dict.fromkeys(map(str, asked.years)))

    def get() -> bytes:
        _refuse_unfinished(provider, asked)
        return provider.get(provider, provider.request(asked))

    def read(raw: bytes) -> Table:
        try:
            table = READERS[provider.format](provider.title, _text(provider.title, raw))
        except WeatherError as error:
            said = str(error)
        else:
            _refuse_other(provider, asked, table)
            return replace(table, dataset=table.dataset or provider.data)
        raise WeatherError(redacted(said, provider.secrets()))  # without its cause, which may quote the answer, too

    def fits(table: Table) -> None:
        _refuse_late_gap(table)
        if provider.name not in AIR_OF:  # a half alone is no weather
            weather_of(table, file, ())

    words = f"{provider.title}, {years} at {asked.latitude:g}, {asked.longitude:g}"
    wanted = _Wanted(provider.name, provider.version, identity_of(provider, asked), words, _account(provider))
    answer = _kept_or(wanted, online, get, read, fits)
    free = provider.key_optional and not answer.side.account
    notes = (
        *answer.notes,
        *([provider.caution] if free and provider.caution else []),
        *_other_version(provider, answer),
    )
    use = provider.use if free or not provider.key_optional else "fetched with a customer's key"
    return replace(answer, title=provider.title, use=use, terms=provider.terms, notes=notes)


def _account(provider: Provider) -> bool:
    """Whether a key goes with requests to a provider that answers without, too."""
    return provider.key_optional and bool(provider.secrets())


def _refuse_unfinished(provider: Provider, asked: Asked) -> None:
    """Refuse to ask for a year that has not ended.

    Raises
    ------
    WeatherError
    """
    this = datetime.now(UTC).year
    if asked.years is not None and asked.years[1] >= this:
        raise WeatherError(f"{provider.title}: {asked.years[1]} has not ended; ask for years up to {this - 1}")


def _refuse_late_gap(table: Table) -> None:
    """Refuse an answer whose last days are not out yet: it would be kept, and never be whole.

    Raises
    ------
    WeatherError
    """
    for name in ("ghi", "temp_air"):
        known = np.flatnonzero(np.isfinite(table.columns[name]))
        if known.size and table.stamps.size - known[-1] > LATE_ROWS:
            day = str(np.datetime64(int(table.stamps[known[-1]]), "s"))[:10]
            raise WeatherError(
                f"{table.name}: {name} ends on {day}; what follows is not out yet. Nothing of it is used or kept: ask "
                "for earlier years, or again later"
            )


def _other_version(provider: Provider, answer: Answer) -> tuple[str, ...]:
    """A warning where an answer names another version of the interface; NASA POWER has none in its address."""
    said = re.search(r"\bAPI v(\d+)", answer.side.dataset)
    if said is None or said[1] == provider.version:
        return ()
    return (f"{provider.title} answered by version {said[1]} of its interface; version {provider.version} is expected",)


def _text(title: str, raw: bytes) -> str:
    """The text of an answer; a page is none, whoever put it there.

    Raises
    ------
    WeatherError
    """
    if not raw.strip():
        raise WeatherError(f"{title}: returned an empty answer; nothing is kept: try again later")
    try:
        text, _, _ = text_of(title, raw)
    except WeatherError:
        raise WeatherError(f"{title}: returned bytes that are no text; nothing is kept: try again later") from None
    if text.lstrip().startswith("<"):
        words = words_of(raw)
        said = f": {words}" if words else "; is a log-in page of your network in between?"
        raise WeatherError(f"{title}: returned {'XML' if words else 'HTML'} instead of weather{said}")
    return text


def _refuse_other(provider: Provider, asked: Asked, table: Table) -> None:
    """An answer is for the place and the years that were asked.

    Raises
    ------
    WeatherError
    """
    place, most = table.place, provider.tolerance_deg()
    if place is None or max(abs(place.latitude - asked.latitude), abs(place.longitude - asked.longitude)) > most + 1e-6:
        there = "an unknown place" if place is None else f"{place.latitude:g}, {place.longitude:g}"
        raise WeatherError(
            f"{table.name}: answered for {there}; {asked.latitude:g}, {asked.longitude:g} was asked. Nothing of it is "
            "used or kept: try again later"
        )
    if table.typical != (asked.years is None):
        found, wanted = (
            ("a typical year", "a series of years") if table.typical else ("a series of years", "a typical year")
        )
        raise WeatherError(f"{table.name}: answered with {found}; {wanted} was asked. Nothing of it is used or kept")
    if table.utc_offset_minutes != 0:
        raise WeatherError(f"{table.name}: answered on another clock than UTC, which was asked; nothing of it is kept")
    first, last = asked.years or (2025, 2025)
    begin, end = (int(np.datetime64(f"{y}-01-01", "s").astype(np.int64)) for y in (first, last + 1))
    hours = (end - begin) // 3600
    rows, stamps = table.stamps.size, table.stamps
    if not LEAST_ROWS * hours <= rows <= hours + 24:
        raise WeatherError(
            f"{table.name}: {rows} rows; {hours} hours were asked. Nothing of it is used or kept: ask for years that "
            "have ended"
        )
    if asked.years is not None and not (begin - DAY_S <= stamps.min() and stamps.max() <= end + DAY_S):
        raise WeatherError(f"{table.name}: answered for other years than {first} to {last}; nothing of it is kept")


# --- the cache -----------------------------------------------------------------------------------------------

_unkept: OrderedDict[str, tuple[Side, bytes]] = OrderedDict()  # of this process, where the cache cannot be written


@dataclass(frozen=True)
class _Wanted:
    """An entry of the cache that is wanted: whose, of which version, its identity, the same in words, with a key."""

    provider: str
    version: str
    identity: Mapping[str, Any]
    words: str
    account: bool = False

    @property
    def key(self) -> str:
        return cache.key_of(self.identity)


def _kept_or(
    wanted: _Wanted,
    online: OnlineRequest,
    get: Callable[[], bytes],
    read: Callable[[bytes], Table],
    fits: Callable[[Table], object],
) -> Answer:
    """What the cache has, or else what the provider sends, which is checked before it is kept.

    Raises
    ------
    WeatherError
    """
    notes, spoilt = tuple[str, ...](), ""
    if not online.refresh:
        entry = cache.look_up(wanted.provider, wanted.key)
        if entry is not None and entry.fault is None and entry.side is not None and entry.raw is not None:
            if online.offline or entry.side.account >= wanted.account:  # what a customer's key fetches has other terms
                return Answer(entry.side, _read_kept(entry.name, entry.raw, read), True, ())
        elif wanted.key in _unkept:
            side, raw = _unkept[wanted.key]
            return Answer(side, read(raw), True, (), kept=False)
        elif entry is not None:
            done = "was set aside" if cache.set_aside(entry) else "cannot be set aside"
            notes = (f"the cache's entry {entry.name} {done}: {entry.fault}; it was fetched again",)
            spoilt = f" (its entry {done}: {entry.fault})"
    if online.offline:
        raise WeatherError(
            f"{wanted.words}: not in the cache{spoilt}, entry {wanted.provider}-{wanted.key}, and --offline forbids to "
            "fetch it; fetch it once with a network: pvsim weather fetch"
        )
    raw = get()
    table = read(raw)
    fits(table)
    return _kept(wanted, raw, table, notes)


def _read_kept(name: str, raw: bytes, read: Callable[[bytes], Table]) -> Table:
    """What an entry of the cache holds; it could be read when it was fetched, by that version of pvsim.

    Raises
    ------
    WeatherError
    """
    try:
        return read(raw)
    except WeatherError as error:
        said = str(error)
    raise WeatherError(f"{said} (the cache's entry {name}; pvsim weather fetch --refresh asks again)")


def _kept(wanted: _Wanted, raw: bytes, table: Table, notes: tuple[str, ...]) -> Answer:
    """An answer that was fetched, put into the cache if that can be done."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    side = Side(
        wanted.key, wanted.provider, wanted.version, table.dataset or table.station, wanted.words, wanted.identity, now,
        cache.sha256_of(raw), len(raw), __version__, pvlib.__version__, wanted.account,
    )  # fmt: skip
    failed = cache.store(side, raw)
    if failed is not None:
        notes += (failed,)
        _unkept[wanted.key] = side, raw
        while len(_unkept) > MOST_KEPT:
            _unkept.popitem(last=False)
    return Answer(side, table, False, notes, kept=failed is None)


# --- an address ----------------------------------------------------------------------------------------------


def _of_address(online: OnlineRequest, request: FileRequest) -> Answer:
    url = checked_url(online.url or "")
    if not online.network and not online.offline:
        raise WeatherError(
            'source = "url" asks an address that the scenario names: allow it with --allow-network, or fetch the file '
            'yourself, put it next to the scenario and write source = "file"'
        )
    name = Path(url.partition("?")[0]).name or "weather"

    def read(raw: bytes) -> Table:
        text, _, notes = text_of(name, raw)
        kind = request.format or recognised(name, text)
        if kind in READERS:
            table = READERS[kind](name, text)
        else:  # measured columns need a file beside the scenario, as the rules say
            table = read_csv(name, text, label=request.label, columns=request.columns, measured={})
        return replace(table, notes=(*notes, *table.notes))

    wanted = _Wanted("url", "1", address_identity(url), url)
    answer = _kept_or(wanted, online, lambda: own_bytes(url), read, lambda _: None)
    return replace(answer, title=url, use="on whose terms is not known", terms="those of whoever offers it")


# --- two answers ---------------------------------------------------------------------------------------------


def with_air(light: Table, air: Table) -> Table:
    """The light of one table with the temperature and the wind of another, for the same rows; both have UTC hours."""
    if light.label != air.label:
        raise WeatherError(f"{light.name} and {air.name} do not mean the same rows: {light.label}, {air.label}")
    order = np.argsort(air.stamps, kind="stable")
    at = np.clip(np.searchsorted(air.stamps[order], light.stamps), 0, air.stamps.size - 1)
    rows = order[at]
    same = air.stamps[rows] == light.stamps
    columns = dict(light.columns)
    for name in ("temp_air", "wind_speed"):
        columns[name] = np.where(same, air.columns[name][rows], np.nan)
    told = f"{light.name} has no temperature and wind: those of {air.name} stand beside its light"
    return replace(light, columns=columns, notes=(*light.notes, *air.notes, told))
