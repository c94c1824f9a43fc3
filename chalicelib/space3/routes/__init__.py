"""The routes of missions: the admin surface, the endpoint that mission systems ask, and the mission system."""
