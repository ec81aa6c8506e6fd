"""``make run`` and ``make test``: sets up the environments, trains if needed, runs all programs.

``python3 -m launcher setup`` needs nothing but Python 3.9 or newer. Everything else runs inside the
environment that it made.
"""
