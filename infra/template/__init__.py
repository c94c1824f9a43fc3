"""The template of a stage: what Chalice makes of the app, and everything that the app stands on.

Tables come from the PynamoDB models, queues from the features' `Queue` definitions, roles from the recorded calls, so
that a new feature needs no entry here. Each module makes one kind of resource; `assembled` puts them together.
"""
