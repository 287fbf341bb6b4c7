"""Takes one file out of an artefact of GitHub's, and trusts nothing about it.

    artefact.py newest NAME FILE            of the newest run of the default branch
    artefact.py of-run RUN NAME FILE        of one run, which may be a fork's

GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN: as in a workflow. Where there is no artefact, that is said and nothing
is written. One is an archive with exactly one file, called like FILE; another name, a link, a second entry or more
bytes than --limit are refused (exit code 8), and FILE appears only when it is whole.
"""

from __future__ import annotations

import argparse
import os
import re
import stat
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import urllib3

from perfwatch.errors import PerfwatchError, UnreadableError, UsageError

_PAGE = 100
# A repository with more artefacts of one name than this keeps them for longer than anybody needs.
_PAGES = 20
_CHUNK = 1 << 20
_TIMEOUT_S = 60.0
# An archive of one file is not larger than that file but for its own table.
_TABLE_BYTES = 1 << 16


class Api:
    """GitHub's REST API for one repository."""

    def __init__(self) -> None:
        try:
            self._base = os.environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
            self.repository, self._token = os.environ["GITHUB_REPOSITORY"], os.environ["GITHUB_TOKEN"]
        except KeyError as missing:
            raise UsageError(f"artefact: {missing.args[0]} is not set; the step has to pass it") from missing
        # The archive lies with another host, to which urllib3 does not carry the token.
        again = urllib3.Retry(total=3, backoff_factor=0.5, status_forcelist=(500, 502, 503, 504), raise_on_status=False)
        self._pool = urllib3.PoolManager(retries=again, timeout=_TIMEOUT_S)

    def get(self, path: str, **fields: str) -> urllib3.BaseHTTPResponse:
        """Return the answer for `path` below the repository, its body not read yet."""
        url = f"{self._base}/repos/{self.repository}{path}"
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/vnd.github+json"}
        headers |= {"X-GitHub-Api-Version": "2022-11-28", "User-Agent": "perfwatch"}
        try:
            answer = self._pool.request("GET", url, fields=fields, headers=headers, preload_content=False)
        except urllib3.exceptions.HTTPError as error:
            raise UsageError(f"artefact: GitHub cannot be reached ({type(error).__name__}); try again later") from error
        if answer.status == 401:
            raise UsageError(
                f"artefact: {path} answered 401; the token is wrong or has expired: leave `token` out or mend it"
            )
        if answer.status in (403, 404):
            raise UsageError(f"artefact: {path} answered {answer.status}; the job needs `permissions: actions: read`")
        if answer.status != 200:
            raise UnreadableError(f"artefact: {path} answered {answer.status}; try again later")
        return answer

    def artefacts(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        """Return the artefacts of a name that have not expired, as GitHub describes them."""
        for page in range(1, _PAGES + 1):
            found = self.get(path, name=name, per_page=str(_PAGE), page=str(page)).json()["artifacts"]
            yield from (a for a in found if a["name"] == name and not a["expired"])
            if len(found) < _PAGE:
                return


def newest_of_default_branch(api: Api, name: str) -> int | None:
    """Return the number of the newest artefact that the default branch of this repository made; None without one.

    A run of a fork may call its branch and its artefact as it likes: only the repository tells it apart.
    """
    branch = api.get("").json()["default_branch"]

    def is_ours(run: dict[str, Any]) -> bool:
        return bool(run["head_branch"] == branch and run["head_repository_id"] == run["repository_id"])

    # Numbers grow with time.
    return max(
        (int(a["id"]) for a in api.artefacts("/actions/artifacts", name) if is_ours(a["workflow_run"])), default=None
    )


def of_run(api: Api, run: str, name: str) -> int | None:
    """Return the number of the artefact of one run, of its newest attempt; None without one."""
    return max((int(a["id"]) for a in api.artefacts(f"/actions/runs/{run}/artifacts", name)), default=None)


def take(api: Api, number: int, file: Path, limit: int) -> None:
    """Write the one file of an artefact to `file`.

    Parameters
    ----------
    limit : most bytes that the file may have, packed or not.

    Errors
    ------
    UnreadableError : an archive that is none, is too large, or holds anything but that file.
    """
    with tempfile.TemporaryFile() as archive:
        answer = api.get(f"/actions/artifacts/{number}/zip")
        part = file.with_name(f".{file.name}.part")
        try:
            _copy(answer, archive, limit + _TABLE_BYTES)
            with (
                zipfile.ZipFile(archive) as opened,
                opened.open(_only_entry(opened, file.name)) as source,
                part.open("wb") as target,
            ):
                _copy(source, target, limit)
            part.replace(file)
        except urllib3.exceptions.HTTPError as error:
            raise UnreadableError(f"artefact: broke off ({type(error).__name__}); nothing was taken") from error
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
            raise UnreadableError(f"artefact: not an archive that can be read ({error}); nothing was taken") from error
        finally:
            part.unlink(missing_ok=True)
            answer.release_conn()


def _only_entry(opened: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """Return the entry of an archive that holds one file of this name and nothing else."""
    entries = opened.infolist()
    if len(entries) != 1:
        raise UnreadableError(f"artefact: {len(entries)} entries where {name} is expected alone; nothing was taken")
    kind = stat.S_IFMT(entries[0].external_attr >> 16)
    # orig_filename: a name is cut at a zero byte, and what stands behind it is read by others.
    if entries[0].orig_filename != name or entries[0].is_dir() or kind not in (0, stat.S_IFREG):
        raise UnreadableError(f"artefact: its entry is not a file called {name}; nothing was taken")
    return entries[0]


def _copy(source: IO[bytes] | urllib3.BaseHTTPResponse, target: IO[bytes], limit: int) -> None:
    """Copy to the end, or raise where there is more than `limit` bytes, whatever the source says of its size."""
    left = limit
    while part := source.read(_CHUNK):
        left -= len(part)
        if left < 0:
            raise UnreadableError(f"artefact: larger than {limit:,} bytes; nothing was taken")
        target.write(part)


def main(words: list[str]) -> int:
    """Return the exit code: 0 also where there is no artefact, which is said."""
    parser = argparse.ArgumentParser(prog="artefact.py", description=__doc__.partition("\n")[0])
    parser.add_argument("--limit", type=int, default=1 << 30, help="most bytes of the file [1 GiB]")
    commands = parser.add_subparsers(dest="command", required=True)
    newest, run = commands.add_parser("newest"), commands.add_parser("of-run")
    run.add_argument("run")
    for command in (newest, run):
        command.add_argument("name")
        command.add_argument("file", type=Path)
    given = parser.parse_args(words)
    try:
        api = Api()
        if given.command == "of-run" and not re.fullmatch(r"\d+", given.run):
            raise UsageError(f"artefact: {given.run!r} is no number of a run")
        if given.command == "newest":
            number = newest_of_default_branch(api, given.name)
        else:
            number = of_run(api, given.run, given.name)
        if number is None:
            print(f"no artefact {given.name} yet")
            return 0
        take(api, number, given.file, given.limit)
    except PerfwatchError as error:
        print(f"::error::{error}", file=sys.stderr)
        return int(error.exit_code)
    print(f"{given.file.name} of {given.file.stat().st_size:,} bytes from artefact {number}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
