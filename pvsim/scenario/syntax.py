r"""From the bytes of a scenario file to plain TOML data, with one clear problem where that fails.

TOML is version 1.0 on every Python version. `tomllib` of 3.11 to 3.14 reads exactly that; a Python whose
`tomllib` also takes 1.1 (newlines in inline tables, ``\e`` ...) needs a check here before it is supported.
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from pvsim.errors import Problem
from pvsim.scenario.fields import MAX_ROOFS
from pvsim.scenario.positions import MAX_DEPTH, Place, Scan, scan
from pvsim.scenario.wording import dotted, shortened, visible

MAX_MB = 5.0
FLEET_ADVICE = "split the file; a fleet table (CSV) is not read yet"
REQUIRED = "required are [site] with latitude and longitude, and one [[roof]] with panels"

_BOM = "\ufeff"
_PLACE_IN_MESSAGE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_NUMBER_WITH_UNIT = re.compile(r"=[ \t]*[+-]?\d[\d._]*[ \t]*[%°A-Za-z]")
_UNQUOTED_TEXT = re.compile(r"=\s*[^\W\d]")
# Python refuses to read longer ones; 0x... integers have no such limit.
_LONG_INTEGER = re.compile(r"(?<![\w.])[+-]?[0-9][0-9_]{3999,}")


class SyntaxProblemError(Exception):
    """The text is no TOML 1.0; carries the one `Problem` that says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.found)


def read(data: bytes, max_mb: float = MAX_MB) -> tuple[dict[str, Any], str, Scan]:
    """The TOML data, the text it came from, and the places of its keys.

    Raises
    ------
    SyntaxProblemError
        Too large, not UTF-8, nested too deeply, empty, or not TOML.
    """
    if len(data) > max_mb * 1e6:
        raise SyntaxProblemError(too_large(len(data), max_mb))
    text = decode(data).removeprefix(_BOM)
    roofs = text.count("[[roof]]")  # counted before parsing, which takes seconds for so many
    if roofs > MAX_ROOFS:
        first = text[: text.index("[[roof]]")]
        place = first.count("\n") + 1, len(first) - (first.rfind("\n") + 1) + 3  # the name behind its brackets
        raise _at(text, place, f"found {roofs:,} roofs", f"at most {MAX_ROOFS:,} of them", FLEET_ADVICE, key="roof")
    scanned = scan(text)
    if scanned.too_deep is not None:
        raise _at(text, scanned.too_deep, "nested deeper than 32", f"at most {MAX_DEPTH} levels")
    values = _parse(text, scanned)
    if not values:
        raise SyntaxProblemError(Problem("", "the file is empty", REQUIRED))
    return values, text, scanned


def too_large(size: int, max_mb: float) -> Problem:
    """The problem of a file above the limit."""
    return Problem(
        "",
        f"the file has {size / 1e6:.1f} MB",
        f"at most {max_mb:g} MB",
        "split it or raise --max-scenario-mb; a fleet table (CSV) is not read yet",
    )


def decode(data: bytes) -> str:
    """The bytes as UTF-8; other encodings are named, never guessed silently."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem("", "the file is not UTF-8", "text in UTF-8", _encoding_advice(data), line=line)
        raise SyntaxProblemError(problem) from None


def _encoding_advice(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "looks like UTF-16; convert with: iconv -f UTF-16 -t UTF-8 OLD > NEW"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return "save it as UTF-8 in your editor"
    return "looks like GB18030; convert with: iconv -f GB18030 -t UTF-8 OLD > NEW"


def _parse(text: str, scanned: Scan) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        problem = Problem("", "nested deeper than 32", f"at most {MAX_DEPTH} levels")
        raise SyntaxProblemError(problem) from None
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(text, error, scanned) from None
    except ValueError as error:  # an integer with more digits than Python reads
        raise _other_error(text, error) from None


def _syntax_error(text: str, error: tomllib.TOMLDecodeError, scanned: Scan) -> SyntaxProblemError:
    message = str(error)
    place = _place_of(text, error, message)
    message = _PLACE_IN_MESSAGE.sub("", message)
    if scanned.repeats and re.match(r"Cannot|Duplicate", message):
        # tomllib notices a repetition only after its value, sometimes at the end of the document.
        path, first, second = scanned.repeats[0]
        allowed = f"first defined in line {first[0]}, again in line {second[0]}"
        return _at(text, second, "defined twice", allowed, "keep one of them", key=dotted(path))
    line = _line(text, place)
    return _at(text, place, f"not valid TOML: {_lowered(message)}", "", _syntax_advice(line, message))


def _lowered(message: str) -> str:
    message = visible(message)
    return message[:1].lower() + message[1:]


def _place_of(text: str, error: tomllib.TOMLDecodeError, message: str) -> Place:
    """Line and column: attributes from Python 3.14 on, before that only in the message."""
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    if isinstance(line, int) and isinstance(column, int):
        return line, column
    match = _PLACE_IN_MESSAGE.search(message)
    if match and match[1]:
        return int(match[1]), int(match[2])
    end = text.rstrip()
    return end.count("\n") + 1, len(end) - (end.rfind("\n") + 1) + 1


# What people type that is no TOML, and what to type instead; the first that fits the line speaks.
_SLIPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile("[\u201c\u201d\u2018\u2019\uff02\uff1d\uff3b\uff3d]"),
        'typed with a Chinese input method? write plain " = [ ]',
    ),
    (re.compile(r"=\s*[+-]?\d{1,3}(,\d{3})+\s*(#.*)?$"), "write digits without commas: 8000 or 8_000"),
    (re.compile(r"=\s*[+-]?\d+,\d+\s*(#.*)?$"), "decimals take a point: 29.44"),
    (re.compile(r"=\s*[+-]?\.\d"), "write a digit before the point: 0.5"),
    (re.compile(r"=\s*[+-]?\d+\.\s*(#.*)?$"), "write a digit after the point: 5.0"),
    (re.compile(r"=\s*[+-]?0\d+\s*(#.*)?$"), "numbers do not start with 0: write 5 for 05"),
    (_NUMBER_WITH_UNIT, "write the number alone; units belong in the key name"),
    (re.compile(r"^\s*[A-Za-z_][\w.]*\s*:"), "a key and its value are joined by =, not by a colon"),
    (re.compile(r"^\s*[^\x00-\x7f\"'#]+\s*="), "keys are the English ones; pvsim schema or the README lists them"),
    (re.compile(r"=\s*(\"[^\"]*|'[^']*)$"), "the closing quote is missing"),
    (re.compile(r"=\s*\d{4}-\d{2}-\d{2}"), "there is no such day; dates are written 2026-02-28"),
)


def _syntax_advice(line: str, message: str) -> str:
    if "Unescaped '\\'" in message:
        return "a backslash starts an escape; write paths in single quotes: 'C:\\data\\file.epw'"
    for slip, advice in _SLIPS:
        if slip.search(line):
            return advice
    if message.startswith("Invalid value") and _UNQUOTED_TEXT.search(line):
        return "text stands in double quotes; true and false in lower case"
    return ""


def _other_error(text: str, error: ValueError) -> SyntaxProblemError:
    match = _LONG_INTEGER.search(text)
    if match is None:
        return SyntaxProblemError(Problem("", f"not valid TOML: {visible(str(error))}", ""))
    line = text.count("\n", 0, match.start()) + 1
    column = match.start() - (text.rfind("\n", 0, match.start()) + 1) + 1
    digits = len(match[0])
    return _at(text, (line, column), f"an integer of {digits} digits", "integers of reasonable size")


def _line(text: str, place: Place) -> str:
    lines = text.split("\n", place[0])
    return lines[place[0] - 1].rstrip("\r") if place[0] <= len(lines) else ""


def source_line(text: str, place: Place) -> str:
    """The line at a place, invisible characters shown, cut around the column when it is long."""
    line, column = _line(text, place), place[1]
    start = max(0, column - 60) if len(line) > 160 else 0
    return shortened(visible(("..." if start else "") + line[start : start + 161]), 400)


def _at(text: str, place: Place, found: str, allowed: str, todo: str = "", key: str = "") -> SyntaxProblemError:
    problem = Problem(key, found, allowed, todo, line=place[0], column=place[1], source_line=source_line(text, place))
    return SyntaxProblemError(problem)
