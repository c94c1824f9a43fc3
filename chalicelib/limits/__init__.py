"""Rate limits, counted in a table that all functions share."""
