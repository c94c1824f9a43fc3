"""Federated missions, both sides: the endpoint that mission systems ask, and the mission system that asks partners."""
