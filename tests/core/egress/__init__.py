"""Tests of the guarded door to the outside."""
