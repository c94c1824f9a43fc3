"""Random work on a chain whose nodes meddle and whose worker dies, and what must be true in the end."""
