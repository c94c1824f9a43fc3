"""Figures of the webhook worker: `python -m bench.webhooks [--quick]` prints them as they stand in docs/performance.md.

Each part runs in a process of its own: the embedded engine reaches into every botocore client of its process.
"""
