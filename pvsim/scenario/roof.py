"""The tables of a scenario that describe a roof: its planes of modules, and what stands on it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from pvsim.scenario.fault import composed
from pvsim.scenario.fields import JUDGEMENT, Block, Points, choice, optional, several

AS_MANY_AS_FIT = 0  # of panels that are not given
PARALLEL_KG_PER_M2, RACK_KG_PER_M2 = 15.0, 45.0


class Obstacle(Block):
    """[[obstacle]]: what stands on a roof or beside it; modules keep away from it, and it throws shade."""

    roof: str | None = optional(
        "Name of the roof in whose plan it stands", min_length=1, max_length=64, reason="the only roof",
        examples=["roof 1"],
    )  # fmt: skip
    kind: Literal["box", "wall", "stack"] = choice(
        "box",
        "box: length_m by width_m; wall: from x_m, y_m to x2_m, y2_m; stack: round, of diameter_m",
        reason="skylights, air handlers, stair towers",
        source="pvsim design",
    )
    x_m: float = Field(
        ge=-5000, le=5000, description="Place in the roof's plan: of a box or stack its middle, of a wall its start",
        json_schema_extra={"unit": "m"}, examples=[40.0],
    )  # fmt: skip
    y_m: float = Field(
        ge=-5000, le=5000, description="The same up the plan", json_schema_extra={"unit": "m"}, examples=[12.0]
    )
    x2_m: float | None = optional(
        "End of a wall", unit="m", ge=-5000, le=5000, reason="needed by a wall", examples=[60.0]
    )
    y2_m: float | None = optional(
        "End of a wall, up the plan", unit="m", ge=-5000, le=5000, reason="needed by a wall", examples=[12.0]
    )
    length_m: float | None = optional(
        "Length of a box along x", unit="m", gt=0, le=5000, reason="needed by a box", examples=[4.0]
    )
    width_m: float | None = optional(
        "Width of a box along y", unit="m", gt=0, le=5000, reason="needed by a box", examples=[3.0]
    )
    diameter_m: float | None = optional(
        "Diameter of a stack", unit="m", gt=0, le=1000, reason="needed by a stack", examples=[0.8]
    )
    height_m: float = choice(
        0.0,
        "Height over the roof where it stands; 0 for a skylight, which throws no shade",
        unit="m",
        ge=0,
        le=1000,
        reason="a skylight",
        source="pvsim design",
    )
    margin_m: float = choice(
        0.3, "Free strip round it", unit="m", ge=0, le=100, reason="room to get at it", source=JUDGEMENT
    )

    @field_validator("roof")
    @classmethod
    def _compose(cls, name: str | None) -> str | None:
        return None if name is None else composed(name)


class Roof(Block):
    """[[roof]]: one plane of modules."""

    name: str = choice(
        "",
        "Name of the roof",
        min_length=1,
        max_length=64,
        reason='"roof 1", "roof 2" ... in the order of the file',
        source="pvsim design",
        examples=["roof 1"],
    )
    panels: int = Field(
        AS_MANY_AS_FIT,
        ge=1,
        le=10_000_000,
        description="Number of modules, on all planes of its shape together",
        json_schema_extra={
            "unit": "modules",
            "reason": "as many as fit on length_m x width_m or outline; without them it is required",
            "source": "pvsim design",
        },
        examples=[400],
    )
    shape: Literal["plane", "gable", "east-west", "racks", "saw-tooth"] | None = optional(
        "What the modules lie on: one plane, both slopes of a gable, pairs of racks back to back, racks in rows, the "
        "slopes of a saw-tooth",
        reason="racks where a pitch is given, else plane",
        examples=["gable"],
    )
    surface_tilt: float = choice(
        10.0,
        "Tilt from horizontal",
        unit="degrees",
        ge=0,
        le=90,
        reason="factory preset: rack on a flat concrete roof; modules parallel to a steel sheet take its slope",
        source=JUDGEMENT,
    )
    surface_azimuth: float | None = optional(
        "Direction the plane faces, clockwise from north: east 90, south 180, west 270",
        unit="degrees",
        ge=0,
        lt=360,
        reason="towards the equator: 180 north of it, 0 south of it",
        examples=[180.0],
    )
    mounting: Literal["rack", "steel-sheet", "flush", "insulated"] = choice(
        "rack",
        "How the modules are mounted; decides how warm they get",
        reason="concrete roof with open rack; steel-sheet alone costs 1.3 % in Chongqing",
        source="PVsyst heat-loss factors as in pvlib's documentation; " + JUDGEMENT,
    )
    capacity_kwp: float | None = optional(
        "Nameplate DC power of the roof, to check panels and power_w by",
        unit="kWp",
        gt=0,
        le=1e7,
        reason="panels x power_w",
        examples=[180.0],
    )
    area_m2: float | None = optional(
        "Area of the plane, to check that the modules fit",
        unit="m2",
        gt=0,
        le=1e8,
        reason="not checked",
        examples=[1000.0],
    )
    length_m: float | None = optional(
        "Length of a rectangular roof along its eave and the rows, to lay modules on",
        unit="m",
        gt=0,
        le=5000,
        reason="outline, or nothing is laid out",
        examples=[80.0],
    )
    width_m: float | None = optional(
        "Width of a rectangular roof across the rows, horizontally; of a gable both slopes",
        unit="m",
        gt=0,
        le=5000,
        reason="outline, or nothing is laid out",
        examples=[25.0],
    )
    outline: Points = several(
        "Corners of the roof in plan, x and y, instead of length_m and width_m",
        unit="m",
        reason="length_m and width_m, or nothing is laid out",
        example=((0.0, 0.0), (80.0, 0.0), (80.0, 25.0), (0.0, 25.0)),
        min_length=3,
        max_length=500,
    )
    plan_azimuth: float | None = optional(
        "Direction of the plan's y axis, clockwise from north; x points 90 degrees to its right. 0: north is up",
        unit="degrees",
        ge=0,
        lt=360,
        reason="up the slope: surface_azimuth + 180",
        examples=[0.0],
    )
    setback_m: float = choice(
        1.0,
        "Free strip along the edges of the roof",
        unit="m",
        ge=0,
        le=50,
        reason="wind at the edges, and room to walk and to hold on",
        source=JUDGEMENT,
    )
    walkway_m: float = choice(
        0.8,
        "Width of the walkways between blocks of modules",
        unit="m",
        ge=0,
        le=20,
        reason="one person with a module or a hose",
        source=JUDGEMENT,
    )
    block_m: float = choice(
        20.0,
        "Largest length and width of a block of modules between walkways",
        unit="m",
        gt=0,
        le=5000,
        reason="every module is within 10 m of a walkway",
        source=JUDGEMENT,
    )
    gap_m: float = choice(
        0.02,
        "Gap between neighbouring modules",
        unit="m",
        ge=0,
        le=5,
        reason="width of the clamps",
        source=JUDGEMENT,
    )
    orientation: Literal["portrait", "landscape"] = choice(
        "portrait",
        "portrait: the long side runs up the slope; landscape: along the row",
        reason="usual on sheet and on low racks",
        source=JUDGEMENT,
    )
    modules_up: int = choice(
        1,
        "Modules one above the other in a row of racks",
        unit="modules",
        ge=1,
        le=20,
        reason="low racks on flat roofs; of a saw-tooth as many as fit",
        source=JUDGEMENT,
    )
    pitch_m: float | None = optional(
        "Distance from row to row, horizontally; of pairs from ridge to ridge, of a saw-tooth from tooth to tooth",
        unit="m",
        gt=0,
        le=1000,
        reason="by ground_coverage_ratio; of pairs a walkway between them; else the rows do not shade each other",
        examples=[3.0],
    )
    ground_coverage_ratio: float | None = optional(
        "Length of a row's slope over pitch_m, instead of pitch_m",
        gt=0,
        lt=1,
        reason="by pitch_m",
        examples=[0.7],
    )
    clearance_m: float = choice(
        0.1,
        "Height of the modules' lower edge over the roof",
        unit="m",
        ge=0,
        le=20,
        reason="low racks; of a bifacial gain 0.3 or more is needed",
        source=JUDGEMENT,
    )
    shade_blocks: int | None = optional(
        "Blocks of cells up one module, of which shade takes each as a whole",
        ge=1,
        le=12,
        reason="half cells: 2 in portrait (1 of whole cells); 3 in landscape, one for each bypass diode",
        source="pvlib.shading.direct_martinez",
        examples=[2],
    )
    parapet_m: float | None = optional(
        "Height of a parapet along the outline, over the roof",
        unit="m",
        gt=0,
        le=20,
        reason="no parapet",
        examples=[1.1],
    )
    shading_table: str | None = optional(
        "CSV of the beam lost by azimuth and elevation, in % or as a fraction, from another tool",
        min_length=1,
        max_length=1000,
        reason="no table",
        examples=["shading.csv"],
    )
    array_kg_per_m2: float | None = optional(
        "Mass of modules, rails and ballast on a square metre of roof under them",
        unit="kg/m2",
        gt=0,
        le=500,
        reason="15 parallel to a roof (modules 11, rails and clamps 4), 45 on racks with ballast",
        source=JUDGEMENT,
        examples=[15.0],
    )
    spare_load_kg_per_m2: float | None = optional(
        "Load that the roof can bear beyond its own, to check array_kg_per_m2 by",
        unit="kg/m2",
        gt=0,
        le=5000,
        reason="not checked",
        examples=[30.0],
    )
    modules_in_series: int | None = optional(
        "Modules in one string; decides its voltage",
        unit="modules",
        ge=1,
        le=200,
        reason="as many as bring the string nearest to the inverter's rated voltage, where both voltages are known",
        examples=[18],
    )
    shading_percent: float | None = optional(
        "Shade on this plane", unit="%", ge=0, lt=100, reason="losses.shading_percent", examples=[2.0]
    )
    soiling_percent: float | None = optional(
        "Dust and dirt on this plane", unit="%", ge=0, lt=100, reason="what [losses] says of soiling", examples=[4.0]
    )
    poa_column: str | None = optional(
        "Measured in-plane column of the weather file, used instead of transposition",
        min_length=1,
        max_length=100,
        reason="in-plane irradiance is computed",
        examples=["poa_global"],
    )
    module_temperature_column: str | None = optional(
        "Measured column of the weather file, back of the module, used instead of the temperature model",
        min_length=1,
        max_length=100,
        reason="cell temperature is computed",
        examples=["module_temperature"],
    )
    module: str | None = optional("Name of a [modules.NAME]", reason="[module]", examples=["other"])
    load: str | None = optional(
        "Name of the [loads.NAME] of its meter",
        min_length=1,
        max_length=200,
        reason="[load], the only meter",
        examples=["other"],
    )
    inverter: str | None = optional("Name of an [inverters.NAME]", reason="[inverter]", examples=["other"])

    @field_validator("module", "inverter")
    @classmethod
    def _compose(cls, name: str | None) -> str | None:
        return None if name is None else composed(name)

    def azimuth_at(self, latitude: float) -> float:
        """surface_azimuth, or the direction of the equator where it was not given; of pairs the eastern face."""
        if self.surface_azimuth is not None:
            return self.surface_azimuth
        if self.shape == "east-west":
            return 90.0
        return 180.0 if latitude >= 0 else 0.0

    @property
    def effective_shape(self) -> str:
        """The shape that counts."""
        if self.shape is not None:
            return self.shape
        return "plane" if self.pitch_m is None and self.ground_coverage_ratio is None else "racks"

    @property
    def planes(self) -> int:
        """How many planes its shape has."""
        return 2 if self.effective_shape in ("gable", "east-west") else 1

    @property
    def is_drawn(self) -> bool:
        """Whether its outline is known."""
        return bool(self.outline) or (self.length_m is not None and self.width_m is not None)

    @property
    def effective_array_kg_per_m2(self) -> float:
        """Mass on the roof, given or usual."""
        if self.array_kg_per_m2 is not None:
            return self.array_kg_per_m2
        return RACK_KG_PER_M2 if self.mounting == "rack" else PARALLEL_KG_PER_M2
