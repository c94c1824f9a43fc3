"""The Dreamspace API, through the real app."""
