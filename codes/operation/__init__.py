"""What operators need: is the site ready, what is wrong with it, and copies of its data."""
