"""The fast kernels on every set of instructions of this processor, each in a process: the choice is made once."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from perfwatch.backtest import kernels

_ALL = """
import hashlib, json
import numpy as np
from perfwatch.backtest import grid, kernels, market

def gbm(seed, n):
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 8e-4, n)))

series = {
    "study": market.close(),
    **{f"seed {seed}": gbm(seed, 20_000) for seed in (1, 2, 3)},
    "flat stretches": np.repeat(gbm(4, 500), 40),
    "flat among moving": np.where(np.arange(20_000) % 4_000 < 3_000, gbm(5, 20_000), 101.5),
    "ticks of a quarter": np.round(gbm(6, 20_000) * 4) / 4,
    "no decimals": np.round(gbm(7, 20_000)),
}
params = grid.params([6, 20, 83, 164, 200])
found = {}
for name, close in series.items():
    for kernel in kernels.KERNELS.values():
        if kernel.build is not None and (kernel.name not in ("rust_checked", "rust_unchecked") or name != "study"):
            sweep = kernel.sweep(close, params)
            found[f"{name}: sweep"] = found.get(f"{name}: sweep", []) + [
                hashlib.sha256(sweep.pnl.tobytes() + sweep.trades.tobytes()).hexdigest()]
    for kernel in ("rust_checked", "rust_plain", "rust_across", "rust_prefix"):
        hma, hma3 = kernels.lines(kernel, close[:20_000], params[2])
        found[f"{name}: lines"] = found.get(f"{name}: lines", []) + [
            hashlib.sha256(np.nan_to_num(hma).tobytes() + np.nan_to_num(hma3).tobytes()).hexdigest()]
print(json.dumps([kernels.simd_level(), found]))
"""


def _run(code: str, level: str | None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PERFWATCH_SIMD"}
    if level is not None:
        environment["PERFWATCH_SIMD"] = level
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)


def levels() -> list[str]:
    """Return the sets of instructions there are here, from what the refusal of another says."""
    done = _run("from perfwatch.backtest import kernels; kernels.simd_level()", "none")
    said = done.stderr.strip().splitlines()[-1]
    assert "PERFWATCH_SIMD: expected" in said
    return said.split("expected ")[1].split(" on this")[0].split(" or ")


def test_sweeps_and_lines_have_one_digest_on_all_instructions_and_all_prices() -> None:
    answers = {}
    for level in levels():
        done = _run(_ALL, level)
        assert done.returncode == 0, done.stderr
        used, found = json.loads(done.stdout)
        assert used == level
        for what, digests in found.items():
            assert len(set(digests)) == 1, f"{what} on {level}"
            answers.setdefault(what, set()).add(digests[0])
    assert all(len(digests) == 1 for digests in answers.values()), answers


def test_without_a_word_the_best_there_is_is_used() -> None:
    done = _run("from perfwatch.backtest import kernels; print(kernels.simd_level())", None)
    assert done.stdout.strip() == levels()[-1]


def test_the_reference_and_the_certified_kernels_agree_over_a_million_bars() -> None:
    import numpy as np

    from perfwatch.backtest import grid

    close = 100 * np.exp(np.cumsum(np.random.default_rng(11).normal(0, 8e-4, 1_000_000)))
    params = grid.params([6, 50, 200])
    expected = kernels.KERNELS["rust_plain"].sweep(close, params)
    for name in ("rust_prefix", "rust_prefix_cores", "rust_certified", "rust_certified_cores", "numba_certified"):
        got = kernels.KERNELS[name].sweep(close, params)
        assert got.pnl.tobytes() == expected.pnl.tobytes(), name
        assert got.trades.tobytes() == expected.trades.tobytes(), name


def test_the_lines_are_those_of_the_reference() -> None:
    import numpy as np

    from perfwatch.backtest import grid, market, reference

    close, row = market.close(3_000), grid.params([40])[0]
    half, full, sq, p3, p2, p = row.tolist()
    expected = reference.hma(close, half, full, sq), reference.hma3(close, p3, p2, p)
    valid = ~np.isnan(expected[0]) & ~np.isnan(expected[1])
    for line, wanted in zip(kernels.lines("rust_prefix", close, row), expected, strict=True):
        assert line[valid].tobytes() == wanted[valid].tobytes()
        assert np.isnan(line[~valid]).all()


@pytest.mark.parametrize(("kernel", "said"), [("numba", "gives no lines"), ("rust_certified", "computes no lines")])
def test_a_kernel_without_lines_says_so(kernel: str, said: str) -> None:
    from perfwatch.errors import UsageError

    with pytest.raises(UsageError, match=said):
        kernels.lines(kernel, [1.0, 2.0], [1] * 6)
