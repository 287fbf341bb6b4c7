"""A package that asv builds and installs at each commit, in isolation as any other, with nothing fetched for it."""

from __future__ import annotations

import shutil
from pathlib import Path

_BUILD_WHEEL = Path(__file__).parent.parent.parent / "benchmarks" / "build_wheel"

_ASV_CONF = """\
{"version": 1, "project": "toy", "repo": ".", "branches": ["main"], "environment_type": "virtualenv",
 "launch_method": "forkserver", "results_dir": ".asv/results", "env_dir": ".asv/env", "html_dir": ".asv/html",
 "build_command": ["{conf_dir}/benchmarks/build_wheel {build_dir} {build_cache_dir} {env_dir}"],
 "install_command": ["in-dir={env_dir} python -m pip install --no-deps --no-index --force-reinstall {wheel_file}"]}
"""

OWN, FETCHED, BROKEN = "own", "fetched", "broken"
_BACKENDS = {
    OWN: 'requires = []\nbuild-backend = "toy_backend"\nbackend-path = ["."]',
    FETCHED: 'requires = ["hatchling>=1.27"]\nbuild-backend = "hatchling.build"',
    BROKEN: 'requires = []\nbuild-backend = "no_such_backend"',
}
_PYPROJECT = """\
[build-system]
{backend}
[project]
name = "toy"
version = "1.0"
"""

_BACKEND = """\
import pathlib, zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name, about = "toy-1.0-py3-none-any.whl", "toy-1.0.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.write("src/toy/__init__.py", "toy/__init__.py")
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\\nName: toy\\nVersion: 1.0\\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{about}/RECORD", "")
    return name
"""


def begin(root: Path, **suites: str) -> None:
    """Write what all commits share: asv's configuration, the script that builds, the backend and the suites by name."""
    benchmarks = root / "benchmarks"
    benchmarks.mkdir(parents=True)
    (root / "asv.conf.json").write_text(_ASV_CONF)
    (root / ".gitignore").write_text(".asv/\n__pycache__/\n")
    (root / "toy_backend.py").write_text(_BACKEND)
    (benchmarks / "__init__.py").touch()
    for name, text in suites.items():
        (benchmarks / f"{name}.py").write_text(text, encoding="utf-8")
    shutil.copy2(_BUILD_WHEEL, benchmarks / "build_wheel")


def write(root: Path, source: str, backend: str = OWN) -> None:
    """Write what a commit has of its own: the package's one file, and what it is built by."""
    package = root / "src" / "toy"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(source)
    (root / "pyproject.toml").write_text(_PYPROJECT.format(backend=_BACKENDS[backend]))
