"""An engine that makes memory and sends it over its connection: what all clients of such memory begin with."""

from __future__ import annotations

import mmap
import os
import socket
import struct
from typing import ClassVar

from perfwatch.backtest.engine import Engine
from perfwatch.errors import EngineError

_CAPACITY = struct.Struct("<Q")


class MemoryEngine(Engine):
    """An engine whose client maps what the engine made; not to be shared by threads.

    A kind of it says what the memory begins with, how long it is before its slots, and how many bytes a slot has; and
    `_open` takes it from there.
    """

    _magic: ClassVar[bytes]
    _slots_at: ClassVar[int]
    _slot_bytes: ClassVar[int]

    def start(self) -> None:
        """Start the engine and map the memory it makes; nothing if it was started before.

        Errors
        ------
        EngineError : it is not found, ended before it was ready, was not ready in time, or made no memory.
        """
        if self._process is not None:
            return
        super().start()
        try:
            told, descriptors, _, _ = socket.recv_fds(self.connection, _CAPACITY.size, 1)
        except OSError as error:
            raise self.failed(error) from error
        if len(told) != _CAPACITY.size or not descriptors:
            self.close()
            raise EngineError("the engine made no memory to share; is it of another version?")
        # How many slots there are.
        (self.capacity,) = _CAPACITY.unpack(told)
        memory = descriptors[0]
        try:
            self._map = mmap.mmap(memory, self._slots_at + self._slot_bytes * self.capacity)
            if self._map[:8] != self._magic:
                raise EngineError("the engine's memory is laid out in another way; it is of another version")
            self._open(memory)
        finally:
            # Mapped by all who need it: a mapping outlives its descriptor.
            os.close(memory)

    def _open(self, memory: int) -> None:
        """Take what is needed of the mapping, and of the descriptor while it is open."""
        raise NotImplementedError
