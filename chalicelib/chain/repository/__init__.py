"""Rows of jobs, signed transactions, signers and documents, by kind."""
