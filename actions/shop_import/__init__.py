"""Reads a shop's JSON export (``products.json``, ``users.json``, ``orders.json``) into the shop's database.

Run it as ``python -m actions.shop_import FOLDER``, as often as you like: what has not changed is left alone.
"""
