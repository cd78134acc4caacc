"""The bytes of a weather file become text: one regular file, of a bounded size, unpacked, in a known encoding."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from pvsim.errors import WeatherError
from pvsim.weather.packed import packed_by, unpacked

MAX_BYTES = 100_000_000  # a year of minutes with a dozen columns has half of that
ASCII, SIGNS = bytes(range(128)), frozenset("°²³µ±".encode("latin-1"))  # of units, in files of Western loggers


def read_text(path: Path, largest: int = MAX_BYTES) -> tuple[str, str, tuple[str, ...]]:
    """The text of a weather file, its SHA-256, and what had to be done to read it.

    Neither the file nor what it unpacks to has more than so many bytes.

    Raises
    ------
    WeatherError
        When there is no such regular file, it is empty, too large or cannot be unpacked, or is not text.
    """
    return text_of(path.name, regular_bytes(path, largest), largest)


def text_of(name: str, raw: bytes, largest: int = MAX_BYTES) -> tuple[str, str, tuple[str, ...]]:
    """The text of bytes that go by a name, their SHA-256 as they lie, and what had to be done to read them.

    Raises
    ------
    WeatherError
        When there are none, they cannot be unpacked, or are not text.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    packer = packed_by(raw)
    notes = () if packer is None else (f"{name} was unpacked ({packer})",)
    raw = unpacked(name, raw, largest)
    if not raw.strip():
        raise WeatherError(f"{name}: the file is empty")
    if raw.count(b"\0", 0, 1000):
        raise WeatherError(f"{name}: not UTF-8 text (it holds NUL bytes); save or export it as UTF-8 text")
    try:
        return raw.decode("utf-8-sig"), sha256, notes
    except UnicodeDecodeError:
        pass
    if SIGNS.issuperset(raw.translate(None, ASCII)):
        return raw.decode("latin-1"), sha256, (*notes, f"{name} is not UTF-8; it was read as Latin-1")
    try:
        return raw.decode("gb18030"), sha256, (*notes, f"{name} is not UTF-8; it was read as GB18030")
    except UnicodeDecodeError as error:
        raise WeatherError(f"{name}: neither UTF-8 nor GB18030 text, so not a weather file") from error


def regular_bytes(path: Path, largest: int) -> bytes:
    """The bytes of a regular file of so many at most.

    Raises
    ------
    WeatherError
        When there is no such regular file, it is too large or cannot be read.
    """
    try:
        # not blocking: opening a pipe would wait for a writer, perhaps for ever
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                kind = " but a folder" if stat.S_ISDIR(status.st_mode) else ""
                raise WeatherError(f"{path.name or path}: not a regular file{kind}")
            if status.st_size > largest:
                raise WeatherError(f"{path.name}: {status.st_size} bytes; at most {largest} are read")
            with os.fdopen(handle, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or "not a file name"
        raise WeatherError(f"{path.name}: cannot be read ({reason}); check its name and folder") from error


def visible(text: str) -> str:
    """A text from outside, of which everything can be written and read, up to 300 characters."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)[:300]
