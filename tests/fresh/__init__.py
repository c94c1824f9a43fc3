"""Each part of the API and each task, first in a process that has loaded nothing else."""
