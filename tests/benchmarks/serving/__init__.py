"""``make bench-serving``: the transformer service beside the bare model and beside stock Rasa, as ratios in one run."""
