"""Where every key of a TOML text stands, so that an error can name its line.

The standard library parses TOML but forgets the places. This scanner keeps only the places: it
follows keys, headers, strings and brackets, and skips over the values themselves. It is not a
validator; `tomllib` decides what is valid. On a broken text it stops and returns what it has.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right
from dataclasses import dataclass, field

KeyPath = tuple[str | int, ...]
Place = tuple[int, int]

MAX_DEPTH = 32

# All quantifiers over mixed content are possessive ("*+"): no backtracking on hostile text.
_BLANK = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_SPACE = re.compile(r"[ \t]*+")
_LINE_REST = re.compile(r"[ \t]*+(?:#[^\n]*+)?\r?")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]++")
_BASIC = re.compile(r'"((?:[^"\\\n]++|\\.)*+)"')
_LITERAL = re.compile(r"'([^'\n]*+)'")
# A multi-line string may end in up to two quotes of its own before the closing three.
_BASIC_LINES = re.compile(r'"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}', re.DOTALL)
_LITERAL_LINES = re.compile(r"'''(?:[^']++|'(?!''))*+'{3,5}")
_BARE_VALUE = re.compile(r"[^,\]}#\n]++")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


@dataclass
class Scan:
    """What the scanner found: places, keys that are defined twice, and where nesting is too deep."""

    places: dict[KeyPath, Place] = field(default_factory=dict)
    repeats: list[tuple[KeyPath, Place, Place]] = field(default_factory=list)
    too_deep: Place | None = None


def locate(text: str) -> dict[KeyPath, Place]:
    """Line and column, both from 1, of every key of a TOML 1.0 text.

    Parameters
    ----------
    text : str
        A TOML document; a broken one is scanned as far as it can be understood.

    Returns
    -------
    dict
        From key path to (line, column) of the key. Elements of arrays have integer indices and the
        place of their value, or of the key in their ``[[header]]``.
    """
    return scan(text).places


def scan(text: str) -> Scan:
    """`locate`, with repeated keys and the depth of nesting. Never raises."""
    scanner = _Scanner(text)
    with contextlib.suppress(_StopScanError):  # broken text: tomllib says what is wrong with it
        scanner.run()
    return scanner.found


class _StopScanError(Exception):
    """The text cannot be followed any further."""


class _Scanner:
    """One pass over a text; `at` is the offset of the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found = Scan()
        self.line_starts = [0, *(m.end() for m in re.finditer("\n", text))]
        # How a path was defined: value, table, array (of tables), dotted or implicit (parents).
        self.kinds: dict[KeyPath, str] = {}
        self.array_sizes: dict[KeyPath, int] = {}

    def run(self) -> None:
        table: KeyPath = ()
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return
            if self.next_is("["):
                table = self.header()
            else:
                self.pair(table)
            self.skip(_LINE_REST)
            if self.at < len(self.text) and not self.next_is("\n"):
                raise _StopScanError

    # -- headers and keys

    def header(self) -> KeyPath:
        """``[a.b]`` or ``[[a.b]]``: the path of the table that it opens."""
        closing = "]]" if self.text.startswith("[[", self.at) else "]"
        self.at += len(closing)
        *parents, (name, offset) = self.key()
        self.expect(closing)
        path: KeyPath = ()
        for parent, parent_offset in parents:
            path = self.enter((*path, parent), parent_offset, "implicit")
        path = (*path, name)
        self.check_depth(path, offset)
        return self.open_array(path, offset) if closing == "]]" else self.open_table(path, offset)

    def open_table(self, path: KeyPath, offset: int) -> KeyPath:
        if self.kinds.get(path, "implicit") == "implicit":
            self.found.places[path] = self.place(offset)  # its own header beats that of a child
        else:
            self.repeat(path, offset)
        self.kinds[path] = "table"
        return path

    def open_array(self, path: KeyPath, offset: int) -> KeyPath:
        if self.kinds.get(path, "array") != "array":
            self.repeat(path, offset)
        index = self.array_sizes.get(path, 0)
        element = (*path, index)
        self.array_sizes[path] = index + 1
        self.kinds[path], self.kinds[element] = "array", "table"
        self.found.places.setdefault(path, self.place(offset))
        self.found.places[element] = self.place(offset)
        return element

    def pair(self, table: KeyPath) -> None:
        """``key = value``, at the top of a line or in an inline table."""
        *parents, (name, offset) = self.key()
        self.expect("=")
        path = table
        for parent, parent_offset in parents:
            path = self.enter((*path, parent), parent_offset, "dotted")
        path = (*path, name)
        if path in self.kinds:
            self.repeat(path, offset)
        else:
            self.kinds[path] = "value"
            self.found.places[path] = self.place(offset)
        self.value(path)

    def enter(self, path: KeyPath, offset: int, kind: str) -> KeyPath:
        """Step into a parent; of an array of tables into its last element."""
        if self.kinds.get(path) == "value":
            self.repeat(path, offset)
        self.kinds.setdefault(path, kind)
        self.found.places.setdefault(path, self.place(offset))
        if path in self.array_sizes:
            return (*path, self.array_sizes[path] - 1)
        return path

    def key(self) -> list[tuple[str, int]]:
        """The parts of a dotted key, each with its offset."""
        parts: list[tuple[str, int]] = []
        while True:
            self.skip(_SPACE)
            start = self.at
            parts.append((self.key_part(), start))
            if len(parts) > MAX_DEPTH:
                self.stop_too_deep(start)
            self.skip(_SPACE)
            if not self.next_is("."):
                return parts
            self.at += 1

    def key_part(self) -> str:
        if self.next_is('"'):
            return _unescape(self.take(_BASIC)[1])
        if self.next_is("'"):
            return self.take(_LITERAL)[1]
        return self.take(_BARE_KEY)[0]

    # -- values

    def value(self, path: KeyPath) -> None:
        self.skip(_SPACE)
        self.check_depth(path, self.at)
        if self.next_is("["):
            self.array(path)
        elif self.next_is("{"):
            self.inline_table(path)
        elif self.next_is('"'):
            self.take(_BASIC_LINES if self.text.startswith('"""', self.at) else _BASIC)
        elif self.next_is("'"):
            self.take(_LITERAL_LINES if self.text.startswith("'''", self.at) else _LITERAL)
        else:
            self.take(_BARE_VALUE)

    def array(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while not self.closes("]"):
            element = (*path, index)
            self.found.places[element] = self.place(self.at)
            self.value(element)
            index += 1
            self.separator("]")

    def inline_table(self, path: KeyPath) -> None:
        self.at += 1
        while not self.closes("}"):
            self.pair(path)
            self.separator("}")

    def closes(self, bracket: str) -> bool:
        self.skip(_BLANK)
        if not self.next_is(bracket):
            return False
        self.at += 1
        return True

    def separator(self, bracket: str) -> None:
        self.skip(_BLANK)
        if self.next_is(","):
            self.at += 1
        elif not self.next_is(bracket):
            raise _StopScanError

    # -- the text

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        if match:
            self.at = match.end()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _StopScanError
        self.at = match.end()
        return match

    def next_is(self, character: str) -> bool:
        return self.text.startswith(character, self.at)

    def expect(self, token: str) -> None:
        if not self.next_is(token):
            raise _StopScanError
        self.at += len(token)

    def place(self, offset: int) -> Place:
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def repeat(self, path: KeyPath, offset: int) -> None:
        self.found.repeats.append((path, self.found.places[path], self.place(offset)))

    def check_depth(self, path: KeyPath, offset: int) -> None:
        if len(path) > MAX_DEPTH:
            self.stop_too_deep(offset)

    def stop_too_deep(self, offset: int) -> None:
        self.found.too_deep = self.place(offset)
        raise _StopScanError


def _unescape(text: str) -> str:
    """The text of a basic string without its quotes."""

    def one(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            number = int(code[1:], 16)
            if number > 0x10FFFF:
                raise _StopScanError
            return chr(number)
        if code not in _ESCAPED:
            raise _StopScanError
        return _ESCAPED[code]

    return _ESCAPE.sub(one, text)
