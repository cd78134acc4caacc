"""A small file of the user becomes text: one regular file in UTF-8, of a bounded size; nothing is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pvsim.errors import PvsimError, UsageError, WeatherError
from pvsim.weather.text import regular_bytes

MAX_BYTES: Final = 5_000_000  # the shipped factor table has 20,000


def read_text(path: Path, what: str, largest: int = MAX_BYTES) -> str:
    """The text of a file of so many bytes at most; a byte order mark is taken off. `what` says which file is needed.

    Raises
    ------
    UsageError
        When there is no such regular file, or it is too large.
    PvsimError
        When it is not UTF-8.
    """
    try:
        raw = regular_bytes(path, largest)
    except WeatherError as error:  # the same bytes, asked for by another room
        raise UsageError(f"{error}; needed is {what}") from error
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise PvsimError(f"{path.name}: not UTF-8 but UTF-16; save {what} as UTF-8 text (CSV UTF-8)")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        looks = "looks like GB18030: convert it with iconv -f GB18030 -t UTF-8" if _chinese(raw) else "save it as UTF-8"
        raise PvsimError(f"{path.name}:{line}: not UTF-8; {looks}") from error
    if "\0" in text:
        raise PvsimError(f"{path.name}:{text.count(chr(10), 0, text.index(chr(0))) + 1}: holds NUL; {what} is text")
    return text


def _chinese(raw: bytes) -> bool:
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True
