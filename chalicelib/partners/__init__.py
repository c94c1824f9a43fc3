"""Partners, their API keys, and the audit log."""
