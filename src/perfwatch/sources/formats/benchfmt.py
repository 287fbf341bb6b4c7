"""Go: what `go test -bench` prints (benchfmt, golang.org/design/14313-benchmark-format).

Lines of one benchmark are its samples, a unit each: ns/op is a time, B/op memory, all others are kept by their word. Of
`BenchmarkSort/n=10-8` the name is `Sort`, its parameters n=10 and procs=8; the package stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from perfwatch.sources.formats.reading import Figure, Report, of_samples, si

_LINE = re.compile(r"Benchmark(?P<name>\S+)\s+(?P<iterations>\d+)\s+(?P<measured>\S.*)")
_SETTING = re.compile(r"(?P<key>[a-z][^\s:]*):\s*(?P<value>.*)")
_PROCS = re.compile(r"-(\d+)$")


class Benchfmt:
    """The format, for the table of formats."""

    name = "benchfmt"
    says = "go test -bench . -count 10 > FILE"

    def matches(self, content: bytes, path: Path) -> bool:
        """Return whether it is such a file."""
        return re.search(rb"^Benchmark\S+\s+\d+\s+[0-9.e+]+ \S", content, re.MULTILINE) is not None

    def read(self, content: bytes, path: Path) -> Sequence[Report]:
        """Return its one report; lines of another kind are passed over."""
        package, commit, problems = "", None, []
        samples: dict[tuple[str, tuple[tuple[str, str], ...], str], list[float]] = {}
        for at, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            if found := _LINE.match(line):
                name, params = _params(found["name"])
                name = f"{package}.{name}" if package else name
                words = found["measured"].split()
                for value, unit in zip(words[::2], words[1::2], strict=False):
                    try:
                        samples.setdefault((name, params, unit), []).append(float(value))
                    except ValueError:
                        problems.append(f"line {at}: {value!r} is no number; left out")
            elif (setting := _SETTING.match(line)) and setting["key"] in ("pkg", "commit"):
                if setting["key"] == "pkg":
                    package = setting["value"].strip()
                else:
                    commit = setting["value"].strip() or None
        return [Report(tuple(_figure(*key, found) for key, found in samples.items()), tuple(problems), commit)]


def _figure(name: str, params: tuple[tuple[str, str], ...], word: str, found: Sequence[float]) -> Figure:
    unit, factor, kind = si(word)
    # The time is the benchmark; what else was measured of it has the unit in its name.
    name = name if word == "ns/op" else f"{name}:{word}"
    return of_samples(Figure(name, unit, None, dict(params), kind), [s * factor for s in found])


def _params(name: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    procs = _PROCS.search(name)
    if procs:
        name = name[: procs.start()]
    base, *parts = name.split("/")
    params = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if equals and key:
            params[key] = value
        else:
            base += f"/{part}"
    if procs:
        params["procs"] = procs[1]
    return base, tuple(params.items())
