"""The chain context: encodings, signatures and calls against the embedded node."""
