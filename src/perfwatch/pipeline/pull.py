"""Git → what changed → the benchmarks it touches → both sides in turns, until it is decided → one verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from perfwatch.analysis.affected import Choice, Rules, choose, without_answers
from perfwatch.analysis.pull import Pull, Revision, Unbuilt, rows_of
from perfwatch.config import Config
from perfwatch.errors import CommitError, NothingToCompareError, UsageError
from perfwatch.pipeline.allowing import Words, heard, let_pass
from perfwatch.pipeline.bench import commit_in_git
from perfwatch.pipeline.judging import settings_of
from perfwatch.pipeline.overriding import Overrides
from perfwatch.pipeline.rounds import Progress, Rounds
from perfwatch.pipeline.sides import (
    SIDES,
    answers,
    controls,
    errors_of,
    host_facts,
    last_words,
    same_artefacts,
    unbuilt,
)
from perfwatch.runner import asv
from perfwatch.runner.interleave import Interleaved, interleave
from perfwatch.sources import git

# Rounds at most. Of fewer than six no single change among ten series can be told from two states of one.
MOST_ROUNDS = 8


@dataclass(frozen=True)
class Asked:
    """What somebody wants of a pull request.

    Attributes
    ----------
    patterns, everything : benchmarks by name, or all; neither leaves it to the rules.
    rounds : at most.
    budget_s : seconds after which no further round is begun; None for none.
    is_merge_base : whether what the base did since head left it is left out.
    overrides : what lets pass what got worse.
    strict : whether what could not be seen is a reason to fail.
    """

    patterns: tuple[str, ...] = ()
    everything: bool = False
    rounds: int = MOST_ROUNDS
    budget_s: float | None = None
    is_merge_base: bool = True
    overrides: Overrides = field(default_factory=Overrides)
    strict: bool = False


def pull(
    config: Config,
    base: str,
    head: str,
    asked: Asked,
    *,
    quiet: bool = False,
    tell: Callable[[Progress], None] | None = None,
    say: Callable[[str], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Pull:
    """Measure two commits in turns on this host until it is decided what differs; nothing enters the store.

    Parameters
    ----------
    base, head : by any name git knows.
    quiet : no progress of asv's.
    tell : called before each turn with how far it is.
    say : called with lines on what will be measured and why.
    clock : seconds, monotonic.

    Errors
    ------
    UsageError : no repository, no such commit, no asv configuration, rules that cannot be right.
    NothingToCompareError : head is base, or they share no history.
    """
    plain = planned(config, base, head, asked)
    if say is not None:
        say(f"{_HOW[plain.choice.how]}: {'; '.join(plain.choice.why)}")
    if plain.choice.how == "nothing":
        return plain
    rounds = Rounds(settings_of(config), asked.rounds, asked.budget_s, clock, tell)
    hashes = [plain.base.hash, plain.head.hash]
    try:
        taken = interleave(
            config,
            hashes,
            rounds=asked.rounds,
            bench=plain.choice.patterns,
            quiet=quiet,
            tell=partial(rounds.begun, hashes),
            enough=rounds.is_enough,
            later=partial(_later, plain.choice.patterns),
        )
    except CommitError as error:
        if error.commit not in hashes:
            raise
        failed = Unbuilt(SIDES[hashes.index(error.commit)], error.failed or "", last_words(error.said or ""))
        return replace(plain, most=asked.rounds, ended="not built", unbuilt=(failed,), elapsed_s=rounds.elapsed_s)
    words = heard(config, plain.base.hash, plain.head.hash, asked.overrides)
    return _compared(plain, taken, rounds, words)


def _later(patterns: Sequence[str], taken: Interleaved) -> Sequence[str]:
    """Return what is measured after the first round: what may scatter."""
    return without_answers(patterns, {m.key.benchmark for turn in taken.turns for m in turn.measurements})


_HOW = {
    "asked": "chosen benchmarks",
    "everything": "all benchmarks",
    "rules": "benchmarks of what changed",
    "nothing": "not measured",
}


def planned(config: Config, base: str, head: str, asked: Asked) -> Pull:
    """Return what is known of a pull request before anything is measured: its sides, and what is to be measured.

    Errors
    ------
    UsageError, NothingToCompareError : as of `pull`.
    """
    if config.asv_conf is None:
        raise UsageError(f"{config.root}: no asv.conf.json here, so nothing to measure; `asv quickstart` writes one")
    named, new = (commit_in_git(config, revision) for revision in (base, head))
    old = named
    if asked.is_merge_base:
        common = git.merge_base(config.root, named.hash, new.hash)
        if common is None:
            raise NothingToCompareError(
                f"pr: {base} and {head} share no commit; --no-merge-base compares them as they are"
            )
        old = commit_in_git(config, common)
    if old.hash == new.hash:
        raise NothingToCompareError(f"pr: {head} holds no commit that {base} does not; name the branch with the change")
    files = git.changed_files(config.root, old.hash, new.hash)
    suite = asv.benchmark_folder(config.asv_conf, config.root)
    return Pull(
        project=config.project,
        base=Revision(old.hash, old.subject or "", base),
        head=Revision(new.hash, new.subject or "", head),
        is_merge_base=asked.is_merge_base,
        tool=asv.tool(),
        choice=_choice(config, files, asked),
        relevant_change=settings_of(config).relevant_change,
        suite_files=tuple(f for f in files if f.startswith(f"{suite}/")),
        suite_of=_suite_of(config, suite, old.hash, new.hash),
        strict=asked.strict,
    )


def _choice(config: Config, files: Sequence[str], asked: Asked) -> Choice:
    ruling = ["perfwatch.toml", "pyproject.toml", *([config.asv_conf.name] if config.asv_conf else [])]
    rules = Rules.from_table(config.pull)
    return choose(files, rules, asked=asked.patterns, everything=asked.everything, settings_files=ruling)


def _suite_of(config: Config, folder: str, base: str, head: str) -> Any:
    """Return whose benchmarks the work tree holds: asv measures every commit by those."""
    is_base, is_head = (git.is_as_at(config.root, commit, folder) for commit in (base, head))
    return {(True, True): "both", (True, False): "base", (False, True): "head", (False, False): "neither"}[
        is_base, is_head
    ]


def _compared(plain: Pull, taken: Interleaved, rounds: Rounds, words: Words) -> Pull:
    """Return a pull request with what its turns came to."""
    old, new = (taken.of_side(side) for side in (0, 1))
    found = answers(old, new)
    turns = [[turn for turn in taken.turns if turn.side == side] for side in (0, 1)]
    runs: list[Any] = [[run for turn in side for run in turn.runs] for side in turns]
    failed = unbuilt(taken)
    errors = errors_of(taken, (m.key for m in (*old, *new)))
    rows, allowed = let_pass(() if failed else rows_of(rounds.decided(taken), old, new, errors), words)
    facts = host_facts([*runs[0], *runs[1]])
    return replace(
        plain,
        machine=next((run.machine for side in runs for run in side), ""),
        size=", ".join(next((run.selection.get("sizes", []) for side in runs for run in side), [])),
        host=facts.told,
        warnings=(*facts.warnings, *words.in_vain),
        rounds=min(map(len, turns)),
        most=rounds.most,
        ended="interrupted" if taken.is_stopped else "not built" if failed else rounds.ended,
        elapsed_s=rounds.elapsed_s,
        rows=rows,
        allowed=allowed,
        answers=found.compared,
        breaks=found.breaks,
        breaks_before=found.breaks_before,
        unbuilt=failed,
        controls=controls(*runs),
        artefacts=same_artefacts(*runs),
    )
