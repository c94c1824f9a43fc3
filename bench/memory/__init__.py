"""What the API's function keeps in memory over many calls of many partners."""
