"""Components of the Rasa graph: the transformer service and the local classifier that stands in for it."""
