"""From a text or a button to what Rasa calls parse data."""
