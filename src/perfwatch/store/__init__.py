"""KEEP: the store. One writer, any number of readers, and snapshots between them, so that no reader meets a lock."""
