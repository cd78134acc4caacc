"""What the kWh are worth: prices and rules as dated facts, a loan, the cash flow of a plant and its measures."""
