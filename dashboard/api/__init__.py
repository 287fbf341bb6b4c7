"""What the dashboard says to programs: JSON under /api/v1, a badge, a feed. It never writes."""
