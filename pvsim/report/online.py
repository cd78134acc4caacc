"""What ``pvsim weather fetch`` and ``pvsim weather cache`` say: answers of providers, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pvsim.report.text import printable
from pvsim.weather.online.cache import FOREIGN

if TYPE_CHECKING:  # what lists the cache needs neither numbers nor a client
    from pvsim.weather.judge import Judgement
    from pvsim.weather.online.cache import Entry
    from pvsim.weather.online.source import Answer
    from pvsim.weather.record import Weather


def fetched_document(answers: Iterable[Answer], weather: Weather, judgement: Judgement) -> dict[str, Any]:
    """One weather that was fetched: the answers it is made of, their terms, and what it is worth."""
    return {
        "source": weather.source,
        "answers": [
            {**asdict(a.side), "title": a.title, "terms": a.terms, "cached": a.cached, "kept": a.kept} for a in answers
        ],
        "rows": weather.axis.rows,
        "coverage_fraction": float(weather.covered().mean()),
        "years": weather.years,
        "latitude": weather.latitude,
        "longitude": weather.longitude,
        "ghi_kwh_per_m2": weather.sum_kwh_per_m2(weather.ghi) if weather.has_ghi else None,
        "trust": judgement.trust,
        "sentence": judgement.sentence,
        "level_ratio": judgement.level_ratio,
        "warnings": list(weather.warnings),
    }


def fetched_text(document: Mapping[str, Any]) -> str:
    """The same for a person."""
    lines = []
    for a in document["answers"]:
        how = {
            (False, True): "fetched, and kept in the cache:", (False, False): "fetched, but not kept:",
            (True, True): "from the cache, where it is since", (True, False): "fetched before, but not kept:",
        }[a["cached"], a["kept"]]  # fmt: skip
        lines += [
            f"{a['title']} {a['version']}: {a['dataset']}",
            f"  {how} {a['fetched']}",
            f"  {a['size'] / 1e6:.2f} MB, SHA-256 {a['sha256']}",
            f"  terms: {a['terms']}",
        ]
    ghi = document["ghi_kwh_per_m2"]
    light = "no GHI" if ghi is None else f"GHI {ghi:,.0f} kWh/m2"
    place = f"{document['latitude']:g}, {document['longitude']:g}"
    share = document["coverage_fraction"]
    gaps = "" if share == 1 else f", {share:.1%} of them whole"
    lines += [f"{document['rows']:,} rows{gaps} for {place}: {document['years']}; {light} a year", document["sentence"]]
    lines += [f"warning: {text}" for text in document["warnings"]]
    return "".join(printable(line) + "\n" for line in lines)


def cache_document(folder: str, entries: Iterable[Entry], unused: Iterable[str]) -> dict[str, Any]:
    """What is kept: entries with their faults, and files that no entry names."""
    return {
        "folder": folder,
        "entries": [
            {"name": e.name, "fault": e.fault, **({} if e.side is None else {"side": asdict(e.side)})} for e in entries
        ],
        "unused": list(unused),
    }


def cache_text(document: Mapping[str, Any]) -> str:
    """The same for a person: one line an entry."""
    entries, unused = document["entries"], document["unused"]
    lines = [f"{document['folder']}: {len(entries)} {'entry' if len(entries) == 1 else 'entries'}"]
    for e in entries:
        side = e.get("side")
        if side is not None:
            lines.append(
                f"  {side['asked']}: {side['dataset']}; {side['size'] / 1e6:.2f} MB, fetched {side['fetched']}"
            )
        state = {None: "whole", FOREIGN: FOREIGN}.get(e["fault"], f"DAMAGED: {e['fault']}")
        lines.append(f"    {e['name']}  {state}")
    if unused:
        files = "file" if len(unused) == 1 else "files"
        lines.append(f"{len(unused)} {files} of no entry (set aside, replaced or half written); clear removes them:")
        lines += [f"    {name}" for name in unused]
    return "".join(printable(line) + "\n" for line in lines)
