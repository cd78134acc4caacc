"""The bytes of a weather file become text: one regular file, of a bounded size, in a known encoding."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from pvsim.errors import WeatherError

MAX_BYTES = 100_000_000  # a year of minutes with a dozen columns has half of that
ASCII, SIGNS = bytes(range(128)), frozenset("°²³µ±".encode("latin-1"))  # of units, in files of Western loggers
PACKED = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7-zip"}


def read_text(path: Path, largest: int = MAX_BYTES) -> tuple[str, str, tuple[str, ...]]:
    """The text of a weather file of so many bytes at most, its SHA-256, and what had to be done to read it.

    Raises
    ------
    WeatherError
        When there is no such regular file, it is empty, packed or too large, or is not text.
    """
    raw = regular_bytes(path, largest)
    if not raw.strip():
        raise WeatherError(f"{path.name}: the file is empty")
    for magic, packer in PACKED.items():
        if raw.startswith(magic):
            raise WeatherError(f"{path.name}: packed by {packer}; nothing is unpacked here: unpack it first")
    if raw.count(b"\0", 0, 1000):
        raise WeatherError(f"{path.name}: not UTF-8 text (it holds NUL bytes); save or export it as UTF-8 text")
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        return raw.decode("utf-8-sig"), sha256, ()
    except UnicodeDecodeError:
        pass
    if SIGNS.issuperset(raw.translate(None, ASCII)):
        return raw.decode("latin-1"), sha256, (f"{path.name} is not UTF-8; it was read as Latin-1",)
    try:
        return raw.decode("gb18030"), sha256, (f"{path.name} is not UTF-8; it was read as GB18030",)
    except UnicodeDecodeError as error:
        raise WeatherError(f"{path.name}: neither UTF-8 nor GB18030 text, so not a weather file") from error


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
