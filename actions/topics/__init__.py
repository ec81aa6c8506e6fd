"""The actions, one topic a file: each reads the turn, asks a service, and says the result."""
