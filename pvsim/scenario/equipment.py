"""The tables of a scenario that describe modules and inverters, each in one of several ways.

The keys hold what was given; what follows from a name or a file is looked up by the run.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_validator, model_validator

from pvsim.scenario.fault import Fault, RefusedError, refuse
from pvsim.scenario.fields import JUDGEMENT, Block, choice, optional
from pvsim.scenario.statements import inverter_faults, module_kind, module_statement_faults

AREA_OF_450_W_M2 = 2.094 * 1.038  # the usual 450 Wp half-cut module
EFFICIENCY = 0.207  # of that module, taken for any other power
DEFAULT_POWER_W = 450.0
DEFAULT_DC_AC_RATIO = 1.2
DEFAULT_EFFICIENCY_PERCENT = 98.0
_DATASHEET = "no datasheet: power_w is enough"


class Module(Block):
    """[module] or [modules.NAME]: one PV module, by its power, its datasheet, a name, a .PAN file or a matrix."""

    power_w: float | None = optional(
        "Nameplate power of one module at standard test conditions; beside a name or file another class of its series",
        unit="W",
        ge=1,
        le=1000,
        reason="mono-PERC half-cut module of vintage 2021-22; a name, a file or a datasheet has its own",
        source=JUDGEMENT,
        holds=DEFAULT_POWER_W,
    )
    name: str | None = optional(
        "Name in pvsim's catalog, or in the CEC or Sandia table of pvlib",
        min_length=1,
        max_length=200,
        reason="no name: power_w is enough",
        examples=["LONGi LR4-72HPH-450M"],
    )
    pan: str | None = optional(
        "PVsyst module file (.PAN)",
        min_length=1,
        max_length=1000,
        reason="no file: power_w is enough",
        examples=["module.PAN"],
    )
    iec61853: str | None = optional(
        "CSV of an IEC 61853-1 matrix: irradiance, temp_cell, p_mp, and for a single diode i_sc, v_oc, i_mp, v_mp",
        min_length=1,
        max_length=1000,
        reason="no matrix: power_w is enough",
        examples=["matrix.csv"],
    )
    model: Literal["pvwatts", "single-diode", "adr", "sapm"] | None = optional(
        "Module model",
        reason="pvwatts where the power is all that is known; single-diode for a datasheet, a catalog or CEC name "
        "or a .PAN file, adr for a matrix, sapm for a Sandia name",
        source="pvlib pvwatts_dc, calcparams_cec, calcparams_pvsyst, pvefficiency_adr, sapm",
        holds="pvwatts",
    )
    gamma_percent_per_c: float = choice(
        -0.35,
        "Power change per degree of cell temperature",
        unit="%/C",
        ge=-2,
        le=0,
        reason="typical for mono-PERC of 2021-22; n-type modules are nearer -0.29",
        source="module datasheets; " + JUDGEMENT,
    )
    low_light_loss_percent: float = choice(
        3.0,
        "Relative efficiency lost at 200 W/m2, of the model pvwatts",
        unit="%",
        ge=0,
        le=20,
        reason="half of the energy comes below about 440 W/m2; fits: 3.3 (450 W PERC), 2.3 (580 W n-type)",
        source="six-parameter fits of datasheets with pvlib",
    )
    voc_v: float | None = optional(
        "Open-circuit voltage of the datasheet", unit="V", gt=0, le=500, reason=_DATASHEET, examples=[49.3]
    )
    isc_a: float | None = optional(
        "Short-circuit current of the datasheet", unit="A", gt=0, le=50, reason=_DATASHEET, examples=[11.6]
    )
    vmp_v: float | None = optional(
        "Voltage at maximum power of the datasheet", unit="V", gt=0, le=500, reason=_DATASHEET, examples=[41.5]
    )
    imp_a: float | None = optional(
        "Current at maximum power of the datasheet", unit="A", gt=0, le=50, reason=_DATASHEET, examples=[10.85]
    )
    alpha_sc_percent_per_c: float | None = optional(
        "Change of the short-circuit current per degree",
        unit="%/C",
        ge=-0.1,
        le=0.3,
        reason=_DATASHEET,
        examples=[0.05],
    )
    beta_voc_percent_per_c: float | None = optional(
        "Change of the open-circuit voltage per degree", unit="%/C", ge=-1, le=0, reason=_DATASHEET, examples=[-0.27]
    )
    cells_in_series: int | None = optional(
        "Cells in series: 72 of a module of 144 half cells",
        unit="cells",
        ge=1,
        le=500,
        reason=_DATASHEET,
        examples=[72],
    )
    area_m2: float | None = optional(
        "Area of one module",
        unit="m2",
        ge=0.1,
        le=5,
        reason="of the name or file, or by efficiency_percent; else 450 W: 2.094 m x 1.038 m, others at 20.7 %",
        source=JUDGEMENT,
        examples=[2.17],
    )
    efficiency_percent: float | None = optional(
        "Efficiency at standard test conditions; gives the area, or checks it",
        unit="%",
        ge=2,
        le=30,
        reason="power_w / area_m2",
        examples=[20.7],
    )
    length_m: float | None = optional(
        "Long side of one module; with width_m its area",
        unit="m",
        ge=0.3,
        le=4,
        reason="of the catalog or file, else from area_m2 with sides as 2.094 to 1.038",
        examples=[2.094],
    )
    width_m: float | None = optional(
        "Short side of one module",
        unit="m",
        ge=0.2,
        le=2,
        reason="of the catalog or file, else from area_m2 with sides as 2.094 to 1.038",
        examples=[1.038],
    )
    bifaciality_percent: float | None = optional(
        "Power by light on the back over power by the same light on the front",
        unit="%",
        gt=0,
        le=100,
        reason="no light on the back is counted",
        examples=[80.0],
    )
    lid_percent: float | None = optional(
        "Light-induced degradation of this module",
        unit="%",
        ge=0,
        le=10,
        reason="that of the catalog or .PAN file, else losses.lid_percent",
        examples=[0.5],
    )

    @field_validator("gamma_percent_per_c", "alpha_sc_percent_per_c", "beta_voc_percent_per_c")
    @classmethod
    def _percent_not_fraction(cls, value: float | None) -> float | None:
        if value is not None and 0 < abs(value) < 0.01:  # no module is that insensitive; 0 is meant
            fault = Fault(
                (),
                f"{value:g} looks like a fraction",
                "percent per C, at least 0.01 in size, or 0",
                f"percent per C, not a fraction: did you mean {100 * value:g}?",
            )
            raise RefusedError([fault])
        return value

    @model_validator(mode="after")
    def _stated_once(self) -> Module:
        refuse(module_statement_faults(self.given()))
        return self

    @property
    def kind(self) -> str:
        """How the module is stated: "power", "datasheet", "name", "pan" or "iec61853"."""
        return module_kind(self.given())

    @property
    def effective_power_w(self) -> float | None:
        """Nameplate power: given, of the datasheet, or the default; None where a name or a file knows it."""
        if self.power_w is not None:
            return self.power_w
        if self.vmp_v is not None and self.imp_a is not None:
            return self.vmp_v * self.imp_a
        return DEFAULT_POWER_W if self.kind == "power" else None

    def area_for(self, power_w: float) -> float:
        """Area of one module of this power: given, by the efficiency, or as usual, m2."""
        if self.area_m2 is not None:
            return self.area_m2
        if self.length_m is not None and self.width_m is not None:
            return self.length_m * self.width_m
        if self.efficiency_percent is not None:
            return power_w / 10 / self.efficiency_percent
        return AREA_OF_450_W_M2 if power_w == DEFAULT_POWER_W else power_w / 1000 / EFFICIENCY

    def in_effect(self) -> dict[str, Any]:
        """What counts, whichever way the module is stated."""
        given, values = self.given(), super().in_effect()
        if self.kind == "power":
            values = {"power_w": self.effective_power_w, "model": "pvwatts"} | values
        simple = self.kind == "power" or self.model == "pvwatts"
        own = {"gamma_percent_per_c": self.kind == "power", "low_light_loss_percent": simple}
        order = list(type(self).model_fields)
        kept = {k: v for k, v in values.items() if k in given or own.get(k, True)}
        return dict(sorted(kept.items(), key=lambda item: order.index(item[0])))


class Inverter(Block):
    """[inverter] or [inverters.NAME]: size and efficiency of the inverters.

    The keys hold what was given; `effective_*` and `total_ac_kw` hold what counts.
    """

    dc_ac_ratio: float | None = optional(
        "DC nameplate power over AC rating",
        ge=0.1,
        le=5,
        reason="1.2 unless ac_power_kw is given; from 1.1 to 1.4 the energy moves by 0.4 % in Chongqing",
        source=JUDGEMENT,
        holds=DEFAULT_DC_AC_RATIO,
    )
    ac_power_kw: float | None = optional(
        "AC rating of one inverter", unit="kW", gt=0, le=1e6, reason="DC power / dc_ac_ratio", examples=[100.0]
    )
    count: int | None = optional("Number of inverters", ge=1, le=1_000_000, reason="one of that rating", holds=1)
    efficiency_percent: float | None = optional(
        "European (energy-weighted) efficiency; the part-load curve is scaled to it",
        unit="%",
        ge=50,
        le=100,
        reason="usual for string inverters; pvlib's PVWatts curve then delivers 97.4 % in Chongqing, "
        "where CEC coefficients of three of 50 to 125 kW deliver 98.2 to 98.4 %",
        source="CEC coefficients run with pvlib; " + JUDGEMENT,
        holds=DEFAULT_EFFICIENCY_PERCENT,
    )
    name: str | None = optional(
        "Name in pvsim's catalog, or in the CEC table of pvlib",
        min_length=1,
        max_length=200,
        reason="no name: dc_ac_ratio is enough",
        examples=["Huawei SUN2000-100KTL-M1"],
    )
    ond: str | None = optional(
        "PVsyst inverter file (.OND)",
        min_length=1,
        max_length=1000,
        reason="no file: dc_ac_ratio is enough",
        examples=["inverter.OND"],
    )
    nominal_efficiency_percent: float | None = optional(
        "pvlib's eta_inv_nom", unit="%", ge=50, le=100, reason="efficiency_percent holds instead", examples=[98.4]
    )

    night_consumption_w: float | None = optional(
        "What one inverter draws where it delivers nothing",
        unit="W",
        ge=0,
        le=1e5,
        reason="string inverters of 100 kW draw 1 to 5 W, under 0.02 % of the energy; a name or file has its own",
        source=JUDGEMENT,
        holds=0.0,
    )
    vdc_max_v: float | None = optional(
        "Highest DC voltage that the inverter bears",
        unit="V",
        gt=0,
        le=3000,
        reason="of the name or file, else not checked",
        examples=[1100.0],
    )
    mppt_low_v: float | None = optional(
        "Lowest voltage of its MPP trackers",
        unit="V",
        gt=0,
        le=3000,
        reason="of the name or file, else not checked",
        examples=[200.0],
    )
    mppt_high_v: float | None = optional(
        "Highest voltage of its MPP trackers",
        unit="V",
        gt=0,
        le=3000,
        reason="of the name or file, else not checked",
        examples=[1000.0],
    )

    @model_validator(mode="after")
    def _stated_once(self) -> Inverter:
        refuse(inverter_faults(self.given()))
        return self

    @property
    def kind(self) -> str:
        """How the inverter is stated: "power", "name" or "ond"."""
        return next((key for key in ("name", "ond") if getattr(self, key) is not None), "power")

    @property
    def effective_dc_ac_ratio(self) -> float | None:
        """The ratio that sizes the inverter, or the number of named ones; None where ac_power_kw or count does."""
        if self.ac_power_kw is not None or self.count is not None:
            return None
        return DEFAULT_DC_AC_RATIO if self.dc_ac_ratio is None else self.dc_ac_ratio

    @property
    def total_ac_kw(self) -> float | None:
        """ac_power_kw times count (1 if not given); None where dc_ac_ratio sizes the inverter."""
        return None if self.ac_power_kw is None else self.ac_power_kw * (self.count or 1)

    @property
    def effective_efficiency_percent(self) -> float | None:
        """The energy-weighted efficiency; None where nominal_efficiency_percent, a name or a file states it."""
        if self.nominal_efficiency_percent is not None or self.kind != "power":
            return None
        return DEFAULT_EFFICIENCY_PERCENT if self.efficiency_percent is None else self.efficiency_percent

    def in_effect(self) -> dict[str, Any]:
        """Size and efficiency as they count, whichever way they were stated."""
        fixed = {
            "dc_ac_ratio": self.effective_dc_ac_ratio,
            "count": (self.count or 1) if self.ac_power_kw is not None else self.count,
            "efficiency_percent": self.effective_efficiency_percent,
            "night_consumption_w": 0.0 if self.kind == "power" and self.night_consumption_w is None else None,
        }
        values = {
            key: fixed.get(key) if fixed.get(key) is not None else getattr(self, key) for key in type(self).model_fields
        }
        return {key: value for key, value in values.items() if value is not None}
