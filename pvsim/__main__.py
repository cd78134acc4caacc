"""``pvsim`` and ``python -m pvsim``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    # One BLAS thread: nothing here multiplies large matrices, and starting the others costs up to 50 ms.
    # Only the program sets this, before numpy is imported; the library leaves its user's threads alone.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from pvsim.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
