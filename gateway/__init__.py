"""The one public door: sessions, the durable inbox, one queue per conversation, and handoff to a person.

``python -m gateway`` serves it. ``app.create_app`` wires the parts; ``services.Gateway`` names them.
"""
