"""Real tokens on real EVM chains: jobs, signers, nonces, contracts and metadata."""
