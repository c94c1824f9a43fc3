"""The wire of the Dreamspace API."""
