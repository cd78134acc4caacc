"""A meter's file: units, steps, gaps, another year; and what is refused with its line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvsim.energy.calendar import weekday
from pvsim.energy.load import load_from_file
from pvsim.errors import PvsimError

rng = np.random.default_rng(3)


def rows(first, last, minutes=60):
    return np.arange(f"{first}T00:00", f"{last}T00:00", np.timedelta64(minutes, "m"), dtype="datetime64[m]")


YEAR = rows("2025-01-01", "2026-01-01")


def written(path, local, values, header="time,load_kw", tail="", separator=","):
    lines = (f"{t}{tail}{separator}{v!r}" for t, v in zip(local.astype(str), np.asarray(values).tolist(), strict=True))
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def meter(tmp_path):
    return lambda *args, **kwargs: written(tmp_path / "meter.csv", *args, **kwargs)


@pytest.mark.parametrize("align", ["weekday", "date"])
def test_the_years_own_file_is_taken_as_it_is(meter, align):
    values = rng.uniform(0, 500, 8760)
    load, notes = load_from_file(meter(YEAR, values, tail="+08:00"), YEAR, 1.0, align=align)
    assert (load == values).all() and notes == ()


def test_times_without_an_offset_are_noted_and_others_are_put_on_the_clock(meter):
    values = rng.uniform(0, 500, 8760)
    load, notes = load_from_file(meter(YEAR, values), YEAR, 1.0)
    assert (load == values).all()
    assert len(notes) == 1 and "without an offset" in notes[0]
    utc = meter(YEAR - np.timedelta64(480, "m"), values, tail="Z")
    load, notes = load_from_file(utc, YEAR, 1.0)
    assert (load == values).all() and notes == ()


@pytest.mark.parametrize(
    ("header", "unit", "to_kw"),
    [
        ("time,load_kw", None, 1.0),
        ("time,load_kwh", None, 4.0),
        ("time,load [MW]", None, 1e3),
        ("time,consumption (MWh)", None, 4e3),
        ("time,W", None, 1e-3),
        ("time,meter", "Wh", 4e-3),
        ("time,meter", None, 1.0),
        ("time,load (kWh)", "kwh", 4.0),
    ],
)
def test_units_of_quarter_hours(meter, header, unit, to_kw):
    quarter = rows("2025-01-01", "2026-01-01", 15)
    values = rng.uniform(0, 500, quarter.size)
    load, notes = load_from_file(meter(quarter, values, header=header, tail="+08:00"), quarter, 0.25, unit=unit)
    assert load == pytest.approx(values * to_kw, rel=1e-12)
    assert any("no unit" in n for n in notes) == (header == "time,meter" and unit is None)


@settings(max_examples=12, deadline=None)
@given(file_step=st.sampled_from([60, 30, 20, 15]), step=st.sampled_from([60, 30, 15, 10]))
def test_other_steps_have_the_same_energy(tmp_path_factory, file_step, step):
    source = rows("2025-01-01", "2026-01-01", file_step)
    values = rng.uniform(0, 500, source.size)
    path = written(tmp_path_factory.mktemp("m") / "meter.csv", source, values)
    load, _ = load_from_file(path, rows("2025-01-01", "2026-01-01", step), step / 60)
    hours = load.reshape(8760, -1).mean(axis=1)
    assert hours == pytest.approx(values.reshape(8760, -1).mean(axis=1), rel=1e-12)
    if file_step == 60:
        assert (load.reshape(8760, -1) == values[:, None]).all()


@pytest.mark.parametrize("label", ["start", "end"])
def test_labels(meter, label):
    values = rng.uniform(0, 500, 8760)
    path = meter(YEAR + np.timedelta64(60 * (label == "end"), "m"), values)
    assert (load_from_file(path, YEAR, 1.0, label=label)[0] == values).all()
    with pytest.raises(PvsimError, match=f"say label '{label}'"):
        load_from_file(path, YEAR, 1.0, label="end" if label == "start" else "start")


# --- other years --------------------------------------------------------------------------------------------


def days_of(meter, source, local, align):
    """Which day of the file each row came from: the file holds the number of its day, and of its hour behind it."""
    day = source.astype("datetime64[D]").astype(int)
    hour = source.astype("datetime64[h]").astype(int) % 24
    load, notes = load_from_file(meter(source, day * 100.0 + hour), local, 1.0, align=align)
    assert (np.round(load % 100) == local.astype("datetime64[h]").astype(int) % 24).all()
    return (load // 100).astype(int).astype("datetime64[D]"), notes


@pytest.mark.parametrize("file_year", [2019, 2020, 2022, 2023, 2024, 2026])
@pytest.mark.parametrize("year", [2023, 2024, 2025, 2028])
def test_weekdays_match_and_the_season_stays(meter, file_year, year):
    source = rows(f"{file_year}-01-01", f"{file_year + 1}-01-01")
    local = rows(f"{year}-01-01", f"{year + 1}-01-01")
    came, notes = days_of(meter, source, local, "weekday")
    assert (weekday(came) == weekday(local)).all()
    apart = np.abs((came - came.astype("datetime64[Y]").astype("datetime64[D]")).astype(int)
                   - (local - local.astype("datetime64[Y]")).astype("timedelta64[D]").astype(int))  # fmt: skip
    assert np.minimum(apart, 365 - apart).max() <= 4
    if file_year != year:
        assert any("weekdays match" in n for n in notes)


@pytest.mark.parametrize("file_year", [2023, 2024])
@pytest.mark.parametrize("year", [2024, 2025])
def test_dates_match(meter, file_year, year):
    source = rows(f"{file_year}-01-01", f"{file_year + 1}-01-01")
    local = rows(f"{year}-01-01", f"{year + 1}-01-01")
    came, _ = days_of(meter, source, local, "date")
    month_day = [str(d)[5:] for d in local.astype("datetime64[D]")]
    expected = ["02-28" if m == "02-29" and file_year == 2023 else m for m in month_day]
    assert [str(d)[5:] for d in came] == expected


@pytest.mark.parametrize("align", ["weekday", "date"])
def test_a_year_from_july_serves_several_years_of_weather(meter, align):
    source, local = rows("2023-07-01", "2024-07-01"), rows("2020-01-01", "2023-01-01")
    came, notes = days_of(meter, source, local, align)
    own = local.astype("datetime64[D]")
    if align == "weekday":
        assert (weekday(came) == weekday(own)).all()
    else:
        assert [str(d)[5:] for d in came] == [str(d)[5:] for d in own]
    assert any("2023-07-01 to 2024-06-30" in n for n in notes)


def test_what_reaches_beyond_the_year_is_noted(meter):
    source = rows("2022-01-01", "2023-02-01")
    _, notes = days_of(meter, source, YEAR, "weekday")
    assert any("only 2022-01-01 to 2022-12-31" in n for n in notes)


# --- gaps and order -----------------------------------------------------------------------------------------


def test_short_gaps_are_filled_and_counted(meter):
    values = np.arange(8760.0)
    values[[100, 101, 102]] = np.nan  # empty cells
    keep = np.ones(8760, dtype=bool)
    keep[[500, 0]] = False  # rows that are not there
    load, notes = load_from_file(meter(YEAR[keep], values[keep], tail="+08:00"), YEAR, 1.0)
    assert load[1:] == pytest.approx(np.arange(1, 8760.0)) and load[0] == 1
    (note,) = notes
    assert "3 gaps, 5 rows" in note


def test_rows_are_put_in_order_and_semicolons_and_comments_are_read(meter, tmp_path):
    order = rng.permutation(8760)
    path = meter(YEAR[order], np.arange(8760.0)[order], header="time;load_kw", separator=";")
    path.write_text("# exported\n" + path.read_text(encoding="utf-8").replace(".", ","), encoding="gb18030")
    load, notes = load_from_file(path, YEAR, 1.0)
    assert (load == np.arange(8760.0)).all()
    assert any("order of time" in n for n in notes)


def test_a_column_is_named_among_several(meter):
    path = meter(YEAR, np.ones(8760), header="time,a_kw")
    text = path.read_text(encoding="utf-8").replace("a_kw", "a_kw,b_kw").replace(",1.0\n", ",1.0,2.0\n")
    path.write_text(text, encoding="utf-8")
    assert (load_from_file(path, YEAR, 1.0, column="b_kw")[0] == 2).all()
    for column, said in ((None, "2 columns beside time"), ("c", "no column 'c'")):
        with pytest.raises(PvsimError, match=rf"meter.csv:1: {said}"):
            load_from_file(path, YEAR, 1.0, column=column)


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        (7, "2025-01-01T05:00,-3", r"meter.csv:7: load_kw is -3: .* 0 or more"),
        (7, "2025-01-01T05:00,abc", r"meter.csv:7: load_kw is 'abc': not a number"),
        (7, "2025-01-01T05:00,inf", r"meter.csv:7: load_kw is inf"),
        (7, "2025/1/1 5:00,3", r"meter.csv:7: time '2025/1/1 5:00' is not ISO 8601"),
        (7, "2025-01-01,3", r"meter.csv:7: time '2025-01-01' has no hour"),
        (7, "2025-01-01T05:00:30,3", r"meter.csv:7: .* has seconds"),
        (7, "2025-01-01T05:10,3", r"meter.csv:7: 2025-01-01 05:10 is off the 60-minute steps"),
        (7, "2025-01-01T04:00,3", r"meter.csv:7: 2025-01-01 04:00 stands twice"),
        (7, "2025-01-01T05:00+08:00,3", r"8759 of 8760 times have no offset"),
        (7, "2025-01-01T05:00", r"meter.csv:7: 1 cells"),
        (1, "when,load_kw", r"meter.csv:1: 0 columns 'time'"),
        (1, "time,load [GW]", r"'load \[GW\]' is in GW"),
    ],
)
def test_a_wrong_line_is_named(meter, line, text, said):
    path = meter(YEAR, np.ones(8760))
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line - 1] = text
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(PvsimError, match=said):
        load_from_file(path, YEAR, 1.0)


@pytest.mark.parametrize(
    ("keep", "said"),
    [
        (slice(0, 8000), "2025-01-01 00:00 to 2025-11-30 08:00; a whole year"),
        (slice(0, 1), "1 rows"),
        (slice(0, 0), "no rows below a header"),
        (slice(0, None, 2), "120 minutes apart"),
    ],
)
def test_less_than_a_year_is_refused(meter, keep, said):
    with pytest.raises(PvsimError, match=said):
        load_from_file(meter(YEAR[keep], np.ones(8760)[keep]), YEAR, 1.0)


def test_the_first_long_gap_is_named(meter):
    values = np.ones(8760)
    values[[*range(30, 34), *range(900, 950)]] = np.nan
    with pytest.raises(PvsimError, match=r"2025-01-02 06:00 to 2025-01-02 10:00 \(4 hours; 2 such gaps\)"):
        load_from_file(meter(YEAR, values), YEAR, 1.0)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"align": "month"}, "weekday, date"),
        ({"label": "middle"}, "start, end"),
        ({"unit": "kwh"}, "leave one of them out"),
        ({"unit": "hp"}, "unit is 'hp'"),
    ],
)
def test_unknown_words_are_refused(meter, options, said):
    with pytest.raises(PvsimError, match=said):
        load_from_file(meter(YEAR, np.ones(8760)), YEAR, 1.0, **options)


def test_no_such_file_no_text_no_step(meter, tmp_path):
    with pytest.raises(PvsimError, match=r"nothing.csv: cannot be read"):
        load_from_file(tmp_path / "nothing.csv", YEAR, 1.0)
    (tmp_path / "packed.csv").write_bytes(b"PK\x03\x04\0\0")
    with pytest.raises(PvsimError, match="NUL"):
        load_from_file(tmp_path / "packed.csv", YEAR, 1.0)
    with pytest.raises(PvsimError, match="part of it"):
        load_from_file(meter(YEAR, np.ones(8760)), YEAR, 0.7)
    with pytest.raises(PvsimError, match="no rows to put"):
        load_from_file(meter(YEAR, np.ones(8760)), YEAR[:0], 1.0)
