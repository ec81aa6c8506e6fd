"""What the shop can do, as plain functions over a SQLAlchemy session: no Rasa, no HTTP.

Every function is synchronous and takes the session of one transaction (``with sessions.begin() as session:``).
Errors come from the tree in ``contract.wire`` and are sentences that a shopper may read.
"""
