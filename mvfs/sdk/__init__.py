"""The Python SDK in the shape of W&B's: a training script ports by ``import mvfs as wandb``."""
