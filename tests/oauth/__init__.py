"""OAuth 2 through its routes."""
