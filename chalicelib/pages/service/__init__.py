"""Use cases of the pages: sessions, sign-in by mail, and what holders do."""
