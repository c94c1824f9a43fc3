"""Pages for people: the holder's, and the partner's console. Their sessions, forms and errors in words."""
