"""How often somebody may do something: counted in a table, so that all functions together keep to it."""
