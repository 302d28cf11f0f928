"""What a page should show instead of what is not true, in its author's names and columns."""
