"""``pvsim convert``: arguments in, text or JSON out. It computes nothing."""

from __future__ import annotations

import argparse
import json
import math
from typing import Any

from pvsim.cli.terminal import Commands, Parser, columns, command, escaped, write_utf8
from pvsim.errors import UsageError

LIFE = ("degradation", "decline", "series", "first_year")  # options that say how a life goes


def add_convert(commands: Commands[Parser]) -> None:
    """Declare ``pvsim convert``."""
    p = command(
        commands, "convert", "convert kWh to standard coal and CO2, by every convention with its source",
        "2.6GWh", '"32.6 GWh" --region Sichuan --json', "260万度", "2.6GWh --self-used 2.0GWh --year 2022",
        "2.6GWh --years 25 --degradation 0.6 --decline documented",
    )  # fmt: skip
    p.add_argument("quantity", nargs="+", metavar="QUANTITY", help="amount with unit: 2.6GWh, 2,600,000kWh, 260万度")
    p.add_argument("--region", default="Chongqing", help="province of the meter (default: Chongqing)")
    p.add_argument("--year", type=int, metavar="YEAR", help="data year of the factors (default: the latest)")
    p.add_argument(
        "--self-used", metavar="QUANTITY", help="part of it that is used on site: inventory averages hold for it alone"
    )
    p.add_argument("--factors", metavar="FILE", help="CSV of your own factors, with the columns of pvsim's table")
    p.add_argument(
        "--factor", action="append", default=[], metavar="ID", help="a further factor by its id; may be repeated"
    )
    p.add_argument("--json", action="store_true", help="print a document instead of the text")
    life = p.add_argument_group("over a life")
    life.add_argument("--years", type=int, metavar="N", help="years of the life; QUANTITY is that of the first")
    life.add_argument(
        "--degradation", type=float, metavar="PERCENT", help="loss of energy a year after the first (default: 0.6)"
    )
    life.add_argument(
        "--decline",
        metavar="PERCENT",
        help='every factor less by so much a year, or "documented"; not the calorific one',
    )
    life.add_argument("--series", metavar="FILE", help="CSV of year,value or year,factor_id,value, in kg per kWh")
    life.add_argument("--first-year", type=int, metavar="YEAR", help="calendar year of the first year")
    p.set_defaults(command=_convert)


def _convert(args: argparse.Namespace) -> int:
    from pvsim.impact.quantity import parse_quantity

    for option in LIFE if args.years is None else ():
        if getattr(args, option) is not None:
            raise UsageError(f"--{option.replace('_', '-')} goes with --years N")
    kwh = parse_quantity(" ".join(args.quantity))
    how: dict[str, Any] = {"year": args.year, "asked": tuple(args.factor)}
    if args.self_used is not None:
        how["self_used_kwh"] = parse_quantity(args.self_used, zero=True)
    if args.factors is not None:
        from pvsim.impact.factors import read_own

        how["own_factors"] = read_own(args.factors)
    if args.json:
        _print_json(args, kwh, how)
    else:
        _print_text(args, kwh, how)
    return 0


def _print_json(args: argparse.Namespace, kwh: float, how: dict[str, Any]) -> None:
    from pvsim.impact.table import conversion_document

    document = conversion_document(kwh, args.region, **how)
    if args.years is not None:
        from pvsim.impact.lifetime import lifetime, lifetime_block

        document["lifetime"] = lifetime_block(lifetime(kwh, args.years, args.region, **_life(args), **how))
    write_utf8(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _print_text(args: argparse.Namespace, kwh: float, how: dict[str, Any]) -> None:
    from pvsim.impact.table import conversion_table

    text = conversion_table(kwh, args.region, columns(), **how)
    if args.years is not None:
        from pvsim.impact.lifetime import lifetime
        from pvsim.impact.lifetime_table import lifetime_table

        text += "\n\n" + lifetime_table(lifetime(kwh, args.years, args.region, **_life(args), **how), columns())
    print(escaped(text.rstrip("\n")))


def _life(args: argparse.Namespace) -> dict[str, Any]:
    """The arguments of `lifetime` that were given."""
    given: dict[str, Any] = {"first_year": args.first_year}
    if args.degradation is not None:
        given["degradation_percent"] = args.degradation
    if args.decline is not None:
        given["decline"] = _decline(args.decline)
    if args.series is not None:
        from pvsim.impact.trend import read_series

        given["series"] = read_series(args.series)
    return given


def _decline(text: str) -> float | str:
    """A rate, or the word; what is neither is refused where the life is computed."""
    try:
        rate = float(text)
    except ValueError:
        return text
    return rate if math.isfinite(rate) else text
