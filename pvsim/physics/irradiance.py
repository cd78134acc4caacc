"""Splitting the light, turning it onto the planes, and what the glass takes of it.

Every function is element-wise: time arrays (T,) or (T, 1), plane arrays (P,) or (1, P), results broadcast
to (T, P); ``chain`` holds the transposed memory order. All irradiance in W/m2, angles in degrees. The
formulas are pvlib's; here stand only the tables that give each model its name in a scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pvlib import atmosphere, iam, irradiance

Array = NDArray[np.float64]

# --- decomposition: GHI -> DNI, DHI ------------------------------------------------------------------------

_Split = Callable[..., Mapping[str, Array]]

DECOMPOSITION: Mapping[str, _Split] = MappingProxyType(
    {
        "erbs": irradiance.erbs,
        "erbs-driesse": irradiance.erbs_driesse,
        "boland": irradiance.boland,
        "orgill-hollands": irradiance.orgill_hollands,
    }
)


def decompose(
    model: str, ghi: Array, zenith: Array, day_of_year: NDArray[np.int64], sunlit_fraction: Array
) -> tuple[Array, Array]:
    """Split GHI into DNI and DHI.

    Parameters
    ----------
    model : a key of ``DECOMPOSITION``
    ghi : (T,) mean of the row
    zenith : (T,) true (not apparent) zenith
    day_of_year : (T,) in UTC
    sunlit_fraction : (T,) share of the row with the sun up. In the row of sunrise or sunset the light fell in
        that share alone, so the models see the intensity of the sunlit part and the result is spread again.

    Returns
    -------
    dni, dhi : (T,) means of the row; GHI = DHI + DNI cos(zenith) holds wherever DNI is positive
    """
    share = np.where(sunlit_fraction > 0, sunlit_fraction, 1.0)
    split = DECOMPOSITION[model](ghi / share, zenith, datetime_or_doy=day_of_year)
    return np.asarray(split["dni"]) * share, np.asarray(split["dhi"]) * share


LOW_SUN_DEG = 87.0  # below this sun DNI from a difference is noise: pvlib's own limit in its decomposition models


def dni_from_difference(ghi: Array, dhi: Array, zenith: Array, ceiling: Array) -> Array:
    """DNI from GHI and DHI, W/m2 (T,): zero where negative or with the sun below 3 degrees, never above the ceiling.

    Parameters
    ----------
    ghi, dhi : (T,) W/m2; where one is missing so is the result
    zenith : (T,) true (not apparent) zenith
    ceiling : (T,) W/m2 that no beam exceeds
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        found = irradiance.dni(ghi, dhi, zenith, zenith_threshold_for_zero_dni=LOW_SUN_DEG)
    return np.where(np.isfinite(ghi) & np.isfinite(dhi), np.minimum(np.nan_to_num(found, nan=0.0), ceiling), np.nan)


# --- transposition: horizontal -> plane --------------------------------------------------------------------


@dataclass(frozen=True)
class Sky:
    """What every plane of a site sees, all (T,): computed once, shared by the planes."""

    ghi: Array
    dhi: Array
    dni: Array
    dni_extra: Array
    apparent_zenith: Array
    azimuth: Array
    cos_zenith: Array

    @classmethod
    def of(cls, ghi: Array, dhi: Array, dni: Array, dni_extra: Array, apparent_zenith: Array, azimuth: Array) -> Sky:
        """Complete the sky by cos(apparent zenith)."""
        return cls(ghi, dhi, dni, dni_extra, apparent_zenith, azimuth, np.cos(np.radians(apparent_zenith)))

    @cached_property
    def airmass(self) -> Array:
        """(T,) relative airmass (Kasten and Young, pvlib's default), which Perez asks for.

        Light with the sun just below the horizon keeps the horizon's airmass: pvlib has none there, and
        Perez would turn a missing airmass into a missing sky.
        """
        return np.asarray(atmosphere.get_relative_airmass(np.minimum(self.apparent_zenith, 90.0)))


@dataclass(frozen=True)
class PlaneOfArray:
    """Irradiance on the planes by origin, W/m2, and the angle of incidence in degrees: (T, P) each."""

    aoi: Array
    poa_global: Array
    poa_direct: Array
    poa_sky_diffuse: Array
    poa_ground_diffuse: Array


def _hay_davies(surface_tilt: Array, surface_azimuth: Array, sky: Sky, projection: Array) -> Array:
    # the ratio and its guards are haydavies' own (GH 526, GH 432 there), built from a projection already known
    ratio = np.maximum(projection, 0) / np.maximum(sky.cos_zenith, 0.01745)
    return np.asarray(
        irradiance.haydavies(surface_tilt, surface_azimuth, sky.dhi, sky.dni, sky.dni_extra, projection_ratio=ratio)
    )


def _by_pvlib(model: str) -> Callable[..., Array]:
    def sky_diffuse(surface_tilt: Array, surface_azimuth: Array, sky: Sky, projection: Array) -> Array:
        del projection  # these models derive their own
        found = irradiance.get_sky_diffuse(
            surface_tilt, surface_azimuth, sky.apparent_zenith, sky.azimuth, sky.dni, sky.ghi, sky.dhi,
            dni_extra=sky.dni_extra, airmass=sky.airmass, model=model,
        )  # fmt: skip
        # without any diffuse light Perez' clearness is 0 / 0
        return np.where(sky.dhi > 0, found, 0.0)

    return sky_diffuse


TRANSPOSITION: Mapping[str, Callable[..., Array]] = MappingProxyType(
    {
        "hay-davies": _hay_davies,
        "perez": _by_pvlib("perez"),
        "perez-driesse": _by_pvlib("perez-driesse"),
        "reindl": _by_pvlib("reindl"),
        "isotropic": _by_pvlib("isotropic"),
    }
)


def _by_components(model: Callable[..., Any], needs_airmass: bool) -> Callable[[float, float, Sky], Array]:
    def circumsolar(surface_tilt: float, surface_azimuth: float, sky: Sky) -> Array:
        more = (sky.airmass,) if needs_airmass else ()
        found = model(
            surface_tilt, surface_azimuth, sky.dhi, sky.dni, sky.dni_extra, sky.apparent_zenith, sky.azimuth, *more,
            return_components=True,
        )  # fmt: skip
        # without any diffuse light Perez' clearness is 0 / 0
        return np.where(sky.dhi > 0, np.maximum(found["poa_circumsolar"], 0.0), 0.0)

    return circumsolar


_FROM_HAY_DAVIES = _by_components(irradiance.haydavies, needs_airmass=False)

# What each model of TRANSPOSITION takes to come from the sun's own direction, W/m2 (T,) in one plane: shade takes it
# with the beam. Reindl's is that of Hay and Davies.
CIRCUMSOLAR: Mapping[str, Callable[[float, float, Sky], Array]] = MappingProxyType(
    {
        "hay-davies": _FROM_HAY_DAVIES,
        "perez": _by_components(irradiance.perez, needs_airmass=True),
        "perez-driesse": _by_components(irradiance.perez_driesse, needs_airmass=True),
        "reindl": _FROM_HAY_DAVIES,
        "isotropic": lambda surface_tilt, surface_azimuth, sky: np.zeros_like(sky.dhi),
    }
)


def transpose(model: str, surface_tilt: Array, surface_azimuth: Array, sky: Sky, albedo: float) -> PlaneOfArray:
    """Irradiance on tilted planes.

    Parameters
    ----------
    model : a key of ``TRANSPOSITION``
    surface_tilt, surface_azimuth : planes, broadcastable against the sky's (T,)
    sky : the site's sky
    albedo : ground reflectance, 0 to 1
    """
    projection = irradiance.aoi_projection(surface_tilt, surface_azimuth, sky.apparent_zenith, sky.azimuth)
    aoi = np.degrees(np.arccos(projection))
    sky_diffuse = TRANSPOSITION[model](surface_tilt, surface_azimuth, sky, projection)
    ground = irradiance.get_ground_diffuse(surface_tilt, sky.ghi, albedo)
    # pvlib's poa_components would take the cosine of aoi again, a fifth of a plane's whole cost
    direct = np.maximum(sky.dni * projection, 0)
    return PlaneOfArray(aoi, direct + sky_diffuse + ground, direct, sky_diffuse, ground)


def with_measured(poa: PlaneOfArray, measured: Array) -> PlaneOfArray:
    """In-plane light whose total was measured, (T, P); NaN where it was not, which leaves what was computed.

    Beam, sky and ground keep their shares of the computed total; where that is dark, all of it counts as light of
    the sky.
    """
    known = np.isfinite(measured)
    lit = poa.poa_global > 0
    ratio = np.divide(measured, poa.poa_global, out=np.zeros_like(poa.poa_global), where=lit & known)
    direct, sky, ground = (
        np.where(known, part * ratio, part) for part in (poa.poa_direct, poa.poa_sky_diffuse, poa.poa_ground_diffuse)
    )
    return PlaneOfArray(
        poa.aoi,
        np.where(known, measured, poa.poa_global),
        direct,
        np.where(known & ~lit, measured, sky),
        ground,
    )


# --- incidence: what the glass reflects --------------------------------------------------------------------

Glass = str | tuple[tuple[float, float], ...]  # a key of IAM, or a measured profile: degrees and factor

N_AR = 1.29  # refractive index of the usual anti-reflective coating, as in pvlib's iam.physical


@dataclass(frozen=True)
class IncidenceModel:
    """One row of the table: the loss on beam, and Marion's integral of it over sky and ground if any."""

    beam: Callable[[Array], Array]
    marion: Mapping[str, float] | None  # keyword arguments of iam.physical under the integral


IAM: Mapping[str, IncidenceModel] = MappingProxyType(
    {
        "physical-ar": IncidenceModel(partial(iam.physical, n_ar=N_AR), {"n_ar": N_AR}),
        "physical": IncidenceModel(iam.physical, {}),
        "beam-only": IncidenceModel(iam.physical, None),
        "none": IncidenceModel(np.ones_like, None),
    }
)


NODES_PER_DEGREE = 100  # of the beam table: between nodes the straight line is within 2e-7 of pvlib's curve


def _profile(points: tuple[tuple[float, float], ...]) -> Callable[[Array], Array]:
    """A measured profile as a function of the angle: straight between its points, 1 at normal incidence."""
    angles, factors = zip(*points, strict=True)
    return partial(iam.interp, theta_ref=angles, iam_ref=factors)


@lru_cache(maxsize=64)
def _beam_table(glass: Glass) -> tuple[Array, Array]:
    """pvlib's beam factor at nodes from 0 to 90 degrees, and the steps from node to node."""
    beam = IAM[glass].beam if isinstance(glass, str) else _profile(glass)
    values = np.asarray(beam(np.linspace(0, 90, 90 * NODES_PER_DEGREE + 1)))
    return values, np.append(np.diff(values), 0.0)


def beam_iam(glass: Glass, aoi: Array) -> Array:
    """Share of the beam that passes the glass at an angle of incidence in degrees; the last one beyond 90.

    Read from a table that pvlib's own function filled: evaluated for every hour, it would be half of a
    plane's whole cost.
    """
    values, steps = _beam_table(glass)
    position = np.minimum(aoi, 90.0) * NODES_PER_DEGREE
    node = position.astype(np.intp)
    return values[node] + (position - node) * steps[node]


@lru_cache(maxsize=1024)
def diffuse_iam(glass: Glass, surface_tilt: float) -> tuple[float, float]:
    """Share of sky and of ground-reflected light that passes the glass of a plane at this tilt.

    Marion 2017 (doi:10.1016/j.solener.2017.03.027) by ``pvlib.iam.marion_diffuse``, of a profile by
    ``marion_integrate``; 10 to 20 ms a tilt, hence kept.
    """
    if not isinstance(glass, str):
        sky, ground = (iam.marion_integrate(_profile(glass), surface_tilt, region) for region in ("sky", "ground"))
        return float(sky), float(ground)
    keywords = IAM[glass].marion
    if keywords is None:
        return 1.0, 1.0
    factors = iam.marion_diffuse("physical", surface_tilt, **keywords)
    return float(factors["sky"]), float(factors["ground"])  # at tilt 0 no ground is seen: 0


def effective_irradiance(glass: Glass, poa: PlaneOfArray, sky_iam: Array, ground_iam: Array) -> Array:
    """Light that reaches the cells, W/m2 (T, P), before soiling: every part times its own incidence factor.

    ``sky_iam`` and ``ground_iam`` are ``diffuse_iam`` of the planes, in their shape.
    """
    beam = poa.poa_direct * beam_iam(glass, poa.aoi)
    return beam + poa.poa_sky_diffuse * sky_iam + poa.poa_ground_diffuse * ground_iam
