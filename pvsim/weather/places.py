"""Where a text says that something stands: provinces, cities and some districts of Mainland China.

The rows of ``data/places.csv`` are general knowledge (status U): the seats of all prefecture-level cities and of the
districts and counties of Chongqing to one decimal of a degree, which picks a climate and no more. Provinces have no
coordinates, but for the four that are cities. They were compared with GeoNames and with a public list of divisions,
whose own points are the middles of areas here and there. Of several spellings in the column ``name`` the first is the
name.

Names of the press are short, and some of them are words: "sunshine" is a city (日照), and so is "silver" (白银). The
tables below say where such a name counts. What is left are texts that no table resolves: two cities have one English
name, and no province is named beside it. Then the one of ``DEFAULT_PROVINCE`` is taken.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import Final

KINDS: Final = ("district", "city", "province")  # the most specific first

# Where two cities share an English name and no province is named: the better known one.
DEFAULT_PROVINCE: Final[Mapping[str, str]] = MappingProxyType(
    {"suzhou": "Jiangsu", "fuzhou": "Fujian", "taizhou": "Zhejiang", "yichun": "Jiangxi", "yulin": "Shaanxi"}
)

# Districts that have namesakes outside of the table: a city of another province beside them is believed first.
_COMMON: Final = frozenset({"Jiangbei", "Nan'an", "Wushan", "Yunyang", "Lingang"})

# As one word these are something else: "jian" is a common given name.
_ONLY_APART: Final = frozenset({"ji'an"})

# Chinese names that are words, or that arise where two words meet: they count as the whole text, before a suffix, and
# beside their province.
_WORDS: Final = frozenset(
    {
        "日照", "白银", "来宾", "朝阳", "兴安", "阿里", "定西", "长寿", "江北", "南岸", "大足", "海东", "海西",
        "海北", "黄南", "山南", "保定", "大同", "大庆", "安康", "安顺", "天门", "民乐", "临港", "乐从", "建桥",
    }
)  # fmt: skip
_SUFFIX: Final[Mapping[str, str]] = MappingProxyType(
    {"city": "(?=市(?!场)|州|盟|地区)", "district": "(?=区|县|新片区|镇|工业园|产业园|园区)"}
)
_GAP: Final = " ,\uff0c\u3001"  # blank and commas, Chinese ones too
_PROVINCE_BEFORE: Final = tuple(
    f"{{0}}{suffix}{gap}" for suffix in ("", "省", "市", "自治区") for gap in ("", f"[{_GAP}]")
)
_PROVINCE_AFTER: Final = f"[{_GAP}]{{1,2}}"

# What may not stand before or after a name, because the two together are another word.
_NOT_BEFORE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "海口": ("出", "入"),
        "德州": ("美国",),
        "济源": ("经",),
        "济宁": ("经",),
        "济南": ("经",),
        "河源": ("黄",),
        "文山": ("人",),
        "渝中": ("成",),
        "渝北": ("成",),
        "大连": ("最", "扩", "强", "重"),
    }
)
_NOT_AFTER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "日照": ("时", "小时", "充足", "资源", "条件", "强", "量", "率", "好", "长", "较", "短", "少", "百分"),
        "内江": ("苏", "西", "北", "南"),
        "长寿": ("命",),
        "大理": ("石",),
        "北海": ("道",),
        "中山": ("大学", "陵", "公园", "装"),
        "宁德": ("时代",),
        "德州": ("仪器",),
        "吉林市": ("场",),
        "阿里": ("巴巴", "云"),
        "开封": ("装", "闭", "口"),
        "长治": ("久安",),
        "南通": ("过", "往", "向", "道", "信"),
        "南平": ("均", "台"),
        "东营": ("销", "业"),
        "三明": ("治",),
        "大连": ("接", "续", "通", "锁", "片", "体"),
        "合川": ("渝", "陕", "滇", "藏", "黔"),
        "建桥": ("梁", "面", "墩"),
    }
)  # fmt: skip
_STREET: Final = "路|大道|大街"
_STREETS: Final = frozenset({"road", "rd", "street", "avenue"})

# Traditional characters that occur in the names of the table, and in the tables above; below each its simplified form.
_TRADITIONAL: Final = (
    "萬東兩豐臨麗義烏樂鄉雲亞從倫蘭關興內岡農涼區華衛廈縣雙臺呂吳鹹國壩墊頭婁寧寶賓壽爾崗島巖嶺峽廣莊慶應開張彥懷揚"
    "撫無時晉來棗橋畢漢瀋滄瀘澤濟溫濱濰潛煙瑪瓊鹽盤紅納紹經結綏綿肅節蕪蘆蒼蘇荊榮營薩許貝貢貴賀資贛邊遼達遷過運遠連"
    "鄭鄲裡欽鐵銅銀錫錦鎮長門陽隴陝隨頂順饒馬駐魯雞鴨鶴鷹黃齊龍"
)
_SIMPLIFIED: Final = (
    "万东两丰临丽义乌乐乡云亚从伦兰关兴内冈农凉区华卫厦县双台吕吴咸国坝垫头娄宁宝宾寿尔岗岛岩岭峡广庄庆应开张彦怀扬"
    "抚无时晋来枣桥毕汉沈沧泸泽济温滨潍潜烟玛琼盐盘红纳绍经结绥绵肃节芜芦苍苏荆荣营萨许贝贡贵贺资赣边辽达迁过运远连"
    "郑郸里钦铁铜银锡锦镇长门阳陇陕随顶顺饶马驻鲁鸡鸭鹤鹰黄齐龙"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its name.

    Attributes
    ----------
    name : as the English press writes it
    chinese : without the suffix that says what it is, where the name is clear without
    province : English name, as the factors spell it
    latitude, longitude : degrees north and east, of the seat; None for provinces that are not one city
    kind : ``district`` (districts, counties and new areas), ``city`` (of prefecture level, or under the province) or
        ``province``
    """

    name: str
    chinese: str
    province: str
    latitude: float | None
    longitude: float | None
    kind: str


@dataclass(frozen=True, slots=True)
class _Match:
    """A name in a text: the places that have it, and how it stands there."""

    namesakes: tuple[Place, ...]
    length: int
    start: int
    apart: bool = False  # written as "Hang Zhou", which is also how persons are written


@lru_cache(maxsize=1)
def _rows() -> tuple[tuple[Place, tuple[str, ...]], ...]:
    text = (files("pvsim") / "data" / "places.csv").read_text(encoding="utf-8")
    found = []
    for row in csv.DictReader(text.splitlines()):
        name, *others = row["name"].split("|")
        place = Place(
            name=name,
            chinese=row["chinese"],
            province=row["province"],
            latitude=float(row["latitude"]) if row["latitude"] else None,
            longitude=float(row["longitude"]) if row["longitude"] else None,
            kind=row["kind"],
        )
        found.append((place, (name, *others)))
    return tuple(found)


def places() -> tuple[Place, ...]:
    """All places: the provinces, then city by city and district by district in the order of the provinces."""
    return tuple(place for place, _ in _rows())


def find_place(text: str) -> Place | None:
    """The most specific place that a text names.

    English names count as whole words, whatever their case, apostrophes and spaces; Chinese ones anywhere, in
    simplified or traditional characters, but where they are part of another word. Names written as several words,
    which may be a person's, count where there is no other.

    A district comes before a city and a city before a province; then the longest name, then the first. Where the
    text names provinces, places in them come before all others.

    Parameters
    ----------
    text : str
        Any text: an address, a headline, a paragraph.

    Returns
    -------
    Place or None
        None where no place is named.
    """
    folded = _folded(text)
    found = [*_english(folded), *_chinese(folded)]
    found = [m for m in found if not m.apart] or found
    named = {p.province for m in found for p in m.namesakes if p.kind == "province"}
    cities = {m.namesakes[0].province for m in found if m.namesakes[0].kind == "city"}
    candidates = [(_chosen(m, named or cities), m) for m in found]
    inside = [pair for pair in candidates if pair[0].province in named]

    def order(pair: tuple[Place, _Match]) -> tuple[float, int, int]:
        place, match = pair
        rank = float(KINDS.index(place.kind))
        doubtful = place.name in _COMMON and cities and place.province not in named | cities
        return (rank + 1.5 * bool(doubtful), -match.length, match.start)

    return min(inside or candidates, key=order)[0] if found else None


def _chosen(match: _Match, provinces: set[str]) -> Place:
    """Of the places with one name the one in a province that is named, else the best known."""
    return next((p for p in match.namesakes if p.province in provinces), match.namesakes[0])


# --- English names


def _folded(text: str) -> str:
    """The text without accents, in simplified characters and with one kind of apostrophe."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.translate(_CHARACTERS)


_CHARACTERS: Final = str.maketrans(
    dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True)) | dict.fromkeys("\u2018\u2019\u02bc`\u00b4", "'")
)
_SYLLABLE: Final = re.compile(r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcswy])?[aeiou]+(?:ng(?![aeiou])|n(?![aeiou])|r$)?")
_WORD: Final = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]+(?![A-Za-z0-9_])")
_MOST_WORDS: Final = 4

_Way = tuple[str, ...]  # a name as it is written in words, in small letters


def _syllables(name: str) -> tuple[str, ...]:
    """The syllables of a pinyin name; the words of another one."""
    found: list[str] = []
    for word in re.split(r"[ ']", name.lower()):
        parts = _SYLLABLE.findall(word)
        found += parts if "".join(parts) == word else [word]
    return tuple(found)


@lru_cache(maxsize=1)
def _english_index() -> tuple[Mapping[_Way, tuple[Place, ...]], frozenset[_Way], frozenset[str]]:
    """Places by every way to write their names in words; the ways that are closed; the words that one starts with."""
    table: dict[_Way, list[Place]] = {}
    whole: set[_Way] = set()
    for place, names in _rows():
        for name in names:
            words = tuple(re.split(r"[ ']", name.lower()))
            ways = {words} if name.lower() in _ONLY_APART else {words, ("".join(words),)}
            whole |= ways
            for way in ways | set(_ways(_syllables(name))):
                if (len(way) > 1 or way in ways) and len(way) <= _MOST_WORDS and place not in table.setdefault(way, []):
                    table[way].append(place)

    def order(place: Place) -> tuple[int, bool]:
        rank = (1, 0, 2)[KINDS.index(place.kind)]  # a city is better known than a district of its name
        return (rank, place.province != DEFAULT_PROVINCE.get(place.name.lower().replace("'", ""), place.province))

    index = {way: tuple(sorted(found, key=order)) for way, found in table.items()}
    return index, frozenset(whole), frozenset(way[0] for way in index)


def _ways(syllables: tuple[str, ...]) -> Iterator[_Way]:
    """All ways to write syllables as words."""
    gaps = len(syllables) - 1
    for mask in range(2**gaps):
        words = [syllables[0]]
        for i, syllable in enumerate(syllables[1:]):
            if mask >> i & 1:
                words.append(syllable)
            else:
                words[-1] += syllable
        yield tuple(words)


def _english(text: str) -> Iterator[_Match]:
    table, whole, starts = _english_index()
    words = list(_WORD.finditer(text))
    gaps = [text[a.end() : b.start()] for a, b in pairwise(words)]
    at = 0
    while at < len(words):
        size = _joined(gaps, at) if words[at].group().lower() in starts else 0
        while size:
            way = tuple(m.group().lower() for m in words[at : at + size])
            apart = way not in whole
            if way in table and not (apart and _mixed([m.group() for m in words[at : at + size]])):
                break
            size -= 1
        follows = words[at + size].group().lower() if at + size < len(words) else ""
        if size and follows not in _STREETS:
            start, end = words[at].start(), words[at + size - 1].end()
            yield _Match(table[way], end - start, start, apart)
        at += max(size, 1)


def _joined(gaps: list[str], at: int) -> int:
    """How many words from one on may be one name: only a blank or an apostrophe between them."""
    size = 1
    while size < _MOST_WORDS and at + size - 1 < len(gaps) and gaps[at + size - 1].strip("'") in {"", " "}:
        size += 1
    return size


def _mixed(words: list[str]) -> bool:
    """Whether words are written unlike each other, as a name and what follows it: "Hong he said"."""
    return len({word[0].isupper() for word in words}) > 1


# --- Chinese names


@lru_cache(maxsize=1)
def _chinese_index() -> tuple[re.Pattern[str], Mapping[str, tuple[Place, ...]]]:
    table: dict[str, tuple[Place, ...]] = {}
    for place in places():
        table[place.chinese] = (*table.get(place.chinese, ()), place)
    provinces = {p.province: p.chinese for p in places() if p.kind == "province"}
    names = sorted(table, key=lambda n: (-len(n), n))
    branches = [_branch(table[name][0], provinces[table[name][0].province]) for name in names]
    # what a name starts with is looked at before the long list of names is
    starts = "".join(sorted({name[0] for name in names}))
    return re.compile(f"(?=[{starts}])(?:{'|'.join(branches)})"), table


def _branch(place: Place, province: str) -> str:
    """The pattern of one Chinese name."""
    name = place.chinese
    before = "".join(f"(?<!{other})" for other in _NOT_BEFORE.get(name, ()))
    pattern = f"{before}{name}(?!{'|'.join([_STREET, *_NOT_AFTER.get(name, ())])})"
    if name not in _WORDS:
        return pattern
    preceded = "|".join(f"(?<={way.format(province)})" for way in _PROVINCE_BEFORE)
    return f"(?:{name}{_SUFFIX[place.kind]}|(?:{preceded}){pattern}|{name}(?={_PROVINCE_AFTER}{province}))"


def _chinese(text: str) -> Iterator[_Match]:
    if text.isascii():
        return
    pattern, table = _chinese_index()
    whole = text.strip()
    if whole in table:
        yield _Match(table[whole], len(whole), 0)
        return
    for found in pattern.finditer(text):
        yield _Match(table[found.group()], len(found.group()), found.start())
