"""Scripted conversations (tests/conversations/), played against the running programs and checked in the database."""
