"""The folder of a static site: what it has, what that was made of, and what of it is written anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Any, Final

from perfwatch.errors import UsageError
from perfwatch.report import site

MANIFEST: Final = "perfwatch-site.json"
_PLOTLY: Final = "assets/plotly.min.js"


class SiteFolder:
    """Files by name, each with a digest of what it was made of, kept in a manifest beside them.

    Errors
    ------
    UsageError : the folder holds something else than such a site, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = self._read_manifest()
        self._now: dict[str, str] = {}
        self.written = self.kept = 0

    def _read_manifest(self) -> dict[str, str]:
        path = self._path / MANIFEST
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            if not path.is_file():
                if any(self._path.iterdir()):
                    raise UsageError(f"{self._path}: holds something, and no {MANIFEST} of a site; name a new folder")
                # From now on it is a site's folder, also where the publication is killed.
                self._write(MANIFEST, _manifest({}))
            manifest: Any = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"{self._path}: cannot be written ({error.strerror or error})") from error
        except ValueError as error:
            raise UsageError(f"{path}: not valid JSON ({error}); name a new folder") from error
        if not isinstance(manifest, dict) or manifest.get("schema") != site.SCHEMA:
            raise UsageError(f"{path}: not of the schema {site.SCHEMA}; name a new folder")
        return {str(n): d for n, d in manifest.get("files", {}).items() if _is_inside(str(n))}

    def keep(self, name: str, digest: str) -> bool:
        """Return whether the file is there and made of the same; it stays then."""
        if self._before.get(name) != digest or not (self._path / name).is_file():
            return False
        self._now[name] = digest
        self.kept += 1
        return True

    def write(self, name: str, content: bytes, digest: str | None = None) -> None:
        """Write a file in one step; one whose content is what it would be is left."""
        digest = digest or hashlib.sha256(content).hexdigest()
        if self.keep(name, digest):
            return
        self._write(name, content)
        self._now[name] = digest
        self.written += 1

    def _write(self, name: str, content: bytes) -> None:
        path = self._path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f"{path.name}.tmp")
            temporary.write_bytes(content)
            temporary.replace(path)
        except OSError as error:
            raise UsageError(f"{path}: cannot be written ({error.strerror or error})") from error

    def write_assets(self) -> None:
        """Write the page itself, and what draws the charts."""
        assets = resources.files("perfwatch.report.site") / "assets"
        for asset in sorted(assets.iterdir(), key=lambda a: a.name):
            name = asset.name if asset.name.endswith(".html") else f"assets/{asset.name}"
            self.write(name, asset.read_bytes())
        self.write(_PLOTLY, (resources.files("plotly") / "package_data" / "plotly.min.js").read_bytes())

    def finish(self) -> None:
        """Remove what an earlier publication wrote and this one has no use for, and write the manifest."""
        for name in self._before.keys() - self._now.keys():
            (self._path / name).unlink(missing_ok=True)
        if self._now != self._before:
            self._write(MANIFEST, _manifest(self._now))


def _manifest(files: Mapping[str, str]) -> bytes:
    return (json.dumps({"schema": site.SCHEMA, "files": dict(sorted(files.items()))}, indent=1) + "\n").encode()


def _is_inside(name: str) -> bool:
    """Return whether a name out of a manifest stays in its folder: what it names may be removed."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
