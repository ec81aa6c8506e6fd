"""Forms: which slots are asked for, what counts as an answer, and when a question in the middle goes first."""
