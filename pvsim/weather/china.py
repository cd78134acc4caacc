"""Which places keep the clock of China."""

from __future__ import annotations

CHINA_OFFSET_MINUTES = 480  # all of it keeps one clock
# Longitude and latitude of corners round it, drawn by hand and coarse: a place near the border may have to say its
# clock, and no neighbour's capital lies within.
CHINA = (
    (74, 39.5), (80.3, 44.8), (83, 47), (87.8, 48.9), (91, 46.5), (96.3, 42.8), (105, 41.7), (111.5, 44.5), (116, 48),
    (120.5, 53), (124, 53.2), (127.5, 50), (131, 47.8), (134.5, 48.3), (131, 43), (128, 42), (124.5, 40.2), (122, 39),
    (122.5, 37), (120, 34), (122.2, 31), (121.8, 25.2), (120.8, 22), (110, 18.2), (108.5, 21.7), (106.7, 22.2),
    (101.5, 21.2), (97.7, 24), (98.5, 27.7), (92, 27.8), (86, 28.2), (81, 30.2), (78.8, 32.5), (75, 37),
)  # fmt: skip


def clock_of(latitude: float, longitude: float) -> int | None:
    """Minutes from UTC of the clock at a place, in degrees, where it is known: in China. None elsewhere."""
    inside = False
    for (x, y), (x2, y2) in zip(CHINA, (*CHINA[1:], CHINA[0]), strict=True):
        if (y > latitude) != (y2 > latitude):
            inside ^= longitude < x + (latitude - y) / (y2 - y) * (x2 - x)
    return CHINA_OFFSET_MINUTES if inside else None
