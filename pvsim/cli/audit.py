"""``pvsim audit``: arguments in, text or JSON out. It computes nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pvsim.cli.progress import working
from pvsim.cli.terminal import Commands, Parser, columns, command, folder, write_utf8
from pvsim.errors import PvsimError, UsageError

if TYPE_CHECKING:
    from pvsim.studies.audit import Audit

FIGURES = 50  # of roof claims that are drawn; the tables hold all


def add_audit(commands: Commands[Parser]) -> None:
    """Declare ``pvsim audit``."""
    p = command(
        commands, "audit", "say whether a published claim can be true, and by which conventions it was written",
        "scenarios/hikvision_jianqiao.toml", "claims.csv --json", "claims.csv --out audited",
        '--text "8000 panels, 2.6 million kWh a year, 930 tce" --place Chongqing',
    )  # fmt: skip
    p.add_argument("file", nargs="?", metavar="FILE", help="scenario with a [claim] (TOML), or a CSV of claims")
    p.add_argument("--text", metavar="TEXT", help="the words of a publication, in English, Chinese or Italian")
    p.add_argument("--place", metavar="NAME", help="where it is, if the claim does not say so: Dadukou, Chengdu, 杭州")
    p.add_argument("--json", action="store_true", help="print one array with an object for each claim")
    p.add_argument("--out", type=folder, metavar="DIR", help="write audit.json, audit.csv and a figure a roof claim")
    p.set_defaults(command=_audit)


def _audit(args: argparse.Namespace) -> int:
    if (args.file is None) == (args.text is None):
        raise UsageError("audit: one of FILE and --text is needed; pvsim audit --help shows examples")
    found = _audited(args)
    documents = [a.to_dict() for a in found]
    if args.out is not None:
        _write(args, found, documents)
    if args.json:
        write_utf8(json.dumps(documents, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        from pvsim.report.audit import audit_text

        sys.stdout.write(audit_text(documents, width=columns()))
    return 0


def _audited(args: argparse.Namespace) -> list[Audit]:
    """The claims judged, in order; how far it is stands on the terminal."""
    with working(args, "audit") as line:
        from pvsim.studies.audit import audit

        found: list[Audit] = []
        claims = [args.text] if args.text is not None else _claims(args.file)
        for number, claim in enumerate(claims, 1):
            line.say(f"audit: claim {number} of {len(claims)}")
            try:
                found.append(audit(claim, place=args.place))
            except PvsimError as error:
                if args.text is not None or not isinstance(claim, dict):
                    raise
                raise UsageError(f"{args.file}: claim {claim.get('id', number)}: {error}") from error
    return found


def _claims(file: str) -> Sequence[Any]:
    """The claims of a file: one of a scenario, many of a CSV."""
    if file.casefold().endswith(".toml"):
        from pvsim.scenario.reader import load

        return [load(file)]
    from pvsim.studies.claims import read_claims

    return read_claims(file)


def _write(args: argparse.Namespace, found: Sequence[Audit], documents: Sequence[dict[str, Any]]) -> None:
    from pvsim.report.audit import audit_csv
    from pvsim.report.band import band_png
    from pvsim.report.folder import made, replace

    made(args.out)
    replace(args.out / "audit.csv", audit_csv(documents).encode("utf-8"))
    drawn = 0
    with working(args, "audit: figures") as line:
        for number, audited in enumerate(found, 1):
            line.say(f"audit: figure of claim {number} of {len(found)}")
            png = band_png(audited) if drawn < FIGURES else None
            if png is not None:
                drawn += 1
                replace(args.out / f"band-{number:03}.png", png)
    text = json.dumps(documents, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    replace(args.out / "audit.json", text.encode("utf-8"))
