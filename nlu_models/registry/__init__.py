"""Model versions as plain folders with a manifest of checksums."""
