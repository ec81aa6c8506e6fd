"""The bot's control program: runs Rasa processes, switches between archives, trains new ones."""
