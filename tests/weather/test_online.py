"""Weather from the network: what is asked is what pvlib asks, what comes is what a file would give, and it stays.

The service of ``weather.service`` stands for every provider; how faults end is in ``faults/test_network.py``.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from cases import SITE, scenario
from hypothesis import given
from hypothesis import strategies as st
from pvlib import iotools
from weather import writers
from weather.answers import JOB, LATE, bodies, everything, utc_years
from weather.service import Asked as Request
from weather.service import Reply, Service, as_json

import pvsim
from pvsim import cli
from pvsim.cli import online as cli_online
from pvsim.errors import UsageError, WeatherError
from pvsim.physics.sun import TimeAxis
from pvsim.scenario import weather_rules
from pvsim.scenario.sky import WeatherBlock
from pvsim.weather.online import cache, era5, providers
from pvsim.weather.online.plan import AIR_OF
from pvsim.weather.online.providers import PROVIDERS, Asked
from pvsim.weather.online.source import with_air
from pvsim.weather.record import Weather
from pvsim.weather.table import Table

KEYS = {"PVSIM_ERA5_KEY": "KEY-OF-A-TEST", "PVSIM_CAMS_EMAIL": "a.b+c@example.org"}


@pytest.fixture(scope="module")
def means() -> Weather:
    return writers.sky(utc_years(2025, 2025), 30.0)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)


# --- the requests are pvlib's --------------------------------------------------------------------------------


def sent_by_pvlib(service: Service, call: Callable[[], Any]) -> Request:
    """The request that one of pvlib's getters makes; what it does with the answer is its own."""
    service.says(as_json({"message": "no"}, 400))
    with pytest.raises(Exception):  # noqa: B017 - each getter fails in its own way
        call()
    return service.asked[0]


def ours(service: Service, name: str, asked: Asked) -> Request:
    service.says(as_json({"message": "no"}, 400))
    provider = providers.PROVIDERS[name]
    with pytest.raises(WeatherError, match="HTTP 400"):
        provider.get(provider, provider.request(asked))
    return service.asked[0]


HERE, YEARS = (29.425, 106.475), (2019, 2020)


def test_a_typical_year_of_pvgis_is_asked_as_pvlib_asks(service):
    theirs = sent_by_pvlib(service, lambda: iotools.get_pvgis_tmy(*HERE, usehorizon=False, url=service.url))
    assert ours(service, "pvgis", Asked(*HERE)).query == theirs.query


def test_hourly_years_of_pvgis_are_asked_as_pvlib_asks(service):
    theirs = sent_by_pvlib(service, lambda: iotools.get_pvgis_hourly(*HERE, *YEARS, usehorizon=False, url=service.url))
    assert ours(service, "pvgis", Asked(*HERE, *YEARS)).query == theirs.query


def test_nasa_power_is_asked_as_pvlib_asks(service):
    theirs = sent_by_pvlib(service, lambda: iotools.get_nasa_power(*HERE, "2019-01-01", "2020-12-31", url=service.url))
    assert ours(service, "nasa-power", Asked(*HERE, *YEARS)).query == theirs.query


def test_cams_is_asked_as_pvlib_asks(service, keys, monkeypatch):
    monkeypatch.setenv("PVSIM_CAMS_EMAIL", "a.b@example.org")
    theirs = sent_by_pvlib(
        service,
        lambda: iotools.get_cams(
            *HERE, "2019-01-01", "2020-12-31", "a.b@example.org", "cams_radiation", url=f"localhost:{service.port}"
        ),
    )
    assert ours(service, "cams", Asked(*HERE, *YEARS)).query == theirs.query


def test_era5_is_asked_as_pvlib_asks(service, keys):
    variables = json.loads(json.dumps(PROVIDERS["era5"].request(Asked(*HERE, *YEARS))["inputs"]["variable"]))
    theirs = sent_by_pvlib(
        service,
        lambda: iotools.get_era5(
            *HERE, "2019-01-01", "2020-12-31", variables, KEYS["PVSIM_ERA5_KEY"], url=service.url + "era5/"
        ),
    )
    mine = ours(service, "era5", Asked(*HERE, *YEARS))
    assert (mine.method, mine.path) == (theirs.method, theirs.path)
    assert json.loads(mine.body) == json.loads(theirs.body)
    assert mine.headers["PRIVATE-TOKEN"] == theirs.headers["PRIVATE-TOKEN"] == KEYS["PVSIM_ERA5_KEY"]


def test_an_address_of_cams_is_quoted_twice(service, keys):
    """SoDa unquotes it twice; a plus sign would be a blank otherwise."""
    assert "username=a.b%252Bc%2540example.org;" in ours(service, "cams", Asked(*HERE, *YEARS)).target


def test_open_meteo_asks_customers_elsewhere(service, monkeypatch):
    assert ours(service, "openmeteo", Asked(*HERE, *YEARS)).path == "/openmeteo/archive"
    monkeypatch.setenv("PVSIM_OPENMETEO_KEY", "KEY-OF-A-CUSTOMER")
    asked = ours(service, "openmeteo", Asked(*HERE, *YEARS))
    assert (asked.path, asked.query["apikey"]) == ("/customers/archive", ["KEY-OF-A-CUSTOMER"])


def test_answers_are_read_as_pvlib_reads_them(service, tmp_path):
    """pvlib's getter, asking the same service, is the witness."""
    year = writers.sky(TimeAxis.of_year(2025, 60, 0), LATE)
    service.says(writers.write_pvgis_tmy_json(tmp_path / "tmy", year).read_bytes())
    data, _ = iotools.get_pvgis_tmy(29.44, 106.46, url=service.url + "pvgis/", roll_utc_offset=8, coerce_year=2025)
    weather = pvsim.fetch_weather("pvgis", 29.44, 106.46)
    assert len(service.asked) == 2
    for name in ("ghi", "temp_air", "wind_speed"):  # DNI is cut to what closes
        assert np.allclose(getattr(weather, name), data[name].to_numpy(), atol=0.011), name


# --- from the service to kWh ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Kind:
    block: dict[str, Any]
    writer: Callable[..., Path]
    minutes: float = 30.0
    requests: int = 1
    late_h: int = 0


KINDS = {
    "pvgis typical": Kind({"source": "pvgis"}, writers.write_pvgis_tmy_json, LATE),
    "pvgis years": Kind({"source": "pvgis", "start_year": 2025}, writers.write_pvgis_series_json, 10.0),
    "nasa-power": Kind({"source": "nasa-power", "start_year": 2025}, writers.write_nasa_json),
    "openmeteo": Kind({"source": "openmeteo", "start_year": 2025}, writers.write_openmeteo, late_h=-1),
    "era5": Kind({"source": "era5", "start_year": 2025, "end_year": 2025}, writers.write_era5, requests=6, late_h=-1),
    "cams": Kind({"source": "cams", "start_year": 2025}, writers.write_nasa_json, requests=2),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_each_source_runs_to_kwh(service, keys, monkeypatch, tmp_path, kind):
    monkeypatch.setattr(era5, "POLL_S", 0.01)
    service.says(everything(service))
    made = scenario({"panels": 8000}, weather=kind.block)
    result = pvsim.simulate(made)
    assert len(service.asked) == kind.requests
    document = result.to_dict()
    assert document["weather"]["source"] == kind.block["source"]
    assert document["weather"]["coverage_fraction"] == 1.0
    provider = PROVIDERS[kind.block["source"]]
    first = document["weather"]["sources"][0]
    assert first["document"].startswith(f"{provider.title} {provider.version}: ")
    assert "fetched 20" in first["document"]
    assert "sha256 " in first["method"]
    assert provider.use in first["status"]
    assert provider.terms in first["method"]
    # the same bytes, as a file beside the scenario
    kind.writer(tmp_path / "same", writers.sky(utc_years(2025, 2025, kind.late_h), kind.minutes))
    site = SITE | {"tz": "Asia/Shanghai"}
    file = {"source": "file", "path": "same"}
    as_file = pvsim.simulate(scenario({"panels": 8000}, site=site, weather=file, folder=tmp_path))
    # CAMS rounds otherwise than the file of NASA's format; without an elevation that of the climate's station is taken
    same = {"cams": 1e-3, "openmeteo": 1e-4}.get(provider.name, 1e-12)
    assert result.annual_kwh == pytest.approx(as_file.annual_kwh, rel=same)
    # afterwards nobody is asked, and the document is the same
    service.says(Reply(b"", 500))
    again = pvsim.simulate(made, offline=True)
    assert again.to_dict() == document
    assert not service.asked


OTHER_CLOCKS = [pytest.param(tz, marks=pytest.mark.slow) for tz in ("-07:00", "+10:00")]


@pytest.mark.parametrize("years", [(2024, 2024), (2023, 2025)], ids=["a leap year", "three years"])
@pytest.mark.parametrize("tz", [None, *OTHER_CLOCKS])
@pytest.mark.parametrize(
    "kind", [k for k in KINDS.values() if "start_year" in k.block], ids=lambda k: k.block["source"]
)
def test_years_are_whole_on_any_clock(service, keys, monkeypatch, kind, tz, years):
    """A year of UTC begins at another hour of the site's clock; no hour of it makes another year."""
    monkeypatch.setattr(era5, "POLL_S", 0.01)
    service.says(everything(service, years=years))
    block = kind.block | {"start_year": years[0], "end_year": years[1]}
    site = SITE if tz is None else SITE | {"tz": tz}
    document = pvsim.simulate(scenario(weather=block, site=site)).to_dict()
    hours = 8760 * (years[1] - years[0] + 1) + 24
    assert document["weather"]["coverage_fraction"] == 1.0
    assert document["weather"]["years"] == "-".join(dict.fromkeys(map(str, years)))
    by_year = document["energy"].get("by_year", [])
    assert [row["year"] for row in by_year] == ([] if years[0] == years[1] else [2023, 2024, 2025])
    sums = [row["annual_kwh"] for row in by_year] or [document["energy"]["annual_kwh"]]
    assert min(sums) > 0.9 * max(sums)
    assert np.mean(sums) == pytest.approx(document["energy"]["annual_kwh"], rel=1e-9)
    assert pvsim.simulate(scenario(weather=block, site=site), offline=True).weather.axis.rows == hours


def test_members_of_an_ensemble_are_fetched_too(service):
    service.says(everything(service, light=1.1))
    members = ("climate", "pvgis", "nasa-power", "nasa-power@climate")
    block = {"source": "pvgis", "start_year": 2025, "ensemble": list(members)}
    result = pvsim.simulate(scenario(weather=block))
    assert [m.name for m in result.members] == list(members)
    assert all(m.refused is None for m in result.members)
    of = {m.name: m.ghi_kwh_per_m2 for m in result.members}
    assert of["nasa-power@climate"] == pytest.approx(of["climate"], rel=0.01)
    assert of["nasa-power"] > 1.05 * of["nasa-power@climate"]
    assert len(service.asked) == 2  # each provider once


def test_a_level_that_is_too_high_is_said(service):
    """A reanalysis 25 % and more above the climatology, as ERA5 is in Chongqing."""
    service.says(everything(service, light=1.3))
    block = {"source": "nasa-power", "start_year": 2025}
    result = pvsim.simulate(scenario(weather=block))
    said = [w for w in result.warnings if "above the" in w]
    assert len(said) == 1
    assert "GHI of 1,204 kWh/m2 is 27% above the 949 of Chongqing Shapingba and neighbours" in said[0]
    corrected = pvsim.simulate(scenario(weather=block | {"level": "climate"}))
    assert corrected.to_dict()["weather"]["ghi_kwh_per_m2"] == pytest.approx(949, rel=0.01)
    assert len(service.asked) == 1


def test_a_report_shows_when_and_on_what_terms(service, tmp_path):
    service.says(everything(service))
    text = "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 100\n"
    (tmp_path / "roof.toml").write_text(text + '[weather]\nsource = "openmeteo"\nstart_year = 2025\n', encoding="utf-8")
    assert cli.run(["run", str(tmp_path / "roof.toml"), "--out", str(tmp_path / "out"), "-q"]) == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    kept = next(entry.side for entry in cache.entries() if entry.side)
    assert f"fetched {kept.fetched}" in page
    assert "non-commercial use only" in page
    document = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert any("non-commercial" in w for w in document["warnings"])


# --- what is asked -------------------------------------------------------------------------------------------


@given(
    st.sampled_from(sorted(PROVIDERS)),
    st.floats(-89.5, 89.5),
    st.floats(-179, 179),
    st.floats(-1, 1),
    st.floats(-1, 1),
)
def test_a_cell_has_one_middle(name, latitude, longitude, north, east):
    """Places between the same borders ask the same, and the middle asks for itself."""
    provider = PROVIDERS[name]
    middle = provider.cell(latitude, longitude)
    assert max(abs(middle[0] - latitude), abs(middle[1] - longitude)) <= provider.tolerance_deg() / 2 + 1e-9
    assert provider.cell(*middle) == middle
    # a place on the way to the middle
    way = [m + (v - m) * abs(f) * 0.999 for m, v, f in zip(middle, (latitude, longitude), (north, east), strict=True)]
    assert provider.cell(*way) == middle


def test_a_table_of_names_stands_in_three_rooms():
    assert weather_rules.PROVIDERS == cli_online.PROVIDERS == tuple(PROVIDERS)
    assert tuple(p.name for p in PROVIDERS.values() if p.typical) == weather_rules.TYPICAL
    allowed = get_args(WeatherBlock.model_fields["source"].annotation)
    assert allowed == ("climate", "file", *PROVIDERS, "url")


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
def test_a_provider_is_https_and_says_its_terms(provider):
    assert provider.url.startswith("https://")
    assert "commercial use" in provider.terms
    assert "(" in provider.terms  # where they stand
    assert provider.key_name is None or (provider.key_name.startswith("PVSIM_") and provider.key_at)


def test_versions_are_pinned():
    assert "/v5_3/" in PROVIDERS["pvgis"].url
    for name in ("era5", "openmeteo"):
        assert "/v1/" in PROVIDERS[name].url


@pytest.mark.parametrize(
    ("source", "more", "says"),
    [
        ("nasa-power", {}, "gives years, not a typical one: say which, from 2001 on"),
        ("pvgis", {"start_year": 1999}, "found the years 1999 to 1999; its years begin in 2005"),
        ("era5", {"start_year": 1990, "end_year": 2020}, "31 years; at most 30"),
        ("nasa-power", {"start_year": 2020, "end_year": 2019}, "the last one is not before the first"),
    ],
)
def test_years_that_cannot_be_had(service, source, more, says):
    with pytest.raises(WeatherError, match=says):
        pvsim.fetch_weather(source, 29.44, 106.46, **more)
    assert not service.asked


@pytest.mark.parametrize(
    ("arguments", "more", "says"),
    [
        (("sky", 29.44, 106.46), {}, "source: found 'sky', allowed are pvgis, nasa-power"),
        (("pvgis", "29.44", 106.46), {}, "latitude: found '29.44', a number is needed"),
        (("pvgis", float("nan"), 106.46), {}, "latitude: found nan"),
        (("pvgis", 106.46, 29.44), {}, "are no place on earth"),
        (("pvgis", 29.44, 106.46), {"start_year": 2020.5}, "start_year: found 2020.5, a whole number"),
        (("pvgis", 29.44, 106.46), {"end_year": 2020}, "end_year without start_year"),
        (("pvgis", 29.44, 106.46), {"offline": True, "refresh": True}, "offline and refresh"),
        (("pvgis", 29.44, 106.46), {"altitude": True}, "altitude: found True"),
    ],
)
def test_arguments_that_are_wrong(service, arguments, more, says):
    with pytest.raises(UsageError, match=says):
        pvsim.fetch_weather(*arguments, **more)
    assert not service.asked


def test_refreshing_asks_again(service):
    service.says(everything(service))
    first = pvsim.fetch_weather("pvgis", 29.44, 106.46)
    assert pvsim.fetch_weather("pvgis", 29.44, 106.46).sources == first.sources
    assert len(service.asked) == 1
    service.says(everything(service, light=1.02))
    assert pvsim.fetch_weather("pvgis", 29.44, 106.46, refresh=True).ghi.sum() > first.ghi.sum()
    assert len(service.asked) == 1


def test_light_and_air_meet_row_by_row(means):
    def table(label: str, shift: int, **columns: np.ndarray) -> Table:
        stamps = means.axis.unixtime().astype(np.int64)[shift:]
        cut = {name: values[shift:] for name, values in columns.items()}
        return Table("t", "x", stamps, cut, label, 0, None, "s", "i", "2025", typical=False)

    nothing = np.full(means.axis.rows, np.nan)
    light = table("start", 0, ghi=means.ghi, temp_air=nothing, wind_speed=nothing)
    air = table("start", 24, temp_air=means.temp_air, wind_speed=means.wind_speed)
    both = with_air(light, air)
    assert np.array_equal(both.columns["ghi"], means.ghi)
    assert np.isnan(both.columns["temp_air"][:24]).all()
    assert np.array_equal(both.columns["temp_air"][24:], means.temp_air[24:])
    with pytest.raises(WeatherError, match="do not mean the same rows"):
        with_air(light, dataclasses.replace(air, label="end"))
    assert set(AIR_OF.values()) <= {p.name for p in PROVIDERS.values()}


# --- what is not whole, or of another kind -------------------------------------------------------------------


def without_tail(hours: int) -> Callable[[Request], Reply]:
    """NASA POWER of a year of which the last hours are not out yet: it fills them with its missing code."""
    mean = writers.sky(utc_years(2025, 2025), 30.0)
    gone = {n: np.where(np.arange(8760) < 8760 - hours, getattr(mean, n), -999.0) for n in ("ghi", "dhi", "dni")}
    with tempfile.TemporaryDirectory() as folder:
        body = writers.write_nasa_json(Path(folder) / "nasa", mean, **gone).read_bytes()
    return lambda _: Reply(body)


def test_a_year_that_is_not_out_yet_is_not_kept(service, cache_folder):
    asked = {"start_year": 2025}
    service.says(without_tail(1900))
    with pytest.raises(WeatherError, match="ghi ends on 2025-10-13; what follows is not out yet"):
        pvsim.fetch_weather("nasa-power", 29.44, 106.46, **asked)
    assert not cache_folder.exists()
    service.says(without_tail(14))
    assert pvsim.fetch_weather("nasa-power", 29.44, 106.46, **asked).covered().mean() > 0.99


def test_a_year_that_has_not_ended_is_not_asked_for(service):
    this = datetime.now(UTC).year
    service.says(everything(service))
    for year in (this, this + 3):
        with pytest.raises(WeatherError, match=f"{year} has not ended; ask for years up to {this - 1}"):
            pvsim.fetch_weather("nasa-power", 29.44, 106.46, start_year=2020, end_year=year)
    assert not service.asked


def test_a_gap_within_is_told_with_what_may_fill_it(service, capsys):
    mean = writers.sky(utc_years(2025, 2025), 30.0)
    hole = np.where((np.arange(8760) > 3000) & (np.arange(8760) < 4500), -999.0, mean.temp_air)
    with tempfile.TemporaryDirectory() as folder:
        service.says(writers.write_nasa_json(Path(folder) / "nasa", mean, temp_air=hole).read_bytes())
    code, out, _ = run(capsys, "weather", "fetch", "--source", "nasa-power", *HERE_OPTION, "--years", "2025")
    assert code == 0
    assert "8,760 rows, 82.9% of them whole for" in out
    with pytest.raises(WeatherError, match="ask again with pvsim weather fetch --refresh, or accept a partial sum"):
        pvsim.simulate(scenario(weather={"source": "nasa-power", "start_year": 2025}))


def test_what_a_customer_fetches_has_other_terms(service, monkeypatch):
    """A key fetches again what was fetched without one, and takes the warning away; offline both serve."""
    service.says(everything(service))
    asked = ("openmeteo", 29.44, 106.46)
    free = pvsim.fetch_weather(*asked, start_year=2025)
    assert any("non-commercial" in w for w in free.warnings)
    assert "non-commercial" in free.sources[0].status
    monkeypatch.setenv("PVSIM_OPENMETEO_KEY", "KEY-OF-A-CUSTOMER")
    assert pvsim.fetch_weather(*asked, start_year=2025, offline=True).warnings == free.warnings
    service.says(lambda _: Reply(bodies(1.0, 2025, 2025)["openmeteo"]))
    paid = pvsim.fetch_weather(*asked, start_year=2025)
    assert [a.path for a in service.asked] == ["/customers/archive"]
    monkeypatch.delenv("PVSIM_OPENMETEO_KEY")
    for weather in (paid, pvsim.fetch_weather(*asked, start_year=2025)):
        assert not weather.warnings
        assert weather.sources[0].status == "as given; fetched with a customer's key"
    assert len(service.asked) == 1


@pytest.mark.parametrize(("version", "told"), [("v2.8.14", 0), ("v3.0.1", 1)])
def test_another_version_of_an_interface_is_told(service, version, told):
    document = json.loads(bodies(1.0, 2025, 2025)["nasa-power"])
    document["header"] |= {"api": {"name": "POWER Hourly API", "version": version}, "sources": ["SYN1DEG", "MERRA2"]}
    service.says(as_json(document))
    weather = pvsim.fetch_weather("nasa-power", 29.44, 106.46, start_year=2025)
    assert f"POWER Hourly API {version}, SYN1DEG, MERRA2, fetched" in weather.sources[0].document
    assert len([w for w in weather.warnings if "answered by version 3 of its interface" in w]) == told


@pytest.mark.parametrize(
    ("place", "altitude", "told"), [((29.44, 106.46), 259.6, 0), ((29.44, 151.46), 0.0, 1)], ids=["near", "far"]
)
def test_an_altitude_that_nobody_says(service, place, altitude, told):
    document = json.loads(bodies(1.0, 2025, 2025)["openmeteo"])
    if told:
        document["longitude"] = 151.5  # three hours to the east, far out at sea
        for name in ("shortwave_radiation", "diffuse_radiation"):
            document["hourly"][name] = np.roll(document["hourly"][name], -3).tolist()
    service.says(as_json(document))
    weather = pvsim.fetch_weather("openmeteo", *place, start_year=2025)
    assert weather.altitude == pytest.approx(altitude, abs=0.5)
    assert len([w for w in weather.warnings if "sea level is taken" in w]) == told


def test_check_names_the_ensemble_and_both_halves_of_cams(service, keys, capsys, tmp_path):
    service.says(everything(service))
    path = tmp_path / "roof.toml"
    path.write_text(
        "[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 1\n"
        '[weather]\nsource = "cams"\nstart_year = 2025\nensemble = ["climate", "openmeteo@climate"]\n',
        encoding="utf-8",
    )
    assert run(capsys, "weather", "fetch", path)[0] == 0
    _, out, _ = run(capsys, "check", path)
    assert "weather of CAMS (SoDa) and NASA POWER, in the cache since" in out
    assert "weather of Open-Meteo, in the cache since" in out
    next(cache.folder().glob("nasa-power-*.json")).unlink()
    assert "CAMS (SoDa) and NASA POWER, which is not in the cache" in run(capsys, "check", path)[1]
    # a member that cannot be had ends no run, and no check
    text = path.read_text(encoding="utf-8").replace('"cams"', '"climate"').replace('"climate",', '"nasa-power",')
    path.write_text(text.replace("2025", "1999"), encoding="utf-8")
    code, out, _ = run(capsys, "check", path)
    assert code == 0
    assert "climate of Chongqing" in out
    assert "warning: NASA POWER: found the years 1999 to 1999" in out
    assert "weather of Open-Meteo, which is not in the cache" in out


def test_cams_may_send_on_to_hosts_of_its_own(service, keys, monkeypatch):
    """SoDa says of its address that it leads to the fastest server; which ones are its own is known."""
    service.says(lambda asked: Reply(b"", 302, {"Location": f"https://127.0.0.1:{service.port}{asked.target}"}))
    with pytest.raises(WeatherError, match="send the request on to"):
        pvsim.fetch_weather("cams", 29.44, 106.46, start_year=2025)
    assert len(service.asked) == 1
    provider = dataclasses.replace(providers.PROVIDERS["cams"], hosts=(".0.0.1",))
    monkeypatch.setattr(providers, "PROVIDERS", {**providers.PROVIDERS, "cams": provider})
    whole = everything(service)

    def elsewhere(asked: Request) -> Reply:
        here = asked.headers["Host"].startswith("127.")
        if asked.path.startswith("/cams") and not here:
            return Reply(b"", 302, {"Location": f"https://127.0.0.1:{service.port}{asked.target}"})
        return whole(asked)

    service.says(elsewhere)
    pvsim.fetch_weather("cams", 29.44, 106.46, start_year=2025)
    assert [a.headers["Host"].partition(":")[0] for a in service.asked] == ["localhost", "127.0.0.1", "localhost"]
    assert all(host.startswith(".soda-") for host in PROVIDERS["cams"].hosts)


# --- ERA5's queue --------------------------------------------------------------------------------------------


def test_a_file_outside_of_the_store_is_not_fetched(service, keys):
    service.says(
        as_json({"jobID": JOB}, 201),
        as_json({"status": "successful"}),
        as_json({"asset": {"value": {"href": "https://elsewhere.example/era5.zip"}}}),
    )
    with pytest.raises(WeatherError, match=r"lies at https://elsewhere\.example, which is no host of the store"):
        pvsim.fetch_weather("era5", 29.44, 106.46, start_year=2025)
    assert len(service.asked) == 3


@pytest.mark.parametrize("results", [{}, {"asset": {"value": "x"}}, {"asset": []}, {"asset": {"value": {"href": 3}}}])
def test_results_without_a_file(service, keys, results):
    service.says(as_json({"jobID": JOB}, 201), as_json({"status": "successful"}), as_json(results))
    with pytest.raises(WeatherError, match="no host of the store"):
        pvsim.fetch_weather("era5", 29.44, 106.46, start_year=2025)


@pytest.mark.parametrize("status", ["failed", "rejected", "dismissed"])
def test_a_job_that_fails(service, keys, status):
    service.says(as_json({"jobID": JOB}, 201), as_json({"status": status}))
    with pytest.raises(WeatherError, match=f"the job {status}; your requests are listed at"):
        pvsim.fetch_weather("era5", 29.44, 106.46, start_year=2025)


@pytest.mark.parametrize("job", [None, 7, "../../x", "a b", "x?key=1"])
def test_a_job_without_a_number(service, keys, job):
    service.says(as_json({"jobID": job}, 201))
    with pytest.raises(WeatherError, match="without the number of a job"):
        pvsim.fetch_weather("era5", 29.44, 106.46, start_year=2025)


# --- the command line ----------------------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = cli.run([str(a) for a in arguments])
    streams = capsys.readouterr()
    return code, streams.out, streams.err


HERE_OPTION = ("--place", "29.44,106.46")


def test_fetch_says_what_came_and_what_it_is_worth(service, capsys):
    service.says(everything(service))
    code, out, err = run(capsys, "weather", "fetch", "--source", "pvgis", *HERE_OPTION)
    assert (code, err) == (0, "")
    assert out.startswith("PVGIS 5.3: typical year, PVGIS-SARAH3, ERA5, 2005-2023\n  fetched, and kept in the cache: ")
    assert "terms: PVGIS (c) European Union: free also for commercial use" in out
    assert "8,760 rows for 29.44, 106.46: months of 2005 to 2016; GHI 923 kWh/m2 a year" in out
    assert "Trust both level and shape" in out
    code, out, _ = run(capsys, "weather", "fetch", "--source", "pvgis", *HERE_OPTION, "--offline", "--json")
    found = json.loads(out)["fetched"]
    assert (code, len(found), found[0]["answers"][0]["cached"]) == (0, 1, True)
    assert found[0]["trust"] == "both"
    assert found[0]["answers"][0]["request"]["params"]["lat"] == 29.425


def test_fetch_of_a_scenario_takes_its_ensemble(service, capsys, tmp_path):
    service.says(everything(service))
    path = tmp_path / "roof.toml"
    text = f"[site]\nlatitude = {SITE['latitude']}\nlongitude = {SITE['longitude']}\n[[roof]]\npanels = 1\n[weather]\n"
    path.write_text(
        text + 'source = "pvgis"\nstart_year = 2025\nensemble = ["climate", "pvgis@climate", "nasa-power"]\n',
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "check", path)
    assert (code, "PVGIS, which is not in the cache: a run asks for it" in out) == (0, True)
    assert not service.asked
    code, out, _ = run(capsys, "weather", "fetch", path)
    assert code == 0
    assert [a.path.split("/")[1] for a in service.asked] == ["pvgis", "nasa-power"]
    assert "PVGIS 5.3: hourly series" in out
    assert "NASA POWER 2: " in out
    assert "PVGIS, in the cache since" in run(capsys, "check", path)[1]
    code, _, _ = run(capsys, "run", path, "--offline", "-q")
    assert (code, len(service.asked)) == (0, 2)
    path.write_text(text, encoding="utf-8")
    assert run(capsys, "weather", "fetch", path)[0] == 2
    assert run(capsys, "weather", "fetch", path, "--source", "pvgis")[0] == 2


def test_a_provider_is_looked_at_like_a_file(service, capsys, tmp_path):
    service.says(everything(service))
    code, out, _ = run(capsys, "weather", "check", "pvgis", *HERE_OPTION)
    assert code == 0
    assert "Trust both level and shape" in out
    code, _, _ = run(capsys, "weather", "export", "nasa-power", tmp_path / "year.csv", *HERE_OPTION, "--years", "2025")
    assert code == 0
    rows = pd.read_csv(tmp_path / "year.csv", comment="#")
    assert len(rows) == 8760
    for wrong in (("pvgis",), ("pvgis", *HERE_OPTION, "--seed", "3"), ("Dazu", "--years", "2025")):
        assert run(capsys, "weather", "show", *wrong)[0] == 2
    path = tmp_path / "roof.toml"
    path.write_text("[site]\nlatitude = 29.44\nlongitude = 106.46\n[[roof]]\npanels = 1\n", encoding="utf-8")
    assert run(capsys, "weather", "show", path, "--years", "2025")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "fetch needs --source and --place"),
        (("--source", "pvgis"), "fetch needs --source and --place"),
        (("--source", "pvgis", "--place", "200,300"), "latitude and longitude in degrees"),
        (("--source", "pvgis", *HERE_OPTION, "--years", "soon"), "--years soon: first and last year"),
        (
            ("--source", "pvgis", *HERE_OPTION, "--offline", "--refresh"),
            "--refresh asks again, which --offline forbids",
        ),
        (("--source", "moon", *HERE_OPTION), "invalid choice"),
    ],
)
def test_fetch_that_is_asked_wrongly(service, capsys, arguments, says):
    code, out, err = run(capsys, "weather", "fetch", *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert not service.asked


def test_the_cache_is_listed_checked_and_cleared(service, capsys, cache_folder):
    assert run(capsys, "weather", "cache", "list")[1].endswith("0 entries\n")
    assert run(capsys, "weather", "cache", "clear")[0] == 0
    service.says(everything(service))
    for source in ("pvgis", "nasa-power"):
        assert run(capsys, "weather", "fetch", "--source", source, *HERE_OPTION, "--years", "2025")[0] == 0
    code, out, _ = run(capsys, "weather", "cache", "list")
    assert code == 0
    assert "NASA POWER, 2025 at 29.5, 106.281: POWER API" in out
    assert out.count("whole") == 2
    assert run(capsys, "weather", "cache", "verify")[0] == 0
    data = next(cache_folder.glob("pvgis-*.raw"))
    data.write_bytes(data.read_bytes()[:-1])
    (cache_folder / "notes-of-mine.json").write_text("{}", encoding="utf-8")
    code, out, _ = run(capsys, "weather", "cache", "verify")
    assert code == 4
    assert "DAMAGED: its data are damaged" in out
    assert "2 checked: 1 damaged and set aside" in out
    code, out, _ = run(capsys, "weather", "cache", "list", "--json")
    document = json.loads(out)
    assert [e["fault"] for e in document["entries"]] == [None]
    assert len(document["unused"]) == 2
    code, out, _ = run(capsys, "weather", "cache", "clear")
    assert (code, "4 files removed" in out) == (0, True)
    assert [p.name for p in cache_folder.iterdir()] == ["notes-of-mine.json"]


# --- the scenario --------------------------------------------------------------------------------------------

BAD = {
    "no years": ({"source": "nasa-power"}, "start_year: missing; nasa-power: years are needed"),
    "years of the climate": ({"start_year": 2020}, "start_year: given without a provider"),
    "years of a file": ({"source": "file", "path": "a.epw", "end_year": 2020}, "end_year: given without a provider"),
    "the last before the first": (
        {"source": "pvgis", "start_year": 2020, "end_year": 2019},
        "end_year: 2019 is before",
    ),
    "only the last": ({"source": "pvgis", "end_year": 2019}, "end_year: given without start_year"),
    "a member without years": ({"ensemble": ["era5@climate"]}, "start_year: missing; era5: years are needed"),
    "a path": ({"source": "pvgis", "path": "a.epw"}, "path: given without a file"),
    "a format": ({"source": "pvgis", "format": "epw"}, "format: given without a file"),
    "a seed": ({"source": "pvgis", "seed": 3}, 'seed: given together with source "pvgis"'),
    "a url": ({"source": "pvgis", "url": "https://a.example/b"}, 'url: given with source "pvgis"'),
    "no url": ({"source": "url"}, "url: missing"),
    "http": (
        {"source": "url", "url": "http://a.example/b"},
        'url: it starts with "http"; an address that starts with https://',
    ),
    "a file and a url": (
        {"source": "url", "url": "https://a.example/b", "path": "a.epw"},
        "path: given together with url",
    ),
}


@pytest.mark.parametrize(("block", "says"), BAD.values(), ids=BAD)
def test_a_scenario_that_contradicts_itself(block, says):
    with pytest.raises(pvsim.ScenarioError) as caught:
        scenario(weather=block)
    assert f"weather.{says}" in str(caught.value)


@pytest.mark.parametrize(
    "block",
    [
        {"source": "pvgis"},
        {"source": "pvgis", "level": "climate", "station": "Chongqing Shapingba"},
        {"source": "cams", "start_year": 2019, "end_year": 2023, "ghi_kwh_per_m2": 950.0},
        {"ensemble": ["climate", "pvgis"]},
        {"source": "url", "url": "https://a.example/b.csv", "format": "csv", "label": "end", "columns": {"ghi": "G"}},
    ],
)
def test_a_scenario_that_asks_the_network(block):
    scenario(weather=block)
