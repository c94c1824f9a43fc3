"""Two callers of one thing: whatever falls between two requests of one, the outcome is that of one of the two orders.

`scene` what may be done in a world, `scenes/<surface>` the worlds, `engine` runs one step between the requests of
another, `outcomes` makes what came of it comparable, `actors` keeps the memories of two processes apart.

To add an operation: one `Step` in a scene of `scenes/<surface>.py`, with the things that it touches and what it calls.
"""
