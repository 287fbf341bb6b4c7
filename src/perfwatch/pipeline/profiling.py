"""Two commits → where each spends its time in one benchmark → files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from perfwatch.config import Config
from perfwatch.errors import UsageError
from perfwatch.model import Commit
from perfwatch.report import flame
from perfwatch.runner import profile
from perfwatch.runner.profile import Profiler


@dataclass(frozen=True)
class Profiled:
    """What was written: both profiles, their difference as folded stacks and as a picture; and what moved most.

    Attributes
    ----------
    moved : function, its own share of the time before, and after.
    """

    label: str
    tool: str
    files: tuple[Path, ...]
    moved: tuple[tuple[str, float, float], ...]


def ready(folder: Path) -> Profiler:
    """Return a profiler, and make the folder: whoever lacks one is told before anything is measured.

    Errors
    ------
    HostError : no profiler is here.
    UsageError : a folder that cannot be made.
    """
    found = profile.find()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--profile {folder}: cannot be made ({error.strerror}); name another folder") from error
    return found


def profiles(
    config: Config,
    before: Commit,
    after: Commit,
    label: str,
    folder: Path,
    profiler: Profiler,
    *,
    seconds: float = profile.SECONDS,
) -> Profiled:
    """Write the profiles of one benchmark at two commits, and their difference, into a folder.

    Errors
    ------
    UsageError : a series that asv does not measure itself.
    CommitError : a commit that does not build.
    HostError : the profiler may not look.
    """
    old, new = (profile.of_commit(config, c.hash, label, profiler, seconds=seconds) for c in (before, after))
    stem = re.sub(r"[^\w.-]+", "-", label).strip("-")[:80]
    title = f"{label}: {before.hash[:8]} → {after.hash[:8]}"
    written = {
        f"{stem}.{before.hash[:8]}.folded": _folded(old),
        f"{stem}.{after.hash[:8]}.folded": _folded(new),
        f"{stem}.diff.folded": flame.difffolded(old, new),
        f"{stem}.diff.svg": flame.svg(old, new, title),
    }
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    files = tuple(folder / name for name in written)
    return Profiled(label, profiler.tool, files, tuple(flame.hottest(old, new)))


def _folded(stacks: profile.Folded) -> str:
    return "".join(f"{stack} {count}\n" for stack, count in sorted(stacks.items()))
