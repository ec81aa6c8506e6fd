"""Labelled messages: reading, checking, tagging and splitting them. No torch here."""
