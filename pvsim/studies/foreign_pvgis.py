"""PVGIS JSON: the months of PVcalc, or the hours of seriescalc.

Layouts as the service and its own "meta" block describe them (PVGIS 5.2 and 5.3; pvlib's tests hold an hourly answer,
``pvgis_hourly_Timeseries_45.000_8.000_SA2_10kWp_CIS_5_2a_2013_2014.json``): E_m in kWh, H(i)_m in kWh/m2, l_aoi,
l_spec, l_tg and l_total in percent of change, numbers that may come as text; hours have P in W and irradiance in W/m2,
time in UTC.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from pvsim.errors import UsageError
from pvsim.studies.foreign_record import UNDERSTOOD, Array, Foreign, Stamps

TIME = re.compile(r"(\d{4})(\d\d)(\d\d):(\d\d)(\d\d)$")
LOSSES = ("l_aoi", "l_spec", "l_tg", "l_total")
PARTS = ("Gb(i)", "Gd(i)", "Gr(i)")  # beam, diffuse and reflected, which "components=1" gives in place of G(i)
MOUNTED = ("fixed", "vertical_axis", "inclined_axis", "two_axis")


def read_pvgis(text: str, file: str, sha256: str, utc_offset_minutes: int = 0) -> Foreign:
    """The answer of PVGIS, monthly or hourly.

    Raises
    ------
    UsageError
        When it is another JSON, a message of PVGIS instead of a result, or broken.
    """
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{file}: broken JSON ({error}): was the download cut short?") from error
    outputs = _table(answer, "outputs")
    if isinstance(answer, dict) and "outputs" not in answer and "message" in answer:
        raise UsageError(f"{file}: PVGIS answered with a message, not with a result: {str(answer['message'])[:200]}")
    module = _table(_table(answer, "inputs"), "pv_module")
    capacity = _number(module.get("peak_power"))
    capacity = capacity if capacity is not None and capacity > 0 else None
    asked = _asked(_table(answer, "inputs"))
    hourly, monthly = outputs.get("hourly"), outputs.get("monthly")
    if isinstance(hourly, list) and hourly:
        steps, notes = _hours(hourly, file, utc_offset_minutes)
        return Foreign("PVGIS", "hourly", file, sha256, steps, capacity, {}, (*asked, *notes))
    if isinstance(monthly, dict):
        mount = next((m for m in MOUNTED if isinstance(monthly.get(m), list)), None)
        if mount is not None:
            losses = _losses(_table(_table(outputs, "totals"), mount), module)
            return Foreign("PVGIS", "monthly", file, sha256, _months(monthly[mount], file), capacity, losses, asked)
    if "tmy_hourly" in outputs:
        raise UsageError(f"{file}: a typical year of PVGIS is weather, not a result; ask PVcalc or seriescalc")
    raise UsageError(f"{file}: JSON, but not of PVGIS' PVcalc or seriescalc (no outputs.monthly.fixed); {UNDERSTOOD}")


def _asked(inputs: Mapping[str, Any]) -> tuple[str, ...]:
    """What PVGIS was asked, so that a plane or a sky that is not ours is seen; its azimuth counts from south."""
    plane, sky = _table(_table(inputs, "mounting_system"), "fixed"), _table(inputs, "meteo_data")
    slope, azimuth = (_number(_table(plane, key).get("value")) for key in ("slope", "azimuth"))
    loss = _number(_table(inputs, "pv_module").get("system_loss"))
    parts = [
        "" if slope is None else f"surface_tilt {slope:g}",
        "" if azimuth is None else f"surface_azimuth {(azimuth + 180) % 360:g}",
        "" if loss is None else f"system loss {loss:g} %",
        " ".join(str(sky[key])[:40] for key in ("radiation_db", "year_min", "year_max") if key in sky),
    ]
    said = ", ".join(part for part in parts if part)
    return (f"PVGIS was asked for {said}",) if said else ()


def _table(value: object, key: str) -> Mapping[str, Any]:
    """A table below another, empty where there is none."""
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _number(value: object) -> float | None:
    """A number, also one that is written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _losses(totals: Mapping[str, Any], module: Mapping[str, Any]) -> dict[str, float]:
    found = {name: _number(totals.get(name)) for name in LOSSES}
    loss = _number(module.get("system_loss"))
    found["system_loss"] = None if loss is None else -loss
    return {name: value for name, value in found.items() if value is not None}


def _months(rows: list[Any], file: str) -> dict[str, tuple[float, ...]]:
    sums = {"poa": [math.nan] * 12, "ac": [math.nan] * 12}
    for row in rows:
        month = _number(row.get("month")) if isinstance(row, dict) else None
        if month is None or month not in range(1, 13):
            raise UsageError(f"{file}: a row of outputs.monthly has no month from 1 to 12")
        for step, key in (("poa", "H(i)_m"), ("ac", "E_m")):
            value = _number(row.get(key))
            if value is not None:
                if not math.isnan(sums[step][int(month) - 1]):
                    raise UsageError(f"{file}: outputs.monthly has month {int(month)} twice")
                sums[step][int(month) - 1] = value
    return {step: tuple(values) for step, values in sums.items()}


def _hours(rows: list[Any], file: str, utc_offset_minutes: int) -> tuple[dict[str, tuple[float, ...]], tuple[str, ...]]:
    stamps = _stamps(rows, file, utc_offset_minutes)
    hours = 24 / stamps.rows_per_day
    steps: dict[str, tuple[float, ...]] = {}

    def column(key: str) -> Array:
        values = [_number(row.get(key)) for row in rows]
        return np.array([math.nan if v is None else v for v in values])

    light = column("G(i)")
    if np.isnan(light).all():
        light = column(PARTS[0]) + column(PARTS[1]) + column(PARTS[2])
    for step, watts in (("poa", light), ("ac", column("P"))):
        if not np.isnan(watts).all():
            steps[step] = tuple(float(x) for x in stamps.monthly(watts) * hours / 1000)
    years = np.unique(stamps.year)
    notes = [f"mean of {years.size} years, {years[0]} to {years[-1]}"] if years.size > 2 else []
    if "ac" not in steps:
        notes.append("no power P in it: ask PVGIS with pvcalculation=1")
    return steps, tuple(notes)


def _stamps(rows: list[Any], file: str, utc_offset_minutes: int) -> Stamps:
    found = []
    for i, row in enumerate(rows):
        match = TIME.match(str(row.get("time"))) if isinstance(row, dict) else None
        if match is None:
            raise UsageError(f"{file}: row {i + 1} of outputs.hourly has no time such as 20130101:0010")
        found.append("{}-{}-{}T{}:{}".format(*match.groups()))
    try:
        utc = np.array(found, dtype="datetime64[m]")
    except ValueError as error:
        raise UsageError(f"{file}: outputs.hourly has an impossible time ({error})") from error
    # the first hours in UTC belong to the evening before or to the morning after: they wrap round the file's own span
    local = utc + np.timedelta64(utc_offset_minutes, "m")
    first, last = utc[0].astype("datetime64[Y]"), utc[-1].astype("datetime64[Y]")
    span = (last + 1).astype("datetime64[m]") - first.astype("datetime64[m]")
    local = np.where(local < first, local + span, np.where(local >= last + 1, local - span, local))
    day, month = local.astype("datetime64[D]"), local.astype("datetime64[M]")
    year = local.astype("datetime64[Y]").astype(np.int64) + 1970
    return Stamps(year, month.astype(np.int64) % 12 + 1, (day - month).astype(np.int64) + 1)
