"""Amounts of electricity as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvsim.errors import UsageError
from pvsim.impact.convert import parse_quantity

UNITS = {
    "Wh": -3,
    "kWh": 0,
    "MWh": 3,
    "GWh": 6,
    "TWh": 9,
    "度": 0,
    "万度": 4,
    "亿千瓦时": 8,
    "million kWh": 6,
}


@pytest.mark.parametrize(
    ("text", "kwh"),
    [
        ("2.6GWh", 2.6e6),
        ("2.6 GWh", 2.6e6),
        ("2.6 gwh", 2.6e6),
        (" 2.6\tGWH ", 2.6e6),
        ("2,600,000 kWh", 2.6e6),
        ("2 600 000 kWh", 2.6e6),
        ("2,600.5 MWh", 2600500.0),
        ("32.6e6kWh", 32.6e6),
        ("32.6E+6 kWh", 32.6e6),
        ("1.4 million kWh", 1.4e6),
        ("260万kWh", 2.6e6),
        ("260万度", 2.6e6),
        ("260万度", 2.6e6),
        ("260萬度", 2.6e6),
        ("3200万千瓦时", 32e6),
        ("3200万千瓦·时", 32e6),
        ("5千万千瓦时", 5e7),
        ("1.2亿千瓦时", 1.2e8),
        ("5千瓦时", 5.0),
        ("2600 MWh", 2.6e6),
        ("1.2 TWh", 1.2e9),
        ("500 Wh", 0.5),
        ("1.1 GWh", 1100000.0),
        (".5 kWh", 0.5),
    ],
)
def test_read(text, kwh):
    assert parse_quantity(text) == kwh


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2,6 GWh", "write 2.6 GWh"),
        ("0,260 GWh", "write 0.260 GWh"),
        ("26,00,000 kWh", "not one number"),
        ("2.600.000 kWh", "not one number"),
        ("2,600 000 kWh", "not one number"),
        ("-2.6 GWh", "negative"),
        ("\N{MINUS SIGN}2.6 GWh", "negative"),
        ("0 kWh", "zero"),
        ("1e-400 kWh", "zero"),
        ("1e999 kWh", "not a finite"),
        ("nan kWh", "does not start with a number"),
        ("inf kWh", "does not start with a number"),
        ("", "does not start with a number"),
        (". kWh", "not one number"),
        ("2.6", "no unit"),
        ("2.6 million", "no unit"),
        ("260万", "no unit"),
        ("2.6 GW", "not the unit 'GW'"),
        ("2.6 GWh per year", "not the unit"),
        ("9" * 81 + " kWh", "characters"),
    ],
)
def test_refused(text, why):
    with pytest.raises(UsageError, match="allowed is a number above 0") as caught:
        parse_quantity(text)
    assert why in str(caught.value)


@given(
    digits=st.integers(min_value=1, max_value=10**9),
    decimals=st.integers(min_value=0, max_value=6),
    unit=st.sampled_from(list(UNITS)),
    gap=st.sampled_from(["", " ", "  "]),
    grouped=st.booleans(),
    change=st.sampled_from([str, str.upper, str.lower]),
)
def test_every_spelling_of_a_number_is_that_number(digits, decimals, unit, gap, grouped, change):
    whole, fraction = divmod(digits, 10**decimals)
    text = f"{whole:,}" if grouped else str(whole)
    text += f".{fraction:0{decimals}d}" if decimals else ""
    assert parse_quantity(change(text + gap + unit)) == float(f"{digits}e{UNITS[unit] - decimals}")


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(text):
    try:
        kwh = parse_quantity(text)
    except UsageError:
        return
    assert 0 < kwh < float("inf")


@given(st.integers(min_value=0, max_value=999), st.text("0123456789", max_size=6).filter(lambda t: len(t) != 3))
def test_a_comma_before_other_than_three_digits_is_refused(whole, rest):
    with pytest.raises(UsageError):
        parse_quantity(f"{whole},{rest} GWh")
