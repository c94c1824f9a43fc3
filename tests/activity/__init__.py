"""The activity ledger."""
