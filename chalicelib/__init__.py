"""Spacegarden: one Chalice application that serves the partner APIs."""
