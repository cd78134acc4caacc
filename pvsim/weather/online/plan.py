"""What will be asked, and whether its answer is in the cache already: found without asking, and without pvlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pvsim.errors import WeatherError
from pvsim.weather.online import cache
from pvsim.weather.online.address import checked_url
from pvsim.weather.online.providers import MOST_YEARS, Asked, Provider, provider_of
from pvsim.weather.table import OnlineRequest, Place

AIR_OF = {"cams": "nasa-power"}  # who gives temperature and wind where a provider has none


def names_of(source: str) -> tuple[str, ...]:
    """The providers that a source takes: one, or one for the light and one for the air."""
    return (source, AIR_OF[source]) if source in AIR_OF else (source,)


def asked_of(provider: Provider, place: Place, start_year: int | None, end_year: int | None) -> Asked:
    """What is asked of a provider for a place: the cell that holds it, and years that can be had.

    Raises
    ------
    WeatherError : years that it does not have, or too many
    """
    if start_year is None:
        if not provider.typical:
            raise WeatherError(
                f"{provider.title} gives years, not a typical one: say which, from {provider.first_year} on "
                "(--years; start_year and end_year in a scenario)"
            )
    else:
        last = start_year if end_year is None else end_year
        if not provider.first_year <= start_year <= last:
            raise WeatherError(
                f"{provider.title}: found the years {start_year} to {last}; its years begin in {provider.first_year}, "
                "and the last one is not before the first"
            )
        if last - start_year >= MOST_YEARS:
            found = last - start_year + 1
            raise WeatherError(f"{provider.title}: {found} years; at most {MOST_YEARS} are asked at once")
    return Asked(*provider.cell(place.latitude, place.longitude), start_year, end_year)


def identity_of(provider: Provider, asked: Asked) -> Mapping[str, Any]:
    """What makes an entry of the cache: who is asked, by which version of the interface, and for what."""
    return {"provider": provider.name, "version": provider.version, **provider.request(asked)}


def address_identity(url: str) -> Mapping[str, Any]:
    """What makes an entry of the cache of an address; the format of its file is not part of what is asked."""
    return {"provider": "url", "version": "1", "url": url}


def at_hand(online: OnlineRequest, place: Place) -> str:
    """Whether what is asked is in the cache, found without a network.

    Raises
    ------
    WeatherError : years that the provider does not have, or no address
    """
    if online.source == "url":
        asked = {online.url or "": address_identity(checked_url(online.url or ""))}
    else:
        providers = [provider_of(name) for name in names_of(online.source)]
        asked = {p.title: identity_of(p, asked_of(p, place, online.start_year, online.end_year)) for p in providers}
    found = {title: cache.look_up(identity["provider"], cache.key_of(identity)) for title, identity in asked.items()}
    since = [entry.side.fetched for entry in found.values() if entry and entry.side and entry.fault is None]
    title = " and ".join(found)
    if len(since) < len(found):
        return f"weather of {title}, which is not in the cache: a run asks for it"
    return f"weather of {title}, in the cache since {max(since)}"
