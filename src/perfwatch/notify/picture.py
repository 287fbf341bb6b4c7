"""A message's chart for those who show no SVG: mail and chat take a PNG."""

from __future__ import annotations

# Screens of today have two points or more to a pixel.
_ZOOM = 2.0


def png(svg: str) -> bytes | None:
    """Return one of our own charts as PNG, twice as large; None without the extra `notify`, or where it is none.

    Names are written in a font that comes with it, so that a machine without fonts draws them, too; letters which that
    one lacks in whatever the machine has.
    """
    try:
        from font_lato import font_files
        from resvg_py import svg_to_bytes
    except ImportError:
        return None
    fonts = [font_files[name] for name in ("Lato", "LatoBold")]
    try:
        return bytes(svg_to_bytes(svg_string=svg, font_files=fonts, sans_serif_family="Lato", zoom=_ZOOM))
    except ValueError:
        # A message without its picture is better than none.
        return None
