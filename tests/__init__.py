"""The tests, one folder a feature."""
