"""SAY: findings as text, tables and JSON; no I/O."""
