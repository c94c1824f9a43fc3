"""The zip that Lambda runs: sources, pruned and compiled packages, and whether every import is in it."""
