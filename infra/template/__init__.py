"""The template of a stage: what Chalice makes of the app, and every resource that the app needs.

Tables come from the PynamoDB models, queues from the features' `Queue` definitions, roles from the calls, so that a
new feature needs no entry here. Each module makes one kind of resource; `assembled` puts them together.
"""
