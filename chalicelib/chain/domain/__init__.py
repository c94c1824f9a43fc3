"""Rules of the chain's jobs, without a node and without a table."""
