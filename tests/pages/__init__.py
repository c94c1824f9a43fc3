"""The pages through their routes, without scripts."""
