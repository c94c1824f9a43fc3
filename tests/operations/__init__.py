"""Tests of chalicelib.operations."""
