"""The documents: samples that run, and links that lead somewhere."""
