"""Rows N1 to N16 of the fault catalogue: whatever the network and the cache do, the answer is right or one line."""

from __future__ import annotations

import dataclasses
import errno
import gzip
import json
import os
import random
import re
import shutil
import signal
import socket
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import trustme
from cases import toml
from faults.conftest import GOOD, Answer, names_in
from weather import writers
from weather.service import Asked, Reply, Service, as_json, client, running, silent, stand_in, wait_until

import pvsim
from pvsim.errors import UsageError, WeatherError
from pvsim.physics.sun import TimeAxis
from pvsim.weather.online import cache, plan, providers, transport
from pvsim.weather.online.cache import Side
from pvsim.weather.request import fetch_weather

PLACE = ("--place", "29.44,106.46")
FETCH = ("weather", "fetch", "--source", "pvgis", *PLACE)
NASA = ("weather", "fetch", "--source", "nasa-power", *PLACE, "--years", "2025")
ASKED = ("pvgis", 29.44, 106.46)
PVGIS = GOOD + '[weather]\nsource = "pvgis"\n'
SLOW = 20.0  # seconds in which anything with a limit of one ends, on any machine


def line_of(answer: Answer, *patterns: str) -> str:
    """Exit code 4 and one line, which holds these patterns."""
    answer.refuses(*patterns, code=4)
    assert len(answer.err.strip().splitlines()) == 1, answer.err
    return answer.err


def error_of(*arguments: object, **keywords: object) -> str:
    """What ``fetch_weather`` refuses with: one line."""
    with pytest.raises(WeatherError) as caught:
        fetch_weather(*arguments, **keywords)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def limit(monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    monkeypatch.setattr(transport, "LIMITS", dataclasses.replace(transport.LIMITS, **limits))


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the transport made, in no time."""
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        if seconds > 0:
            pauses.append(seconds)

    monkeypatch.setattr(transport, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    return pauses


def moved(tmy: bytes, latitude: float = 29.44, longitude: float = 106.46, rows: int | None = None) -> bytes:
    found = json.loads(tmy)
    found["inputs"]["location"] |= {"latitude": latitude, "longitude": longitude}
    found["outputs"]["tmy_hourly"] = found["outputs"]["tmy_hourly"][:rows]
    return json.dumps(found).encode()


# --- N1, N2: a provider that wants to be left alone


@pytest.mark.parametrize("status", [429, 503])
def test_N1_retry_after_is_honoured_in_seconds(ask, service, tmy, slept, cache_folder, status):
    service.says(Reply(b"", status, {"Retry-After": "7"}), Reply(tmy))
    ask(*FETCH).works()
    assert len(service.asked) == 2
    assert len(slept) == 1
    assert 7 <= slept[0] <= 8.01
    assert len(names_in(cache_folder)) == 2


def test_N1_retry_after_is_honoured_as_a_date(ask, service, tmy, slept):
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    service.says(Reply(b"", 429, {"Retry-After": moment}), Reply(tmy))
    ask(*FETCH).works()
    assert 20 <= slept[0] <= 42


@pytest.mark.parametrize("stated", ["", "soon", "-5", "1e3", "Wed, 99 Oct 2099 07:28:00 GMT", "\xb2", ",", "0"])
def test_N1_a_retry_after_that_says_nothing_is_none(service, tmy, slept, stated):
    service.says(Reply(b"", 429, {"Retry-After": stated}), Reply(tmy))
    assert fetch_weather(*ASKED).axis.rows == 8760
    assert max(slept, default=0) < 1.1


def test_N1_three_tries_then_an_error_with_the_time_to_wait(ask, service, slept, cache_folder):
    service.says(Reply(b"", 429, {"Retry-After": "33"}))
    line_of(ask(*FETCH), "PVGIS: too many requests .HTTP 429. .3 tries.; try again in 33 s or later")
    assert len(service.asked) == 3
    assert len(slept) == 2
    assert slept[0] != slept[1], "without jitter all clients come back at once"
    assert names_in(cache_folder) == []


@pytest.mark.parametrize("stated", ["301", "4000", "99999999999", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_N1_a_wait_beyond_the_time_that_is_allowed_ends_at_once(ask, service, slept, stated):
    service.says(Reply(b"", 429, {"Retry-After": stated}))
    line_of(ask(*FETCH), r"PVGIS: too many requests .HTTP 429.; try again in \d+ s or later")
    assert (len(service.asked), slept) == (1, [])


def test_N1_pauses_grow_and_differ(slept):
    limits, failure = transport.Limits(), transport._Failure("", again=True)
    first, second = ([transport._pause(failure, n, limits) for _ in range(30)] for n in (1, 2))
    assert len({*first, *second}) == 60
    assert 1 <= min(first) < max(first) <= 3
    assert 2 <= min(second) < max(second) <= 6


def test_N1_neighbours_share_a_request(service, tmy, nasa):
    service.says(tmy)
    for latitude, longitude in ((29.44, 106.46), (29.401, 106.499), (29.449, 106.4501)):
        pvsim.simulate(toml(PVGIS.replace("29.44", str(latitude)).replace("106.46", str(longitude))))
    assert len(service.asked) == 1
    service.says(nasa)
    for latitude in (29.44, 29.3):
        fetch_weather("nasa-power", latitude, 106.46, start_year=2025)
    assert len(service.asked) == 1


def test_N1_neighbours_share_a_request_without_a_cache_too(service, tmy, cache_folder):
    cache_folder.write_text("a file where a folder should be")
    service.says(tmy)
    pvsim.simulate_many([toml(PVGIS), toml(PVGIS.replace("106.46", "106.47"))])
    assert len(service.asked) == 1


def test_N1_at_most_five_requests_a_second(service, monkeypatch):
    assert transport.Limits() == transport.Limits(10.0, 60.0, 300.0, 3)
    monkeypatch.setattr(transport, "APART_S", 0.2)
    at: list[float] = []

    def answer(asked: Asked) -> Reply:
        at.append(time.monotonic())
        return Reply(b"", 400)

    service.says(answer)
    threads = [threading.Thread(target=lambda i=i: error_of("pvgis", 29.0 + i, 106.46)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SLOW)
    assert len(at) == 4
    assert max(at) - min(at) > 0.4, "four at once would be more than five a second"


def test_N1_the_shipped_distance_is_a_fifth_of_a_second():
    text = Path(transport.__file__).read_text(encoding="utf-8")  # fixtures have put another one in its place
    assert re.search(r"^APART_S = 0\.2\b", text, re.MULTILINE)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
def test_N2_a_broken_service_is_asked_three_times(ask, service, tmy, slept, cache_folder, status):
    service.says(Reply(b"<html>oops</html>", status))
    line_of(ask(*FETCH), rf"PVGIS: .*overloaded or broken .HTTP {status}. .3 tries.; try again later")
    assert len(service.asked) == 3
    assert names_in(cache_folder) == []
    service.says(Reply(b"", status), Reply(b"", status, {"Retry-After": "3"}), Reply(tmy))
    ask(*FETCH).works()
    assert len(service.asked) == 3
    assert 3 <= slept[-1] <= 4.01


# --- N3: refused with words

SEA = "Location over the sea. Please, select another location"


def test_N3_the_words_of_the_provider_are_said_once(ask, case, service, cache_folder):
    service.says(as_json({"message": SEA, "status": 400}, 400))
    line_of(ask(*FETCH), rf"PVGIS: refused the request \(HTTP 400\): {SEA}")
    assert len(service.asked) == 1
    ask("run", case(PVGIS)).refuses(SEA, code=4)
    assert len(service.asked) == 2
    assert names_in(cache_folder) == []


@pytest.mark.parametrize("status", [200, 400, 404, 418])
def test_N3_words_cannot_speak_to_the_terminal_or_a_page(ask, service, status):
    said = "no\x1b[2J\r\nTraceback <script>alert(1)</script> \u202e\x9b31m " + "x" * 5000
    for reply in (as_json({"message": said}, status), as_json({"messages": [said]}, status)):
        service.says(reply)
        err = line_of(_without_word(ask(*FETCH)))
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", err)
        assert len(err) < 700
    assert "\n" not in error_of(*ASKED)


def _without_word(answer: Answer) -> Answer:
    """The word that only a traceback of ours must not hold, when a provider says it."""
    return Answer(answer.code, answer.out, answer.err.replace("Traceback <script>", ""))


def test_N3_openmeteo_and_cams_say_why_too(ask, service, monkeypatch):
    service.says(as_json({"error": True, "reason": "Data corrupted at path ''. Invalid date"}, 400))
    openmeteo = ("weather", "fetch", "--source", "openmeteo", *PLACE, "--years", "2024")
    line_of(ask(*openmeteo), "Open-Meteo: refused the request .HTTP 400.: Data corrupted at path ''. Invalid date")
    monkeypatch.setenv("PVSIM_CAMS_EMAIL", "someone@example.org")
    text = "<ows:ExceptionReport><ows:Exception><ows:ExceptionText>Maximum number of daily requests reached"
    service.says(Reply((text + "</ows:ExceptionText></ows:Exception></ows:ExceptionReport>").encode(), 400))
    cams = ("weather", "fetch", "--source", "cams", *PLACE, "--years", "2024")
    line_of(ask(*cams), "CAMS .SoDa.: .*Maximum number of daily requests reached; check PVSIM_CAMS_EMAIL")
    assert "username=someone%2540example.org" in service.asked[0].target


# --- N4: a server that takes its time


def test_N4_the_shipped_limits():
    limits = transport.Limits()
    assert (limits.connect_s, limits.read_s, limits.total_s, limits.tries) == (10, 60, 300, 3)
    assert limits.largest == 100_000_000


@pytest.mark.parametrize(
    ("reply", "limits", "said"),
    [
        (Reply(b"late", stall_s=60), {"read_s": 0.2}, "connected, but no answer within 0.2 s .3 tries."),
        (Reply(b"late", stall_s=60), {"total_s": 0.5}, "no complete answer within the time|no answer within"),
        (Reply(b"x" * 10_000, drip_s=0.02), {"total_s": 0.6}, "no complete answer within the time"),
        (Reply(gzip.compress(bytes(range(256)) * 40), headers={"Content-Encoding": "gzip"}, drip_s=0.02),
         {"total_s": 0.6}, "no complete answer within the time"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000, drip_s=0.02), {"total_s": 0.6}, "no complete answer"),
        (Reply(b"x" * 9, 503, drip_s=0.1), {"total_s": 0.4}, "no complete answer|HTTP 503"),
        (Reply(b"x" * 1000, cut_after=10, stall_s=0), {"total_s": 0.4}, "cut in the middle"),
    ],
    ids=["stall", "stall in all", "drip", "packed drip", "drip of headers", "drip of an error", "cut"],
)  # fmt: skip
def test_N4_a_server_that_takes_for_ever(ask, service, monkeypatch, cache_folder, reply, limits, said):
    limit(monkeypatch, **limits)
    service.says(reply)
    start = time.monotonic()
    line_of(ask(*FETCH), f"PVGIS: .*({said})")
    assert time.monotonic() - start < SLOW
    assert names_in(cache_folder) == []


def test_N4_a_server_that_never_greets(ask, service, monkeypatch):
    limit(monkeypatch, connect_s=0.2)
    with silent() as url:
        stand_in(url, monkeypatch)
        start = time.monotonic()
        line_of(ask(*FETCH), "PVGIS: .*within 0.2 s .3 tries.", "try again later")
        assert time.monotonic() - start < SLOW


def test_N4_a_name_server_that_never_answers(ask, service, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: over.wait(60))
    limit(monkeypatch, total_s=0.3)
    start = time.monotonic()
    line_of(ask(*FETCH), "PVGIS: no complete answer within the time")
    assert time.monotonic() - start < SLOW
    over.set()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_N4_who_waits_can_be_interrupted(service):
    service.says(Reply(b"late", stall_s=60))
    child = client(service.url, *FETCH)
    try:
        wait_until(lambda: bool(service.asked), 60)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=SLOW)
    finally:
        child.kill()
    assert (child.returncode, out) == (130, "")
    assert "Traceback" not in err


def test_N4_answers_in_chunks_are_taken(service, tmy):
    for headers, body in (({}, tmy), ({"Content-Encoding": "gzip"}, gzip.compress(tmy, 1))):
        service.says(Reply(body, headers=headers, chunked=True))
        assert fetch_weather(*ASKED, refresh=True).axis.rows == 8760


def test_N4_a_packed_answer_may_come_byte_by_byte(service):
    call = transport.Call("service", service.url)
    packed = gzip.compress(b"weather" * 9)
    service.says(Reply(packed, headers={"Content-Encoding": "gzip"}, drip_s=0.001))
    assert transport.fetch(call) == b"weather" * 9


def test_N4_a_queue_that_never_ends(ask, service, monkeypatch):
    from pvsim.weather.online import era5

    monkeypatch.setenv("PVSIM_ERA5_KEY", "a-key-of-mine")
    monkeypatch.setattr(era5, "POLL_S", 0.5)
    limit(monkeypatch, total_s=1.2)
    service.says(as_json({"jobID": "ab-12"}), as_json({"status": "accepted"}))
    start = time.monotonic()
    line_of(ask(*ERA5), r"ERA5 \(Copernicus\): the job is still in the queue after")
    assert time.monotonic() - start < SLOW
    assert len(service.asked) >= 3


# --- N5: what is no weather

ERA5 = ("weather", "fetch", "--source", "era5", *PLACE, "--years", "2024")
NO_WEATHER = {
    "page": (b"<!DOCTYPE html><html><body>Log in to Hotel WiFi</body></html>", "returned HTML"),
    "page after blanks": (b"\n\n  <HTML><body>Log in", "returned HTML"),
    "page with a mark": (b"\xef\xbb\xbf<html>", "returned HTML"),
    "XML": (b"<?xml version='1.0'?><E><ExceptionText>no data</ExceptionText></E>", "returned XML .*no data"),
    "empty": (b"", "empty"),
    "blanks": (b" \r\n\t", "empty"),
    "object": (b"{}", "not readable"),
    "list": (b"[1, 2]", "JSON|not a"),
    "null": (b"null", "JSON|not a|not readable"),
    "number": (b"5", "JSON|not a|not readable"),
    "text": (b"Service temporarily unavailable", "not a|not readable|JSON"),
    "message": (b'{"message": "down for maintenance"}', "down for maintenance"),
    "deep": (b"[" * 200_000, "JSON|not a|not readable"),
    "deep object": (b'{"a":' * 100_000, "JSON"),
    "junk": (bytes(range(256)) * 40, "no text"),
    "more junk": (random.Random(3).randbytes(5000), "no text"),
    "gzip": (gzip.compress(b"x" * 5000), "not a (PVGIS|NASA POWER) file"),
    "UTF-16": ("<html>".encode("utf-16"), "no text"),
    "wrong insides": (b'{"inputs": [], "outputs": {"tmy_hourly": 3}, "meta": null}', "not readable"),
    "wrong rows": (b'{"inputs": {"location": {}}, "outputs": {"tmy_hourly": [[1], [2]]}}', "not readable"),
    "header alone": (b'{"header": {}, "properties": {"parameter": {}}, "geometry": null}', "not readable"),
}


@pytest.mark.parametrize(("body", "said"), NO_WEATHER.values(), ids=NO_WEATHER)
def test_N5_what_is_no_weather_is_never_kept(ask, service, cache_folder, body, said):
    service.says(body)
    for arguments, name in ((FETCH, "PVGIS"), (NASA, "NASA POWER")):
        line_of(ask(*arguments), f"{name}: .*({said})")
    assert names_in(cache_folder) == []
    assert len(service.asked) == 2, "asked once each: it would say the same again"


def test_N5_a_run_names_where_it_asks(ask, case, service, cache_folder):
    service.says(NO_WEATHER["page"][0])
    ask("run", case(PVGIS), "--json").refuses("returned HTML", "log-in page", code=4)
    assert names_in(cache_folder) == []


@pytest.mark.parametrize("raw", [b"", b"\x00\xff\x00\xff" * 50, b"HTTP/9.9 banana\r\n\r\n", b"220 smtp ready\r\n",
                                 b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                                 b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
                                 b"HTTP/1.1 200 OK\r\nContent-Length: 5, 7\r\n\r\nabc",
                                 b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
                                 b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
                                 b"HTTP/1.1 200 OK\r\n\xff\xfe: \x80\r\nno colon\r\n\r\n{}"])  # fmt: skip
def test_N5_what_is_no_http(ask, service, cache_folder, raw):
    service.says(Reply(raw=raw))
    line_of(ask(*FETCH), "PVGIS: ")
    assert names_in(cache_folder) == []


# --- N6: cut


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunks"])
@pytest.mark.parametrize("after", [0, 1, 50_000, 777_777])
def test_N6_a_cut_answer_is_asked_for_again(ask, service, tmy, cache_folder, chunked, after):
    cut = Reply(tmy, cut_after=after, chunked=chunked)
    service.says(cut)
    line_of(ask(*FETCH), "PVGIS: the connection was cut in the middle of the answer .3 tries.; try again later")
    assert len(service.asked) == 3
    assert names_in(cache_folder) == []
    service.says(cut, cut, Reply(tmy))
    fetch_weather(*ASKED)
    assert len(service.asked) == 3
    assert len(names_in(cache_folder)) == 2


@pytest.mark.parametrize("share", [0.5, 0.999])
def test_N6_an_answer_that_was_cut_before_it_was_sent(service, tmy, cache_folder, share):
    packed = gzip.compress(tmy, 1)
    for reply in (
        Reply(tmy[: int(share * len(tmy))]),
        Reply(packed[: int(share * len(packed))], headers={"Content-Encoding": "gzip"}),
    ):
        service.says(reply)
        assert "PVGIS: " in error_of(*ASKED)
        assert names_in(cache_folder) == []


# --- N7: weather, but not what was asked


def _nasa(changes: Callable[[dict], object], nasa: bytes) -> bytes:
    found = json.loads(nasa)
    changes(found)
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(29.54, 106.46), (29.44, 106.61), (-29.44, 106.46), (0.0, 0.0), (106.46, 29.44)]
)
def test_N7_another_place(ask, service, tmy, cache_folder, latitude, longitude):
    service.says(moved(tmy, latitude, longitude))
    line_of(ask(*FETCH), "PVGIS: .*(was asked|latitude|place)")
    assert names_in(cache_folder) == []


def test_N7_rows_are_missing(ask, service, tmy, cache_folder):
    for rows in (0, 10, 4000):
        service.says(moved(tmy, rows=rows))
        line_of(ask(*FETCH), "PVGIS: ")
    assert names_in(cache_folder) == []


def _hours_later(columns: dict, hours: int) -> None:
    """The values of a clock that runs ahead, under the stamps of UTC."""
    for code, values in columns.items():
        numbers = list(values.values())
        columns[code] = dict(zip(values, numbers[-hours:] + numbers[:-hours], strict=True))


WRONG_NASA: dict[str, tuple[Callable[[dict], object], str]] = {
    "other unit": (
        lambda d: [d["parameters"][c].update(units="kW-hr/m^2/day") for c in d["parameters"]], "kW-hr/m.2/day"),
    "another unit": (lambda d: d["parameters"]["ALLSKY_SFC_SW_DWN"].update(units="MJ/hr"), "MJ/hr"),
    "ten rows": (
        lambda d: d["properties"]["parameter"].update(
            {c: dict(list(v.items())[:10]) for c, v in d["properties"]["parameter"].items()}), "10 rows"),
    "other year": (
        lambda d: d["properties"]["parameter"].update(
            {c: {f"2023{t[4:]}": x for t, x in v.items()} for c, v in d["properties"]["parameter"].items()}),
        "other years"),
    "no clock": (lambda d: d["header"].pop("time_standard"), "UTC or LST"),
    "local clock": (lambda d: d["header"].update(time_standard="LST"), "another clock than UTC"),
    "local hours": (lambda d: _hours_later(d["properties"]["parameter"], 7), "UTC|clock|hour"),
    "other place": (lambda d: d["geometry"].update(coordinates=[100.0, 29.44, 250.0]), "was asked"),
    "no light": (lambda d: [d["properties"]["parameter"].pop(c) for c in
                            ("ALLSKY_SFC_SW_DWN", "ALLSKY_SFC_SW_DIFF", "ALLSKY_SFC_SW_DNI")], ""),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), WRONG_NASA.values(), ids=WRONG_NASA)
def test_N7_other_units_rows_years_and_clocks(ask, service, nasa, cache_folder, change, said):
    service.says(_nasa(change, nasa))
    line_of(ask(*NASA), f"NASA POWER: .*({said})")
    assert names_in(cache_folder) == []


def _odd_row(name: str, value: object) -> Callable[[dict], object]:
    """One value of one row of a typical year or of a series is another."""
    return lambda found: next(iter(v for v in found["outputs"].values() if len(v) > 12))[4000].update({name: value})


ODD_ROWS: dict[str, Callable[[dict], object]] = {
    "no time": _odd_row("time(UTC)", None),
    "no stamp": _odd_row("time(UTC)", {}),
    "far time": _odd_row("time(UTC)", "99991231:2300"),
    "huge light": _odd_row("G(h)", 10**400),
    "nested light": _odd_row("G(h)", [1, 2]),
    "endless year": lambda found: found["outputs"]["months_selected"][3].update(year=float("inf")),
    "thirteen months": lambda found: found["outputs"]["months_selected"].append({"month": 13, "year": 2010}),
    "place is no number": lambda found: found["inputs"]["location"].update(latitude=float("nan")),
    "place is nothing": lambda found: found["inputs"]["location"].update(longitude=None),
    "offset of a year": lambda found: found["inputs"]["location"].update(irradiance_time_offset=9000.0),
    "offset is no number": lambda found: found["inputs"]["location"].update(irradiance_time_offset=float("nan")),
}


@pytest.mark.parametrize("change", ODD_ROWS.values(), ids=ODD_ROWS)
def test_N7_rows_that_no_year_has(service, tmy, cache_folder, change):
    service.says(_nasa(change, tmy))
    try:
        assert np.isfinite(fetch_weather(*ASKED).ghi).all()  # a gap that was mended
    except WeatherError as error:
        assert str(error).startswith("PVGIS: ")
        assert str(error).isprintable()
        assert names_in(cache_folder) == []


@pytest.mark.parametrize("value", [1e308, -1e308, 1e200])
def test_N7_numbers_that_nothing_measures_are_gaps(service, nasa, value):
    service.says(
        _nasa(lambda d: d["properties"]["parameter"]["ALLSKY_SFC_SW_DIFF"].update({"2025060106": value}), nasa)
    )
    assert np.nanmax(fetch_weather("nasa-power", 29.44, 106.46, start_year=2025).dhi) < 1500


def test_N7_a_whole_number_without_end(ask, service, nasa, cache_folder):
    service.says(_nasa(lambda d: d["properties"]["parameter"]["T2M"].update({"2025060106": 10**400}), nasa))
    line_of(ask(*NASA), "NASA POWER: a number of temp_air is far too large")
    assert names_in(cache_folder) == []


def test_N7_a_series_whose_row_has_no_time(ask, service, tmp_path, cache_folder):
    weather = writers.sky(TimeAxis.of_year(2022, 60, 0), 10.0)
    found = json.loads(writers.write_pvgis_series_json(tmp_path / "a.json", weather).read_bytes())
    found["outputs"]["hourly"][4000]["time"] = None
    service.says(json.dumps(found))
    line_of(ask(*FETCH, "--years", "2022"), "PVGIS: 1 rows have no time")
    assert names_in(cache_folder) == []


def test_N7_a_series_of_other_years(ask, service, tmp_path, cache_folder):
    weather = writers.sky(TimeAxis.of_year(2022, 60, 0), 10.0)
    service.says(writers.write_pvgis_series_json(tmp_path / "a.json", weather).read_bytes())
    line_of(ask(*FETCH, "--years", "2021"), "PVGIS: .*other years than 2021")
    line_of(ask(*FETCH), "PVGIS: .*typical")
    assert names_in(cache_folder) == []
    ask(*FETCH, "--years", "2022").works()


def test_N7_a_typical_year_where_years_were_asked(ask, service, tmy, cache_folder):
    service.says(tmy)
    line_of(ask(*FETCH, "--years", "2021"), "PVGIS: ")
    line_of(ask(*FETCH, "--years", "2025"), "PVGIS: .*typical")
    assert names_in(cache_folder) == []


# --- N8: bombs


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """200 MB in 0.2 MB."""
    packer, part = zlib.compressobj(9, zlib.DEFLATED, 31), bytes(1_000_000)
    return b"".join([*(packer.compress(part) for _ in range(200)), packer.flush()])


@pytest.mark.parametrize("status", [200, 400])
def test_N8_a_bomb_is_refused_at_the_cap(ask, service, cache_folder, bomb, status):
    assert len(bomb) < 300_000
    service.says(Reply(bomb, status, {"Content-Encoding": "gzip"}))
    tracemalloc.start()
    try:
        err = line_of(ask(*FETCH), "PVGIS: (more than 100 MB|HTTP 400)")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 150e6, peak
    assert len(service.asked) == 1, err
    assert names_in(cache_folder) == []


def test_N8_a_bomb_in_a_redirect_is_not_unpacked(ask, service, tmy, bomb):
    service.says(Reply(bomb, 302, {"Content-Encoding": "gzip", "Location": "/other"}), Reply(tmy))
    tracemalloc.start()
    try:
        ask(*FETCH).works()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100e6, peak


@pytest.mark.parametrize("packing", ["gzip, gzip", "gzip,deflate", "deflate, gzip, gzip"])
def test_N8_packed_twice(ask, service, cache_folder, packing, tmy):
    service.says(Reply(gzip.compress(gzip.compress(tmy, 1)), headers={"Content-Encoding": packing}))
    line_of(ask(*FETCH), "PVGIS: packed more than once")
    assert names_in(cache_folder) == []


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
def test_N8_packed_garbage(ask, service, cache_folder, packing):
    service.says(Reply(b"this was never packed" * 9, headers={"Content-Encoding": packing}))
    line_of(ask(*FETCH), "PVGIS: .*cannot be unpacked")
    assert names_in(cache_folder) == []


def test_N8_packings_that_were_not_asked_for(ask, service, cache_folder, tmy):
    assert transport._session(transport.Call("", "https://a/")).headers["Accept-Encoding"] == "gzip, deflate"
    for packing in ("br", "zstd", "banana\x1b[2J"):
        service.says(Reply(random.Random(1).randbytes(3000), headers={"Content-Encoding": packing}))
        line_of(ask(*FETCH), "PVGIS: ")
    assert names_in(cache_folder) == []


# --- N9: redirects


@pytest.fixture
def elsewhere(authority: trustme.CA) -> Iterator[Service]:
    """Another service, trusted too, that must hear nothing."""
    with running(authority) as started:
        started.says(b"{}")
        yield started


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_N9_another_host_is_not_followed(ask, service, elsewhere, cache_folder, status):
    here = service.url.removesuffix("/")
    for location in (
        elsewhere.url + "tmy",  # another port
        here.replace("https:", "http:") + "/pvgis/tmy",
        here.replace("localhost", "127.0.0.1") + "/pvgis/tmy",
        f"//127.0.0.1:{elsewhere.port}/x",
        f"https://localhost:{service.port}@127.0.0.1:{elsewhere.port}/",
        f"https://someone@localhost:{service.port}/",
        f"\\\\127.0.0.1:{elsewhere.port}/x",
        "https://captive.example/login",
        "https://[::1",
        "https://[bad]/",
        "https://localhost:99999999/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
    ):
        service.says(Reply(b"", status, {"Location": location}), Reply(b"{}"))
        err = line_of(ask(*FETCH), "PVGIS: (wants to send the request on to|not readable)")
        if "not readable" not in err:
            assert len(service.asked) == 1, location
    service.says(Reply(b"", status))
    line_of(ask(*FETCH), "PVGIS: wants to send the request on to nowhere")
    assert len(service.asked) == 1
    assert elsewhere.asked == []
    assert names_in(cache_folder) == []


@pytest.mark.parametrize("location", ["{url}other", "/other", "other", "//localhost:{port}/other", "?again=1"])
def test_N9_the_same_host_is_followed(ask, service, tmy, location):
    service.says(Reply(b"", 302, {"Location": location.format(url=service.url, port=service.port)}), Reply(tmy))
    ask(*FETCH).works()
    assert len(service.asked) == 2
    assert service.asked[1].path.endswith("tmy" if "?" in location else "/other")
    assert "lat" not in service.asked[1].query, "the query is the redirect's own"


def test_N9_the_words_of_a_redirect_are_not_waited_for(ask, service, tmy):
    service.says(Reply(b"moved" * 9000, 302, {"Location": "/other"}, drip_s=0.1), Reply(tmy))
    start = time.monotonic()
    ask(*FETCH).works()
    assert time.monotonic() - start < SLOW


def test_N9_a_circle_ends(ask, service):
    service.says(Reply(b"", 302, {"Location": "/again"}))
    line_of(ask(*FETCH), "PVGIS: sends from one address to the next, more than 5 times")
    assert len(service.asked) == 6


@pytest.mark.parametrize("status", [302, 307, 308])
def test_N9_a_body_is_not_sent_on(ask, service, monkeypatch, status):
    monkeypatch.setenv("PVSIM_ERA5_KEY", "a-key-of-mine")
    service.says(Reply(b"", status, {"Location": "/elsewhere"}))
    line_of(ask(*ERA5), "ERA5 .Copernicus.: wants to send the request on")
    assert [asked.method for asked in service.asked] == ["POST"]


# --- N10: no way there


def test_N10_a_certificate_of_a_stranger(ask, service, monkeypatch):
    with running(trustme.CA()) as stranger:
        stand_in(stranger.url, monkeypatch)
        line_of(ask(*FETCH), "PVGIS: its certificate is not trusted; .*REQUESTS_CA_BUNDLE")
        assert stranger.asked == []


def test_N10_a_certificate_of_another_name(ask, authority, service, monkeypatch):
    with running(authority, "other.example") as other:
        stand_in(other.url, monkeypatch)
        line_of(ask(*FETCH), "PVGIS: its certificate is not trusted")
        assert other.asked == []


def test_N10_a_bundle_that_is_not_there(ask, service, monkeypatch, tmp_path):
    for path in (tmp_path / "none.pem", tmp_path):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
        line_of(ask(*FETCH), "PVGIS: .*REQUESTS_CA_BUNDLE")
    (tmp_path / "odd.pem").write_text("no certificate")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "odd.pem"))
    line_of(ask(*FETCH), "PVGIS: .*REQUESTS_CA_BUNDLE")
    assert service.asked == []


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "127.0.0.1:1", "http://", "banana://a:1", "http://[::1"])
def test_N10_a_proxy_that_is_not_there(ask, service, monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    line_of(ask(*FETCH), "PVGIS: .*(proxy|HTTPS_PROXY)")
    assert service.asked == []


def test_N10_a_name_that_cannot_be_resolved(ask, case, service, monkeypatch):
    def fails(*arguments: object, **keywords: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    line_of(ask(*FETCH), "PVGIS: its name cannot be resolved: is there a network")
    ask("run", case(PVGIS)).refuses("PVGIS: its name cannot be resolved", code=4)


def test_N10_nobody_listens(ask, service, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    stand_in(f"https://localhost:{port}/", monkeypatch)
    line_of(ask(*FETCH), "PVGIS: no connection: is there a network, or is a proxy needed")


def test_N10_offline_asks_nobody_and_names_what_is_missing(ask, case, service, tmy, monkeypatch):
    service.says(tmy)
    key = cache.key_of(plan.identity_of(providers.provider_of("pvgis"), providers.Asked(29.425, 106.475)))
    said = f"PVGIS, a typical year at 29.425, 106.475: not in the cache, entry pvgis-{key}, and --offline"
    line_of(ask(*FETCH, "--offline"), re.escape(said))
    ask("run", case(PVGIS), "--offline").refuses(re.escape(said), code=4)
    with pytest.raises(WeatherError, match=re.escape(said)):
        pvsim.simulate(toml(PVGIS), offline=True)
    assert service.asked == []
    ask(*FETCH).works()
    monkeypatch.setattr(transport, "fetch", None)
    ask("run", case(PVGIS), "--offline").works()
    assert len(service.asked) == 1


def test_N10_offline_needs_no_key(ask, service):
    line_of(ask(*ERA5, "--offline"), "ERA5 .* entry era5-[0-9a-f]{32}, and --offline")


def test_N10_offline_and_asking_again_contradict_each_other(ask, service):
    ask(*FETCH, "--offline", "--refresh").refuses("--refresh.*--offline", code=2)
    with pytest.raises(UsageError, match="one of them"):
        fetch_weather(*ASKED, offline=True, refresh=True)


# --- N11: keys

CAMS = ("weather", "fetch", "--source", "cams", *PLACE, "--years", "2024")
OPENMETEO = ("weather", "fetch", "--source", "openmeteo", *PLACE, "--years", "2024")
KEYED = {"PVSIM_ERA5_KEY": ERA5, "PVSIM_CAMS_EMAIL": CAMS, "PVSIM_OPENMETEO_KEY": OPENMETEO}


@pytest.fixture
def no_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks at the terminal fails."""
    monkeypatch.setattr(sys, "stdin", None)
    monkeypatch.setattr("builtins.input", None)
    monkeypatch.setattr("getpass.getpass", None)


@pytest.mark.parametrize("value", [None, "", "   "])
@pytest.mark.parametrize("name", ["PVSIM_ERA5_KEY", "PVSIM_CAMS_EMAIL"])
def test_N11_a_key_is_missing(ask, service, monkeypatch, no_stdin, name, value):
    if value is not None:
        monkeypatch.setenv(name, value)
    line_of(ask(*KEYED[name]), f"needs a key: set the environment variable {name} .*at ")
    assert service.asked == []


@pytest.mark.parametrize("value", ["two words", "a\nb", "tab\tin it", "clé", "钥匙", "a\x1b[2J", "\udc80"])
@pytest.mark.parametrize("name", KEYED)
def test_N11_a_key_that_is_none(ask, service, monkeypatch, no_stdin, name, value):
    monkeypatch.setenv(name, value)
    err = line_of(ask(*KEYED[name]), f"{name} holds")
    assert value not in err
    assert service.asked == []


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "the key was refused"), (402, "the quota is used up"), (403, "no access"), (429, "too many requests")],
)
@pytest.mark.parametrize("name", KEYED)
def test_N11_a_key_that_is_refused_or_used_up(ask, service, monkeypatch, no_stdin, name, status, said):
    monkeypatch.setenv(name, "someone@example.org")
    service.says(as_json({"detail": "see your profile"}, status))
    err = line_of(ask(*KEYED[name]), f"{said} .HTTP {status}.: see your profile", name)
    assert "someone" not in err
    assert len(service.asked) == (3 if status == 429 else 1)


@pytest.mark.parametrize("status", ["failed", "rejected", "dismissed"])
def test_N11_a_job_that_fails(ask, service, monkeypatch, status):
    monkeypatch.setenv("PVSIM_ERA5_KEY", "a-key-of-mine")
    service.says(as_json({"jobID": "ab-12"}), as_json({"status": status}))
    line_of(ask(*ERA5), f"ERA5 .Copernicus.: the job {status}; your requests are listed at")


@pytest.mark.parametrize(
    "answers",
    [
        [{}], [{"jobID": 5}], [{"jobID": "../../x"}], [{"jobID": ""}], [[]], [None],
        [{"jobID": "a"}, []], [{"jobID": "a"}, "x"],
        [{"jobID": "a"}, {"status": "successful"}, {}],
        [{"jobID": "a"}, {"status": "successful"}, {"asset": {"value": {"href": 5}}}],
        [{"jobID": "a"}, {"status": "successful"}, {"asset": {"value": {"href": "https://[::1"}}}],
        [{"jobID": "a"}, {"status": "successful"}, {"asset": {"value": {"href": "https://evil.example/a"}}}],
        [{"jobID": "a"}, {"status": "successful"}, {"asset": {"value": {"href": "https://ecmwf.int.evil.example/a"}}}],
        [{"jobID": "a"}, {"status": "successful"}, {"asset": {"value": {"href": "http://object-store.ecmwf.int/a"}}}],
        [{"jobID": "a"}, {"status": "successful"}, {"asset": {"value": {"href": "file:///etc/passwd"}}}],
    ],
)  # fmt: skip
def test_N11_a_store_that_answers_oddly(ask, service, monkeypatch, answers):
    monkeypatch.setenv("PVSIM_ERA5_KEY", "a-key-of-mine")
    service.says(*map(as_json, answers))
    line_of(ask(*ERA5), "ERA5 .Copernicus.: ")
    assert len(service.asked) == len(answers)


def test_N11_a_state_that_is_no_word_is_waited_for(ask, service, monkeypatch):
    from pvsim.weather.online import era5

    monkeypatch.setattr(era5, "POLL_S", 0.01)
    monkeypatch.setenv("PVSIM_ERA5_KEY", "a-key-of-mine")
    service.says(*map(as_json, ({"jobID": "a"}, {"status": []}, {"status": None}, {"status": "failed"})))
    line_of(ask(*ERA5), "the job failed")


# --- N12: a spoiled cache


def stored(folder: Path) -> tuple[Path, Path]:
    """Side file and data of the one entry."""
    (side,), (data,) = folder.glob("*.json"), folder.glob("*.raw")
    return side, data


def _flip(path: Path, at: int, bit: int = 0) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1 << bit
    path.write_bytes(raw)


def _side(**changes: object) -> Callable[[Path, Path], object]:
    """Other words in the side file, of the schema of this version."""
    return lambda side, data: side.write_text(json.dumps(json.loads(side.read_text()) | changes))


SPOILED: dict[str, Callable[[Path, Path], object]] = {
    "flipped bit": lambda side, data: _flip(data, 700_000),
    "first bit": lambda side, data: _flip(data, 0, 7),
    "cut": lambda side, data: os.truncate(data, 5000),
    "no bytes": lambda side, data: data.write_bytes(b""),
    "zeros": lambda side, data: data.write_bytes(bytes(data.stat().st_size)),
    "longer": lambda side, data: data.write_bytes(data.read_bytes() + b"\n"),
    "no data": lambda side, data: data.unlink(),
    "folder for data": lambda side, data: (data.unlink(), data.mkdir()),
    "side empty": lambda side, data: side.write_bytes(b""),
    "side garbage": lambda side, data: side.write_bytes(bytes(range(256))),
    "side cut": lambda side, data: os.truncate(side, 100),
    "side deep": lambda side, data: side.write_text("[" * 90_000),
    "side huge": lambda side, data: side.write_text(json.dumps({"schema": 1, "asked": "x" * 200_000})),
    "side list": lambda side, data: side.write_text("[1]"),
    "side number": lambda side, data: side.write_text("1"),
    "side null": lambda side, data: side.write_text("null"),
    "side with more": _side(more=1),
    "side with less": lambda side, data: side.write_text('{"schema": 1}'),
    "hash is a path": _side(sha256="../../../etc/passwd"),
    "hash is no hash": _side(sha256=["a"]),
    "hash of nothing": _side(sha256=cache.sha256_of(b"")),
    "other provider": _side(provider="nasa-power"),
    "provider is a path": _side(provider="../pvgis"),
    "key is a path": _side(key="../../x"),
    "key is a number": _side(key=5),
    "size is words": _side(size="many"),
    "size is negative": _side(size=-1),
    "other date": _side(fetched="2001-01-01T00:00:00Z"),
    "other dataset": _side(dataset="ERA6"),
    "texts are lists": _side(asked=[], dataset={}, fetched=None),
}


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_N12_a_spoiled_entry_is_set_aside_and_fetched_again(service, tmy, cache_folder, spoil):
    service.says(tmy)
    first = fetch_weather(*ASKED)
    side, data = stored(cache_folder)
    spoil(side, data)
    spoilt = side.read_bytes()
    assert "not in the cache (its entry was set aside: its " in error_of(*ASKED, offline=True)
    assert len(service.asked) == 1
    assert side.with_name(f"{side.name}.damaged").read_bytes() == spoilt
    assert not side.exists()
    side.with_name(f"{side.name}.damaged").replace(side)  # and now with a network
    again = fetch_weather(*ASKED)
    assert len(service.asked) == 2
    assert any("was set aside" in text and "fetched again" in text for text in again.warnings)
    assert side.with_name(f"{side.name}.damaged").exists()
    assert np.array_equal(first.ghi, again.ghi)
    assert fetch_weather(*ASKED, offline=True).warnings == first.warnings
    assert len(service.asked) == 2


def test_N12_a_refused_entry_ends_with_the_exit_code_of_weather(ask, case, service, tmy, cache_folder):
    service.says(tmy)
    ask(*FETCH).works()
    _flip(stored(cache_folder)[1], 1000)
    answer = ask("weather", "cache", "list").works()
    assert "DAMAGED: its data are damaged" in answer.out
    ask("run", case(PVGIS), "--offline").refuses("set aside: its data are damaged .*--offline forbids", code=4)
    line_of(ask(*FETCH, "--offline"), "not in the cache, entry")
    assert len(service.asked) == 1
    assert ask("weather", "cache", "verify").works().out.startswith(str(cache_folder))
    ask(*FETCH).works()
    _flip(stored(cache_folder)[1], 1000)
    assert ask("weather", "cache", "verify").code == 4
    assert len(list(cache_folder.glob("*.damaged"))) == 2
    ask("weather", "cache", "clear").works()
    assert names_in(cache_folder) == []


def test_N12_no_bit_goes_unseen(service, tmy, cache_folder):
    service.says(tmy)
    fetch_weather(*ASKED)
    (listed,) = cache.entries()
    whole = cache.look_up("pvgis", listed.side.key)
    rng = random.Random(20250101)
    for path in stored(cache_folder):
        raw = path.read_bytes()
        for at in rng.sample(range(len(raw)), 60 if path.suffix == ".json" else 40):
            _flip(path, at, rng.randrange(8))
            found = cache.look_up("pvgis", whole.side.key)
            # no entry: the version of the side file was hit, and it counts as missing
            assert found is None or found.fault is not None or found == whole, at
            path.write_bytes(raw)
    assert cache.look_up("pvgis", whole.side.key) == whole


def test_N12_links_lead_nowhere(service, tmy, cache_folder, tmp_path):
    service.says(tmy)
    fetch_weather(*ASKED)
    _, data = stored(cache_folder)
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    data.unlink()
    data.symlink_to(outside)
    fetch_weather(*ASKED)
    cache.clear()
    assert outside.read_text() == "mine"


# --- N13: two at once


def test_N13_two_processes_fetch_the_same(service, tmy, cache_folder):
    both = threading.Barrier(2, timeout=60)

    def answer(asked: Asked) -> Reply:
        both.wait()
        return Reply(tmy)

    service.says(answer)
    children = [client(service.url, *FETCH) for _ in range(2)]
    ends = [child.communicate(timeout=90) for child in children]
    assert [child.returncode for child in children] == [0, 0], ends
    assert len(service.asked) == 2
    assert all("fetched, and kept in the cache" in out for out, _ in ends)
    assert len(names_in(cache_folder)) == 2
    (entry,) = cache.entries()
    assert entry.fault is None
    assert cache.look_up("pvgis", entry.side.key).raw == tmy
    assert cache.unused(cache.entries()) == []


def test_N13_writers_and_readers_at_once(cache_folder):
    end, faults, seen = time.monotonic() + 1.0, [], set()

    def side(raw: bytes) -> Side:
        return Side("a" * 32, "pvgis", "5.3", "d", "asked", {}, "now", cache.sha256_of(raw), len(raw), "0", "0")

    def write(number: int) -> None:
        raw = bytes([number]) * 30_000
        while time.monotonic() < end:
            if (failed := cache.store(side(raw), raw)) is not None:
                faults.append(failed)

    def read() -> None:
        while time.monotonic() < end:
            entry = cache.look_up("pvgis", "a" * 32)
            if entry is not None:
                seen.add(entry.raw and entry.raw[0])
                if entry.fault is not None or len(set(entry.raw)) != 1:
                    faults.append(entry.fault)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(1, 5)]
    threads += [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert len(seen) > 1
    assert not list(cache_folder.glob(".pvsim-*"))


# --- N14: a cache that cannot be written


def _fails(code: int) -> Callable[..., None]:
    def fail(*arguments: object, **keywords: object) -> None:
        raise OSError(code, os.strerror(code))

    return fail


UNWRITABLE: dict[str, Callable[[pytest.MonkeyPatch, Path], object]] = {
    "read-only": lambda m, f: m.setattr(cache.tempfile, "mkstemp", _fails(errno.EACCES)),
    "read-only disk": lambda m, f: m.setattr(cache, "_write", _fails(errno.EROFS)),
    "full": lambda m, f: m.setattr(cache, "_write", _fails(errno.ENOSPC)),
    "full at the end": lambda m, f: m.setattr(os, "fdopen", _full(os.fdopen)),
    "network drive": lambda m, f: m.setattr(Path, "replace", _fails(errno.EIO)),
    "a file": lambda m, f: f.write_text("here"),
    "below a file": lambda m, f: (f.write_text("here"), m.setenv("PVSIM_CACHE_DIR", str(f / "below"))),
    "impossible": lambda m, f: m.setenv("PVSIM_CACHE_DIR", str(f / ("x" * 300))),
    "removed": lambda m, f: m.setattr(cache, "_write", _removed(cache._write, f)),
}


def _full(real: Callable[..., object]) -> Callable[..., object]:
    """Files that are opened for writing take nothing."""

    def open_(handle: int, mode: str = "r", *more: object, **keywords: object) -> object:
        file = real(handle, mode, *more, **keywords)
        if mode != "wb":
            return file
        file.close()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return open_


def _removed(real: Callable[[Path, bytes], None], folder: Path) -> Callable[[Path, bytes], None]:
    def write(path: Path, raw: bytes) -> None:
        shutil.rmtree(folder)
        real(path, raw)

    return write


@pytest.mark.parametrize("spoil", UNWRITABLE.values(), ids=UNWRITABLE)
def test_N14_a_run_goes_on_without_its_cache(ask, case, service, tmy, monkeypatch, cache_folder, spoil):
    service.says(tmy)
    with monkeypatch.context() as m:
        spoil(m, cache_folder)
        document = json.loads(ask("run", case(PVGIS), "--json").works().out)
        told = [text for text in document["warnings"] if "the cache of weather cannot be written" in text]
        assert len(told) == 1, document["warnings"]
        assert "PVSIM_CACHE_DIR" in told[0]
        assert str(cache_folder) not in told[0]
        pvsim.simulate(toml(PVGIS))
        assert len(service.asked) == 1
        answer = ask(*FETCH).works()
        assert "not kept" in answer.out
        assert "kept in the cache" not in answer.out
    assert [n for n in (names_in(cache_folder) if cache_folder.is_dir() else []) if "partial" in n] == []


def test_N14_a_damaged_entry_in_a_cache_that_cannot_be_written(service, tmy, monkeypatch, cache_folder):
    service.says(tmy)
    fetch_weather(*ASKED)
    _flip(stored(cache_folder)[1], 5)
    monkeypatch.setattr(Path, "replace", _fails(errno.EROFS))
    for _ in range(3):
        fetch_weather(*ASKED)
    assert len(service.asked) == 2, "what was fetched again is remembered"


def test_N14_the_folder_goes_while_the_provider_answers(ask, service, tmy, cache_folder):
    def answer(asked: Asked) -> Reply:
        shutil.rmtree(cache_folder)
        return Reply(tmy)

    cache_folder.mkdir()
    service.says(answer)
    ask(*FETCH).works()
    assert len(names_in(cache_folder)) == 2


def test_N14_a_cache_that_cannot_be_read_is_empty(ask, service, tmy, monkeypatch, cache_folder):
    service.says(tmy)
    ask(*FETCH).works()
    monkeypatch.setattr(cache, "_entry", _fails(errno.EACCES))
    ask(*FETCH).works()
    assert len(service.asked) == 2
    line_of(ask(*FETCH, "--offline"), "--offline")


# --- N15: new versions of a provider


def test_N15_the_version_is_part_of_the_key(service, tmy, monkeypatch, cache_folder):
    service.says(tmy)
    fetch_weather(*ASKED)
    newer = dataclasses.replace(providers.PROVIDERS["pvgis"], version="6")
    monkeypatch.setattr(providers, "PROVIDERS", {**providers.PROVIDERS, "pvgis": newer})
    with pytest.raises(WeatherError, match="not in the cache"):
        fetch_weather(*ASKED, offline=True)
    fetch_weather(*ASKED)
    assert len(service.asked) == 2
    assert sorted(e.side.version for e in cache.entries()) == ["5.3", "6"]
    assert len({e.side.key for e in cache.entries()}) == 2


def test_N15_results_state_when_and_what_was_fetched(ask, case, service, tmy, tmp_path, cache_folder):
    service.says(tmy)
    ask("run", case(PVGIS), "--out", tmp_path / "out").works()
    (entry,) = cache.entries()
    found = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    (sky,) = found["weather"]["sources"]
    assert sky["document"] == f"PVGIS 5.3: {entry.side.dataset}, fetched {entry.side.fetched}"
    assert entry.side.sha256 in sky["method"]
    assert entry.side.fetched in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert entry.side.fetched in ask("weather", "cache", "list").works().out
    assert entry.side.fetched in ask(*FETCH).works().out


# --- N16: side files of another pvsim


@pytest.mark.parametrize("schema", [0, 2, 99, None, "1", [1], {"a": 1}])
def test_N16_another_version_counts_as_missing(ask, service, tmy, cache_folder, schema):
    service.says(tmy)
    ask(*FETCH).works()
    side, _ = stored(cache_folder)
    side.write_text(json.dumps(json.loads(side.read_text()) | {"schema": schema, "new": [1]}))
    assert (
        "of another version of pvsim or of another user; it counts as missing"
        in ask("weather", "cache", "list").works().out
    )
    line_of(ask(*FETCH, "--offline"), "not in the cache, entry pvgis-")
    assert side.exists()
    answer = ask(*FETCH).works()
    assert "set aside" not in answer.out
    assert len(service.asked) == 2
    assert fetch_weather(*ASKED, offline=True).axis.rows == 8760
    assert "whole" in ask("weather", "cache", "list").works().out


def test_N16_a_side_file_without_a_version_is_of_another_one(ask, service, tmy, cache_folder):
    service.says(tmy)
    ask(*FETCH).works()
    side, _ = stored(cache_folder)
    side.write_text("{}")
    line_of(ask(*FETCH, "--offline"), "not in the cache, entry pvgis-")
    ask(*FETCH).works()
    assert len(service.asked) == 2


def test_N16_entries_of_others_are_left_alone(ask, cache_folder, service, tmy):
    """Another version's, or another user's that may not be read: neither damaged nor in the way."""
    service.says(tmy)
    ask(*FETCH).works()
    side = next(cache_folder.glob("*.json"))
    theirs = side.read_text(encoding="utf-8").replace('"schema": 1', '"schema": 2')
    side.write_text(theirs, encoding="utf-8")
    answer = ask("weather", "cache", "verify").works()
    assert cache.FOREIGN in answer.out
    assert "none damaged" in answer.out
    assert side.read_text(encoding="utf-8") == theirs


def test_N16_what_may_not_be_read_is_missing(ask, cache_folder, service, tmy, monkeypatch):
    service.says(tmy)
    ask(*FETCH).works()
    assert {p.stat().st_mode & 0o777 for p in cache_folder.iterdir()} == {0o644}, "a cache may be shared"
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    before = {p: p.read_bytes() for p in cache_folder.iterdir()}
    ask("weather", "cache", "verify").works()
    line_of(ask(*FETCH, "--offline"), "not in the cache")
    assert {p: p.read_bytes() for p in cache_folder.iterdir()} == before


def test_N14_what_cannot_be_set_aside_is_said(ask, cache_folder, service, tmy, monkeypatch):
    service.says(tmy)
    ask(*FETCH).works()
    data = next(cache_folder.glob("*.raw"))
    data.write_bytes(b"x")

    def denied(self: Path, target: object) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", denied)
    answer = ask("weather", "cache", "verify")
    assert answer.code == 4
    assert "1 damaged and left where they are" in answer.out
