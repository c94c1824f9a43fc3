"""What is deployed: the template, the zip, the roles."""
