"""``pvsim`` and ``python -m pvsim``."""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line and leave with its exit code."""
    # One BLAS thread: nothing here multiplies large matrices, and starting the others costs up to 50 ms.
    # Only the program sets this, before numpy is imported; the library leaves its user's threads alone.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What a start imports stays to the end: searching it for cycles again and again costs 6 to 10 % of a short run.
    gc.set_threshold(1_000_000, 50, 50)
    try:
        from pvsim.cli import run
    except KeyboardInterrupt:
        sys.exit(130)
    # A request to end is an end, not a crash: what is held is let go, and nothing half-written stays.
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(run(sys.argv[1:]))


def _terminated(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_DFL)  # a second one ends the process at once
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
