"""Optional: a language model answers from a passage, or rephrases an answer. Shown only where it says its source."""

from actions.generation.generator import Generator

__all__ = ["Generator"]
