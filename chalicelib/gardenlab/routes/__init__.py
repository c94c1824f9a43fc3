"""Gardenlab's routes: the partners' API, and the admin surface of collections."""
