"""Rasa's server, with our channel, deadlines and stores and without its public API."""
