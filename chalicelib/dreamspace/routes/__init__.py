"""The routes of the Dreamspace API."""
