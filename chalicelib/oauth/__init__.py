"""OAuth 2: applications, consent, tokens, and the keys that sign them."""
