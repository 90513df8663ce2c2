"""What a user of Lightning writes for W&B."""

import torch
import wandb
from lightning.pytorch.loggers import WandbLogger
from line import Line, train

logger = WandbLogger(project="vision", name="line", id="line1", log_model="all", group="g", tags=["t"])
watched = Line()
logger.watch(watched, log="all", log_freq=1)
train(logger, "saved")

with open("of-x.txt", "w") as file:
    file.write("x")
data = wandb.Artifact("points", "dataset")
data.add_file("of-x.txt")
logger.experiment.log_artifact(data)
assert logger.use_artifact("points:latest", "dataset").version == "v0"

folder = WandbLogger.download_artifact("vision/model-line1:best", "out", "model")
assert Line.load_from_checkpoint(f"{folder}/model.ckpt").hparams.lr == 0.1

for _ in range(2):  # the model was only watched; a step of its own shows that it is
    watched.loss([torch.ones(3, 4), torch.zeros(3, 1)]).backward()
    wandb.log({"by_hand": 1})
logger.experiment.finish()
