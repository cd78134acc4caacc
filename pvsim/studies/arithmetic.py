"""What the printed tonnes and kWh of a claim say about each other, without any weather.

Rules and limits are those of ``reference/factors.md``, "Arithmetic that the audit can stand on". An unknown
convention is no fault in itself: a ratio that thermal plants or grids can have is noted, one that they hardly have
is a doubt, one that contradicts physics an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pvsim.impact.factors import find
from pvsim.impact.printed import (
    Claim,
    Interval,
    energy_of_tonnes,
    implied,
    number,
    overlaps,
    printed,
    ratio,
    saves,
    scaled,
)
from pvsim.impact.recognise import calorific_with_average, conventions, factors_of, recovered, told, year_of
from pvsim.studies.findings import Finding, amount, finding, span

CARBON_CEILING: Final = 29.31 / 32.8 * 44.0 / 12.0  # t of CO2 per tce, if coal were pure carbon
COAL_CEILING: Final = 2.97  # t of CO2 per tce that no real coal exceeds
COAL_FLOOR: Final = 2.1  # below what coal gives (2.46), with room for rounded conventions
HYDRO_RATIO: Final = 0.5  # kg of CO2 of a hydro grid (0.16, Sichuan) over kg of coal (0.33): no pair is lower
PLANT_KGCE: Final = (0.28, 0.42)  # supply coal rates of thermal plants, 1980s to today
MOST_KGCE: Final = 0.8  # twice the worst of them
GRID_KGCO2: Final = (0.08, 1.05)  # kg of CO2 per kWh: the cleanest hydro grid, and coal at its press value
CLEANEST_PLANT: Final = 0.7  # kg of CO2 per kWh; above it the CO2 is that of coal plants
CARBON_OF_CO2: Final = 12.0 / 44.0
CARBON_T_PER_TCE: Final = (0.62, 0.76)  # t of carbon per tce, by the conventions in use
SULPHUR_CEILING: Final = 0.06  # kg per kWh of SO2 or NOx: coal with 5 % of sulphur gives 0.04
DUST_TOLERANCE: Final = 1.02  # 0.272 / 0.997 is a rounded 12 / 44
ERA_RATIO: Final = 10.0  # times a modern plant
MODERN_FROM: Final = 2016  # claims from then on know plants with filters (ultra-low emission standard)


def arithmetic_findings(claim: Claim) -> list[Finding]:
    """What the printed figures say about each other."""
    ratios = implied(claim)
    known = conventions(claim, ratios)
    return [
        *_coal_findings(claim, ratios, known["coal"]),
        *_co2_findings(claim, ratios, known["co2"]),
        *_pair_findings(claim, ratios, known),
        *_recovered_findings(claim),
        *_raw_coal_findings(claim),
        *_label_findings(claim, ratios, known),
        *_dust_findings(claim),
        *_pollutant_findings(claim, ratios),
        *_total_findings(claim),
    ]


# --- coal


def _coal_findings(claim: Claim, ratios: Mapping[str, Interval | None], known: Sequence[str]) -> Iterator[Finding]:
    rate, kwh, tce = ratios["kgce_per_kwh"], energy_of_tonnes(claim), printed(claim, "tce")
    if rate is None or kwh is None or tce is None:
        return
    said = f"{amount(tce[1])} t / {amount(kwh[1])} kWh = {span(rate, 'kgce/kWh')}"
    if known:
        best = find(known[0])
        fine = tce[2] - tce[0] <= 2e-3 * tce[1]  # of three digits and fewer, many factors are "exact"
        exact = fine and tce[0] <= best.value * kwh[1] / 1000.0 <= tce[2]
        last = ", exact to the last printed digit" if exact else ""
        message = f"{said}: written with {best.id}, {best.boundary}{last}{told(known)['others']}"
        yield finding("note", "coal-convention", message)
        return
    yield _unknown_coal(said, rate, ratios["kgco2_per_kgce"])


def _unknown_coal(said: str, rate: Interval, per_coal: Interval | None) -> Finding:
    """A coal ratio that no factor on file explains."""
    heat = min(f.value for f in factors_of("coal") if f.method == "calorific")
    if rate[2] < heat:
        return finding("error", "coal-impossible", f"{said}: less than the heat of the kWh itself, {heat} kgce")
    if rate[0] > MOST_KGCE:
        why = f"no plant burns more than {MOST_KGCE}; kg instead of t, or another energy?"
        return finding("error", "coal-impossible", f"{said}: {why}")
    raw = factors_of("raw_coal")[0]
    fits = overlaps(scaled(rate, raw.value), *PLANT_KGCE) and (
        per_coal is None or overlaps(scaled(per_coal, 1 / raw.value), COAL_FLOOR, COAL_CEILING)
    )
    if fits and rate[1] > PLANT_KGCE[1]:
        both = "" if per_coal is None else f" and {per_coal[1] / raw.value:.3g} t of CO2/tce"
        why = f"x {raw.value} = {rate[1] * raw.value:.3g} kgce/kWh{both}: the tonnes are probably raw coal ({raw.id})"
        return finding("doubt", "raw-coal", f"{said}; {why}")
    if overlaps(rate, *PLANT_KGCE):
        return finding("note", "coal-convention-unknown", f"{said}: no coal factor on file, but plants have such rates")
    return finding("doubt", "coal-convention-unknown", f"{said}: no coal factor on file is near it, nor any plant")


# --- CO2


def _co2_findings(claim: Claim, ratios: Mapping[str, Interval | None], known: Sequence[str]) -> Iterator[Finding]:
    rate, per_coal = ratios["kgco2_per_kwh"], ratios["kgco2_per_kgce"]
    if rate is None and per_coal is None:
        return
    parts = [span(i, u) for i, u in ((rate, "kg of CO2/kWh"), (per_coal, "t of CO2/tce")) if i]
    said = " and ".join(parts)
    if rate is not None and rate[0] > GRID_KGCO2[1]:
        top = max(factors_of("co2"), key=lambda f: f.value)
        why = f"not explained by the electricity: the highest CO2 factor on file is {top.value} ({top.id})"
        yield finding("doubt", "co2-not-explained-by-electricity", f"{said}: {why}{_as_a_sum(claim, rate)}")
    elif known:
        which = told(known)
        yield finding("note", "co2-convention", f"{said}: written with {which['first']}{which['others']}")
    elif rate is not None and rate[2] < GRID_KGCO2[0]:
        yield finding("doubt", "co2-convention-unknown", f"{said}: less than any grid of China gives")
    else:
        yield finding("note", "co2-convention-unknown", f"{said}: no CO2 factor on file")


def _as_a_sum(claim: Claim, rate: Interval) -> str:
    """Whether the press values of CO2, SO2 and dust add up to the ratio, where none of them is printed by itself."""
    if any(printed(claim, name) for name in ("so2_t", "nox_t", "dust_t")):
        return ""
    press = {f.kind: f.value for kind in ("so2", "nox", "dust") for f in factors_of(kind) if f.issuer == "press"}
    coal = next(f.value for f in factors_of("co2") if f.id == "co2-press-0.997")
    for parts in (("so2", "dust"), ("so2", "nox", "dust")):
        total = coal + sum(press[p] for p in parts)
        if overlaps(rate, total, total):
            names = " + ".join([f"{coal:g} CO2", *(f"{press[p]:g} {p.upper()}" for p in parts)])
            return f"; or a sum of gases and dust: {names} = {total:.3f}"
    return ""


# --- coal against CO2


def _pair_findings(
    claim: Claim, ratios: Mapping[str, Interval | None], known: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    """Coal and CO2 of the same kWh: carbon limits the one by the other, unless they are unlike kinds."""
    per_coal, per_kwh = ratios["kgco2_per_kgce"], ratios["kgco2_per_kwh"]
    if per_coal is None:
        # No plant burns more for a kWh than the highest coal factor on file.
        most = CARBON_CEILING * max(f.value for f in factors_of("coal"))
        if per_kwh is not None and per_kwh[0] > most:
            said = f"{span(per_kwh, 'kg of CO2/kWh')} is above {most:.2f}"
            yield finding("error", "co2-above-carbon", f"{said}: no coal plant can give that")
        return
    said = span(per_coal, "t of CO2/tce")
    if per_coal[0] > COAL_CEILING:
        yield _above_coal(said, per_coal, ratios, known)
    elif overlaps(per_coal, *CARBON_T_PER_TCE) and not known["co2"]:
        yield finding("doubt", "co2-is-carbon", f"{said}: that is carbon; its CO2 would be {per_coal[1] * 44 / 12:.3g}")
    elif per_coal[2] < 1.0 / CARBON_CEILING:
        yield finding(
            "error", "coal-above-co2", f"{said}: so much coal would give more CO2; labels or bases exchanged?"
        )
    elif per_coal[2] < COAL_FLOOR:
        yield from _below_coal(claim, said, per_coal, ratios, known)


def _above_coal(
    said: str, per_coal: Interval, ratios: Mapping[str, Interval | None], known: Mapping[str, Sequence[str]]
) -> Finding:
    per_kwh = ratios["kgco2_per_kwh"]
    # Calorific coal is the heat of the kWh, not what a plant burns; CO2 by a grid factor may exceed it.
    why = "calorific coal beside CO2 of the grid are two kinds, not to be divided"
    calorific = any(find(i).method == "calorific" for i in known["coal"])
    if calorific and (known["co2"] or overlaps(per_kwh, *GRID_KGCO2)):
        return finding("note", "unlike-kinds", f"{said} is above coal's {COAL_CEILING}; {why}")
    pure = [f for f in factors_of("co2_per_tce") if f.value > CARBON_CEILING and overlaps(per_coal, f.value, f.value)]
    if pure and per_coal[1] > CARBON_CEILING:
        taken = f"{pure[0].value:.4g} = 44/12 takes standard coal for carbon ({pure[0].id})"
        return finding(
            "error", "co2-above-carbon", f"{said} is above {CARBON_CEILING:.2f}, that of pure carbon: {taken}"
        )
    if ratios["kgce_per_kwh"] is None and calorific_with_average(per_coal):
        return finding("doubt", "unlike-kinds", f"{said} is above coal's; perhaps {why}: no kWh are printed to tell")
    if per_coal[0] > CARBON_CEILING:
        limit = f"above {CARBON_CEILING:.2f}, the CO2 of pure carbon"
        return finding("error", "co2-above-carbon", f"{said} is {limit}: no coal can give that")
    pair = known["coal"] and known["co2"]
    mixed = f"; {known['coal'][0]} and {known['co2'][0]} do not belong together" if pair else ""
    return finding("doubt", "co2-above-coal", f"{said} is above {COAL_CEILING}, which no real coal exceeds{mixed}")


def _below_coal(
    claim: Claim,
    said: str,
    per_coal: Interval,
    ratios: Mapping[str, Interval | None],
    known: Mapping[str, Sequence[str]],
) -> Iterator[Finding]:
    """Less CO2 than the coal has carbon: right where the CO2 is a grid's and the coal a plant's."""
    per_kwh = ratios["kgco2_per_kwh"]
    if _of_a_grid(per_kwh, known["co2"]):
        why = "coal of a plant beside CO2 of the grid are two kinds, not to be divided"
        yield finding("note", "unlike-kinds", f"{said} is below coal's {COAL_FLOOR}; {why}")
    elif per_coal[2] < HYDRO_RATIO:
        yield finding("error", "coal-above-co2", f"{said}: coal gives at least {COAL_FLOOR}, and no grid is that clean")
    elif ratios["kgce_per_kwh"] is None or not overlaps(ratios["kgce_per_kwh"], *PLANT_KGCE):
        raw = factors_of("raw_coal")[0].value
        as_raw = scaled(per_coal, 1 / raw)
        hint = (
            f"; / {raw} = {as_raw[1]:.3g}: raw coal?" if as_raw and overlaps(as_raw, COAL_FLOOR, COAL_CEILING) else ""
        )
        yield finding("doubt", "coal-and-co2-contradict", f"{said} is below coal's {COAL_FLOOR}{hint}")
    elif per_kwh is not None and not overlaps(per_kwh, 0.0, CLEANEST_PLANT):
        yield finding("doubt", "coal-and-co2-contradict", f"{said} is below coal's {COAL_FLOOR}, above any grid's")


def _of_a_grid(per_kwh: Interval | None, known: Sequence[str]) -> bool:
    """Whether the CO2 of a kWh is that of a grid with water and wind in it, by a factor on file."""
    methods = {"average", "residual", "combined-margin"}
    return overlaps(per_kwh, 0.0, CLEANEST_PLANT) and any(find(i).method in methods for i in known)


def _recovered_findings(claim: Claim) -> Iterator[Finding]:
    found = recovered(claim)
    if found is not None:
        low, best, high = found.kwh
        span_ = f"{best:,.0f} kWh ({low:,.0f} to {high:,.0f})"
        message = f"no kWh are printed; the tonnes are those of {span_} by {', '.join(found.factor_ids)}"
        yield finding("note", "energy-recovered", message)


def _raw_coal_findings(claim: Claim) -> Iterator[Finding]:
    """Coal that is called raw: converted, does it fit the kWh?"""
    raw, kwh, co2 = printed(claim, "raw_coal_t"), energy_of_tonnes(claim), printed(claim, "co2_t")
    as_printed = scaled(ratio(raw, kwh), 1e3)
    if raw is None or as_printed is None:
        return
    factor = factors_of("raw_coal")[0]
    rate = scaled(as_printed, factor.value) or as_printed
    said = f"{amount(raw[1])} t of raw coal x {factor.value} = {span(rate, 'kgce/kWh')}"
    if overlaps(rate, *PLANT_KGCE):
        yield finding("note", "raw-coal-convention", f"{said}: plants have such rates ({factor.id})")
        return
    per_raw = ratio(co2, raw)
    like = overlaps(as_printed, *PLANT_KGCE) or overlaps(per_raw, COAL_FLOOR, COAL_CEILING)
    hint = ": the figures are those of standard coal, called raw" if like else ": no plant has such a rate"
    yield finding("doubt", "raw-coal-label", said + hint)


# --- dust, sulphur, nitrogen


def _label_findings(
    claim: Claim, ratios: Mapping[str, Interval | None], known: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    """A figure that has the ratio to coal which another label should have."""
    tce, co2 = printed(claim, "tce"), printed(claim, "co2_t")
    if tce is None or co2 is None or overlaps(ratio(co2, tce), HYDRO_RATIO, CARBON_CEILING):
        return
    if overlaps(ratios["kgce_per_kwh"], *PLANT_KGCE) and _of_a_grid(ratios["kgco2_per_kwh"], known["co2"]):
        return  # a grid of water power beside a plant of coal
    if overlaps(ratio(tce, co2), COAL_FLOOR, CARBON_CEILING):
        said = f"{amount(tce[1])} t of coal / {amount(co2[1])} t of CO2 = {tce[1] / co2[1]:.3g}"
        yield finding("error", "swapped-labels", f"{said}, what CO2 / coal is: the labels are exchanged")
    for name, label in (("so2_t", "SO2"), ("nox_t", "NOx"), ("dust_t", "dust")):
        other = printed(claim, name)
        if other is not None and overlaps(ratio(other, tce), COAL_FLOOR, CARBON_CEILING):
            said = f"{amount(other[1])} t of {label} / {amount(tce[1])} t of coal = {other[1] / tce[1]:.3g}"
            yield finding("error", "swapped-labels", f"{said}, what CO2 / coal is: {label} and CO2 are exchanged")


def _dust_findings(claim: Claim) -> Iterator[Finding]:
    dust, co2, tce = printed(claim, "dust_t"), printed(claim, "co2_t"), printed(claim, "tce")
    if dust is None:
        return
    if tce is not None and dust[0] > tce[2]:
        yield finding("error", "dust-above-coal", f"{amount(dust[1])} t of dust from {amount(tce[1])} t of coal")
        return
    part, per_kwh = ratio(dust, co2), scaled(ratio(dust, energy_of_tonnes(claim)), 1e3)
    press = next(f for f in factors_of("dust") if f.issuer == "press")
    if part is not None and part[0] > CARBON_OF_CO2 * DUST_TOLERANCE:
        yield finding("error", "dust-above-carbon", f"dust / CO2 = {part[1]:.3g}: above 12/44, the carbon of the CO2")
    elif overlaps(part, CARBON_OF_CO2, CARBON_OF_CO2 * DUST_TOLERANCE) or overlaps(per_kwh, press.value, press.value):
        said = f"dust / CO2 = {part[1]:.4g}" if part else f"{span(per_kwh or (0, 0, 0), 'kg of dust/kWh')}"
        why = f"12/44 = {CARBON_OF_CO2:.4f}: this dust is the carbon of the CO2, counted twice ({press.id})"
        yield finding("doubt", "dust-counted-twice", f"{said}; {why}")


def _pollutant_findings(claim: Claim, ratios: Mapping[str, Interval | None]) -> Iterator[Finding]:
    """SO2 and NOx (and dust that is not carbon) against modern plants and against what coal can hold."""
    late = (year_of(claim) or 0) >= MODERN_FROM
    for kind, label in (("so2", "SO2"), ("nox", "NOx"), ("dust", "dust")):
        # kWh unknown: those of the worst plant
        per_coal = ratio(printed(claim, f"{kind}_t"), printed(claim, "tce"))
        rate = ratios[f"kg{kind}_per_kwh"] or scaled(per_coal, PLANT_KGCE[1])
        if rate is None:
            continue
        modern = next(f for f in factors_of(kind) if f.issuer != "press")
        press = next(f for f in factors_of(kind) if f.issuer == "press")
        said = f"{rate[1] * 1e3:.3g} g of {label}/kWh"
        if kind != "dust" and rate[0] > SULPHUR_CEILING:
            yield finding("error", "pollutant-impossible", f"{said}: coal holds at most {SULPHUR_CEILING} kg/kWh")
        elif overlaps(rate, press.value, press.value) and kind != "dust":
            times = f"{press.value / modern.value:,.0f} times a modern plant"
            yield finding("doubt", "pollutants-of-another-era", f"{said}: {press.id}, {times}")
        elif rate[0] > ERA_RATIO * modern.value and not (kind == "dust" and rate[0] > 0.1):
            times = f"{rate[1] / modern.value:,.0f} times the {modern.value * 1e3:.3g} of {modern.id}"
            yield finding("doubt" if late else "note", "pollutants-of-another-era", f"{said}: {times}")


# --- totals


def _total_findings(claim: Claim) -> Iterator[Finding]:
    """A total against its years."""
    year, total, years = number(claim, "annual_kwh"), number(claim, "total_kwh"), number(claim, "basis_years")
    if (
        year is None
        or total is None
        or years is None
        or saves(claim)
        or claim.get("lifetime_or_annual") == "cumulative"
    ):
        return
    span_ = ratio(printed(claim, "total_kwh"), scaled(printed(claim, "annual_kwh"), years))
    if span_ is not None and not overlaps(span_, 0.75, 1.05):
        said = f"{amount(total)} kWh / ({amount(year)} kWh x {years:g} years) = {span_[1]:.3g}"
        severity = "doubt" if overlaps(span_, 0.5, 1.3) else "error"
        yield finding(severity, "lifetime-against-annual", f"{said}: total and year do not belong together")
