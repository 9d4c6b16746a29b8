"""What every part may use: files written whole, progress, threads, text. Nothing here knows of training."""
