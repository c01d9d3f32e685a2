"""Reading CMS's published files and making them the tables that answers are read from."""
