"""What the roof makes of the weather: arrays (time, plane) in and out, pvlib's functions inside."""
