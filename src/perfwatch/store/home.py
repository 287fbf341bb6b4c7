"""Where a store lives: how it is opened to read and to write there. Every statement is the same, wherever that is."""

from __future__ import annotations

from typing import Protocol

from perfwatch.store.connection import Connection
from perfwatch.store.embedded import EmbeddedHome
from perfwatch.store.lake import LakeHome
from perfwatch.store.location import AnyLocation, LakeLocation, ServerLocation
from perfwatch.store.quack import QuackHome


class Home(Protocol):
    """One kind of place that holds a store; its connections have the store as their default catalogue.

    Errors
    ------
    NothingToCompareError : from what reads, where there is no store, or nothing has been loaded into it yet.
    StoreError : locked, foreign, of a newer program, or damaged.
    """

    def version(self) -> str:
        """Return a name of the state that readers see, another one whenever data has landed; costs little."""

    def open_to_read(self) -> Connection:
        """Return a connection to one state of the store, whatever is written meanwhile."""

    def open_to_question(self) -> Connection:
        """Return the same for queries that come from people: it sees no variables of this program.

        Of a store in a file it sees nothing else of the machine either; a lake's rows are files, so there it does.
        """

    def open_to_write(self, wait_s: float) -> Connection:
        """Return the only connection that writes, the store made or migrated where need be; waits for another's end."""

    def close_written(self, connection: Connection) -> None:
        """Let readers see what is committed, and let the next writer in."""

    def release(self, connection: Connection) -> None:
        """Let the next writer in; readers see what is committed when somebody calls `close_written`, at the latest."""

    def compacted(self, connection: Connection) -> Connection:
        """Give the space of what was taken out back, and return the connection to go on with."""


def home_of(location: AnyLocation) -> Home:
    """Return the home of the store at `location`."""
    match location:
        case LakeLocation():
            return LakeHome(location)
        case ServerLocation():
            return QuackHome(location)
        case _:
            return EmbeddedHome(location)
