"""Use cases of missions: those that we answer for, and those that we verify, with their users and jobs."""
