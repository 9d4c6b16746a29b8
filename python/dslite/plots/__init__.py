"""Pictures for people, drawn by matplotlib: clips, learning curves, and how the answers went."""
