"""Federated missions, both sides."""
