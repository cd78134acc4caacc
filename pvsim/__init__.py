"""pvsim: hourly yield of rooftop photovoltaics, and what it saves in standard coal and CO2.

::

    import pvsim
    result = pvsim.simulate(pvsim.load("scenarios/hikvision_jianqiao.toml"))
    result.annual_kwh, result.hourly, result.monthly, result.to_dict()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pvsim.errors import PvsimError, ScenarioError, UsageError, WeatherError
    from pvsim.impact.convert import convert
    from pvsim.report.band import draw_band
    from pvsim.report.charts import (
        draw_budget,
        draw_cash_flow,
        draw_day,
        draw_duration,
        draw_heat_map,
        draw_months,
        draw_self_use,
        draw_uncertainty,
        draw_waterfall,
    )
    from pvsim.report.page import write_report
    from pvsim.report.roof_figures import draw_layout, draw_shading, draw_sun_path
    from pvsim.scenario.reader import load
    from pvsim.scenario.schema import Scenario
    from pvsim.studies.audit import Audit, audit
    from pvsim.studies.compare import Comparison, compare
    from pvsim.studies.result import Result
    from pvsim.studies.run import simulate, simulate_many
    from pvsim.weather.atlas import stations
    from pvsim.weather.record import Weather
    from pvsim.weather.request import fetch_weather, weather_at

__all__ = [
    "Audit",
    "Comparison",
    "PvsimError",
    "Result",
    "Scenario",
    "ScenarioError",
    "UsageError",
    "Weather",
    "WeatherError",
    "audit",
    "compare",
    "convert",
    "draw_band",
    "draw_budget",
    "draw_cash_flow",
    "draw_day",
    "draw_duration",
    "draw_heat_map",
    "draw_layout",
    "draw_months",
    "draw_self_use",
    "draw_shading",
    "draw_sun_path",
    "draw_uncertainty",
    "draw_waterfall",
    "fetch_weather",
    "load",
    "simulate",
    "simulate_many",
    "stations",
    "weather_at",
    "write_report",
]

# Loaded when first used: reading or converting needs neither pvlib nor pandas, and should not wait for them.
_HOME = {
    "PvsimError": "pvsim.errors",
    "ScenarioError": "pvsim.errors",
    "UsageError": "pvsim.errors",
    "WeatherError": "pvsim.errors",
    "convert": "pvsim.impact.convert",
    "draw_band": "pvsim.report.band",
    "draw_layout": "pvsim.report.roof_figures",
    "draw_budget": "pvsim.report.charts",
    "draw_cash_flow": "pvsim.report.charts",
    "draw_day": "pvsim.report.charts",
    "draw_duration": "pvsim.report.charts",
    "draw_heat_map": "pvsim.report.charts",
    "draw_months": "pvsim.report.charts",
    "draw_self_use": "pvsim.report.charts",
    "draw_uncertainty": "pvsim.report.charts",
    "draw_waterfall": "pvsim.report.charts",
    "write_report": "pvsim.report.page",
    "draw_shading": "pvsim.report.roof_figures",
    "draw_sun_path": "pvsim.report.roof_figures",
    "load": "pvsim.scenario.reader",
    "Scenario": "pvsim.scenario.schema",
    "Audit": "pvsim.studies.audit",
    "audit": "pvsim.studies.audit",
    "Comparison": "pvsim.studies.compare",
    "compare": "pvsim.studies.compare",
    "Result": "pvsim.studies.result",
    "simulate": "pvsim.studies.run",
    "simulate_many": "pvsim.studies.run",
    "Weather": "pvsim.weather.record",
    "stations": "pvsim.weather.atlas",
    "fetch_weather": "pvsim.weather.request",
    "weather_at": "pvsim.weather.request",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'pvsim' has no attribute {name!r}; it offers {', '.join(__all__)}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
