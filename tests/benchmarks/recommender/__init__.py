"""``python -m tests.benchmarks.recommender``: how well the shop's recommender foretells purchases, on public data."""
