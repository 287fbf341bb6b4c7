"""Figures: frames and arrays in, what a script or a page draws out; nothing here knows where it is shown."""
