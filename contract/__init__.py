"""What every program agrees on: settings, wire format, and the messages that cross folders.

Standard library only and Python 3.10 syntax, because Rasa's process imports it too.
"""
