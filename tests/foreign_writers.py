"""Our own result written as other tools write theirs, so that reading it back must give a ratio of one everywhere.

``scale`` multiplies a step, as ``{"dc": 1.05}``: what stands in the file then is not what we computed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

import pvsim

NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
Scale = Mapping[str, float]


def hours(result: pvsim.Result, scale: Scale | None = None) -> dict[str, np.ndarray]:
    """W/m2 and kW of each step, hour by hour; what only the ledger has is spread like what it is made of."""
    table, kwh = result.hourly, {line.name: line.kwh for line in result.ledger}
    last = {line.stage: line.kwh for line in result.ledger}
    series = {
        "ghi": table["ghi"], "poa": table["poa_global"],
        "effective": table["poa_global"] * last["irradiance"] / kwh["nominal in-plane energy"],
        "dc": table["p_dc_kw"], "inverter": table["p_ac_kw"] * last["inverter"] / result.annual_kwh,
        "ac": table["p_ac_kw"],
    }  # fmt: skip
    return {name: values.to_numpy() * (scale or {}).get(name, 1.0) for name, values in series.items()}


def months(result: pvsim.Result, scale: Scale | None = None) -> dict[str, np.ndarray]:
    """kWh/m2 and kWh of each step, month by month."""
    index = result.hourly.index.month.to_numpy() - 1
    return {
        name: np.bincount(index, values) / (1000 if name in ("ghi", "poa", "effective") else 1)
        for name, values in hours(result, scale).items()
    }


def _stamps(result: pvsim.Result):
    return result.hourly.index


def _text(value: float, comma: bool) -> str:
    return f"{value:.9g}".replace(".", ",") if comma else f"{value:.9g}"


PVSYST_HEAD = """PVSYST v6.63
;File;File date;Description
Project;case.PRJ;00/00/00 00h00;case;
Geographical Site;Chongqing;00/00/00 00h00;Chongqing;China;Asia;
Meteo data;case.MET;00/00/00 00h00;case;TMY;
Simulation variant;case.VC0;00/00/00 00h00;New simulation variant;
Simulation date;;28/02/18 13h56

Simulation:;Hourly values; from 01/01/90; to 31/12/90

"""


def pvsyst_hourly(
    result: pvsim.Result, scale: Scale | None = None, *, separator: str = ";", comma: bool = False,
    day_first: bool = True, kilo: bool = False,
) -> bytes:  # fmt: skip
    """As version 6 exports hours: header lines, units below the names, Latin-1, W (or kW), dates in either order."""
    columns, unit = hours(result, scale), "kW" if kilo else "W"
    power = 1.0 if kilo else 1000.0
    rows = [
        "date;GlobHor;GlobInc;GlobEff;T Amb;EArray;EOutInv;E_Grid",
        f"    ;W/m²;W/m²;W/m²;°C;{unit};{unit};{unit}",
        "",
    ]
    for i, t in enumerate(_stamps(result)):
        day = f"{t.day:02d}/{t.month:02d}" if day_first else f"{t.month:02d}/{t.day:02d}"
        light = [columns[n][i] for n in ("ghi", "poa", "effective")]
        energy = [columns[n][i] * power for n in ("dc", "inverter", "ac")]
        cells = [_text(x, comma) for x in (*light, 20.0, *energy)]
        rows.append(";".join([f"{day}/90 {t.hour:02d}:00", *cells]))
    return (PVSYST_HEAD + "\n".join(rows) + "\n").replace(";", separator).encode("latin-1")


def pvsyst_monthly(
    result: pvsim.Result, scale: Scale | None = None, *, separator: str = ";", comma: bool = True,
    names: tuple[str, ...] = NAMES, order: tuple[int, ...] = tuple(range(12)),
) -> bytes:  # fmt: skip
    """The balances and main results: MWh, a decimal comma, a row of the year."""
    sums = months(result, scale)
    steps = ("ghi", "poa", "effective", "dc", "ac")
    rows = [
        "PVsyst V7.4 - Simulation results", "Project: case", "Variant: case", "", "Balances and main results:", "",
        ";GlobHor;GlobInc;GlobEff;EArray;E_Grid;PR", ";kWh/m²;kWh/m²;kWh/m²;MWh;MWh;",
    ]  # fmt: skip

    def row(label: str, values: list[float]) -> str:
        ratio = values[4] / (values[1] * result.system.dc_kwp / 1000)
        return ";".join([label, *(_text(v, comma) for v in (*values, ratio))])

    def values(pick: slice | int) -> list[float]:
        return [float(np.sum(sums[n][pick])) / (1000 if n in ("dc", "ac") else 1) for n in steps]

    rows += [row(names[i], values(i)) for i in order]
    rows.append(row("Year", values(slice(None))))
    return ("\n".join(rows) + "\n").replace(";", separator).encode("utf-8")


def sam_hourly(result: pvsim.Result, scale: Scale | None = None) -> bytes:
    """Time series of SAM's detailed model: units behind a bar, hours with names and without a year."""
    columns = hours(result, scale)
    names = (
        ("Irradiance GHI from weather file | (W/m2)", "ghi"),
        ("Subarray 1 POA front total irradiance nominal | (W/m2)", "poa"),
        ("Subarray 1 POA front total irradiance after reflection (IAM) | (W/m2)", "effective"),
        ("Inverter DC input power | (kW)", "dc"),
        ("Inverter AC output power | (kW)", "inverter"),
        ("System power generated | (kW)", "ac"),
    )
    rows = [",".join(["Time stamp", *(title for title, _ in names)])]
    for i, t in enumerate(_stamps(result)):
        clock = f"{(t.hour - 1) % 12 + 1}:00 {'am' if t.hour < 12 else 'pm'}"
        cells = (f"{columns[n][i]:.9g}" for _, n in names)
        rows.append(f'"{NAMES[t.month - 1][:3]} {t.day}, {clock}",' + ",".join(cells))
    return ("\r\n".join(rows) + "\r\n").encode("utf-8-sig")


def sam_old(result: pvsim.Result, scale: Scale | None = None, *, leap: bool = False) -> bytes:
    """Hourly data of PVWatts in an older SAM: no dates at all, W; with a 29th of February that repeats the 28th."""
    columns = hours(result, scale)
    title = "Hourly Data: Plane of array irradiance (W/m2),Hourly Data: DC array power (W),"
    series = (columns["poa"], 1000 * columns["dc"], 1000 * columns["ac"])
    rows = [f"{x:.9g},{y:.9g},{z:.9g}" for x, y, z in zip(*series, strict=True)]
    if leap:
        rows[59 * 24 : 59 * 24] = rows[58 * 24 : 59 * 24]
    return (title + "Hourly Data: AC inverter power (W)\n" + "\n".join(rows) + "\n").encode()


PVWATTS_HEAD = [
    '"PVWatts: {} PV Performance Data"', '"Requested Location:","29.44, 106.46"', '"Lat (deg N):","29.44"',
    '"Long (deg W):","-106.46"', '"DC System Size (kW):","{}"', '"Module Type:","Standard"',
    '"Array Type:","Fixed (open rack)"', '"Array Tilt (deg):","10"', '"System Losses (%):","14.08"', '""',
]  # fmt: skip


def _pvwatts_head(kind: str, result: pvsim.Result, share: float) -> list[str]:
    return [line.format(kind if "PVWatts" in line else f"{result.system.dc_kwp * share:g}") for line in PVWATTS_HEAD]


def pvwatts_hourly(result: pvsim.Result, scale: Scale | None = None, *, share: float = 1.0) -> bytes:
    """The hourly download of pvwatts.nrel.gov, of a system of ``share`` of our capacity."""
    columns = hours(result, scale)
    rows = _pvwatts_head("Hourly", result, share)
    rows.append(
        '"Month","Day","Hour","Beam Irradiance (W/m2)","Diffuse Irradiance (W/m2)","Ambient Temperature (C)",'
        '"Wind Speed (m/s)","Albedo","Plane of Array Irradiance (W/m2)","Cell Temperature (C)","DC Array Output (W)",'
        '"AC System Output (W)"'
    )
    for i, t in enumerate(_stamps(result)):
        cells = (t.month, t.day, t.hour, 0, 0, 20, 1, 0.2, columns["poa"][i], 25,
                 1000 * share * columns["dc"][i], 1000 * share * columns["ac"][i])  # fmt: skip
        rows.append(",".join(f'"{c:.9g}"' for c in cells))
    sums = (1000 * share * columns[n].sum() for n in ("dc", "ac"))
    rows.append('"Totals","","","","","","","","","",' + ",".join(f'"{s:.9g}"' for s in sums))
    return "\n".join(rows).encode()


def pvwatts_monthly(result: pvsim.Result, scale: Scale | None = None, *, share: float = 1.0) -> bytes:
    """The monthly download: the mean day's irradiation, thousands with commas, a row of totals."""
    sums = months(result, scale)
    days = np.bincount(_stamps(result).month.to_numpy() - 1) / 24
    rows = _pvwatts_head("Monthly", result, share)
    rows.append(
        '"Month","AC System Output(kWh)","Solar Radiation (kWh/m^2/day)","Plane of Array Irradiance (W/m^2)",'
        '"DC array Output (kWh)","Value ($)"'
    )
    for m in range(12):
        cells = (share * sums["ac"][m], sums["poa"][m] / days[m], sums["poa"][m], share * sums["dc"][m], 0)
        rows.append(f'"{m + 1}",' + ",".join(f'"{c:,.9f}"' for c in cells))
    rows.append('"Total","1","1","1","1","0"')
    return "\n".join(rows).encode()


def pvgis_monthly(result: pvsim.Result, scale: Scale | None = None, *, kwp: float = 1.0, **totals: object) -> bytes:
    """PVcalc for a system of so many kWp."""
    sums, share = months(result, scale), kwp / result.system.dc_kwp
    rows = [
        {"month": m + 1, "E_d": 0.0, "E_m": share * sums["ac"][m], "H(i)_d": 0.0, "H(i)_m": sums["poa"][m], "SD_m": 1.0}
        for m in range(12)
    ]
    answer = {
        "inputs": {
            "meteo_data": {"radiation_db": "PVGIS-SARAH2", "year_min": 2005, "year_max": 2020},
            "mounting_system": {"fixed": {"slope": {"value": 10}, "azimuth": {"value": 0}, "type": "free-standing"}},
            "pv_module": {"technology": "c-Si", "peak_power": kwp, "system_loss": 14.0},
        },
        "outputs": {"monthly": {"fixed": rows}, "totals": {"fixed": {"E_y": 1.0, "H(i)_y": 1.0} | totals}},
        "meta": {},
    }
    return json.dumps(answer).encode()


def pvgis_hourly(result: pvsim.Result, scale: Scale | None = None, *, kwp: float = 1.0, parts: bool = False) -> bytes:
    """seriescalc: hours in UTC; with ``parts`` the three components of the light in place of their sum."""
    columns, share = hours(result, scale), kwp / result.system.dc_kwp
    utc = _stamps(result).tz_convert("UTC").tz_localize(None)
    # the service gives calendar years of UTC: what our clock has before them stands at their end
    order = np.argsort(utc.day_of_year.to_numpy() * 24 + utc.hour.to_numpy(), kind="stable")
    rows = []
    for i in order:
        t, light = utc[i], float(columns["poa"][i])
        some = {"Gb(i)": 0.25 * light, "Gd(i)": 0.7 * light, "Gr(i)": 0.05 * light} if parts else {"G(i)": light}
        row = {"time": f"2019{t.month:02d}{t.day:02d}:{t.hour:02d}10", "P": 1000 * share * float(columns["ac"][i])}
        rows.append(row | some | {"H_sun": 0.0, "T2m": 20.0, "WS10m": 1.0, "Int": 0.0})
    answer = {
        "inputs": {"pv_module": {"peak_power": kwp, "system_loss": 14.0}},
        "outputs": {"hourly": rows},
        "meta": {},
    }
    return json.dumps(answer).encode()
