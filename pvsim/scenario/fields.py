"""How a key of the scenario is declared: its bounds, and a reason wherever it has a default."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MAX_ROOFS = 10_000
JUDGEMENT = "judgement of the pvsim developers"


class Block(BaseModel):
    """A table of the scenario file: strict types, no unknown keys, frozen, finite numbers."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        protected_namespaces=(),
        defer_build=True,
    )

    def given(self) -> dict[str, Any]:
        """The keys that were given, without the defaults."""
        return {k: getattr(self, k) for k in self.model_fields_set if getattr(self, k) is not None}

    def in_effect(self) -> dict[str, Any]:
        """Every key that has a value, given or default; what the run fills in is left out."""
        values = ((key, getattr(self, key)) for key in type(self).model_fields)
        return {key: value for key, value in values if value is not None}


def choice(default: Any, description: str, *, reason: str, source: str, unit: str = "", **bounds: Any) -> Any:
    """A key with a default, why it is that, and who says so."""
    extra: dict[str, Any] = {"unit": unit, "reason": reason, "source": source}
    return Field(default, description=description, json_schema_extra=extra, **bounds)


def optional(
    description: str,
    *,
    reason: str,
    unit: str = "",
    describes: bool = False,
    source: str = "",
    holds: float | int | str | None = None,
    **bounds: Any,
) -> Any:
    """A key that may be absent; ``reason`` says what holds then, ``holds`` the value where it is a fixed one.

    ``describes`` marks a text that names things and enters no calculation.
    """
    extra: dict[str, Any] = {"unit": unit, "reason": reason, "source": source, "describes": describes}
    if holds is not None:
        extra["holds"] = holds
    return Field(None, description=description, json_schema_extra=extra, **bounds)


def several(description: str, *, reason: str, example: tuple[Any, ...], unit: str = "", **bounds: Any) -> Any:
    """A key that lists values and may be absent: an empty list then; ``reason`` says what holds."""
    extra: dict[str, Any] = {"unit": unit, "reason": reason, "source": ""}
    return Field((), description=description, json_schema_extra=extra, examples=[example], **bounds)


def _list_to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# TOML has lists, frozen models have tuples; strict mode would refuse the one for the other.
FromList = BeforeValidator(_list_to_tuple)
Texts = Annotated[tuple[str, ...], FromList]
Dates = Annotated[tuple[datetime.date, ...], FromList]
_Coordinate = Annotated[float, Field(ge=-5000, le=5000)]
_Pair = Annotated[tuple[_Coordinate, ...], FromList, Field(min_length=2, max_length=2)]
Points = Annotated[tuple[_Pair, ...], FromList]
Percents = Annotated[tuple[Annotated[float, Field(ge=0, lt=100)], ...], FromList]
