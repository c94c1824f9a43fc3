"""HTTP routes of the chain."""
