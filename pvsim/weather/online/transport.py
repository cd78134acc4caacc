"""One request to a provider, at whatever the network does: bounded in time and size, repeated where that helps.

pvlib's getters make the same requests, but give no raw bytes to keep, follow every redirect, and some wait for ever.
"""

from __future__ import annotations

import json
import os
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
import urllib3

from pvsim import __version__
from pvsim.errors import WeatherError
from pvsim.weather.online.secrets import quiet_logs, redacted, without
from pvsim.weather.text import visible

Found = TypeVar("Found")
AGAIN = frozenset({429, 500, 502, 503, 504, 529})  # 529: PVGIS is overloaded
MOVED = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
APART_S = 0.2  # between requests to one host: five a second
CHUNK = 65_536
MOST_WORDS = 300


@dataclass(frozen=True)
class Limits:
    """What a request may take: seconds to connect, between two bytes, and in all; tries; bytes once decoded."""

    connect_s: float = 10.0
    read_s: float = 60.0
    total_s: float = 300.0
    tries: int = 3
    backoff_s: float = 2.0
    largest: int = 100_000_000


LIMITS = Limits()


@dataclass(frozen=True)
class Call:
    """What is sent.

    Attributes
    ----------
    title : what a message calls the provider
    url : https, without a query
    params : the query; a text is sent as it is, already encoded
    body : sent as JSON by POST; None is GET
    headers : besides pvsim's own
    secrets : what must appear in no message
    key_name : the environment variable of the key, for messages
    host : the name that belongs to the url, where that holds a checked address in its place
    also : ends of names of the provider's other hosts, to which it may send a request on
    """

    title: str
    url: str
    params: Mapping[str, str | int | float] | str = field(default_factory=lambda: MappingProxyType({}), repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    key_name: str | None = None
    host: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Failure:
    """Why a try failed; whether another may help, and how long the provider wants to be left alone."""

    reason: str
    again: bool
    wait_s: float | None = None


LATE = _Failure("no complete answer within the time that is allowed", again=True)


def fetch(call: Call, limits: Limits | None = None, deadline: float | None = None) -> bytes:
    """The body of the answer, without the secrets of the call, should it repeat them.

    Parameters
    ----------
    call : what is sent
    limits : of time and size; None are ``LIMITS``
    deadline : of ``time.monotonic``, shared by several calls; None starts one

    Raises
    ------
    WeatherError
        One line that names the provider, says what happened and what to do. It quotes no address and has no cause:
        both could hold a key.
    """
    bounds = LIMITS if limits is None else limits
    end = time.monotonic() + bounds.total_s if deadline is None else deadline
    attempt = 0
    quiet_logs(call.secrets)
    while True:
        attempt += 1
        told = within(lambda: _attempt(call, bounds, end), end)
        found = LATE if told is None else told
        if isinstance(found, bytes):
            return without(found, call.secrets)
        wait = _pause(found, attempt, bounds)
        if not found.again or attempt >= bounds.tries or time.monotonic() + wait >= end:
            break
        time.sleep(wait)
    tried = f" ({attempt} tries)" if attempt > 1 else ""
    later = f"; try again in {found.wait_s:.0f} s or later" if found.wait_s else "; try again later" * found.again
    raise WeatherError(redacted(f"{call.title}: {found.reason}{tried}{later}", call.secrets))


def _pause(failure: _Failure, attempt: int, limits: Limits) -> float:
    """Seconds until the next try: what the provider asks for, else longer each time; never the same for all."""
    jitter = random.random()  # noqa: S311 - it parts clients, it hides nothing
    if failure.wait_s is not None:
        return failure.wait_s + jitter * min(1.0, limits.backoff_s)
    return float(limits.backoff_s * 2 ** (attempt - 1) * (0.5 + jitter))


def within(work: Callable[[], Found], end: float) -> Found | None:
    """What the work gives, or None at the end of the time, whatever it then waits for: a name server, a header.

    What was too late is left behind in its thread, which does not keep the program from ending.
    """
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive() and (left := end - time.monotonic()) > 0:
        thread.join(min(left, 0.2))  # on Windows nothing interrupts a longer wait
    if found and isinstance(found[0], BaseException):
        raise found[0]
    return found[0] if found else None


_last: dict[str, float] = {}
_turn = threading.Lock()


def _wait_for_turn(host: str) -> None:
    """Keep requests to one host apart."""
    with _turn:
        now = time.monotonic()
        at = max(now, _last.get(host, -APART_S) + APART_S)
        _last[host] = at
    time.sleep(at - now)


def _attempt(call: Call, limits: Limits, end: float) -> bytes | _Failure:
    """One try, with its redirects."""
    url, params = call.url, call.params
    with _session(call) as session:
        for _ in range(MOST_REDIRECTS + 1):
            _wait_for_turn(urlsplit(url).netloc)
            left = end - time.monotonic()
            try:
                with session.request(
                    "GET" if call.body is None else "POST", url,
                    params=params, json=call.body, headers=dict(call.headers), stream=True, allow_redirects=False,
                    timeout=(min(limits.connect_s, max(left, 0.1)), min(limits.read_s, max(left, 0.1))),
                ) as answer:  # fmt: skip
                    if answer.status_code not in MOVED:
                        return _judged(call, answer, limits, end)
                    onwards = _onwards(call, url, answer.headers.get("Location", "").strip())
            except (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError) as error:
                return _broken(error, limits)
            except ValueError:  # an address or a header that the library cannot write; its words would quote it
                return _Failure("its address, its answer or HTTPS_PROXY is none that can be understood", again=False)
            if isinstance(onwards, _Failure):
                return onwards
            url, params = onwards, ""
    return _Failure(f"sends from one address to the next, more than {MOST_REDIRECTS} times", again=False)


class _Session(requests.Session):
    """Leaves redirects alone: requests would unpack their bodies, of any size, even where it does not follow them."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None that requests knows of."""
        return None


def _session(call: Call) -> requests.Session:
    session = _Session()
    session.headers.update({"User-Agent": f"pvsim/{__version__}", "Accept-Encoding": "gzip, deflate"})
    session.auth = _no_login
    if call.host is not None:
        session.trust_env = False  # through a proxy the address that was checked would not be the one that is reached
        session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        session.headers["Host"] = call.host
        session.mount("https://", _ByAddress(call.host))
    return session


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps a login of ~/.netrc from being sent."""
    return request


class _ByAddress(requests.adapters.HTTPAdapter):
    """Connects to an address and has the certificate checked for the name that it was looked up for."""

    def __init__(self, host: str) -> None:
        self._host = urlsplit(f"//{host}").hostname
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Tell the pool whose certificate is due."""
        super().init_poolmanager(*args, server_hostname=self._host, assert_hostname=self._host, **more)


def _onwards(call: Call, url: str, location: str) -> str | _Failure:
    """Where a redirect leads, if that is the same host by https."""
    own = urlsplit(url)
    here = own if call.host is None else own._replace(netloc=call.host)
    try:
        there = urlsplit(urljoin(here.geturl(), location))
    except ValueError:
        there, location = urlsplit(""), ""
    if not location or call.body is not None or there.scheme != "https" or not _same(here, there, call):
        place = visible(f"{there.scheme}://{there.hostname or ''}") if location else "nowhere"
        return _Failure(
            f"wants to send the request on to {place}; only https on its own host is followed. Is a log-in page of "
            "your network in between, or has the service moved?",
            again=False,
        )
    return there.geturl() if call.also else there._replace(netloc=own.netloc).geturl()


def _same(here: SplitResult, there: SplitResult, call: Call) -> bool:
    """Whether a redirect stays on its host, or on one of those that are known to be the provider's."""
    if there.netloc.casefold() == here.netloc.casefold():
        return True
    try:
        plain = there.username is None and there.port in (None, 443, here.port)
    except ValueError:  # a port that is no number
        return False
    return plain and (there.hostname or "").endswith(call.also or ("\n",))


def _judged(call: Call, answer: requests.Response, limits: Limits, end: float) -> bytes | _Failure:
    """The body of an answer, or what its status means."""
    status = answer.status_code
    body = _body(answer, limits, end)
    if isinstance(body, _Failure):
        return body if 200 <= status < 300 else _Failure(f"HTTP {status}", again=status in AGAIN)
    if 200 <= status < 300:
        return body
    words = words_of(without(body, call.secrets))  # before they are shortened: half a key is one, too
    said = f": {words}" if words else ""
    hint = ""
    if status in AGAIN:
        what = "too many requests" if status == 429 else "the service is overloaded or broken"
        if status == 429 and call.key_name is not None:
            hint = f"; the quota of {call.key_name} may be used up"
        return _Failure(f"{what} (HTTP {status}){said}{hint}", again=True, wait_s=_retry_after(answer))
    what = {401: "the key was refused", 403: "no access", 402: "the quota is used up"}.get(
        status, "refused the request"
    )
    if call.key_name is not None:
        hint = f"; check {call.key_name}, its quota, and that the account has accepted the data's licence"
    return _Failure(f"{what} (HTTP {status}){said}{hint}", again=False)


def _body(answer: requests.Response, limits: Limits, end: float) -> bytes | _Failure:
    """The decoded body, as far as it is not too large or too slow."""
    packing = answer.headers.get("Content-Encoding", "")
    if "," in packing:
        return _Failure(f"packed more than once ({visible(packing)}), which no honest answer is", again=False)
    parts, size = [], 0
    while chunk := answer.raw.read1(CHUNK, decode_content=True):
        size += len(chunk)
        if size > limits.largest:
            return _Failure(f"more than {limits.largest / 1e6:g} MB; a fair answer is far smaller", again=False)
        if time.monotonic() > end:
            return LATE
        parts.append(chunk)
    return b"".join(parts)


def _retry_after(answer: requests.Response) -> float | None:
    """Seconds that the provider wants to be left alone, stated as such or as a date."""
    stated = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,12}", stated):
        return float(stated)
    try:
        moment = parsedate_to_datetime(stated)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _broken(error: Exception, limits: Limits) -> _Failure:
    """What went wrong below HTTP, in words; the error's own text holds the address."""
    inner = _inner(error)
    if type(error) is OSError:  # of requests itself, before it connects
        return _Failure("the certificates that REQUESTS_CA_BUNDLE names are not there", again=False)
    if isinstance(error, requests.exceptions.ProxyError):
        return _Failure("the proxy does not answer or refuses; check HTTPS_PROXY and NO_PROXY", again=False)
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return _Failure(
            "its certificate is not trusted; where a company inspects connections, REQUESTS_CA_BUNDLE names the "
            "certificates that count",
            again=False,
        )
    greeting = any("handshake" in str(e) for e in inner)  # urllib3 calls that reading, though it is of connecting
    if isinstance(error, requests.exceptions.ConnectTimeout) or greeting:
        return _Failure(f"no connection within {limits.connect_s:g} s", again=True)
    if isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError):
        return _Failure(f"connected, but no answer within {limits.read_s:g} s", again=True)
    if any(isinstance(e, urllib3.exceptions.NameResolutionError) for e in inner):
        return _Failure(
            "its name cannot be resolved: is there a network? With --offline what is in the cache is used", again=False
        )
    if any(isinstance(e, urllib3.exceptions.NewConnectionError | ConnectionRefusedError) for e in inner):
        return _Failure("no connection: is there a network, or is a proxy needed (HTTPS_PROXY)?", again=True)
    if isinstance(error, urllib3.exceptions.DecodeError | requests.exceptions.ContentDecodingError):
        return _Failure("the answer is packed in a way that cannot be unpacked", again=True)
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema):
        return _Failure("its address, or that of a proxy (HTTPS_PROXY), is none that can be asked", again=False)
    return _Failure("the connection was cut in the middle of the answer", again=True)


def _inner(error: BaseException) -> list[BaseException]:
    """An error and what lies in it; requests and urllib3 wrap as arguments, ``reason`` or context."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found


def words_of(body: bytes) -> str:
    """What a provider says in an error's answer, shortened; nothing if that is a page or unknown."""
    text = body[:100_000].decode("utf-8", "replace")
    exception = re.search(r"<(?:\w+:)?ExceptionText>(.*?)</", text, re.DOTALL)  # of the OGC's services
    if exception is not None:
        return visible(exception[1])[:MOST_WORDS].strip()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "" if "<" in text[:200] else visible(" ".join(text.split()))[:MOST_WORDS]
    if not isinstance(found, dict):
        return ""
    for name in ("message", "messages", "reason", "detail", "title", "error"):
        said = found.get(name)
        if isinstance(said, str | list | dict) and said:
            return visible(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False))[:MOST_WORDS]
    return ""
