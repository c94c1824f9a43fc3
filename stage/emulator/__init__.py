"""The account that a stage is deployed to: ministack in an environment of its own, with its gaps bridged."""
