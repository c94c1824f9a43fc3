"""Random operations of several actors at once, whose answers a small model must be able to explain in some order.

`surfaces/<surface>` what may be done and what it does to the model, `scheduling` one actor at a time from request to
request by a seeded choice, `trouble` what storage does to them, `linearizability` the search for an order, `episode`
one world's life.

    python -m tests.faults.campaign --seed 1 --minutes 30
    python -m local.ministack --memory -- python -m tests.faults.campaign --minutes 30

An episode depends on its seed, surface and number alone; a failure prints the command that lives it again.
"""
