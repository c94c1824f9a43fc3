"""The `spacegarden` command: partners, keys and collections from a shell, over the admin HTTP surface."""
