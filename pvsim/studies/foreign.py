"""Results of other tools: a file is read within bounds, its tool is recognised by content, the rest is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pvsim.errors import UsageError
from pvsim.studies.foreign_pvgis import read_pvgis
from pvsim.studies.foreign_record import UNDERSTOOD, Foreign, checked
from pvsim.studies.foreign_table import read_table

MAX_BYTES = 50_000_000  # a year of hours with forty columns has a tenth of that
NOT_TEXT = {
    b"PK": "a packed file (an Excel workbook is one); save the sheet as CSV",
    b"%PDF": "a PDF report; export its table as CSV",
    b"\x1f\x8b": "packed by gzip; unpack it first",
    b"\xd0\xcf\x11\xe0": "an Excel workbook; save the sheet as CSV",
    b"\xff\xfe": "UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as UTF-8",
}


def read_foreign(path: str | Path, *, utc_offset_minutes: int = 0) -> Foreign:
    """Read the result of PVsyst, SAM, PVWatts or PVGIS.

    Parameters
    ----------
    path : CSV or JSON file, of 50 MB at most; UTF-8 or Latin-1
    utc_offset_minutes : clock of the scenario; PVGIS' hours are in UTC and are counted into months by this one

    Returns
    -------
    Foreign
        Twelve sums for each step that the file has.

    Raises
    ------
    UsageError
        When it is no such file, is not text, is no result that is understood, or has no complete month.
    """
    path = Path(path)
    raw = _bytes(path)
    text = _text(raw, path.name)
    sha256 = hashlib.sha256(raw).hexdigest()
    if text.lstrip()[:1] in ("{", "["):
        return checked(read_pvgis(text, path.name, sha256, utc_offset_minutes))
    return checked(read_table(text, path.name, sha256))


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe would be waited for
            kind = "a folder" if path.is_dir() else "not a regular file" if path.exists() else "no such file"
            raise UsageError(f"{path}: {kind}; {UNDERSTOOD}")
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read ({getattr(error, 'strerror', None) or error})") from error
    if len(raw) > MAX_BYTES:
        raise UsageError(f"{path.name}: more than {MAX_BYTES // 1_000_000} MB; a year of hours is far smaller")
    return raw


def _text(raw: bytes, name: str) -> str:
    if not raw.strip():
        raise UsageError(f"{name}: the file is empty")
    for magic, what in NOT_TEXT.items():
        if raw.startswith(magic):
            raise UsageError(f"{name}: {what}; {UNDERSTOOD}")
    if b"\0" in raw:
        raise UsageError(f"{name}: not text (it holds NUL bytes); {UNDERSTOOD}")
    head = raw[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        raise UsageError(f"{name}: a web page or XML, not a result (a download that failed?); {UNDERSTOOD}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")  # PVsyst writes the m2 and degree signs of Windows
