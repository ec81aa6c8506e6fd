"""The one public door: sessions, the durable inbox, one queue per shopper, channels, live handoff."""
