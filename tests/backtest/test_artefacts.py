"""Equal digests mean equal code: commits of documents only, built in two folders, and commits a constant apart."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from perfwatch.backtest import artefacts

Digests = dict[str, str]


def sources(root: Path, folder: Path) -> Path:
    """Return a copy of what git knows of the project."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)
    return folder


def edited(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{path} does not hold {before!r}"
    path.write_text(text.replace(before, after), encoding="utf-8")


def installed(source: Path) -> Path:
    """Build and install a copy of the project beside it; return the folder of the package's parent."""
    target = source.with_name(source.name + "-installed")
    # The dependencies are compiled once; the project's own crates are other ones in each folder.
    settings = {"CARGO_TARGET_DIR": str(Path(__file__).parents[2] / "engine" / "target"), **os.environ}
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-cache-dir"]
    subprocess.run([*pip, "--target", str(target), str(source)], env=settings, check=True)
    return target


def told(package_parent: Path) -> Digests:
    """Return what the command prints in a fresh process that imports the package from there."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "perfwatch.backtest.artefacts"],
        env={**os.environ, "PYTHONPATH": str(package_parent)},
        cwd=package_parent,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def first(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = sources(root, tmp_path_factory.mktemp("one"))
    (source / "README.md").write_text("another text\n")
    return installed(source)


@pytest.fixture(scope="module")
def told_of_first(first: Path) -> Digests:
    """What the first copy tells: it compiles every kernel to say so."""
    return told(first)


def test_two_commits_of_documents_only_built_in_two_folders_have_equal_digests(
    root: Path, tmp_path: Path, told_of_first: Digests
) -> None:
    source = sources(root, tmp_path / "a" / "much" / "longer" / "path")
    (source / "CHANGELOG.md").write_text("nothing new\n")
    kernel = source / "src" / "perfwatch" / "backtest" / "numba_kernel.py"
    kernel.write_text(kernel.read_text(encoding="utf-8") + "\n# a remark at the end\n", encoding="utf-8")
    assert told(installed(source)) == told_of_first
    assert set(told_of_first) == {"engine", "numba", "python"}


def test_one_constant_of_the_rust_kernel_changes_the_engine_alone(
    root: Path, tmp_path: Path, told_of_first: Digests
) -> None:
    source = sources(root, tmp_path / "fee")
    edited(source / "engine" / "core" / "src" / "kernel" / "sides.rs", "FEE_PP: f64 = 0.09", "FEE_PP: f64 = 0.10")
    before, after = told_of_first, told(installed(source))
    assert {name for name in before if before[name] != after[name]} == {"engine"}


def test_one_constant_of_the_numba_kernel_changes_its_machine_code(
    tmp_path: Path, first: Path, told_of_first: Digests
) -> None:
    shutil.copytree(first, tmp_path / "copy")
    kernel = tmp_path / "copy" / "perfwatch" / "backtest" / "numba_kernel.py"
    edited(kernel, "0.09", "0.10")
    before, after = told_of_first, told(tmp_path / "copy")
    assert {name for name in before if before[name] != after[name]} == {"numba", "python"}


def test_comments_docstrings_and_blank_lines_are_no_code(tmp_path: Path, write: Callable[..., Path]) -> None:
    plain = write(tmp_path / "a", "def f(x):\n    return x + 1\n")
    dressed = write(
        tmp_path / "b", '"""A module."""\n\n\ndef f(x):\n    """Return more."""\n    # why\n    return x + 1\n'
    )
    other = write(tmp_path / "c", "def f(x):\n    return x + 2\n")
    assert artefacts.python(plain) == artefacts.python(dressed)
    assert artefacts.python(plain) != artefacts.python(other)


@pytest.fixture
def write() -> Callable[..., Path]:
    def written(folder: Path, text: str) -> Path:
        folder.mkdir()
        (folder / "m.py").write_text(text)
        return folder

    return written


def test_names_of_places_are_normalised_and_operations_are_kept() -> None:
    one = "\n".join(
        [
            ".text",
            ".LBB0_1:",
            "\tmovq\t.const.pickle.140(%rip), %rax",
            "\taddsd\t.LCPI0_0(%rip), %xmm0",
            "\tjmp\t.LBB0_1",
        ]
    )
    two = one.replace("140", "939").replace("LBB0_1", "LBB7_3").replace("LCPI0_0", "LCPI9_2")
    assert list(artefacts.normalised(one)) == list(artefacts.normalised(two))
    assert list(artefacts.normalised(one)) != list(artefacts.normalised(one.replace("addsd", "subsd")))
