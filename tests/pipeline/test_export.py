"""Out of the store and back: every row of every table, to the last bit; and newest values for other tools."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from perfwatch import pipeline
from perfwatch.config import Config
from perfwatch.errors import SourceError, UsageError
from perfwatch.pipeline import export as out
from perfwatch.pipeline.acceptance import accept
from perfwatch.store import archive
from perfwatch.store.attach import attach

forms = pytest.mark.parametrize("form", archive.FORMATS)

# What a format could trip over: missing beside empty, quotes, what looks like missing, numbers that are none.
ODD = {
    "schema": "perfwatch.measurements/1",
    "reports": [
        {
            "commit": "c0ffee",
            "machine": "\\N",
            "environment": 'a "b", c\nd',
            "measurements": [
                {"benchmark": "é,\t", "unit": "", "value": 1e-7 / 3, "params": {"\\N": ""}, "samples": [0.1, 2 / 3]},
                {"benchmark": "none", "unit": "MB/s", "value": None, "status": "failed"},
                {"benchmark": "large", "unit": "bytes", "value": 2.0**60 + 256, "number": 2**53 + 1, "samples": []},
            ],
        }
    ],
}


def filled(project: Any) -> Config:
    """Return the settings of a project whose store holds something in nearly every table."""
    for subject in ("one", "two"):
        project.measure(project.commit(subject), seconds=None if subject == "one" else 1.25)
    pipeline.ingest(project.config)
    odd = project.folder / "odd.json"
    odd.write_text(json.dumps(ODD))
    pipeline.ingest(project.config, [odd])
    pipeline.check(project.config)
    accept(project.config, "HEAD", 'because "of" it')
    return project.config


def tables(config: Config) -> dict[str, list[str]]:
    with attach(Path(config.store), read_only=True) as connection:
        names = [n for (n,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        # As text, where NaN is itself.
        return {
            name: sorted(map(repr, connection.execute(f"FROM {name}").fetchall()))
            for name in names
            if name != "schema_version"
        }


@forms
def test_what_goes_out_comes_back_row_by_row(project: Any, form: archive.Format) -> None:
    config = filled(project)
    folder = project.folder / "out"
    rows = out.export_tables(config, folder, form)
    assert rows["measurements"] > 8
    assert {name for name, n in rows.items() if n} >= {"commits", "series", "sources", "acceptances", "verdicts"}
    copy = replace(config, store=str(project.folder / "copy.duckdb"))
    assert out.import_tables(copy, folder) == rows
    assert tables(copy) == tables(config)
    # And it is a store like any other.
    assert pipeline.check(copy).exit_code == pipeline.check(config).exit_code
    assert pipeline.ingest(copy).loaded == 0


def test_numbers_that_are_none_survive_too(project: Any) -> None:
    config = filled(project)
    with attach(Path(config.store), read_only=False) as connection:
        connection.execute(
            "UPDATE measurements SET upper = 'inf', lower = '-inf', samples = ['nan'::DOUBLE, NULL, 'inf']"
        )
    for form in archive.FORMATS:
        with attach(Path(config.store), read_only=True) as connection:
            archive.write(connection, project.folder / f"odd-{form}", form)
        copy = replace(config, store=str(project.folder / f"{form}.duckdb"))
        out.import_tables(copy, project.folder / f"odd-{form}")
        assert tables(copy) == tables(config), form


def test_a_folder_that_holds_something_is_not_written_into(project: Any) -> None:
    config = filled(project)
    (project.folder / "full").mkdir()
    (project.folder / "full" / "mine").write_text("mine")
    with pytest.raises(UsageError, match="is not empty; name a new folder"):
        out.export_tables(config, project.folder / "full", "parquet")
    with pytest.raises(UsageError, match="cannot be written"):
        out.export_tables(config, project.folder / "full" / "mine", "parquet")


def test_a_store_that_holds_something_is_not_imported_into(project: Any) -> None:
    config = filled(project)
    before = tables(config)
    out.export_tables(config, project.folder / "out", "json")
    with pytest.raises(UsageError, match=r"the store holds .* already; import into a new one"):
        out.import_tables(config, project.folder / "out")
    assert tables(config) == before


def spoil_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def spoil_schema(folder: Path) -> None:
    told = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**told, "store": 999}))


def spoil_table(folder: Path) -> None:
    (folder / "measurements.csv").unlink()


def spoil_rows(folder: Path) -> None:
    path = folder / "commits.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def spoil_content(folder: Path) -> None:
    (folder / "series.csv").write_text("series_id,benchmark\nx,y\n")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (spoil_manifest, "an export, and a whole one"),
        (spoil_schema, "of a store of schema 999"),
        (spoil_table, "not there, though the manifest names it"),
        (spoil_rows, "rows, the manifest says"),
        (spoil_content, r"series\.csv: cannot be read"),
    ],
)
def test_half_an_export_is_refused_and_leaves_nothing(project: Any, spoil: Any, says: str) -> None:
    config = filled(project)
    folder = project.folder / "out"
    out.export_tables(config, folder, "csv")
    spoil(folder)
    copy = replace(config, store=str(project.folder / "copy.duckdb"))
    with pytest.raises(SourceError, match=says):
        out.import_tables(copy, folder)
    assert not Path(copy.store).exists() or not any(tables(copy).values())


def test_prometheus_gets_the_newest_value_of_each_series_and_none_that_is_missing(project: Any) -> None:
    text = out.export_text(filled(project), "prometheus")
    lines = text.splitlines()
    [sort] = [line for line in lines if "sort.time_sort" in line]
    assert sort.startswith('perfwatch_value{benchmark="sort.time_sort",machine="bench-1",')
    assert sort.endswith("} 1.25")
    # Names and values are written as the format wants them.
    [odd] = [line for line in lines if 'benchmark="é,' in line]
    assert 'environment="a \\"b\\", c\\nd"' in odd
    assert 'machine="\\\\N"' in odd
    assert 'param__N=""' in odd
    assert float(odd.rpartition(" ")[2]) == 1e-7 / 3
    assert not any('benchmark="none"' in line for line in lines)
    assert lines[1] == "# TYPE perfwatch_value gauge"
    assert all(math.isfinite(float(line.rpartition(" ")[2])) for line in lines if not line.startswith("#"))


def test_the_action_s_list_holds_what_is_better_when_smaller(project: Any) -> None:
    entries = json.loads(out.export_text(filled(project), "customSmallerIsBetter", machine="bench-1"))
    assert {"name": "sort.time_sort", "unit": "seconds", "value": 1.25} in entries
    with pytest.raises(UsageError, match="nothing was measured on 'nowhere'; there are"):
        out.export_text(project.config, "prometheus", machine="nowhere")
