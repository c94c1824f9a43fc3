"""The Spaces API through its routes."""
