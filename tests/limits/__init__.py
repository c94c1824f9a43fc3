"""Limits of how often."""
