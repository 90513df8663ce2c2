"""What a user of Lightning writes for mvfs."""

from line import train

from mvfs.integrations.lightning import MvfsLogger

logger = MvfsLogger(project="vision", name="line", id="line1", log_model="line", tags=["t"])
train(logger, "saved")
logger.experiment.finish()
