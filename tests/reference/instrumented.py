"""An instrumented array as the sun would run it: pvlib alone, ten-minute means, and what its loggers write.

It shares no code with the package. The sky has broken clouds within the hour; the array has a spectral effect, dirt
and mismatch; its modules' heat goes by wind; the diode's currents are solved here. The package sees hourly means.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pvlib
from scipy import constants
from scipy.signal import lfilter

LATITUDE, LONGITUDE, ALTITUDE, ZONE, OFFSET = 35.05, -106.54, 1600.0, "Etc/GMT+7", "-07:00"
TILT, AZIMUTH, MODULES = 35.0, 180.0, 12
ALBEDO = 0.19
SOILING, MISMATCH, SPECTRAL = 0.01, 0.01, 0.01
U0, U1, RISE = 26.0, 6.5, 3.0  # Faiman's factors of a module on a rack, and K from its back to its cells at 1000 W/m2
STEP_MIN = 10

# Degrees and factor, as laboratories report it for glass with a coating.
GLASS = ((10, 0.998), (20, 0.998), (30, 0.995), (40, 0.992), (50, 0.986), (60, 0.970), (70, 0.917), (80, 0.763))


@dataclass(frozen=True)
class Lab:
    """A module as a laboratory reports it with PVsyst's keys; A, V, ohm, mA/K; ``glass`` if it was measured."""

    version: str
    cells: int
    i_sc: float
    v_oc: float
    gamma: float
    r_s: float
    r_sh: float
    r_sh_0: float
    mu_gamma: float
    mu_isc: float
    width: float
    height: float
    r_sh_exp: float = 5.5
    parallel: int = 1
    glass: tuple[tuple[float, float], ...] = ()
    above_nameplate: float = 0.0  # measured over nameplate, less 1

    def currents(self) -> tuple[float, float]:
        """Light and saturation current: two linear equations, at short and at open circuit."""
        n_vth = self.gamma * self.cells * constants.k * 298.15 / constants.e
        short, opened = self.i_sc * self.r_s, self.v_oc
        left = np.array([[1.0, -np.expm1(short / n_vth)], [1.0, -np.expm1(opened / n_vth)]])
        light, saturation = np.linalg.solve(left, [self.i_sc + short / self.r_sh, opened / self.r_sh])
        return float(light), float(saturation)

    def curve(self, irradiance, temp_cell) -> dict[str, np.ndarray]:
        """pvlib's ``singlediode`` (Lambert's W) at so much light and warmth, element-wise."""
        light, saturation = self.currents()
        shape = np.broadcast_shapes(np.shape(irradiance), np.shape(temp_cell))
        five = pvlib.pvsystem.calcparams_pvsyst(
            np.atleast_1d(irradiance).astype(float), np.atleast_1d(temp_cell).astype(float),
            alpha_sc=self.mu_isc / 1000, gamma_ref=self.gamma, mu_gamma=self.mu_gamma, I_L_ref=light,
            I_o_ref=saturation, R_sh_ref=self.r_sh, R_sh_0=self.r_sh_0, R_s=self.r_s, cells_in_series=self.cells,
            R_sh_exp=self.r_sh_exp,
        )  # fmt: skip
        found = pvlib.pvsystem.singlediode(*five, method="lambertw")
        return {key: np.asarray(found[key]).reshape(shape) for key in ("i_mp", "v_mp", "p_mp")}

    def power(self, irradiance, temp_cell) -> np.ndarray:
        """Maximum power, W."""
        return self.curve(irradiance, temp_cell)["p_mp"]

    @property
    def nameplate_w(self) -> float:
        """What is printed on it, W."""
        return round(float(self.power(1000.0, 25.0)) / (1 + self.above_nameplate), 1)

    def iam(self, aoi):
        """Share of the beam that passes the glass."""
        if not self.glass:
            return pvlib.iam.physical(aoi, n_ar=1.29)
        angles, factors = zip(*((0.0, 1.0), *self.glass, (90.0, 0.0)), strict=True)
        return np.interp(aoi, angles, factors)

    def write(self, path: Path, *, lid_percent: float | None = None) -> Path:
        """A .PAN file in PVsyst's layout."""
        at = self.curve(1000.0, 25.0)
        mu = 4 * (float(self.power(1000.0, 50.0)) / float(self.power(1000.0, 25.0)) - 1)
        lines = [
            "PVObject_=pvModule", f"  Version={self.version}", "  Flags=$00100043", "",
            "  PVObject_Commercial=pvCommercial", "    Manufacturer=Laboratory", f"    Model=L{self.nameplate_w:.0f}",
            f"    Width={self.width:.3f}", f"    Height={self.height:.3f}", "    Remarks, Count=2",
            "      Str_1=Frame: aluminium", "      Str_2", "    End of Remarks", "  End of PVObject pvCommercial", "",
            "  Technol=mtSiMono", f"  NCelS={self.cells}", f"  NCelP={self.parallel}", "  NDiode=3", "  GRef=1000",
            "  TRef=25.0", f"  PNom={self.nameplate_w:.1f}", f"  Isc={self.i_sc:.3f}", f"  Voc={self.v_oc:.2f}",
            f"  Imp={float(at['i_mp']):.3f}", f"  Vmp={float(at['v_mp']):.2f}", f"  muISC={self.mu_isc:.2f}",
            f"  muVocSpec={-2.9 * self.v_oc:.1f}", f"  muPmpReq={mu:.3f}", f"  RShunt={self.r_sh:g}",
            f"  Rp_0={self.r_sh_0:g}", f"  Rp_Exp={self.r_sh_exp:.2f}", f"  RSerie={self.r_s:.3f}",
            f"  Gamma={self.gamma:.3f}", f"  muGamma={self.mu_gamma:.4f}", "  VMaxIEC=1000", "  Absorb=0.90",
        ]  # fmt: skip
        lines += [f"  LIDLoss={lid_percent:.1f}"] if lid_percent is not None else []
        if self.glass:
            points = [*self.glass, (90.0, 0.0)]
            lines += ["", "  PVObject_IAM=pvIAM", "    Flags=$00", "    IAMMode=UserProfile"]
            lines += ["    IAMProfile=TCubicProfile", f"      NPtsMax={len(points)}", f"      NPtsEff={len(points)}"]
            lines += [f"      Point_{i}={a:.1f},{f:.5f}" for i, (a, f) in enumerate(points, 1)]
            lines += ["    End of TCubicProfile", "  End of PVObject pvIAM"]
        path.write_text("\r\n".join([*lines, "End of PVObject pvModule", ""]), encoding="latin-1", newline="")
        return path


def sky(year: int = 2021, seed: int = 1) -> pd.DataFrame:
    """Ten-minute means by the start of their interval: ``ghi``, ``dhi``, ``dni``, air, wind, and the sun in its middle.

    A high, dry, sunny place: clear days, days with passing clouds, dull days.
    """
    times = pd.date_range(f"{year}", f"{year + 1}", freq=f"{STEP_MIN}min", inclusive="left", tz=ZONE)
    sun = pvlib.solarposition.get_solarposition(
        times + pd.Timedelta(minutes=STEP_MIN / 2), LATITUDE, LONGITUDE, ALTITUDE
    )
    zenith = sun["apparent_zenith"].to_numpy()
    airmass = pvlib.atmosphere.get_relative_airmass(np.minimum(zenith, 90.0))
    absolute = pvlib.atmosphere.get_absolute_airmass(airmass, pvlib.atmosphere.alt2pres(ALTITUDE))
    extra = pvlib.irradiance.get_extra_radiation(times).to_numpy()
    of_year, rows = times.day_of_year.to_numpy(), len(times)
    turbidity = 2.6 + 0.8 * np.sin(2 * np.pi * (of_year - 100) / 365)
    with np.errstate(divide="ignore", invalid="ignore"):  # of the night
        clear = pvlib.clearsky.ineichen(zenith, absolute, turbidity, ALTITUDE, extra)
    clear = {key: np.nan_to_num(value) for key, value in clear.items()}

    rng = np.random.default_rng(seed)
    day = np.arange(rows) * STEP_MIN // 1440
    clouds = rng.beta(0.5, 1.1, day[-1] + 1)[day]
    stay = np.exp(-STEP_MIN / 25)
    edges = lfilter([np.sqrt(1 - stay**2)], [1, -stay], rng.standard_normal(rows))
    index = np.clip(1 - 0.75 * clouds + 0.5 * np.sqrt(clouds * (1 - clouds)) * edges, 0.08, 1.08)
    height, up = np.maximum(np.cos(np.radians(zenith)), 0), zenith < 90
    dni = np.where(up, clear["dni"] * np.clip((index - 0.35) / 0.62, 0, 1.03) ** 1.2, 0.0)
    dhi = np.where(up, np.maximum(clear["ghi"] * index - dni * height, 0.9 * clear["dhi"]), 0.0)
    hour = np.arange(rows) * STEP_MIN / 60 % 24
    air = 14 + 11 * np.sin(2 * np.pi * (of_year - 110) / 365) + 7 * np.sin(2 * np.pi * (hour - 9) / 24) - 3 * clouds
    wind = 2.8 + 1.3 * np.sin(2 * np.pi * (hour - 9) / 24) + lfilter([0.25], [1, -0.98], rng.standard_normal(rows))
    return pd.DataFrame(
        {
            "ghi": dhi + dni * height, "dhi": dhi, "dni": dni, "temp_air": air, "wind_speed": np.clip(wind, 0.2, 15),
            "zenith": zenith, "azimuth": sun["azimuth"].to_numpy(), "extra": extra, "airmass": airmass,
            "absolute": np.nan_to_num(absolute, nan=10.0),
        },
        index=times,
    )  # fmt: skip


def array(weather: pd.DataFrame, module: Lab) -> pd.DataFrame:
    """Hourly means stamped at their end, as loggers do: the weather, ``poa``, ``tmod`` (C) and ``pdc`` (W)."""
    aoi = pvlib.irradiance.aoi(TILT, AZIMUTH, weather["zenith"], weather["azimuth"]).to_numpy()
    light = pvlib.irradiance.get_total_irradiance(
        TILT, AZIMUTH, weather["zenith"], weather["azimuth"], weather["dni"], weather["ghi"], weather["dhi"],
        dni_extra=weather["extra"], airmass=weather["airmass"], albedo=ALBEDO, model="perez-driesse",
    ).fillna(0.0)  # fmt: skip
    sky_iam, ground_iam = (pvlib.iam.marion_integrate(module.iam, TILT, region) for region in ("sky", "ground"))
    effective = (
        light["poa_direct"] * module.iam(aoi)
        + light["poa_sky_diffuse"] * sky_iam
        + light["poa_ground_diffuse"] * ground_iam
    ).to_numpy()
    effective = (
        effective * (1 - SOILING) * (1 + SPECTRAL * np.clip((weather["absolute"].to_numpy() - 1.5) / 1.5, -1, 1))
    )
    poa = light["poa_global"].to_numpy()
    back = pvlib.temperature.faiman(poa, weather["temp_air"].to_numpy(), weather["wind_speed"].to_numpy(), U0, U1)
    power, lit = np.zeros(len(poa)), effective > 0.5
    power[lit] = module.power(effective[lit], (back + RISE * poa / 1000)[lit])
    found = weather[["ghi", "dhi", "dni", "temp_air", "wind_speed"]].assign(
        poa=poa, tmod=back, pdc=power * MODULES * (1 - MISMATCH)
    )
    hourly = found.resample("60min").mean()
    return hourly.set_axis(hourly.index + pd.Timedelta("60min"))


def write_csv(path: Path, hourly: pd.DataFrame) -> Path:
    """A logger's file with the columns of ``hourly``; what is NaN is an empty cell."""
    table = hourly.set_axis([stamp.strftime("%Y-%m-%dT%H:%M:%S") + OFFSET for stamp in hourly.index])
    table.to_csv(path, index_label="time", float_format="%.4f", encoding="utf-8")
    return path
