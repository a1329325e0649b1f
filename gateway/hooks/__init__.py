"""What systems tell by themselves: proved, kept once, and left to the back door."""
