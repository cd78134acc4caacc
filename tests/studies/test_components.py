"""Files of modules and inverters: what is read, what is refused, and that nothing else ever happens."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pvlib import inverter, pvsystem, singlediode
from studies.components import COMMERCIAL, IAM, MATRIX, OND, PAN, POWER_IN, POWER_OUT, matrix_row, ond_text, pan_text

from pvsim.errors import PvsimError
from pvsim.physics import fit
from pvsim.studies.components import read_matrix, read_ond, read_pan


def pan(path: Path, text: str | bytes | None = None, **changes):
    path = path / "m.PAN"
    text = pan_text(**changes) if text is None else text
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_pan(path)


def ond(path: Path, text: str | bytes | None = None, **changes):
    path = path / "i.OND"
    text = ond_text(**changes) if text is None else text
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_ond(path)


def matrix(path: Path, text: str | bytes, *, with_curves: bool = True):
    path = path / "m.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_matrix(path, with_curves=with_curves)


# --- .PAN: what is read ----------------------------------------------------------------------------------------


def test_the_diode_of_a_pan_file_has_its_open_and_its_short_circuit(tmp_path):
    found = pan(tmp_path)
    keys = {k: v for k, v in found.parameters.items() if k not in ("d2mutau", "NsVbi")}
    five = pvsystem.calcparams_pvsyst(1000.0, 25.0, **keys)
    ends = singlediode.bishop88_v_from_i(0.0, *five), singlediode.bishop88_i_from_v(0.0, *five)
    assert ends == pytest.approx((float(PAN["Voc"]), float(PAN["Isc"])), rel=1e-12)
    assert found.parameters["alpha_sc"] == pytest.approx(8.37e-3), "mA/C in the file"
    assert found.beta_voc_v_per_c == pytest.approx(-0.1378), "mV/C in the file"
    assert (found.power_w, found.lid_percent, found.gamma_percent_per_c) == (720.0, 0.3, -0.29)
    assert found.area_m2 == pytest.approx(1.303 * 2.384)
    assert found.title == "Maker M720"
    assert not found.notes


def test_a_thin_film_diode_has_its_open_and_its_short_circuit_too(tmp_path):
    found = pan(tmp_path, D2MuTau="1.5", RSerie="0.08", Technol="mtCdTe")
    known = found.parameters
    assert (known["d2mutau"], known["NsVbi"]) == (1.5, pytest.approx(0.9 * 66))
    extra = {k: known[k] for k in ("d2mutau", "NsVbi")}
    five = pvsystem.calcparams_pvsyst(1000.0, 25.0, **{k: v for k, v in known.items() if k not in extra})
    ends = (
        singlediode.bishop88_v_from_i(0.0, *five, **extra, method="brentq"),
        singlediode.bishop88_i_from_v(0.0, *five, **extra, method="brentq"),
    )
    assert ends == pytest.approx((float(PAN["Voc"]), float(PAN["Isc"])), rel=1e-9)


ENCODINGS = {
    "utf-8 with mark": "utf-8-sig",
    "utf-16": "utf-16",
    "latin-1": "latin-1",
}


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_the_encoding_of_a_file_changes_nothing(tmp_path, encoding):
    found = pan(tmp_path, pan_text(Manufacturer="Müller").encode(encoding))
    assert found.title == "Müller M720"
    assert found.parameters == pan(tmp_path).parameters


def test_utf_8_without_a_mark_keeps_its_letters(tmp_path):
    assert pan(tmp_path, pan_text(Manufacturer="隆基").encode("utf-8")).title == "隆基 M720"


LAYOUTS = {
    "keys turned": pan_text(backwards=True),
    "CRLF": pan_text().replace("\n", "\r\n"),
    "spaces round =": pan_text().replace("=", " = "),
    "no indentation in front of values": "\n".join(line.strip() for line in pan_text(iam=None).splitlines()),
    "no line end at the end": pan_text().rstrip(),
    "keys in small letters": pan_text().replace("PNom", "pnom").replace("NCelS", "ncels"),
    "integers": pan_text(PNom="720", Gamma="1.0540", RShunt="1000.0"),
    "exponents": pan_text(PNom="7.2E2", RShunt="1.0e3", RSerie="168.0e-3"),
    "exponents without a point": pan_text(PNom="72e1", RShunt="1E3"),
    "PVsyst 6 names": pan_text(Vmp=None, Imp=None, muPmpReq=None, Vmpp="40.89", Impp="17.61", muPmp="-0.29"),
    "points out of order": pan_text(iam=tuple(reversed(IAM))),
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_layout_does_not_matter(tmp_path, text):
    found, plain = pan(tmp_path, text), pan(tmp_path)
    assert found.parameters == plain.parameters
    assert (found.power_w, found.v_oc, found.gamma_percent_per_c) == (plain.power_w, plain.v_oc, -0.29)
    assert found.glass in (plain.glass, None)


@pytest.mark.parametrize("text", (pan_text().replace("  ", "    "), pan_text().replace("  PNom", "      PNom")))
def test_indentation_by_more_than_two_is_read_or_refused(tmp_path, text):
    try:
        assert pan(tmp_path, text).power_w == 720
    except PvsimError as error:
        assert "m.PAN" in str(error)


def test_what_a_file_leaves_out_gets_the_default_of_pvsyst(tmp_path):
    left_out = dict.fromkeys(("Rp_0", "Rp_Exp", "muGamma", "LIDLoss", "muISC", "TRef", "GRef", "NCelP"))
    found = pan(tmp_path, iam=None, **left_out, Width=None)
    assert found.parameters["R_sh_0"] == 4 * 1000
    assert found.parameters["R_sh_exp"] == 5.5
    assert found.parameters["mu_gamma"] == found.parameters["alpha_sc"] == 0
    assert found.glass is found.lid_percent is found.area_m2 is None
    assert pan(tmp_path, muPmpReq=None).gamma_percent_per_c is None


@pytest.mark.parametrize("key", ("PNom", "Voc", "Isc", "Vmp", "Imp", "NCelS", "Gamma", "RSerie", "RShunt"))
@pytest.mark.parametrize("value", (None, "", "abc", "720,5", "nan", "1.0e999", "-5"))
def test_a_value_that_is_needed_is_named_where_it_is_missing_or_none(tmp_path, key, value):
    with pytest.raises(PvsimError, match=rf"^m\.PAN: {key} ") as caught:
        pan(tmp_path, **{key: value})
    assert "needs" in str(caught.value) or " is not from " in str(caught.value)


# --- .PAN: contradictions --------------------------------------------------------------------------------------

CONTRADICTIONS = {
    "power": ({"PNom": "540.0"}, "PNom"),
    "voltage": ({"Vmp": "36.0"}, "Vmp x Imp"),
    "swapped voltages": ({"Vmp": "49.04", "Voc": "40.89"}, "Vmp .* below Voc"),
    "swapped currents": ({"Isc": "17.61", "Imp": "18.67"}, "Imp .* below Isc"),
    "too much series resistance": ({"RSerie": "50"}, "belong to no diode"),
    "hardly any shunt": ({"RShunt": "1"}, "belong to no diode"),
    "half cells": ({"NCelS": "132"}, "diode gives .* Vmp x Imp"),
    "another ideality": ({"Gamma": "1.9"}, "diode gives .* Vmp x Imp"),
    "reference light": ({"GRef": "800"}, "reference GRef 800"),
    "reference temperature": ({"TRef": "45"}, "reference .* 45"),
}


@pytest.mark.parametrize(("changes", "message"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_file_that_contradicts_itself_is_refused(tmp_path, changes, message):
    with pytest.raises(PvsimError, match=rf"^m\.PAN: .*{message}"):
        pan(tmp_path, **changes)


def test_a_small_contradiction_is_a_note(tmp_path):
    (note,) = pan(tmp_path, PNom="740.0").notes
    assert "PNom of 740.0 W" in note
    assert "-2.6 %" in note


ODD = {
    "reference of 0 C": {"TRef": "0"},
    "resistance in the dark below zero": {"Rp_0": "-5"},
    "resistance in the dark below that in the light": {"Rp_0": "5"},
    "current in uA/C": {"muISC": "8370"},
    "current without bound": {"muISC": "1.0e999"},
    "ideality that falls to nothing": {"muGamma": "-0.3"},
    "ideality without bound": {"muGamma": "1.0e999"},
    "voltage that rises with warmth": {"muVocSpec": "137.8"},
    "power that rises with warmth": {"muPmpReq": "29"},
    "exponent below zero": {"Rp_Exp": "-5.5"},
}


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_impossible_value_of_an_optional_key_is_refused(tmp_path, changes):
    (key,) = changes
    with pytest.raises(PvsimError, match=key):
        pan(tmp_path, **changes)


def test_one_cell_of_49_volts_is_refused_without_a_warning(tmp_path):
    with pytest.raises(PvsimError, match=r"NCelS|no diode"):
        pan(tmp_path, NCelS="1")


@pytest.mark.parametrize("key", ("PNom", "muISC", "LIDLoss", "Rp_0"))
def test_a_number_of_400_digits_is_refused(tmp_path, key):
    with pytest.raises(PvsimError, match=key):
        pan(tmp_path, **{key: "9" * 400})


# --- .PAN: incidence -------------------------------------------------------------------------------------------


def test_a_profile_runs_from_0_to_90_degrees(tmp_path):
    assert pan(tmp_path).glass == tuple(tuple(map(float, p.split(","))) for p in IAM)
    assert pan(tmp_path, iam=("30.0,1.0", "80.0,0.73")).glass == ((0, 1), (30, 1), (80, 0.73), (90, 0))
    assert pan(tmp_path, iam=("0.0,1.0",)).glass is None


@pytest.mark.parametrize(
    "points", (("0,1", "50,0.98", "50,0.97", "90,0"), ("0,1", "95,0.4"), ("0,1", "50,-0.1", "90,0"), ("0,100", "90,0"))
)
def test_a_profile_that_is_none_is_refused(tmp_path, points):
    with pytest.raises(PvsimError, match=r"^m\.PAN: .*IAMProfile"):
        pan(tmp_path, iam=points)


@pytest.mark.parametrize(
    "points", (("0,0.5", "50,0.4", "90,0"), ("0,1", "0.5,0.98", "1.2,0.9")), ids=("half", "radian")
)
def test_a_profile_that_takes_half_of_the_light_is_refused(tmp_path, points):
    with pytest.raises(PvsimError, match="IAMProfile"):
        pan(tmp_path, iam=points)


# --- files that are none ---------------------------------------------------------------------------------------

NO_FILES = {
    "empty": (b"", "PVObject_=pv"),
    "HTML": (b"<html><body>404 not found</body></html>", "PVObject_=pv"),
    "HTML that quotes one": (b"<html>PVObject_=pvModule PVObject_=pvGInverter</html>\n<p>\n", "missing|needed"),
    "binary": (b"\x17pvModule\0\0\0" * 40, "is binary.*PVsyst 6"),
    "3 MB": (pan_text().encode() + b"\n" * 3_000_000, "bytes.*at most"),
    "text": (b"PNom=720\n", "PVObject_=pv"),
}


@pytest.mark.parametrize("read", (read_pan, read_ond))
@pytest.mark.parametrize(("raw", "message"), NO_FILES.values(), ids=NO_FILES)
def test_a_file_of_another_kind_is_refused(tmp_path, read, raw, message):
    path = tmp_path / "x.dat"
    path.write_bytes(raw)
    with pytest.raises(PvsimError, match=rf"^x\.dat: .*(?:{message})"):
        read(path)


def test_modules_and_inverters_are_not_mixed_up(tmp_path):
    with pytest.raises(PvsimError, match=r"^m\.PAN: .*not PVObject_=pvModule"):
        pan(tmp_path, ond_text())
    with pytest.raises(PvsimError, match=r"^i\.OND: .*not PVObject_=pvGInverter"):
        ond(tmp_path, pan_text())


@pytest.mark.parametrize("read", (read_pan, read_ond, lambda p: read_matrix(p, with_curves=False)))
def test_a_folder_or_nothing_is_no_file(tmp_path, read):
    for path in (tmp_path, tmp_path / "absent.PAN"):
        with pytest.raises(PvsimError, match=rf"^{path.name}: no such file"):
            read(path)


@pytest.mark.parametrize(
    "raw",
    (pan_text().encode("utf-16")[:-1], b"\xef\xbb\xbf" + pan_text(Manufacturer="Müller").encode("latin-1")),
    ids=("half a letter", "latin-1 behind a mark"),
)
def test_bytes_that_are_no_text_are_read_or_refused(tmp_path, raw):
    try:
        assert pan(tmp_path, raw).power_w == 720
    except PvsimError as error:
        assert "m.PAN" in str(error)


# --- .OND ------------------------------------------------------------------------------------------------------


def test_an_inverter_follows_the_curves_of_its_file(tmp_path):
    found = ond(tmp_path)
    assert (found.title, found.rated_w, found.vdc_max_v) == ("Maker I40", 40_000, 1100)
    assert (found.mppt_low_v, found.mppt_high_v) == (200, 1000)
    assert found.parameters["Pnt"] == 1
    for volts, given_w in zip((530.0, 720.0, 850.0), POWER_OUT, strict=True):
        model = inverter.sandia(np.full(7, volts), np.array(POWER_IN), found.parameters)
        assert np.abs(model - given_w).max() < 0.005 * 44_000
    assert found.parameters["Paco"] == 44_000, "PMaxOUT is what it can give"


def test_an_inverter_with_one_curve_has_it_at_every_voltage(tmp_path):
    known = ond(tmp_path, curves=1, VNomEff=None).parameters
    for volts in (200.0, 720.0, 1000.0):
        model = inverter.sandia(np.full(7, volts), np.array(POWER_IN), known)
        assert np.abs(model - POWER_OUT[1]).max() < 0.005 * 44_000


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_the_encoding_of_an_inverter_changes_nothing(tmp_path, encoding):
    assert ond(tmp_path, ond_text().replace("\n", "\r\n").encode(encoding)) == ond(tmp_path)


def test_an_inverter_file_without_consumption_or_limits_has_none(tmp_path):
    found = ond(tmp_path, night=None, VAbsMax=None, PMaxOUT=None, VMppMin=None)
    assert (found.parameters["Pnt"], found.parameters["Paco"]) == (0, 40_000)
    assert found.vdc_max_v is found.mppt_low_v is None


NO_INVERTERS = {
    "no curve": ({"curves": 0}, "ProfilPIO"),
    "voltages that fall": ({"VNomEff": "850.0,720.0,530.0"}, "VNomEff"),
    "two voltages": ({"VNomEff": "530.0,720.0"}, "VNomEff"),
    "one curve and no window": ({"curves": 1, "VMppMin": None}, "VMppMin"),
    "one curve and a window turned": ({"curves": 1, "VMppMin": "1000", "VMPPMax": "200"}, "VMppMin"),
    "no power": ({"PNomConv": None}, "PNomConv"),
    "power below zero": ({"PNomConv": "-40"}, "PNomConv"),
}


@pytest.mark.parametrize(("changes", "message"), NO_INVERTERS.values(), ids=NO_INVERTERS)
def test_an_inverter_that_is_none_is_refused(tmp_path, changes, message):
    with pytest.raises(PvsimError, match=rf"^i\.OND: .*{message}"):
        ond(tmp_path, **changes)


ODD_INVERTERS = {
    "window turned": {"VMppMin": "1000", "VMPPMax": "200"},
    "bears less than its window": {"VAbsMax": "500"},
    "bears nothing": {"VAbsMax": "0"},
    "bears less than nothing": {"VAbsMax": "-1"},
    "draws a gigawatt at night": {"night": "1e9"},
    "gives 20 times its rating": {"PMaxOUT": "900"},
    "curves at voltages below zero": {"VNomEff": "-530.0,720.0,850.0"},
    "curves a tenth of a volt apart": {"VNomEff": "720.0,720.1,720.2"},
}


@pytest.mark.parametrize("changes", ODD_INVERTERS.values(), ids=ODD_INVERTERS)
def test_an_impossible_value_of_an_inverter_is_refused(tmp_path, changes):
    with pytest.raises(PvsimError, match=r"^i\.OND"):
        ond(tmp_path, **changes)


def test_an_inverter_of_constant_efficiency_is_read_or_refused(tmp_path):
    text = ond_text(curves=1)
    for taken, given_w in zip(POWER_IN, POWER_OUT[1], strict=True):
        text = text.replace(f"{taken},{given_w}", f"{taken},{0.95 * taken}")
    try:
        ond(tmp_path, text)
    except PvsimError as error:
        assert "i.OND" in str(error)


def test_a_rating_in_watts_is_refused(tmp_path):
    with pytest.raises(PvsimError, match=r"^i\.OND"):
        ond(tmp_path, PNomConv="40000")


# --- matrices --------------------------------------------------------------------------------------------------

MATRIX_LAYOUTS = {
    "mark": "\ufeff" + MATRIX,
    "CRLF": MATRIX.replace("\n", "\r\n"),
    "comments": "# a comment\n\n" + MATRIX + "# another\n",
    "spaces": MATRIX.replace(",", " , "),
    "quotes": '"irradiance","temp_cell","p_mp","i_sc","v_oc","i_mp","v_mp"\n' + MATRIX.split("\n", 1)[1],
    "exponents": MATRIX.replace("1000,25", "1.0e3,25.0"),
    "one column more": MATRIX.replace("\n", ",x\n"),
}


@pytest.mark.parametrize("text", MATRIX_LAYOUTS.values(), ids=MATRIX_LAYOUTS)
def test_layout_of_a_matrix_does_not_matter(tmp_path, text):
    found = matrix(tmp_path, text)
    truth = np.genfromtxt(MATRIX.splitlines(), delimiter=",", names=True)
    assert list(found) == list(truth.dtype.names)
    for name, values in found.items():
        np.testing.assert_array_equal(values, truth[name])
    assert list(matrix(tmp_path, text, with_curves=False)) == ["irradiance", "temp_cell", "p_mp"]


NO_MATRICES = {
    "no header": (MATRIX.split("\n", 1)[1], "header lacks irradiance, temp_cell, p_mp"),
    "a column less": (MATRIX.replace("v_oc", "voc"), "header lacks v_oc"),
    "semicolons": (MATRIX.replace(",", ";"), "header lacks"),
    "UTF-16": (MATRIX.encode("utf-16"), "header lacks"),
    "empty": ("", "header lacks"),
    "only a header": (MATRIX.split("\n", 1)[0], "0 rows"),
    "text": (matrix_row(5, "p_mp", "abc"), r":6: found .*abc.* numbers"),
    "an empty cell": (matrix_row(5, "i_sc", ""), r":6: found"),
    "a short row": (MATRIX.replace("400,25,33.01,2.054,21.11,1.889,17.47", "400,25"), r":6: found"),
    "a comma as point": (matrix_row(5, "p_mp", '"33,01"'), r":6: found"),
    "no STC": (MATRIX.replace("1000,25", "1010,25"), "no row at 1000 W/m2 and 25 C"),
    "kelvin": (MATRIX.replace(",25,", ",298.15,"), "temp_cell -60 to 120"),
    "suns": (MATRIX.replace("1000,", "1,").replace("800,", "0.8,"), "STC|no row at 1000"),
    "one row in kW": (matrix_row(5, "p_mp", "0.03301"), "is p_mp in W"),
    "one temperature": ("\n".join(x for x in MATRIX.splitlines() if ",25," in x or "p_mp" in x), "2 temperatures"),
    "power below zero": (matrix_row(5, "p_mp", "-33.01"), "above 0 W"),
    "no number": (matrix_row(5, "p_mp", "nan"), "above 0 W"),
}


@pytest.mark.parametrize(("text", "message"), NO_MATRICES.values(), ids=NO_MATRICES)
def test_a_table_that_is_no_matrix_is_refused(tmp_path, text, message):
    with pytest.raises(PvsimError, match=rf"^m\.csv.*(?:{message})"):
        matrix(tmp_path, text)


def test_comments_count_as_lines_of_the_file(tmp_path):
    with pytest.raises(PvsimError, match=r"^m\.csv:8: "):
        matrix(tmp_path, "# one\n# two\n" + matrix_row(5, "p_mp", "abc"))


def test_a_matrix_in_kilowatts_is_refused(tmp_path):
    lines = [x.split(",") for x in MATRIX.splitlines()]
    text = "\n".join(
        ",".join([*x[:2], x[2] if i == 0 else f"{float(x[2]) / 1000}", *x[3:]]) for i, x in enumerate(lines)
    )
    with pytest.raises(PvsimError, match="is p_mp in W"):
        matrix(tmp_path, text, with_curves=False)


BROKEN_CURVES = {
    "no number": matrix_row(5, "i_sc", "nan"),
    "current below zero": matrix_row(5, "i_sc", "-2.054"),
    "voltage without bound": matrix_row(5, "v_oc", "inf"),
    "more current at maximum power than in short circuit": matrix_row(5, "i_sc", "1.054"),
    "millivolts": matrix_row(13, "v_oc", "22050"),
    "voltages swapped": MATRIX.replace("v_oc", "x").replace("v_mp", "v_oc").replace("x", "v_mp"),
    "power that is not i_mp x v_mp": matrix_row(13, "v_mp", "12.0"),
    "STC twice": MATRIX + "1000,25,60,5.116,22.05,4.66,17.63\n",
    "no other temperature at 1000 W/m2": "\n".join(
        x for x in MATRIX.splitlines() if x[:7] not in ("1000,50", "1000,65")
    ),
}


@pytest.mark.parametrize("text", BROKEN_CURVES.values(), ids=BROKEN_CURVES)
@pytest.mark.filterwarnings("ignore")
def test_curves_that_are_none_are_refused_or_fitted(tmp_path, text):
    try:
        found = matrix(tmp_path, text)
    except PvsimError:
        return
    if text is BROKEN_CURVES["no other temperature at 1000 W/m2"]:
        fit.pvsyst_from_matrix(found, 36)  # it may be fitted, too
        return
    pytest.fail("taken as it is")


def test_a_cell_of_200_kb_is_refused(tmp_path):
    try:
        matrix(tmp_path, MATRIX + '"' + "x" * 200_000)
    except PvsimError:
        return
    except Exception as error:
        pytest.fail(repr(error))


# --- nothing else ever happens ---------------------------------------------------------------------------------

VALUES = st.sampled_from(("", "0", "-1", "0.0", "1", "1e3", "1.0e999", "nan", "-3.5", "999999", "a,b", "1,2", "=", "#"))


@st.composite
def spoilt(draw, good: str) -> bytes:
    """A good file with a few lines or bytes left out, doubled, moved, changed or cut off."""
    lines = good.splitlines()
    for _ in range(draw(st.integers(1, 3))):
        if not lines:
            break
        i, j = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(("drop", "double", "swap", "value", "cut", "indent", "cell"))):
            case "drop":
                del lines[i]
            case "double":
                lines.insert(j, lines[i])
            case "swap":
                lines[i], lines[j] = lines[j], lines[i]
            case "value":
                lines[i] = lines[i].split("=")[0] + "=" + draw(VALUES)
            case "cut":
                lines = lines[:i]
            case "indent":
                lines[i] = " " * draw(st.integers(0, 9)) + lines[i].lstrip()
            case "cell":
                cells = lines[i].split(",")
                cells[j % len(cells)] = draw(VALUES)
                lines[i] = ",".join(cells)
    raw = bytearray("\n".join(lines).encode())
    for _ in range(draw(st.integers(0, 2))):
        if raw:
            raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(raw)


def finite(values) -> bool:
    return all(math.isfinite(v) or k == "NsVbi" for k, v in values.items())


FUZZ = settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def judged(read, path: Path, raw: bytes) -> str:
    """What became of it: "read", "refused", or what should not happen."""
    path.write_bytes(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those have tests of their own
        try:
            found = read(path)
        except PvsimError as error:
            return "refused" if str(error).startswith(path.name) else f"a message without the file: {error}"
        except Exception as error:  # what the test is after
            return f"{type(error).__name__}: {error}"
    return "read" if found else "numbers that are not finite"


def _pan_is_finite(path: Path) -> bool:
    return finite(read_pan(path).parameters)


def _ond_is_finite(path: Path) -> bool:
    return finite(read_ond(path).parameters)


def _matrix_is_finite(path: Path) -> bool:
    found = read_matrix(path, with_curves=False)
    return finite(fit.adr_from_matrix(found["irradiance"], found["temp_cell"], found["p_mp"])[0])


@FUZZ
@given(raw=spoilt(pan_text()))
def test_a_spoilt_module_file_is_read_or_refused(tmp_path, raw):
    assert judged(_pan_is_finite, tmp_path / "m.PAN", raw) in ("read", "refused")


@FUZZ
@given(raw=spoilt(ond_text()))
def test_a_spoilt_inverter_file_is_read_or_refused(tmp_path, raw):
    assert judged(_ond_is_finite, tmp_path / "i.OND", raw) in ("read", "refused")


@FUZZ
@given(raw=spoilt(MATRIX))
def test_a_spoilt_matrix_is_read_or_refused(tmp_path, raw):
    assert judged(_matrix_is_finite, tmp_path / "m.csv", raw) in ("read", "refused")


def test_the_writers_know_every_key_that_is_read():
    text = pan_text() + ond_text()
    assert all(f"{key}=" in text for key in (*PAN, *COMMERCIAL, *OND))
