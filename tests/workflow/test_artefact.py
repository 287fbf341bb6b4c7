"""What is taken out of an artefact, and what is refused: whoever made it may have wanted to write somewhere else."""

from __future__ import annotations

import io
import os
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from forge_server import Fault
from github_artefacts import GitHubWithArtefacts, artefacts_listening

RUN = 4711
SCRIPT = Path(__file__).parent.parent.parent / ".github" / "action" / "artefact.py"


@pytest.fixture
def github() -> Iterator[GitHubWithArtefacts]:
    with artefacts_listening() as forge:
        yield forge


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """A folder in which there is nothing."""
    (tmp_path / "into").mkdir()
    return tmp_path / "into"


def take(github: GitHubWithArtefacts, *words: object, token: str = "actions-token") -> subprocess.CompletedProcess[str]:
    variables = {"GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": "ada/engine", "GITHUB_TOKEN": token}
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, words)],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return made.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name)
    found.external_attr = (stat.S_IFLNK | 0o777) << 16
    return found


def with_a_zero_byte() -> bytes:
    # As long as the name that it replaces, in both places where it stands.
    return archive(("pr.json_.sh", b"{}")).replace(b"pr.json_.sh", b"pr.json\0.sh")


def that_lies_about_its_size() -> bytes:
    # The table says 10 bytes; what is packed is 10 MB.
    honest = archive(("pr.json", b"0" * 10_000_000))
    at = honest.rindex(b"PK\x01\x02") + 24
    return honest[:at] + struct.pack("<I", 10) + honest[at + 4 :]


def test_the_one_file_of_a_run_is_taken_and_the_token_stays_with_githubs_api(
    github: GitHubWithArtefacts, into: Path
) -> None:
    github.upload("perfwatch-pull", archive(("pr.json", b'{"run": "another"}')), run=1)
    github.upload("perfwatch-pull", archive(("pr.json", b'{"attempt": 1}')), run=RUN)
    github.upload("perfwatch-pull", archive(("pr.json", b'{"attempt": 2}')), run=RUN)
    github.upload("other", archive(("pr.json", b"{}")), run=RUN)
    done = take(github, "of-run", RUN, "perfwatch-pull", into / "pr.json")
    assert done.returncode == 0, done.stderr
    assert (into / "pr.json").read_text() == '{"attempt": 2}'
    assert [p.name for p in into.iterdir()] == ["pr.json"]
    assert github.carried == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        pytest.param(archive(("../pr.json", b"{}")), "is not a file called", id="a way out"),
        pytest.param(archive(("/tmp/pr.json", b"{}")), "is not a file called", id="a way from the root"),
        pytest.param(archive((link("pr.json"), b"/etc/passwd")), "is not a file called", id="a link"),
        pytest.param(archive(("pr.json/", b"")), "is not a file called", id="a folder"),
        pytest.param(with_a_zero_byte(), "is not a file called", id="a name cut short"),
        pytest.param(archive(("pr.json", b"{}"), ("x.sh", b"")), "2 entries", id="a second file"),
        pytest.param(archive(), "0 entries", id="nothing"),
        pytest.param(archive(("pr.json", b"0" * 10_000_000)), "larger than", id="a bomb"),
        pytest.param(that_lies_about_its_size(), "can be read", id="a bomb that lies"),
        pytest.param(os.urandom(200_000), "larger than", id="more than it may have"),
        pytest.param(b"no archive", "can be read", id="no archive"),
        pytest.param(archive(("pr.json", b"{}" * 999))[:-60], "can be read", id="half an archive"),
    ],
)
def test_a_hostile_archive_is_refused_and_leaves_nothing(
    github: GitHubWithArtefacts, into: Path, made: bytes, said: str
) -> None:
    github.upload("perfwatch-pull", made, run=RUN)
    done = take(github, "--limit", 100_000, "of-run", RUN, "perfwatch-pull", into / "pr.json")
    assert done.returncode == 8
    assert said in done.stderr
    assert done.stderr.startswith("::error::artefact: ")
    assert "Traceback" not in done.stderr
    assert list(into.iterdir()) == []


def test_the_store_is_the_newest_of_the_default_branch_of_this_repository(
    github: GitHubWithArtefacts, into: Path
) -> None:
    assert "no artefact store yet" in take(github, "newest", "store", into / "perfwatch.duckdb").stdout
    github.upload("store", archive(("perfwatch.duckdb", b"first")))
    github.upload("store", archive(("perfwatch.duckdb", b"second")))
    github.upload("store", archive(("perfwatch.duckdb", b"expired")), expired=True)
    github.upload("store", archive(("perfwatch.duckdb", b"another branch's")), branch="try")
    # A fork may call its branch main, and a hundred of them would fill the first page.
    for _ in range(101):
        github.upload("store", archive(("perfwatch.duckdb", b"a stranger's")), fork=True)
    done = take(github, "newest", "store", into / "perfwatch.duckdb")
    assert done.returncode == 0, done.stderr
    assert (into / "perfwatch.duckdb").read_bytes() == b"second"


def test_what_github_refuses_is_said_with_what_the_job_needs(github: GitHubWithArtefacts, into: Path) -> None:
    done = take(github, "of-run", RUN, "perfwatch-pull", into / "pr.json", token="wr0ng")
    assert (done.returncode, "the token is wrong or has expired" in done.stderr) == (4, True)
    assert "wr0ng" not in done.stdout + done.stderr
    github.faults = [Fault(403)]
    done = take(github, "of-run", RUN, "perfwatch-pull", into / "pr.json")
    assert (done.returncode, "permissions: actions: read" in done.stderr) == (4, True)
    done = take(github, "of-run", "1/../../x", "perfwatch-pull", into / "pr.json")
    assert done.returncode == 4
