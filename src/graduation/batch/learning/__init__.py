"""Training on registries that memory does not hold, through LightGBM's Dask estimator."""

from graduation.batch.learning.files import FileTraining, train_files

__all__ = ["FileTraining", "train_files"]
