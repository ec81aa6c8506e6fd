"""What a model version is worth: calibration, thresholds, reports and comparisons."""
