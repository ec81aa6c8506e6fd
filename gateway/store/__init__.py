"""The gateway's own database: tables, one writer thread, readers, and small functions over a connection."""
