"""What notebooks and scripts may take from pvsim: its public names, as a reader of the README would."""

from __future__ import annotations

import ast

import pvsim


def private_uses(source: str) -> list[str]:
    """What code takes from pvsim other than by ``pvsim.NAME`` with a public name."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "pvsim":
            found.append(f"from {node.module} import ...")
        elif isinstance(node, ast.Import):
            # under another name its attributes would not be seen here
            found += [
                f"import {a.name}{f' as {a.asname}' if a.asname else ''}"
                for a in node.names
                if a.name.split(".")[0] == "pvsim" and (a.name != "pvsim" or a.asname)
            ]
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "pvsim"
            and node.attr not in pvsim.__all__
        ):
            found.append(f"pvsim.{node.attr}")
    return found
