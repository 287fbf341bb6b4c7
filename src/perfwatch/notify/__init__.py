"""SEND: what is told of an event, and one way to tell it: a signed webhook."""
