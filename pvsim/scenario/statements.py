"""Rules on how modules, inverters, losses and outages are stated: once, completely, and without contradiction."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise

from pvsim.scenario.fault import Fault, Given, composed, mapping, number, sequence
from pvsim.scenario.wording import closest, listed, quoted

DATASHEET_KEYS = (
    *("voc_v", "isc_a", "vmp_v", "imp_a", "cells_in_series"),
    *("alpha_sc_percent_per_c", "beta_voc_percent_per_c"),
)
MODULE_SOURCES = ("name", "pan", "iec61853")
# which models a module can take, by how it is stated; the first is the default, a name's own table decides
MODELS_OF: Mapping[str, tuple[str, ...]] = {
    "power": ("pvwatts",),
    "datasheet": ("single-diode", "pvwatts"),
    "name": ("single-diode", "sapm", "pvwatts"),
    "pan": ("single-diode", "pvwatts"),
    "iec61853": ("adr", "single-diode"),
}
_POWER_TOLERANCE, _AREA_TOLERANCE = 0.02, 0.02  # printed values are rounded, seldom by more
_CELL_V = (0.4, 1.2)  # open-circuit voltage of one cell: silicon 0.6 to 0.76, thin film up to 1.1
_FILL = (0.4, 0.9)


def module_kind(module: Given) -> str:
    """How a module is stated: "name", "pan", "iec61853", "datasheet", or "power"."""
    found = next((key for key in MODULE_SOURCES if module.get(key) is not None), None)
    if found is not None:
        return found
    return "datasheet" if any(module.get(key) is not None for key in DATASHEET_KEYS) else "power"


def module_statement_faults(module: Given) -> Iterator[Fault]:
    """A module is stated once and completely, and what is stated twice agrees."""
    kind = module_kind(module)
    sources = [key for key in MODULE_SOURCES if module.get(key) is not None]
    data = [key for key in DATASHEET_KEYS if module.get(key) is not None]
    allowed_beside = {"iec61853": ("cells_in_series",)}.get(kind, ())
    for key in (*sources[1:], *(data if kind != "datasheet" else ())):
        if key not in allowed_beside:
            yield Fault(
                (key,),
                f"given together with {kind}",
                "a module is stated once: power_w, datasheet values, name, pan or iec61853",
                "remove one of them",
                also=(kind,),
            )
    for key in ("gamma_percent_per_c",) if kind in ("name", "pan") else ():
        if module.get(key) is not None:
            yield Fault((key,), f"given together with {kind}", f"{kind} has its own", "remove it", also=(kind,))
    if kind == "datasheet":
        yield from _datasheet_faults(module)
    yield from _model_faults(module, kind)
    yield from _area_faults(module)
    yield from _side_faults(module)


def _datasheet_faults(module: Given) -> Iterator[Fault]:
    """All of a datasheet's values, and such as one module can have."""
    missing = [key for key in (*DATASHEET_KEYS, "gamma_percent_per_c") if module.get(key) is None]
    if missing:
        first = next(key for key in DATASHEET_KEYS if module.get(key) is not None)
        yield Fault(
            (first,),
            f"given without {listed(missing)}",
            "a datasheet's values are given together",
            "add them, or leave them all out: power_w is enough",
        )
        return
    voc, isc, vmp, imp, cells = (number(module.get(key)) for key in DATASHEET_KEYS[:5])
    if not all((voc, isc, vmp, imp, cells)):
        return  # each is told by itself
    for low, high, below, above in ((vmp, voc, "vmp_v", "voc_v"), (imp, isc, "imp_a", "isc_a")):
        if low >= high:
            yield Fault((below,), f"{low:g} is not below {above} = {high:g}", f"{below} < {above}", "are they swapped?")
    fill = vmp * imp / (voc * isc)
    if vmp < voc and imp < isc and not _FILL[0] <= fill <= _FILL[1]:
        yield Fault(
            ("voc_v",),
            f"a fill factor of {fill:.2f}",
            f"{_FILL[0]} to {_FILL[1]}",
            "voltages or currents belong to another module",
        )
    if not _CELL_V[0] <= voc / cells <= _CELL_V[1]:
        halves = " a module of 144 half cells has 72 in series" if voc / cells < _CELL_V[0] else ""
        yield Fault(
            ("cells_in_series",),
            f"{voc:g} V over {cells:g} cells are {voc / cells:.2f} V a cell",
            f"{_CELL_V[0]} to {_CELL_V[1]} V",
            f"count the cells in series:{halves}" if halves else "count the cells in series",
        )
    power = number(module.get("power_w"))
    if power and abs(vmp * imp / power - 1) > _POWER_TOLERANCE:
        yield Fault(
            ("power_w",), f"{power:g} W, but vmp_v x imp_a are {vmp * imp:.1f} W", "they agree within 2 %",
            "all values are of one module at standard test conditions", also=("vmp_v",),
        )  # fmt: skip


def _model_faults(module: Given, kind: str) -> Iterator[Fault]:
    """A model that what is stated can feed, and no key that the model does not read."""
    model = module.get("model")
    if isinstance(model, str) and model not in MODELS_OF[kind]:
        yield Fault(
            ("model",), f"{quoted(model)} for a module that is stated by {kind}", f"one of {listed(MODELS_OF[kind])}",
            "state the module otherwise, or leave model out",
        )  # fmt: skip
        return
    used = model or MODELS_OF[kind][0]
    if module.get("low_light_loss_percent") is not None and used != "pvwatts":
        yield Fault(
            ("low_light_loss_percent",), f"given for the model {used}", "a key of pvwatts; this model knows its own",
            "remove it",
        )  # fmt: skip
    if kind == "iec61853" and module.get("gamma_percent_per_c") is not None:
        yield Fault(("gamma_percent_per_c",), "given together with iec61853", "the matrix holds it", "remove it")
    if kind == "iec61853" and (used == "single-diode") != (module.get("cells_in_series") is not None):
        todo = "add cells_in_series" if used == "single-diode" else 'add model = "single-diode" or remove it'
        yield Fault(("cells_in_series",), "the single diode and its cells go together", "both or none", todo)


def _area_faults(module: Given) -> Iterator[Fault]:
    power, area, percent = (number(module.get(key)) for key in ("power_w", "area_m2", "efficiency_percent"))
    if power and area and percent and abs(power / area / 10 / percent - 1) > _AREA_TOLERANCE:
        yield Fault(
            ("efficiency_percent",), f"{percent:g} %, but power_w / area_m2 are {power / area / 10:.2f} %",
            "they agree within 2 %", "all are of one module", also=("area_m2",),
        )  # fmt: skip


def _side_faults(module: Given) -> Iterator[Fault]:
    """Both sides or none, the long one first, and together the area."""
    sides = {key: number(module.get(key)) for key in ("length_m", "width_m")}
    given = [key for key in sides if module.get(key) is not None]
    if len(given) == 1:
        other = "width_m" if given[0] == "length_m" else "length_m"
        yield Fault((given[0],), f"given without {other}", "a module has both sides")
    elif given and min(sides.values()) > 0:
        long, short = sides.values()
        area = number(module.get("area_m2"))
        if long < short:
            yield Fault(("length_m",), f"{long:g} m", f"at least width_m = {short:g} m", "length_m is the long side")
        if area and abs(long * short / area - 1) > _AREA_TOLERANCE:
            yield Fault(
                ("area_m2",), f"{area:g} m2, but length_m x width_m are {long * short:.3g} m2", "they agree within 2 %",
                also=("length_m",),
            )  # fmt: skip


def inverter_faults(inverter: Given) -> Iterator[Fault]:
    """One way to state the size, one way to state the efficiency, a window that is one."""

    def has(key: str) -> bool:
        return inverter.get(key) is not None

    if has("dc_ac_ratio") and has("ac_power_kw"):
        yield Fault(
            ("dc_ac_ratio",),
            "given together with ac_power_kw",
            "the AC size is stated once: dc_ac_ratio, or ac_power_kw with count",
            "remove one of them",
            also=("ac_power_kw",),
        )
    named = next((key for key in ("name", "ond") if has(key)), None)
    if has("name") and has("ond"):
        yield Fault(("ond",), "given together with name", "an inverter is stated once", "remove one", also=("name",))
    for key in ("ac_power_kw", "efficiency_percent", "nominal_efficiency_percent") if named else ():
        if has(key):
            yield Fault(
                (key,), f"given together with {named}", f"{named} has its own", "remove it", also=(named or "",)
            )
    if has("count") and not has("ac_power_kw") and not named:
        yield Fault(
            ("count",), "given without ac_power_kw", "count goes with ac_power_kw (of one inverter), name or ond"
        )
    if has("count") and named and has("dc_ac_ratio"):
        yield Fault(
            ("dc_ac_ratio",), "given together with count", "the AC size is stated once: dc_ac_ratio, or count",
            "remove one of them", also=("count",),
        )  # fmt: skip
    yield from _window_faults(inverter)
    if has("efficiency_percent") and has("nominal_efficiency_percent"):
        yield Fault(
            ("nominal_efficiency_percent",),
            "given together with efficiency_percent",
            "the efficiency is stated once: energy-weighted, or nominal",
            "remove one of them",
            also=("efficiency_percent",),
        )


def _window_faults(inverter: Given) -> Iterator[Fault]:
    """The MPPT range lies below what the inverter bears, its lower end below its upper; one end alone is none."""
    ends = [key for key in ("mppt_low_v", "mppt_high_v") if inverter.get(key) is not None]
    if len(ends) == 1 and inverter.get("name") is None and inverter.get("ond") is None:
        yield Fault((ends[0],), "one end of the MPPT range", "mppt_low_v and mppt_high_v together", "add the other")
    order = ("mppt_low_v", "mppt_high_v", "vdc_max_v")
    known = [(key, number(inverter.get(key))) for key in order if number(inverter.get(key))]
    for (low_key, low), (high_key, high) in pairwise(known):
        if low > high or (low == high and high_key == "mppt_high_v"):
            yield Fault(
                (low_key,),
                f"{low:g} V is above {high_key} = {high:g} V",
                f"{low_key} below {high_key}",
                also=(high_key,),
            )


def loss_faults(losses: Given) -> Iterator[Fault]:
    """Soiling is stated once: a constant, twelve months, or a daily rate that rain washes off."""
    ways = [key for key in SOILING_WAYS if losses.get(key) not in (None, ())]
    for key in ways[1:]:
        yield Fault((key,), f"given together with {ways[0]}", "soiling is stated once", "remove one", also=(ways[0],))
    for key in RAIN_KEYS:
        if losses.get(key) not in (None, ()) and losses.get("soiling_percent_per_day") is None:
            yield Fault((key,), "given without soiling_percent_per_day", f"{key} belongs to soiling by rain")


SOILING_WAYS = ("soiling_percent", "soiling_monthly_percent", "soiling_percent_per_day")
RAIN_KEYS = ("cleaning_rain_mm", "soiling_grace_days", "soiling_max_percent", "cleaning_dates")


def outage_faults(data: Given) -> Iterator[Fault]:
    """Periods that end after they start, of inverters that exist; roofs whose own soiling nothing contradicts."""
    known = {composed(name) for name in mapping(data.get("inverters"))}
    for index, outage in enumerate(map(mapping, sequence(data.get("outage")))):
        start, end, name = (outage.get(key) for key in ("start", "end", "inverter"))
        if type(start) is datetime.date and type(end) is datetime.date and end < start:
            yield Fault(("outage", index, "end"), f"{end} is before start = {start}", "a last day, which counts whole")
        if isinstance(name, str) and composed(name) not in known:
            guess = closest(name, islice(known, 100))
            todo = f"did you mean {quoted(guess)}?" if guess else "leave it out: all inverters"
            exists = f"there are: {listed(sorted(known))}" if known else "there are no [inverters.NAME] tables"
            yield Fault(("outage", index, "inverter"), f"no [inverters.NAME] is called {quoted(name)}", exists, todo)
    losses = mapping(data.get("losses"))
    moving = next((key for key in SOILING_WAYS[1:] if losses.get(key) not in (None, ())), None)
    for index, roof in enumerate(map(mapping, sequence(data.get("roof")))):
        if moving and roof.get("soiling_percent") is not None:
            yield Fault(
                ("roof", index, "soiling_percent"),
                f"given together with losses.{moving}",
                "soiling is stated once",
                "remove one",
                also=("losses", moving),
            )
