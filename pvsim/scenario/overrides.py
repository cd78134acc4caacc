"""``--set KEY=VALUE``: change single values of a scenario before it is judged.

A key is a path as messages write it: ``losses.soiling_percent``, ``roof[0].panels``, or
``roof.hall A.panels`` by the roof's name; a part with dots stands in double quotes. A value is TOML; a
bare word that is no TOML value is text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from pvsim.errors import Problem
from pvsim.scenario.positions import KeyPath
from pvsim.scenario.rules import effective_roof_name
from pvsim.scenario.wording import closest, dotted, listed, quoted, visible

MAX_LENGTH = 10_000
_PART = re.compile(r'"(?P<quoted>[^"]*)"|\[(?P<index>\d{1,6})\]|(?P<bare>[^.\[\]"=]+)')


class OverrideError(Exception):
    """An assignment that cannot be applied; carries the `Problem` that says why."""

    def __init__(self, assignment: str, found: str, allowed: str, todo: str = "") -> None:
        self.problem = Problem(f"--set {visible(assignment[:200])}", found, allowed, todo)
        super().__init__(found)


def applied(values: Mapping[str, Any], assignments: Sequence[str]) -> tuple[dict[str, Any], dict[KeyPath, str]]:
    """A copy of the values with the assignments made, and the key paths that they set.

    Raises
    ------
    OverrideError
        When an assignment has no ``=``, or its path leads nowhere.
    """
    changed = _copy(values)
    paths: dict[KeyPath, str] = {}
    for assignment in assignments:
        parts, end = _path(assignment)
        if not parts or assignment[end : end + 1] != "=":
            raise OverrideError(
                assignment,
                "not of the form KEY=VALUE",
                "a path and a value",
                "write --set losses.soiling_percent=5 or --set roof[0].panels=100",
            )
        value = _value(assignment[end + 1 :])
        _check_slips(value, assignment)
        paths[_assign(changed, parts, value, assignment)] = assignment
    return changed, paths


def assigned(values: Mapping[str, Any], key: str, value: Any) -> tuple[dict[str, Any], KeyPath]:
    """A copy of the values with one of them changed, and its path; the value as it is, not as text.

    Raises
    ------
    OverrideError
        When the path leads nowhere.
    """
    parts, end = _path(key)
    if not parts or end < len(key):
        raise OverrideError(key, "not a key", "a path such as losses.soiling_percent or roof[0].panels")
    changed = _copy(values)
    return changed, _assign(changed, parts, value, key)


def _copy(value: Any) -> Any:
    """The same values in tables and lists of their own, which can be written to."""
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list | tuple) else value


def _path(assignment: str) -> tuple[list[str | int], int]:
    """The parts of the path that a text starts with, and where it ends."""
    if len(assignment) > MAX_LENGTH:
        raise OverrideError(assignment, f"{len(assignment)} characters", f"at most {MAX_LENGTH}")
    parts: list[str | int] = []
    at = 0
    while match := _PART.match(assignment, at):
        index, text = match["index"], match["quoted"] if match["quoted"] is not None else match["bare"]
        parts.append(int(index) if index is not None else text.strip())
        at = match.end()
        if assignment[at : at + 1] == ".":
            at += 1
    return parts, at


def _value(text: str) -> Any:
    """The text as a TOML value, else as it stands: a shell has eaten the quotes of a name."""
    try:
        document = tomllib.loads(f"x = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    # a text with a line break could carry further keys
    return document["x"] if set(document) == {"x"} else text.strip()


def _check_slips(value: Any, assignment: str) -> None:
    """What is typed on a command line and can only be meant otherwise."""
    if not isinstance(value, str):
        return
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", value):
        raise OverrideError(
            assignment, "a number with commas", "digits without commas", f"write {value.replace(',', '')}"
        )
    if re.fullmatch(r"[+-]?\d+,\d+", value):
        raise OverrideError(assignment, "a decimal comma", "a decimal point", f"write {value.replace(',', '.')}")
    if value.startswith(("[", "{", '"')):
        todo = "a shell takes quotes away: put the whole setting in single quotes"
        raise OverrideError(assignment, "not a TOML value", "a number, a text or a list", todo)


def _assign(values: dict[str, Any], parts: list[str | int], value: Any, assignment: str) -> KeyPath:
    node: Any = values
    path: list[str | int] = []
    for part in parts[:-1]:
        key = _step(node, part, path, assignment)
        if isinstance(node, dict) and key not in node:
            node[key] = {}
        node = node[key]
        path.append(key)
    last = _step(node, parts[-1], path, assignment)
    node[last] = value
    return (*path, last)


def _step(node: Any, part: str | int, path: list[str | int], assignment: str) -> str | int:
    """The key or index that a part of the path means at this node."""
    if isinstance(node, dict) and isinstance(part, str):
        return part
    here = dotted(tuple(path)) or "the file"
    if isinstance(node, list):
        names = [effective_roof_name(item if isinstance(item, dict) else {}, i) for i, item in enumerate(node)]
        if isinstance(part, int):
            if part < len(node):
                return part
            raise OverrideError(assignment, f"no {here}[{part}]", f"there are {here}[0] to {here}[{len(node) - 1}]")
        if part in names:
            return names.index(part)
        guess = closest(part, names)
        todo = f"did you mean {quoted(guess)}?" if guess else ""
        raise OverrideError(assignment, f"no {here} is called {quoted(part)}", f"there are: {listed(names)}", todo)
    what = f"{here}[{part}]" if isinstance(part, int) else f"{here}.{part}"
    raise OverrideError(
        assignment, f"{what} leads nowhere: {here} is no {'list' if isinstance(part, int) else 'table'}", ""
    )
