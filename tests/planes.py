"""Planes, losses and inverters as the chain takes them, for tests that do not go through a scenario."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pvsim.physics import ac, chain, irradiance, ledger, sun, thermal

NO_DC, NO_AC = (0.0,) * len(ledger.DC_LOSSES), (0.0,) * len(ledger.AC_LOSSES)


def pvwatts_planes(tilt, azimuth, pdc0=None, inverter=None, *, glass="physical-ar", gamma=-0.0035, k=0.006):
    """PVWatts modules on racks, all on one inverter unless ``inverter`` says otherwise."""
    tilt, azimuth = np.asarray(tilt, float), np.asarray(azimuth, float)
    count = tilt.size
    nameplate = np.full(count, 45_000.0) if pdc0 is None else np.asarray(pdc0, float)
    parameters = {"pdc0": nameplate, "gamma_pdc": np.full(count, gamma), "k": np.full(count, k)}
    return chain.Planes(
        surface_tilt=tilt,
        surface_azimuth=azimuth,
        nameplate_w=nameplate,
        stc_w=nameplate,
        modules=[chain.Modules("pvwatts", glass, np.arange(count), parameters)],
        temperature_parameters={k: np.full(count, v) for k, v in thermal.parameters("pvsyst", "rack", 0.2).items()},
        inverter_index=np.zeros(count, np.intp) if inverter is None else np.asarray(inverter, np.intp),
        in_series=np.full(count, np.nan),
    )


def losses(
    count: int,
    shading: float = 0.0,
    soiling: float = 0.0,
    dc: Sequence[float] = NO_DC,
    ac: Sequence[float] = NO_AC,
    **more,
) -> chain.Losses:
    """The same losses for all planes."""
    dc_losses = np.repeat(np.array(dc, float)[:, None], count, axis=1)
    return chain.Losses(np.full(count, shading), np.full(count, soiling), dc_losses, np.array(ac, float), **more)


def pvwatts_inverter(pdc0: float, eta: float = 0.98, **more) -> ac.Inverter:
    """One inverter with this DC limit in W."""
    return ac.Inverter("pvwatts", {"pdc0": pdc0, "eta_inv_nom": eta}, pdc0 * eta, **more)


def lit_days(days: int = 40, seed: int = 3) -> chain.WeatherArrays:
    """Hours of winter days at Chongqing under a sky by chance, each with its own month."""
    axis = sun.TimeAxis(1_735_660_800, 60, 24 * days, 480)
    found = sun.sun_over(axis, (30.0,) * 12, 29.44, 106.46, 250.0)
    rng = np.random.default_rng(seed)
    up = np.maximum(np.cos(np.radians(found.zenith)), 0) * found.sunlit_fraction
    ghi = up * found.dni_extra * rng.uniform(0.05, 0.7, axis.rows)
    dni, dhi = irradiance.decompose("erbs", ghi, found.zenith, found.day_of_year, found.sunlit_fraction)
    month = axis.local_datetime64().astype("datetime64[M]").astype(np.intp) % 12
    air = rng.uniform(-5, 35, axis.rows), rng.uniform(0, 4, axis.rows)
    return chain.WeatherArrays(ghi, dhi, dni, *air, found, 1.0, month=month)


def run_chain(
    planes: chain.Planes, weather: chain.WeatherArrays, *, transposition: str = "hay-davies", albedo: float = 0.2
) -> chain.ChainResult:
    """A run without losses on one inverter that never clips."""
    size = planes.nameplate_w.size
    models = chain.Models(transposition, "pvsyst")
    return chain.compute(
        weather, planes, [pvwatts_inverter(2 * float(planes.nameplate_w.sum()))], models=models, losses=losses(size),
        albedo=albedo, weights=np.full(size, 1 / size),
    )  # fmt: skip
