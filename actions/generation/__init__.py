"""Optional: a language model rephrases an answer. Shown only where it says nothing but its source."""

from actions.generation.generator import Generator

__all__ = ["Generator"]
