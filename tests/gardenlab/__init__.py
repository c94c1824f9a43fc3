"""The Gardenlab Partners API through its own routes."""
