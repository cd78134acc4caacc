"""A packed weather file gives the one file in it: gzip or zip, in small steps that stop where a bomb would go on.

What is packed is known by its first bytes, never by its name, and only the bytes that really come out are counted:
what a header says of its size is checked afterwards.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from types import MappingProxyType

from pvsim.errors import WeatherError

PACKED: Mapping[bytes, str] = MappingProxyType(
    {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7-zip"}
)
LARGEST = 200_000_000  # bytes that come out
RATIO, FLOOR = 100, 1_000_000  # bytes out for each that goes in; so many are free, as a short text may be all zeros
STEP_IN, STEP_OUT = 1 << 14, 1 << 16  # bytes at a time
MOST_MEMBERS = 10_000  # of a gzip file; what is packed in blocks has one for each 64 kB
SHOWN_NAMES, SHOWN_LETTERS, MOST_ENTRIES = 8, 60, 100  # of a zip file
GZIP_BITS, RAW_BITS = 31, -15  # of zlib: with the header and the checksum of gzip; bare, as in a zip
LOCAL_HEADER, ITS_LENGTHS = 30, (26, 28)  # bytes before the name of a zip's file, and where the lengths of two stand
ENCRYPTED = 0x1 | 0x40 | 0x2000  # bits of a file's flags
END_OF_ZIP, END_BYTES, ENTRY = b"PK\x05\x06", 22, b"PK\x01\x02"
_TAKE_ONE = "one file is read: unpack it yourself, the file you need is one of them"
# what the standard library raises on a directory that is none
NO_ZIP = (zipfile.BadZipFile, RuntimeError, EOFError, ValueError, OverflowError, IndexError, OSError, struct.error)


def unpacked(name: str, raw: bytes, largest: int = LARGEST) -> bytes:
    """The bytes in a gzip or zip file, so many at most; bytes that are not packed come back as they are.

    Raises
    ------
    WeatherError
        When another program packed them, they are cut or broken or too many, or it is not one regular file.
    """
    kind = packed_by(raw)
    if kind is None:
        return raw
    most = min(largest, LARGEST)
    if kind == "gzip":
        found = _gunzipped(name, raw, most)
    elif kind == "zip":
        found = _unzipped(name, raw, most)
    else:
        raise WeatherError(f"{name}: packed by {kind}; only gzip and zip are unpacked here: unpack it first")
    inner = packed_by(found)
    if inner is not None:
        raise WeatherError(f"{name}: packed by {kind}, and what is in it by {inner} again; unpack it yourself")
    return found


def packed_by(raw: bytes) -> str | None:
    """The name of the packer whose bytes begin so; None where none does."""
    return next((kind for magic, kind in PACKED.items() if raw.startswith(magic)), None)


def _broken(name: str, kind: str, how: str) -> WeatherError:
    return WeatherError(f"{name}: packed by {kind}, but {how}; fetch the file again, or unpack it yourself")


def _refuse_bomb(name: str, out: int, taken: int, most: int) -> None:
    """Stop when more comes out than may, or more than any text gives for the bytes taken."""
    if out > most:
        raise WeatherError(f"{name}: unpacks to more than {most} bytes; at most {most} are read: shorten the file")
    if out > max(FLOOR, RATIO * taken):
        raise WeatherError(
            f"{name}: its first {taken} bytes unpack to more than {RATIO} times as many, which no weather does: check "
            "where it comes from, and unpack it yourself"
        )


def _inflate(name: str, raw: bytes, at: int, bits: int, out: bytearray, most: int) -> int:
    """Add what one stream holds, which begins at byte ``at``, to ``out``; returns where the stream ends.

    Raises
    ------
    zlib.error, EOFError : it is broken, or it does not end
    """
    stream = zlib.decompressobj(bits)
    while not stream.eof:
        piece = raw[at : at + STEP_IN]
        found = stream.decompress(piece, STEP_OUT)
        at += len(piece) - len(stream.unused_data if stream.eof else stream.unconsumed_tail)
        out += found
        _refuse_bomb(name, len(out), at, most)
        if not (piece or found or stream.eof):
            raise EOFError
    return at


# --- gzip ----------------------------------------------------------------------------------------------------


def _gunzipped(name: str, raw: bytes, most: int) -> bytes:
    """All members of a gzip file, one behind the other; zlib compares their checksums and lengths."""
    out, at = bytearray(), 0
    for _ in range(MOST_MEMBERS):
        try:
            at = _inflate(name, raw, at, GZIP_BITS, out, most)
        except EOFError as error:
            raise _broken(name, "gzip", "cut: it has no end") from error
        except zlib.error as error:
            raise _broken(name, "gzip", f"broken behind byte {at}") from error
        if at == len(raw):
            return bytes(out)
        if packed_by(raw[at : at + 2]) != "gzip":
            raise _broken(name, "gzip", f"something else follows it from byte {at}")
    raise _broken(name, "gzip", f"in more than {MOST_MEMBERS} parts")


# --- zip -----------------------------------------------------------------------------------------------------


def _unzipped(name: str, raw: bytes, most: int) -> bytes:
    """The only file of a zip file."""
    info = _only_file(name, raw)
    start = LOCAL_HEADER + sum(int.from_bytes(raw[i : i + 2], "little") for i in ITS_LENGTHS)
    body = raw[start : start + info.compress_size]
    out, end = bytearray(), len(body)
    try:
        if info.compress_type == zipfile.ZIP_STORED:
            _refuse_bomb(name, len(body), len(body), most)
            out += body
        else:
            end = _inflate(name, body, 0, RAW_BITS, out, most)
    except (EOFError, zlib.error) as error:
        raise _broken(name, "zip", "what is in it is cut or broken") from error
    if end != info.compress_size or len(out) != info.file_size or zlib.crc32(out) != info.CRC:
        raise _broken(name, "zip", "what is in it is not what its directory says")
    return bytes(out)


def _only_file(name: str, raw: bytes) -> zipfile.ZipInfo:
    """The entry of a zip file that has one, of a regular file with a name that leads nowhere else.

    Raises
    ------
    WeatherError
    """
    # counted before any is kept: a directory of millions would fill the memory
    if raw.count(ENTRY) > MOST_ENTRIES:
        raise WeatherError(f"{name}: packed by zip, with more than {MOST_ENTRIES} files in it; {_TAKE_ONE}")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries, comment = archive.infolist(), archive.comment
    except NO_ZIP as error:
        raise _broken(name, "zip", "cut or broken: it has no directory") from error
    if len(entries) != 1:
        names = [repr(e.orig_filename[:SHOWN_LETTERS]) for e in entries if not e.is_dir()]
        more = f" and {len(names) - SHOWN_NAMES} more" if len(names) > SHOWN_NAMES else ""
        raise WeatherError(
            f"{name}: packed by zip, with {len(entries)} entries; {_TAKE_ONE}: {', '.join(names[:SHOWN_NAMES])}{more}"
        )
    info = entries[0]
    _refuse_odd_entry(name, info)
    if info.header_offset != 0 or not raw.startswith(END_OF_ZIP, len(raw) - END_BYTES - len(comment)):
        raise _broken(name, "zip", "something else stands before or behind what it holds")
    return info


def _refuse_odd_entry(name: str, info: zipfile.ZipInfo) -> None:
    """Nothing is written to disk, yet what would be dangerous there is no weather."""
    called, mode = info.orig_filename, info.external_attr >> 16
    shown = repr(called[:SHOWN_LETTERS])
    leaves = called.startswith("/") or ".." in called.split("/") or called[1:2] == ":"
    if leaves or "\\" in called or "\0" in called:
        how = f"the name {shown} in it leads out of its folder"
    elif info.is_dir() or stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        how = f"{shown} in it is {'a link' if stat.S_ISLNK(mode) else 'no regular file'}"
    elif info.flag_bits & ENCRYPTED:
        how = f"{shown} in it is encrypted"
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        how = f"{shown} in it is packed by method {info.compress_type}, not deflated"
    else:
        return
    raise WeatherError(f"{name}: packed by zip, but {how}; unpack it yourself and give the weather file in it")
