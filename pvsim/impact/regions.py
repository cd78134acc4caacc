"""Which province lies on which grid, as far as ``data/factors.csv`` has values for it.

Sources: the grids of the 2023 averages are those that the notice names (MEE+NBS, notice 2025
no. 47, as spelled in the column ``region``); South is the area of China Southern Power Grid.
The margins are the baseline factors of 2019 (MEE, 2020-12-29), whose Central grid still held
Chongqing and Sichuan.
"""

from __future__ import annotations

import difflib
from typing import Final

from pvsim.errors import UsageError

NATIONAL: Final = "CN"

# English name, as in factors.csv, and the Chinese short name, which is also how the full one starts.
PROVINCES: Final[dict[str, str]] = {
    "Anhui": "安徽", "Beijing": "北京", "Chongqing": "重庆", "Fujian": "福建", "Gansu": "甘肃",
    "Guangdong": "广东", "Guangxi": "广西", "Guizhou": "贵州", "Hainan": "海南", "Hebei": "河北",
    "Heilongjiang": "黑龙江", "Henan": "河南", "Hubei": "湖北", "Hunan": "湖南", "Inner Mongolia": "内蒙古",
    "Jiangsu": "江苏", "Jiangxi": "江西", "Jilin": "吉林", "Liaoning": "辽宁", "Ningxia": "宁夏",
    "Qinghai": "青海", "Shaanxi": "陕西", "Shandong": "山东", "Shanghai": "上海", "Shanxi": "山西",
    "Sichuan": "四川", "Tianjin": "天津", "Tibet": "西藏", "Xinjiang": "新疆", "Yunnan": "云南",
    "Zhejiang": "浙江",
}  # fmt: skip

# Values are the texts of the column `region`; a test holds them against the file.
AVERAGE_GRID: Final[dict[str, str]] = (
    dict.fromkeys(("Chongqing", "Sichuan"), "Southwest (Chongqing and Sichuan)")
    | dict.fromkeys(("Henan", "Hubei", "Hunan", "Jiangxi"), "Central (Henan Hubei Hunan Jiangxi)")
    | dict.fromkeys(("Guangdong", "Guangxi", "Guizhou", "Hainan", "Yunnan"), "South")
)
MARGIN_GRID: Final[dict[str, str]] = dict.fromkeys(
    ("Chongqing", "Sichuan", "Henan", "Hubei", "Hunan", "Jiangxi"), "Central grid incl. Chongqing"
)


def province(name: str) -> str:
    """The name of a province as ``factors.csv`` spells it, or ``"CN"`` for the whole country.

    Case does not count, and Chinese names are understood. A name that is none of them is an
    error: the factors hold for China, and a mistyped province would silently get the national
    value.

    Raises
    ------
    UsageError
        With the nearest valid names.
    """
    key = " ".join(name.split()).casefold()
    if key in {"cn", "china", "中国", "全国"}:
        return NATIONAL
    for english, chinese in PROVINCES.items():
        if key == english.casefold() or key.startswith(chinese):
            return english
    near = difflib.get_close_matches(key, [p.casefold() for p in PROVINCES], n=2, cutoff=0.6)
    hint = f"did you mean {' or '.join(n.title() for n in near)}? " if near else ""
    raise UsageError(
        f"region {name!r} is no province of China; {hint}"
        f'the factors are Chinese: write the name of a province ("Chongqing") or "CN"'
    )
