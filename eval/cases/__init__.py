"""What is asked, what a right answer is, what came back, and what was observed of it: plain values."""
