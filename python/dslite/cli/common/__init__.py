"""What the commands share: their group and its errors, options, tables on the terminal."""
