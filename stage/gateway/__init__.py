"""API Gateway for a stage: the deployed API, read from the account, served over TLS.

What API Gateway does to a request on its way to a function and back is in `events` and `answers`, each rule with where
it is documented. `api` is what was deployed, `server` the sockets.
"""
