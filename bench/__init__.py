"""Figures for docs/performance.md, made by commands; what can be counted is also asserted in tests/budgets."""
