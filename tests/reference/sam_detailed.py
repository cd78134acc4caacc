"""A third independent witness: SAM's detailed photovoltaic model, Pvsamv1, with a module and an inverter by name.

It shares no code with the package, nor with pvlib. Module and inverter are rows of the CEC's tables as pvlib ships
them, handed over number by number; SAM's C++ library computes sun, sky, cover, cell temperature, single-diode module
and Sandia inverter.

What is built in (ssc, ``cmod_pvsamv1.cpp``, ``lib_cec6par.cpp``, ``lib_pv_incidence_modifier.cpp``), so that a caller
can ask the package for the nearest:

- Perez 1990 with the albedo given; no shading, no self-shading, no losses anywhere;
- cover: DeSoto's glass **without** a coating (n = 1.526) on beam, and at one equivalent angle each on sky and ground:
  nearest to it is ``iam = "physical"``;
- DeSoto's spectral factor by air mass (0.98 at 1, 1.00 at 1.5, 1.02 at 3), which cannot be switched off;
- cell temperature by the module's NOCT (``cec_temp_corr_mode`` 0) on an open rack of a low building: (NOCT - 20) at
  800 W/m2, less what the module turns into electricity, times 9.5 / (5.7 + 3.8 x 0.51 x wind). Nearest to it in pvlib
  is ``noct_sam``, in the package ``faiman``. Or a series of temperatures that is given;
- module: De Soto's five parameters with the CEC's correction of the current's temperature coefficient (``Adjust``);
- inverter: Sandia's model with night consumption; modules are held inside the inverter's voltage window, which moves
  them off their maximum power point where that lies outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from reference.sam import _rolled, _solar_resource, _whole_hours

PEREZ, BEAM_AND_DIFFUSE, FIXED = 2, 0, 0
CEC_MODULE, CEC_INVERTER = 1, 0
NOCT, OPEN_RACK, LOW_BUILDING = 0, 6, 0  # cec_temp_corr_mode, cec_standoff, cec_height
_NO_ROW_SHADING = 0.01

_LOSSES = (
    *("mismatch_loss", "diodeconn_loss", "dcwiring_loss", "tracking_loss", "nameplate_loss", "rack_shading"),
    *("electrical_mismatch", "rear_soiling_loss"),
)
_MODULE = {
    "cec_area": "A_c",
    "cec_a_ref": "a_ref",
    "cec_adjust": "Adjust",
    "cec_alpha_sc": "alpha_sc",
    "cec_beta_oc": "beta_oc",
    "cec_i_l_ref": "I_L_ref",
    "cec_i_mp_ref": "I_mp_ref",
    "cec_i_o_ref": "I_o_ref",
    "cec_i_sc_ref": "I_sc_ref",
    "cec_n_s": "N_s",
    "cec_r_s": "R_s",
    "cec_r_sh_ref": "R_sh_ref",
    "cec_t_noct": "T_NOCT",
    "cec_v_mp_ref": "V_mp_ref",
    "cec_v_oc_ref": "V_oc_ref",
}
_INVERTER = {
    f"inv_snl_{theirs}": ours
    for theirs, ours in {
        "c0": "C0", "c1": "C1", "c2": "C2", "c3": "C3", "paco": "Paco", "pdco": "Pdco", "pnt": "Pnt", "pso": "Pso",
        "vdcmax": "Vdcmax", "vdco": "Vdco",
    }.items()
}  # fmt: skip
_ASKED_BUT_UNUSED = {  # back side of a module without one; thermal mass, which hours do not need
    "cec_is_bifacial": 0,
    "cec_bifaciality": 0,
    "cec_bifacial_transmission_factor": 0,
    "cec_bifacial_ground_clearance_height": 1,
    "cec_transient_thermal_model_unit_mass": 11.0,
}


class Rows(NamedTuple):
    """SAM's self-shading: ``mode`` STANDARD (cells behind a diode, crystalline) or LINEAR (thin film)."""

    ground_coverage_ratio: float
    mode: int
    modules_up: int = 1
    modules_along: int = 15
    landscape: bool = False


STANDARD, LINEAR = 1, 2


class Plane(NamedTuple):
    """Strings of one plane; ``temp_cell`` (8760,) degrees C takes the place of SAM's own where given."""

    surface_tilt: float
    surface_azimuth: float
    modules_in_series: int
    strings: int
    temp_cell: Sequence[float] | None = None
    rows: Rows | None = None


def run(
    weather: pd.DataFrame,
    planes: Sequence[Plane],
    *,
    place: Mapping[str, float],
    module: Mapping[str, float],
    inverter: Mapping[str, float],
    albedo: float,
    sun_offset_minutes: float = 30.0,
) -> pd.DataFrame:
    """Hours of one or two planes on one inverter.

    Parameters
    ----------
    weather : 8760 hourly means with the columns ``ghi dni dhi temp_air wind_speed`` and an index of their
        starts on the local clock
    place : ``latitude``, ``longitude``, ``altitude`` and ``utc_offset_hours``
    module, inverter : rows of ``pvlib.pvsystem.retrieve_sam("CECMod")`` and ``("CECInverter")``
    sun_offset_minutes : where the sun of the rows stands, counted from their start, 0 to 60

    Returns
    -------
    ``p_dc_kw``, ``p_ac_kw`` of all (negative at night by the inverter's consumption), and of each plane n = 1, 2:
    ``poa_n`` (W/m2), ``cover_n`` (the share that the cover lets pass), ``temp_cell_n``, ``v_dc_n`` of a string and
    ``i_sc_n`` of a module
    """
    import PySAM.Pvsamv1

    model = PySAM.Pvsamv1.new()
    hours = _whole_hours(sun_offset_minutes)
    sky = model.SolarResource
    sky.solar_resource_data = _solar_resource(weather, place, sun_offset_minutes)
    sky.sky_model, sky.irrad_mode, sky.use_spatial_albedos = PEREZ, BEAM_AND_DIFFUSE, 0
    sky.use_wf_albedo, sky.albedo = 0, (albedo,) * 12
    _equip(model, module, inverter)
    capacity = sum(p.modules_in_series * p.strings for p in planes) * module["I_mp_ref"] * module["V_mp_ref"] / 1000
    model.SystemDesign.system_capacity, model.SystemDesign.inverter_count = capacity, 1
    model.Inverter.inv_num_mppt = len(planes)
    for number in (1, 2, 3, 4):
        _lay(model, number, planes[number - 1] if number <= len(planes) else None, hours)
    _without_losses(model)
    model.execute()
    return _rolled(_hours(model, len(planes)), -hours)


def _equip(model, module: Mapping[str, float], inverter: Mapping[str, float]) -> None:
    model.Module.module_model = CEC_MODULE
    cec = model.CECPerformanceModelWithModuleDatabase
    for theirs, ours in _MODULE.items():
        setattr(cec, theirs, float(module[ours]))
    cec.cec_temp_corr_mode, cec.cec_standoff, cec.cec_height = NOCT, OPEN_RACK, LOW_BUILDING
    for name, value in _ASKED_BUT_UNUSED.items():
        setattr(cec, name, value)
    model.Inverter.inverter_model = CEC_INVERTER
    for theirs, ours in _INVERTER.items():
        setattr(model.InverterCECDatabase, theirs, float(inverter[ours]))
    model.InverterCECDatabase.inv_tdc_cec_db = ((1, 52.8, 0.0),)  # no derating by heat
    model.Inverter.mppt_low_inverter = float(inverter["Mppt_low"])
    model.Inverter.mppt_hi_inverter = float(inverter["Mppt_high"])
    model.Inverter.inv_snl_eff_cec = 100  # asked for, and used for an output only


def _lay(model, number: int, plane: Plane | None, hours: int) -> None:
    def put(group, name: str, value: object) -> None:
        setattr(group, f"subarray{number}_{name}", value)

    design = model.SystemDesign
    if number > 1:
        put(design, "enable", int(plane is not None))
    if plane is None:
        return
    put(design, "tilt", plane.surface_tilt)
    put(design, "azimuth", plane.surface_azimuth)
    put(design, "modules_per_string", plane.modules_in_series)
    put(design, "nstrings", plane.strings)
    put(design, "mppt_input", number)
    put(design, "gcr", _NO_ROW_SHADING if plane.rows is None else plane.rows.ground_coverage_ratio)
    put(design, "track_mode", FIXED)
    for name in ("tilt_eq_lat", "backtrack", "slope_tilt", "slope_azm", "rotlim", "use_custom_rot_angles"):
        put(design, name, 0)
    put(design, "use_custom_cell_temp", int(plane.temp_cell is not None))
    if plane.temp_cell is not None:
        cells = pd.DataFrame({"temp_cell": list(plane.temp_cell)})
        put(design, "custom_cell_temp_array", _rolled(cells, hours)["temp_cell"].tolist())
    put(model.Shading, "shade_mode", 0 if plane.rows is None else plane.rows.mode)
    for name in ("en_string_option", "en_timestep", "en_mxh", "en_azal", "en_diff"):
        put(model.Shading, f"shading_{name}", 0)
    laid = {"mod_orient": 0, "nmodx": 1, "nmody": 1}
    if plane.rows is not None:
        laid = {
            "mod_orient": int(plane.rows.landscape), "nmodx": plane.rows.modules_along, "nmody": plane.rows.modules_up,
        }  # fmt: skip
    for name, value in laid.items():
        put(model.Layout, name, value)
    put(model.Losses, "soiling", (0.0,) * 12)
    for name in _LOSSES:
        put(model.Losses, name, 0)


def _without_losses(model) -> None:
    losses = model.Losses
    losses.acwiring_loss = losses.transmission_loss = losses.dcoptimizer_loss = 0
    losses.transformer_load_loss = losses.transformer_no_load_loss = 0
    losses.en_snow_model = losses.calculate_rack_shading = losses.calculate_bifacial_electrical_mismatch = 0
    model.Layout.module_aspect_ratio = 1.7
    model.SystemDesign.enable_mismatch_vmax_calc = 0
    model.Lifetime.system_use_lifetime_output, model.Lifetime.analysis_period = 0, 1
    adjust = model.AdjustmentFactors
    adjust.adjust_constant = adjust.dc_adjust_constant = 0


def _hours(model, planes: int) -> pd.DataFrame:
    found = model.Outputs
    columns = {"p_dc_kw": found.dc_net, "p_ac_kw": found.gen}
    for n in range(1, planes + 1):
        columns |= {
            f"poa_{n}": getattr(found, f"subarray{n}_poa_nom"),
            f"cover_{n}": getattr(found, f"subarray{n}_aoi_modifier"),
            f"temp_cell_{n}": getattr(found, f"subarray{n}_celltemp"),
            f"v_dc_{n}": getattr(found, f"subarray{n}_dc_voltage"),
            f"i_sc_{n}": getattr(found, f"subarray{n}_isc"),
        }
    return pd.DataFrame({name: list(values[:8760]) for name, values in columns.items()})


def light_on_cells(hours: pd.DataFrame, plane: int, module: Mapping[str, float]) -> pd.Series:
    """Irradiance behind cover and spectral factor, W/m2, from the short-circuit current of one module."""
    i_sc = hours[f"i_sc_{plane}"]
    alpha = module["alpha_sc"] * (1 - module["Adjust"] / 100)
    i_l = module["I_L_ref"] + alpha * (hours[f"temp_cell_{plane}"] - 25)
    return 1000 * i_sc / (i_l - i_sc * module["R_s"] / module["R_sh_ref"])
