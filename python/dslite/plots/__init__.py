"""Pictures for people: clips, learning curves, and how the answers went. Most need matplotlib."""
