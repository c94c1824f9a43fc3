"""The `spacegarden` command against the real local server."""
