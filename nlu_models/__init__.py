"""The transformer: training, evaluation, export and serving."""
