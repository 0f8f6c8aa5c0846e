"""What the views are given to draw: plain data, taken from the state."""
