"""The Rasa project: what a message means is asked over HTTP, what to do next is decided here."""
