"""The HTTP service: parsing, training jobs and model versions under ``/v1``."""
