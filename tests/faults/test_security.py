"""Rows X1, X2, X9, X11, X14, X16 and X17 of the fault catalogue: a scenario is data, and a result tells no secrets."""

from __future__ import annotations

import ast
import getpass
import gzip
import hashlib
import io
import json
import platform
import re
import socket
import subprocess
import sys
import tomllib
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from cases import ROOT, SCENARIOS
from faults.conftest import GOOD, names_in

import pvsim
from pvsim.errors import PvsimError, WeatherError
from pvsim.scenario.reader import parse
from pvsim.weather.packed import FLOOR, LARGEST, MOST_ENTRIES, MOST_MEMBERS, RATIO, unpacked
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


# --- X16, X17: nothing leaves

WATCHED = """
import sys
def watch(event, args):
    # a dependency asks "uname" for the processor through subprocess, so that one is not forbidden
    # and another opens and binds a socket of its own machine to see whether there is IPv6
    if event.startswith(("socket.connect", "socket.get", "socket.send", "urllib", "http", "smtplib", "ftplib",
                         "webbrowser", "os.system", "os.exec")) and event != "socket.gethostname":
        print("CALLED", event, args, file=sys.stderr)
        raise RuntimeError(event)
sys.addaudithook(watch)
from pvsim.__main__ import main
main()
"""


def test_X16_nothing_connects(tmp_path):
    for arguments in (
        ("run", SCENARIOS / "hikvision_jianqiao.toml", "--json", "--out", tmp_path / "out"),
        ("convert", "2.6GWh"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", WATCHED, *map(str, arguments)],
            capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "CALLED" not in done.stderr


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
    for place, name in imports():
        assert name.split(".")[0] not in clients, f"{place}: {name}"
    for place, node in nodes():
        if isinstance(node, ast.Attribute) and dotted(node).startswith("socket."):
            assert node.attr in {"socket.gethostname", "gethostname"}, place


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
