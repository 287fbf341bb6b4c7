"""A static site of series, steps and events: what stands in its data files. No I/O; `assets/` holds what reads them.

Data are scripts that call a function, because a browser opens no other file of a page that comes from a disk.
"""

from __future__ import annotations

from typing import Final

SCHEMA: Final = "perfwatch.site/1"
# A group of series and a stretch of commits make a file: a page of one series reads a few, a new commit rewrites
# those of the last stretch.
SERIES_PER_GROUP: Final = 32
COMMITS_PER_STRETCH: Final = 256


def data_file(place: int, group: int, stretch: int) -> str:
    """Return the path, below the site's folder, of the points of a group of series in a stretch of commits."""
    return f"data/{place}/{group}-{stretch}.js"
