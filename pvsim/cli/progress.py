"""A line on the terminal while something takes long; nothing anywhere else.

It stands on stderr, only if that is a terminal, and is gone when the work is done: what is printed, redirected or
logged has nothing of it.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import suppress
from threading import Event, Thread
from types import TracebackType
from typing import Self, TextIO

from pvsim.cli.terminal import escaped

DELAY_S = 1.0  # what is done sooner says nothing
PERIOD_S = 0.25
WIDTH = 80  # of a terminal that does not say


def working(args: argparse.Namespace, text: str) -> Progress:
    """A context in which ``text (12 s)`` stands on the terminal, once the work has lasted a second.

    Parameters
    ----------
    args : of the command; with ``--quiet`` nothing is shown, and ``--verbose`` says by itself what is done
    text : what is done, such as "audit: claim 1 of 300"; ``say`` of what this gives changes it
    """
    told = getattr(args, "quiet", False) or getattr(args, "verbose", False)
    return Progress(None if told else _terminal(), text)


def _terminal() -> TextIO | None:
    """Stderr, if a line can be rewritten there."""
    stream: TextIO | None = sys.stderr
    with suppress(AttributeError, ValueError):  # ValueError: it was closed
        if stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb":
            return stream
    return None


class Progress:
    """A line that says what is done and for how long; without a stream it does nothing and costs nothing."""

    def __init__(self, stream: TextIO | None, text: str) -> None:
        self._stream = stream
        self._text = text
        self._drawn = 0  # columns that the line takes at the moment
        self._ended = Event()
        self._thread: Thread | None = None

    def say(self, text: str) -> None:
        """Change the text; it is seen when the line is written next."""
        self._text = text

    def __enter__(self) -> Self:
        if self._stream is not None:
            self._thread = Thread(target=self._tick, args=(self._stream, time.monotonic()), daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is None or self._thread is None:
            return
        self._ended.set()
        self._thread.join()
        if self._drawn:
            self._write(self._stream, "\r" + " " * self._drawn + "\r")

    def _tick(self, stream: TextIO, start: float) -> None:
        """Rewrite the line until the work has ended or nobody listens."""
        wait = DELAY_S
        while not self._ended.wait(wait):
            line = self._line(time.monotonic() - start, _columns(stream) - 1)  # the last column may break the line
            if not self._write(stream, "\r" + line.ljust(self._drawn)):
                return
            self._drawn = len(line)
            wait = PERIOD_S

    def _line(self, seconds: float, width: int) -> str:
        """Text and time within so many columns; where both do not fit, the text is cut."""
        text = escaped(self._text).replace("\n", "\\n").encode("ascii", "backslashreplace").decode("ascii")
        lasted = f" ({seconds:.0f} s)"
        return (text[: max(0, width - len(lasted))] + lasted)[: max(0, width)]

    def _write(self, stream: TextIO, text: str) -> bool:
        """Write to the terminal; False when it has gone, which must not end the work."""
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError):
            return False
        return True


def _columns(stream: TextIO) -> int:
    """Width of the stream's own terminal; stdout may be another or none."""
    with suppress(OSError, ValueError, AttributeError):
        return os.get_terminal_size(stream.fileno()).columns or WIDTH
    return WIDTH
