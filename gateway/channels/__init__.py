"""Thin adapters: a channel turns what its clients send into an ``Incoming`` and an ``Answer`` into JSON."""
