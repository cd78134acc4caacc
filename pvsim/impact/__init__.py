"""What the kWh mean: sourced factors that turn electricity into standard coal and CO2."""
