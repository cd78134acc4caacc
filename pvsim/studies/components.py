"""Files of modules and inverters: PVsyst's .PAN and .OND, and matrices of IEC 61853-1.

They are read as text with pvlib's parser; what comes out is numbers in pvlib's units with the keys of the file in
the messages.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pvlib.iotools import read_panond

from pvsim.errors import PvsimError
from pvsim.physics import dc, fit
from pvsim.physics.irradiance import Glass

Array = NDArray[np.float64]

MAX_BYTES = 2_000_000  # such files have 2 to 20 kB
AGREES, ODD = (
    0.05,
    0.01,
)  # the diode against the file's own maximum power: a contradiction beyond 5 %, a note beyond 1 %
RP_0_OF_RSHUNT, RP_EXP = 4.0, 5.5  # PVsyst's defaults for crystalline silicon where a file leaves them out
# Band gaps, eV: silicon is pvlib's default; with 1.5 a CdTe file's power falls with temperature as it states itself.
SILICON, BAND_GAP = 1.121, {"mtCdTe": 1.5, "mtCIS": 1.03}
GAMMA_ODD = 0.02  # %/C between the diode's power coefficient and the file's own: worth a note
STRAIGHT, STEEPEST = 10.0, 60.0  # degrees: up to the first the glass lets all pass; a profile ends behind the second
V_BUILT_IN = 0.9  # of a thin-film junction, V (pvlib.singlediode.bishop88)
LEAST_W, MOST_W = 1.0, 1500.0  # power of one module
MATRIX_COLUMNS = ("irradiance", "temp_cell", "p_mp")
CURVE_COLUMNS = ("i_sc", "v_oc", "i_mp", "v_mp")


@dataclass(frozen=True)
class Pan:
    """A module as PVsyst describes it.

    ``parameters`` are those of pvlib's PVsyst diode, ``glass`` the measured incidence profile or the name of its model.
    """

    title: str
    power_w: float
    area_m2: float | None
    parameters: Mapping[str, float]
    glass: Glass | None
    gamma_percent_per_c: float | None
    lid_percent: float | None
    v_oc: float
    v_mp: float
    beta_voc_v_per_c: float
    notes: tuple[str, ...]
    long_side_m: float | None = None


@dataclass(frozen=True)
class Ond:
    """An inverter as PVsyst describes it; ``parameters`` are those of Sandia's model fitted to its curves."""

    title: str
    rated_w: float
    parameters: Mapping[str, float]
    vdc_max_v: float | None
    mppt_low_v: float | None
    mppt_high_v: float | None
    notes: tuple[str, ...]


# --- text and keys -------------------------------------------------------------------------------------------


def _text_of(path: Path, what: str) -> bytes:
    """The bytes of a regular file that is not too large."""
    try:
        if not path.is_file():
            raise PvsimError(f"{path.name}: no such file; {what} lies beside the scenario")
        if path.stat().st_size > MAX_BYTES:
            raise PvsimError(f"{path.name}: {path.stat().st_size:,} bytes; {what} has at most {MAX_BYTES:,}")
        return path.read_bytes()
    except OSError as error:
        raise PvsimError(f"{path.name}: cannot be read ({error.strerror or error})") from None


def _panond(path: Path, kind: str, what: str) -> dict[str, Any]:
    """The keys of a PVsyst file, flat and in lower case; the first of a name counts."""
    raw = _text_of(path, what)
    if b"PVObject_" not in raw and "PVObject_".encode("utf-16-le") not in raw:
        binary = b"\0" in raw[:1000]
        why = "is binary, as before PVsyst 6: save it there again" if binary else f"has no PVObject_={kind}"
        raise PvsimError(f"{path.name}: {why}; needed is {what} as text")
    encoding = _encoding(raw)
    if kind.casefold() not in raw.decode(encoding, "replace").split("\n", 1)[0].casefold():
        raise PvsimError(f"{path.name}: its first line is not PVObject_={kind}; needed is {what}")
    flat: dict[str, Any] = {}
    try:
        tree = read_panond(path, encoding=encoding)
    except (IndexError, ValueError, RecursionError):  # ValueError: bytes that are no text of this encoding
        raise PvsimError(f"{path.name}: not readable; {what} is text, indented by two blanks a level") from None
    for key, value in _flat(tree):
        flat.setdefault(key.casefold(), value)
    return flat


def _encoding(raw: bytes) -> str:
    """By its mark, else UTF-8 where it is that, else Latin-1, which takes all bytes."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8-sig"


def _flat(tree: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        yield key, value
        if isinstance(value, dict) and not key.startswith(("Profil", "IAMProfile")):
            yield from _flat(value)


class _Keys:
    """Numbers of a file by key, with messages that name both."""

    def __init__(self, path: Path, found: Mapping[str, Any]) -> None:
        self.path, self.found = path, found

    def get(self, *keys: str) -> float | None:
        """The first of these keys that is there; None if none is."""
        for key in keys:
            value = self.found.get(key.casefold())
            if isinstance(value, str) and re.fullmatch(r"[-+]?\d+([eE][-+]?\d+)?", value.strip()):
                value = float(value)
            if isinstance(value, int | float):
                # a number of hundreds of digits is none that a float holds
                return float(value) if abs(value) < 1e300 else np.inf
        return None

    def maybe(self, *keys: str, low: float, high: float) -> float | None:
        """A number that may be missing, within bounds where it is there."""
        return None if self.get(*keys) is None else self.need(*keys, low=low, high=high)

    def need(self, *keys: str, low: float, high: float) -> float:
        """A number that must be there, within bounds."""
        value = self.get(*keys)
        if value is None:
            raise PvsimError(f"{self.path.name}: {keys[0]} is missing or no number; the file needs it")
        if not low <= value <= high:
            raise PvsimError(f"{self.path.name}: {keys[0]} = {value:g} is not from {low:g} to {high:g}")
        return value

    def text(self, key: str) -> str:
        """A text, "" where it is missing."""
        value = self.found.get(key.casefold())
        return "" if value is None or isinstance(value, dict) else str(value).strip()


# --- .PAN ----------------------------------------------------------------------------------------------------


def read_pan(path: Path) -> Pan:
    """Read a PVsyst module file.

    Raises
    ------
    PvsimError
        When it is none, lacks a value, or contradicts itself; with the file's key.
    """
    keys = _Keys(path, _panond(path, "pvModule", "a PVsyst module file (.PAN)"))
    power = keys.need("PNom", low=1, high=1500)
    v_oc, v_mp = keys.need("Voc", low=0.3, high=1000), keys.need("Vmp", "Vmpp", low=0.2, high=1000)
    i_sc, i_mp = keys.need("Isc", low=0.05, high=100), keys.need("Imp", "Impp", low=0.05, high=100)
    cells = keys.need("NCelS", low=1, high=1000)
    if not (v_mp < v_oc and i_mp < i_sc):
        raise PvsimError(
            f"{path.name}: Vmp {v_mp:g} V below Voc {v_oc:g} V and Imp {i_mp:g} A below Isc {i_sc:g} A are needed"
        )
    parameters = _pvsyst_diode(keys, v_oc, i_sc, cells)
    stc = _stc_power(parameters)
    notes = []
    for name, stated in (("Vmp x Imp", v_mp * i_mp), ("PNom", power)):
        off = stc / stated - 1
        # a nameplate may be far from a module that a laboratory measured: its diode is what counts
        if abs(off) > (AGREES if name != "PNom" else 4 * AGREES):
            raise PvsimError(
                f"{path.name}: its diode gives {stc:.1f} W at STC, its {name} is {stated:.1f} W; they agree within 5 %"
            )
        if abs(off) > ODD:
            notes.append(f"{path.name}: its diode gives {100 * off:+.1f} % at STC against its {name} of {stated:.1f} W")
    gamma, own = keys.maybe("muPmpReq", "muPmp", low=-2, high=0.5), _gamma_percent(parameters, stc)
    if gamma is not None and abs(own - gamma) > GAMMA_ODD:
        notes.append(f"{path.name}: its diode's power changes by {own:.3f} %/C, its muPmpReq is {gamma:.3f}")
    width, height = (keys.maybe(side, low=0.05, high=5) for side in ("Width", "Height"))
    sides = (width, height) if width and height and 0.1 < width * height < 5 else None
    return Pan(
        " ".join(filter(None, (keys.text("Manufacturer"), keys.text("Model")))) or path.name,
        power,
        None if sides is None else sides[0] * sides[1],
        parameters,
        _glass(path, keys.found),
        gamma,
        keys.maybe("LIDLoss", low=0, high=10),
        v_oc,
        v_mp,
        (keys.maybe("muVocSpec", low=-5000, high=0) or -0.0027e3 * v_oc) / 1000,
        tuple(notes),
        None if sides is None else max(sides),
    )


def _pvsyst_diode(keys: _Keys, v_oc: float, i_sc: float, cells: float) -> dict[str, float]:
    """The parameters of pvlib's PVsyst diode, two currents of them solved from open and short circuit."""
    ideality, r_s = keys.need("Gamma", low=0.2, high=5), keys.need("RSerie", low=0, high=50)
    r_sh = keys.need("RShunt", low=1, high=1e7)
    temp_ref, irrad_ref = keys.get("TRef"), keys.get("GRef")
    if temp_ref not in (None, 25.0) or irrad_ref not in (None, 1000.0):
        raise PvsimError(
            f"{keys.path.name}: reference GRef {irrad_ref} W/m2 and TRef {temp_ref} C; 1000 and 25 are needed"
        )
    d2mutau = keys.maybe("D2MuTau", low=0, high=20) or 0.0
    ns_vbi = cells * V_BUILT_IN if d2mutau > 0 else np.inf
    with np.errstate(over="ignore", invalid="ignore"):
        light, saturation = fit.pvsyst_currents(
            v_oc, i_sc, fit.thermal_voltage(ideality, cells), r_s, r_sh, d2mutau, ns_vbi
        )
    if not (0 < light < 1000 and 0 < saturation < 1):
        raise PvsimError(
            f"{keys.path.name}: Voc, Isc, RSerie, RShunt and Gamma belong to no diode (a current is negative)"
        )
    return {
        "alpha_sc": (keys.maybe("muISC", low=-200, high=500) or 0.0) / 1000,
        "gamma_ref": ideality,
        "mu_gamma": keys.maybe("muGamma", low=-0.1, high=0.1) or 0.0,
        "I_L_ref": light,
        "I_o_ref": saturation,
        "R_sh_ref": r_sh,
        "R_sh_0": keys.maybe("Rp_0", low=r_sh, high=1e8) or RP_0_OF_RSHUNT * r_sh,
        "R_s": r_s,
        "cells_in_series": cells,
        "R_sh_exp": keys.maybe("Rp_Exp", low=0.1, high=50) or RP_EXP,
        "EgRef": next((gap for name, gap in BAND_GAP.items() if keys.text("Technol").startswith(name)), SILICON),
        "d2mutau": d2mutau,
        "NsVbi": ns_vbi,
    }


def _stc_power(parameters: Mapping[str, float]) -> float:
    return dc.stc_power_w("pvsyst", {**parameters, "modules": 1.0})


def _gamma_percent(parameters: Mapping[str, float], stc_w: float) -> float:
    """Change of the diode's maximum power between 25 and 50 degrees C, %/C of that at STC."""
    columns = {key: np.array([[value]]) for key, value in parameters.items()} | {"modules": np.ones((1, 1))}
    hot = dc.MODULE["pvsyst"](np.array([[1000.0]]), np.array([[50.0]]), **columns).power
    return 100 * (float(hot[0, 0]) / stc_w - 1) / 25


def _glass(path: Path, found: Mapping[str, Any]) -> Glass | None:
    """The incidence profile of the file, if it has one of its own; else plain glass, where it says so."""
    profile = found.get("iamprofile")
    if not isinstance(profile, dict):
        return "physical" if found.get("frontsurface") == "fsNormalGlass" else None
    points = sorted(_points(profile))
    if len(points) < 2:
        return None
    angles, factors = zip(*points, strict=True)
    if len(set(angles)) < len(angles) or not (
        angles[0] >= 0 and angles[-1] <= 90 and min(factors) >= 0 and max(factors) <= 1.2
    ):
        raise PvsimError(
            f"{path.name}: the points of IAMProfile are angles from 0 to 90 with factors from 0 to 1.2, each once"
        )
    if angles[-1] < STEEPEST or any(angle <= STRAIGHT and abs(factor - 1) > 0.05 for angle, factor in points):
        raise PvsimError(
            f"{path.name}: IAMProfile reaches from about 1 at normal incidence to at least {STEEPEST:g}, in degrees"
        )
    if angles[0] > 0:
        points.insert(0, (0.0, 1.0))
    if angles[-1] < 90:
        points.append((90.0, 0.0))
    return tuple(points)


def _points(profile: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    """The pairs of a profile; PVsyst fills it up with zeros."""
    for key, value in profile.items():
        if key.startswith("Point_") and isinstance(value, list) and len(value) >= 2:
            first, second = value[0], value[1]
            if isinstance(first, int | float) and isinstance(second, int | float) and (first, second) != (0, 0):
                yield float(first), float(second)


# --- .OND ----------------------------------------------------------------------------------------------------


def read_ond(path: Path) -> Ond:
    """Read a PVsyst inverter file.

    Raises
    ------
    PvsimError
        When it is none, lacks a value, or its curves are none.
    """
    keys = _Keys(path, _panond(path, "pvGInverter", "a PVsyst inverter file (.OND)"))
    rated = 1000 * keys.need("PNomConv", low=0.05, high=1e5)
    limit = max(rated, 1000 * (keys.maybe("PMaxOUT", low=0, high=1e5) or 0.0))
    low, high = (keys.maybe(end, low=1, high=5000) for end in ("VMppMin", "VMPPMax"))
    most = keys.maybe("VAbsMax", low=1, high=5000)
    if (low and high and low >= high) or (high and most and high > most):
        raise PvsimError(
            f"{path.name}: VMppMin {low} V below VMPPMax {high} V, and that at most VAbsMax {most} V, are needed"
        )
    curves = _curves(path, keys, low, high)
    largest = max(float(c.power_out_w.max()) for c in curves)
    if not 0.3 < largest / limit < 3:
        raise PvsimError(f"{path.name}: its curves end at {largest:g} W, its PNomConv is {rated / 1000:g} kW")
    night = keys.maybe("Night_Loss", low=0, high=1e4) or 0.0
    try:
        with np.errstate(all="ignore"):
            parameters, worst = fit.sandia_from_curves(curves, limit, night)
    except (ValueError, TypeError, np.linalg.LinAlgError):
        raise PvsimError(f"{path.name}: Sandia's model cannot be fitted to its efficiency curves") from None
    if not (np.isfinite(list(parameters.values())).all() and parameters["Pdco"] > limit and worst < 0.05):
        raise PvsimError(
            f"{path.name}: Sandia's model does not follow its efficiency curves; check the points of ProfilPIO"
        )
    notes = (
        (f"{path.name}: Sandia's model is up to {100 * worst:.1f} points off its efficiency curves",)
        if worst > 0.005
        else ()
    )
    title = " ".join(filter(None, (keys.text("Manufacturer"), keys.text("Model")))) or path.name
    return Ond(title, rated, parameters, most, low, high, notes)


def _curves(path: Path, keys: _Keys, low: float | None, high: float | None) -> list[fit.Curve]:
    """Efficiency at three voltages; a file with one curve has it at all."""
    found = [_curve(keys.found.get(f"profilpiov{i}")) for i in (1, 2, 3)]
    voltages = keys.found.get("vnomeff")
    if all(c is not None for c in found) and isinstance(voltages, list):
        at = [float(v) for v in voltages[:3] if isinstance(v, int | float)]
        if len(at) == 3 and not (at[0] >= 1 and at[2] <= 5000 and min(np.diff(at)) >= 1):
            raise PvsimError(f"{path.name}: VNomEff {at} V; three voltages from 1 to 5000, rising, are needed")
        if len(at) == 3:
            return [fit.Curve(v, *c) for v, c in zip(at, found, strict=True) if c is not None]
    one = _curve(keys.found.get("profilpio"))
    if one is None or low is None or high is None or not low < high:
        raise PvsimError(
            f"{path.name}: needed are ProfilPIOV1 to V3 with VNomEff, or ProfilPIO with VMppMin and VMPPMax"
        )
    middle = keys.get("VmppNom")
    middle = middle if middle is not None and low < middle < high else (low + high) / 2
    return [fit.Curve(v, *one) for v in (low, middle, high)]


def _curve(profile: Any) -> tuple[Array, Array] | None:
    """Power in and out of a profile, W, rising; None where it has too few points."""
    pairs = sorted(p for p in _points(profile) if p[1] > 0) if isinstance(profile, dict) else []
    if len(pairs) < 4 or any(not 0.3 * taken < given <= taken for taken, given in pairs):
        return None
    taken, given = (np.array(side) for side in zip(*pairs, strict=True))
    return taken, given


# --- IEC 61853-1 ---------------------------------------------------------------------------------------------


def read_matrix(path: Path, *, with_curves: bool) -> dict[str, Array]:
    """Read a matrix: a CSV with a header, W/m2, degrees C, W, and with ``with_curves`` also A and V.

    Raises
    ------
    PvsimError
        With the line, for what is not such a table.
    """
    wanted = MATRIX_COLUMNS + (CURVE_COLUMNS if with_curves else ())
    text = _text_of(path, "a matrix (CSV)").decode("utf-8-sig", "replace")
    numbered = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")]
    try:
        rows = list(csv.reader(io.StringIO("\n".join(line for _, line in numbered)), strict=True))
    except csv.Error as error:
        raise PvsimError(f"{path.name}: not readable as CSV ({error})") from None
    if len(rows) != len(numbered):
        raise PvsimError(f"{path.name}: a cell runs over several lines; needed is a row a line")
    header = [cell.strip() for cell in rows[0]] if rows else []
    missing = [name for name in wanted if name not in header]
    if missing:
        raise PvsimError(f"{path.name}: the header lacks {', '.join(missing)}; needed are {', '.join(wanted)}")
    table = []
    for (line, _), cells in zip(numbered[1:], rows[1:], strict=True):
        try:
            table.append([float(cells[header.index(name)]) for name in wanted])
        except (ValueError, IndexError):
            raise PvsimError(
                f"{path.name}:{line}: found {','.join(cells)[:80]!r}; needed are numbers for {', '.join(wanted)}"
            ) from None
    found = {
        name: np.array(column) for name, column in zip(wanted, np.array(table).reshape(-1, len(wanted)).T, strict=True)
    }
    _judge_matrix(path, found)
    return found


def _judge_matrix(path: Path, found: Mapping[str, Array]) -> None:
    """Refuse a matrix that cannot be fitted: too small, without STC, or in other units."""
    light, cells, power = (found[name] for name in MATRIX_COLUMNS)
    if light.size < 6 or np.unique(light).size < 3 or np.unique(cells).size < 2:
        raise PvsimError(f"{path.name}: {light.size} rows; needed are 6 or more, of 3 irradiances and 2 temperatures")
    if not ((light > 0) & (light <= 1500) & (cells > -60) & (cells < 120) & (power > 0)).all():
        raise PvsimError(f"{path.name}: irradiance is above 0 to 1500 W/m2, temp_cell -60 to 120 C and p_mp above 0 W")
    if not ((light == 1000) & (np.abs(cells - 25) <= 1)).any():
        raise PvsimError(f"{path.name}: no row at 1000 W/m2 and 25 C, the standard test conditions")
    at_stc = (light == 1000) & (np.abs(cells - 25) <= 1)
    if at_stc.sum() > 1:
        raise PvsimError(f"{path.name}: {int(at_stc.sum())} rows at 1000 W/m2 and 25 C; one is needed")
    if not LEAST_W <= power[at_stc][0] <= MOST_W:
        raise PvsimError(
            f"{path.name}: p_mp of {power[at_stc][0]:g} W at STC; {LEAST_W:g} to {MOST_W:g}: is p_mp in W?"
        )
    relative = power / light / (power / light)[at_stc][0]
    if not ((relative > 0.5) & (relative < 1.5)).all():
        raise PvsimError(f"{path.name}: p_mp / irradiance leaves 0.5 to 1.5 of its value at STC; is p_mp in W?")
    if "i_sc" in found:
        _judge_curves(path, found)


def _judge_curves(path: Path, found: Mapping[str, Array]) -> None:
    """Currents and voltages of one module, and as many temperatures as a fit of their coefficients needs."""
    i_sc, v_oc, i_mp, v_mp = (found[name] for name in CURVE_COLUMNS)
    light, power = found["irradiance"], found["p_mp"]
    ordered = (i_mp > 0) & (i_mp < i_sc) & (i_sc < 100) & (v_mp > 0) & (v_mp < v_oc) & (v_oc < 1000)
    if not ordered.all() or np.abs(i_mp * v_mp / power - 1).max() > 0.03:
        raise PvsimError(
            f"{path.name}: 0 < i_mp < i_sc < 100 A, 0 < v_mp < v_oc < 1000 V and p_mp = i_mp x v_mp are needed"
        )
    if np.unique(found["temp_cell"][light == 1000]).size < 2:
        raise PvsimError(f"{path.name}: at 1000 W/m2 there is one temperature; its coefficients need two")
