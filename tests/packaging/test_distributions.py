"""What is built from a checkout: a wheel with its engine, an sdist without, and an editable install that finds both."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

EXECUTABLE = "perfwatch/bin/perfwatch-engine"
EXTENSION = "perfwatch/_engine.abi3.so"
# What neither belongs to the project nor may influence what is built from it.
NOT_SOURCES = (".git", ".venv", ".asv", "target", "bin", "*.so", "__pycache__", "perfwatch.duckdb*", ".*_cache")

cargo = pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo, from https://rustup.rs")
pytestmark = cargo


def build(
    checkout: Path, into: Path, *targets: str, path: str | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": path or os.environ["PATH"]} | variables
    arguments = [argument for target in targets for argument in ("--target", target)]
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(into), *arguments],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def built(checkout: Path, into: Path, *targets: str) -> Sequence[Path]:
    done = build(checkout, into, *targets)
    assert done.returncode == 0, done.stdout + done.stderr
    return sorted(into.iterdir())


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that what is built for a test is not found by the others."""
    root = Path(__file__).parent.parent.parent
    copy = tmp_path_factory.mktemp("checkout") / "perfwatch"
    shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    return copy


@pytest.fixture(scope="module")
def distributions(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist and the wheel of the checkout."""
    sdist, wheel = sorted(built(checkout, tmp_path_factory.mktemp("dist"), "sdist", "wheel"), key=lambda p: p.suffix)
    return sdist, wheel


@pytest.fixture(scope="module")
def sdist(distributions: tuple[Path, Path]) -> Path:
    return distributions[0]


@pytest.fixture(scope="module")
def wheel(distributions: tuple[Path, Path]) -> Path:
    return distributions[1]


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        assert len(archive.namelist()) == len(set(archive.namelist()))
        return {name: archive.read(name) for name in archive.namelist()}


def python_of_wheel(wheel: Path, unpacked: Path, code: str) -> str:
    """Return what `code` prints where the wheel alone, unpacked as pip does, is the package."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            extracted = Path(archive.extract(member, unpacked))
            extracted.chmod(member.external_attr >> 16)
    environment = os.environ | {"PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=unpacked, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_wheel_is_for_this_platform_and_every_python_from_3_11(wheel: Path) -> None:
    name, version, python, abi, platform = wheel.stem.split("-")
    assert (name, python, abi) == ("perfwatch", "cp311", "abi3")
    assert platform.startswith(("linux_", "macosx_"))
    assert b"Root-Is-Purelib: false" in contents(wheel)[f"perfwatch-{version}.dist-info/WHEEL"]


def test_a_wheel_holds_the_package_its_engine_and_the_dashboard_and_no_sources_of_the_engine(
    wheel: Path, checkout: Path
) -> None:
    names = set(contents(wheel))
    assert {EXECUTABLE, EXTENSION} <= names
    packages = ((checkout / "src" / "perfwatch", "perfwatch"), (checkout / "dashboard", "perfwatch/dashboard"))
    for folder, inside in packages:
        expected = {f"{inside}/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*.py")}
        assert expected <= names
    assert "perfwatch/store/schema/0001_base.sql" in names
    assert {f"perfwatch/report/site/assets/{name}" for name in ("index.html", "style.css", "main.js")} <= names
    assert not [name for name in names if name.endswith((".rs", ".toml")) or "hatch_build" in name]


def test_the_engine_of_a_wheel_is_found_and_both_its_forms_compute(wheel: Path, tmp_path: Path) -> None:
    code = (
        "import numpy as np\n"
        "from perfwatch import _engine\n"
        "from perfwatch.backtest import engine, wire\n"
        "print(engine.find())\n"
        "print(_engine.__file__)\n"
        "with engine.Engine() as e: print(bytes(e.call(1, np.ones(1), np.empty((0, 6), dtype=np.int64))).hex())\n"
    )
    found, extension, echoed = python_of_wheel(wheel, tmp_path, code).splitlines()
    assert (Path(found), Path(extension)) == (tmp_path / EXECUTABLE, tmp_path / EXTENSION)
    assert echoed == "000000000000f03f"


def test_an_sdist_holds_the_engines_sources_and_nothing_built(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = {"Cargo.toml", "Cargo.lock", ".cargo/config.toml", "hatch_build.py", "core/src/lib.rs", "python/build.rs"}
    assert {f"engine/{source}" for source in sources} <= names
    assert not [name for name in names if name.endswith((".so", "perfwatch-engine")) or "/target/" in name]


def test_a_wheel_from_an_sdist_holds_the_same_engine_to_the_last_bit(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        # Python 3.11 has had filters since 3.11.4, and has extracted without one before.
        archive.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (folder,) = tmp_path.iterdir()
    (again,) = built(folder, tmp_path / "dist", "wheel")
    first, second = contents(wheel), contents(again)
    assert first.keys() == second.keys()
    assert (second[EXECUTABLE], second[EXTENSION]) == (first[EXECUTABLE], first[EXTENSION])


def test_an_older_source_with_another_engine_is_not_given_the_engine_built_last(
    checkout: Path, wheel: Path, tmp_path: Path
) -> None:
    # Same target folder, other checkout, and modification times from before the last build: cargo sees nothing new.
    other = tmp_path / "other"
    shutil.copytree(checkout, other)
    kernel = other / "engine" / "core" / "src" / "kernel" / "sides.rs"
    kernel.write_text(kernel.read_text().replace("FEE_PP: f64 = 0.09", "FEE_PP: f64 = 0.19"))
    for path in other.rglob("*"):
        os.utime(path, (0, 0))
    (changed,) = built(other, tmp_path / "dist", "wheel")
    assert contents(changed)[EXECUTABLE] != contents(wheel)[EXECUTABLE]
    assert contents(changed)[EXTENSION] != contents(wheel)[EXTENSION]


def test_an_editable_install_has_the_engine_beside_its_sources(checkout: Path, tmp_path: Path) -> None:
    editable = tmp_path / "editable"
    shutil.copytree(checkout, editable)
    built(editable, tmp_path / "dist", "wheel:editable")
    package = editable / "src" / "perfwatch"
    for built_file in (package / "bin" / "perfwatch-engine", package / "_engine.abi3.so"):
        assert os.access(built_file, os.X_OK)
    # And a wheel built there afterwards holds each of them once.
    (wheel,) = built(editable, tmp_path / "wheel", "wheel")
    assert {EXECUTABLE, EXTENSION} <= contents(wheel).keys()


def test_without_cargo_the_build_ends_with_one_line_that_says_so(checkout: Path, tmp_path: Path) -> None:
    done = build(checkout, tmp_path, "wheel", path=str(tmp_path))
    assert done.returncode != 0
    said = (
        "perfwatch: cargo is not on the PATH, and perfwatch's engine is in Rust; install it from https://rustup.rs, or "
        "set PERFWATCH_WITHOUT_ENGINE=1 to do without the engine"
    )
    assert (done.stdout + done.stderr).splitlines() == [said]


def test_a_wheel_without_the_engine_needs_no_cargo_and_is_for_every_platform(checkout: Path, tmp_path: Path) -> None:
    # What measures another project's suite needs no Rust.
    done = build(checkout, tmp_path / "dist", "wheel", path=str(tmp_path), PERFWATCH_WITHOUT_ENGINE="1")
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (tmp_path / "dist").iterdir()
    assert wheel.name.endswith("-py3-none-any.whl")
    names = set(contents(wheel))
    assert {"perfwatch/cli/__init__.py", "perfwatch/dashboard/app.py"} <= names
    assert not {EXECUTABLE, EXTENSION} & names
    code = "from perfwatch import cli; raise SystemExit(cli.run_command(['check', '--help']))"
    assert "--format github" in python_of_wheel(wheel, tmp_path / "unpacked", code)


def test_an_engine_that_does_not_compile_is_an_error_beneath_cargos_own(checkout: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(checkout, broken)
    (broken / "engine" / "core" / "src" / "lib.rs").write_text("nonsense\n")
    done = build(broken, tmp_path / "dist", "wheel")
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "error: expected one of" in said
    assert "perfwatch: cargo could not build the engine (exit code 101); its messages stand above" in said
