"""What a building draws, hour by hour, and what a roof and a store do for it."""
