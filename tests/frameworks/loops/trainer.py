"""A tiny BERT trained by the Trainer of transformers; by its W&B callback, or with ``--own`` by ours."""

import sys

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

is_own = "--own" in sys.argv
torch.manual_seed(0)
config = BertConfig(
    vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
    max_position_embeddings=16,
)  # fmt: skip
rows = [{"input_ids": torch.randint(0, 50, (8,)), "labels": torch.tensor(i % 2)} for i in range(32)]
callbacks = []
if is_own:
    from mvfs.integrations.transformers import MvfsCallback

    callbacks = [MvfsCallback("vision", id="bert1", log_model="bert")]
args = TrainingArguments(
    "out", run_name="tiny", num_train_epochs=2, per_device_train_batch_size=8, logging_steps=1,
    save_strategy="epoch", eval_strategy="epoch", load_best_model_at_end=True, metric_for_best_model="loss",
    report_to="none" if is_own else "wandb", use_cpu=True, disable_tqdm=True,
)  # fmt: skip
model = BertForSequenceClassification(config)
trainer = Trainer(model, args, train_dataset=rows, eval_dataset=rows, callbacks=callbacks)
trainer.train()
trainer.predict(rows)
