"""What the sky gives: climates, generated years and weather files, each a Weather value."""
