"""How a network learns: batches, losses, optimizers, schedule, checkpoints."""
