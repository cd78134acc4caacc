"""An address of the user's own: https to a public host, looked up once, and reached where it was looked up."""

from __future__ import annotations

import ipaddress
import socket
import time
from contextlib import suppress
from typing import Any
from urllib.parse import unquote_plus, urlsplit, urlunsplit

from pvsim.errors import WeatherError
from pvsim.weather.online.secrets import NAMED
from pvsim.weather.text import visible

NAT64, UNICAST = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2000::/3")
RELAYS = ipaddress.ip_network("192.88.99.0/24")  # of 6to4


def own_bytes(url: str) -> bytes:
    """What lies at an address that a scenario names.

    Whoever writes a scenario must not reach what only the machine that runs it can: so the host is resolved here,
    every address of it must be public, and the connection goes to the very one that was judged. Redirects stay on
    the host, and so on that address.

    Raises
    ------
    WeatherError : the address is none that is asked, or as of ``transport.fetch``
    """
    from pvsim.weather.online.transport import (  # to check an address takes no network library
        LIMITS,
        Call,
        fetch,
        within,
    )

    parts = urlsplit(checked_url(url))
    host, port = ascii_host(parts.hostname or ""), parts.port or 443
    address = within(lambda: public_address(host, port), time.monotonic() + LIMITS.total_s)
    if address is None:
        raise WeatherError(f"{visible(host)}: its name was not resolved within {LIMITS.total_s:g} s; try again later")
    place, name = (f"[{text}]" if ":" in text else text for text in (address, host))
    if port != 443:
        name = f"{name}:{port}"
    query = parts.query
    there = urlunsplit(("https", f"{place}:{port}", parts.path or "/", "", ""))
    return fetch(Call(host, there, query, host=name))


def ascii_host(host: str) -> str:
    """A host's name as the network writes it.

    Raises
    ------
    WeatherError : it has none
    """
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        pass
    raise WeatherError(f"weather.url: {visible(host)!r} is no name that a host can have")


def checked_url(url: str) -> str:
    """The address, if it is one that may be asked: https, a host's name, no login in it.

    Raises
    ------
    WeatherError
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    # first, so that nothing below quotes one
    if "@" in url.partition("?")[0] or "#" in url or NAMED.search(unquote_plus(url)):
        raise WeatherError(
            "weather.url: it holds a key or a login, or a fragment; a scenario is no place for one, as results quote "
            'it: fetch the file yourself, put it next to the scenario and write source = "file"'
        )
    if parts.scheme != "https" or not host or any(c.isspace() or not c.isprintable() for c in url):
        raise WeatherError(
            f"weather.url: found {visible(url)!r}; an address that starts with https://, without blanks, is needed"
        )
    return url


def public_address(host: str, port: int) -> str:
    """An address of a host, of which all are public.

    Raises
    ------
    WeatherError : the host cannot be resolved, or one of its addresses is private, of this machine, or of a network
    """
    found: list[Any] = []
    with suppress(OSError, UnicodeError):
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not found:
        raise WeatherError(f"{visible(host)}: its name cannot be resolved; is there a network, and is it spelled so?")
    addresses = [str(info[4][0]).partition("%")[0] for info in found]
    for address in addresses:
        if not is_public(address):
            raise WeatherError(
                f"{visible(host)}: is {address}, which is not a public address; nothing there is asked. Put the file "
                'next to the scenario and write source = "file"'
            )
    return min(addresses, key=lambda a: ":" in a)  # one of IPv4 first: more networks have it


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, whatever it is wrapped in."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip not in UNICAST:  # older Pythons take some of the rest for global: fec0::/10, 64:ff9b:1::/48
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip in RELAYS)
