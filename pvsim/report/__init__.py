"""What a person reads: text for the terminal, tables and files."""
