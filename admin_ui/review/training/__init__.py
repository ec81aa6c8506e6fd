"""Rasa's training files as far as reviewers need them: which labels exist, and the examples that they approved."""
