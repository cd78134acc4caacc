"""The bytes that providers sent, kept so that each is asked once.

An entry is a side file, which says what was asked, when, of whom, and the hash of the answer, and the answer itself
under a name that holds its hash: whoever writes last, a side file never belongs to other bytes than those it names.
Nothing is flushed to the disk: what a power cut spoils is found by its hash and fetched again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from pvsim.errors import WeatherError
from pvsim.weather.text import regular_bytes, visible

VARIABLE = "PVSIM_CACHE_DIR"
SCHEMA = 1  # of the side file; an entry of another one counts as missing
MOST_SIDE_BYTES = 100_000
LARGEST = 100_000_000
FOREIGN = "of another version of pvsim or of another user; it counts as missing"
SET_ASIDE, HALF = ".damaged", ".pvsim-"
# the folder may be anyone's: only what has such a name is pvsim's, to be listed or removed
SIDE_NAME = re.compile(r"[a-z0-9-]+-[0-9a-f]{32}\.json")
OWN_NAME = re.compile(r"(?:[a-z0-9-]+-[0-9a-f]{32}(?:\.json|-[0-9a-f]{12}\.raw)(?:\.damaged)?|\.pvsim-\w+\.partial)")


@dataclass(frozen=True)
class Side:
    """What is known of an answer.

    Attributes
    ----------
    key : 32 hexadecimal digits, from what was asked of which version; no secret is in it
    provider, version, dataset : who answered, by which interface, from which data
    asked : the same in words
    request : what was asked, without a key
    fetched : UTC, ISO 8601
    sha256, size : of the answer
    account : a key was sent with the request, where it is answered without, too
    pvsim, pvlib : versions that fetched it
    schema : of this file
    """

    key: str
    provider: str
    version: str
    dataset: str
    asked: str
    request: Mapping[str, Any]
    fetched: str
    sha256: str
    size: int
    pvsim: str
    pvlib: str
    account: bool = False
    schema: int = SCHEMA

    @property
    def data_name(self) -> str:
        """The file that holds the answer."""
        return f"{self.provider}-{self.key}-{self.sha256[:12]}.raw"


@dataclass(frozen=True)
class Entry:
    """A side file that was found, its answer, and what is wrong with it; nothing where all is well."""

    name: str
    side: Side | None
    raw: bytes | None
    fault: str | None


def key_of(request: Mapping[str, Any]) -> str:
    """The key of a request: the same for the same request, on every machine."""
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:32]


def sha256_of(raw: bytes) -> str:
    """The hash of an answer."""
    return hashlib.sha256(raw).hexdigest()


def folder() -> Path:
    """Where answers are kept: the platform's cache folder, or where ``PVSIM_CACHE_DIR`` says."""
    own = os.environ.get(VARIABLE, "").strip()
    if own:
        return Path(own).expanduser().absolute()
    import platformdirs  # few runs ask for it

    return platformdirs.user_cache_path("pvsim", appauthor=False) / "weather"


def look_up(provider: str, key: str) -> Entry | None:
    """The entry of a key, its bytes checked; None where there is none that this version understands."""
    try:
        return _entry(folder() / f"{provider}-{key}.json")
    except OSError:  # a folder that cannot be looked into has nothing
        return None


def entries() -> Iterator[Entry]:
    """All entries, their bytes checked, by name."""
    with suppress(OSError):
        for path in sorted(p for p in folder().iterdir() if SIDE_NAME.fullmatch(p.name)):
            found = _entry(path)
            # the bytes have been looked at: all of them at once would fill the memory
            yield replace(found, raw=None) if found else Entry(path.name, None, None, FOREIGN)


def _entry(path: Path) -> Entry | None:
    if not path.is_file() or not os.access(path, os.R_OK):  # another user's, perhaps
        return None
    try:
        found = json.loads(regular_bytes(path, MOST_SIDE_BYTES))
        if found.get("schema") != SCHEMA:
            return None
        seal = found.pop("seal", None)
        side = Side(**found)
        if path.name != f"{side.provider}-{side.key}.json" or not _is_sound(side) or seal != _seal(side):
            raise ValueError
    except (WeatherError, ValueError, TypeError, AttributeError, RecursionError):
        return Entry(path.name, None, None, "its side file cannot be read")
    data = path.with_name(side.data_name)
    if data.exists() and not os.access(data, os.R_OK):
        return None
    try:
        raw = regular_bytes(data, LARGEST)
    except WeatherError:
        return Entry(path.name, side, None, "its data are missing or cannot be read")
    if len(raw) != side.size or sha256_of(raw) != side.sha256:
        return Entry(path.name, side, None, "its data are damaged (their SHA-256 is another one)")
    return Entry(path.name, side, raw, None)


def _is_sound(side: Side) -> bool:
    """Whether a side file that was read holds what one does; its texts become names and lines."""
    texts = (side.version, side.dataset, side.asked, side.fetched, side.pvsim, side.pvlib)
    whole = all(isinstance(text, str) for text in texts) and isinstance(side.size, int)
    return whole and re.fullmatch(r"[0-9a-f]{64}", side.sha256) is not None


def _seal(side: Side) -> str:
    """A hash of what a side file says: a flipped bit in a date is as wrong as one in the answer."""
    return key_of(asdict(side))


def store(side: Side, raw: bytes) -> str | None:
    """Keep an answer; what kept that from being done, or None."""
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        if not _holds(place / side.data_name, side.sha256):  # on Windows a file that is read cannot be replaced
            _write(place / side.data_name, raw)
        text = json.dumps({**asdict(side), "seal": _seal(side)}, indent=1, sort_keys=True, ensure_ascii=True)
        _write(place / f"{side.provider}-{side.key}.json", text.encode("ascii"))
    except OSError as error:
        return (
            f"the cache of weather cannot be written ({error.strerror or type(error).__name__}): what was fetched is "
            f"used but not kept; {VARIABLE} names another folder"
        )
    return None


def _holds(path: Path, sha256: str) -> bool:
    """Whether a file is there with these bytes."""
    try:
        return sha256_of(regular_bytes(path, LARGEST)) == sha256
    except WeatherError:
        return False


def _write(path: Path, raw: bytes) -> None:
    """All of it or nothing, under its name."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=HALF, suffix=".partial")
    partial = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        partial.chmod(0o644)  # mkstemp makes it private; a cache may be shared
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def set_aside(entry: Entry) -> bool:
    """Take a damaged entry out of use, and keep its bytes for whoever wants to know; whether that could be done."""
    place = folder()
    names = [entry.name] + ([] if entry.side is None else [entry.side.data_name])
    for name in names:
        try:
            (place / name).replace(place / f"{name}{SET_ASIDE}")
        except FileNotFoundError:  # the one that is missing
            continue
        except OSError:
            return False
    return True


def clear() -> tuple[int, int]:
    """Remove everything that pvsim keeps there, and nothing else; how many files, and their bytes.

    Raises
    ------
    WeatherError : a file cannot be removed
    """
    count = size = 0
    for path in _own_files():
        try:
            bytes_there = path.lstat().st_size
            path.unlink()
        except FileNotFoundError:  # another one cleared it
            continue
        except OSError as error:
            raise WeatherError(f"{visible(path.name)}: cannot be removed from the cache ({error.strerror})") from error
        count, size = count + 1, size + bytes_there
    return count, size


def unused(found: Iterable[Entry]) -> list[Path]:
    """Files that none of these entries names: set aside, replaced, or halves of a write."""
    named = set()
    for entry in found:
        named |= {entry.name} | ({entry.side.data_name} if entry.side is not None else set())
    return [path for path in _own_files() if path.name not in named]


def _own_files() -> list[Path]:
    """What pvsim writes into the folder, by its names."""
    try:
        found = [p for p in folder().iterdir() if not p.is_dir()]
    except OSError:
        return []
    return sorted(p for p in found if OWN_NAME.fullmatch(p.name))
