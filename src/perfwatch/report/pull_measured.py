"""How a pull request was measured, in lines, and the command that measures it again."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator

from perfwatch.analysis.equivalence import ANSWERS
from perfwatch.analysis.pull import Pull
from perfwatch.report.blocks import Code, Inline, Line
from perfwatch.report.plain import short
from perfwatch.report.pull_words import count
from perfwatch.units import show_ratio

_ENDED = {
    "all taken": "all that were planned",
    "decided": "ended early: more would tell no more",
    "equivalence": "ended at once: an answer differs",
    "not built": "ended at once: a side was not measured",
    "budget": "ended by the time given",
    "interrupted": "stopped by somebody",
    "not measured": "none",
}
_CHOSEN = {
    "asked": "Benchmarks that were asked for",
    "everything": "All benchmarks",
    "rules": "Benchmarks of what changed",
    "nothing": "Nothing was measured",
}
_FACTS = {"cpu_model": "", "cores": "pinned to ", "governor": "governor ", "turbo": "turbo ", "kernel": "kernel "}
_SHOWN = 6
# Controls of a quiet host, each a median over all turns of a side, are within a few per cent of each other.
_RESTLESS = 0.1
_LONGEST = 300


def measured(pull: Pull) -> list[Line]:
    """Return how it was measured: the choice, the rounds, the machine, its controls, what was built."""
    return [*_choice(pull), *_suite(pull), *_rounds(pull), *_host(pull), *_artefacts(pull)]


def _choice(pull: Pull) -> Iterator[Line]:
    line: list[Inline] = [_CHOSEN[pull.choice.how]]
    patterns = _named(pull)
    for i, pattern in enumerate(patterns[:_SHOWN]):
        line += [", " if i else ": ", Code(short(pattern, 80))]
    line.append(f" and {len(patterns) - _SHOWN} more" if len(patterns) > _SHOWN else "")
    line.append(", and those of the answers" if len(patterns) < len(pull.choice.patterns) else "")
    why = "; ".join(short(reason, _LONGEST) for reason in pull.choice.why[:_SHOWN])
    line.append(f" ({count(pull.choice.n_files, 'file')} changed; {why})")
    yield line


def _named(pull: Pull) -> list[str]:
    """Return the patterns that somebody chose: those of the answers are measured with all of them."""
    return [pattern for pattern in pull.choice.patterns if pattern not in ANSWERS]


def _suite(pull: Pull) -> Iterator[Line]:
    whose = {
        "base": "base's, as the checkout has it",
        "head": "head's, as the checkout has it",
        "neither": "those of the checkout, which are neither base's nor head's",
        "both": "",
    }[pull.suite_of]
    if pull.suite_files and pull.choice.how != "nothing":
        yield (
            f"The benchmarks themselves changed ({count(len(pull.suite_files), 'file')}, the first ",
            Code(short(pull.suite_files[0], 120)),
            f"). Both sides were measured by the same ones: {whose or 'those of the checkout'}",
        )
    elif whose and pull.suite_of == "neither":
        yield (f"Both sides were measured by {whose}",)


def _rounds(pull: Pull) -> Iterator[Line]:
    if pull.ended == "not measured":
        return
    yield (
        f"{pull.rounds} of {pull.most} rounds, both sides in turns (A B B A …), {_ENDED[pull.ended]}; "
        f"{pull.elapsed_s / 60:.0f} min",
    )


def _host(pull: Pull) -> Iterator[Line]:
    if pull.machine:
        told = ", ".join(f"{said}{short(pull.host[name], 80)}" for name, said in _FACTS.items() if name in pull.host)
        size = f"; size {short(pull.size, 100)}" if _has_sizes(pull) else ""
        yield ("On ", Code(short(pull.machine, 80)), f": {told}{size}" if told else size)
    if pull.controls:
        moved = ", ".join(f"{short(n, 40)} {show_ratio(r)}" for n, r in list(pull.controls.items())[:_SHOWN])
        is_calm = all(abs(math.log(ratio)) < math.log1p(_RESTLESS) for ratio in pull.controls.values() if ratio > 0)
        told = "" if is_calm else "; the host was not the same for both: what moved by as much may be its doing"
        yield (f"What owes nothing to either side moved by: {moved}{told}",)
    for warning in pull.warnings[:_SHOWN]:
        yield (f"Warning: {short(warning, _LONGEST)}",)


def _artefacts(pull: Pull) -> Iterator[Line]:
    if pull.artefacts and not pull.is_same_artefact:
        changed = ", ".join(short(n, 40) for n, same in list(pull.artefacts.items())[:_SHOWN] if not same)
        same = ", ".join(short(n, 40) for n, same in list(pull.artefacts.items())[:_SHOWN] if same)
        yield (f"Built differently: {changed or '—'}; the same: {same or '—'}",)
    elif not pull.artefacts and pull.ended != "not measured":
        yield ("Whether both sides are built to the same is not known (artefact_command is not set)",)


def _has_sizes(pull: Pull) -> bool:
    """Return whether a size means anything here: one is asked for of every suite, and most suites know none."""
    asked = pull.size.split(", ") if pull.size else []
    if not pull.compared or pull.answers:
        return bool(asked)
    return any(size in row.label for size in asked for row in pull.compared)


def reproduce(pull: Pull) -> list[str]:
    """Return the shell line that measures it again: whatever the branches are by then, the same two commits."""
    parts = ["perfwatch", "pr", pull.base.hash, pull.head.hash, "--no-merge-base"]
    if pull.choice.how in ("everything", "nothing"):
        parts.append("--all")
    for pattern in _named(pull):
        parts += ["--bench", short(pattern, _LONGEST)]
    if _has_sizes(pull) and ", " not in pull.size:
        parts += ["--size", pull.size]
    return [" ".join(shlex.quote(part) for part in parts)]
