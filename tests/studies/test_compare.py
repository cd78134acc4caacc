"""Variants side by side: the shares of the lines add up, and the line that was changed has them."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
from cases import scenario
from hypothesis import given
from hypothesis import strategies as st

import pvsim
from pvsim.errors import UsageError
from pvsim.report.compare import comparison_text
from pvsim.report.files import as_json
from pvsim.studies.compare import compared, contributions, ledger_lines, log_mean


@pytest.fixture(scope="module")
def plain():
    return pvsim.simulate(scenario())


def shares(comparison, variant=1):
    return {line.name: line.cells[variant].contribution_kwh for line in comparison.ledger}


def made(kwh, names=None):
    """A ledger of so many kWh left after each line."""
    names = names or [f"line {i}" for i in range(len(kwh))]
    return [{"name": n, "stage": "dc", "kwh": k} for n, k in zip(names, kwh, strict=True)]


# --- the attribution ----------------------------------------------------------------------------------------


def test_the_same_scenario_twice_differs_in_nothing(plain):
    found = pvsim.compare([plain, plain])
    assert set(shares(found).values()) == {0.0}
    assert all(c.change_percent in (None, 0.0) for line in found.ledger for c in line.cells)
    assert all(s == 0.0 for part in found.nominal for s in part.contribution_kwh)
    assert found.differences == ()
    assert "no parameter differs" in comparison_text(found.to_dict())
    assert "B yields what A yields" in comparison_text(found.to_dict())


@pytest.mark.parametrize(
    ("table", "key", "value", "line"),
    [
        ("losses", "soiling_percent", 8.0, "soiling"),
        ("losses", "lid_percent", 0.0, "lid"),
        ("losses", "transformer_percent", 0.0, "transformer"),
        ("losses", "availability_percent", 5.0, "availability"),
    ],
)
def test_one_changed_loss_has_all_of_the_difference(plain, table, key, value, line):
    """Behind the hourly models a loss is a plain factor; soiling and the DC losses move inverter and cell a little."""
    other = pvsim.simulate(scenario(**{table: {key: value}}))
    found = pvsim.compare([plain, other])
    difference = other.annual_kwh - plain.annual_kwh
    share = shares(found)[line] / difference
    assert abs(share - 1) < (1e-9 if line in ("transformer", "availability") else 0.06)
    assert [(d.key, d.values[1]) for d in found.differences] == [(f"{table}.{key}", value)]
    (cell,) = (x.cells[1] for x in found.ledger if x.name == line)
    assert cell.change_percent == pytest.approx(plain.scenario.losses.in_effect()[key] - value, abs=1e-9)


def test_shares_of_scenarios_that_differ_in_much_add_up(plain):
    others = [
        pvsim.simulate(scenario({"surface_tilt": 30, "panels": 250}, losses={"shading_percent": 9})),
        pvsim.simulate(scenario({"surface_tilt": 0}, physics={"iam": "none"}, inverter={"dc_ac_ratio": 1.9})),
    ]
    found = pvsim.compare([plain, *others])
    for i, other in enumerate(others, 1):
        difference = other.annual_kwh - plain.annual_kwh
        assert sum(shares(found, i).values()) == pytest.approx(difference, rel=1e-9)
        nominal = sum(part.contribution_kwh[i] for part in found.nominal)
        assert nominal == pytest.approx(shares(found, i)["nominal in-plane energy"], rel=1e-9, abs=1e-6)
        assert {p.name for p in found.nominal} == {"capacity", "GHI", "in-plane gain"}
        assert found.nominal[1].contribution_kwh[i] == pytest.approx(0, abs=1e-6)  # the same sky


@given(
    first=st.lists(st.floats(0.5, 1.2), min_size=1, max_size=12),
    other=st.lists(st.floats(0.5, 1.2), min_size=12, max_size=12),
    scale=st.floats(0.01, 1000),
)
def test_shares_add_up_whatever_the_factors(first, other, scale):
    """Also for factors above 1, such as a spectral gain, and for ledgers of very different size."""
    a = [1e6 * math.prod(first[: i + 1]) for i in range(len(first))]
    b = [1e6 * scale * math.prod(other[: i + 1]) for i in range(len(first))]
    found = contributions(a, b)
    assert sum(found) == pytest.approx(b[-1] - a[-1], rel=1e-9, abs=1e-6)
    back = contributions(b, a)
    assert back == pytest.approx([-x for x in found], rel=1e-9, abs=1e-3)


def test_the_share_of_a_line_does_not_depend_on_its_place():
    one = contributions([100.0, 90.0, 45.0], [100.0, 80.0, 48.0])  # 0.9, 0.5 and 0.8, 0.6
    two = contributions([100.0, 50.0, 45.0], [100.0, 60.0, 48.0])  # the other way round
    assert one[1] == pytest.approx(two[2]) and one[2] == pytest.approx(two[1])


def test_energy_that_falls_to_zero_is_the_limit_of_energy_that_nearly_does():
    first, gone = [100.0, 90.0, 45.0], [80.0, 0.0, 0.0]
    assert contributions(first, gone) == [0.0, -45.0, 0.0]
    assert contributions(gone, first) == [0.0, 45.0, 0.0]
    assert contributions([100.0, 0.0], [100.0, 0.0]) == [0.0, 0.0]
    nearly = contributions(first, [80.0, 1e-300, 0.5e-300])
    assert nearly[1] == pytest.approx(-45.0, rel=0.01)
    assert sum(nearly) == pytest.approx(-45.0, rel=1e-9)


def test_log_mean():
    assert log_mean(3.0, 3.0) == 3.0
    assert log_mean(1.0, math.e) == pytest.approx(math.e - 1)
    assert log_mean(1.0, 1.0 + 1e-12) == pytest.approx(1.0, rel=1e-9)
    assert log_mean(2.0, 5.0) == pytest.approx(log_mean(5.0, 2.0))


def test_a_line_that_one_ledger_lacks_loses_nothing_there():
    short = made([100.0, 90.0, 81.0], ["nominal", "soiling", "delivered"])
    long = made([100.0, 90.0, 72.0, 72.0], ["nominal", "soiling", "export limit", "delivered"])
    lines = ledger_lines([short, long])
    assert [line.name for line in lines] == ["nominal", "soiling", "export limit", "delivered"]
    by = {line.name: line.cells for line in lines}
    assert by["export limit"][0].kwh is None and by["export limit"][1].kwh == 72.0
    assert by["export limit"][0].percent_of_previous == 100.0
    assert sum(cells[1].contribution_kwh for cells in by.values()) == pytest.approx(72.0 - 81.0, rel=1e-12)
    assert [x.name for x in ledger_lines([long, short])] == [line.name for line in lines]


# --- what it says -------------------------------------------------------------------------------------------


def test_names_that_coincide_are_numbered(plain):
    assert [v.name for v in pvsim.compare([plain] * 3).variants] == ["case (1)", "case (2)", "case (3)"]


def test_the_document_is_json_of_plain_values(plain):
    document = pvsim.compare([plain, plain]).to_dict()
    assert json.loads(as_json(document)) == document
    assert "lineup" not in document


def test_results_and_scenarios_give_the_same(plain):
    assert pvsim.compare([plain, scenario()]).to_dict() == pvsim.compare([scenario(), scenario()]).to_dict()


@pytest.mark.parametrize("given", [[], None, "one", "result"])
def test_too_few_scenarios_are_refused(plain, given):
    scenarios = {"one": [plain], "result": plain}.get(given, given) if isinstance(given, str) else given
    with pytest.raises(UsageError, match="compare takes"):
        pvsim.compare(scenarios)


@pytest.mark.parametrize("count", [2, 3, 6])
@pytest.mark.parametrize("width", [80, 100])
def test_the_text_fits_and_cannot_drive_the_terminal(plain, count, width):
    named = scenario(losses={"soiling_percent": 7})
    result = dataclasses.replace(pvsim.simulate(named), scenario=named)
    documents = [plain.to_dict(), *(result.to_dict() for _ in range(count - 1))]
    documents[0]["scenario"]["name"] = "evil\x1b[2J" + "long name " * 20
    text = comparison_text(compared(documents, ["a" * 90] * count).to_dict(), width=width)
    assert "\x1b" not in text and "\\x1b" in text
    assert max(map(len, text.splitlines())) <= width
    assert "soiling_percent" in text and "-0.00" not in text
    tables = text[text.index("What they yield") : text.index("B yields")]
    assert not any(row.startswith(" " * 3) and row.strip()[:1] in "+-0123456789" for row in tables.splitlines())


@pytest.mark.parametrize("kwp", [1e-3, 1.0, 1e2])
def test_large_and_small_energies_fit_their_columns(plain, kwp):
    d = json.loads(as_json(pvsim.compare([plain] * 6).to_dict()))
    for line in d["ledger"]:
        for cell in line["cells"]:
            cell["kwh"] *= kwp * 1000
    for v in d["variants"]:
        for key in ("annual_kwh", "p90_kwh", "p10_kwh"):
            v[key] *= kwp * 1000
    rows = [r for r in comparison_text(d, width=80).splitlines() if r.startswith("  nominal in-plane energy, ")]
    assert len(rows[0].split()) == 4 + 6  # no two figures run into each other


def test_a_dark_variant_is_compared_all_the_same(plain):
    dark = [dict(line, kwh=line["kwh"] if i < 3 else 0.0) for i, line in enumerate(plain.to_dict()["ledger"])]
    document = plain.to_dict() | {"ledger": dark}
    document["energy"] = document["energy"] | {"annual_kwh": 0.0, "performance_ratio": None}
    found = compared([plain.to_dict(), document], ["a", "b"])
    assert shares(found)[dark[3]["name"]] == pytest.approx(-plain.annual_kwh)
    assert "n/a" in comparison_text(found.to_dict())
    assert comparison_text(compared([document, plain.to_dict()], ["a", "b"]).to_dict())
