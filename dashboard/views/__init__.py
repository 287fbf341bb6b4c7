"""Pages and their parts: widgets and words, and no arithmetic."""
