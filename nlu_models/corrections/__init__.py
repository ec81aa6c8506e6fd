"""Approved labels that hold at once: a journal of them, and for each model version what they change."""
