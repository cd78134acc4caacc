"""What a key of the scenario or a number of a result is, in words: read off the schema and the glossary."""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from pvsim.errors import UsageError
from pvsim.scenario.catalog import catalog_names
from pvsim.scenario.jsonschema import Key, Table, literal, tables
from pvsim.scenario.wording import closest, quoted

WIDTH = 80
MAX_LENGTH = 200  # of a key that is asked for; nothing that exists comes near it

# --- the names of results

# Where a name of the glossary stands: blocks of the result document, columns, and pvsim convert --json.
# The test compares it with a result.
RESULTS: Mapping[str, str] = {
    "scenario": "name sha256",
    "weather": "source station label step_minutes sun_offset_minutes coverage_fraction years ghi_kwh_per_m2 "
    "dhi_kwh_per_m2 dni_kwh_per_m2 temp_air_mean_c repairs sources ingredient issuer document period method status "
    "stations id name distance_km altitude weight seed",
    "system": "panels dc_kwp ac_kw dc_ac_ratio module_area_m2 planes name surface_tilt surface_azimuth "
    "poa_kwh_per_m2 annual_kwh module inverter modules_in_series ledger_kwh modules model power_w area_m2 stc_w source "
    "inverters count voltage_window_kwh clipped_kwh night_kwh",
    "lifetime": "years year factor annual_kwh equivalent_hours total_kwh mean_kwh mean_equivalent_hours",
    "energy": "annual_kwh monthly_kwh specific_yield_kwh_per_kwp performance_ratio kwh_per_panel self_used_kwh "
    "exported_kwh imported_kwh curtailed_kwh storage_losses_kwh self_use_fraction self_sufficiency_fraction",
    "ensemble": "members name station ghi_kwh_per_m2 annual_kwh refused coverage_fraction warnings spread lowest_kwh "
    "mean_kwh highest_kwh sigma_percent",
    "random_years": "spread lowest_kwh p90_kwh p50_kwh p10_kwh highest_kwh mean_kwh sigma_percent ghi_mean_kwh_per_m2 "
    "ghi_sigma_percent members seed ghi_kwh_per_m2 annual_kwh",
    "ledger": "name stage basis source kwh percent_of_previous",
    "impact": "coal co2 factor_id tce t kind year region status applies_to kwh value unit source note own",
    "uncertainty": "one_year long_term p50_kwh p75_kwh p90_kwh p99_kwh budget name sigma_percent source",
    "assumptions": "key value unit default reason source",
    "claim": "fields annual_kwh panels capacity_kwp panel_wp tce co2_t claimed simulated ratio factor_id verdict "
    "findings code severity message implied kgce_per_kwh kgco2_per_kwh kgco2_per_kgce kwh_per_kwp kwh_per_panel "
    "wp_per_panel kgso2_per_kwh kgnox_per_kwh kgdust_per_kwh conventions coal co2 pollutants",
    "use": "load_kwh meters name annual_kwh self_used_kwh exported_kwh imported_kwh curtailed_kwh "
    "storage_losses_kwh self_use_fraction self_sufficiency_fraction monthly periods storage value_cny "
    "price_cny_per_kwh surplus_price_cny_per_kwh sizes dc_kwp notes",
    "rules": "floor_percent share_percent complies status reason source largest_kwp last_step_cny surplus_price "
    "price_cny_per_kwh",
    "finance": "model npv_cny irr irr_status payback_years discounted_payback_years discount_rate_percent "
    "project_npv_cny project_irr project_irr_status project_payback_years lcoe_cny_per_kwh "
    "lcoe_real_cny_per_kwh dscr_min years year kwh self_used_kwh exported_kwh curtailed_kwh "
    "storage_losses_kwh savings_cny surplus_cny revenue_cny grant_cny investment_cny loan_cny opex_cny "
    "replacement_cny depreciation_cny tax_cny interest_cny principal_cny debt_service_cny "
    "loan_balance_cny residual_cny cash_flow_cny cumulative_cny dscr first_year_equivalent_hours mean_kwh "
    "mean_equivalent_hours first_year energy_cny demand_cny programme p50 p90 npv_without_cny irr_without "
    "grant_value_cny loan_value_cny programme_value_cny host_npv_cny host",
    "roofs": "name shape planes panels panels_fit module_length_m module_width_m roof_area_m2 usable_area_m2 "
    "covered_fraction pitch_m ground_coverage_ratio solstice_pitch_m solstice_clock array_kg_per_m2 "
    "spare_load_kg_per_m2",
    "shading": "name poa_kwh_per_m2 horizon_percent obstacles_percent rows_percent partial_shade_percent "
    "shaded_percent rear_gain_percent monthly_percent",
    "cleaning": "energy_lost_percent dates date kwh value_cny best",
    "files": "name rows sha256",
    "schema": "",
    "versions": "",
    "warnings": "",
    "hourly": "time ghi dhi dni temp_air wind_speed poa_global temp_cell p_dc_kw p_ac_kw load_kw self_used_kw "
    "exported_kw imported_kw",
    "monthly": "month ghi_kwh_per_m2 dhi_kwh_per_m2 poa_kwh_per_m2 temp_air_mean_c energy_dc_kwh energy_ac_kwh "
    "specific_yield_kwh_per_kwp performance_ratio",
    "audit": "id claim panels annual_kwh tce co2_t dust_t capacity_kwp over lifetime_or_annual quote implied "
    "kgce_per_kwh kgco2_per_kwh kgco2_per_kgce kwh_per_kwp kwh_per_panel wp_per_panel kgso2_per_kwh "
    "kgnox_per_kwh kgdust_per_kwh conventions coal co2 pollutants findings code severity message verdict "
    "expected place ghi_kwh_per_m2 yield_kwh_per_kwp needed specific_yield_kwh_per_kwp panel_wp points "
    "losses_percent holds missing_co2 factor_id t kind applies_to computes recovered kwh factor_ids "
    "understood text column value meaning bound unread notes",
    "convert": "kwh self_used_kwh region year rows group factor_id tce t kind status applies_to value unit source note "
    "own groups purpose low low_factor_id leading leading_factor_id high high_factor_id context name not_credits "
    "embodied lifetime year_count annual_degradation_percent rule total_kwh kinds total_tce total_t constant_tce "
    "constant_t trend annual_change_percent years calendar_year",
}
_COLUMNS = {"hourly": "hourly.csv", "monthly": "monthly.csv", "audit": "pvsim audit --json"}
_COLUMNS |= {"convert": "pvsim convert --json"}


@cache
def _glossary() -> dict[str, dict[str, str]]:
    text = (files("pvsim") / "data" / "glossary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _places(name: str) -> list[str]:
    """The blocks and tables of a result in which a name stands."""
    return [place for place, names in RESULTS.items() if name in names.split()]


# --- the answer


def explain(key: str) -> str:
    """What a key of the scenario or a name of a result is.

    Parameters
    ----------
    key : str
        ``soiling_percent``, ``losses.soiling_percent``, ``roof[0].panels``, ``roof.hall A.panels``; a table
        as ``losses`` or ``[losses]``; a name of the result document or of a column, such as
        ``performance_ratio``, ``energy.annual_kwh`` or ``poa_global``.

    Returns
    -------
    str
        Lines of at most 80 ASCII characters. A name that several tables have is answered with all of them.

    Raises
    ------
    UsageError
        For a name that exists nowhere, with the one that was probably meant.
    """
    parts = _parts(key)
    found_tables = _matching_tables(parts)
    # [module] in brackets is the table and not the key of that name
    found_keys = [] if key.strip().startswith("[") else _matching_keys(parts)
    # [modules.NAME] is asked for as a table, not as the list that a result has by that name
    result = "" if any(t.many and not t.listed for t in found_tables) else _result_name(parts)
    if not (found_tables or found_keys or result):
        raise UsageError(_unknown(key, parts))
    if len(found_tables) + len(found_keys) > 1:
        return _ending(_candidates(found_tables, found_keys, result))
    sections = [_about_table(t) for t in found_tables] + [_about_key(k) for k in found_keys]
    named = bool(found_tables or found_keys)
    if result and (not named or _places(result) or result in RESULTS):
        # a figure of a claim is asked for less often than the figure that was computed
        first = bool(found_keys) and found_keys[0].table == "claim"
        sections.insert(0 if first else len(sections), _about_result(result))
    return _ending("\n\n".join(sections))


def _parts(key: str) -> list[str]:
    """The words of a path: brackets and the quotes around names with dots are taken off."""
    text = key.strip()[: MAX_LENGTH + 1]
    while text.startswith("[") and text.endswith("]"):
        text = text[1:-1].strip()
    text = re.sub(r"\[[^\]]*\]", "", text)  # roof[0], p_dc_kw[hall A]
    found = re.findall(r'"([^"]*)"|([^."]+)', text)
    return [(quoted_part or bare).strip() for quoted_part, bare in found]


def _named() -> dict[str, Table]:
    return {t.name: t for t in tables() if t.name}


def _matching_tables(parts: list[str]) -> list[Table]:
    table = _named().get(parts[0]) if parts else None
    if table is None:
        return []
    # modules.NAME is a table, roof.NAME could as well be a key that is misspelt
    named = table.name in ("modules", "inverters") and len(parts) == 2 and not _key_in(table, parts[1])
    return [table] if len(parts) == 1 or named else []


def _matching_keys(parts: list[str]) -> list[Key]:
    if len(parts) == 1:
        # [modules.NAME] repeats the keys of [module]
        searched = (t for t in tables() if t.name not in ("modules", "inverters"))
        found = [k for t in searched if (k := _key_in(t, parts[0]))]
        # a loss that a roof or a module may state for itself is asked for by its table
        general = [k for k in found if k.table == "losses"]
        return general or found
    table = _named().get(parts[0]) if parts else None
    if table is None or (len(parts) > 2 and not table.many):
        return []
    # between the table and the key there may be the name of a roof or a module, with dots or without
    return [k] if (k := _key_in(table, parts[-1])) else []


def _key_in(table: Table, name: str) -> Key | None:
    return next((k for k in table.keys if k.name == name), None)


def _result_name(parts: list[str]) -> str:
    """The name in the glossary that the path ends in, if it stands where the path says."""
    if len(parts) == 1 and parts[0] in _glossary():
        return parts[0]
    inside = len(parts) > 1 and parts[-1] in RESULTS.get(parts[0], "").split()
    return parts[-1] if inside else ""


def _unknown(key: str, parts: list[str]) -> str:
    last = parts[-1] if parts else ""
    paths = {k.name: k.path for t in tables() for k in t.keys}
    guess = closest(last, [*paths, *_named(), *_glossary()])
    # the right key in the wrong table is answered with its path, a word for a word
    guess = paths.get(guess, guess) if guess and len(parts) > 1 else guess
    todo = f"did you mean {guess}?" if guess else f"there are the tables {', '.join(_named())}"
    return f"{quoted(key)} is no key of a scenario and no name of a result; {todo}"


def _ending(text: str) -> str:
    return f"{text}\n"


# --- sections


def _rows(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """``label:  text``, wrapped under itself; rows without text are left out."""
    for label, text in rows:
        if text:
            start = f"  {label + ':':<11}"
            yield textwrap.fill(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start))


def _about_key(key: Key) -> str:
    table = next(t for t in tables() if t.name == key.table)
    fixed = key.default is not None
    meaning = _glossary().get(key.name, {}).get("meaning", "")
    # where the name stands nowhere else, the glossary says the same or more
    alone = not _places(key.name) and sum(k.name == key.name for t in tables() for k in t.keys) == 1
    rows = [
        ("meaning", key.description),
        ("in full", meaning if alone and meaning != key.description else ""),
        ("unit", key.said("unit")),
        ("allowed", key.allowed),
        ("default", literal(key.default) if fixed else "none: the key is required" * key.field.is_required()),
        ("if absent", "" if fixed or key.field.is_required() else key.absent),
        ("reason", key.said("reason") if fixed else ""),
        ("source", key.said("source")),
        ("also in", ", ".join(t.header for t in tables() if t.name in ("roof", "module") and _own(t, key))),
        ("names", ", ".join(catalog_names(key.table.removesuffix("s"))) if key.path in _CATALOGS else ""),
        ("example", f"{table.header + '  ' if table.header else ''}{key.name} = {literal(key.example)}"),
    ]
    head = table.header.strip("[]") + ("[0]." if table.listed else ".") if table.header else ""
    return "\n".join([f"{head}{key.name}, a key of the scenario", *_rows(rows)])


_CATALOGS = ("module.name", "inverter.name")


def _own(table: Table, key: Key) -> bool:
    """Whether a table states for itself what [losses] says for all."""
    return key.table == "losses" and _key_in(table, key.name) is not None


def _about_table(table: Table) -> str:
    values = [
        "required" if k.field.is_required() else "-" if k.default is None else literal(k.default) for k in table.keys
    ]
    wide, long = max(len(k.name) for k in table.keys), max(map(len, values))
    lines = [f"{table.header}, a table of the scenario: {table.description}"]
    for key, value in zip(table.keys, values, strict=True):
        start = f"  {key.name:<{wide}}  {value:<{long}}  "
        text = key.description + key.in_unit
        lines.append(textwrap.fill(text, WIDTH, initial_indent=start, subsequent_indent=" " * len(start)))
    lines += [
        "",
        f"The second column is the default; where it is -, pvsim explain {table.name}.KEY",
        "says what holds.",
    ]
    return "\n".join(lines)


def _about_result(name: str) -> str:
    entry, places = _glossary()[name], _places(name)
    inside = RESULTS.get(name, "").split()
    rows = [
        ("meaning", entry["meaning"]),
        ("unit", "none, a plain number" if entry["unit"] == "1" else entry["unit"]),
        ("found in", _found_in(places)),
        ("holds", ", ".join(inside)),
    ]
    kind = "a name of results" if places or name in RESULTS else "a name of the Python interface"
    return "\n".join([f"{name}, {kind}", *_rows(rows)])


def _found_in(places: list[str]) -> str:
    blocks = [p for p in places if p not in _COLUMNS]
    columns = [_COLUMNS[p] for p in places if p in _COLUMNS]
    return "; ".join([*([f"the result document: {', '.join(blocks)}"] if blocks else []), *columns])


def _candidates(found_tables: list[Table], found_keys: list[Key], result: str) -> str:
    """One entry for each meaning of an ambiguous name, with what to ask for."""
    rows = [(t.header, f"table; {t.description}") for t in found_tables]
    for key in found_keys:
        rows.append((key.path, f"{key.description}{key.in_unit}; {_in_short(key)}"))
    lines = ["Several things have that name; ask for one of them by its path:"]
    for path, text in rows:
        lines += [f"  {path}", textwrap.fill(text, WIDTH, initial_indent="      ", subsequent_indent="      ")]
    return "\n".join([*lines, *(["", _about_result(result)] if result and _places(result) else [])])


def _in_short(key: Key) -> str:
    if key.default is not None:
        return f"default {literal(key.default)}"
    return key.absent if key.field.is_required() else f"if absent: {key.absent}"
