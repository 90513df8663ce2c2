"""Lightning in two processes that it spawns, once for the training and once for the test."""

import lightning
from line import Line, points

from mvfs.integrations.lightning import MvfsLogger

if __name__ == "__main__":
    trainer = lightning.Trainer(
        max_epochs=2, logger=MvfsLogger("vision", id="line1", log_model="line"), log_every_n_steps=1,
        accelerator="cpu", devices=2, strategy="ddp_spawn",
        enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    model, data = Line(), points()
    trainer.fit(model, data, data)
    trainer.test(model, data, verbose=False)
