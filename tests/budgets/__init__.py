"""What each call costs, counted at botocore's hooks: requests, levels, items, capacity units. Never time."""
