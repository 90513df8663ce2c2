"""A line, as a LightningModule, and points on it."""

from __future__ import annotations

import lightning
import torch
from torch.utils.data import DataLoader, TensorDataset


class Line(lightning.LightningModule):
    def __init__(self, lr: float = 0.1) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(4, 1)

    def loss(self, batch):
        return ((self.layer(batch[0]) - batch[1]) ** 2).mean()

    def training_step(self, batch, number):
        loss = self.loss(batch)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch, number):
        self.log("val_loss", self.loss(batch))

    def test_step(self, batch, number):
        self.log("test_loss", self.loss(batch))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)


def points() -> DataLoader:
    torch.manual_seed(0)
    x = torch.randn(64, 4)
    return DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=16)


def train(logger, folder: str) -> lightning.Trainer:
    """Three epochs of four batches, and a test."""
    from lightning.pytorch.callbacks import ModelCheckpoint

    trainer = lightning.Trainer(
        max_epochs=3, logger=logger, log_every_n_steps=1, accelerator="cpu",
        callbacks=[ModelCheckpoint(monitor="val_loss", dirpath=folder, save_top_k=2)],
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    data = points()
    trainer.fit(Line(), data, data)
    trainer.test(trainer.model, data, verbose=False)
    return trainer
