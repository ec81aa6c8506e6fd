"""Training: what goes to the transformer service, and how its progress is shown."""
