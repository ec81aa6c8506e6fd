"""Handoffs in Chatwoot, for shops whose people already work there: conversations out, agents' replies in."""
