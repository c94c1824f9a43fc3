"""Packaging and deployment: resources from the models, roles from the calls, the zip, the checks. Never deployed."""
