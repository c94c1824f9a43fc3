"""What lies behind the pages: sessions, sign-in by mail, and the holder's use cases."""
