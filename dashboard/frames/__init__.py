"""What pages show, made of readings: frames, lines and sentences; no store, no widgets."""
