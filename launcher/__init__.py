"""Sets up the environments and runs the programs: what `make` calls. Standard library until the set-up is done."""
