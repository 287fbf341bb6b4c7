"""A JSON file as it lies on disk: read once, parsed leniently where asv writes what JSON does not know.

asv writes bare `NaN` and `Infinity`. orjson is the fastest and refuses both, ujson takes them and is nearly as fast,
and the standard library says best what is wrong. NaN is kept: for asv it means skipped, while null means failed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import ujson

from perfwatch.errors import SourceError


def read_bytes(path: Path) -> bytes:
    """Return the content of `path`; SourceError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SourceError(f"{path}: cannot be read ({reason}); check that it exists and is readable") from error


def parse_object(content: bytes, path: Path) -> dict[str, Any]:
    """Return the JSON object in `content`, NaN and ±Infinity as floats; `path` is for the message only.

    Errors
    ------
    SourceError : not JSON, cut short, not UTF-8, or not an object.
    """
    try:
        # Looking costs little; being refused in the middle of a file costs half of it.
        parsed = _parse_with_nan(content, path) if b"NaN" in content else orjson.loads(content)
    except orjson.JSONDecodeError:
        parsed = _parse_with_nan(content, path)
    if not isinstance(parsed, dict):
        raise SourceError(f"{path}: holds a JSON {type(parsed).__name__}, not an object; it is no file of this kind")
    return parsed


def _parse_with_nan(content: bytes, path: Path) -> Any:
    try:
        text = content.decode("utf-8")
        try:
            parsed = ujson.loads(text)
        except ValueError:
            parsed = json.loads(text)
        if "\\ud" in text.lower():
            # Half a surrogate pair is a str Python can hold and no store can keep; encoding finds it.
            json.dumps(parsed, ensure_ascii=False).encode("utf-8")
    except UnicodeError as error:
        raise SourceError(f"{path}: not UTF-8 text ({error}); measure again or remove the file") from error
    except (ValueError, RecursionError) as error:
        what = "empty" if not content.strip() else f"not valid JSON, perhaps cut short ({error})"
        raise SourceError(f"{path}: {what}; measure again or remove the file") from error
    return parsed
