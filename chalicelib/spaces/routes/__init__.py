"""The routes of the Spaces API, by resource."""
