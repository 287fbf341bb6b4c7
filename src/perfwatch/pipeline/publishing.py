"""Keep → say: the store as a static site. Files that would come out as they are there are not written again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from perfwatch.analysis.judge import series_name
from perfwatch.config import Config
from perfwatch.errors import NothingToCompareError
from perfwatch.model import Commit, Machine
from perfwatch.pipeline.judging import judge_newest
from perfwatch.pipeline.line import line_of
from perfwatch.pipeline.site_folder import SiteFolder
from perfwatch.report import site
from perfwatch.report.site.index import SPARK_POINTS, PlaceData, index
from perfwatch.report.site.points import LONGEST_TEXT, points
from perfwatch.store.location import parse
from perfwatch.store.matrix import BoundedMatrix
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
    location = parse(config.store)
    with Reader(location) as reader:
        places = [_place(reader, *place) for place in reader.places()]
        if not places:
            raise NothingToCompareError("the store holds no measurement; run `perfwatch ingest` first")
        commits, site_folder = _line(reader, places), SiteFolder(folder.absolute())
        # The points are what they are, whatever is said of them: they are written while that is found out.
        with ThreadPoolExecutor(1, thread_name_prefix="publish") as pool:
            writing = pool.submit(_write_places, reader, site_folder, places, progress)
            judged = judge_newest(config)
            writing.result()
    with Reader(location) as reader:
        data, events = [_judged(reader, p.data) for p in places], reader.events()
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


def _judged(reader: Reader, place: PlaceData) -> PlaceData:
    """Return the place with what was said of it: verdicts of the commit judged last, and the changes that were told."""
    state = reader.judge_state(place.machine.name, place.environment)
    if state is None:
        return place
    column = {c: i for i, c in enumerate(place.commits)}
    rows = {series_name(key): row for row, key in enumerate(place.keys)}
    steps = {
        rows[name]: sorted(column[state["commits"][at]] for at in told if state["commits"][at] in column)
        for name, told in state["told"].items()
        if name in rows and told
    }
    said = reader.verdicts(state["commits"][-1], place.machine.name, place.environment)
    return replace(place, steps=steps, verdicts={v.key: v for v in said})


def _write_places(reader: Reader, folder: SiteFolder, places: Sequence[_Place], progress: Progress | None) -> None:
    for number, place in enumerate(places):
        _write_points(reader, folder, number, place)
        if progress is not None:
            progress(number + 1, len(places), f"{place.data.machine.name} {place.data.environment}")


# So many points of a place are held at once.
_HELD_POINTS = 500_000


def _write_points(reader: Reader, folder: SiteFolder, number: int, place: _Place) -> None:
    """Write the files of a place's points that are not there as they would come out."""
    size, commits = site.COMMITS_PER_STRETCH, place.data.commits
    stretches = [commits[first : first + size] for first in range(0, len(commits), size)]
    wanted: dict[int, dict[int, str]] = {}
    for stretch, of_stretch in enumerate(stretches):
        for group, digest in _digests(place, of_stretch).items():
            if not folder.keep(site.data_file(number, group, stretch), digest):
                wanted.setdefault(stretch, {})[group] = digest
    notes = _notes(reader, place) if wanted else {}
    several = max(1, _HELD_POINTS // (size * max(1, len(place.ids))))
    rows_held = max(1, _HELD_POINTS // (size * site.SERIES_PER_GROUP)) * site.SERIES_PER_GROUP
    for turn in _batched(wanted, several):
        held = [c for stretch in turn for c in stretches[stretch]]
        for low in range(0, len(place.ids), rows_held):
            matrix = reader.bounded_matrix(
                place.data.machine.name, place.data.environment, held, slice(low, low + rows_held)
            )
            first = 0
            for stretch in turn:
                columns = slice(first, first + len(stretches[stretch]))
                first = columns.stop
                for group, digest in wanted[stretch].items():
                    row = group * site.SERIES_PER_GROUP - low
                    if 0 <= row < rows_held:
                        rows = slice(row, row + site.SERIES_PER_GROUP)
                        content = _points(group, stretch, matrix, rows, columns, notes.get(group, ()))
                        folder.write(site.data_file(number, group, stretch), content, digest)


def _points(
    group: int, stretch: int, matrix: BoundedMatrix, rows: slice, columns: slice, notes: Sequence[tuple[int, str, str]]
) -> bytes:
    """Return a group's file of a stretch, which is in these rows and columns of the matrix."""
    at = {commit: i for i, commit in enumerate(matrix.commits[columns])}
    own = {(row, at[commit]): text for row, commit, text in notes if commit in at}
    parts = (matrix.values[rows, columns], matrix.lower[rows, columns], matrix.upper[rows, columns])
    return points(group, stretch, *parts, own) or b""


def _digests(place: _Place, commits: Sequence[str]) -> dict[int, str]:
    """Return what each group's file of a stretch of commits would be made of, by group."""
    told_by = [(c, place.contents.get(c, "")) for c in commits]
    size = site.SERIES_PER_GROUP
    return {
        group: _digest([(k.label, k.version, k.unit, k.kind) for k in place.data.keys[low : low + size]], told_by)
        for group, low in enumerate(range(0, len(place.ids), size))
    }


def _digest(*said: object) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _notes(reader: Reader, place: _Place) -> dict[int, list[tuple[int, str, str]]]:
    """Return the points of a place that have no number: group → row in it, commit, and text."""
    row_of = {series_id: row for row, series_id in enumerate(place.ids)}
    found: dict[int, list[tuple[int, str, str]]] = {}
    for series_id, commit, text in reader.notes(place.data.machine.name, place.data.environment, LONGEST_TEXT):
        group, row = divmod(row_of[series_id], site.SERIES_PER_GROUP)
        found.setdefault(group, []).append((row, commit, text))
    return found


def _batched(items: Iterable[int], n: int) -> Iterator[tuple[int, ...]]:
    # itertools.batched is Python 3.12's.
    rest = iter(items)
    while batch := tuple(islice(rest, n)):
        yield batch
