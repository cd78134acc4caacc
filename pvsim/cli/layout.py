"""``pvsim layout``: arguments in, text, JSON or figures out. It computes nothing."""

from __future__ import annotations

import argparse
import sys

from pvsim.cli.terminal import Commands, Parser, add_scenario, allowances, columns, command, folder, warn, write_utf8

BLOCKS = ("roofs", "shading", "cleaning", "warnings")


def add_layout(commands: Commands[Parser]) -> None:
    """Declare ``pvsim layout``."""
    p = command(
        commands, "layout", "say what fits on the roofs, what shades them and what a cleaning is worth",
        "hall.toml", "hall.toml --out figures", "hall.toml --set roof[0].pitch_m=3",
    )  # fmt: skip
    add_scenario(p)
    p.add_argument("--json", action="store_true", help="print these blocks of the result document instead of the text")
    p.add_argument("--out", type=folder, metavar="DIR", help="draw layout, sun path and shade by month there (PNG)")
    p.add_argument(
        "--allow-partial", action="store_true", help="accept weather that covers less than 90 %% of the year"
    )
    p.set_defaults(command=_layout)


def _layout(args: argparse.Namespace) -> int:
    import pvsim
    from pvsim.scenario.reader import load

    scenario = load(args.file, overrides=args.overrides, max_mb=args.max_scenario_mb)
    result = pvsim.simulate(scenario, **allowances(args))
    document = result.to_dict()
    if args.out is not None:
        from pvsim.report.folder import made, replace
        from pvsim.report.roof_figures import roof_figures

        figures = roof_figures(result)
        made(args.out)
        for name, png in figures.items():
            replace(args.out / name, png)
    if args.json:
        from pvsim.report.files import as_json

        warn(args, document["warnings"])
        write_utf8(as_json({block: document[block] for block in BLOCKS if block in document}))
    else:
        from pvsim.report.roofs import layout_text

        sys.stdout.write(layout_text(document, width=columns()))
    return 0
