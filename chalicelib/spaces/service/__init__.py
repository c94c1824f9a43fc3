"""Use cases of the Spaces API, by resource. Each answers the objects that clients see."""
