"""Files of modules and inverters as a test writes them: keys by name, so that one can be changed or left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

# a module of 720 W as a maker publishes it
PAN: Mapping[str, str] = {
    "Technol": "mtSiMono",
    "NCelS": "66",
    "NCelP": "2",
    "GRef": "1000",
    "TRef": "25.0",
    "PNom": "720.0",
    "Isc": "18.670",
    "Voc": "49.04",
    "Imp": "17.610",
    "Vmp": "40.89",
    "muISC": "8.37",
    "muVocSpec": "-137.8",
    "muPmpReq": "-0.290",
    "RShunt": "1000",
    "Rp_0": "80000",
    "Rp_Exp": "5.50",
    "RSerie": "0.168",
    "Gamma": "1.054",
    "muGamma": "-0.0003",
    "LIDLoss": "0.30",
}
COMMERCIAL: Mapping[str, str] = {
    "Comment": "www.example.com",
    "Manufacturer": "Maker",
    "Model": "M720",
    "Width": "1.303",
    "Height": "2.384",
}
IAM: Sequence[str] = (
    *("0.0,1.00000", "20.0,1.00000", "40.0,0.99000", "50.0,0.98000", "60.0,0.96000", "70.0,0.89000"),
    *("80.0,0.73000", "90.0,0.00000"),
)

OND: Mapping[str, str] = {
    "PNomConv": "40.000",
    "PMaxOUT": "44.000",
    "VOutConv": "480.0",
    "VMppMin": "200",
    "VMPPMax": "1000",
    "VmppNom": "720.0",
    "VAbsMax": "1100",
    "PSeuil": "80.0",
    "VNomEff": "530.0,720.0,850.0,",
}
POWER_IN = (4000.0, 8000.0, 12000.0, 20000.0, 30000.0, 40000.0, 44000.0)
POWER_OUT = (
    (3868.0, 7816.0, 11748.0, 19620.0, 29400.0, 39160.0, 43032.0),
    (3924.0, 7896.0, 11856.0, 19780.0, 29640.0, 39520.0, 43428.0),
    (3892.0, 7856.0, 11808.0, 19700.0, 29520.0, 39360.0, 43252.0),
)


def _changed(values: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """``changes`` replace or add; None leaves a key out."""
    return {k: v for k, v in (dict(values) | dict(changes)).items() if v is not None}


def profile(name: str, points: Sequence[str], indent: str = "  ") -> list[str]:
    """A profile with its points, filled up with zeros as PVsyst does."""
    return [
        f"{indent}{name}=TCubicProfile",
        f"{indent}  NPtsMax=11",
        f"{indent}  NPtsEff={len(points)}",
        *(f"{indent}  Point_{i}={point}" for i, point in enumerate(points, 1)),
        *(f"{indent}  Point_{i}=0.0,0.0" for i in range(len(points) + 1, 12)),
        f"{indent}End of TCubicProfile",
    ]


def pan_text(*, iam: Sequence[str] | None = IAM, backwards: bool = False, **changes: str | None) -> str:
    """A .PAN file; ``backwards`` turns the order of its plain keys."""
    commercial = _changed(COMMERCIAL, {k: v for k, v in changes.items() if k in COMMERCIAL})
    values = _changed(PAN, {k: v for k, v in changes.items() if k not in COMMERCIAL})
    lines = [f"  {k}={v}" for k, v in values.items()]
    return "\n".join(
        [
            "PVObject_=pvModule",
            "  Version=7.2.3",
            "  Flags=$00900043",
            "",
            "  PVObject_Commercial=pvCommercial",
            *(f"    {k}={v}" for k, v in commercial.items()),
            "  End of PVObject pvCommercial",
            "",
            *(reversed(lines) if backwards else lines),
            *(() if iam is None else ("  IAMMode=UserProfile", *profile("IAMProfile", iam))),
            "End of PVObject pvModule",
            "",
        ]
    )


def ond_text(*, curves: int = 3, night: str | None = "1.00", **changes: str | None) -> str:
    """A .OND file with three curves of efficiency, or one, or none."""
    values = _changed(OND, changes)
    named = {3: ("ProfilPIOV1", "ProfilPIOV2", "ProfilPIOV3"), 1: ("ProfilPIO",), 0: ()}[curves]
    which = (0, 1, 2) if curves == 3 else (1,)
    profiles: list[str] = []
    for name, i in zip(named, which, strict=False):
        points = ["80.0,0.0", *(f"{a},{b}" for a, b in zip(POWER_IN, POWER_OUT[i], strict=True))]
        profiles += profile(name, points, "    ")
    return "\n".join(
        [
            "PVObject_=pvGInverter",
            "  Version=7.3.1",
            "  PVObject_Commercial=pvCommercial",
            "    Manufacturer=Maker",
            "    Model=I40",
            "  End of PVObject pvCommercial",
            "  Transfo=Without",
            "",
            "  Converter=TConverter",
            *(f"    {k}={v}" for k, v in values.items()),
            *profiles,
            "  End of TConverter",
            *(() if night is None else (f"  Night_Loss={night}",)),
            "End of PVObject pvGInverter",
            "",
        ]
    )


# the published matrix of a small module of single-crystal silicon (NREL, xSi12922), rounded
MATRIX = """\
irradiance,temp_cell,p_mp,i_sc,v_oc,i_mp,v_mp
100,15,7.92,0.511,20.48,0.471,16.85
100,25,7.59,0.515,19.65,0.465,16.34
200,15,16.61,1.016,21.3,0.926,17.94
200,25,16.01,1.029,20.38,0.939,17.04
400,25,33.01,2.054,21.11,1.889,17.47
400,50,29.14,2.064,19.15,1.883,15.47
600,25,49.84,3.076,21.52,2.833,17.6
600,50,44.15,3.097,19.62,2.823,15.64
600,65,40.82,3.107,18.46,2.813,14.51
800,25,66.18,4.096,21.82,3.753,17.63
800,50,58.78,4.125,19.94,3.743,15.7
800,65,54.49,4.158,18.8,3.743,14.56
1000,25,82.14,5.116,22.05,4.66,17.63
1000,50,72.85,5.175,20.15,4.651,15.67
1000,65,67.82,5.2,19.05,4.659,14.56
1100,25,89.5,5.632,22.14,5.088,17.59
1100,50,80.13,5.686,20.28,5.117,15.66
1100,65,74.31,5.723,19.16,5.123,14.5
"""


def matrix_row(row: int, column: str, value: str) -> str:
    """The matrix with one cell changed; row 1 is the first below the header."""
    lines = [line.split(",") for line in MATRIX.splitlines()]
    lines[row][lines[0].index(column)] = value
    return "\n".join(",".join(line) for line in lines) + "\n"


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A text file in this encoding, line ends as they are."""
    path.write_bytes(text.encode(encoding))
    return path
