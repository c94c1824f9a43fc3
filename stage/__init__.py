"""A deployed stage on this machine: the packed application, deployed as it would be to AWS, and nothing else of ours.

`emulator` is the account: ministack, which takes the template and judges each call by the function's role. `functions`
runs the uploaded zip as Lambda does, `gateway` answers for the deployed API, `network` gives the stage public addresses
and a certificate authority of its own. Nothing here imports `local`. Only the embedded chain, where it is the node, is
a part of `local`, in a process of its own.
"""
