"""Keep → say: the store as a static site. Files that would come out as they are there are not written again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError
from perfwatch.model import Commit, Machine, SeriesKey
from perfwatch.pipeline.judging import judge_newest
from perfwatch.pipeline.line import line_of
from perfwatch.pipeline.site_folder import SiteFolder
from perfwatch.report import site
from perfwatch.report.site.index import SPARK_POINTS, PlaceData, index
from perfwatch.report.site.points import points
from perfwatch.store.location import parse
from perfwatch.store.reader import Reader

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Published:
    """What a publication came to; `written` and `kept` count files."""

    folder: Path
    places: int
    series: int
    commits: int
    events: int
    judged: int
    written: int
    kept: int


def publish(config: Config, folder: Path, *, title: str | None = None, progress: Progress | None = None) -> Published:
    """Write the store as a static site into `folder`, and return what came of it; what is not judged yet is, before.

    Errors
    ------
    NothingToCompareError : the store holds no measurement.
    UsageError : the folder holds something else than such a site, or cannot be written.
    """
    with Reader(parse(config.store)) as reader:
        if not reader.places():
            raise NothingToCompareError("the store holds no measurement; run `perfwatch ingest` first")
    site_folder = SiteFolder(folder.absolute())
    judged = judge_newest(config, progress)
    with Reader(parse(config.store)) as reader:
        places = [_place(reader, *place) for place in reader.places()]
        commits, events = _line(reader, places), reader.events()
        for number, place in enumerate(places):
            _write_points(reader, site_folder, number, place, progress)
    data = [p.data for p in places]
    site_folder.write_assets()
    site_folder.write("data/index.js", index(title or config.project, config.show_commit_url, commits, data, events))
    site_folder.finish()
    return Published(
        folder,
        len(places),
        sum(len(p.data.keys) for p in places),
        len(commits),
        len(events),
        judged,
        site_folder.written,
        site_folder.kept,
    )


@dataclass(frozen=True)
class _Place:
    """A place with what its files are told by: series identifiers in the rows' order, and each commit's sources."""

    data: PlaceData
    ids: Sequence[int]
    contents: Mapping[str, str]


def _place(reader: Reader, machine: str, environment: str) -> _Place:
    known, contents = reader.measured_commits(machine, environment), reader.contents(machine, environment)
    commits = [c.hash for c in _ordered([c for c in reader.commits() if c.hash in known])]
    rows = reader.newest(machine, environment)
    keys = [row.key for row in rows]
    recent = reader.matrix(machine, environment, commits[-SPARK_POINTS:])
    steps, newest = _steps(reader, machine, environment, keys, commits)
    said = reader.verdicts(newest, machine, environment) if newest else []
    facts = next((m.facts for m in reader.machines() if m.name == machine), {})
    data = PlaceData(
        machine=Machine(machine, facts),
        environment=environment,
        commits=commits,
        keys=keys,
        n=[row.n for row in rows],
        last_commit=[row.commit for row in rows],
        last_value=[row.value for row in rows],
        recent=recent.values,
        steps=steps,
        verdicts={v.key: v for v in said},
    )
    return _Place(data, [row.series_id for row in rows], contents)


def _ordered(commits: Sequence[Commit]) -> list[Commit]:
    """Return the commits of the line, oldest first, and before them those that are not on it, as the store has them."""
    line = line_of(commits)
    placed = {c.hash for c in line}
    return [*(c for c in commits if c.hash not in placed), *line]


def _line(reader: Reader, places: Sequence[_Place]) -> list[Commit]:
    measured = {c for p in places for c in p.data.commits}
    return _ordered([c for c in reader.commits() if c.hash in measured])


def _steps(
    reader: Reader, machine: str, environment: str, keys: Sequence[SeriesKey], commits: Sequence[str]
) -> tuple[dict[int, list[int]], str | None]:
    """Return the columns at which each row's told changes begin, and the commit that was judged last."""
    state = reader.judge_state(machine, environment)
    if state is None:
        return {}, None
    column = {c: i for i, c in enumerate(commits)}
    rows = {f"{key.label}\0{key.version or ''}": row for row, key in enumerate(keys)}
    steps = {
        rows[name]: sorted(column[state["commits"][at]] for at in places if state["commits"][at] in column)
        for name, places in state["told"].items()
        if name in rows and places
    }
    return steps, state["commits"][-1]


def _write_points(reader: Reader, folder: SiteFolder, number: int, place: _Place, progress: Progress | None) -> None:
    """Write the points of a place, stretch by stretch, so that memory holds one of them."""
    noted: dict[str, list[tuple[int, str]]] | None = None
    row_of = {series_id: row for row, series_id in enumerate(place.ids)}
    stretches = list(_stretches(place.data.commits))
    for stretch, commits in enumerate(stretches):
        told_by = [place.contents.get(c, "") for c in commits]
        groups = {
            group: _digest(place.data.keys[low : low + site.SERIES_PER_GROUP], commits, told_by)
            for group, low in enumerate(range(0, len(place.ids), site.SERIES_PER_GROUP))
        }
        wanted = [g for g, digest in groups.items() if not folder.keep(site.data_file(number, g, stretch), digest)]
        if wanted:
            if noted is None:
                noted = {}
                for series_id, commit, text in reader.notes(place.data.machine.name, place.data.environment):
                    noted.setdefault(commit, []).append((row_of[series_id], text))
            matrix = reader.matrix(place.data.machine.name, place.data.environment, commits)
            notes = {(row, at): text for at, c in enumerate(commits) for row, text in noted.get(c, ())}
            for group in wanted:
                low = group * site.SERIES_PER_GROUP
                rows = slice(low, low + site.SERIES_PER_GROUP)
                own = {(row - low, at): text for (row, at), text in notes.items() if rows.start <= row < rows.stop}
                content = points(group, stretch, matrix.values[rows], matrix.lower[rows], matrix.upper[rows], own)
                folder.write(site.data_file(number, group, stretch), content or b"", groups[group])
        if progress is not None:
            progress(stretch + 1, len(stretches), f"{place.data.machine.name} {place.data.environment}")


def _stretches(commits: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(commits), site.COMMITS_PER_STRETCH):
        yield commits[first : first + site.COMMITS_PER_STRETCH]


def _digest(keys: Sequence[SeriesKey], commits: Sequence[str], told_by: Sequence[str]) -> str:
    said = json.dumps([[(k.label, k.version, k.unit, k.kind) for k in keys], *zip(commits, told_by, strict=True)])
    return hashlib.sha256(said.encode()).hexdigest()
