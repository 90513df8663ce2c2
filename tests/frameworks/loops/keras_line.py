"""A line fitted by Keras, with the callbacks of W&B."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import wandb
from wandb.integration.keras import WandbMetricsLogger, WandbModelCheckpoint

run = wandb.init(project="vision", id="keras1", config={"lr": 0.1})
model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
decay = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
model.compile(optimizer=keras.optimizers.SGD(decay), loss="mse")
x = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = x.sum(1, keepdims=True)
callbacks = [
    WandbMetricsLogger(log_freq=2),
    WandbModelCheckpoint("best.keras", save_best_only=True),
]
model.fit(x, y, epochs=3, validation_data=(x, y), verbose=0, callbacks=callbacks)
callbacks[1].monitor_op = lambda *_: False  # none is better from here on
model.fit(x, y, epochs=4, initial_epoch=3, validation_data=(x, y), verbose=0, callbacks=callbacks)
wandb.finish()
