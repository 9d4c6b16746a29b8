"""Sound as it comes, from a microphone or a pipe, and what a terminal shows of it."""
