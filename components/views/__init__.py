"""What the console looks like: elements that draw data and report what was done to them."""
