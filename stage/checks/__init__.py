"""What is checked of a deployed stage; run in its network by `make test-stage`, and not collected anywhere else."""
