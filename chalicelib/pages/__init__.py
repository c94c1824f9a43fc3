"""HTML pages: the holder's pages, the partner's console, and the API reference; with their sessions and forms."""
