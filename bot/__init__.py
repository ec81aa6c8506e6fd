"""The Rasa 3.6.21 project and what runs inside its process (Python 3.10)."""
