"""The tables of a result document as sheets: one table a sheet, units in its heading cells; nothing is computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pvsim.report.headings import FINE, PLAIN, TENTHS, WHOLE, unit_of, words
from pvsim.report.money import IRR_TEXTS
from pvsim.report.text import MEANING, MONTHS, of_what

Document = Mapping[str, Any]

Value = str | float | bool | None


@dataclass(frozen=True)
class Cell:
    """A value with a number format of its own."""

    value: Value
    number: str


@dataclass(frozen=True)
class Column:
    """A heading with its unit, and the number format of what stands below it."""

    heading: str
    number: str = PLAIN


@dataclass(frozen=True)
class Sheet:
    """One table: its name, its columns, and rows of as many values."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value | Cell, ...], ...]


def sheets(document: Document) -> list[Sheet]:
    """All tables of a result document, the answer first; what the document lacks gives no sheet."""
    made = (
        _answer(document), *_energy(document), *_years(document), *_uncertainty(document), _impact(document),
        *_use(document), *_money(document), *_claim(document), *_roofs(document), *_equipment(document),
        *_given(document), *_origins(document),
    )  # fmt: skip
    return [sheet for sheet in made if sheet.rows]


def column(key: str, heading: str = "") -> Column:
    """The column of a key, under its own words or others."""
    unit, number = unit_of(key)
    text = heading or words(key)
    return Column(text if unit in {"", "1"} else f"{text} ({unit})", number)


def _table(name: str, rows: Iterable[Mapping[str, Any]], *keys: str, **headings: str) -> Sheet:
    """A sheet of rows that have these keys; ``headings`` are other words for some of them."""
    columns = tuple(column(key, headings.get(key, "")) for key in keys)
    return Sheet(name, columns, tuple(tuple(_value(row.get(key)) for key in keys) for row in rows))


def _value(found: Any) -> Value:
    """What a cell can hold: a list is told as text."""
    if found is None or isinstance(found, str | int | float):
        return found
    return ", ".join(map(str, found))


_FIGURE = (Column("figure"), Column("value"), Column("unit"), Column("note"))
Row = tuple[Value | Cell, ...]


def _figure(key: str, value: Any, note: str = "", name: str = "") -> Row:
    """A row of a sheet of figures: in words, value, unit, note."""
    unit, number = unit_of(key)
    return (name or words(key), Cell(_value(value), number), "" if unit == "1" else unit, note)


def _figures(found: Mapping[str, Any], *keys: str) -> Iterator[Row]:
    yield from (_figure(key, found[key]) for key in keys)


# --- the answer ---------------------------------------------------------------------------------------------


def _answer(d: Document) -> Sheet:
    energy, life, seed = d["energy"], d["lifetime"], d["weather"].get("seed")
    years = len(life["years"])
    rows = [
        ("scenario", d["scenario"]["name"], "", ""),
        _figure("annual_kwh", energy["annual_kwh"], of_what(d)),
        *_figures(energy, "specific_yield_kwh_per_kwp", "performance_ratio", "kwh_per_panel"),
        *_figures(d["system"], "panels", "dc_kwp", "ac_kw", "dc_ac_ratio", "module_area_m2"),
    ]
    if seed is None:  # of one random year the budget says nothing
        year = d["uncertainty"]["one_year"]
        rows.append(_figure("p90_kwh", year["p90_kwh"], "reached or passed in one year with 90 % probability"))
    rows += [
        _figure("mean_kwh", life["mean_kwh"], f"of {years} years, modules ageing", "mean of a year"),
        _figure("mean_equivalent_hours", life["mean_equivalent_hours"], f"of {years} years, at nameplate"),
        _figure("total_kwh", life["total_kwh"], f"of {years} years", "total"),
    ]
    for r in d["impact"]["coal"][:2]:
        note = f"{MEANING.get(r['kind'], r['kind'])} ({r['factor_id']})"
        rows.append(("standard coal", Cell(r["tce"], TENTHS), "tce", note))
    for r in d["impact"]["co2"][:1]:
        note = f"{MEANING.get(r['kind'], r['kind'])} ({r['factor_id']}); {r.get('note') or ''}"
        rows.append(("CO2", Cell(r["t"], TENTHS), "t CO2", note.removesuffix("; ")))
    if energy["curtailed_kwh"] is not None:
        rows += _figures(energy, "curtailed_kwh")
    if "use" in d:
        rows += _figures(energy, "self_used_kwh", "exported_kwh", "imported_kwh", "storage_losses_kwh")
        rows += _figures(energy, "self_use_fraction", "self_sufficiency_fraction")
    if "finance" in d:
        rows += _figures(d["finance"], "npv_cny")
        rows.append(_figure("irr", d["finance"]["irr"], _irr_note(d["finance"]["irr_status"])))
        rows += _figures(d["finance"], "payback_years")
    if "claim" in d:
        rows.append(("published claim", d["claim"]["verdict"], "", ""))
    rows += [("warning", text, "", "") for text in d["warnings"]]
    return Sheet("answer", _FIGURE, tuple(rows))


def _irr_note(status: str) -> str:
    return IRR_TEXTS.get(status, "")


# --- energy -------------------------------------------------------------------------------------------------


def _monthly(series: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    """Rows of twelve months from lists of twelve."""
    return [{"month": name, **{k: v[i] for k, v in series.items()}} for i, name in enumerate(MONTHS)]


def _energy(d: Document) -> Iterator[Sheet]:
    yield _table("months", _monthly({"energy_kwh": d["energy"]["monthly_kwh"]}), "month", "energy_kwh")
    yield _table(
        "loss ledger", d["ledger"], "name", "stage", "kwh", "percent_of_previous", "basis", "source", kwh="left"
    )
    years = d["lifetime"]["years"]
    yield _table(f"{len(years)} years", years, "year", "factor", "annual_kwh", "equivalent_hours")


def _years(d: Document) -> Iterator[Sheet]:
    """Years of the weather, single years of a climate, and other sources of weather, where they were asked for."""
    yield _table("weather years", d["energy"].get("by_year", ()), "year", "annual_kwh")
    if "random_years" in d:
        found = d["random_years"]
        yield _table("random years", found["members"], "seed", "ghi_kwh_per_m2", "annual_kwh", ghi_kwh_per_m2="GHI")
        yield Sheet("random years spread", _FIGURE, tuple(_figures(found["spread"], *found["spread"])))
    if "ensemble" in d:
        found = d["ensemble"]
        yield _table(
            "other weather", found["members"],
            "name", "station", "ghi_kwh_per_m2", "annual_kwh", "coverage_fraction", "refused", "warnings",
            ghi_kwh_per_m2="GHI",
        )  # fmt: skip
        spread = found["spread"] or {}
        yield Sheet("other weather spread", _FIGURE, tuple(_figures(spread, *spread)))


def _uncertainty(d: Document) -> Iterator[Sheet]:
    found = d["uncertainty"]
    names = (("one year", "one_year"), ("mean of 25 years, unaged", "long_term"))
    rows = [{"of": name, **found[key]} for name, key in names]
    percentiles = {f"p{n}_kwh": f"P{n}" for n in (50, 75, 90, 99)}
    yield _table("uncertainty", rows, "of", *percentiles, "sigma_percent", **percentiles)
    yield _table("uncertainty budget", found["budget"], "name", "sigma_percent", "source")


def _impact(d: Document) -> Sheet:
    heads = (
        "of", "result", "unit", "factor", "kind", "factor value", "factor unit", "status", "applies to",
        "counted (kWh)", "year", "region", "own factor", "source", "note",
    )  # fmt: skip
    number = {"result": TENTHS, "factor value": FINE, "counted (kWh)": WHOLE, "year": "0"}
    rows = tuple(
        (
            name, r[key], unit, r["factor_id"], r["kind"], r["value"], r["unit"], r["status"], r["applies_to"],
            r["kwh"], r["year"], r["region"], r["own"], r["source"], r["note"],
        )
        for name, block, key, unit in (("standard coal", "coal", "tce", "tce"), ("CO2", "co2", "t", "t CO2"))
        for r in d["impact"][block]
    )  # fmt: skip
    return Sheet("impact", tuple(Column(head, number.get(head, PLAIN)) for head in heads), rows)


# --- use and money ------------------------------------------------------------------------------------------

_SERIES = ("load_kwh", "self_used_kwh", "exported_kwh", "imported_kwh")


def _use(d: Document) -> Iterator[Sheet]:
    if "use" not in d:
        return
    use = d["use"]
    yield _table("self-use", _monthly({k: use["monthly"][k] for k in _SERIES}), "month", *_SERIES)
    yield _table(
        "self-use by period", use["periods"], "name", "price_cny_per_kwh", "surplus_price_cny_per_kwh", *_SERIES
    )
    yield _table(
        "self-use by meter", use["meters"], "name", "annual_kwh", *_SERIES, "curtailed_kwh", "storage_losses_kwh",
        "self_use_fraction", "self_sufficiency_fraction",
    )  # fmt: skip
    yield _table("self-use by size", use["sizes"], "dc_kwp", "self_used_kwh", "exported_kwh", "self_use_fraction")
    rows = [*_figures(use, "load_kwh")]
    rows += [_figure(k, v, "what the store adds", f"store: {words(k)}") for k, v in (use["storage"] or {}).items()]
    for prefix, found in (("", d["rules"]), ("surplus price: ", d["rules"].get("surplus_price", {}))):
        rows += [_figure(k, v, "", prefix + words(k)) for k, v in found.items() if not isinstance(v, Mapping)]
    rows += [("note", note, "", "") for note in use["notes"]]
    yield Sheet("self-use figures", _FIGURE, tuple(rows))


def _money(d: Document) -> Iterator[Sheet]:
    if "finance" not in d:
        return
    found = d["finance"]
    plain = {k: v for k, v in found.items() if not isinstance(v, Mapping | list)}
    rows = [_figure(k, v, _irr_note(plain.get(f"{k}_status", ""))) for k, v in plain.items()]
    parts = {"first year": found["first_year"] or {}}
    parts |= {f"{name.upper()} with the programme": p for name, p in found["programme"].items()}
    rows += [_figure(k, v, "", f"{part}: {words(k)}") for part, inner in parts.items() for k, v in inner.items()]
    yield Sheet("money", _FIGURE, tuple(rows))
    for name, years in (("money by year", found["years"]), ("money of the host", found["host"])):
        yield _table(name, years, *(years[0] if years else ()), kwh="energy")


# --- claim, roofs, equipment --------------------------------------------------------------------------------


def _claim(d: Document) -> Iterator[Sheet]:
    if "claim" not in d:
        return
    claim = d["claim"]
    rows: list[Row] = []
    for key, f in claim["fields"].items():
        unit, number = unit_of(key)
        values = (Cell(f.get(side), number) for side in ("claimed", "simulated"))
        rows.append((words(key), *values, unit, f.get("ratio"), f.get("factor_id")))
    heads = ("field", "claimed", "simulated", "unit", "claimed / simulated", "factor")
    columns = tuple(Column(head, "0.000" if head.startswith("claimed /") else PLAIN) for head in heads)
    yield Sheet("claim", columns, tuple(rows))
    yield _table("claim findings", claim["findings"], "severity", "code", "message")
    implied: list[Row] = [
        (words(key), *(Cell(v, unit_of(key)[1]) for v in band), unit_of(key)[0])
        for key, band in claim.get("implied", {}).items()
        if band is not None
    ]
    bounds = ("implied by the claim", "lowest", "as printed", "highest", "unit")
    yield Sheet("claim implied", tuple(map(Column, bounds)), tuple(implied))
    fits = tuple((kind, ", ".join(ids)) for kind, ids in claim.get("conventions", {}).items() if ids)
    yield Sheet("claim conventions", (Column("of"), Column("factors that fit")), fits)


def _roofs(d: Document) -> Iterator[Sheet]:
    roofs = d.get("roofs", ())
    yield _table("roofs", roofs, *(roofs[0] if roofs else ()))
    months = {f"{month.lower()}_percent": month for month in MONTHS}
    causes = (
        "poa_kwh_per_m2", "horizon_percent", "obstacles_percent", "rows_percent", "partial_shade_percent",
        "shaded_percent", "rear_gain_percent",
    )  # fmt: skip
    rows = [p | dict(zip(months, p["monthly_percent"], strict=True)) for p in d.get("shading", ())]
    yield _table("shading", rows, "name", *causes, *months, **months)
    if "cleaning" in d:
        found = d["cleaning"]
        rows = [{"what": "planned", **one} for one in found["dates"]]
        rows += [] if found["best"] is None else [{"what": "best further one", **found["best"]}]
        rows.append({"what": "% of the year's energy that dirt takes", "percent": found["energy_lost_percent"]})
        yield _table("cleaning", rows, "what", "date", "kwh", "value_cny", "percent", kwh="gain", percent="lost")


def _equipment(d: Document) -> Iterator[Sheet]:
    system = d["system"]
    yield _table(
        "planes", system["planes"], "name", "panels", "dc_kwp", "surface_tilt", "surface_azimuth", "poa_kwh_per_m2",
        "annual_kwh", "module", "inverter", "modules_in_series",
    )  # fmt: skip
    lines = tuple(Column(f"{line['name']} (kWh)", WHOLE) for line in d["ledger"])
    yield Sheet("loss ledger by plane", (Column("plane"), *lines), tuple(
        (p["name"], *p["ledger_kwh"]) for p in system["planes"]
    ))  # fmt: skip
    yield _table("modules", system["modules"], "name", "model", "power_w", "area_m2", "stc_w", "source")
    yield _table(
        "inverters", system["inverters"], "name", "model", "count", "ac_kw", "dc_kwp", "voltage_window_kwh",
        "clipped_kwh", "night_kwh", "source",
    )  # fmt: skip


# --- what it stands on --------------------------------------------------------------------------------------


def _given(d: Document) -> Iterator[Sheet]:
    yield _table("assumptions", d["assumptions"], "key", "value", "unit", "default", "reason", "source")
    weather = d["weather"]
    rows = [_figure(k, v) for k, v in weather.items() if k not in {"stations", "sources", "repairs", "years"}]
    rows.append(("years", weather["years"], "", ""))
    rows += [_figure("count", count, "rows mended", f"repaired: {name}") for name, count in weather["repairs"].items()]
    yield Sheet("weather", _FIGURE, tuple(rows))
    yield _table("weather stations", weather.get("stations", ()), "id", "name", "distance_km", "altitude", "weight")
    yield _table(
        "sources of the weather", weather["sources"], "ingredient", "issuer", "document", "period", "method", "status"
    )


def _origins(d: Document) -> Iterator[Sheet]:
    rows = [("schema of the document", str(d["schema"])), *d["versions"].items()]
    rows.append(("SHA-256 of the scenario", d["scenario"]["sha256"]))
    rows += [(f"SHA-256 of {f['name']}, {f['rows']} rows", f["sha256"]) for f in d.get("files", ())]
    yield Sheet("versions and hashes", (Column("of"), Column("version or hash")), tuple(rows))
