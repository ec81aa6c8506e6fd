"""The internal channel through which the gateway speaks to Rasa."""
