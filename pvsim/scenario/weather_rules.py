"""Rules between the keys of [weather]: a file needs its path, a provider its years; keys of one source mean nothing to
another.

As in ``rules``, types are not trusted and None counts as not given.
"""

from __future__ import annotations

from collections.abc import Iterator

from pvsim.scenario.fault import Fault, Given, sequence
from pvsim.scenario.wording import listed, quoted

FILE_KEYS = ("format", "label", "columns")
CSV_KEYS = ("label", "columns")
CLIMATE_KEYS = ("year", "station", "seed", "random_years", "step_minutes")
YEAR_KEYS = ("start_year", "end_year")
PROVIDERS = ("pvgis", "nasa-power", "era5", "cams", "openmeteo")  # of the weather room; a test holds them together
TYPICAL = ("pvgis",)  # those that have a typical year, and need no years


def weather_faults(weather: Given) -> Iterator[Fault]:
    """What contradicts itself in [weather], or lacks its other half."""
    source = weather.get("source", "climate")
    yield from _year_faults(weather, source)
    yield from _address_faults(weather, source)
    if source == "climate":
        yield from _climate_faults(weather)
        return
    given = "a file" if source == "file" else f"source {quoted(str(source))}"
    for key in CLIMATE_KEYS:
        if _has(weather, key) and not (key == "station" and weather.get("level") == "climate"):
            yield Fault((key,), f"given together with {given}", f'{key} belongs to source = "climate"')
    if source in PROVIDERS:
        yield from _file_keys_without_file(weather, ("path", *FILE_KEYS))
    else:
        yield from _file_faults(weather, source)


def _has(weather: Given, key: str) -> bool:
    return weather.get(key) is not None


def _file_faults(weather: Given, source: object) -> Iterator[Fault]:
    """Of a file beside the scenario, or at an address."""
    kind = weather.get("format")
    if source == "file" and not _has(weather, "path"):
        yield Fault(("path",), "missing", 'source = "file" needs path')
    if source == "url" and _has(weather, "path"):
        yield Fault(("path",), "given together with url", "one of them: a file beside the scenario, or an address")
    if kind == "csv" and not _has(weather, "label"):
        yield Fault(
            ("label",), "missing", 'format = "csv" needs label: "start", "center", "end" or "instant"',
            "where does the time of a row stand in its interval? It is never guessed",
        )  # fmt: skip
    if isinstance(kind, str) and kind != "csv":
        for key in CSV_KEYS:
            if _has(weather, key):
                yield Fault((key,), f"given with format {quoted(kind)}", f'{key} belongs to format = "csv"')


def _file_keys_without_file(weather: Given, keys: tuple[str, ...]) -> Iterator[Fault]:
    for key in keys:
        # the files of an ensemble may be CSV, too
        if _has(weather, key) and not (key in CSV_KEYS and weather.get("ensemble")):
            yield Fault(
                (key,), "given without a file", f'{key} belongs to source = "file"', 'add source = "file" or remove it'
            )


def _climate_faults(weather: Given) -> Iterator[Fault]:
    """The climate is stated once, and a seed names a random year."""
    yield from _file_keys_without_file(weather, FILE_KEYS)
    if _has(weather, "path") and _has(weather, "station"):
        yield Fault(
            ("path",),
            "given together with station",
            "the climate is stated once: a climate file of your own, or a shipped station",
            "remove one of them",
            also=("station",),
        )
    path = weather.get("path")
    if isinstance(path, str) and not path.casefold().endswith(".json"):
        yield Fault(
            ("path",),
            f"{quoted(path)} is no climate file",
            "a .json that pvsim weather climate has written",
            'a weather file needs source = "file"',
        )
    if _has(weather, "seed") and weather.get("year") != "random" and not _has(weather, "random_years"):
        yield Fault(
            ("seed",), "given for a typical year", 'seed belongs to year = "random" or random_years',
            'write year = "random" or remove it',
        )  # fmt: skip
    if weather.get("level") == "climate":
        yield Fault(("level",), "given without a file", 'level = "climate" belongs to source = "file" or a provider')


def _address_faults(weather: Given, source: object) -> Iterator[Fault]:
    """An address is of its own source, and https."""
    if _has(weather, "url") != (source == "url"):
        found = "missing" if source == "url" else f"given with source {quoted(str(source))}"
        yield Fault(("url",), found, 'source = "url" needs url, and nothing else has it')
    address = weather.get("url")
    if isinstance(address, str) and not address.startswith("https://"):
        scheme = address.partition(":")[0]  # no more: the rest may hold a login
        yield Fault(("url",), f"it starts with {quoted(scheme)}", "an address that starts with https://")


def _year_faults(weather: Given, source: object) -> Iterator[Fault]:
    """Years are asked of providers, and all but PVGIS need them."""
    start, end = (weather.get(key) for key in YEAR_KEYS)
    members = [str(m).removesuffix("@climate") for m in sequence(weather.get("ensemble"))]
    asked = {str(source), *members} & set(PROVIDERS)
    for key in YEAR_KEYS:
        if _has(weather, key) and not asked:
            yield Fault((key,), "given without a provider", f"{key} belongs to a provider: {listed(PROVIDERS)}")
    needs = sorted(asked - set(TYPICAL))
    if needs and start is None:
        what = f"{listed(needs)}: years are needed, as there is no typical one"
        yield Fault(("start_year",), "missing", what, "add start_year, and end_year for several years")
    elif asked and end is not None and start is None:
        yield Fault(("end_year",), "given without start_year", "the first of the years, too", "add start_year")
    if isinstance(start, int) and isinstance(end, int) and end < start:
        yield Fault(("end_year",), f"{end} is before start_year = {start}", "end_year from start_year on")
