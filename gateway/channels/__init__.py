"""Thin adapters: a channel turns what its clients send into an ``Incoming``, and what was answered into their form."""
