"""Use cases of missions, one module a side and a resource."""
