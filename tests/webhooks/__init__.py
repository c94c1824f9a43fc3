"""Tests of webhooks, through the API, the queue handler and the sweep."""
