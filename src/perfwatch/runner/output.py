"""asv's log, read back: how far it is, and what a failed benchmark wrote.

asv keeps a benchmark's stderr and exit code out of its result files and only prints them (`--show-stderr`). Its log is
a sequence of entries: a head at the first column, `[12.50%] ···· text`, whose dots tell the depth, and further lines
set in by the head's width. What a benchmark prints is set in too, so that nothing it prints can pass for a head.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from perfwatch.model import SECTION, Failure

# Names under which a failure stands in a run record that is of no single benchmark.
BUILD = "(build)"
SUITE = "(suite)"

# Enough for a traceback and the last of a compiler's errors; the whole stays in the log.
_KEPT_CHARACTERS = 8_000

_HEAD = re.compile(r"^(?:\[ *(?P<percent>\d+(?:\.\d+)?)%\] )?(?P<dots>·+) (?P<text>.*)$")
_RESULT = re.compile(r"^(?P<name>[A-Za-z_][\w.]*) {2,}(?P<said>\S.*)$")
_FAILED = re.compile(r"^(?:\d+/\d+ )?failed$")
_CACHE_FAILED = re.compile(r"^(?P<name>\S+) skipped \(setup_cache failed\)$")
_EXIT_STATUS = re.compile(r"\(exit status (-?\d+)\)\s*$")
_ENVIRONMENT = re.compile(
    r"^(?:Benchmarking|Skipping|Building .*\bfor|Installing .*\binto|Uninstalling from) (?P<name>\S+)$"
)
_TOTAL = re.compile(r"^Running (\d+) total benchmarks")
_BEGUN = re.compile(r"^[A-Za-z_]\w*(?:\.\w+)+$")
_ROUND = re.compile(r"^Running \((?P<name>.*?)--\)(?P<dots>\.*)")


@dataclass
class Entry:
    """One entry of asv's log; `percent` is None before asv counts, `depth` the number of dots."""

    percent: float | None
    depth: int
    text: str
    more: list[str] = field(default_factory=list)

    @property
    def whole(self) -> str:
        """All lines of the entry, without its indentation."""
        return "\n".join([self.text, *self.more]).rstrip()


@dataclass(frozen=True)
class Told:
    """What a whole log tells.

    Attributes
    ----------
    environments : names, in order of first mention.
    failures : environment (None where the log names none) and failure, in order.
    unbuilt : asv ended because neither the commit nor a branch gave a suite it could import.
    nothing_selected : no benchmark matched.
    no_environment : asv could not create an environment at all, which no commit is to blame for.
    """

    environments: tuple[str, ...]
    failures: tuple[tuple[str | None, Failure], ...]
    unbuilt: bool
    nothing_selected: bool
    no_environment: bool


def read(path: Path) -> str:
    """Return the log at `path`, its carriage returns kept: they are no ends of lines to asv."""
    return path.read_bytes().decode("utf-8", "replace")


def entries(log: str) -> Iterator[Entry]:
    """Yield the entries of asv's log; what stands before the first one is left out."""
    current: Entry | None = None
    width = 0
    for line in log.split("\n"):
        head = _HEAD.match(line)
        if head:
            if current:
                yield current
            percent = head["percent"]
            current = Entry(float(percent) if percent else None, len(head["dots"]), head["text"].rstrip())
            width = head.start("text")
        elif current and (line.startswith(" ") or not line):
            current.more.append(line[width:] if not line[:width].strip() else line.lstrip())
        elif current:
            # Not asv's own log: a traceback of asv itself, or another program's word.
            current.more.append(line)
    if current:
        yield current


def tell(log: str) -> Told:
    """Return what asv's whole log tells of environments and failures; a log cut short tells what it holds."""
    reading = _Reading()
    for entry in entries(log):
        reading.take(entry)
    return reading.told()


class _Reading:
    """The walk through the entries: which environment is at work, and whose stderr a deeper entry is."""

    def __init__(self) -> None:
        self.environment: str | None = None
        self.environments: list[str] = []
        self.failures: list[tuple[str | None, Failure]] = []
        self.last_error: Entry | None = None
        self.failing: Entry | None = None
        self.caption = ""
        self.setup_error = ""
        self.unbuilt = self.nothing_selected = self.no_environment = False

    def take(self, entry: Entry) -> None:
        if self.failing and entry.depth > self.failing.depth:
            self.failing.more.append(entry.whole)
            return
        # The table of a benchmark's results stands at its own depth, between it and its stderr.
        if self.failing and entry.text.startswith("=="):
            return
        self._close()
        self._notice_environment(entry)
        result = _RESULT.match(entry.text)
        if result and _FAILED.match(result["said"]):
            self._open(result["name"], entry.depth)
        elif entry.text.startswith("Setting up ") and entry.text.endswith("failed"):
            self._open("", entry.depth)
        elif entry.text.startswith("Importing benchmark suite failed"):
            self._open(SUITE, entry.depth)
        elif cached := _CACHE_FAILED.match(entry.text):
            self._fail(cached["name"], self.setup_error)
        elif entry.text.startswith("Error running "):
            self.last_error = entry
        elif entry.text.startswith("Skipping ") and self.last_error:
            self._fail(BUILD, self.last_error.whole, self.last_error.text)
        elif entry.text.startswith("Failed to build the project and import the benchmark suite"):
            self._fail_unbuilt(entry)
        elif entry.text.startswith("No benchmarks selected"):
            self.nothing_selected = True
        elif entry.text.startswith(("Failure creating environment", "No environments selected")):
            self.no_environment = True

    def told(self) -> Told:
        self._close()
        return Told(
            tuple(self.environments), tuple(self.failures), self.unbuilt, self.nothing_selected, self.no_environment
        )

    def _notice_environment(self, entry: Entry) -> None:
        named = _ENVIRONMENT.match(entry.text)
        if named:
            self.environment = named["name"]
            if self.environment not in self.environments:
                self.environments.append(self.environment)

    def _open(self, name: str, depth: int) -> None:
        self.caption = name
        self.failing = Entry(None, depth, "")

    def _close(self) -> None:
        if not self.failing:
            return
        stderr = "\n".join(self.failing.more)
        self.failing = None
        if not self.caption:
            self.setup_error = stderr
        else:
            self._fail(self.caption, stderr)

    def _fail_unbuilt(self, entry: Entry) -> None:
        self.unbuilt = True
        error = self.last_error or entry
        # asv asks the suite what it holds by its own script; any other command is the project's build.
        asked_suite = re.search(r"benchmark\.py discover\b", error.text)
        self._fail(SUITE if asked_suite else BUILD, error.whole, error.text)

    def _fail(self, benchmark: str, stderr: str, status: str | None = None) -> None:
        found = _EXIT_STATUS.search(status if status is not None else stderr)
        code = int(found.group(1)) if found else None
        self.failures.append((self.environment, Failure(benchmark, code, trimmed_sections(stderr))))


def trimmed_sections(text: str) -> str:
    """Return what a benchmark wrote, the part of each set of parameters trimmed on its own: none is lost whole."""
    first, *sections = f"\n{text}".split(SECTION)
    limit = _KEPT_CHARACTERS if not sections else _KEPT_CHARACTERS // 4
    return SECTION.join(trimmed(part, limit) for part in (first, *sections)).removeprefix("\n")


def trimmed(text: str, limit: int = _KEPT_CHARACTERS) -> str:
    """Return `text` cut in its middle to about `limit` characters: the end says why, the start says of what."""
    if len(text) <= limit:
        return text
    head = limit // 4
    left_out = len(text) - limit
    return f"{text[:head]}\n… {left_out} characters left out; the log has them …\n{text[-(limit - head) :]}"


@dataclass(frozen=True)
class Position:
    """Where asv is: the share of its benchmarks behind it, and what it is doing in a few words."""

    fraction: float
    doing: str


class Listener:
    """Follows asv's log while it is written, an unfinished line included; `heard` returns where asv is."""

    def __init__(self) -> None:
        self._rest = ""
        self._step = 0.0
        self._position = Position(0.0, "starting")

    def heard(self, text: str) -> Position:
        """Take the next piece of the log and return where asv is after it."""
        *whole, self._rest = (self._rest + text).split("\n")
        for line in (*whole, self._rest):
            head = _HEAD.match(line)
            if head:
                self._follow(float(head["percent"] or 0) / 100, head["text"].strip())
        return self._position

    def _follow(self, fraction: float, text: str) -> None:
        if total := _TOTAL.match(text):
            # Two rounds are asv's own default; a suite of another number only moves a little uneven.
            self._step = 1 / (2 * max(1, int(total.group(1))))
        elif rounds := _ROUND.match(text):
            # In an early round asv counts on but prints only a dot a benchmark.
            self._move(fraction + (len(rounds["dots"]) - 1) * self._step, "first round")
        elif _BEGUN.match(text):
            # asv counts a benchmark when it begins.
            self._move(fraction - self._step, text)
        elif result := _RESULT.match(text):
            self._move(fraction, result["name"])
        elif text.startswith(
            ("Creating", "Installing requirements", "Discovering", "Building", "Installing", "Setting up")
        ):
            self._move(fraction, text.split("  ")[0])

    def _move(self, fraction: float, doing: str) -> None:
        # Never backwards: a round begins with the number it left off at.
        self._position = Position(min(1.0, max(fraction, self._position.fraction)), doing)
