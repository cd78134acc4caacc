"""What a heading says of a key of the result document: words, unit and number format.

The name of a quantity ends in its unit, so unit and format follow from the key; what is named otherwise is listed.
"""

from __future__ import annotations

WHOLE, TENTHS, HUNDREDTHS, FINE, SHARE, PLAIN = "#,##0", "#,##0.0", "#,##0.00", "0.00000", "0.0%", "General"

# ending of a key: the unit in the heading, the number format
UNITS: dict[str, tuple[str, str]] = {
    "kwh_per_kwp": ("kWh/kWp", TENTHS),
    "kwh_per_m2": ("kWh/m2", TENTHS),
    "kwh_per_panel": ("kWh/module", TENTHS),
    "wp_per_panel": ("W/module", TENTHS),
    "cny_per_kwh": ("CNY/kWh", FINE),
    "kgce_per_kwh": ("kgce/kWh", FINE),
    "kgco2_per_kwh": ("kgCO2/kWh", FINE),
    "kgco2_per_kgce": ("kgCO2/kgce", FINE),
    **dict.fromkeys(("kgso2_per_kwh", "kgnox_per_kwh", "kgdust_per_kwh"), ("kg/kWh", FINE)),
    "kg_per_m2": ("kg/m2", TENTHS),
    "percent": ("%", HUNDREDTHS),
    "percent_of_previous": ("%", HUNDREDTHS),
    "fraction": ("1", SHARE),
    "ratio": ("1", "0.000"),
    "kwh": ("kWh", WHOLE),
    "kwp": ("kWp", TENTHS),
    "kw": ("kW", TENTHS),
    "cny": ("CNY", WHOLE),
    "m2": ("m2", TENTHS),
    "m": ("m", "0.000"),
    "km": ("km", TENTHS),
    "minutes": ("min", "0.0"),
    "years": ("years", "0.0"),
    "hours": ("h", WHOLE),
    "w": ("W", TENTHS),
    "c": ("C", "0.0"),
    "wp": ("W", TENTHS),
    "t": ("t", TENTHS),
    "tce": ("tce", TENTHS),
}
# keys whose unit does not stand in their name
NAMED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("surface_tilt", "surface_azimuth"), ("degrees", "0.0")),
    **dict.fromkeys(("irr", "irr_without", "project_irr"), ("1", SHARE)),
    **dict.fromkeys(("dscr", "dscr_min"), ("1", "0.00")),
    **dict.fromkeys(("factor", "weight"), ("1", "0.0000")),
    **dict.fromkeys(("panels", "panels_fit", "modules_in_series"), ("modules", WHOLE)),
    "count": ("", WHOLE),
    "altitude": ("m", "0"),
    **dict.fromkeys(("year", "seed"), ("", "0")),
}
# parts of names that are written in capitals, and keys for which there are better words than their own
SHORT = {"npv", "irr", "lcoe", "dscr", "dc", "ac", "poa", "ghi", "dhi", "dni", "stc", "co2", "so2", "p90"}
WORDS = {
    "annual_kwh": "energy of a year",
    "dc_kwp": "DC capacity",
    "ac_kw": "AC power",
    "kwh_per_panel": "energy per module",
    "wp_per_panel": "power of a module",
    "kwh_per_kwp": "specific yield",
    "kgce_per_kwh": "coal per kWh",
    "kgco2_per_kwh": "CO2 per kWh",
    "kgco2_per_kgce": "CO2 per coal",
    "kgso2_per_kwh": "SO2 per kWh",
    "kgnox_per_kwh": "NOx per kWh",
    "kgdust_per_kwh": "dust per kWh",
    "percent_of_previous": "share of the line before",
    "tce": "standard coal",
}


def unit_of(key: str) -> tuple[str, str]:
    """Unit and number format of a key; a key that says no unit has "" and the plain format."""
    if key in NAMED:
        return NAMED[key]
    endings = [e for e in UNITS if key == e or key.endswith(f"_{e}")]
    return UNITS[max(endings, key=len)] if endings else ("", PLAIN)


def words(key: str) -> str:
    """A key in words, without its unit: ``self_used_kwh`` is "self used"."""
    if key in WORDS:
        return WORDS[key]
    unit, _ = unit_of(key)
    if key not in NAMED and unit not in {"", "1", "h"}:
        key = key.removesuffix(max((f"_{e}" for e in UNITS if key.endswith(f"_{e}")), key=len, default=""))
    return " ".join(part.upper() if part in SHORT else part for part in key.split("_"))
