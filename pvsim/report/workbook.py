"""The tables of a result document as an Excel workbook (.xlsx); the same document gives the same bytes.

Text from files stays text: no cell is a formula or a link, and none becomes one when it is edited.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pvsim.errors import UsageError
from pvsim.report.headings import PLAIN
from pvsim.report.sheets import Cell, Column, Sheet, Value, sheets
from pvsim.report.text import printable

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

LONGEST = 32_767  # UTF-16 units that a cell of Excel holds
CUT = "..."
EXACT = 10**15  # Excel keeps 15 digits of a number
NARROW, WIDE = 10, 60  # columns, in characters
CREATED = datetime(2000, 1, 1)  # not the time of the day: the same document gives the same bytes
# What starts a formula when a cell is typed again, wide forms of Chinese keyboards and a lone quote included.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'")
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def workbook(document: Mapping[str, Any]) -> bytes:
    """The .xlsx file of a result document: a sheet for each of its tables (see ``sheets.sheets``).

    Parameters
    ----------
    document : the result document, of a run or read from ``result.json``

    Returns
    -------
    bytes
        Numbers are numbers, None and NaN are empty cells.

    Raises
    ------
    UsageError
        When XlsxWriter is not installed.
    """
    check_library()
    from xlsxwriter import Workbook

    file = io.BytesIO()
    book = Workbook(file, OPTIONS)
    book.set_properties({"title": shown(document["scenario"]["name"])[:255], "created": CREATED})
    formats = _Formats(book)
    for sheet in sheets(document):
        _write(book.add_worksheet(sheet.name), sheet, formats)
    book.close()
    return file.getvalue()


def check_library() -> None:
    """Refuse where the optional library is missing, before any work is done.

    Raises
    ------
    UsageError
        When XlsxWriter is not installed.
    """
    try:
        import xlsxwriter  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "an Excel workbook needs the package XlsxWriter, which is not installed; "
            "install it with: pip install XlsxWriter"
        ) from error


def shown(text: str) -> str:
    """Text as a cell can hold it: control characters shown, cut to Excel's limit."""
    told = printable(text)
    if _units(told) <= LONGEST:
        return told
    raw = told.encode("utf-16-le")[: 2 * (LONGEST - len(CUT))]
    return raw.decode("utf-16-le", errors="ignore") + CUT  # ignore: half of a pair


def needs_quote(text: str) -> bool:
    """Whether Excel would take the text for a formula if somebody typed it."""
    return text.startswith(STARTS) or text.lstrip().startswith(STARTS)


def _units(text: str) -> int:
    """Length as Excel counts it: characters beyond the first 65,536 are two."""
    return len(text) + sum(c > "\uffff" for c in text)


class _Formats:
    """The cell formats of a workbook, each made once, in the order in which they are needed."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Format] = {}
        self.head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})

    def number(self, code: str) -> Format:
        return self._get(code, {"num_format": code, "valign": "top"})

    def text(self, *, quoted: bool) -> Format:
        return self._get("text", {"text_wrap": True, "valign": "top", "quote_prefix": quoted}, quoted=quoted)

    def _get(self, name: str, properties: dict[str, Any], *, quoted: bool = False) -> Format:
        key = (name, quoted)
        if key not in self._made:
            self._made[key] = self._book.add_format(properties)
        return self._made[key]


def _write(page: Worksheet, sheet: Sheet, formats: _Formats) -> None:
    """Headings in the first row, which stays in sight, and the rows below it."""
    for c, column in enumerate(sheet.columns):
        page.write_string(0, c, shown(column.heading), formats.head)
        page.set_column(c, c, _width(column, [row[c] for row in sheet.rows]))
    for r, row in enumerate(sheet.rows, start=1):
        for c, (column, found) in enumerate(zip(sheet.columns, row, strict=True)):
            cell = found if isinstance(found, Cell) else Cell(found, column.number)
            _put(page, r, c, cell, formats)
    page.freeze_panes(1, 0)
    page.repeat_rows(0)
    page.set_landscape()
    page.fit_to_pages(1, 0)


def _put(page: Worksheet, row: int, column: int, cell: Cell, formats: _Formats) -> None:
    value = cell.value
    if isinstance(value, int) and abs(value) > EXACT:
        value = str(value)
    if isinstance(value, str):
        if value:
            page.write_string(row, column, shown(value), formats.text(quoted=needs_quote(value)))
    elif isinstance(value, bool):
        page.write_boolean(row, column, value, formats.number(PLAIN))
    elif value is not None and math.isfinite(value):
        page.write_number(row, column, value, formats.number(cell.number))


def _width(column: Column, values: list[Value | Cell]) -> int:
    """Of the longest text, within limits; a heading may take two lines."""
    longest = max((_columns(v) for v in values), default=0)
    return min(max(NARROW, longest + 2, min(len(column.heading) // 2 + 3, WIDE)), WIDE)


def _columns(found: Value | Cell) -> int:
    """Characters that a value takes, where Chinese ones take two."""
    value = found.value if isinstance(found, Cell) else found
    if isinstance(value, str):
        return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in value[: 2 * WIDE])
    return 0 if value is None else len(f"{value:,.2f}")
