"""Registries that are larger than memory: read, checked, scored and learned from chunk by chunk."""

from graduation.batch.checking import CheckedChunk, Checker, Piece
from graduation.batch.estimating import Estimate, about_rows, estimate
from graduation.batch.journal import landed
from graduation.batch.learning import FileTraining, train_files
from graduation.batch.reading import ChunkId, Reader
from graduation.batch.rereading import Reread, reread
from graduation.batch.scored import ScoredFile, score_file
from graduation.batch.settings import Engine, ScoringSettings
from graduation.batch.sources import Source, find_sources
from graduation.batch.tally import Tally

__all__ = [
    "CheckedChunk",
    "Checker",
    "ChunkId",
    "Engine",
    "Estimate",
    "FileTraining",
    "Piece",
    "Reader",
    "Reread",
    "ScoredFile",
    "ScoringSettings",
    "Source",
    "Tally",
    "about_rows",
    "estimate",
    "find_sources",
    "landed",
    "reread",
    "score_file",
    "train_files",
]
