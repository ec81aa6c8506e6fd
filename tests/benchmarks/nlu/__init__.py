"""``make bench-nlu``: how well messages are understood, on public data, beside DIET and a linear floor."""
