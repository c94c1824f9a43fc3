"""Use cases of the Spaces API, by resource. Each returns response objects."""
