"""ERA5 from the Copernicus Climate Data Store: a job is put into its queue, waited for, and its file fetched."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from pvsim.errors import WeatherError
from pvsim.weather.online import transport
from pvsim.weather.online.transport import Call, fetch
from pvsim.weather.text import visible

POLL_S = 2.0
# where the store keeps its files; the key is not sent there
STORES = (".ecmwf.int", ".copernicus.eu")
DONE, FAILED = "successful", frozenset({"failed", "rejected", "dismissed"})


def era5_bytes(title: str, url: str, request: Mapping[str, Any], key: str, key_name: str) -> bytes:
    """The file of a job, as the store gives it: a zip of one CSV.

    Parameters
    ----------
    title : what messages call the provider
    url : of the interface
    request : ``path`` of the process and its ``inputs``
    key, key_name : of the account, and the environment variable that has it

    Raises
    ------
    WeatherError : as of ``transport.fetch``; or the job fails, or is still in the queue when the time is over
    """
    end = time.monotonic() + transport.LIMITS.total_s
    headers = {"PRIVATE-TOKEN": key}

    def asked(path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        call = Call(title, url + path, body=body, headers=headers, secrets=(key,), key_name=key_name)
        return _object(title, fetch(call, deadline=end))

    job = asked(request["path"], {"inputs": request["inputs"]}).get("jobID")
    if not isinstance(job, str) or not job.replace("-", "").isalnum():  # it becomes part of an address
        raise WeatherError(f"{title}: answered without the number of a job; try again later")
    while (status := asked(f"jobs/{job}").get("status")) != DONE:
        if isinstance(status, str) and status in FAILED:
            raise WeatherError(f"{title}: the job {status}; your requests are listed at cds.climate.copernicus.eu")
        if time.monotonic() + POLL_S >= end:
            raise WeatherError(
                f"{title}: the job is still in the queue after {transport.LIMITS.total_s:.0f} s; run again later, and "
                "it will be ready or further on"
            )
        time.sleep(POLL_S)
    results: Any = asked(f"jobs/{job}/results")
    for name in ("asset", "value", "href"):
        results = results.get(name) if isinstance(results, dict) else None
    return fetch(Call(title, _store(title, url, results), secrets=(key,)), deadline=end)


def _store(title: str, url: str, href: Any) -> str:
    """The address of a result, if it is the store's own.

    Raises
    ------
    WeatherError
    """
    try:
        parts = urlsplit(href if isinstance(href, str) else "")
    except ValueError:
        parts = urlsplit("")
    own = parts.netloc == urlsplit(url).netloc or (parts.hostname or "").endswith(STORES)
    if parts.scheme != "https" or not own or parts.username is not None:
        place = visible(f"{parts.scheme}://{parts.hostname or ''}")
        raise WeatherError(f"{title}: its result lies at {place}, which is no host of the store; nothing is fetched")
    return parts.geturl()


def _object(title: str, body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise WeatherError(f"{title}: answered with something that is no JSON object; is a log-in page in between?")
    return found
