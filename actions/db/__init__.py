"""The shop's database: tables, migrations, engine, and the demo shop (``python -m actions.db``)."""
