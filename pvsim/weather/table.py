"""What is asked of a weather file, and what it says before anything in it is judged: stamps, columns, label, place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LABELS = ("start", "center", "end", "instant")


def kind_of(column: str) -> str:
    """What a column measures, by the name under which it is kept: "irradiance", "temperature" or "wind"."""
    if column.startswith(("temp", "module_temperature")):
        return "temperature"
    return "wind" if column == "wind_speed" else "irradiance"


@dataclass(frozen=True)
class Place:
    """Degrees, degrees and m; an altitude of None is not known."""

    latitude: float
    longitude: float
    altitude: float | None = None


@dataclass(frozen=True)
class Table:
    """The rows of a file, N of them, in its own order.

    Attributes
    ----------
    name : of the file
    format : of ``files.FORMATS``
    stamps : (N,) seconds since 1970-01-01 00:00 UTC, as printed in the file
    columns : (N,) each, by pvlib's names; a gap is NaN, missing codes are gaps already
    label : where in its row a stamp lies: "start", "center", "end"; "instant" for values of a moment
    utc_offset_minutes : of the clock in which the stamps are printed
    place : where the weather holds; None where the file does not say
    station, issuer : what the file calls its place and who made it
    years : the years it stands for
    typical : months may come from different years; the year is written as 2025 and must be whole
    stated : the label was given by the user, so that a contradiction is an error and not a correction
    shift_minutes : from a stamp of "instant" to the moment of its irradiance
    step_minutes : of the rows, where the file declares it
    notes : what a reader of the result must know
    dataset : which data a service took, and which version of them
    """

    name: str
    format: str
    stamps: NDArray[np.int64]
    columns: Mapping[str, Array]
    label: str
    utc_offset_minutes: int
    place: Place | None
    station: str
    issuer: str
    years: str
    typical: bool
    stated: bool = False
    shift_minutes: float = 0.0
    step_minutes: int | None = None
    notes: tuple[str, ...] = field(default=())
    dataset: str = ""


@dataclass(frozen=True)
class OnlineRequest:
    """What is asked of the network.

    Attributes
    ----------
    source : name of a provider, or "url"
    start_year, end_year : whole years in UTC; None is a typical one, or the year that starts
    url : of a file, for the source "url"
    offline : only what is in the cache
    network : an address of the scenario's own may be asked
    refresh : ask again, whatever the cache has
    """

    source: str
    start_year: int | None = None
    end_year: int | None = None
    url: str | None = None
    offline: bool = False
    network: bool = False
    refresh: bool = False


@dataclass(frozen=True)
class FileRequest:
    """What is asked of a weather file.

    Attributes
    ----------
    path : of the file
    place : where the roof is, for which the sun is computed; None takes the file's own
    format : of ``files.FORMATS``; None looks at the content
    label : of CSV rows
    columns : from pvlib's names to the headers of a CSV
    poa : headers of measured in-plane irradiance
    temperature : headers of measured temperature of the module's back
    without_ghi : no roof needs the light on the horizontal
    utc_offset_minutes : of the clock that decides days; None takes the file's
    decomposition : splits GHI where the file has neither DHI nor DNI
    allow_distance : the file's place may be farther than 200 km
    """

    path: Path
    place: Place | None = None
    format: str | None = None
    label: str | None = None
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    poa: tuple[str, ...] = ()
    temperature: tuple[str, ...] = ()
    without_ghi: bool = False
    utc_offset_minutes: int | None = None
    decomposition: str = "erbs"
    allow_distance: bool = False


def measured_poa(header: str) -> str:
    """The name under which a measured in-plane column is kept."""
    return f"poa_global[{header}]"


def measured_temperature(header: str) -> str:
    """The name under which a measured temperature of the module's back is kept."""
    return f"module_temperature[{header}]"
