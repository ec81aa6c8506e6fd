"""Rasa's model archives: what they pin, and how we know that one is ours."""
