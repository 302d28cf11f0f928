"""What the API server says: objects, their states as time goes by, and what a page leaves there."""
