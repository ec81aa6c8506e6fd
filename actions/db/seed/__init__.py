"""The demo shop: our own catalogue, invented customers and their orders. Deterministic for a seed day.

Order numbers of the demo shop begin with ``#W0``, ids of its random customers with ``c_``.
"""
