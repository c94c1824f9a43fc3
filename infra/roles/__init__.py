"""A role for each function: the calls that the tests saw, and those that the code may make."""
