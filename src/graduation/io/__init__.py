"""Read and write tables and model folders; pseudonyms are made here."""

from graduation.io.files import check_output, refuse_existing, write_text
from graduation.io.models import check_model_folder, load_model, save_model
from graduation.io.outputs import write_table
from graduation.io.records import write_run_record
from graduation.io.registries import write_registry
from graduation.io.tables import read_registry, read_table

__all__ = [
    "check_model_folder",
    "check_output",
    "load_model",
    "read_registry",
    "read_table",
    "refuse_existing",
    "save_model",
    "write_registry",
    "write_run_record",
    "write_table",
    "write_text",
]
