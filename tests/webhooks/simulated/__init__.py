"""A deployed stage's lanes of webhooks in virtual time: the real worker, with its storage and receivers played."""
