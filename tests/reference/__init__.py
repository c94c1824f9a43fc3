"""The API reference: complete, valid, and what the routes do."""
