"""Rows of the letter X of the fault catalogue: a scenario is data, and a result tells no secrets."""

from __future__ import annotations

import ast
import dataclasses
import getpass
import gzip
import hashlib
import io
import json
import logging
import platform
import re
import socket
import subprocess
import sys
import threading
import time
import tomllib
import traceback
import tracemalloc
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest
import trustme
from cases import ROOT, SCENARIOS
from faults.conftest import GOOD, names_in
from weather.service import Asked, Reply, Service, as_json, running, stand_in, wait_until

import pvsim
from pvsim.errors import PvsimError, WeatherError
from pvsim.scenario.reader import parse
from pvsim.weather.online import address, era5, providers, source, transport
from pvsim.weather.online.secrets import redacted
from pvsim.weather.packed import FLOOR, LARGEST, MOST_ENTRIES, MOST_MEMBERS, RATIO, unpacked
from pvsim.weather.request import fetch_weather
from pvsim.weather.services import read_nasa_power
from pvsim.weather.text import read_text

SOURCES = sorted((ROOT / "pvsim").rglob("*.py"))
FILE_WEATHER = '[weather]\nsource = "file"\nformat = "epw"\npath = '


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """Every node of the package with its place."""
    return [
        (f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of an attribute or a name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def imports() -> Iterator[tuple[str, str]]:
    for place, node in nodes():
        if isinstance(node, ast.Import):
            yield from ((place, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ((place, f"{node.module}.{alias.name}") for alias in node.names)


# --- X1, X2: nothing in a file is run


def test_X1_the_package_evaluates_nothing():
    forbidden = {
        *(
            "eval",
            "exec",
            "compile",
            "__import__",
            "os.system",
            "os.popen",
            "os.startfile",
            "yaml.load",
            "marshal.loads",
        ),
        *("pickle.load", "pickle.loads", "runpy.run_path", "subprocess.run", "subprocess.Popen", "ast.literal_eval"),
    }
    for place, node in nodes():
        if isinstance(node, ast.Call):
            # the browser that prints a PDF: a list of arguments, none of them from a file
            prints = dotted(node.func).startswith("subprocess.") and place.startswith("pvsim/report/pdf.py:")
            assert prints or dotted(node.func) not in forbidden, place
            assert not dotted(node.func).endswith((".eval", ".query")), f"{place}: pandas expressions are code too"
            for keyword in node.keywords:
                shell = keyword.arg == "shell" and getattr(keyword.value, "value", None) is not False
                assert not shell, place
    assert len(SOURCES) > 20


def test_X1_the_linter_looks_for_it_too():
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    assert "S" in lint["select"]
    assert not {r for r in lint["ignore"] if r.startswith("S")}


EXPRESSIONS = [
    *("${HOME}", "$HOME", "%PATH%", "{{7*7}}", "{7*7}", "{name}", "{0.__class__.__mro__}", "%(x)s", "%s%n", "`id`"),
    *("$(id)", "__import__('os').system('id')", "<% 7*7 %>", "#{7*7}", "=7*7", "!!python/object:os.system", "~"),
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_X1_no_expression_is_evaluated(ask, case, text):
    quoted = json.dumps(text)
    path = case(f"name = {quoted}\n{GOOD}name = {quoted}\n[claim]\nsource = {quoted}\nannual_kwh = 3e4\n")
    document = json.loads(ask("run", path, "--json").works().out)
    assert document["scenario"]["name"] == text
    assert document["system"]["planes"][0]["name"] == text
    assert text in ask("run", path).works().out
    assert "49" not in json.dumps([document["scenario"]["name"], document["system"]["planes"][0]["name"]])
    ask("check", path).works()


@pytest.mark.parametrize("value", ["'2 * 3'", "'=6'", "'${N}'", "'{{ 6 }}'", "2 * 3", "1 + 1", "N"])
def test_X1_numbers_are_numbers(ask, case, monkeypatch, value):
    monkeypatch.setenv("N", "6")
    ask("check", case(GOOD.replace("100", value))).refuses(":5:")
    ask("check", case(), "--set", f"roof[0].panels={value}").refuses("--set")


def test_X2_no_pickle():
    unsafe = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "diskcache"}
    unsafe |= {"requests_cache", "jsonpickle", "yaml"}
    for place, name in imports():
        assert name.split(".")[0] not in unsafe, f"{place}: {name}"
    for place, node in nodes():
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"read_pickle", "to_pickle", "read_hdf", "to_hdf", "Memory"}, place
        if isinstance(node, ast.keyword):
            allowed = node.arg == "allow_pickle" and getattr(node.value, "value", None) is not False
            assert not allowed, place
        if isinstance(node, ast.Call) and dotted(node.func) in {"np.load", "numpy.load"}:
            assert any(k.arg == "allow_pickle" for k in node.keywords), place


def test_X2_results_are_text(ask, case, tmp_path):
    ask("run", case(), "--out", tmp_path / "out").works()
    assert {p.suffix for p in (tmp_path / "out").iterdir()} <= {".json", ".csv", ".html"}
    for path in (tmp_path / "out").iterdir():
        path.read_bytes().decode("utf-8")


# --- X9, X14: names are shown and stay names

ESCAPES = {"csi": "\x1b[2J\x1b[31m", "osc": "\x1b]0;title\x07", "c1": "\x9b31m", "cr": "good\rbad", "rtl": "a\u202eb"}


OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str, escape: str) -> None:
    """Nothing that a terminal obeys is left; its code is shown instead."""
    assert not OBEYED.search(text), repr(text)
    first = next(c for c in escape if not c.isprintable())
    assert first.encode("unicode_escape").decode("ascii") in text, text


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_X9_names_cannot_speak_to_the_terminal(ask, case, escape):
    quoted = json.dumps(escape)
    path = case(f"name = {quoted}\n{GOOD}name = {quoted}\n[claim]\nsource = {quoted}\nannual_kwh = 1\n")
    answer = ask("run", path, "-v").works()
    harmless(answer.out, escape)
    assert not OBEYED.search(answer.err)
    answer = ask("run", path, "--json").works()
    harmless(answer.err, escape)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", answer.out), "in JSON they are escaped by its own rules"
    answer = ask("check", path, "-v").works()
    assert not OBEYED.search(answer.out + answer.err)


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
@pytest.mark.parametrize(
    "key", ["site.tz", "site.region", "weather.station", "roof.mounting", "roof.module", "roof.KEY"]
)
def test_X9_refused_values_cannot_either(ask, case, escape, key):
    table, name = key.split(".")
    line = f"{json.dumps(escape) if name == 'KEY' else name} = {json.dumps(escape)}\n"
    text = GOOD.replace("[site]\n", "[site]\n" + line) if table == "site" else GOOD + line
    if table == "weather":
        text = GOOD + "[weather]\n" + line
    answer = ask("run", case(text))
    assert answer.code in (3, 4)
    assert answer.out == ""
    harmless(answer.err, escape)


@pytest.mark.parametrize("escape", ["\x1b[2J", "\x9b31m", "a\u202eb"])
def test_X9_words_of_the_command_line_cannot_either(ask, case, escape):
    for arguments in (
        ("run", f"{escape}.toml"),
        ("check", f"{escape}.toml"),
        ("convert", escape),
        ("convert", "2.6GWh", "--region", escape),
        (escape,),
        ("run", case(), f"--{escape}"),
        ("check", case(), "--set", f"{escape}=1"),
        ("check", case(), "--set", f"name={escape}x\n"),
    ):
        answer = ask(*arguments)
        if arguments[-1] != f"name={escape}x\n":
            assert answer.code in (2, 3), arguments
            harmless(answer.out + answer.err, escape)
        assert escape not in answer.out + answer.err, arguments


@pytest.mark.skipif(sys.platform == "win32", reason="file names that Windows refuses")
@pytest.mark.parametrize("escape", ["\x1b[2J", "a\u202eb"])
def test_X9_names_of_files_and_folders_cannot_either(ask, case, tmp_path, escape):
    path = case(GOOD, f"{escape}.toml")
    for arguments in (("check", path), ("run", path), ("run", path, "--out", tmp_path / f"out{escape}")):
        answer = ask(*arguments).works()
        harmless(answer.out + answer.err, escape)
    bad = case(GOOD + "x = 1\n", f"bad{escape}.toml")
    harmless(ask("check", bad).err, escape)


@pytest.mark.parametrize("escape", ["\x1b[2J", "\x9b31m", "a\u202eb"])
def test_X9_words_of_a_weather_file_cannot_either(ask, case, tmp_path, epw, escape):
    asked = case(GOOD + FILE_WEATHER + '"a.epw"\n')
    text = epw.decode("utf-8")
    for spoiled in (
        escape + text,
        text.replace("LOCATION", f"LOCATION{escape}", 1),
        "\n".join([*text.splitlines()[:8], escape]),
        text.replace("?", escape, 1).replace("\n1985,", f"\n{escape},", 1),
        "\n".join([*text.splitlines()[:-1], f"{escape},12,31,24"]),
    ):
        (tmp_path / "a.epw").write_text(spoiled, encoding="utf-8", newline="")
        answer = ask("run", asked)
        assert escape not in answer.out + answer.err
        assert not OBEYED.search(answer.out + answer.err)
    (tmp_path / "a.epw").write_text(text.replace("Testville", f"Test{escape}ville", 1), encoding="utf-8", newline="")
    harmless(ask("run", asked).works().out, escape)


@pytest.mark.parametrize(
    "name", ["../../evil", "/tmp/evil", "..\\\\..\\\\evil", "a/../../evil", ".pvsim.lock", "result"]
)
def test_X14_names_reach_no_path(ask, case, tmp_path, name):
    text = f'name = "{name}"\n{GOOD}name = "{name}"\nmodule = "{name}"\n[modules."{name}"]\n'
    ask("run", case(text, "in/case.toml"), "--planes", "--out", tmp_path / "in" / "out").works()
    written = [f"in/out/{n}" for n in ("hourly.csv", "monthly.csv", "report.html", "result.json")]
    assert names_in(tmp_path) == sorted(["in", "in/case.toml", "in/out", *written])


def test_X14_weather_paths_stay_in_their_folder(ask, case, tmp_path, epw):
    (tmp_path / "evil.epw").write_bytes(epw)
    ask("run", case(GOOD + FILE_WEATHER + '"../evil.epw"\n', "in/case.toml")).refuses("outside")


# --- X11: what is packed is unpacked in small steps, or not at all

MB = 1_000_000


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def edited(raw: bytes, in_local: int, in_directory: int, value: int, size: int) -> bytes:
    """A zip file of one member with another number in both of its headers, at these bytes of them."""
    changed, entry = bytearray(raw), raw.rfind(b"PK\x01\x02")
    for at in (in_local, entry + in_directory):
        changed[at : at + size] = value.to_bytes(size, "little")
    return bytes(changed)


def zeros(bits: int) -> bytes:
    """200 MB of zeros as deflate packs them, some 0.2 MB; made in steps."""
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    return b"".join([*(packer.compress(bytes(MB)) for _ in range(200)), packer.flush()])


def zip_around(deflated: bytes, size: int, crc: int = 0) -> bytes:
    """A zip file whose headers say whatever is asked of what was deflated already."""
    raw, empty = zipped(("year.epw", b"")), len(zlib.compress(b"", 9)[2:-4])
    local, entry, end = (raw.index(sign) for sign in (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"))
    head, rest = bytearray(raw[local : entry - empty]), bytearray(raw[entry:])
    for header, at in ((head, 14), (rest, 16)):
        header[at : at + 12] = b"".join(n.to_bytes(4, "little") for n in (crc, len(deflated), size))
    place = end - entry + 16
    rest[place : place + 4] = (len(head) + len(deflated)).to_bytes(4, "little")
    return bytes(head) + deflated + bytes(rest)


def refused(raw: bytes, message: str, largest: int = LARGEST) -> str:
    with pytest.raises(WeatherError, match=message) as caught:
        unpacked("year.gz", raw, largest)
    said = str(caught.value)
    assert said.startswith("year.gz: ")
    assert re.search(r"unpack it|fetch|shorten", said), f"says nothing of what to do: {said}"
    assert not re.search(r"Error\b|Traceback|zlib|BadZipFile", said), said
    return said


def test_X11_a_packed_file_is_what_is_in_it(epw):
    text = b"a,b\n" * 1000
    for raw in (
        gzip.compress(text),
        gzip.compress(text[:1000]) + gzip.compress(text[1000:]),
        zipped(("year.epw", text)),
        zipped(("folder/year.epw", text), method=zipfile.ZIP_STORED),
        zip_around(zlib.compress(text)[2:-4], len(text), zlib.crc32(text)),
    ):
        assert unpacked("year.gz", raw) == text
    assert unpacked("year.epw", epw) is epw


def test_X11_a_packed_weather_file_runs_as_the_plain_one(ask, case, tmp_path, epw):
    files = {"plain.epw": epw, "year.epw.gz": gzip.compress(epw), "one.zip": zipped(("data/year.epw", epw))}
    answers = {}
    for name, raw in files.items():
        (tmp_path / name).write_bytes(raw)
        asked = case(f"{GOOD}[weather]\nsource = 'file'\npath = '{name}'\n")
        answers[name] = json.loads(ask("run", asked, "--json").works().out)
        assert hashlib.sha256(raw).hexdigest() in json.dumps(answers[name]), "of the file as it lies on disk"
    kwh = {answer["energy"]["annual_kwh"] for answer in answers.values()}
    assert len(kwh) == 1
    assert "year.epw.gz was unpacked (gzip)" in json.dumps(answers["year.epw.gz"])
    assert "one.zip was unpacked (zip)" in json.dumps(answers["one.zip"])
    assert "unpacked" not in json.dumps(answers["plain.epw"])


@pytest.mark.parametrize(
    "bomb",
    [
        lambda: zeros(31),
        lambda: zip_around(zeros(-15), 1000),  # its headers lie
        lambda: zip_around(zeros(-15), 200 * MB),
        lambda: gzip.compress(bytes(MB // 2)) * 400,  # each member is small
    ],
    ids=["gzip", "zip that lies", "zip that does not", "members of gzip"],
)
def test_X11_a_bomb_is_refused_with_little_memory(bomb, tmp_path):
    raw = bomb()
    assert len(raw) < 0.3 * MB
    (tmp_path / "year.gz").write_bytes(raw)
    tracemalloc.start()
    try:
        refused(raw, f"unpack to more than {RATIO} times as many")
        with pytest.raises(WeatherError, match="which no weather does"):
            read_text(tmp_path / "year.gz")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * MB


def test_X11_what_is_packed_well_is_refused_at_its_real_size():
    tame = gzip.compress(b"".join(b"%d,12.3\n" % n for n in range(900_000)))  # far from a bomb
    assert len(unpacked("year.gz", tame)) > 10 * MB
    refused(tame, "unpacks to more than 10000000 bytes; at most 10000000 are read", largest=10 * MB)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        made = zipped(("year.epw", b"12,34\n" * 1000), method=method)
        refused(made, "at most 5999 are read", largest=5999)
        assert len(unpacked("year.zip", made, 6000)) == 6000
    assert len(unpacked("year.gz", gzip.compress(bytes(FLOOR)))) == FLOOR, "a short text may be all zeros"


def test_X11_no_more_than_the_cap_whatever_is_asked(monkeypatch):
    monkeypatch.setattr("pvsim.weather.packed.LARGEST", 1000)
    refused(gzip.compress(bytes(1001)), "more than 1000 bytes", largest=10 * MB)


@pytest.mark.parametrize("pack", [gzip.compress, lambda text: zipped(("year.epw", text))], ids=["gzip", "zip"])
def test_X11_what_is_cut_broken_or_followed_by_something_is_refused(pack, epw):
    text = epw[:50_000]
    raw = pack(text)
    for part in (0.002, 0.3, 0.9, 0.999):
        refused(raw[: max(int(part * len(raw)), 10)], "cut")
    refused(raw[:-1], "cut")
    refused(raw + b"more", "something else|no directory")
    refused(raw + bytes(100), "something else|no directory")
    refused(pack(pack(text)), "again; unpack it yourself")
    for at in range(0, len(raw), 97):
        spoiled = raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :]
        try:
            assert unpacked("year.gz", spoiled) in (text, spoiled), at  # a name, a date, or no packed file any more
        except WeatherError as error:
            assert "year.gz: packed by" in str(error) or "unpack" in str(error), at


def test_X11_a_gzip_file_in_endless_parts_is_refused():
    empty = gzip.compress(b"")
    assert unpacked("year.gz", empty * MOST_MEMBERS) == b""
    refused(empty * (MOST_MEMBERS + 1), f"in more than {MOST_MEMBERS} parts")


def test_X11_a_zip_of_several_files_names_the_one_to_take():
    station = [(f"CHN_Chongqing.{kind}", b"text") for kind in ("ddy", "epw", "stat")]
    said = refused(
        zipped(*station), "3 entries; one file is read: unpack it yourself, the file you need is one of them"
    )
    assert "'CHN_Chongqing.ddy', 'CHN_Chongqing.epw', 'CHN_Chongqing.stat'" in said
    said = refused(zipped(*((f"{i}\x1b[2J\u202e{'x' * 300}", b"") for i in range(20))), "20 entries.* and 12 more")
    assert len(said) < 1000
    assert said.isprintable()
    refused(zipped(("data/", b""), ("data/year.epw", b"text")), r"2 entries.*: 'data/year\.epw'$")
    refused(zipped(*((str(i), b"") for i in range(MOST_ENTRIES + 1))), f"more than {MOST_ENTRIES} files")
    hidden = zipped(("other.epw", b"text"))
    start = hidden.index(b"PK\x01\x02")
    refused(hidden[:start] + zipped(("year.epw", b"text")), "something else stands before")


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../year.epw", "a/../../year.epw", "..", "C:year.epw", "C:/year.epw", "a\\year.epw", "..\\b"],
)
def test_X11_a_name_that_leads_elsewhere_is_refused(name):
    assert repr(name) in refused(zipped((name, b"text")), "leads out of its folder")


def odd_member(change: Callable[[zipfile.ZipInfo], object]) -> bytes:
    """A zip file of one member whose headers were changed before it was written."""
    made, info = io.BytesIO(), zipfile.ZipInfo("year.epw")
    change(info)
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(info, b"/etc/passwd")
    return made.getvalue()


def test_X11_what_is_no_plain_file_in_a_zip_is_refused():
    refused(odd_member(lambda info: setattr(info, "external_attr", 0o120777 << 16)), "'year.epw' in it is a link")
    refused(odd_member(lambda info: setattr(info, "external_attr", 0o010644 << 16)), "is no regular file")
    refused(zipped(("folder/", b"")), "'folder/' in it is no regular file")
    refused(
        odd_member(lambda info: setattr(info, "compress_type", zipfile.ZIP_LZMA)), "packed by method 14, not deflat"
    )
    plain = zipped(("year.epw", b"text"))
    refused(edited(plain, 6, 8, 0x1, 2), "'year.epw' in it is encrypted")
    refused(edited(plain, 8, 10, 99, 2), "packed by method 99")
    assert (
        unpacked("year.zip", odd_member(lambda info: setattr(info, "external_attr", 0o100644 << 16))) == b"/etc/passwd"
    )


def test_X11_the_headers_of_a_zip_are_held_against_what_comes_out():
    plain = zipped(("year.epw", b"text" * 100))
    for size in (0, 1, 399, 401, 2**31):
        refused(edited(plain, 22, 24, size, 4), "not what its directory says")
    refused(edited(plain, 14, 16, 7, 4), "not what its directory says")
    refused(edited(plain, 18, 20, 3, 4), "cut or broken")
    stored = zipped(("year.epw", b"text" * 100), method=zipfile.ZIP_STORED)
    refused(edited(stored, 18, 20, 2**31, 4), "not what its directory says|no directory")


@pytest.mark.parametrize(
    ("raw", "kind"), [(b"BZh91AY", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"7z\xbc\xaf\x27\x1c", "7-zip")]
)
def test_X11_other_packers_are_named(raw, kind):
    refused(raw, f"packed by {kind}; only gzip and zip are unpacked here: unpack it first")
    refused(gzip.compress(raw), f"packed by gzip, and what is in it by {kind} again")


# --- X10: keys stay where they are

PLANTED = {
    "era5": ("PVSIM_ERA5_KEY", "SECRET123"),
    "openmeteo": ("PVSIM_OPENMETEO_KEY", "SECRET123"),
    "cams": ("PVSIM_CAMS_EMAIL", "secret123@example.org"),
}
# in any case; what base64 makes of both begins and ends with the same letters
SECRET = re.compile(r"secret123|U0VDUkVUMTIz|c2VjcmV0MTIz", re.IGNORECASE)


@pytest.fixture
def planted(service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Service:
    """Keys in the environment, everything logged, and for all providers a reader, which quotes what it is sent."""
    for name, value in PLANTED.values():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(source, "READERS", {**source.READERS, **dict.fromkeys(PLANTED, read_nasa_power)})
    monkeypatch.setattr(era5, "POLL_S", 0.01)
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "urllib3.connectionpool", "requests", "pvsim"):
        caplog.set_level(logging.DEBUG, name)
    return service


@pytest.fixture
def elsewhere(authority: trustme.CA) -> Iterator[Service]:
    """Another service under the same authority, which answers everything."""
    with running(authority) as started:
        started.says(b"{}")
        yield started


def received(asked: Iterable[Asked]) -> bool:
    """Whether a key came, in the place that is meant for it."""
    return any(
        SECRET.fullmatch(a.headers.get("PRIVATE-TOKEN", ""))
        or "apikey=SECRET123" in a.target
        or "username=secret123%2540example.org" in a.target
        for a in asked
    )


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """An error, and all that it was raised from or during."""
    yield error
    for inner in (error.__cause__, error.__context__):
        if inner is not None:
            yield from chain_of(inner)


def texts_of(error: BaseException) -> str:
    """Whatever a program that catches an error may print of it."""
    lines = traceback.format_exception(error)
    for one in chain_of(error):
        lines += [str(one), repr(one), repr(one.args), repr(getattr(one, "__notes__", "")), repr(vars(one))]
    return "\n".join(lines)


def _raw(name: str, text: str) -> bytes:
    return text.replace("KEY", PLANTED[name][1]).encode()


def _host(name: str) -> str:
    """A key as the name of a host; an address of e-mail cannot be one."""
    secret = PLANTED[name][1]
    return "away" if "@" in secret else secret


def telling(name: str, shape: Callable[[str], bytes], status: int) -> Callable[[Asked], Reply]:
    """An answer that repeats the key, as it was sent and as it was meant, to each request but those of the queue."""
    secret = PLANTED[name][1]

    def answer(asked: Asked) -> Reply:
        forms = (secret, quote(secret, safe=""), quote(quote(secret, safe=""), safe=""), secret.upper())
        told = " ".join([*forms, b64encode(secret.encode()).decode(), asked.target, str(asked.headers), secret])
        return Reply(shape(told), status)

    return answer


SHAPES: dict[str, Callable[[str], bytes]] = {
    "words": str.encode,
    "message": lambda told: json.dumps({"message": told}).encode(),
    "late": lambda told: json.dumps({"reason": "x" * 290 + told.split()[0]}).encode(),
    "later": lambda told: json.dumps({"reason": "x" * 295 + told.split()[0]}).encode(),
    "nested": lambda told: json.dumps({"detail": [{"msg": {"apikey": told, "email": told}}]}).encode(),
    "codes": lambda told: json.dumps({"detail": told.split()[0]}).replace("@", "\\u0040").encode(),
    "page": lambda told: f"<html><body>{told}</body></html>".encode(),
    "XML": lambda told: f"<E><ExceptionText>{told}</ExceptionText></E>".encode(),
    "unit": lambda told: json.dumps(
        {"header": {"time_standard": "UTC"}, "properties": {"parameter": {"ALLSKY_SFC_SW_DWN": {"2024010100": 1}}},
         "geometry": {"coordinates": [106.5, 29.4]}, "parameters": {"ALLSKY_SFC_SW_DWN": {"units": told}}}).encode(),
    "column": lambda told: json.dumps(
        {"header": {told: 1}, "properties": {"parameter": {told: {told: told}}}, "geometry": told}).encode(),
}  # fmt: skip
ANSWERS: dict[str, Callable[[str], object]] = {
    **{f"status {s}": lambda name, s=s: Reply(b"no", s) for s in (400, 401, 402, 403, 404, 429, 500, 503, 529)},
    **{
        f"echo {status} {shape}": lambda name, shape=shape, status=status: telling(name, SHAPES[shape], status)
        for shape in SHAPES
        for status in (200, 400, 429)
    },
    "cut": lambda name: Reply(b"x" * 900, cut_after=10),
    "no length": lambda name: Reply(raw=_raw(name, "HTTP/1.1 200 OK\r\nContent-Length: no\r\n\r\nKEY")),
    "no http": lambda name: Reply(raw=_raw(name, "KEY\r\n\r\n")),
    "odd header": lambda name: Reply(raw=_raw(name, "HTTP/1.1 500 KEY\r\nKEY\r\n\tKEY\r\n\r\n")),
    "stall": lambda name: Reply(b"late", stall_s=30),
    "packed": lambda name: Reply(b"junk", headers={"Content-Encoding": "gzip"}),
    "packed oddly": lambda name: Reply(b"junk", headers={"Content-Encoding": f"{PLANTED[name][1]}, gzip"}),
    "away": lambda name: Reply(b"", 302, {"Location": f"https://{_host(name)}.example/x"}),
    "elsewhere": lambda name: lambda asked: Reply(b"", 302, {"Location": "https://127.0.0.1:1" + asked.target}),
    "nowhere": lambda name: Reply(b"", 302, {"Location": f"https://[{PLANTED[name][1]}"}),
}


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_X10_no_failure_tells_a_key(planted, cache_folder, caplog, monkeypatch, name, answer):
    monkeypatch.setattr(transport, "LIMITS", dataclasses.replace(transport.LIMITS, read_s=0.05))
    planted.says(answer(name))
    with pytest.raises(PvsimError) as caught:
        fetch_weather(name, 29.44, 106.46, start_year=2024)
    assert not SECRET.search(texts_of(caught.value))
    assert not SECRET.search("\n".join([caplog.text, *(repr(vars(r)) for r in caplog.records)]))
    assert received(planted.asked), "a key that was not sent cannot leak"
    assert caplog.records, "nothing was logged that could be looked at"
    assert names_in(cache_folder) == []


@pytest.mark.parametrize("name", PLANTED)
def test_X10_the_command_line_tells_none_either(ask, case, planted, name, tmp_path):
    text = f'{GOOD}[weather]\nsource = "{name}"\nstart_year = 2024\n'
    for shape in ("words", "message", "XML"):
        planted.says(telling(name, SHAPES[shape], 400))
        for arguments in (
            ("run", case(text), "-v", "--out", tmp_path / "out"),
            ("weather", "fetch", "--source", name, "--place", "29.44,106.46", "--years", "2024"),
            ("weather", "show", name, "--place", "29.44,106.46", "--years", "2024"),
        ):
            answer = ask(*arguments)
            answer.refuses("refused the request", re.escape("***"), code=4)
            assert not SECRET.search(answer.err)
    assert received(planted.asked)


@pytest.mark.parametrize("name", PLANTED)
def test_X10_no_failure_of_the_connection_tells_a_key(planted, caplog, monkeypatch, bundle, name):
    def fails() -> str:
        with pytest.raises(PvsimError) as caught:
            fetch_weather(name, 29.44, 106.46, start_year=2024)
        return texts_of(caught.value) + caplog.text

    with running(trustme.CA()) as stranger:
        stand_in(stranger.url, monkeypatch)
        assert not SECRET.search(fails())
        assert stranger.asked == []
    stand_in("https://localhost:1/", monkeypatch)
    assert not SECRET.search(fails())
    monkeypatch.setenv("HTTPS_PROXY", "http://SECRET123:secret123@127.0.0.1:1")
    assert not SECRET.search(fails())
    assert planted.asked == []


def test_X10_an_answer_that_comes_too_late_tells_none(planted, caplog, monkeypatch):
    monkeypatch.setattr(transport, "LIMITS", dataclasses.replace(transport.LIMITS, total_s=0.2))
    planted.says(Reply(raw=b"HTTP/1.1 200 OK\r\n\r\n", drip_s=0.04))
    with pytest.raises(PvsimError):
        fetch_weather("openmeteo", 29.44, 106.46, start_year=2024)
    wait_until(lambda: any("GET" in r.getMessage() for r in caplog.records))  # logged when nobody waits any more
    assert not SECRET.search("\n".join([caplog.text, *(repr(vars(r)) for r in caplog.records)]))
    assert received(planted.asked)


@pytest.mark.parametrize("name", ["openmeteo", "cams"])
def test_X10_no_success_tells_a_key(ask, case, planted, nasa, tmp_path, caplog, cache_folder, name):
    found = json.loads(nasa)
    secret = PLANTED[name][1]
    found["header"] |= {"api": {"name": secret, "version": quote(secret, safe="")}, "sources": [secret.upper()]}
    planted.says(lambda asked: Reply(json.dumps(found).encode() if received([asked]) else nasa))
    text = f'{GOOD}[weather]\nsource = "{name}"\nstart_year = 2025\n'
    answers = [
        ask("run", case(text), "-v", "--out", tmp_path / "out"),
        ask("run", case(text), "--json"),
        ask("weather", "fetch", case(text)),
        ask("weather", "cache", "list", "--json"),
        ask("check", case(text)),
    ]
    for answer in answers:
        assert not SECRET.search(answer.works().out + answer.err)
    written = [path for folder in (tmp_path / "out", cache_folder) for path in folder.rglob("*")]
    assert len(written) >= 6
    for path in written:
        assert not SECRET.search(str(path.relative_to(tmp_path)))
        assert not SECRET.search(path.read_bytes().decode("utf-8"))
    assert not SECRET.search(caplog.text)
    assert received(planted.asked)


def test_X10_the_key_of_the_store_goes_to_its_queue_alone(planted, elsewhere, monkeypatch, caplog):
    monkeypatch.setattr(era5, "STORES", ("127.0.0.1",))
    there = {"asset": {"value": {"href": f"https://127.0.0.1:{elsewhere.port}/file.zip"}}}
    planted.says(as_json({"jobID": "a"}), as_json({"status": "running"}), as_json({"status": "successful"}),
                 as_json(there))  # fmt: skip
    elsewhere.says(b"PK the file")
    provider = providers.provider_of("era5")
    request = provider.request(providers.Asked(29.5, 106.5, 2024))
    assert provider.get(provider, request) == b"PK the file"
    assert [a.headers.get("PRIVATE-TOKEN") for a in planted.asked] == ["SECRET123"] * 4
    (asked,) = elsewhere.asked
    assert not SECRET.search(str(asked))
    assert not SECRET.search("".join(str((a.target, a.body)) for a in planted.asked))
    assert not SECRET.search(json.dumps(request))
    assert not SECRET.search(caplog.text)
    elsewhere.says(Reply(b"", 302, {"Location": planted.url + "x"}))
    planted.says(as_json({"jobID": "a"}), as_json({"status": "successful"}), as_json(there), as_json({}))
    with pytest.raises(PvsimError, match="wants to send the request on"):
        provider.get(provider, request)
    assert len(planted.asked) == 3


@pytest.mark.parametrize("name", PLANTED)
def test_X10_no_key_is_sent_on_by_a_redirect(planted, elsewhere, name):
    planted.says(lambda asked: Reply(b"", 302, {"Location": elsewhere.url + asked.target}))
    with pytest.raises(PvsimError):
        fetch_weather(name, 29.44, 106.46, start_year=2024)
    assert received(planted.asked)
    assert elsewhere.asked == []


def test_X10_no_login_of_the_machine_is_sent(planted, tmp_path, monkeypatch, tmy):
    (tmp_path / "netrc").write_text("default login SECRET123 password SECRET123\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    planted.says(tmy)
    fetch_weather("pvgis", 29.44, 106.46)
    assert "Authorization" not in planted.asked[0].headers
    assert not SECRET.search(str(planted.asked)), "PVGIS needs no key"


def test_X10_a_key_too_short_to_be_cut_out_of_an_answer_is_not_quoted(planted, monkeypatch):
    monkeypatch.setenv("PVSIM_OPENMETEO_KEY", "Zq9_k")
    planted.says(SHAPES["unit"]("as Zq9_k asked"), SHAPES["column"]("Zq9_k"))
    for _ in range(2):
        with pytest.raises(PvsimError, match="Open-Meteo") as caught:
            fetch_weather("openmeteo", 29.44, 106.46, start_year=2024)
        assert "Zq9_k" not in texts_of(caught.value)


@pytest.mark.parametrize(
    "text",
    ["https://a/?key=K1&x=2", "api_key: K1", '{"token": "K1"}', "access_token=K1", "X-Api-Key: K1", "email=K1 x",
     '{\\"apikey\\": \\"K1\\"}', "PRIVATE-TOKEN:K1", "password = 'K1'", "USERNAME=K1;verbose"],
)  # fmt: skip
def test_X10_what_is_called_a_key_is_hidden_whosever_it_is(text):
    hidden = redacted(text, ())
    assert "K1" not in hidden
    assert "***" in hidden


# --- X12: addresses that a scenario names

LOCAL = [
    *("127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.1", "192.168.0.1"),
    *("169.254.169.254", "100.64.0.1", "0.0.0.0", "0.1.2.3", "192.0.0.1", "192.0.2.1", "198.18.0.1", "203.0.113.9"),
    *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "::"),
    *("ff02::1", "ff0e::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
    *("64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:db8::1", "100::1", "4000::1", "5f00::1"),
    *("2001:0:4136:e378:8000:63bf:80ff:fffe", "fe80::1%eth0"),
]
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8", "2002:808:808::1"]


@dataclasses.dataclass
class Names:
    """What names resolve to, in turn, the last for ever; and who was asked for."""

    known: dict[str, list[list[str]]] = dataclasses.field(default_factory=dict)
    asked: list[str] = dataclasses.field(default_factory=list)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """A name server of this test's own; what is no name is taken as it stands."""
    server, real = Names(), socket.getaddrinfo

    def look_up(host: str, port: int, *more: object, **keywords: object) -> list[tuple]:
        if host not in server.known:
            assert host == "127.0.0.1", f"{host} was looked up"
            return real(host, port, *more, **keywords)
        server.asked.append(host)
        turns = server.known[host]
        found = turns.pop(0) if len(turns) > 1 else turns[0]
        kinds = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in found]
        return [
            (kind, socket.SOCK_STREAM, 6, "", (address, port) if kind == socket.AF_INET else (address, port, 0, 0))
            for kind, address in zip(kinds, found, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return server


@pytest.fixture
def host(
    authority: trustme.CA, service: Service, names: Names, monkeypatch: pytest.MonkeyPatch, epw: bytes
) -> Iterator[Service]:
    """weather.example, at an address that counts as public here."""
    monkeypatch.setattr(address, "is_public", lambda found: found == "127.0.0.1")
    names.known["weather.example"] = [["127.0.0.1"]]
    with running(authority, "weather.example") as started:
        started.says(epw)
        yield started


def url_case(url: str) -> str:
    return f'{GOOD}[weather]\nsource = "url"\nurl = {json.dumps(url)}\n'


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Whatever is sent to the network comes here instead."""
    sent: list[object] = []
    monkeypatch.setattr(transport, "fetch", lambda call, *more: sent.append(call) or b"")
    return sent


def test_X12_a_file_at_a_public_address(ask, case, host, names, monkeypatch, tmp_path, epw):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")  # it would be asked for a name, and reach who knows what
    path = case(url_case(f"https://weather.example:{host.port}/files/year.epw?of=2025"))
    online = json.loads(ask("run", path, "--allow-network", "--json").works().out)
    (asked,) = host.asked
    assert asked.headers["Host"] == f"weather.example:{host.port}"
    assert asked.target == "/files/year.epw?of=2025"
    assert names.asked == ["weather.example"]
    (tmp_path / "year.epw").write_bytes(epw)
    file = json.loads(ask("run", case(GOOD + FILE_WEATHER + '"year.epw"\n', "file.toml"), "--json").works().out)
    assert online["energy"] == file["energy"]
    names.known.clear()  # from here on whoever looks up a name fails
    for flags in (("--offline",), ("--offline", "--allow-network"), ("--allow-network",)):
        assert json.loads(ask("run", path, *flags, "--json").works().out) == online
    assert len(host.asked) == 1


def test_X12_not_without_the_flag(ask, case, names, unreachable):
    path = case(url_case("https://weather.example/year.epw"))
    for arguments in (("run", path), ("weather", "show", path), ("weather", "fetch", path)):
        ask(*arguments).refuses("--allow-network", 'source = "file"', code=4)
    ask("check", path).works()
    assert (names.asked, unreachable) == ([], [])
    ask("run", path, "--offline").refuses("not in the cache, entry url-[0-9a-f]{32}", code=4)


@pytest.mark.parametrize(
    "url",
    ["http://a.example/x.epw", "ftp://a.example/x", "file:///etc/passwd", "//a.example/x", "a.epw", "", "HTTPS//a"],
)
def test_X12_https_alone(ask, case, names, unreachable, url):
    for command in ("check", "run"):
        ask(command, case(url_case(url)), *(["--allow-network"])).refuses("https", code=3)
    assert (names.asked, unreachable) == ([], [])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://", "starts with https://"), ("https:///x", "starts with https://"),
        ("https://[::1", "starts with https://"), ("https://a.example:99999/x", "starts with https://"),
        ("https://a.example:x/x", "starts with https://"), ("https://:443/x", "starts with https://"),
        ("https://someone:word@a.example/x", "login"), ("https://someone@a.example/x", "login"),
        ("https://@a.example/x", "login"), ("https://a.example/a b", "without blanks"),
        ("https://a.example/\nx", "without blanks"), ("https://a.exam\tple/x", "without blanks"),
        ("https://a.example/\x1b[2J", "without blanks"), ("https://a.example/\u202e", "without blanks"),
        ("https://a.example/x?token=K1", "key or a login"), ("https://a.example/x?a=1&api_key=K1", "key or a login"),
        ("https://a.example/x?access_token=K1", "key or a login"), ("https://a.example/x?t%6Fken=K1", "key or a login"),
        ("https://a.example/x?X-Amz-Signature=K1", "key or a login"), ("https://a.example/x?KEY=K1", "key or a login"),
    ],
)  # fmt: skip
def test_X12_addresses_that_are_none(ask, case, names, unreachable, url, said):
    for flags in (("--allow-network",), ("--offline",)):
        answer = ask("run", case(url_case(url)), *flags)
        answer.refuses(said, code=4)
        assert "K1" not in answer.err
        assert "word" not in answer.err
    assert (names.asked, unreachable) == ([], [])


@pytest.mark.parametrize("found", LOCAL)
def test_X12_no_address_of_a_network_within(ask, case, names, unreachable, found):
    names.known["a.example"] = [[found]]
    ask("run", case(url_case("https://a.example/x.epw")), "--allow-network").refuses(
        "a.example: is .*not a public address", code=4
    )
    for addresses in (["8.8.8.8", found], [found, "8.8.8.8"], ["2606:4700::1", "8.8.8.8", found]):
        names.known["a.example"] = [addresses]
        with pytest.raises(WeatherError, match="not a public address"):
            address.own_bytes("https://a.example/x.epw")
    assert unreachable == []


def test_X12_public_addresses_are_public(names, unreachable):
    for found in PUBLIC:
        names.known["a.example"] = [[found]]
        address.own_bytes("https://a.example/x.epw")
    assert [call.url for call in unreachable[:3]] == [
        "https://93.184.216.34:443/x.epw", "https://8.8.8.8:443/x.epw", "https://[2606:4700:4700::1111]:443/x.epw",
    ]  # fmt: skip
    assert {call.host for call in unreachable} == {"a.example"}


@pytest.mark.parametrize(
    "literal",
    ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "LOCALHOST",
     "0", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "169.254.169.254",
     "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021"],
)  # fmt: skip
def test_X12_odd_spellings_of_this_machine(ask, case, unreachable, literal):
    # nobody is asked for numbers and for localhost: the system knows them
    ask("run", case(url_case(f"https://{literal}:8443/x.epw")), "--allow-network").refuses(
        "not a public address|cannot be resolved|starts with https", code=4
    )
    assert unreachable == []


@pytest.mark.parametrize("name", ["w\u00e4tter.example", "\u5929\u6c14.example", "xn--wtter-kra.example"])
def test_X12_names_in_other_scripts(names, unreachable, name):
    known = name.encode("idna").decode("ascii")
    names.known[known] = [["8.8.8.8"]]
    address.own_bytes(f"https://{name}/\u00e4.epw?q=\u00e4")
    assert unreachable[0].host == known


@pytest.mark.parametrize("name", ["\u00e4" * 80 + ".example", "a..\u00e4", "\ud800.example"])
def test_X12_names_that_no_host_has(names, unreachable, name):
    with pytest.raises(WeatherError, match=r"no name that a host can have|starts with https"):
        address.own_bytes(f"https://{name}/x.epw")
    assert unreachable == []


def test_X12_a_name_is_looked_up_once(ask, case, host, names):
    names.known["weather.example"] = [["127.0.0.1"], ["127.0.0.2"], ["10.0.0.1"]]
    host.says(Reply(b"", 503), Reply(b"", 302, {"Location": "/a.epw"}), Reply(b"", 503), host.answers[0])
    path = case(url_case(f"https://weather.example:{host.port}/year.epw"))
    ask("run", path, "--allow-network").works()
    assert names.asked == ["weather.example"]
    assert len(host.asked) == 4
    assert {asked.headers["Host"] for asked in host.asked} == {f"weather.example:{host.port}"}


@pytest.mark.parametrize(
    "place",
    [
        *("https://other.example/x", "http://weather.example:{port}/x", "https://127.0.0.1:{port}/x"),
        *("https://weather.example/x", "//other.example:{port}/x", "https://169.254.169.254/"),
    ],
)
def test_X12_redirects_stay_on_their_host(ask, case, host, names, place):
    host.says(Reply(b"", 302, {"Location": place.format(port=host.port)}))
    path = case(url_case(f"https://weather.example:{host.port}/year.epw"))
    ask("run", path, "--allow-network").refuses("weather.example: wants to send the request on to", code=4)
    assert len(host.asked) == 1
    assert names.asked == ["weather.example"]


@pytest.mark.parametrize("place", ["/b.epw", "b.epw", "https://weather.example:{port}/b.epw"])
def test_X12_redirects_on_the_host_are_followed(host, epw, place):
    host.says(Reply(b"", 302, {"Location": place.format(port=host.port)}), Reply(epw))
    assert address.own_bytes(f"https://weather.example:{host.port}/a.epw") == epw
    assert [asked.path for asked in host.asked] == ["/a.epw", "/b.epw"]


def test_X12_the_certificate_is_of_the_name(ask, case, authority, host, names):
    with running(authority, "other.example", "127.0.0.1") as other:
        path = case(url_case(f"https://weather.example:{other.port}/year.epw"))
        ask("run", path, "--allow-network").refuses("weather.example: its certificate is not trusted", code=4)
        assert other.asked == []
    with running(trustme.CA(), "weather.example") as stranger:
        path = case(url_case(f"https://weather.example:{stranger.port}/year.epw"))
        ask("run", path, "--allow-network").refuses("weather.example: its certificate is not trusted", code=4)
        assert stranger.asked == []


def test_X12_what_is_no_weather_is_not_kept(ask, case, host, cache_folder):
    path = case(url_case(f"https://weather.example:{host.port}/year.epw"))
    for body in (b"<html>log in</html>", b"", b"root:x:0:0:root:/root:/bin/sh\n", b'{"a": 1}', b"\x00\xff" * 99):
        host.says(body)
        ask("run", path, "--allow-network").refuses(code=4)
    assert names_in(cache_folder) == []


def test_X10_a_request_does_not_show_its_key():
    call = transport.Call(
        "a", "https://a.example/", {"apikey": "SECRET123"}, {"key": "SECRET123"}, {"PRIVATE-TOKEN": "SECRET123"},
        ("SECRET123",),
    )  # fmt: skip
    assert "SECRET123" not in repr(call) + str(call)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:SECRET123@a.example/x", "https://user:SECRET123@a.example/x y", "http://u:SECRET123@a.example/x",
        "https://a.example:99999/?api_key=SECRET123", "https://a.example/#api_key=SECRET123",
        "https://a.example/?key[]=SECRET123", "https://a.example/?auth=SECRET123", "https://a.example/?pwd=SECRET123",
        "https://a.example/?credential=SECRET123", "https://a.example/?a=b&X-Amz-Signature=SECRET123",
    ],
)  # fmt: skip
def test_X10_an_address_with_a_key_is_refused_and_not_quoted(ask, case, unreachable, url):
    for command in ("check", "run"):
        answer = ask(command, case(url_case(url)), "--allow-network")
        assert answer.code in (3, 4)
        assert "SECRET123" not in answer.out + answer.err
    assert not unreachable


def test_X12_the_time_of_a_look_up_counts(monkeypatch):
    """A name server that never answers holds nobody up for longer than all of it may take."""
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: over.wait(20))
    monkeypatch.setattr(transport, "LIMITS", dataclasses.replace(transport.LIMITS, total_s=0.2))
    start = time.monotonic()
    with pytest.raises(WeatherError, match=r"weather\.example: its name was not resolved within 0\.2 s"):
        address.own_bytes("https://weather.example/a.epw")
    assert time.monotonic() - start < 15
    over.set()


def test_X12_an_address_that_more_networks_reach_comes_first(monkeypatch):
    both = [(10, 1, 6, "", ("2606:4700::1111", 443, 0, 0)), (2, 1, 6, "", ("1.1.1.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: both)
    assert address.public_address("weather.example", 443) == "1.1.1.1"


# --- X16, X17: nothing leaves

WATCHED = """
import json
import sys
def watch(event, args):
    # a dependency asks "uname" for the processor through subprocess, so that one is not forbidden
    # and another opens and binds a socket of its own machine to see whether there is IPv6
    if event.startswith(("socket.connect", "socket.get", "socket.send", "urllib", "http", "smtplib", "ftplib",
                         "webbrowser", "os.system", "os.exec")) and event != "socket.gethostname":
        print("CALLED", event, args, file=sys.stderr)
        raise RuntimeError(event)
sys.addaudithook(watch)
from pvsim import cli
for arguments in json.loads(sys.argv[1]):
    assert cli.run(arguments) == 0, arguments
"""


def test_X16_nothing_connects(ask, case, service, tmy, epw, tmp_path):
    service.says(tmy)
    (tmp_path / "a.epw").write_bytes(epw)
    kept = case(GOOD + '[weather]\nsource = "pvgis"\n', "kept.toml")
    ask("weather", "fetch", kept).works()
    ask("run", kept, "--out", tmp_path / "online").works()
    commands = [
        ("run", SCENARIOS / "hikvision_jianqiao.toml", "--json", "--out", tmp_path / "out"),
        ("run", case(GOOD + FILE_WEATHER + '"a.epw"\n', "file.toml")),
        ("run", kept, "--offline", "--out", tmp_path / "offline"),
        ("check", kept),
        ("weather", "cache", "verify"),
        ("convert", "2.6GWh"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, json.dumps([[str(a) for a in command] for command in commands])],
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "CALLED" not in done.stderr
    for path in (tmp_path / "online").iterdir():
        assert (tmp_path / "offline" / path.name).read_bytes() == path.read_bytes(), path.name
    assert len(service.asked) == 1


def test_X16_most_commands_load_no_client(case, cache_folder):
    asks = [f'source = "{name}"\nstart_year = 2024' for name in providers.PROVIDERS]
    asks.append('source = "url"\nurl = "https://weather.example/a.epw"')
    program = (
        "import json, sys, pvsim\nfrom pvsim import cli\n"
        "for arguments in json.loads(sys.argv[1]):\n    assert cli.run(arguments) == 0, arguments\n"
        "print('LOADED', sorted({'requests', 'urllib3', 'pvlib', 'http.client'} & set(sys.modules)))\n"
    )
    commands = [["--help"], ["check", str(case())], ["convert", "2.6GWh"], ["weather", "cache", "verify"]]
    commands += [["check", str(case(f"{GOOD}[weather]\n{asked}\n", f"{i}.toml"))] for i, asked in enumerate(asks)]
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(commands)],
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "LOADED []", done.stdout + done.stderr


# the modules that speak to the network, and what they take from its libraries
ONLINE = {
    "transport": {
        *("requests", "urllib3", "http.client.HTTPException"),
        *("urllib.parse.SplitResult", "urllib.parse.urljoin", "urllib.parse.urlsplit"),
    },
    "address": {
        *("socket", "urllib.parse.unquote_plus", "urllib.parse.urlsplit", "urllib.parse.urlunsplit"),
    },
    "era5": {"urllib.parse.urlsplit"},
    "providers": {"urllib.parse.quote"},
    "secrets": {"urllib.parse.quote", "urllib.parse.quote_plus"},
}


def test_X16_the_package_imports_no_client():
    clients = {
        "requests",
        "urllib",
        "urllib3",
        "http",
        "httpx",
        "aiohttp",
        "ftplib",
        "smtplib",
        "webbrowser",
        "telnetlib",
    }
    taken: dict[str, set[str]] = {}
    for place, name in imports():
        module = Path(place.rpartition(":")[0])
        own = module.parent.name == "online" and module.parent.parent.name == "weather"
        if name.split(".")[0] in clients or (own and name == "socket"):
            assert own, f"{place}: {name}"
            taken.setdefault(module.stem, set()).add(name)
    assert taken == ONLINE
    for place, node in nodes():
        if isinstance(node, ast.Attribute) and dotted(node).startswith("socket."):
            resolves = "weather/online/address.py:" in place and node.attr in {"getaddrinfo", "SOCK_STREAM"}
            assert resolves or node.attr == "gethostname", place


def test_X17_results_tell_no_path_user_or_host(ask, case, tmp_path, epw, monkeypatch):
    user, host, home = "zz-user-zz", "zz-host-zz", tmp_path / "zz-home-zz"
    for name in ("USER", "LOGNAME", "USERNAME", "LNAME"):
        monkeypatch.setenv(name, user)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("HOSTNAME", host)
    monkeypatch.setattr(socket, "gethostname", lambda: host)
    monkeypatch.setattr(platform, "node", lambda: host)
    folder = home / "customers" / "Secret GmbH"
    folder.mkdir(parents=True)
    (folder / "a.epw").write_bytes(epw)
    claim = '[claim]\nannual_kwh = 3e4\nsource = "a page"\n'
    outputs = []
    for i, weather in enumerate(
        ("", FILE_WEATHER + '"a.epw"\n', FILE_WEATHER + json.dumps(str(folder / "a.epw")) + "\n")
    ):
        path = case(GOOD + claim + weather, f"zz-home-zz/customers/Secret GmbH/case{i}.toml")
        options = ("--allow-path", "--set", "losses.soiling_percent=0.05")
        outputs.append(ask("run", path, "--json", *options).works().out)
        outputs.append(ask("run", path, "--out", folder / f"out{i}", "--planes", *options).works().out)
        outputs += [p.read_text(encoding="utf-8") for p in (folder / f"out{i}").iterdir()]
    secrets = [user, host, "zz-home-zz", "Secret GmbH", "customers", str(tmp_path), str(ROOT), str(Path.cwd())]
    secrets += [s for s in (getpass.getuser(), str(Path.home()), sys.prefix) if len(s) > 5]
    for text in outputs:
        for secret in secrets:
            assert secret not in text, secret
    assert len(outputs) >= 15


def test_X17_a_horizon_tells_no_folder(ask, case, tmp_path):
    folder = tmp_path / "zz-home-zz"
    folder.mkdir()
    (folder / "hills.csv").write_text("azimuth,elevation\n0,5\n90,10\n180,5\n270,3\n", encoding="utf-8")
    text = GOOD.replace("[site]\n", f"[site]\nhorizon = {json.dumps(str(folder / 'hills.csv'))}\n")
    ask("run", case(text), "--out", tmp_path / "out", "--xlsx", "--allow-path").works()
    for path in (tmp_path / "out").iterdir():
        raw = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                raw = b"".join(book.read(n) for n in book.namelist())
        assert b"hills.csv" in raw or path.suffix == ".csv"
        assert b"zz-home-zz" not in raw, path.name


def test_X17_errors_of_the_library_name_no_more_than_was_given(tmp_path):
    asked = parse(GOOD + FILE_WEATHER + '"none.epw"\n', folder=tmp_path)
    with pytest.raises(PvsimError) as caught:
        pvsim.simulate(asked)
    assert str(tmp_path) not in str(caught.value)
