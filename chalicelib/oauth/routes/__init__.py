"""OAuth's routes: the protocol, and the admin surface of applications and signing keys."""
