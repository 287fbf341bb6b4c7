"""Builds the engine into the wheel: hatchling calls this before it packs.

A wheel gets the executable at perfwatch/bin/perfwatch-engine and the extension at perfwatch/_engine.abi3.so. An
editable install has no place of its own for them, so they are copied beside the sources, where git ignores them and the
package finds them by the same paths; install again after a change of the engine. The dashboard needs no copy there: it
stays at the root of the checkout.

With PERFWATCH_WITHOUT_ENGINE=1 nothing is built, and the wheel is one of Python alone: what measures and watches
another project needs no Rust; only the suite of this one, `perfwatch lab` and `perfwatch fingerprint` do.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

EXECUTABLE_IN_PACKAGE = "bin/perfwatch-engine"
EXTENSION_IN_PACKAGE = "_engine.abi3.so"
WITHOUT = "PERFWATCH_WITHOUT_ENGINE"


class EngineHook(BuildHookInterface[Any]):
    """Runs cargo, and tells hatchling what came of it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the engine for a wheel, `version` being `standard` or `editable`; an sdist carries only its source."""
        if self.target_name != "wheel":
            return
        if version != "editable":
            build_data["force_include"][str(Path(self.root, "dashboard"))] = "perfwatch/dashboard"
        if os.environ.get(WITHOUT) == "1":
            return
        executable, extension = self._build()
        if version == "editable":
            package = Path(self.root, "src", "perfwatch")
            _replace(package / EXECUTABLE_IN_PACKAGE, executable)
            _replace(package / EXTENSION_IN_PACKAGE, extension)
            return
        build_data["pure_python"] = False
        # The extension keeps to the stable ABI of 3.11: one wheel serves that Python and every later one.
        build_data["tag"] = f"cp311-abi3-{_platform()}"
        build_data["force_include"][str(executable)] = f"perfwatch/{EXECUTABLE_IN_PACKAGE}"
        build_data["force_include"][str(extension)] = f"perfwatch/{EXTENSION_IN_PACKAGE}"

    def _build(self) -> tuple[Path, Path]:
        cargo = shutil.which("cargo")
        if cargo is None:
            self._abort(
                "cargo is not on the PATH, and perfwatch's engine is in Rust; install it from https://rustup.rs, or "
                f"set {WITHOUT}=1 to do without the engine"
            )
        engine = Path(self.root, "engine")
        # From within engine/, so that cargo reads engine/.cargo/config.toml. Where it builds is cargo's affair
        # (CARGO_TARGET_DIR, a user's configuration): it says itself what it has written.
        done = subprocess.run(
            [cargo, "build", "--release", "--locked", "--message-format=json-render-diagnostics"],
            cwd=engine,
            env=os.environ | {"PERFWATCH_ENGINE_SOURCES": _digest(engine)},
            stdout=subprocess.PIPE,
            check=False,
        )
        if done.returncode != 0:
            self._abort(f"cargo could not build the engine (exit code {done.returncode}); its messages stand above")
        written = [Path(name) for name in _files_written(done.stdout)]
        executable = next(path for path in written if path.name == "perfwatch-engine")
        extension = next(path for path in written if path.stem == "lib_engine" and path.suffix in {".so", ".dylib"})
        return executable, extension

    def _abort(self, message: str) -> None:
        self.app.abort(f"perfwatch: {message}")


def _digest(engine: Path) -> str:
    """Return the SHA-256 of all that the engine is built from.

    Cargo goes by modification times. Where a target folder has served another checkout before, or the files of an
    sdist are older than what lies there, it would take the other engine for this one and say nothing. core/src/lib.rs
    reads this digest, so that cargo sees a change of the sources whatever their times.
    """
    digest = hashlib.sha256()
    for path in sorted(engine.rglob("*")):
        relative = path.relative_to(engine)
        if path.is_file() and relative.parts[0] != "target":
            digest.update(f"{relative.as_posix()}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _files_written(messages: bytes) -> list[str]:
    """Return the paths of all that cargo reports as built."""
    parsed = (json.loads(line) for line in messages.splitlines())
    return [name for message in parsed if message["reason"] == "compiler-artifact" for name in message["filenames"]]


def _platform() -> str:
    """Return the platform tag for this machine itself; the many- and musllinux ones promise what nobody has checked."""
    return next(tag.platform for tag in sys_tags() if "manylinux" not in tag.platform and "musl" not in tag.platform)


def _replace(path: Path, source: Path) -> None:
    """Put a copy of `source` at `path` in one step: the file there may be running."""
    path.parent.mkdir(exist_ok=True)
    copy = path.with_name(f".{path.name}.new")
    shutil.copy(source, copy)
    copy.replace(path)
