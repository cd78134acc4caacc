"""Shapes of the load of a day by kind of building and kind of day, read from ``pvsim/data/load_shapes.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from pvsim.energy.calendar import KINDS, REST_DAYS, Days, day_kinds, spring_festival, year_of
from pvsim.errors import PvsimError

Array = NDArray[np.float64]

VACATION: Final = len(KINDS)  # the row of shapes behind those of the kinds of day
HOURS: Final = 24
DAY: Final = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Profile:
    """How the load of one kind of building runs, cooling left out.

    Attributes
    ----------
    shapes : (5, 24) hourly means relative to the peak of a working day: working, rest, holiday, Spring Festival stop,
        vacation (as a rest day where there is none)
    work_days : as ``day_kinds`` takes them
    stop_days : length of the stop at Spring Festival, in days
    summer : first and last day of the summer vacation (month-day), or None
    winter_days : first and last day of the winter vacation, in days after the Spring Festival, or None
    reason, status : why the shapes are as they are, and how sure that is (R read, U general knowledge)
    """

    name: str
    shapes: Array
    work_days: str
    stop_days: int
    summer: tuple[str, str] | None
    winter_days: tuple[int, int] | None
    reason: str
    status: str

    @property
    def least(self) -> float:
        """The base load: the least hour of all days, relative to the peak of a working day."""
        return float(self.shapes.min())

    @property
    def occupancy(self) -> Array:
        """(5, 24) what goes on beyond the base load: 0 in the least hour of all, 1 at the peak."""
        found: Array = (self.shapes - self.least) / (1 - self.least)
        return found

    def with_base(self, base_percent: float) -> Profile:
        """The same with another base load, in percent of the peak; all between is stretched.

        Raises
        ------
        PvsimError
            When it is below 0 or above 100.
        """
        if not 0 <= base_percent <= 100:
            raise PvsimError(f"base_percent is {base_percent:g}; allowed: 0 to 100, of the peak of a working day")
        base = base_percent / 100
        return replace(self, shapes=base + (1 - base) * self.occupancy)

    def rows_of(self, days: Days, *, holidays: str, work_days: str | None, stop_days: int | None) -> NDArray[np.int64]:
        """Which row of the shapes holds on each day.

        Parameters
        ----------
        days : (D,) consecutive days
        holidays, work_days, stop_days : as of ``day_kinds``; None stands for the profile's own

        Returns
        -------
        (D,) 0 to 4
        """
        kinds = day_kinds(
            days,
            holidays=holidays,
            work_days=self.work_days if work_days is None else work_days,
            stop_days=self.stop_days if stop_days is None else stop_days,
        ).astype(np.int64)
        if self.summer is None or self.winter_days is None or holidays == "none":
            return kinds
        lower = np.zeros(days.size, dtype=bool)
        for year in range(year_of(days[0]), year_of(days[-1]) + 1):
            start, end = (np.datetime64(f"{year}-{date}") for date in self.summer)
            new_year = spring_festival(year)
            lower |= (days >= start) & (days <= end)
            lower |= (days >= new_year + self.winter_days[0] * DAY) & (days <= new_year + self.winter_days[1] * DAY)
        return np.where(lower & (kinds <= 1), VACATION, kinds)  # holidays and the stop are lower still


def read_profiles(text: str, file: str) -> Mapping[str, Profile]:
    """Read the text of a table of shapes; `file` is named in messages.

    Raises
    ------
    PvsimError
        For a shape that does not have 24 values from 0 to 1, a working day without a peak of 1, or an unknown word.
    """
    found = {name: _profile(name, table, f"{file}: [{name}]") for name, table in tomllib.loads(text).items()}
    return MappingProxyType(found)


def _profile(name: str, table: Mapping[str, Any], place: str) -> Profile:
    vacation = table.get("vacation", {})
    shapes = np.array([*(_shape(table.get(kind), f"{place} {kind}") for kind in KINDS),
                       _shape(vacation.get("shape", table.get("rest")), f"{place} vacation")])  # fmt: skip
    if shapes[0].max() != 1 or shapes.min() >= 1:
        raise PvsimError(f"{place}: the greatest value of a working day is {shapes[0].max():g}; it must be 1")
    if table.get("work_days") not in REST_DAYS or not table.get("reason"):
        raise PvsimError(f"{place}: it needs a reason and work_days ({', '.join(REST_DAYS)})")
    shapes.setflags(write=False)
    return Profile(
        name,
        shapes,
        work_days=table["work_days"],
        stop_days=int(table["stop_days"]),
        summer=(vacation["summer"][0], vacation["summer"][1]) if vacation else None,
        winter_days=(vacation["winter_days"][0], vacation["winter_days"][1]) if vacation else None,
        reason=table["reason"],
        status=table["status"],
    )


def _shape(values: object, place: str) -> Array:
    shape = np.array(values if isinstance(values, list) else [], dtype=np.float64)
    if shape.shape != (HOURS,) or not ((shape >= 0) & (shape <= 1)).all():
        raise PvsimError(f"{place}: {shape.size} values; needed: {HOURS}, each from 0 to 1")
    return shape


PROFILES: Final = read_profiles(
    (files("pvsim") / "data" / "load_shapes.toml").read_text(encoding="utf-8"), "load_shapes.toml"
)
