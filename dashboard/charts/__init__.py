"""Figures: frames and arrays in, plotly figures out; nothing here knows where they are shown."""
