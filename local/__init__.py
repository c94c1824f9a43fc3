"""What runs only on a developer's machine: engine and chain, queue pump, server. Never deployed."""
