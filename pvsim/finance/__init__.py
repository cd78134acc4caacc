"""What the kWh are worth: so far the prices and rules, as dated facts with their sources."""
