"""The output folder: checked before a run starts, held by one run at a time, written in whole files.

A lock file names the run that holds the folder; it goes with the run, also when the run fails. The lock of
a process that is gone is taken over.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pvsim.errors import PvsimError

LOCK = ".pvsim.lock"
DOCUMENT = "result.json"
FILES = ("hourly.csv", "monthly.csv", "report.html")
ON_DEMAND = ("result.xlsx", "report.pdf")
TRIES, WAIT_S = 5, 0.2  # on Windows a file that a scanner or Excel holds for a moment cannot be replaced


@contextmanager
def held(folder: Path, sha256: str, *, overwrite: bool = False) -> Iterator[tuple[str, ...]]:
    """Hold an output folder for one run of one scenario; gives the warnings that this took.

    Parameters
    ----------
    folder : made if it is missing
    sha256 : of the scenario, which may overwrite its own earlier result
    overwrite : also overwrite the result of another scenario

    Raises
    ------
    PvsimError
        When the folder cannot be made or written to, another run holds it, or another scenario's result is there.
    """
    made(folder)
    lock = folder / LOCK
    warnings = _take(lock)
    try:
        if not overwrite and not warnings:  # what a killed run left here is ours to replace
            _check_owner(folder, sha256)
        if warnings:
            _sweep(folder)
        yield warnings
    finally:
        lock.unlink(missing_ok=True)


def made(folder: Path) -> None:
    """Make a folder if it is missing.

    Raises
    ------
    PvsimError
        When it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _refused(folder, error) from error


def replace(path: Path, raw: bytes) -> None:
    """Write a file so that it is either the old one or the whole new one.

    Raises
    ------
    PvsimError
        When the disk is full or the file is held by another program; the old file stays as it was.
    """
    partial = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
        partial = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o644)  # mkstemp makes it private; a result is for reading
        _move(partial, path)
        partial = None
        _flush_folder(path.parent)
    except OSError as error:
        raise PvsimError(
            f"{path}: cannot be written ({error.strerror or error}); {len(raw)} bytes are needed; "
            "free some space or choose another --out folder"
        ) from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def forget(folder: Path, kept: Collection[str]) -> None:
    """Remove what an earlier run wrote on demand and this one did not: it would tell of another result.

    Only files that the earlier document names, with the bytes that it states.
    """
    listed = _earlier(folder).get("files")
    for entry in listed if isinstance(listed, list) else ():
        name, sha256 = (entry.get("name"), entry.get("sha256")) if isinstance(entry, dict) else (None, None)
        if name not in ON_DEMAND or name in kept:
            continue
        path = folder / name
        with suppress(OSError):
            if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:  # a pipe would wait
                path.unlink()


def _earlier(folder: Path) -> dict[str, Any]:
    """The document of an earlier run, as far as it can be read."""
    with suppress(OSError, ValueError, RecursionError):
        document = folder / DOCUMENT
        found = json.loads(document.read_text(encoding="utf-8")) if document.is_file() else {}  # a pipe would wait
        if isinstance(found, dict):
            return found
    return {}


def _move(partial: Path, path: Path) -> None:
    for attempt in range(TRIES):
        try:
            partial.replace(path)
            return
        except PermissionError as error:
            if attempt == TRIES - 1:
                raise PvsimError(
                    f"{path}: another program has it open; close the file in Excel and run again"
                ) from error
            time.sleep(WAIT_S)


def _flush_folder(folder: Path) -> None:
    """Make the move itself survive a power cut, where the system can do that for a folder."""
    if os.name != "posix":
        return
    with suppress(OSError):  # some network shares cannot; the file is there all the same
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _refused(folder: Path, error: OSError | ValueError) -> PvsimError:
    if isinstance(error, FileExistsError | NotADirectoryError):
        reason = "it is a file"
    else:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return PvsimError(f"{folder}: cannot be written ({reason}); choose another --out folder")


# --- the lock ----------------------------------------------------------------------------------------------


def _take(lock: Path) -> tuple[str, ...]:
    """Create the lock file, or take over that of a process that is gone."""
    warnings: tuple[str, ...] = ()
    for _ in range(2):
        try:
            handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            holder = _holder(lock)
            if not _gone(holder):
                raise PvsimError(
                    f"{lock.parent}: held by another run (process {holder.get('pid', '?')} on "
                    f"{holder.get('host', '?')}, started {holder.get('started', '?')}); wait for it or choose another "
                    f"--out folder; if no such run exists, remove {lock.name}"
                ) from None
            warnings = (f"the lock of process {holder['pid']}, which is gone, was taken over",)
            _clear(lock, holder)
        except OSError as error:
            raise _refused(lock.parent, error) from error
        else:
            mine = {
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "started": datetime.now(UTC).isoformat("T", "seconds"),
            }
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(mine, file)
            return warnings
    raise PvsimError(f"{lock.parent}: another run took this folder at the same moment; run again")


def _holder(lock: Path) -> dict[str, Any]:
    """Who wrote the lock, as far as it can be read."""
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(lock.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _gone(holder: dict[str, Any]) -> bool:
    """Whether the holder was a process of this machine that no longer runs; in doubt it is there."""
    pid = holder.get("pid")
    if holder.get("host") != socket.gethostname() or not isinstance(pid, int) or pid <= 0 or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _clear(lock: Path, holder: dict[str, Any]) -> None:
    """Remove a lock that is known to be stale.

    It is moved aside and looked at again: another run may have taken it over meanwhile, and gets it back.
    """
    aside = lock.with_name(f"{LOCK}.{os.getpid()}")
    try:
        lock.rename(aside)
        if _holder(aside) != holder:
            os.link(aside, lock)  # never over a lock that a third run has made since
        aside.unlink()
    except (FileNotFoundError, FileExistsError):
        aside.unlink(missing_ok=True)
    except OSError as error:
        raise _refused(lock.parent, error) from error


def _sweep(folder: Path) -> None:
    """Remove what a run that was killed left half-written; only the holder of the folder may."""
    for partial in folder.glob(".*.partial"):
        partial.unlink(missing_ok=True)


def _check_owner(folder: Path, sha256: str) -> None:
    """Refuse to overwrite the result of another scenario, or files that are no result at all."""
    present = [
        name for name in (DOCUMENT, *FILES, *ON_DEMAND) if (folder / name).exists() or (folder / name).is_symlink()
    ]
    if not present:
        return
    name, other = "a file that pvsim did not write", None
    with suppress(KeyError, TypeError):
        owner = _earlier(folder)["scenario"]
        name, other = str(owner["name"]), owner["sha256"]
    if other != sha256:
        raise PvsimError(
            f"{folder / present[0]}: holds the result of another scenario or of other values ({name}); "
            "choose another --out folder or add --overwrite"
        )
